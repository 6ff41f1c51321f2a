// One seed of a world in which the real ledger works: simulated time, disk, network, remotes, processes and people, and
// an oracle that counts effects. No thread, no real clock: the seed alone decides.
#ifndef FAIRLEAD_TESTS_SIMULATION_SIMULATION_H_
#define FAIRLEAD_TESTS_SIMULATION_SIMULATION_H_

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <queue>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fairlead/core/runtime.h"
#include "fairlead/idempotency/ledger.h"
#include "fairlead/testing/memory_store.h"

namespace fairlead_simulation {

using Nanos = std::chrono::nanoseconds;
using namespace std::chrono_literals;

class Rng final : public fairlead::Random {
 public:
  explicit Rng(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15ULL + 0x632BE59BD9B4E019ULL) {}
  std::uint64_t Next() override;
  /// In [0, n).
  int Below(int n) { return static_cast<int>(Next() % static_cast<std::uint64_t>(n)); }
  bool Chance(double p) { return p > 0 && NextUnit() < p; }
  Nanos Between(Nanos low, Nanos high);

 private:
  std::uint64_t state_;
};

/// What may go wrong. Each seed draws which of these are on and how often they strike.
enum class Fault : std::uint8_t {
  kCrash,             ///< A process dies between two steps; what it had not committed is gone.
  kStall,             ///< A process stands still, often for longer than its lease, and then goes on as if nothing was.
  kConnectFails,      ///< No byte left.
  kRequestLost,       ///< Never arrives; the client times out.
  kAnswerLost,        ///< Applied; the client times out.
  kLate,              ///< Arrives late, within D_max; the client has often given up by then.
  kCopied,            ///< A second copy arrives within D_max.
  kConnectionDies,    ///< A reused connection ends without a byte of answer: transports like to send again.
  kUnavailable,       ///< 503.
  kGateway,           ///< 504: applied or not.
  kThrottled,         ///< 429.
  kRefused,           ///< 422.
  kAuth,              ///< 401.
  kForeignWriter,     ///< Somebody else changed the record first.
  kLookFails,         ///< A look at the remote fails.
  kCommitRefused,     ///< The disk refuses a commit.
  kCommitAnswerLost,  ///< A commit is stored and its answer lost.
  kPowerLost,         ///< Everything dies at once; what was not synced is gone.
  kRedelivered,       ///< The source of events delivers again although it need not.
  kPaused,            ///< A person pauses a connector for a while.
  kRedriven,          ///< A person redrives dead letters.
};
inline constexpr std::size_t kFaults = static_cast<std::size_t>(Fault::kRedriven) + 1;

/// A promise broken on purpose: the simulation must notice each.
enum class Mutant : std::uint8_t {
  kNone,
  kNoIntent,              ///< Sends before SENDING is durable.
  kRandomKey,             ///< Another idempotency key and reference at each attempt.
  kUnfencedAck,           ///< A stale worker's result is written over whatever is there.
  kTransportResend,       ///< The transport may send one attempt again.
  kNoLastCheck,           ///< Bytes leave whatever became of the lease.
  kLocalClock,            ///< Leases by the worker's own clock, 30 s off.
  kIntentNotDurable,      ///< Commits return before they are synced.
  kLookupWithoutWaiting,  ///< Looks while the request may still travel.
  kPastRetention,         ///< Believes in the key for longer than the remote keeps it.
  kAckBeforeCommit,       ///< Acknowledges an event before its intent is committed.
  kConflictIsRefusal,     ///< 409 and 412 are taken for refusals.
  kLaneBroken,            ///< A claim looks at no lane.
  kNoLaneHold,            ///< The next value is written while the one before may still arrive.
  kBlindResent,           ///< A blind write is repeated after a lost answer.
  kFollowUpsApart,        ///< Follow-ups are committed after the completion, not with it.
};
inline constexpr int kMutants = static_cast<int>(Mutant::kFollowUpsApart);
std::string_view MutantName(Mutant mutant);

struct Options {
  std::uint64_t seed = 1;
  Mutant mutant = Mutant::kNone;
  std::ostream* trace = nullptr;  ///< A line for each thing that happens.
};

struct Outcome {
  std::vector<std::string> violations;  ///< Empty: every promise held.
  int operations = 0;
  int done = 0;
  int letters = 0;        ///< Ended DEAD or REJECTED.
  int blind_parked = 0;   ///< Blind ambiguities that went to a person.
  int blind_unknown = 0;  ///< The same as the oracle counts them.
  int sends = 0;
  int crashes = 0;
  int events = 0;
};

Outcome RunSeed(const Options& options);

// --- Inside.

struct Operation {
  int id = 0;
  int lane = 0;
  fairlead::Effect effect = fairlead::Effect::kRead;
  bool edit = false;    ///< kConditional: If-Match instead of a unique id.
  bool poison = false;  ///< The remote refuses it for good.
  int next = -1;        ///< Its follow-up.
  bool root = true;     ///< Comes from the source of events.
  fairlead::IntentRequest request{fairlead::Effect::kRead};
  // The source.
  bool acknowledged = false;
  // The remote.
  int effects = 0;
  Nanos first_effect{0};
  bool foreign = false;
  // The store, as its commits were observed.
  std::int64_t intent = 0;
  fairlead::IntentState state = fairlead::IntentState::kReady;
  fairlead::StoreTime lease_until{};
  int sendings = 0;
  int known = 0;
  int parked = 0;
  bool by_person = false;  ///< A person confirmed, cancelled or redrove it.
};

/// One request under way.
struct Copy {
  int operation = 0;
  std::string key;
  std::string reference;
  bool look = false;
  int worker = 0;
  int token = 0;            ///< The attempt that waits for the answer.
  bool answer_lost = true;  ///< Nobody waits for it.
  int original = -1;        ///< It is a copy of this one, and is refused if that one was.
  bool refused = false;
};

struct Clock final : fairlead::Clock {
  fairlead::SteadyTime SteadyNow() override { return fairlead::SteadyTime(now + skew); }
  fairlead::WallTime WallNow() override { return fairlead::WallTime(std::chrono::hours(24 * 365 * 56) + now); }
  Nanos now{0};
  Nanos skew{0};
};

struct Worker {
  enum class Phase : std::uint8_t { kDead, kIdle, kClaimed, kSendReady, kWaiting, kAnswered };
  int index = 0;
  int generation = 0;  ///< Of the one step that is scheduled.
  Phase phase = Phase::kDead;
  Clock clock;
  std::unique_ptr<fairlead::testing::MemoryStore> store;
  std::unique_ptr<fairlead::Ledger> ledger;
  std::vector<fairlead::Intent> jobs;  ///< Claimed, the last one first.
  bool looking = false;                ///< The job at hand is a look.
  std::unique_ptr<fairlead::SendPermit> permit;
  int token = 0;  ///< Of the request it waits for.
  absl::Status answer;
  std::optional<fairlead::Verification> found;
  Nanos next_sweep{0};
  Nanos wakes_at{-1};  ///< Idle: the step that is scheduled. Negative: none.
};

class Simulation {
 public:
  explicit Simulation(const Options& options);
  Outcome Run();

