// What a hostile or broken peer, or a careless caller, cannot make the transport do.
#include <curl/curl.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdlib>
#include <string>

#include "tests/http_curl/calls.h"
#include "tests/http_curl/raw_server.h"

namespace fairlead {
namespace {

using namespace std::chrono_literals;

std::string Gzip(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

TEST(Limits, AGzipBombIsCappedByWhatComesOutOfIt) {
  const std::string bomb = Gzip(std::string(64 << 20, '\0'));
  ASSERT_LT(bomb.size(), std::size_t{1} << 17);
  RawServer server(
      [&](const RawRequest&, RawConnection& out) { return out.Answer(200, bomb, "Content-Encoding: gzip\r\n"); });
  http::CurlOptions options;
  options.max_body_bytes = 1 << 20;
  http::CurlTransport transport(options);
  const auto reply = transport.Send(Get(server.Url("/")), Call(Effect::kRead));
  EXPECT_EQ(KindOf(reply.status()), ErrorKind::kTooLarge);
  EXPECT_EQ(OutcomeOf(reply.status()), Outcome::kUnknown);
}

TEST(Limits, CompressedBodiesUpToTheCapArrive) {
  const std::string text(100000, 'a');
  RawServer server([&](const RawRequest& request, RawConnection& out) {
    EXPECT_TRUE(request.Has("Accept-Encoding: gzip, deflate"));
    return out.Answer(200, Gzip(text), "Content-Encoding: gzip\r\n");
  });
  http::CurlOptions options;
  options.max_body_bytes = text.size();
  http::CurlTransport transport(options);
  const auto reply = transport.Send(Get(server.Url("/")), Call(Effect::kRead));
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(reply->body, text);
  options.max_body_bytes = text.size() - 1;
  http::CurlTransport smaller(options);
  EXPECT_EQ(KindOf(smaller.Send(Get(server.Url("/")), Call(Effect::kRead)).status()), ErrorKind::kTooLarge);
}

TEST(Limits, ABrokenCompressionIsUnparseable) {
  std::string broken = Gzip(std::string(1000, 'a'));
  broken[12] = static_cast<char>(broken[12] ^ 0x55);
  RawServer server(
      [&](const RawRequest&, RawConnection& out) { return out.Answer(200, broken, "Content-Encoding: gzip\r\n"); });
  http::CurlTransport transport;
  const auto reply = transport.Send(Post(server.Url("/")), Call(Effect::kLookup));
  EXPECT_EQ(OutcomeOf(reply.status()), Outcome::kUnknown);
}

TEST(Limits, AnEndlessHeadIsCapped) {
  RawServer server([](const RawRequest&, RawConnection& out) {
    out.Write("HTTP/1.1 200 OK\r\n");
    while (out.Write("X-Filler: " + std::string(1000, 'x') + "\r\n")) {
    }
    return false;
  });
  http::CurlTransport transport;
  const auto reply = transport.Send(Get(server.Url("/")), Call(Effect::kRead));
  EXPECT_EQ(KindOf(reply.status()), ErrorKind::kTooLarge);
}

TEST(Limits, RedirectsAreAnswersAndAreNotFollowed) {
  RawServer target([](const RawRequest&, RawConnection& out) { return out.Answer(200, "leaked"); });
  RawServer server([&](const RawRequest&, RawConnection& out) {
    return out.Answer(302, "", "Location: " + target.Url("/steal") + "\r\n");
  });
  http::CurlTransport transport;
  const auto reply = transport.Send(Post(server.Url("/")), Call(Effect::kLookup));
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(reply->status, 302);
  EXPECT_EQ(target.connections(), 0);
}

TEST(Limits, HeaderInjectionIsRefusedBeforeAnythingHappens) {
  RawServer server([](const RawRequest&, RawConnection& out) { return out.Answer(200, ""); });
  http::CurlTransport transport;
  for (const std::string& value : {std::string("a\r\nX-Evil: 1"), std::string("a\nb"), std::string("a\0b", 3)}) {
    http::Request plain = Get(server.Url("/"));
    plain.headers.push_back({"X-Note", value});
    http::Request secret = Get(server.Url("/"));
    secret.secret_headers.emplace_back("Authorization", Secret(value));
    http::Request name = Get(server.Url("/"));
    name.headers.push_back({"X-Note: 1\r\nX-Evil", "1"});
    http::Request method = Get(server.Url("/"));
    method.method = "GET / HTTP/1.1\r\nX-Evil: 1\r\n\r\nGET";
    for (const http::Request& request : {plain, secret, name, method}) {
      const auto reply = transport.Send(request, Call(Effect::kRead));
      EXPECT_EQ(KindOf(reply.status()), ErrorKind::kConfiguration);
      EXPECT_EQ(OutcomeOf(reply.status()), Outcome::kNotSent);
    }
  }
  EXPECT_EQ(server.connections(), 0);
}

TEST(Limits, ProxiesOfTheEnvironmentAreIgnored) {
  RawServer proxy([](const RawRequest&, RawConnection& out) { return out.Answer(200, "by proxy"); });
  RawServer server([](const RawRequest&, RawConnection& out) { return out.Answer(200, "direct"); });
  const std::string address = "http://127.0.0.1:" + std::to_string(proxy.port());
  for (const char* name : {"http_proxy", "https_proxy", "all_proxy", "ALL_PROXY"}) ::setenv(name, address.c_str(), 1);
  ::unsetenv("no_proxy");
  ::unsetenv("NO_PROXY");
  http::CurlTransport transport;
  const auto reply = transport.Send(Get(server.Url("/")), Call(Effect::kRead));
  // The positive control: a bare handle goes where the environment says.
  CURL* const bare = curl_easy_init();
  std::string body;
  curl_easy_setopt(bare, CURLOPT_URL, server.Url("/").c_str());
  curl_easy_setopt(bare, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(bare, CURLOPT_WRITEDATA, &body);
  curl_easy_setopt(
      bare, CURLOPT_WRITEFUNCTION, +[](char* data, std::size_t size, std::size_t count, void* out) -> std::size_t {
        static_cast<std::string*>(out)->append(data, size * count);
        return size * count;
      });
  EXPECT_EQ(curl_easy_perform(bare), CURLE_OK);
  curl_easy_cleanup(bare);
  for (const char* name : {"http_proxy", "https_proxy", "all_proxy", "ALL_PROXY"}) ::unsetenv(name);
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(reply->body, "direct");
  EXPECT_EQ(body, "by proxy");
  EXPECT_EQ(proxy.connections(), 1);
}

TEST(Limits, AProxyThatWasConfiguredIsUsedWhateverTheEnvironmentExempts) {
  std::string asked;
  RawServer proxy([&](const RawRequest& request, RawConnection& out) {
    asked = request.method + " " + request.target;
    EXPECT_TRUE(request.Has("Proxy-Authorization: Basic dTpw")) << request.head;
    out.Answer(502, "");
    return false;
  });
  ::setenv("no_proxy", "shop.example", 1);
  http::CurlOptions options;
  options.proxy = "http://127.0.0.1:" + std::to_string(proxy.port());
  options.proxy_credentials = Secret("u:p");
  http::CurlTransport transport(options);
  http::Request request = Post("https://shop.example/orders");
  request.secret_headers.emplace_back("Authorization", Secret("Bearer t"));
  const auto reply = transport.Send(request, Call(Effect::kBlind));
  ::unsetenv("no_proxy");
  EXPECT_EQ(asked, "CONNECT shop.example:443");
  EXPECT_EQ(OutcomeOf(reply.status()), Outcome::kNotSent) << reply.status();
  // This machine's own services are never asked for through a proxy.
  RawServer server([](const RawRequest&, RawConnection& out) { return out.Answer(200, "direct"); });
  const auto local = transport.Send(Get(server.Url("/")), Call(Effect::kRead));
  ASSERT_TRUE(local.ok()) << local.status();
  EXPECT_EQ(local->body, "direct");
  EXPECT_EQ(proxy.requests(), 1);
}

TEST(Limits, OnlyHttpsAndLoopbackHttp) {
  http::CurlTransport transport;
  for (const char* url :
       {"http://shop.example/", "ftp://127.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1/",
        "http://127.0.0.1@shop.example/", "http://127.1/", "http://0x7f000001/", "//127.0.0.1/", ""}) {
    const auto reply = transport.Send(Get(url), Call(Effect::kRead));
    EXPECT_EQ(KindOf(reply.status()), ErrorKind::kConfiguration) << url;
    EXPECT_EQ(OutcomeOf(reply.status()), Outcome::kNotSent) << url;
  }
}

TEST(Limits, PrivateAddressesAreRefusedAfterResolution) {
  RawServer server([](const RawRequest&, RawConnection& out) { return out.Answer(200, ""); });
  http::CurlOptions options;
  options.refuse_private_addresses = true;
  options.connect_timeout = 1s;
  http::CurlTransport transport(options);
  const std::string port = std::to_string(server.port());
  // "localhost" is a name: it is the address behind it that is judged.
  for (const std::string& host :
       {std::string("127.0.0.1"), std::string("localhost"), std::string("[::1]"), std::string("[::ffff:127.0.0.1]"),
        std::string("169.254.169.254"), std::string("10.0.0.1"), std::string("[fe80::1]")}) {
    const auto reply = transport.Send(Post("https://" + host + ":" + port + "/"), Call(Effect::kBlind));
    EXPECT_EQ(KindOf(reply.status()), ErrorKind::kConfiguration) << host << reply.status();
    EXPECT_EQ(OutcomeOf(reply.status()), Outcome::kNotSent) << host;
  }
  EXPECT_EQ(server.connections(), 0);
}

TEST(Limits, ValidateNamesEveryWrongOptionAndNoCallIsMade) {
  EXPECT_TRUE(http::CurlOptions().Validate().ok());
  http::CurlOptions options;
  options.max_time = 0ms;
  options.connect_timeout = -1ms;
  options.max_body_bytes = 0;
  options.proxy = "ftp://proxy";
  options.user_agent = "a\r\nX-Evil: 1";
  const std::string message(options.Validate().message());
  for (const char* field : {"max_time", "connect_timeout", "max_body_bytes", "proxy", "user_agent"}) {
    EXPECT_NE(message.find(field), std::string::npos) << field;
  }
  http::CurlTransport transport(options);
  EXPECT_EQ(KindOf(transport.Send(Get("https://shop.example/"), Call(Effect::kRead)).status()),
            ErrorKind::kConfiguration);
}

}  // namespace
}  // namespace fairlead
