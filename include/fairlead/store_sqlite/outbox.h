/// Writes that commit or roll back with the caller's own work, in the caller's own SQLite file.
///
/// The ledger lives in a file of its own, and two files cannot commit together under write-ahead logging. So a write is
/// noted in a table of the caller's file, in the caller's transaction, and a relay moves it into the ledger afterwards.
/// The move may happen twice after a crash; the ledger knows the intent by its key, so it is one intent.
#ifndef FAIRLEAD_STORE_SQLITE_OUTBOX_H_
#define FAIRLEAD_STORE_SQLITE_OUTBOX_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fairlead/core/export.h"
#include "fairlead/idempotency/intent.h"
#include "fairlead/idempotency/ledger.h"

struct sqlite3;

FAIRLEAD_NAMESPACE_BEGIN

/// Adds the table `fairlead_outbox` to the caller's database if it is missing. May run inside a transaction, and as a
/// step of the caller's own migrations.
FAIRLEAD_EXPORT absl::Status CreateOutbox(sqlite3* db);

/// Notes a write in the transaction that is open on `db`: it will be sent if and only if that commits. Outside of a
/// transaction it commits by itself. Errors: INVALID_ARGUMENT for a request without aggregate, operation or purpose;
/// FAILED_PRECONDITION if the table is missing.
FAIRLEAD_EXPORT absl::Status EnqueueOutbox(sqlite3* db, const IntentRequest& request);

/// A noted write that the ledger refuses (the same purpose with another content, an unreadable row). It stays in the
/// caller's table until somebody deletes it, and holds nothing up.
struct FAIRLEAD_EXPORT RefusedOutboxRow {
  std::int64_t id = 0;
  std::string operation;
  std::string aggregate;
  std::string purpose;
  std::string why;
};

struct FAIRLEAD_EXPORT RelayReport {
  std::int64_t moved = 0;    ///< Rows that are in the ledger now.
  std::int64_t existed = 0;  ///< Of these: the ledger had them already.
  std::vector<RefusedOutboxRow> refused;
  bool more = false;  ///< The limit was reached.
};

/// Moves up to `limit` noted writes, oldest first, into the ledger over `store`, and takes them out of the caller's
/// table once they are durable there. `db` must not have a transaction open; the connection is used by this thread
/// alone for the time of the call. Call it after each commit, at start, and now and then.
FAIRLEAD_EXPORT absl::StatusOr<RelayReport> RelayOutbox(sqlite3* db, LedgerStore& store, Ledger& ledger,
                                                        std::size_t limit = 500);

/// Rows that were refused, oldest first.
FAIRLEAD_EXPORT absl::StatusOr<std::vector<RefusedOutboxRow>> ListRefusedOutbox(sqlite3* db, std::size_t limit = 100);

FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_STORE_SQLITE_OUTBOX_H_
