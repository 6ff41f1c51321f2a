// Units that the storefront has sold and the owner of the stock does not know yet.
#ifndef FAIRLEAD_SRC_SYNC_INTERNAL_UNPOSTED_H_
#define FAIRLEAD_SRC_SYNC_INTERNAL_UNPOSTED_H_

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fairlead/core/export.h"
#include "fairlead/core/runtime.h"
#include "fairlead/models/decimal.h"
#include "fairlead/policy/decision.h"
#include "fairlead/sync/views.h"
#include "fairlead/v1/order.pb.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace sync {
namespace internal {

// In memory, rebuilt from the store at start. An order counts until it is verified at the target *and* the target's
// stock of the SKU has been read after that: in between the level read may not show it yet. It errs to the side of
// selling too little. Thread-safe.
class UnpostedIndex {
 public:
  // The order is (still) to be posted to `target`.
  void Add(const std::string& target, const std::string& canonical_id, const v1::Order& order);
  // It will not be posted (cancelled, never eligible).
  void Remove(const std::string& target, const std::string& canonical_id);
  // It is verified there since `at`.
  void Settle(const std::string& target, const std::string& canonical_id, WallTime at);
  // The level of `sku` at `target` was read, as of `at`.
  void LevelRead(const std::string& target, const std::string& sku, WallTime at);

  std::vector<policy::InFlight> InFlight(const std::string& target, const std::string& sku,
                                         std::optional<WallTime> level_as_of = std::nullopt) const;
  std::vector<InFlightUnits> All(const std::string& target) const;

 private:
  struct Entry {
    std::string number;
    std::map<std::string, models::Dec> units;
    std::optional<WallTime> settled;
  };
  using Key = std::pair<std::string, std::string>;
  bool Counts(const std::string& target, const Entry& entry, const std::string& sku,
              std::optional<WallTime> level_as_of = std::nullopt) const;

  mutable std::mutex mutex_;
  std::map<Key, Entry> entries_;                         // (target, canonical id)
  std::map<Key, std::map<std::string, Entry*>> by_sku_;  // (target, SKU) -> canonical id -> entry
  std::map<Key, WallTime> read_;                         // (target, SKU)
  void Drop(const Key& key);
};

}  // namespace internal
}  // namespace sync
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_SYNC_INTERNAL_UNPOSTED_H_
