// One order that uses every part of the model, as tests change it.
#ifndef FAIRLEAD_TESTS_MODELS_SAMPLES_H_
#define FAIRLEAD_TESTS_MODELS_SAMPLES_H_

#include <string>
#include <string_view>

#include "fairlead/core/export.h"
#include "fairlead/models/money.h"
#include "fairlead/v1/order.pb.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace models::testing {

inline v1::DualMoney Eur(std::string_view text) {
  v1::DualMoney amount;
  *amount.mutable_ledger() = MakeMoney("EUR", text).value();
  return amount;
}

inline v1::Decimal Number(std::string_view text) { return ToProto(ParseDecimal(text).value()); }

inline v1::OrderLine& AddLine(v1::Order& order, const std::string& key, v1::LineKind kind, std::string_view ordered,
                              std::string_view net, std::string_view tax) {
  v1::OrderLine& line = *order.add_lines();
  line.set_line_key(key);
  line.set_kind(kind);
  if (!ordered.empty()) *line.mutable_quantities()->mutable_ordered() = Number(ordered);
  *line.mutable_subtotal() = Eur(net);
  *line.mutable_net() = Eur(net);
  *line.mutable_tax() = Eur(tax);
  return line;
}

// Two items and shipping, 19 % tax: 30.00 + 4.95 net, 6.64 tax, 41.59 in all.
inline v1::Order SampleOrder() {
  v1::Order order;
  order.mutable_header()->add_refs()->set_system("web");
  order.mutable_header()->mutable_refs(0)->set_object_type("order");
  order.mutable_header()->mutable_refs(0)->set_id("53");
  order.set_order_number("1001");
  order.set_currency_code("EUR");
  order.mutable_buyer()->set_email("ada@example.com");
  order.mutable_buyer()->set_name("Ada Lovelace");
  v1::OrderTax& tax = *order.add_taxes();
  tax.set_key("de19");
  *tax.mutable_rate() = Number("0.19");
  v1::OrderLine& item = AddLine(order, "item:1", v1::LINE_KIND_ITEM, "2", "20.00", "3.80");
  item.set_sku("SKU-1");
  item.add_taxes()->set_tax_key("de19");
  *item.mutable_taxes(0)->mutable_amount() = Eur("3.80");
  AddLine(order, "item:2", v1::LINE_KIND_ITEM, "1", "10.00", "1.90").set_sku("SKU-2");
  AddLine(order, "shipping:1", v1::LINE_KIND_SHIPPING, "", "4.95", "0.94");
  *order.mutable_totals()->mutable_stated()->mutable_grand_total() = Eur("41.59");
  order.set_commercial_status(v1::COMMERCIAL_STATUS_OPEN);
  order.set_payment_status(v1::PAYMENT_STATUS_PAID);
  return order;
}

}  // namespace models::testing
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_TESTS_MODELS_SAMPLES_H_
