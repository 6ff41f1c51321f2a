// Orders. Amounts are taken as stated: line totals without tax, taxes beside them, sums as the store says, and our own
// sum of the lines next to those.
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "src/connector/internal/key_table.h"
#include "src/connectors/woocommerce/internal/mapping.h"
#include "src/core/internal/absl_compat.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace woocommerce::internal {
namespace {

using ::fairlead::internal::ToAbsl;

struct OrderKey {
  enum : std::size_t {
    kId,
    kNumber,
    kStatus,
    kCurrency,
    kPricesIncludeTax,
    kDateCreated,
    kDateCreatedGmt,
    kDateModifiedGmt,
    kDatePaidGmt,
    kDateCompletedGmt,
    kDiscountTotal,
    kDiscountTax,
    kShippingTotal,
    kShippingTax,
    kTotal,
    kTotalTax,
    kCustomerId,
    kBilling,
    kShipping,
    kPaymentMethod,
    kTransactionId,
    kCreatedVia,
    kCustomerNote,
    kMetaData,
    kLineItems,
    kTaxLines,
    kShippingLines,
    kFeeLines,
    kCouponLines,
    kRefunds,
    kCount
  };
};
constexpr json::KeyTable kOrderKeys({"id",
                                     "number",
                                     "status",
                                     "currency",
                                     "prices_include_tax",
                                     "date_created",
                                     "date_created_gmt",
                                     "date_modified_gmt",
                                     "date_paid_gmt",
                                     "date_completed_gmt",
                                     "discount_total",
                                     "discount_tax",
                                     "shipping_total",
                                     "shipping_tax",
                                     "total",
                                     "total_tax",
                                     "customer_id",
                                     "billing",
                                     "shipping",
                                     "payment_method",
                                     "transaction_id",
                                     "created_via",
                                     "customer_note",
                                     "meta_data",
                                     "line_items",
                                     "tax_lines",
                                     "shipping_lines",
                                     "fee_lines",
                                     "coupon_lines",
                                     "refunds"});

struct LineKey {
  enum : std::size_t {
    kId,
    kName,
    kProductId,
    kVariationId,
    kQuantity,
    kTaxClass,
    kSubtotal,
    kSubtotalTax,
    kTotal,
    kTotalTax,
    kTaxes,
    kMetaData,
    kSku,
    kMethodId,
    kMethodTitle,
    kCount
  };
};
constexpr json::KeyTable kLineKeys({"id", "name", "product_id", "variation_id", "quantity", "tax_class", "subtotal",
                                    "subtotal_tax", "total", "total_tax", "taxes", "meta_data", "sku", "method_id",
                                    "method_title"});

struct TaxLineKey {
  enum : std::size_t { kRateId, kRateCode, kLabel, kCompound, kTaxTotal, kShippingTaxTotal, kRatePercent, kCount };
};
constexpr json::KeyTable kTaxLineKeys({"rate_id", "rate_code", "label", "compound", "tax_total", "shipping_tax_total",
                                       "rate_percent"});

// The lists above and their enumerators go together.
template <std::size_t N>
constexpr std::size_t SizeOf(const json::KeyTable<N>&) {
  return N;
}
static_assert(SizeOf(kOrderKeys) == OrderKey::kCount && SizeOf(kLineKeys) == LineKey::kCount &&
              SizeOf(kTaxLineKeys) == TaxLineKey::kCount);

/// What the lines add up to.
struct LineSums {
  Sum items_net;
  Sum shipping_net;
  Sum fees_net;
  Sum shipping_tax;
  Sum tax;
  Sum discount;
  Sum discount_tax;
};

void PutStatus(const Context& context, const json::Fields<OrderKey::kCount>& fields, v1::Order& order) {
  const std::string_view status = Text(context, fields[OrderKey::kStatus], "source_status");
  order.set_source_status(std::string(status));
  const bool paid = order.has_paid_at();
  order.set_return_status(v1::RETURN_STATUS_NONE);
  order.set_fulfillment_status(v1::FULFILLMENT_STATUS_UNFULFILLED);
  order.set_payment_status(paid ? v1::PAYMENT_STATUS_PAID : v1::PAYMENT_STATUS_NONE);
  if (status == "processing" || status == "pending") {
    order.set_commercial_status(v1::COMMERCIAL_STATUS_OPEN);
  } else if (status == "completed") {
    // The shop says that all is done; quantities shipped it does not know.
    order.set_commercial_status(v1::COMMERCIAL_STATUS_CLOSED);
    order.set_fulfillment_status(v1::FULFILLMENT_STATUS_FULFILLED);
    order.set_payment_status(v1::PAYMENT_STATUS_PAID);
  } else if (status == "on-hold") {
    order.set_commercial_status(v1::COMMERCIAL_STATUS_ON_HOLD);
  } else if (status == "cancelled") {
    order.set_commercial_status(v1::COMMERCIAL_STATUS_CANCELLED);
  } else if (status == "refunded") {
    order.set_commercial_status(v1::COMMERCIAL_STATUS_CLOSED);
    order.set_payment_status(v1::PAYMENT_STATUS_REFUNDED);
  } else if (status == "failed") {
    order.set_commercial_status(v1::COMMERCIAL_STATUS_OPEN);
    order.set_payment_status(v1::PAYMENT_STATUS_FAILED);
  } else if (status == "checkout-draft" || status == "auto-draft") {
    order.set_commercial_status(v1::COMMERCIAL_STATUS_DRAFT);
  } else if (status == "trash") {
    order.set_commercial_status(v1::COMMERCIAL_STATUS_CANCELLED);
    order.mutable_header()->mutable_tombstone()->set_kind(v1::Tombstone::KIND_ARCHIVED);
  } else {
    order.clear_fulfillment_status();
    AddState(*order.mutable_header(), "commercial_status", v1::FieldState::KIND_UNKNOWN_VALUE, status);
    context.Find(
        "commercial_status", "unknown_status",
        absl::StrCat(
            "the status '", ToAbsl(status.substr(0, 60)),
            "' is none of WooCommerce's own; a plugin made it. It is kept as text: say in the policy what it means"));
  }
}

void PutQuantity(const Context& context, const Value& value, v1::OrderLine& line) {
  Amount quantity;
  if (value.empty() || !ReadDecimal(value.text(), quantity)) {
    context.Find("quantities.ordered", "bad_quantity", "the line has no readable quantity");
    return;
  }
  v1::LineQuantities& quantities = *line.mutable_quantities();
  PutDecimal(quantity, *quantities.mutable_ordered());
  PutDecimal(quantity, *quantities.mutable_current());
  if (quantity.unscaled < 0) {
    context.Find("quantities.ordered", "negative_quantity",
                 "WooCommerce accepts negative quantities; no other system will: ask the shop");
  }
}

/// What the buyer chose: attributes of a variation, "Any" attributes and product add-ons all stand in the line's meta.
void PutOptions(const Value& meta_data, v1::OrderLine& line) {
  for (const Value entry : meta_data.Items()) {
    const std::string_view key = entry["key"].text();
    if (key.empty() || key[0] == '_') continue;
    const Value value = entry["value"];
    if (!value.is_string() && !value.is_number()) continue;
    // A taxonomy's value is a slug; what people read is beside it. An empty one is an "Any" whose choice follows.
    const Value shown =
        key.substr(0, 3) == "pa_" && entry["display_value"].is_string() ? entry["display_value"] : value;
    if (shown.text().empty()) continue;
    v1::OptionValue* option = line.add_options();
    const std::string_view name = entry["display_key"].text();
    *option->mutable_name() = DecodeEntities(name.empty() ? key : name);
    option->set_value(std::string(shown.text()));
  }
}

void PutTaxes(const Context& context, const Value& taxes, v1::OrderLine& line) {
  for (const Value entry : taxes.Items()) {
    Value id;
    Value total;
    Value subtotal;
    for (const Value::Member& member : entry.Members()) {
      if (member.key == "id") id = member.value;
      if (member.key == "total") total = member.value;
      if (member.key == "subtotal") subtotal = member.value;
    }
    const std::string_view rate = IdText(context, id, "taxes[].tax_key");
    Amount amount;
    Amount before;
    const bool stated = ReadMoney(context, total, "taxes[].amount", amount);
    if (rate.empty() && !stated) continue;
    v1::LineTax* tax = line.add_taxes();
    tax->mutable_tax_key()->assign("rate:").append(rate);
    if (stated) PutMoney(context, amount, *tax->mutable_amount());
    // Repeated where there was no discount: then the amount says it.
    if (ReadMoney(context, subtotal, "taxes[].amount_before_discount", before) &&
        !(stated && before.unscaled == amount.unscaled && before.scale == amount.scale)) {
      PutMoney(context, before, *tax->mutable_amount_before_discount());
    }
  }
}

/// One line of any kind. `only_coupon` is the key of the order's one coupon, or empty.
void PutLine(Context& context, const Value& source, v1::LineKind kind, std::string_view kind_name,
             std::string_view ref_type, const std::string& only_coupon, LineSums& sums, v1::Order& order) {
  const json::Fields<LineKey::kCount> fields(kLineKeys, source);
  context.line_kind = kind_name;
  const std::string_view id = IdText(context, fields[LineKey::kId], "lines[].ref.id");
  context.line_id = id.empty() ? std::string_view("?") : id;
  if (id.empty()) context.Find("ref", "line_without_id", "the line has no id: later changes of it cannot be followed");

  v1::OrderLine& line = *order.add_lines();
  line.set_kind(kind);
  line.mutable_line_key()->append(kind_name).append(":").append(id);
  PutRef(context, ref_type, id, *line.mutable_ref());
  const bool shipping = kind == v1::LINE_KIND_SHIPPING;
  line.set_title(std::string(Text(context, fields[shipping ? LineKey::kMethodTitle : LineKey::kName], "title")));
  const std::string_view tax_class = Text(context, fields[LineKey::kTaxClass], "tax_class");
  if (!tax_class.empty()) line.set_tax_class(std::string(tax_class));

  Amount net;
  Amount tax;
  const bool has_net = ReadMoney(context, fields[LineKey::kTotal], "net", net);
  if (!has_net) context.Find("net", "line_without_amount", "the line states no amount; it counts as zero in the sums");
  PutMoney(context, net, *line.mutable_net());
  if (ReadMoney(context, fields[LineKey::kTotalTax], "tax", tax)) PutMoney(context, tax, *line.mutable_tax());
  PutTaxes(context, fields[LineKey::kTaxes], line);
  sums.tax.Add(tax);

  if (kind == v1::LINE_KIND_SHIPPING) {
    line.set_source_kind(std::string(Text(context, fields[LineKey::kMethodId], "source_kind")));
    sums.shipping_net.Add(net);
    sums.shipping_tax.Add(tax);
  } else if (kind == v1::LINE_KIND_FEE) {
    sums.fees_net.Add(net);
  } else {
    const std::string_view product = IdText(context, fields[LineKey::kProductId], "variant.id");
    const std::string_view variation = IdText(context, fields[LineKey::kVariationId], "variant.id");
    if (!variation.empty()) {
      PutRef(context, kVariation, variation, *line.mutable_variant());
      if (!product.empty()) line.mutable_variant()->set_parent_id(std::string(product));
    } else if (!product.empty()) {
      PutRef(context, kProduct, product, *line.mutable_variant());
    } else {
      context.Find(
          "variant", net.unscaled == 0 ? "ghost_line" : "product_gone",
          net.unscaled == 0
              ? "the line names no product and costs nothing: WooCommerce accepts unknown ids and SKUs this way. Ask "
                "whoever made the order"
              : "the product was deleted after it was ordered; only name and amount are left. Map the line by hand");
    }
    const std::string_view sku = Text(context, fields[LineKey::kSku], "sku");
    if (!sku.empty()) {
      line.set_sku(std::string(sku));
    } else if (fields[LineKey::kSku].is_null()) {
      AddState(*order.mutable_header(), absl::StrCat("lines[item:", ToAbsl(id), "].sku"),
               v1::FieldState::KIND_NULL_AT_SOURCE);
    }
    PutQuantity(context, fields[LineKey::kQuantity], line);
    PutOptions(fields[LineKey::kMetaData], line);
    Amount subtotal;
    Amount subtotal_tax;
    const bool has_subtotal = ReadMoney(context, fields[LineKey::kSubtotal], "subtotal", subtotal);
    const bool has_subtotal_tax = ReadMoney(context, fields[LineKey::kSubtotalTax], "subtotal_tax", subtotal_tax);
    if (has_subtotal) PutMoney(context, subtotal, *line.mutable_subtotal());
    if (has_subtotal_tax) PutMoney(context, subtotal_tax, *line.mutable_subtotal_tax());
    if (has_subtotal && has_net) {
      Sum discount;
      discount.Add(subtotal);
      discount.Subtract(net);
      if (discount.ok() && discount.amount().unscaled > 0) {
        v1::LineDiscount* entry = line.add_discounts();
        PutMoney(context, discount.amount(), *entry->mutable_amount());
        if (!only_coupon.empty()) entry->set_application_key(only_coupon);
      }
      sums.discount.Add(subtotal);
      sums.discount.Subtract(net);
    }
    if (has_subtotal_tax) {
      sums.discount_tax.Add(subtotal_tax);
      sums.discount_tax.Subtract(tax);
    }
    sums.items_net.Add(net);
  }
  context.line_id = {};
}

void PutCoupons(const Context& context, const Value& lines, v1::Order& order) {
  for (const Value source : lines.Items()) {
    const std::string_view id = IdText(context, source["id"], "discounts[].key");
    v1::DiscountApplication& discount = *order.add_discounts();
    discount.mutable_key()->assign("coupon:").append(id);
    discount.set_code(std::string(Text(context, source["code"], "discounts[].code")));
    Amount amount;
    if (ReadMoney(context, source["discount"], "discounts[].amount", amount))
      PutMoney(context, amount, *discount.mutable_amount());
    if (ReadMoney(context, source["discount_tax"], "discounts[].tax_amount", amount)) {
      PutMoney(context, amount, *discount.mutable_tax_amount());
    }
    // 10.x states the kind; 7.9 keeps a copy of the coupon in the line's meta.
    Value kind = source["discount_type"];
    if (!kind.is_string()) kind = FindMeta(source["meta_data"], "coupon_data")["discount_type"];
    if (kind.is_string()) discount.set_source_kind(std::string(kind.text()));
  }
}

void PutOrderTaxes(const Context& context, const Value& lines, v1::Order& order) {
  for (const Value source : lines.Items()) {
    const json::Fields<TaxLineKey::kCount> fields(kTaxLineKeys, source);
    v1::OrderTax& tax = *order.add_taxes();
    tax.mutable_key()->assign("rate:").append(IdText(context, fields[TaxLineKey::kRateId], "taxes[].key"));
    tax.set_code(std::string(Text(context, fields[TaxLineKey::kRateCode], "taxes[].code")));
    tax.set_label(std::string(Text(context, fields[TaxLineKey::kLabel], "taxes[].label")));
    tax.set_compound(Flag(context, fields[TaxLineKey::kCompound], "taxes[].compound"));
    Amount amount;
    if (ReadMoney(context, fields[TaxLineKey::kTaxTotal], "taxes[].items_amount", amount)) {
      PutMoney(context, amount, *tax.mutable_items_amount());
    }
    if (ReadMoney(context, fields[TaxLineKey::kShippingTaxTotal], "taxes[].shipping_amount", amount)) {
      PutMoney(context, amount, *tax.mutable_shipping_amount());
    }
    const Value& percent = fields[TaxLineKey::kRatePercent];
    if (!percent.empty() && ReadDecimal(percent.text(), amount) && amount.scale <= 16) {
      amount.scale += 2;
      PutDecimal(amount, *tax.mutable_rate());
    }
  }
}

/// Refunds as the order lists them; their sum, positive.
Sum PutRefunds(const Context& context, const Value& refunds, v1::Order& order) {
  Sum sum;
  for (const Value source : refunds.Items()) {
    v1::OrderRefundSummary& refund = *order.add_refunds();
    PutRef(context, kRefund, IdText(context, source["id"], "refunds[].ref.id"), *refund.mutable_ref());
    if (!order.header().refs().empty()) refund.mutable_ref()->set_parent_id(order.header().refs(0).id());
    refund.set_reason(std::string(Text(context, source["reason"], "refunds[].reason")));
    Amount amount;
    if (!ReadMoney(context, source["total"], "refunds[].amount", amount)) continue;
    if (amount.unscaled < 0) amount = Negated(amount);
    PutMoney(context, amount, *refund.mutable_amount());
    sum.Add(amount);
  }
  return sum;
}

/// Stated totals, our own, and the difference.
void PutTotals(const Context& context, const json::Fields<OrderKey::kCount>& fields, const LineSums& sums,
               const Sum& refunded, v1::Order& order) {
  v1::OrderTotals& stated = *order.mutable_totals()->mutable_stated();
  v1::OrderTotals& computed = *order.mutable_totals()->mutable_computed();
  Amount amount;
  Amount total;
  if (ReadMoney(context, fields[OrderKey::kDiscountTotal], "totals.stated.discount", amount))
    PutMoney(context, amount, *stated.mutable_discount());
  if (ReadMoney(context, fields[OrderKey::kDiscountTax], "totals.stated.discount_tax", amount))
    PutMoney(context, amount, *stated.mutable_discount_tax());
  if (ReadMoney(context, fields[OrderKey::kShippingTotal], "totals.stated.shipping_net", amount))
    PutMoney(context, amount, *stated.mutable_shipping_net());
  if (ReadMoney(context, fields[OrderKey::kShippingTax], "totals.stated.shipping_tax", amount))
    PutMoney(context, amount, *stated.mutable_shipping_tax());
  if (ReadMoney(context, fields[OrderKey::kTotalTax], "totals.stated.tax", amount))
    PutMoney(context, amount, *stated.mutable_tax());
  const bool has_total = ReadMoney(context, fields[OrderKey::kTotal], "totals.stated.grand_total", total);
  if (has_total) PutMoney(context, total, *stated.mutable_grand_total());
  PutMoney(context, refunded.amount(), *stated.mutable_refunded());

  Sum grand = sums.items_net;
  grand.Add(sums.shipping_net.amount());
  grand.Add(sums.fees_net.amount());
  grand.Add(sums.tax.amount());
  if (!grand.ok() || !refunded.ok()) {
    context.Find("totals.computed", "amount_overflow",
                 "the amounts of the lines are too large to be added up; nothing can be checked");
    return;
  }
  PutMoney(context, sums.items_net.amount(), *computed.mutable_items_net());
  PutMoney(context, sums.discount.amount(), *computed.mutable_discount());
  PutMoney(context, sums.discount_tax.amount(), *computed.mutable_discount_tax());
  PutMoney(context, sums.shipping_net.amount(), *computed.mutable_shipping_net());
  PutMoney(context, sums.shipping_tax.amount(), *computed.mutable_shipping_tax());
  PutMoney(context, sums.fees_net.amount(), *computed.mutable_fees_net());
  PutMoney(context, sums.tax.amount(), *computed.mutable_tax());
  PutMoney(context, grand.amount(), *computed.mutable_grand_total());
  if (!has_total) {
    context.Find("totals.stated.grand_total", "no_total",
                 "the order states no total; it cannot be checked against its lines");
    return;
  }
  Sum residual;
  residual.Add(total);
  residual.Subtract(grand.amount());
  if (!residual.ok()) {
    context.Find("totals.residual", "amount_overflow", "the difference between total and lines does not fit");
    return;
  }
  PutMoney(context, residual.amount(), *order.mutable_totals()->mutable_residual());
  if (residual.amount().unscaled != 0) {
    context.Find(
        "totals.residual", "residual",
        absl::StrCat("the store states a total of ", AmountText(total), ", its lines and their taxes add up to ",
                     AmountText(grand.amount()), ": the difference of ", AmountText(residual.amount()),
                     " becomes a rounding line, or parks the order where it is above the limit"));
  }
  Sum left;
  left.Add(total);
  left.Subtract(refunded.amount());
  if (refunded.amount().unscaled > 0) {
    if (left.ok() && left.amount().unscaled < 0) {
      context.Find("totals.stated.refunded", "over_refund",
                   "more was refunded than the order cost; check the refunds in the shop");
    }
    if (order.payment_status() == v1::PAYMENT_STATUS_PAID) {
      order.set_payment_status(left.amount().unscaled <= 0 ? v1::PAYMENT_STATUS_REFUNDED
                                                           : v1::PAYMENT_STATUS_PARTIALLY_REFUNDED);
    } else if (order.payment_status() == v1::PAYMENT_STATUS_NONE) {
      context.Find("payment_status", "refund_unpaid", "refunds are recorded on an order that was never paid");
    }
  }
}

void PutBuyer(const Context& context, const json::Fields<OrderKey::kCount>& fields, v1::Order& order) {
  v1::OrderBuyer& buyer = *order.mutable_buyer();
  const std::string_view customer = IdText(context, fields[OrderKey::kCustomerId], "buyer.party.id");
  if (customer.empty()) {
    buyer.set_guest(true);
  } else {
    PutRef(context, kCustomer, customer, *buyer.mutable_party());
  }
  const v1::Address& billing = order.billing_address();
  if (!billing.email().empty()) *buyer.mutable_email() = billing.email();
  if (!billing.phone().empty()) *buyer.mutable_phone() = billing.phone();
  if (!billing.company().empty()) *buyer.mutable_company() = billing.company();
  if (!billing.first_name().empty() || !billing.last_name().empty()) {
    std::string& name = *buyer.mutable_name();
    name = billing.first_name();
    if (!name.empty() && !billing.last_name().empty()) name += ' ';
    name += billing.last_name();
  }
}

}  // namespace

