// Values as people and purposes see them.
#ifndef FAIRLEAD_SRC_SYNC_INTERNAL_TEXT_H_
#define FAIRLEAD_SRC_SYNC_INTERNAL_TEXT_H_

#include <optional>
#include <string>

#include "fairlead/core/export.h"
#include "fairlead/models/decimal.h"
#include "fairlead/v1/inventory.pb.h"
#include "fairlead/v1/order.pb.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace sync {
namespace internal {

// The quantity of a state, nullopt where the level does not state it.
std::optional<models::Dec> StockOf(const v1::InventoryLevel& level, v1::StockState state);
// AVAILABLE as normalised decimal text ("117"), empty where it is not stated.
std::string AvailableText(const v1::InventoryLevel& level);
// "118.40 EUR", empty without a total.
std::string GrandTotalText(const v1::Order& order);

}  // namespace internal
}  // namespace sync
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_SYNC_INTERNAL_TEXT_H_
