#include "src/store/internal/group_commit.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "tests/store/open_test_store.h"

namespace {

using fairlead::GroupCommitOptions;
using fairlead::LedgerTransaction;
using fairlead::internal::GroupCommitter;

class GroupCommitTest : public ::testing::Test {
 protected:
  GroupCommitTest() : store_(*fairlead_test::OpenTestStore()) {}

  GroupCommitter::BeginFunction CountedBegin() {
    return [this] {
      ++begins_;
      return store_->Begin();
    };
  }
  std::int64_t Cursors(int threads, int each) {
    std::int64_t found = 0;
    auto view = store_->Read();
    for (int t = 0; t < threads; ++t) {
      for (int i = 0; i < each; ++i) {
        found += (*view)->GetCursor(std::to_string(t) + "/" + std::to_string(i))->has_value() ? 1 : 0;
      }
    }
    return found;
  }

  std::unique_ptr<fairlead::Store> store_;
  std::atomic<int> begins_{0};
};

TEST_F(GroupCommitTest, ManyProducersShareCommitsAndLoseNothing) {
  constexpr int kThreads = 16;
  // The first commit waits until all have come, as a slow disk would make it: the others then go together.
  std::atomic<int> arrived{0};
  GroupCommitter group(GroupCommitOptions{}, [&] {
    if (begins_++ == 0) {
      while (arrived.load() < kThreads) std::this_thread::yield();
    }
    return store_->Begin();
  });
  std::atomic<int> failed{0};
  std::vector<std::thread> producers;
  for (int t = 0; t < kThreads; ++t) {
    producers.emplace_back([&, t] {
      ++arrived;
      const absl::Status status =
          group.Run([&](LedgerTransaction& tx) { return tx.full().PutCursor(std::to_string(t) + "/0", "x"); });
      if (!status.ok()) ++failed;
    });
  }
  for (std::thread& producer : producers) producer.join();
  EXPECT_EQ(failed.load(), 0);
  EXPECT_EQ(Cursors(kThreads, 1), kThreads);
  EXPECT_LT(begins_.load(), kThreads) << "no two works ever shared a commit";
}

TEST_F(GroupCommitTest, AFailingWorkIsUndoneAloneAndHearsItsOwnError) {
  constexpr int kThreads = 6;
  constexpr int kEach = 40;
  GroupCommitter group(GroupCommitOptions{}, CountedBegin());
  std::atomic<int> wrong{0};
  std::vector<std::thread> producers;
  for (int t = 0; t < kThreads; ++t) {
    producers.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        const bool fails = (t + i) % 3 == 0;
        const absl::Status status = group.Run([&](LedgerTransaction& tx) -> absl::Status {
          const absl::Status put = tx.full().PutCursor(std::to_string(t) + "/" + std::to_string(i), "x");
          if (!put.ok()) return put;
          return fails ? absl::AbortedError("poison") : absl::OkStatus();
        });
        if (fails != (status.code() == absl::StatusCode::kAborted) || fails == status.ok()) ++wrong;
      }
    });
  }
  for (std::thread& producer : producers) producer.join();
  EXPECT_EQ(wrong.load(), 0);
  EXPECT_EQ(Cursors(kThreads, kEach), kThreads * kEach * 2 / 3);
}

TEST_F(GroupCommitTest, EverybodyHearsThatTheStoreIsClosed) {
  GroupCommitter group(GroupCommitOptions{}, CountedBegin());
  ASSERT_TRUE(store_->Close().ok());
  EXPECT_FALSE(group.Run([](LedgerTransaction&) { return absl::OkStatus(); }).ok());
}

TEST_F(GroupCommitTest, WithinATransactionOfOnesOwnItIsRefusedInsteadOfWaitingForEver) {
  auto tx = store_->Begin();
  ASSERT_TRUE(tx.ok());
  EXPECT_EQ(store_->GroupCommit([](LedgerTransaction&) { return absl::OkStatus(); }).code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(store_->Begin().status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(store_->Close().code(), absl::StatusCode::kFailedPrecondition);
  ASSERT_TRUE((*tx)->Commit().ok());
  EXPECT_TRUE(store_->GroupCommit([](LedgerTransaction&) { return absl::OkStatus(); }).ok());
}

TEST(GroupCommitOptionsTest, AreChecked) {
  GroupCommitOptions options;
  EXPECT_TRUE(options.Validate().ok());
  options.max_works = 0;
  EXPECT_FALSE(options.Validate().ok());
  options = {};
  options.max_delay = std::chrono::seconds(5);
  EXPECT_FALSE(options.Validate().ok());
}

}  // namespace
