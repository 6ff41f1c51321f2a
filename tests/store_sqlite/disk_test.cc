// What a failing disk may cost: never what was reported as durable.
#include <set>

#include "fairlead/idempotency/ledger.h"
#include "fairlead/store_sqlite/sqlite_store.h"
#include "tests/store_sqlite/faulty_disk.h"
#include "tests/store_sqlite/scratch.h"

namespace fairlead_test {
namespace {

using fairlead::Attempt;
using fairlead::Operation;
using fairlead::Transaction;

class DiskTest : public Scratch {};

TEST_F(DiskTest, AFailedSyncStopsTheStoreUntilItIsOpenedAgain) {
  FaultyDisk disk;
  auto store = fairlead::OpenSqlite(path_);
  ASSERT_TRUE(store.ok()) << store.status();
  ASSERT_TRUE((*store)->Write([](Transaction& tx) { return tx.PutCursor("a", "durable"); }).ok());
  disk.fail_sync = true;
  EXPECT_FALSE((*store)->Write([](Transaction& tx) { return tx.PutCursor("b", "unsure"); }).ok());
  disk.fail_sync = false;
  // A second sync of the same pages may say "fine" without being so.
  EXPECT_EQ((*store)->Begin().status().code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE((*store)->GroupCommit([](fairlead::LedgerTransaction&) { return absl::OkStatus(); }).ok());
  store->reset();
  auto again = fairlead::OpenSqlite(path_);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(**(*(*again)->Read())->GetCursor("a"), "durable");
  EXPECT_TRUE((*again)->Write([](Transaction& tx) { return tx.PutCursor("c", "x"); }).ok());
}

TEST_F(DiskTest, AFullDiskUndoesTheWholeTransactionAndPasses) {
  FaultyDisk disk;
  auto store = fairlead::OpenSqlite(path_);
  ASSERT_TRUE(store.ok());
  disk.full = true;
  const absl::Status refused = (*store)->Write([](Transaction& tx) -> absl::Status {
    const absl::Status first = tx.PutCursor("a", "x");
    return first.ok() ? tx.PutCursor("b", "y") : first;
  });
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted) << refused;
  disk.full = false;
  EXPECT_FALSE((*(*store)->Read())->GetCursor("a")->has_value());
  EXPECT_TRUE((*store)->Write([](Transaction& tx) { return tx.PutCursor("a", "x"); }).ok());
}

TEST_F(DiskTest, APowerFailureAtEveryWriteLosesNothingThatWasReported) {
  // The same short life with the power failing one write later each time, until it does not fail any more.
  int failures = 0;
  for (int at = 1; at < 2000; ++at) {
    for (const char* suffix : {"", "-wal", "-shm", "-writer", "-new", "-new-journal"}) {
      std::filesystem::remove(path_ + suffix);
    }
    FaultyDisk disk;
    disk.power_fails_at = at;
    std::set<std::string> applied;   // The remote's truth.
    std::set<std::string> reported;  // What Run said is done.
    const auto run = [&] {
      auto store = fairlead::OpenSqlite(path_);
      if (!store.ok()) return false;
      fairlead::Ledger ledger(**store);
      ledger.Register(Operation::Lookup(
          "erp.order.create",
          [&](const Attempt& attempt) -> absl::StatusOr<std::string> {
            EXPECT_TRUE(applied.insert(attempt.reference).second) << "doubled, power failing at write " << at;
            return "SO-" + attempt.aggregate;
          },
          [&](const Attempt& attempt) -> absl::StatusOr<fairlead::Findings> {
            if (applied.count(attempt.reference) == 0) return fairlead::Findings(std::nullopt);
            return fairlead::Findings("SO-" + attempt.aggregate);
          },
          std::chrono::milliseconds(0)));
      if (!ledger.Recover().ok()) return false;
      bool all = true;
      for (int order = 0; order < 6; ++order) {
        const std::string aggregate = "order/" + std::to_string(order);
        auto receipt = ledger.Run("erp.order.create", {aggregate, "create", std::string(2000, 'b')});
        if (receipt.ok()) {
          reported.insert(aggregate);
        } else {
          all = false;
          if (reported.count(aggregate) != 0) ADD_FAILURE() << aggregate << " was reported and is not known any more";
        }
      }
      return all;
    };
    const bool all = run();
    if (!disk.dead()) {
      EXPECT_TRUE(all);
      break;
    }
    ++failures;
    disk.LoseWhatWasNotSynced();
    std::filesystem::remove(path_ + "-shm");
    run();
    // What was sent and lost its answer waits for its look; nothing that was reported may have changed.
    auto store = fairlead::OpenSqlite(path_);
    ASSERT_TRUE(store.ok()) << "power failing at write " << at << ": " << store.status();
    fairlead::IntentFilter all_intents;
    auto intents = (*(*store)->Read())->ListIntents(all_intents);
    ASSERT_TRUE(intents.ok());
    std::set<std::string> done;
    for (const fairlead::Intent& intent : *intents) {
      if (intent.state == fairlead::IntentState::kDone) {
        done.insert(intent.parts.aggregate);
        EXPECT_EQ(applied.count(intent.Reference()), 1u) << "done without an effect, power failing at write " << at;
      }
    }
    for (const std::string& aggregate : reported) EXPECT_EQ(done.count(aggregate), 1u) << aggregate << " at " << at;
    if (HasFailure()) break;
  }
  EXPECT_GT(failures, 40) << "the power failed next to never";
}

}  // namespace
}  // namespace fairlead_test
