/// One deadline bounds a whole operation: all its attempts, sleeps and bytes.
#ifndef FAIRLEAD_CORE_DEADLINE_H_
#define FAIRLEAD_CORE_DEADLINE_H_

#include <algorithm>
#include <chrono>

#include "fairlead/core/export.h"
#include "fairlead/core/runtime.h"

FAIRLEAD_NAMESPACE_BEGIN

/// A point on the steady clock. A value type.
class Deadline {
 public:
  /// Never passes.
  static constexpr Deadline Infinite() { return Deadline((SteadyTime::max)()); }
  static constexpr Deadline At(SteadyTime when) { return Deadline(when); }
  /// `duration` from now; saturates instead of overflowing.
  static Deadline After(Clock& clock, std::chrono::nanoseconds duration) {
    const SteadyTime now = clock.SteadyNow();
    const std::chrono::nanoseconds since_zero = now.time_since_epoch();
    if (since_zero.count() > 0 && duration > (SteadyTime::max)() - now) return Infinite();
    if (since_zero.count() < 0 && duration < (SteadyTime::min)() - now) return Deadline((SteadyTime::min)());
    return Deadline(now + duration);
  }

  constexpr SteadyTime when() const { return when_; }
  constexpr bool infinite() const { return when_ == (SteadyTime::max)(); }
  bool Passed(Clock& clock) const { return clock.SteadyNow() >= when_; }
  /// Time left, never negative; nanoseconds::max() for an infinite one.
  std::chrono::nanoseconds Left(Clock& clock) const {
    if (infinite()) return (std::chrono::nanoseconds::max)();
    const SteadyTime now = clock.SteadyNow();
    if (when_ <= now) return std::chrono::nanoseconds{0};
    // A clock whose zero lies in the future counts below zero: the difference may not fit.
    if (now.time_since_epoch().count() < 0 && when_ > (SteadyTime::max)() + now.time_since_epoch()) {
      return (std::chrono::nanoseconds::max)();
    }
    return when_ - now;
  }
  /// The sooner of the two.
  friend constexpr Deadline Min(Deadline a, Deadline b) { return a.when_ < b.when_ ? a : b; }

 private:
  constexpr explicit Deadline(SteadyTime when) : when_(when) {}
  SteadyTime when_;
};

FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_CORE_DEADLINE_H_
