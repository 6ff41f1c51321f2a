// One test for each trap of the platform that mapping has to withstand, on what real stores sent.
#include <algorithm>
#include <string>
#include <vector>

#include "fairlead/connectors/woocommerce/parse.h"
#include "fairlead/models/decimal.h"
#include "fairlead/models/money.h"
#include "fairlead/v1/inventory.pb.h"
#include "fairlead/v1/order.pb.h"
#include "fairlead/v1/party.pb.h"
#include "fairlead/v1/product.pb.h"
#include "fairlead/v1/refund.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "tests/connectors/woocommerce/captured.h"

namespace {

using fairlead::MappingFinding;
using fairlead::Record;
using fairlead_test::Captured;
using fairlead_test::kVersions;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
namespace v1 = fairlead::v1;
namespace models = fairlead::models;
namespace woo = fairlead::woocommerce;

std::vector<std::string> Codes(const Record& record) {
  std::vector<std::string> codes;
  for (const MappingFinding& finding : record.findings) codes.push_back(finding.code);
  return codes;
}

template <typename T>
struct Read {
  Record record;
  T message;
};

template <typename T>
Read<T> One(v1::EntityKind kind, std::string json, const woo::ParseOptions& options = {}) {
  Read<T> read;
  auto page = woo::Parse(kind, std::move(json), options);
  EXPECT_TRUE(page.ok()) << page.status();
  if (!page.ok()) return read;
  EXPECT_TRUE(page->unreadable.empty()) << page->unreadable.front().why;
  EXPECT_EQ(page->records.size(), 1U);
  if (page->records.size() != 1) return read;
  read.record = std::move(page->records.front());
  const T* message = read.record.template As<T>();
  EXPECT_NE(message, nullptr);
  if (message != nullptr) read.message = *message;
  return read;
}

Read<v1::Order> Order(const std::string& version, const std::string& name) {
  return One<v1::Order>(v1::ORDER, Captured(version, "orders/" + name + ".json"));
}

/// A minimal order around `members` (which may overwrite nothing of it).
std::string OrderWith(const std::string& members) {
  return R"({"id": 7, "number": "7", "status": "processing", "currency": "EUR", "total": "0.00",
             "date_created_gmt": "2026-11-23T07:39:51", "date_modified_gmt": "2026-11-23T07:39:51",
             "line_items": [], )" +
         members + "}";
}

std::string Text(const v1::DualMoney& money) { return models::MoneyText(money.ledger()); }

v1::FieldState::Kind StateOf(const v1::EntityHeader& header, const std::string& path) {
  for (const v1::FieldState& state : header.field_states()) {
    if (state.path() == path) return state.kind();
  }
  return v1::FieldState::KIND_UNSPECIFIED;
}

// P10: two orders an hour apart show one local time when the clock goes back. Only the GMT twin is an instant.
TEST(MappingTest, TheRepeatedHourOfAClockChangeStaysTwoInstants) {
  for (const char* version : kVersions) {
    const v1::Order first = Order(version, "dst-a").message;
    const v1::Order second = Order(version, "dst-b").message;
    EXPECT_EQ(first.placed_at_source_text(), second.placed_at_source_text());
    EXPECT_EQ(second.placed_at().seconds() - first.placed_at().seconds(), 3600);
  }
  EXPECT_EQ(Order("woocommerce-7.9.0", "dst-a").message.placed_at().seconds(), 1792888200);  // 2026-10-25T00:30:00Z
}

TEST(MappingTest, ALocalTimeAloneIsKeptAsTextAndSaid) {
  auto order =
      One<v1::Order>(v1::ORDER, R"({"id": 7, "status": "pending", "currency": "EUR", "total": "0.00", "line_items": [],
                                             "date_created": "2026-11-23T08:39:51"})");
  EXPECT_FALSE(order.message.has_placed_at());
  EXPECT_EQ(order.message.placed_at_source_text(), "2026-11-23T08:39:51");
  EXPECT_THAT(Codes(order.record), ElementsAre("no_gmt_time"));
}

