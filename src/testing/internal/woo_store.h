// Records of the sandbox store, and what WooCommerce's REST API does with them.
#ifndef FAIRLEAD_SRC_TESTING_INTERNAL_WOO_STORE_H_
#define FAIRLEAD_SRC_TESTING_INTERNAL_WOO_STORE_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fairlead/core/runtime.h"
#include "fairlead/testing/sandbox_woo.h"
#include "src/testing/internal/exact_decimal.h"
#include "src/testing/internal/json_value.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {
namespace internal {

/// An answer of the API before it is written out.
struct WooAnswer {
  int status = 200;
  Json body;
  std::int64_t total = -1;  // X-WP-Total; -1: none
  std::int64_t total_pages = 0;
  std::string location;
};

WooAnswer WooError(int status, std::string_view code, std::string_view message, Json extra = Json());
/// WordPress's answer to a parameter that fails its schema.
WooAnswer WooInvalidParam(std::string_view name, std::string_view why, std::string_view code = "rest_invalid_type");

using WooQuery = std::vector<std::pair<std::string, std::string>>;

class WooStore {
 public:
  struct Config {
    bool modern = true;  // 10.6.2 against 7.9.0
    std::string version;
    std::string currency;
    bool prices_include_tax = false;
    std::chrono::minutes utc_offset{0};
    std::string site;  // "http://127.0.0.1:1234"
  };
  /// resource ("order"), event ("created"), id.
  using EventSink = std::function<void(const std::string&, const std::string&, std::int64_t)>;

  Config config;
  EventSink on_event;
  WallTime now{};  // set by the caller before each call

  /// Loads taxes, products, variations, customers, coupons and, where asked, orders from lists/ and refunds/.
  absl::Status LoadCaptured(const std::string& folder, bool with_orders);

  // Lists and single records: "orders", "products", "customers", "coupons", "taxes".
  WooAnswer List(const std::string& kind, const WooQuery& query) const;
  WooAnswer ListVariations(std::int64_t product, const WooQuery& query) const;
  WooAnswer Page(std::vector<const Json*> found, const WooQuery& query) const;
  const Json* Find(const std::string& kind, std::int64_t id) const;
  Json* Find(const std::string& kind, std::int64_t id);
  /// The record as it is shown: `_fields` applied.
  static Json Shown(const Json& record, const WooQuery& query);

  static bool IsOrderStatus(const std::string& text);
  WooAnswer CreateOrder(const Json& body);
  WooAnswer UpdateOrder(std::int64_t id, const Json& body);
  WooAnswer DeleteOrder(std::int64_t id, bool force);
  WooAnswer CreateRefund(std::int64_t order, const Json& body);
  WooAnswer DeleteRefund(std::int64_t order, std::int64_t refund);
  WooAnswer CreateNote(std::int64_t order, const Json& body);
  WooAnswer CreateProduct(const Json& body);
  WooAnswer UpdateProduct(std::int64_t id, const Json& body);
  WooAnswer DeleteProduct(std::int64_t id, bool force);
  WooAnswer CreateVariation(std::int64_t product, const Json& body);
  WooAnswer UpdateVariation(std::int64_t product, std::int64_t id, const Json& body);
  WooAnswer CreateCustomer(const Json& body);
  WooAnswer UpdateCustomer(std::int64_t id, const Json& body);
  WooAnswer CreateCoupon(const Json& body);
  WooAnswer CreateTax(const Json& body);

  /// Keeps a payload as it is under its own id.
  std::int64_t Adopt(const std::string& kind, Json record);
  absl::Status SetStock(std::string_view sku, std::int64_t quantity);
  SandboxOrderSet Generate(int count, std::uint64_t seed);

  std::map<std::int64_t, Json>& table(const std::string& kind) { return tables_[kind]; }
  const std::map<std::int64_t, Json>& table(const std::string& kind) const;
  std::map<std::int64_t, std::vector<Json>> refunds;  // by order, newest first
  std::map<std::int64_t, std::vector<Json>> notes;    // by order, oldest first
  std::int64_t stock_writes = 0;

  /// Local and GMT stamps: `name` and `name`_gmt.
  void Stamp(Json* record, const char* name, std::optional<WallTime> time) const;
  /// Local time of a record's `name`_gmt as seconds; nullopt where null.
  static std::optional<std::int64_t> Seconds(const Json& record, const std::string& gmt_name);
  Json Links(const std::string& path, const std::string& collection) const;

 private:
  struct Rate {
    std::int64_t id = 0;
    std::string code, label;
    ExactDecimal percent;
    bool compound = false;
    bool shipping = false;
    int priority = 1;
  };
  std::vector<Rate> RatesFor(const Json& order, const std::string& tax_class) const;
  std::int64_t NextPost() { return next_post_++; }
  std::int64_t NextItem() { return next_item_++; }
  void Touch(Json* record) { Stamp(record, "date_modified", now); }
  void Event(const char* resource, const char* event, std::int64_t id) {
    if (on_event) on_event(resource, event, id);
  }

  WooAnswer CheckOrderBody(const Json& body) const;
  WooAnswer ApplyOrderBody(Json* order, const Json& body, bool creating);
  WooAnswer SetLines(Json* order, const Json& lines);
  WooAnswer AddLine(Json* order, const Json& body);
  void TaxLine(const Json& order, Json* line, bool inclusive_total) const;
  void ApplyFlatLines(Json* order, const Json& body, const char* field);
  WooAnswer ApplyCoupons(Json* order, const Json& body);
  void Recalculate(Json* order);
  void SetStatus(Json* order, const std::string& status);
  void ReduceStock(Json* order);
  void RestoreStock(Json* order);
  void AddNote(std::int64_t order, const std::string& text, bool customer, const char* author);
  bool MergeMeta(Json* record, const Json& entries);
  Json* StockHolder(std::int64_t product, std::int64_t variation);
  void SetQuantity(Json* product, std::int64_t quantity);
  WooAnswer ApplyProductBody(Json* product, const Json& body, bool creating);
  const Json* FindSku(std::string_view sku) const;
  std::int64_t MakeGenerated(const struct OrderPlan& plan);

  std::map<std::string, std::map<std::int64_t, Json>> tables_;
  std::set<std::int64_t> stock_reduced_;
  std::int64_t next_post_ = 100;
  std::int64_t next_item_ = 1;
  std::int64_t next_meta_ = 1;
  std::int64_t next_user_ = 2;
  std::int64_t next_comment_ = 1;
  std::int64_t next_tax_ = 1;
};

/// Meta data, notes and refunds by order, stock by SKU.
Json WooState(const WooStore& store);
/// Their sums, repeated notes and meta keys among them.
Json WooSummary(const WooStore& store);

/// A number as PHP writes it in JSON: 12.5, 12, 14.840220333333333.
Json PhpNumber(double value);
/// "12.50".
std::string Money2(const ExactDecimal& value);
ExactDecimal ToMoney(const Json& value);

}  // namespace internal
}  // namespace testing
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_TESTING_INTERNAL_WOO_STORE_H_
