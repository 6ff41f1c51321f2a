// The way to the remotes and back, and the remotes: what reaches them, what they apply, and what they say.
#include <algorithm>

#include "fairlead/core/error.h"
#include "tests/simulation/simulation.h"

namespace fairlead_simulation {

using fairlead::Effect;
using fairlead::ErrorKind;
using fairlead::MakeError;
using Phase = Worker::Phase;
// The simulation's own Outcome is the result of a seed.
using RemoteOutcome = fairlead::Outcome;

Copy Simulation::CopyOf(Worker& worker) {
  const fairlead::Intent& job = worker.jobs.back();
  Copy copy;
  copy.operation = by_intent_.at(job.id);
  copy.key = options_.mutant == Mutant::kRandomKey ? std::to_string(random_.Next()) : job.key.ToUuid();
  copy.reference = job.reference.empty() ? copy.key : job.reference;
  copy.worker = worker.index;
  copy.token = worker.token;
  return copy;
}

int Simulation::SendCopy(Worker& worker, Nanos delay, bool answer_lost, int original) {
  Copy copy = CopyOf(worker);
  copy.answer_lost = answer_lost;
  copy.original = original;
  copies_.push_back(std::move(copy));
  const int index = static_cast<int>(copies_.size()) - 1;
  At(delay, Kind::kArrive, index);
  return index;
}

// One attempt. Copies die within D_max of their first byte; a remote that protects itself may get any of them twice,
// one that does not gets twice only what a transport sends twice.
void Simulation::Transmit(Worker& worker) {
  const fairlead::Intent& job = worker.jobs.back();
  const std::string who = "w" + std::to_string(worker.index);
  Operation& operation = operations_[static_cast<std::size_t>(by_intent_.at(job.id))];
  worker.token = next_token_++;
  worker.permit = worker.ledger->Permit(job);
  const auto ended = [&](ErrorKind kind, RemoteOutcome outcome, std::string_view what) {
    if (tracing()) Say(who, Name(operation) + ": " + std::string(what));
    worker.answer = MakeError(kind, outcome, what);
    GoOn(worker, Phase::kAnswered);
  };
  if (Strikes(Fault::kConnectFails)) return ended(ErrorKind::kTransient, RemoteOutcome::kNotSent, "cannot connect");
  if (!worker.permit->AllowSend()) {
    return ended(ErrorKind::kTransient, RemoteOutcome::kNotSent, "the last check refuses to send");
  }
  ++outcome_.sends;
  if (tracing()) Say(who, "sends " + Name(operation) + ", attempt " + std::to_string(job.attempts));
  const Nanos soon = random_.Between(5ms, 300ms);
  const Nanos late = random_.Between(0s, job.settle);
  if (Strikes(Fault::kConnectionDies)) {
    if (random_.Chance(0.5)) SendCopy(worker, soon, true);
    if (!worker.permit->AllowSend()) {
      return ended(ErrorKind::kUnknownOutcome, RemoteOutcome::kUnknown, "the connection died without an answer");
    }
    if (tracing()) Say(who, "the transport sends " + Name(operation) + " again");
    SendCopy(worker, random_.Between(5ms, 300ms), false);
  } else if (Strikes(Fault::kRequestLost)) {
    if (tracing()) Say("network", "loses the request of " + Name(operation));
  } else if (Strikes(Fault::kLate)) {
    SendCopy(worker, late, false);
  } else {
    const bool lost = Strikes(Fault::kAnswerLost);
    const bool safe = job.effect == Effect::kNativeKey || job.effect == Effect::kConditional ||
                      (job.effect == Effect::kAbsolute && lost);
    const bool copied = safe && Strikes(Fault::kCopied);
    // A proxy that sent it again hands on what it heard last: that it is there already.
    const bool second_answers =
        copied && !lost && job.effect == Effect::kConditional && !operation.edit && random_.Chance(0.5);
    const int original = SendCopy(worker, soon, lost || second_answers);
    if (second_answers) {
      SendCopy(worker, soon + random_.Between(1ms, 500ms), false, original);
    } else if (copied) {
      SendCopy(worker, std::max(soon, late), true, original);
    }
  }
  worker.phase = Phase::kWaiting;
  At(job.timeout, Kind::kTimeout, worker.index, worker.token);
}

void Simulation::SendLook(Worker& worker) {
  worker.token = next_token_++;
  if (!Strikes(Fault::kLookFails)) {
    Copy copy = CopyOf(worker);
    copy.look = true;
    copy.answer_lost = false;
    copies_.push_back(std::move(copy));
    At(random_.Between(5ms, 300ms), Kind::kArrive, static_cast<int>(copies_.size()) - 1);
  }
  worker.phase = Phase::kWaiting;
  At(worker.jobs.back().timeout, Kind::kTimeout, worker.index, worker.token);
}

void Simulation::Arrive(Copy& copy) {
  if (!copy.look) {
    if (copy.original >= 0 && copies_[static_cast<std::size_t>(copy.original)].refused) return;
    absl::Status status = Apply(copy);
    copy.refused = !status.ok() && fairlead::OutcomeOf(status) == RemoteOutcome::kRejected;
    return Answer(copy, std::move(status));
  }
  Worker& worker = *workers_[static_cast<std::size_t>(copy.worker)];
  if (worker.phase != Phase::kWaiting || worker.token != copy.token) return;
  worker.found = Look(copy);
  if (tracing()) {
    static constexpr std::array<std::string_view, 5> kWords = {"", "found", "absent", "inconclusive", "several"};
    Say("remote", "look for " + Name(operations_[static_cast<std::size_t>(copy.operation)]) + ": " +
                      std::string(kWords[static_cast<std::size_t>(worker.found->kind)]));
  }
  GoOn(worker, Phase::kAnswered);
}

fairlead::Verification Simulation::Look(const Copy& copy) {
  using Kind = fairlead::Verification::Kind;
  const Operation& operation = operations_[static_cast<std::size_t>(copy.operation)];
  if (operation.effect == Effect::kAbsolute) {
    const auto value = values_.find(operation.lane);
    const bool there = value != values_.end() && value->second == operation.id;
    return fairlead::Verification(there ? Kind::kFound : Kind::kAbsent);
  }
  const auto records = references_.find(copy.reference);
  if (records == references_.end()) return fairlead::Verification(Kind::kAbsent);
  return fairlead::Verification(records->second == 1 ? Kind::kFound : Kind::kSeveral);
}

void Simulation::TakeEffect(Operation& operation, const Copy& copy) {
  if (operation.effects == 0) operation.first_effect = clock_.now;
  ++operation.effects;
  ++references_[copy.reference];
  if (tracing()) Say("remote", Name(operation) + " takes effect, number " + std::to_string(operation.effects));
}

absl::Status Simulation::Apply(const Copy& copy) {
  Operation& operation = operations_[static_cast<std::size_t>(copy.operation)];
  const auto refuse = [](ErrorKind kind, std::string_view what) {
    return MakeError(kind, RemoteOutcome::kRejected, what);
  };
  // A second copy of what was accepted meets the record, not another trouble.
  const bool first = copy.original < 0;
  if (first && Strikes(Fault::kUnavailable)) return refuse(ErrorKind::kTransient, "503");
  if (first && Strikes(Fault::kThrottled)) {
    fairlead::ErrorDetail detail;
    detail.kind = ErrorKind::kRateLimited;
    detail.outcome = RemoteOutcome::kRejected;
    detail.retry_after = std::chrono::duration_cast<std::chrono::milliseconds>(random_.Between(1s, 2min));
    return MakeError(absl::StatusCode::kResourceExhausted, "429", detail);
  }
  if (first && Strikes(Fault::kAuth)) return refuse(ErrorKind::kAuth, "401");
  if (operation.poison || (first && Strikes(Fault::kRefused))) return refuse(ErrorKind::kValidation, "422");
  const bool gateway = first && Strikes(Fault::kGateway);
  const absl::Status lost = MakeError(ErrorKind::kTransient, RemoteOutcome::kUnknown, "504");
  if (gateway && random_.Chance(0.5)) return lost;
  switch (operation.effect) {
    case Effect::kRead:
      break;
    case Effect::kNativeKey: {
      Nanos retention = operation.request.retention;
      if (options_.mutant == Mutant::kPastRetention) retention /= 1000;
      const auto known = keys_.find({copy.key, operation.id});
      if (known != keys_.end() && clock_.now < known->second + retention) break;
      keys_[{copy.key, operation.id}] = clock_.now;
      TakeEffect(operation, copy);
      break;
    }
    case Effect::kConditional:
      if (operation.edit) {
        if (operation.effects == 0 && Strikes(Fault::kForeignWriter)) operation.foreign = true;
        if (operation.foreign || operation.effects > 0) return refuse(ErrorKind::kConflict, "412");
      } else if (references_.count(copy.reference) != 0) {
        return refuse(ErrorKind::kDuplicate, "409");
      }
      TakeEffect(operation, copy);
      break;
    case Effect::kAbsolute:
      TakeEffect(operation, copy);
      values_[operation.lane] = operation.id;
      break;
    case Effect::kLookup:
    case Effect::kBlind:
      TakeEffect(operation, copy);
      break;
  }
  return gateway ? lost : absl::OkStatus();
}

void Simulation::Answer(const Copy& copy, absl::Status status) {
  Worker& worker = *workers_[static_cast<std::size_t>(copy.worker)];
  const bool waited_for = !copy.answer_lost && worker.phase == Phase::kWaiting && worker.token == copy.token;
  if (tracing()) {
    Say("remote", Name(operations_[static_cast<std::size_t>(copy.operation)]) + " -> " +
                      (status.ok() ? "200" : std::string(status.message())) + (waited_for ? "" : ", heard by nobody"));
  }
  if (!waited_for) return;
  worker.answer = std::move(status);
  GoOn(worker, Phase::kAnswered);
}

}  // namespace fairlead_simulation
