#include "tests/scenarios/shop.h"

#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "fairlead/core/error.h"
#include "fairlead/models/decimal.h"

namespace fairlead::scenarios {
namespace {

std::string Now() {
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(Runtime::System().clock->WallNow().time_since_epoch()).count();
  return absl::FormatTime("%Y-%m-%dT%H:%M:%S", absl::FromUnixSeconds(seconds), absl::UTCTimeZone());
}

std::string Address(const OrderSpec& order, bool with_email) {
  std::string text = absl::StrCat(
      R"({"first_name":")", order.first_name, R"(","last_name":")", order.last_name, R"(","company":")", order.company,
      R"(","address_1":"88 Example Quay","address_2":"","city":"Portland","state":"OR","postcode":"97201","country":"US","phone":"")");
  if (with_email) absl::StrAppend(&text, R"(,"email":")", order.email, "\"");
  return text + "}";
}

}  // namespace

absl::StatusOr<http::Response> LosingTransport::Send(const http::Request& request, const http::CallOptions& options) {
  bool lose = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (options.effect.has_value() && *options.effect != Effect::kRead) ++effects_;
    lose =
        times_ > 0 && (request.body.find(lose_) != std::string::npos || request.url.find(lose_) != std::string::npos);
    if (lose) {
      --times_;
      ++lost_;
    }
  }
  absl::StatusOr<http::Response> response = inner_.Send(request, options);
  if (!lose || !response.ok()) return response;
  return MakeError(ErrorKind::kUnknownOutcome, Outcome::kUnknown, "the connection closed without an answer");
}

void LosingTransport::LoseAnswersTo(std::string text, int times) {
  const std::lock_guard<std::mutex> lock(mutex_);
  lose_ = std::move(text);
  times_ = times;
}

int LosingTransport::lost() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return lost_;
}

int LosingTransport::effects() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return effects_;
}

void Shop::SetUp() {
  auto store = testing::SandboxWoo::Start();
  ASSERT_OK(store);
  store_ = *std::move(store);
  staff_ = std::make_unique<conformance::WooApi>(store_->url(), store_->consumer_key(), store_->consumer_secret());
  auto erp = testing::SandboxTryton::Start();
  ASSERT_OK(erp);
  erp_ = *std::move(erp);
  testing::SandboxProduct tax;
  tax.code = "STORE-TAX";
  tax.type = "service";
  ASSERT_OK(erp_->AddProduct(tax));

  WooOptions web;
  web.base_url = store_->url();
  web.credentials = [this] { return WooCredentials{store_->consumer_key(), Secret(store_->consumer_secret())}; };
  web.webhook_secrets = {Secret("scenario-secret")};
  web.d_max = std::chrono::milliseconds(100);
  auto web_connector = WooCommerceConnector::Create(web, to_store_);
  ASSERT_OK(web_connector);
  web_connector_ = *std::move(web_connector);

  TrytonOptions back;
  back.base_url = erp_->url();
  back.database = erp_->database();
  back.user = erp_->user();
  back.password = [this] { return Secret(erp_->password()); };
  back.warehouses = {{"WH-EAST", "WH-EAST"}, {"WH-WEST", "WH-WEST"}};
  back.default_warehouse = "WH-EAST";
  back.payment_term = "Net 30";
  back.tax_line_product = "STORE-TAX";
  back.d_max = std::chrono::milliseconds(100);
  auto erp_connector = TrytonConnector::Create(back, to_erp_, Runtime::System());
  ASSERT_OK(erp_connector);
  erp_connector_ = *std::move(erp_connector);

  std::ifstream in(FAIRLEAD_SCENARIO_POLICY);
  ASSERT_TRUE(in.good()) << FAIRLEAD_SCENARIO_POLICY;
  std::ostringstream text;
  text << in.rdbuf();
  const auto bundle = policy::ReadBundle(text.str(), "storefront-erp.txtpb");
  ASSERT_OK(bundle);
  const auto policy =
      policy::CompiledPolicy::Compile(*bundle, {{"web", web_connector_.get()}, {"erp", erp_connector_.get()}});
  ASSERT_OK(policy);
  policy_ = *policy;
  auto opened = OpenSqlite(":memory:");
  ASSERT_OK(opened);
  ledger_store_ = *std::move(opened);
  MakeEngine();
}

