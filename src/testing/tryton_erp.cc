// Defaults, computed fields and checks of the sandbox ERP. Its buttons are in tryton_flow.cc, its seed in
// tryton_seed.cc.
#include "src/testing/internal/tryton_erp.h"

#include <algorithm>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "src/testing/internal/sandbox_host.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {
namespace internal {
namespace {

using Ids = TrytonStore::Ids;

Json IdList(const Ids& ids) {
  Json list = Json::Array();
  for (const std::int64_t id : ids) list.Push(Json(id));
  return list;
}

absl::Status DomainError(const char* field, const char* model, Json domain) {
  return absl::FailedPreconditionError(
      Json::Array({"UserError", Json::Array({absl::StrCat("The value for field \"", field, "\" in \"", model,
                                                          "\" is not valid according to its domain."),
                                             "", Json::Array({std::move(domain), Json::Object()})})})
          .Dump());
}

void Push(Ids* ids, std::int64_t id) {
  if (id != 0 && std::find(ids->begin(), ids->end(), id) == ids->end()) ids->push_back(id);
}

/// The id in "model,id", 0 for another model.
std::int64_t ReferenceTo(const std::string& reference, const std::string& model) {
  if (reference.compare(0, model.size() + 1, model + ",") != 0) return 0;
  return std::atoll(reference.c_str() + model.size() + 1);
}

}  // namespace

std::string TrytonErp::NextNumber(const std::string& sequence) const { return std::to_string(++sequences_[sequence]); }

void TrytonErp::AddDefaults(const TrytonModel& model, Json* values) const {
  const auto add = [&](const char* name, Json value) {
    if (values->Find(name) == nullptr && model.Find(name) != nullptr) values->Set(name, std::move(value));
  };
  const std::string& name = model.name;
  if (model.has_active) add("active", true);
  if (name != "res.user" && Exists("company.company", 1)) add("company", 1);
  if (name == "party.party" && (*values)["code"].IsNull()) values->Set("code", NextNumber("party"));
  if (name == "party.contact_mechanism") add("type", "phone");
  if (name == "product.template") {
    add("type", "goods");
    add("cost_price_method", "fixed");
  }
  if (name == "sale.sale") {
    add("currency", Get("company.company", 1, "currency"));
    add("state", "draft");
    add("invoice_method", "order");
    add("shipment_method", "order");
    add("invoice_state", "none");
    add("shipment_state", "none");
  }
  if (name == "sale.line" || name == "account.invoice.line") add("type", "line");
  if (name == "account.invoice") {
    add("currency", Get("company.company", 1, "currency"));
    add("state", "draft");
    add("type", "out");
    add("journal", 1);
  }
  if (name == "account.payment") {
    add("state", "draft");
    add("kind", "payable");
    add("date", Today());
  }
  if (name == "account.payment.journal") add("process_method", "manual");
  if (name == "stock.move") {
    add("currency", Get("company.company", 1, "currency"));
    add("state", "draft");
  }
  if (name == "stock.shipment.out" || name == "stock.shipment.out.return") {
    add("state", "draft");
    if ((*values)["number"].IsNull()) values->Set("number", NextNumber(name));
  }
  if (name == "stock.package") {
    add("state", "open");
    if ((*values)["code"].IsNull()) values->Set("code", NextNumber("package"));
  }
  if (name == "stock.inventory") {
    add("state", "draft");
    add("date", Today());
  }
  if (name == "account.tax") add("type", "percentage");
}

std::string TrytonErp::RecName(const std::string& model, std::int64_t id) const {
  if (model == "product.product") {
    const std::string code = GetText(model, id, "code");
    const std::string name = GetText(model, id, "name");
    return code.empty() ? name : absl::StrCat("[", code, "] ", name);
  }
  if (model == "company.company") return RecName("party.party", GetId(model, id, "party"));
  if (model == "sale.sale" || model == "account.invoice") {
    const std::string number = GetText(model, id, "number");
    const std::string reference = GetText(model, id, "reference");
    std::string text = number.empty() && model == "account.invoice" ? absl::StrCat("(", id, ")") : number;
    if (!reference.empty()) text += (text.empty() ? "[" : " [") + reference + "]";
    return text.empty() ? absl::StrCat("(", id, ")") : text;
  }
  if (model == "sale.line") {
    return RecName("product.product", GetId(model, id, "product")) + " @ " +
           RecName("sale.sale", GetId(model, id, "sale"));
  }
  if (model == "party.address") {
    const std::int64_t party = GetId(model, id, "party");
    return absl::StrCat(GetText("party.party", party, "name"), ", ", GetText(model, id, "postal_code"), " ",
                        GetText(model, id, "city"));
  }
  const TrytonModel& spec = TrytonSchema().at(model);
  for (const char* field : {"name", "number", "code", "value"}) {
    if (spec.Find(field) != nullptr) {
      const std::string text = GetText(model, id, field);
      if (!text.empty()) return text;
    }
  }
  return std::to_string(id);
}

int TrytonErp::CurrencyDigits(std::int64_t currency) const {
  const Json digits = Get("currency.currency", currency, "digits");
  return digits.IsNull() ? 2 : static_cast<int>(digits.AsInt());
}

ExactDecimal TrytonErp::LineAmount(const std::string& model, std::int64_t line) const {
  const bool sale = model == "sale.line";
  const std::int64_t document = GetId(model, line, sale ? "sale" : "invoice");
  const std::int64_t currency = GetId(sale ? "sale.sale" : "account.invoice", document, "currency");
  const ExactDecimal amount = ToDecimal(Get(model, line, "quantity")) * ToDecimal(Get(model, line, "unit_price"));
  return amount.Round(CurrencyDigits(currency));
}

std::vector<TrytonErp::TaxTotal> TrytonErp::Taxes(const char* line_model, const Ids& lines) const {
  // Bases are rounded line by line, amounts once at the end, as the document setting of the real one does.
  std::vector<TaxTotal> totals;
  for (const std::int64_t line : lines) {
    if (GetText(line_model, line, "type") != "line") continue;
    const ExactDecimal quantity = ToDecimal(Get(line_model, line, "quantity"));
    const ExactDecimal base = quantity * ToDecimal(Get(line_model, line, "unit_price"));
    const Json taxes = Get(line_model, line, "taxes");
    for (const Json& tax : taxes.items()) {
      auto total = std::find_if(totals.begin(), totals.end(), [&](const TaxTotal& t) { return t.tax == tax.AsInt(); });
      if (total == totals.end()) total = totals.insert(totals.end(), TaxTotal{tax.AsInt(), {}, {}});
      total->base = total->base + LineAmount(line_model, line);
      const std::string type = GetText("account.tax", tax.AsInt(), "type");
      if (type == "percentage")
        total->amount = total->amount + base * ToDecimal(Get("account.tax", tax.AsInt(), "rate"));
      if (type == "fixed")
        total->amount = total->amount + quantity * ToDecimal(Get("account.tax", tax.AsInt(), "amount"));
    }
  }
  for (TaxTotal& total : totals) total.amount = total.amount.Round(2);
  return totals;
}

TrytonErp::Ids TrytonErp::SaleShipments(std::int64_t sale, const char* model) const {
  Ids ids;
  for (const std::int64_t line : Where("sale.line", "sale", Json(sale))) {
    for (const std::int64_t move : Where("stock.move", "origin", Json(absl::StrCat("sale.line,", line)))) {
      Push(&ids, ReferenceTo(GetText("stock.move", move, "shipment"), model));
    }
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

TrytonErp::Ids TrytonErp::SaleInvoices(std::int64_t sale) const {
  Ids ids;
  for (const std::int64_t line : Where("sale.line", "sale", Json(sale))) {
    for (const std::int64_t other : Where("account.invoice.line", "origin", Json(absl::StrCat("sale.line,", line)))) {
      Push(&ids, GetId("account.invoice.line", other, "invoice"));
    }
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

Json TrytonErp::ComputeSale(std::int64_t id, const std::string& field) const {
  if (field == "shipments") return IdList(SaleShipments(id, "stock.shipment.out"));
  if (field == "shipment_returns") return IdList(SaleShipments(id, "stock.shipment.out.return"));
  if (field == "invoices") return IdList(SaleInvoices(id));
  const Ids lines = Where("sale.line", "sale", Json(id));
  if (field == "moves") {
    Ids moves;
    for (const std::int64_t line : lines) {
      const Ids some = Where("stock.move", "origin", Json(absl::StrCat("sale.line,", line)));
      moves.insert(moves.end(), some.begin(), some.end());
    }
    return IdList(moves);
  }
  if (field == "party_lang") {
    return Get("ir.lang", GetId("party.party", GetId("sale.sale", id, "party"), "lang"), "code");
  }
  ExactDecimal untaxed;
  for (const std::int64_t line : lines) {
    if (GetText("sale.line", line, "type") == "line") untaxed = untaxed + LineAmount("sale.line", line);
  }
  ExactDecimal tax;
  for (const TaxTotal& total : Taxes("sale.line", lines)) tax = tax + total.amount;
  if (field == "untaxed_amount") return DecimalJson(untaxed);
  if (field == "tax_amount") return DecimalJson(tax);
  if (field == "total_amount") return DecimalJson(untaxed + tax);
  return Json();
}

Json TrytonErp::ComputeInvoice(std::int64_t id, const std::string& field) const {
  const Ids lines = Where("account.invoice.line", "invoice", Json(id));
  if (field == "origins" || field == "sales") {
    Ids sales;
    for (const std::int64_t line : lines) {
      const std::int64_t sale_line = ReferenceTo(GetText("account.invoice.line", line, "origin"), "sale.line");
      Push(&sales, GetId("sale.line", sale_line, "sale"));
    }
    if (field == "sales") return IdList(sales);
    std::string text;
    for (const std::int64_t sale : sales) text += (text.empty() ? "" : ", ") + RecName("sale.sale", sale);
    return text;
  }
  ExactDecimal untaxed;
  for (const std::int64_t line : lines) untaxed = untaxed + LineAmount("account.invoice.line", line);
  ExactDecimal tax;
  for (const std::int64_t line : Where("account.invoice.tax", "invoice", Json(id))) {
    tax = tax + ToDecimal(Get("account.invoice.tax", line, "amount"));
  }
  if (field == "untaxed_amount") return DecimalJson(untaxed);
  if (field == "tax_amount") return DecimalJson(tax);
  if (field == "total_amount") return DecimalJson(untaxed + tax);
  if (field == "amount_to_pay") {
    if (GetText("account.invoice", id, "state") != "posted") return DecimalJson(ExactDecimal());
    return DecimalJson(untaxed + tax - ToDecimal(Get("account.invoice", id, "amount_paid")));
  }
  return Json();
}

Json TrytonErp::ComputeShipment(const std::string& model, std::int64_t id, const std::string& field) const {
  const Ids moves = Where("stock.move", "shipment", Json(absl::StrCat(model, ",", id)));
  if (field == "moves") return IdList(moves);
  if (field == "outgoing_moves" || field == "incoming_moves" || field == "inventory_moves") {
    Ids some;
    for (const std::int64_t move : moves) {
      const bool customer = GetId("stock.move", move, "to_location") == kCustomerLocation ||
                            GetId("stock.move", move, "from_location") == kCustomerLocation;
      if (customer == (field != "inventory_moves")) some.push_back(move);
    }
    return IdList(some);
  }
  if (field == "origins") {
    Ids sales;
    for (const std::int64_t move : moves) {
      const std::int64_t line = ReferenceTo(GetText("stock.move", move, "origin"), "sale.line");
      if (line != 0) Push(&sales, GetId("sale.line", line, "sale"));
    }
    std::string text;
    for (const std::int64_t sale : sales) text += (text.empty() ? "" : ", ") + RecName("sale.sale", sale);
    return text;
  }
  return Json();
}

std::vector<std::int64_t> TrytonErp::WithChildren(std::vector<std::int64_t> locations) const {
  for (std::size_t i = 0; i < locations.size(); ++i) {
    for (const std::int64_t child : Where("stock.location", "parent", Json(locations[i]))) Push(&locations, child);
  }
  return locations;
}

double TrytonErp::Quantity(std::int64_t product, const std::vector<std::int64_t>& locations, bool forecast) const {
  const auto inside = [&](std::int64_t location) {
    return std::find(locations.begin(), locations.end(), location) != locations.end();
  };
  ExactDecimal sum;
  for (const std::int64_t move : Where("stock.move", "product", Json(product))) {
    const std::string state = GetText("stock.move", move, "state");
    if (state != "done" && !(forecast && (state == "assigned" || state == "draft"))) continue;
    const ExactDecimal quantity = ToDecimal(Get("stock.move", move, "quantity"));
    if (inside(GetId("stock.move", move, "to_location"))) sum = sum + quantity;
    if (inside(GetId("stock.move", move, "from_location"))) sum = sum - quantity;
  }
  return sum.ToDouble();
}

Json TrytonErp::Compute(const TrytonModel& model, std::int64_t id, const TrytonField& field,
                        const Json& context) const {
  const std::string& name = model.name;
  if (field.name == "rec_name") return RecName(name, id);
  if (name == "sale.sale") return ComputeSale(id, field.name);
  if (name == "account.invoice") return ComputeInvoice(id, field.name);
  if (name == "stock.shipment.out" || name == "stock.shipment.out.return") return ComputeShipment(name, id, field.name);
  if (name == "sale.line") {
    if (field.name == "amount") {
      if (GetText(name, id, "type") != "line") return Json();
      return DecimalJson(LineAmount(name, id));
    }
    if (field.name == "warehouse") return Get("sale.sale", GetId(name, id, "sale"), "warehouse");
    if (field.name == "sale_state") return Get("sale.sale", GetId(name, id, "sale"), "state");
  }
  if (name == "account.invoice.line") {
    if (field.name == "amount") return DecimalJson(LineAmount(name, id));
    if (field.name == "stock_moves") {
      Ids moves;
      const std::string origin = GetText(name, id, "origin");
      for (const std::int64_t move : origin.empty() ? Ids() : Where("stock.move", "origin", Json(origin))) {
        if (GetText("stock.move", move, "state") != "cancelled") moves.push_back(move);
      }
      return IdList(moves);
    }
  }
  if (name == "product.product" && (field.name == "quantity" || field.name == "forecast_quantity")) {
    std::vector<std::int64_t> locations;
    for (const Json& location : context["locations"].items()) locations.push_back(location.AsInt());
    if (context["with_childs"].AsBool()) locations = WithChildren(std::move(locations));
    return FloatJson(locations.empty() ? 0 : Quantity(id, locations, field.name == "forecast_quantity"));
  }
  if (name == "stock.location" && (field.name == "quantity" || field.name == "forecast_quantity")) {
    const std::int64_t product = context["product"].AsInt();
    if (product == 0) return FloatJson(0);
    return FloatJson(Quantity(product, WithChildren({id}), field.name == "forecast_quantity"));
  }
  if (name == "stock.location" && field.name == "warehouse") {
    std::int64_t at = id;
    while (at != 0 && GetText(name, at, "type") != "warehouse") at = GetId(name, at, "parent");
    return at == 0 ? Json() : Json(at);
  }
  if (name == "stock.inventory.line" && field.name == "uom") {
    return Get("product.product", GetId(name, id, "product"), "default_uom");
  }
  if (name == "product.template" && field.name == "cost_price") {
    const Ids variants = Where("product.product", "template", Json(id));
    return variants.size() == 1 ? Get("product.product", variants[0], "cost_price") : Json();
  }
  if (name == "product.template" && field.name == "customer_taxes_used") {
    return Get("product.category", GetId(name, id, "account_category"), "customer_taxes");
  }
  if (name == "product.product" && field.name == "prefix_code") {
    return Get("product.template", GetId(name, id, "template"), "code");
  }
  if (name == "party.party") {
    if (field.name == "customer_location") return Json(kCustomerLocation);
    if (field.name == "supplier_location") return Json(6);
    if (field.name == "full_name") return Get(name, id, "name");
    for (const std::int64_t contact : Where("party.contact_mechanism", "party", Json(id))) {
      if (GetText("party.contact_mechanism", contact, "type") == field.name) {
        return Get("party.contact_mechanism", contact, "value");
      }
    }
    return field.name == "email" || field.name == "phone" ? Json("") : Json();
  }
  if (name == "party.contact_mechanism" && field.name == "value_compact") {
    std::string compact = GetText(name, id, "value");
    compact.erase(std::remove(compact.begin(), compact.end(), ' '), compact.end());
    return compact;
  }
  if (name == "party.address" && field.name == "full_address") {
    return absl::StrCat(GetText(name, id, "street"), "\n", GetText(name, id, "postal_code"), " ",
                        GetText(name, id, "city"));
  }
  if (name == "account.payment" && field.name == "currency") {
    return Get("company.company", 1, "currency");
  }
  return Json();
}

absl::Status TrytonErp::CheckQuantityDigits(const std::string& model, std::int64_t id, const char* uom_field) const {
  const Json quantity = Get(model, id, "quantity");
  const std::int64_t uom = GetId(model, id, uom_field);
  if (quantity.IsNull() || uom == 0) return absl::OkStatus();
  const auto digits = static_cast<int>(GetId("product.uom", uom, "digits"));
  if (ToDecimal(quantity).Trimmed().scale <= digits) return absl::OkStatus();
  return TrytonUserError(absl::StrCat("The number of digits in the value \"", quantity.text(),
                                      "\" for field \"Quantity\" in \"", TrytonSchema().at(model).label,
                                      "\" exceeds the limit of \"", digits, "\"."));
}

absl::Status TrytonErp::CheckSaleLine(std::int64_t id) {
  if (GetText("sale.line", id, "type") != "line") return absl::OkStatus();
  for (const auto& required : {std::make_pair("quantity", "Quantity"), std::make_pair("unit_price", "Unit Price"),
                               std::make_pair("unit", "Unit")}) {
    const bool needed = std::string(required.first) != "unit" || GetId("sale.line", id, "product") != 0;
    if (needed && Get("sale.line", id, required.first).IsNull()) {
      return TrytonUserError(absl::StrCat("A value is required for field \"", required.second, "\" in \"Sale Line\"."));
    }
  }
  const std::int64_t product = GetId("sale.line", id, "product");
  if (product != 0 && !Get("product.product", product, "salable").AsBool()) {
    return DomainError("Product", "Sale Line", Json::Array({Json::Array({"salable", "=", true})}));
  }
  return CheckQuantityDigits("sale.line", id, "unit");
}

absl::Status TrytonErp::CheckRecord(const TrytonModel& model, std::int64_t id) {
  const std::string& name = model.name;
  if (name == "party.party" && Where(name, "code", Get(name, id, "code")).size() > 1) {
    return TrytonUserError("The code on party must be unique.");
  }
  if (name == "product.template") {
    for (const std::int64_t variant : Where("product.product", "template", Json(id))) {
      FAIRLEAD_RETURN_IF_ERROR(CheckRecord(TrytonSchema().at("product.product"), variant));
    }
  }
  if (name == "product.product") {
    const std::string code =
        GetText("product.template", GetId(name, id, "template"), "code") + GetText(name, id, "suffix_code");
    if (code != GetText(name, id, "code")) Put(name, id, "code", code.empty() ? Json() : Json(code));
    if (!code.empty() && Get(name, id, "active").AsBool()) {
      for (const std::int64_t other : Where(name, "code", Json(code))) {
        if (other != id && Get(name, other, "active").AsBool()) {
          return TrytonUserError("Code of active product must be unique.");
        }
      }
    }
  }
  if (name == "sale.line") return CheckSaleLine(id);
  if (name == "sale.sale") {
    const std::int64_t party = GetId(name, id, "party");
    const std::int64_t invoice_address = GetId(name, id, "invoice_address");
    std::int64_t invoice_party = GetId(name, id, "invoice_party");
    if (invoice_party == 0) invoice_party = party;
    if (invoice_address != 0 && GetId("party.address", invoice_address, "party") != invoice_party) {
      return DomainError("Invoice Address", "Sale", Json::Array({Json::Array({"party", "=", invoice_party})}));
    }
    const std::int64_t shipment_address = GetId(name, id, "shipment_address");
    std::int64_t shipment_party = GetId(name, id, "shipment_party");
    if (shipment_party == 0) shipment_party = party;
    if (shipment_address != 0 && GetId("party.address", shipment_address, "party") != shipment_party) {
      return DomainError("Shipment Address", "Sale", Json::Array({Json::Array({"party", "=", shipment_party})}));
    }
    const std::int64_t warehouse = GetId(name, id, "warehouse");
    if (warehouse != 0 && GetText("stock.location", warehouse, "type") != "warehouse") {
      return DomainError("Warehouse", "Sale", Json::Array({Json::Array({"type", "=", "warehouse"})}));
    }
    const std::string state = GetText(name, id, "state");
    if (invoice_address == 0 && state != "draft" && state != "quotation" && state != "cancelled") {
      return TrytonUserError("A value is required for field \"Invoice Address\" in \"Sale\".");
    }
  }
  if (name == "account.invoice" && GetText(name, id, "state") == "draft") SetTaxLines(id);
  if (name == "stock.move") return CheckQuantityDigits(name, id, "uom");
  return absl::OkStatus();
}

absl::Status TrytonErp::CheckWrite(const TrytonModel& model, std::int64_t id) {
  if (model.name == "account.invoice") {
    const std::string state = GetText(model.name, id, "state");
    if (state == "posted" || state == "paid" || state == "cancelled") {
      return TrytonUserError(absl::StrCat("You cannot modify invoice \"", RecName(model.name, id),
                                          "\" because it is posted, paid or cancelled."));
    }
  }
  if (model.name == "stock.move") {
    const std::string state = GetText(model.name, id, "state");
    if (state == "done" || state == "cancelled") {
      return TrytonUserError(absl::StrCat("You cannot modify move \"", id, "\" because it is done or cancelled."));
    }
  }
  return absl::OkStatus();
}

absl::Status TrytonErp::CheckDelete(const TrytonModel& model, std::int64_t id) {
  if (model.name == "account.invoice") return CheckWrite(model, id);
  if (model.name == "sale.sale") {
    const std::string state = GetText(model.name, id, "state");
    if (state != "cancelled" && state != "draft" && state != "quotation") {
      return TrytonUserError(absl::StrCat("To delete sale \"", RecName(model.name, id), "\" you must cancel it."));
    }
  }
  return absl::OkStatus();
}

}  // namespace internal
}  // namespace testing
FAIRLEAD_NAMESPACE_END
