#include "src/connectors/tryton/internal/manifest.h"

#include "fairlead/v1/inventory.pb.h"
#include "fairlead/v1/invoice.pb.h"
#include "fairlead/v1/order.pb.h"
#include "fairlead/v1/party.pb.h"
#include "fairlead/v1/payment.pb.h"
#include "fairlead/v1/product.pb.h"
#include "fairlead/v1/shipment.pb.h"
#include "src/connectors/tryton/internal/memo.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace tryton {
namespace {

WriteTraits Traits(const TrytonOptions& options, v1::WriteVerb verb) {
  WriteTraits traits;
  traits.verb = verb;
  traits.d_max = options.d_max;
  return traits;
}

}  // namespace

Manifest MakeManifest(const TrytonOptions& options) {
  const WriteTraits create = Traits(options, v1::WRITE_VERB_CREATE);
  const WriteTraits update = Traits(options, v1::WRITE_VERB_UPDATE);
  const WriteTraits step = Traits(options, v1::WRITE_VERB_FOLLOW_UP);
  Manifest manifest = Manifest("tryton", "6.0")
                          .Lists<v1::Party>(Cursor::kTimestamp, options.overlap)
                          .Lists<v1::Product>(Cursor::kTimestamp, options.overlap)
                          .Lists<v1::InventoryLevel>(Cursor::kTimestamp, options.overlap)
                          .Lists<v1::Order>(Cursor::kTimestamp, options.overlap)
                          .Lists<v1::Shipment>(Cursor::kTimestamp, options.overlap)
                          .Lists<v1::Invoice>(Cursor::kTimestamp, options.overlap)
                          .Lists<v1::Payment>(Cursor::kTimestamp, options.overlap)
                          .Reads<v1::Party>()
                          .Reads<v1::Product>()
                          .Reads<v1::InventoryLevel>()
                          .Reads<v1::Order>()
                          .Reads<v1::Shipment>()
                          .Reads<v1::Invoice>()
                          .Reads<v1::Payment>()
                          .Writes<v1::Party>(op::kPartyCreate, Effect::kLookup, create)
                          .Writes<v1::Party>(op::kPartyUpdate, Effect::kConditional, update)
                          .Writes<v1::Party>(op::kAddressCreate, Effect::kLookup, step)
                          .Writes<v1::Order>(op::kSaleCreate, Effect::kLookup, create)
                          .Writes<v1::Order>(op::kSaleQuote, Effect::kAbsolute, step)
                          .Writes<v1::Order>(op::kSaleConfirm, Effect::kAbsolute, step)
                          .Writes<v1::Order>(op::kSaleProcess, Effect::kAbsolute, step)
                          .Writes<v1::Order>(op::kSaleVerify, Effect::kRead, step)
                          .Writes<v1::Order>(op::kSaleCancel, Effect::kAbsolute, step)
                          .Writes<v1::Order>(op::kSaleDraft, Effect::kAbsolute, step)
                          .Writes<v1::Order>(op::kWarningAcknowledge, Effect::kLookup, step)
                          .Writes<v1::Payment>(op::kPaymentCreate, Effect::kLookup, create);
  for (v1::EntityCapability& entity : *manifest.proto().mutable_entities()) {
    // Rows carry microseconds (whole seconds on SQLite); deletions leave nothing behind but their absence.
    entity.mutable_granularity()->set_nanos(1000);
    entity.set_deletes_by_absence(true);
    entity.set_trustworthy_clock(entity.entity() == v1::PARTY || entity.entity() == v1::PAYMENT);
  }
  // A line written for itself does not move its document's stamp, so the stamp does not order versions.
  manifest.Entity(v1::ORDER).add_lossy_fields("lines[*].tax");
  manifest.Entity(v1::ORDER).add_lossy_fields("lines[*].discounts");
  manifest.Entity(v1::PARTY).add_lossy_fields("identity_keys[*].verified");
  manifest.proto().set_rate_limit_kind("login_attempts");
  return manifest;
}

}  // namespace tryton
FAIRLEAD_NAMESPACE_END
