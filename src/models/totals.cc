#include "fairlead/models/totals.h"

#include <algorithm>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "fairlead/models/currency.h"
#include "fairlead/models/decimal.h"
#include "fairlead/models/money.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace models {
namespace {

// One of the two currencies that amounts come in.
enum class Side : std::uint8_t { kLedger, kPresentment };

const v1::Money* Pick(const v1::DualMoney& amount, Side side) {
  if (side == Side::kPresentment && amount.has_presentment()) return &amount.presentment();
  return amount.has_ledger() ? &amount.ledger() : nullptr;
}

v1::Money* Place(v1::DualMoney& amount, Side side) {
  return side == Side::kLedger ? amount.mutable_ledger() : amount.mutable_presentment();
}

// How and where the source rounds, and to how many digits.
struct Plan {
  v1::RoundingMode mode = v1::ROUNDING_MODE_HALF_UP;
  v1::RoundingLevel level = v1::ROUNDING_LEVEL_DOCUMENT;
  std::string currency;
  std::uint32_t exponent = 0;

  bool PerLine() const { return level == v1::ROUNDING_LEVEL_LINE || level == v1::ROUNDING_LEVEL_UNIT; }
  absl::StatusOr<Dec> Rounded(const Dec& value) const { return models::Round(value, exponent, mode); }
};

// The amount as a number, in the one currency of the order.
absl::StatusOr<Dec> Amount(const v1::DualMoney& amount, Side side, const Plan& plan) {
  const v1::Money* money = Pick(amount, side);
  if (money == nullptr) return Dec{};
  if (money->currency_code() != plan.currency) {
    return MakeError(ErrorKind::kValidation, Outcome::kNotSent,
                     absl::StrCat("an amount in ", money->currency_code(), " stands among amounts in ", plan.currency,
                                  ": totals of two currencies cannot be computed"));
  }
  return MoneyToDecimal(*money);
}

absl::Status AddTo(Dec& sum, const Dec& value) {
  FAIRLEAD_ASSIGN_OR_RETURN(sum, Add(sum, value));
  return absl::OkStatus();
}

// Taxes by their key, for sources that round each tax once.
using Groups = std::map<std::string, Dec>;

struct Sums {
  Dec items_net, discount, discount_tax, shipping_net, shipping_tax, fees_net, net, tax, refunded;
};

// A line's tax: as stated for the line, else the sum of its taxes.
absl::StatusOr<Dec> LineTaxSum(const v1::OrderLine& line, Side side, const Plan& plan, Groups* groups) {
  Dec sum;
  for (const v1::LineTax& tax : line.taxes()) {
    FAIRLEAD_ASSIGN_OR_RETURN(const Dec amount, Amount(tax.amount(), side, plan));
    FAIRLEAD_RETURN_IF_ERROR(AddTo(sum, amount));
    if (groups != nullptr) FAIRLEAD_RETURN_IF_ERROR(AddTo((*groups)[tax.tax_key()], amount));
  }
  return sum;
}

absl::Status AddLine(const v1::OrderLine& line, Side side, const Plan& plan, Groups* groups, Sums& sums) {
  FAIRLEAD_ASSIGN_OR_RETURN(Dec net, Amount(line.net(), side, plan));
  FAIRLEAD_ASSIGN_OR_RETURN(Dec tax, LineTaxSum(line, side, plan, line.taxes().empty() ? nullptr : groups));
  if (line.has_tax() && (groups == nullptr || line.taxes().empty())) {
    FAIRLEAD_ASSIGN_OR_RETURN(tax, Amount(line.tax(), side, plan));
    if (groups != nullptr) FAIRLEAD_RETURN_IF_ERROR(AddTo((*groups)[""], tax));
  }
  if (plan.PerLine()) {
    FAIRLEAD_ASSIGN_OR_RETURN(net, plan.Rounded(net));
    FAIRLEAD_ASSIGN_OR_RETURN(tax, plan.Rounded(tax));
  }
  FAIRLEAD_RETURN_IF_ERROR(AddTo(sums.net, net));
  FAIRLEAD_RETURN_IF_ERROR(AddTo(sums.tax, tax));
  if (line.has_subtotal() && line.has_net()) {
    FAIRLEAD_ASSIGN_OR_RETURN(const Dec before, Amount(line.subtotal(), side, plan));
    FAIRLEAD_ASSIGN_OR_RETURN(const Dec off, Sub(before, net));
    FAIRLEAD_RETURN_IF_ERROR(AddTo(sums.discount, off));
  }
  if (line.has_subtotal_tax()) {
    FAIRLEAD_ASSIGN_OR_RETURN(const Dec before, Amount(line.subtotal_tax(), side, plan));
    FAIRLEAD_ASSIGN_OR_RETURN(const Dec off, Sub(before, tax));
    FAIRLEAD_RETURN_IF_ERROR(AddTo(sums.discount_tax, off));
  }
  switch (line.kind()) {
    case v1::LINE_KIND_ITEM:
    case v1::LINE_KIND_KIT_PARENT:
    case v1::LINE_KIND_KIT_COMPONENT:
      return AddTo(sums.items_net, net);
    case v1::LINE_KIND_SHIPPING:
      FAIRLEAD_RETURN_IF_ERROR(AddTo(sums.shipping_tax, tax));
      return AddTo(sums.shipping_net, net);
    case v1::LINE_KIND_FEE:
    case v1::LINE_KIND_TIP:
      return AddTo(sums.fees_net, net);
    default:
      return absl::OkStatus();  // Part of the grand total alone.
  }
}

absl::StatusOr<Sums> SumUp(const v1::Order& order, Side side, const Plan& plan) {
  Sums sums;
  Groups groups;
  const bool grouped = plan.level == v1::ROUNDING_LEVEL_TAX_GROUP;
  for (const v1::OrderLine& line : order.lines()) {
    const absl::Status status = AddLine(line, side, plan, grouped ? &groups : nullptr, sums);
    if (!status.ok()) return Annotate(status, absl::StrCat("lines[", line.line_key(), "]"));
  }
  if (grouped) {
    sums.tax = Dec{};
    for (const auto& [key, amount] : groups) {
      FAIRLEAD_ASSIGN_OR_RETURN(const Dec rounded, plan.Rounded(amount));
      FAIRLEAD_RETURN_IF_ERROR(AddTo(sums.tax, rounded));
    }
  }
  for (const v1::OrderRefundSummary& refund : order.refunds()) {
    FAIRLEAD_ASSIGN_OR_RETURN(const Dec amount, Amount(refund.amount(), side, plan));
    FAIRLEAD_RETURN_IF_ERROR(AddTo(sums.refunded, amount));
  }
  return sums;
}

absl::Status Write(const Dec& value, Side side, const Plan& plan, v1::DualMoney& out) {
  FAIRLEAD_ASSIGN_OR_RETURN(const Dec rounded, plan.Rounded(value));
  v1::Money& money = *Place(out, side);
  money.set_currency_code(plan.currency);
  money.set_minor_units(rounded.unscaled);
  money.set_exponent(rounded.scale);
  return absl::OkStatus();
}

absl::Status WriteAll(const Sums& sums, Side side, const Plan& plan, v1::OrderTotals& out) {
  FAIRLEAD_ASSIGN_OR_RETURN(const Dec grand, Add(sums.net, sums.tax));
  FAIRLEAD_RETURN_IF_ERROR(Write(sums.items_net, side, plan, *out.mutable_items_net()));
  FAIRLEAD_RETURN_IF_ERROR(Write(sums.discount, side, plan, *out.mutable_discount()));
  FAIRLEAD_RETURN_IF_ERROR(Write(sums.discount_tax, side, plan, *out.mutable_discount_tax()));
  FAIRLEAD_RETURN_IF_ERROR(Write(sums.shipping_net, side, plan, *out.mutable_shipping_net()));
  FAIRLEAD_RETURN_IF_ERROR(Write(sums.shipping_tax, side, plan, *out.mutable_shipping_tax()));
  FAIRLEAD_RETURN_IF_ERROR(Write(sums.fees_net, side, plan, *out.mutable_fees_net()));
  FAIRLEAD_RETURN_IF_ERROR(Write(sums.tax, side, plan, *out.mutable_tax()));
  FAIRLEAD_RETURN_IF_ERROR(Write(grand, side, plan, *out.mutable_grand_total()));
  return Write(sums.refunded, side, plan, *out.mutable_refunded());
}

// The currency of a side: the stated one, else the order's, else that of the first amount. Empty where nothing has one.
Plan MakePlan(const v1::Order& order, Side side) {
  Plan plan;
  if (order.rounding().mode() != v1::ROUNDING_MODE_UNSPECIFIED) plan.mode = order.rounding().mode();
  if (order.rounding().level() != v1::ROUNDING_LEVEL_UNSPECIFIED) plan.level = order.rounding().level();
  const v1::Money* stated = Pick(order.totals().stated().grand_total(), side);
  if (stated != nullptr) {
    plan.currency = stated->currency_code();
    plan.exponent = std::min(stated->exponent(), kMaxScale);
    return plan;
  }
  plan.currency = order.currency_code();
  for (int i = 0; plan.currency.empty() && i < order.lines_size(); ++i) {
    const v1::Money* net = Pick(order.lines(i).net(), side);
    if (net != nullptr) plan.currency = net->currency_code();
  }
  plan.exponent = CurrencyExponent(plan.currency).value_or(2);
  return plan;
}

}  // namespace

