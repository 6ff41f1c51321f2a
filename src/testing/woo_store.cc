// Catalogue, customers and what all records share. Orders are in woo_order.cc, lists in woo_query.cc.
#include "src/testing/internal/woo_store.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "src/testing/internal/sandbox_host.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {
namespace internal {
namespace {

using Ties = ExactDecimal::Ties;

absl::StatusOr<Json> ReadJsonFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return absl::NotFoundError("cannot read " + path);
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  return Json::Parse(text);
}

std::string Slug(const std::string& name) {
  std::string slug;
  for (const char c : absl::AsciiStrToLower(name)) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c))) {
      slug.push_back(c);
    } else if (!slug.empty() && slug.back() != '-') {
      slug.push_back('-');
    }
  }
  while (!slug.empty() && slug.back() == '-') slug.pop_back();
  return slug;
}

/// What WooCommerce makes of a price text: digits and one point survive, words become "".
std::string CleanPrice(const std::string& text) {
  const bool comma_is_point = text.rfind(',') != std::string::npos && text.find('.') != std::string::npos;
  std::string out;
  for (const char c : text) {
    if (absl::ascii_isdigit(static_cast<unsigned char>(c)) || (c == '-' && out.empty())) out.push_back(c);
    if (c == '.' && out.find('.') == std::string::npos) out.push_back('.');
    if (c == ',' && !comma_is_point && out.find('.') == std::string::npos) out.push_back('.');
  }
  return ExactDecimal::Parse(out).has_value() ? out : "";
}

// Member names and defaults of a product as the API shows them.
constexpr const char* kProduct =
    R"({"id":0,"name":"","slug":"","permalink":"","date_created":null,"date_created_gmt":null,
"date_modified":null,"date_modified_gmt":null,"type":"simple","status":"publish","featured":false,
"catalog_visibility":"visible","description":"","short_description":"","sku":"","price":"","regular_price":"","sale_price":"",
"date_on_sale_from":null,"date_on_sale_from_gmt":null,"date_on_sale_to":null,"date_on_sale_to_gmt":null,"on_sale":false,
"purchasable":true,"total_sales":0,"virtual":false,"downloadable":false,"downloads":[],"download_limit":-1,
"download_expiry":-1,"external_url":"","button_text":"","tax_status":"taxable","tax_class":"","manage_stock":false,
"stock_quantity":null,"backorders":"no","backorders_allowed":false,"backordered":false,"low_stock_amount":null,
"sold_individually":false,"weight":"","dimensions":{"length":"","width":"","height":""},"shipping_required":true,
"shipping_taxable":true,"shipping_class":"","shipping_class_id":0,"reviews_allowed":true,"average_rating":"0",
"rating_count":0,"upsell_ids":[],"cross_sell_ids":[],"parent_id":0,"purchase_note":"","categories":[],"tags":[],"images":[],
"attributes":[],"default_attributes":[],"variations":[],"grouped_products":[],"menu_order":0,"related_ids":[],"meta_data":[],
"stock_status":"instock","has_options":false})";
constexpr const char* kVariation = R"({"id":0,"type":"variation","date_created":null,"date_created_gmt":null,
"date_modified":null,"date_modified_gmt":null,"description":"","permalink":"","sku":"","price":"","regular_price":"",
"sale_price":"","on_sale":false,"status":"publish","purchasable":true,"virtual":false,"downloadable":false,
"tax_status":"taxable","tax_class":"parent","manage_stock":false,"stock_quantity":null,"stock_status":"instock",
"backorders":"no","backorders_allowed":false,"backordered":false,"weight":"","attributes":[],"menu_order":0,"meta_data":[],
"name":"","parent_id":0})";
constexpr const char* kCustomer = R"({"id":0,"date_created":null,"date_created_gmt":null,"date_modified":null,
"date_modified_gmt":null,"email":"","first_name":"","last_name":"","role":"customer","username":"","billing":{
"first_name":"","last_name":"","company":"","address_1":"","address_2":"","city":"","postcode":"","country":"","state":"",
"email":"","phone":""},"shipping":{"first_name":"","last_name":"","company":"","address_1":"","address_2":"","city":"",
"postcode":"","country":"","state":"","phone":""},"is_paying_customer":false,"avatar_url":"","meta_data":[]})";
constexpr const char* kCoupon = R"({"id":0,"code":"","amount":"0.00","status":"publish","date_created":null,
"date_created_gmt":null,"date_modified":null,"date_modified_gmt":null,"discount_type":"fixed_cart","description":"",
"date_expires":null,"date_expires_gmt":null,"usage_count":0,"individual_use":false,"product_ids":[],"usage_limit":null,
"free_shipping":false,"minimum_amount":"0.00","maximum_amount":"0.00","email_restrictions":[],"used_by":[],"meta_data":[]})";

