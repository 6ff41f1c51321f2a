#include "fairlead/connector/manifest.h"

#include <array>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
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
namespace {

struct KindEntry {
  v1::EntityKind kind;
  const google::protobuf::Descriptor* (*descriptor)();
  const google::protobuf::Message& (*prototype)();
};

template <typename T>
constexpr KindEntry Entry(v1::EntityKind kind) {
  return KindEntry{kind, [] { return T::descriptor(); },
                   []() -> const google::protobuf::Message& { return T::default_instance(); }};
}

constexpr std::array<KindEntry, 22> kKinds = {
    Entry<v1::Product>(v1::PRODUCT),
    Entry<v1::Variant>(v1::VARIANT),
    Entry<v1::PriceList>(v1::PRICE_LIST),
    Entry<v1::PriceRule>(v1::PRICE_RULE),
    Entry<v1::ResolvedPrice>(v1::RESOLVED_PRICE),
    Entry<v1::Party>(v1::PARTY),
    Entry<v1::MatchDecision>(v1::MATCH_DECISION),
    Entry<v1::InventoryLevel>(v1::INVENTORY_LEVEL),
    Entry<v1::InventoryMovement>(v1::INVENTORY_MOVEMENT),
    Entry<v1::Order>(v1::ORDER),
    Entry<v1::OrderRevision>(v1::ORDER_REVISION),
    Entry<v1::Backorder>(v1::BACKORDER),
    Entry<v1::FulfillmentRequest>(v1::FULFILLMENT_REQUEST),
    Entry<v1::Shipment>(v1::SHIPMENT),
    Entry<v1::TrackingEvent>(v1::TRACKING_EVENT),
    Entry<v1::Invoice>(v1::INVOICE),
    Entry<v1::Payment>(v1::PAYMENT),
    Entry<v1::Refund>(v1::REFUND),
    Entry<v1::Return>(v1::RETURN),
    Entry<v1::TaxCalculation>(v1::TAX_CALCULATION),
    Entry<v1::Consent>(v1::CONSENT),
    Entry<v1::CampaignEvent>(v1::CAMPAIGN_EVENT),
};

std::string Text(std::string_view text) { return std::string(text); }

}  // namespace

v1::EntityKind EntityKindOf(const google::protobuf::Descriptor& descriptor) {
  for (const KindEntry& entry : kKinds) {
    if (entry.descriptor() == &descriptor) return entry.kind;
  }
  return v1::ENTITY_KIND_UNSPECIFIED;
}

std::unique_ptr<google::protobuf::Message> NewMessage(v1::EntityKind entity) {
  for (const KindEntry& entry : kKinds) {
    if (entry.kind == entity) return std::unique_ptr<google::protobuf::Message>(entry.prototype().New());
  }
  return nullptr;
}

Manifest::Manifest(std::string_view system, std::string_view api_version) {
  proto_.set_system(Text(system));
  proto_.set_api_version(Text(api_version));
}

v1::EntityCapability& Manifest::Entity(v1::EntityKind entity) {
  for (v1::EntityCapability& capability : *proto_.mutable_entities()) {
    if (capability.entity() == entity) return capability;
  }
  v1::EntityCapability* added = proto_.add_entities();
  added->set_entity(entity);
  return *added;
}

void Manifest::ListsKind(v1::EntityKind entity, Cursor cursor, std::chrono::seconds overlap) {
  v1::EntityCapability& capability = Entity(entity);
  capability.set_list_since(true);
  capability.set_cursor(static_cast<v1::CursorKind>(cursor));
  capability.mutable_overlap()->set_seconds(overlap.count());
}

void Manifest::ReadsKind(v1::EntityKind entity) {
  v1::EntityCapability& capability = Entity(entity);
  capability.set_read_one(true);
  capability.set_list_all(true);
}

void Manifest::WritesKind(v1::EntityKind entity, std::string_view operation, Effect effect, const WriteTraits& traits) {
  v1::WriteOperation* write = Entity(entity).add_writes();
  write->set_name(Text(operation));
  write->set_effect(ToProto(effect));
  write->set_verb(traits.verb);
  write->set_state_like(traits.state_like);
  write->set_batch_max(traits.batch_max);
  write->set_batch_atomic(traits.batch_atomic);
  write->set_batch_per_item_errors(traits.batch_per_item_errors);
  write->mutable_d_max()->set_seconds(traits.d_max.count() / 1000);
  write->mutable_d_max()->set_nanos(static_cast<int>(traits.d_max.count() % 1000) * 1'000'000);
  if (traits.key_retention.count() > 0) write->mutable_key_retention()->set_seconds(traits.key_retention.count());
  for (const std::string_view field : traits.writes_fields) write->add_writes_fields(Text(field));
}

const v1::EntityCapability* Manifest::Find(v1::EntityKind entity) const {
  for (const v1::EntityCapability& capability : proto_.entities()) {
    if (capability.entity() == entity) return &capability;
  }
  return nullptr;
}

const v1::WriteOperation* Manifest::FindWrite(std::string_view operation) const {
  for (const v1::EntityCapability& capability : proto_.entities()) {
    for (const v1::WriteOperation& write : capability.writes()) {
      if (write.name() == operation) return &write;
    }
  }
  return nullptr;
}

const v1::WriteOperation* Manifest::FindWrite(v1::EntityKind entity, v1::WriteVerb verb) const {
  const v1::EntityCapability* capability = Find(entity);
  if (capability == nullptr) return nullptr;
  for (const v1::WriteOperation& write : capability->writes()) {
    if (write.verb() == verb) return &write;
  }
  return nullptr;
}

absl::Status Manifest::Validate() const {
  std::vector<std::string> faults;
  if (proto_.system().empty()) faults.emplace_back("the manifest names no system");
  std::set<std::string> names;
  for (const v1::EntityCapability& capability : proto_.entities()) {
    const std::string entity = v1::EntityKind_Name(capability.entity());
    if (capability.entity() == v1::ENTITY_KIND_UNSPECIFIED) faults.emplace_back("an entity has no kind");
    if (capability.list_since() && capability.cursor() == v1::CURSOR_KIND_UNSPECIFIED) {
      faults.push_back(absl::StrCat(entity, " is listed by cursor but names no cursor kind"));
    }
    for (const v1::WriteOperation& write : capability.writes()) {
      const std::string name = absl::StrCat(entity, " write '", write.name(), "'");
      if (write.effect() == v1::EFFECT_CLASS_UNSPECIFIED) {
        faults.push_back(absl::StrCat(name, " declares no effect class: say what makes a repeat safe, or kBlind"));
      }
      if (write.effect() == v1::EFFECT_CLASS_NATIVE_KEY && !write.has_key_retention()) {
        faults.push_back(absl::StrCat(name, " has a native key but does not say how long the remote keeps it"));
      }
      if (!names.insert(absl::StrCat(entity, "/", write.name())).second)
        faults.push_back(absl::StrCat(name, " is declared twice"));
    }
  }
  if (faults.empty()) return absl::OkStatus();
  std::string all;
  for (const std::string& fault : faults) absl::StrAppend(&all, all.empty() ? "" : "; ", fault);
  return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent, all);
}

v1::EffectClass ToProto(Effect effect) { return static_cast<v1::EffectClass>(effect); }

Effect FromProto(v1::EffectClass effect) {
  if (effect < v1::EFFECT_CLASS_READ || effect > v1::EFFECT_CLASS_BLIND) return Effect::kBlind;
  return static_cast<Effect>(effect);
}

FAIRLEAD_NAMESPACE_END
