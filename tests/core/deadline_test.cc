#include "fairlead/core/deadline.h"

#include <gtest/gtest.h>

namespace fairlead {
namespace {

using std::chrono::nanoseconds;
using namespace std::chrono_literals;

class StillClock final : public Clock {
 public:
  explicit StillClock(SteadyTime now) : now_(now) {}
  SteadyTime SteadyNow() override { return now_; }
  WallTime WallNow() override { return WallTime(); }
  SteadyTime now_;
};

TEST(Deadline, CountsDownAndPasses) {
  StillClock clock(SteadyTime(100s));
  const Deadline deadline = Deadline::After(clock, 5s);
  EXPECT_EQ(deadline.Left(clock), 5s);
  EXPECT_FALSE(deadline.Passed(clock));
  clock.now_ += 5s;
  EXPECT_TRUE(deadline.Passed(clock));
  clock.now_ += 5s;
  EXPECT_EQ(deadline.Left(clock), 0s);
}

TEST(Deadline, SaturatesInsteadOfOverflowing) {
  for (const SteadyTime now :
       {SteadyTime(100s), SteadyTime(-100s), SteadyTime(), SteadyTime::max() - 1ns, SteadyTime::min() + 1ns}) {
    StillClock clock(now);
    const Deadline longest = Deadline::After(clock, nanoseconds::max());
    EXPECT_FALSE(longest.Passed(clock)) << now.time_since_epoch().count();
    EXPECT_GT(longest.Left(clock), 0s);
    const Deadline past = Deadline::After(clock, nanoseconds::min());
    EXPECT_TRUE(past.Passed(clock)) << now.time_since_epoch().count();
    EXPECT_EQ(past.Left(clock), 0s);
    EXPECT_FALSE(Deadline::Infinite().Passed(clock));
    EXPECT_EQ(Deadline::Infinite().Left(clock), nanoseconds::max());
    EXPECT_GE(Deadline::At(SteadyTime::max() - 1ns).Left(clock), 0s);
  }
}

TEST(Deadline, TheSoonerWins) {
  StillClock clock(SteadyTime(100s));
  const Deadline sooner = Deadline::After(clock, 1s);
  const Deadline later = Deadline::After(clock, 2s);
  EXPECT_EQ(Min(sooner, later).when(), sooner.when());
  EXPECT_EQ(Min(Deadline::Infinite(), later).when(), later.when());
  EXPECT_TRUE(Min(Deadline::Infinite(), Deadline::Infinite()).infinite());
}

}  // namespace
}  // namespace fairlead
