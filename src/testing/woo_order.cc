// Orders: what a creation or an edit does to lines, totals, stock and notes.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "src/testing/internal/fault_injector.h"
#include "src/testing/internal/sandbox_host.h"
#include "src/testing/internal/woo_store.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {
namespace internal {
namespace {

using Ties = ExactDecimal::Ties;

constexpr const char* kOrder = R"({"id":0,"parent_id":0,"status":"pending","currency":"","version":"",
"prices_include_tax":false,"date_created":null,"date_modified":null,"discount_total":"0.00","discount_tax":"0.00",
"shipping_total":"0.00","shipping_tax":"0.00","cart_tax":"0.00","total":"0.00","total_tax":"0.00","customer_id":0,
"order_key":"","billing":{"first_name":"","last_name":"","company":"","address_1":"","address_2":"","city":"","state":"",
"postcode":"","country":"","email":"","phone":""},"shipping":{"first_name":"","last_name":"","company":"","address_1":"",
"address_2":"","city":"","state":"","postcode":"","country":"","phone":""},"payment_method":"","payment_method_title":"",
"transaction_id":"","customer_ip_address":"","customer_user_agent":"","created_via":"rest-api","customer_note":"",
"date_completed":null,"date_paid":null,"cart_hash":"","number":"","meta_data":[],"line_items":[],"tax_lines":[],
"shipping_lines":[],"fee_lines":[],"coupon_lines":[],"refunds":[],"payment_url":"","is_editable":true,
"needs_payment":false,"needs_processing":false,"date_created_gmt":null,"date_modified_gmt":null,"date_completed_gmt":null,
"date_paid_gmt":null,"currency_symbol":""})";

constexpr const char* kStatuses =
    "auto-draft, pending, processing, on-hold, completed, cancelled, refunded, failed, and checkout-draft";

bool IsStatus(const std::string& text) {
  for (const char* known : {"auto-draft", "pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed",
                            "checkout-draft"}) {
    if (text == known) return true;
  }
  return false;
}

bool TakesStock(const std::string& status) {
  return status == "processing" || status == "completed" || status == "on-hold";
}

bool LooksLikeMail(const std::string& text) {
  const auto at = text.find('@');
  return at != std::string::npos && at > 0 && text.find('.', at) != std::string::npos;
}

