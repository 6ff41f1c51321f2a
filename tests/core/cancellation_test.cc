#include "fairlead/core/cancellation.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

namespace fairlead {
namespace {

using namespace std::chrono_literals;

TEST(Cancellation, ADefaultOneNeverFires) {
  const Cancellation never;
  EXPECT_FALSE(never.cancelled());
  EXPECT_FALSE(never.WaitFor(0ns));
  EXPECT_FALSE(never.WaitFor(1ms));
}

TEST(Cancellation, FiresInEveryCopyAndStays) {
  CancellationSource source;
  const Cancellation token = source.token();
  const Cancellation copy = token;
  EXPECT_FALSE(copy.cancelled());
  source.Cancel();
  source.Cancel();
  EXPECT_TRUE(token.cancelled());
  EXPECT_TRUE(copy.cancelled());
  EXPECT_TRUE(copy.WaitFor(0ns));
  EXPECT_TRUE(source.token().cancelled());
}

TEST(Cancellation, OutlivesItsSource) {
  Cancellation token;
  {
    CancellationSource source;
    token = source.token();
    source.Cancel();
  }
  EXPECT_TRUE(token.cancelled());
}

// A wait of "for ever" must be a long wait: as an overflowing point in time it would end at once.
TEST(Cancellation, WakesEveryWaiterAlsoThoseThatWaitForEver) {
  CancellationSource source;
  std::atomic<int> woken{0};
  std::atomic<int> started{0};
  std::vector<std::thread> waiters;
  for (int i = 0; i < 4; ++i) {
    waiters.emplace_back([&, token = source.token()] {
      ++started;
      if (token.WaitFor(std::chrono::nanoseconds::max())) ++woken;
    });
  }
  while (started.load() < 4) std::this_thread::yield();
  source.Cancel();
  for (std::thread& waiter : waiters) waiter.join();
  EXPECT_EQ(woken.load(), 4);
}

}  // namespace
}  // namespace fairlead
