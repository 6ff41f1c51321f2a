#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "fairlead/models/money.h"
#include "fairlead/v1/order.pb.h"
#include "src/connectors/tryton/internal/reads.h"
#include "src/core/internal/absl_compat.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace tryton {
namespace {

v1::CommercialStatus CommercialOf(std::string_view state) {
  if (state == "draft" || state == "quotation") return v1::COMMERCIAL_STATUS_DRAFT;
  if (state == "confirmed" || state == "processing") return v1::COMMERCIAL_STATUS_OPEN;
  if (state == "done") return v1::COMMERCIAL_STATUS_CLOSED;
  if (state == "cancelled") return v1::COMMERCIAL_STATUS_CANCELLED;
  return v1::COMMERCIAL_STATUS_UNSPECIFIED;
}

v1::LineKind KindOfProduct(const TrytonOptions& options, std::string_view code) {
  if (code.empty()) return v1::LINE_KIND_FEE;
  if (code == options.tax_line_product) return v1::LINE_KIND_FEE;
  for (const auto& [kind, product] : options.charge_products) {
    if (product == code) return kind;
  }
  return v1::LINE_KIND_ITEM;
}

void FillState(v1::Order& order, const json::Value& row) {
  const std::string_view state = row["state"].text();
  order.set_source_status(std::string(state));
  order.set_commercial_status(CommercialOf(state));
  if (order.commercial_status() == v1::COMMERCIAL_STATUS_UNSPECIFIED) {
    v1::FieldState* unknown = order.mutable_header()->add_field_states();
    unknown->set_path("commercial_status");
    unknown->set_kind(v1::FieldState::KIND_UNKNOWN_VALUE);
    unknown->set_detail(std::string(state));
  }
  if (row["invoice_state"].text() == "paid") order.set_payment_status(v1::PAYMENT_STATUS_PAID);
  if (row["invoice_state"].text() == "none" || row["invoice_state"].text() == "waiting") {
    order.set_payment_status(v1::PAYMENT_STATUS_NONE);
  }
  const std::string_view shipped = row["shipment_state"].text();
  if (shipped == "sent") order.set_fulfillment_status(v1::FULFILLMENT_STATUS_FULFILLED);
  if (shipped == "none" || shipped == "waiting") order.set_fulfillment_status(v1::FULFILLMENT_STATUS_UNFULFILLED);
}

}  // namespace

bool MapSale(const MapContext& context, const json::Value& row, v1::Order& order,
             std::vector<MappingFinding>& findings) {
  const std::int64_t id = ReadId(row["id"]);
  const Currency* currency = CurrencyOf(context, row);
  if (id == 0 || currency == nullptr) return false;
  FillHeader(context, "sale.sale", row, *order.mutable_header());
  order.mutable_header()->mutable_refs(0)->set_human_number(std::string(row["number"].text()));
  if (const std::string_view reference = row["reference"].text(); !reference.empty()) {
    v1::ExternalRef* alias = order.mutable_header()->add_refs();
    *alias = OwnRef(context, "sale.reference", id);
    alias->set_id(std::string(reference));
    alias->set_role(v1::ExternalRef::ROLE_ALIAS);
  }
  order.set_order_number(std::string(row["number"].text()));
  order.set_currency_code(currency->code);
  if (const std::optional<Date> date = ReadDate(row["sale_date"]); date.has_value()) {
    order.mutable_placed_at()->set_seconds(UnixSeconds(*date));
    order.set_placed_at_source_text(PrintDate(*date));
  }
  if (const std::int64_t party = ReadId(row["party"]); party != 0) {
    *order.mutable_buyer()->mutable_party() = OwnRef(context, "party.party", party);
  }
  if (const Warehouse* warehouse = context.catalog.WarehouseById(ReadId(row["warehouse"]))) {
    order.set_requested_location(warehouse->location);
  }
  FillState(order, row);
  v1::OrderTotals& stated = *order.mutable_totals()->mutable_stated();
  const bool fine = FillMoney(currency->code, row["untaxed_amount"], *stated.mutable_items_net()) &&
                    FillMoney(currency->code, row["tax_amount"], *stated.mutable_tax()) &&
                    FillMoney(currency->code, row["total_amount"], *stated.mutable_grand_total());
  if (!fine)
    findings.push_back(
        MappingFinding{"totals.stated", "unreadable_total", "a total of the sale is missing or no decimal"});
  return true;
}

