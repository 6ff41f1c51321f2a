// The server's clock, known here without asking for every look at it.
#ifndef FAIRLEAD_SRC_STORE_POSTGRES_INTERNAL_SERVER_CLOCK_H_
#define FAIRLEAD_SRC_STORE_POSTGRES_INTERNAL_SERVER_CLOCK_H_

#include <cstdint>
#include <mutex>

#include "fairlead/core/export.h"
#include "fairlead/core/runtime.h"
#include "fairlead/idempotency/intent.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal::postgres {

/// Carries the server's time on with the local boot clock. It errs to being early by at most a round trip: who holds a
/// lease thinks it shorter than it is. Taking one over is decided by the server's own clock. Never goes back.
/// Thread-safe.
class FAIRLEAD_EXPORT ServerClock {
 public:
  /// `runtime_clock`: the local wall clock itself, and samples mean nothing.
  ServerClock(Clock* clock, bool runtime_clock) : clock_(clock), runtime_clock_(runtime_clock) {}

  /// The local time to hand to Sample, taken before the server is asked.
  std::int64_t Local() const { return clock_->BootNow().time_since_epoch().count(); }
  /// The server's clock showed `server` between `asked` and now.
  void Sample(std::int64_t asked, std::int64_t server);
  StoreTime Now();
  bool runtime_clock() const { return runtime_clock_; }

 private:
  Clock* const clock_;
  const bool runtime_clock_;
  std::mutex mutex_;
  bool sampled_ = false;
  std::int64_t offset_ = 0;      // Server less local.
  std::int64_t round_trip_ = 0;  // Of the sample that the offset is from.
  std::int64_t sampled_at_ = 0;
  std::int64_t latest_ = 0;  // Told to somebody.
};

}  // namespace internal::postgres
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_STORE_POSTGRES_INTERNAL_SERVER_CLOCK_H_
