// Products, variations and the stock that both state.
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "src/connectors/woocommerce/internal/mapping.h"
#include "src/core/internal/absl_compat.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace woocommerce::internal {
namespace {

using ::fairlead::internal::ToAbsl;

/// A price of the catalogue: any number of digits, tax as the store is set up. "" is "no price".
void PutPrice(const Context& context, const Value& value, std::string_view path, v1::EntityHeader& header,
              bool list_price, v1::Variant& variant) {
  if (!value.present()) return;
  if (value.text().empty()) {
    AddState(header, path,
             value.is_null() ? v1::FieldState::KIND_NULL_AT_SOURCE : v1::FieldState::KIND_EMPTY_AT_SOURCE);
    return;
  }
  Amount amount;
  if (!ReadMoney(context, value, path, amount)) return;
  v1::UnitPrice& price = list_price ? *variant.mutable_list_price() : *variant.mutable_sale_price();
  price.set_currency_code(std::string(context.options.currency));
  PutDecimal(amount, *price.mutable_amount());
}

/// Everything that a variant and a simple product share. `header` takes the field states.
void PutVariant(const Context& context, const Value& source, v1::Variant& variant) {
  v1::EntityHeader& header = *variant.mutable_header();
  const bool variation = IsVariation(source);
  std::string_view sku = Text(context, source["sku"], "sku");
  const std::string_view parent_sku = context.options.parent_sku;
  if (variation && !sku.empty() && sku == parent_sku) {
    AddState(header, "sku", v1::FieldState::KIND_COERCED, sku);
    context.Find("sku", "sku_of_parent",
                 "the variation has no SKU of its own and answers its product's, which several variations share; it is "
                 "left out. "
                 "Give the variation a SKU");
    sku = {};
  }
  if (!sku.empty()) {
    variant.set_sku(std::string(sku));
  } else if (source["sku"].present()) {
    AddState(header, "sku",
             source["sku"].is_null() ? v1::FieldState::KIND_NULL_AT_SOURCE : v1::FieldState::KIND_EMPTY_AT_SOURCE);
  }
  const std::string_view gtin = Text(context, source["global_unique_id"], "gtins");
  if (!gtin.empty()) variant.add_gtins(std::string(gtin));
  variant.set_title(std::string(Text(context, source["name"], "title")));
  if (variation) {
    for (const Value attribute : source["attributes"].Items()) {
      v1::OptionValue* option = variant.add_options();
      option->set_name(std::string(Text(context, attribute["name"], "options[].name")));
      option->set_value(std::string(Text(context, attribute["option"], "options[].value")));
    }
  }
  PutPrice(context, source["regular_price"], "list_price", header, /*list_price=*/true, variant);
  PutPrice(context, source["sale_price"], "sale_price", header, /*list_price=*/false, variant);

  const Value manage = source["manage_stock"];
  // "parent": the product counts for all its variations, and repeats its number in each of them.
  const bool by_parent = manage.is_string() && manage.text() == "parent";
  if (!by_parent && manage.present()) variant.set_tracks_stock(Flag(context, manage, "tracks_stock"));
  const Value quantity = source["stock_quantity"];
  Amount stock;
  if (quantity.is_null()) {
    AddState(header, "stated_stock", v1::FieldState::KIND_NULL_AT_SOURCE);
  } else if (!by_parent && quantity.present()) {
    if (ReadDecimal(quantity.text(), stock)) {
      PutDecimal(stock, *variant.mutable_stated_stock()->mutable_value());
    } else {
      context.Find("stated_stock", "bad_quantity",
                   "stock_quantity is no number that can be held exactly; it is left out");
    }
  }
  const std::string_view backorders = Text(context, source["backorders"], "oversell");
  if (backorders == "no") {
    variant.set_oversell(v1::Variant::OVERSELL_NO);
  } else if (backorders == "notify" || backorders == "yes") {
    variant.set_oversell(v1::Variant::OVERSELL_BACKORDER);
  } else if (!backorders.empty()) {
    AddState(header, "oversell", v1::FieldState::KIND_UNKNOWN_VALUE, backorders);
    context.Find("oversell", "unknown_backorders",
                 absl::StrCat("'", ToAbsl(backorders.substr(0, 60)), "' is no backorder setting known here"));
  }
  variant.set_tax_class(std::string(Text(context, source["tax_class"], "tax_class")));
  const Value weight = source["weight"];
  if (!weight.text().empty()) {
    if (ReadDecimal(weight.text(), stock)) {
      PutDecimal(stock, *variant.mutable_weight()->mutable_value());
      variant.mutable_weight()->set_uom(std::string(context.options.weight_uom));
    } else {
      context.Find("weight", "bad_quantity", "weight is no plain number; it is left out");
    }
  }
  variant.set_active(source["status"].text() == "publish");
}

void PutKit(const Context& context, const Value& source, v1::Variant& variant) {
  variant.mutable_kit()->set_mode(v1::Kit::MODE_VIRTUAL);
  for (const Value child : source["grouped_products"].Items()) {
    const std::string_view id = IdText(context, child, "kit.components[].variant");
    if (!id.empty()) variant.mutable_kit()->add_components()->set_variant(std::string(id));
  }
}

}  // namespace

