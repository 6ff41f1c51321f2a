// The server's time between two looks at it: never back, never behind, and never for ever by one old look.
#include "src/store_postgres/internal/server_clock.h"

#include <gtest/gtest.h>

namespace {

using fairlead::internal::postgres::ServerClock;

class HandClock final : public fairlead::Clock {
 public:
  fairlead::SteadyTime SteadyNow() override { return fairlead::SteadyTime(std::chrono::nanoseconds(now)); }
  fairlead::WallTime WallNow() override { return fairlead::WallTime(std::chrono::nanoseconds(now + 7)); }
  std::int64_t now = 1'000'000;
};

class ServerClockTest : public ::testing::Test {
 protected:
  std::int64_t Now() { return clock_.Now().time_since_epoch().count(); }
  /// The server is asked, and its answer takes `there` and `back`.
  void Ask(std::int64_t ahead, std::int64_t there, std::int64_t back) {
    const std::int64_t asked = clock_.Local();
    hand_.now += there;
    const std::int64_t server = hand_.now + ahead;
    hand_.now += back;
    clock_.Sample(asked, server);
  }
  HandClock hand_;
  ServerClock clock_{&hand_, false};
};

TEST_F(ServerClockTest, IsNeverBehindTheServerAndAheadByLessThanARoundTrip) {
  for (const auto& [there, back] : {std::pair<std::int64_t, std::int64_t>(500, 0), {0, 500}, {200, 300}}) {
    ServerClock clock(&hand_, false);
    const std::int64_t asked = clock.Local();
    hand_.now += there;
    const std::int64_t server = hand_.now + 5'000;
    hand_.now += back;
    clock.Sample(asked, server);
    const std::int64_t told = clock.Now().time_since_epoch().count();
    EXPECT_GE(told, hand_.now + 5'000) << "a lease would seem longer than it is";
    EXPECT_LE(told, hand_.now + 5'000 + there + back);
  }
}

TEST_F(ServerClockTest, NeverGoesBack) {
  Ask(1'000'000, 10, 10);
  const std::int64_t before = Now();
  Ask(0, 0, 0);
  EXPECT_EQ(Now(), before);
  hand_.now += 2'000'000;
  EXPECT_GT(Now(), before) << "once the server has caught up, time goes on";
}

TEST_F(ServerClockTest, AQuickAnswerCountsMoreThanASlowOneButNotForEver) {
  Ask(0, 5, 5);
  Ask(0, 50'000, 0);
  EXPECT_LE(Now(), hand_.now + 10);
  hand_.now += 100'000'000;
  Ask(3'000, 20'000, 0);
  EXPECT_GE(Now(), hand_.now + 3'000) << "the clocks have drifted apart meanwhile";
}

TEST_F(ServerClockTest, ASimulationsClockIsItsOwn) {
  ServerClock clock(&hand_, true);
  clock.Sample(0, 123);
  EXPECT_EQ(clock.Now().time_since_epoch().count(), hand_.now + 7);
}

}  // namespace