bool PlainlyWritable(const std::string& name) {
  for (const char* blocked : {"id",           "date_created", "date_created_gmt", "date_modified",  "date_modified_gmt",
                              "price",        "permalink",    "meta_data",        "stock_quantity", "regular_price",
                              "sale_price",   "total_sales",  "variations",       "_links",         "sku",
                              "manage_stock", "billing",      "shipping",         "email",          "parent_id",
                              "stock_status", "backordered",  "average_rating",   "rating_count",   "type"}) {
    if (name == blocked) return false;
  }
  return true;
}

}  // namespace

WooAnswer WooError(int status, std::string_view code, std::string_view message, Json extra) {
  WooAnswer answer;
  answer.status = status;
  Json data = Json::Object({{"status", status}});
  for (const Json::Member& member : extra.members()) data.Set(member.first, member.second);
  answer.body = Json::Object({{"code", code}, {"message", message}, {"data", std::move(data)}});
  return answer;
}

WooAnswer WooInvalidParam(std::string_view name, std::string_view why, std::string_view code) {
  const bool type_error = code == "rest_invalid_type";
  Json detail =
      Json::Object({{"code", code}, {"message", why}, {"data", type_error ? Json::Object({{"param", name}}) : Json()}});
  return WooError(400, "rest_invalid_param", absl::StrCat("Invalid parameter(s): ", std::string(name)),
                  Json::Object({{"params", Json::Object({{std::string(name), Json(why)}})},
                                {"details", Json::Object({{std::string(name), std::move(detail)}})}}));
}

Json PhpNumber(double value) {
  std::string text = PythonFloat(value);
  if (text.size() > 2 && text.compare(text.size() - 2, 2, ".0") == 0) text.resize(text.size() - 2);
  return Json::Number(text);
}

std::string Money2(const ExactDecimal& value) { return value.Round(2, Ties::kAwayFromZero).ToString(); }

ExactDecimal ToMoney(const Json& value) { return ExactDecimal::Parse(value.text()).value_or(ExactDecimal()); }

const std::map<std::int64_t, Json>& WooStore::table(const std::string& kind) const {
  static const auto* const none = new std::map<std::int64_t, Json>();
  const auto found = tables_.find(kind);
  return found == tables_.end() ? *none : found->second;
}

const Json* WooStore::Find(const std::string& kind, std::int64_t id) const {
  const auto& records = table(kind);
  const auto found = records.find(id);
  return found == records.end() ? nullptr : &found->second;
}

Json* WooStore::Find(const std::string& kind, std::int64_t id) {
  return const_cast<Json*>(static_cast<const WooStore*>(this)->Find(kind, id));
}

void WooStore::Stamp(Json* record, const char* name, std::optional<WallTime> time) const {
  const std::string gmt = std::string(name) + "_gmt";
  record->Set(name, time.has_value() ? Json(IsoSeconds(*time + config.utc_offset)) : Json());
  record->Set(gmt, time.has_value() ? Json(IsoSeconds(*time)) : Json());
}

