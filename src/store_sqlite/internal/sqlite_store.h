// One writing connection, a pool of reading ones, and the gate before the writer.
#ifndef FAIRLEAD_SRC_STORE_SQLITE_INTERNAL_SQLITE_STORE_H_
#define FAIRLEAD_SRC_STORE_SQLITE_INTERNAL_SQLITE_STORE_H_

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "fairlead/store_sqlite/sqlite_store.h"
#include "src/store/internal/group_commit.h"
#include "src/store_sqlite/internal/connection.h"
#include "src/store_sqlite/internal/process.h"
#include "src/store_sqlite/internal/purpose_index.h"
#include "src/store_sqlite/internal/store_clock.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal {

/// Small names that rows refer to by number. Read through and filled by the writer; each connection has its own.
struct NameCache {
  struct Route {
    std::string tenant;
    std::string connector;
    std::string account;
    std::string operation;
  };
  std::unordered_map<std::string, std::int64_t> route_ids;
  std::unordered_map<std::int64_t, Route> routes;
  std::unordered_map<std::string, std::int64_t> worker_ids;
  std::unordered_map<std::int64_t, std::string> workers;
  std::string last_worker;  ///< One process writes: it is nearly always the same.
  std::int64_t last_worker_id = 0;
  std::optional<bool> tombstones;
  /// What the running transaction added: forgotten if it rolls back.
  bool dirty = false;

  void Forget();
};

struct Session {
  std::unique_ptr<Connection> connection;
  NameCache names;
  PurposeIndex purposes;                     ///< The writer's alone.
  std::vector<PurposeIndex::Entry> scratch;  ///< Kept, so that a lookup allocates nothing.
};

class SqliteStore final : public Store {
 public:
  static absl::StatusOr<std::unique_ptr<Store>> Open(std::string path, SqliteOptions options);
  ~SqliteStore() override;

  absl::StatusOr<std::unique_ptr<Transaction>> Begin() override;
  absl::StatusOr<std::unique_ptr<Transaction>> Read() override;
  absl::Status GroupCommit(const std::function<absl::Status(LedgerTransaction&)>& work) override;
  absl::Status Close() override;
  StoreTime Now() override { return clock_.Now(); }
  const Runtime& runtime() const override { return options_.runtime; }
  const WorkerIdentity& worker() const override { return worker_; }

  // For transactions.
  const std::string& worker_name() const { return worker_name_; }
  FileClock& clock() { return clock_; }
  void ReturnWriter();
  void ReturnReader(std::unique_ptr<Session> session);
  /// A commit failed in a way that leaves open what is on the disk: nothing may be written until the file is opened
  /// anew.
  void Break() { broken_ = true; }
  bool broken() const { return broken_; }

 private:
  SqliteStore(std::string path, SqliteOptions options, WorkerIdentity worker);
  absl::Status Start();
  absl::Status LoadPurposes();
  absl::Status TakeWriter(std::string_view what);

  const std::string path_;
  const SqliteOptions options_;
  const bool in_memory_;
  const WorkerIdentity worker_;
  const std::string worker_name_;
  FileClock clock_;
  std::unique_ptr<WriterLock> lock_;
  Session writer_;
  GroupCommitter group_;
  std::atomic<bool> broken_{false};

  std::mutex mutex_;
  std::condition_variable free_;
  bool writing_ = false;
  std::thread::id writer_thread_;
  int readers_out_ = 0;
  bool closed_ = false;
  std::vector<std::unique_ptr<Session>> idle_readers_;
};

}  // namespace internal
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_STORE_SQLITE_INTERNAL_SQLITE_STORE_H_
