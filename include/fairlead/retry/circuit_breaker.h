/// A circuit breaker stops calling a system that does not answer, and finds out carefully when it does again.
#ifndef FAIRLEAD_RETRY_CIRCUIT_BREAKER_H_
#define FAIRLEAD_RETRY_CIRCUIT_BREAKER_H_

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <mutex>
#include <string_view>

#include "absl/status/status.h"
#include "fairlead/core/error.h"
#include "fairlead/core/export.h"
#include "fairlead/core/runtime.h"

FAIRLEAD_NAMESPACE_BEGIN

struct FAIRLEAD_EXPORT CircuitBreakerOptions {
  /// Results older than this do not count. 30 s.
  std::chrono::nanoseconds window = std::chrono::seconds(30);
  /// Fewer results than this in the window decide nothing. 10.
  std::uint32_t min_calls = 10;
  /// Opens when at least this share of the window failed. 0.5.
  double failure_share = 0.5;
  /// How long it stays open at first. 15 s. Doubles with every failed probe.
  std::chrono::nanoseconds open_for = std::chrono::seconds(15);
  /// Longest time open. 5 min.
  std::chrono::nanoseconds max_open_for = std::chrono::minutes(5);
  /// A probe that reports nothing for this long counts as lost, and another may go. 60 s.
  std::chrono::nanoseconds probe_timeout = std::chrono::seconds(60);

  /// INVALID_ARGUMENT (kConfiguration) that names every field that is wrong.
  absl::Status Validate() const;
};

/// Closed: calls pass. Open: none does; a queue pauses until `retry_in` is over, and its attempts are not counted.
/// Half-open: one probe passes, its result decides. No clock and no thread inside. Thread-safe.
class FAIRLEAD_EXPORT CircuitBreaker {
 public:
  enum class State : std::uint8_t { kClosed = 1, kOpen = 2, kHalfOpen = 3 };
  struct Admission {
    bool allowed = false;
    std::chrono::nanoseconds retry_in{0};  ///< Refused: when to ask again.
    std::uint64_t ticket = 0;              ///< Allowed: hand it to Record.
  };

  /// `options` must be valid; with invalid ones the defaults apply.
  explicit CircuitBreaker(const CircuitBreakerOptions& options = {});

  /// Asks for one call. Every allowed one must be recorded.
  Admission Admit(SteadyTime now);
  /// The result of an allowed call. One that began before the breaker opened counts no more.
  void Record(const Admission& admission, bool failed, SteadyTime now);
  /// An allowed call that was not made after all, or whose result says nothing about the system's health.
  void Forget(const Admission& admission);

  State state(SteadyTime now) const;

  /// True for results that speak of an ill system: transient faults, time-outs, lost answers. A refusal, a throttle
  /// and a cancelled call do not: the system lives.
  static bool IsFailure(ErrorKind kind);

 private:
  static constexpr std::size_t kSlots = 10;
  struct Slot {
    std::int64_t number = (std::numeric_limits<std::int64_t>::min)();
    std::uint32_t calls = 0;
    std::uint32_t failures = 0;
  };
  void OpenLocked(SteadyTime now);
  std::int64_t SlotNumber(SteadyTime now) const;

  const CircuitBreakerOptions options_;
  mutable std::mutex mutex_;
  std::array<Slot, kSlots> slots_;
  std::uint64_t era_ = 1;  // Grows with every opening and closing; a ticket is valid in its own alone.
  bool open_ = false;
  bool probing_ = false;
  SteadyTime open_until_;
  SteadyTime probe_until_;
  std::chrono::nanoseconds open_for_;
};

/// "closed", "open", "half_open".
FAIRLEAD_EXPORT std::string_view CircuitStateName(CircuitBreaker::State state);

FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_RETRY_CIRCUIT_BREAKER_H_
