// What the sandbox store does to orders, stock, meta data, notes, refunds and webhooks, as the real ones were seen to
// do.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "fairlead/testing/fake_runtime.h"
#include "fairlead/testing/sandbox_woo.h"
#include "src/testing/internal/exact_decimal.h"
#include "tests/testing/raw_client.h"

namespace fairlead_tests {
namespace {

using namespace std::chrono_literals;
using fairlead::testing::FakeRuntime;
using fairlead::testing::FaultPlan;
using fairlead::testing::SandboxDelivery;
using fairlead::testing::SandboxOrderSet;
using fairlead::testing::SandboxWoo;
using fairlead::testing::SandboxWooOptions;
using fairlead::testing::internal::ExactDecimal;
using fairlead::testing::internal::HmacSha256;

ExactDecimal Money(const Json& value) { return ExactDecimal::Parse(value.text()).value_or(ExactDecimal()); }

class Store : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    SandboxWooOptions options;
    options.version = GetParam();
    // Time stands still, so that "did the stamp move?" has one answer.
    options.runtime.clock = &fake_.clock;
    auto woo = SandboxWoo::Start(options);
    ASSERT_TRUE(woo.ok()) << woo.status();
    woo_ = std::move(*woo);
  }
  bool modern() const { return std::string(GetParam()) != "7.9.0"; }
  Json Do(const std::string& method, const std::string& path, const std::string& body = "", int status = 0) {
    fake_.clock.Advance(2s);
    const RawAnswer answer = Call(woo_->port(), method, "/wp-json/wc/v3/" + path,
                                  WooBasic(woo_->consumer_key(), woo_->consumer_secret()), body);
    if (status != 0) {
      EXPECT_EQ(answer.status, status) << method << " " << path << " " << answer.body;
    }
    return answer.json();
  }
  std::string Id(const Json& record) { return record["id"].text(); }
  Json Product(const char* sku, const char* price, int stock) {
    return Do("POST", "products",
              absl::StrCat(R"({"name":")", sku, R"(","sku":")", sku, R"(","regular_price":")", price,
                           R"(","manage_stock":true,"stock_quantity":)", stock, "}"),
              201);
  }
  Json Order(const std::string& lines, const char* status = "processing") {
    return Do("POST", "orders", absl::StrCat(R"({"status":")", status, R"(","line_items":)", lines, "}"), 201);
  }

  FakeRuntime fake_;
  std::unique_ptr<SandboxWoo> woo_;
};

TEST_P(Store, StockIsSetAbsolutelyAndTakenByAPaidOrder) {
  const Json product = Product("A-1", "10.00", 20);
  Order(R"([{"sku":"A-1","quantity":3}])", "pending");
  EXPECT_EQ(Do("GET", "products/" + Id(product))["stock_quantity"].AsInt(), 20);
  const Json order = Order(R"([{"sku":"A-1","quantity":3}])");
  Json now = Do("GET", "products/" + Id(product));
  EXPECT_EQ(now["stock_quantity"].AsInt(), 17);
  EXPECT_NE(now["date_modified_gmt"].text(), product["date_modified_gmt"].text());
  Do("PUT", "products/" + Id(product), R"({"stock_quantity":5})", 200);
  Do("PUT", "products/" + Id(product), R"({"stock_quantity":5})", 200);  // the same again sets the same
  EXPECT_EQ(Do("GET", "products/" + Id(product))["stock_quantity"].AsInt(), 5);
  Do("PUT", "orders/" + Id(order), R"({"status":"cancelled"})", 200);
  EXPECT_EQ(Do("GET", "products/" + Id(product))["stock_quantity"].AsInt(), 8);
  Do("PUT", "products/" + Id(product), R"({"stock_quantity":-4})", 200);
  EXPECT_EQ(Do("GET", "products/" + Id(product))["stock_status"].text(), "outofstock");
}

