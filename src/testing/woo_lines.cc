// Lines of an order: products, taxes, coupons, shipping, fees, and the totals that follow from them.
#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "src/testing/internal/woo_store.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {
namespace internal {
namespace {

using Ties = ExactDecimal::Ties;

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
    rate.code = absl::AsciiStrToUpper(absl::StrCat(
        country, tax["state"].text().empty() ? "" : "-" + tax["state"].text(), "-", rate.label, "-", rate.priority));
    rate.percent = ToMoney(tax["rate"]);
    rate.compound = tax["compound"].AsBool();
    rate.shipping = tax["shipping"].AsBool();
    const bool taken =
        std::any_of(rates.begin(), rates.end(), [&](const Rate& r) { return r.priority == rate.priority; });
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
      const ExactDecimal amount =
          Percent(base, rate.percent).Round(config.prices_include_tax ? 6 : 2, Ties::kAwayFromZero);
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
  Json line = Json::Object({{"id", NextItem()},
                            {"name", ""},
                            {"product_id", 0},
                            {"variation_id", 0},
                            {"quantity", quantity},
                            {"tax_class", ""},
                            {"subtotal", "0.00"},
                            {"subtotal_tax", "0.00"},
                            {"total", "0.00"},
                            {"total_tax", "0.00"},
                            {"taxes", Json::Array()},
                            {"meta_data", Json::Array()},
                            {"sku", Json()},
                            {"price", 0},
                            {"image", Json::Object({{"id", ""}, {"src", ""}})},
                            {"parent_name", Json()}});
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
  line.Set("subtotal",
           body.Has("subtotal") ? body["subtotal"] : (body.Has("total") ? body["total"] : Json(plain.ToString())));
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
    const auto line =
        std::find_if(items.begin(), items.end(), [&](const Json& l) { return l["id"].AsInt() == body["id"].AsInt(); });
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
      line = std::find_if(items.begin(), items.end(),
                          [&](const Json& l) { return l["id"].AsInt() == given["id"].AsInt(); });
      if (line == items.end()) continue;
      const char* name = shipping ? "method_id" : "name";
      if (given.Has(name) && given[name].IsNull()) {
        items.erase(line);
        continue;
      }
    } else {
      Json fresh = shipping ? Json::Object({{"id", NextItem()},
                                            {"method_title", ""},
                                            {"method_id", ""},
                                            {"instance_id", ""},
                                            {"total", "0.00"},
                                            {"total_tax", "0.00"},
                                            {"taxes", Json::Array()},
                                            {"meta_data", Json::Array()}})
                            : Json::Object({{"id", NextItem()},
                                            {"name", ""},
                                            {"tax_class", ""},
                                            {"tax_status", "taxable"},
                                            {"amount", ""},
                                            {"total", "0.00"},
                                            {"total_tax", "0.00"},
                                            {"taxes", Json::Array()},
                                            {"meta_data", Json::Array()}});
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
      const ExactDecimal amount =
          Percent(base, rate.percent).Round(config.prices_include_tax ? 6 : 2, Ties::kAwayFromZero);
      sum = sum + amount;
      taxes.Push(Json::Object({{"id", rate.id},
                               {"total", (config.prices_include_tax ? amount.Trimmed() : amount).ToString()},
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
                      config.modern
                          ? absl::StrCat("Coupon &quot;", code, "&quot; cannot be applied because it does not exist.")
                          : absl::StrCat("Coupon \"", code, "\" does not exist!"));
    }
    const auto expires = Seconds(*coupon, "date_expires_gmt");
    if (expires.has_value() &&
        *expires < std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count()) {
      return WooError(
          400, "woocommerce_rest_invalid_coupon",
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
    (*order)["coupon_lines"].Push(Json::Object({{"id", NextItem()},
                                                {"code", code},
                                                {"discount", Money2(discount)},
                                                {"discount_tax", Money2(discount_tax)},
                                                {"meta_data", Json::Array()}}));
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
        rate_code = absl::AsciiStrToUpper(
            absl::StrCat((*tax)["country"].text(), (*tax)["state"].text().empty() ? "" : "-" + (*tax)["state"].text(),
                         "-", label.text(), "-", (*tax)["priority"].AsInt()));
      }
    }
    tax_lines.Push(Json::Object({{"id", NextItem()},
                                 {"rate_code", rate_code},
                                 {"rate_id", entry.first},
                                 {"label", label},
                                 {"compound", tax != nullptr && (*tax)["compound"].AsBool()},
                                 {"tax_total", Money2(entry.second.first)},
                                 {"shipping_tax_total", Money2(entry.second.second)},
                                 {"rate_percent", percent},
                                 {"meta_data", Json::Array()}}));
  }
  order->Set("tax_lines", std::move(tax_lines));
}

}  // namespace internal
}  // namespace testing
FAIRLEAD_NAMESPACE_END
