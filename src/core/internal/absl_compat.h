// Debian's abseil pins its own string_view: the two views convert only through pointer and length.
#ifndef FAIRLEAD_SRC_CORE_INTERNAL_ABSL_COMPAT_H_
#define FAIRLEAD_SRC_CORE_INTERNAL_ABSL_COMPAT_H_

#include <string_view>

#include "absl/strings/string_view.h"
#include "fairlead/core/export.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal {

inline absl::string_view ToAbsl(std::string_view text) { return absl::string_view(text.data(), text.size()); }
inline std::string_view ToStd(absl::string_view text) { return std::string_view(text.data(), text.size()); }

}  // namespace internal
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_CORE_INTERNAL_ABSL_COMPAT_H_
