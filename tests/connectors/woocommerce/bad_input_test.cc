// Whatever arrives in the place of a payload: a clear error or a record put aside with its bytes. Nothing lost, no
// crash.
#include <string>
#include <utility>
#include <vector>

#include "fairlead/connectors/woocommerce/parse.h"
#include "fairlead/core/error.h"
#include "fairlead/v1/order.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/connectors/woocommerce/captured.h"

namespace {

using fairlead::ErrorKind;
using fairlead::KindOf;
using fairlead_test::Captured;
using ::testing::HasSubstr;
namespace v1 = fairlead::v1;
namespace woo = fairlead::woocommerce;

constexpr v1::EntityKind kKinds[] = {v1::ORDER, v1::PRODUCT, v1::VARIANT, v1::PARTY, v1::REFUND, v1::INVENTORY_LEVEL};

std::string Nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

TEST(BadInputTest, UnusableTextsAreErrorsThatSayWhy) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"", "empty"},
      {"<html><body>Briefly unavailable for scheduled maintenance.</body></html>", "HTML instead of JSON"},
      {"[{\"id\": 1", "cut off"},
      {"[{\"id\": NaN}]", "NaN"},
      {"[{\"id\": 1e}]", "exponent"},
      {"{\"id\": 1}}", "something follows"},
      {"\"text\"", "one JSON object or an array"},
      {"7", "one JSON object or an array"},
      {"null", "one JSON object or an array"},
  };
  for (const v1::EntityKind kind : kKinds) {
    for (const auto& [text, wanted] : table) {
      auto page = woo::Parse(kind, text);
      EXPECT_EQ(KindOf(page.status()), ErrorKind::kUnparseable) << text;
      EXPECT_THAT(std::string(page.status().message()), HasSubstr(wanted)) << text;
    }
  }
  woo::ParseOptions options;
  options.max_bytes = 1000;
  EXPECT_EQ(KindOf(woo::ParseOrders(std::string(2000, ' '), options).status()), ErrorKind::kTooLarge);
  EXPECT_EQ(KindOf(woo::Parse(v1::INVOICE, "[]").status()), ErrorKind::kConfiguration);
}

TEST(BadInputTest, EveryPrefixOfAPayloadIsRefused) {
  const std::string text = Captured("woocommerce-10.6.2", "orders/coupon-two-create.json");
  for (std::size_t size = 0; size < text.size(); size += 7) {
    auto page = woo::ParseOrders(text.substr(0, size));
    EXPECT_FALSE(page.ok()) << size;
  }
}

// Poison does not spread: the good orders of the page come through, the bad ones are kept with the reason.
TEST(BadInputTest, BadRecordsAreKeptApartFromTheGoodOnes) {
  const std::string good =
      R"({"id": 1, "status": "pending", "currency": "EUR", "total": "0.00", "line_items": [], "date_created_gmt": "2026-11-23T07:39:51"})";
  const std::vector<std::pair<std::string, std::string>> bad = {
      {R"({"id": 2, "id": 3, "currency": "EUR"})", "'id' stands twice"},
      {R"({"currency": "EUR"})", "id"},
      {R"({"id": null, "currency": "EUR"})", "id"},
      {R"({"id": 0, "currency": "EUR"})", "id"},
      {R"({"id": -5, "currency": "EUR"})", "id"},
      {R"({"id": 1.5, "currency": "EUR"})", "id"},
      {R"({"id": 1e400, "currency": "EUR"})", "id"},
      {R"({"id": {"x": 1}, "currency": "EUR"})", "an object"},
      {R"({"id": 2})", "currency"},
      {R"({"id": 2, "currency": 978})", "currency"},
      {R"({"id": 2, "currency": "eur"})", "currency"},
      {R"({"id": 2, "currency": "EUR", "customer_note": "\ud83d"})", "surrogate"},
      {"{\"id\": 2, \"currency\": \"EUR\", \"customer_note\": \"\xFF\"}", "not UTF-8"},
      {R"({"id": 2, "currency": "EUR", "meta_data": )" + Nested(200) + "}", "deeper than 64"},
      {R"({"code": "woocommerce_rest_shop_order_invalid_id", "message": "Invalid ID.", "data": {"status": 404}})",
       "woocommerce_rest_shop_order_invalid_id"},
      {"[]", "an array"},
      {"7", "a number"},
      {"null", "null"},
  };
  for (const auto& [record, wanted] : bad) {
    auto page = woo::ParseOrders("[" + good + "," + record + "," + good + "]");
    ASSERT_TRUE(page.ok()) << record << page.status();
    EXPECT_EQ(page->records.size(), 2U) << record;
    ASSERT_EQ(page->unreadable.size(), 1U) << record;
    EXPECT_EQ(page->unreadable[0].raw, record);
    EXPECT_EQ(KindOf(page->unreadable[0].why), ErrorKind::kUnparseable) << record;
    EXPECT_THAT(std::string(page->unreadable[0].why.message()), HasSubstr(wanted)) << record;
  }
}