void Shop::MakeEngine(WallTime adopt_before) {
  sync::EngineOptions options;
  options.tenant = "acme";
  options.mode = sync::Mode::kEnforce;
  options.adopt_before = adopt_before;
  options.max_writes_per_hour = 0;
  options.request_timeout = std::chrono::milliseconds(1'000);
  options.lease = std::chrono::milliseconds(10'000);
  options.dependency_delay = std::chrono::milliseconds(20);
  options.retry.base = std::chrono::milliseconds(10);
  options.retry.throttled_base = std::chrono::milliseconds(10);
  options.retry.durable_ladder.assign(9, std::chrono::seconds(1));
  auto engine = sync::Engine::Create(*ledger_store_, {{"web", web_connector_.get()}, {"erp", erp_connector_.get()}},
                                     policy_, options);
  ASSERT_OK(engine);
  engine_ = *std::move(engine);
}

void Shop::Stock(const std::string& sku, int quantity, int store_quantity, const std::string& price) {
  const auto added = store_->AddProduct(absl::StrCat(
      R"({"name":")", sku, R"(","type":"simple","status":"publish","sku":")", sku, R"(","regular_price":")", price,
      R"(","manage_stock":true,"stock_quantity":)", store_quantity < 0 ? std::max(quantity, 0) : store_quantity, "}"));
  ASSERT_OK(added);
  products_[sku] = *added;
  if (quantity < 0) return;
  testing::SandboxProduct product;
  product.code = sku;
  ASSERT_OK(erp_->AddProduct(product));
  ASSERT_OK(erp_->SetStock(sku, "WH-EAST", quantity));
}

void Shop::Place(const OrderSpec& order) {
  const std::string now = Now();
  std::string lines;
  for (const Line& line : order.lines) {
    const std::string subtotal = line.subtotal.empty() ? line.total : line.subtotal;
    const std::string subtotal_tax = line.subtotal_tax.empty() ? line.tax : line.subtotal_tax;
    absl::StrAppend(&lines, lines.empty() ? "" : ",", R"({"id":)", ++next_line_, R"(,"name":")",
                    line.title.empty() ? line.sku : line.title, R"(","product_id":)", products_[line.sku],
                    R"(,"variation_id":0,"quantity":)", line.quantity, R"(,"tax_class":"","subtotal":")", subtotal,
                    R"(","subtotal_tax":")", subtotal_tax, R"(","total":")", line.total, R"(","total_tax":")", line.tax,
                    R"(","taxes":[],"meta_data":[],"sku":")", line.sku, R"(","price":1})");
  }
  const auto charges = [&](const std::vector<Charge>& list, bool shipping) {
    std::string text;
    for (const Charge& charge : list) {
      absl::StrAppend(&text, text.empty() ? "" : ",", R"({"id":)", ++next_line_,
                      shipping ? R"(,"method_title":")" : R"(,"name":")", charge.title,
                      shipping ? R"(","method_id":"flat_rate","instance_id":"1","total":")"
                               : R"(","tax_class":"","tax_status":"none","amount":"","total":")",
                      charge.total, R"(","total_tax":")", charge.tax, R"(","taxes":[],"meta_data":[]})");
    }
    return text;
  };
  std::string taxes;
  for (const TaxLine& tax : order.taxes) {
    absl::StrAppend(&taxes, taxes.empty() ? "" : ",", R"({"id":)", ++next_line_, R"(,"rate_code":")", tax.label,
                    R"(","rate_id":)", tax.rate_id, R"(,"label":")", tax.label, R"(","compound":false,"tax_total":")",
                    tax.total, R"(","shipping_tax_total":")", tax.shipping, R"(","rate_percent":)", tax.rate,
                    R"(,"meta_data":[]})");
  }
  std::string coupons;
  if (!order.coupon.empty()) {
    coupons = absl::StrCat(R"({"id":)", ++next_line_, R"(,"code":")", order.coupon, R"(","discount":")", order.discount,
                           R"(","discount_tax":")", order.discount_tax, R"(","meta_data":[]})");
  }
  std::string shipping_total = "0.00";
  if (!order.shipping.empty()) shipping_total = order.shipping.front().total;
  const std::string json = absl::StrCat(
      R"({"id":)", order.id, R"(,"parent_id":0,"status":")", order.status, R"(","currency":")", order.currency,
      R"(","version":"10.6.2","prices_include_tax":)", order.prices_include_tax ? "true" : "false",
      R"(,"date_created":")", now, R"(","date_modified":")", now, R"(","date_created_gmt":")", now,
      R"(","date_modified_gmt":")", now, R"(","date_paid_gmt":)",
      order.status == "pending" ? "null" : absl::StrCat("\"", now, "\""),
      R"(,"date_completed_gmt":null,"discount_total":")", order.discount, R"(","discount_tax":")", order.discount_tax,
      R"(","shipping_total":")", shipping_total, R"(","shipping_tax":"0.00","cart_tax":")", order.total_tax,
      R"(","total":")", order.total, R"(","total_tax":")", order.total_tax, R"(","customer_id":)", order.customer,
      R"(,"order_key":"wc_order_)", order.id, R"(","number":")", order.id, R"(","billing":)", Address(order, true),
      R"(,"shipping":)", Address(order, false),
      R"(,"payment_method":"bacs","payment_method_title":"Bank transfer","transaction_id":"","created_via":"checkout","customer_note":"","cart_hash":"","meta_data":[],)",
      R"("line_items":[)", lines, R"(],"tax_lines":[)", taxes, R"(],"shipping_lines":[)", charges(order.shipping, true),
      R"(],"fee_lines":[)", charges(order.fees, false), R"(],"coupon_lines":[)", coupons, R"(],"refunds":[]})");
  ASSERT_OK(store_->AddOrder(json));
}