absl::Status ComputeTotals(v1::Order& order) {
  const Plan plan = MakePlan(order, Side::kLedger);
  v1::OrderTotals computed;
  if (!plan.currency.empty()) {
    FAIRLEAD_ASSIGN_OR_RETURN(const Sums sums, SumUp(order, Side::kLedger, plan));
    FAIRLEAD_RETURN_IF_ERROR(WriteAll(sums, Side::kLedger, plan, computed));
  }
  const v1::OrderTotals& stated = order.totals().stated();
  v1::Money residual;
  const bool comparable = stated.grand_total().has_ledger() && computed.has_grand_total();
  if (comparable) {
    FAIRLEAD_ASSIGN_OR_RETURN(residual, Sub(stated.grand_total().ledger(), computed.grand_total().ledger()));
  }
  // What the buyer saw is computed where the source states it throughout; it is information, and a gap in it no error.
  if (stated.grand_total().has_presentment()) {
    const Plan shown = MakePlan(order, Side::kPresentment);
    v1::OrderTotals both = computed;
    const auto sums = SumUp(order, Side::kPresentment, shown);
    if (sums.ok() && WriteAll(*sums, Side::kPresentment, shown, both).ok()) computed = both;
  }
  v1::TotalsCheck& totals = *order.mutable_totals();
  totals.clear_computed();
  totals.clear_residual();
  if (computed.has_grand_total()) *totals.mutable_computed() = computed;
  if (comparable) *totals.mutable_residual() = residual;
  return absl::OkStatus();
}

