#include "src/store_sqlite/internal/store_clock.h"

#include <algorithm>
#include <cstdlib>

#include "fairlead/core/error.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal {
namespace {

constexpr std::int64_t kNoteEvery = 30'000'000'000;  // ns
// Never near zero, which means "not set" in rows.
constexpr std::int64_t kEarliest = 3'600'000'000'000;  // ns

constexpr const char* kPut =
    "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
constexpr const char* kGet = "SELECT value FROM meta WHERE name = ?";

absl::StatusOr<std::string> Get(Connection& connection, std::string_view name) {
  Query query(connection, kGet);
  query.Text(name);
  FAIRLEAD_ASSIGN_OR_RETURN(const bool found, query.Next());
  return found ? query.GetText(0) : std::string();
}

absl::Status Put(Connection& connection, std::string_view name, std::string_view value) {
  return Query(connection, kPut).Text(name).Blob(value).Run();
}

std::int64_t ToNumber(const std::string& text) { return std::strtoll(text.c_str(), nullptr, 10); }

}  // namespace

absl::Status FileClock::Attach(Connection& connection, bool read_only) {
  FAIRLEAD_ASSIGN_OR_RETURN(const std::string boot, Get(connection, "store/clock_boot"));
  FAIRLEAD_ASSIGN_OR_RETURN(const std::string base_boot, Get(connection, "store/clock_base_boot"));
  FAIRLEAD_ASSIGN_OR_RETURN(const std::string base_store, Get(connection, "store/clock_base_store"));
  FAIRLEAD_ASSIGN_OR_RETURN(const std::string noted, Get(connection, "store/clock_noted"));
  const std::int64_t high = ToNumber(noted);
  if (boot == boot_id_ && !base_boot.empty()) {
    base_boot_ = ToNumber(base_boot);
    base_store_ = ToNumber(base_store);
    noted_ = high;
    if (read_only || Now().time_since_epoch().count() >= high) return absl::OkStatus();
    // A clock that stands behind what this file has seen within the same boot is another clock (a test's): rebase.
  }
  base_boot_ = BootNanos();
  base_store_ = std::max({clock_->WallNow().time_since_epoch().count(), high, kEarliest});
  noted_ = base_store_;
  if (read_only) return absl::OkStatus();
  FAIRLEAD_RETURN_IF_ERROR(Put(connection, "store/clock_boot", boot_id_));
  FAIRLEAD_RETURN_IF_ERROR(Put(connection, "store/clock_base_boot", std::to_string(base_boot_)));
  FAIRLEAD_RETURN_IF_ERROR(Put(connection, "store/clock_base_store", std::to_string(base_store_)));
  return Put(connection, "store/clock_noted", std::to_string(base_store_));
}

StoreTime FileClock::Now() const {
  return StoreTime(std::chrono::nanoseconds(base_store_ + (BootNanos() - base_boot_)));
}

absl::Status FileClock::Note(Connection& connection) {
  const std::int64_t now = Now().time_since_epoch().count();
  if (now - noted_.load() < kNoteEvery) return absl::OkStatus();
  noted_ = now;
  return Put(connection, "store/clock_noted", std::to_string(now));
}

}  // namespace internal
FAIRLEAD_NAMESPACE_END
