#include "fairlead/store_postgres/postgres_store.h"

#include <algorithm>
#include <utility>

#include "fairlead/core/error.h"
#include "src/store/internal/worker_identity.h"
#include "src/store_postgres/internal/postgres_store.h"
#include "src/store_postgres/internal/postgres_transaction.h"
#include "src/store_postgres/internal/schema.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace {

absl::Status Wrong(const std::string& what) {
  return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent, "PostgresOptions: " + what);
}

}  // namespace

absl::Status PostgresOptions::Validate() const {
  if (connection.empty()) return Wrong("connection is required");
  if (schema.empty() || schema.size() > 48 || (schema[0] >= '0' && schema[0] <= '9') ||
      !std::all_of(schema.begin(), schema.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
      })) {
    return Wrong("schema must be 1 to 48 letters, digits and '_', not starting with a digit");
  }
  if (pool_size < 2 || pool_size > 1000) return Wrong("pool_size must be within 2..1000");
  if (runtime.clock == nullptr || runtime.sleeper == nullptr || runtime.random == nullptr || runtime.log == nullptr) {
    return Wrong("the runtime must be complete");
  }
  if (connect_timeout.count() <= 0 || reconnect_for.count() < 0 || lock_timeout.count() <= 0 ||
      statement_timeout.count() <= 0 || idle_timeout.count() <= 0 || statement_timeout > std::chrono::hours(1)) {
    return Wrong("timeouts must be positive, and statement_timeout at most an hour");
  }
  if (lock_timeout > statement_timeout) return Wrong("lock_timeout must not be longer than statement_timeout");
  return group_commit.Validate();
}

absl::StatusOr<std::unique_ptr<Store>> OpenPostgres(PostgresOptions options) {
  FAIRLEAD_RETURN_IF_ERROR(options.Validate());
  return internal::postgres::PostgresStore::Open(std::move(options));
}

