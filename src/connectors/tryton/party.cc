#include "src/connectors/tryton/internal/party.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "src/connectors/tryton/internal/digest.h"
#include "src/connectors/tryton/internal/errors.h"
#include "src/core/internal/absl_compat.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace tryton {
namespace {

using internal::ToAbsl;

/// For comparing: ASCII capitals lowered, runs of spaces and line breaks as one space.
std::string Folded(std::string_view text) {
  std::string folded = absl::AsciiStrToLower(ToAbsl(text));
  std::replace(folded.begin(), folded.end(), ',', ' ');
  absl::RemoveExtraAsciiWhitespace(&folded);
  return folded;
}

std::string Trimmed(std::string_view text) { return std::string(absl::StripAsciiWhitespace(ToAbsl(text))); }

std::string Joined(std::string_view first, std::string_view second, std::string_view between) {
  if (first.empty()) return std::string(second);
  if (second.empty()) return std::string(first);
  return absl::StrCat(ToAbsl(first), ToAbsl(between), ToAbsl(second));
}

std::string PersonName(const v1::Address& address) {
  if (!address.full_name().empty()) return Trimmed(address.full_name());
  return Joined(Trimmed(address.first_name()), Trimmed(address.last_name()), " ");
}

std::string Recipient(const v1::Address& address) {
  return Joined(Trimmed(address.company()), PersonName(address), ", ");
}

}  // namespace

bool SameAddress(const AddressValues& left, const AddressValues& right) {
  return Folded(left.street) == Folded(right.street) && Folded(left.city) == Folded(right.city) &&
         Folded(left.postal_code) == Folded(right.postal_code) && left.country == right.country &&
         left.subdivision == right.subdivision && Folded(left.party_name) == Folded(right.party_name);
}

absl::StatusOr<AddressValues> ToAddress(const v1::Address& address, Catalog& catalog, const CallContext& context) {
  AddressValues values;
  values.party_name = Recipient(address);
  std::vector<std::string> lines;
  for (const std::string& line : address.raw_lines()) {
    std::string trimmed = Trimmed(line);
    if (!trimmed.empty()) lines.push_back(std::move(trimmed));
  }
  values.city = Trimmed(address.city());
  values.postal_code = Trimmed(address.postal_code());
  FAIRLEAD_ASSIGN_OR_RETURN(const Places places, catalog.Find(address.country_code(), address.subdivision(), context));
  values.country = places.country;
  values.subdivision = places.subdivision;
  if (places.subdivision == 0 && !address.subdivision().empty()) lines.push_back(address.subdivision());
  if (places.country == 0 && !address.country_code().empty()) lines.push_back(address.country_code());
  values.street = absl::StrJoin(lines, "\n");
  return values;
}

void WriteAddress(json::Writer& out, const AddressValues& values) {
  out.BeginObject();
  if (!values.party_name.empty()) out.Member("party_name", std::string_view(values.party_name));
  out.Member("street", std::string_view(values.street));
  out.Member("city", std::string_view(values.city));
  out.Member("postal_code", std::string_view(values.postal_code));
  if (values.country != 0) out.Member("country", values.country);
  if (values.subdivision != 0) out.Member("subdivision", values.subdivision);
  out.Member("delivery", values.delivery);
  out.Member("invoice", values.invoice);
  out.EndObject();
}

void WriteContactMechanism(json::Writer& out, bool email, std::string_view value) {
  const std::string_view type = email ? "email" : !value.empty() && value.front() == '+' ? "phone" : "other";
  out.BeginObject().Member("type", type).Member("value", value).EndObject();
}

