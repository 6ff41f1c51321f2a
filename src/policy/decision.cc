#include "fairlead/policy/decision.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "fairlead/policy/finding.h"
#include "src/policy/internal/kinds.h"
#include "src/policy/internal/plan.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace policy {

std::string_view FindingClassName(FindingClass finding_class) {
  switch (finding_class) {
    case FindingClass::kExplained:
      return "EXPLAINED";
    case FindingClass::kWithinTolerance:
      return "WITHIN_TOLERANCE";
    case FindingClass::kDrift:
      return "DRIFT";
    case FindingClass::kStale:
      return "STALE";
    case FindingClass::kMissingLeft:
      return "MISSING_LEFT";
    case FindingClass::kMissingRight:
      return "MISSING_RIGHT";
    case FindingClass::kUnsettled:
      return "UNSETTLED";
    case FindingClass::kDuplicate:
      return "DUPLICATE";
    case FindingClass::kUnmapped:
      return "UNMAPPED";
    case FindingClass::kLossy:
      return "LOSSY";
    case FindingClass::kUnscoped:
      return "UNSCOPED";
    case FindingClass::kUnreadable:
      return "UNREADABLE";
    case FindingClass::kUnknown:
      return "UNKNOWN";
  }
  return "UNKNOWN";
}

std::string_view DecisionOutcomeName(DecisionOutcome outcome) {
  switch (outcome) {
    case DecisionOutcome::kNoChange:
      return "NO_CHANGE";
    case DecisionOutcome::kWrite:
      return "WRITE";
    case DecisionOutcome::kHeld:
      return "HELD";
    case DecisionOutcome::kReview:
      return "REVIEW";
  }
  return "HELD";
}

std::string_view GateVerdictName(GateVerdict::Kind kind) {
  switch (kind) {
    case GateVerdict::Kind::kEligible:
      return "ELIGIBLE";
    case GateVerdict::Kind::kNotEligible:
      return "NOT_ELIGIBLE";
    case GateVerdict::Kind::kPark:
      return "PARK";
  }
  return "PARK";
}

v1::PolicyDecision ToProto(const Decision& decision) {
  v1::PolicyDecision out;
  out.set_entity(decision.entity);
  out.set_entity_id(decision.entity_id);
  out.set_field(decision.field);
  for (const auto& [key, value] : decision.scope.entries()) (*out.mutable_scope())[key] = value;
  out.set_target(decision.target);
  for (const FieldInput& input : decision.inputs) {
    v1::PolicyDecision::Input* to = out.add_inputs();
    to->set_system(input.system);
    if (input.value.has_value()) to->set_value(*input.value);
    to->set_version(input.version);
    to->set_state(input.state);
    const std::int64_t nanos = input.observed_at.time_since_epoch().count();
    if (nanos != 0) {
      constexpr std::int64_t kBillion = 1'000'000'000;
      const std::int64_t seconds = nanos / kBillion - (nanos % kBillion < 0 ? 1 : 0);
      to->mutable_observed_at()->set_seconds(seconds);
      to->mutable_observed_at()->set_nanos(static_cast<std::int32_t>(nanos - seconds * kBillion));
    }
  }
  for (const InFlight& effect : decision.in_flight) {
    v1::PolicyDecision::InFlight* to = out.add_in_flight();
    to->set_kind(effect.kind);
    to->set_quantity(effect.quantity);
    to->set_reference(effect.reference);
  }
  out.set_chosen_system(decision.chosen_system);
  if (decision.chosen.has_value()) out.set_chosen(*decision.chosen);
  out.set_rule_id(decision.rule_id);
  out.set_policy_hash(decision.policy_hash);
  out.set_outcome(static_cast<v1::DecisionOutcome>(decision.outcome));
  out.set_reason(decision.reason);
  out.set_responsible(decision.responsible);
  out.set_runbook(decision.runbook);
  return out;
}

Decision CompiledPolicy::Evaluate(const FieldCase& field) const {
  Decision decision;
  decision.entity = field.entity;
  decision.entity_id = field.entity_id;
  decision.field = field.path;
  decision.scope = field.scope;
  decision.target = field.target;
  decision.in_flight = field.in_flight;
  decision.policy_hash = impl_->hash;
  decision.inputs = field.inputs;
  std::stable_sort(decision.inputs.begin(), decision.inputs.end(),
                   [](const FieldInput& a, const FieldInput& b) { return a.system < b.system; });
  const CompiledRule* rule = Select(field.entity, field.path, field.scope);
  if (rule == nullptr) {
    decision.reason = impl_->UnscopedDetail(field.entity, field.path, field.scope);
    return decision;
  }
  decision.rule_id = rule->id;
  decision.responsible = rule->responsible;
  decision.runbook = rule->runbook;
  std::vector<internal::Voice> voices;
  for (std::size_t i = 0; i < decision.inputs.size(); ++i) {
    const FieldInput& input = decision.inputs[i];
    if (i > 0 && decision.inputs[i - 1].system == input.system) {
      decision.reason = absl::StrCat(input.system, " is given twice: one value for each system");
      return decision;
    }
    internal::Voice voice;
    voice.input = &input;
    if (input.value.has_value()) voice.digest = models::DigestOfBytes(*input.value);
    voices.push_back(voice);
  }
  const internal::Choice choice = internal::Choose(*rule, field.target, field.target_has_record, voices);
  decision.outcome = choice.outcome;
  decision.reason = choice.reason;
  if (choice.chosen != nullptr) {
    decision.chosen_system = choice.chosen->system;
    decision.chosen = choice.chosen->value;
  }
  return decision;
}

}  // namespace policy
FAIRLEAD_NAMESPACE_END