std::optional<std::int64_t> WooStore::Seconds(const Json& record, const std::string& gmt_name) {
  const std::string& text = record[gmt_name].text();
  CivilTime c;
  if (std::sscanf(text.c_str(), "%d-%d-%dT%d:%d:%d", &c.year, &c.month, &c.day, &c.hour, &c.minute, &c.second) != 6) {
    return std::nullopt;
  }
  return std::chrono::duration_cast<std::chrono::seconds>(FromCivil(c).time_since_epoch()).count();
}

Json WooStore::Links(const std::string& path, const std::string& collection) const {
  const std::string root = config.site + "/wp-json/wc/v3/";
  return Json::Object({{"self", Json::Array({Json::Object({{"href", root + path}})})},
                       {"collection", Json::Array({Json::Object({{"href", root + collection}})})}});
}

std::int64_t WooStore::Adopt(const std::string& kind, Json given) {
  const Json& record = given;  // looking must not add members
  const std::int64_t id = record["id"].AsInt();
  if (kind == "orders" || kind == "products" || kind == "variations" || kind == "coupons") {
    next_post_ = std::max(next_post_, id + 1);
  }
  if (kind == "customers") next_user_ = std::max(next_user_, id + 1);
  if (kind == "taxes") next_tax_ = std::max(next_tax_, id + 1);
  for (const char* lines : {"line_items", "tax_lines", "shipping_lines", "fee_lines", "coupon_lines"}) {
    for (const Json& line : record[lines].items()) next_item_ = std::max(next_item_, line["id"].AsInt() + 1);
    for (const Json& line : record[lines].items()) {
      for (const Json& meta : line["meta_data"].items()) next_meta_ = std::max(next_meta_, meta["id"].AsInt() + 1);
    }
  }
  for (const Json& meta : record["meta_data"].items()) next_meta_ = std::max(next_meta_, meta["id"].AsInt() + 1);
  if (kind == "orders") {
    for (const Json& refund : record["refunds"].items()) next_post_ = std::max(next_post_, refund["id"].AsInt() + 1);
    const std::string& status = record["status"].text();
    if (status == "processing" || status == "completed" || status == "on-hold") stock_reduced_.insert(id);
  }
  table(kind)[id] = std::move(given);
  return id;
}

absl::Status WooStore::LoadCaptured(const std::string& folder, bool with_orders) {
  struct Source {
    const char* kind;
    std::string stem;
    int pages;
  };
  std::vector<Source> sources = {{"taxes", "taxes-p", 1},
                                 {"products", "products-p", 2},
                                 {"variations", "variations-p", 1},
                                 {"customers", "customers-p", 1},
                                 {"coupons", "coupons-p", 1}};
  if (with_orders) sources.push_back({"orders", "orders-default-p", 3});
  for (const Source& source : sources) {
    for (int page = 1; page <= source.pages; ++page) {
      absl::StatusOr<Json> list = ReadJsonFile(absl::StrCat(folder, "/lists/", source.stem, page, ".json"));
      if (!list.ok()) return list.status();
      for (Json& record : list->items()) Adopt(source.kind, std::move(record));
    }
  }
  // Parents name variations whose list was not captured: those the store does not have.
  for (auto& product : table("products")) {
    Json kept = Json::Array();
    for (const Json& id : product.second["variations"].items()) {
      const Json* variation = Find("variations", id.AsInt());
      if (variation != nullptr) kept.Push(id);
    }
    if (product.second["type"].text() == "variable") product.second.Set("variations", std::move(kept));
  }
  for (const auto& order : table("orders")) {
    // The order's own summary is all that was captured of most refunds.
    for (const Json& summary : order.second["refunds"].items()) {
      std::string amount = summary["total"].text();
      if (!amount.empty() && amount[0] == '-') amount.erase(0, 1);
      Json refund = Json::Object({{"id", summary["id"]},
                                  {"date_created", order.second["date_modified"]},
                                  {"date_created_gmt", order.second["date_modified_gmt"]},
                                  {"amount", amount},
                                  {"reason", summary["reason"]},
                                  {"refunded_by", 1},
                                  {"refunded_payment", false},
                                  {"meta_data", Json::Array()},
                                  {"line_items", Json::Array()},
                                  {"shipping_lines", Json::Array()},
                                  {"tax_lines", Json::Array()},
                                  {"fee_lines", Json::Array()}});
      refunds[order.first].push_back(std::move(refund));
    }
  }
  for (const auto& order : table("orders")) {
    for (Json& refund : refunds[order.first]) {
      for (const char* name :
           {"refund-items-items", "refund-items-amount", "refund-items-shipping", "refund-full-full"}) {
        absl::StatusOr<Json> full = ReadJsonFile(absl::StrCat(folder, "/refunds/", name, ".json"));
        if (full.ok() && (*full)["id"] == refund["id"]) refund = *std::move(full);
      }
    }
  }
  return absl::OkStatus();
}

