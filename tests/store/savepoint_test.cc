#include <gtest/gtest.h>

#include "fairlead/idempotency/ledger.h"
#include "tests/store/open_test_store.h"

namespace {

using fairlead::Transaction;

class SavepointTest : public ::testing::Test {
 protected:
  SavepointTest() : store_(*fairlead_test::OpenTestStore()) {}
  bool Has(const std::string& cursor) {
    auto view = store_->Read();
    return (*view)->GetCursor(cursor)->has_value();
  }
  std::unique_ptr<fairlead::Store> store_;
};

TEST_F(SavepointTest, APoisonRecordDoesNotStopItsPage) {
  auto tx = *store_->Begin();
  int bad = 0;
  for (int i = 0; i < 5; ++i) {
    const absl::Status status = tx->Savepoint([&]() -> absl::Status {
      const absl::Status put = tx->PutCursor("record/" + std::to_string(i), "x");
      if (!put.ok()) return put;
      return i == 2 ? absl::InvalidArgumentError("poison") : absl::OkStatus();
    });
    bad += status.ok() ? 0 : 1;
  }
  ASSERT_TRUE(tx->Commit().ok());
  EXPECT_EQ(bad, 1);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Has("record/" + std::to_string(i)), i != 2) << i;
}

TEST_F(SavepointTest, SavepointsNest) {
  auto tx = *store_->Begin();
  const absl::Status outer = tx->Savepoint([&]() -> absl::Status {
    const absl::Status put = tx->PutCursor("outer", "x");
    if (!put.ok()) return put;
    const absl::Status inner = tx->Savepoint([&]() -> absl::Status {
      const absl::Status put_inner = tx->PutCursor("inner", "x");
      return put_inner.ok() ? absl::AbortedError("inner") : put_inner;
    });
    EXPECT_EQ(inner.code(), absl::StatusCode::kAborted);
    return absl::OkStatus();
  });
  EXPECT_TRUE(outer.ok());
  ASSERT_TRUE(tx->Commit().ok());
  EXPECT_TRUE(Has("outer"));
  EXPECT_FALSE(Has("inner"));
}

TEST_F(SavepointTest, NamesFirstSeenInAnUndoneRecordAreLearntAgain) {
  // Routes are stored once and referred to by number: an undone first use must not leave the number behind.
  fairlead::Ledger ledger(*store_);
  fairlead::IntentRequest request(fairlead::Effect::kLookup);
  request.connector = "erp";
  request.operation = "erp.order.create";
  request.aggregate = "order/1";
  request.purpose = "create";
  auto tx = *store_->Begin();
  EXPECT_FALSE(tx->Savepoint([&]() -> absl::Status {
                   auto enqueued = ledger.Enqueue(*tx, request);
                   return enqueued.ok() ? absl::AbortedError("undo") : enqueued.status();
                 }).ok());
  ASSERT_TRUE(ledger.Enqueue(*tx, request).ok());
  ASSERT_TRUE(tx->Commit().ok());
  auto claimed = ledger.Claim({});
  ASSERT_TRUE(claimed.ok()) << claimed.status();
  ASSERT_EQ(claimed->size(), 1u);
  EXPECT_EQ(claimed->front().parts.operation, "erp.order.create");
}

TEST_F(SavepointTest, AFinishedTransactionRefusesEverything) {
  auto tx = *store_->Begin();
  ASSERT_TRUE(tx->Commit().ok());
  EXPECT_FALSE(tx->PutCursor("x", "y").ok());
  EXPECT_FALSE(tx->GetCursor("x").ok());
  EXPECT_FALSE(tx->Commit().ok());
  tx->Rollback();
}

TEST_F(SavepointTest, WriteRollsBackOnError) {
  EXPECT_FALSE(store_
                   ->Write([](Transaction& tx) -> absl::Status {
                     const absl::Status put = tx.PutCursor("x", "y");
                     return put.ok() ? absl::AbortedError("no") : put;
                   })
                   .ok());
  EXPECT_FALSE(Has("x"));
  EXPECT_TRUE(store_->Write([](Transaction& tx) { return tx.PutCursor("x", "y"); }).ok());
  EXPECT_TRUE(Has("x"));
}

TEST_F(SavepointTest, ASnapshotRefusesWrites) {
  auto view = *store_->Read();
  EXPECT_EQ(view->PutCursor("x", "y").code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(view->GetCursor("x").ok());
  EXPECT_TRUE(view->Commit().ok());
}

}  // namespace
