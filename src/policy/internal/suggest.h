// "did you mean …?"
#ifndef FAIRLEAD_SRC_POLICY_INTERNAL_SUGGEST_H_
#define FAIRLEAD_SRC_POLICY_INTERNAL_SUGGEST_H_

#include <string>
#include <string_view>
#include <vector>

#include "fairlead/core/export.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace policy {
namespace internal {

// The known name nearest to `word` by letters changed, without regard to case; empty where none is near.
std::string Nearest(std::string_view word, const std::vector<std::string>& known);
// ` (did you mean "erp"?)`, or nothing.
std::string DidYouMean(std::string_view word, const std::vector<std::string>& known);
// `"erp", "web"`; "none" for an empty list. At most `limit` names.
std::string Quoted(const std::vector<std::string>& names, std::size_t limit = 12);
// `"text"`, shortened to 80 bytes, with control characters as '?', fit for a message.
std::string Quote(std::string_view text);

}  // namespace internal
}  // namespace policy
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_POLICY_INTERNAL_SUGGEST_H_
