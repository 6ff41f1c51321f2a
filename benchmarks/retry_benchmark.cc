// What one decision, one budget question and one whole guarded call cost. A retry layer is on the path of every call,
// so it has to disappear beside the call itself.
#include <benchmark/benchmark.h>

#include <array>
#include <memory>

#include "fairlead/retry/budget.h"
#include "fairlead/retry/circuit_breaker.h"
#include "fairlead/retry/decide.h"
#include "fairlead/retry/rate_limiter.h"
#include "fairlead/retry/retry.h"
#include "fairlead/retry/retry_after.h"

namespace fairlead {
namespace {

using namespace std::chrono_literals;

constexpr SteadyTime kNow{std::chrono::hours(1000)};

void DecideTransient(benchmark::State& state) {
  const RetryOptions options;
  retry::Input input(Effect::kRead);
  input.outcome = Outcome::kNotSent;
  input.kind = ErrorKind::kTransient;
  input.left = 30s;
  std::uint32_t attempt = 0;
  for (auto _ : state) {
    input.attempt = 1 + attempt++ % 3;
    benchmark::DoNotOptimize(input);
    benchmark::DoNotOptimize(retry::Decide(options, input));
  }
}
BENCHMARK(DecideTransient);

// Every class and outcome in turn, so that no branch is learnt by heart.
void DecideMixed(benchmark::State& state) {
  const RetryOptions options;
  std::uint32_t i = 0;
  for (auto _ : state) {
    retry::Input input(static_cast<Effect>(1 + i % 6));
    input.outcome = static_cast<Outcome>(1 + i / 6 % 4);
    input.kind = static_cast<ErrorKind>(i / 24 % 17);
    input.phase = i / 408 % 2 == 0 ? retry::Phase::kInProcess : retry::Phase::kDurable;
    input.left = 1h;
    input.server_hint = 2s;
    ++i;
    benchmark::DoNotOptimize(retry::Decide(options, input));
  }
}
BENCHMARK(DecideMixed);

void BudgetSuccess(benchmark::State& state) {
  static RetryBudget budget;
  for (auto _ : state) budget.OnSuccess(kNow);
}
BENCHMARK(BudgetSuccess)->Threads(1)->Threads(2);

void BudgetWithdrawAndEarn(benchmark::State& state) {
  RetryBudgetOptions options;
  options.per_success = 1.0;
  static RetryBudget budget(options);
  for (auto _ : state) {
    benchmark::DoNotOptimize(budget.Withdraw(kNow));
    budget.OnSuccess(kNow);
  }
}
BENCHMARK(BudgetWithdrawAndEarn)->Threads(1)->Threads(2);

void BudgetRefused(benchmark::State& state) {
  RetryBudget budget;
  while (budget.Withdraw(kNow)) {
  }
  for (auto _ : state) benchmark::DoNotOptimize(budget.Withdraw(kNow));
}
BENCHMARK(BudgetRefused);

void LimiterAcquire(benchmark::State& state) {
  RateLimiter limiter;
  SteadyTime now = kNow;
  for (auto _ : state) {
    now += 500ms;
    benchmark::DoNotOptimize(limiter.Acquire(now));
  }
}
BENCHMARK(LimiterAcquire);

void BreakerAdmitAndRecord(benchmark::State& state) {
  CircuitBreaker breaker;
  SteadyTime now = kNow;
  for (auto _ : state) {
    now += 1ms;
    breaker.Record(breaker.Admit(now), false, now);
  }
}
BENCHMARK(BreakerAdmitAndRecord);

void ParseRetryAfterValue(benchmark::State& state) {
  constexpr std::array<std::string_view, 2> kValues = {"120", "Sun, 06 Nov 1994 08:50:07 GMT"};
  const std::string_view value = kValues[static_cast<std::size_t>(state.range(0))];
  for (auto _ : state) {
    benchmark::DoNotOptimize(retry::ParseRetryAfter(value, "Sun, 06 Nov 1994 08:49:37 GMT", WallTime()));
  }
}
BENCHMARK(ParseRetryAfterValue)->ArgName("date")->Arg(0)->Arg(1);

// The bare call beside the guarded one: the difference is what retrying costs a call that succeeds.
void BareCall(benchmark::State& state) {
  const auto call = [](const Try& t) {
    benchmark::DoNotOptimize(t.number);
    return absl::OkStatus();
  };
  const Try attempt;
  for (auto _ : state) benchmark::DoNotOptimize(call(attempt));
}
BENCHMARK(BareCall);

void GuardedCall(benchmark::State& state) {
  RetryPolicy policy;
  policy.budget = std::make_shared<RetryBudget>();
  for (auto _ : state) {
    const Deadline deadline = Deadline::After(*policy.runtime.clock, 10s);
    benchmark::DoNotOptimize(Retry(policy, Effect::kRead, deadline, [](const Try& t) {
      benchmark::DoNotOptimize(t.number);
      return absl::OkStatus();
    }));
  }
}
BENCHMARK(GuardedCall);

}  // namespace
}  // namespace fairlead

BENCHMARK_MAIN();