bool IsVariation(const Value& source) {
  const Value type = source["type"];
  if (type.is_string()) return type.text() == "variation";
  // 7.9 lists variations without a type; only a product has a slug.
  return source["id"].present() && !source["slug"].present() && !source["variations"].present();
}

absl::Status CheckRecord(const Value& source, std::string_view what) {
  const auto refuse = [](std::string_view message) {
    return MakeError(ErrorKind::kUnparseable, Outcome::kNotSent, message);
  };
  if (!source.is_object()) {
    return refuse(absl::StrCat("expected ", ToAbsl(what), ", got ", ToAbsl(json::KindName(source.kind()))));
  }
  FAIRLEAD_RETURN_IF_ERROR(source.Check());
  const Value id = source["id"];
  if (!id.present() && source["code"].is_string() && source["message"].is_string()) {
    return refuse(absl::StrCat("expected ", ToAbsl(what), ", got the error '",
                               ToAbsl(source["code"].text().substr(0, 80)),
                               "': the record was gone or not allowed when the store answered"));
  }
  const std::string_view text = id.text();
  bool digits = !text.empty() && text.size() <= 20 && text != "0";
  for (const char c : text) digits = digits && c >= '0' && c <= '9';
  if (!digits) {
    return refuse(absl::StrCat("expected ", ToAbsl(what), " with a positive whole number as its id; there is ",
                               id.present() ? ToAbsl(json::KindName(id.kind())) : absl::string_view("none"),
                               " in that place"));
  }
  return absl::OkStatus();
}

absl::Status MapVariant(Context& context, const Value& source, v1::Variant& variant) {
  FAIRLEAD_RETURN_IF_ERROR(CheckRecord(source, "a variation"));
  const bool variation = IsVariation(source);
  PutHeader(context, variation ? kVariation : kProduct, source["id"].text(), source["date_created_gmt"],
            source["date_modified_gmt"], *variant.mutable_header());
  if (variation) {
    std::string_view parent = IdText(context, source["parent_id"], "header.refs[0].parent_id");
    if (parent.empty()) parent = context.options.parent_id;
    if (!parent.empty()) {
      variant.mutable_header()->mutable_refs(0)->set_parent_id(std::string(parent));
    } else {
      AddState(*variant.mutable_header(), "header.refs[0].parent_id", v1::FieldState::KIND_NOT_FETCHED);
    }
  }
  PutVariant(context, source, variant);
  return absl::OkStatus();
}

