// What must be true when the faults are over.
#include <algorithm>
#include <tuple>

#include "tests/simulation/simulation.h"

namespace fairlead_simulation {

using fairlead::Effect;
using fairlead::IntentState;

void Simulation::CheckSettled(bool all_terminal) {
  const auto intents = AllIntents();
  for (const fairlead::Intent& intent : intents) {
    const Operation& operation = operations_[static_cast<std::size_t>(by_intent_.at(intent.id))];
    if (operation.state != intent.state) Violation(Name(operation) + " changed without a commit");
    if (IsTerminal(intent.state)) continue;
    // Behind one that waits for a person, it waits for that person too.
    const bool with_person = std::any_of(intents.begin(), intents.end(), [&](const fairlead::Intent& other) {
      return other.state == IntentState::kParked && other.parts.aggregate == intent.parts.aggregate;
    });
    if (all_terminal || !with_person) {
      Violation(Name(operation) + " is still " + std::string(IntentStateName(intent.state)) +
                " long after the faults stopped");
    }
  }
}

void Simulation::CheckEnd(Outcome& outcome) {
  const auto intents = AllIntents();
  std::map<int, const fairlead::Intent*> rows;
  for (const fairlead::Intent& intent : intents) rows[by_intent_.at(intent.id)] = &intent;
  for (const Operation& operation : operations_) {
    const std::string name = Name(operation);
    const bool missing = rows.count(operation.id) == 0;
    if (operation.root) {
      if (!operation.acknowledged) Violation(name + " was delivered for days and never acknowledged");
      if (missing) Violation("LOST: " + name + " was acknowledged and is not in the ledger");
    }
    if (missing) continue;
    const fairlead::Intent& intent = *rows[operation.id];
    ++outcome.operations;
    if (intent.state == IntentState::kDone) ++outcome.done;
    if (intent.state == IntentState::kDead || intent.state == IntentState::kRejected) ++outcome.letters;
    if (intent.state == IntentState::kDone && !operation.by_person) {
      if (operation.effect != Effect::kRead && operation.effects == 0) Violation("FALSE DONE: " + name);
      if (operation.next >= 0 && rows.count(operation.next) == 0) Violation("LOST: the follow-up of " + name);
    }
    const bool counted = operation.effect != Effect::kAbsolute;
    if (counted && operation.effects > 1) {
      Violation("DUPLICATED: " + name + " took effect " + std::to_string(operation.effects) + " times");
    }
    const bool said_so = intent.state == IntentState::kDead && (intent.ambiguous_at != fairlead::StoreTime{} ||
                                                                intent.error.find("may have") != std::string::npos);
    if (intent.state != IntentState::kDone && operation.effects > 0 && !said_so) {
      Violation("HIDDEN: " + name + " took effect and is " + std::string(IntentStateName(intent.state)));
    }
    if (operation.effect == Effect::kBlind) {
      outcome.blind_parked += operation.parked;
      outcome.blind_unknown += operation.sendings - operation.known;
      if (operation.parked != operation.sendings - operation.known) {
        Violation("BLIND: " + name + " was sent " + std::to_string(operation.sendings) + " times, " +
                  std::to_string(operation.known) + " answers are known and " + std::to_string(operation.parked) +
                  " ambiguities went to a person");
      }
    }
  }
  // In the order of their lane.
  std::vector<const fairlead::Intent*> ordered;
  for (const fairlead::Intent& intent : intents) ordered.push_back(&intent);
  std::sort(ordered.begin(), ordered.end(), [](const fairlead::Intent* a, const fairlead::Intent* b) {
    return std::tie(a->position, a->id) < std::tie(b->position, b->id);
  });
  std::map<int, const Operation*> last_value;
  std::map<int, const Operation*> last_done;
  for (const fairlead::Intent* intent : ordered) {
    const Operation& operation = operations_[static_cast<std::size_t>(by_intent_.at(intent->id))];
    if (lane_reordered_[static_cast<std::size_t>(operation.lane)]) continue;
    const Operation*& before = last_done[operation.lane];
    if (before != nullptr && operation.effects > 0 && operation.first_effect < before->first_effect) {
      Violation("ORDER: " + Name(operation) + " took effect before " + Name(*before));
    }
    if (intent->state == IntentState::kDone && operation.effects > 0) before = &operation;
    // A later one that ended as "may have been applied" may own the field.
    const bool may_own = operation.effects > 0;
    if (operation.effect != Effect::kAbsolute) continue;
    if (intent->state == IntentState::kDone) {
      last_value[operation.lane] = &operation;
    } else if (may_own && last_value.count(operation.lane) != 0 && values_[operation.lane] == operation.id) {
      last_value[operation.lane] = &operation;
    }
  }
  for (const auto& [lane, operation] : last_value) {
    if (values_[lane] != operation->id) {
      Violation("OVERWRITTEN: the field of lane " + std::to_string(lane) + " holds the value of op " +
                std::to_string(values_[lane]) + " instead of op " + std::to_string(operation->id));
    }
  }
}

}  // namespace fairlead_simulation