bool IsCurrency(const std::string& code) {
  return code.size() == 3 && std::all_of(code.begin(), code.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

/// gross ÷ (1 + percent/100), six decimals.
ExactDecimal NetOf(const ExactDecimal& gross, const ExactDecimal& percent) {
  const double net = gross.ToDouble() / (1 + percent.ToDouble() / 100);
  ExactDecimal out;
  out.scale = 6;
  out.unscaled = static_cast<std::int64_t>(std::llround(net * 1e6));
  return out;
}

ExactDecimal Percent(const ExactDecimal& amount, const ExactDecimal& percent) {
  ExactDecimal out = amount * percent;
  out.scale += 2;
  return out;
}

ExactDecimal SumOf(const Json& lines, const char* field) {
  ExactDecimal sum;
  for (const Json& line : lines.items()) sum = sum + ToMoney(line[field]);
  return sum;
}

}  // namespace

bool WooStore::IsOrderStatus(const std::string& text) { return IsStatus(text); }

std::vector<WooStore::Rate> WooStore::RatesFor(const Json& order, const std::string& tax_class) const {
  std::string country = order["shipping"]["country"].text();
  std::string state = order["shipping"]["state"].text();
  if (country.empty()) {
    country = order["billing"]["country"].text();
    state = order["billing"]["state"].text();
  }
  std::vector<Rate> rates;
  for (const auto& entry : table("taxes")) {
    const Json& tax = entry.second;
    const std::string wanted = tax_class.empty() ? "standard" : tax_class;
    if (tax["country"].text() != country || tax["class"].text() != wanted) continue;
    if (!tax["state"].text().empty() && tax["state"].text() != state) continue;
    Rate rate;
    rate.id = entry.first;
    rate.priority = static_cast<int>(tax["priority"].AsInt());
    rate.label = tax["name"].text();
    rate.code = absl::AsciiStrToUpper(absl::StrCat(country, tax["state"].text().empty() ? "" : "-" + tax["state"].text(), "-",
                                                   rate.label, "-", rate.priority));
    rate.percent = ToMoney(tax["rate"]);
    rate.compound = tax["compound"].AsBool();
    rate.shipping = tax["shipping"].AsBool();
    const bool taken = std::any_of(rates.begin(), rates.end(), [&](const Rate& r) { return r.priority == rate.priority; });
    if (!taken) rates.push_back(std::move(rate));
  }
  std::sort(rates.begin(), rates.end(), [](const Rate& a, const Rate& b) { return a.priority < b.priority; });
  return rates;
}

void WooStore::TaxLine(const Json& order, Json* line, bool gross) const {
  const std::vector<Rate> rates = RatesFor(order, (*line)["tax_class"].text());
  ExactDecimal percent;
  for (const Rate& rate : rates) percent = percent + rate.percent;
  Json taxes = Json::Array();
  ExactDecimal sums[2];
  ExactDecimal nets[2];
  const char* const fields[2] = {"total", "subtotal"};
  for (int i = 0; i < 2; ++i) {
    const ExactDecimal given = ToMoney((*line)[fields[i]]);
    nets[i] = gross ? NetOf(given, percent) : given;
  }
  for (const Rate& rate : rates) {
    Json tax = Json::Object({{"id", rate.id}});
    for (int i = 0; i < 2; ++i) {
      ExactDecimal base = nets[i];
      if (rate.compound) base = base + sums[i];
      // Rounded per line, or kept with six digits where the store rounds at the subtotal.
      const ExactDecimal amount = Percent(base, rate.percent).Round(config.prices_include_tax ? 6 : 2, Ties::kAwayFromZero);
      sums[i] = sums[i] + amount;
      tax.Set(fields[i], (config.prices_include_tax ? amount.Trimmed() : amount).ToString());
    }
    taxes.Push(std::move(tax));
  }
  for (int i = 0; i < 2; ++i) {
    line->Set(fields[i], Money2(nets[i]));
    line->Set(std::string(fields[i]) + "_tax", Money2(sums[i]));
  }
  line->Set("taxes", std::move(taxes));
  const double quantity = static_cast<double>((*line)["quantity"].AsInt());
  line->Set("price", PhpNumber(quantity > 0 ? nets[0].ToDouble() / quantity : 0));
}

WooAnswer WooStore::AddLine(Json* order, const Json& body) {
  const std::int64_t variation_id = body["variation_id"].AsInt();
  const Json* product = nullptr;
  if (variation_id != 0) {
    product = Find("variations", variation_id);
  } else if (body["product_id"].AsInt() != 0) {
    product = Find("products", body["product_id"].AsInt());
  } else if (!body["sku"].text().empty()) {
    product = FindSku(body["sku"].text());
  } else {
    return WooError(400, "woocommerce_rest_required_product_reference", "Product ID or SKU is required.");
  }
  const std::int64_t quantity = body.Has("quantity") ? body["quantity"].AsInt() : 1;
  Json line = Json::Object({{"id", NextItem()}, {"name", ""}, {"product_id", 0}, {"variation_id", 0}, {"quantity", quantity},
                            {"tax_class", ""}, {"subtotal", "0.00"}, {"subtotal_tax", "0.00"}, {"total", "0.00"},
                            {"total_tax", "0.00"}, {"taxes", Json::Array()}, {"meta_data", Json::Array()}, {"sku", Json()},
                            {"price", 0}, {"image", Json::Object({{"id", ""}, {"src", ""}})}, {"parent_name", Json()}});
  ExactDecimal price;
  if (product != nullptr) {
    const bool variation = (*product)["type"].text() == "variation";
    const Json* parent = variation ? Find("products", (*product)["parent_id"].AsInt()) : product;
    line.Set("name", parent == nullptr ? (*product)["name"] : (*parent)["name"]);
    if (variation) line.Set("name", line["name"].text() + " - " + (*product)["name"].text());
    line.Set("product_id", variation ? (*product)["parent_id"] : (*product)["id"]);
    line.Set("variation_id", variation ? (*product)["id"] : Json(0));
    const std::string& tax_class = (*product)["tax_class"].text();
    line.Set("tax_class", tax_class == "parent" ? "" : tax_class);
    line.Set("sku", (*product)["sku"]);
    price = ToMoney((*product)["price"]);
  }
  if (body["name"].IsString()) line.Set("name", body["name"]);
  const ExactDecimal plain = quantity < 0 ? ExactDecimal() : price * ExactDecimal{quantity, 0};
  const bool stated = body.Has("total") || body.Has("subtotal");
  line.Set("subtotal", body.Has("subtotal") ? body["subtotal"] : (body.Has("total") ? body["total"] : Json(plain.ToString())));
  line.Set("total", body.Has("total") ? body["total"] : line["subtotal"]);
  MergeMeta(&line, body["meta_data"]);
  // Totals that the client states are net; a catalogue price is what the store's setting says.
  TaxLine(*order, &line, config.prices_include_tax && !stated);
  (*order)["line_items"].Push(std::move(line));
  return {};
}

WooAnswer WooStore::SetLines(Json* order, const Json& lines) {
  for (const Json& body : lines.items()) {
    if (body["id"].IsNull()) {
      WooAnswer refused = AddLine(order, body);
      if (refused.status >= 400) return refused;
      continue;
    }
    auto& items = (*order)["line_items"].items();
    const auto line = std::find_if(items.begin(), items.end(), [&](const Json& l) { return l["id"].AsInt() == body["id"].AsInt(); });
    if (line == items.end()) {
      return WooError(400, "woocommerce_rest_invalid_item_id", "Order item ID provided is not associated with order.");
    }
    const bool removed = (body.Has("product_id") && body["product_id"].IsNull()) ||
                         (body.Has("quantity") && body["quantity"].AsInt() == 0);
    if (removed) {
      items.erase(line);
      continue;
    }
    if (body.Has("quantity")) line->Set("quantity", Json(body["quantity"].AsInt()));  // totals stay as they were
    if (body.Has("name")) line->Set("name", body["name"]);
    if (body.Has("subtotal")) line->Set("subtotal", body["subtotal"]);
    if (body.Has("total")) line->Set("total", body["total"]);
    MergeMeta(&*line, body["meta_data"]);
    if (body.Has("total") || body.Has("subtotal")) TaxLine(*order, &*line, false);
  }
  return {};
}

void WooStore::ApplyFlatLines(Json* order, const Json& body, const char* field) {
  const bool shipping = std::string(field) == "shipping_lines";
  for (const Json& given : body[field].items()) {
    auto& items = (*order)[field].items();
    auto line = items.end();
    if (!given["id"].IsNull()) {
      line = std::find_if(items.begin(), items.end(), [&](const Json& l) { return l["id"].AsInt() == given["id"].AsInt(); });
      if (line == items.end()) continue;
      const char* name = shipping ? "method_id" : "name";
      if (given.Has(name) && given[name].IsNull()) {
        items.erase(line);
        continue;
      }
    } else {
      Json fresh = shipping ? Json::Object({{"id", NextItem()}, {"method_title", ""}, {"method_id", ""}, {"instance_id", ""},
                                            {"total", "0.00"}, {"total_tax", "0.00"}, {"taxes", Json::Array()},
                                            {"meta_data", Json::Array()}})
                            : Json::Object({{"id", NextItem()}, {"name", ""}, {"tax_class", ""}, {"tax_status", "taxable"},
                                            {"amount", ""}, {"total", "0.00"}, {"total_tax", "0.00"},
                                            {"taxes", Json::Array()}, {"meta_data", Json::Array()}});
      items.push_back(std::move(fresh));
      line = std::prev(items.end());
    }
    for (const char* name : {"method_title", "method_id", "name", "tax_class", "tax_status"}) {
      if (given[name].IsString() && line->Has(name)) line->Set(name, given[name]);
    }
    const ExactDecimal total = given.Has("total") ? ToMoney(given["total"]) : ToMoney((*line)["total"]);
    line->Set("total", Money2(total));
    Json taxes = Json::Array();
    ExactDecimal sum;
    const bool taxable = shipping || (*line)["tax_status"].text() == "taxable";
    const std::string tax_class = std::as_const(*line)["tax_class"].text();
    for (const Rate& rate : taxable ? RatesFor(*order, tax_class) : std::vector<Rate>()) {
      if (shipping && !rate.shipping) continue;
      const ExactDecimal base = rate.compound ? total + sum : total;
      const ExactDecimal amount = Percent(base, rate.percent).Round(config.prices_include_tax ? 6 : 2, Ties::kAwayFromZero);
      sum = sum + amount;
      taxes.Push(Json::Object({{"id", rate.id}, {"total", (config.prices_include_tax ? amount.Trimmed() : amount).ToString()},
                               {"subtotal", ""}}));
    }
    line->Set("total_tax", Money2(sum));
    line->Set("taxes", std::move(taxes));
    MergeMeta(&*line, given["meta_data"]);
  }
}

WooAnswer WooStore::ApplyCoupons(Json* order, const Json& body) {
  for (const Json& given : body["coupon_lines"].items()) {
    const std::string code = absl::AsciiStrToLower(given["code"].text());
    const Json* coupon = nullptr;
    for (const auto& entry : table("coupons")) {
      if (entry.second["code"].text() == code) coupon = &entry.second;
    }
    if (coupon == nullptr) {
      return WooError(400, "woocommerce_rest_invalid_coupon",
                      config.modern ? absl::StrCat("Coupon &quot;", code, "&quot; cannot be applied because it does not exist.")
                                    : absl::StrCat("Coupon \"", code, "\" does not exist!"));
    }
    const auto expires = Seconds(*coupon, "date_expires_gmt");
    if (expires.has_value() && *expires < std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count()) {
      return WooError(400, "woocommerce_rest_invalid_coupon",
                      config.modern ? absl::StrCat("Coupon &quot;", code, "&quot; has expired.") : "This coupon has expired.");
    }
    const ExactDecimal amount = ToMoney((*coupon)["amount"]);
    ExactDecimal left = amount;
    ExactDecimal discount;
    ExactDecimal discount_tax;
    for (Json& line : (*order)["line_items"].items()) {
      const ExactDecimal before = ToMoney(line["total"]);
      ExactDecimal cut = (*coupon)["discount_type"].text() == "percent" ? Percent(before, amount) : left;
      cut = cut.Round(2, Ties::kAwayFromZero);
      if (before < cut) cut = before;
      left = left - cut;
      const ExactDecimal tax_before = ToMoney(line["total_tax"]);
      const std::string subtotal = line["subtotal"].text();
      line.Set("total", Money2(before - cut));
      TaxLine(*order, &line, false);
      line.Set("subtotal", subtotal);
      discount = discount + cut;
      discount_tax = discount_tax + tax_before - ToMoney(line["total_tax"]);
    }
    (*order)["coupon_lines"].Push(Json::Object({{"id", NextItem()}, {"code", code}, {"discount", Money2(discount)},
                                                {"discount_tax", Money2(discount_tax)}, {"meta_data", Json::Array()}}));
  }
  return {};
}

void WooStore::Recalculate(Json* order) {
  const Json& lines = (*order)["line_items"];
  const ExactDecimal subtotal = SumOf(lines, "subtotal");
  const ExactDecimal net = SumOf(lines, "total");
  const ExactDecimal line_tax = SumOf(lines, "total_tax");
  const ExactDecimal fees = SumOf((*order)["fee_lines"], "total");
  const ExactDecimal fee_tax = SumOf((*order)["fee_lines"], "total_tax");
  const ExactDecimal shipping = SumOf((*order)["shipping_lines"], "total");
  const ExactDecimal shipping_tax = SumOf((*order)["shipping_lines"], "total_tax");
  order->Set("discount_total", Money2(subtotal - net));
  order->Set("discount_tax", Money2(SumOf(lines, "subtotal_tax") - line_tax));
  order->Set("shipping_total", Money2(shipping));
  order->Set("shipping_tax", Money2(shipping_tax));
  order->Set("cart_tax", Money2(line_tax + fee_tax));
  order->Set("total_tax", Money2(line_tax + fee_tax + shipping_tax));
  order->Set("total", Money2(net + fees + shipping + line_tax + fee_tax + shipping_tax));

  std::map<std::int64_t, std::pair<ExactDecimal, ExactDecimal>> by_rate;  // goods and fees, shipping
  const auto add = [&](const char* field, bool is_shipping) {
    for (const Json& line : (*order)[field].items()) {
      for (const Json& tax : line["taxes"].items()) {
        auto& sums = by_rate[tax["id"].AsInt()];
        ExactDecimal& sum = is_shipping ? sums.second : sums.first;
        sum = sum + ToMoney(tax["total"]);
      }
    }
  };
  add("line_items", false);
  add("fee_lines", false);
  add("shipping_lines", true);
  Json tax_lines = Json::Array();
  for (const auto& entry : by_rate) {
    const Json* tax = Find("taxes", entry.first);
    Json rate_code;
    for (const Json& old : (*order)["tax_lines"].items()) {
      if (old["rate_id"].AsInt() == entry.first) rate_code = old["rate_code"];
    }
    Json label;
    Json percent = 0;
    if (tax != nullptr) {
      label = (*tax)["name"];
      percent = PhpNumber(ToMoney((*tax)["rate"]).ToDouble());
      if (rate_code.IsNull()) {
        rate_code = absl::AsciiStrToUpper(absl::StrCat((*tax)["country"].text(),
                                                       (*tax)["state"].text().empty() ? "" : "-" + (*tax)["state"].text(), "-",
                                                       label.text(), "-", (*tax)["priority"].AsInt()));
      }
    }
    tax_lines.Push(Json::Object({{"id", NextItem()}, {"rate_code", rate_code}, {"rate_id", entry.first}, {"label", label},
                                 {"compound", tax != nullptr && (*tax)["compound"].AsBool()},
                                 {"tax_total", Money2(entry.second.first)}, {"shipping_tax_total", Money2(entry.second.second)},
                                 {"rate_percent", percent}, {"meta_data", Json::Array()}}));
  }
  order->Set("tax_lines", std::move(tax_lines));
}

void WooStore::AddNote(std::int64_t order, const std::string& text, bool customer, const char* author) {
  Json note = Json::Object({{"id", next_comment_++}, {"author", author}, {"date_created", Json()},
                            {"date_created_gmt", Json()}, {"note", text}, {"customer_note", customer}});
  Stamp(&note, "date_created", now);
  notes[order].push_back(std::move(note));
}

void WooStore::ReduceStock(Json* order) {
  const std::int64_t id = (*order)["id"].AsInt();
  if (!stock_reduced_.insert(id).second) return;
  for (Json& line : (*order)["line_items"].items()) {
    Json* holder = StockHolder(line["product_id"].AsInt(), line["variation_id"].AsInt());
    if (holder == nullptr) continue;
    const std::int64_t before = (*holder)["stock_quantity"].AsInt();
    const std::int64_t taken = line["quantity"].AsInt();
    SetQuantity(holder, before - taken);
    Touch(holder);
    MergeMeta(&line, Json::Array({Json::Object({{"key", "_reduced_stock"}, {"value", std::to_string(taken)}})}));
    AddNote(id, absl::StrCat("Stock levels reduced: ", line["name"].text(), " (", before, "&rarr;", before - taken, ")"), false,
            "WooCommerce");
    Event("product", "updated", line["product_id"].AsInt());
  }
}

void WooStore::RestoreStock(Json* order) {
  if (stock_reduced_.erase((*order)["id"].AsInt()) == 0) return;
  for (Json& line : (*order)["line_items"].items()) {
    Json* holder = StockHolder(line["product_id"].AsInt(), line["variation_id"].AsInt());
    if (holder == nullptr) continue;
    SetQuantity(holder, (*holder)["stock_quantity"].AsInt() + line["quantity"].AsInt());
    Touch(holder);
    Event("product", "updated", line["product_id"].AsInt());
  }
}

void WooStore::SetStatus(Json* order, const std::string& status) {
  const std::string before = (*order)["status"].text();
  order->Set("status", status);
  const bool paid = status == "processing" || status == "completed";
  if (paid && (*order)["date_paid"].IsNull()) Stamp(order, "date_paid", now);
  if (status == "completed") Stamp(order, "date_completed", now);  // going back leaves it
  order->Set("is_editable", status == "pending" || status == "on-hold" || status == "auto-draft" || status == "checkout-draft");
  order->Set("needs_payment", (status == "pending" || status == "failed") && !ToMoney((*order)["total"]).IsZero());
  order->Set("needs_processing", (*order)["line_items"].size() > 0);
  if (TakesStock(status)) ReduceStock(order);
  if (status == "cancelled" || status == "pending") RestoreStock(order);
  if (status == "refunded" && before != "refunded") {
    // WooCommerce makes a refund of the rest by itself.
    ExactDecimal left = ToMoney((*order)["total"]);
    for (const Json& refund : refunds[(*order)["id"].AsInt()]) left = left - ToMoney(refund["amount"]);
    if (!left.IsZero()) {
      (void)CreateRefund((*order)["id"].AsInt(), Json::Object({{"amount", Money2(left)}, {"reason", "Order fully refunded."},
                                                               {"api_refund", false}}));
    }
  }
}

WooAnswer WooStore::CheckOrderBody(const Json& body) const {
  if (const Json* customer = body.Find("customer_id")) {
    const bool integer = customer->IsInteger() || (customer->IsString() && !customer->text().empty() &&
                                                   customer->text().find_first_not_of("0123456789") == std::string::npos);
    if (!integer) return WooInvalidParam("customer_id", "customer_id is not of type integer.");
    if (customer->AsInt() != 0 && Find("customers", customer->AsInt()) == nullptr && customer->AsInt() != 1) {
      return WooError(400, "woocommerce_rest_invalid_customer_id", "Customer ID is invalid.");
    }
  }
  for (const char* lines : {"line_items", "shipping_lines", "fee_lines", "coupon_lines", "meta_data"}) {
    const Json* list = body.Find(lines);
    if (list != nullptr && !list->IsArray()) return WooInvalidParam(lines, absl::StrCat(lines, " is not of type array."));
  }
  const Json& lines = body["line_items"];
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const Json& quantity = lines.At(i)["quantity"];
    if (quantity.IsNumber() && !quantity.IsInteger()) {
      const std::string name = absl::StrCat("line_items[", i, "][quantity]");
      WooAnswer answer = WooInvalidParam("line_items", name + " is not of type integer.");
      answer.body["data"]["details"]["line_items"]["data"].Set("param", name);
      return answer;
    }
  }
  if (body.Has("status") && !IsStatus(body["status"].text())) {
    return WooInvalidParam("status", absl::StrCat("status is not one of ", kStatuses, "."), "rest_not_in_enum");
  }
  if (body.Has("currency") && !IsCurrency(body["currency"].text())) {
    return WooInvalidParam("currency", "currency is not one of AED, EUR, GBP, USD, and ZMW.", "rest_not_in_enum");
  }
  const std::string& mail = body["billing"]["email"].text();
  if (!mail.empty() && !LooksLikeMail(mail)) {
    return WooInvalidParam("billing", "Invalid email address.", "rest_invalid_email");
  }
  return {};
}

