// Processes that run the ledger as an engine does, and that may die or stand still between any two steps.
#include <algorithm>
#include <utility>

#include "src/idempotency/internal/ledger_faults.h"
#include "tests/simulation/simulation.h"

namespace fairlead_simulation {

using fairlead::IntentState;
using Phase = Worker::Phase;

void Simulation::Schedule(Worker& worker, Nanos delay) {
  ++worker.generation;
  At(delay, Kind::kStep, worker.index, worker.generation);
}

void Simulation::GoOn(Worker& worker, Phase phase) {
  worker.phase = phase;
  Nanos delay = random_.Between(1ms, 50ms);
  if (Strikes(Fault::kStall)) {
    delay = random_.Chance(0.5) ? random_.Between(1s, 60s) : random_.Between(60s, 20min);
    if (tracing()) {
      Say("w" + std::to_string(worker.index),
          "stands still for " + std::to_string(delay.count() / 1'000'000'000) + " s");
    }
  }
  Schedule(worker, delay);
}

void Simulation::Start(Worker& worker) {
  if (worker.phase != Phase::kDead) return;
  fairlead::Runtime runtime = runtime_;
  runtime.clock = &worker.clock;
  worker.store = store_->Attach(runtime);
  worker.store->FailCommits([this] {
    if (Strikes(Fault::kCommitRefused)) return fairlead::testing::CommitFault::kRefused;
    if (Strikes(Fault::kCommitAnswerLost)) return fairlead::testing::CommitFault::kAnswerLost;
    return fairlead::testing::CommitFault::kNone;
  });
  worker.ledger = std::make_unique<fairlead::Ledger>(*worker.store, ledger_options_);
  fairlead::internal::LedgerFaults faults;
  faults.no_fence = options_.mutant == Mutant::kUnfencedAck;
  faults.no_send_budget = options_.mutant == Mutant::kTransportResend;
  faults.no_last_check = options_.mutant == Mutant::kNoLastCheck;
  faults.lookup_without_waiting = options_.mutant == Mutant::kLookupWithoutWaiting;
  faults.conflict_is_refusal = options_.mutant == Mutant::kConflictIsRefusal;
  faults.no_lane_hold = options_.mutant == Mutant::kNoLaneHold;
  faults.blind_resent = options_.mutant == Mutant::kBlindResent;
  fairlead::internal::LedgerTestAccess::SetFaults(*worker.ledger, faults);
  worker.phase = Phase::kIdle;
  worker.next_sweep = Nanos{0};
  worker.jobs.clear();
  worker.wakes_at = clock_.now;
  if (tracing()) Say("w" + std::to_string(worker.index), "starts");
  Schedule(worker, Nanos{0});
}

void Simulation::Crash(Worker& worker) {
  ++outcome_.crashes;
  // A successor on the same machine can prove its predecessor dead; one elsewhere waits for the lease.
  const bool proven = random_.Chance(0.5);
  if (tracing()) Say("w" + std::to_string(worker.index), proven ? "dies, proven dead" : "dies");
  if (proven) store_->DeclareDead(worker.store->worker());
  worker.phase = Phase::kDead;
  ++worker.generation;
  worker.jobs.clear();
  worker.permit.reset();
  worker.ledger.reset();
  worker.store.reset();
  At(random_.Between(100ms, 2min), Kind::kRestart, worker.index);
}

void Simulation::Step(Worker& worker) {
  if (worker.phase == Phase::kDead || worker.phase == Phase::kWaiting) return;
  if (worker.phase != Phase::kIdle && Strikes(Fault::kCrash)) return Crash(worker);
  switch (worker.phase) {
    case Phase::kIdle:
      return Poll(worker);
    case Phase::kClaimed:
      return Mark(worker);
    case Phase::kSendReady:
      return worker.looking ? SendLook(worker) : Transmit(worker);
    case Phase::kAnswered:
      return worker.looking ? RecordLook(worker) : Record(worker);
    default:
      return;
  }
}

void Simulation::Poll(Worker& worker) {
  worker.wakes_at = Nanos{-1};
  if (clock_.now >= worker.next_sweep) {
    worker.next_sweep = clock_.now + 5s;
    (void)worker.ledger->ReleaseAbandoned();
  }
  fairlead::ClaimOptions claim;
  claim.limit = 1;
  auto unknown = worker.ledger->ClaimVerify(claim);
  if (unknown.ok() && !unknown->empty()) {
    worker.jobs = *std::move(unknown);
    worker.looking = true;
    return GoOn(worker, Phase::kSendReady);
  }
  claim.limit = 1 + static_cast<std::size_t>(random_.Below(3));
  auto ready = worker.ledger->Claim(claim);
  if (ready.ok() && !ready->empty()) {
    worker.jobs = *std::move(ready);
    std::reverse(worker.jobs.begin(), worker.jobs.end());
    worker.looking = false;
    return GoOn(worker, options_.mutant == Mutant::kNoIntent ? Phase::kSendReady : Phase::kClaimed);
  }
  Sleep(worker);
}

void Simulation::Next(Worker& worker) {
  worker.permit.reset();
  worker.jobs.pop_back();
  if (worker.jobs.empty()) {
    worker.phase = Phase::kIdle;
    worker.wakes_at = clock_.now;
    return Schedule(worker, random_.Between(1ms, 20ms));
  }
  GoOn(worker, options_.mutant == Mutant::kNoIntent ? Phase::kSendReady : Phase::kClaimed);
}

// Until something is due, or a lease of somebody else is over. Commits wake one sleeper earlier.
void Simulation::Sleep(Worker& worker) {
  std::optional<Nanos> wait;
  const auto consider = [&wait](Nanos delay) {
    if (!wait.has_value() || delay < *wait) wait = delay;
  };
  const auto due = worker.ledger->NextDue();
  if (!due.ok()) {
    consider(1s);
  } else if (due->has_value()) {
    // Due and yet not claimed: paused, at its cap, or the claim's commit failed.
    consider((*due)->count() > 0 ? **due : random_.Between(10s, 60s));
  }
  const fairlead::StoreTime now = worker.store->Now();
  for (const Operation& operation : operations_) {
    const bool held = operation.intent != 0 && IsInFlight(operation.state) && operation.state != IntentState::kUnknown;
    if (held) consider(std::max<Nanos>(operation.lease_until - now, 5s));
  }
  if (!wait.has_value()) return;
  worker.wakes_at = clock_.now + *wait + random_.Between(1ms, 20ms);
  Schedule(worker, worker.wakes_at - clock_.now);
}

void Simulation::Mark(Worker& worker) {
  const auto marked = worker.ledger->MarkSending(worker.jobs.back());
  // After an error nobody knows what was stored: the lease will tell.
  if (!marked.ok() || !*marked) return Next(worker);
  GoOn(worker, Phase::kSendReady);
}

fairlead::Completion Simulation::CompletionOf(const Operation& operation) const {
  fairlead::Completion completion;
  completion.answer = {200, "ok"};
  if (operation.next >= 0 && options_.mutant != Mutant::kFollowUpsApart) {
    completion.follow_ups.push_back(operations_[static_cast<std::size_t>(operation.next)].request);
  }
  return completion;
}

void Simulation::Record(Worker& worker) {
  using fairlead::ErrorKind;
  fairlead::Intent& job = worker.jobs.back();
  Operation& operation = operations_[static_cast<std::size_t>(by_intent_.at(job.id))];
  if (options_.mutant == Mutant::kNoIntent) {
    const auto marked = worker.ledger->MarkSending(job);
    if (!marked.ok() || !*marked) return Next(worker);
  }
  if (worker.answer.ok()) {
    known_result_ = true;
    const auto completed = worker.ledger->Complete(job, CompletionOf(operation));
    known_result_ = false;
    if (options_.mutant == Mutant::kFollowUpsApart && operation.next >= 0 && completed.ok() && *completed) {
      if (Strikes(Fault::kCrash)) return Crash(worker);
      (void)Enqueue(worker, operations_[static_cast<std::size_t>(operation.next)]);
    }
    return Next(worker);
  }
  fairlead::FailureDecision decision =
      DecideFailure(job, worker.answer, worker.store->Now(), ledger_options_.retry, random_.NextUnit());
  const ErrorKind kind = fairlead::KindOf(worker.answer);
  if (options_.mutant == Mutant::kConflictIsRefusal &&
      (kind == ErrorKind::kConflict || kind == ErrorKind::kDuplicate)) {
    decision.kind = fairlead::FailureDecision::Kind::kReject;
  }
  known_result_ = fairlead::OutcomeOf(worker.answer) != fairlead::Outcome::kUnknown;
  (void)worker.ledger->Fail(job, decision);
  known_result_ = false;
  Next(worker);
}

void Simulation::RecordLook(Worker& worker) {
  const fairlead::Intent& job = worker.jobs.back();
  const Operation& operation = operations_[static_cast<std::size_t>(by_intent_.at(job.id))];
  fairlead::Verification found =
      worker.found.value_or(fairlead::Verification(fairlead::Verification::Kind::kInconclusive));
  if (found.kind == fairlead::Verification::Kind::kFound) found.completion = CompletionOf(operation);
  (void)worker.ledger->Verified(job, found);
  Next(worker);
}

bool Simulation::Enqueue(Worker& worker, Operation& operation) {
  const auto enqueued = worker.ledger->Enqueue(operation.request);
  if (tracing()) {
    Say("w" + std::to_string(worker.index),
        "enqueues " + Name(operation) + (enqueued.ok() ? enqueued->existed ? ": known" : "" : ": not committed"));
  }
  return enqueued.ok();
}

// The source delivers until it is told that the event is kept.
void Simulation::Deliver(int id) {
  Operation& operation = operations_[static_cast<std::size_t>(id)];
  std::vector<Worker*> alive;
  for (const auto& worker : workers_) {
    if (worker->phase != Phase::kDead) alive.push_back(worker.get());
  }
  if (alive.empty()) return At(random_.Between(1s, 30s), Kind::kDeliver, id);
  Worker& worker = *alive[static_cast<std::size_t>(random_.Below(static_cast<int>(alive.size())))];
  if (options_.mutant == Mutant::kAckBeforeCommit) {
    operation.acknowledged = true;
    if (Strikes(Fault::kCrash)) return Crash(worker);
    return At(random_.Between(1ms, 20ms), Kind::kCommitLate, id, worker.index);
  }
  if (!Enqueue(worker, operation)) return At(random_.Between(1s, 60s), Kind::kDeliver, id);
  if (Strikes(Fault::kCrash)) {
    Crash(worker);
    return At(random_.Between(1s, 60s), Kind::kDeliver, id);
  }
  operation.acknowledged = true;
  if (Strikes(Fault::kRedelivered)) At(random_.Between(1s, 20min), Kind::kDeliver, id);
}

}  // namespace fairlead_simulation