absl::StatusOr<Batch> ReadOrders(const ReadContext& context, const std::vector<std::int64_t>& ids) {
  FAIRLEAD_ASSIGN_OR_RETURN(
      const Answer rows,
      context.rpc.ReadPage(
          "model.sale.sale.search_read",
          SearchRead(
              In("id", ids),
              R"(["number","reference","state","shipment_state","invoice_state","party","warehouse","currency","sale_date",)"
              R"("untaxed_amount","tax_amount","total_amount","create_date","write_date"])"),
          context.call));
  FAIRLEAD_ASSIGN_OR_RETURN(
      const Answer lines,
      context.rpc.Read(
          "model.sale.line.search_read",
          SearchRead(In("sale", ids),
                     R"(["sale","type","product","product.code","unit.symbol","quantity","amount","description"])"),
          context.call));

  std::map<std::int64_t, v1::Order> orders;
  std::map<std::int64_t, Record> records;
  Batch batch;
  for (const json::Value row : rows.result.Items()) {
    v1::Order order;
    std::vector<MappingFinding> findings;
    if (!row.Check().ok() || !MapSale(context, row, order, findings)) {
      batch.unreadable.push_back(Unreadable(row, "a sale without id, or in a currency that is not active"));
      continue;
    }
    const std::int64_t id = ReadId(row["id"]);
    records[id] = MakeRecord(v1::ORDER, absl::StrCat(id), row, nullptr);
    records[id].findings = std::move(findings);
    orders[id] = std::move(order);
  }
  for (const json::Value row : lines.result.Items()) {
    const auto found = orders.find(ReadId(row["sale"]));
    if (found == orders.end() || row["type"].text() != "line") continue;
    v1::Order& order = found->second;
    v1::OrderLine* line = order.add_lines();
    const std::int64_t id = ReadId(row["id"]);
    line->set_line_key(absl::StrCat("line:", id));
    *line->mutable_ref() = OwnRef(context, "sale.line", id);
    line->set_sku(std::string(row["product."]["code"].text()));
    line->set_kind(KindOfProduct(context.options, line->sku()));
    if (!context.options.tax_line_product.empty() && line->sku() == context.options.tax_line_product)
      line->set_source_kind("tax");
    if (const std::int64_t product = ReadId(row["product"]); product != 0) {
      *line->mutable_variant() = OwnRef(context, "product.product", product);
    }
    line->set_title(std::string(row["description"].text()));
    const std::string unit = UnitCode(row["unit."]["symbol"].text());
    line->mutable_quantities()->set_uom(unit);
    const std::optional<models::Dec> quantity = ReadFloat(row["quantity"]);
    if (quantity.has_value()) {
      models::ToProto(*quantity, *line->mutable_quantities()->mutable_ordered());
      models::ToProto(*quantity, *line->mutable_quantities()->mutable_current());
    }
    if (!quantity.has_value() || !FillMoney(order.currency_code(), row["amount"], *line->mutable_net())) {
      records[found->first].findings.push_back(MappingFinding{absl::StrCat("lines[", line->line_key(), "]"),
                                                              "unreadable_line", "quantity or amount is missing"});
    }
  }
  for (auto& [id, record] : records) {
    record.message = std::make_unique<v1::Order>(std::move(orders[id]));
    batch.records.push_back(std::move(record));
  }
  return batch;
}

}  // namespace tryton
FAIRLEAD_NAMESPACE_END
