// What a compiled policy holds.
#ifndef FAIRLEAD_SRC_POLICY_INTERNAL_PLAN_H_
#define FAIRLEAD_SRC_POLICY_INTERNAL_PLAN_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "fairlead/core/export.h"
#include "fairlead/models/decimal.h"
#include "fairlead/models/digest.h"
#include "fairlead/models/field_path.h"
#include "fairlead/policy/compiled_policy.h"
#include "src/policy/internal/selector.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace policy {
namespace internal {

// One field, or all elements of one, that a target can be written.
struct WritePath {
  std::string text;
  models::FieldPath path;
  Pattern pattern;
  bool wildcard = false;  // Its concrete paths come from the messages.
  bool fixed = true;      // All its concrete paths have the same candidates.
  Candidates candidates;  // Of the path as it stands.
};

// What one system can be written of one entity.
struct Target {
  bool creates = false;
  bool updates = false;
  std::vector<WritePath> paths;  // Sorted by text: a path comes before what lies below it.
};

struct Gate {
  std::string target;
  std::vector<v1::PaymentStatus> payment;        // Empty: any.
  std::vector<v1::CommercialStatus> commercial;  // Empty: OPEN and CLOSED.
  models::Dec residual_limit;
  bool require_mapped_lines = false;
  std::string responsible;
  std::string runbook;
};

// One system's word on a field, with what it takes to compare it.
struct Voice {
  const FieldInput* input = nullptr;
  std::optional<models::Digest> digest;  // Of the value; absent where there is none.
};

// The outcome for one field by its rule. `voices` hold the target's own among them, if it has a record.
struct Choice {
  DecisionOutcome outcome = DecisionOutcome::kHeld;
  const FieldInput* chosen = nullptr;  // nullptr: nothing was chosen.
  bool clears = false;                 // kWrite of a blank.
  std::string reason;
};
Choice Choose(const CompiledRule& rule, const std::string& target, bool target_has_record,
              const std::vector<Voice>& voices);

// Whether a missing value is known to be blank.
bool IsBlank(const FieldInput& input);

struct Plan {
  v1::PolicyBundle bundle;
  std::string hash;
  std::vector<CompiledRule> rules;
  Selector selector;
  std::map<v1::EntityKind, std::map<std::string, Target>> targets;
  std::vector<Gate> gates;

  const CompiledRule* Pick(const Candidates& candidates, const Scope& scope) const {
    const int rule = Selector::Pick(candidates, scope);
    return rule < 0 ? nullptr : &rules[static_cast<std::size_t>(rule)];
  }
  // What to do about a record that no rule fits.
  std::string UnscopedDetail(v1::EntityKind entity, std::string_view path, const Scope& scope) const;
};

}  // namespace internal

struct CompiledPolicy::Impl : internal::Plan {};

}  // namespace policy
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_POLICY_INTERNAL_PLAN_H_
