#include "fairlead/retry/budget.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <limits>
#include <thread>
#include <vector>

#include "fairlead/core/error.h"

namespace fairlead {
namespace {

using namespace std::chrono_literals;

constexpr SteadyTime kNow{std::chrono::hours(1000)};

int Drain(RetryBudget& budget, SteadyTime now, bool throttled = false) {
  int taken = 0;
  while (taken < 1000000 && budget.Withdraw(now, throttled)) ++taken;
  return taken;
}

TEST(RetryBudget, StartsFullAndIsExact) {
  RetryBudget budget;
  EXPECT_DOUBLE_EQ(budget.Available(kNow), 10.0);
  EXPECT_EQ(Drain(budget, kNow), 10);
  EXPECT_DOUBLE_EQ(budget.Available(kNow), 0.0);
  EXPECT_FALSE(budget.Withdraw(kNow));
}

TEST(RetryBudget, EarnsOneASecondAndNoMoreThanItsBurst) {
  RetryBudget budget;
  Drain(budget, kNow);
  EXPECT_FALSE(budget.Withdraw(kNow + 999ms));
  EXPECT_TRUE(budget.Withdraw(kNow + 1s));
  EXPECT_FALSE(budget.Withdraw(kNow + 1s));
  EXPECT_EQ(Drain(budget, kNow + 4s), 3);
  EXPECT_EQ(Drain(budget, kNow + 24h), 10);
}

TEST(RetryBudget, EarnsATenthOfSuccesses) {
  RetryBudgetOptions options;
  options.per_second = 0;
  RetryBudget budget(options);
  Drain(budget, kNow);
  for (int i = 0; i < 9; ++i) budget.OnSuccess(kNow);
  EXPECT_FALSE(budget.Withdraw(kNow + 1h)) << "time alone must earn nothing here";
  budget.OnSuccess(kNow);
  EXPECT_EQ(Drain(budget, kNow), 1);
  for (int i = 0; i < 35; ++i) budget.OnSuccess(kNow);
  EXPECT_EQ(Drain(budget, kNow), 3);
  for (int i = 0; i < 5; ++i) budget.OnSuccess(kNow);
  EXPECT_EQ(Drain(budget, kNow), 1) << "the half left over before was kept";
  for (int i = 0; i < 100000; ++i) budget.OnSuccess(kNow);
  EXPECT_EQ(Drain(budget, kNow), 10) << "no more than the burst is saved";
}

// Over a long run of failures and successes at once the share of repeats must be what the options say: the drift of
// a float would show here.
TEST(RetryBudget, KeepsTheShareOverALongRun) {
  RetryBudgetOptions options;
  options.per_second = 0;
  RetryBudget budget(options);
  long granted = 0;
  for (int i = 0; i < 1000000; ++i) {
    budget.OnSuccess(kNow);
    if (i % 5 == 0 && budget.Withdraw(kNow)) ++granted;
  }
  EXPECT_GE(granted, 100000);
  EXPECT_LE(granted, 100010);
}

TEST(RetryBudget, ThrottledRepeatsAreCheaper) {
  RetryBudget budget;
  EXPECT_EQ(Drain(budget, kNow, /*throttled=*/true), 20);
}

TEST(RetryBudget, AClockReadEarlierByAnotherThreadNeitherEarnsNorHarms) {
  RetryBudget budget;
  EXPECT_EQ(Drain(budget, kNow + 5s), 10);
  EXPECT_FALSE(budget.Withdraw(kNow));
  budget.OnSuccess(kNow);
  EXPECT_FALSE(budget.Withdraw(kNow + 5s));
  EXPECT_EQ(Drain(budget, kNow + 6s), 1);
}

TEST(RetryBudget, WorksOnAClockThatBeginsAnywhere) {
  for (const SteadyTime start : {SteadyTime(), SteadyTime(-1000h), SteadyTime(24h * 365 * 100)}) {
    RetryBudget budget;
    EXPECT_EQ(Drain(budget, start), 10);
    EXPECT_EQ(Drain(budget, start + 2s), 2);
  }
}

TEST(RetryBudget, ThreadsTogetherTakeExactlyWhatThereIs) {
  RetryBudgetOptions options;
  options.per_second = 0;
  options.burst = 1000;
  RetryBudget budget(options);
  constexpr int kThreads = 4;
  constexpr int kRounds = 20000;
  std::atomic<long> granted{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      long mine = 0;
      for (int i = 0; i < kRounds; ++i) {
        if (budget.Withdraw(kNow)) ++mine;
        if (i % 2 == 0) budget.OnSuccess(kNow);
      }
      granted += mine;
    });
  }
  for (std::thread& thread : threads) thread.join();
  // Fewer than the burst is earned back before it is spent, so nothing is cut off at the top: 1000 + 40000 / 10.
  const long total = granted.load() + Drain(budget, kNow);
  EXPECT_LE(total, 1000 + kThreads * kRounds / 2 / 10);
  EXPECT_GE(total, 1000);
}

TEST(RetryBudget, ConcurrentSpendingOfAFixedSumIsExact) {
  constexpr int kThreads = 4;
  constexpr int kSum = 400000;
  RetryBudgetOptions options;
  options.burst = kSum;
  RetryBudget budget(options);
  std::atomic<int> ready{0};
  std::atomic<long> granted{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      ++ready;
      while (ready.load() < kThreads) std::this_thread::yield();
      long mine = 0;
      for (int i = 0; i < kSum / 2; ++i) mine += budget.Withdraw(kNow) ? 1 : 0;
      granted += mine;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(granted.load(), kSum);
}

TEST(RetryBudget, ValidateNamesEveryWrongFieldAndBadOnesDoNoHarm) {
  EXPECT_TRUE(RetryBudgetOptions().Validate().ok());
  RetryBudgetOptions options;
  options.per_success = 2;
  options.per_second = -1;
  options.burst = std::numeric_limits<double>::quiet_NaN();
  options.throttled_cost = 7;
  const std::string message(options.Validate().message());
  for (const char* field : {"per_success", "per_second", "burst", "throttled_cost"}) {
    EXPECT_NE(message.find(field), std::string::npos) << field;
  }
  RetryBudget budget(options);
  EXPECT_EQ(Drain(budget, kNow), 1);
}

TEST(RetryBudgets, AreApartPerHostAndTenantAndBounded) {
  RetryBudgets budgets({}, 2);
  const auto first = budgets.For("erp.example", "acme");
  EXPECT_EQ(first, budgets.For("erp.example", "acme"));
  const auto second = budgets.For("erp.example", "globex");
  EXPECT_NE(first, second);
  Drain(*first, kNow);
  EXPECT_TRUE(second->Withdraw(kNow)) << "one tenant's outage must not use up another's repeats";
  const auto third = budgets.For("a", "b");
  const auto fourth = budgets.For("c", "d");
  ASSERT_NE(third, nullptr);
  EXPECT_EQ(third, fourth) << "beyond the bound all share one";
}

}  // namespace
}  // namespace fairlead
