#include "fairlead/store_sqlite/outbox.h"

#include <sqlite3.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "src/store_sqlite/internal/request_codec.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace {

// AUTOINCREMENT: an id is never given twice, so the order of rows is the order of their commits' statements.
constexpr char kSchema[] =
    "CREATE TABLE IF NOT EXISTS fairlead_outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, operation TEXT NOT NULL, "
    "aggregate TEXT NOT NULL, purpose TEXT NOT NULL, request BLOB NOT NULL, refused TEXT);"
    "CREATE INDEX IF NOT EXISTS fairlead_outbox_refused ON fairlead_outbox (id) WHERE refused IS NOT NULL;";

absl::Status DatabaseError(sqlite3* db, std::string_view doing) {
  const int code = sqlite3_errcode(db);
  const std::string text = absl::StrCat("outbox: ", std::string(doing), ": ", sqlite3_errmsg(db));
  if (code == SQLITE_BUSY || code == SQLITE_LOCKED) return MakeError(ErrorKind::kTransient, Outcome::kNotSent, text);
  if (code == SQLITE_ERROR) {
    return MakeError(absl::StatusCode::kFailedPrecondition,
                     absl::StrCat(text, ": call CreateOutbox on this database first"), {});
  }
  return MakeError(absl::StatusCode::kDataLoss, text, {});
}

// A prepared statement that is finalised with its scope.
class Statement {
 public:
  Statement(sqlite3* db, const char* sql) : db_(db) {
    good_ = sqlite3_prepare_v2(db, sql, -1, &raw_, nullptr) == SQLITE_OK;
  }
  ~Statement() { sqlite3_finalize(raw_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  bool good() const { return good_; }
  Statement& Text(const std::string& text) {
    sqlite3_bind_text(raw_, ++bound_, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
    return *this;
  }
  Statement& Blob(const std::string& bytes) {
    sqlite3_bind_blob64(raw_, ++bound_, bytes.data(), bytes.size(), SQLITE_TRANSIENT);
    return *this;
  }
  Statement& Int(std::int64_t value) {
    sqlite3_bind_int64(raw_, ++bound_, value);
    return *this;
  }
  // SQLITE_ROW, SQLITE_DONE or an error.
  int Step() { return sqlite3_step(raw_); }
  // Runs a statement without rows.
  absl::Status Run(std::string_view doing) {
    if (!good_ || Step() != SQLITE_DONE) return DatabaseError(db_, doing);
    sqlite3_reset(raw_);
    bound_ = 0;
    return absl::OkStatus();
  }
  std::int64_t Number(int column) const { return sqlite3_column_int64(raw_, column); }
  std::string Bytes(int column) const {
    const void* bytes = sqlite3_column_blob(raw_, column);
    return bytes == nullptr ? std::string()
                            : std::string(static_cast<const char*>(bytes),
                                          static_cast<std::size_t>(sqlite3_column_bytes(raw_, column)));
  }

 private:
  sqlite3* db_;
  sqlite3_stmt* raw_ = nullptr;
  bool good_ = false;
  int bound_ = 0;
};

struct Row {
  std::int64_t id = 0;
  std::string request;
  RefusedOutboxRow names;
  bool refused = false;
};

absl::StatusOr<std::vector<Row>> ReadRows(sqlite3* db, bool refused, std::size_t limit) {
  Statement select(db, refused
                           ? "SELECT id, operation, aggregate, purpose, request, refused FROM fairlead_outbox WHERE "
                             "refused IS NOT NULL ORDER BY id LIMIT ?"
                           : "SELECT id, operation, aggregate, purpose, request, refused FROM fairlead_outbox WHERE "
                             "refused IS NULL ORDER BY id LIMIT ?");
  if (!select.good()) return DatabaseError(db, "reading");
  select.Int(static_cast<std::int64_t>(limit));
  std::vector<Row> rows;
  int step = SQLITE_DONE;
  while ((step = select.Step()) == SQLITE_ROW) {
    Row row;
    row.id = select.Number(0);
    row.names = {row.id, select.Bytes(1), select.Bytes(2), select.Bytes(3), select.Bytes(5)};
    row.request = select.Bytes(4);
    rows.push_back(std::move(row));
  }
  if (step != SQLITE_DONE) return DatabaseError(db, "reading");
  return rows;
}

// The store's own trouble stops the relay; what it says about one request stops that request alone.
bool IsRefusal(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kOutOfRange:
      return true;
    default:
      return KindOf(status) == ErrorKind::kUnparseable;
  }
}

}  // namespace

absl::Status CreateOutbox(sqlite3* db) {
  return sqlite3_exec(db, kSchema, nullptr, nullptr, nullptr) == SQLITE_OK ? absl::OkStatus()
                                                                           : DatabaseError(db, "creating the table");
}

absl::Status EnqueueOutbox(sqlite3* db, const IntentRequest& request) {
  if (request.operation.empty() || request.aggregate.empty() || request.purpose.empty()) {
    return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent,
                     "outbox: a request needs operation, aggregate and purpose: its key is made of them");
  }
  Statement insert(db, "INSERT INTO fairlead_outbox (operation, aggregate, purpose, request) VALUES (?, ?, ?, ?)");
  if (!insert.good()) return DatabaseError(db, "noting a write");
  return insert.Text(request.operation)
      .Text(request.aggregate)
      .Text(request.purpose)
      .Blob(internal::EncodeRequest(request))
      .Run("noting a write");
}

