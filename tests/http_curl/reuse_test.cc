// Connections are reused, and what goes over the wire is what the caller wrote.
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "tests/http_curl/calls.h"
#include "tests/http_curl/raw_server.h"

namespace fairlead {
namespace {

using namespace std::chrono_literals;

// The real clock, pushed forward by hand.
class PushedClock final : public Clock {
 public:
  SteadyTime SteadyNow() override { return real_.SteadyNow() + pushed; }
  WallTime WallNow() override { return real_.WallNow(); }
  std::chrono::nanoseconds pushed{0};

 private:
  Clock& real_ = *Runtime::System().clock;
};

TEST(Reuse, ManyCallsTakeOneConnection) {
  RawServer server([](const RawRequest& request, RawConnection& out) { return out.Answer(200, request.body); });
  http::CurlTransport transport;
  for (int i = 0; i < 50; ++i) {
    const auto reply = transport.Send(Post(server.Url("/"), std::to_string(i)), Call(Effect::kLookup));
    ASSERT_TRUE(reply.ok()) << reply.status();
    EXPECT_EQ(reply->body, std::to_string(i));
  }
  EXPECT_EQ(server.connections(), 1);
  EXPECT_EQ(transport.stats().calls, 50U);
  EXPECT_EQ(transport.stats().connections, 1U);
  EXPECT_EQ(transport.stats().idle, 1U);
  transport.CloseIdle();
  EXPECT_EQ(transport.stats().idle, 0U);
  ASSERT_TRUE(transport.Send(Get(server.Url("/")), Call(Effect::kRead)).ok());
  EXPECT_EQ(server.connections(), 2);
}

TEST(Reuse, AnOldIdleConnectionIsNotUsedAgain) {
  RawServer server([](const RawRequest&, RawConnection& out) { return out.Answer(200, ""); });
  PushedClock clock;
  Runtime runtime = Runtime::System();
  runtime.clock = &clock;
  http::CurlTransport transport({}, runtime);
  ASSERT_TRUE(transport.Send(Get(server.Url("/")), Call(Effect::kRead)).ok());
  clock.pushed = 49s;
  ASSERT_TRUE(transport.Send(Get(server.Url("/")), Call(Effect::kRead)).ok());
  EXPECT_EQ(server.connections(), 1);
  clock.pushed += 51s;
  ASSERT_TRUE(transport.Send(Get(server.Url("/")), Call(Effect::kRead)).ok());
  EXPECT_EQ(server.connections(), 2);
}

TEST(Reuse, TheIdleCacheIsBoundedAndCallsAreNot) {
  constexpr int kThreads = 6;
  std::atomic<int> inside{0};
  RawServer server([&](const RawRequest&, RawConnection& out) {
    ++inside;
    // Everyone is in before anyone is answered: nobody waited for a slot.
    while (inside.load() < kThreads) std::this_thread::sleep_for(1ms);
    return out.Answer(200, "");
  });
  http::CurlOptions options;
  options.max_idle = 2;
  http::CurlTransport transport(options);
  std::vector<std::thread> threads;
  std::atomic<int> fine{0};
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] { fine += transport.Send(Get(server.Url("/")), Call(Effect::kRead)).ok() ? 1 : 0; });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(fine.load(), kThreads);
  EXPECT_EQ(transport.stats().idle, 2U);
}

TEST(Reuse, NoneIfNoneIsWanted) {
  RawServer server([](const RawRequest&, RawConnection& out) { return out.Answer(200, ""); });
  http::CurlOptions options;
  options.max_idle = 0;
  http::CurlTransport transport(options);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(transport.Send(Get(server.Url("/")), Call(Effect::kRead)).ok());
  EXPECT_EQ(server.connections(), 3);
}

TEST(Reuse, ManyThreadsGetTheirOwnAnswers) {
  RawServer server([](const RawRequest& request, RawConnection& out) { return out.Answer(200, request.body); });
  RawServer other([](const RawRequest& request, RawConnection& out) { return out.Answer(200, "o" + request.body); });
  http::CurlTransport transport;
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        const bool here = (t + i) % 2 == 0;
        const std::string body = std::to_string(t) + ":" + std::to_string(i);
        const auto reply = transport.Send(Post((here ? server : other).Url("/"), body), Call(Effect::kLookup));
        if (!reply.ok() || reply->body != (here ? body : "o" + body)) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong.load(), 0);
  EXPECT_EQ(transport.stats().calls, 400U);
  EXPECT_LT(server.connections() + other.connections(), 200) << "connections are hardly reused";
}

