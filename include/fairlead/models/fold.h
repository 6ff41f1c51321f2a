/// An order from its history: revisions are appended and never changed, the order is what they amount to.
#ifndef FAIRLEAD_MODELS_FOLD_H_
#define FAIRLEAD_MODELS_FOLD_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fairlead/core/export.h"
#include "fairlead/v1/order.pb.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace models {

/// Folds revisions 1, 2, 3 … of one order, the first of them PLACE or OBSERVED with a snapshot.
/// - The ordered quantity of a line stays as it was when the line appeared; `current` follows edits and cancellations.
/// - A line never vanishes: one that a later snapshot lacks goes to current 0 and stays.
/// - A snapshot replaces all else that the source says; postings that it does not show are kept, because they are ours.
/// - Refunds and returns never reduce `current`. A delta of money moves the stated grand total, and computed totals
/// follow. The result's header.revision is the last number. What a source says is not refused here (Validate() reports
/// it); an error (kValidation) is a history that is none: gaps or repeats in the numbers, two orders, a change of a
/// line that is nowhere.
FAIRLEAD_EXPORT absl::StatusOr<v1::Order> FoldRevisions(const std::vector<v1::OrderRevision>& revisions);

/// Applies one more revision to what FoldRevisions() gave (or to an empty order, if it is the first).
FAIRLEAD_EXPORT absl::Status ApplyRevision(const v1::OrderRevision& revision, v1::Order& order);

}  // namespace models
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_MODELS_FOLD_H_
