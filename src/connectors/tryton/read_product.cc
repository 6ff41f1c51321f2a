#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "fairlead/models/money.h"
#include "fairlead/v1/inventory.pb.h"
#include "fairlead/v1/product.pb.h"
#include "src/connectors/tryton/internal/reads.h"
#include "src/core/internal/absl_compat.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace tryton {
namespace {

constexpr std::string_view kInactiveToo = R"("active_test":false)";

}  // namespace

bool MapTemplate(const MapContext& context, const json::Value& row, v1::Product& product) {
  if (ReadId(row["id"]) == 0) return false;
  FillHeader(context, "product.template", row, *product.mutable_header());
  product.set_title(std::string(row["name"].text()));
  const std::string_view type = row["type"].text();
  product.set_source_kind(std::string(type));
  product.set_kind(type == "service" ? v1::Product::KIND_SERVICE : v1::Product::KIND_GOODS);
  if (type != "service" && type != "goods" && type != "assets") {
    product.set_kind(v1::Product::KIND_UNSPECIFIED);
    v1::FieldState* state = product.mutable_header()->add_field_states();
    state->set_path("kind");
    state->set_kind(type.empty() ? v1::FieldState::KIND_NOT_FETCHED : v1::FieldState::KIND_UNKNOWN_VALUE);
    state->set_detail(std::string(type));
  }
  const bool active = row["active"].AsBool() != false;
  const bool salable = row["salable"].AsBool() != false;
  product.set_status(!active   ? v1::Product::STATUS_ARCHIVED
                     : salable ? v1::Product::STATUS_ACTIVE
                               : v1::Product::STATUS_DRAFT);
  product.set_source_status(!active ? "inactive" : salable ? "salable" : "not salable");
  return true;
}

bool MapVariant(const MapContext& context, const json::Value& row, const v1::Product& product, v1::Variant& variant) {
  if (ReadId(row["id"]) == 0) return false;
  FillHeader(context, "product.product", row, *variant.mutable_header());
  v1::ExternalRef& ref = *variant.mutable_header()->mutable_refs(0);
  if (const std::int64_t parent = ReadId(row["template"]); parent != 0) ref.set_parent_id(absl::StrCat(parent));
  ref.set_human_number(std::string(row["code"].text()));
  variant.set_sku(std::string(row["code"].text()));
  variant.set_title(product.title().empty() ? std::string(row["name"].text()) : product.title());
  variant.set_active(row["active"].AsBool() != false);
  const std::string type = product.source_kind().empty() ? std::string(row["type"].text()) : product.source_kind();
  if (!type.empty()) variant.set_tracks_stock(type != "service");
  if (const std::optional<models::Dec> price = ReadDecimal(row["list_price"]); price.has_value()) {
    variant.mutable_list_price()->set_currency_code(context.catalog.company_currency);
    models::ToProto(*price, *variant.mutable_list_price()->mutable_amount());
  }
  return true;
}

bool MapStock(const MapContext& context, const json::Value& row, std::int64_t warehouse, std::string_view location,
              v1::InventoryLevel& level) {
  const std::int64_t id = ReadId(row["id"]);
  if (id == 0 || !ReadFloat(row["quantity"]).has_value()) return false;
  v1::EntityHeader& header = *level.mutable_header();
  *header.add_refs() = OwnRef(context, "stock", id);
  if (warehouse != 0) header.mutable_refs(0)->set_id(absl::StrCat(id, "@", warehouse));
  v1::SourceVersion* version = header.add_source_versions();
  version->set_system(context.options.system);
  version->set_api_version("6.0");
  if (context.now != 0) ToTimestamp(context.now, *version->mutable_observed_at());
  *level.mutable_variant() = OwnRef(context, "product.product", id);
  level.set_sku(std::string(row["code"].text()));
  level.set_location(std::string(location));
  const std::string_view unit = row["default_uom."]["symbol"].text();
  v1::StateQuantity* on_hand = level.add_quantities();
  on_hand->set_state(v1::STOCK_STATE_ON_HAND);
  FillQuantity(row["quantity"], unit, *on_hand->mutable_quantity());
  if (ReadFloat(row["forecast_quantity"]).has_value()) {
    v1::StateQuantity* available = level.add_quantities();
    available->set_state(v1::STOCK_STATE_AVAILABLE);
    FillQuantity(row["forecast_quantity"], unit, *available->mutable_quantity());
    level.set_availability_formula(
        "available = forecast_quantity of the storage location = on hand + planned in - planned or assigned out, due "
        "by the horizon");
  }
  return true;
}