TEST_P(Store, MetaWithoutAnIdChangesTheEntryOfThatKey) {
  const Json order = Order("[]", "processing");
  const std::string path = "orders/" + Id(order);
  Json meta = Do("PUT", path,
                 R"({"meta_data":[{"key":"erp","value":"1"},{"key":"x","value":{"a":[1]}},{"key":"erp","value":"2"}]})")
      ["meta_data"];
  ASSERT_EQ(meta.size(), 2u);
  const std::string erp_id = meta.At(0)["id"].text();
  meta = Do("PUT", path, R"({"meta_data":[{"key":"erp","value":"3"}]})")["meta_data"];
  ASSERT_EQ(meta.size(), 2u);
  EXPECT_EQ(meta.At(0)["id"].text(), erp_id);
  EXPECT_EQ(meta.At(0)["value"].text(), "3");
  meta = Do("PUT", path, absl::StrCat(R"({"meta_data":[{"id":)", erp_id, R"(,"value":null}]})"))["meta_data"];
  ASSERT_EQ(meta.size(), 1u);
  EXPECT_EQ(meta.At(0)["key"].text(), "x");
}

TEST_P(Store, WhatMovesTheStampDependsOnTheVersion) {
  const Json order = Order("[]");
  const std::string path = "orders/" + Id(order);
  const std::string made = order["date_modified_gmt"].text();
  Do("POST", path + "/notes", R"({"note":"hello"})", 201);
  EXPECT_EQ(Do("GET", path)["date_modified_gmt"].text(), made);  // a note never does
  Do("PUT", path, R"({"meta_data":[{"key":"k","value":"v"}]})", 200);
  EXPECT_EQ(Do("GET", path)["date_modified_gmt"].text() != made, modern());
  const std::string before = Do("GET", path)["date_modified_gmt"].text();
  Do("PUT", path, "{}", 200);
  EXPECT_EQ(Do("GET", path)["date_modified_gmt"].text() != before, modern());
  Do("PUT", path, R"({"status":"completed"})", 200);
  EXPECT_NE(Do("GET", path)["date_modified_gmt"].text(), before);
}

TEST_P(Store, UnknownProductIsAnEmptyLineAndNoError) {
  const Json order = Order(R"([{"product_id":424242,"quantity":2}])");
  ASSERT_EQ(order["line_items"].size(), 1u);
  EXPECT_EQ(order["line_items"].At(0)["product_id"].AsInt(), 0);
  EXPECT_EQ(order["line_items"].At(0)["total"].text(), "0.00");
  EXPECT_EQ(order["total"].text(), "0.00");
}

TEST_P(Store, BodyThatIsNotJsonMakesAnEmptyOrder) {
  Headers headers = WooBasic(woo_->consumer_key(), woo_->consumer_secret());
  headers.back().second = "text/plain";
  const RawAnswer answer = Call(woo_->port(), "POST", "/wp-json/wc/v3/orders", headers, R"({"status":"completed"})");
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(answer.json()["status"].text(), "pending");
}

TEST_P(Store, RaisedQuantityLeavesTheTotals) {
  Product("A-1", "10.00", 20);
  const Json order = Order(R"([{"sku":"A-1","quantity":2}])");
  const std::string line = order["line_items"].At(0)["id"].text();
  const Json edited =
      Do("PUT", "orders/" + Id(order), absl::StrCat(R"({"line_items":[{"id":)", line, R"(,"quantity":9}]})"), 200);
  EXPECT_EQ(edited["line_items"].At(0)["quantity"].AsInt(), 9);
  EXPECT_EQ(edited["total"].text(), order["total"].text());
  const Json removed =
      Do("PUT", "orders/" + Id(order), absl::StrCat(R"({"line_items":[{"id":)", line, R"(,"quantity":0}]})"), 200);
  EXPECT_EQ(removed["line_items"].size(), 0u);
}

