/// A weighted rate limiter that learns from what the server says.
#ifndef FAIRLEAD_RETRY_RATE_LIMITER_H_
#define FAIRLEAD_RETRY_RATE_LIMITER_H_

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>

#include "absl/status/status.h"
#include "fairlead/core/export.h"
#include "fairlead/core/runtime.h"

FAIRLEAD_NAMESPACE_BEGIN

/// The bucket as the platform documents it; replies correct it (`Correct`), because plans change.
struct FAIRLEAD_EXPORT RateLimiterOptions {
  /// Units that flow back per second. 2: the slowest plan of a common storefront.
  double per_second = 2.0;
  /// Units that may be used at once. 10: well under that plan's bucket, so that other programs keep their share.
  double burst = 10.0;

  /// INVALID_ARGUMENT (kConfiguration) that names every field that is wrong.
  absl::Status Validate() const;
};

/// GCRA (a leaky bucket kept as one point in time). No thread, no clock, no wait inside: it says how long to wait.
/// Thread-safe. A unit is one call, or a query's cost where the platform counts costs.
class FAIRLEAD_EXPORT RateLimiter {
 public:
  /// `options` must be valid; values out of range are cut to the nearest valid one. Starts full.
  explicit RateLimiter(const RateLimiterOptions& options = {});

  /// Takes `weight` units and returns zero, or takes nothing and returns the time after which to ask again. A weight
  /// over the burst counts as the burst, so that a huge query waits for a full bucket instead of for ever.
  std::chrono::nanoseconds Acquire(SteadyTime now, double weight = 1.0);

  /// Gives units back: a call that was not sent, or the difference between a query's asked and actual cost.
  void Refund(double weight);

  /// What a reply said: units left there at `now`, less those of our calls that it cannot have counted yet, and, if
  /// it said so, the rate and the size of the bucket. Replaces our own count in both directions.
  void Correct(SteadyTime now, double available, double in_flight = 0.0,
               std::optional<double> per_second = std::nullopt, std::optional<double> burst = std::nullopt);

  /// Nothing passes before `until`: a Retry-After. An earlier block that lasts longer stays.
  void Block(SteadyTime until);

  /// Units that could be taken at `now`; zero while blocked.
  double Available(SteadyTime now) const;

 private:
  void Set(double per_second, double burst);
  std::int64_t FromLocked(SteadyTime now) const;

  mutable std::mutex mutex_;
  double ns_per_unit_ = 0.0;
  std::int64_t burst_ns_ = 0;
  std::int64_t empty_at_;  // The moment at which the bucket was, or will be, empty.
  std::int64_t blocked_until_;
};

FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_RETRY_RATE_LIMITER_H_
