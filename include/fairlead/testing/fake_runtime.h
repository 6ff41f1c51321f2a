/// Time, sleep and chance under a test's control.
#ifndef FAIRLEAD_TESTING_FAKE_RUNTIME_H_
#define FAIRLEAD_TESTING_FAKE_RUNTIME_H_

#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "fairlead/core/export.h"
#include "fairlead/core/runtime.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {

/// A clock that stands still until told. Starts at 2026-11-23T08:00:00Z. Thread-safe.
class FAIRLEAD_EXPORT FakeClock : public Clock {
 public:
  FakeClock();
  SteadyTime SteadyNow() override;
  WallTime WallNow() override;
  /// Moves both clocks; a negative duration is ignored, for steady time does not go back.
  void Advance(std::chrono::nanoseconds duration);
  /// Steps the wall clock alone, either way, as an administrator or NTP does.
  void SetWall(WallTime now);

 private:
  std::mutex mutex_;
  SteadyTime steady_;
  WallTime wall_;
};

/// Notes each sleep instead of taking it, and moves the clock by it where one is given. Thread-safe.
class FAIRLEAD_EXPORT RecordingSleeper : public Sleeper {
 public:
  /// `clock` may be null; not owned.
  explicit RecordingSleeper(FakeClock* clock = nullptr) : clock_(clock) {}
  absl::Status Sleep(std::chrono::nanoseconds duration, const Cancellation& cancellation) override;
  std::vector<std::chrono::nanoseconds> sleeps() const;

 private:
  FakeClock* clock_;
  mutable std::mutex mutex_;
  std::vector<std::chrono::nanoseconds> sleeps_;
};

/// Answers the scripted values first, then a fixed sequence that follows from the seed. Thread-safe.
class FAIRLEAD_EXPORT ScriptedRandom : public Random {
 public:
  explicit ScriptedRandom(std::uint64_t seed = 1) : state_(seed) {}
  std::uint64_t Next() override;
  /// The next Next() answers `value`.
  void Push(std::uint64_t value);
  /// The next NextUnit() answers `unit` (in [0, 1)) to within 2^-53.
  void PushUnit(double unit);

 private:
  std::mutex mutex_;
  std::deque<std::uint64_t> script_;
  std::uint64_t state_;
};

/// Keeps what was logged. Thread-safe.
class FAIRLEAD_EXPORT RecordingLog : public LogSink {
 public:
  void Log(LogLevel level, std::string_view component, std::string_view message) override;
  /// "component: message" in the order of arrival.
  std::vector<std::string> lines() const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

/// All four together.
struct FAIRLEAD_EXPORT FakeRuntime {
  FakeClock clock;
  RecordingSleeper sleeper{&clock};
  ScriptedRandom random;
  RecordingLog log;
  Runtime Get() { return Runtime{&clock, &sleeper, &random, &log}; }
};

}  // namespace testing
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_TESTING_FAKE_RUNTIME_H_
