// Orders for a whole scenario, with totals that are exact but where a case is about them being wrong.
#include <algorithm>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "src/testing/internal/fault_injector.h"
#include "src/testing/internal/woo_store.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {
namespace internal {

/// One order to make.
struct OrderPlan {
  struct Line {
    std::string sku;
    std::int64_t quantity = 1;
    const char* discount = nullptr;  // percent off, as a coupon
  };
  std::string status = "processing";
  std::vector<Line> lines;
  std::int64_t customer = 0;
  std::string email, first_name, last_name;
  bool shipping = true;
  bool tip = false;
  bool gift_card = false;
  bool mixed_tax = false;  // lines of three tax classes
  bool wrong_total = false;
  int minutes_ago = 0;
  std::uint64_t chance = 0;
};

namespace {

struct Article {
  const char* sku;
  const char* name;
  const char* price;
  bool second_warehouse;
};

constexpr Article kArticles[] = {
    {"FL-1001", "Harbour Lamp", "24.90", false},    {"FL-1002", "Deck Brush", "7.45", false},
    {"FL-1003", "Rope 10 m", "12.00", false},       {"FL-1004", "Signal Flag \xC3\x9C", "3.33", false},
    {"FL-1005", "Oilskin Jacket", "129.99", false}, {"FL-1006", "Tin Mug", "9.95", false},
    {"FL-1007", "Brass Compass", "64.50", false},   {"FL-1008", "Anchor Pin", "0.99", false},
    {"FL-2001", "Wool Blanket", "49.00", true},     {"FL-2002", "Camp Stove", "88.20", true},
};
constexpr const char* kUnmapped = "FL-9999";

constexpr const char* kFirst[] = {"Ada",  "Ben",   "Cleo", "Dario",       "Elif",
                                  "Finn", "Grace", "Hugo", "In\xC3\xA9s", "Jonas"};
constexpr const char* kLast[] = {"Demoson", "Mockett", "Sampler",       "Tester",
                                 "Fixture", "Stubb",   "\xC3\x98rsted", "Proofe"};

/// The store's own classes for the generated orders: their rates exist wherever the goods go.
struct GeneratedRate {
  const char* tax_class;
  const char* name;
  const char* rate;
};
constexpr GeneratedRate kRates[] = {
    {"standard", "FL Standard", "20.0000"}, {"fl-reduced", "FL Reduced", "7.0000"}, {"fl-zero", "FL Zero", "0.0000"}};

}  // namespace

std::int64_t WooStore::MakeGenerated(const OrderPlan& plan) {
  const bool euro = config.currency == "EUR";
  Json address =
      Json::Object({{"first_name", plan.first_name},
                    {"last_name", plan.last_name},
                    {"address_1", absl::StrCat(1 + plan.chance % 320, euro ? " Kaaistraat" : " Quay Street")},
                    {"city", euro ? "Rotterdam" : "Albany"},
                    {"state", euro ? "" : "NY"},
                    {"postcode", euro ? "3011 AB" : "12207"},
                    {"country", euro ? "NL" : "US"}});
  Json billing = address;
  billing.Set("email", plan.email);
  billing.Set("phone", absl::StrCat("+1-202-555-0", 100 + plan.chance % 100));
  Json lines = Json::Array();
  int position = 0;
  for (const OrderPlan::Line& line : plan.lines) {
    Json item = Json::Object({{"sku", line.sku}, {"quantity", line.quantity}});
    ++position;
    lines.Push(std::move(item));
  }
  Json body = Json::Object({{"status", "pending"},
                            {"customer_id", plan.customer},
                            {"billing", std::move(billing)},
                            {"shipping", std::move(address)},
                            {"payment_method", "bacs"},
                            {"payment_method_title", "Bank transfer"},
                            {"created_via", "checkout"},
                            {"line_items", std::move(lines)}});
  if (plan.shipping) {
    body.Set(
        "shipping_lines",
        Json::Array({Json::Object({{"method_id", "flat_rate"}, {"method_title", "Flat rate"}, {"total", "6.95"}})}));
  }
  Json fees = Json::Array();
  if (plan.tip) fees.Push(Json::Object({{"name", "Tip"}, {"total", "2.50"}, {"tax_status", "none"}}));
  if (plan.gift_card)
    fees.Push(Json::Object({{"name", "Gift card GC-77"}, {"total", "-10.00"}, {"tax_status", "none"}}));
  if (fees.size() > 0) body.Set("fee_lines", std::move(fees));

  const WallTime real = now;
  now -= std::chrono::minutes(plan.minutes_ago);
  const EventSink sink = std::exchange(on_event, nullptr);  // one event at the end, as a checkout sends
  const WooAnswer made = CreateOrder(body);
  const std::int64_t id = made.body["id"].AsInt();
  Json* order = Find("orders", id);
  if (order != nullptr) {
    if (plan.mixed_tax) {
      const char* const classes[] = {"", "fl-reduced", "fl-zero"};
      std::size_t i = 0;
      for (Json& line : (*order)["line_items"].items()) {
        const Json* product = FindSku(line["sku"].text());
        line.Set("tax_class", classes[i++ % 3]);
        const ExactDecimal price = ToMoney((*product)["price"]) * ExactDecimal{line["quantity"].AsInt(), 0};
        line.Set("subtotal", price.ToString());
        line.Set("total", price.ToString());
        TaxLine(*order, &line, config.prices_include_tax);
      }
    }
    bool discounted = false;
    for (std::size_t i = 0; i < plan.lines.size(); ++i) discounted = discounted || plan.lines[i].discount != nullptr;
    if (discounted)
      (void)ApplyCoupons(order, Json::Object({{"coupon_lines", Json::Array({Json::Object({{"code", "fl-ten"}})})}}));
    Recalculate(order);
    if (plan.wrong_total) order->Set("total", Money2(ToMoney((*order)["total"]) + ExactDecimal{500, 2}));
    if (plan.status == "checkout-draft") order->Set("created_via", "store-api");
    SetStatus(order, plan.status);
    Touch(order);
  }
  now = real;
  on_event = sink;
  Event("order", "created", id);
  return id;
}

SandboxOrderSet WooStore::Generate(int count, std::uint64_t seed) {
  SandboxOrderSet set;
  const EventSink sink = std::exchange(on_event, nullptr);
  const std::string country = config.currency == "EUR" ? "NL" : "US";
  for (const GeneratedRate& rate : kRates) {
    bool known = false;
    for (const auto& tax : table("taxes")) {
      // A rate that the store has already for this place and class stands.
      known = known || (tax.second["country"].text() == country && tax.second["class"].text() == rate.tax_class &&
                        (tax.second["state"].text().empty() || tax.second["state"].text() == "NY"));
    }
    if (!known) {
      (void)CreateTax(Json::Object({{"country", country},
                                    {"rate", rate.rate},
                                    {"name", rate.name},
                                    {"class", rate.tax_class},
                                    {"shipping", true}}));
    }
  }
  const auto ensure = [&](const char* sku, const char* name, const char* price, std::int64_t stock) {
    if (FindSku(sku) != nullptr) return;
    (void)CreateProduct(Json::Object({{"name", name},
                                      {"sku", sku},
                                      {"regular_price", price},
                                      {"manage_stock", true},
                                      {"stock_quantity", stock},
                                      {"backorders", "yes"}}));
  };
  for (const Article& article : kArticles) ensure(article.sku, article.name, article.price, 10 * count + 200);
  ensure(kUnmapped, "Sold only here", "5.00", 1000);
  (void)CreateCoupon(Json::Object({{"code", "fl-ten"}, {"discount_type", "percent"}, {"amount", "10"}}));
  std::vector<std::int64_t> customers;
  for (int i = 0; i < std::max(2, count / 5); ++i) {
    const std::string first = kFirst[i % 10];
    const std::string last = kLast[i % 8];
    const WooAnswer made = CreateCustomer(Json::Object(
        {{"email", absl::StrCat("buyer", i, ".s", seed, "@mail.example.com")},
         {"first_name", first},
         {"last_name", last},
         {"billing", Json::Object({{"first_name", first},
                                   {"last_name", last},
                                   {"email", absl::StrCat("buyer", i, ".s", seed, "@mail.example.com")}})}}));
    if (made.status == 201) customers.push_back(made.body["id"].AsInt());
  }
  on_event = sink;

  std::vector<std::string> used;
  for (int i = 0; i < count; ++i) {
    OrderPlan plan;
    plan.chance = Mix(seed, static_cast<std::uint64_t>(i));
    plan.minutes_ago = count - i;
    plan.status = plan.chance % 3 == 0 ? "completed" : "processing";
    std::uint64_t bits = plan.chance >> 8;
    const std::size_t lines = 1 + bits % 3;
    for (std::size_t n = 0; n < lines; ++n) {
      bits /= 7;
      const std::string sku = kArticles[(bits + n * 3) % 8].sku;  // of the first warehouse, each at most once
      const bool twice =
          std::any_of(plan.lines.begin(), plan.lines.end(), [&](const auto& line) { return line.sku == sku; });
      if (!twice) plan.lines.push_back({sku, 1 + static_cast<std::int64_t>(bits % 4), nullptr});
    }
    if (i % 3 == 0 || customers.empty()) {
      // Guests; every second one is the same person, spelling the address another way.
      plan.first_name = kFirst[bits % 10];
      plan.last_name = kLast[bits % 8];
      const bool repeat = i % 6 == 0;
      plan.email = repeat ? (i % 12 == 0 ? "Repeat.Guest@mail.example.com" : "repeat.guest@MAIL.example.com")
                          : absl::StrCat("guest", i, ".s", seed, "@mail.example.com");
    } else {
      const std::size_t who = static_cast<std::size_t>(bits) % customers.size();
      plan.customer = customers[who];
      const Json* customer = Find("customers", plan.customer);
      plan.first_name = (*customer)["first_name"].text();
      plan.last_name = (*customer)["last_name"].text();
      plan.email = (*customer)["email"].text();
    }

    enum class Kind { kEligible, kIneligible, kUnmapped, kWrong };
    Kind kind = Kind::kEligible;
    bool refund = false;
    switch (i % 20) {
      case 1:
        if (i == 1) plan.lines = {{kArticles[0].sku, 2, nullptr}, {kArticles[8].sku, 1, nullptr}};
        break;
      case 2:
        plan.status = "pending";
        kind = Kind::kIneligible;
        break;
      case 4:
        plan.status = "failed";
        kind = Kind::kIneligible;
        break;
      case 6:
        plan.status = "cancelled";
        kind = Kind::kIneligible;
        break;
      case 8:
        plan.status = "checkout-draft";
        kind = Kind::kIneligible;
        break;
      case 9:
        plan.lines.push_back({kUnmapped, 1, nullptr});
        kind = Kind::kUnmapped;
        break;
      case 11:
        plan.wrong_total = true;
        kind = Kind::kWrong;
        break;
      case 12:
        plan.tip = true;
        break;
      case 13:
        plan.gift_card = true;
        plan.lines = {{kArticles[4].sku, 1, nullptr}};
        break;
      case 14:
        plan.lines[0].discount = "10";
        break;
      case 15:
        plan.mixed_tax = true;
        plan.lines = {{kArticles[0].sku, 3, nullptr}, {kArticles[3].sku, 7, nullptr}, {kArticles[6].sku, 1, nullptr}};
        break;
      case 16:
        plan.status = "completed";
        refund = true;
        plan.lines = {{kArticles[2].sku, 5, nullptr}};
        break;
      case 17:
        plan.shipping = false;
        break;
      default:
        break;
    }
    const std::int64_t id = MakeGenerated(plan);
    if (i == 1) set.two_warehouses = id;
    if (refund) {
      const Json* order = Find("orders", id);
      const Json& line = (*order)["line_items"].At(0);
      (void)CreateRefund(
          id, Json::Object({{"amount", "12.00"},
                            {"reason", "One came damaged"},
                            {"api_refund", false},
                            {"line_items",
                             Json::Array({Json::Object(
                                 {{"id", line["id"]}, {"quantity", 1}, {"refund_total", Json::Number("12.00")}})})}}));
      set.refunded.push_back(id);
    }
    switch (kind) {
      case Kind::kEligible:
        set.eligible.push_back(id);
        for (const auto& line : plan.lines) used.push_back(line.sku);
        break;
      case Kind::kIneligible:
        set.ineligible.push_back(id);
        break;
      case Kind::kUnmapped:
        set.unmapped.push_back(id);
        break;
      case Kind::kWrong:
        set.irreconcilable.push_back(id);
        break;
    }
  }
  std::sort(used.begin(), used.end());
  used.erase(std::unique(used.begin(), used.end()), used.end());
  set.skus = used;
  for (const Article& article : kArticles) {
    if (article.second_warehouse && std::find(used.begin(), used.end(), article.sku) != used.end()) {
      set.second_warehouse_skus.push_back(article.sku);
    }
  }
  return set;
}

}  // namespace internal
}  // namespace testing
FAIRLEAD_NAMESPACE_END
