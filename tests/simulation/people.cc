// A person at times: pauses, resumes, and settles what the ledger parked, after looking at the remote; and the mains.
#include "tests/simulation/simulation.h"

namespace fairlead_simulation {

using fairlead::IntentState;

std::vector<fairlead::Intent> Simulation::AllIntents() {
  fairlead::IntentFilter filter;
  filter.limit = 10'000;
  const auto tx = store_->Read();
  if (!tx.ok()) return {};
  auto intents = (*tx)->ListIntents(filter);
  return intents.ok() ? *std::move(intents) : std::vector<fairlead::Intent>{};
}

void Simulation::PersonActs(bool everything) {
  if (tracing()) Say("ann", "looks after things");
  person_acting_ = true;
  if (!everything && Strikes(Fault::kPaused)) {
    const int which = random_.Below(2);
    if (tracing()) Say("ann", which == 0 ? "pauses erp" : "pauses shop");
    if (console_->PauseScope(which == 0 ? "connector:erp" : "connector:shop", {"ann", "something is odd"}).ok()) {
      At(random_.Between(1min, 20min), Kind::kResume, which);
    }
  }
  for (const fairlead::Intent& intent : AllIntents()) Resolve(intent, everything);
  person_acting_ = false;
}

void Simulation::Resolve(const fairlead::Intent& intent, bool everything) {
  Operation& operation = operations_[static_cast<std::size_t>(by_intent_.at(intent.id))];
  const fairlead::HumanAct act{"ann", "looked at the remote"};
  absl::Status status;
  if (intent.state == IntentState::kDead || intent.state == IntentState::kRejected) {
    // Only where it is certain that nothing happened; it has left its place in the lane.
    if (everything || operation.effects > 0 || intent.ambiguous_at != fairlead::StoreTime{} ||
        !Strikes(Fault::kRedriven)) {
      return;
    }
    lane_reordered_[static_cast<std::size_t>(operation.lane)] = true;
    status = console_->Redrive(intent.id, act);
  } else if (intent.state == IntentState::kParked) {
    // A person, too, sees only what has arrived.
    if (intent.sent() && store_->Now() < intent.last_send_at + ledger_options_.lease + intent.timeout + intent.settle) {
      return;
    }
    const bool open = intent.reason == fairlead::reason::kUnknownEffect ||
                      intent.reason == fairlead::reason::kAmbiguousMatch ||
                      intent.ambiguous_at != fairlead::StoreTime{};
    if (open && operation.effects > 0) {
      operation.by_person = true;
      status = console_->Confirm(intent.id, act);
    } else if (random_.Chance(0.7)) {
      status = console_->Redrive(intent.id, act, open);
    } else {
      operation.by_person = true;
      status = console_->Cancel(intent.id, act);
    }
  }
  if (!status.ok()) Violation("a person cannot settle " + Name(operation) + ": " + std::string(status.message()));
}

void Simulation::LosePower() {
  if (tracing()) Say("mains", "the power is gone");
  for (const auto& worker : workers_) {
    if (worker->phase == Worker::Phase::kDead) continue;
    store_->DeclareDead(worker->store->worker());
    Crash(*worker);
  }
  if (!store_->LosePower().ok()) Violation("a transaction was open between two steps");
  for (Operation& operation : operations_) operation.intent = 0;
  for (const fairlead::Intent& intent : AllIntents()) {
    Operation& operation = operations_[static_cast<std::size_t>(std::atoi(intent.body.c_str()))];
    operation.intent = intent.id;
    operation.state = intent.state;
    operation.lease_until = intent.lease_until;
  }
}

}  // namespace fairlead_simulation
