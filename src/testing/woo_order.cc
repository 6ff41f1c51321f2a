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
  for (const char* known : {"auto-draft", "pending", "processing", "on-hold", "completed", "cancelled", "refunded",
                            "failed", "checkout-draft"}) {
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

}  // namespace

bool WooStore::IsOrderStatus(const std::string& text) { return IsStatus(text); }

void WooStore::AddNote(std::int64_t order, const std::string& text, bool customer, const char* author) {
  Json note = Json::Object({{"id", next_comment_++},
                            {"author", author},
                            {"date_created", Json()},
                            {"date_created_gmt", Json()},
                            {"note", text},
                            {"customer_note", customer}});
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
    AddNote(id,
            absl::StrCat("Stock levels reduced: ", line["name"].text(), " (", before, "&rarr;", before - taken, ")"),
            false, "WooCommerce");
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
  order->Set("is_editable",
             status == "pending" || status == "on-hold" || status == "auto-draft" || status == "checkout-draft");
  order->Set("needs_payment", (status == "pending" || status == "failed") && !ToMoney((*order)["total"]).IsZero());
  order->Set("needs_processing", (*order)["line_items"].size() > 0);
  if (TakesStock(status)) ReduceStock(order);
  if (status == "cancelled" || status == "pending") RestoreStock(order);
  if (status == "refunded" && before != "refunded") {
    // WooCommerce makes a refund of the rest by itself.
    ExactDecimal left = ToMoney((*order)["total"]);
    for (const Json& refund : refunds[(*order)["id"].AsInt()]) left = left - ToMoney(refund["amount"]);
    if (!left.IsZero()) {
      (void)CreateRefund(
          (*order)["id"].AsInt(),
          Json::Object({{"amount", Money2(left)}, {"reason", "Order fully refunded."}, {"api_refund", false}}));
    }
  }
}

WooAnswer WooStore::CheckOrderBody(const Json& body) const {
  if (const Json* customer = body.Find("customer_id")) {
    const bool integer =
        customer->IsInteger() || (customer->IsString() && !customer->text().empty() &&
                                  customer->text().find_first_not_of("0123456789") == std::string::npos);
    if (!integer) return WooInvalidParam("customer_id", "customer_id is not of type integer.");
    if (customer->AsInt() != 0 && Find("customers", customer->AsInt()) == nullptr && customer->AsInt() != 1) {
      return WooError(400, "woocommerce_rest_invalid_customer_id", "Customer ID is invalid.");
    }
  }
  for (const char* lines : {"line_items", "shipping_lines", "fee_lines", "coupon_lines", "meta_data"}) {
    const Json* list = body.Find(lines);
    if (list != nullptr && !list->IsArray())
      return WooInvalidParam(lines, absl::StrCat(lines, " is not of type array."));
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
  for (const char* name :
       {"currency", "payment_method", "payment_method_title", "transaction_id", "customer_note", "created_via"}) {
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
  if (body["id"].AsInt() != 0)
    return WooError(400, "woocommerce_rest_shop_order_exists", "Cannot create existing shop_order.");
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
    AddNote(
        id,
        absl::StrCat("Payment via ", order["payment_method_title"].text(), " (", order["transaction_id"].text(), ")."),
        false, "WooCommerce");
  }
  const std::string path = absl::StrCat("orders/", id);
  Json links = Links(path, "orders");
  if (order["customer_id"].AsInt() != 0) {
    links.Set("customer", Json::Array({Json::Object({{"href", absl::StrCat(config.site, "/wp-json/wc/v3/customers/",
                                                                           order["customer_id"].text())}})}));
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
  const bool meaningful = changed != *order ||
                          (body.Has("status") && body["status"].text() != (*order)["status"].text()) ||
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
    MergeMeta(&copy,
              Json::Array({Json::Object({{"key", "_refunded_item_id"}, {"value", line->operator[]("id").text()}})}));
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
  if (amount.IsNegative())
    return fail("woocommerce_rest_invalid_order_refund", "Refund amount must be greater than zero.", 400);
  if (left < amount) return fail("woocommerce_rest_cannot_create_order_refund", "Invalid refund amount.", 500);
  const bool through_gateway = !body["api_refund"].IsBool() || body["api_refund"].AsBool();
  if (through_gateway) {
    return fail("woocommerce_rest_cannot_create_order_refund",
                "The payment gateway for this order does not support automatic refunds.", 500);
  }
  const std::int64_t refund_id = NextPost();
  Json refund = Json::Object({{"id", refund_id},
                              {"date_created", Json()},
                              {"date_created_gmt", Json()},
                              {"amount", Money2(amount)},
                              {"reason", body["reason"].text()},
                              {"refunded_by", 1},
                              {"refunded_payment", false},
                              {"meta_data", Json::Array()},
                              {"line_items", std::move(lines)},
                              {"shipping_lines", std::move(shipping)},
                              {"tax_lines", Json::Array()},
                              {"fee_lines", Json::Array()}});
  Stamp(&refund, "date_created", now);
  const bool full = amount == left;
  MergeMeta(&refund, Json::Array({Json::Object({{"key", "_refund_type"}, {"value", full ? "full" : "partial"}})}));
  const std::string path = absl::StrCat("orders/", id, "/refunds/", refund_id);
  refund.Set("_links", Links(path, absl::StrCat("orders/", id, "/refunds")));
  refunds[id].insert(refunds[id].begin(), refund);
  auto& summaries = (*order)["refunds"].items();
  summaries.insert(
      summaries.begin(),
      Json::Object({{"id", refund_id}, {"reason", body["reason"].text()}, {"total", "-" + Money2(amount)}}));
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