TEST_P(Store, BatchAnswers200WithAnErrorPerItem) {
  const Json product = Product("A-1", "10.00", 20);
  const Json answer = Do(
      "POST", "products/batch",
      absl::StrCat(R"({"update":[{"id":)", Id(product), R"(,"stock_quantity":7},{"id":99999999,"stock_quantity":1}],)",
                   R"("create":[{"name":"twin","sku":"A-1","regular_price":"1"}]})"),
      200);
  EXPECT_EQ(answer["update"].At(0)["stock_quantity"].AsInt(), 7);
  EXPECT_EQ(answer["update"].At(1)["error"]["code"].text(), "woocommerce_rest_product_invalid_id");
  EXPECT_EQ(answer["create"].At(0)["id"].AsInt(), 0);
  EXPECT_EQ(answer["create"].At(0)["error"]["code"].text(), "product_invalid_sku");
}

TEST_P(Store, RefundsAddUpAndTheLastOneTurnsTheOrderRefunded) {
  Product("A-1", "10.00", 20);
  const Json order = Order(R"([{"sku":"A-1","quantity":3}])");
  const std::string path = "orders/" + Id(order) + "/refunds";
  const std::string line = order["line_items"].At(0)["id"].text();
  const Json first = Do("POST", path,
                        absl::StrCat(R"({"api_refund":false,"restock_items":true,"line_items":[{"id":)", line,
                                     R"(,"quantity":1,"refund_total":10}]})"),
                        201);
  EXPECT_EQ(first["amount"].text(), "10.00");
  EXPECT_EQ(first["line_items"].At(0)["quantity"].AsInt(), -1);
  Do("POST", path, R"({"amount":"20.01","api_refund":false})", 500);  // a business error with HTTP 500
  Do("POST", path, R"({"amount":"1.00"})", 500);                      // through a gateway that cannot
  EXPECT_EQ(Do("GET", "orders/" + Id(order))["refunds"].size(), 1u);
  Do("POST", path, R"({"amount":"20.00","api_refund":false})", 201);
  EXPECT_EQ(Do("GET", "orders/" + Id(order))["status"].text(), "refunded");
  EXPECT_EQ(Do("GET", path).size(), 2u);
}

TEST_P(Store, NotesAreCountedAndRepeatsSeen) {
  const Json order = Order("[]");
  Do("POST", "orders/" + Id(order) + "/notes", R"({"note":"Tracking 1Z","customer_note":true})", 201);
  EXPECT_EQ(Json::Parse(woo_->SummaryJson())->operator[]("repeated_notes").AsInt(), 0);
  Do("POST", "orders/" + Id(order) + "/notes", R"({"note":"Tracking 1Z","customer_note":true})", 201);
  EXPECT_EQ(Json::Parse(woo_->SummaryJson())->operator[]("repeated_notes").AsInt(), 1);
  EXPECT_EQ(Do("GET", "orders/" + Id(order) + "/notes").size(), 2u);
}

TEST_P(Store, TrashHidesAnOrderAndForceRemovesIt) {
  const Json order = Order("[]");
  Do("DELETE", "orders/" + Id(order), "", 200);
  EXPECT_EQ(Do("GET", "orders").size(), 0u);
  EXPECT_EQ(Do("GET", "orders?status=trash").size(), 1u);
  EXPECT_EQ(Do("GET", "orders/" + Id(order))["status"].text(), "trash");
  Do("DELETE", "orders/" + Id(order) + "?force=true", "", 200);
  Do("GET", "orders/" + Id(order), "", 404);
}

/// Keeps what was delivered.
struct Receiver {
  std::mutex mutex;
  std::vector<SandboxDelivery> deliveries;
  int status = 200;
  int operator()(const SandboxDelivery& delivery) {
    std::lock_guard<std::mutex> lock(mutex);
    deliveries.push_back(delivery);
    return status;
  }
  std::vector<SandboxDelivery> Of(const std::string& topic) {
    std::lock_guard<std::mutex> lock(mutex);
    std::vector<SandboxDelivery> found;
    for (const auto& delivery : deliveries) {
      if (delivery.topic == topic) found.push_back(delivery);
    }
    return found;
  }
};

std::string HeaderOf(const SandboxDelivery& delivery, const std::string& name) {
  for (const auto& header : delivery.headers) {
    if (header.first == name) return header.second;
  }
  return "";
}

