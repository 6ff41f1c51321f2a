#include "fairlead/retry/budget.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "fairlead/core/error.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace {

constexpr double kLeastPerSecond = 0.001;
constexpr double kMostPerSecond = 1e6;
constexpr double kMostBurst = 1e6;

// Also turns NaN into `least`.
double Within(double value, double least, double most) { return value >= least ? std::min(value, most) : least; }

}  // namespace

absl::Status RetryBudgetOptions::Validate() const {
  std::string wrong;
  const auto require = [&wrong](bool fine, const char* what) {
    if (fine) return;
    if (!wrong.empty()) wrong += "; ";
    wrong += what;
  };
  require(per_success >= 0.0 && per_success <= 1.0, "per_success must be within 0..1");
  require(per_second == 0.0 || (per_second >= kLeastPerSecond && per_second <= kMostPerSecond),
          "per_second must be 0 or within 0.001..1000000");
  require(burst >= 1.0 && burst <= kMostBurst, "burst must be within 1..1000000");
  require(throttled_cost >= 0.0 && throttled_cost <= 1.0, "throttled_cost must be within 0..1");
  if (wrong.empty()) return absl::OkStatus();
  return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent, "RetryBudgetOptions: " + wrong);
}

RetryBudget::RetryBudget(const RetryBudgetOptions& options) {
  constexpr double kSecond = 1e9;
  earns_by_time_ = options.per_second > 0.0;
  const double per_second = earns_by_time_ ? Within(options.per_second, kLeastPerSecond, kMostPerSecond) : 1.0;
  const double repeat = kSecond / per_second;
  const auto ticks = [repeat](double repeats) { return static_cast<std::int64_t>(std::llround(repeats * repeat)); };
  ticks_per_repeat_ = ticks(1.0);
  ticks_per_success_ = ticks(Within(options.per_success, 0.0, 1.0));
  ticks_throttled_ = ticks(Within(options.throttled_cost, 0.0, 1.0));
  ticks_burst_ = ticks(Within(options.burst, 1.0, kMostBurst));
  // Long ago by any clock: a new budget is full.
  empty_at_.store(earns_by_time_ ? std::numeric_limits<std::int64_t>::min() / 2 : -ticks_burst_,
                  std::memory_order_relaxed);
}

std::int64_t RetryBudget::Ticks(SteadyTime now) const {
  return earns_by_time_ ? static_cast<std::int64_t>(now.time_since_epoch().count()) : 0;
}

void RetryBudget::OnSuccess(SteadyTime now) {
  const std::int64_t full = Ticks(now) - ticks_burst_;
  std::int64_t seen = empty_at_.load(std::memory_order_relaxed);
  // A full budget, the normal case, costs a load and no write.
  while (seen > full) {
    if (empty_at_.compare_exchange_weak(seen, std::max(full, seen - ticks_per_success_), std::memory_order_relaxed)) {
      return;
    }
  }
}

bool RetryBudget::Withdraw(SteadyTime now, bool throttled) {
  const std::int64_t ticks = Ticks(now);
  const std::int64_t cost = throttled ? ticks_throttled_ : ticks_per_repeat_;
  std::int64_t seen = empty_at_.load(std::memory_order_relaxed);
  while (true) {
    const std::int64_t from = std::max(seen, ticks - ticks_burst_);
    if (ticks - from < cost) return false;
    if (empty_at_.compare_exchange_weak(seen, from + cost, std::memory_order_relaxed)) return true;
  }
}

double RetryBudget::Available(SteadyTime now) const {
  const std::int64_t ticks = Ticks(now);
  const std::int64_t from = std::max(empty_at_.load(std::memory_order_relaxed), ticks - ticks_burst_);
  return static_cast<double>(std::max<std::int64_t>(0, ticks - from)) / static_cast<double>(ticks_per_repeat_);
}

RetryBudgets::RetryBudgets(const RetryBudgetOptions& options, std::size_t max_partitions)
    : options_(options), max_partitions_(max_partitions), overflow_(std::make_shared<RetryBudget>(options)) {}

std::shared_ptr<RetryBudget> RetryBudgets::For(std::string_view host, std::string_view tenant) {
  std::pair<std::string, std::string> key(host, tenant);
  const std::lock_guard<std::mutex> lock(mutex_);
  if (const auto found = budgets_.find(key); found != budgets_.end()) return found->second;
  if (budgets_.size() >= max_partitions_) return overflow_;
  return budgets_.emplace(std::move(key), std::make_shared<RetryBudget>(options_)).first->second;
}

FAIRLEAD_NAMESPACE_END
