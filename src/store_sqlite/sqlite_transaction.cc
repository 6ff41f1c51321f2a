// Beginning, end and savepoints.
#include "src/store_sqlite/internal/sqlite_transaction.h"

#include "fairlead/core/error.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal {
namespace {

// About a megabyte, and a flush of a few milliseconds.
constexpr std::size_t kPurposesInMemory = 8192;

}  // namespace

absl::Status SqliteTransaction::Readable() const {
  if (open_) return absl::OkStatus();
  return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent, "store: the transaction is over");
}

absl::Status SqliteTransaction::Writable() const {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  if (mode_ != Mode::kWrite) {
    return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent, "store: a snapshot cannot be written to; use Begin");
  }
  // A full disk or a failing one makes SQLite roll back by itself: going on would commit half of the work.
  if (session_->connection->in_transaction()) return absl::OkStatus();
  return MakeError(absl::StatusCode::kUnavailable, "store: the transaction was rolled back by an earlier error",
                   ErrorDetail{});
}

absl::Status SqliteTransaction::Commit() {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  if (mode_ != Mode::kWrite) {
    Rollback();
    return absl::OkStatus();
  }
  absl::Status status = Writable();
  if (status.ok()) status = FlushWrites();
  if (status.ok()) status = session_->purposes.Flush(connection(), kPurposesInMemory);
  if (status.ok()) status = store_.clock().Note(connection());
  if (status.ok()) {
    status = Query(connection(), "COMMIT").Run();
    // After a failed sync nobody knows what is on the disk, and a second sync may say "fine" without being so.
    if (!status.ok() && (sqlite3_errcode(connection().db()) & 0xFF) == SQLITE_IOERR) store_.Break();
  }
  if (!status.ok()) {
    Rollback();
    return status;
  }
  session_->names.dirty = false;
  session_->purposes.Committed();
  Finish();
  return status;
}

void SqliteTransaction::Rollback() {
  if (!open_) return;
  if (connection().in_transaction()) Query(connection(), "ROLLBACK").Run().IgnoreError();
  if (session_->names.dirty) session_->names.Forget();
  if (mode_ == Mode::kWrite) session_->purposes.RolledBack();
  Finish();
}

void SqliteTransaction::Finish() {
  open_ = false;
  if (mode_ == Mode::kRead) {
    store_.ReturnReader(std::move(owned_));
  } else {
    store_.ReturnWriter();
  }
}

absl::Status SqliteTransaction::OpenSavepoint() {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  FAIRLEAD_RETURN_IF_ERROR(Query(connection(), "SAVEPOINT record").Run());
  marks_.push_back(session_->purposes.Mark());
  return absl::OkStatus();
}

absl::Status SqliteTransaction::ReleaseSavepoint() {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  marks_.pop_back();
  return Query(connection(), "RELEASE record").Run();
}

absl::Status SqliteTransaction::RollbackSavepoint() {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  if (session_->names.dirty) session_->names.Forget();
  session_->purposes.UndoTo(marks_.back());
  marks_.pop_back();
  FAIRLEAD_RETURN_IF_ERROR(Query(connection(), "ROLLBACK TO record").Run());
  return Query(connection(), "RELEASE record").Run();
}

}  // namespace internal
FAIRLEAD_NAMESPACE_END
