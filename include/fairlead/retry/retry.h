/// A call that is repeated while that is safe, useful and in time.
#ifndef FAIRLEAD_RETRY_RETRY_H_
#define FAIRLEAD_RETRY_RETRY_H_

#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fairlead/core/deadline.h"
#include "fairlead/core/effect.h"
#include "fairlead/core/export.h"
#include "fairlead/retry/machine.h"

FAIRLEAD_NAMESPACE_BEGIN

namespace retry_internal {
inline const absl::Status& StatusOf(const absl::Status& status) { return status; }
template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}
}  // namespace retry_internal

/// Calls `function(const Try&)`, which returns absl::Status or absl::StatusOr<T>, until it succeeds or a repeat is
/// unsafe, useless, too late or too much. Blocks the calling thread; never sleeps past `deadline`.
///
///   auto reply = fairlead::Retry(policy, fairlead::Effect::kRead, deadline,
///                                [&](const fairlead::Try& t) { return client.Get(url, t.timeout); });
///
/// `effect` says what a repeat can do. After an ambiguous error only kRead, kAbsolute and kNativeKey are called again;
/// kConditional, kLookup and kBlind stop with the error, because something must be looked up first (the ledger does
/// that). An error without ErrorDetail counts as ambiguous.
///
/// The final error keeps the code of the last one. Its ErrorDetail has `attempts`, `elapsed`, `stopped_because` (a
/// retry::ReasonName) and, if any try was ambiguous, outcome kUnknown whatever the last one said.
template <typename Function>
auto Retry(const RetryPolicy& policy, Effect effect, Deadline deadline, Function&& function)
    -> std::decay_t<std::invoke_result_t<Function&, const Try&>> {
  Clock& clock = *policy.runtime.clock;
  RetryMachine machine(policy, effect, deadline, clock.SteadyNow());
  RetryMachine::Step step = machine.Next(clock.SteadyNow());
  while (true) {
    if (step.what == RetryMachine::What::kAttempt) {
      std::decay_t<std::invoke_result_t<Function&, const Try&>> result = function(std::as_const(step.attempt));
      const absl::Status& status = retry_internal::StatusOf(result);
      step = machine.OnResult(status, clock.SteadyNow(), status.ok() ? 0.0 : policy.runtime.random->NextUnit());
      if (step.what == RetryMachine::What::kReturn && step.status.ok()) return result;
    } else if (step.what == RetryMachine::What::kWait) {
      // A cancelled sleep needs no handling of its own: Next sees the cancellation.
      policy.runtime.sleeper->Sleep(step.wait, policy.cancellation).IgnoreError();
      step = machine.Next(clock.SteadyNow());
    } else {
      return step.status;
    }
  }
}

FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_RETRY_RETRY_H_