// P13: the amount of a refund beats its lines.
TEST(MappingTest, ARefundsAmountCountsWhateverItsLinesSay) {
  for (const char* version : kVersions) {
    woo::ParseOptions options;
    options.currency = "USD";
    options.order_id = "355";
    auto amount_only = One<v1::Refund>(v1::REFUND, Captured(version, "refunds/refund-items-amount.json"), options);
    EXPECT_EQ(Text(amount_only.message.amount()), "3.00");
    EXPECT_EQ(models::MoneyText(amount_only.message.residual()), "3.00");
    EXPECT_THAT(Codes(amount_only.record), ElementsAre("refund_residual"));
    EXPECT_EQ(amount_only.message.order().id(), "355");
    EXPECT_EQ(amount_only.record.external_id, "355/" + amount_only.message.header().refs(0).id());
    // Ninety-nine units given back of five sold: taken as stated, the money stays one unit of currency.
    auto too_many = One<v1::Refund>(v1::REFUND, Captured(version, "refunds/refund-items-qty-too-high.json"), options);
    EXPECT_EQ(too_many.message.lines(0).quantity().value().unscaled(), 99);
    EXPECT_EQ(Text(too_many.message.amount()), "1.00");
    auto lines = One<v1::Refund>(v1::REFUND, Captured(version, "refunds/refund-items-items.json"), options);
    EXPECT_EQ(models::MoneyText(lines.message.residual()), "0.00");
    EXPECT_EQ(lines.message.lines(0).line_key().substr(0, 5), "item:");
    EXPECT_NE(lines.message.lines(0).line_key(), "item:" + lines.message.lines(0).ref().id());
    EXPECT_GT(lines.message.lines(0).net().ledger().minor_units(), 0);
    EXPECT_FALSE(lines.message.paid_back());
  }
}

// P14: tax rounded at subtotal level does not add up from the lines; the difference has a name and a place.
TEST(MappingTest, CentsOfRoundingAtSubtotalAreAnExplicitResidual) {
  const std::string page = Captured("woocommerce-7.9.0", "lists/orders-default-p1.json");
  auto orders = woo::ParseOrders(page);
  ASSERT_TRUE(orders.ok());
  std::size_t residuals = 0;
  for (const Record& record : orders->records) {
    const auto& totals = record.As<v1::Order>()->totals();
    if (totals.residual().minor_units() == 0) continue;
    ++residuals;
    EXPECT_THAT(Codes(record), ::testing::Contains("residual"));
    EXPECT_LE(std::abs(totals.residual().minor_units()), 1) << models::MoneyText(totals.residual());
  }
  EXPECT_GT(residuals, 0U);
}

TEST(MappingTest, DerivedPricesOfSeventeenDigitsAreNotRead) {
  const auto order = Order("woocommerce-10.6.2", "price-override-create");
  EXPECT_EQ(Text(order.message.lines(0).net()), "20.00");  // 3 units, "price": 6.666666666666667
  EXPECT_THAT(Codes(order.record), IsEmpty());
}

// P16 and removed lines: what is gone from the payload is gone; what the payload states with quantity 0 is a line with
// 0.
TEST(MappingTest, ALineOfQuantityZeroIsKept) {
  const auto order = One<v1::Order>(v1::ORDER, R"({"id": 7, "status": "processing", "currency": "EUR", "total": "0.00",
      "date_created_gmt": "2026-11-23T07:39:51", "line_items": [{"id": 910, "name": "x", "product_id": 3, "variation_id": 0,
      "quantity": 0, "total": "0.00", "total_tax": "0.00", "sku": "S"}]})");
  ASSERT_EQ(order.message.lines_size(), 1);
  EXPECT_EQ(order.message.lines(0).line_key(), "item:910");
  EXPECT_TRUE(order.message.lines(0).quantities().has_current());
  EXPECT_EQ(order.message.lines(0).quantities().current().unscaled(), 0);
  EXPECT_EQ(Order("woocommerce-10.6.2", "edit-remove-qty-zero").message.lines_size(),
            2);  // The other line, and shipping.
}

TEST(MappingTest, GhostLinesAndDeletedProductsAreSaid) {
  for (const char* version : kVersions) {
    for (const char* name : {"ghost-product-create", "ghost-sku-create"}) {
      const auto order = Order(version, name);
      EXPECT_THAT(Codes(order.record), ::testing::Contains("ghost_line")) << name;
      EXPECT_FALSE(order.message.lines(0).has_variant());
      EXPECT_EQ(order.record.findings.front().path.substr(0, 11), "lines[item:");
    }
    const auto doomed = Order(version, "doomed-after-product-delete");
    EXPECT_THAT(Codes(doomed.record), ::testing::Contains("product_gone"));
    EXPECT_FALSE(doomed.message.lines(0).title().empty());
    EXPECT_EQ(StateOf(doomed.message.header(), "lines[" + doomed.message.lines(0).line_key() + "].sku"),
              v1::FieldState::KIND_NULL_AT_SOURCE);
  }
}

