/// An order's sums, computed beside what its source states and never in place of it.
#ifndef FAIRLEAD_MODELS_TOTALS_H_
#define FAIRLEAD_MODELS_TOTALS_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fairlead/core/export.h"
#include "fairlead/v1/order.pb.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace models {

/// Fills order.totals.computed and order.totals.residual (stated - computed of the grand total) from the lines;
/// `stated` is read and never written. Lines are rounded where order.rounding says (per line, per tax or once per
/// document; half up and per document where it says nothing) and sums come in the stated exponent. Without a stated
/// grand total there is no residual. An error for lines in two currencies and for sums that do not fit; the order is
/// unchanged then.
FAIRLEAD_EXPORT absl::Status ComputeTotals(v1::Order& order);

/// Derived from line quantities: UNSPECIFIED without quantities to judge by.
FAIRLEAD_EXPORT v1::FulfillmentStatus DeriveFulfillment(const v1::Order& order);

}  // namespace models
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_MODELS_TOTALS_H_