 private:
  enum class Kind : std::uint8_t {
    kStep,
    kArrive,
    kTimeout,
    kRestart,
    kDeliver,
    kCommitLate,
    kPerson,
    kPower,
    kResume
  };
  struct Event {
    Nanos at;
    std::int64_t order;
    Kind kind;
    int a;
    int b;
    friend bool operator<(const Event& x, const Event& y) { return x.at != y.at ? x.at > y.at : x.order > y.order; }
  };

  // plan.cc
  void Plan();
  void MakeOperation(int lane, bool root, int depth);

  // simulation.cc
  void At(Nanos delay, Kind kind, int a = 0, int b = 0);
  void RunUntilQuiet();
  void Dispatch(const Event& event);
  bool Strikes(Fault fault) { return faults_on_ && random_.Chance(rates_[static_cast<std::size_t>(fault)]); }
  void Say(std::string_view who, const std::string& what);
  bool tracing() const { return options_.trace != nullptr; }
  void Violation(const std::string& what);
  std::string Name(const Operation& operation) const;
  void Observe(const fairlead::testing::IntentChange& change);
  void WakeSomebody();

  // worker.cc
  void Start(Worker& worker);
  void Crash(Worker& worker);
  void Step(Worker& worker);
  /// The one next step of this worker, after `delay`; whatever was scheduled before is void.
  void Schedule(Worker& worker, Nanos delay);
  /// The same within a program: a moment later, or much later if the process stalls.
  void GoOn(Worker& worker, Worker::Phase phase);
  void Poll(Worker& worker);
  void Next(Worker& worker);
  void Sleep(Worker& worker);
  void Mark(Worker& worker);
  void Record(Worker& worker);
  void RecordLook(Worker& worker);
  fairlead::Completion CompletionOf(const Operation& operation) const;
  void Deliver(int operation);
  bool Enqueue(Worker& worker, Operation& operation);

  // network.cc
  void Transmit(Worker& worker);
  int SendCopy(Worker& worker, Nanos delay, bool answer_lost, int original = -1);
  Copy CopyOf(Worker& worker);
  void SendLook(Worker& worker);
  void Arrive(Copy& copy);
  absl::Status Apply(const Copy& copy);
  void TakeEffect(Operation& operation, const Copy& copy);
  void Answer(const Copy& copy, absl::Status status);
  fairlead::Verification Look(const Copy& copy);

  // people.cc
  void PersonActs(bool everything);
  void Resolve(const fairlead::Intent& intent, bool everything);
  void LosePower();

  // checks.cc
  void CheckSettled(bool all_terminal);
  void CheckEnd(Outcome& outcome);
  std::vector<fairlead::Intent> AllIntents();

  const Options options_;
  Rng random_;
  Clock clock_;
  std::array<double, kFaults> rates_{};
  bool faults_on_ = true;
  bool person_acting_ = false;
  bool known_result_ = false;  ///< The commit under way records what the remote said.
  bool wake_ = false;
  std::int64_t order_ = 0;
  std::priority_queue<Event> queue_;
  Nanos deadline_{0};
  fairlead::LedgerOptions ledger_options_;
  fairlead::Runtime runtime_;
  std::unique_ptr<fairlead::testing::MemoryStore> store_;  ///< The console's, whose commits succeed.
  std::unique_ptr<fairlead::Ledger> console_;
  std::vector<Operation> operations_;
  std::map<std::int64_t, int> by_intent_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<Copy> copies_;
  std::map<std::pair<std::string, int>, Nanos> keys_;  ///< What kNativeKey's remote keeps, and since when.
  std::map<std::string, int> references_;              ///< Records at the remote by their reference.
  std::map<int, int> values_;                          ///< kAbsolute: the operation that set the lane's field last.
  std::vector<bool> lane_reordered_;                   ///< A person redrove something that had left its place.
  int next_token_ = 1;
  int pauses_ = 0;
  Outcome outcome_;
};

}  // namespace fairlead_simulation

#endif  // FAIRLEAD_TESTS_SIMULATION_SIMULATION_H_
