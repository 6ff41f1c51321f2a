// Values of a scope: literals, lists, globs.
#ifndef FAIRLEAD_SRC_POLICY_INTERNAL_GLOB_H_
#define FAIRLEAD_SRC_POLICY_INTERNAL_GLOB_H_

#include <string>
#include <string_view>

#include "fairlead/core/export.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace policy {
namespace internal {

// * any text, also none; ? one byte. No escapes: keys of systems hold neither.
bool IsGlob(std::string_view text);
bool GlobMatches(std::string_view glob, std::string_view text);
// Whether some text fits both. Linear in the product of the lengths.
bool GlobsOverlap(std::string_view a, std::string_view b);
// What stands before the first * or ?.
std::string_view GlobPrefix(std::string_view glob);

}  // namespace internal
}  // namespace policy
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_POLICY_INTERNAL_GLOB_H_
