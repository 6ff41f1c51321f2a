// From intent to done on SQLite: enqueue, claim, mark sending, complete, each a durable commit of a group of intents.
// Beside it a raw loop that commits as often and writes the same rows with the same bytes, and does nothing else: no
// index beside the row id, no fence, no lane, no state, no reading.
//
//   Ledger/128                       intents done a second, 128 a commit
//   Ledger/baseline:raw_sqlite/128   the same without a ledger
//   LedgerGroupCommit/threads:16     one intent a call from 16 threads, commits joined by the store
#include <benchmark/benchmark.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "fairlead/idempotency/ledger.h"
#include "fairlead/store_sqlite/sqlite_store.h"

namespace {

constexpr std::size_t kBodyBytes = 700;  // A small order as an ERP takes it.
constexpr std::size_t kAnswerBytes = 64;

class Folder {
 public:
  Folder() {
    // Beside the build, not in a temporary folder: that one is often memory, where no commit costs anything.
    std::string name = "ledger-benchmark-XXXXXX";
    if (mkdtemp(name.data()) != nullptr) path_ = std::filesystem::absolute(name);
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string file() const { return (path_ / "ledger.db").string(); }

 private:
  std::filesystem::path path_;
};

fairlead::IntentRequest Request(std::int64_t n) {
  fairlead::IntentRequest request(fairlead::Effect::kLookup);
  request.tenant = "acme";
  request.connector = "erp";
  request.account = "main";
  request.operation = "erp.order.create";
  request.aggregate = "order/" + std::to_string(n);
  request.purpose = "create";
  request.method = "POST";
  request.target = "/api/sales";
  request.body.assign(kBodyBytes, 'b');
  request.owner = "order-desk";
  request.runbook = "erp-orders";
  return request;
}

void Ledger(benchmark::State& state) {
  const Folder folder;
  auto store = fairlead::OpenSqlite(folder.file());
  if (!store.ok()) return state.SkipWithError(std::string(store.status().message()).c_str());
  fairlead::Ledger ledger(**store);
  const auto group = static_cast<std::size_t>(state.range(0));
  fairlead::ClaimOptions claim;
  claim.limit = group;
  fairlead::Completion completion;
  completion.answer.status = 201;
  completion.answer.body.assign(kAnswerBytes, 'a');
  std::int64_t n = 0;
  for (auto _ : state) {
    bool fine = (*store)
                    ->Write([&](fairlead::Transaction& tx) -> absl::Status {
                      for (std::size_t i = 0; i < group; ++i) {
                        auto enqueued = ledger.Enqueue(tx, Request(n++));
                        if (!enqueued.ok()) return enqueued.status();
                      }
                      return absl::OkStatus();
                    })
                    .ok();
    auto claimed = ledger.Claim(claim);
    fine = fine && claimed.ok() && claimed->size() == group;
    if (!fine) return state.SkipWithError("enqueue or claim");
    fine = (*store)
               ->Write([&](fairlead::Transaction& tx) -> absl::Status {
                 for (fairlead::Intent& intent : *claimed) {
                   auto sending = ledger.MarkSending(tx, intent);
                   if (!sending.ok()) return sending.status();
                 }
                 return absl::OkStatus();
               })
               .ok() &&
           (*store)
               ->Write([&](fairlead::Transaction& tx) -> absl::Status {
                 for (const fairlead::Intent& intent : *claimed) {
                   auto done = ledger.Complete(tx, intent, completion);
                   if (!done.ok()) return done.status();
                   if (!*done) return absl::InternalError("stale");
                 }
                 return absl::OkStatus();
               })
               .ok();
    if (!fine) return state.SkipWithError("send or complete");
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

// The same tables without their indexes, and statements over them.
class RawLoop {
 public:
  explicit RawLoop(const std::string& path) {
    auto store = fairlead::OpenSqlite(path);
    if (!store.ok() || !(*store)->Close().ok()) return;
    if (sqlite3_open(path.c_str(), &db_) != SQLITE_OK) return;
    good_ =
        Run("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 1000; PRAGMA cache_size = -32768; "
            "DROP INDEX queue_ready; DROP INDEX queue_unknown; DROP INDEX queue_parked; DROP INDEX queue_lane; "
            "DROP INDEX queue_in_flight; DROP INDEX outcome_letters");
    begin_ = Prepare("BEGIN IMMEDIATE");
    commit_ = Prepare("COMMIT");
    intent_ = Prepare(
        "INSERT INTO intent VALUES (NULL, ?1, ?1, 1, 1, ?2, 'create', ?3, ?3, 5, 'POST', '/api/sales', ?4, '', 1, '', "
        "100, "
        "30000, 60000, 0, 259200000, 12, 'order-desk', 'erp-orders', '', 0, 0, ?5)");
    queue_ = Prepare(
        "INSERT INTO queue VALUES (?1, 1, ?2, NULL, ?1, 1, 100, ?3, 0, 0, 12, 0, 0, ?3, 0, 0, 0, 0, 0, 0, '', '', ?3)");
    lease_ = Prepare(
        "UPDATE queue SET state = 2, flight = lane, epoch = epoch + 1, lease_until = ?2, worker = 1 WHERE id = ?1");
    sending_ = Prepare(
        "UPDATE queue SET state = 3, attempts = 1, first_send_at = ?2, last_send_at = ?2, updated_at = ?2 WHERE id = "
        "?1");
    remove_ = Prepare("DELETE FROM queue WHERE id = ?1");
    outcome_ = Prepare("INSERT INTO outcome VALUES (?1, 7, 1, 1, 12, 0, 0, ?2, 1, ?2, ?2, 0, 0, '', '', 201, ?3, ?2)");
  }
  ~RawLoop() {
    for (sqlite3_stmt* statement : statements_) sqlite3_finalize(statement);
    sqlite3_close(db_);
  }

  bool Group(std::size_t size) {
    constexpr std::int64_t kTime = 1'700'000'000'123'456'789;
    const std::int64_t first = next_;
    bool fine = good_ && Step(begin_);
    for (std::size_t i = 0; i < size; ++i) {
      const std::int64_t id = next_++;
      // As random as a hash, so that numbers take as many bytes.
      const auto hash = static_cast<std::int64_t>(static_cast<std::uint64_t>(id) * 0x9E3779B97F4A7C15ULL);
      const std::string aggregate = "order/" + std::to_string(id);
      sqlite3_bind_int64(intent_, 1, hash);
      sqlite3_bind_text(intent_, 2, aggregate.data(), static_cast<int>(aggregate.size()), SQLITE_STATIC);
      sqlite3_bind_blob(intent_, 3, digest_.data(), static_cast<int>(digest_.size()), SQLITE_STATIC);
      sqlite3_bind_blob(intent_, 4, body_.data(), static_cast<int>(body_.size()), SQLITE_STATIC);
      sqlite3_bind_int64(intent_, 5, kTime);
      fine = fine && Step(intent_);
      sqlite3_bind_int64(queue_, 1, id);
      sqlite3_bind_int64(queue_, 2, hash);
      sqlite3_bind_int64(queue_, 3, kTime);
      fine = fine && Step(queue_);
    }
    fine = fine && Step(commit_) && Step(begin_);
    for (std::int64_t id = first; id < next_; ++id) {
      sqlite3_bind_int64(lease_, 1, id);
      sqlite3_bind_int64(lease_, 2, kTime);
      fine = fine && Step(lease_);
    }
    fine = fine && Step(commit_) && Step(begin_);
    for (std::int64_t id = first; id < next_; ++id) {
      sqlite3_bind_int64(sending_, 1, id);
      sqlite3_bind_int64(sending_, 2, kTime);
      fine = fine && Step(sending_);
    }
    fine = fine && Step(commit_) && Step(begin_);
    for (std::int64_t id = first; id < next_; ++id) {
      sqlite3_bind_int64(remove_, 1, id);
      fine = fine && Step(remove_);
      sqlite3_bind_int64(outcome_, 1, id);
      sqlite3_bind_int64(outcome_, 2, kTime);
      sqlite3_bind_blob(outcome_, 3, answer_.data(), static_cast<int>(answer_.size()), SQLITE_STATIC);
      fine = fine && Step(outcome_);
    }
    return fine && Step(commit_);
  }

 private:
  bool Run(const char* sql) { return sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) == SQLITE_OK; }
  sqlite3_stmt* Prepare(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    good_ = good_ && sqlite3_prepare_v2(db_, sql, -1, &statement, nullptr) == SQLITE_OK;
    statements_.push_back(statement);
    return statement;
  }
  static bool Step(sqlite3_stmt* statement) {
    const bool fine = sqlite3_step(statement) == SQLITE_DONE;
    sqlite3_reset(statement);
    return fine;
  }

  sqlite3* db_ = nullptr;
  bool good_ = false;
  std::vector<sqlite3_stmt*> statements_;
  sqlite3_stmt* begin_ = nullptr;
  sqlite3_stmt* commit_ = nullptr;
  sqlite3_stmt* intent_ = nullptr;
  sqlite3_stmt* queue_ = nullptr;
  sqlite3_stmt* lease_ = nullptr;
  sqlite3_stmt* sending_ = nullptr;
  sqlite3_stmt* remove_ = nullptr;
  sqlite3_stmt* outcome_ = nullptr;
  const std::string digest_ = std::string(32, '\x5A');
  const std::string body_ = std::string(kBodyBytes, 'b');
  const std::string answer_ = std::string(kAnswerBytes, 'a');
  std::int64_t next_ = 1;
};

void Raw(benchmark::State& state) {
  const Folder folder;
  RawLoop raw(folder.file());
  for (auto _ : state) {
    if (!raw.Group(static_cast<std::size_t>(state.range(0)))) return state.SkipWithError("raw loop");
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

// Real time: what a commit costs is mostly waiting for the disk.
BENCHMARK(Ledger)->Arg(1)->Arg(32)->Arg(128)->Arg(1024)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(Raw)
    ->Name("Ledger/baseline:raw_sqlite")
    ->Arg(1)
    ->Arg(32)
    ->Arg(128)
    ->Arg(1024)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

struct Shared {
  Folder folder;
  std::unique_ptr<fairlead::Store> store;
  std::unique_ptr<fairlead::Ledger> ledger;
  std::atomic<std::int64_t> next{0};
};

void LedgerGroupCommit(benchmark::State& state) {
  static Shared* shared = nullptr;
  if (state.thread_index() == 0) {
    shared = new Shared;
    auto store = fairlead::OpenSqlite(shared->folder.file());
    if (store.ok()) {
      shared->store = *std::move(store);
      shared->ledger = std::make_unique<fairlead::Ledger>(*shared->store);
    }
  }
  for (auto _ : state) {
    if (!shared->ledger->Enqueue(Request(shared->next++)).ok()) return state.SkipWithError("enqueue");
  }
  state.SetItemsProcessed(state.iterations());
  if (state.thread_index() == 0) {
    delete shared;
    shared = nullptr;
  }
}
BENCHMARK(LedgerGroupCommit)
    ->Threads(1)
    ->Threads(4)
    ->Threads(16)
    ->Threads(64)
    ->UseRealTime()
    ->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