absl::StatusOr<RelayReport> RelayOutbox(sqlite3* db, LedgerStore& store, Ledger& ledger, std::size_t limit) {
  if (sqlite3_get_autocommit(db) == 0) {
    return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent,
                     "outbox: the connection has a transaction open; what is not committed must not be sent");
  }
  FAIRLEAD_ASSIGN_OR_RETURN(std::vector<Row> rows, ReadRows(db, /*refused=*/false, limit));
  RelayReport report;
  report.more = rows.size() == limit;
  if (rows.empty()) return report;

  // First into the ledger, durably; only then out of the caller's table.
  FAIRLEAD_ASSIGN_OR_RETURN(const auto tx, store.BeginLedger());
  for (Row& row : rows) {
    absl::StatusOr<IntentRequest> request = internal::DecodeRequest(row.request);
    absl::StatusOr<Enqueued> enqueued = request.ok() ? ledger.Enqueue(*tx, *request) : request.status();
    if (enqueued.ok()) {
      ++report.moved;
      if (enqueued->existed) ++report.existed;
      continue;
    }
    if (!IsRefusal(enqueued.status())) return enqueued.status();
    row.refused = true;
    row.names.why = std::string(enqueued.status().message());
    report.refused.push_back(row.names);
  }
  FAIRLEAD_RETURN_IF_ERROR(tx->Commit());

  if (sqlite3_exec(db, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) != SQLITE_OK) return DatabaseError(db, "tidying");
  const auto tidy = [&]() -> absl::Status {
    Statement remove(db, "DELETE FROM fairlead_outbox WHERE id = ?");
    Statement mark(db, "UPDATE fairlead_outbox SET refused = ? WHERE id = ?");
    for (const Row& row : rows) {
      FAIRLEAD_RETURN_IF_ERROR(row.refused ? mark.Text(row.names.why).Int(row.id).Run("tidying")
                                           : remove.Int(row.id).Run("tidying"));
    }
    return sqlite3_exec(db, "COMMIT", nullptr, nullptr, nullptr) == SQLITE_OK ? absl::OkStatus()
                                                                              : DatabaseError(db, "tidying");
  };
  if (const absl::Status status = tidy(); !status.ok()) {
    sqlite3_exec(db, "ROLLBACK", nullptr, nullptr, nullptr);
    return status;
  }
  return report;
}

absl::StatusOr<std::vector<RefusedOutboxRow>> ListRefusedOutbox(sqlite3* db, std::size_t limit) {
  FAIRLEAD_ASSIGN_OR_RETURN(const std::vector<Row> rows, ReadRows(db, /*refused=*/true, limit));
  std::vector<RefusedOutboxRow> refused;
  refused.reserve(rows.size());
  for (const Row& row : rows) refused.push_back(row.names);
  return refused;
}

FAIRLEAD_NAMESPACE_END