absl::StatusOr<Batch> ReadProducts(const ReadContext& context, const std::vector<std::int64_t>& ids) {
  FAIRLEAD_ASSIGN_OR_RETURN(
      const Answer templates,
      context.rpc.ReadPage(
          "model.product.template.search_read",
          SearchRead(In("id", ids),
                     R"(["name","code","type","active","salable","default_uom.symbol","create_date","write_date"])"),
          context.call, kInactiveToo));
  FAIRLEAD_ASSIGN_OR_RETURN(
      const Answer variants,
      context.rpc.Read(
          "model.product.product.search_read",
          SearchRead(In("template", ids), R"(["template","code","active","list_price","create_date","write_date"])"),
          context.call, kInactiveToo));

  std::map<std::int64_t, v1::Product> products;
  std::map<std::int64_t, std::string> raw;
  std::map<std::int64_t, std::string> units;
  Batch batch;
  for (const json::Value row : templates.result.Items()) {
    v1::Product product;
    if (!row.Check().ok() || !MapTemplate(context, row, product)) {
      batch.unreadable.push_back(Unreadable(row, "a product without id"));
      continue;
    }
    const std::int64_t id = ReadId(row["id"]);
    raw[id] = std::string(row.raw());
    units[id] = UnitCode(row["default_uom."]["symbol"].text());
    products[id] = std::move(product);
  }
  for (const json::Value row : variants.result.Items()) {
    const std::int64_t template_id = ReadId(row["template"]);
    const auto product = products.find(template_id);
    if (product == products.end()) continue;
    v1::Variant* variant = product->second.add_variants();
    MapVariant(context, row, product->second, *variant);
    variant->set_uom(units[template_id]);
    if (variant->has_list_price()) variant->mutable_list_price()->set_uom(units[template_id]);
  }
  for (auto& [id, product] : products) {
    Record record;
    record.entity = v1::PRODUCT;
    record.external_id = absl::StrCat(id);
    record.raw = std::move(raw[id]);
    record.message = std::make_unique<v1::Product>(std::move(product));
    batch.records.push_back(std::move(record));
  }
  return batch;
}

absl::StatusOr<Batch> ReadStock(const ReadContext& context, const std::vector<std::int64_t>& ids) {
  // From tomorrow on, seen from UTC, it is past today everywhere: "quantity" never looks beyond today,
  // "forecast_quantity" counts planned moves up to this day.
  const Date until = DateOf(context.runtime.clock->WallNow() + context.options.availability_horizon);
  Batch batch;
  for (const Warehouse& warehouse : context.catalog.warehouses) {
    if (!warehouse.configured) continue;
    // The storage location: with a warehouse's own id Tryton answers 0.0 for everything, without an error.
    json::Writer extra;
    extra.Key("locations").BeginArray().Int(warehouse.storage).EndArray();
    extra.Key("stock_date_end");
    WriteDate(extra, until);
    extra.Member("active_test", false);
    FAIRLEAD_ASSIGN_OR_RETURN(
        const Answer rows,
        context.rpc.ReadPage(
            "model.product.product.search_read",
            SearchRead(In("id", ids), R"(["code","type","quantity","forecast_quantity","default_uom.symbol"])"),
            context.call, extra.text()));
    for (const json::Value row : rows.result.Items()) {
      if (row["type"].text() == "service") continue;
      auto level = std::make_unique<v1::InventoryLevel>();
      if (!row.Check().ok() || !MapStock(context, row, warehouse.id, warehouse.location, *level)) {
        batch.unreadable.push_back(Unreadable(row, "stock of a product without numbers"));
        continue;
      }
      std::string id = level->header().refs(0).id();
      batch.records.push_back(MakeRecord(v1::INVENTORY_LEVEL, std::move(id), row, std::move(level)));
    }
  }
  std::stable_sort(batch.records.begin(), batch.records.end(), [](const Record& a, const Record& b) {
    return a.As<v1::InventoryLevel>()->sku() < b.As<v1::InventoryLevel>()->sku();
  });
  return batch;
}

}  // namespace tryton
FAIRLEAD_NAMESPACE_END
