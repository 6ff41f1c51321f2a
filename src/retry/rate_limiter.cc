#include "fairlead/retry/rate_limiter.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "fairlead/core/error.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace {

constexpr double kLeastRate = 0.001;
constexpr double kMostRate = 1e6;
constexpr double kMostBurst = 1e6;

// Also turns NaN into `least`.
double Within(double value, double least, double most) { return value >= least ? std::min(value, most) : least; }

// Far from both ends, so that a difference of two points in time always fits.
constexpr std::int64_t kLongAgo = std::numeric_limits<std::int64_t>::min() / 2;
constexpr std::int64_t kFarOff = std::numeric_limits<std::int64_t>::max() / 2;

std::int64_t Round(double value) { return static_cast<std::int64_t>(std::llround(value)); }

std::int64_t Ns(SteadyTime time) { return static_cast<std::int64_t>(time.time_since_epoch().count()); }

}  // namespace

absl::Status RateLimiterOptions::Validate() const {
  std::string wrong;
  const auto require = [&wrong](bool fine, const char* what) {
    if (fine) return;
    if (!wrong.empty()) wrong += "; ";
    wrong += what;
  };
  require(per_second >= kLeastRate && per_second <= kMostRate, "per_second must be within 0.001..1000000");
  require(burst >= 1.0 && burst <= kMostBurst, "burst must be within 1..1000000");
  if (wrong.empty()) return absl::OkStatus();
  return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent, "RateLimiterOptions: " + wrong);
}

RateLimiter::RateLimiter(const RateLimiterOptions& options) : empty_at_(kLongAgo), blocked_until_(kLongAgo) {
  Set(options.per_second, options.burst);
}

void RateLimiter::Set(double per_second, double burst) {
  ns_per_unit_ = 1e9 / Within(per_second, kLeastRate, kMostRate);
  burst_ns_ = Round(Within(burst, 1.0, kMostBurst) * ns_per_unit_);
}

// Never fuller than the burst, however long nobody asked.
std::int64_t RateLimiter::FromLocked(SteadyTime now) const { return std::max(empty_at_, Ns(now) - burst_ns_); }

std::chrono::nanoseconds RateLimiter::Acquire(SteadyTime now, double weight) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const std::int64_t cost = std::min(burst_ns_, Round(Within(weight, 0.0, kMostBurst) * ns_per_unit_));
  const std::int64_t from = FromLocked(now);
  const std::int64_t earliest = std::max(from + cost, blocked_until_);
  if (earliest > Ns(now)) return std::chrono::nanoseconds(earliest - Ns(now));
  empty_at_ = from + cost;
  return std::chrono::nanoseconds{0};
}

void RateLimiter::Refund(double weight) {
  const std::lock_guard<std::mutex> lock(mutex_);
  empty_at_ = std::max(kLongAgo, empty_at_ - Round(Within(weight, 0.0, kMostBurst) * ns_per_unit_));
}

void RateLimiter::Correct(SteadyTime now, double available, double in_flight, std::optional<double> per_second,
                          std::optional<double> burst) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (per_second.has_value() || burst.has_value()) {
    Set(per_second.value_or(1e9 / ns_per_unit_), burst.value_or(static_cast<double>(burst_ns_) / ns_per_unit_));
  }
  // Below zero is meaningful: calls under way may already have used more than there was.
  const double left = std::clamp(Within(available, 0.0, kMostBurst) - Within(in_flight, 0.0, kMostBurst), -kMostBurst,
                                 static_cast<double>(burst_ns_) / ns_per_unit_);
  empty_at_ = Ns(now) - Round(left * ns_per_unit_);
}

void RateLimiter::Block(SteadyTime until) {
  const std::lock_guard<std::mutex> lock(mutex_);
  blocked_until_ = std::clamp(Ns(until), blocked_until_, kFarOff);
}

double RateLimiter::Available(SteadyTime now) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (Ns(now) < blocked_until_) return 0.0;
  return static_cast<double>(std::max<std::int64_t>(0, Ns(now) - FromLocked(now))) / ns_per_unit_;
}

FAIRLEAD_NAMESPACE_END