WooAnswer WooStore::ApplyOrderBody(Json* order, const Json& body, bool creating) {
  for (const char* name : {"currency", "payment_method", "payment_method_title", "transaction_id", "customer_note", "created_via"}) {
    if (body[name].IsString() && (creating || std::string(name) != "created_via")) order->Set(name, body[name]);
  }
  if (body.Has("customer_id")) order->Set("customer_id", Json(body["customer_id"].AsInt()));
  for (const char* address : {"billing", "shipping"}) {
    for (const Json::Member& member : body[address].members()) {
      if ((*order)[address].Has(member.first)) (*order)[address].Set(member.first, member.second);
    }
  }
  const auto has_items = [&](const char* name) { return body[name].size() > 0; };
  WooAnswer refused = SetLines(order, body["line_items"]);
  if (refused.status >= 400) return refused;
  ApplyFlatLines(order, body, "shipping_lines");
  ApplyFlatLines(order, body, "fee_lines");
  refused = ApplyCoupons(order, body);
  if (refused.status >= 400) return refused;
  if (has_items("line_items") || has_items("shipping_lines") || has_items("fee_lines") || has_items("coupon_lines")) {
    Recalculate(order);
  }
  return {};
}

WooAnswer WooStore::CreateOrder(const Json& body) {
  if (body["id"].AsInt() != 0) return WooError(400, "woocommerce_rest_shop_order_exists", "Cannot create existing shop_order.");
  WooAnswer refused = CheckOrderBody(body);
  if (refused.status >= 400) return refused;
  Json order = *Json::Parse(kOrder);
  const std::int64_t id = NextPost();
  order.Set("id", Json(id));
  order.Set("number", std::to_string(id));
  order.Set("currency", config.currency);
  order.Set("currency_symbol", config.currency == "EUR" ? "€" : "$");
  order.Set("version", config.version);
  order.Set("prices_include_tax", config.prices_include_tax);
  order.Set("order_key", absl::StrCat("wc_order_", id, "k", Mix(7, static_cast<std::uint64_t>(id)) % 1000000));
  order.Set("payment_url", absl::StrCat(config.site, "/checkout/order-pay/", id, "/"));
  refused = ApplyOrderBody(&order, body, true);
  if (refused.status >= 400) return refused;
  if (body.Has("meta_data")) MergeMeta(&order, body["meta_data"]);
  Stamp(&order, "date_created", now);
  Touch(&order);
  std::string status = body.Has("status") ? body["status"].text() : "pending";
  if (body["set_paid"].AsBool()) {
    status = "processing";
    AddNote(id, absl::StrCat("Payment via ", order["payment_method_title"].text(), " (", order["transaction_id"].text(), ")."),
            false, "WooCommerce");
  }
  const std::string path = absl::StrCat("orders/", id);
  Json links = Links(path, "orders");
  if (order["customer_id"].AsInt() != 0) {
    links.Set("customer", Json::Array({Json::Object(
                              {{"href", absl::StrCat(config.site, "/wp-json/wc/v3/customers/", order["customer_id"].text())}})}));
  }
  order.Set("_links", std::move(links));
  table("orders")[id] = std::move(order);
  Json* stored = Find("orders", id);
  SetStatus(stored, status);
  Event("order", "created", id);
  WooAnswer answer;
  answer.status = 201;
  answer.body = *stored;
  answer.location = path;
  return answer;
}

