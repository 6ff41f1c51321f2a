#include "fairlead/models/totals.h"

#include <string>

#include "gtest/gtest.h"
#include "tests/models/samples.h"

namespace fairlead::models {
namespace {

using testing::AddLine;
using testing::Eur;
using testing::Number;
using testing::SampleOrder;

std::string Text(const v1::DualMoney& amount) { return MoneyText(amount.ledger()); }

TEST(ComputeTotals, StandsBesideWhatIsStated) {
  v1::Order order = SampleOrder();
  *order.mutable_totals()->mutable_stated()->mutable_tax() = Eur("99.99");
  AddLine(order, "fee:1", v1::LINE_KIND_FEE, "", "2.00", "0.38");
  AddLine(order, "tip:1", v1::LINE_KIND_TIP, "", "1.00", "0.00");
  *order.mutable_lines(0)->mutable_subtotal() = Eur("25.00");
  *order.mutable_lines(0)->mutable_subtotal_tax() = Eur("4.75");
  *order.add_refunds()->mutable_amount() = Eur("5.00");
  ASSERT_TRUE(ComputeTotals(order).ok());
  const v1::OrderTotals& computed = order.totals().computed();
  EXPECT_EQ(Text(computed.items_net()), "30.00");
  EXPECT_EQ(Text(computed.discount()), "5.00");
  EXPECT_EQ(Text(computed.discount_tax()), "0.95");
  EXPECT_EQ(Text(computed.shipping_net()), "4.95");
  EXPECT_EQ(Text(computed.shipping_tax()), "0.94");
  EXPECT_EQ(Text(computed.fees_net()), "3.00");
  EXPECT_EQ(Text(computed.tax()), "7.02");
  EXPECT_EQ(Text(computed.grand_total()), "44.97");
  EXPECT_EQ(Text(computed.refunded()), "5.00");
  EXPECT_EQ(MoneyText(order.totals().residual()), "-3.38");
  // The stated view is the source's and is never touched.
  EXPECT_EQ(Text(order.totals().stated().tax()), "99.99");
  EXPECT_EQ(Text(order.totals().stated().grand_total()), "41.59");
}

TEST(ComputeTotals, AZeroResidualIsWritten) {
  v1::Order order = SampleOrder();
  ASSERT_TRUE(ComputeTotals(order).ok());
  ASSERT_TRUE(order.totals().has_residual());
  EXPECT_EQ(MoneyText(order.totals().residual()), "0.00");
}

// Three lines whose taxes end in a half cent: each source rounds at another place and all of them are right.
TEST(ComputeTotals, RoundsWhereTheSourceRounds) {
  v1::Order order;
  order.set_currency_code("EUR");
  for (const char* key : {"a", "b", "c"}) {
    v1::OrderLine& line = AddLine(order, key, v1::LINE_KIND_ITEM, "1", "1.00", "0.075");
    line.add_taxes()->set_tax_key(std::string(key) == "c" ? "state" : "city");
    *line.mutable_taxes(0)->mutable_amount() = Eur("0.075");
  }
  const auto total = [&](v1::RoundingLevel level, v1::RoundingMode mode) {
    order.mutable_rounding()->set_level(level);
    order.mutable_rounding()->set_mode(mode);
    EXPECT_TRUE(ComputeTotals(order).ok());
    return Text(order.totals().computed().grand_total());
  };
  EXPECT_EQ(total(v1::ROUNDING_LEVEL_LINE, v1::ROUNDING_MODE_HALF_UP), "3.24");
  EXPECT_EQ(total(v1::ROUNDING_LEVEL_LINE, v1::ROUNDING_MODE_HALF_DOWN), "3.21");
  EXPECT_EQ(total(v1::ROUNDING_LEVEL_TAX_GROUP, v1::ROUNDING_MODE_HALF_UP), "3.23");
  EXPECT_EQ(total(v1::ROUNDING_LEVEL_DOCUMENT, v1::ROUNDING_MODE_HALF_UP), "3.23");
  EXPECT_EQ(total(v1::ROUNDING_LEVEL_DOCUMENT, v1::ROUNDING_MODE_DOWN), "3.22");
  EXPECT_EQ(total(v1::ROUNDING_LEVEL_UNSPECIFIED, v1::ROUNDING_MODE_UNSPECIFIED), "3.23");
}

TEST(ComputeTotals, TwoCurrenciesAreAnErrorAndChangeNothing) {
  v1::Order order = SampleOrder();
  order.mutable_lines(1)->mutable_net()->mutable_ledger()->set_currency_code("USD");
  const std::string before = order.SerializeAsString();
  const absl::Status status = ComputeTotals(order);
  EXPECT_FALSE(status.ok());
  EXPECT_NE(std::string(status.message()).find("lines[item:2]"), std::string::npos) << status;
  EXPECT_EQ(order.SerializeAsString(), before);
}

TEST(ComputeTotals, WhatTheBuyerSawIsComputedToo) {
  v1::Order order;
  order.set_currency_code("USD");
  v1::OrderLine& line = AddLine(order, "a", v1::LINE_KIND_ITEM, "1", "10.00", "0.00");
  for (v1::DualMoney* amount : {line.mutable_net(), line.mutable_tax(), line.mutable_subtotal()}) {
    *amount->mutable_presentment() = amount->ledger();
    amount->mutable_ledger()->set_currency_code("USD");
  }
  *order.mutable_totals()->mutable_stated()->mutable_grand_total()->mutable_ledger() = *MakeMoney("USD", "10.00");
  *order.mutable_totals()->mutable_stated()->mutable_grand_total()->mutable_presentment() = *MakeMoney("EUR", "10.00");
  ASSERT_TRUE(ComputeTotals(order).ok());
  EXPECT_EQ(order.totals().computed().grand_total().ledger().currency_code(), "USD");
  EXPECT_EQ(order.totals().computed().grand_total().presentment().currency_code(), "EUR");
}

TEST(ComputeTotals, NothingToSumIsNoError) {
  v1::Order order;
  EXPECT_TRUE(ComputeTotals(order).ok());
  EXPECT_FALSE(order.totals().has_computed());
  EXPECT_FALSE(order.totals().has_residual());
}

TEST(DeriveFulfillment, FollowsTheLines) {
  v1::Order order = SampleOrder();
  EXPECT_EQ(DeriveFulfillment(order), v1::FULFILLMENT_STATUS_UNFULFILLED);
  *order.mutable_lines(0)->mutable_quantities()->mutable_shipped() = Number("1");
  EXPECT_EQ(DeriveFulfillment(order), v1::FULFILLMENT_STATUS_PARTIAL);
  *order.mutable_lines(0)->mutable_quantities()->mutable_shipped() = Number("2");
  // The other line is off: what is left is fulfilled.
  *order.mutable_lines(1)->mutable_quantities()->mutable_current() = Number("0");
  EXPECT_EQ(DeriveFulfillment(order), v1::FULFILLMENT_STATUS_FULFILLED);
  *order.mutable_lines(0)->mutable_quantities()->mutable_delivered() = Number("2.0");
  EXPECT_EQ(DeriveFulfillment(order), v1::FULFILLMENT_STATUS_DELIVERED);
  EXPECT_EQ(DeriveFulfillment(v1::Order()), v1::FULFILLMENT_STATUS_UNSPECIFIED);
}

}  // namespace
}  // namespace fairlead::models
