#include "src/store_postgres/internal/server_clock.h"

#include <algorithm>

FAIRLEAD_NAMESPACE_BEGIN
namespace internal::postgres {

void ServerClock::Sample(std::int64_t asked, std::int64_t server) {
  if (runtime_clock_) return;
  const std::int64_t now = Local();
  const std::int64_t round_trip = now - asked;
  const std::lock_guard<std::mutex> lock(mutex_);
  // A quick answer tells more than a slow one, but not for ever: clocks drift, by far less than a thousandth.
  if (sampled_ && round_trip > round_trip_ + (now - sampled_at_) / 1000) return;
  sampled_ = true;
  offset_ = server - asked;
  round_trip_ = round_trip;
  sampled_at_ = now;
}

StoreTime ServerClock::Now() {
  if (runtime_clock_) return StoreTime(clock_->WallNow().time_since_epoch());
  const std::int64_t local = Local();
  const std::lock_guard<std::mutex> lock(mutex_);
  latest_ = std::max(latest_, local + offset_);
  return StoreTime(std::chrono::nanoseconds(latest_));
}

}  // namespace internal::postgres
FAIRLEAD_NAMESPACE_END
