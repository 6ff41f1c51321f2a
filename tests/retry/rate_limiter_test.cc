#include "fairlead/retry/rate_limiter.h"

#include <gtest/gtest.h>

#include <atomic>
#include <limits>
#include <thread>
#include <vector>

#include "fairlead/core/error.h"

namespace fairlead {
namespace {

using namespace std::chrono_literals;

constexpr SteadyTime kNow{std::chrono::hours(1000)};

RateLimiterOptions Bucket(double per_second, double burst) {
  RateLimiterOptions options;
  options.per_second = per_second;
  options.burst = burst;
  return options;
}

TEST(RateLimiter, LetsABurstPassAndThenTheRate) {
  RateLimiter limiter(Bucket(2, 4));
  for (int i = 0; i < 4; ++i) EXPECT_EQ(limiter.Acquire(kNow), 0ns);
  EXPECT_EQ(limiter.Acquire(kNow), 500ms);
  EXPECT_EQ(limiter.Acquire(kNow + 499ms), 1ms);
  EXPECT_EQ(limiter.Acquire(kNow + 500ms), 0ns);
  EXPECT_EQ(limiter.Acquire(kNow + 500ms), 500ms);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(limiter.Acquire(kNow + 1h), 0ns);
  EXPECT_EQ(limiter.Acquire(kNow + 1h), 500ms);
}

// Waiting exactly as long as it says must always be enough, and the rate must come out over a long run.
TEST(RateLimiter, ObeyingItGivesExactlyTheRate) {
  RateLimiter limiter(Bucket(7, 5));
  SteadyTime now = kNow;
  int passed = 0;
  while (passed < 7005) {
    const auto wait = limiter.Acquire(now);
    if (wait == 0ns) {
      ++passed;
      continue;
    }
    now += wait;
    ASSERT_EQ(limiter.Acquire(now), 0ns);
    ++passed;
  }
  EXPECT_GE(now - kNow, 1000s - 1ms);
  EXPECT_LE(now - kNow, 1000s + 1ms);
}

TEST(RateLimiter, WeighsQueries) {
  RateLimiter limiter(Bucket(50, 1000));
  EXPECT_EQ(limiter.Acquire(kNow, 900), 0ns);
  EXPECT_EQ(limiter.Acquire(kNow, 150), 1s);
  EXPECT_EQ(limiter.Acquire(kNow, 100), 0ns) << "a refused query takes nothing";
  limiter.Refund(200);
  EXPECT_DOUBLE_EQ(limiter.Available(kNow), 200.0);
  // Bigger than the bucket: waits for a full one, not for ever.
  EXPECT_EQ(limiter.Acquire(kNow, 1e9), 16s);
  EXPECT_EQ(limiter.Acquire(kNow + 16s, 1e9), 0ns);
}

TEST(RateLimiter, BelievesTheServer) {
  RateLimiter limiter(Bucket(50, 1000));
  limiter.Correct(kNow, 100);
  EXPECT_DOUBLE_EQ(limiter.Available(kNow), 100.0);
  EXPECT_EQ(limiter.Acquire(kNow, 150), 1s);
  limiter.Correct(kNow, 100, /*in_flight=*/150);
  EXPECT_EQ(limiter.Acquire(kNow, 50), 2s);
  // The plan was upgraded.
  limiter.Correct(kNow, 2000, 0, 100, 2000);
  EXPECT_DOUBLE_EQ(limiter.Available(kNow), 2000.0);
  EXPECT_EQ(limiter.Acquire(kNow, 2000), 0ns);
  EXPECT_EQ(limiter.Acquire(kNow, 100), 1s);
  // More than the bucket holds is not believed.
  limiter.Correct(kNow, 1e9);
  EXPECT_DOUBLE_EQ(limiter.Available(kNow), 2000.0);
}

TEST(RateLimiter, ABlockHoldsEverythingUntilItsEnd) {
  RateLimiter limiter(Bucket(2, 4));
  limiter.Block(kNow + 10s);
  limiter.Block(kNow + 5s);
  EXPECT_EQ(limiter.Acquire(kNow), 10s);
  EXPECT_DOUBLE_EQ(limiter.Available(kNow), 0.0);
  EXPECT_EQ(limiter.Acquire(kNow + 10s), 0ns);
}

TEST(RateLimiter, BadNumbersDoNoHarm) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(Bucket(0, 1).Validate().ok());
  EXPECT_FALSE(Bucket(nan, nan).Validate().ok());
  EXPECT_EQ(KindOf(Bucket(1, 0).Validate()), ErrorKind::kConfiguration);
  RateLimiter limiter(Bucket(nan, nan));
  EXPECT_EQ(limiter.Acquire(kNow, nan), 0ns);
  limiter.Correct(kNow, nan, nan, nan, nan);
  limiter.Refund(nan);
  EXPECT_GE(limiter.Acquire(kNow, -5), 0ns);
}

TEST(RateLimiter, ThreadsTogetherTakeExactlyWhatThereIs) {
  RateLimiter limiter(Bucket(1, 1000));
  std::atomic<int> passed{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) passed += limiter.Acquire(kNow) == 0ns ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(passed.load(), 1000);
}

}  // namespace
}  // namespace fairlead
