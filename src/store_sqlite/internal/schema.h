// The tables, and how a file of an older version becomes one of this version. Every step only adds, so that the version
// before still opens what this one wrote.
#ifndef FAIRLEAD_SRC_STORE_SQLITE_INTERNAL_SCHEMA_H_
#define FAIRLEAD_SRC_STORE_SQLITE_INTERNAL_SCHEMA_H_

#include <cstdint>

#include "absl/status/status.h"
#include "fairlead/core/export.h"
#include "src/store_sqlite/internal/connection.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal {

/// "FLDR" in the file's header.
inline constexpr std::int32_t kApplicationId = 0x464C4452;
/// Grows only with a change that the version before cannot live with.
inline constexpr std::int32_t kSchemaMajor = 1;
/// Grows with every addition.
inline constexpr std::int32_t kSchemaMinor = 2;

constexpr std::int32_t UserVersion(std::int32_t major, std::int32_t minor) { return major * 1000 + minor; }
constexpr std::int32_t MajorOf(std::int32_t user_version) { return user_version / 1000; }
constexpr std::int32_t MinorOf(std::int32_t user_version) { return user_version % 1000; }

/// Applies the steps after `from_minor` (0: an empty file) up to `to_minor`, in one transaction.
FAIRLEAD_EXPORT absl::Status ApplySchema(Connection& connection, std::int32_t from_minor, std::int32_t to_minor);

}  // namespace internal
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_STORE_SQLITE_INTERNAL_SCHEMA_H_
