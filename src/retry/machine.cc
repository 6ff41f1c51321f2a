#include "fairlead/retry/machine.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "src/core/internal/absl_compat.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace {

using retry::Action;
using retry::Decision;
using retry::Input;
using retry::Reason;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

Deadline Bounded(Deadline deadline, SteadyTime now, nanoseconds most) {
  if (most > SteadyTime::max() - now) return deadline;
  return Min(deadline, Deadline::At(now + most));
}

nanoseconds LeftAt(Deadline deadline, SteadyTime now) {
  if (deadline.infinite()) return nanoseconds::max();
  return std::max(nanoseconds{0}, nanoseconds(deadline.when() - now));
}

}  // namespace

RetryMachine::RetryMachine(const RetryPolicy& policy, Effect effect, Deadline deadline, SteadyTime now)
    : policy_(policy),
      effect_(effect),
      start_(now),
      deadline_(Bounded(deadline, now, policy.options.max_elapsed)),
      invalid_(policy.Validate()) {
  if (invalid_.ok() && EffectName(effect) == "invalid") {
    invalid_ = MakeError(ErrorKind::kConfiguration, Outcome::kNotSent, "Retry: the effect class is not a valid one");
  }
}

RetryMachine::Step RetryMachine::Next(SteadyTime now) {
  if (!invalid_.ok()) {
    Step step;
    step.status = invalid_;
    return step;
  }
  if (policy_.cancellation.cancelled()) {
    const absl::Status fresh = MakeError(ErrorKind::kCancelled, Outcome::kNotSent, "cancelled before the first try");
    return Stop(attempts_ == 0 ? fresh : last_error_, Reason::kCancelled, now);
  }
  const nanoseconds left = LeftAt(deadline_, now);
  if (left <= nanoseconds{0}) {
    const absl::Status fresh =
        MakeError(ErrorKind::kDeadline, Outcome::kNotSent, "the deadline passed before the first try");
    return Stop(attempts_ == 0 ? fresh : last_error_, Reason::kDeadline, now);
  }
  const nanoseconds timeout = std::min(left, policy_.options.try_timeout);
  Step step;
  step.what = What::kAttempt;
  step.attempt.number = ++attempts_;
  step.attempt.timeout = std::max(milliseconds(1), std::chrono::floor<milliseconds>(timeout));
  step.attempt.deadline = Bounded(deadline_, now, timeout);
  step.attempt.cancellation = policy_.cancellation;
  return step;
}

RetryMachine::Step RetryMachine::OnResult(const absl::Status& status, SteadyTime now, double unit) {
  if (status.ok()) {
    if (policy_.budget != nullptr) policy_.budget->OnSuccess(now);
    return Step{};
  }
  last_error_ = status;
  Input input(effect_);
  input.outcome = OutcomeOf(status);
  input.kind = KindOf(status);
  input.ambiguous_before = ambiguous_;
  input.attempt = attempts_;
  input.elapsed = now - start_;
  input.left = LeftAt(deadline_, now);
  input.unit = unit;
  if (const auto detail = GetErrorDetail(status); detail.has_value()) input.server_hint = detail->retry_after;
  if (effect_ != Effect::kRead && input.outcome == Outcome::kUnknown) ambiguous_ = true;

  Decision decision = retry::Decide(policy_.options, input);
  if (decision.action == Action::kRetryAt && policy_.cancellation.cancelled()) {
    decision = {Action::kGiveUp, nanoseconds{0}, Reason::kCancelled};
  }
  // The budget is asked last, so that a repeat that will not be made costs nothing.
  if (decision.action == Action::kRetryAt && policy_.budget != nullptr &&
      !policy_.budget->Withdraw(now, input.kind == ErrorKind::kRateLimited)) {
    input.budget = retry::Budget::kRefused;
    decision = retry::Decide(policy_.options, input);
  }
  last_decision_ = decision;
  if (decision.action != Action::kRetryAt) return Stop(status, decision.reason, now);
  if (decision.delay <= nanoseconds{0}) return Next(now);
  Step step;
  step.what = What::kWait;
  step.wait = decision.delay;
  return step;
}

RetryMachine::Step RetryMachine::Stop(const absl::Status& cause, Reason reason, SteadyTime now) const {
  ErrorDetail detail = GetErrorDetail(cause).value_or(ErrorDetail{});
  detail.kind = KindOf(cause);
  detail.outcome = ambiguous_ ? Outcome::kUnknown : OutcomeOf(cause);
  detail.attempts = attempts_;
  detail.elapsed = std::chrono::duration_cast<milliseconds>(now - start_);
  if (detail.operation.empty()) detail.operation = policy_.operation;
  if (detail.system.empty()) detail.system = policy_.system;
  detail.stopped_because = std::string(retry::ReasonName(reason));
  absl::Status status(cause.code(), absl::StrCat(cause.message(), " [stopped after ", attempts_,
                                                 attempts_ == 1 ? " try" : " tries", ", ", detail.elapsed.count(),
                                                 " ms: ", internal::ToAbsl(retry::ReasonText(reason)), "]"));
  cause.ForEachPayload([&](absl::string_view url, const absl::Cord& payload) { status.SetPayload(url, payload); });
  Step step;
  step.status = WithErrorDetail(std::move(status), detail);
  return step;
}

FAIRLEAD_NAMESPACE_END
