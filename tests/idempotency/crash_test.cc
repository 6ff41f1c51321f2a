// The process under test is killed with SIGKILL at seeded points, among them in the middle of the ledger's own steps,
// and started again until its work is done. The remote's books are a file that only effects are appended to. Nothing
// may be lost, nothing doubled; and with a promise switched off the same runs must show what it was good for.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <random>

#include "src/idempotency/internal/ledger_faults.h"
#include "tests/idempotency/ledger_fixture.h"

namespace fairlead_test {
namespace {

using fairlead::Attempt;
using fairlead::Effect;
using fairlead::ErrorKind;
using fairlead::Findings;
using fairlead::Intent;
using fairlead::IntentState;
using fairlead::Ledger;
using fairlead::MakeError;
using fairlead::Operation;
using fairlead::Outcome;
using fairlead::internal::LedgerFaults;
using fairlead::internal::LedgerTestAccess;

constexpr int kOrders = 8;

/// Kills its own process at a seeded point. The ledger reads the clock many times a step, so points lie everywhere:
/// between two transactions, inside one, before and after the remote applied.
class Doom {
 public:
  explicit Doom(int points) : left_(points) {}
  void Point() {
    if (left_ > 0 && --left_ == 0) kill(getpid(), SIGKILL);
  }

 private:
  int left_;
};

class DoomedClock final : public fairlead::Clock {
 public:
  explicit DoomedClock(Doom& doom) : doom_(doom), real_(*fairlead::Runtime::System().clock) {}
  fairlead::SteadyTime SteadyNow() override { return real_.SteadyNow() + skipped; }
  fairlead::WallTime WallNow() override { return real_.WallNow() + skipped; }
  fairlead::SteadyTime BootNow() override {
    doom_.Point();
    return real_.BootNow() + skipped;
  }
  std::chrono::nanoseconds skipped{0};

 private:
  Doom& doom_;
  fairlead::Clock& real_;
};

/// The remote's books, in a file: they outlive every process.
class Books {
 public:
  explicit Books(std::string path) : path_(std::move(path)) {}

  void Apply(const std::string& reference) const {
    const int file = open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    const std::string line = reference + "\n";
    ASSERT_EQ(write(file, line.data(), line.size()), static_cast<ssize_t>(line.size()));
    close(file);
  }
  std::map<std::string, int> Effects() const {
    std::map<std::string, int> effects;
    std::ifstream file(path_);
    for (std::string line; std::getline(file, line);) ++effects[line];
    return effects;
  }

 private:
  const std::string path_;
};

/// What the network and the remote do to one transmission.
class Remote {
 public:
  Remote(const Books& books, Doom& doom, std::uint64_t seed, DoomedClock& clock, std::function<void()> meanwhile)
      : books_(books), doom_(doom), random_(seed), clock_(clock), meanwhile_(std::move(meanwhile)) {}

  absl::StatusOr<std::string> Post(const Attempt& attempt, bool knows_keys) {
    doom_.Point();
    const unsigned fate = static_cast<unsigned>(random_() % 100);
    if (fate < 12) {
      // The worker stalls past its lease while another one takes the intent over and finishes it.
      clock_.skipped += std::chrono::minutes(5);
      meanwhile_();
    }
    if (!attempt.AllowSend()) return MakeError(ErrorKind::kTransient, Outcome::kNotSent, "the guard said no");
    if (fate >= 12 && fate < 24) return MakeError(ErrorKind::kTransient, Outcome::kRejected, "503");
    if (fate >= 24 && fate < 34) return absl::UnknownError("the request was lost");
    Land(attempt, knows_keys);
    doom_.Point();
    if (fate >= 34 && fate < 46) return absl::UnknownError("the answer was lost");
    if (fate >= 46 && fate < 58) {
      // The connection died without an answer: the transport transmits again by itself, if it may.
      if (!attempt.AllowSend()) return MakeError(ErrorKind::kUnknownOutcome, Outcome::kUnknown, "dropped");
      Land(attempt, knows_keys);
    }
    doom_.Point();
    return "id of " + attempt.reference;
  }

