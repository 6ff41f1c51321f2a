// A pool of connections, who may begin, and what all transactions share.
#ifndef FAIRLEAD_SRC_STORE_POSTGRES_INTERNAL_POSTGRES_STORE_H_
#define FAIRLEAD_SRC_STORE_POSTGRES_INTERNAL_POSTGRES_STORE_H_

#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "fairlead/store_postgres/postgres_store.h"
#include "src/store/internal/group_commit.h"
#include "src/store_postgres/internal/connection.h"
#include "src/store_postgres/internal/server_clock.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal::postgres {

/// How a transaction relates to those of other threads and processes.
enum class TransactionMode : std::uint8_t {
  kAlone,   ///< From Begin: one at a time over all processes.
  kShared,  ///< From GroupCommit: beside those of other processes.
  kRead,
};

class PostgresStore final : public Store {
 public:
  static absl::StatusOr<std::unique_ptr<Store>> Open(PostgresOptions options);
  ~PostgresStore() override;

  absl::StatusOr<std::unique_ptr<Transaction>> Begin() override;
  absl::StatusOr<std::unique_ptr<Transaction>> Read() override;
  absl::Status GroupCommit(const std::function<absl::Status(LedgerTransaction&)>& work) override;
  absl::Status Close() override;
  StoreTime Now() override { return clock_.Now(); }
  const Runtime& runtime() const override { return options_.runtime; }
  const WorkerIdentity& worker() const override { return worker_; }

  // For transactions.
  ServerClock& clock() { return clock_; }
  const PostgresOptions& options() const { return options_; }
  /// Held alone from Begin on, and shared by others as soon as they look at records.
  std::int64_t writer_lock() const { return writer_lock_; }
  std::int64_t purpose_salt() const { return purpose_salt_; }
  /// Numbers that stand for names in rows. A new one is committed at once, on a connection of its own: it means the
  /// same to everybody and outlives the transaction that needed it first.
  absl::StatusOr<std::int64_t> RouteId(const KeyParts& parts);
  absl::StatusOr<std::int64_t> WorkerId(std::string_view name);
  /// The connection is kept for the next transaction if it is as it was.
  void Return(std::unique_ptr<Connection> connection, TransactionMode mode, std::thread::id thread);

 private:
  PostgresStore(PostgresOptions options, WorkerIdentity worker);
  absl::Status Start();
  absl::StatusOr<std::unique_ptr<Transaction>> BeginMode(TransactionMode mode, std::string_view what);
  absl::StatusOr<std::unique_ptr<Connection>> Connect();
  /// An idle connection, or a new one; with its transaction begun.
  absl::StatusOr<std::unique_ptr<Connection>> Begun(TransactionMode mode);
  absl::Status SendBegin(Connection& connection, TransactionMode mode);
  absl::StatusOr<std::int64_t> NameId(std::string key, const std::string& insert, const std::string& select,
                                      const Params& params);

  const PostgresOptions options_;
  const WorkerIdentity worker_;
  const std::string search_path_;
  const std::int64_t writer_lock_;
  const std::int64_t purpose_salt_;
  ServerClock clock_;
  GroupCommitter group_;

  std::mutex mutex_;
  std::condition_variable free_;
  std::size_t out_ = 0;                // Connections that transactions hold.
  std::set<std::thread::id> writing_;  // Threads with a writing transaction open.
  bool closed_ = false;
  std::vector<std::unique_ptr<Connection>> idle_;

  std::mutex names_mutex_;
  std::unordered_map<std::string, std::int64_t> names_;
  std::unique_ptr<Connection> names_connection_;
};

}  // namespace internal::postgres
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_STORE_POSTGRES_INTERNAL_POSTGRES_STORE_H_