WooAnswer WooStore::UpdateOrder(std::int64_t id, const Json& body) {
  Json* order = Find("orders", id);
  if (order == nullptr) return WooError(400, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.");
  WooAnswer refused = CheckOrderBody(body);
  if (refused.status >= 400) return refused;
  Json changed = *order;
  refused = ApplyOrderBody(&changed, body, false);
  if (refused.status >= 400) return refused;
  const bool meaningful = changed != *order || (body.Has("status") && body["status"].text() != (*order)["status"].text()) ||
                          (body["set_paid"].AsBool() && changed["date_paid"].IsNull());
  if (body.Has("meta_data")) MergeMeta(&changed, body["meta_data"]);
  *order = std::move(changed);
  if (body["set_paid"].AsBool() && (*order)["date_paid"].IsNull()) {
    SetStatus(order, "processing");
  } else if (body.Has("status") && body["status"].text() != (*order)["status"].text()) {
    SetStatus(order, body["status"].text());
  }
  // 7.9.0 moves the stamp only for a change of the order itself, not for meta data or for nothing.
  if (config.modern || meaningful) Touch(order);
  Event("order", "updated", id);
  WooAnswer answer;
  answer.body = *order;
  return answer;
}

WooAnswer WooStore::DeleteOrder(std::int64_t id, bool force) {
  Json* order = Find("orders", id);
  if (order == nullptr) return WooError(404, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.");
  WooAnswer answer;
  answer.body = *order;
  if (force) {
    table("orders").erase(id);
    refunds.erase(id);
    notes.erase(id);
    return answer;
  }
  order->Set("status", "trash");
  Touch(order);
  Event("order", "deleted", id);
  if (!config.modern) {
    Event("product", "deleted", id);  // the older version says so, with the order's id
    Event("coupon", "deleted", id);
  }
  return answer;
}

WooAnswer WooStore::CreateNote(std::int64_t order, const Json& body) {
  if (Find("orders", order) == nullptr) return WooError(404, "woocommerce_rest_order_invalid_id", "Invalid order ID.");
  if (body["note"].text().empty()) {
    return WooError(400, "rest_missing_callback_param", "Missing parameter(s): note",
                    Json::Object({{"params", Json::Array({"note"})}}));
  }
  AddNote(order, body["note"].text(), body["customer_note"].AsBool(),
          body["added_by_user"].AsBool() ? "admin" : "WooCommerce");
  WooAnswer answer;
  answer.status = 201;
  answer.body = notes[order].back();
  answer.location = absl::StrCat("orders/", order, "/notes/", answer.body["id"].text());
  return answer;
}

WooAnswer WooStore::CreateRefund(std::int64_t id, const Json& body) {
  Json* order = Find("orders", id);
  if (order == nullptr) {
    // The real one: HTTP 500 and a bare number as data.
    WooAnswer answer = WooError(500, "woocommerce_rest_invalid_order_id", "Invalid order ID.");
    answer.body.Set("data", 404);
    return answer;
  }
  const auto fail = [](const char* code, const char* message, int data) {
    WooAnswer answer = WooError(500, code, message);
    answer.body.Set("data", data);
    return answer;
  };
  ExactDecimal amount = ToMoney(body["amount"]);
  Json lines = Json::Array();
  Json shipping = Json::Array();
  for (const Json& item : body["line_items"].items()) {
    const auto in = [&](const char* field) -> const Json* {
      for (const Json& line : (*order)[field].items()) {
        if (line["id"].AsInt() == item["id"].AsInt()) return &line;
      }
      return nullptr;
    };
    const Json* product_line = in("line_items");
    const Json* line = product_line != nullptr ? product_line : in("shipping_lines");
    if (line == nullptr) line = in("fee_lines");
    if (line == nullptr) continue;
    const ExactDecimal total = ToMoney(item["refund_total"]);
    ExactDecimal tax;
    Json taxes = Json::Array();
    for (const Json& part : item["refund_tax"].items()) {
      tax = tax + ToMoney(part["refund_total"]);
      const std::string negative = Money2(ExactDecimal() - ToMoney(part["refund_total"]));
      taxes.Push(Json::Object({{"id", part["id"]}, {"total", negative}, {"subtotal", negative}}));
    }
    if (!body.Has("amount")) amount = amount + total + tax;
    Json copy = *line;
    copy.Set("id", Json(NextItem()));
    if (copy.Has("quantity")) copy.Set("quantity", Json(-item["quantity"].AsInt()));
    for (const char* field : {"subtotal", "total"}) {
      if (copy.Has(field)) copy.Set(field, Money2(ExactDecimal() - total));
      const std::string tax_field = std::string(field) + "_tax";
      if (copy.Has(tax_field)) copy.Set(tax_field, Money2(ExactDecimal() - tax));
    }
    copy.Set("taxes", std::move(taxes));
    copy.Set("meta_data", Json::Array());
    MergeMeta(&copy, Json::Array({Json::Object({{"key", "_refunded_item_id"}, {"value", line->operator[]("id").text()}})}));
    (product_line != nullptr ? lines : shipping).Push(std::move(copy));
    if (product_line != nullptr && body["restock_items"].IsBool() && body["restock_items"].AsBool()) {
      Json* holder = StockHolder((*product_line)["product_id"].AsInt(), (*product_line)["variation_id"].AsInt());
      if (holder != nullptr) {
        SetQuantity(holder, (*holder)["stock_quantity"].AsInt() + item["quantity"].AsInt());
        Touch(holder);
      }
    }
  }
  amount = amount.Round(2, Ties::kAwayFromZero);
  ExactDecimal left = ToMoney((*order)["total"]);
  for (const Json& refund : refunds[id]) left = left - ToMoney(refund["amount"]);
  if (amount.IsNegative()) return fail("woocommerce_rest_invalid_order_refund", "Refund amount must be greater than zero.", 400);
  if (left < amount) return fail("woocommerce_rest_cannot_create_order_refund", "Invalid refund amount.", 500);
  const bool through_gateway = !body["api_refund"].IsBool() || body["api_refund"].AsBool();
  if (through_gateway) {
    return fail("woocommerce_rest_cannot_create_order_refund",
                "The payment gateway for this order does not support automatic refunds.", 500);
  }
  const std::int64_t refund_id = NextPost();
  Json refund = Json::Object({{"id", refund_id}, {"date_created", Json()}, {"date_created_gmt", Json()},
                              {"amount", Money2(amount)}, {"reason", body["reason"].text()}, {"refunded_by", 1},
                              {"refunded_payment", false}, {"meta_data", Json::Array()}, {"line_items", std::move(lines)},
                              {"shipping_lines", std::move(shipping)}, {"tax_lines", Json::Array()}, {"fee_lines", Json::Array()}});
  Stamp(&refund, "date_created", now);
  const bool full = amount == left;
  MergeMeta(&refund, Json::Array({Json::Object({{"key", "_refund_type"}, {"value", full ? "full" : "partial"}})}));
  const std::string path = absl::StrCat("orders/", id, "/refunds/", refund_id);
  refund.Set("_links", Links(path, absl::StrCat("orders/", id, "/refunds")));
  refunds[id].insert(refunds[id].begin(), refund);
  auto& summaries = (*order)["refunds"].items();
  summaries.insert(summaries.begin(), Json::Object({{"id", refund_id}, {"reason", body["reason"].text()},
                                                    {"total", "-" + Money2(amount)}}));
  if (full) order->Set("status", "refunded");
  Touch(order);
  Event("order", "updated", id);
  WooAnswer answer;
  answer.status = 201;
  answer.body = std::move(refund);
  answer.location = path;
  return answer;
}

WooAnswer WooStore::DeleteRefund(std::int64_t id, std::int64_t refund) {
  std::vector<Json>& list = refunds[id];
  for (auto it = list.begin(); it != list.end(); ++it) {
    if ((*it)["id"].AsInt() != refund) continue;
    WooAnswer answer;
    answer.body = *it;
    list.erase(it);
    if (Json* order = Find("orders", id)) {
      auto& summaries = (*order)["refunds"].items();  // the stamp of the order stays
      summaries.erase(std::remove_if(summaries.begin(), summaries.end(),
                                     [&](const Json& summary) { return summary["id"].AsInt() == refund; }),
                      summaries.end());
    }
    return answer;
  }
  return WooError(404, "woocommerce_rest_shop_order_refund_invalid_id", "Invalid ID.");
}

}  // namespace internal
}  // namespace testing
FAIRLEAD_NAMESPACE_END
