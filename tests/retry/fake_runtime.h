// Time that moves only when somebody sleeps, so that a test knows every wait to the nanosecond.
#ifndef FAIRLEAD_TESTS_RETRY_FAKE_RUNTIME_H_
#define FAIRLEAD_TESTS_RETRY_FAKE_RUNTIME_H_

#include <chrono>
#include <functional>
#include <vector>

#include "fairlead/core/error.h"
#include "fairlead/core/runtime.h"

namespace fairlead {

class FakeTime final : public Clock, public Sleeper, public Random, public LogSink {
 public:
  SteadyTime SteadyNow() override { return now; }
  WallTime WallNow() override { return WallTime(now.time_since_epoch()); }
  absl::Status Sleep(std::chrono::nanoseconds duration, const Cancellation& cancellation) override {
    slept.push_back(duration);
    now += duration;
    if (on_sleep) on_sleep();
    if (cancellation.cancelled()) return MakeError(ErrorKind::kCancelled, Outcome::kNotSent, "cancelled");
    return absl::OkStatus();
  }
  std::uint64_t Next() override { return random_bits; }
  void Log(LogLevel, std::string_view, std::string_view) override {}
  Runtime runtime() { return Runtime{this, this, this, this}; }

  SteadyTime now{std::chrono::hours(1)};
  std::uint64_t random_bits = std::uint64_t{1} << 63;  // One half as a unit.
  std::vector<std::chrono::nanoseconds> slept;
  std::function<void()> on_sleep;
};

}  // namespace fairlead

#endif  // FAIRLEAD_TESTS_RETRY_FAKE_RUNTIME_H_