absl::StatusOr<std::vector<AddressValues>> ReadAddresses(std::int64_t party, Rpc& rpc, const CallContext& context) {
  FAIRLEAD_ASSIGN_OR_RETURN(
      const Answer answer,
      rpc.Read(
          "model.party.address.search_read",
          SearchRead(absl::StrCat(R"([["party","=",)", party, "]]"),
                     R"(["party_name","street","city","postal_code","country","subdivision","invoice","delivery"])"),
          context));
  std::vector<AddressValues> addresses;
  for (const json::Value row : answer.result.Items()) {
    AddressValues values;
    values.id = ReadId(row["id"]);
    values.party_name = std::string(row["party_name"].text());
    values.street = std::string(row["street"].text());
    values.city = std::string(row["city"].text());
    values.postal_code = std::string(row["postal_code"].text());
    values.country = ReadId(row["country"]);
    values.subdivision = ReadId(row["subdivision"]);
    values.invoice = row["invoice"].AsBool() == true;
    values.delivery = row["delivery"].AsBool() == true;
    addresses.push_back(std::move(values));
  }
  std::sort(addresses.begin(), addresses.end(),
            [](const AddressValues& a, const AddressValues& b) { return a.id < b.id; });
  return addresses;
}

std::string LinkKey(const v1::ExternalRef& ref) {
  return absl::StrCat(ref.system(), "/", ref.object_type(), "/", ref.id());
}

const v1::ExternalRef* SourceRef(const v1::EntityHeader& header, std::string_view own_system) {
  const v1::ExternalRef* found = nullptr;
  for (const v1::ExternalRef& ref : header.refs()) {
    if (ref.system() == own_system || ref.id().empty()) continue;
    if (ref.role() == v1::ExternalRef::ROLE_PRIMARY) return &ref;
    if (found == nullptr) found = &ref;
  }
  return found;
}

v1::ExternalRef GuestRef(const v1::Order& order, std::string_view source_system) {
  const v1::Address& address = order.has_billing_address() ? order.billing_address() : order.shipping_address();
  std::string who =
      absl::AsciiStrToLower(Trimmed(order.buyer().email().empty() ? address.email() : order.buyer().email()));
  if (who.empty()) {
    who = Folded(
        absl::StrCat(Recipient(address), " ", address.postal_code(), " ", absl::StrJoin(address.raw_lines(), " ")));
  }
  v1::ExternalRef ref;
  ref.set_system(std::string(source_system));
  ref.set_object_type("guest");
  ref.set_id(Sha256Hex(who).substr(0, 20));
  return ref;
}

v1::Party GuestParty(const v1::Order& order, const v1::ExternalRef& ref) {
  v1::Party party;
  *party.mutable_header()->add_refs() = ref;
  party.set_guest(true);
  const v1::OrderBuyer& buyer = order.buyer();
  const v1::Address& billing = order.has_billing_address() ? order.billing_address() : order.shipping_address();
  const std::string& company = buyer.company().empty() ? billing.company() : buyer.company();
  party.set_kind(company.empty() ? v1::Party::KIND_PERSON : v1::Party::KIND_COMPANY);
  std::string name = buyer.name().empty() ? PersonName(billing) : buyer.name();
  party.set_display_name(company.empty() ? name : company);
  const auto add_key = [&party](v1::IdentityKey::Type type, const std::string& text) {
    if (text.empty()) return;
    v1::IdentityKey* key = party.add_identity_keys();
    key->set_type(type);
    key->set_source_text(text);
  };
  add_key(v1::IdentityKey::TYPE_EMAIL, buyer.email().empty() ? billing.email() : buyer.email());
  add_key(v1::IdentityKey::TYPE_PHONE, buyer.phone().empty() ? billing.phone() : buyer.phone());
  if (order.has_billing_address()) {
    v1::PartyAddress* address = party.add_addresses();
    address->set_key("billing");
    *address->mutable_address() = order.billing_address();
  }
  if (order.has_shipping_address()) {
    v1::PartyAddress* address = party.add_addresses();
    address->set_key("shipping");
    *address->mutable_address() = order.shipping_address();
  }
  return party;
}

