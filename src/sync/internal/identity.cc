#include "src/sync/internal/identity.h"

#include <cctype>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "fairlead/idempotency/key.h"
#include "src/core/internal/absl_compat.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace sync {
namespace internal {
namespace {

using ::fairlead::internal::ToAbsl;

// Length-prefixed, so that ("ab","c") and ("a","bc") differ.
std::string HashOf(std::initializer_list<std::string_view> parts) {
  std::string bytes;
  for (const std::string_view part : parts) absl::StrAppend(&bytes, part.size(), ":", ToAbsl(part), ";");
  return Sha256(bytes).ToHex().substr(0, 32);
}

std::string Squeeze(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::isspace(static_cast<unsigned char>(c)) == 0) {
      out.push_back(absl::ascii_tolower(static_cast<unsigned char>(c)));
    } else if (!out.empty() && out.back() != ' ') {
      out.push_back(' ');
    }
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::string GuestIdFor(std::string_view email, std::string_view company) {
  return absl::StrCat("guest:", HashOf({email, Squeeze(company)}));
}

std::string CompanyOf(const v1::Order& order) {
  return order.buyer().company().empty() ? order.billing_address().company() : order.buyer().company();
}

}  // namespace

std::string KindName(v1::EntityKind entity) { return absl::AsciiStrToLower(v1::EntityKind_Name(entity)); }

std::string MintId(std::string_view tenant, std::string_view kind, std::string_view system,
                   std::string_view external_id) {
  return HashOf({"fairlead-1", tenant, kind, system, external_id});
}

std::string StockId(std::string_view tenant, std::string_view sku) { return HashOf({"fairlead-1-sku", tenant, sku}); }

std::string NormalizeEmail(std::string_view email) {
  std::string out = absl::AsciiStrToLower(absl::StripAsciiWhitespace(ToAbsl(email)));
  const auto at = out.find('@');
  if (at == std::string::npos || at == 0 || at + 1 == out.size()) return {};
  return out;
}

std::string GuestId(const v1::Order& order, std::string_view order_external_id) {
  const std::string email =
      NormalizeEmail(order.buyer().email().empty() ? order.billing_address().email() : order.buyer().email());
  if (email.empty()) return absl::StrCat("guest-order:", ToAbsl(order_external_id));
  return GuestIdFor(email, CompanyOf(order));
}

std::optional<std::string> GuestIdOf(const v1::Party& account) {
  std::string email;
  for (const v1::IdentityKey& key : account.identity_keys()) {
    if (key.type() != v1::IdentityKey::TYPE_EMAIL) continue;
    if (key.shared()) return std::nullopt;
    email = NormalizeEmail(key.normalized().empty() ? key.source_text() : key.normalized());
    break;
  }
  if (email.empty()) return std::nullopt;
  std::string company;
  for (const v1::PartyAddress& address : account.addresses()) {
    if (company.empty()) company = address.address().company();
  }
  return GuestIdFor(email, company);
}

v1::Party GuestParty(const v1::Order& order, std::string_view system, std::string_view guest_id) {
  v1::Party party;
  v1::ExternalRef* ref = party.mutable_header()->add_refs();
  ref->set_system(std::string(system));
  ref->set_object_type("guest");
  ref->set_id(std::string(guest_id));
  ref->set_role(v1::ExternalRef::ROLE_PRIMARY);
  const v1::Address& billing = order.billing_address();
  const std::string company = CompanyOf(order);
  party.set_kind(company.empty() ? v1::Party::KIND_PERSON : v1::Party::KIND_COMPANY);
  party.set_first_name(billing.first_name());
  party.set_last_name(billing.last_name());
  std::string person = !order.buyer().name().empty() ? order.buyer().name()
                                                     : absl::StrCat(billing.first_name(), " ", billing.last_name());
  absl::StripAsciiWhitespace(&person);
  party.set_display_name(!company.empty()  ? company
                         : !person.empty() ? person
                                           : absl::StrCat("Guest of order ", order.order_number()));
  party.set_guest(true);
  const std::string& email = order.buyer().email().empty() ? billing.email() : order.buyer().email();
  if (const std::string normalized = NormalizeEmail(email); !normalized.empty()) {
    v1::IdentityKey* key = party.add_identity_keys();
    key->set_type(v1::IdentityKey::TYPE_EMAIL);
    key->set_normalized(normalized);
    key->set_source_text(email);
  }
  if (const std::string& phone = order.buyer().phone().empty() ? billing.phone() : order.buyer().phone();
      !phone.empty()) {
    v1::IdentityKey* key = party.add_identity_keys();
    key->set_type(v1::IdentityKey::TYPE_PHONE);
    key->set_normalized(phone);
    key->set_source_text(phone);
  }
  if (order.has_billing_address()) {
    v1::PartyAddress* address = party.add_addresses();
    address->set_key("billing");
    *address->mutable_address() = billing;
  }
  if (order.has_shipping_address()) {
    v1::PartyAddress* address = party.add_addresses();
    address->set_key("shipping");
    *address->mutable_address() = order.shipping_address();
  }
  return party;
}

absl::StatusOr<std::string> CanonicalId(Transaction& tx, std::string_view tenant, std::string_view system,
                                        std::string_view kind, std::string_view external_id) {
  const ::fairlead::ExternalRef ref{std::string(tenant), std::string(system), std::string(kind),
                                    std::string(external_id)};
  auto known = tx.FindCanonicalId(ref);
  if (!known.ok()) return known.status();
  if (known->has_value()) return **known;
  std::string minted = MintId(tenant, kind, system, external_id);
  FAIRLEAD_RETURN_IF_ERROR(tx.PutLink({ref, minted}));
  return minted;
}

absl::Status LinkTo(Transaction& tx, const ::fairlead::ExternalRef& ref, v1::EntityKind entity,
                    const std::string& canonical_id) {
  auto known = tx.FindCanonicalId(ref);
  if (!known.ok()) return known.status();
  if (!known->has_value() || **known == canonical_id) return tx.PutLink({ref, canonical_id});
  auto links = tx.FindLinks(ref.tenant, ref.kind, **known);
  if (!links.ok()) return links.status();
  const bool its_own = **known == MintId(ref.tenant, ref.kind, ref.system, ref.external_id) && links->size() == 1;
  if (!its_own) return tx.PutLink({ref, canonical_id});
  FAIRLEAD_RETURN_IF_ERROR(tx.RemoveLink(ref).status());
  FAIRLEAD_RETURN_IF_ERROR(tx.PutLink({ref, canonical_id}));
  auto mirror = tx.GetMirror(ref);
  if (!mirror.ok()) return mirror.status();
  if (!mirror->has_value()) return absl::OkStatus();
  MirrorRow row = **mirror;
  row.canonical_id = canonical_id;
  const auto message = NewMessage(entity);
  const auto* field = message == nullptr ? nullptr : message->GetDescriptor()->FindFieldByNumber(1);
  if (field != nullptr && field->message_type() == v1::EntityHeader::descriptor() &&
      message->ParseFromString(row.content)) {
    static_cast<v1::EntityHeader*>(message->GetReflection()->MutableMessage(message.get(), field))
        ->set_id(canonical_id);
    row.content = message->SerializeAsString();
  }
  return tx.PutMirror(row);
}

absl::StatusOr<std::vector<std::string>> IdsAt(Transaction& tx, std::string_view tenant, std::string_view kind,
                                               std::string_view canonical_id, std::string_view system) {
  auto links = tx.FindLinks(tenant, kind, canonical_id);
  if (!links.ok()) return links.status();
  std::vector<std::string> ids;
  for (const IdentityLink& link : *links) {
    if (link.ref.system == system) ids.push_back(link.ref.external_id);
  }
  return ids;
}

absl::StatusOr<std::optional<std::string>> StoreResolver::IdFor(v1::EntityKind entity, const v1::ExternalRef& source) {
  auto tx = store_.Read();
  if (!tx.ok()) return tx.status();
  const std::string kind = KindName(entity);
  auto canonical = (*tx)->FindCanonicalId({tenant_, source.system(), kind, source.id()});
  if (!canonical.ok()) return canonical.status();
  if (!canonical->has_value()) return std::optional<std::string>();
  auto ids = IdsAt(**tx, tenant_, kind, **canonical, target_);
  if (!ids.ok()) return ids.status();
  if (ids->empty()) return std::optional<std::string>();
  if (ids->size() > 1) {
    return MakeError(ErrorKind::kMapping, Outcome::kNotSent,
                     absl::StrCat(kind, " ", source.system(), "/", source.id(), " is linked to ", ids->size(),
                                  " records in ", target_, ": decide which one it is and unlink the others"));
  }
  return std::optional<std::string>(ids->front());
}

}  // namespace internal
}  // namespace sync
FAIRLEAD_NAMESPACE_END
