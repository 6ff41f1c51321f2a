#include "fairlead/retry/retry_after.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace fairlead::retry {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

// 1994-11-06 08:49:37
constexpr WallTime kReceived{std::chrono::seconds(784111777)};
const char kDate[] = "Sun, 06 Nov 1994 08:49:37 GMT";

TEST(ParseRetryAfter, Seconds) {
  EXPECT_EQ(ParseRetryAfter("120", kDate, kReceived), 2min);
  EXPECT_EQ(ParseRetryAfter(" 0 ", kDate, kReceived), 0ms);
  EXPECT_EQ(ParseRetryAfter("2.0", "", kReceived), 2s);
  EXPECT_EQ(ParseRetryAfter("0.3", "", kReceived), 300ms);
  EXPECT_EQ(ParseRetryAfter("31622401", "", kReceived), 24h * 366);
}

TEST(ParseRetryAfter, ADateCountsFromTheResponsesOwnDate) {
  EXPECT_EQ(ParseRetryAfter("Sun, 06 Nov 1994 08:50:07 GMT", kDate, WallTime()), 30s);
  EXPECT_EQ(ParseRetryAfter("Sunday, 06-Nov-94 08:50:07 GMT", kDate, WallTime()), 30s);
  EXPECT_EQ(ParseRetryAfter("Sun Nov  6 08:50:07 1994", kDate, WallTime()), 30s);
  // Without a readable one our clock has to do.
  EXPECT_EQ(ParseRetryAfter("Sun, 06 Nov 1994 08:50:07 GMT", "", kReceived), 30s);
  EXPECT_EQ(ParseRetryAfter("Sun, 06 Nov 1994 08:50:07 GMT", "yesterday", kReceived + 500ms), 29500ms);
  // A server whose clock is an hour behind ours still means 30 s.
  EXPECT_EQ(ParseRetryAfter("Sun, 06 Nov 1994 08:50:07 GMT", kDate, kReceived + 1h), 30s);
}

TEST(ParseRetryAfter, ADateInThePastIsNow) {
  EXPECT_EQ(ParseRetryAfter("Sun, 06 Nov 1994 08:49:36 GMT", kDate, kReceived), 0ms);
  EXPECT_EQ(ParseRetryAfter("Fri, 06 Nov 2150 08:49:36 GMT", kDate, kReceived), 24h * 366);
}

TEST(ParseRetryAfter, GarbageIsNoHint) {
  for (const char* text : {"", " ", "soon", "-1", "+1", "5s", "1e9", "0x10", "1,2", "1 2", "1.2.3", "NaN", "Infinity",
                           "Sun, 06 Nov 1994", "1994-11-06T08:50:07Z", "\"120\"", "120\r\n", "٣"}) {
    EXPECT_EQ(ParseRetryAfter(text, kDate, kReceived), std::nullopt) << text;
  }
}

// Neither crash nor negative nor absurd, whatever bytes come.
TEST(ParseRetryAfter, AnyBytesGiveNothingOrASaneDelay) {
  std::uint64_t state = 42;
  const auto next = [&state] {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<std::uint32_t>(state >> 33);
  };
  const std::string alphabet = "0123456789.:,- SunNovGMT\0\xff";
  const std::string seeds[] = {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                               "Sun Nov  6 08:49:37 1994", "12.5", ""};
  int read = 0;
  for (int i = 0; i < 200000; ++i) {
    std::string text = seeds[next() % 5];
    for (std::uint32_t edits = next() % 4; edits > 0; --edits) {
      const char c = alphabet[next() % alphabet.size()];
      if (text.empty() || next() % 3 == 0) {
        text.insert(text.begin() + static_cast<std::ptrdiff_t>(next() % (text.size() + 1)), c);
      } else if (next() % 2 == 0) {
        text[next() % text.size()] = c;
      } else {
        text.erase(next() % text.size(), 1);
      }
    }
    const auto delay = ParseRetryAfter(text, next() % 2 == 0 ? kDate : text, kReceived);
    if (!delay.has_value()) continue;
    ++read;
    ASSERT_GE(*delay, 0ms) << text;
    ASSERT_LE(*delay, 24h * 366) << text;
  }
  EXPECT_GT(read, 1000) << "the mutations must leave some values readable, or nothing was tested";
}

}  // namespace
}  // namespace fairlead::retry