bool WooStore::MergeMeta(Json* record, const Json& entries) {
  Json& list = (*record)["meta_data"];
  if (!list.IsArray()) list = Json::Array();
  bool changed = false;
  for (const Json& entry : entries.items()) {
    Json* existing = nullptr;
    for (Json& item : list.items()) {
      const bool by_id = !entry["id"].IsNull() && item["id"].AsInt() == entry["id"].AsInt();
      const bool by_key = entry["id"].IsNull() && item["key"].text() == entry["key"].text();
      if (by_id || by_key) {
        existing = &item;
        break;
      }
    }
    if (entry["value"].IsNull()) {
      if (existing == nullptr) continue;
      const Json id = (*existing)["id"];
      auto& items = list.items();
      items.erase(std::remove_if(items.begin(), items.end(), [&](const Json& item) { return item["id"] == id; }),
                  items.end());
      changed = true;
    } else if (existing != nullptr) {
      changed = changed || (*existing)["value"] != entry["value"];
      existing->Set("value", entry["value"]);
      if (!entry["key"].IsNull()) existing->Set("key", entry["key"]);
    } else if (!entry["key"].text().empty()) {
      list.Push(Json::Object({{"id", next_meta_++}, {"key", entry["key"]}, {"value", entry["value"]}}));
      changed = true;
    }
  }
  return changed;
}

const Json* WooStore::FindSku(std::string_view sku) const {
  if (sku.empty()) return nullptr;
  for (const char* kind : {"products", "variations"}) {
    for (const auto& record : table(kind)) {
      if (record.second["sku"].text() == sku && record.second["status"].text() != "trash") return &record.second;
    }
  }
  return nullptr;
}

void WooStore::SetQuantity(Json* product, std::int64_t quantity) {
  product->Set("stock_quantity", Json(quantity));
  const std::string& backorders = (*product)["backorders"].text();
  const bool allowed = backorders == "yes" || backorders == "notify";
  product->Set("stock_status", quantity > 0 ? "instock" : (allowed ? "onbackorder" : "outofstock"));
  product->Set("backordered", quantity < 0 && allowed);
}

absl::Status WooStore::SetStock(std::string_view sku, std::int64_t quantity) {
  const Json* found = FindSku(sku);
  if (found == nullptr) return absl::NotFoundError("no product with the SKU " + std::string(sku));
  const bool variation = (*found)["type"].text() == "variation";
  const std::int64_t id = (*found)["id"].AsInt();
  Json* record = Find(variation ? "variations" : "products", id);
  record->Set("manage_stock", true);
  SetQuantity(record, quantity);
  Touch(record);
  Event("product", "updated", variation ? (*record)["parent_id"].AsInt() : id);
  return absl::OkStatus();
}

Json* WooStore::StockHolder(std::int64_t product, std::int64_t variation) {
  Json* holder = variation != 0 ? Find("variations", variation) : Find("products", product);
  if (holder == nullptr) return nullptr;
  if ((*holder)["manage_stock"].text() == "parent") holder = Find("products", product);
  if (holder == nullptr || !(*holder)["manage_stock"].AsBool()) return nullptr;
  return holder;
}