TEST(MappingTest, NegativeQuantitiesAreSaid) {
  EXPECT_THAT(Codes(Order("woocommerce-10.6.2", "qty-negative-create").record),
              ::testing::Contains("negative_quantity"));
}

TEST(MappingTest, VariationsAndTheChoiceOfAnAnyAttribute) {
  for (const char* version : kVersions) {
    const auto order = Order(version, "any-variation-create");
    const v1::OrderLine& line = order.message.lines(0);
    EXPECT_EQ(line.variant().object_type(), "variation");
    EXPECT_EQ(line.variant().id(), "146");
    EXPECT_EQ(line.variant().parent_id(), "141");
    std::vector<std::string> options;
    for (const v1::OptionValue& option : line.options()) options.push_back(option.name() + "=" + option.value());
    EXPECT_THAT(options, ElementsAre("Size=S", "Colour & Trim=Blue"));
  }
}

TEST(MappingTest, AVariationWithoutSkuAnswersItsProductsAndThatIsNotItsSku) {
  for (const char* version : kVersions) {
    const std::string json = Captured(version, "variations/create-2.json");
    woo::ParseOptions options;
    options.parent_id = "141";
    const std::string answered = One<v1::Variant>(v1::VARIANT, json, options).message.sku();
    EXPECT_FALSE(answered.empty());
    options.parent_sku = answered;
    const auto variant = One<v1::Variant>(v1::VARIANT, json, options);
    EXPECT_EQ(variant.message.sku(), "");
    EXPECT_THAT(Codes(variant.record), ElementsAre("sku_of_parent"));
    EXPECT_EQ(StateOf(variant.message.header(), "sku"), v1::FieldState::KIND_COERCED);
    EXPECT_EQ(variant.record.external_id, "141/143");
  }
}

TEST(MappingTest, StockKeptAtTheProductIsNotCountedPerVariation) {
  for (const char* version : kVersions) {
    const std::string json = Captured(version, "variations/create-parent-stock-1.json");
    woo::ParseOptions options;
    options.parent_id = "147";
    const auto variant = One<v1::Variant>(v1::VARIANT, json, options);
    EXPECT_FALSE(variant.message.has_tracks_stock());
    EXPECT_FALSE(variant.message.has_stated_stock());
    const auto level = One<v1::InventoryLevel>(v1::INVENTORY_LEVEL, json, options);
    EXPECT_EQ(level.message.quantities_size(), 0);
    EXPECT_EQ(StateOf(level.message.header(), "quantities"), v1::FieldState::KIND_NULL_AT_SOURCE);
  }
}

TEST(MappingTest, NegativeStockAndBackordersAreAsStated) {
  const auto oversold =
      One<v1::InventoryLevel>(v1::INVENTORY_LEVEL, Captured("woocommerce-10.6.2", "products/get-backorder-after.json"));
  ASSERT_EQ(oversold.message.quantities_size(), 1);
  EXPECT_EQ(oversold.message.quantities(0).state(), v1::STOCK_STATE_AVAILABLE);
  EXPECT_EQ(oversold.message.quantities(0).quantity().value().unscaled(), -3);
  const auto product =
      One<v1::Product>(v1::PRODUCT, Captured("woocommerce-10.6.2", "products/get-backorder-after.json"));
  EXPECT_EQ(product.message.variants(0).oversell(), v1::Variant::OVERSELL_BACKORDER);
}

TEST(MappingTest, PricesKeepEveryDigitAndNoPriceIsNotZero) {
  woo::ParseOptions options;
  options.currency = "USD";
  const auto fine =
      One<v1::Product>(v1::PRODUCT, Captured("woocommerce-10.6.2", "products/create-price-4dp.json"), options);
  EXPECT_EQ(fine.message.variants(0).list_price().amount().scale(), 4U);
  EXPECT_EQ(fine.message.variants(0).list_price().currency_code(), "USD");
  for (const char* file : {"products/create-no-price.json", "errors/price-text.json"}) {
    const auto none = One<v1::Product>(v1::PRODUCT, Captured("woocommerce-10.6.2", file), options);
    EXPECT_FALSE(none.message.variants(0).has_list_price()) << file;
    EXPECT_EQ(StateOf(none.message.variants(0).header(), "list_price"), v1::FieldState::KIND_EMPTY_AT_SOURCE) << file;
  }
}