absl::StatusOr<std::vector<std::int64_t>> FindParties(std::string_view link_key, Rpc& rpc, const CallContext& context) {
  json::Writer domain;
  domain.BeginArray().BeginArray().String("code").String("=").String(link_key).EndArray().EndArray();
  FAIRLEAD_ASSIGN_OR_RETURN(
      const Answer identifiers,
      rpc.Read("model.party.identifier.search_read", SearchRead(domain.text(), R"(["code","party"])"), context));
  std::vector<std::int64_t> parties;
  for (const json::Value row : identifiers.result.Items()) {
    if (const std::int64_t id = ReadId(row["party"]); id != 0) parties.push_back(id);
  }
  if (!parties.empty()) {
    // Someone may have merged it: the old record stays, inactive, and names its successor.
    FAIRLEAD_ASSIGN_OR_RETURN(const Answer rows,
                              rpc.Read("model.party.party.search_read",
                                       SearchRead(absl::StrCat(R"([["id","in",[)", absl::StrJoin(parties, ","), "]]]"),
                                                  R"(["active","replaced_by"])"),
                                       context, R"("active_test":false)"));
    for (const json::Value row : rows.result.Items()) {
      const std::int64_t successor = ReadId(row["replaced_by"]);
      if (successor != 0) std::replace(parties.begin(), parties.end(), ReadId(row["id"]), successor);
    }
  }
  std::sort(parties.begin(), parties.end());
  parties.erase(std::unique(parties.begin(), parties.end()), parties.end());
  return parties;
}

absl::StatusOr<std::string> PartyCreateParams(const v1::Party& party, std::string_view link_key, Catalog& catalog,
                                              const CallContext& context) {
  std::string name = Trimmed(party.display_name());
  if (name.empty()) name = Joined(Trimmed(party.first_name()), Trimmed(party.last_name()), " ");
  if (name.empty()) {
    for (const v1::IdentityKey& key : party.identity_keys()) {
      if (name.empty()) name = Trimmed(key.source_text().empty() ? key.normalized() : key.source_text());
    }
  }
  if (name.empty())
    return FailMapping(
        absl::StrCat("party ", ToAbsl(link_key), " has neither name nor e-mail: nobody would find it again"));

  std::vector<AddressValues> addresses;
  for (const v1::PartyAddress& entry : party.addresses()) {
    FAIRLEAD_ASSIGN_OR_RETURN(AddressValues values, ToAddress(entry.address(), catalog, context));
    if (values.Blank()) continue;
    values.delivery = entry.key() != "billing";
    values.invoice = entry.key() != "shipping";
    const auto same = std::find_if(addresses.begin(), addresses.end(),
                                   [&values](const AddressValues& other) { return SameAddress(values, other); });
    if (same == addresses.end()) {
      addresses.push_back(std::move(values));
    } else {
      same->delivery = same->delivery || values.delivery;
      same->invoice = same->invoice || values.invoice;
    }
  }

  json::Writer out;
  out.BeginArray().BeginObject().Member("name", std::string_view(name));
  if (!addresses.empty()) {
    out.Key("addresses").BeginArray().BeginArray().String("create").BeginArray();
    for (const AddressValues& values : addresses) WriteAddress(out, values);
    out.EndArray().EndArray().EndArray();
  }
  bool contacts = false;
  for (const v1::IdentityKey& key : party.identity_keys()) {
    const std::string value = Trimmed(key.source_text().empty() ? key.normalized() : key.source_text());
    const bool email = key.type() == v1::IdentityKey::TYPE_EMAIL;
    if (value.empty() || (!email && key.type() != v1::IdentityKey::TYPE_PHONE)) continue;
    if (!contacts) out.Key("contact_mechanisms").BeginArray().BeginArray().String("create").BeginArray();
    contacts = true;
    WriteContactMechanism(out, email, value);
  }
  if (contacts) out.EndArray().EndArray().EndArray();
  out.Key("identifiers").BeginArray().BeginArray().String("create").BeginArray();
  out.BeginObject().Member("code", link_key).EndObject();
  for (const v1::IdentityKey& key : party.identity_keys()) {
    // Without a type: Tryton checks the digits of typed ones and would refuse the whole party for a wrong one.
    if (key.type() != v1::IdentityKey::TYPE_TAX_ID && key.type() != v1::IdentityKey::TYPE_DUNS) continue;
    const std::string value = Trimmed(key.source_text().empty() ? key.normalized() : key.source_text());
    if (!value.empty()) out.BeginObject().Member("code", std::string_view(value)).EndObject();
  }
  out.EndArray().EndArray().EndArray();
  out.EndObject().EndArray();
  return out.Take();
}

}  // namespace tryton
FAIRLEAD_NAMESPACE_END
