// Which records of different systems are one.
#ifndef FAIRLEAD_SRC_SYNC_INTERNAL_IDENTITY_H_
#define FAIRLEAD_SRC_SYNC_INTERNAL_IDENTITY_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "fairlead/connector/connector.h"
#include "fairlead/core/export.h"
#include "fairlead/store/store.h"
#include "fairlead/store/transaction.h"
#include "fairlead/v1/order.pb.h"
#include "fairlead/v1/party.pb.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace sync {
namespace internal {

// "order", "inventory_level": as the store spells kinds.
std::string KindName(v1::EntityKind entity);

// 32 hexadecimal digits of SHA-256 over the length-prefixed parts: the same record always gets the same canonical id.
std::string MintId(std::string_view tenant, std::string_view kind, std::string_view system,
                   std::string_view external_id);

// All levels of one SKU, over systems and locations, are one canonical record.
std::string StockId(std::string_view tenant, std::string_view sku);

// Trimmed and in lower case; empty if it is no address at all.
std::string NormalizeEmail(std::string_view email);

// The id under which a guest is kept: the same mailbox for the same company (or for none) is one buyer. A mailbox that
// several companies share stays several buyers, and an order without a mailbox is a buyer of its own.
std::string GuestId(const v1::Order& order, std::string_view order_external_id);
// The id that a guest with the identity of this account would have; nullopt if the account has no mailbox.
std::optional<std::string> GuestIdOf(const v1::Party& account);

// The buyer of a guest order as a party of the storefront, under GuestId.
v1::Party GuestParty(const v1::Order& order, std::string_view system, std::string_view guest_id);

// Finds or mints the canonical id of (system, kind, external_id) and links it.
absl::StatusOr<std::string> CanonicalId(Transaction& tx, std::string_view tenant, std::string_view system,
                                        std::string_view kind, std::string_view external_id);

// Makes `ref` a name of `canonical_id`. A listing may have shown the record before we knew that it is ours (its answer
// was lost, or it is adopted): what it was given then is its own id and nobody else's, and moves. ALREADY_EXISTS if it
// is linked to another record for good.
absl::Status LinkTo(Transaction& tx, const ::fairlead::ExternalRef& ref, v1::EntityKind entity,
                    const std::string& canonical_id);

// Links in `system` of a canonical record. More than one is for the caller to judge.
absl::StatusOr<std::vector<std::string>> IdsAt(Transaction& tx, std::string_view tenant, std::string_view kind,
                                               std::string_view canonical_id, std::string_view system);

// A RefResolver over read transactions of its own, so that a connector may hold it while others write.
class StoreResolver final : public RefResolver {
 public:
  StoreResolver(Store& store, std::string tenant, std::string target)
      : store_(store), tenant_(std::move(tenant)), target_(std::move(target)) {}
  absl::StatusOr<std::optional<std::string>> IdFor(v1::EntityKind entity, const v1::ExternalRef& source) override;

 private:
  Store& store_;
  std::string tenant_;
  std::string target_;
};

}  // namespace internal
}  // namespace sync
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_SYNC_INTERNAL_IDENTITY_H_