TEST_P(Store, WebhooksAreSignedShowTheRecordOfNowAndShareADeliveryId) {
  Receiver receiver;
  woo_->OnDelivery([&](const SandboxDelivery& delivery) { return receiver(delivery); });
  ASSERT_TRUE(woo_->AddWebhook("order.created", "http://127.0.0.1:9/hook", "s3cret").ok());
  ASSERT_TRUE(woo_->FlushWebhooks());
  const auto pings = receiver.Of("");
  ASSERT_EQ(pings.size(), 1u);
  EXPECT_EQ(pings[0].body, "webhook_id=1");
  EXPECT_EQ(HeaderOf(pings[0], "Content-Type"), "application/x-www-form-urlencoded");
  EXPECT_EQ(HeaderOf(pings[0], "X-WC-Webhook-Signature"), "");

  // Two orders within one second of the store.
  ASSERT_TRUE(woo_->AddOrder(R"({"status":"processing"})").ok());
  ASSERT_TRUE(woo_->AddOrder(R"({"status":"processing"})").ok());
  ASSERT_TRUE(woo_->FlushWebhooks());
  const auto created = receiver.Of("order.created");
  ASSERT_EQ(created.size(), 2u);
  EXPECT_NE(created[0].body, created[1].body);
  EXPECT_EQ(HeaderOf(created[0], "X-WC-Webhook-Delivery-ID"), HeaderOf(created[1], "X-WC-Webhook-Delivery-ID"));
  for (const auto& delivery : created) {
    EXPECT_EQ(HeaderOf(delivery, "X-WC-Webhook-Signature"),
              fairlead::testing::internal::Base64Encode(HmacSha256("s3cret", delivery.body)));
  }
}

TEST_P(Store, WebhookFaultsDropDoubleAndReorderByPlan) {
  const auto bodies = [&](const FaultPlan& plan) {
    Receiver receiver;
    woo_->OnDelivery([&](const SandboxDelivery& delivery) { return receiver(delivery); });
    woo_->SetFaults(plan);
    std::vector<std::string> made;
    for (int i = 0; i < 4; ++i) {
      const auto id = woo_->AddOrder(R"({"status":"processing"})");
      made.push_back(std::to_string(*id));
    }
    EXPECT_TRUE(woo_->FlushWebhooks());
    std::vector<std::string> got;
    for (const auto& delivery : receiver.Of("order.created")) {
      const std::string id = Json::Parse(delivery.body)->operator[]("id").text();
      got.push_back(std::to_string(std::find(made.begin(), made.end(), id) - made.begin()));
    }
    woo_->OnDelivery(nullptr);
    return got;
  };
  ASSERT_TRUE(woo_->AddWebhook("order.created", "http://127.0.0.1:9/hook", "s").ok());
  FaultPlan plan;
  EXPECT_EQ(bodies(plan), (std::vector<std::string>{"0", "1", "2", "3"}));
  plan.webhook_duplicate = 1;
  EXPECT_EQ(bodies(plan).size(), 8u);
  plan = FaultPlan();
  plan.webhook_drop = 1;
  EXPECT_EQ(bodies(plan).size(), 0u);
  EXPECT_EQ(woo_->Faults().webhook_drop, 4);
  plan = FaultPlan();
  plan.webhook_reorder = 0.5;
  bool another_order = false;
  for (std::uint64_t seed = 1; seed < 9 && !another_order; ++seed) {
    plan.seed = seed;
    const auto got = bodies(plan);
    EXPECT_EQ(std::set<std::string>(got.begin(), got.end()).size(), 4u);  // none lost
    another_order = !std::is_sorted(got.begin(), got.end());
  }
  EXPECT_TRUE(another_order);
}

TEST_P(Store, WebhookThatKeepsFailingIsSwitchedOff) {
  Receiver receiver;
  receiver.status = 500;
  woo_->OnDelivery([&](const SandboxDelivery& delivery) { return receiver(delivery); });
  const auto hook = woo_->AddWebhook("order.created", "http://127.0.0.1:9/hook", "s");
  for (int i = 0; i < 8; ++i) {
    ASSERT_TRUE(woo_->AddOrder(R"({"status":"processing"})").ok());
    ASSERT_TRUE(woo_->FlushWebhooks());
  }
  EXPECT_EQ(receiver.Of("order.created").size(), 6u);  // nothing is sent again, nothing after the sixth
  EXPECT_EQ(Do("GET", absl::StrCat("webhooks/", *hook))["status"].text(), "disabled");
}

