#include <gtest/gtest.h>

#include "src/core/internal/retry_after.h"

namespace fairlead {
namespace {

using internal::ParseHttpDate;
using internal::ParseSeconds;
using namespace std::chrono_literals;

std::int64_t Unix(std::string_view text) {
  const auto time = ParseHttpDate(text);
  return time.has_value() ? std::chrono::duration_cast<std::chrono::seconds>(time->time_since_epoch()).count() : -1;
}

TEST(ParseHttpDate, ReadsAllThreeForms) {
  EXPECT_EQ(Unix("Sun, 06 Nov 1994 08:49:37 GMT"), 784111777);
  EXPECT_EQ(Unix("Sunday, 06-Nov-94 08:49:37 GMT"), 784111777);
  EXPECT_EQ(Unix("Sun Nov  6 08:49:37 1994"), 784111777);
  EXPECT_EQ(Unix(" Sun, 06 Nov 1994 08:49:37 GMT "), 784111777);
  EXPECT_EQ(Unix("Thu, 01 Jan 1970 00:00:00 GMT"), 0);
  EXPECT_EQ(Unix("Thu, 29 Feb 2024 23:59:59 GMT"), 1709251199);
  EXPECT_EQ(Unix("Fri, 01 Mar 2024 00:00:00 GMT"), 1709251200);
  EXPECT_EQ(Unix("Mon, 01 Mar 2100 00:00:00 GMT"), 4107542400);
  EXPECT_EQ(Unix("Sat, 31 Dec 2016 23:59:60 GMT"), 1483228800);  // A leap second.
  EXPECT_EQ(Unix("Friday, 01-Mar-24 00:00:00 GMT"), 1709251200);
  EXPECT_EQ(Unix("Fri Mar  1 00:00:00 2024"), 1709251200);
  EXPECT_EQ(Unix("Mon Mar 11 00:00:00 2024"), 1710115200);
}

TEST(ParseHttpDate, RefusesEverythingElse) {
  for (const char* text :
       {"", "now", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT+1", "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:00 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT", "Thu, 31 Nov 1994 08:49:37 GMT", "Wed, 29 Feb 2023 00:00:00 GMT",
        "Mon, 29 Feb 2100 00:00:00 GMT", "Sun, 06 Foo 1994 08:49:37 GMT", "Xxx, 06 Nov 1994 08:49:37 GMT",
        "1994-11-06T08:49:37Z", "Sun, 06 Nov 94 08:49:37 GMT", "Sun, 06 Nov 0094 08:49:37 GMT", "784111777"}) {
    EXPECT_EQ(ParseHttpDate(text), std::nullopt) << text;
  }
}

TEST(ParseHttpDate, NoPrefixOfADateIsADate) {
  const std::string date = "Sun, 06 Nov 1994 08:49:37 GMT";
  for (std::size_t i = 0; i < date.size(); ++i) {
    EXPECT_EQ(ParseHttpDate(date.substr(0, i)), std::nullopt) << i;
    std::string broken = date;
    broken[i] = '\x01';
    EXPECT_EQ(ParseHttpDate(broken), std::nullopt) << i;
  }
}

TEST(ParseSeconds, RoundsUpAndSaturates) {
  EXPECT_EQ(ParseSeconds("0"), 0ms);
  EXPECT_EQ(ParseSeconds("120"), 120s);
  EXPECT_EQ(ParseSeconds("2.0"), 2s);
  EXPECT_EQ(ParseSeconds("1.5"), 1500ms);
  EXPECT_EQ(ParseSeconds(".25"), 250ms);
  EXPECT_EQ(ParseSeconds("3."), 3s);
  EXPECT_EQ(ParseSeconds("0.0001"), 1ms);
  EXPECT_EQ(ParseSeconds("0.0010"), 1ms);
  EXPECT_EQ(ParseSeconds("0.0011"), 2ms);
  EXPECT_EQ(ParseSeconds("99999999999999999999999999999999"), std::chrono::hours(24 * 366));
  EXPECT_EQ(ParseSeconds("9223372036854775807"), std::chrono::hours(24 * 366));
  for (const char* text : {"", ".", "-1", "+1", "1e3", "0x10", "1,5", "1.2.3", "5s", " 5", "inf", "nan"}) {
    EXPECT_EQ(ParseSeconds(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace fairlead