  absl::StatusOr<Findings> Find(const Attempt& attempt) {
    doom_.Point();
    const auto effects = books_.Effects();
    const auto found = effects.find(attempt.reference);
    if (random_() % 10 == 0) return absl::UnavailableError("cannot look now");
    if (found == effects.end()) return Findings(std::nullopt);
    return Findings("id of " + attempt.reference);
  }

 private:
  void Land(const Attempt& attempt, bool knows_keys) {
    if (knows_keys && books_.Effects().count(attempt.reference) != 0) return;
    books_.Apply(attempt.reference);
  }

  const Books& books_;
  Doom& doom_;
  std::mt19937_64 random_;
  DoomedClock& clock_;
  std::function<void()> meanwhile_;
};

/// One life of the process: 0 if everything is finished, not 0 or a signal if not.
int Live(const std::string& folder, std::uint64_t seed, int life, const LedgerFaults& faults) {
  std::mt19937_64 random(seed * 1000 + static_cast<std::uint64_t>(life));
  // The tenth life is spared, so that every run ends.
  Doom doom(life < 10 ? static_cast<int>(random() % 400) + 1 : 0);
  DoomedClock clock(doom);
  const Books books(folder + "/books");
  fairlead::SqliteOptions options;
  CountingRandom chance;
  options.runtime.clock = &clock;
  options.runtime.random = &chance;
  auto store = fairlead::OpenSqlite(folder + "/ledger.db", options);
  if (!store.ok()) return 2;
  fairlead::LedgerOptions patient;
  patient.max_crashes = 100;
  patient.max_verifications = 100;
  patient.retry.durable_ladder.assign(20, std::chrono::minutes(20));
  Ledger first(**store, patient);
  Ledger second(**store, patient);
  int depth = 0;
  Remote remote(books, doom, random(), clock, [&] {
    if (depth > 0) return;
    ++depth;
    second.ReleaseAbandoned().IgnoreError();
    for (int i = 0; i < 3; ++i) {
      clock.skipped += std::chrono::minutes(3);
      second.Drain().IgnoreError();
    }
    --depth;
  });
  for (Ledger* ledger : {&first, &second}) {
    LedgerTestAccess::SetFaults(*ledger, faults);
    ledger->Register(Operation::Lookup(
        "erp.order.create", [&](const Attempt& attempt) { return remote.Post(attempt, false); },
        [&](const Attempt& attempt) { return remote.Find(attempt); }, std::chrono::seconds(1)));
    ledger->Register(Operation::NativeKey(
        "pay.capture", [&](const Attempt& attempt) { return remote.Post(attempt, true); },
        std::chrono::hours(24 * 365)));
    ledger->Register(
        Operation::Blind("mail.send", [&](const Attempt& attempt) { return remote.Post(attempt, false); }));
  }
  if (!first.Recover().ok()) return 3;
  for (int round = 0; round < 60; ++round) {
    bool finished = true;
    for (int order = 0; order < kOrders; ++order) {
      const std::string aggregate = "order/" + std::to_string(order);
      for (const char* operation : {"erp.order.create", "pay.capture", "mail.send"}) {
        auto receipt = first.Run(operation, {aggregate, "create", "body"});
        if (receipt.ok()) continue;
        const auto detail = fairlead::GetErrorDetail(receipt.status());
        const bool with_a_person = detail.has_value() && (detail->stopped_because == fairlead::reason::kUnknownEffect ||
                                                          detail->stopped_because == fairlead::reason::kExhausted);
        finished = finished && with_a_person;
      }
    }
    if (finished) return (*store)->Close().ok() ? 0 : 4;
    clock.skipped += std::chrono::minutes(30);
    first.ReleaseAbandoned().IgnoreError();
    first.Drain().IgnoreError();
  }
  return 5;
}

struct Verdict {
  int kills = 0;
  int lost = 0;
  int doubled = 0;
  int false_done = 0;
  int with_a_person = 0;
};

Verdict LiveUntilDone(std::uint64_t seed, const LedgerFaults& faults) {
  Verdict verdict;
  std::string folder = ::testing::TempDir() + "fairlead-crash-XXXXXX";
  EXPECT_NE(mkdtemp(folder.data()), nullptr);
  for (int life = 0; life < 12; ++life) {
    const pid_t child = fork();
    if (child == 0) _exit(Live(folder, seed, life, faults));
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status)) {
      EXPECT_EQ(WTERMSIG(status), SIGKILL) << "seed " << seed;
      ++verdict.kills;
      continue;
    }
    EXPECT_EQ(WEXITSTATUS(status), 0) << "seed " << seed << ", life " << life;
    break;
  }
  // Counted on the remote's side, held against the ledger's own claims.
  const auto effects = Books(folder + "/books").Effects();
  for (const auto& [reference, n] : effects) verdict.doubled += n - 1;
  fairlead::SqliteOptions look;
  look.read_only = true;
  auto store = fairlead::OpenSqlite(folder + "/ledger.db", look);
  EXPECT_TRUE(store.ok()) << store.status();
  if (!store.ok()) return verdict;
  auto view = (*store)->Read();
  fairlead::IntentFilter all;
  all.limit = 1000;
  auto intents = (*view)->ListIntents(all);
  EXPECT_TRUE(intents.ok());
  EXPECT_EQ(intents->size(), 3u * kOrders);
  for (const Intent& intent : *intents) {
    const bool there = effects.count(intent.Reference()) != 0;
    if (intent.state == IntentState::kDone) {
      verdict.false_done += there ? 0 : 1;
    } else if (intent.state == IntentState::kParked || intent.state == IntentState::kDead) {
      // Shown to a person with its reason: not lost. Only a blind write may need one because its answer was.
      ++verdict.with_a_person;
      EXPECT_TRUE(intent.effect == Effect::kBlind || intent.reason == fairlead::reason::kExhausted)
          << "seed " << seed << ": " << intent.parts.operation << " " << intent.reason;
    } else {
      ++verdict.lost;
      ADD_FAILURE() << "seed " << seed << ": " << intent.parts.operation << " is " << IntentStateName(intent.state)
                    << " (" << intent.reason << ") after " << intent.attempts << " attempts: " << intent.error;
    }
  }
  view->reset();
  store->reset();
  for (const char* name : {"/books", "/ledger.db", "/ledger.db-wal", "/ledger.db-shm", "/ledger.db-writer"}) {
    unlink((folder + name).c_str());
  }
  rmdir(folder.c_str());
  return verdict;
}

