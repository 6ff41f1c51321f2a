// A thin, checked view of one PostgreSQL connection in pipeline mode: unnamed statements, binary values, errors as
// statuses, no wait without an end.
#ifndef FAIRLEAD_SRC_STORE_POSTGRES_INTERNAL_CONNECTION_H_
#define FAIRLEAD_SRC_STORE_POSTGRES_INTERNAL_CONNECTION_H_

#include <libpq-fe.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fairlead/core/export.h"
#include "fairlead/core/runtime.h"
#include "fairlead/idempotency/intent.h"
#include "src/store_postgres/internal/params.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal::postgres {

/// The rows that a statement answered with. Empty by default.
class FAIRLEAD_EXPORT Result {
 public:
  Result() = default;
  explicit Result(PGresult* raw) : raw_(raw) {}

  int rows() const { return raw_ == nullptr ? 0 : PQntuples(raw_.get()); }
  bool empty() const { return rows() == 0; }
  /// Rows that an INSERT, UPDATE or DELETE touched.
  std::int64_t changes() const;
  /// What the statement was: "COMMIT", "ROLLBACK", "INSERT 0 1".
  std::string_view command() const { return raw_ == nullptr ? "" : PQcmdStatus(raw_.get()); }

  bool IsNull(int row, int column) const { return PQgetisnull(raw_.get(), row, column) != 0; }
  std::int64_t GetInt(int row, int column) const;
  std::string_view GetView(int row, int column) const;
  std::string GetBlob(int row, int column) const { return std::string(GetView(row, column)); }
  std::string GetText(int row, int column) const { return DecodeText(GetView(row, column)); }
  StoreTime GetStoreTime(int row, int column) const { return StoreTime(std::chrono::nanoseconds(GetInt(row, column))); }
  WallTime GetWallTime(int row, int column) const { return WallTime(std::chrono::nanoseconds(GetInt(row, column))); }

 private:
  struct Clear {
    void operator()(PGresult* raw) const { PQclear(raw); }
  };
  std::unique_ptr<PGresult, Clear> raw_;
};

/// A row of a result, read column by column.
class RowReader {
 public:
  RowReader(const Result& result, int row) : result_(result), row_(row) {}
  std::int64_t Int() { return result_.GetInt(row_, column_++); }
  std::string Text() { return result_.GetText(row_, column_++); }
  std::string Blob() { return result_.GetBlob(row_, column_++); }
  std::string_view View() { return result_.GetView(row_, column_++); }
  StoreTime Store() { return result_.GetStoreTime(row_, column_++); }
  WallTime Wall() { return result_.GetWallTime(row_, column_++); }

 private:
  const Result& result_;
  int row_;
  int column_ = 0;
};

/// Not thread-safe.
class FAIRLEAD_EXPORT Connection {
 public:
  /// UNAVAILABLE where trying again may help.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const std::string& conninfo,
                                                          std::chrono::milliseconds connect_timeout,
                                                          std::chrono::milliseconds answer_timeout);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Sends a statement that goes out with the next Ask. For statements that do not fail by themselves: an error comes
  /// out of that Ask. `sql` is one statement.
  absl::Status Send(const std::string& sql, const Params& params = {});
  /// Sends the statement and waits for the answers to all that was sent; the last one's is returned.
  absl::StatusOr<Result> Ask(const std::string& sql, const Params& params = {});
  /// Waits for what was sent. OK if there was nothing.
  absl::Status Drain();

  /// False once the connection broke, or the server said that it ends it: it can only be closed.
  bool alive() const { return lost_.ok(); }
  /// An error was met inside the transaction: only going back to a savepoint or rolling back is possible.
  bool in_error() const { return PQtransactionStatus(raw_) == PQTRANS_INERROR; }
  bool in_transaction() const { return PQtransactionStatus(raw_) != PQTRANS_IDLE; }
  /// Of the last error that the server reported.
  const std::string& sqlstate() const { return sqlstate_; }

 private:
  Connection(PGconn* raw, std::chrono::milliseconds answer_timeout) : raw_(raw), answer_timeout_(answer_timeout) {}
  absl::StatusOr<Result> Collect();
  absl::Status Await();
  absl::Status Lose(std::string_view why);
  absl::Status ServerError(const PGresult* result, std::string_view doing);

  PGconn* const raw_;
  const std::chrono::milliseconds answer_timeout_;
  std::vector<std::string> sent_;  // What was sent and not yet answered, for messages.
  absl::Status lost_;
  std::string sqlstate_;
};

}  // namespace internal::postgres
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_STORE_POSTGRES_INTERNAL_CONNECTION_H_
