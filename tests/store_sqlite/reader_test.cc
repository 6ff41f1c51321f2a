// Reading beside the writer: from this process and, read-only, from another.
#include <atomic>
#include <thread>

#include "fairlead/idempotency/ledger.h"
#include "fairlead/store_sqlite/sqlite_store.h"
#include "tests/store_sqlite/scratch.h"

namespace fairlead_test {
namespace {

using fairlead::Transaction;

class ReaderTest : public Scratch {
 protected:
  ReaderTest() : store_(*fairlead::OpenSqlite(path_)) {}
  void Put(const std::string& value) {
    ASSERT_TRUE(store_->Write([&](Transaction& tx) { return tx.PutCursor("c", value); }).ok());
  }
  std::unique_ptr<fairlead::Store> store_;
};

TEST_F(ReaderTest, ASnapshotSeesOneMoment) {
  Put("before");
  auto view = store_->Read();
  ASSERT_TRUE(view.ok());
  Put("after");
  EXPECT_EQ(**(*view)->GetCursor("c"), "before");
  EXPECT_EQ(**(*store_->Read())->GetCursor("c"), "after");
  EXPECT_FALSE((*view)->PutCursor("c", "x").ok());
}

TEST_F(ReaderTest, ASnapshotNeverWaitsForTheWriter) {
  Put("before");
  auto tx = store_->Begin();
  ASSERT_TRUE((*tx)->PutCursor("c", "uncommitted").ok());
  EXPECT_EQ(**(*store_->Read())->GetCursor("c"), "before");
}

TEST_F(ReaderTest, AReadOnlyStoreLooksAtALivingOne) {
  Put("one");
  fairlead::SqliteOptions look;
  look.read_only = true;
  auto second = fairlead::OpenSqlite(path_, look);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(**(*(*second)->Read())->GetCursor("c"), "one");
  Put("two");
  EXPECT_EQ(**(*(*second)->Read())->GetCursor("c"), "two");
  EXPECT_EQ((*second)->Begin().status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ((*second)->GroupCommit([](fairlead::LedgerTransaction&) { return absl::OkStatus(); }).code(),
            absl::StatusCode::kFailedPrecondition);
  fairlead::Ledger ledger(**second);
  EXPECT_TRUE(ledger.DeadLetters({}).ok());
  EXPECT_FALSE(ledger.Claim({}).ok());
  EXPECT_LT(std::chrono::abs((*second)->Now() - store_->Now()), std::chrono::seconds(5)) << "one clock for both";
}

TEST_F(ReaderTest, AReadOnlyStoreOfAClosedOneAndOfNone) {
  Put("kept");
  ASSERT_TRUE(store_->Close().ok());
  fairlead::SqliteOptions look;
  look.read_only = true;
  auto second = fairlead::OpenSqlite(path_, look);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(**(*(*second)->Read())->GetCursor("c"), "kept");
  EXPECT_EQ(fairlead::OpenSqlite(folder_ + "/none.db", look).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(ReaderTest, ManyReadersAndProducersAtOnce) {
  Put("0");
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      while (!stop) {
        auto view = store_->Read();
        if (!view.ok()) {
          ++wrong;
          continue;
        }
        auto first = (*view)->GetCursor("c");
        auto again = (*view)->GetCursor("c");
        if (!first.ok() || !again.ok() || **first != **again) ++wrong;
      }
    });
  }
  std::vector<std::thread> producers;
  for (int t = 0; t < 3; ++t) {
    producers.emplace_back([&, t] {
      for (int i = 0; i < 30; ++i) {
        const absl::Status status = store_->GroupCommit(
            [&](fairlead::LedgerTransaction& tx) { return tx.full().PutCursor("c", std::to_string(t * 1000 + i)); });
        if (!status.ok()) ++wrong;
      }
    });
  }
  for (std::thread& producer : producers) producer.join();
  stop = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong.load(), 0);
}

TEST_F(ReaderTest, AfterCloseEverythingIsRefused) {
  ASSERT_TRUE(store_->Close().ok());
  EXPECT_TRUE(store_->Close().ok());
  EXPECT_FALSE(store_->Begin().ok());
  EXPECT_FALSE(store_->Read().ok());
  EXPECT_FALSE(store_->GroupCommit([](fairlead::LedgerTransaction&) { return absl::OkStatus(); }).ok());
}

}  // namespace
}  // namespace fairlead_test
