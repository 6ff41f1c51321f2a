#include "src/store_sqlite/internal/connection.h"

#include "fairlead/core/error.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal {

absl::Status SqliteError(sqlite3* db, int code, std::string_view doing) {
  std::string message = "store: " + std::string(doing) + ": ";
  message += db != nullptr ? sqlite3_errmsg(db) : sqlite3_errstr(code);
  ErrorDetail detail;
  detail.kind = ErrorKind::kInternal;
  detail.outcome = Outcome::kNotSent;
  detail.vendor_code = "sqlite-" + std::to_string(code);
  switch (code & 0xFF) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return MakeError(absl::StatusCode::kDataLoss, message + "; the file is damaged: restore a backup", detail);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      detail.kind = ErrorKind::kTransient;
      return MakeError(absl::StatusCode::kUnavailable, message, detail);
    case SQLITE_FULL:
      detail.kind = ErrorKind::kTransient;
      return MakeError(absl::StatusCode::kResourceExhausted, message + "; make room on the disk", detail);
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      detail.kind = ErrorKind::kConfiguration;
      return MakeError(absl::StatusCode::kPermissionDenied, message, detail);
    case SQLITE_CANTOPEN:
      detail.kind = ErrorKind::kConfiguration;
      return MakeError(absl::StatusCode::kNotFound, message, detail);
    case SQLITE_IOERR:
      return MakeError(absl::StatusCode::kUnavailable, message + "; the disk failed: the store must be opened again",
                       detail);
    case SQLITE_CONSTRAINT:
      return MakeError(absl::StatusCode::kAlreadyExists, message, detail);
    case SQLITE_NOMEM:
      return MakeError(absl::StatusCode::kResourceExhausted, message, detail);
    default:
      return MakeError(absl::StatusCode::kInternal, message, detail);
  }
}

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const std::string& path, int flags) {
  sqlite3* db = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  if (code != SQLITE_OK) {
    const absl::Status status = SqliteError(db, code, "open " + path);
    sqlite3_close_v2(db);
    return status;
  }
  sqlite3_busy_timeout(db, 5000);
  return std::unique_ptr<Connection>(new Connection(db));
}

Connection::~Connection() {
  for (const auto& [literal, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close_v2(db_);
}

absl::Status Connection::Execute(const std::string& sql) {
  const int code = sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : SqliteError(db_, code, sql.substr(0, 60));
}

absl::StatusOr<std::string> Connection::Ask(const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  int code = sqlite3_prepare_v2(db_, sql.c_str(), -1, &statement, nullptr);
  if (code != SQLITE_OK) return SqliteError(db_, code, sql.substr(0, 60));
  code = sqlite3_step(statement);
  std::string answer;
  if (code == SQLITE_ROW) {
    const auto* text = sqlite3_column_text(statement, 0);
    if (text != nullptr) answer = reinterpret_cast<const char*>(text);
  }
  const absl::Status status =
      code == SQLITE_ROW || code == SQLITE_DONE ? absl::OkStatus() : SqliteError(db_, code, sql.substr(0, 60));
  sqlite3_finalize(statement);
  if (!status.ok()) return status;
  return answer;
}

absl::StatusOr<sqlite3_stmt*> Connection::Prepared(const char* literal) {
  sqlite3_stmt*& statement = statements_[literal];
  if (statement == nullptr) {
    const int code = sqlite3_prepare_v3(db_, literal, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) return SqliteError(db_, code, literal);
  }
  return statement;
}

Query::Query(Connection& connection, const char* literal) : connection_(connection), literal_(literal) {
  auto statement = connection.Prepared(literal);
  if (statement.ok()) {
    statement_ = *statement;
  } else {
    status_ = statement.status();
  }
}

Query::~Query() {
  if (statement_ != nullptr) sqlite3_reset(statement_);
}

Query& Query::Int(std::int64_t value) {
  if (statement_ != nullptr) sqlite3_bind_int64(statement_, next_++, value);
  return *this;
}

Query& Query::Text(std::string_view value) {
  // A null pointer would bind NULL: an empty text is a value.
  if (statement_ != nullptr) {
    sqlite3_bind_text64(statement_, next_++, value.empty() ? "" : value.data(), value.size(), SQLITE_STATIC,
                        SQLITE_UTF8);
  }
  return *this;
}

Query& Query::Blob(std::string_view value) {
  if (statement_ != nullptr) {
    sqlite3_bind_blob64(statement_, next_++, value.empty() ? "" : value.data(), value.size(), SQLITE_STATIC);
  }
  return *this;
}

absl::StatusOr<bool> Query::Next() {
  if (!status_.ok()) return status_;
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  status_ = SqliteError(connection_.db(), code, std::string_view(literal_).substr(0, 60));
  return status_;
}

absl::Status Query::Run() {
  while (true) {
    auto more = Next();
    if (!more.ok()) return more.status();
    if (!*more) return absl::OkStatus();
  }
}

std::string_view Query::GetView(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  const int size = sqlite3_column_bytes(statement_, column);
  return bytes == nullptr ? std::string_view() : std::string_view(bytes, static_cast<std::size_t>(size));
}

}  // namespace internal
FAIRLEAD_NAMESPACE_END
