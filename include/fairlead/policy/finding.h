/// What is noticed and cannot simply be written: shared by evaluation, audits and reports.
#ifndef FAIRLEAD_POLICY_FINDING_H_
#define FAIRLEAD_POLICY_FINDING_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "fairlead/core/export.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace policy {

/// Classes of finding. The order is no ranking.
enum class FindingClass : std::uint8_t {
  kExplained = 1,        ///< The difference is exactly what is known to be in flight.
  kWithinTolerance = 2,  ///< What is left unexplained is within the rule's tolerance.
  kDrift = 3,            ///< Unexplained and beyond tolerance.
  kStale = 4,            ///< The owner was not read within its freshness.
  kMissingLeft = 5,      ///< Only the right side has the record.
  kMissingRight = 6,     ///< Only the left side has the record.
  kUnsettled = 7,        ///< Kept changing through all windows: neither drift nor agreement can be claimed.
  kDuplicate = 8,        ///< One side holds the record more than once.
  kUnmapped = 9,         ///< A value has no counterpart on the other side.
  kLossy = 10,           ///< The other side cannot hold the value exactly.
  kUnscoped = 11,        ///< No rule fits the record's scope (a new location).
  kUnreadable = 12,      ///< The record came but could not be understood.
  kUnknown = 13,         ///< What is in flight could not be read: nothing may be claimed.
};

/// "EXPLAINED", "MISSING_LEFT", as stored and reported.
FAIRLEAD_EXPORT std::string_view FindingClassName(FindingClass finding_class);

/// One finding. Its identity is (rule, entity).
struct FAIRLEAD_EXPORT Finding {
  FindingClass finding_class = FindingClass::kUnknown;
  std::string rule;         ///< Rule id; "unscoped" where none fits.
  std::string entity;       ///< Canonical id or match key.
  std::string field;        ///< Concrete path.
  std::string detail;       ///< A sentence that says what is wrong and what to do.
  std::string responsible;  ///< Team id; empty where no rule names one.
  std::string runbook;
};

}  // namespace policy
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_POLICY_FINDING_H_
