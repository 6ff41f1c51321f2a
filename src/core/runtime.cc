#include "fairlead/core/runtime.h"

#include <time.h>

#include <cstdio>
#include <mutex>
#include <random>
#include <string>

#include "fairlead/core/error.h"

FAIRLEAD_NAMESPACE_BEGIN

Clock::~Clock() = default;
Sleeper::~Sleeper() = default;
Random::~Random() = default;
LogSink::~LogSink() = default;

namespace {

class SystemClock final : public Clock {
 public:
  SteadyTime SteadyNow() override { return std::chrono::steady_clock::now(); }
  WallTime WallNow() override { return std::chrono::system_clock::now(); }
#if defined(CLOCK_BOOTTIME)
  SteadyTime BootNow() override {
    timespec now{};
    if (clock_gettime(CLOCK_BOOTTIME, &now) != 0) return SteadyNow();
    return SteadyTime(std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
  }
#endif
};

class SystemSleeper final : public Sleeper {
 public:
  absl::Status Sleep(std::chrono::nanoseconds duration, const Cancellation& cancellation) override {
    const bool cancelled = duration.count() > 0 ? cancellation.WaitFor(duration) : cancellation.cancelled();
    if (cancelled) return MakeError(ErrorKind::kCancelled, Outcome::kNotSent, "cancelled while waiting");
    return absl::OkStatus();
  }
};

// One 64-bit counter stirred by splitmix64 is enough for jitter, and a mutex-free engine per thread seeded by the
// operating system keeps streams of different threads apart.
class SystemRandom final : public Random {
 public:
  std::uint64_t Next() override {
    thread_local std::uint64_t state = [] {
      std::random_device device;
      return (static_cast<std::uint64_t>(device()) << 32) ^ device();
    }();
    state += 0x9E3779B97F4A7C15ULL;
    std::uint64_t z = state;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }
};

class SilentLog final : public LogSink {
 public:
  void Log(LogLevel, std::string_view, std::string_view) override {}
};

class StderrLogSink final : public LogSink {
 public:
  void Log(LogLevel level, std::string_view component, std::string_view message) override {
    if (level == LogLevel::kDebug) return;
    static constexpr const char* kNames[] = {"debug", "info", "warning", "error"};
    std::string line = kNames[static_cast<int>(level)];
    line.append(" ").append(component).append(": ").append(message).append("\n");
    std::fwrite(line.data(), 1, line.size(), stderr);
  }
};

// Never destroyed: other static objects may still log or sleep while the process ends.
template <typename T>
T& Immortal() {
  static T* const instance = new T;
  return *instance;
}

}  // namespace

Runtime Runtime::System() {
  return Runtime{&Immortal<SystemClock>(), &Immortal<SystemSleeper>(), &Immortal<SystemRandom>(),
                 &Immortal<SilentLog>()};
}

LogSink& StderrLog() { return Immortal<StderrLogSink>(); }

FAIRLEAD_NAMESPACE_END
