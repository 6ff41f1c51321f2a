/// What people ask the engine: what is held and why, where an order stands. Read from the store alone, so that a
/// command beside the running engine can show it.
#ifndef FAIRLEAD_SYNC_VIEWS_H_
#define FAIRLEAD_SYNC_VIEWS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "fairlead/core/export.h"
#include "fairlead/core/runtime.h"
#include "fairlead/idempotency/intent.h"
#include "fairlead/store/store.h"
#include "fairlead/v1/order.pb.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace sync {

/// Something that waits for a person.
struct FAIRLEAD_EXPORT HeldItem {
  std::string kind;  ///< "gate" (never became a write), or the state of the write: "parked", "dead", "rejected".
  std::int64_t intent_id = 0;  ///< 0 for a gate.
  std::string entity;          ///< "order/<canonical id>".
  std::string label;           ///< What people call it: the order number.
  std::string operation;
  std::string target;  ///< System.
  std::string reason;  ///< One word.
  std::string detail;  ///< A sentence.
  std::string owner;
  std::string runbook;
  std::string money_at_risk;
  WallTime since{};
};

/// Units sold but not yet known to the owner of the stock.
struct FAIRLEAD_EXPORT InFlightUnits {
  std::string sku;
  std::string units;                ///< Decimal text.
  std::vector<std::string> orders;  ///< Order numbers.
};

/// Where an order stands.
struct FAIRLEAD_EXPORT OrderView {
  std::string canonical_id;
  v1::Order order;                           ///< As the source last showed it, with its postings.
  std::vector<v1::OrderRevision> revisions;  ///< Oldest first.
  std::vector<Intent> intents;               ///< Writes about it, oldest first, without bodies.
  std::vector<HeldItem> held;
  std::vector<std::string> waiting;  ///< Sentences: "sale.create waits for party …".
};

/// Tenants that an engine has worked for in this store, oldest first.
FAIRLEAD_EXPORT absl::StatusOr<std::vector<std::string>> ListTenants(Store& store);

/// Thread-safe over a thread-safe store.
FAIRLEAD_EXPORT absl::StatusOr<std::vector<HeldItem>> ListHeld(Store& store, std::string_view tenant);
FAIRLEAD_EXPORT absl::StatusOr<OrderView> ShowOrder(Store& store, std::string_view tenant, std::string_view id);

}  // namespace sync
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SYNC_VIEWS_H_
