#include "fairlead/http/server_hint.h"

#include <gtest/gtest.h>

namespace fairlead::http {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

// 1994-11-06 08:49:37
constexpr WallTime kReceived{std::chrono::seconds(784111777)};

std::optional<milliseconds> Hint(const std::vector<Header>& headers) { return ServerHint(headers, kReceived); }

TEST(ServerHint, NothingSaidIsNoHint) {
  EXPECT_EQ(Hint({}), std::nullopt);
  EXPECT_EQ(Hint({{"Retry-After", "soon"}}), std::nullopt);
  EXPECT_EQ(Hint({{"RateLimit-Remaining", "5"}, {"RateLimit-Reset", "30"}}), std::nullopt);
  EXPECT_EQ(Hint({{"RateLimit-Reset", "30"}}), std::nullopt);
  EXPECT_EQ(Hint({{"RateLimit-Remaining", "none"}, {"RateLimit-Reset", "30"}}), std::nullopt);
  EXPECT_EQ(Hint({{"X-Shopify-Shop-Api-Call-Limit", "39/40"}}), std::nullopt);
  for (const char* value : {"", "/", "40", "40/", "/40", "x/y", "0/0"}) {
    EXPECT_EQ(Hint({{"X-Shopify-Shop-Api-Call-Limit", value}}), std::nullopt) << value;
  }
}

TEST(ServerHint, RetryAfterInAllForms) {
  EXPECT_EQ(Hint({{"retry-after", "2.0"}}), 2s);
  EXPECT_EQ(Hint({{"Retry-After", "0"}}), 0s);
  EXPECT_EQ(Hint({{"Retry-After", "Sun, 06 Nov 1994 08:50:07 GMT"}}), 30s);
  EXPECT_EQ(Hint({{"Retry-After", "Sun, 06 Nov 1994 08:50:07 GMT"}, {"Date", "Sun, 06 Nov 1994 08:50:00 GMT"}}), 7s);
}

TEST(ServerHint, AnEmptyBucketSaysWhenItFills) {
  EXPECT_EQ(Hint({{"RateLimit-Remaining", "0"}, {"RateLimit-Reset", "30"}}), 30s);
  EXPECT_EQ(Hint({{"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset", "12.5"}}), 12500ms);
  EXPECT_EQ(Hint({{"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset", "1784111807"}}), 24h * 366);
  EXPECT_EQ(Hint({{"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset", "abc"}}), std::nullopt);
  // A Unix time, against the response's own clock.
  EXPECT_EQ(Hint({{"X-RateLimit-Remaining", "0"},
                  {"X-RateLimit-Reset", "1700000030"},
                  {"Date", "Tue, 14 Nov 2023 22:13:20 GMT"}}),
            30s);
  EXPECT_EQ(Hint({{"X-RateLimit-Remaining", "0"},
                  {"X-RateLimit-Reset", "1699999999"},
                  {"Date", "Tue, 14 Nov 2023 22:13:20 GMT"}}),
            0s);
  EXPECT_EQ(Hint({{"RateLimit", "\"default\";r=0;t=30"}}), 30s);
  EXPECT_EQ(Hint({{"RateLimit", "limit=100, remaining=0, reset=50"}}), 50s);
  EXPECT_EQ(Hint({{"RateLimit", "\"default\";r=3;t=30"}}), std::nullopt);
  EXPECT_EQ(Hint({{"X-Shopify-Shop-Api-Call-Limit", "40/40"}}), 500ms);
}

TEST(ServerHint, TheClearestWordCounts) {
  EXPECT_EQ(Hint({{"X-Shopify-Shop-Api-Call-Limit", "40/40"}, {"Retry-After", "2.0"}}), 2s);
  EXPECT_EQ(Hint({{"Retry-After", "garbage"}, {"RateLimit-Remaining", "0"}, {"RateLimit-Reset", "9"}}), 9s);
}

}  // namespace
}  // namespace fairlead::http
