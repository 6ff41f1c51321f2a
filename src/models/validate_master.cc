#include <string>

#include "absl/strings/str_cat.h"
#include "fairlead/models/field_path.h"
#include "fairlead/v1/inventory.pb.h"
#include "fairlead/v1/invoice.pb.h"
#include "fairlead/v1/marketing.pb.h"
#include "fairlead/v1/party.pb.h"
#include "fairlead/v1/payment.pb.h"
#include "fairlead/v1/price.pb.h"
#include "fairlead/v1/product.pb.h"
#include "fairlead/v1/refund.pb.h"
#include "fairlead/v1/shipment.pb.h"
#include "src/models/internal/checker.h"
#include "src/models/internal/natural_key.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace models::internal {
namespace {

using google::protobuf::Message;

// An aggregate on its own that no system knows can neither be stored nor matched.
void CheckIdentity(const Message& message, Checker& out) {
  if (!out.AtRoot()) return;
  const auto* field = message.GetDescriptor()->FindFieldByNumber(1);
  if (field == nullptr || field->message_type() != v1::EntityHeader::descriptor()) return;
  const auto& header = static_cast<const v1::EntityHeader&>(message.GetReflection()->GetMessage(message, field));
  if (header.id().empty() && header.refs().empty()) {
    out.Finding("NO_IDENTITY", "header.refs", "no system's id and no canonical one: the record cannot be found again");
  }
}

void CheckLevel(const v1::InventoryLevel& level, Checker& out) {
  if (!level.has_variant() && level.sku().empty()) {
    out.Finding("NO_VARIANT", "variant", "the stock is of nothing: set the variant's reference or its SKU");
  }
  if (!level.has_as_of())
    out.Note("NO_TIME", "as_of", "stock without a time cannot be compared with what is in flight");
  for (const v1::StateQuantity& quantity : level.quantities()) {
    // Available may be: a shop that oversells says so. Goods on a shelf may not.
    if (quantity.state() == v1::STOCK_STATE_ON_HAND && Number(quantity.quantity()).IsNegative()) {
      out.Finding("NEGATIVE_STOCK", "quantities[ON_HAND]",
                  "less than nothing on the shelf: a count or a posting is missing");
    }
  }
}

void CheckIdentityKey(const v1::IdentityKey& key, Checker& out) {
  if (key.type() == v1::IdentityKey::TYPE_UNSPECIFIED)
    out.Invalid("KEY_TYPE", "type", "the key does not say what it is");
  const std::string& text = key.normalized();
  if (text.empty()) {
    out.Invalid("KEY_EMPTY", "normalized", "an empty key would match every other empty one: leave it out");
    return;
  }
  if (key.type() == v1::IdentityKey::TYPE_EMAIL) {
    bool clean = text.find('@') != std::string::npos;
    for (const char c : text) clean = clean && c != ' ' && (c < 'A' || c > 'Z');
    if (!clean) out.Finding("KEY_FORM", "normalized", "an e-mail address is trimmed, in lower case and has an @");
  }
  if (key.type() == v1::IdentityKey::TYPE_PHONE) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      if ((text[i] >= '0' && text[i] <= '9') || (i == 0 && text[i] == '+')) continue;
      out.Finding("KEY_FORM", "normalized", "a telephone number is digits, with a leading plus where known");
      break;
    }
  }
}

void CheckPeriod(bool both, std::int64_t from, std::int64_t until, Checker& out) {
  if (both && until <= from) out.Finding("PERIOD", "valid_until", "ends before it begins: it never applies");
}