Verdict Total(int seeds, const LedgerFaults& faults) {
  Verdict total;
  for (int seed = 1; seed <= seeds; ++seed) {
    const Verdict one = LiveUntilDone(static_cast<std::uint64_t>(seed), faults);
    total.kills += one.kills;
    total.lost += one.lost;
    total.doubled += one.doubled;
    total.false_done += one.false_done;
    total.with_a_person += one.with_a_person;
  }
  return total;
}

TEST(Crash, KilledAnywhereNothingIsLostAndNothingDoubled) {
  const Verdict total = Total(12, {});
  EXPECT_EQ(total.lost, 0);
  EXPECT_EQ(total.doubled, 0);
  EXPECT_EQ(total.false_done, 0);
  EXPECT_GE(total.kills, 24) << "the test killed next to nobody";
  EXPECT_GT(total.with_a_person, 0) << "no blind write ever lost its answer: the network is too kind";
}

TEST(Crash, WithoutTheSendBudgetEffectsAreDoubled) {
  LedgerFaults faults;
  faults.no_send_budget = true;
  EXPECT_GT(Total(2, faults).doubled, 0);
}

TEST(Crash, WithoutTheFenceEffectsAreDoubled) {
  LedgerFaults faults;
  faults.no_fence = true;
  EXPECT_GT(Total(4, faults).doubled, 0);
}

}  // namespace
}  // namespace fairlead_test
