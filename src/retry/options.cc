#include "fairlead/retry/options.h"

#include <cmath>
#include <string>

#include "fairlead/core/error.h"

FAIRLEAD_NAMESPACE_BEGIN

std::vector<std::chrono::seconds> DefaultDurableLadder() {
  using std::chrono::hours;
  using std::chrono::minutes;
  using std::chrono::seconds;
  return {seconds(5), minutes(5), minutes(30), hours(2), hours(5), hours(10), hours(14), hours(20), hours(24)};
}

absl::Status RetryOptions::Validate() const {
  constexpr std::chrono::nanoseconds kZero{0};
  // Multiplying a wait by (1 + spread) must stay far from the end of 64-bit nanoseconds.
  constexpr std::chrono::nanoseconds kLongest = std::chrono::hours(24 * 366);
  std::string wrong;
  const auto require = [&wrong](bool fine, const char* what) {
    if (fine) return;
    if (!wrong.empty()) wrong += "; ";
    wrong += what;
  };
  require(max_attempts >= 1 && max_attempts <= 1000, "max_attempts must be within 1..1000");
  require(base >= kZero, "base must not be negative");
  require(throttled_base >= kZero, "throttled_base must not be negative");
  require(std::isfinite(multiplier) && multiplier >= 1.0 && multiplier <= 100.0, "multiplier must be within 1..100");
  require(cap >= base && cap >= throttled_base && cap <= kLongest,
          "cap must be at least both bases and at most a year");
  require(max_elapsed > kZero, "max_elapsed must be positive");
  require(try_timeout >= std::chrono::milliseconds(1), "try_timeout must be at least 1 ms");
  require(max_server_hint >= kZero && max_server_hint <= kLongest, "max_server_hint must be within zero and a year");
  require(std::isfinite(spread) && spread >= 0.0 && spread <= 1.0, "spread must be within 0..1");
  bool ladder_fine = durable_ladder.size() <= 1000;
  for (const std::chrono::seconds rung : durable_ladder) ladder_fine = ladder_fine && rung >= kZero && rung <= kLongest;
  require(ladder_fine, "durable_ladder must have at most 1000 waits, each within zero and a year");
  if (wrong.empty()) return absl::OkStatus();
  return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent, "RetryOptions: " + wrong);
}

FAIRLEAD_NAMESPACE_END