TEST(BadInputTest, WrongTypesAreFindingsAndTheRestIsRead) {
  auto page = woo::ParseOrders(R"({"id": "12", "number": ["x"], "status": {"a": 1}, "currency": "EUR", "total": true,
      "total_tax": "1e400", "discount_total": "12,50", "shipping_total": "abc", "prices_include_tax": "yes", "customer_id": "x",
      "date_created_gmt": "yesterday", "date_modified_gmt": 7, "date_paid_gmt": "2026-02-30T00:00:00",
      "billing": "none", "shipping": {"first_name": 7, "city": ["x"]}, "meta_data": {"key": "x"}, "refunds": [7, {"total": []}],
      "line_items": [{"id": [], "quantity": "many", "total": {}, "product_id": "3", "taxes": {"1": "2"}, "meta_data": [1, "x", {"key": 7}]},
                     "line", null],
      "tax_lines": [{"rate_id": "a", "rate_percent": "x", "compound": 1}], "coupon_lines": 9,
      "shipping_lines": [[]], "fee_lines": "none"})");
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_EQ(page->records.size(), 1U);
  const auto* order = page->records[0].As<v1::Order>();
  EXPECT_EQ(order->header().refs(0).id(), "12");
  EXPECT_EQ(order->lines_size(), 4);
  EXPECT_GT(page->records[0].findings.size(), 12U);
  for (const fairlead::MappingFinding& finding : page->records[0].findings) {
    EXPECT_FALSE(finding.path.empty());
    EXPECT_FALSE(finding.message.empty());
  }
  for (const v1::EntityKind kind : kKinds) {
    auto odd = woo::Parse(
        kind,
        R"({"id": 5, "currency": "EUR", "type": 7, "status": [], "sku": {}, "name": 1.50, "price": {}, "regular_price": "x",
        "manage_stock": "maybe", "stock_quantity": "lots", "variations": "none", "attributes": [1], "categories": [{"name": {}}],
        "billing": 3, "email": [], "amount": {}, "line_items": [{"quantity": {}}], "backorders": "perhaps", "weight": "heavy"})");
    ASSERT_TRUE(odd.ok());
    EXPECT_EQ(odd->records.size(), 1U) << v1::EntityKind_Name(kind);
    if (kind == v1::INVENTORY_LEVEL) continue;
    EXPECT_FALSE(odd->records[0].findings.empty()) << v1::EntityKind_Name(kind);
  }
}

TEST(BadInputTest, AmountsThatDoNotFitAreSaidNotWrapped) {
  auto page = woo::ParseOrders(R"({"id": 12, "status": "pending", "currency": "EUR", "total": "92233720368547758.07",
      "date_created_gmt": "2026-11-23T07:39:51", "line_items": [
      {"id": 1, "quantity": 1, "product_id": 3, "total": "92233720368547758.07", "total_tax": "0.00", "sku": "A"},
      {"id": 2, "quantity": 1, "product_id": 3, "total": "92233720368547758.07", "total_tax": "0.00", "sku": "A"},
      {"id": 3, "quantity": 1, "product_id": 3, "total": "99999999999999999999999.00", "total_tax": "0.00", "sku": "A"}]})");
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->records.size(), 1U);
  std::string codes;
  for (const fairlead::MappingFinding& finding : page->records[0].findings) codes += finding.code + " ";
  EXPECT_THAT(codes, HasSubstr("amount_overflow"));
  EXPECT_THAT(codes, HasSubstr("bad_amount"));
  EXPECT_FALSE(page->records[0].As<v1::Order>()->totals().has_residual());
}

}  // namespace
