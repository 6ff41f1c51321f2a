// The tables, and how those of an older version become this one's. Every step only adds, so that the version before
// still works on what this one made.
#ifndef FAIRLEAD_SRC_STORE_POSTGRES_INTERNAL_SCHEMA_H_
#define FAIRLEAD_SRC_STORE_POSTGRES_INTERNAL_SCHEMA_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "fairlead/core/export.h"
#include "src/store_postgres/internal/connection.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal::postgres {

/// Grows only with a change that the version before cannot live with.
inline constexpr std::int64_t kSchemaMajor = 1;
/// Grows with every addition.
inline constexpr std::int64_t kSchemaMinor = 2;
/// The key of an advisory lock. These are the whole database's, so the schema is part of it.
std::int64_t LockKey(const std::string& schema, const char* what);

/// Makes the schema where it is missing, adds what this version has more, or refuses and changes nothing.
/// `up_to` is for tests of older versions' schemas.
FAIRLEAD_EXPORT absl::Status PrepareSchema(Connection& connection, const std::string& schema, bool read_only,
                                           std::int64_t up_to = kSchemaMinor);

}  // namespace internal::postgres
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_STORE_POSTGRES_INTERNAL_SCHEMA_H_
