// "Has this been asked for before?" is answered from memory for new intents and from a table for the rest. Whatever
// happens between the two, the answer must be right: a wrong "no" is a second effect.
#include "fairlead/idempotency/ledger.h"
#include "fairlead/store_sqlite/sqlite_store.h"
#include "tests/store_sqlite/scratch.h"

namespace fairlead_test {
namespace {

using fairlead::Enqueued;
using fairlead::IntentRequest;
using fairlead::Ledger;
using fairlead::Transaction;

constexpr int kMany = 9000;  // More than memory keeps.

class PurposeIndexTest : public Scratch {
 protected:
  PurposeIndexTest() { Open(); }
  void Open() {
    ledger_.reset();
    store_.reset();
    auto store = fairlead::OpenSqlite(path_);
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
    ledger_ = std::make_unique<Ledger>(*store_);
  }
  static IntentRequest Request(int order, const std::string& purpose = "create") {
    IntentRequest request(fairlead::Effect::kLookup);
    request.connector = "erp";
    request.operation = "erp.order.create";
    request.aggregate = "order/" + std::to_string(order);
    request.purpose = purpose;
    return request;
  }
  void EnqueueMany() {
    ASSERT_TRUE(store_
                    ->Write([&](Transaction& tx) -> absl::Status {
                      for (int i = 0; i < kMany; ++i) {
                        auto enqueued = ledger_->Enqueue(tx, Request(i));
                        if (!enqueued.ok()) return enqueued.status();
                        if (enqueued->existed) return absl::AlreadyExistsError(std::to_string(i));
                      }
                      return absl::OkStatus();
                    })
                    .ok());
  }
  /// How many of the many are known, and whether a new purpose gets the second number.
  void ExpectAllKnown() {
    int known = 0;
    auto tx = *store_->Begin();
    for (int i = 0; i < kMany; ++i) known += ledger_->Enqueue(*tx, Request(i))->existed ? 1 : 0;
    tx->Rollback();
    EXPECT_EQ(known, kMany);
    auto edit = ledger_->Enqueue(Request(7, "edit"));
    ASSERT_TRUE(edit.ok());
    EXPECT_EQ((*ledger_->Find(edit->id))->parts.intent_seq, 2);
  }

  std::unique_ptr<fairlead::Store> store_;
  std::unique_ptr<Ledger> ledger_;
};

TEST_F(PurposeIndexTest, KnowsWhatWasFlushedAndWhatIsRecent) {
  EnqueueMany();
  ASSERT_TRUE(ledger_->Enqueue(Request(kMany)).ok());
  EXPECT_TRUE(ledger_->Enqueue(Request(kMany))->existed);
  ExpectAllKnown();
}

TEST_F(PurposeIndexTest, KnowsItAllAfterARestart) {
  EnqueueMany();
  ASSERT_TRUE(ledger_->Enqueue(Request(kMany)).ok());
  Open();
  EXPECT_TRUE(ledger_->Enqueue(Request(kMany))->existed);
  ExpectAllKnown();
}

TEST_F(PurposeIndexTest, WhatWasRolledBackWasNeverAskedFor) {
  {
    auto tx = *store_->Begin();
    ASSERT_TRUE(ledger_->Enqueue(*tx, Request(1)).ok());
    EXPECT_TRUE(ledger_->Enqueue(*tx, Request(1))->existed);
  }
  auto again = ledger_->Enqueue(Request(1));
  EXPECT_FALSE(again->existed);
  EXPECT_EQ((*ledger_->Find(again->id))->parts.intent_seq, 1) << "the same key as if nothing had been";
}

TEST_F(PurposeIndexTest, AnUndoneSavepointForgetsItsOwnAlone) {
  auto tx = *store_->Begin();
  ASSERT_TRUE(ledger_->Enqueue(*tx, Request(1)).ok());
  EXPECT_FALSE(tx->Savepoint([&]() -> absl::Status {
                   EXPECT_TRUE(ledger_->Enqueue(*tx, Request(2)).ok());
                   EXPECT_TRUE(tx->Savepoint([&] { return ledger_->Enqueue(*tx, Request(3)).status(); }).ok());
                   return absl::AbortedError("poison");
                 }).ok());
  EXPECT_TRUE(ledger_->Enqueue(*tx, Request(1))->existed);
  EXPECT_FALSE(ledger_->Enqueue(*tx, Request(2))->existed);
  ASSERT_TRUE(tx->Commit().ok());
  EXPECT_TRUE(ledger_->Enqueue(Request(2))->existed);
  EXPECT_FALSE(ledger_->Enqueue(Request(3))->existed) << "the inner savepoint went with the outer one";
}

TEST_F(PurposeIndexTest, ARollbackAfterAPurgeRestoresWhatWasFlushed) {
  EXPECT_TRUE(ledger_->Enqueue(Request(1)).ok());
  {
    auto tx = *store_->Begin();
    ASSERT_TRUE(ledger_->Enqueue(*tx, Request(2)).ok());
    ASSERT_TRUE(tx->PurgeIntents({}, {}, {}, 10).ok());  // Writes memory to the table, which is then undone.
  }
  EXPECT_TRUE(ledger_->Enqueue(Request(1))->existed);
  EXPECT_FALSE(ledger_->Enqueue(Request(2))->existed);
  Open();
  EXPECT_TRUE(ledger_->Enqueue(Request(1))->existed);
  EXPECT_TRUE(ledger_->Enqueue(Request(2))->existed);
}

TEST_F(PurposeIndexTest, AReaderSeesWhatOnlyTheWritersMemoryHas) {
  ASSERT_TRUE(ledger_->Enqueue(Request(1)).ok());
  fairlead::SqliteOptions look;
  look.read_only = true;
  auto second = fairlead::OpenSqlite(path_, look);
  ASSERT_TRUE(second.ok());
  auto view = *(*second)->Read();
  auto found = view->FindPurpose({"", "erp", "", "erp.order.create", "order/1", "create", 0});
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_TRUE(found->existing.has_value());
  EXPECT_EQ(view->FindPurpose({"", "erp", "", "erp.order.create", "order/1", "edit", 0})->next_seq, 2);
}

}  // namespace
}  // namespace fairlead_test
