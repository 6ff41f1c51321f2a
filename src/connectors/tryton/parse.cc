#include "fairlead/connectors/tryton/parse.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "src/connectors/tryton/internal/errors.h"
#include "src/connectors/tryton/internal/reads.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace tryton {
namespace {

void NotFetched(v1::EntityHeader& header, std::string_view path) {
  v1::FieldState* state = header.add_field_states();
  state->set_path(std::string(path));
  state->set_kind(v1::FieldState::KIND_NOT_FETCHED);
}

struct Mapped {
  std::unique_ptr<google::protobuf::Message> message;
  std::string id;
  v1::EntityKind entity;
};

/// One row; a null message where it cannot be read.
Mapped MapRow(v1::EntityKind kind, const MapContext& context, std::string_view location, const json::Value& row,
              std::vector<MappingFinding>& findings) {
  Mapped mapped{nullptr, absl::StrCat(ReadId(row["id"])), kind};
  switch (kind) {
    case v1::PARTY: {
      auto party = std::make_unique<v1::Party>();
      if (!MapParty(context, row, *party)) break;
      for (const char* path : {"identity_keys", "addresses"}) NotFetched(*party->mutable_header(), path);
      mapped.message = std::move(party);
      break;
    }
    case v1::PRODUCT:
    case v1::VARIANT: {
      // Rows of product.product name their template; those of product.template have variants of their own.
      if (row["template"].present() || kind == v1::VARIANT) {
        auto variant = std::make_unique<v1::Variant>();
        if (!MapVariant(context, row, v1::Product(), *variant)) break;
        mapped.entity = v1::VARIANT;
        mapped.message = std::move(variant);
      } else {
        auto product = std::make_unique<v1::Product>();
        if (!MapTemplate(context, row, *product)) break;
        NotFetched(*product->mutable_header(), "variants");
        mapped.message = std::move(product);
      }
      break;
    }
    case v1::INVENTORY_LEVEL: {
      auto level = std::make_unique<v1::InventoryLevel>();
      if (!MapStock(context, row, 0, location, *level)) break;
      mapped.message = std::move(level);
      break;
    }
    case v1::ORDER: {
      auto order = std::make_unique<v1::Order>();
      if (!MapSale(context, row, *order, findings)) break;
      NotFetched(*order->mutable_header(), "lines");
      mapped.message = std::move(order);
      break;
    }
    case v1::SHIPMENT: {
      auto shipment = std::make_unique<v1::Shipment>();
      const bool returned = row["incoming_moves"].present();
      if (!MapShipment(context, row, returned, *shipment, findings)) break;
      for (const char* path : {"lines", "packages", "orders"}) NotFetched(*shipment->mutable_header(), path);
      if (returned) mapped.id = "return:" + mapped.id;
      mapped.message = std::move(shipment);
      break;
    }
    case v1::INVOICE: {
      auto invoice = std::make_unique<v1::Invoice>();
      if (!MapInvoice(context, row, *invoice, findings)) break;
      for (const char* path : {"lines", "taxes", "orders"}) NotFetched(*invoice->mutable_header(), path);
      mapped.message = std::move(invoice);
      break;
    }
    case v1::PAYMENT: {
      auto payment = std::make_unique<v1::Payment>();
      if (!MapPayment(context, row, *payment, findings)) break;
      mapped.message = std::move(payment);
      break;
    }
    default:
      break;
  }
  return mapped;
}

bool IsKnown(v1::EntityKind kind) {
  return kind == v1::PARTY || kind == v1::PRODUCT || kind == v1::VARIANT || kind == v1::INVENTORY_LEVEL ||
         kind == v1::ORDER || kind == v1::SHIPMENT || kind == v1::INVOICE || kind == v1::PAYMENT;
}

}  // namespace

absl::StatusOr<Page> Parse(v1::EntityKind kind, std::string text, const ParseOptions& options) {
  if (!IsKnown(kind)) {
    return Fail(ErrorKind::kConfiguration, Outcome::kNotSent, "parse",
                absl::StrCat("Tryton has no ", v1::EntityKind_Name(kind), " that this connector reads"));
  }
  json::Limits limits;
  limits.max_bytes = options.max_bytes;
  FAIRLEAD_ASSIGN_OR_RETURN(const json::Document document, json::Document::ParsePage(std::move(text), limits));
  json::Value rows = document.root();
  if (rows["error"].present()) return FromError(rows["error"], "parse", Effect::kRead);
  if (rows["result"].present()) rows = rows["result"];
  if (!rows.is_array() && !rows.is_object()) {
    return Fail(ErrorKind::kUnparseable, Outcome::kNotSent, "parse", "neither a row nor an array of rows");
  }

  TrytonOptions names;
  names.system = options.system;
  CatalogData catalog;
  catalog.company_currency = options.currency.empty() ? "XXX" : options.currency;
  const MapContext context{
      names, catalog, options.observed_at.has_value() ? options.observed_at->time_since_epoch().count() / 1000 : 0};
  Page page;
  page.last = true;
  const auto add = [&](const json::Value& row) {
    // Whatever id the row's currency has, it is the caller's.
    catalog.currencies = {Currency{ReadId(row["currency"]), catalog.company_currency, 2}};
    std::vector<MappingFinding> findings;
    Mapped mapped;
    if (row.is_object() && row.Check().ok()) mapped = MapRow(kind, context, options.location, row, findings);
    if (mapped.message == nullptr) {
      page.unreadable.push_back(Unreadable(row, "a row without what this kind of record needs (id, amounts)"));
      return;
    }
    Record record = MakeRecord(mapped.entity, std::move(mapped.id), row, std::move(mapped.message));
    record.findings = std::move(findings);
    if (options.currency.empty() && (kind == v1::ORDER || kind == v1::INVOICE || kind == v1::PAYMENT)) {
      record.findings.push_back(MappingFinding{"currency_code", "unknown_currency",
                                               "the row names its currency by id alone: say which it is"});
    }
    page.records.push_back(std::move(record));
  };
  if (rows.is_object()) {
    add(rows);
  } else {
    for (const json::Value row : rows.Items()) add(row);
  }
  return page;
}

}  // namespace tryton
FAIRLEAD_NAMESPACE_END
