// The store's clock over one file: time since boot, hooked to the file so that it goes on where the last process
// stopped.
#ifndef FAIRLEAD_SRC_STORE_SQLITE_INTERNAL_STORE_CLOCK_H_
#define FAIRLEAD_SRC_STORE_SQLITE_INTERNAL_STORE_CLOCK_H_

#include <atomic>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "fairlead/core/export.h"
#include "fairlead/core/runtime.h"
#include "fairlead/idempotency/intent.h"
#include "src/store_sqlite/internal/connection.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal {

/// Now is thread-safe; the rest is for the writer.
class FileClock {
 public:
  FileClock(Clock* clock, std::string boot_id) : clock_(clock), boot_id_(std::move(boot_id)) {}

  /// Hooks on to the file: within the boot it was hooked in, time is that of the boot clock; in a new one it goes on
  /// from the latest time known, or from the wall clock if that is later. Writes the hook unless `read_only`.
  absl::Status Attach(Connection& connection, bool read_only);
  StoreTime Now() const;
  /// Within a transaction: notes the time now and then, so that a reboot never sets it back far.
  absl::Status Note(Connection& connection);

 private:
  std::int64_t BootNanos() const { return clock_->BootNow().time_since_epoch().count(); }

  Clock* const clock_;
  const std::string boot_id_;
  std::int64_t base_boot_ = 0;
  std::int64_t base_store_ = 0;
  std::atomic<std::int64_t> noted_{0};
};

}  // namespace internal
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_STORE_SQLITE_INTERNAL_STORE_CLOCK_H_
