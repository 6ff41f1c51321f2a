// What the engine asks the policy, in the engine's words.
#ifndef FAIRLEAD_SRC_SYNC_INTERNAL_RULES_H_
#define FAIRLEAD_SRC_SYNC_INTERNAL_RULES_H_

#include <optional>
#include <string>

#include "fairlead/core/export.h"
#include "fairlead/policy/compiled_policy.h"
#include "fairlead/v1/entity.pb.h"
#include "fairlead/v1/order.pb.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace sync {
namespace internal {

struct GateAnswer {
  enum class Kind { kEligible, kNotEligible, kPark } kind = Kind::kNotEligible;
  std::string reason;  // One word for kNotEligible and kPark.
  std::string detail;
  std::string owner;
  std::string runbook;
  std::string residual_limit;  // Decimal text.
};

GateAnswer AskGate(const policy::CompiledPolicy& policy, const std::string& target, const v1::Order& order);

struct RuleAnswer {
  std::string id;
  std::string owner;  // System that owns the field; empty: nobody may write it.
  std::string team;
  std::string runbook;
  bool writes = false;  // OWNER_WINS or PRIORITY: the owner's value goes to the others.
};

// The rule for a field at a location (empty: none); nullopt if no rule covers it.
std::optional<RuleAnswer> AskRule(const policy::CompiledPolicy& policy, v1::EntityKind entity, const std::string& field,
                                  const std::string& location);

}  // namespace internal
}  // namespace sync
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_SYNC_INTERNAL_RULES_H_
