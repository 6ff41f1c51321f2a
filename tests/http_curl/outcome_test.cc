// After every kind of failure: was it sent? A wrong "not sent" doubles an order, a wrong "unknown" stops a lane.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>

#include "tests/http_curl/calls.h"
#include "tests/http_curl/raw_server.h"

namespace fairlead {
namespace {

using namespace std::chrono_literals;

http::CurlOptions Quick() {
  http::CurlOptions options;
  options.connect_timeout = 2s;
  return options;
}

TEST(Outcome, ARefusedConnectionIsNotSent) {
  http::CurlTransport transport(Quick());
  const std::string url = "http://127.0.0.1:" + std::to_string(ClosedPort()) + "/orders";
  const auto reply = transport.Send(Post(url), Call(Effect::kBlind));
  EXPECT_EQ(OutcomeOf(reply.status()), Outcome::kNotSent);
  EXPECT_EQ(KindOf(reply.status()), ErrorKind::kTransient);
  EXPECT_EQ(GetErrorDetail(reply.status())->system, "127.0.0.1");
  EXPECT_EQ(GetErrorDetail(reply.status())->attempts, 1U);
}

TEST(Outcome, ANameThatDoesNotResolveIsNotSent) {
  http::CurlTransport transport(Quick());
  const auto reply = transport.Send(Post("https://no-such-host.invalid/orders"), Call(Effect::kBlind));
  EXPECT_EQ(OutcomeOf(reply.status()), Outcome::kNotSent);
  EXPECT_EQ(KindOf(reply.status()), ErrorKind::kTransient);
}

TEST(Outcome, ACallThatStartsTooLateIsNotSent) {
  RawServer server([](const RawRequest&, RawConnection& out) { return out.Answer(200, ""); });
  http::CurlTransport transport(Quick());
  http::CallOptions call = Call(Effect::kBlind);
  call.deadline = Deadline::At(Runtime::System().clock->SteadyNow());
  const auto reply = transport.Send(Post(server.Url("/")), call);
  EXPECT_EQ(OutcomeOf(reply.status()), Outcome::kNotSent);
  EXPECT_EQ(KindOf(reply.status()), ErrorKind::kDeadline);
  EXPECT_EQ(server.connections(), 0);
}

TEST(Outcome, ATruncatedBodyIsUnknownForAWriteAndTransientForARead) {
  for (const char* bytes : {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"id\":",
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"id\"\r\n", "HTTP/1.1 20",
                            "HTTP/1.1 200 OK\r\nContent-Le"}) {
    RawServer server([bytes](const RawRequest&, RawConnection& out) {
      out.Write(bytes);
      return false;
    });
    http::CurlTransport transport(Quick());
    const auto write = transport.Send(Post(server.Url("/orders")), Call(Effect::kLookup));
    EXPECT_EQ(OutcomeOf(write.status()), Outcome::kUnknown) << bytes;
    EXPECT_EQ(server.requests(), 1) << bytes;
    const auto read = transport.Send(Get(server.Url("/orders")), Call(Effect::kRead));
    EXPECT_FALSE(read.ok()) << bytes;
  }
}

TEST(Outcome, AnAnswerThatIsNoHttpIsUnknown) {
  RawServer server([](const RawRequest&, RawConnection& out) {
    out.Write("220 mail.example ESMTP\r\n\r\n");
    return false;
  });
  http::CurlTransport transport(Quick());
  const auto reply = transport.Send(Post(server.Url("/")), Call(Effect::kLookup));
  EXPECT_EQ(OutcomeOf(reply.status()), Outcome::kUnknown);
  EXPECT_EQ(KindOf(reply.status()), ErrorKind::kUnparseable);
}

TEST(Outcome, AnErrorStatusIsAnAnswerNotAFailure) {
  for (const int status : {400, 401, 404, 409, 429, 500, 503}) {
    RawServer server([status](const RawRequest&, RawConnection& out) {
      return out.Answer(status, "why", "Retry-After: 7\r\nX-Code: woo\r\n");
    });
    http::CurlTransport transport(Quick());
    const auto reply = transport.Send(Post(server.Url("/")), Call(Effect::kLookup));
    ASSERT_TRUE(reply.ok()) << reply.status();
    EXPECT_EQ(reply->status, status);
    EXPECT_EQ(reply->body, "why");
    EXPECT_EQ(reply->retry_after, 7s);
    EXPECT_EQ(http::FindHeader(reply->headers, "x-code"), "woo");
    EXPECT_EQ(transport.stats().idle, 1U);
  }
}

// Each of the three places where a server can be slow; the call ends in time and says what it cannot know.
TEST(Outcome, TheDeadlineHoldsBeforeTheHeadInTheHeadAndInTheBody) {
  for (const char* first : {"", "HTTP/1.1 200 OK\r\nX-Slow: ", "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"}) {
    RawServer server([first](const RawRequest&, RawConnection& out) {
      if (*first == '\0') {
        out.Hang();
        return false;
      }
      out.Write(first);
      // A byte now and then: no idle time-out would ever fire.
      while (out.Write("x")) std::this_thread::sleep_for(10ms);
      return false;
    });
    http::CurlTransport transport(Quick());
    const auto start = std::chrono::steady_clock::now();
    const auto reply = transport.Send(Post(server.Url("/orders")), CallWithin(Effect::kLookup, 200ms));
    const auto took = std::chrono::steady_clock::now() - start;
    EXPECT_EQ(OutcomeOf(reply.status()), Outcome::kUnknown) << first;
    EXPECT_EQ(KindOf(reply.status()), ErrorKind::kDeadline) << first;
    EXPECT_GE(took, 190ms);
    EXPECT_LT(took, 2s) << first;
  }
}

TEST(Outcome, TheTransportsOwnCapHoldsWhereTheCallHasNoDeadline) {
  RawServer server([](const RawRequest&, RawConnection& out) {
    out.Hang();
    return false;
  });
  http::CurlOptions options = Quick();
  options.max_time = 150ms;
  http::CurlTransport transport(options);
  const auto reply = transport.Send(Post(server.Url("/orders")), Call(Effect::kLookup));
  EXPECT_EQ(KindOf(reply.status()), ErrorKind::kDeadline);
  EXPECT_EQ(OutcomeOf(reply.status()), Outcome::kUnknown);
}

// A listener that never accepts: TCP connects, TLS never answers. The time to connect counts, and nothing was sent.
TEST(Outcome, ASilentTlsServerIsNotSent) {
  RawServer server([](const RawRequest&, RawConnection&) { return false; });
  http::CurlOptions options;
  options.connect_timeout = 200ms;
  http::CurlTransport transport(options);
  const auto reply =
      transport.Send(Post("https://127.0.0.1:" + std::to_string(server.port()) + "/"), Call(Effect::kBlind));
  EXPECT_EQ(OutcomeOf(reply.status()), Outcome::kNotSent);
  EXPECT_EQ(KindOf(reply.status()), ErrorKind::kTransient);
}

TEST(Outcome, CancellationFromAnotherThreadEndsTheCall) {
  RawServer server([](const RawRequest&, RawConnection& out) {
    out.Hang();
    return false;
  });
  http::CurlTransport transport(Quick());
  CancellationSource source;
  http::CallOptions call = Call(Effect::kLookup);
  call.cancellation = source.token();
  std::thread canceller([&] {
    server.WaitForRequests(1);
    source.Cancel();
  });
  const auto start = std::chrono::steady_clock::now();
  const auto reply = transport.Send(Post(server.Url("/orders")), call);
  canceller.join();
  EXPECT_EQ(KindOf(reply.status()), ErrorKind::kCancelled);
  EXPECT_EQ(OutcomeOf(reply.status()), Outcome::kUnknown);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);

