// The disk of the store in memory fails as it is told, and two processes over it are two.
#include "fairlead/testing/memory_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "fairlead/idempotency/ledger.h"
#include "fairlead/testing/fake_runtime.h"

namespace {

using fairlead::Ledger;
using fairlead::testing::CommitFault;
using fairlead::testing::MemoryStore;
using ::testing::ElementsAre;
using ::testing::SizeIs;
using namespace std::chrono_literals;

fairlead::IntentRequest Request(std::string aggregate) {
  fairlead::IntentRequest request(fairlead::Effect::kLookup);
  request.connector = "erp";
  request.operation = "erp.order.create";
  request.aggregate = std::move(aggregate);
  request.purpose = "create";
  return request;
}

class MemoryStoreTest : public ::testing::Test {
 protected:
  fairlead::testing::FakeRuntime runtime_;
  std::unique_ptr<MemoryStore> store_ = MemoryStore::Open(runtime_.Get());
  Ledger ledger_{*store_};
};

TEST_F(MemoryStoreTest, ARefusedCommitStoresNothingAndALostAnswerStoresEverything) {
  CommitFault next = CommitFault::kRefused;
  store_->FailCommits([&] { return next; });
  EXPECT_EQ(ledger_.Enqueue(Request("order/1")).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE((*ledger_.Find(1)).has_value());
  next = CommitFault::kAnswerLost;
  EXPECT_EQ(ledger_.Enqueue(Request("order/1")).status().code(), absl::StatusCode::kUnavailable);
  next = CommitFault::kNone;
  auto again = ledger_.Enqueue(Request("order/1"));
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again->existed);
}

TEST_F(MemoryStoreTest, LostPowerTakesBackWhatWasNotSyncedAndNothingElse) {
  ASSERT_TRUE(ledger_.Enqueue(Request("order/1")).ok());
  store_->SyncEachCommit(false);
  ASSERT_TRUE(ledger_.Enqueue(Request("order/2")).ok());
  store_->Sync();
  ASSERT_TRUE(ledger_.Enqueue(Request("order/3")).ok());
  ASSERT_THAT(*ledger_.Claim({}), SizeIs(3));
  ASSERT_TRUE(store_->LosePower().ok());
  auto left = ledger_.Claim({});
  ASSERT_TRUE(left.ok());
  ASSERT_THAT(*left, SizeIs(2));
  EXPECT_EQ((*left)[1].parts.aggregate, "order/2");
  EXPECT_EQ((*left)[1].epoch, 1) << "the claim before was lost with the power";
  EXPECT_FALSE(ledger_.Enqueue(Request("order/3"))->existed);
}

TEST_F(MemoryStoreTest, AnotherProcessTakesOverOnlyWhatIsOverOrProvenDead) {
  const auto other_store = store_->Attach(runtime_.Get());
  Ledger other(*other_store);
  ASSERT_TRUE(ledger_.Enqueue(Request("order/1")).ok());
  ASSERT_THAT(*ledger_.Claim({}), SizeIs(1));
  EXPECT_THAT(*other.Claim({}), SizeIs(0));
  EXPECT_EQ(other.ReleaseAbandoned()->released, 0);
  other_store->DeclareDead(store_->worker());
  EXPECT_EQ(other.ReleaseAbandoned()->released, 1);
  ASSERT_THAT(*other.Claim({}), SizeIs(1));
  runtime_.clock.Advance(60s);
  EXPECT_EQ(ledger_.ReleaseAbandoned()->released, 1) << "its lease is over";
}

TEST_F(MemoryStoreTest, TheObserverSeesWhatWasCommittedAndWhereItCameFrom) {
  std::vector<std::string> seen;
  store_->Observe([&](const fairlead::testing::IntentChange& change) {
    seen.push_back(std::string(change.from.has_value() ? IntentStateName(*change.from) : "new") + ">" +
                   std::string(IntentStateName(change.now->state)));
  });
  ASSERT_TRUE(ledger_.Enqueue(Request("order/1")).ok());
  auto claimed = ledger_.Claim({});
  ASSERT_THAT(*claimed, SizeIs(1));
  {
    auto tx = store_->Begin();
    ASSERT_TRUE(tx.ok());
    ASSERT_TRUE(*ledger_.MarkSending(**tx, claimed->front()));
  }
  EXPECT_THAT(seen, ElementsAre("new>ready", "ready>leased"));
}

TEST_F(MemoryStoreTest, OneTransactionAtATime) {
  auto tx = store_->Begin();
  ASSERT_TRUE(tx.ok());
  EXPECT_EQ(store_->Begin().status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(store_->LosePower().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ledger_.Enqueue(Request("order/1")).status().code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
