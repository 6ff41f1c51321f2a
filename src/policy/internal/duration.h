// Durations as people write them.
#ifndef FAIRLEAD_SRC_POLICY_INTERNAL_DURATION_H_
#define FAIRLEAD_SRC_POLICY_INTERNAL_DURATION_H_

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "fairlead/core/export.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace policy {
namespace internal {

// "90s", "15m", "36h", "2d", "1w", "1h30m": whole numbers with units, more than zero, at most ten years.
std::optional<std::chrono::seconds> ParseDuration(std::string_view text);
// The shortest such text: 3600 s is "1h".
std::string PrintDuration(std::chrono::seconds duration);

}  // namespace internal
}  // namespace policy
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_POLICY_INTERNAL_DURATION_H_
