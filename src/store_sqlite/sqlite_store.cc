#include "fairlead/store_sqlite/sqlite_store.h"

#include <utility>

#include "fairlead/core/error.h"
#include "src/store_sqlite/internal/schema.h"
#include "src/store_sqlite/internal/sqlite_store.h"
#include "src/store_sqlite/internal/sqlite_transaction.h"

FAIRLEAD_NAMESPACE_BEGIN

absl::Status SqliteOptions::Validate() const {
  if (runtime.clock == nullptr || runtime.sleeper == nullptr || runtime.random == nullptr || runtime.log == nullptr) {
    return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent, "SqliteOptions: the runtime must be complete");
  }
  return group_commit.Validate();
}

absl::StatusOr<std::unique_ptr<Store>> OpenSqlite(std::string_view path, SqliteOptions options) {
  FAIRLEAD_RETURN_IF_ERROR(options.Validate());
  return internal::SqliteStore::Open(std::string(path), std::move(options));
}

namespace internal {
namespace {

absl::Status Refused(std::string_view why) {
  return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent, "store: " + std::string(why));
}

}  // namespace

void NameCache::Forget() {
  route_ids.clear();
  routes.clear();
  worker_ids.clear();
  workers.clear();
  last_worker.clear();
  tombstones.reset();
  dirty = false;
}

SqliteStore::SqliteStore(std::string path, SqliteOptions options, WorkerIdentity worker)
    : path_(std::move(path)),
      options_(std::move(options)),
      in_memory_(path_ == ":memory:"),
      worker_(std::move(worker)),
      worker_name_(worker_.ToString()),
      clock_(options_.runtime.clock, worker_.boot_id),
      group_(options_.group_commit, [this] { return Begin(); }) {}

absl::StatusOr<std::unique_ptr<Store>> SqliteStore::Open(std::string path, SqliteOptions options) {
  if (path.empty()) return Refused("a path is required");
  WorkerIdentity worker = options.worker.has_value() ? *options.worker : ThisProcess(*options.runtime.random);
  std::unique_ptr<SqliteStore> store(new SqliteStore(std::move(path), std::move(options), std::move(worker)));
  FAIRLEAD_RETURN_IF_ERROR(store->Start());
  return std::unique_ptr<Store>(std::move(store));
}

absl::Status SqliteStore::Start() {
  if (in_memory_) {
    if (options_.read_only) return Refused("a store in memory cannot be read-only");
    FAIRLEAD_ASSIGN_OR_RETURN(writer_.connection, Connection::Open(path_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE));
    FAIRLEAD_RETURN_IF_ERROR(ApplySchema(*writer_.connection, 0, kSchemaMinor));
    FAIRLEAD_RETURN_IF_ERROR(clock_.Attach(*writer_.connection, false));
    return LoadPurposes();
  }
  if (!options_.read_only) {
    FAIRLEAD_ASSIGN_OR_RETURN(lock_, WriterLock::Take(path_, worker_));
  }
  FAIRLEAD_ASSIGN_OR_RETURN(const FileState state, CheckFile(path_, options_.quick_check));
  if (options_.read_only) {
    if (state.fresh) {
      ErrorDetail detail;
      detail.kind = ErrorKind::kNotFound;
      return MakeError(absl::StatusCode::kNotFound, "store: " + path_ + " does not exist or is empty", detail);
    }
    FAIRLEAD_ASSIGN_OR_RETURN(auto reader, Connection::Open(path_, SQLITE_OPEN_READONLY));
    FAIRLEAD_RETURN_IF_ERROR(clock_.Attach(*reader, true));
    auto session = std::make_unique<Session>();
    session->connection = std::move(reader);
    idle_readers_.push_back(std::move(session));
    return absl::OkStatus();
  }
  if (state.fresh) FAIRLEAD_RETURN_IF_ERROR(CreateFile(path_));
  FAIRLEAD_ASSIGN_OR_RETURN(writer_.connection, Connection::Open(path_, SQLITE_OPEN_READWRITE));
  Connection& connection = *writer_.connection;
  FAIRLEAD_ASSIGN_OR_RETURN(const std::string mode, connection.Ask("PRAGMA journal_mode = WAL"));
  if (mode != "wal") return Refused(path_ + " lies where SQLite cannot keep a write-ahead log");
  // FULL: a commit is on the disk when it returns. In-place reuse of a short WAL syncs faster than a growing one.
  FAIRLEAD_RETURN_IF_ERROR(
      connection.Execute("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 1000; PRAGMA cache_size = -32768; "
                         "PRAGMA temp_store = MEMORY; "
                         "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"));
  if (!state.fresh && MinorOf(state.user_version) < kSchemaMinor) {
    FAIRLEAD_RETURN_IF_ERROR(ApplySchema(connection, MinorOf(state.user_version), kSchemaMinor));
  }
  FAIRLEAD_RETURN_IF_ERROR(clock_.Attach(connection, false));
  return LoadPurposes();
}

absl::Status SqliteStore::LoadPurposes() {
  FAIRLEAD_RETURN_IF_ERROR(writer_.purposes.Load(*writer_.connection));
  writer_.purposes.Committed();
  return absl::OkStatus();
}