TEST_P(Store, PayloadOfAnOrderThatIsGoneIsASignedError) {
  Receiver receiver;
  woo_->OnDelivery([&](const SandboxDelivery& delivery) { return receiver(delivery); });
  ASSERT_TRUE(woo_->AddWebhook("order.updated", "http://127.0.0.1:9/hook", "s").ok());
  ASSERT_TRUE(woo_->FlushWebhooks());
  FaultPlan hold;
  hold.webhook_reorder = 1;
  woo_->SetFaults(hold);
  const Json order = Order("[]");
  Do("PUT", "orders/" + Id(order), R"({"status":"completed"})", 200);
  Do("DELETE", "orders/" + Id(order) + "?force=true", "", 200);
  ASSERT_TRUE(woo_->FlushWebhooks());
  const auto updated = receiver.Of("order.updated");
  ASSERT_EQ(updated.size(), 1u);
  EXPECT_EQ(Json::Parse(updated[0].body)->operator[]("code").text(), "woocommerce_rest_shop_order_invalid_id");
  EXPECT_NE(HeaderOf(updated[0], "X-WC-Webhook-Signature"), "");
}

TEST_P(Store, GeneratedOrdersAddUpUnlessTheyAreMeantNotTo) {
  const auto set = woo_->GenerateOrders(60, 5);
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_EQ(set->eligible.size() + set->ineligible.size() + set->unmapped.size() + set->irreconcilable.size(), 60u);
  EXPECT_GE(set->ineligible.size(), 4u);
  EXPECT_GE(set->unmapped.size(), 1u);
  EXPECT_GE(set->irreconcilable.size(), 1u);
  EXPECT_GE(set->refunded.size(), 1u);
  EXPECT_NE(set->two_warehouses, 0);
  EXPECT_EQ(set->second_warehouse_skus.size(), 1u);
  const std::set<std::int64_t> wrong(set->irreconcilable.begin(), set->irreconcilable.end());
  std::set<std::size_t> tax_lines;
  for (const auto* ids : {&set->eligible, &set->irreconcilable, &set->unmapped, &set->ineligible}) {
    for (const std::int64_t id : *ids) {
      const Json order = *Json::Parse(*woo_->Get("orders", id));
      ExactDecimal sum;
      for (const char* lines : {"line_items", "shipping_lines", "fee_lines"}) {
        for (const Json& line : order[lines].items()) sum = sum + Money(line["total"]) + Money(line["total_tax"]);
      }
      EXPECT_EQ(sum == Money(order["total"]), wrong.count(id) == 0) << id;
      ExactDecimal tax;
      for (const Json& line : order["tax_lines"].items())
        tax = tax + Money(line["tax_total"]) + Money(line["shipping_tax_total"]);
      EXPECT_EQ(tax.Round(2, ExactDecimal::Ties::kAwayFromZero).ToString(), order["total_tax"].text()) << id;
      tax_lines.insert(order["tax_lines"].size());
    }
  }
  EXPECT_EQ(*tax_lines.rbegin(), 3u);  // one order with three rates
  const auto again = [&] {
    auto other = SandboxWoo::Start();
    const auto same = (*other)->GenerateOrders(60, 5);
    std::vector<std::string> totals;
    for (const std::int64_t id : same->eligible)
      totals.push_back(Json::Parse(*(*other)->Get("orders", id))->operator[]("total").text());
    return totals;
  };
  EXPECT_EQ(again(), again());
}

INSTANTIATE_TEST_SUITE_P(Versions, Store, ::testing::Values("7.9.0", "10.6.2"),
                         [](const auto& version) { return std::string(version.param) == "7.9.0" ? "v7" : "v10"; });

}  // namespace
}  // namespace fairlead_tests