TEST(MappingTest, KindsOfProducts) {
  const auto kind = [](const char* file) {
    return One<v1::Product>(v1::PRODUCT, Captured("woocommerce-10.6.2", file)).message;
  };
  EXPECT_EQ(kind("products/create-simple.json").kind(), v1::Product::KIND_GOODS);
  EXPECT_EQ(kind("products/create-virtual.json").kind(), v1::Product::KIND_SERVICE);
  EXPECT_EQ(kind("products/create-external.json").kind(), v1::Product::KIND_EXTERNAL);
  const v1::Product group = kind("products/create-grouped.json");
  EXPECT_EQ(group.kind(), v1::Product::KIND_BUNDLE);
  EXPECT_EQ(group.variants(0).kit().components_size(), 3);
  const v1::Product variable = kind("products/get-variable-after-variations.json");
  EXPECT_EQ(variable.variant_refs_size(), 5);
  EXPECT_EQ(variable.variant_refs(0).parent_id(), "141");
  EXPECT_EQ(variable.option_names_size(), 2);
}

TEST(MappingTest, GuestsHaveNoAccountHoweverTheirMailboxIsKnown) {
  for (const char* version : kVersions) {
    const auto guest = Order(version, "guest-registered-create");
    EXPECT_TRUE(guest.message.buyer().guest());
    EXPECT_FALSE(guest.message.buyer().has_party());
    EXPECT_EQ(guest.message.buyer().email(), "Pat.Case@mail.example.com");
    const auto known = Order(version, "coupon-two-create");
    EXPECT_FALSE(known.message.buyer().guest());
    EXPECT_EQ(known.message.buyer().party().object_type(), "customer");
  }
}

TEST(MappingTest, AccountsKeepTheirSpellingBesideTheKeyToMatchBy) {
  const auto party = One<v1::Party>(v1::PARTY, Captured("woocommerce-10.6.2", "customers/create-plain.json"));
  ASSERT_GE(party.message.identity_keys_size(), 1);
  const v1::IdentityKey& email = party.message.identity_keys(0);
  EXPECT_EQ(email.type(), v1::IdentityKey::TYPE_EMAIL);
  EXPECT_NE(email.normalized(), email.source_text());
  EXPECT_EQ(email.normalized(), "pat.case@mail.example.com");
  const auto nameless = One<v1::Party>(v1::PARTY, Captured("woocommerce-10.6.2", "customers/create-noname.json"));
  EXPECT_FALSE(nameless.message.display_name().empty());
  EXPECT_EQ(nameless.message.first_name(), "");
}

TEST(MappingTest, StatusIsFiveAxesAndNoWordIsLost) {
  struct Case {
    const char* name;
    v1::CommercialStatus commercial;
    v1::PaymentStatus payment;
  };
  for (const Case& wanted :
       {Case{"status-pending-create", v1::COMMERCIAL_STATUS_OPEN, v1::PAYMENT_STATUS_NONE},
        Case{"status-processing-create", v1::COMMERCIAL_STATUS_OPEN, v1::PAYMENT_STATUS_PAID},
        Case{"status-on-hold-create", v1::COMMERCIAL_STATUS_ON_HOLD, v1::PAYMENT_STATUS_NONE},
        Case{"status-completed-create", v1::COMMERCIAL_STATUS_CLOSED, v1::PAYMENT_STATUS_PAID},
        Case{"status-cancelled-create", v1::COMMERCIAL_STATUS_CANCELLED, v1::PAYMENT_STATUS_NONE},
        Case{"status-failed-create", v1::COMMERCIAL_STATUS_OPEN, v1::PAYMENT_STATUS_FAILED},
        Case{"status-checkout-draft-create", v1::COMMERCIAL_STATUS_DRAFT, v1::PAYMENT_STATUS_NONE},
        Case{"status-auto-draft-create", v1::COMMERCIAL_STATUS_DRAFT, v1::PAYMENT_STATUS_NONE},
        Case{"refund-full-after", v1::COMMERCIAL_STATUS_CLOSED, v1::PAYMENT_STATUS_REFUNDED},
        Case{"refund-items-after-items", v1::COMMERCIAL_STATUS_CLOSED, v1::PAYMENT_STATUS_PARTIALLY_REFUNDED},
        Case{"trash-get", v1::COMMERCIAL_STATUS_CANCELLED, v1::PAYMENT_STATUS_NONE}}) {
    for (const char* version : kVersions) {
      const v1::Order order = Order(version, wanted.name).message;
      EXPECT_EQ(order.commercial_status(), wanted.commercial) << wanted.name;
      if (std::string(wanted.name) != "trash-get") {
        EXPECT_EQ(order.payment_status(), wanted.payment) << wanted.name;
      }
      EXPECT_EQ(order.header().tombstone().kind() == v1::Tombstone::KIND_ARCHIVED, order.source_status() == "trash");
    }
  }
  const auto unknown =
      One<v1::Order>(v1::ORDER, R"({"id": 7, "status": "awaiting-shipment", "currency": "EUR", "total": "0.00",
      "date_created_gmt": "2026-11-23T07:39:51", "line_items": []})");
  EXPECT_EQ(unknown.message.commercial_status(), v1::COMMERCIAL_STATUS_UNSPECIFIED);
  EXPECT_EQ(unknown.message.source_status(), "awaiting-shipment");
  EXPECT_EQ(StateOf(unknown.message.header(), "commercial_status"), v1::FieldState::KIND_UNKNOWN_VALUE);
  EXPECT_THAT(Codes(unknown.record), ElementsAre("unknown_status"));
}

