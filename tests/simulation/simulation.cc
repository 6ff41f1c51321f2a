#include "tests/simulation/simulation.h"

#include <algorithm>
#include <cstdio>

#include "src/idempotency/internal/ledger_faults.h"
#include "src/testing/internal/memory_data.h"

namespace fairlead_simulation {

using fairlead::IntentState;

namespace {

/// Faults strike for so long, and what is left to do afterwards has so long: a horizon of three days, and looks.
constexpr Nanos kFaultsFor = 40min;
constexpr Nanos kBound = std::chrono::hours(24 * 8);
/// Far above what any seed needs: a run that goes round in circles ends and is reported.
constexpr int kEventLimit = 200'000;

}  // namespace

Outcome RunSeed(const Options& options) { return Simulation(options).Run(); }

Simulation::Simulation(const Options& options) : options_(options), random_(options.seed) {
  clock_.now = std::chrono::hours(10);
  runtime_ = fairlead::Runtime::System();
  runtime_.clock = &clock_;
  runtime_.random = &random_;
  store_ = fairlead::testing::MemoryStore::Open(runtime_);
  store_->Observe([this](const fairlead::testing::IntentChange& change) { Observe(change); });
  store_->SyncEachCommit(options_.mutant != Mutant::kIntentNotDurable);
  fairlead::testing::internal::MemoryStoreFaults store_faults;
  store_faults.lanes_broken = options_.mutant == Mutant::kLaneBroken;
  fairlead::testing::internal::MemoryStoreTestAccess::SetFaults(*store_, store_faults);
  Plan();
  console_ = std::make_unique<fairlead::Ledger>(*store_, ledger_options_);
}

void Simulation::At(Nanos delay, Kind kind, int a, int b) { queue_.push({clock_.now + delay, ++order_, kind, a, b}); }

void Simulation::Say(std::string_view who, const std::string& what) {
  char time[32];
  std::snprintf(time, sizeof time, "%12.3f", std::chrono::duration<double>(clock_.now - 10h).count());
  *options_.trace << time << "  " << who << std::string(who.size() < 10 ? 10 - who.size() : 0, ' ') << what << '\n';
}

std::string Simulation::Name(const Operation& operation) const {
  return "op " + std::to_string(operation.id) + " (" + std::string(EffectName(operation.effect)) + ", lane " +
         std::to_string(operation.lane) + ")";
}

void Simulation::Violation(const std::string& what) {
  if (tracing()) Say("VIOLATION", what);
  outcome_.violations.push_back(what);
}

void Simulation::Observe(const fairlead::testing::IntentChange& change) {
  const fairlead::Intent& intent = *change.now;
  const int id = std::atoi(intent.body.c_str());
  Operation& operation = operations_[static_cast<std::size_t>(id)];
  if (tracing() && (change.from != intent.state || intent.state == IntentState::kReady)) {
    Say("store", Name(operation) + ": " + std::string(change.from ? IntentStateName(*change.from) : "new") + " -> " +
                     std::string(IntentStateName(intent.state)) + " epoch " + std::to_string(intent.epoch) +
                     " attempts " + std::to_string(intent.attempts) + " " + intent.reason);
  }
  if (!change.from.has_value()) {
    operation.intent = intent.id;
    by_intent_[intent.id] = id;
  } else if (IsTerminal(*change.from) && !person_acting_ && *change.from != intent.state) {
    Violation(Name(operation) + " was " + std::string(IntentStateName(*change.from)) + " and was reopened as " +
              std::string(IntentStateName(intent.state)));
  }
  operation.state = intent.state;
  operation.lease_until = intent.lease_until;
  if (change.from == IntentState::kLeased && intent.state == IntentState::kSending) ++operation.sendings;
  if (change.from == IntentState::kSending && known_result_) ++operation.known;
  if (change.from == IntentState::kUnknown && intent.state == IntentState::kParked) ++operation.parked;
  if (IsInFlight(intent.state)) {
    for (const Operation& other : operations_) {
      if (other.id != id && other.lane == operation.lane && other.intent != 0 && IsInFlight(other.state)) {
        Violation(Name(operation) + " and " + Name(other) + " are in flight together");
      }
    }
  }
  wake_ = wake_ || !IsInFlight(intent.state);
}

void Simulation::WakeSomebody() {
  wake_ = false;
  const auto start = static_cast<std::size_t>(random_.Below(static_cast<int>(workers_.size())));
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    Worker& worker = *workers_[(start + i) % workers_.size()];
    if (worker.phase != Worker::Phase::kIdle) continue;
    const Nanos delay = random_.Between(1ms, 50ms);
    if (worker.wakes_at >= Nanos{0} && worker.wakes_at <= clock_.now + delay) return;
    worker.wakes_at = clock_.now + delay;
    Schedule(worker, delay);
    return;
  }
}

