// Worker processes on one database while connections are killed, the server loses its processes, and workers die. The
// remote's books are a file that only effects are appended to. Nothing may be lost, nothing doubled.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <random>
#include <thread>

#include "fairlead/core/error.h"
#include "fairlead/idempotency/ledger.h"
#include "tests/store_postgres/private_server.h"

namespace fairlead_test {
namespace {

using fairlead::Attempt;
using fairlead::Effect;
using fairlead::ErrorKind;
using fairlead::Findings;
using fairlead::IntentState;
using fairlead::Ledger;
using fairlead::MakeError;
using fairlead::Operation;
using fairlead::Outcome;
using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;

constexpr int kOrders = 160;
constexpr int kLanes = 40;
constexpr std::chrono::seconds kPatience{100};

class Books {
 public:
  explicit Books(std::string path) : path_(std::move(path)) {}
  void Apply(const std::string& line) const {
    const int file = open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    const std::string text = line + "\n";
    EXPECT_EQ(write(file, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    close(file);
  }
  std::vector<std::string> Lines() const {
    std::vector<std::string> lines;
    std::ifstream file(path_);
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
  }
  const std::string& path() const { return path_; }
  bool Has(const std::string& reference) const {
    for (const std::string& line : Lines()) {
      if (line.substr(0, line.find(' ')) == reference) return true;
    }
    return false;
  }

 private:
  const std::string path_;
};

fairlead::LedgerOptions Patient() {
  fairlead::LedgerOptions options;
  options.lease = milliseconds(3'000);
  options.max_crashes = 10'000;
  options.max_verifications = 10'000;
  return options;
}

/// One worker process: works until nothing is left. 0: finished.
int Work(const fairlead::PostgresOptions& options, const Books& books, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto give_up = Steady::now() + kPatience;
  std::unique_ptr<fairlead::Store> store;
  while (store == nullptr) {
    auto opened = fairlead::OpenPostgres(options);
    if (opened.ok()) store = *std::move(opened);
    if (Steady::now() > give_up) return 2;
  }
  Ledger ledger(*store, Patient());
  ledger.Register(Operation::Lookup(
                      "erp.order.create",
                      [&](const Attempt& attempt) -> absl::StatusOr<std::string> {
                        if (!attempt.AllowSend()) return MakeError(ErrorKind::kTransient, Outcome::kNotSent, "no");
                        const auto fate = random() % 100;
                        if (fate < 5) return absl::UnknownError("the request was lost");
                        books.Apply(attempt.reference + " " + attempt.aggregate + " " + attempt.purpose);
                        if (fate < 10) return absl::UnknownError("the answer was lost");
                        return "id of " + attempt.reference;
                      },
                      [&](const Attempt& attempt) -> absl::StatusOr<Findings> {
                        if (books.Has(attempt.reference)) return Findings("id of " + attempt.reference);
                        return Findings(std::nullopt);
                      },
                      milliseconds(300))
                      .Timeout(milliseconds(500)));
  while (Steady::now() < give_up) {
    // Errors of the store are what this is about: go on and try again.
    ledger.ReleaseAbandoned().status().IgnoreError();
    ledger.Drain(20).status().IgnoreError();
    auto view = store->Read();
    if (!view.ok()) continue;
    fairlead::IntentFilter open;
    open.states = {IntentState::kReady, IntentState::kLeased, IntentState::kSending, IntentState::kUnknown,
                   IntentState::kVerifying};
    open.limit = 1;
    auto left = (*view)->ListIntents(open);
    if (left.ok() && left->empty()) return 0;
    if (left.ok()) std::this_thread::sleep_for(milliseconds(5));
  }
  return 3;
}

class WorkersTest : public ::testing::Test {
 protected:
  WorkersTest() : server_(PrivateServer::Get(true)), options_(server_.NewSchema()), books_(NewPath()) {
    options_.lock_timeout = milliseconds(5'000);
    options_.reconnect_for = milliseconds(1'000);
    auto store = fairlead::OpenPostgres(options_);
    EXPECT_TRUE(store.ok()) << store.status();
    Ledger ledger(**store, Patient());
    for (int i = 0; i < kOrders; ++i) {
      fairlead::IntentRequest request(Effect::kLookup);
      request.connector = "erp";
      request.operation = "erp.order.create";
      request.aggregate = "order/" + std::to_string(i % kLanes);
      request.purpose = std::to_string(1000 + i);
      request.timeout = milliseconds(500);
      request.settle = milliseconds(300);
      request.max_attempts = 10'000;
      auto enqueued = ledger.Enqueue(request);
      EXPECT_TRUE(enqueued.ok()) << enqueued.status();
    }
  }
  ~WorkersTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(std::filesystem::path(books_.path()).parent_path(), ignored);
  }
  static std::string NewPath() {
    std::string folder = ::testing::TempDir() + "fairlead-workers-XXXXXX";
    EXPECT_NE(mkdtemp(folder.data()), nullptr);
    return folder + "/books";
  }
  void Start(int workers) {
    for (int i = 0; i < workers; ++i) StartOne();
  }
  void StartOne() {
    const pid_t child = fork();
    if (child == 0) _exit(Work(options_, books_, ++seed_ * 7919));
    ++seed_;
    workers_.push_back(child);
  }
  /// Calls `disturb` until the workers are done.
  void UntilDone(const std::function<void()>& disturb) {
    const auto give_up = Steady::now() + kPatience + std::chrono::seconds(20);
    while (!workers_.empty() && Steady::now() < give_up) {
      disturb();
      for (auto it = workers_.begin(); it != workers_.end();) {
        int status = 0;
        if (waitpid(*it, &status, WNOHANG) == *it) {
          EXPECT_TRUE(WIFEXITED(status)) << status;
          EXPECT_EQ(WEXITSTATUS(status), 0);
          it = workers_.erase(it);
        } else {
          ++it;
        }
      }
    }
    for (const pid_t worker : workers_) {
      ADD_FAILURE() << "a worker did not finish";
      kill(worker, SIGKILL);
      waitpid(worker, nullptr, 0);
    }
  }
  void ExpectEachOnceAndInOrder() {
    std::map<std::string, int> effects;
    std::map<std::string, std::string> last;
    for (const std::string& line : books_.Lines()) {
      const std::size_t first = line.find(' ');
      const std::size_t second = line.find(' ', first + 1);
      const std::string lane = line.substr(first + 1, second - first - 1);
      ++effects[line.substr(0, first)];
      EXPECT_LT(last[lane], line.substr(second + 1)) << "out of order in " << lane;
      last[lane] = line.substr(second + 1);
    }
    EXPECT_EQ(effects.size(), static_cast<std::size_t>(kOrders)) << "lost";
    for (const auto& [reference, n] : effects) EXPECT_EQ(n, 1) << "doubled: " << reference;
    EXPECT_EQ(server_.Sql("SELECT count(*) FROM " + options_.schema + ".outcome WHERE state = 7"),
              std::to_string(kOrders));
    EXPECT_EQ(server_.Sql("SELECT count(*) FROM " + options_.schema + ".queue"), "0");
  }
  int Done() { return std::stoi(server_.Sql("SELECT count(*) FROM " + options_.schema + ".outcome")); }

  PrivateServer& server_;
  fairlead::PostgresOptions options_;
  Books books_;
  std::vector<pid_t> workers_;
  std::uint64_t seed_ = 1;
};

TEST_F(WorkersTest, FourProcessesDoEachOnce) {
  Start(4);
  UntilDone([] { std::this_thread::sleep_for(milliseconds(20)); });
  ExpectEachOnceAndInOrder();
}

TEST_F(WorkersTest, ConnectionsAreKilledInTheMiddleOfEverything) {
  Start(3);
  std::mt19937_64 random(42);
  int kills = 0;
  UntilDone([&] {
    std::this_thread::sleep_for(milliseconds(3 + random() % 25));
    if (kills > 150) return;
    kills += std::stoi(server_.Sql(
        "SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity WHERE application_name = "
        "'fairlead' ORDER BY random() LIMIT 1) x"));
  });
  EXPECT_GE(kills, 20) << "the workers were hardly disturbed";
  ExpectEachOnceAndInOrder();
  RecordProperty("kills", kills);
}

TEST_F(WorkersTest, TheServerLosesItsProcessesAndComesBack) {
  Start(2);
  int crashes = 0;
  UntilDone([&] {
    std::this_thread::sleep_for(milliseconds(10));
    if (crashes < 3 && Done() >= (crashes + 1) * kOrders / 5) {
      ++crashes;
      server_.CrashAndRestart();
    }
  });
  EXPECT_EQ(crashes, 3);
  ExpectEachOnceAndInOrder();
}

TEST_F(WorkersTest, WorkersAreKilledAndOthersTakeOver) {
  Start(3);
  std::mt19937_64 random(7);
  int kills = 0;
  UntilDone([&] {
    std::this_thread::sleep_for(milliseconds(30 + random() % 60));
    if (kills >= 12 || workers_.empty()) return;
    const std::size_t which = random() % workers_.size();
    int status = 0;
    kill(workers_[which], SIGKILL);
    waitpid(workers_[which], &status, 0);
    workers_.erase(workers_.begin() + static_cast<std::ptrdiff_t>(which));
    StartOne();
    ++kills;
  });
  EXPECT_GE(kills, 5);
  ExpectEachOnceAndInOrder();
}

TEST_F(WorkersTest, TheLeasesOfADeadProcessOfThisMachineAreFreeAtOnceAndALivingOnesAreNot) {
  auto store = fairlead::OpenPostgres(options_);
  ASSERT_TRUE(store.ok());
  Ledger ledger(**store);
  fairlead::ClaimOptions one;
  one.limit = 1;
  one.lease = std::chrono::hours(1);
  const auto claim_in_a_child = [&](bool lives) {
    const pid_t child = fork();
    if (child == 0) {
      auto theirs = fairlead::OpenPostgres(options_);
      const bool claimed = theirs.ok() && Ledger(**theirs).Claim(one).ok();
      if (lives) {
        kill(getpid(), SIGSTOP);
      }
      _exit(claimed ? 0 : 1);
    }
    return child;
  };
  int status = 0;
  const pid_t stopped = claim_in_a_child(true);
  ASSERT_EQ(waitpid(stopped, &status, WUNTRACED), stopped);
  ASSERT_TRUE(WIFSTOPPED(status));
  auto report = ledger.ReleaseAbandoned();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->released, 0) << "it stands still and may go on";
  const pid_t dead = claim_in_a_child(false);
  ASSERT_EQ(waitpid(dead, &status, 0), dead);
  ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  report = ledger.ReleaseAbandoned();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->released, 1);
  kill(stopped, SIGKILL);
  ASSERT_EQ(waitpid(stopped, &status, 0), stopped);
  report = ledger.ReleaseAbandoned();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->released, 1);
}

}  // namespace
}  // namespace fairlead_test