void Shop::Settle() {
  int quiet = 0;
  for (int round = 0; round < 600 && quiet < 2; ++round) {
    const auto polled = engine_->PollAll();
    const auto step = engine_->Step();
    ASSERT_OK(step);
    const bool moved = !polled.ok() || polled->changed > 0 || polled->intents > 0 || step->deliver.claimed > 0 ||
                       step->ingest.records > 0;
    const bool due = step->next_due.has_value() && *step->next_due < std::chrono::seconds(20);
    quiet = moved || due ? 0 : quiet + 1;
    if (!moved && due) {
      ASSERT_OK(Runtime::System().sleeper->Sleep(*step->next_due, Cancellation()));
    }
  }
  ASSERT_EQ(quiet, 2) << "did not settle";
}

std::vector<Sale> Shop::Sales(const std::string& reference) {
  std::vector<Sale> sales;
  const Json state = Json::Parse(erp_->StateJson());
  for (const Json& entry : state["sales"][reference.c_str()].items()) {
    Sale sale;
    sale.id = entry["id"].integer();
    sale.state = entry["state"].text();
    sale.total = entry["total_amount"].text();
    sale.party = entry["party"].text();
    for (const Json& line : entry["lines"].items()) {
      const std::string quantity = line["quantity"].text();
      sale.lines.push_back({line["code"].text(), quantity, line["unit_price"].text(), line["description"].text()});
    }
    for (const Json& shipment : entry["shipments"].items()) {
      Sale::Shipment one{shipment["state"].text(), shipment["warehouse"].text(), {}};
      for (const Json& tracking : shipment["tracking"].items()) one.tracking.push_back(tracking.text());
      sale.shipments.push_back(std::move(one));
    }
    for (const Json& invoice : entry["invoices"].items())
      sale.invoices.push_back({invoice["state"].text(), invoice["total_amount"].text()});
    sales.push_back(std::move(sale));
  }
  return sales;
}

Sale Shop::OneSale(std::int64_t order) {
  const std::vector<Sale> sales = Sales(absl::StrCat("WEB-", order));
  EXPECT_EQ(sales.size(), 1u) << "sales of order " << order;
  if (sales.size() == 1) return sales.front();
  for (const sync::HeldItem& item : Held())
    ADD_FAILURE() << item.label << " " << item.operation << " " << item.reason << ": " << item.detail;
  return Sale{};
}

std::size_t Shop::AllSales() {
  std::size_t count = 0;
  for (const Json& sales : Json::Parse(erp_->StateJson())["sales"].items()) count += sales.items().size();
  return count;
}

std::size_t Shop::Parties() {
  const auto parties =
      Erp("model.party.contact_mechanism.search_read", R"([["type","=","email"]],0,null,null,["party"])");
  EXPECT_OK(parties);
  std::set<std::string> distinct;
  if (parties.ok()) {
    for (const Json& row : parties->items()) distinct.insert(row["party"].text());
  }
  return distinct.size();
}

Json Shop::StoreOrder(std::int64_t id) {
  const auto order = store_->Get("orders", id);
  EXPECT_OK(order);
  return Json::Parse(order.ok() ? *order : "{}");
}

int Shop::StoreStock(const std::string& sku) {
  const auto product = store_->Get("products", products_[sku]);
  EXPECT_OK(product);
  return product.ok() ? static_cast<int>(Json::Parse(*product)["stock_quantity"].integer()) : -1;
}

sync::OrderView Shop::View(std::int64_t order) {
  const auto view = engine_->ShowOrder(absl::StrCat(order));
  EXPECT_OK(view);
  return view.ok() ? *view : sync::OrderView{};
}

v1::PostingStatus Shop::Posted(std::int64_t order) {
  const sync::OrderView view = View(order);
  EXPECT_EQ(view.order.postings_size(), 1) << "postings of order " << order;
  return view.order.postings_size() == 1 ? view.order.postings(0).status() : v1::POSTING_STATUS_UNSPECIFIED;
}

std::vector<sync::HeldItem> Shop::Held() {
  const auto held = engine_->Held();
  EXPECT_OK(held);
  return held.ok() ? *held : std::vector<sync::HeldItem>{};
}

absl::StatusOr<std::vector<MirrorRow>> Shop::Mirrored(std::string_view system, std::string_view kind) {
  auto tx = ledger_store_->Read();
  if (!tx.ok()) return tx.status();
  return (*tx)->ScanMirror("acme", system, kind, "", 100);
}

absl::StatusOr<Json> Shop::Erp(std::string_view method, const std::string& params) {
  const auto answer = erp_->Call(method, "[" + params + R"(,{"company":1}])");
  if (!answer.ok()) return answer.status();
  return Json::Parse(*answer);
}

bool Shop::SameDecimal(const std::string& a, const std::string& b) {
  const auto left = models::ParseDecimal(a);
  const auto right = models::ParseDecimal(b);
  return left.ok() && right.ok() && *left == *right;
}

}  // namespace fairlead::scenarios
