// Rules that would fit the same place equally well.
#ifndef FAIRLEAD_SRC_POLICY_INTERNAL_TIES_H_
#define FAIRLEAD_SRC_POLICY_INTERNAL_TIES_H_

#include <string>
#include <utility>
#include <vector>

#include "fairlead/core/export.h"
#include "fairlead/v1/entity.pb.h"
#include "src/policy/internal/selector.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace policy {
namespace internal {

struct Tie {
  int first = -1;
  int second = -1;
};

// Each rule at most once as `second`, at most `limit` ties.
std::vector<Tie> FindTies(const std::vector<std::pair<v1::EntityKind, Selectable>>& items, std::size_t limit);

}  // namespace internal
}  // namespace policy
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_POLICY_INTERNAL_TIES_H_
