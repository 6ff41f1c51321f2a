// Field patterns of rules, and what a pattern covers.
#ifndef FAIRLEAD_SRC_POLICY_INTERNAL_PATTERN_H_
#define FAIRLEAD_SRC_POLICY_INTERNAL_PATTERN_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "fairlead/core/export.h"
#include "fairlead/models/field_path.h"
#include "google/protobuf/descriptor.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace policy {
namespace internal {

// A path with [key] and [*], or "*" for the whole record (no segments).
struct Pattern {
  std::string text;
  std::vector<models::PathSegment> segments;

  // Longer paths are more special, keys more than [*].
  int parts = 0;
  int keys = 0;
};

// Reads and checks. The error says what is wrong and what to do.
absl::StatusOr<Pattern> ParsePattern(std::string_view text, const google::protobuf::Descriptor& type);
// Syntax alone, for concrete paths of callers.
absl::StatusOr<Pattern> ParseConcrete(std::string_view text);
// Whether every place that `inner` names lies at or below one that `outer` names.
bool Covers(const Pattern& outer, const Pattern& inner);
// Whether some concrete path is covered by both.
bool Overlap(const Pattern& a, const Pattern& b);

}  // namespace internal
}  // namespace policy
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_POLICY_INTERNAL_PATTERN_H_
