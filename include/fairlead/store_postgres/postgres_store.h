/// The store in a PostgreSQL database: several working processes on one ledger.
#ifndef FAIRLEAD_STORE_POSTGRES_POSTGRES_STORE_H_
#define FAIRLEAD_STORE_POSTGRES_POSTGRES_STORE_H_

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fairlead/core/export.h"
#include "fairlead/core/runtime.h"
#include "fairlead/store/store.h"

FAIRLEAD_NAMESPACE_BEGIN

struct FAIRLEAD_EXPORT PostgresOptions {
  /// What libpq takes: "postgresql://user@host:5432/database" or "host=… dbname=…". It may hold a password, and is
  /// never logged and never part of an error.
  std::string connection;
  /// Holds Fairlead's tables and nothing else. Made if missing. Letters, digits and '_', at most 48.
  std::string schema = "fairlead";
  /// Connections open at most, of this store. Transactions beyond wait for one, up to `lock_timeout`. At least 2.
  std::size_t pool_size = 8;
  Runtime runtime = Runtime::System();
  /// Look only: Begin and GroupCommit are refused, no table is made or changed.
  bool read_only = false;
  GroupCommitOptions group_commit;

  /// To open one connection.
  std::chrono::milliseconds connect_timeout{10'000};
  /// How long Begin, Read and GroupCommit try again while the server restarts or cannot be reached.
  std::chrono::milliseconds reconnect_for{5'000};
  /// Waiting for another transaction, or for a free connection: UNAVAILABLE after it.
  std::chrono::milliseconds lock_timeout{30'000};
  /// One statement, on the server and waiting for its answer. The connection is given up after it.
  std::chrono::milliseconds statement_timeout{60'000};
  /// The server ends a transaction that does nothing for so long (a stopped process must not hold the others up).
  std::chrono::milliseconds idle_timeout{60'000};

  /// Who holds leases; nullopt asks the operating system. For simulations.
  std::optional<WorkerIdentity> worker;
  /// The store's clock is the runtime's wall clock and not the server's clock. For simulations.
  bool runtime_clock = false;

  absl::Status Validate() const;
};

/// Opens the store, and makes or extends its tables (under a lock: many processes may start at once).
///
/// One Begin at a time over all processes, as with SQLite, so that what is read in it stays true until its Commit.
/// GroupCommit of several processes run beside each other: rows of the ledger are fenced one by one, and records
/// (mirror, identities, postings, findings, bundles, echoes) wait for a Begin that is open elsewhere.
///
/// Commit and GroupCommit may fail with kind kUnknownOutcome and outcome kUnknown: the connection broke before the
/// answer to COMMIT came. The changes are there whole or not at all; look, or do the same again where it is idempotent.
/// Errors of a lost connection, a deadlock or a lock that was not given in time are UNAVAILABLE: nothing was changed.
///
/// Works through PgBouncer in transaction mode: no prepared statements, no session state.
///
/// Errors:
///  - FAILED_PRECONDITION: the schema holds tables that are not Fairlead's, or of an incompatible newer version; the
///    database is not UTF-8; the server is a standby, or older than version 12;
///  - UNAUTHENTICATED, PERMISSION_DENIED, NOT_FOUND (no such database), UNAVAILABLE: it cannot be reached or used.
FAIRLEAD_EXPORT absl::StatusOr<std::unique_ptr<Store>> OpenPostgres(PostgresOptions options);

FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_STORE_POSTGRES_POSTGRES_STORE_H_
