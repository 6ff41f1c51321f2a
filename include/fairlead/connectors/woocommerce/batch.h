/// Answers of WooCommerce's batch calls (POST /products/batch, ...): HTTP 200 whatever happened to the items.
#ifndef FAIRLEAD_CONNECTORS_WOOCOMMERCE_BATCH_H_
#define FAIRLEAD_CONNECTORS_WOOCOMMERCE_BATCH_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fairlead/core/export.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace woocommerce {

/// What became of one item of a batch.
struct FAIRLEAD_EXPORT BatchItem {
  enum class Verb : std::uint8_t { kCreate = 1, kUpdate = 2, kDelete = 3 };
  Verb verb = Verb::kUpdate;
  std::string id;       ///< Empty for a creation that failed.
  absl::Status status;  ///< OK, or as a single call would have failed: kind, vendor code, Outcome::kRejected.
};

/// The items, per verb in the order in which they were sent: a failed one stands in its own place, so an item is found
/// by position, and the others need not be sent again. kUnparseable with Outcome::kUnknown for bytes that cannot be
/// read: any number of items may have been applied. Thread-safe.
FAIRLEAD_EXPORT absl::StatusOr<std::vector<BatchItem>> ParseBatchAnswer(std::string json);

}  // namespace woocommerce
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_CONNECTORS_WOOCOMMERCE_BATCH_H_
