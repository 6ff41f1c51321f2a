#include "fairlead/testing/fake_runtime.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {
namespace {
// 2026-11-23T08:00:00Z, and a steady zero far from 0 so that nobody mistakes it for unset.
constexpr std::chrono::seconds kWallStart(1795420800);
constexpr std::chrono::seconds kSteadyStart(1'000'000);
}  // namespace

FakeClock::FakeClock() : steady_(kSteadyStart), wall_(kWallStart) {}

SteadyTime FakeClock::SteadyNow() {
  std::lock_guard<std::mutex> lock(mutex_);
  return steady_;
}

WallTime FakeClock::WallNow() {
  std::lock_guard<std::mutex> lock(mutex_);
  return wall_;
}

void FakeClock::Advance(std::chrono::nanoseconds duration) {
  if (duration < std::chrono::nanoseconds(0)) return;
  std::lock_guard<std::mutex> lock(mutex_);
  steady_ += duration;
  wall_ += duration;
}

void FakeClock::SetWall(WallTime now) {
  std::lock_guard<std::mutex> lock(mutex_);
  wall_ = now;
}

absl::Status RecordingSleeper::Sleep(std::chrono::nanoseconds duration, const Cancellation& cancellation) {
  if (cancellation.cancelled()) return absl::CancelledError("cancelled while asleep");
  {
    std::lock_guard<std::mutex> lock(mutex_);
    sleeps_.push_back(duration);
  }
  if (clock_ != nullptr) clock_->Advance(duration);
  return absl::OkStatus();
}

std::vector<std::chrono::nanoseconds> RecordingSleeper::sleeps() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return sleeps_;
}

std::uint64_t ScriptedRandom::Next() {
  std::lock_guard<std::mutex> lock(mutex_);
  if (!script_.empty()) {
    const std::uint64_t value = script_.front();
    script_.pop_front();
    return value;
  }
  // SplitMix64: every seed gives a full-period sequence.
  std::uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

void ScriptedRandom::Push(std::uint64_t value) {
  std::lock_guard<std::mutex> lock(mutex_);
  script_.push_back(value);
}

void ScriptedRandom::PushUnit(double unit) { Push(static_cast<std::uint64_t>(unit * 9007199254740992.0) << 11); }

void RecordingLog::Log(LogLevel, std::string_view component, std::string_view message) {
  std::lock_guard<std::mutex> lock(mutex_);
  lines_.push_back(std::string(component) + ": " + std::string(message));
}

std::vector<std::string> RecordingLog::lines() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return lines_;
}

}  // namespace testing
FAIRLEAD_NAMESPACE_END
