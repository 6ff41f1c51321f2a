#include "fairlead/retry/circuit_breaker.h"

#include <algorithm>
#include <string>

FAIRLEAD_NAMESPACE_BEGIN

absl::Status CircuitBreakerOptions::Validate() const {
  constexpr std::chrono::nanoseconds kLeast = std::chrono::milliseconds(1);
  constexpr std::chrono::nanoseconds kMost = std::chrono::hours(24);
  std::string wrong;
  const auto require = [&wrong](bool fine, const char* what) {
    if (fine) return;
    if (!wrong.empty()) wrong += "; ";
    wrong += what;
  };
  require(window >= kLeast && window <= kMost, "window must be within 1 ms..24 h");
  require(min_calls >= 1, "min_calls must be positive");
  require(failure_share > 0.0 && failure_share <= 1.0, "failure_share must be over 0 and at most 1");
  require(open_for >= kLeast && open_for <= max_open_for, "open_for must be within 1 ms..max_open_for");
  require(max_open_for <= kMost, "max_open_for must be at most 24 h");
  require(probe_timeout >= kLeast && probe_timeout <= kMost, "probe_timeout must be within 1 ms..24 h");
  if (wrong.empty()) return absl::OkStatus();
  return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent, "CircuitBreakerOptions: " + wrong);
}

CircuitBreaker::CircuitBreaker(const CircuitBreakerOptions& options)
    : options_(options.Validate().ok() ? options : CircuitBreakerOptions()), open_for_(options_.open_for) {}

std::int64_t CircuitBreaker::SlotNumber(SteadyTime now) const {
  const std::chrono::nanoseconds width = options_.window / static_cast<int>(kSlots);
  const std::int64_t since = now.time_since_epoch().count();
  const std::int64_t slot = since / width.count();
  return since % width.count() < 0 ? slot - 1 : slot;  // A clock may begin below zero.
}

CircuitBreaker::Admission CircuitBreaker::Admit(SteadyTime now) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!open_) return {true, std::chrono::nanoseconds{0}, era_};
  if (now < open_until_) return {false, open_until_ - now, 0};
  if (probing_ && now < probe_until_) return {false, probe_until_ - now, 0};
  // A probe that was lost must not be able to decide later on, next to its successor.
  ++era_;
  probing_ = true;
  probe_until_ = now + options_.probe_timeout;
  return {true, std::chrono::nanoseconds{0}, era_};
}

void CircuitBreaker::Record(const Admission& admission, bool failed, SteadyTime now) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!admission.allowed || admission.ticket != era_) return;
  if (open_) {
    if (failed) {
      open_for_ = std::min(options_.max_open_for, open_for_ * 2);
      OpenLocked(now);
    } else {
      ++era_;
      open_ = false;
      probing_ = false;
      open_for_ = options_.open_for;
    }
    return;
  }
  const std::int64_t number = SlotNumber(now);
  const auto index =
      static_cast<std::size_t>(((number % static_cast<std::int64_t>(kSlots)) + static_cast<std::int64_t>(kSlots)) %
                               static_cast<std::int64_t>(kSlots));
  Slot& slot = slots_[index];
  if (slot.number != number) slot = Slot{number, 0, 0};
  ++slot.calls;
  if (failed) ++slot.failures;
  if (!failed) return;
  std::uint64_t calls = 0;
  std::uint64_t failures = 0;
  for (const Slot& each : slots_) {
    if (each.number <= number - static_cast<std::int64_t>(kSlots) || each.number > number) continue;
    calls += each.calls;
    failures += each.failures;
  }
  if (calls >= options_.min_calls &&
      static_cast<double>(failures) >= options_.failure_share * static_cast<double>(calls)) {
    OpenLocked(now);
  }
}

void CircuitBreaker::Forget(const Admission& admission) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (admission.allowed && admission.ticket == era_ && open_) probing_ = false;
}

void CircuitBreaker::OpenLocked(SteadyTime now) {
  ++era_;
  open_ = true;
  probing_ = false;
  open_until_ = now + open_for_;
  slots_.fill(Slot{});
}

CircuitBreaker::State CircuitBreaker::state(SteadyTime now) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!open_) return State::kClosed;
  return now < open_until_ ? State::kOpen : State::kHalfOpen;
}

bool CircuitBreaker::IsFailure(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kTransient:
    case ErrorKind::kUnknownOutcome:
    case ErrorKind::kDeadline:
      return true;
    default:
      return false;
  }
}

std::string_view CircuitStateName(CircuitBreaker::State state) {
  switch (state) {
    case CircuitBreaker::State::kClosed:
      return "closed";
    case CircuitBreaker::State::kOpen:
      return "open";
    case CircuitBreaker::State::kHalfOpen:
      return "half_open";
  }
  return "invalid";
}

FAIRLEAD_NAMESPACE_END
