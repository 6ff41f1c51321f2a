// Customers with an account. Guests are known from their orders only.
#include <string>
#include <string_view>

#include "src/connectors/woocommerce/internal/mapping.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace woocommerce::internal {
namespace {

std::string LowerTrimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

void AddEmail(std::string_view email, v1::Party& party) {
  if (email.empty()) return;
  std::string normalized = LowerTrimmed(email);
  for (const v1::IdentityKey& key : party.identity_keys()) {
    if (key.type() == v1::IdentityKey::TYPE_EMAIL && key.normalized() == normalized) return;
  }
  v1::IdentityKey* key = party.add_identity_keys();
  key->set_type(v1::IdentityKey::TYPE_EMAIL);
  *key->mutable_normalized() = std::move(normalized);
  key->set_source_text(std::string(email));
}

void AddPhone(std::string_view phone, v1::Party& party) {
  std::string digits;
  for (const char c : phone) {
    if ((c >= '0' && c <= '9') || (c == '+' && digits.empty())) digits.push_back(c);
  }
  if (digits.size() < 5) return;
  for (const v1::IdentityKey& key : party.identity_keys()) {
    if (key.type() == v1::IdentityKey::TYPE_PHONE && key.normalized() == digits) return;
  }
  v1::IdentityKey* key = party.add_identity_keys();
  key->set_type(v1::IdentityKey::TYPE_PHONE);
  *key->mutable_normalized() = std::move(digits);
  key->set_source_text(std::string(phone));
}

}  // namespace

absl::Status MapCustomer(Context& context, const Value& source, v1::Party& party) {
  if (absl::Status status = CheckRecord(source, "a customer"); !status.ok()) return status;
  v1::EntityHeader& header = *party.mutable_header();
  PutHeader(context, kCustomer, source["id"].text(), source["date_created_gmt"], source["date_modified_gmt"], header);
  const Value billing = source["billing"];
  const Value shipping = source["shipping"];
  const auto name = [&](std::string_view key, std::string_view path) {
    // An account made by an import often has its names in the billing address alone.
    const std::string_view own = Text(context, source[key], path);
    return own.empty() ? Text(context, billing[key], path) : own;
  };
  const std::string_view first = name("first_name", "first_name");
  const std::string_view last = name("last_name", "last_name");
  const std::string_view company = Text(context, billing["company"], "addresses[billing].company");
  const std::string_view email = Text(context, source["email"], "identity_keys");
  party.set_first_name(std::string(first));
  party.set_last_name(std::string(last));
  if (first.empty() && last.empty()) AddState(header, "first_name", v1::FieldState::KIND_EMPTY_AT_SOURCE);
  std::string display(first);
  if (!display.empty() && !last.empty()) display += ' ';
  display += last;
  party.set_kind(display.empty() && !company.empty() ? v1::Party::KIND_COMPANY : v1::Party::KIND_PERSON);
  if (display.empty())
    display = std::string(!company.empty() ? company
                          : !email.empty() ? email
                                           : Text(context, source["username"], "display_name"));
  *party.mutable_display_name() = std::move(display);

  AddEmail(email, party);
  AddEmail(Text(context, billing["email"], "addresses[billing].email"), party);
  AddPhone(Text(context, billing["phone"], "addresses[billing].phone"), party);
  const auto address = [&](const Value& value, std::string_view key, std::string_view path) {
    if (!AddressSaysSomething(value)) return AddState(header, path, v1::FieldState::KIND_EMPTY_AT_SOURCE);
    v1::PartyAddress* entry = party.add_addresses();
    entry->set_key(std::string(key));
    PutAddress(context, value, path, *entry->mutable_address());
  };
  address(billing, "billing", "addresses[billing]");
  address(shipping, "shipping", "addresses[shipping]");
  party.set_source_group(std::string(Text(context, source["role"], "source_group")));
  PutMeta(context, source["meta_data"], header);
  return absl::OkStatus();
}

}  // namespace woocommerce::internal
FAIRLEAD_NAMESPACE_END
