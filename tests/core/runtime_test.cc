#include "fairlead/core/runtime.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "fairlead/core/error.h"

namespace fairlead {
namespace {

using namespace std::chrono_literals;

TEST(Runtime, SystemIsWholeAndTheSameEveryTime) {
  const Runtime runtime = Runtime::System();
  ASSERT_NE(runtime.clock, nullptr);
  ASSERT_NE(runtime.sleeper, nullptr);
  ASSERT_NE(runtime.random, nullptr);
  ASSERT_NE(runtime.log, nullptr);
  EXPECT_EQ(runtime.clock, Runtime::System().clock);
  const SteadyTime first = runtime.clock->SteadyNow();
  EXPECT_GE(runtime.clock->SteadyNow(), first);
  runtime.log->Log(LogLevel::kInfo, "core", "said to nobody");
}

TEST(Runtime, ASleepEndsAtOnceWhenCancelled) {
  const Runtime runtime = Runtime::System();
  CancellationSource source;
  source.Cancel();
  const absl::Status status = runtime.sleeper->Sleep(1h, source.token());
  EXPECT_EQ(KindOf(status), ErrorKind::kCancelled);
  EXPECT_TRUE(runtime.sleeper->Sleep(0s, Cancellation()).ok());
  EXPECT_TRUE(runtime.sleeper->Sleep(-1s, Cancellation()).ok());
}

TEST(Runtime, RandomUnitsAreWithinTheUnitAndDifferBetweenThreads) {
  Random& random = *Runtime::System().random;
  double sum = 0;
  for (int i = 0; i < 10000; ++i) {
    const double unit = random.NextUnit();
    ASSERT_GE(unit, 0.0);
    ASSERT_LT(unit, 1.0);
    sum += unit;
  }
  EXPECT_NEAR(sum / 10000, 0.5, 0.03);
  std::set<std::uint64_t> seen = {random.Next()};
  for (int i = 0; i < 3; ++i) std::thread([&] { seen.insert(random.Next()); }).join();
  EXPECT_EQ(seen.size(), 4U);
}

}  // namespace
}  // namespace fairlead
