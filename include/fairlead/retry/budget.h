/// A retry budget keeps repeats a small share of the traffic, so that retrying cannot hold a system down.
#ifndef FAIRLEAD_RETRY_BUDGET_H_
#define FAIRLEAD_RETRY_BUDGET_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "fairlead/core/export.h"
#include "fairlead/core/runtime.h"

FAIRLEAD_NAMESPACE_BEGIN

struct FAIRLEAD_EXPORT RetryBudgetOptions {
  /// Repeats earned per success. 0.1: at most one repeat in ten calls when calls are many.
  double per_success = 0.1;
  /// Repeats earned per second whatever happens. 1: a quiet client may always retry a little.
  double per_second = 1.0;
  /// Most repeats that can be saved up, and what a new budget starts with. 10.
  double burst = 10.0;
  /// Repeats that one repeat after throttling costs. 0.5: the server has spoken, so it lives.
  double throttled_cost = 0.5;

  /// INVALID_ARGUMENT (kConfiguration) that names every field that is wrong.
  absl::Status Validate() const;
};

/// Thread-safe and lock-free: the whole state is one 64-bit number.
class FAIRLEAD_EXPORT RetryBudget {
 public:
  /// `options` must be valid; values out of range are cut to the nearest valid one.
  explicit RetryBudget(const RetryBudgetOptions& options = {});

  /// A call succeeded: earns its share.
  void OnSuccess(SteadyTime now);
  /// Takes the cost of one repeat, or takes nothing and returns false.
  bool Withdraw(SteadyTime now, bool throttled = false);
  /// Repeats available at `now`, for metrics.
  double Available(SteadyTime now) const;

 private:
  // Time in which one repeat is earned is the unit of account, so earning by time costs nothing: what is available
  // is the distance between now and `empty_at_`, the moment at which the budget would have been empty.
  std::int64_t Ticks(SteadyTime now) const;
  std::int64_t ticks_per_repeat_;
  std::int64_t ticks_per_success_;
  std::int64_t ticks_throttled_;
  std::int64_t ticks_burst_;
  bool earns_by_time_;
  std::atomic<std::int64_t> empty_at_;
};

/// One budget per (host, tenant): one tenant's outage must not use up another's repeats. Thread-safe.
class FAIRLEAD_EXPORT RetryBudgets {
 public:
  /// `max_partitions` bounds memory; pairs beyond it share one budget. Default 10000.
  explicit RetryBudgets(const RetryBudgetOptions& options = {}, std::size_t max_partitions = 10000);
  /// The same budget for the same pair, always. Never null.
  std::shared_ptr<RetryBudget> For(std::string_view host, std::string_view tenant);

 private:
  const RetryBudgetOptions options_;
  const std::size_t max_partitions_;
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, std::shared_ptr<RetryBudget>> budgets_;
  std::shared_ptr<RetryBudget> overflow_;
};

FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_RETRY_BUDGET_H_
