#include <algorithm>
#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "fairlead/core/error.h"
#include "fairlead/v1/party.pb.h"
#include "src/connectors/tryton/internal/reads.h"
#include "src/core/internal/absl_compat.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace tryton {
namespace {

using internal::ToAbsl;

std::string PhoneDigits(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (absl::ascii_isdigit(static_cast<unsigned char>(c)) || (c == '+' && digits.empty())) digits += c;
  }
  return digits;
}

/// "web/customer/14": what we put there ourselves.
bool IsLinkKey(std::string_view code) { return std::count(code.begin(), code.end(), '/') == 2; }

void AddKey(v1::Party& party, v1::IdentityKey::Type type, std::string_view text, std::string normalized) {
  v1::IdentityKey* key = party.add_identity_keys();
  key->set_type(type);
  key->set_source_text(std::string(text));
  key->set_normalized(std::move(normalized));
}

}  // namespace

bool MapParty(const MapContext& context, const json::Value& row, v1::Party& party) {
  if (ReadId(row["id"]) == 0) return false;
  FillHeader(context, "party.party", row, *party.mutable_header());
  v1::ExternalRef& ref = *party.mutable_header()->mutable_refs(0);
  ref.set_human_number(std::string(row["code"].text()));
  if (const std::int64_t successor = ReadId(row["replaced_by"]); successor != 0) {
    ref.set_state(v1::ExternalRef::STATE_MERGED_INTO);
    ref.set_merged_into(absl::StrCat(successor));
    party.mutable_header()->mutable_tombstone()->set_kind(v1::Tombstone::KIND_MERGED);
  }
  party.set_display_name(std::string(row["name"].text()));
  party.set_language(std::string(row["lang."]["code"].text()));
  return true;
}

absl::StatusOr<Batch> ReadParties(const ReadContext& context, const std::vector<std::int64_t>& ids) {
  FAIRLEAD_ASSIGN_OR_RETURN(
      const Answer rows,
      context.rpc.ReadPage(
          "model.party.party.search_read",
          SearchRead(In("id", ids), R"(["name","code","active","replaced_by","lang.code","create_date","write_date"])"),
          context.call, R"("active_test":false)"));
  FAIRLEAD_ASSIGN_OR_RETURN(
      const Answer addresses,
      context.rpc.Read(
          "model.party.address.search_read",
          SearchRead(In("party", ids),
                     R"(["party","party_name","street","city","postal_code","country.code","subdivision.code"])"),
          context.call));
  FAIRLEAD_ASSIGN_OR_RETURN(
      const Answer contacts,
      context.rpc.Read("model.party.contact_mechanism.search_read",
                       SearchRead(In("party", ids), R"(["party","type","value"])"), context.call));
  FAIRLEAD_ASSIGN_OR_RETURN(const Answer identifiers,
                            context.rpc.Read("model.party.identifier.search_read",
                                             SearchRead(In("party", ids), R"(["party","type","code"])"), context.call));

  std::map<std::int64_t, v1::Party> parties;
  std::map<std::int64_t, std::string> raw;
  Batch batch;
  for (const json::Value row : rows.result.Items()) {
    v1::Party party;
    if (!row.Check().ok() || !MapParty(context, row, party)) {
      batch.unreadable.push_back(Unreadable(row, "a party without id"));
      continue;
    }
    const std::int64_t id = ReadId(row["id"]);
    parties[id] = std::move(party);
    raw[id] = std::string(row.raw());
  }
  for (const json::Value row : contacts.result.Items()) {
    const auto party = parties.find(ReadId(row["party"]));
    if (party == parties.end()) continue;
    const std::string_view type = row["type"].text();
    const std::string_view value = row["value"].text();
    if (type == "email") {
      AddKey(party->second, v1::IdentityKey::TYPE_EMAIL, value,
             absl::AsciiStrToLower(absl::StripAsciiWhitespace(ToAbsl(value))));
    } else if (type == "phone" || type == "mobile" || type == "other") {
      std::string digits = PhoneDigits(value);
      if (digits.size() >= 6) AddKey(party->second, v1::IdentityKey::TYPE_PHONE, value, std::move(digits));
    }
  }
  for (const json::Value row : identifiers.result.Items()) {
    const auto party = parties.find(ReadId(row["party"]));
    const std::string_view code = row["code"].text();
    if (party == parties.end() || IsLinkKey(code)) continue;
    AddKey(party->second, row["type"].empty() ? v1::IdentityKey::TYPE_ACCOUNT_NUMBER : v1::IdentityKey::TYPE_TAX_ID,
           code, std::string(code));
  }
  for (const json::Value row : addresses.result.Items()) {
    const auto party = parties.find(ReadId(row["party"]));
    if (party == parties.end()) continue;
    v1::PartyAddress* entry = party->second.add_addresses();
    entry->set_key(absl::StrCat(ReadId(row["id"])));
    FillAddress(row, *entry->mutable_address());
  }
  for (auto& [id, party] : parties) {
    Record record;
    record.entity = v1::PARTY;
    record.external_id = absl::StrCat(id);
    record.raw = std::move(raw[id]);
    record.message = std::make_unique<v1::Party>(std::move(party));
    batch.records.push_back(std::move(record));
  }
  return batch;
}

void FillAddress(const json::Value& row, v1::Address& address) {
  address.set_full_name(std::string(row["party_name"].text()));
  for (const auto line : absl::StrSplit(ToAbsl(row["street"].text()), '\n', absl::SkipWhitespace())) {
    address.add_raw_lines(std::string(line));
  }
  address.set_city(std::string(row["city"].text()));
  address.set_postal_code(std::string(row["postal_code"].text()));
  address.set_country_code(std::string(row["country."]["code"].text()));
  // "US-OR" is OR in canonical records.
  std::string_view subdivision = row["subdivision."]["code"].text();
  const std::size_t dash = subdivision.find('-');
  if (dash != std::string_view::npos) subdivision.remove_prefix(dash + 1);
  address.set_subdivision(std::string(subdivision));
}

}  // namespace tryton
FAIRLEAD_NAMESPACE_END
