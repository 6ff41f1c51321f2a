#include "fairlead/http/redact.h"

#include <gtest/gtest.h>

namespace fairlead::http {
namespace {

TEST(RedactUrl, ShowsOnlyListedKeys) {
  EXPECT_EQ(RedactUrl("https://shop.example/orders?page=2&consumer_secret=cs_1&per_page=100"),
            "https://shop.example/orders?page=2&consumer_secret=[redacted]&per_page=100");
  EXPECT_EQ(RedactUrl("https://shop.example/orders"), "https://shop.example/orders");
  EXPECT_EQ(RedactUrl("https://shop.example/o?email=a%40b.c"), "https://shop.example/o?email=[redacted]");
  EXPECT_EQ(RedactUrl("https://shop.example/o?PAGE=2"), "https://shop.example/o?PAGE=2");
  EXPECT_EQ(RedactUrl("https://shop.example/o?sku=7", {{}, {"sku"}}), "https://shop.example/o?sku=7");
  EXPECT_EQ(RedactUrl("https://shop.example/o?search=page=2"), "https://shop.example/o?search=[redacted]");
}

TEST(RedactUrl, NeverShowsSecretsOfABadUrl) {
  for (const char* url :
       {"https://user:canary@shop.example/", "https://shop.example/?k=canary", "https://shop.example/#canary",
        "https://shop.example/?a=1#k=canary", "https://a@canary@shop.example/", "canary", "https:/canary",
        "https://shop.example?k=canary&", "https://shop.example/?&k=canary", "https://shop.example/?k=x?page=canary"}) {
    EXPECT_EQ(RedactUrl(url).find("canary"), std::string::npos) << url << " gave " << RedactUrl(url);
  }
}

TEST(RedactUrl, StaysOneLine) {
  EXPECT_EQ(RedactUrl("https://shop.example/a\r\nerror: fake?page=1\n2"),
            "https://shop.example/a??error: fake?page=1?2");
}

TEST(RedactHeaders, ShowsOnlyListedNames) {
  const std::vector<Header> headers = {{"Content-Type", "application/json"},
                                       {"Authorization", "Bearer canary"},
                                       {"Set-Cookie", "s=canary"},
                                       {"X-Shopify-Access-Token", "canary"},
                                       {"Retry-After", "5\r\nfake"}};
  EXPECT_EQ(RedactHeaders(headers),
            "Content-Type: application/json; Authorization: [redacted]; Set-Cookie: [redacted]; "
            "X-Shopify-Access-Token: [redacted]; Retry-After: 5??fake");
  EXPECT_EQ(RedactHeaders({{"X-Trace", "1"}}, {{"x-trace"}, {}}), "X-Trace: 1");
  EXPECT_EQ(RedactHeaders({}), "");
}

TEST(RedactRequest, ShowsSizesNotBodies) {
  Request request;
  request.method = "POST";
  request.url = "https://shop.example/orders?oauth_signature=canary";
  request.headers = {{"Accept", "*/*"}};
  request.secret_headers.emplace_back("Authorization", Secret("canary"));
  request.body = "canary!";
  EXPECT_EQ(RedactRequest(request),
            "POST https://shop.example/orders?oauth_signature=[redacted] (7 bytes; Accept: */*; "
            "Authorization: [redacted])");
}

}  // namespace
}  // namespace fairlead::http
