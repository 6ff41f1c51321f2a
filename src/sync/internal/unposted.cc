#include "src/sync/internal/unposted.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace sync {
namespace internal {

void UnpostedIndex::Drop(const Key& key) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  for (const auto& [sku, units] : found->second.units) {
    const auto bucket = by_sku_.find({key.first, sku});
    if (bucket == by_sku_.end()) continue;
    bucket->second.erase(key.second);
    if (bucket->second.empty()) by_sku_.erase(bucket);
  }
  entries_.erase(found);
}

void UnpostedIndex::Add(const std::string& target, const std::string& canonical_id, const v1::Order& order) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const Key key{target, canonical_id};
  Drop(key);
  Entry entry;
  entry.number = order.order_number();
  for (const v1::OrderLine& line : order.lines()) {
    if (line.kind() != v1::LINE_KIND_ITEM || line.sku().empty()) continue;
    const auto current = models::FromProto(line.quantities().current());
    if (!current.ok()) continue;
    models::Dec& sum = entry.units[line.sku()];
    const auto added = models::Add(sum, *current);
    if (added.ok()) sum = *added;
  }
  Entry& stored = entries_[key] = std::move(entry);
  for (const auto& [sku, units] : stored.units) by_sku_[{target, sku}][canonical_id] = &stored;
}

void UnpostedIndex::Remove(const std::string& target, const std::string& canonical_id) {
  const std::lock_guard<std::mutex> lock(mutex_);
  Drop({target, canonical_id});
}

void UnpostedIndex::Settle(const std::string& target, const std::string& canonical_id, WallTime at) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = entries_.find({target, canonical_id});
  if (found != entries_.end()) found->second.settled = at;
}

void UnpostedIndex::LevelRead(const std::string& target, const std::string& sku, WallTime at) {
  const std::lock_guard<std::mutex> lock(mutex_);
  read_[{target, sku}] = at;
  // Orders whose every SKU was read after they settled have nothing left to explain.
  const auto bucket = by_sku_.find({target, sku});
  if (bucket == by_sku_.end()) return;
  std::vector<std::string> finished;
  for (const auto& [canonical_id, entry] : bucket->second) {
    bool open = false;
    for (const auto& [other, units] : entry->units) open = open || Counts(target, *entry, other);
    if (!open) finished.push_back(canonical_id);
  }
  for (const std::string& canonical_id : finished) Drop({target, canonical_id});
}

bool UnpostedIndex::Counts(const std::string& target, const Entry& entry, const std::string& sku,
                           std::optional<WallTime> level_as_of) const {
  if (!entry.settled.has_value()) return true;
  if (level_as_of.has_value()) return *level_as_of <= *entry.settled;
  const auto read = read_.find({target, sku});
  return read == read_.end() || read->second <= *entry.settled;
}

std::vector<policy::InFlight> UnpostedIndex::InFlight(const std::string& target, const std::string& sku,
                                                      std::optional<WallTime> level_as_of) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<policy::InFlight> effects;
  const auto bucket = by_sku_.find({target, sku});
  if (bucket == by_sku_.end()) return effects;
  for (const auto& [canonical_id, entry] : bucket->second) {
    if (!Counts(target, *entry, sku, level_as_of)) continue;
    effects.push_back(
        {v1::ORDERS_NOT_POSTED, models::PrintDecimal(models::Normalize(entry->units.at(sku))), entry->number});
  }
  return effects;
}

std::vector<InFlightUnits> UnpostedIndex::All(const std::string& target) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<InFlightUnits> all;
  for (const auto& [key, orders] : by_sku_) {
    if (key.first != target) continue;
    InFlightUnits units;
    units.sku = key.second;
    models::Dec sum;
    for (const auto& [canonical_id, entry] : orders) {
      if (!Counts(target, *entry, key.second)) continue;
      const auto added = models::Add(sum, entry->units.at(key.second));
      if (added.ok()) sum = *added;
      units.orders.push_back(entry->number);
    }
    if (sum.IsZero()) continue;
    units.units = models::PrintDecimal(models::Normalize(sum));
    all.push_back(std::move(units));
  }
  return all;
}

}  // namespace internal
}  // namespace sync
FAIRLEAD_NAMESPACE_END