SqliteStore::~SqliteStore() { Close().IgnoreError(); }

absl::Status SqliteStore::TakeWriter(std::string_view what) {
  std::unique_lock<std::mutex> lock(mutex_);
  if (options_.read_only) return Refused(std::string(what) + ": the store was opened read-only");
  if (writing_ && writer_thread_ == std::this_thread::get_id()) {
    return Refused(std::string(what) + ": this thread has a transaction open; finish it first");
  }
  free_.wait(lock, [&] { return !writing_ || closed_; });
  if (closed_) return Refused(std::string(what) + ": the store is closed");
  writing_ = true;
  writer_thread_ = std::this_thread::get_id();
  return absl::OkStatus();
}

void SqliteStore::ReturnWriter() {
  const std::lock_guard<std::mutex> lock(mutex_);
  writing_ = false;
  writer_thread_ = std::thread::id();
  free_.notify_all();
}

absl::StatusOr<std::unique_ptr<Transaction>> SqliteStore::Begin() {
  FAIRLEAD_RETURN_IF_ERROR(TakeWriter("Begin"));
  if (broken_) {
    ReturnWriter();
    ErrorDetail detail;
    detail.kind = ErrorKind::kInternal;
    return MakeError(absl::StatusCode::kUnavailable,
                     "store: an earlier commit failed on the disk; close it, repair the disk and open it again",
                     detail);
  }
  const absl::Status begun = Query(*writer_.connection, "BEGIN IMMEDIATE").Run();
  if (!begun.ok()) {
    ReturnWriter();
    return begun;
  }
  return std::unique_ptr<Transaction>(
      std::make_unique<SqliteTransaction>(*this, &writer_, nullptr, SqliteTransaction::Mode::kWrite));
}

absl::StatusOr<std::unique_ptr<Transaction>> SqliteStore::Read() {
  if (in_memory_) {
    FAIRLEAD_RETURN_IF_ERROR(TakeWriter("Read"));
    const absl::Status begun = Query(*writer_.connection, "BEGIN").Run();
    if (!begun.ok()) {
      ReturnWriter();
      return begun;
    }
    return std::unique_ptr<Transaction>(
        std::make_unique<SqliteTransaction>(*this, &writer_, nullptr, SqliteTransaction::Mode::kReadOnWriter));
  }
  std::unique_ptr<Session> session;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (closed_) return Refused("Read: the store is closed");
    ++readers_out_;
    if (!idle_readers_.empty()) {
      session = std::move(idle_readers_.back());
      idle_readers_.pop_back();
    }
  }
  absl::Status status;
  if (session == nullptr) {
    session = std::make_unique<Session>();
    auto connection = Connection::Open(path_, SQLITE_OPEN_READONLY);
    status = connection.status();
    if (status.ok()) session->connection = *std::move(connection);
  }
  if (status.ok()) status = Query(*session->connection, "BEGIN").Run();
  // BEGIN alone takes no snapshot: the first read does.
  if (status.ok()) status = Query(*session->connection, "SELECT 1 FROM meta LIMIT 1").Run();
  if (!status.ok()) {
    const std::lock_guard<std::mutex> lock(mutex_);
    --readers_out_;
    free_.notify_all();
    return status;
  }
  Session* const raw = session.get();
  return std::unique_ptr<Transaction>(
      std::make_unique<SqliteTransaction>(*this, raw, std::move(session), SqliteTransaction::Mode::kRead));
}

void SqliteStore::ReturnReader(std::unique_ptr<Session> session) {
  constexpr std::size_t kIdleReaders = 8;
  const std::lock_guard<std::mutex> lock(mutex_);
  if (idle_readers_.size() < kIdleReaders && !closed_) idle_readers_.push_back(std::move(session));
  --readers_out_;
  free_.notify_all();
}

absl::Status SqliteStore::GroupCommit(const std::function<absl::Status(LedgerTransaction&)>& work) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (options_.read_only) return Refused("GroupCommit: the store was opened read-only");
    // Asked here, because the thread that leads the commit may be another one, which would wait for us for ever.
    if (writing_ && writer_thread_ == std::this_thread::get_id()) {
      return Refused("GroupCommit: this thread has a transaction open; use that one");
    }
  }
  return group_.Run(work);
}

absl::Status SqliteStore::Close() {
  std::unique_lock<std::mutex> lock(mutex_);
  if (closed_) return absl::OkStatus();
  if (writing_ && writer_thread_ == std::this_thread::get_id()) {
    return Refused("Close: this thread has a transaction open; finish it first");
  }
  free_.wait(lock, [&] { return !writing_ && readers_out_ == 0; });
  closed_ = true;
  idle_readers_.clear();
  free_.notify_all();
  absl::Status status;
  if (writer_.connection != nullptr && !in_memory_ && !broken_) {
    status = writer_.connection->Execute("PRAGMA wal_checkpoint(TRUNCATE)");
  }
  writer_.connection.reset();
  lock_.reset();
  return status;
}

}  // namespace internal
FAIRLEAD_NAMESPACE_END
