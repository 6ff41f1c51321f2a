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

void CheckList(const v1::PriceList& list, Checker& out) {
  CheckPeriod(list.has_valid_from() && list.has_valid_until(), list.valid_from().seconds(),
              list.valid_until().seconds(), out);
  for (const v1::PriceListEntry& entry : list.entries()) {
    const std::string at = PathWithKey("entries", entry.variant());
    if (entry.variant().empty()) out.Invalid("NO_VARIANT", "entries", "an entry names no variant");
    if (!list.currency_code().empty() && entry.has_price() && entry.price().currency_code() != list.currency_code()) {
      out.Finding("TWO_CURRENCIES", absl::StrCat(at, ".price"),
                  absl::StrCat("in ", entry.price().currency_code(), ", the list is in ", list.currency_code()));
    }
  }
}

void CheckRule(const v1::PriceRule& rule, Checker& out) {
  CheckPeriod(rule.has_valid_from() && rule.has_valid_until(), rule.valid_from().seconds(),
              rule.valid_until().seconds(), out);
  if (rule.price_case() == v1::PriceRule::PRICE_NOT_SET) {
    out.Invalid("NO_PRICE", "", "the rule makes no price: set fixed, percent or formula");
  }
}

void CheckQuote(const v1::ResolvedPrice& quote, Checker& out) {
  if (!quote.has_price()) out.Invalid("NO_PRICE", "price", "a quote without a price");
  if (!quote.has_at()) out.Note("NO_TIME", "at", "a quote holds at a time: say which");
}

void CheckProduct(const v1::Product& product, Checker& out) {
  if (product.variants().empty() && product.variant_refs().empty()) {
    out.Finding("NO_VARIANT", "variants", "a product is sold through its variants, and this one has none");
  }
}

void CheckPack(const v1::PackConversion& pack, Checker& out) {
  if (Number(pack.factor()) <= Dec{}) out.Invalid("PACK_FACTOR", "factor", "a pack holds more than nothing");
}

void CheckComponent(const v1::KitComponent& component, Checker& out) {
  if (Number(component.quantity()) <= Dec{}) {
    out.Finding("KIT_QUANTITY", "quantity", "a kit holds more than nothing of a component");
  }
}

void CheckConsent(const v1::Consent& consent, Checker& out) {
  if (consent.state() == v1::Consent::STATE_UNSPECIFIED) {
    out.Invalid("CONSENT", "state", "neither given nor withdrawn: say which");
  }
  if (consent.channel().empty()) out.Invalid("CONSENT", "channel", "consent is for a channel: say which");
}

void CheckCampaign(const v1::CampaignEvent& event, Checker& out) {
  if (event.unique_id().empty()) {
    out.Invalid("EVENT_ID", "unique_id", "without an id of its own a repeated event counts twice");
  }
}

void CheckMovement(const v1::InventoryMovement& movement, Checker& out) {
  if (movement.state() == v1::STOCK_STATE_UNSPECIFIED) out.Invalid("STOCK_STATE", "state", "which stock moved?");
}

void CheckParty(const v1::Party& party, Checker& out) {
  if (party.kind() == v1::Party::KIND_UNSPECIFIED) out.Note("PARTY_KIND", "kind", "a person or a company?");
}

void CheckMatch(const v1::MatchDecision& match, Checker& out) {
  if (match.verdict() == v1::MatchDecision::VERDICT_UNSPECIFIED) {
    out.Invalid("VERDICT", "verdict", "a decision without a verdict");
  }
  if (!match.has_left() || !match.has_right()) out.Invalid("VERDICT", "", "a match is between two records");
  if (match.decided_by().empty()) {
    out.Finding("VERDICT", "decided_by", "a decision names the rule or the person that made it");
  }
}

}  // namespace

void AddMasterChecks(CheckTable& table) {
  AddCheck<v1::Product, CheckProduct>(table);
  AddCheck<v1::PackConversion, CheckPack>(table);
  AddCheck<v1::KitComponent, CheckComponent>(table);
  AddCheck<v1::PriceList, CheckList>(table);
  AddCheck<v1::PriceRule, CheckRule>(table);
  AddCheck<v1::ResolvedPrice, CheckQuote>(table);
  AddCheck<v1::Consent, CheckConsent>(table);
  AddCheck<v1::CampaignEvent, CheckCampaign>(table);
  AddCheck<v1::InventoryLevel, CheckLevel>(table);
  AddCheck<v1::InventoryMovement, CheckMovement>(table);
  AddCheck<v1::IdentityKey, CheckIdentityKey>(table);
  AddCheck<v1::Party, CheckParty>(table);
  AddCheck<v1::MatchDecision, CheckMatch>(table);
}

}  // namespace models::internal
FAIRLEAD_NAMESPACE_END
