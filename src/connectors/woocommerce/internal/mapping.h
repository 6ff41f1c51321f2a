// One function per kind of record: a JSON object to a canonical message. An error means that the record is unreadable.
#ifndef FAIRLEAD_SRC_CONNECTORS_WOOCOMMERCE_INTERNAL_MAPPING_H_
#define FAIRLEAD_SRC_CONNECTORS_WOOCOMMERCE_INTERNAL_MAPPING_H_

#include <string>

#include "absl/status/status.h"
#include "fairlead/v1/inventory.pb.h"
#include "fairlead/v1/order.pb.h"
#include "fairlead/v1/party.pb.h"
#include "fairlead/v1/product.pb.h"
#include "fairlead/v1/refund.pb.h"
#include "src/connectors/woocommerce/internal/context.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace woocommerce::internal {

absl::Status MapOrder(Context& context, const Value& source, v1::Order& order);
absl::Status MapProduct(Context& context, const Value& source, v1::Product& product);
/// A variation, or a simple product as its own variant.
absl::Status MapVariant(Context& context, const Value& source, v1::Variant& variant);
absl::Status MapCustomer(Context& context, const Value& source, v1::Party& party);
absl::Status MapRefund(Context& context, const Value& source, v1::Refund& refund);
absl::Status MapInventory(Context& context, const Value& source, v1::InventoryLevel& level);

/// The record of `kind` that `source` is, at the end of `page`: a record, or an unreadable one.
void AppendRecord(v1::EntityKind kind, const Value& source, const ParseOptions& options, Page& page);

/// Whether a product payload is a variation: it says so (10.x), or it has no type and `option` attributes (7.9 lists).
bool IsVariation(const Value& source);
/// What ReadOne takes: "120", "141/146" for a variation or refund whose product or order is known.
std::string RecordId(v1::EntityKind kind, const ParseOptions& options, const Value& source);
/// OK if `source` is an object with an id; an API error in its place is named.
absl::Status CheckRecord(const Value& source, std::string_view what);

}  // namespace woocommerce::internal
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_CONNECTORS_WOOCOMMERCE_INTERNAL_MAPPING_H_
