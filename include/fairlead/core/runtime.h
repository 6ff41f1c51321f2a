/// Time, sleep and chance come in from outside, so that tests and the simulator own them.
#ifndef FAIRLEAD_CORE_RUNTIME_H_
#define FAIRLEAD_CORE_RUNTIME_H_

#include <chrono>
#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "fairlead/core/cancellation.h"
#include "fairlead/core/export.h"

FAIRLEAD_NAMESPACE_BEGIN

/// A point on a clock that never steps. Its zero is arbitrary: never store it.
using SteadyTime = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;
/// UTC. May step; for records people read and for protocol fields, never for leases or timeouts.
using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>;

/// Thread-safe.
class FAIRLEAD_EXPORT Clock {
 public:
  virtual ~Clock();
  virtual SteadyTime SteadyNow() = 0;
  virtual WallTime WallNow() = 0;
  /// Like SteadyNow, but counted from the machine's boot and going on while it is suspended: comparable between
  /// processes of one boot. A clock that knows no better answers SteadyNow.
  virtual SteadyTime BootNow() { return SteadyNow(); }
};

/// Thread-safe.
class FAIRLEAD_EXPORT Sleeper {
 public:
  virtual ~Sleeper();
  /// Sleeps for `duration` (≤ 0 returns at once) or until `cancellation` fires: then CANCELLED.
  virtual absl::Status Sleep(std::chrono::nanoseconds duration, const Cancellation& cancellation) = 0;
};

/// Thread-safe.
class FAIRLEAD_EXPORT Random {
 public:
  virtual ~Random();
  /// 64 uniformly distributed bits.
  virtual std::uint64_t Next() = 0;
  /// Uniform in [0, 1).
  double NextUnit() { return static_cast<double>(Next() >> 11) * (1.0 / 9007199254740992.0); }
};

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarning, kError };

/// Where a component says something to its host. Thread-safe. Messages are already redacted.
class FAIRLEAD_EXPORT LogSink {
 public:
  virtual ~LogSink();
  virtual void Log(LogLevel level, std::string_view component, std::string_view message) = 0;
};

/// The outside world of a component. The pointers are not owned and never null; they must outlive every
/// object that was given this Runtime.
struct FAIRLEAD_EXPORT Runtime {
  Clock* clock;
  Sleeper* sleeper;
  Random* random;
  LogSink* log;

  /// The process's real clock, sleep, operating-system seeded random and a silent log.
  static Runtime System();
};

/// A log sink that writes "level component: message" lines to standard error, debug lines left out.
FAIRLEAD_EXPORT LogSink& StderrLog();

FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_CORE_RUNTIME_H_
