// What the buttons and wizards of the sandbox ERP do.
#include <algorithm>
#include <cstdlib>
#include <set>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "src/testing/internal/sandbox_host.h"
#include "src/testing/internal/tryton_erp.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {
namespace internal {
namespace {

std::int64_t SaleLineOf(const std::string& origin) {
  return origin.compare(0, 10, "sale.line,") == 0 ? std::atoll(origin.c_str() + 10) : 0;
}

bool IsOneOf(const std::string& value, std::initializer_list<const char*> values) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

}  // namespace

bool TrytonErp::HasButton(const std::string& model, const std::string& button) const {
  static const auto* const buttons = new std::map<std::string, std::set<std::string>>{
      {"sale.sale", {"draft", "quote", "confirm", "process", "cancel"}},
      {"stock.shipment.out", {"draft", "wait", "assign_try", "assign_force", "pick", "pack", "done", "cancel"}},
      {"stock.shipment.out.return", {"draft", "receive", "done", "cancel"}},
      {"stock.inventory", {"confirm", "cancel"}},
      {"stock.package", {"open", "close"}},
      {"stock.move", {"draft", "cancel", "do", "assign"}},
      {"account.invoice", {"draft", "validate_invoice", "post", "cancel"}},
      {"account.payment", {"draft", "submit", "approve", "proceed", "succeed", "fail"}},
  };
  const auto found = buttons->find(model);
  return found != buttons->end() && found->second.count(button) != 0;
}

absl::StatusOr<Json> TrytonErp::Press(const std::string& model, const std::string& button, const Ids& ids,
                                      const Json& context) {
  // Reading first is what makes the real one refuse ids that are gone.
  absl::StatusOr<Json> known = Read(model, ids, Json::Array({"id"}), context);
  if (!known.ok()) return known.status();
  bool all = true;
  for (const std::int64_t id : ids) {
    const std::string state = GetText(model, id, "state");
    if (model == "sale.sale") {
      if (button == "quote" && state == "draft") FAIRLEAD_RETURN_IF_ERROR(Quote(id));
      if (button == "confirm" && state == "quotation") {
        if (GetId(model, id, "invoice_address") == 0) {
          return TrytonUserError("A value is required for field \"Invoice Address\" in \"Sale\".");
        }
        Put(model, id, "state", "confirmed");
        queue_.push_back(id);  // the real one's queue processes it right after the commit
      }
      if (button == "draft" && IsOneOf(state, {"quotation", "confirmed", "cancelled"}))
        Put(model, id, "state", "draft");
      if (button == "cancel" && IsOneOf(state, {"draft", "quotation"})) Put(model, id, "state", "cancelled");
      if (button == "process" && IsOneOf(state, {"confirmed", "processing", "done"})) {
        FAIRLEAD_RETURN_IF_ERROR(ProcessSale(id));
      }
      continue;
    }
    absl::StatusOr<Json> result = Json();
    if (model == "stock.shipment.out") result = PressShipment(button, id);
    if (model == "stock.shipment.out.return") result = PressReturn(button, id);
    if (model == "account.invoice") result = PressInvoice(button, id);
    if (model == "stock.inventory" && button == "confirm" && state == "draft") {
      FAIRLEAD_RETURN_IF_ERROR(ConfirmInventory(id));
    }
    if (model == "stock.inventory" && button == "cancel" && state == "draft") Put(model, id, "state", "cancelled");
    if (model == "stock.package") Put(model, id, "state", button == "open" ? "open" : "closed");
    if (model == "stock.move" && IsOneOf(state, {"draft", "assigned"})) {
      Put(model, id, "state",
          button == "do" ? "done" : (button == "assign" ? "assigned" : (button == "draft" ? "draft" : "cancelled")));
      if (button == "do") Put(model, id, "effective_date", Today());
    }
    if (model == "account.payment") {
      const auto move = [&](std::initializer_list<const char*> from, const char* to) {
        if (IsOneOf(state, from)) Put(model, id, "state", to);
      };
      if (button == "submit") move({"draft"}, "submitted");
      if (button == "approve") move({"draft", "submitted"}, "approved");
      if (button == "proceed") move({"approved", "succeeded", "failed"}, "processing");
      if (button == "succeed") move({"processing", "failed"}, "succeeded");
      if (button == "fail") move({"processing", "succeeded"}, "failed");
      if (button == "draft") move({"submitted", "approved"}, "draft");
    }
    if (!result.ok()) return result;
    if (result->IsBool()) all = all && result->AsBool();
  }
  if (button == "assign_try") return Json(all);
  return Json();
}

absl::Status TrytonErp::Quote(std::int64_t sale) {
  const std::string shown = GetText("sale.sale", sale, "rec_name");
  if (GetId("sale.sale", sale, "invoice_address") == 0) {
    return TrytonUserError(absl::StrCat("To get a quote for sale \"", shown, "\" you must enter an invoice address."));
  }
  for (const std::int64_t line : Where("sale.line", "sale", Json(sale))) {
    const std::int64_t product = GetId("sale.line", line, "product");
    if (product == 0 || GetText("product.product", product, "type") != "goods") continue;
    if (GetId("sale.sale", sale, "shipment_address") == 0) {
      return TrytonUserError(
          absl::StrCat("To get a quote for sale \"", shown, "\" you must enter a shipment address."));
    }
    if (GetId("sale.sale", sale, "warehouse") == 0) {
      return TrytonUserError(absl::StrCat("To get a quote for sale \"", shown,
                                          "\" you must enter a warehouse for the line \"",
                                          GetText("sale.line", line, "rec_name"), "\"."));
    }
  }
  if (Get("sale.sale", sale, "number").IsNull()) Put("sale.sale", sale, "number", NextNumber("sale"));
  if (Get("sale.sale", sale, "sale_date").IsNull()) Put("sale.sale", sale, "sale_date", Today());
  Put("sale.sale", sale, "state", "quotation");
  return absl::OkStatus();
}

absl::Status TrytonErp::ProcessSale(std::int64_t sale) {
  if (!IsOneOf(GetText("sale.sale", sale, "state"), {"confirmed", "processing", "done"})) return absl::OkStatus();
  InvoiceSale(sale);
  ShipSale(sale);
  UpdateSaleStates(sale);
  return absl::OkStatus();
}

void TrytonErp::InvoiceSale(std::int64_t sale) {
  if (GetText("sale.sale", sale, "invoice_method") == "manual") return;
  std::int64_t invoice = 0;
  const Json lines = Get("sale.sale", sale, "lines");
  for (const Json& item : lines.items()) {
    const std::int64_t line = item.AsInt();
    if (GetText("sale.line", line, "type") != "line") continue;
    ExactDecimal left = ToDecimal(Get("sale.line", line, "quantity"));
    const std::string origin = absl::StrCat("sale.line,", line);
    for (const std::int64_t done : Where("account.invoice.line", "origin", Json(origin))) {
      left = left - ToDecimal(Get("account.invoice.line", done, "quantity"));
    }
    if (left.IsZero()) continue;
    if (invoice == 0) {
      invoice = Insert("account.invoice", Json::Object({{"party", Get("sale.sale", sale, "party")},
                                                        {"invoice_address", Get("sale.sale", sale, "invoice_address")},
                                                        {"currency", Get("sale.sale", sale, "currency")},
                                                        {"payment_term", Get("sale.sale", sale, "payment_term")}}));
    }
    Insert("account.invoice.line", Json::Object({{"invoice", invoice},
                                                 {"product", Get("sale.line", line, "product")},
                                                 {"quantity", FloatJson(left.ToDouble())},
                                                 {"unit", Get("sale.line", line, "unit")},
                                                 {"unit_price", Get("sale.line", line, "unit_price")},
                                                 {"description", Get("sale.line", line, "description")},
                                                 {"taxes", Get("sale.line", line, "taxes")},
                                                 {"origin", origin}}));
  }
  if (invoice != 0) SetTaxLines(invoice);
}

void TrytonErp::SetTaxLines(std::int64_t invoice) {
  const std::vector<TaxTotal> totals =
      Taxes("account.invoice.line", Where("account.invoice.line", "invoice", Json(invoice)));
  const Ids old = Where("account.invoice.tax", "invoice", Json(invoice));
  if (old.size() == totals.size()) {
    bool same = true;
    for (std::size_t i = 0; i < old.size(); ++i) {
      same = same && GetId("account.invoice.tax", old[i], "tax") == totals[i].tax &&
             ToDecimal(Get("account.invoice.tax", old[i], "amount")) == totals[i].amount;
    }
    if (same) return;
  }
  (void)Delete("account.invoice.tax", old, Json());  // nothing refers to them
  for (const TaxTotal& total : totals) {
    Insert("account.invoice.tax", Json::Object({{"invoice", invoice},
                                                {"tax", total.tax},
                                                {"description", Get("account.tax", total.tax, "description")},
                                                {"base", DecimalJson(total.base)},
                                                {"amount", DecimalJson(total.amount)}}));
  }
}

void TrytonErp::ShipSale(std::int64_t sale) {
  if (GetText("sale.sale", sale, "shipment_method") == "manual") return;
  std::int64_t out = 0;
  std::int64_t back = 0;
  const std::int64_t warehouse = GetId("sale.sale", sale, "warehouse");
  const auto document = [&](const char* model) {
    Json customer = Get("sale.sale", sale, "shipment_party");
    if (customer.IsNull()) customer = Get("sale.sale", sale, "party");
    return Insert(model, Json::Object({{"customer", customer},
                                       {"delivery_address", Get("sale.sale", sale, "shipment_address")},
                                       {"warehouse", warehouse},
                                       {"planned_date", Today()}}));
  };
  const Json lines = Get("sale.sale", sale, "lines");
  for (const Json& item : lines.items()) {
    const std::int64_t line = item.AsInt();
    const std::int64_t product = GetId("sale.line", line, "product");
    if (product == 0 || GetText("product.product", product, "type") != "goods") continue;
    ExactDecimal left = ToDecimal(Get("sale.line", line, "quantity"));
    const std::string origin = absl::StrCat("sale.line,", line);
    for (const std::int64_t move : Where("stock.move", "origin", Json(origin))) {
      const ExactDecimal quantity = ToDecimal(Get("stock.move", move, "quantity"));
      left = GetId("stock.move", move, "to_location") == kCustomerLocation ? left - quantity : left + quantity;
    }
    if (left.IsZero()) continue;
    Json move = Json::Object({{"product", product},
                              {"uom", Get("sale.line", line, "unit")},
                              {"unit_price", Get("sale.line", line, "unit_price")},
                              {"origin", origin},
                              {"planned_date", Today()}});
    if (left.IsNegative()) {
      if (ToDecimal(Get("sale.line", line, "quantity")).IsNegative()) {
        if (back == 0) back = document("stock.shipment.out.return");
        move.Set("quantity", FloatJson(-left.ToDouble()));
        move.Set("from_location", Json(kCustomerLocation));
        move.Set("to_location", Get("stock.location", warehouse, "input_location"));
        move.Set("shipment", absl::StrCat("stock.shipment.out.return,", back));
        Insert("stock.move", move);
      }
      continue;
    }
    if (out == 0) out = document("stock.shipment.out");
    move.Set("quantity", FloatJson(left.ToDouble()));
    move.Set("from_location", Get("stock.location", warehouse, "output_location"));
    move.Set("to_location", Json(kCustomerLocation));
    move.Set("shipment", absl::StrCat("stock.shipment.out,", out));
    Insert("stock.move", move);
  }
  if (out != 0) Wait(out);
}

void TrytonErp::Wait(std::int64_t shipment) {
  const std::string reference = absl::StrCat("stock.shipment.out,", shipment);
  const Json old_moves = Get("stock.shipment.out", shipment, "inventory_moves");
  for (const Json& old : old_moves.items()) {
    if (IsOneOf(GetText("stock.move", old.AsInt(), "state"), {"draft", "assigned"})) {
      (void)Delete("stock.move", {old.AsInt()}, Json());  // nothing refers to an inventory move
    }
  }
  const std::int64_t warehouse = GetId("stock.shipment.out", shipment, "warehouse");
  const Json outgoing = Get("stock.shipment.out", shipment, "outgoing_moves");
  for (const Json& item : outgoing.items()) {
    const std::int64_t move = item.AsInt();
    if (GetText("stock.move", move, "state") == "cancelled") continue;
    Insert("stock.move", Json::Object({{"product", Get("stock.move", move, "product")},
                                       {"uom", Get("stock.move", move, "uom")},
                                       {"quantity", Get("stock.move", move, "quantity")},
                                       {"from_location", Get("stock.location", warehouse, "storage_location")},
                                       {"to_location", Get("stock.location", warehouse, "output_location")},
                                       {"planned_date", Today()},
                                       {"shipment", reference}}));
  }
  Put("stock.shipment.out", shipment, "state", "waiting");
}

void TrytonErp::UpdateSaleStates(std::int64_t sale) {
  std::string shipment_state = "none";
  bool any_cancelled = false;
  bool all_done = true;
  bool any_move = false;
  const Json lines = Get("sale.sale", sale, "lines");
  for (const Json& item : lines.items()) {
    const std::int64_t line = item.AsInt();
    const std::int64_t product = GetId("sale.line", line, "product");
    if (product == 0 || GetText("product.product", product, "type") != "goods") continue;
    ExactDecimal left = ToDecimal(Get("sale.line", line, "quantity"));
    if (left.IsNegative()) left.unscaled = -left.unscaled;
    for (const std::int64_t move : Where("stock.move", "origin", Json(absl::StrCat("sale.line,", line)))) {
      any_move = true;
      const std::string state = GetText("stock.move", move, "state");
      any_cancelled = any_cancelled || state == "cancelled";
      if (state == "done") left = left - ToDecimal(Get("stock.move", move, "quantity"));
    }
    all_done = all_done && !(ExactDecimal() < left);
  }
  if (any_move) shipment_state = any_cancelled ? "exception" : (all_done ? "sent" : "waiting");

  std::string invoice_state = "none";
  const Ids invoices = SaleInvoices(sale);
  if (!invoices.empty()) {
    invoice_state = "paid";
    for (const std::int64_t invoice : invoices) {
      const std::string state = GetText("account.invoice", invoice, "state");
      if (state == "cancelled") {
        invoice_state = "exception";
        break;
      }
      if (state != "paid") invoice_state = "waiting";
    }
  }
  const bool done = IsOneOf(shipment_state, {"sent", "none"}) && IsOneOf(invoice_state, {"paid", "none"});
  const auto set = [&](const char* field, const std::string& value) {
    if (GetText("sale.sale", sale, field) != value) Put("sale.sale", sale, field, value);
  };
  set("shipment_state", shipment_state);
  set("invoice_state", invoice_state);
  set("state", done ? "done" : "processing");
}

void TrytonErp::QueueSalesOfMoves(const Ids& moves) {
  for (const std::int64_t move : moves) {
    const std::int64_t line = SaleLineOf(GetText("stock.move", move, "origin"));
    if (line == 0) continue;
    const std::int64_t sale = GetId("sale.line", line, "sale");
    if (std::find(queue_.begin(), queue_.end(), sale) == queue_.end()) queue_.push_back(sale);
  }
}

bool TrytonErp::AssignTry(std::int64_t shipment) {
  const Json moves = Get("stock.shipment.out", shipment, "inventory_moves");
  bool all = true;
  for (const Json& item : moves.items()) {
    const std::int64_t move = item.AsInt();
    if (GetText("stock.move", move, "state") != "draft") continue;
    const std::int64_t from = GetId("stock.move", move, "from_location");
    const std::int64_t product = GetId("stock.move", move, "product");
    double available = Quantity(product, {from}, false);
    for (const std::int64_t other : Where("stock.move", "product", Json(product))) {
      if (GetText("stock.move", other, "state") == "assigned" && GetId("stock.move", other, "from_location") == from) {
        available -= Get("stock.move", other, "quantity").AsDouble();
      }
    }
    const double wanted = Get("stock.move", move, "quantity").AsDouble();
    if (available >= wanted) {
      Put("stock.move", move, "state", "assigned");
      continue;
    }
    all = false;
    if (available <= 0) continue;
    Json part = Json::Object();
    for (const char* field : {"product", "uom", "from_location", "to_location", "planned_date", "shipment"}) {
      part.Set(field, Get("stock.move", move, field));
    }
    part.Set("quantity", FloatJson(available));
    part.Set("state", "assigned");
    Put("stock.move", move, "quantity", FloatJson(wanted - available));
    Insert("stock.move", part);
  }
  return all;
}

absl::Status TrytonErp::CheckWarning(const std::string& key, const std::string& message) {
  const Ids known = Where("res.user.warning", "name", Json(key));
  if (known.empty()) return TrytonUserWarning(key, message);
  for (const std::int64_t warning : known) {
    if (Get("res.user.warning", warning, "always").AsBool()) continue;
    FAIRLEAD_RETURN_IF_ERROR(Delete("res.user.warning", {warning}, Json()));
  }
  return absl::OkStatus();
}

absl::StatusOr<Json> TrytonErp::PressShipment(const std::string& button, std::int64_t id) {
  const std::string model = "stock.shipment.out";
  const std::string state = GetText(model, id, "state");
  const auto ids = [&](const char* field) {
    Ids list;
    const Json moves = Get(model, id, field);
    for (const Json& move : moves.items()) list.push_back(move.AsInt());
    return list;
  };
  const auto set_moves = [&](const char* field, const char* to) {
    for (const std::int64_t move : ids(field)) {
      if (IsOneOf(GetText("stock.move", move, "state"), {"done", "cancelled"})) continue;
      Put("stock.move", move, "state", to);
      if (std::string(to) == "done") Put("stock.move", move, "effective_date", Today());
    }
  };
  if (button == "wait" && IsOneOf(state, {"draft", "waiting", "assigned", "picked"})) Wait(id);
  if (button == "draft" && IsOneOf(state, {"waiting", "cancelled"})) Put(model, id, "state", "draft");
  if ((button == "assign_try" || button == "assign_force") && state == "waiting") {
    if (button == "assign_force") set_moves("inventory_moves", "assigned");
    const bool all = AssignTry(id);
    if (all) Put(model, id, "state", "assigned");
    return Json(all);
  }
  if (button == "assign_try") return Json(state == "assigned");
  if (button == "pick" && state == "assigned") {
    set_moves("inventory_moves", "done");
    Put(model, id, "state", "picked");
  }
  if (button == "pack" && state == "picked") {
    if (GetId(model, id, "carrier") == 0) {
      FAIRLEAD_RETURN_IF_ERROR(CheckWarning(
          absl::StrCat("shipment_out_no_carrier_", model, ",", id),
          absl::StrCat("The shipment \"", GetText(model, id, "number"), "\" does not have a carrier set.")));
    }
    set_moves("outgoing_moves", "assigned");
    for (const std::int64_t package : Where("stock.package", "shipment", Json(absl::StrCat(model, ",", id)))) {
      Put("stock.package", package, "state", "closed");
    }
    Put(model, id, "state", "packed");
  }
  if (button == "done" && state == "packed") {
    set_moves("outgoing_moves", "done");
    Put(model, id, "effective_date", Today());
    Put(model, id, "state", "done");
    QueueSalesOfMoves(ids("outgoing_moves"));
  }
  if (button == "cancel" && IsOneOf(state, {"draft", "waiting", "assigned", "picked", "packed"})) {
    set_moves("inventory_moves", "cancelled");
    set_moves("outgoing_moves", "cancelled");
    Put(model, id, "state", "cancelled");
    QueueSalesOfMoves(ids("outgoing_moves"));
  }
  return Json();
}

absl::StatusOr<Json> TrytonErp::PressReturn(const std::string& button, std::int64_t id) {
  const std::string model = "stock.shipment.out.return";
  const std::string state = GetText(model, id, "state");
  const Json incoming = Get(model, id, "incoming_moves");
  Ids moves;
  for (const Json& move : incoming.items()) moves.push_back(move.AsInt());
  const std::string reference = absl::StrCat(model, ",", id);
  if (button == "receive" && state == "draft") {
    const std::int64_t warehouse = GetId(model, id, "warehouse");
    for (const std::int64_t move : moves) {
      Put("stock.move", move, "state", "done");
      Put("stock.move", move, "effective_date", Today());
      Insert("stock.move", Json::Object({{"product", Get("stock.move", move, "product")},
                                         {"uom", Get("stock.move", move, "uom")},
                                         {"quantity", Get("stock.move", move, "quantity")},
                                         {"from_location", Get("stock.location", warehouse, "input_location")},
                                         {"to_location", Get("stock.location", warehouse, "storage_location")},
                                         {"shipment", reference}}));
    }
    Put(model, id, "effective_date", Today());
    Put(model, id, "state", "received");
    QueueSalesOfMoves(moves);
  }
  if (button == "done" && state == "received") {
    const Json inventory = Get(model, id, "inventory_moves");
    for (const Json& move : inventory.items()) {
      Put("stock.move", move.AsInt(), "state", "done");
      Put("stock.move", move.AsInt(), "effective_date", Today());
    }
    Put(model, id, "state", "done");
    QueueSalesOfMoves(moves);
  }
  if (button == "cancel" && IsOneOf(state, {"draft", "received"})) {
    const Json all = Get(model, id, "moves");
    for (const Json& move : all.items()) {
      if (GetText("stock.move", move.AsInt(), "state") != "done") Put("stock.move", move.AsInt(), "state", "cancelled");
    }
    Put(model, id, "state", "cancelled");
    QueueSalesOfMoves(moves);
  }
  return Json();
}

absl::StatusOr<Json> TrytonErp::PressInvoice(const std::string& button, std::int64_t id) {
  const std::string model = "account.invoice";
  const std::string state = GetText(model, id, "state");
  if (button == "validate_invoice" && state == "draft") Put(model, id, "state", "validated");
  if (button == "draft" && IsOneOf(state, {"validated", "cancelled"}) && Get(model, id, "number").IsNull()) {
    Put(model, id, "state", "draft");
  }
  if (button == "post" && IsOneOf(state, {"draft", "validated"})) {
    if (Get(model, id, "invoice_date").IsNull()) Put(model, id, "invoice_date", Today());
    const bool credit = ToDecimal(Get(model, id, "total_amount")).IsNegative();
    const std::string prefix =
        absl::StrCat(credit ? "CN-" : "INV-", Get(model, id, "invoice_date")["year"].AsInt(), "-");
    Put(model, id, "number", prefix + NextNumber("invoice" + prefix));
    const std::int64_t move = Insert(
        "account.move",
        Json::Object({{"number", NextNumber("move")}, {"date", Get(model, id, "invoice_date")}, {"state", "posted"}}));
    Put(model, id, "move", Json(move));
    Put(model, id, "state", "posted");
  }
  if (button == "cancel" && IsOneOf(state, {"draft", "validated"})) Put(model, id, "state", "cancelled");
  const Json sales = Get(model, id, "sales");
  for (const Json& sale : sales.items()) {
    if (button == "cancel") queue_.push_back(sale.AsInt());
  }
  return Json();
}

absl::Status TrytonErp::ConfirmInventory(std::int64_t id) {
  const std::int64_t location = GetId("stock.inventory", id, "location");
  for (const std::int64_t line : Where("stock.inventory.line", "inventory", Json(id))) {
    const Json counted = Get("stock.inventory.line", line, "quantity");
    if (counted.IsNull()) continue;
    const std::int64_t product = GetId("stock.inventory.line", line, "product");
    const double expected = Quantity(product, {location}, false);
    Put("stock.inventory.line", line, "expected_quantity", FloatJson(expected));
    const ExactDecimal delta = ToDecimal(counted) - ToDecimal(FloatJson(expected));
    if (delta.IsZero()) continue;
    const bool more = !delta.IsNegative();
    Insert("stock.move", Json::Object({{"product", product},
                                       {"uom", Get("product.product", product, "default_uom")},
                                       {"quantity", FloatJson(more ? delta.ToDouble() : -delta.ToDouble())},
                                       {"from_location", more ? Json(kLostAndFound) : Json(location)},
                                       {"to_location", more ? Json(location) : Json(kLostAndFound)},
                                       {"origin", absl::StrCat("stock.inventory.line,", line)},
                                       {"effective_date", Get("stock.inventory", id, "date")},
                                       {"state", "done"}}));
  }
  Put("stock.inventory", id, "state", "done");
  return absl::OkStatus();
}

std::int64_t TrytonErp::Credit(std::int64_t invoice, const Json& date) {
  Json copy = Json::Object();
  for (const char* field : {"party", "invoice_address", "currency", "payment_term", "type", "journal"}) {
    copy.Set(field, Get("account.invoice", invoice, field));
  }
  copy.Set("invoice_date", date);
  const std::int64_t credit = Insert("account.invoice", copy);
  for (const std::int64_t line : Where("account.invoice.line", "invoice", Json(invoice))) {
    Json negative = Json::Object({{"invoice", credit}});
    for (const char* field : {"product", "unit", "unit_price", "description", "taxes"}) {
      negative.Set(field, Get("account.invoice.line", line, field));
    }
    negative.Set("quantity", FloatJson(-Get("account.invoice.line", line, "quantity").AsDouble()));
    negative.Set("origin", absl::StrCat("account.invoice.line,", line));
    Insert("account.invoice.line", negative);
  }
  SetTaxLines(credit);
  return credit;
}

absl::StatusOr<Json> TrytonErp::Wizard(const std::string& name, const std::string& method, const Json& params) {
  if (params.size() == 0) return TrytonPlainError("Missing context argument");
  const Json& context = params.At(params.size() - 1);
  if (method == "create") {
    const std::int64_t session = next_wizard_++;
    wizards_[session] = {name, context["active_id"].AsInt()};
    return Json::Array({session, "start", "end"});
  }
  const std::int64_t session = params.At(0).AsInt();
  const auto wizard = wizards_.find(session);
  if (wizard == wizards_.end()) return TrytonUserError("The wizard session is over.");
  if (method == "delete") {
    wizards_.erase(wizard);
    return Json();
  }
  const std::int64_t record = context["active_id"].IsNull() ? wizard->second.second : context["active_id"].AsInt();
  const std::string& state = params.At(2).text();
  const Json& start = params.At(1)["start"];
  if (name == "account.invoice.pay") {
    if (state == "start") {
      return Json::Object(
          {{"view",
            Json::Object({{"defaults", Json::Object({{"date", Today()},
                                                     {"currency", Get("account.invoice", record, "currency")},
                                                     {"amount", Get("account.invoice", record, "amount_to_pay")}})},
                          {"state", "start"}})}});
    }
    if (state == "choice" && GetText("account.invoice", record, "state") == "posted") {
      const ExactDecimal paid = ToDecimal(Get("account.invoice", record, "amount_paid")) + ToDecimal(start["amount"]);
      Put("account.invoice", record, "amount_paid", DecimalJson(paid));
      if (!(ToDecimal(Get("account.invoice", record, "amount_to_pay")).Trimmed().unscaled != 0)) {
        Put("account.invoice", record, "state", "paid");
      }
      const Json sales = Get("account.invoice", record, "sales");
      for (const Json& sale : sales.items()) queue_.push_back(sale.AsInt());
    }
    return Json::Object();
  }
  if (name == "account.invoice.credit") {
    if (state == "start") {
      return Json::Object(
          {{"view", Json::Object({{"defaults", Json::Object({{"with_refund", false}, {"with_refund_allowed", false}})},
                                  {"state", "start"}})}});
    }
    const std::int64_t credit = Credit(record, start["invoice_date"]);
    return Json::Object(
        {{"actions",
          Json::Array({Json::Array({Json::Object({{"res_model", "account.invoice"}, {"type", "ir.action.act_window"}}),
                                    Json::Object({{"res_id", Json::Array({credit})}})})})}});
  }
  return TrytonKeyError(name);
}

}  // namespace internal
}  // namespace testing
FAIRLEAD_NAMESPACE_END