// Nothing of one call may show in the next one over the same handle.
TEST(Reuse, AHandleForgetsTheCallBefore) {
  std::string last;
  RawServer server([&](const RawRequest& request, RawConnection& out) {
    last = request.head;
    return out.Answer(200, "");
  });
  http::CurlTransport transport;
  http::Request first = Post(server.Url("/first"), "body");
  first.method = "PATCH";
  first.headers.push_back({"X-First", "1"});
  first.secret_headers.emplace_back("Authorization", Secret("Bearer one"));
  ASSERT_TRUE(transport.Send(first, Call(Effect::kAbsolute)).ok());
  ASSERT_TRUE(transport.Send(Get(server.Url("/second")), Call(Effect::kRead)).ok());
  EXPECT_EQ(server.connections(), 1);
  EXPECT_EQ(last.rfind("GET /second HTTP/1.1\r\n", 0), 0U) << last;
  for (const char* text : {"X-First", "Authorization", "Content-Length", "Content-Type", "PATCH"}) {
    EXPECT_EQ(last.find(text), std::string::npos) << text;
  }
}

TEST(Wire, MethodBodyAndHeadersArriveAsWritten) {
  RawRequest seen;
  RawServer server([&](const RawRequest& request, RawConnection& out) {
    seen = request;
    return out.Answer(200, "");
  });
  http::CurlTransport transport;
  const std::string bytes("a\0b\r\n\xff", 6);
  for (const char* method : {"POST", "PUT", "PATCH", "DELETE", "REPORT"}) {
    http::Request request;
    request.method = method;
    request.url = server.Url("/a/../b%2Fc?include[]=1&x=%20y");
    request.body = bytes;
    request.headers = {{"X-Empty", ""}, {"X-Text", "caf\xc3\xa9, \"q\""}};
    request.secret_headers.emplace_back("Authorization", Secret("Bearer t"));
    ASSERT_TRUE(transport.Send(request, Call(Effect::kLookup)).ok());
    EXPECT_EQ(seen.method, method);
    EXPECT_EQ(seen.target, "/a/../b%2Fc?include[]=1&x=%20y");
    EXPECT_EQ(seen.body, bytes);
    EXPECT_TRUE(seen.Has("\r\nX-Empty:\r\n")) << seen.head;
    EXPECT_TRUE(seen.Has("\r\nX-Text: caf\xc3\xa9, \"q\"\r\n"));
    EXPECT_TRUE(seen.Has("\r\nAuthorization: Bearer t\r\n"));
    EXPECT_TRUE(seen.Has("\r\nUser-Agent: fairlead/"));
    EXPECT_FALSE(seen.Has("Content-Type")) << "libcurl's own guess must not go out";
    EXPECT_FALSE(seen.Has("Expect")) << "a server must not be able to ask for a second transmission";
    EXPECT_FALSE(seen.Has("Cookie"));
  }
  // Over the size at which libcurl would ask first.
  ASSERT_TRUE(transport.Send(Post(server.Url("/"), std::string(2 << 20, 'x')), Call(Effect::kLookup)).ok());
  EXPECT_EQ(seen.body.size(), std::size_t{2} << 20);
  EXPECT_FALSE(seen.Has("Expect"));
  // Empty bodies keep their length where the method expects one.
  for (const char* method : {"POST", "PUT", "PATCH"}) {
    http::Request request;
    request.method = method;
    request.url = server.Url("/");
    ASSERT_TRUE(transport.Send(request, Call(Effect::kLookup)).ok());
    EXPECT_EQ(seen.method, method);
    EXPECT_TRUE(seen.Has("Content-Length: 0")) << method;
  }
  http::Request remove;
  remove.method = "DELETE";
  remove.url = server.Url("/");
  ASSERT_TRUE(transport.Send(remove, Call(Effect::kAbsolute)).ok());
  EXPECT_EQ(seen.method, "DELETE");
  EXPECT_FALSE(seen.Has("Content-Length"));
}

TEST(Wire, HeadAndInterimAnswers) {
  RawServer server([](const RawRequest& request, RawConnection& out) {
    if (request.method == "HEAD") return out.Write("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n");
    out.Write("HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n");
    return out.Answer(200, "final", "X-Final: a\r\n b\r\nSet-Cookie: s=1\r\n");
  });
  http::CurlTransport transport;
  http::Request head = Get(server.Url("/"));
  head.method = "HEAD";
  const auto first = transport.Send(head, Call(Effect::kRead));
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_TRUE(first->body.empty());
  const auto second = transport.Send(Get(server.Url("/")), Call(Effect::kRead));
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->body, "final");
  EXPECT_EQ(http::FindHeader(second->headers, "X-Early"), std::nullopt);
  EXPECT_EQ(http::FindHeader(second->headers, "x-final"), "a b");
  EXPECT_EQ(server.connections(), 1);
}

}  // namespace
}  // namespace fairlead
