// The store's clock goes on across restarts and reboots and never back.
#include <chrono>

#include "fairlead/store_sqlite/sqlite_store.h"
#include "tests/store_sqlite/scratch.h"

namespace fairlead_test {
namespace {

using namespace std::chrono_literals;

class TwoClocks final : public fairlead::Clock {
 public:
  fairlead::SteadyTime SteadyNow() override { return fairlead::SteadyTime(boot); }
  fairlead::WallTime WallNow() override { return fairlead::WallTime(wall); }
  fairlead::SteadyTime BootNow() override { return fairlead::SteadyTime(boot); }
  std::chrono::nanoseconds boot{1h};
  std::chrono::nanoseconds wall{std::chrono::hours(500'000)};
};

class StoreClockTest : public Scratch {
 protected:
  std::unique_ptr<fairlead::Store> Open(const std::string& boot_id) {
    fairlead::SqliteOptions options;
    options.runtime.clock = &clock_;
    fairlead::WorkerIdentity worker;
    worker.boot_id = boot_id;
    worker.instance = ++instance_;
    options.worker = worker;
    auto store = fairlead::OpenSqlite(path_, options);
    EXPECT_TRUE(store.ok()) << store.status();
    return store.ok() ? *std::move(store) : nullptr;
  }
  TwoClocks clock_;
  std::uint64_t instance_ = 0;
};

TEST_F(StoreClockTest, RunsWithTheBootClockWhateverTheWallClockDoes) {
  auto store = Open("boot-1");
  const auto start = store->Now();
  clock_.boot += 10s;
  clock_.wall -= 3h;
  EXPECT_EQ(store->Now() - start, 10s);
}

TEST_F(StoreClockTest, ARestartWithinTheBootGoesOnExactly) {
  const auto start = Open("boot-1")->Now();
  clock_.boot += 90s;
  clock_.wall += 24h;  // Somebody set the date meanwhile.
  EXPECT_EQ(Open("boot-1")->Now() - start, 90s);
}

TEST_F(StoreClockTest, AfterARebootTimeIsTheWallsUnlessThatWouldBeBack) {
  auto store = Open("boot-1");
  const auto start = store->Now();
  clock_.boot += 2h;
  ASSERT_TRUE(store->Write([](fairlead::Transaction& tx) { return tx.PutCursor("c", "x"); }).ok());
  store.reset();
  clock_.boot = 5s;
  clock_.wall += 3h;
  store = Open("boot-2");
  EXPECT_EQ(store->Now() - start, 3h);
  store.reset();
  clock_.boot = 5s;
  clock_.wall = 0ns;  // The battery of the clock is empty.
  EXPECT_GE(Open("boot-3")->Now() - start, 3h) << "time went back: every lease and settle time would be wrong";
}

TEST_F(StoreClockTest, IsNeverZeroBecauseZeroMeansNotSet) {
  clock_.wall = 0ns;
  EXPECT_GT(Open("boot-1")->Now(), fairlead::StoreTime{});
}

}  // namespace
}  // namespace fairlead_test
