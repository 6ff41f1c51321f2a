// What the sandbox ERP holds, told so that a test can count effects.
#include <map>
#include <string>
#include <utility>

#include "src/testing/internal/tryton_erp.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {
namespace internal {

Json TrytonState(const TrytonErp& erp) {
  Json references = Json::Object();
  for (const std::int64_t sale : erp.All("sale.sale")) {
    const std::string reference = erp.GetText("sale.sale", sale, "reference");
    Json entry = Json::Object({{"id", sale}});
    for (const char* field : {"number", "state", "shipment_state", "invoice_state", "party", "currency"}) {
      entry.Set(field, erp.Get("sale.sale", sale, field));
    }
    for (const char* field : {"untaxed_amount", "tax_amount", "total_amount"}) {
      entry.Set(field, erp.Get("sale.sale", sale, field)["decimal"]);
    }
    Json lines = Json::Array();
    const Json line_ids = erp.Get("sale.sale", sale, "lines");
    for (const Json& line : line_ids.items()) {
      const std::int64_t product = erp.GetId("sale.line", line.AsInt(), "product");
      lines.Push(Json::Object({{"code", erp.Get("product.product", product, "code")},
                               {"quantity", erp.Get("sale.line", line.AsInt(), "quantity")},
                               {"unit_price", erp.Get("sale.line", line.AsInt(), "unit_price")["decimal"]},
                               {"description", erp.Get("sale.line", line.AsInt(), "description")}}));
    }
    entry.Set("lines", std::move(lines));
    Json shipments = Json::Array();
    for (const std::int64_t shipment : erp.SaleShipments(sale, "stock.shipment.out")) {
      Json tracking = Json::Array();
      const Json packages = erp.Get("stock.shipment.out", shipment, "packages");
      for (const Json& package : packages.items())
        tracking.Push(erp.Get("stock.package", package.AsInt(), "shipping_reference"));
      const std::int64_t warehouse = erp.GetId("stock.shipment.out", shipment, "warehouse");
      shipments.Push(Json::Object({{"id", shipment},
                                   {"number", erp.Get("stock.shipment.out", shipment, "number")},
                                   {"state", erp.Get("stock.shipment.out", shipment, "state")},
                                   {"warehouse", erp.Get("stock.location", warehouse, "code")},
                                   {"tracking", std::move(tracking)}}));
    }
    entry.Set("shipments", std::move(shipments));
    Json invoices = Json::Array();
    for (const std::int64_t invoice : erp.SaleInvoices(sale)) {
      invoices.Push(Json::Object({{"id", invoice},
                                  {"number", erp.Get("account.invoice", invoice, "number")},
                                  {"state", erp.Get("account.invoice", invoice, "state")},
                                  {"total_amount", erp.Get("account.invoice", invoice, "total_amount")["decimal"]}}));
    }
    entry.Set("invoices", std::move(invoices));
    Json& list = references[reference];
    if (!list.IsArray()) list = Json::Array();
    list.Push(std::move(entry));
  }
  Json stock = Json::Object();
  for (const std::int64_t product : erp.All("product.product")) {
    const std::string code = erp.GetText("product.product", product, "code");
    if (code.empty()) continue;
    Json levels = Json::Object();
    for (const std::int64_t location : erp.All("stock.location")) {
      if (erp.GetText("stock.location", location, "type") != "warehouse") continue;
      const std::int64_t storage = erp.GetId("stock.location", location, "storage_location");
      levels.Set(erp.GetText("stock.location", location, "code"), FloatJson(erp.Quantity(product, {storage}, false)));
    }
    stock.Set(code, std::move(levels));
  }
  return Json::Object({{"sales", std::move(references)}, {"stock", std::move(stock)}});
}

Json TrytonSummary(const TrytonErp& erp) {
  std::map<std::string, int> alive;
  std::map<std::string, int> posted;
  std::int64_t without_reference = 0;
  for (const std::int64_t sale : erp.All("sale.sale")) {
    const std::string state = erp.GetText("sale.sale", sale, "state");
    const std::string reference = erp.GetText("sale.sale", sale, "reference");
    if (state == "cancelled") continue;
    if (reference.empty()) {
      ++without_reference;
      continue;
    }
    ++alive[reference];
    if (state == "processing" || state == "done") ++posted[reference];
  }
  std::int64_t duplicated = 0;
  for (const auto& entry : alive) duplicated += entry.second - 1;
  std::int64_t once = 0;
  for (const auto& entry : posted) once += alive[entry.first] == 1 && entry.second == 1;
  std::int64_t shipped = 0;
  for (const std::int64_t shipment : erp.All("stock.shipment.out")) {
    shipped += erp.GetText("stock.shipment.out", shipment, "state") == "done";
  }
  std::map<std::string, int> emails;
  for (const std::int64_t contact : erp.All("party.contact_mechanism")) {
    if (erp.GetText("party.contact_mechanism", contact, "type") == "email") {
      ++emails[erp.GetText("party.contact_mechanism", contact, "value")];
    }
  }
  std::int64_t shared = 0;
  for (const auto& entry : emails) shared += entry.second > 1;
  return Json::Object({{"references", alive.size()},
                       {"posted_once", once},
                       {"duplicated", duplicated},
                       {"without_reference", without_reference},
                       {"sales", erp.All("sale.sale").size()},
                       {"parties", erp.All("party.party").size()},
                       {"emails_on_two_parties", shared},
                       {"shipments", erp.All("stock.shipment.out").size()},
                       {"shipments_done", shipped},
                       {"invoices", erp.All("account.invoice").size()}});
}

}  // namespace internal
}  // namespace testing
FAIRLEAD_NAMESPACE_END
