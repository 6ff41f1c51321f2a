#include "src/policy/internal/kinds.h"

#include <array>

#include "fairlead/v1/inventory.pb.h"
#include "fairlead/v1/invoice.pb.h"
#include "fairlead/v1/marketing.pb.h"
#include "fairlead/v1/order.pb.h"
#include "fairlead/v1/party.pb.h"
#include "fairlead/v1/payment.pb.h"
#include "fairlead/v1/price.pb.h"
#include "fairlead/v1/product.pb.h"
#include "fairlead/v1/refund.pb.h"
#include "fairlead/v1/return.pb.h"
#include "fairlead/v1/shipment.pb.h"
#include "fairlead/v1/tax.pb.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace policy {
namespace internal {
namespace {

struct Entry {
  v1::EntityKind kind;
  const google::protobuf::Descriptor* (*descriptor)();
};

constexpr std::array<Entry, 22> kEntries = {{
    {v1::PRODUCT, &v1::Product::descriptor},
    {v1::VARIANT, &v1::Variant::descriptor},
    {v1::PRICE_LIST, &v1::PriceList::descriptor},
    {v1::PRICE_RULE, &v1::PriceRule::descriptor},
    {v1::RESOLVED_PRICE, &v1::ResolvedPrice::descriptor},
    {v1::PARTY, &v1::Party::descriptor},
    {v1::MATCH_DECISION, &v1::MatchDecision::descriptor},
    {v1::INVENTORY_LEVEL, &v1::InventoryLevel::descriptor},
    {v1::INVENTORY_MOVEMENT, &v1::InventoryMovement::descriptor},
    {v1::ORDER, &v1::Order::descriptor},
    {v1::ORDER_REVISION, &v1::OrderRevision::descriptor},
    {v1::BACKORDER, &v1::Backorder::descriptor},
    {v1::FULFILLMENT_REQUEST, &v1::FulfillmentRequest::descriptor},
    {v1::SHIPMENT, &v1::Shipment::descriptor},
    {v1::TRACKING_EVENT, &v1::TrackingEvent::descriptor},
    {v1::INVOICE, &v1::Invoice::descriptor},
    {v1::PAYMENT, &v1::Payment::descriptor},
    {v1::REFUND, &v1::Refund::descriptor},
    {v1::RETURN, &v1::Return::descriptor},
    {v1::TAX_CALCULATION, &v1::TaxCalculation::descriptor},
    {v1::CONSENT, &v1::Consent::descriptor},
    {v1::CAMPAIGN_EVENT, &v1::CampaignEvent::descriptor},
}};

}  // namespace

const google::protobuf::Descriptor* DescriptorOf(v1::EntityKind kind) {
  for (const Entry& entry : kEntries) {
    if (entry.kind == kind) return entry.descriptor();
  }
  return nullptr;
}

v1::EntityKind KindOf(const google::protobuf::Descriptor& descriptor) {
  for (const Entry& entry : kEntries) {
    if (entry.descriptor() == &descriptor) return entry.kind;
  }
  return v1::ENTITY_KIND_UNSPECIFIED;
}

std::string KindName(v1::EntityKind kind) {
  std::string name = v1::EntityKind_Name(kind);
  return name.empty() ? std::to_string(static_cast<int>(kind)) : name;
}

}  // namespace internal
}  // namespace policy
FAIRLEAD_NAMESPACE_END