WooAnswer WooStore::ApplyProductBody(Json* product, const Json& body, bool creating) {
  for (const char* price : {"regular_price", "sale_price"}) {
    const Json* value = body.Find(price);
    if (value != nullptr && !value->IsString()) {
      return WooInvalidParam(price, absl::StrCat(price, " is not of type string."));
    }
  }
  if (const Json* quantity = body.Find("stock_quantity")) {
    const bool whole = quantity->IsNull() || quantity->IsInteger() ||
                       (quantity->IsString() && !quantity->text().empty() &&
                        quantity->text().find_first_not_of("-0123456789") == std::string::npos);
    if (!whole) return WooInvalidParam("stock_quantity", "stock_quantity is not of type integer.");
  }
  if (const Json* sku = body.Find("sku")) {
    const Json* other = FindSku(sku->text());
    if (other != nullptr && (*other)["id"] != (*product)["id"]) {
      return WooError(400, "product_invalid_sku", "Invalid or duplicated SKU.",
                      Json::Object({{"resource_id", (*other)["id"]}, {"unique_sku", sku->text() + "-1"}}));
    }
    product->Set("sku", *sku);
  }
  for (const Json::Member& member : body.members()) {
    if (!PlainlyWritable(member.first) || product->Find(member.first) == nullptr) continue;
    product->Set(member.first, member.second);
  }
  const std::string& type = body["type"].text();
  if (creating && (type == "variable" || type == "grouped" || type == "external")) product->Set("type", type);
  if (body.Has("manage_stock")) {
    product->Set("manage_stock", body["manage_stock"]);
    if (!body["manage_stock"].AsBool() && body["manage_stock"].text() != "parent")
      product->Set("stock_quantity", Json());
  }
  if (body.Has("stock_quantity") && (*product)["manage_stock"].AsBool() && !body["stock_quantity"].IsNull()) {
    SetQuantity(product, body["stock_quantity"].AsInt());
    ++stock_writes;
  } else if ((*product)["manage_stock"].AsBool() && (*product)["stock_quantity"].IsNull()) {
    SetQuantity(product, 0);
  } else if (!(*product)["manage_stock"].AsBool() && body.Has("stock_status")) {
    product->Set("stock_status", body["stock_status"]);
  }
  for (const char* price : {"regular_price", "sale_price"}) {
    if (body.Has(price)) product->Set(price, CleanPrice(body[price].text()));
  }
  const std::string& sale = (*product)["sale_price"].text();
  product->Set("on_sale", !sale.empty());
  product->Set("price", sale.empty() ? (*product)["regular_price"] : Json(sale));
  if (body.Has("meta_data")) MergeMeta(product, body["meta_data"]);
  return {};
}

WooAnswer WooStore::CreateProduct(const Json& body) {
  Json product = *Json::Parse(kProduct);
  WooAnswer refused = ApplyProductBody(&product, body, true);
  if (refused.status >= 400) return refused;
  const std::int64_t id = NextPost();
  product.Set("id", Json(id));
  product.Set("slug", Slug(product["name"].text()));
  product.Set("permalink", absl::StrCat(config.site, "/product/", product["slug"].text(), "/"));
  Stamp(&product, "date_created", now);
  Touch(&product);
  const std::string path = absl::StrCat("products/", id);
  product.Set("_links", Links(path, "products"));
  WooAnswer answer;
  answer.status = 201;
  answer.body = product;
  answer.location = path;
  table("products")[id] = std::move(product);
  Event("product", "created", id);
  return answer;
}

WooAnswer WooStore::UpdateProduct(std::int64_t id, const Json& body) {
  Json* product = Find("products", id);
  if (product == nullptr) return WooError(400, "woocommerce_rest_product_invalid_id", "Invalid ID.");
  Json changed = *product;
  WooAnswer refused = ApplyProductBody(&changed, body, false);
  if (refused.status >= 400) return refused;
  Touch(&changed);
  *product = std::move(changed);
  Event("product", "updated", id);
  WooAnswer answer;
  answer.body = *product;
  return answer;
}