absl::Status MapOrder(Context& context, const Value& source, v1::Order& order) {
  FAIRLEAD_RETURN_IF_ERROR(CheckRecord(source, "an order"));
  const json::Fields<OrderKey::kCount> fields(kOrderKeys, source);
  FAIRLEAD_RETURN_IF_ERROR(context.SetCurrency(fields[OrderKey::kCurrency].text(), "currency"));
  const std::string_view id = fields[OrderKey::kId].text();

  v1::EntityHeader& header = *order.mutable_header();
  PutHeader(context, kOrder, id, fields[OrderKey::kDateCreatedGmt], fields[OrderKey::kDateModifiedGmt], header);
  const std::string_view number = Text(context, fields[OrderKey::kNumber], "order_number");
  order.set_order_number(std::string(number.empty() ? id : number));
  header.mutable_refs(0)->set_human_number(order.order_number());
  order.set_currency_code(context.currency);

  // Only the GMT twin is an instant: local times repeat and skip an hour twice a year.
  if (header.has_created_at()) {
    order.mutable_placed_at()->set_seconds(header.created_at().seconds());
  } else {
    context.Find("placed_at", "no_gmt_time",
                 "date_created_gmt is missing; the local time alone is not an instant and is kept as text");
  }
  order.set_placed_at_source_text(std::string(Text(context, fields[OrderKey::kDateCreated], "placed_at_source_text")));
  if (const auto paid = GmtTime(context, fields[OrderKey::kDatePaidGmt], "paid_at"))
    order.mutable_paid_at()->set_seconds(*paid);
  if (const auto done = GmtTime(context, fields[OrderKey::kDateCompletedGmt], "completed_at")) {
    order.mutable_completed_at()->set_seconds(*done);
  }

  const bool inclusive = Flag(context, fields[OrderKey::kPricesIncludeTax], "rounding.price_includes_tax");
  v1::Rounding& rounding = *order.mutable_rounding();
  rounding.set_price_includes_tax(inclusive);
  // WooCommerce rounds taxes half down where prices include them, so that net and tax add up to the price again.
  rounding.set_mode(inclusive ? v1::ROUNDING_MODE_HALF_DOWN : v1::ROUNDING_MODE_HALF_UP);
  rounding.set_level(context.options.rounding_level);

  if (AddressSaysSomething(fields[OrderKey::kBilling])) {
    PutAddress(context, fields[OrderKey::kBilling], "billing_address", *order.mutable_billing_address());
  } else {
    AddState(header, "billing_address", v1::FieldState::KIND_EMPTY_AT_SOURCE);
  }
  if (AddressSaysSomething(fields[OrderKey::kShipping])) {
    PutAddress(context, fields[OrderKey::kShipping], "shipping_address", *order.mutable_shipping_address());
  } else {
    AddState(header, "shipping_address", v1::FieldState::KIND_EMPTY_AT_SOURCE);
  }
  PutBuyer(context, fields, order);
  if (const auto text = Text(context, fields[OrderKey::kPaymentMethod], "payment_method"); !text.empty())
    order.set_payment_method(std::string(text));
  if (const auto text = Text(context, fields[OrderKey::kTransactionId], "payment_reference"); !text.empty())
    order.set_payment_reference(std::string(text));
  if (const auto text = Text(context, fields[OrderKey::kCustomerNote], "buyer_note"); !text.empty())
    order.set_buyer_note(std::string(text));
  if (const auto text = Text(context, fields[OrderKey::kCreatedVia], "channel"); !text.empty())
    order.set_channel(std::string(text));
  PutMeta(context, fields[OrderKey::kMetaData], header);

  PutCoupons(context, fields[OrderKey::kCouponLines], order);
  const std::string only_coupon = order.discounts_size() == 1 ? order.discounts(0).key() : std::string();
  LineSums sums;
  for (const Value line : fields[OrderKey::kLineItems].Items()) {
    PutLine(context, line, v1::LINE_KIND_ITEM, "item", "line_item", only_coupon, sums, order);
  }
  for (const Value line : fields[OrderKey::kShippingLines].Items()) {
    PutLine(context, line, v1::LINE_KIND_SHIPPING, "shipping", "shipping_line", {}, sums, order);
  }
  for (const Value line : fields[OrderKey::kFeeLines].Items()) {
    PutLine(context, line, v1::LINE_KIND_FEE, "fee", "fee_line", {}, sums, order);
  }
  if (!fields[OrderKey::kLineItems].is_array()) {
    // Asked for with _fields, or changed by a plugin: not the same as an order without lines.
    AddState(header, "lines", v1::FieldState::KIND_NOT_FETCHED);
    context.Find("lines", "lines_missing", "line_items is missing or no list; the order cannot be posted from this");
  }
  PutOrderTaxes(context, fields[OrderKey::kTaxLines], order);
  const Sum refunded = PutRefunds(context, fields[OrderKey::kRefunds], order);
  PutStatus(context, fields, order);
  PutTotals(context, fields, sums, refunded, order);
  return absl::OkStatus();
}

}  // namespace woocommerce::internal
FAIRLEAD_NAMESPACE_END