void CheckPrices(const Message& message, Checker& out) {
  if (const auto* list = As<v1::PriceList>(message); list != nullptr) {
    CheckPeriod(list->has_valid_from() && list->has_valid_until(), list->valid_from().seconds(),
                list->valid_until().seconds(), out);
    for (const v1::PriceListEntry& entry : list->entries()) {
      const std::string at = PathWithKey("entries", entry.variant());
      if (entry.variant().empty()) out.Invalid("NO_VARIANT", "entries", "an entry names no variant");
      if (!list->currency_code().empty() && entry.has_price() &&
          entry.price().currency_code() != list->currency_code()) {
        out.Finding("TWO_CURRENCIES", absl::StrCat(at, ".price"),
                    absl::StrCat("in ", entry.price().currency_code(), ", the list is in ", list->currency_code()));
      }
    }
  } else if (const auto* rule = As<v1::PriceRule>(message); rule != nullptr) {
    CheckPeriod(rule->has_valid_from() && rule->has_valid_until(), rule->valid_from().seconds(),
                rule->valid_until().seconds(), out);
    if (rule->price_case() == v1::PriceRule::PRICE_NOT_SET) {
      out.Invalid("NO_PRICE", "", "the rule makes no price: set fixed, percent or formula");
    }
  } else if (const auto* quote = As<v1::ResolvedPrice>(message); quote != nullptr) {
    if (!quote->has_price()) out.Invalid("NO_PRICE", "price", "a quote without a price");
    if (!quote->has_at()) out.Note("NO_TIME", "at", "a quote holds at a time: say which");
  }
}

void CheckCatalog(const Message& message, Checker& out) {
  if (const auto* product = As<v1::Product>(message); product != nullptr) {
    if (product->variants().empty() && product->variant_refs().empty()) {
      out.Finding("NO_VARIANT", "variants", "a product is sold through its variants, and this one has none");
    }
  } else if (const auto* pack = As<v1::PackConversion>(message); pack != nullptr) {
    if (Number(pack->factor()) <= Dec{}) out.Invalid("PACK_FACTOR", "factor", "a pack holds more than nothing");
  } else if (const auto* component = As<v1::KitComponent>(message); component != nullptr) {
    if (Number(component->quantity()) <= Dec{})
      out.Finding("KIT_QUANTITY", "quantity", "a kit holds more than nothing of a component");
  }
}

void CheckMarketing(const Message& message, Checker& out) {
  if (const auto* consent = As<v1::Consent>(message); consent != nullptr) {
    if (consent->state() == v1::Consent::STATE_UNSPECIFIED)
      out.Invalid("CONSENT", "state", "neither given nor withdrawn: say which");
    if (consent->channel().empty()) out.Invalid("CONSENT", "channel", "consent is for a channel: say which");
  } else if (const auto* event = As<v1::CampaignEvent>(message); event != nullptr) {
    if (event->unique_id().empty())
      out.Invalid("EVENT_ID", "unique_id", "without an id of its own a repeated event counts twice");
  }
}

}  // namespace

void CheckMaster(const Message& message, Checker& out) {
  CheckIdentity(message, out);
  CheckCatalog(message, out);
  CheckPrices(message, out);
  CheckMarketing(message, out);
  if (const auto* level = As<v1::InventoryLevel>(message); level != nullptr) {
    CheckLevel(*level, out);
  } else if (const auto* movement = As<v1::InventoryMovement>(message); movement != nullptr) {
    if (movement->state() == v1::STOCK_STATE_UNSPECIFIED) out.Invalid("STOCK_STATE", "state", "which stock moved?");
  } else if (const auto* key = As<v1::IdentityKey>(message); key != nullptr) {
    CheckIdentityKey(*key, out);
  } else if (const auto* party = As<v1::Party>(message); party != nullptr) {
    if (party->kind() == v1::Party::KIND_UNSPECIFIED) out.Note("PARTY_KIND", "kind", "a person or a company?");
  } else if (const auto* match = As<v1::MatchDecision>(message); match != nullptr) {
    if (match->verdict() == v1::MatchDecision::VERDICT_UNSPECIFIED)
      out.Invalid("VERDICT", "verdict", "a decision without a verdict");
    if (!match->has_left() || !match->has_right()) out.Invalid("VERDICT", "", "a match is between two records");
    if (match->decided_by().empty())
      out.Finding("VERDICT", "decided_by", "a decision names the rule or the person that made it");
  }
}

}  // namespace models::internal
FAIRLEAD_NAMESPACE_END