WooAnswer WooStore::DeleteProduct(std::int64_t id, bool force) {
  Json* product = Find("products", id);
  if (product == nullptr) return WooError(404, "woocommerce_rest_product_invalid_id", "Invalid ID.");
  WooAnswer answer;
  answer.body = *product;
  if (force) {
    // Lines keep their name and lose the product.
    for (auto& order : table("orders")) {
      for (Json& line : order.second["line_items"].items()) {
        if (line["product_id"].AsInt() != id) continue;
        line.Set("product_id", 0);
        line.Set("sku", Json());
      }
    }
    table("products").erase(id);
    return answer;
  }
  product->Set("status", "trash");
  Touch(product);
  Event("product", "deleted", id);
  Event("coupon", "deleted", id);  // so does the real one
  return answer;
}

WooAnswer WooStore::CreateVariation(std::int64_t parent, const Json& body) {
  Json* product = Find("products", parent);
  if (product == nullptr)
    return WooError(404, "woocommerce_rest_product_variation_invalid_parent", "Parent is invalid.");
  Json variation = *Json::Parse(kVariation);
  WooAnswer refused = ApplyProductBody(&variation, body, true);
  if (refused.status >= 400) return refused;
  const std::int64_t id = NextPost();
  variation.Set("id", Json(id));
  variation.Set("type", "variation");
  variation.Set("parent_id", Json(parent));
  // Without a SKU of its own a variation shows the parent's.
  if (variation["sku"].text().empty()) variation.Set("sku", (*product)["sku"]);
  std::string name;
  for (const Json& attribute : variation["attributes"].items()) {
    name += (name.empty() ? "" : ", ") + attribute["option"].text();
  }
  variation.Set("name", name);
  Stamp(&variation, "date_created", now);
  Touch(&variation);
  const std::string path = absl::StrCat("products/", parent, "/variations/", id);
  variation.Set("_links", Links(path, absl::StrCat("products/", parent, "/variations")));
  if (!(*product)["variations"].IsArray()) product->Set("variations", Json::Array());
  (*product)["variations"].Push(Json(id));
  Touch(product);
  WooAnswer answer;
  answer.status = 201;
  answer.body = variation;
  answer.location = path;
  table("variations")[id] = std::move(variation);
  Event("product", "updated", parent);
  return answer;
}

WooAnswer WooStore::UpdateVariation(std::int64_t parent, std::int64_t id, const Json& body) {
  Json* variation = Find("variations", id);
  if (variation == nullptr || (config.modern && (*variation)["parent_id"].AsInt() != parent)) {
    return WooError(400, "woocommerce_rest_product_variation_invalid_id", "Invalid ID.");
  }
  Json changed = *variation;
  WooAnswer refused = ApplyProductBody(&changed, body, false);
  if (refused.status >= 400) return refused;
  Touch(&changed);
  if (changed["price"] != (*variation)["price"]) {
    if (Json* product = Find("products", parent)) {
      product->Set("price", changed["price"]);
      Touch(product);
    }
  }
  *variation = std::move(changed);
  Event("product", "updated", parent);
  WooAnswer answer;
  answer.body = *variation;
  return answer;
}

