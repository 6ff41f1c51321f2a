#include "fairlead/http/url.h"

#include <gtest/gtest.h>

#include "fairlead/core/error.h"

namespace fairlead::http {
namespace {

TEST(ParseUrl, TakesAUrlApart) {
  const std::string text = "HTTPS://Shop.Example:8443/wp-json/wc/v3/orders?page=2&include[]=1";
  const auto url = ParseUrl(text);
  ASSERT_TRUE(url.ok()) << url.status();
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->host, "shop.example");
  EXPECT_EQ(url->port, 8443);
  EXPECT_TRUE(url->port_written);
  EXPECT_EQ(url->path, "/wp-json/wc/v3/orders");
  EXPECT_EQ(url->query, "page=2&include[]=1");
  const auto bare = ParseUrl("https://shop.example?a=1");
  ASSERT_TRUE(bare.ok());
  EXPECT_EQ(bare->port, 443);
  EXPECT_EQ(bare->path, "");
  EXPECT_EQ(bare->query, "a=1");
  const auto six = ParseUrl("http://[::1]:8080/");
  ASSERT_TRUE(six.ok());
  EXPECT_EQ(six->host, "::1");
  EXPECT_EQ(six->port, 8080);
}

TEST(ParseUrl, RefusesWhatTwoReadersCouldReadDifferently) {
  for (const char* text : {"",
                           "shop.example",
                           "/orders",
                           "//shop.example/",
                           "https:/shop.example",
                           "https://",
                           "https:///x",
                           "https://?x",
                           "ftp://shop.example/",
                           "javascript://x",
                           "https://user@shop.example/",
                           "https://user:pw@shop.example/",
                           "https://127.0.0.1@shop.example/",
                           "https://shop.example#@127.0.0.1/",
                           "https://shop.example/#frag",
                           "https://shop.example\\@127.0.0.1/",
                           "https://shop example/",
                           "https://shop.example/a b",
                           "https://shop.example/\r\nX: 1",
                           "https://shop.example/\t",
                           "https://shop.example/caf\xc3\xa9",
                           "https://shop.example/<x>",
                           "https://shop.example:/",
                           "https://shop.example:0/",
                           "https://shop.example:65536/",
                           "https://shop.example:99999999999/",
                           "https://shop.example:8a/",
                           "https://shop.example:-1/",
                           "https://[::1",
                           "https://[]/",
                           "https://[::1]x/",
                           "https://[shop]/",
                           "https://[fe80::1%25eth0]/",
                           "https://a%2eb/"}) {
    const auto url = ParseUrl(text);
    EXPECT_FALSE(url.ok()) << text;
    EXPECT_EQ(KindOf(url.status()), ErrorKind::kConfiguration) << text;
    EXPECT_EQ(OutcomeOf(url.status()), Outcome::kNotSent) << text;
  }
  EXPECT_FALSE(ParseUrl(std::string("https://shop.example/\0x", 23)).ok());
  EXPECT_FALSE(ParseUrl("https://shop.example/" + std::string(17000, 'a')).ok());
}

TEST(ParseUrl, ItsErrorsQuoteNothing) {
  const auto url = ParseUrl("https://user:canary@shop.example/?key=canary#canary");
  EXPECT_EQ(url.status().ToString().find("canary"), std::string::npos);
}

TEST(IsLoopbackHost, OnlyPlainSpellings) {
  for (const char* host : {"localhost", "LOCALHOST", "127.0.0.1", "127.255.255.254", "::1", "[::1]"}) {
    EXPECT_TRUE(IsLoopbackHost(host)) << host;
  }
  for (const char* host : {"",
                           "localhost.",
                           "localhost.example",
                           "xlocalhost",
                           "127.1",
                           "127.0.0.01",
                           "0127.0.0.1",
                           "127.0.0.1.example",
                           "127.0.0.256",
                           "127.0.0",
                           "127.0.0.1.1",
                           "127.0.0.",
                           "128.0.0.1",
                           "0.0.0.0",
                           "10.0.0.1",
                           "2130706433",
                           "0x7f.0.0.1",
                           "::",
                           "[::]",
                           "[::1",
                           "::2",
                           "[::ffff:127.0.0.1]",
                           "127.0.0.1x",
                           "127..0.1",
                           "1127.0.0.1"}) {
    EXPECT_FALSE(IsLoopbackHost(host)) << host;
  }
}

TEST(PercentEncode, KeepsOnlyUnreservedCharacters) {
  EXPECT_EQ(PercentEncode("AZaz09-._~"), "AZaz09-._~");
  EXPECT_EQ(PercentEncode(" +&=%/?#[]!*'()"), "%20%2B%26%3D%25%2F%3F%23%5B%5D%21%2A%27%28%29");
  EXPECT_EQ(PercentEncode("caf\xc3\xa9"), "caf%C3%A9");
  EXPECT_EQ(PercentEncode(std::string("\0\n\xff", 3)), "%00%0A%FF");
  std::string all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<char>(i));
  EXPECT_EQ(PercentDecode(PercentEncode(all)), all);
}

TEST(PercentDecode, RefusesBrokenEscapes) {
  EXPECT_EQ(PercentDecode("a+b%2f%2F"), "a+b//");
  for (const char* text : {"%", "%2", "a%", "%zz", "%2x", "%%20"}) EXPECT_EQ(PercentDecode(text), std::nullopt) << text;
}

TEST(Query, IsBuiltAppendedAndRead) {
  EXPECT_EQ(BuildQuery({}), "");
  EXPECT_EQ(BuildQuery({{"a", "1"}, {"b c", "x&y=z"}, {"include[]", ""}}), "a=1&b%20c=x%26y%3Dz&include%5B%5D=");
  EXPECT_EQ(AppendQuery("https://a/b", {}), "https://a/b");
  EXPECT_EQ(AppendQuery("https://a/b", {{"p", "1"}}), "https://a/b?p=1");
  EXPECT_EQ(AppendQuery("https://a/b?", {{"p", "1"}}), "https://a/b?p=1");
  EXPECT_EQ(AppendQuery("https://a/b?x=2", {{"p", "1"}, {"q", " "}}), "https://a/b?x=2&p=1&q=%20");
  EXPECT_EQ(AppendQuery("https://a/b?x=2&", {{"p", "1"}}), "https://a/b?x=2&p=1");
  EXPECT_EQ(ParseQuery("a=1&&b+c=%20x&d&e=&f=%zz&=g"),
            (QueryParams{{"a", "1"}, {"b c", " x"}, {"d", ""}, {"e", ""}, {"f", "%zz"}, {"", "g"}}));
  EXPECT_EQ(ParseQuery(""), QueryParams());
}

}  // namespace
}  // namespace fairlead::http