TEST(MappingTest, CouponsTaxesFeesAndShippingOfAnInclusiveStore) {
  const auto order = Order("woocommerce-7.9.0", "coupon-two-create");
  const v1::Order& o = order.message;
  EXPECT_TRUE(o.rounding().price_includes_tax());
  EXPECT_EQ(o.rounding().mode(), v1::ROUNDING_MODE_HALF_DOWN);
  ASSERT_EQ(o.discounts_size(), 2);
  EXPECT_EQ(o.discounts(0).code(), "welcome10");
  EXPECT_EQ(o.discounts(0).source_kind(), "percent");  // 7.9 has it in the line's meta alone.
  EXPECT_EQ(Text(o.discounts(0).amount()), "4.942149");
  EXPECT_EQ(Text(o.totals().stated().discount()), "9.07");
  EXPECT_EQ(Text(o.totals().computed().discount()), "9.07");
  ASSERT_EQ(o.lines_size(), 2);
  EXPECT_EQ(Text(o.lines(0).discounts(0).amount()), "9.07");
  EXPECT_EQ(o.lines(0).discounts(0).application_key(), "");  // Two coupons: nobody says which gave what.
  EXPECT_EQ(Text(o.lines(0).taxes(0).amount()), "8.48157");
  EXPECT_EQ(o.lines(0).taxes(0).tax_key(), o.taxes(0).key());
  EXPECT_EQ(models::PrintDecimal(o.taxes(0).rate()), "0.21");
  EXPECT_EQ(Text(o.taxes(0).shipping_amount()), "1.46");
  EXPECT_EQ(o.lines(1).kind(), v1::LINE_KIND_SHIPPING);
  EXPECT_EQ(o.lines(1).source_kind(), "flat_rate");
  EXPECT_EQ(Text(o.totals().stated().grand_total()), "57.28");

  const auto fees = Order("woocommerce-10.6.2", "fee-negative-create");
  std::vector<std::string> amounts;
  for (const v1::OrderLine& line : fees.message.lines()) {
    if (line.kind() == v1::LINE_KIND_FEE) amounts.push_back(Text(line.net()) + "+" + Text(line.tax()));
  }
  EXPECT_THAT(amounts, ElementsAre("-15.00+-1.27", "3.00+0.00"));
  EXPECT_EQ(Order("woocommerce-10.6.2", "coupon-percent-create").message.discounts(0).source_kind(), "percent");
}

TEST(MappingTest, RefundsOfAnOrderAreSummedPositive) {
  const auto order = Order("woocommerce-10.6.2", "refund-items-final");
  EXPECT_EQ(order.message.refunds_size(), 4);
  EXPECT_EQ(Text(order.message.totals().stated().refunded()), "54.79");
  EXPECT_EQ(Text(order.message.totals().stated().grand_total()), "183.15");  // Refunds do not lower it.
  const auto more = One<v1::Order>(v1::ORDER, R"({"id": 7, "status": "completed", "currency": "EUR", "total": "40.24",
      "date_created_gmt": "2026-11-23T07:39:51", "date_paid_gmt": "2026-11-23T07:39:51",
      "line_items": [{"id": 1, "product_id": 3, "quantity": 3, "total": "40.24", "total_tax": "0.00", "sku": "S"}],
      "refunds": [{"id": 8, "reason": "", "total": "-40.26"}]})");
  EXPECT_THAT(Codes(more.record), ElementsAre("over_refund"));
  EXPECT_EQ(more.message.payment_status(), v1::PAYMENT_STATUS_REFUNDED);
}