absl::Status MapProduct(Context& context, const Value& source, v1::Product& product) {
  FAIRLEAD_RETURN_IF_ERROR(CheckRecord(source, "a product"));
  const std::string_view id = source["id"].text();
  v1::EntityHeader& header = *product.mutable_header();
  PutHeader(context, kProduct, id, source["date_created_gmt"], source["date_modified_gmt"], header);
  product.set_title(std::string(Text(context, source["name"], "title")));
  product.set_handle(std::string(Text(context, source["slug"], "handle")));

  const std::string_view type = Text(context, source["type"], "source_kind");
  product.set_source_kind(std::string(type));
  const bool intangible = Flag(context, source["virtual"], "kind") || Flag(context, source["downloadable"], "kind");
  if (type == "simple" || type == "variable") {
    product.set_kind(intangible ? v1::Product::KIND_SERVICE : v1::Product::KIND_GOODS);
  } else if (type == "grouped") {
    product.set_kind(v1::Product::KIND_BUNDLE);
  } else if (type == "external") {
    product.set_kind(v1::Product::KIND_EXTERNAL);
  } else {
    AddState(header, "kind", v1::FieldState::KIND_UNKNOWN_VALUE, type);
    context.Find("kind", "unknown_type",
                 absl::StrCat("the product type '", ToAbsl(type.substr(0, 60)),
                              "' is none of WooCommerce's own; it is kept as text"));
  }
  const std::string_view status = Text(context, source["status"], "source_status");
  product.set_source_status(std::string(status));
  if (status == "publish") {
    product.set_status(v1::Product::STATUS_ACTIVE);
  } else if (status == "draft" || status == "auto-draft" || status == "pending" || status == "private" ||
             status == "future") {
    product.set_status(v1::Product::STATUS_DRAFT);
  } else if (status == "trash") {
    product.set_status(v1::Product::STATUS_ARCHIVED);
    header.mutable_tombstone()->set_kind(v1::Tombstone::KIND_ARCHIVED);
  } else {
    AddState(header, "status", v1::FieldState::KIND_UNKNOWN_VALUE, status);
    context.Find("status", "unknown_status",
                 absl::StrCat("the product status '", ToAbsl(status.substr(0, 60)), "' is kept as text"));
  }
  product.set_tax_class(std::string(Text(context, source["tax_class"], "tax_class")));
  for (const Value category : source["categories"].Items()) {
    product.add_categories(std::string(Text(context, category["name"], "categories[]")));
  }
  for (const Value attribute : source["attributes"].Items()) {
    if (Flag(context, attribute["variation"], "option_names")) {
      product.add_option_names(std::string(Text(context, attribute["name"], "option_names[]")));
    }
  }
  if (type == "variable") {
    for (const Value variation : source["variations"].Items()) {
      const std::string_view variation_id = IdText(context, variation, "variant_refs[].id");
      if (variation_id.empty()) continue;
      v1::ExternalRef* ref = product.add_variant_refs();
      PutRef(context, kVariation, variation_id, *ref);
      ref->set_parent_id(std::string(id));
    }
    return absl::OkStatus();
  }
  // What is not variable is its own and only variant.
  v1::Variant& variant = *product.add_variants();
  v1::ExternalRef* ref = variant.mutable_header()->add_refs();
  PutRef(context, kProduct, id, *ref);
  ref->set_role(v1::ExternalRef::ROLE_PRIMARY);
  ref->set_state(v1::ExternalRef::STATE_ACTIVE);
  PutVariant(context, source, variant);
  if (type == "grouped") PutKit(context, source, variant);
  return absl::OkStatus();
}

std::string RecordId(v1::EntityKind kind, const ParseOptions& options, const Value& source) {
  const std::string_view id = source["id"].text();
  const bool refund = kind == v1::REFUND;
  if (!refund && !((kind == v1::VARIANT || kind == v1::INVENTORY_LEVEL) && IsVariation(source))) return std::string(id);
  std::string_view parent = source["parent_id"].text();
  if (parent.empty() || parent == "0") parent = refund ? options.order_id : options.parent_id;
  return parent.empty() ? std::string(id) : absl::StrCat(ToAbsl(parent), "/", ToAbsl(id));
}

absl::Status MapInventory(Context& context, const Value& source, v1::InventoryLevel& level) {
  FAIRLEAD_RETURN_IF_ERROR(CheckRecord(source, "a product or variation"));
  const bool variation = IsVariation(source);
  v1::EntityHeader& header = *level.mutable_header();
  PutHeader(context, kInventory, RecordId(v1::INVENTORY_LEVEL, context.options, source), source["date_created_gmt"],
            source["date_modified_gmt"], header);
  PutRef(context, variation ? kVariation : kProduct, source["id"].text(), *level.mutable_variant());
  if (variation) {
    std::string_view parent = IdText(context, source["parent_id"], "variant.parent_id");
    if (parent.empty()) parent = context.options.parent_id;
    level.mutable_variant()->set_parent_id(std::string(parent));
  }
  const std::string_view sku = Text(context, source["sku"], "sku");
  if (!(variation && sku == context.options.parent_sku)) level.set_sku(std::string(sku));
  AddState(header, "location", v1::FieldState::KIND_NOT_SUPPORTED);
  *level.mutable_availability_formula() = "stock_quantity = on hand - placed orders";
  if (header.has_updated_at()) level.mutable_as_of()->set_seconds(header.updated_at().seconds());
  const Value manage = source["manage_stock"];
  const bool counted = manage.is_bool() && manage.kind() == json::Kind::kTrue;
  const Value quantity = source["stock_quantity"];
  if (!counted || quantity.empty()) {
    AddState(header, "quantities", v1::FieldState::KIND_NULL_AT_SOURCE, manage.text());
    return absl::OkStatus();
  }
  Amount stock;
  if (!ReadDecimal(quantity.text(), stock)) {
    context.Find("quantities", "bad_quantity", "stock_quantity is no number that can be held exactly; it is left out");
    return absl::OkStatus();
  }
  v1::StateQuantity* available = level.add_quantities();
  available->set_state(v1::STOCK_STATE_AVAILABLE);
  PutDecimal(stock, *available->mutable_quantity()->mutable_value());
  return absl::OkStatus();
}

}  // namespace woocommerce::internal
FAIRLEAD_NAMESPACE_END
