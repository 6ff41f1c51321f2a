#include "tests/connectors/tryton/support.h"

#include <deque>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "fairlead/models/decimal.h"
#include "fairlead/models/money.h"

namespace fairlead_tryton_test {
namespace {

using fairlead::KindOf;
using fairlead::Outcome;
using fairlead::OutcomeOf;

std::string Key(v1::EntityKind entity, const v1::ExternalRef& ref) {
  return absl::StrCat(static_cast<int>(entity), " ", ref.system(), "/", ref.object_type(), "/", ref.id());
}

class OneSend : public fairlead::http::SendGuard {
 public:
  bool AllowSend() override { return !std::exchange(sent_, true); }

 private:
  bool sent_ = false;
};

}  // namespace

void MapResolver::Link(v1::EntityKind entity, const v1::ExternalRef& ref, std::string id) {
  ids_[Key(entity, ref)] = std::move(id);
}

absl::StatusOr<std::optional<std::string>> MapResolver::IdFor(v1::EntityKind entity, const v1::ExternalRef& source) {
  const auto found = ids_.find(Key(entity, source));
  if (found == ids_.end()) return std::optional<std::string>();
  return std::optional<std::string>(found->second);
}

v1::ExternalRef Ref(std::string_view system, std::string_view type, std::string_view id) {
  v1::ExternalRef ref;
  ref.set_system(std::string(system));
  ref.set_object_type(std::string(type));
  ref.set_id(std::string(id));
  ref.set_role(v1::ExternalRef::ROLE_PRIMARY);
  ref.set_state(v1::ExternalRef::STATE_ACTIVE);
  return ref;
}

void SetMoney(std::string_view currency, std::string_view text, v1::DualMoney& out) {
  *out.mutable_ledger() = fairlead::models::MakeMoney(currency, text).value();
}

void SetDecimal(std::string_view text, v1::Decimal& out) {
  out = fairlead::models::ToProto(fairlead::models::ParseDecimal(text).value());
}

v1::OrderLine Item(std::string_view key, std::string_view sku, std::string_view quantity, std::string_view net,
                   std::string_view currency) {
  v1::OrderLine line;
  line.set_line_key(std::string(key));
  line.set_kind(v1::LINE_KIND_ITEM);
  line.set_sku(std::string(sku));
  line.set_title(absl::StrCat("Title of ", std::string(sku)));
  SetDecimal(quantity, *line.mutable_quantities()->mutable_ordered());
  SetDecimal(quantity, *line.mutable_quantities()->mutable_current());
  SetMoney(currency, net, *line.mutable_net());
  return line;
}

v1::OrderLine Charge(v1::LineKind kind, std::string_view title, std::string_view net, std::string_view currency) {
  v1::OrderLine line = Item(title, "", "1", net, currency);
  line.set_kind(kind);
  line.set_title(std::string(title));
  return line;
}

v1::Order MakeOrder(std::string_view number, std::string_view currency) {
  v1::Order order;
  *order.mutable_header()->add_refs() = Ref("web", "order", number);
  order.set_order_number(std::string(number));
  order.set_currency_code(std::string(currency));
  order.mutable_placed_at()->set_seconds(1'795'420'375);  // 2026-11-23
  *order.mutable_buyer()->mutable_party() = Ref("web", "customer", "14");
  order.mutable_buyer()->set_email("buyer@mail.example.com");
  v1::Address& billing = *order.mutable_billing_address();
  billing.set_first_name("Ada");
  billing.set_last_name("Quill");
  billing.add_raw_lines("88 Example Quay");
  billing.add_raw_lines("Door 1");
  billing.set_city("Portland");
  billing.set_postal_code("97201");
  billing.set_subdivision("OR");
  billing.set_country_code("US");
  *order.mutable_shipping_address() = billing;
  return order;
}

void State(v1::Order& order, std::string_view tax, std::string_view total) {
  v1::OrderTotals& stated = *order.mutable_totals()->mutable_stated();
  SetMoney(order.currency_code(), tax, *stated.mutable_tax());
  SetMoney(order.currency_code(), total, *stated.mutable_grand_total());
}

v1::Party MakeParty(std::string_view id, std::string_view name, std::string_view email) {
  v1::Party party;
  *party.mutable_header()->add_refs() = Ref("web", "customer", id);
  party.set_kind(v1::Party::KIND_PERSON);
  party.set_display_name(std::string(name));
  v1::IdentityKey* key = party.add_identity_keys();
  key->set_type(v1::IdentityKey::TYPE_EMAIL);
  key->set_normalized(std::string(email));
  key->set_source_text(std::string(email));
  v1::PartyAddress* address = party.add_addresses();
  address->set_key("billing");
  *address->mutable_address() = MakeOrder("0").billing_address();
  return party;
}

fairlead::WriteIntent Intent(std::string_view operation, v1::EntityKind entity,
                             std::shared_ptr<const google::protobuf::Message> message, std::string_view aggregate) {
  fairlead::WriteIntent intent;
  intent.operation = std::string(operation);
  intent.entity = entity;
  intent.message = std::move(message);
  intent.aggregate = std::string(aggregate);
  intent.purpose = "create";
  return intent;
}

absl::Status Driver::Run(const fairlead::WriteIntent& first) {
  std::deque<fairlead::WriteIntent> queue = {first};
  while (!queue.empty()) {
    const fairlead::WriteIntent intent = std::move(queue.front());
    queue.pop_front();
    if (steps.size() > 40) return absl::InternalError("the chain does not end");
    fairlead::CallContext context;
    context.resolver = resolver_;
    absl::StatusOr<fairlead::Preparation> preparation = connector_.Prepare(intent, context);
    if (!preparation.ok()) return preparation.status();
    if (!preparation->write.has_value()) {
      stopped = *std::move(preparation);
      return absl::OkStatus();
    }
    fairlead::PreparedWrite write = *std::move(preparation->write);
    for (int attempt = 0;; ++attempt) {
      OneSend guard;
      fairlead::CallContext sending;
      sending.guard = &guard;
      std::optional<absl::StatusOr<fairlead::WriteResult>> instead;
      if (before) instead = before(write);
      absl::StatusOr<fairlead::WriteResult> result =
          instead.has_value() ? *std::move(instead) : connector_.Write(write, sending);
      steps.push_back(Step{intent.operation, write, result});
      if (!result.ok()) {
        const absl::Status status = result.status();
        const bool unknown = OutcomeOf(status) == Outcome::kUnknown;
        if (!resolve_unknown || attempt > 5) return status;
        if (unknown && write.effect != fairlead::Effect::kRead && write.effect != fairlead::Effect::kAbsolute) {
          absl::StatusOr<fairlead::LookupResult> seen = connector_.Lookup(write, fairlead::CallContext{});
          if (!seen.ok()) return seen.status();
          if (seen->verdict == fairlead::LookupResult::Verdict::kAbsent) continue;
          if (seen->verdict != fairlead::LookupResult::Verdict::kFound)
            return absl::FailedPreconditionError(seen->evidence);
          result = *std::move(seen->result);
          steps.back().result = result;
        } else if (unknown || KindOf(status) == fairlead::ErrorKind::kTransient) {
          continue;
        } else {
          return status;
        }
      }
      if (result->posting.has_value()) posting = result->posting;
      for (const fairlead::MappingFinding& finding : result->findings) findings.push_back(finding);
      for (const fairlead::WriteIntent& next : result->follow_ups) queue.push_back(next);
      break;
    }
  }
  return absl::OkStatus();
}

std::string Driver::IdOf(std::string_view operation) const {
  for (const Step& step : steps) {
    if (step.write.operation == operation && step.result.ok() && !step.result->external_id.empty())
      return step.result->external_id;
  }
  return {};
}

std::vector<std::string> Driver::Operations() const {
  std::vector<std::string> names;
  for (const Step& step : steps) names.push_back(step.write.operation);
  return names;
}

}  // namespace fairlead_tryton_test