  const auto before = transport.Send(Post(server.Url("/orders")), call);
  EXPECT_EQ(OutcomeOf(before.status()), Outcome::kNotSent);
  EXPECT_EQ(server.requests(), 1);
}

TEST(Outcome, WithoutAnEffectClassNothingIsSent) {
  RawServer server([](const RawRequest&, RawConnection& out) { return out.Answer(200, ""); });
  http::CurlTransport transport;
  const auto reply = transport.Send(Get(server.Url("/")), http::CallOptions());
  EXPECT_EQ(KindOf(reply.status()), ErrorKind::kConfiguration);
  EXPECT_EQ(OutcomeOf(reply.status()), Outcome::kNotSent);
  EXPECT_EQ(server.connections(), 0);
}

TEST(Outcome, NeitherErrorsNorLogsShowSecrets) {
  RawServer server([](const RawRequest&, RawConnection&) { return false; });
  KeptLog log;
  Runtime runtime = Runtime::System();
  runtime.log = &log;
  http::CurlTransport transport({}, runtime);
  http::Request request = Post(server.Url("/orders?consumer_secret=cs_canary&page=2"), "body_canary");
  request.secret_headers.emplace_back("Authorization", Secret("Bearer header_canary"));
  request.headers.push_back({"X-Custom", "custom_canary"});
  const auto reply = transport.Send(request, Call(Effect::kLookup));
  ASSERT_FALSE(reply.ok());
  const std::string all = log.text() + reply.status().ToString();
  EXPECT_EQ(all.find("canary"), std::string::npos) << all;
  EXPECT_NE(all.find("page=2"), std::string::npos) << all;
}

}  // namespace
}  // namespace fairlead
