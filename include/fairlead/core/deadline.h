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
  static constexpr Deadline Infinite() { return Deadline(SteadyTime::max()); }
  static constexpr Deadline At(SteadyTime when) { return Deadline(when); }
  /// `duration` from now; saturates instead of overflowing.
  static Deadline After(Clock& clock, std::chrono::nanoseconds duration) {
    const SteadyTime now = clock.SteadyNow();
    if (duration > SteadyTime::max() - now) return Infinite();
    return Deadline(now + duration);
  }

  constexpr SteadyTime when() const { return when_; }
  constexpr bool infinite() const { return when_ == SteadyTime::max(); }
  bool Passed(Clock& clock) const { return clock.SteadyNow() >= when_; }
  /// Time left, never negative; nanoseconds::max() for an infinite one.
  std::chrono::nanoseconds Left(Clock& clock) const {
    if (infinite()) return std::chrono::nanoseconds::max();
    return std::max(std::chrono::nanoseconds{0}, when_ - clock.SteadyNow());
  }
  /// The sooner of the two.
  friend constexpr Deadline Min(Deadline a, Deadline b) { return a.when_ < b.when_ ? a : b; }

 private:
  constexpr explicit Deadline(SteadyTime when) : when_(when) {}
  SteadyTime when_;
};

FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_CORE_DEADLINE_H_
