/// The store in one SQLite file: one process, no server.
#ifndef FAIRLEAD_STORE_SQLITE_SQLITE_STORE_H_
#define FAIRLEAD_STORE_SQLITE_SQLITE_STORE_H_

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "fairlead/core/export.h"
#include "fairlead/core/runtime.h"
#include "fairlead/store/store.h"

FAIRLEAD_NAMESPACE_BEGIN

struct FAIRLEAD_EXPORT SqliteOptions {
  Runtime runtime = Runtime::System();
  /// Open beside a running writer, to look: Begin and GroupCommit are refused, the file is not changed.
  bool read_only = false;
  GroupCommitOptions group_commit;
  /// Read the whole file's structure before use. On: damage is found before it spreads; off for very large files.
  bool quick_check = true;
  /// Who holds leases; nullopt asks the operating system. For simulations.
  std::optional<WorkerIdentity> worker;

  absl::Status Validate() const;
};

/// Opens or creates `path` (":memory:" for tests). WAL, synchronous=FULL: a committed transaction survives power loss.
/// Errors:
///  - FAILED_PRECONDITION: another process writes this file (use PostgreSQL for several), or the file is not
///  Fairlead's,
///    or was made by an incompatible newer version;
///  - DATA_LOSS: the file is damaged;
///  - PERMISSION_DENIED, NOT_FOUND, UNAVAILABLE: it cannot be opened.
/// In all these cases the file is left byte for byte as it was.
FAIRLEAD_EXPORT absl::StatusOr<std::unique_ptr<Store>> OpenSqlite(std::string_view path, SqliteOptions options = {});

FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_STORE_SQLITE_SQLITE_STORE_H_
