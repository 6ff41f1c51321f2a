// One bundle for all ways of writing it.
#ifndef FAIRLEAD_SRC_POLICY_INTERNAL_NORMALIZE_H_
#define FAIRLEAD_SRC_POLICY_INTERNAL_NORMALIZE_H_

#include <string>

#include "fairlead/core/export.h"
#include "fairlead/v1/policy.pb.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace policy {
namespace internal {

// Defaults filled in; rules, systems, teams, gates and scopes sorted; decimals and durations in their shortest form.
// Only for bundles that were checked.
v1::PolicyBundle Normalize(v1::PolicyBundle bundle);
// What a rule says by itself, defaults filled in.
void FillDefaults(v1::PolicyRule& rule);
// 32 hexadecimal digits.
std::string HashOf(const v1::PolicyBundle& normalized);

}  // namespace internal
}  // namespace policy
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_POLICY_INTERNAL_NORMALIZE_H_
