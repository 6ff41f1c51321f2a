// A store and an ERP on loopback, both real connectors, and the engine stepped by hand: what every golden scenario
// needs.
#ifndef FAIRLEAD_TESTS_SCENARIOS_SHOP_H_
#define FAIRLEAD_TESTS_SCENARIOS_SHOP_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "fairlead/connectors/tryton/connector.h"
#include "fairlead/connectors/woocommerce/connector.h"
#include "fairlead/http_curl/curl_transport.h"
#include "fairlead/policy/compiled_policy.h"
#include "fairlead/store_sqlite/sqlite_store.h"
#include "fairlead/sync/engine.h"
#include "fairlead/testing/sandbox_tryton.h"
#include "fairlead/testing/sandbox_woo.h"
#include "fairlead/testing/status_matchers.h"
#include "tests/conformance/api.h"

#define ASSERT_OK(expression) ASSERT_THAT(fairlead::scenarios::StatusOf(expression), fairlead::testing::IsOk())
#define EXPECT_OK(expression) EXPECT_THAT(fairlead::scenarios::StatusOf(expression), fairlead::testing::IsOk())

namespace fairlead::scenarios {

using conformance::Json;

inline absl::Status StatusOf(const absl::Status& status) { return status; }
template <typename T>
absl::Status StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

// One line of an order as the store states it. Amounts are decimal text.
struct Line {
  std::string sku;
  int quantity = 1;
  std::string total;
  std::string tax = "0.00";
  std::string subtotal = {};      // Before discounts; empty: the total.
  std::string subtotal_tax = {};  // Empty: the tax.
  std::string title = {};         // Empty: the SKU.
};

struct Charge {
  std::string title = {};
  std::string total;
  std::string tax = "0.00";
};

struct TaxLine {
  int rate_id = 1;
  std::string label;
  std::string rate;  // Percent: "19".
  std::string total;
  std::string shipping = "0.00";
};

// An order with the totals that its store states, right or wrong.
struct OrderSpec {
  std::int64_t id = 0;
  std::string status = "processing";
  std::string currency = "USD";
  bool prices_include_tax = false;
  std::int64_t customer = 0;
  std::string email = "ada.quill@mail.example.com";
  std::string first_name = "Ada";
  std::string last_name = "Quill";
  std::string company;
  std::vector<Line> lines;
  std::vector<Charge> shipping;
  std::vector<Charge> fees;
  std::vector<TaxLine> taxes;
  std::string coupon;  // Code; its amount is `discount`.
  std::string discount = "0.00";
  std::string discount_tax = "0.00";
  std::string total_tax = "0.00";
  std::string total;
};

// Loses the answers that the test names, after the server has applied the request.
class LosingTransport final : public http::Transport {
 public:
  absl::StatusOr<http::Response> Send(const http::Request& request, const http::CallOptions& options) override;
  // The answers to the next `times` requests whose URL or body holds `text`.
  void LoseAnswersTo(std::string text, int times = 1);
  int lost() const;
  // Requests with an effect that reached the wire.
  int effects() const;

 private:
  http::CurlTransport inner_;
  mutable std::mutex mutex_;
  std::string lose_;
  int times_ = 0;
  int lost_ = 0;
  int effects_ = 0;
};

// A sale as the ERP's side shows it.
struct Sale {
  std::int64_t id = 0;
  std::string state;
  std::string total;
  std::string party;
  struct Item {
    std::string code;
    std::string quantity;
    std::string unit_price;
    std::string description;
  };
  std::vector<Item> lines;
  struct Shipment {
    std::string state;
    std::string warehouse;
    std::vector<std::string> tracking;
  };
  std::vector<Shipment> shipments;
  struct Invoice {
    std::string state;
    std::string total;
  };
  std::vector<Invoice> invoices;
};

class Shop : public ::testing::Test {
 protected:
  void SetUp() override;

  // A product of that SKU in the store and, unless `quantity` is below zero, in the ERP with as much in WH-EAST.
  void Stock(const std::string& sku, int quantity, int store_quantity = -1, const std::string& price = "10.00");
  void Place(const OrderSpec& order);
  // Polls and steps until nothing more happens.
  void Settle();
  void MakeEngine(WallTime adopt_before = WallTime(std::chrono::seconds(1'000)));

  std::vector<Sale> Sales(const std::string& reference);
  // The only sale of the order; a failure and an empty one where there is none or more than one.
  Sale OneSale(std::int64_t order);
  std::size_t AllSales();
  std::size_t Parties();
  Json StoreOrder(std::int64_t id);
  int StoreStock(const std::string& sku);
  sync::OrderView View(std::int64_t order);
  v1::PostingStatus Posted(std::int64_t order);
  std::vector<sync::HeldItem> Held();
  absl::StatusOr<std::vector<MirrorRow>> Mirrored(std::string_view system, std::string_view kind);
  absl::StatusOr<Json> Erp(std::string_view method, const std::string& params);
  static bool SameDecimal(const std::string& a, const std::string& b);

  std::unique_ptr<testing::SandboxWoo> store_;
  std::unique_ptr<testing::SandboxTryton> erp_;
  std::unique_ptr<conformance::WooApi> staff_;  // The shop's own people, over REST.
  LosingTransport to_store_;
  LosingTransport to_erp_;
  std::unique_ptr<WooCommerceConnector> web_connector_;
  std::unique_ptr<TrytonConnector> erp_connector_;
  std::shared_ptr<const policy::CompiledPolicy> policy_;
  std::unique_ptr<Store> ledger_store_;
  std::unique_ptr<sync::Engine> engine_;
  std::map<std::string, std::int64_t> products_;  // SKU -> the store's product.
  std::int64_t next_line_ = 50'000;
};

}  // namespace fairlead::scenarios

#endif  // FAIRLEAD_TESTS_SCENARIOS_SHOP_H_