v1::FulfillmentStatus DeriveFulfillment(const v1::Order& order) {
  bool any_line = false;
  bool any_shipped = false;
  bool all_shipped = true;
  bool all_delivered = true;
  const auto number = [](const v1::Decimal& value) { return Dec{value.unscaled(), value.scale()}; };
  for (const v1::OrderLine& line : order.lines()) {
    // A kit's parent stands for its components and moves with them.
    if (line.kind() != v1::LINE_KIND_ITEM && line.kind() != v1::LINE_KIND_KIT_COMPONENT) continue;
    const v1::LineQuantities& quantities = line.quantities();
    const Dec current = number(quantities.has_current() ? quantities.current() : quantities.ordered());
    if (current <= Dec{}) continue;
    any_line = true;
    const Dec delivered = number(quantities.delivered());
    const Dec shipped = std::max(number(quantities.shipped()), delivered);
    any_shipped = any_shipped || shipped > Dec{};
    all_shipped = all_shipped && shipped >= current;
    all_delivered = all_delivered && delivered >= current;
  }
  if (!any_line) return v1::FULFILLMENT_STATUS_UNSPECIFIED;
  if (all_delivered) return v1::FULFILLMENT_STATUS_DELIVERED;
  if (all_shipped) return v1::FULFILLMENT_STATUS_FULFILLED;
  return any_shipped ? v1::FULFILLMENT_STATUS_PARTIAL : v1::FULFILLMENT_STATUS_UNFULFILLED;
}

}  // namespace models
FAIRLEAD_NAMESPACE_END
