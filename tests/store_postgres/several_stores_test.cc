// Several stores on one database, as several processes have them: who waits for whom, and what nobody gets twice.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <set>
#include <thread>

#include "fairlead/core/error.h"
#include "fairlead/idempotency/ledger.h"
#include "src/store_postgres/internal/connection.h"
#include "tests/store_postgres/cutting_proxy.h"
#include "tests/store_postgres/private_server.h"

namespace fairlead_test {
namespace {

using fairlead::Effect;
using fairlead::Intent;
using fairlead::IntentState;
using fairlead::Ledger;
using fairlead::LedgerTransaction;
using fairlead::PostgresOptions;
using fairlead::Store;
using fairlead::Transaction;
using std::chrono::milliseconds;

fairlead::IntentRequest Request(std::string aggregate, std::string purpose) {
  fairlead::IntentRequest request(Effect::kLookup);
  request.connector = "erp";
  request.operation = "erp.order.create";
  request.aggregate = std::move(aggregate);
  request.purpose = std::move(purpose);
  return request;
}

class SeveralStoresTest : public ::testing::Test {
 protected:
  SeveralStoresTest() : options_(PrivateServer::Get().NewSchema()) { options_.lock_timeout = milliseconds(5'000); }
  std::unique_ptr<Store> Open() { return Open(options_); }
  static std::unique_ptr<Store> Open(const PostgresOptions& options) {
    auto store = fairlead::OpenPostgres(options);
    EXPECT_TRUE(store.ok()) << store.status();
    return store.ok() ? *std::move(store) : nullptr;
  }
  std::string Sql(const std::string& statement) {
    return PrivateServer::Get().Sql("SET search_path = " + options_.schema + "; " + statement);
  }
  /// Until some session of ours waits for a lock.
  static void AwaitWaiting() {
    for (int i = 0; i < 500; ++i) {
      if (PrivateServer::Get().Sql("SELECT count(*) FROM pg_locks WHERE NOT granted") != "0") return;
      std::this_thread::sleep_for(milliseconds(10));
    }
    ADD_FAILURE() << "nobody waits";
  }

  PostgresOptions options_;
};

TEST_F(SeveralStoresTest, ManyMayOpenANewDatabaseAtOnce) {
  std::vector<std::thread> openers;
  std::atomic<int> opened{0};
  for (int i = 0; i < 6; ++i) {
    openers.emplace_back([&] {
      auto store = fairlead::OpenPostgres(options_);
      EXPECT_TRUE(store.ok()) << store.status();
      if (store.ok()) ++opened;
    });
  }
  for (std::thread& opener : openers) opener.join();
  EXPECT_EQ(opened.load(), 6);
}

TEST_F(SeveralStoresTest, APurposeEnqueuedByAllAtOnceIsOneIntent) {
  std::vector<std::unique_ptr<Store>> stores;
  for (int i = 0; i < 4; ++i) stores.push_back(Open());
  std::atomic<int> made{0};
  std::atomic<int> failed{0};
  std::vector<std::thread> workers;
  for (auto& store : stores) {
    workers.emplace_back([&made, &failed, &store] {
      Ledger ledger(*store);
      for (int i = 0; i < 30; ++i) {
        auto enqueued = ledger.Enqueue(Request("order/1", "purpose " + std::to_string(i)));
        if (!enqueued.ok()) ++failed;
        if (enqueued.ok() && !enqueued->existed) ++made;
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
  EXPECT_EQ(failed.load(), 0);
  EXPECT_EQ(made.load(), 30);
  EXPECT_EQ(Sql("SELECT count(*) || '/' || max(seq) FROM intent"), "30/30");
}

TEST_F(SeveralStoresTest, NoRowIsClaimedTwiceAndEachLaneByOne) {
  std::vector<std::unique_ptr<Store>> stores;
  for (int i = 0; i < 4; ++i) stores.push_back(Open());
  {
    Ledger ledger(*stores[0]);
    for (int i = 0; i < 200; ++i) {
      const std::string n = std::to_string(i);
      ASSERT_TRUE(ledger.Enqueue(Request("order/" + std::to_string(i % 50), n)).ok());
    }
  }
  std::mutex mutex;
  std::vector<Intent> all;
  std::vector<std::thread> workers;
  for (auto& store : stores) {
    workers.emplace_back([&mutex, &all, &store] {
      Ledger ledger(*store);
      for (int round = 0; round < 100; ++round) {
        fairlead::ClaimOptions options;
        options.limit = 7;
        auto claimed = ledger.Claim(options);
        EXPECT_TRUE(claimed.ok()) << claimed.status();
        if (!claimed.ok() || claimed->empty()) continue;
        const std::lock_guard<std::mutex> lock(mutex);
        all.insert(all.end(), claimed->begin(), claimed->end());
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
  std::set<std::int64_t> ids;
  std::set<std::string> lanes;
  for (const Intent& intent : all) {
    EXPECT_TRUE(ids.insert(intent.id).second) << "claimed twice: " << intent.id;
    EXPECT_TRUE(lanes.insert(intent.parts.aggregate).second) << "two of one lane: " << intent.parts.aggregate;
    EXPECT_EQ(intent.epoch, 1);
  }
  EXPECT_EQ(lanes.size(), 50u) << "each lane's first one is claimed";
}

TEST_F(SeveralStoresTest, TwoOfOneLaneAreRefusedByTheIndexWhereNeitherSawTheOther) {
  auto first = Open();
  auto second = Open();
  Ledger one(*first);
  Ledger two(*second);
  auto waits = one.Enqueue(Request("order/1", "second"));
  ASSERT_TRUE(waits.ok());
  auto other = one.Enqueue(Request("order/2", "create"));
  ASSERT_TRUE(other.ok());
  // An older one of the same lane appears and is claimed, in a transaction that is still open.
  auto tx = first->Begin();
  ASSERT_TRUE(tx.ok()) << tx.status();
  auto intent = (*tx)->GetIntent(waits->id);
  ASSERT_TRUE(intent.ok() && intent->has_value());
  Intent older = **intent;
  older.parts.purpose = "first";
  older.parts.intent_seq = 2;
  older.position = -1;
  auto id = (*tx)->InsertIntent(older);
  ASSERT_TRUE(id.ok()) << id.status();
  fairlead::ClaimOptions only;
  only.only_id = *id;
  auto claimed = one.Claim(**tx, only);
  ASSERT_TRUE(claimed.ok() && claimed->size() == 1) << claimed.status();
  // The other worker does not see it, and sees the younger one at the head of its lane.
  absl::StatusOr<std::vector<Intent>> got;
  std::thread claims([&] { got = two.Claim({}); });
  AwaitWaiting();
  ASSERT_TRUE((*tx)->Commit().ok());
  claims.join();
  ASSERT_TRUE(got.ok()) << got.status();
  ASSERT_EQ(got->size(), 1u) << "the rest of the batch is not lost with it";
  EXPECT_EQ(got->front().id, other->id);
  EXPECT_EQ(Sql("SELECT count(*) FROM queue WHERE flight IS NOT NULL"), "2");
}

TEST_F(SeveralStoresTest, OneBeginAtATimeAndTheLedgerBesideIt) {
  options_.lock_timeout = milliseconds(300);
  auto first = Open();
  auto second = Open();
  Ledger two(*second);
  ASSERT_TRUE(two.Enqueue(Request("order/1", "create")).ok());
  auto tx = first->Begin();
  ASSERT_TRUE(tx.ok()) << tx.status();
  // The ledger's own steps go on meanwhile.
  auto claimed = two.Claim({});
  ASSERT_TRUE(claimed.ok()) << claimed.status();
  EXPECT_EQ(claimed->size(), 1u);
  // What has been read in a transaction from Begin stays true until it commits: others wait, and are told after a time.
  EXPECT_EQ(second->Begin().status().code(), absl::StatusCode::kUnavailable);
  const auto note = [](LedgerTransaction& shared) {
    fairlead::MirrorRow row;
    row.ref = {"acme", "web", "order", "1"};
    return shared.full().PutMirror(row);
  };
  EXPECT_EQ(second->GroupCommit(note).code(), absl::StatusCode::kUnavailable);
  ASSERT_TRUE((*tx)->Commit().ok());
  EXPECT_TRUE(second->GroupCommit(note).ok());
  EXPECT_TRUE(second->Begin().ok());
}

TEST_F(SeveralStoresTest, ASnapshotStaysAndWaitsForNobody) {
  auto first = Open();
  auto second = Open();
  auto view = first->Read();
  ASSERT_TRUE(view.ok());
  ASSERT_TRUE(second->Write([](Transaction& tx) { return tx.PutCursor("a", "1"); }).ok());
  EXPECT_FALSE((*view)->GetCursor("a")->has_value());
  auto writing = second->Begin();
  ASSERT_TRUE(writing.ok());
  EXPECT_TRUE((*first->Read())->GetCursor("a")->has_value());
}

TEST_F(SeveralStoresTest, NothingStaysBehindInTheSession) {
  // PgBouncer in transaction mode hands the session to another client after each COMMIT.
  options_.pool_size = 2;
  auto store = Open();
  Ledger ledger(*store);
  ASSERT_TRUE(ledger.Enqueue(Request("order/1", "create")).ok());
  ASSERT_TRUE(ledger.Claim({}).ok());
  ASSERT_TRUE(store->Write([](Transaction& tx) { return tx.PutCursor("a", "1"); }).ok());
  EXPECT_EQ(PrivateServer::Get().Sql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"), "0");
  // The same session, looked at from inside of it: search_path and the rest are the server's own again.
  auto connection =
      fairlead::internal::postgres::Connection::Open(options_.connection, milliseconds(5'000), milliseconds(5'000));
  ASSERT_TRUE(connection.ok());
  auto before = (*connection)->Ask("SELECT current_setting('search_path') || current_setting('lock_timeout')");
  ASSERT_TRUE(before.ok());
  EXPECT_EQ(before->GetText(0, 0), "\"$user\", public0");
  auto prepared = (*connection)->Ask("SELECT count(*) FROM pg_prepared_statements WHERE name <> ''");
  ASSERT_TRUE(prepared.ok());
  EXPECT_EQ(prepared->GetInt(0, 0), 0);
}

TEST_F(SeveralStoresTest, ACommitWhoseAnswerIsLostIsNeitherDoneNorFailed) {
  CuttingProxy proxy(PrivateServer::Get().folder());
  options_.connection = PrivateServer::Get().Connection(proxy.folder());
  auto store = Open();
  ASSERT_NE(store, nullptr);
  const auto put = [&](const std::string& name) {
    return store->Write([&](Transaction& tx) { return tx.PutCursor(name, "x"); });
  };
  ASSERT_TRUE(put("before").ok());
  for (const auto& [cut, there] : {std::pair(CuttingProxy::Cut::kAfterTheServerAnswered, true),
                                   std::pair(CuttingProxy::Cut::kBeforeTheServerHearsIt, false)}) {
    const std::string name = there ? "heard" : "unheard";
    proxy.CutNextCommit(cut);
    const absl::Status status = put(name);
    EXPECT_EQ(fairlead::KindOf(status), fairlead::ErrorKind::kUnknownOutcome) << status;
    EXPECT_EQ(fairlead::OutcomeOf(status), fairlead::Outcome::kUnknown) << status;
    EXPECT_EQ((*store->Read())->GetCursor(name)->has_value(), there) << "and a new connection is found by itself";
  }
  // In a group, everybody hears the same.
  Ledger ledger(*store);
  ASSERT_TRUE(ledger.Enqueue(Request("order/2", "create")).ok());
  proxy.CutNextCommit(CuttingProxy::Cut::kAfterTheServerAnswered);
  const auto enqueued = ledger.Enqueue(Request("order/1", "create"));
  EXPECT_EQ(fairlead::OutcomeOf(enqueued.status()), fairlead::Outcome::kUnknown) << enqueued.status();
  const auto again = ledger.Enqueue(Request("order/1", "create"));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->existed);
  EXPECT_EQ(proxy.cuts(), 3);
}

TEST_F(SeveralStoresTest, AConnectionThatWasKilledIsReplacedAndItsTransactionWasNothing) {
  auto store = Open();
  auto tx = store->Begin();
  ASSERT_TRUE(tx.ok());
  ASSERT_TRUE((*tx)->PutCursor("a", "1").ok());
  PrivateServer::Get().Sql(
      "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'fairlead'");
  const absl::Status lost = (*tx)->PutCursor("b", "1");
  EXPECT_EQ(lost.code(), absl::StatusCode::kUnavailable) << lost;
  EXPECT_EQ(fairlead::OutcomeOf(lost), fairlead::Outcome::kNotSent);
  EXPECT_FALSE((*tx)->Commit().ok());
  EXPECT_FALSE((*store->Read())->GetCursor("a")->has_value());
  EXPECT_TRUE(store->Write([](Transaction& again) { return again.PutCursor("a", "1"); }).ok());
}

TEST_F(SeveralStoresTest, AnErrorInATransactionIsNotCommittedOver) {
  auto store = Open();
  auto tx = store->Begin();
  ASSERT_TRUE(tx.ok());
  ASSERT_TRUE((*tx)->PutCursor("a", "1").ok());
  // Too long for an index entry: the server refuses the statement, and the transaction with it.
  std::string name;
  for (int i = 0; i < 20'000; ++i) name += std::to_string(i * 7919);
  EXPECT_FALSE((*tx)->PutCursor(name, "1").ok());
  EXPECT_EQ((*tx)->Commit().code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE((*store->Read())->GetCursor("a")->has_value());
  // Within a savepoint it costs that savepoint alone.
  auto more = store->Begin();
  ASSERT_TRUE(more.ok());
  EXPECT_FALSE((*more)->Savepoint([&] { return (*more)->PutCursor(name, "1"); }).ok());
  EXPECT_TRUE((*more)->PutCursor("a", "1").ok());
  EXPECT_TRUE((*more)->Commit().ok());
  EXPECT_TRUE((*store->Read())->GetCursor("a")->has_value());
}

}  // namespace
}  // namespace fairlead_test
