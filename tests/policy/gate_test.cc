// Which orders are posted, which wait for a person, and which are none of our business.
#include <string>

#include "fairlead/models/money.h"
#include "gmock/gmock.h"
#include "tests/policy/fixture.h"

namespace policy_test {
namespace {

using ::testing::HasSubstr;
using Kind = policy::GateVerdict::Kind;

v1::Order Paid() {
  v1::Order order;
  order.set_order_number("1001");
  order.set_currency_code("EUR");
  order.set_commercial_status(v1::COMMERCIAL_STATUS_OPEN);
  order.set_payment_status(v1::PAYMENT_STATUS_PAID);
  order.set_source_status("processing");
  v1::OrderLine* line = order.add_lines();
  line->set_line_key("item:1");
  line->set_kind(v1::LINE_KIND_ITEM);
  line->set_sku("SKU-1");
  *order.mutable_totals()->mutable_stated()->mutable_grand_total()->mutable_ledger() =
      *fairlead::models::MakeMoney("EUR", "118.40");
  *order.mutable_totals()->mutable_residual() = fairlead::models::ZeroMoney("EUR");
  return order;
}

policy::GateVerdict Ask(const v1::Order& order, const policy::GateContext& context = {}) {
  static const auto compiled = AcmePolicy();
  return compiled->EvaluateGate("erp", order, context);
}

TEST(Gate, APaidOrderIsEligible) {
  const policy::GateVerdict verdict = Ask(Paid());
  EXPECT_EQ(verdict.kind, Kind::kEligible) << verdict.detail;
  EXPECT_FALSE(verdict.rounding_line.has_value());
  EXPECT_EQ(verdict.residual_limit, "0.05");
  EXPECT_EQ(AcmePolicy()->PostingTargets(), std::vector<std::string>{"erp"});
}

TEST(Gate, PaymentStates) {
  v1::Order order = Paid();
  order.set_payment_status(v1::PAYMENT_STATUS_AUTHORIZED);
  EXPECT_EQ(Ask(order).kind, Kind::kEligible);
  for (const v1::PaymentStatus status :
       {v1::PAYMENT_STATUS_NONE, v1::PAYMENT_STATUS_FAILED, v1::PAYMENT_STATUS_REFUNDED}) {
    order.set_payment_status(status);
    EXPECT_EQ(Ask(order).kind, Kind::kNotEligible);
    EXPECT_EQ(Ask(order).reason, "payment");
  }
  order.set_payment_status(v1::PAYMENT_STATUS_UNSPECIFIED);
  EXPECT_EQ(Ask(order).kind, Kind::kPark) << "a word that we do not know must not lose an order";
}

TEST(Gate, NothingToPayIsPaid) {
  v1::Order order = Paid();
  order.set_payment_status(v1::PAYMENT_STATUS_NONE);
  *order.mutable_totals()->mutable_stated()->mutable_grand_total()->mutable_ledger() =
      fairlead::models::ZeroMoney("EUR");
  EXPECT_EQ(Ask(order).kind, Kind::kEligible);
  order.set_payment_status(v1::PAYMENT_STATUS_FAILED);
  EXPECT_EQ(Ask(order).kind, Kind::kNotEligible);
}

TEST(Gate, CommercialStates) {
  v1::Order order = Paid();
  order.set_commercial_status(v1::COMMERCIAL_STATUS_CLOSED);
  EXPECT_EQ(Ask(order).kind, Kind::kEligible);
  for (const v1::CommercialStatus status :
       {v1::COMMERCIAL_STATUS_CANCELLED, v1::COMMERCIAL_STATUS_ON_HOLD, v1::COMMERCIAL_STATUS_DRAFT}) {
    order.set_commercial_status(status);
    EXPECT_EQ(Ask(order).kind, Kind::kNotEligible);
    EXPECT_EQ(Ask(order).reason, "status");
  }
  order.set_commercial_status(v1::COMMERCIAL_STATUS_UNSPECIFIED);
  EXPECT_EQ(Ask(order).kind, Kind::kPark);
  EXPECT_EQ(Ask(order).reason, "status_unknown");
}

TEST(Gate, AResidualWithinTheLimitBecomesALine) {
  for (const char* residual : {"0.05", "-0.05", "0.01"}) {
    v1::Order order = Paid();
    *order.mutable_totals()->mutable_residual() = *fairlead::models::MakeMoney("EUR", residual);
    const policy::GateVerdict verdict = Ask(order);
    EXPECT_EQ(verdict.kind, Kind::kEligible) << verdict.detail;
    ASSERT_TRUE(verdict.rounding_line.has_value());
    EXPECT_EQ(verdict.rounding_line->kind(), v1::LINE_KIND_ROUNDING);
    EXPECT_EQ(fairlead::models::MoneyText(verdict.rounding_line->net().ledger()), residual);
  }
}

TEST(Gate, AResidualAboveTheLimitWaits) {
  for (const char* residual : {"0.06", "-0.06", "0.050001", "100"}) {
    v1::Order order = Paid();
    *order.mutable_totals()->mutable_residual() = *fairlead::models::MakeMoney("EUR", residual);
    const policy::GateVerdict verdict = Ask(order);
    EXPECT_EQ(verdict.kind, Kind::kPark);
    EXPECT_EQ(verdict.reason, "residual");
    EXPECT_EQ(verdict.responsible, "sales-ops");
    EXPECT_EQ(verdict.runbook, "order-parked");
    EXPECT_THAT(verdict.detail, HasSubstr("order 1001 waits before erp: its stated total 118.40 EUR"));
    EXPECT_FALSE(verdict.rounding_line.has_value());
  }
}

TEST(Gate, ATotalThatCannotBeCheckedWaits) {
  v1::Order order = Paid();
  order.mutable_totals()->clear_residual();
  EXPECT_EQ(Ask(order).reason, "total_missing");
  *order.mutable_totals()->mutable_computed()->mutable_grand_total()->mutable_ledger() =
      *fairlead::models::MakeMoney("EUR", "118.38");
  EXPECT_EQ(Ask(order).kind, Kind::kEligible);
  EXPECT_EQ(fairlead::models::MoneyText(Ask(order).rounding_line->net().ledger()), "0.02");
  *order.mutable_totals()->mutable_computed()->mutable_grand_total()->mutable_ledger() =
      *fairlead::models::MakeMoney("USD", "118.38");
  EXPECT_EQ(Ask(order).kind, Kind::kPark);
  order.mutable_totals()->clear_stated();
  EXPECT_EQ(Ask(order).kind, Kind::kPark);
}

TEST(Gate, UnmappedLinesWait) {
  policy::GateVerdict verdict = Ask(Paid(), {{"SKU-1"}});
  EXPECT_EQ(verdict.kind, Kind::kPark);
  EXPECT_EQ(verdict.reason, "unmapped_lines");
  EXPECT_THAT(verdict.detail, HasSubstr("1 line has no counterpart there (\"SKU-1\")"));
  EXPECT_EQ(Ask(Paid(), {{"item:1"}}).kind, Kind::kPark);
  EXPECT_EQ(Ask(Paid(), {{"SKU-2"}}).kind, Kind::kEligible);
  v1::Order order = Paid();
  order.mutable_lines(0)->clear_sku();
  EXPECT_EQ(Ask(order).reason, "unmapped_lines") << "an item without SKU and variant can be mapped by nobody";
  order.mutable_lines(0)->set_kind(v1::LINE_KIND_SHIPPING);
  EXPECT_EQ(Ask(order).kind, Kind::kEligible);
}

TEST(Gate, OddOrders) {
  v1::Order order = Paid();
  order.clear_lines();
  EXPECT_EQ(Ask(order).kind, Kind::kPark) << "money without lines";
  *order.mutable_totals()->mutable_stated()->mutable_grand_total()->mutable_ledger() =
      fairlead::models::ZeroMoney("EUR");
  EXPECT_EQ(Ask(order).kind, Kind::kNotEligible);
  order = Paid();
  *order.add_lines() = order.lines(0);
  EXPECT_EQ(Ask(order).reason, "duplicate_lines");
  order = Paid();
  order.mutable_header()->mutable_tombstone()->set_kind(v1::Tombstone::KIND_DELETED);
  EXPECT_EQ(Ask(order).reason, "deleted");
  order.mutable_header()->mutable_tombstone()->set_kind(v1::Tombstone::KIND_LOST_SCOPE);
  EXPECT_EQ(Ask(order).kind, Kind::kEligible);
}

TEST(Gate, NoGateNoPosting) {
  const policy::GateVerdict verdict = AcmePolicy()->EvaluateGate("web", Paid());
  EXPECT_EQ(verdict.kind, Kind::kNotEligible);
  EXPECT_EQ(verdict.reason, "no_gate");
}

}  // namespace
}  // namespace policy_test