void Simulation::Dispatch(const Event& event) {
  const auto worker = [this](int index) -> Worker& { return *workers_[static_cast<std::size_t>(index)]; };
  switch (event.kind) {
    case Kind::kStep:
      if (worker(event.a).generation == event.b) Step(worker(event.a));
      return;
    case Kind::kArrive:
      Arrive(copies_[static_cast<std::size_t>(event.a)]);
      return;
    case Kind::kTimeout: {
      Worker& waiting = worker(event.a);
      if (waiting.phase != Worker::Phase::kWaiting || waiting.token != event.b) return;
      if (tracing()) Say("w" + std::to_string(event.a), "time-out");
      waiting.answer =
          MakeError(fairlead::ErrorKind::kDeadline, fairlead::Outcome::kUnknown, "no answer within the time-out");
      waiting.found.reset();
      GoOn(waiting, Worker::Phase::kAnswered);
      return;
    }
    case Kind::kRestart:
      Start(worker(event.a));
      return;
    case Kind::kDeliver:
      Deliver(event.a);
      return;
    case Kind::kCommitLate:
      if (worker(event.b).phase != Worker::Phase::kDead) {
        (void)Enqueue(worker(event.b), operations_[static_cast<std::size_t>(event.a)]);
      }
      return;
    case Kind::kPerson:
      PersonActs(false);
      return;
    case Kind::kPower:
      LosePower();
      return;
    case Kind::kResume:
      if (console_->Resume(event.a == 0 ? "connector:erp" : "connector:shop", {"ann", "calm again"}).ok()) --pauses_;
      wake_ = true;
      return;
  }
}

void Simulation::RunUntilQuiet() {
  while (!queue_.empty() && outcome_.events < kEventLimit) {
    const Event event = queue_.top();
    if (event.at > deadline_) break;
    queue_.pop();
    clock_.now = event.at;
    for (const auto& worker : workers_) worker->clock.now = clock_.now;
    ++outcome_.events;
    Dispatch(event);
    if (wake_) WakeSomebody();
    if (options_.mutant == Mutant::kIntentNotDurable && random_.Chance(0.05)) store_->Sync();
    if (!outcome_.violations.empty()) return;
  }
  if (outcome_.events >= kEventLimit) Violation("no end in sight");
}

Outcome Simulation::Run() {
  const int processes = 1 + random_.Below(3);
  for (int i = 0; i < processes; ++i) {
    workers_.push_back(std::make_unique<Worker>());
    workers_.back()->index = i;
    if (options_.mutant == Mutant::kLocalClock) workers_.back()->clock.skew = i == 0 ? -30s : i == 1 ? 30s : 0s;
    workers_.back()->clock.now = clock_.now;
    At(Nanos{0}, Kind::kRestart, i);
  }
  for (const Operation& operation : operations_) {
    if (operation.root) At(random_.Between(0s, 10min), Kind::kDeliver, operation.id);
  }
  for (int visit = random_.Below(4); visit > 0; --visit) At(random_.Between(5min, kFaultsFor), Kind::kPerson);
  if (rates_[static_cast<std::size_t>(Fault::kPowerLost)] > 0) {
    for (int times = 1 + random_.Below(2); times > 0; --times) At(random_.Between(1s, 15min), Kind::kPower);
  }
  deadline_ = clock_.now + kFaultsFor;
  RunUntilQuiet();
  if (outcome_.violations.empty()) {
    clock_.now = std::max(clock_.now, deadline_);
    faults_on_ = false;
    if (tracing()) Say("world", "faults stop");
    for (const char* scope : {"connector:erp", "connector:shop"}) {
      (void)console_->Resume(scope, {"ann", "faults are over"});
    }
    deadline_ = clock_.now + kBound;
    wake_ = true;
    WakeSomebody();
    RunUntilQuiet();
  }
  if (outcome_.violations.empty()) CheckSettled(false);
  // Then a person clears the desk, as often as it takes.
  for (int round = 0; round < 40 && outcome_.violations.empty(); ++round) {
    bool parked = false;
    for (const Operation& operation : operations_) parked = parked || operation.state == IntentState::kParked;
    if (!parked) break;
    clock_.now += 10min;
    PersonActs(true);
    deadline_ = clock_.now + kBound;
    WakeSomebody();
    RunUntilQuiet();
  }
  if (outcome_.violations.empty()) CheckSettled(true);
  if (outcome_.violations.empty()) CheckEnd(outcome_);
  return std::move(outcome_);
}

}  // namespace fairlead_simulation