namespace internal::postgres {
namespace {

// The server notices a statement's time first; the client waits a little longer for the answer to say so.
constexpr std::chrono::milliseconds kAnswerMargin{5'000};
constexpr std::chrono::milliseconds kFirstPause{50};
constexpr std::chrono::milliseconds kLongestPause{1'000};
// A clock that stands still must not make a loop endless.
constexpr int kTriesAtMost = 1'000;

absl::Status Refused(std::string_view why) {
  return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent, "store: " + std::string(why));
}

WorkerIdentity Self(const PostgresOptions& options) {
  if (options.worker.has_value()) return *options.worker;
  WorkerIdentity self = ThisProcess(*options.runtime.random);
  self.host = HostWithPidNamespace(self.host);
  return self;
}

}  // namespace

PostgresStore::PostgresStore(PostgresOptions options, WorkerIdentity worker)
    : options_(std::move(options)),
      worker_(std::move(worker)),
      search_path_("\"" + options_.schema + "\""),
      writer_lock_(LockKey(options_.schema, "writer")),
      purpose_salt_(LockKey(options_.schema, "purpose")),
      clock_(options_.runtime.clock, options_.runtime_clock),
      group_(options_.group_commit, [this] { return BeginMode(TransactionMode::kShared, "GroupCommit"); }) {}

absl::StatusOr<std::unique_ptr<Store>> PostgresStore::Open(PostgresOptions options) {
  WorkerIdentity worker = Self(options);
  std::unique_ptr<PostgresStore> store(new PostgresStore(std::move(options), std::move(worker)));
  FAIRLEAD_RETURN_IF_ERROR(store->Start());
  return std::unique_ptr<Store>(std::move(store));
}

absl::Status PostgresStore::Start() {
  FAIRLEAD_ASSIGN_OR_RETURN(auto connection, Connect());
  FAIRLEAD_RETURN_IF_ERROR(PrepareSchema(*connection, options_.schema, options_.read_only));
  idle_.push_back(std::move(connection));
  // The clock is known from here on.
  FAIRLEAD_ASSIGN_OR_RETURN(const auto tx, Read());
  return absl::OkStatus();
}

PostgresStore::~PostgresStore() { Close().IgnoreError(); }

absl::StatusOr<std::unique_ptr<Connection>> PostgresStore::Connect() {
  return Connection::Open(options_.connection, options_.connect_timeout, options_.statement_timeout + kAnswerMargin);
}

absl::Status PostgresStore::SendBegin(Connection& connection, TransactionMode mode) {
  const auto ms = [](std::chrono::milliseconds time) { return std::to_string(time.count()); };
  FAIRLEAD_RETURN_IF_ERROR(connection.Send(
      mode == TransactionMode::kRead ? "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" : "BEGIN READ WRITE"));
  // All of it for this transaction alone: the session may be another client's next. A server that waits for its
  // standbys to apply goes on doing so; one that would not wait for its own disk does here.
  return connection.Send(
      "SELECT set_config('search_path', $1, true), set_config('lock_timeout', $2, true), "
      "set_config('statement_timeout', $3, true), set_config('idle_in_transaction_session_timeout', $4, true), "
      "set_config('jit', 'off', true), set_config('synchronous_commit', CASE WHEN "
      "current_setting('synchronous_commit') = 'remote_apply' THEN 'remote_apply' ELSE 'on' END, true)",
      Params()
          .Text(search_path_)
          .Text(ms(options_.lock_timeout))
          .Text(ms(options_.statement_timeout))
          .Text(ms(options_.idle_timeout)));
}

absl::StatusOr<std::unique_ptr<Connection>> PostgresStore::Begun(TransactionMode mode) {
  const std::int64_t give_up = clock_.Local() + std::chrono::nanoseconds(options_.reconnect_for).count();
  std::chrono::milliseconds pause = kFirstPause;
  int tries = 0;
  while (true) {
    std::unique_ptr<Connection> connection;
    bool was_idle = false;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (!idle_.empty()) {
        connection = std::move(idle_.back());
        idle_.pop_back();
        was_idle = true;
      }
    }
    absl::Status status;
    if (!was_idle) {
      auto opened = Connect();
      status = opened.status();
      if (opened.ok()) connection = *std::move(opened);
    }
    if (status.ok()) status = SendBegin(*connection, mode);
    if (status.ok()) {
      const std::int64_t asked = clock_.Local();
      // In a snapshot this is its first look, which is what makes it see this moment.
      auto now = connection->Ask("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint * 1000");
      status = now.status();
      if (now.ok()) clock_.Sample(asked, now->GetInt(0, 0));
    }
    if (status.ok() && mode == TransactionMode::kAlone) {
      status = connection->Ask("SELECT pg_advisory_xact_lock($1)", Params().Int(writer_lock_)).status();
    }
    if (status.ok()) return connection;
    if (connection != nullptr && connection->alive()) return status;
    // Connections that died while they lay idle are simply used up; otherwise the server may be starting.
    if (was_idle) continue;
    if (status.code() != absl::StatusCode::kUnavailable || clock_.Local() >= give_up || ++tries > kTriesAtMost) {
      return status;
    }
    FAIRLEAD_RETURN_IF_ERROR(options_.runtime.sleeper->Sleep(pause, Cancellation()));
    pause = std::min(pause * 2, kLongestPause);
  }
}

absl::StatusOr<std::unique_ptr<Transaction>> PostgresStore::BeginMode(TransactionMode mode, std::string_view what) {
  const bool writes = mode != TransactionMode::kRead;
  const std::thread::id self = std::this_thread::get_id();
  {
    std::unique_lock<std::mutex> lock(mutex_);
    if (writes && options_.read_only) return Refused(std::string(what) + ": the store was opened read-only");
    if (writes && writing_.count(self) != 0) {
      return Refused(std::string(what) + ": this thread has a transaction open; finish it first");
    }
    const bool free = free_.wait_for(lock, options_.lock_timeout, [&] { return out_ < options_.pool_size || closed_; });
    if (closed_) return Refused(std::string(what) + ": the store is closed");
    if (!free) {
      return MakeError(ErrorKind::kTransient, Outcome::kNotSent,
                       "store: " + std::string(what) + ": all connections are in use; raise pool_size");
    }
    ++out_;
    if (writes) writing_.insert(self);
  }
  auto connection = Begun(mode);
  if (!connection.ok()) {
    Return(nullptr, mode, self);
    return connection.status();
  }
  return std::unique_ptr<Transaction>(std::make_unique<PostgresTransaction>(*this, *std::move(connection), mode, self));
}

absl::StatusOr<std::unique_ptr<Transaction>> PostgresStore::Begin() {
  return BeginMode(TransactionMode::kAlone, "Begin");
}

absl::StatusOr<std::unique_ptr<Transaction>> PostgresStore::Read() { return BeginMode(TransactionMode::kRead, "Read"); }

void PostgresStore::Return(std::unique_ptr<Connection> connection, TransactionMode mode, std::thread::id thread) {
  const bool fine = connection != nullptr && connection->alive() && !connection->in_transaction();
  if (!fine) connection.reset();
  const std::lock_guard<std::mutex> lock(mutex_);
  if (connection != nullptr && !closed_) idle_.push_back(std::move(connection));
  if (mode != TransactionMode::kRead) writing_.erase(thread);
  --out_;
  free_.notify_all();
}

absl::Status PostgresStore::GroupCommit(const std::function<absl::Status(LedgerTransaction&)>& work) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (options_.read_only) return Refused("GroupCommit: the store was opened read-only");
    // Asked here, because the thread that leads the commit may be another one.
    if (writing_.count(std::this_thread::get_id()) != 0) {
      return Refused("GroupCommit: this thread has a transaction open; use that one");
    }
  }
  return group_.Run(work);
}

absl::Status PostgresStore::Close() {
  {
    std::unique_lock<std::mutex> lock(mutex_);
    if (closed_) return absl::OkStatus();
    if (writing_.count(std::this_thread::get_id()) != 0) {
      return Refused("Close: this thread has a transaction open; finish it first");
    }
    closed_ = true;
    free_.notify_all();
    free_.wait(lock, [&] { return out_ == 0; });
    idle_.clear();
  }
  const std::lock_guard<std::mutex> lock(names_mutex_);
  names_connection_.reset();
  return absl::OkStatus();
}

}  // namespace internal::postgres
FAIRLEAD_NAMESPACE_END