TEST(MappingTest, AnEditedQuantityLeavesTotalsAsTheyWere) {
  const auto order = Order("woocommerce-10.6.2", "edit-qty-qty-only");
  EXPECT_EQ(order.message.totals().residual().minor_units(), 0);
  EXPECT_EQ(order.message.lines(0).quantities().current().unscaled(), 15);
  EXPECT_EQ(Text(order.message.lines(0).net()), "219.45");
}

TEST(MappingTest, OtherCurrenciesKeepTheirAmountsAndTheirDigits) {
  EXPECT_EQ(Order("woocommerce-10.6.2", "currency-create").message.currency_code(), "MXN");
  const auto yen = One<v1::Order>(v1::ORDER, R"({"id": 7, "status": "completed", "currency": "JPY", "total": "1500",
      "date_created_gmt": "2026-11-23T07:39:51",
      "line_items": [{"id": 1, "product_id": 3, "quantity": 1, "total": "1500.00", "total_tax": "0.00", "sku": "S"}]})");
  EXPECT_EQ(yen.message.lines(0).net().ledger().exponent(), 0U);
  EXPECT_EQ(yen.message.lines(0).net().ledger().minor_units(), 1500);
  EXPECT_THAT(Codes(yen.record), IsEmpty());
  const auto odd = One<v1::Order>(v1::ORDER, R"({"id": 7, "status": "completed", "currency": "QQQ", "total": "1.00",
      "date_created_gmt": "2026-11-23T07:39:51", "line_items": []})");
  EXPECT_THAT(Codes(odd.record), ::testing::Contains("unknown_currency"));
}

TEST(MappingTest, PublicMetaIsKeptAsTextAndOursToo) {
  const auto order = One<v1::Order>(v1::ORDER, OrderWith(R"("meta_data": [
      {"id": 1, "key": "erp_id", "value": "00412"}, {"id": 2, "key": "_private", "value": "x"},
      {"id": 3, "key": "_fairlead_reference", "value": "SO-1"}, {"id": 4, "key": "number", "value": 12345678901234567890.5},
      {"id": 5, "key": "flag", "value": true}, {"id": 6, "key": "list", "value": [1, 2]}])"));
  const auto& kept = order.message.header().custom().fields().at("web").struct_value().fields();
  EXPECT_EQ(kept.size(), 4U);
  EXPECT_EQ(kept.at("erp_id").string_value(), "00412");
  EXPECT_EQ(kept.at("_fairlead_reference").string_value(), "SO-1");
  EXPECT_EQ(kept.at("number").string_value(), "12345678901234567890.5");  // Never a double.
  EXPECT_EQ(kept.at("flag").string_value(), "true");
}

TEST(MappingTest, AmountsAreExactToTheLastDigit) {
  const auto order =
      One<v1::Order>(v1::ORDER, R"({"id": 7, "status": "completed", "currency": "EUR", "total": "90071992547409.93",
      "date_created_gmt": "2026-11-23T07:39:51",
      "line_items": [{"id": 1, "product_id": 3, "quantity": 1, "total": "90071992547409.91", "total_tax": 0.02, "sku": "S"}]})");
  EXPECT_EQ(order.message.totals().residual().minor_units(), 0);  // A double would have lost a cent.
  EXPECT_THAT(Codes(order.record), IsEmpty());
}

// The two ways to read a page give the same messages.
TEST(MappingTest, OnAnArenaTheMessagesAreTheSame) {
  for (const char* version : kVersions) {
    const std::string page = Captured(version, "lists/orders-default-p1.json");
    auto records = woo::ParseOrders(page);
    google::protobuf::Arena arena;
    auto on_arena = woo::ParseOrdersOnArena(page, {}, arena);
    ASSERT_TRUE(records.ok() && on_arena.ok());
    ASSERT_EQ(on_arena->orders().size(), records->records.size());
    for (std::size_t i = 0; i < records->records.size(); ++i) {
      const woo::ArenaOrder& order = on_arena->orders()[i];
      EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(*order.order, *records->records[i].message));
      EXPECT_EQ(order.raw, records->records[i].raw);
      EXPECT_EQ(order.findings.size(), records->records[i].findings.size());
    }
  }
}

}  // namespace
