// A thin, checked view of one SQLite connection: prepared once, bound in order, errors as statuses.
#ifndef FAIRLEAD_SRC_STORE_SQLITE_INTERNAL_CONNECTION_H_
#define FAIRLEAD_SRC_STORE_SQLITE_INTERNAL_CONNECTION_H_

#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fairlead/core/export.h"
#include "fairlead/core/runtime.h"
#include "fairlead/idempotency/intent.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal {

/// A status for SQLite's result code, with what was being done and what to do about it.
absl::Status SqliteError(sqlite3* db, int code, std::string_view doing);

/// Not thread-safe.
class Connection {
 public:
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const std::string& path, int flags);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  sqlite3* db() { return db_; }
  /// One or more statements without results.
  absl::Status Execute(const std::string& sql);
  /// A single value as text; empty for no row.
  absl::StatusOr<std::string> Ask(const std::string& sql);
  /// The statement of this literal, prepared at its first use. Keyed by address: pass literals only.
  absl::StatusOr<sqlite3_stmt*> Prepared(const char* literal);
  int changes() const { return sqlite3_changes(db_); }
  std::int64_t last_id() const { return sqlite3_last_insert_rowid(db_); }
  bool in_transaction() const { return sqlite3_get_autocommit(db_) == 0; }

 private:
  explicit Connection(sqlite3* db) : db_(db) {}
  sqlite3* db_;
  std::unordered_map<const char*, sqlite3_stmt*> statements_;
};

/// One run of a prepared statement. Bound text must outlive the run. Errors stick and come out of Next or Run.
class Query {
 public:
  Query(Connection& connection, const char* literal);
  ~Query();
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  Query& Int(std::int64_t value);
  Query& Text(std::string_view value);
  Query& Blob(std::string_view value);
  Query& Time(StoreTime value) { return Int(value.time_since_epoch().count()); }
  Query& Time(WallTime value) { return Int(value.time_since_epoch().count()); }

  /// True while there is a row.
  absl::StatusOr<bool> Next();
  /// Runs to the end.
  absl::Status Run();

  std::int64_t GetInt(int column) const { return sqlite3_column_int64(statement_, column); }
  bool IsNull(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  std::string_view GetView(int column) const;
  std::string GetText(int column) const { return std::string(GetView(column)); }
  StoreTime GetStoreTime(int column) const { return StoreTime(std::chrono::nanoseconds(GetInt(column))); }
  WallTime GetWallTime(int column) const { return WallTime(std::chrono::nanoseconds(GetInt(column))); }

 private:
  Connection& connection_;
  const char* const literal_;
  sqlite3_stmt* statement_ = nullptr;
  int next_ = 1;
  absl::Status status_;
};

}  // namespace internal
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_STORE_SQLITE_INTERNAL_CONNECTION_H_
