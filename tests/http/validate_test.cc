#include "fairlead/http/validate.h"

#include <gtest/gtest.h>

#include "fairlead/core/error.h"

namespace fairlead::http {
namespace {

Request Good() {
  Request request;
  request.method = "POST";
  request.url = "https://shop.example/orders";
  request.headers = {
      {"Content-Type", "application/json"}, {"X-Tab", "a\tb"}, {"X-Empty", ""}, {"X-Utf", "caf\xc3\xa9"}};
  request.secret_headers.emplace_back("Authorization", Secret("Bearer t"));
  return request;
}

TEST(ValidateRequest, TakesAGoodOne) {
  EXPECT_TRUE(ValidateRequest(Good()).ok());
  for (const char* url : {"http://localhost:8080/", "http://127.0.0.1/", "http://127.9.9.9:1/", "http://[::1]:9/"}) {
    Request request = Good();
    request.url = url;
    EXPECT_TRUE(ValidateRequest(request).ok()) << url;
  }
}

TEST(ValidateRequest, PlainHttpLeavesTheMachineNever) {
  for (const char* url : {"http://shop.example/", "http://localhost.shop.example/", "http://10.0.0.1/",
                          "http://0.0.0.0/", "http://[::]/", "http://[::ffff:7f00:1]/", "http://127.1/"}) {
    Request request = Good();
    request.url = url;
    const absl::Status status = ValidateRequest(request);
    EXPECT_EQ(KindOf(status), ErrorKind::kConfiguration) << url;
    EXPECT_EQ(OutcomeOf(status), Outcome::kNotSent) << url;
  }
}

TEST(ValidateRequest, EveryControlCharacterInAHeaderIsRefusedAndNeverQuoted) {
  for (int c = 0; c < 256; ++c) {
    const bool control = (c < 0x20 && c != '\t') || c == 0x7F;
    for (const bool secret : {false, true}) {
      Request request = Good();
      const std::string value = "canary" + std::string(1, static_cast<char>(c)) + "x";
      if (secret) {
        request.secret_headers.emplace_back("X-Key", Secret(value));
      } else {
        request.headers.push_back({"X-Key", value});
      }
      const absl::Status status = ValidateRequest(request);
      EXPECT_EQ(status.ok(), !control) << c;
      EXPECT_EQ(status.ToString().find("canary"), std::string::npos);
      if (!status.ok()) {
        EXPECT_NE(status.ToString().find("X-Key"), std::string::npos);
      }
    }
  }
}

TEST(ValidateRequest, NamesAndMethodsAreTokens) {
  for (const char* name : {"", "X Y", "X:Y", "X\r\nY", "X\xc3\xa9", "(x)", "x\t"}) {
    Request header = Good();
    header.headers.push_back({name, "1"});
    EXPECT_FALSE(ValidateRequest(header).ok()) << name;
    Request secret = Good();
    secret.secret_headers.emplace_back(name, Secret("1"));
    EXPECT_FALSE(ValidateRequest(secret).ok()) << name;
    Request method = Good();
    method.method = name;
    EXPECT_FALSE(ValidateRequest(method).ok()) << name;
  }
  for (const char* method : {"CONNECT", "TRACE", "trace"}) {
    Request request = Good();
    request.method = method;
    EXPECT_FALSE(ValidateRequest(request).ok()) << method;
  }
}

TEST(ValidateRequest, FramingBelongsToTheTransport) {
  for (const char* name : {"Host", "content-length", "Transfer-Encoding", "CONNECTION", "Upgrade", "Expect", "TE",
                           "Trailer", "Keep-Alive", "Proxy-Connection"}) {
    Request header = Good();
    header.headers.push_back({name, "5"});
    EXPECT_FALSE(ValidateRequest(header).ok()) << name;
    Request secret = Good();
    secret.secret_headers.emplace_back(name, Secret("5"));
    EXPECT_FALSE(ValidateRequest(secret).ok()) << name;
  }
}

TEST(ValidateCall, TheEffectClassIsRequired) {
  CallOptions options;
  EXPECT_EQ(KindOf(ValidateCall(options)), ErrorKind::kConfiguration);
  options.effect = static_cast<Effect>(0);
  EXPECT_FALSE(ValidateCall(options).ok());
  options.effect = Effect::kBlind;
  EXPECT_TRUE(ValidateCall(options).ok());
}

TEST(FindHeader, ComparesWithoutCaseAndTakesTheFirst) {
  const std::vector<Header> headers = {{"Link", "a"}, {"LINK", "b"}};
  EXPECT_EQ(FindHeader(headers, "link"), "a");
  EXPECT_EQ(FindHeader(headers, "lin"), std::nullopt);
}

}  // namespace
}  // namespace fairlead::http