WooAnswer WooStore::CreateCustomer(const Json& body) {
  const std::string email = body["email"].text();
  const auto at = email.find('@');
  if (at == std::string::npos || email.find('.', at) == std::string::npos) {
    return WooError(400, "customer_invalid_email", "Invalid email address");
  }
  for (const auto& other : table("customers")) {
    if (absl::AsciiStrToLower(other.second["email"].text()) == absl::AsciiStrToLower(email)) {
      return WooError(400, "registration-error-email-exists",
                      absl::StrCat("An account is already registered with ", email,
                                   ". Please log in or use a different email address."));
    }
  }
  Json customer = *Json::Parse(kCustomer);
  for (const char* name : {"email", "first_name", "last_name", "username"}) {
    if (body[name].IsString()) customer.Set(name, body[name]);
  }
  if (customer["username"].text().empty()) customer.Set("username", Slug(email.substr(0, at)));
  for (const char* address : {"billing", "shipping"}) {
    for (const Json::Member& member : body[address].members()) customer[address].Set(member.first, member.second);
  }
  if (body.Has("meta_data")) MergeMeta(&customer, body["meta_data"]);
  const std::int64_t id = next_user_++;
  customer.Set("id", Json(id));
  Stamp(&customer, "date_created", now);
  Touch(&customer);
  const std::string path = absl::StrCat("customers/", id);
  customer.Set("_links", Links(path, "customers"));
  WooAnswer answer;
  answer.status = 201;
  answer.body = customer;
  answer.location = path;
  table("customers")[id] = std::move(customer);
  Event("customer", "created", id);
  return answer;
}

WooAnswer WooStore::UpdateCustomer(std::int64_t id, const Json& body) {
  Json* customer = Find("customers", id);
  if (customer == nullptr) return WooError(400, "woocommerce_rest_invalid_id", "Invalid resource ID.");
  for (const char* name : {"email", "first_name", "last_name"}) {
    if (body[name].IsString()) customer->Set(name, body[name]);
  }
  for (const char* address : {"billing", "shipping"}) {
    for (const Json::Member& member : body[address].members()) (*customer)[address].Set(member.first, member.second);
  }
  if (body.Has("meta_data")) MergeMeta(customer, body["meta_data"]);
  Touch(customer);
  Event("customer", "updated", id);
  WooAnswer answer;
  answer.body = *customer;
  return answer;
}

WooAnswer WooStore::CreateCoupon(const Json& body) {
  const std::string code = absl::AsciiStrToLower(body["code"].text());
  for (const auto& other : table("coupons")) {
    if (other.second["code"].text() == code) {
      return WooError(400, "woocommerce_rest_coupon_code_already_exists", "The coupon code already exists");
    }
  }
  Json coupon = *Json::Parse(kCoupon);
  for (const Json::Member& member : body.members()) {
    if (coupon.Has(member.first) && member.first != "id") coupon.Set(member.first, member.second);
  }
  const std::int64_t id = NextPost();
  coupon.Set("id", Json(id));
  coupon.Set("code", code);
  coupon.Set("amount", Money2(ToMoney(coupon["amount"])));
  Stamp(&coupon, "date_created", now);
  Touch(&coupon);
  const std::string path = absl::StrCat("coupons/", id);
  coupon.Set("_links", Links(path, "coupons"));
  WooAnswer answer;
  answer.status = 201;
  answer.body = coupon;
  answer.location = path;
  table("coupons")[id] = std::move(coupon);
  return answer;
}

WooAnswer WooStore::CreateTax(const Json& body) {
  Json tax =
      *Json::Parse(R"({"id":0,"country":"","state":"","postcode":"","city":"","rate":"0.0000","name":"","priority":1,
      "compound":false,"shipping":true,"order":0,"class":"standard","postcodes":[],"cities":[]})");
  for (const Json::Member& member : body.members()) {
    if (tax.Has(member.first) && member.first != "id") tax.Set(member.first, member.second);
  }
  tax.Set("rate", ToMoney(tax["rate"]).Round(4).ToString());
  const std::int64_t id = next_tax_++;
  tax.Set("id", Json(id));
  const std::string path = absl::StrCat("taxes/", id);
  tax.Set("_links", Links(path, "taxes"));
  WooAnswer answer;
  answer.status = 201;
  answer.body = tax;
  answer.location = path;
  table("taxes")[id] = std::move(tax);
  return answer;
}

}  // namespace internal
}  // namespace testing
FAIRLEAD_NAMESPACE_END
