// What the sandbox store holds, told so that a test can count effects.
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "src/testing/internal/woo_store.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {
namespace internal {
namespace {

std::vector<Json> Of(const std::map<std::int64_t, std::vector<Json>>& lists, std::int64_t order) {
  const auto found = lists.find(order);
  return found == lists.end() ? std::vector<Json>() : found->second;
}

}  // namespace

Json WooState(const WooStore& store) {
  Json orders = Json::Object();
  for (const auto& entry : store.table("orders")) {
    const Json& order = entry.second;
    Json meta = Json::Object();
    for (const Json& item : order["meta_data"].items()) {
      Json& values = meta[item["key"].text()];
      if (!values.IsArray()) values = Json::Array();
      values.Push(item["value"]);
    }
    Json notes = Json::Array();
    for (const Json& note : Of(store.notes, entry.first)) {
      if (note["note"].text().rfind("Stock levels", 0) != 0) notes.Push(note["note"]);
    }
    orders.Set(absl::StrCat(entry.first), Json::Object({{"status", order["status"]},
                                                        {"total", order["total"]},
                                                        {"currency", order["currency"]},
                                                        {"refunds", Of(store.refunds, entry.first).size()},
                                                        {"meta", std::move(meta)},
                                                        {"notes", std::move(notes)}}));
  }
  Json stock = Json::Object();
  for (const char* kind : {"products", "variations"}) {
    for (const auto& entry : store.table(kind)) {
      const std::string& sku = entry.second["sku"].text();
      if (!sku.empty() && entry.second["manage_stock"].AsBool()) stock.Set(sku, entry.second["stock_quantity"]);
    }
  }
  return Json::Object({{"orders", std::move(orders)}, {"stock", std::move(stock)}});
}

Json WooSummary(const WooStore& store) {
  Json statuses = Json::Object();
  Json meta_keys = Json::Object();
  std::int64_t repeated_keys = 0;
  std::int64_t notes = 0;
  std::int64_t repeated_notes = 0;
  std::int64_t refund_count = 0;
  for (const auto& entry : store.table("orders")) {
    Json& count = statuses[entry.second["status"].text()];
    count = Json(count.AsInt() + 1);
    std::map<std::string, int> keys;
    for (const Json& item : entry.second["meta_data"].items()) {
      if (++keys[item["key"].text()] == 1) {
        Json& orders_with = meta_keys[item["key"].text()];
        orders_with = Json(orders_with.AsInt() + 1);
      } else {
        ++repeated_keys;
      }
    }
    std::map<std::string, int> texts;
    for (const Json& note : Of(store.notes, entry.first)) {
      if (note["note"].text().rfind("Stock levels", 0) == 0) continue;
      ++notes;
      if (++texts[note["note"].text()] > 1) ++repeated_notes;
    }
    refund_count += static_cast<std::int64_t>(Of(store.refunds, entry.first).size());
  }
  return Json::Object({{"orders", store.table("orders").size()},
                       {"by_status", std::move(statuses)},
                       {"orders_with_meta", std::move(meta_keys)},
                       {"repeated_meta_keys", repeated_keys},
                       {"notes", notes},
                       {"repeated_notes", repeated_notes},
                       {"refunds", refund_count},
                       {"stock_writes", store.stock_writes}});
}

}  // namespace internal
}  // namespace testing
FAIRLEAD_NAMESPACE_END
