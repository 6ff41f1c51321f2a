// libcurl sends a request again by itself when a reused connection dies before the first response byte. The server
// may have applied the first one: here it did, and every transmission counts as one effect.
#include <curl/curl.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>

#include "fairlead/http_curl/send_once.h"
#include "src/http_curl/internal/curl_transport_peer.h"
#include "tests/http_curl/calls.h"
#include "tests/http_curl/raw_server.h"

namespace fairlead {
namespace {

// Answers the first request of every connection if it is a GET; applies every POST and closes without a byte, as long
// as `deaths` last; then it answers those too.
class ApplyingServer {
 public:
  explicit ApplyingServer(int deaths)
      : deaths_(deaths), server_([this](const RawRequest& request, RawConnection& out) {
          if (request.method == "GET" && request.target == "/warm") return out.Answer(200, "warm");
          ++effects;
          if (deaths_-- > 0) return false;
          return out.Answer(201, "{}");
        }) {}
  std::string Url(std::string_view path) const { return server_.Url(path); }

  std::atomic<int> effects{0};

 private:
  std::atomic<int> deaths_;
  RawServer server_;
};

TEST(Resend, AWriteOnADyingReusedConnectionIsSentOnceAndItsOutcomeIsUnknown) {
  for (const Effect effect :
       {Effect::kNativeKey, Effect::kConditional, Effect::kAbsolute, Effect::kLookup, Effect::kBlind}) {
    ApplyingServer server(1);
    http::CurlTransport transport;
    ASSERT_TRUE(transport.Send(Get(server.Url("/warm")), Call(Effect::kRead)).ok());
    const auto reply = transport.Send(Post(server.Url("/orders")), Call(effect));
    ASSERT_FALSE(reply.ok());
    EXPECT_EQ(server.effects.load(), 1);
    EXPECT_EQ(OutcomeOf(reply.status()), Outcome::kUnknown);
    EXPECT_EQ(KindOf(reply.status()), ErrorKind::kUnknownOutcome);
    EXPECT_EQ(transport.stats().resends_refused, 1U);
    EXPECT_EQ(transport.stats().idle, 0U) << "a handle that saw an error is not kept";
  }
}

// The positive control: without the budget the same server sees two effects and the caller is told of success.
TEST(Resend, WithoutTheBudgetTheEffectHappensTwiceAndNobodyIsTold) {
  ApplyingServer server(1);
  http::CurlTransport transport;
  internal::CurlTransportPeer::DisableSendBudget(transport);
  ASSERT_TRUE(transport.Send(Get(server.Url("/warm")), Call(Effect::kRead)).ok());
  CountingGuard guard(1);
  http::CallOptions call = Call(Effect::kLookup);
  call.guard = &guard;
  const auto reply = transport.Send(Post(server.Url("/orders")), call);
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(reply->status, 201);
  EXPECT_EQ(server.effects.load(), 2);
  EXPECT_EQ(guard.asked, 1);
}

TEST(Resend, ADyingFreshConnectionIsUnknownToo) {
  ApplyingServer server(1);
  http::CurlTransport transport;
  const auto reply = transport.Send(Post(server.Url("/orders")), Call(Effect::kLookup));
  EXPECT_EQ(OutcomeOf(reply.status()), Outcome::kUnknown);
  EXPECT_EQ(server.effects.load(), 1);
  EXPECT_EQ(transport.stats().resends_refused, 0U);
}

TEST(Resend, AReadMayBeSentAgain) {
  ApplyingServer server(1);
  http::CurlTransport transport;
  ASSERT_TRUE(transport.Send(Get(server.Url("/warm")), Call(Effect::kRead)).ok());
  const auto reply = transport.Send(Get(server.Url("/orders")), Call(Effect::kRead));
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(server.effects.load(), 2);
}

TEST(Resend, TheGuardIsAskedBeforeEveryTransmissionOfARead) {
  ApplyingServer server(1);
  http::CurlTransport transport;
  ASSERT_TRUE(transport.Send(Get(server.Url("/warm")), Call(Effect::kRead)).ok());
  CountingGuard guard(1);
  http::CallOptions call = Call(Effect::kRead);
  call.guard = &guard;
  const auto reply = transport.Send(Get(server.Url("/orders")), call);
  EXPECT_EQ(guard.asked, 2);
  EXPECT_EQ(server.effects.load(), 1);
  EXPECT_EQ(OutcomeOf(reply.status()), Outcome::kUnknown);
  EXPECT_EQ(KindOf(reply.status()), ErrorKind::kTransient);
}

TEST(Resend, AGuardThatSaysNoAtFirstMeansThatNothingWasSent) {
  ApplyingServer server(0);
  http::CurlTransport transport;
  CountingGuard guard(0);
  http::CallOptions call = Call(Effect::kLookup);
  call.guard = &guard;
  const auto reply = transport.Send(Post(server.Url("/orders")), call);
  EXPECT_EQ(OutcomeOf(reply.status()), Outcome::kNotSent);
  EXPECT_EQ(KindOf(reply.status()), ErrorKind::kCancelled);
  EXPECT_EQ(guard.asked, 1);
  EXPECT_EQ(server.effects.load(), 0);
}

std::size_t Ignore(char*, std::size_t size, std::size_t count, void*) { return size * count; }

// A team's own handle.
class OwnHandle : public testing::Test {
 protected:
  OwnHandle() : server(1), handle(curl_easy_init()) {
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &Ignore);
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_PROXY, "");
    curl_easy_setopt(handle, CURLOPT_URL, server.Url("/warm").c_str());
    EXPECT_EQ(curl_easy_perform(handle), CURLE_OK);
    curl_easy_setopt(handle, CURLOPT_URL, server.Url("/orders").c_str());
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, "{}");
  }
  ~OwnHandle() override { curl_easy_cleanup(handle); }

  ApplyingServer server;
  CURL* handle;
};

TEST_F(OwnHandle, WithoutTheGuardItAppliesTwice) {
  EXPECT_EQ(curl_easy_perform(handle), CURLE_OK);
  EXPECT_EQ(server.effects.load(), 2);
}

TEST_F(OwnHandle, IsHeldToOneSend) {
  SendOnce once;
  ASSERT_TRUE(AttachSendOnce(handle, once));
  EXPECT_EQ(once.OutcomeAfterError(), Outcome::kNotSent);
  EXPECT_EQ(curl_easy_perform(handle), CURLE_ABORTED_BY_CALLBACK);
  EXPECT_EQ(server.effects.load(), 1);
  EXPECT_EQ(once.OutcomeAfterError(), Outcome::kUnknown);
}

// What a ledger hands out: not a SendGuard, passed as const, and it counts for itself.
struct LedgerAttempt {
  int* asked;
  bool AllowSend() const { return ++*asked == 1; }
};

TEST_F(OwnHandle, TakesAnythingThatAllowsSends) {
  int asked = 0;
  const LedgerAttempt attempt{&asked};
  ASSERT_TRUE(AttachSendOnce(handle, attempt));
  EXPECT_EQ(curl_easy_perform(handle), CURLE_ABORTED_BY_CALLBACK);
  EXPECT_EQ(asked, 2);
  EXPECT_EQ(server.effects.load(), 1);
  EXPECT_FALSE(AttachSendOnce(nullptr, attempt));
}

}  // namespace
}  // namespace fairlead
