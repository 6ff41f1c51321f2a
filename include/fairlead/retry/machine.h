/// Retrying without I/O: the caller makes the tries and does the waiting, on threads, coroutines or an event loop.
#ifndef FAIRLEAD_RETRY_MACHINE_H_
#define FAIRLEAD_RETRY_MACHINE_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "fairlead/core/cancellation.h"
#include "fairlead/core/deadline.h"
#include "fairlead/core/effect.h"
#include "fairlead/core/export.h"
#include "fairlead/core/runtime.h"
#include "fairlead/retry/budget.h"
#include "fairlead/retry/decide.h"
#include "fairlead/retry/options.h"

FAIRLEAD_NAMESPACE_BEGIN

/// How calls are repeated. Copy it freely; a copy shares the budget.
struct FAIRLEAD_EXPORT RetryPolicy {
  RetryOptions options;
  /// Where time, sleep and chance come from. Not owned.
  Runtime runtime = Runtime::System();
  /// Shared by all calls to one (host, tenant). Null: only `max_attempts` limits repeats.
  std::shared_ptr<RetryBudget> budget;
  /// Ends waits at once and stops further tries.
  Cancellation cancellation;
  /// For messages and payloads: "erp.order.read", "erp.example".
  std::string operation;
  std::string system;

  absl::Status Validate() const { return options.Validate(); }
};

/// One try, as the caller's function sees it.
struct FAIRLEAD_EXPORT Try {
  std::uint32_t number = 1;                  ///< 1 for the first.
  std::chrono::milliseconds timeout{0};      ///< What this try may take, at least 1 ms.
  Deadline deadline = Deadline::Infinite();  ///< The same as a point in time: never past the whole call's deadline.
  Cancellation cancellation;
};

/// Decides between tries of one call. Not thread-safe; made for one call and thrown away.
///
///   RetryMachine machine(policy, Effect::kRead, deadline, clock.SteadyNow());
///   for (auto step = machine.Next(now);;) switch (step.what) {
///     case kAttempt: step = machine.OnResult(Send(step.attempt), now, unit); break;
///     case kWait:    wait(step.wait); step = machine.Next(now); break;
///     case kReturn:  return step.status;
///   }
class FAIRLEAD_EXPORT RetryMachine {
 public:
  enum class What : std::uint8_t { kAttempt = 1, kWait = 2, kReturn = 3 };
  struct Step {
    What what = What::kReturn;
    Try attempt;                       ///< kAttempt.
    std::chrono::nanoseconds wait{0};  ///< kWait: always over zero and always ends before the deadline.
    absl::Status status;               ///< kReturn: OK, or the final error: original code, and why it stopped.
  };

  /// `policy.options` must be valid (see Validate): an invalid policy makes Next return its error and try nothing.
  RetryMachine(const RetryPolicy& policy, Effect effect, Deadline deadline, SteadyTime now);

  /// Before the first try and after every wait.
  Step Next(SteadyTime now);
  /// After every try. `unit`: a fresh random number in [0, 1).
  Step OnResult(const absl::Status& status, SteadyTime now, double unit);

  std::uint32_t attempts() const { return attempts_; }
  /// True once a try of an operation with an effect ended without knowing whether it was applied.
  bool ambiguous() const { return ambiguous_; }
  /// What was decided last, also for operations that stop with kVerify or kPark.
  const std::optional<retry::Decision>& last_decision() const { return last_decision_; }

 private:
  Step Stop(const absl::Status& cause, retry::Reason reason, SteadyTime now) const;

  const RetryPolicy policy_;
  const Effect effect_;
  const SteadyTime start_;
  const Deadline deadline_;
  std::uint32_t attempts_ = 0;
  bool ambiguous_ = false;
  absl::Status last_error_;
  absl::Status invalid_;
  std::optional<retry::Decision> last_decision_;
};

FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_RETRY_MACHINE_H_
