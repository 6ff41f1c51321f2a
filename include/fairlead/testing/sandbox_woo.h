/// A WooCommerce store on a loopback port, with the behaviour and the traps that were captured from real ones.
#ifndef FAIRLEAD_TESTING_SANDBOX_WOO_H_
#define FAIRLEAD_TESTING_SANDBOX_WOO_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fairlead/core/export.h"
#include "fairlead/core/runtime.h"
#include "fairlead/testing/fault_plan.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {

struct FAIRLEAD_EXPORT SandboxWooOptions {
  /// "7.9.0" or "10.6.2": they differ in what moves date_modified, in totals past the last page and in the messages.
  std::string version = "10.6.2";
  /// Loopback port; 0 takes a free one.
  int port = 0;
  std::string currency = "USD";
  bool prices_include_tax = false;
  /// The store's own time: dates without a zone are in it. Fixed offset from UTC.
  std::chrono::minutes utc_offset{-480};
  std::string consumer_key = "ck_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
  std::string consumer_secret = "cs_bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
  std::string read_only_key = "ck_cccccccccccccccccccccccccccccccccccccccc";
  std::string read_only_secret = "cs_dddddddddddddddddddddddddddddddddddddddd";
  /// Folder that holds woocommerce-<version>; where not empty, the store starts with the captured catalogue,
  /// customers, orders and taxes of that version (and its currency, tax display and zone).
  std::string captured_data;
  /// Loads the captured orders too. Off for a store whose orders all come from GenerateOrders.
  bool captured_orders = true;
  FaultPlan faults;
  Runtime runtime = Runtime::System();
};

/// One delivery of a webhook, as it goes over the wire.
struct FAIRLEAD_EXPORT SandboxDelivery {
  std::string url;    ///< The webhook's delivery_url.
  std::string topic;  ///< Empty for a ping.
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

/// What GenerateOrders made, by the reason a test has for asking. Ids of orders, as WooCommerce numbers them.
struct FAIRLEAD_EXPORT SandboxOrderSet {
  std::vector<std::int64_t> eligible;        ///< To be posted in an ERP once.
  std::vector<std::int64_t> ineligible;      ///< pending, failed, cancelled, checkout-draft: never to be posted.
  std::vector<std::int64_t> unmapped;        ///< With a line of a product that no other system knows: to be parked.
  std::vector<std::int64_t> irreconcilable;  ///< Stated totals that do not follow from the lines: to be parked.
  std::vector<std::int64_t> refunded;        ///< Eligible ones with a partial refund.
  std::int64_t two_warehouses = 0;           ///< Eligible; its lines lie in two warehouses.
  std::vector<std::string> skus;             ///< Every SKU that the eligible orders use.
  std::vector<std::string> second_warehouse_skus;  ///< Those of them that only the second warehouse holds.
};

/// Runs until destroyed or stopped. All members are thread-safe. State is in memory.
class FAIRLEAD_EXPORT SandboxWoo {
 public:
  static absl::StatusOr<std::unique_ptr<SandboxWoo>> Start(SandboxWooOptions options = {});
  ~SandboxWoo();
  SandboxWoo(const SandboxWoo&) = delete;
  SandboxWoo& operator=(const SandboxWoo&) = delete;
  /// Closes all connections and waits for the threads. A second call does nothing.
  void Stop();

  int port() const;
  /// "http://127.0.0.1:<port>": the site's address, to which /wp-json/wc/v3 belongs.
  std::string url() const;
  const std::string& consumer_key() const;
  const std::string& consumer_secret() const;

  /// Adds a record as the store's owner would, past authentication and faults. `json` is a WooCommerce object: with an
  /// `id` it is stored exactly as given (a captured payload), without one it is created as POST would. Answers the id.
  absl::StatusOr<std::int64_t> AddOrder(std::string_view json);
  absl::StatusOr<std::int64_t> AddProduct(std::string_view json);
  absl::StatusOr<std::int64_t> AddVariation(std::int64_t product, std::string_view json);
  absl::StatusOr<std::int64_t> AddCustomer(std::string_view json);
  /// Changes fields of an order as a PUT would, past authentication and faults (the shop's own staff).
  absl::Status EditOrder(std::int64_t id, std::string_view json);
  /// Sets the stock of a product or variation as the shop's staff would.
  absl::Status SetStock(std::string_view sku, std::int64_t quantity);
  /// Makes `count` orders with exact totals from `seed`, the special ones included (needs 20 or more for all of them):
  /// see SandboxOrderSet. Products they need are created where missing.
  absl::StatusOr<SandboxOrderSet> GenerateOrders(int count, std::uint64_t seed);

  /// A stored record as the API would show it; NOT_FOUND otherwise. `kind` is "orders", "products", "customers" …
  absl::StatusOr<std::string> Get(std::string_view kind, std::int64_t id) const;

  /// Registers a webhook past authentication. The ping goes out at once.
  absl::StatusOr<std::int64_t> AddWebhook(std::string_view topic, std::string_view delivery_url,
                                          std::string_view secret);
  /// Where set, deliveries go to the callback instead of over HTTP. Called from the sandbox's delivery thread; answers
  /// the HTTP status of the receiver.
  void OnDelivery(std::function<int(const SandboxDelivery&)> receiver);
  /// Waits until nothing waits for delivery (a reordered one goes out at the latest here). False after `timeout`.
  bool FlushWebhooks(std::chrono::milliseconds timeout = std::chrono::milliseconds(5000));

  void SetFaults(const FaultPlan& plan);
  FaultCounters Faults() const;
  /// Moves the store's clock forward.
  void Advance(std::chrono::milliseconds duration);
  /// Effects per record as JSON (what GET /__sandbox/state answers) and their sums (GET /__sandbox/summary).
  std::string StateJson() const;
  std::string SummaryJson() const;

 private:
  class Impl;
  explicit SandboxWoo(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace testing
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_TESTING_SANDBOX_WOO_H_
