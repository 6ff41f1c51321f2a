// Beginning, end and savepoints.
#include "src/store_postgres/internal/postgres_transaction.h"

#include "fairlead/core/error.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal::postgres {

absl::Status PostgresTransaction::Readable() const {
  if (!open_) return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent, "store: the transaction is over");
  if (connection_->alive() && !connection_->in_error()) return absl::OkStatus();
  return MakeError(absl::StatusCode::kUnavailable, "store: the transaction was rolled back by an earlier error",
                   ErrorDetail{});
}

absl::Status PostgresTransaction::Writable() const {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  if (mode_ != TransactionMode::kRead) return absl::OkStatus();
  return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent, "store: a snapshot cannot be written to; use Begin");
}

absl::Status PostgresTransaction::ShareRecords() {
  if (mode_ != TransactionMode::kShared || records_shared_) return absl::OkStatus();
  FAIRLEAD_RETURN_IF_ERROR(
      connection().Ask("SELECT pg_advisory_xact_lock_shared($1)", Params().Int(store_.writer_lock())).status());
  records_shared_ = true;
  return absl::OkStatus();
}

absl::Status PostgresTransaction::ReadableRecords() {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  return ShareRecords();
}

absl::Status PostgresTransaction::WritableRecords() {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  return ShareRecords();
}

absl::StatusOr<std::int64_t> PostgresTransaction::Change(const std::string& sql, const Params& params) {
  FAIRLEAD_ASSIGN_OR_RETURN(const Result result, connection().Ask(sql, params));
  return result.changes();
}

absl::Status PostgresTransaction::Commit() {
  if (open_ && mode_ == TransactionMode::kRead) {
    Rollback();
    return absl::OkStatus();
  }
  // A transaction in error would answer COMMIT with a rollback; say so before anything is sent.
  absl::Status status = Writable();
  if (!open_) return status;
  // What was sent before is settled first, so that what fails then has certainly not been committed.
  if (status.ok()) status = SendWrites();
  if (status.ok()) status = connection().Drain();
  if (!status.ok()) {
    Rollback();
    return status;
  }
  const absl::StatusOr<Result> committed = connection().Ask("COMMIT");
  if (committed.ok() && committed->command() == "COMMIT") {
    Finish();
    return absl::OkStatus();
  }
  if (!connection().alive()) {
    status = MakeError(ErrorKind::kUnknownOutcome, Outcome::kUnknown,
                       "store: the answer to COMMIT was lost: the changes are there whole or not at all; look before "
                       "doing it again");
  } else {
    status = committed.ok() ? MakeError(absl::StatusCode::kUnavailable, "store: the server rolled the transaction back",
                                        ErrorDetail{})
                            : committed.status();
  }
  Rollback();
  return status;
}

void PostgresTransaction::Rollback() {
  if (!open_) return;
  if (connection_->alive() && connection_->in_transaction()) connection_->Ask("ROLLBACK").status().IgnoreError();
  Finish();
}

void PostgresTransaction::Finish() {
  open_ = false;
  store_.Return(std::move(connection_), mode_, thread_);
}

// Opening and releasing go out with the next statement: they have nothing to say.
absl::Status PostgresTransaction::OpenSavepoint() {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  FAIRLEAD_RETURN_IF_ERROR(connection().Send("SAVEPOINT record"));
  records_shared_before_.push_back(records_shared_);
  return absl::OkStatus();
}

absl::Status PostgresTransaction::ReleaseSavepoint() {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  records_shared_before_.pop_back();
  return connection().Send("RELEASE SAVEPOINT record");
}

absl::Status PostgresTransaction::RollbackSavepoint() {
  if (!open_ || !connection_->alive()) return Readable();
  records_shared_ = records_shared_before_.back();
  records_shared_before_.pop_back();
  // Locks that were taken since are gone; to ask for one twice costs nothing.
  purposes_locked_.clear();
  // An error of what was sent before has been undone with the rest, or comes out again here.
  connection().Drain().IgnoreError();
  FAIRLEAD_RETURN_IF_ERROR(connection().Send("ROLLBACK TO SAVEPOINT record"));
  return connection().Ask("RELEASE SAVEPOINT record").status();
}

}  // namespace internal::postgres
FAIRLEAD_NAMESPACE_END
