#include "src/sync/internal/rules.h"

#include "fairlead/policy/scope.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace sync {
namespace internal {

GateAnswer AskGate(const policy::CompiledPolicy& policy, const std::string& target, const v1::Order& order) {
  const policy::GateVerdict verdict = policy.EvaluateGate(target, order);
  GateAnswer answer;
  switch (verdict.kind) {
    case policy::GateVerdict::Kind::kEligible:
      answer.kind = GateAnswer::Kind::kEligible;
      break;
    case policy::GateVerdict::Kind::kNotEligible:
      answer.kind = GateAnswer::Kind::kNotEligible;
      break;
    case policy::GateVerdict::Kind::kPark:
      answer.kind = GateAnswer::Kind::kPark;
      break;
  }
  answer.reason = verdict.reason;
  answer.detail = verdict.detail;
  answer.owner = verdict.responsible;
  answer.runbook = verdict.runbook;
  answer.residual_limit = verdict.residual_limit;
  return answer;
}

std::optional<RuleAnswer> AskRule(const policy::CompiledPolicy& policy, v1::EntityKind entity, const std::string& field,
                                  const std::string& location) {
  policy::Scope scope;
  scope.Set("location", location);
  const policy::CompiledRule* rule = policy.Select(entity, field, scope);
  if (rule == nullptr) return std::nullopt;
  RuleAnswer answer;
  answer.id = rule->id;
  answer.owner = rule->owner;
  answer.team = rule->responsible;
  answer.runbook = rule->runbook;
  answer.writes = rule->Writes();
  return answer;
}

}  // namespace internal
}  // namespace sync
FAIRLEAD_NAMESPACE_END
