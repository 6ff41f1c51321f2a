#include "examples/quickstart/erp.h"

#include <algorithm>
#include <set>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "examples/quickstart/json.h"
#include "fairlead/core/error.h"
#include "fairlead/models/decimal.h"

namespace quickstart {

using fairlead::testing::RequestNature;

namespace {

constexpr char kEast[] = "WH-EAST";
constexpr char kWest[] = "WH-WEST";

bool Contains(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

std::string Quoted(const std::string& text) { return "\"" + text + "\""; }

// {"method":"model.sale.sale.create",…}: what a network may repeat, and what no client could survive.
RequestNature NatureOfCall(std::string_view, std::string_view, std::string_view body) {
  const std::string method = Json::Parse(body)["method"].text();
  const std::string verb = method.substr(method.rfind('.') + 1);
  static const auto* const reads = new std::set<std::string>{
      "read",    "search",          "search_read", "search_count", "search_read_count", "fields_get", "default_get",
      "version", "get_preferences", "login",       "logout"};
  if (reads->count(verb) != 0) return RequestNature::kRead;
  if (verb == "create" || verb == "copy" || method.rfind("wizard.", 0) == 0) return RequestNature::kCreates;
  return RequestNature::kSetsState;
}

}  // namespace

bool Sale::total_matches(const std::string& store_total) const {
  const auto here = fairlead::models::ParseDecimal(total);
  const auto there = fairlead::models::ParseDecimal(store_total);
  return here.ok() && there.ok() && *here == *there;
}

absl::StatusOr<std::unique_ptr<Erp>> Erp::Start(const RealTryton& real) {
  std::unique_ptr<Erp> erp(new Erp);
  erp->real_ = real;
  if (real.url.empty()) {
    FAIRLEAD_RETURN_IF_ERROR(erp->StartSandbox());
    return erp;
  }
  FAIRLEAD_RETURN_IF_ERROR(erp->LogIn());
  fairlead::testing::FaultProxyOptions proxy;
  proxy.target = real.url;
  proxy.nature = NatureOfCall;
  auto started = fairlead::testing::FaultProxy::Start(proxy, erp->transport_);
  if (!started.ok()) return started.status();
  erp->proxy_ = std::move(*started);
  return erp;
}

absl::Status Erp::StartSandbox() {
  auto sandbox = fairlead::testing::SandboxTryton::Start();
  if (!sandbox.ok()) return sandbox.status();
  sandbox_ = std::move(*sandbox);
  real_ = {sandbox_->url(), sandbox_->database(), sandbox_->user(), sandbox_->password()};
  for (const char* code : {"SHIPPING", "FEE", "ROUNDING", "STORE-TAX"}) {
    fairlead::testing::SandboxProduct product;
    product.code = code;
    product.type = "service";
    FAIRLEAD_RETURN_IF_ERROR(sandbox_->AddProduct(product).status());
  }
  return absl::OkStatus();
}

std::string Erp::Describe() const {
  return sandbox_ != nullptr
             ? "Tryton sandbox with two warehouses   " + real_.url
             : "a real Tryton with two warehouses   " + real_.url + "   behind a proxy that loses answers";
}

std::vector<std::string> Erp::ServiceArguments() const {
  return {"--tryton-url",      proxy_ != nullptr ? proxy_->url() : real_.url,
          "--tryton-database", real_.database,
          "--tryton-user",     real_.user,
          "--tryton-password", real_.password};
}

absl::Status Erp::LogIn() {
  const auto session =
      Post("common.db.login", "[" + Quoted(real_.user) + R"(,{"password":)" + Quoted(real_.password) + "}]");
  if (!session.ok()) return session.status();
  const auto parts = Json::Parse(*session).items();
  if (parts.size() < 2) return absl::PermissionDeniedError("Tryton refuses the log-in of " + real_.user);
  authorization_ =
      "Session " + absl::Base64Escape(absl::StrCat(real_.user, ":", parts[0].text(), ":", parts[1].text()));
  const auto preferences = Post("model.res.user.get_preferences", "[true,{}]");
  if (!preferences.ok()) return preferences.status();
  context_ = *preferences;
  return absl::OkStatus();
}

absl::StatusOr<std::string> Erp::Call(std::string_view method, const std::string& params) {
  const std::string all = "[" + params + "," + context_ + "]";
  return sandbox_ != nullptr ? sandbox_->Call(method, all) : Post(method, all);
}

// Staff's own calls: past the proxy, never repeated.
absl::StatusOr<std::string> Erp::Post(std::string_view method, const std::string& params) {
  fairlead::http::Request request;
  request.method = "POST";
  request.url = real_.url + "/" + real_.database + "/";
  request.headers = {{"Content-Type", "application/json"}};
  if (!authorization_.empty()) {
    request.secret_headers.emplace_back("Authorization", fairlead::Secret(authorization_));
  }
  request.body = R"({"id":1,"method":")" + std::string(method) + R"(","params":)" + params + "}";
  fairlead::http::CallOptions options;
  options.effect = fairlead::Effect::kBlind;
  auto response = transport_.Send(request, options);
  if (!response.ok()) return response.status();
  if (response->status != 200) {
    return absl::InternalError(absl::StrCat(std::string(method), ": HTTP ", response->status));
  }
  // {"id": 1, "result": …}: cut out, as the sandbox answers it.
  constexpr std::string_view kResult = "\"result\":";
  const std::size_t at = response->body.find(kResult);
  if (at == std::string::npos || response->body.find("\"error\":") < at) {
    return absl::FailedPreconditionError(std::string(method) + ": " + response->body.substr(0, 300));
  }
  const std::size_t begin = at + kResult.size();
  return response->body.substr(begin, response->body.rfind('}') - begin);
}

absl::StatusOr<std::string> Erp::FirstId(std::string_view model, const std::string& domain) {
  const auto found = Call(absl::StrCat("model.", std::string(model), ".search"), domain + ",0,1,null");
  if (!found.ok()) return found.status();
  const auto ids = Json::Parse(*found).items();
  return ids.empty() ? std::string() : ids.front().text();
}

absl::Status Erp::AddToSandbox(const std::string& sku, const std::string& warehouse, double quantity) {
  fairlead::testing::SandboxProduct product;
  product.code = sku;
  FAIRLEAD_RETURN_IF_ERROR(sandbox_->AddProduct(product).status());
  return sandbox_->SetStock(sku, warehouse, quantity);
}

absl::Status Erp::AddToReal(const std::vector<std::string>& skus, const std::vector<std::string>& second_warehouse,
                            double quantity) {
  if (skus.empty()) return absl::OkStatus();
  FAIRLEAD_ASSIGN_OR_RETURN(const std::string unit, FirstId("product.uom", R"([["name","=","Unit"]])"));
  FAIRLEAD_ASSIGN_OR_RETURN(const std::string goods, FirstId("product.category", R"([["name","=","Goods"]])"));
  std::string templates;
  for (const std::string& sku : skus) {
    absl::StrAppend(&templates, templates.empty() ? "" : ",", R"({"name":")", sku, R"(","type":"goods","default_uom":)",
                    unit, R"(,"sale_uom":)", unit, R"(,"account_category":)", goods,
                    R"(,"salable":true,"list_price":{"__class__":"Decimal","decimal":"10"},)",
                    R"("products":[["create",[{"suffix_code":")", sku, R"("}]]]})");
  }
  FAIRLEAD_RETURN_IF_ERROR(Call("model.product.template.create", "[" + templates + "]").status());
  for (const char* warehouse : {kEast, kWest}) {
    std::string lines;
    for (const std::string& sku : skus) {
      if (Contains(second_warehouse, sku) != (warehouse == kWest)) continue;
      FAIRLEAD_ASSIGN_OR_RETURN(const std::string product,
                                FirstId("product.product", R"([["code","=",)" + Quoted(sku) + "]]"));
      absl::StrAppend(&lines, lines.empty() ? "" : ",", R"({"product":)", product, R"(,"quantity":)", quantity, "}");
    }
    if (lines.empty()) continue;
    const auto place = Call("model.stock.location.search_read",
                            R"([["code","=",)" + Quoted(warehouse) + R"(]],0,1,null,["storage_location"])");
    if (!place.ok()) return place.status();
    const auto rows = Json::Parse(*place).items();
    if (rows.empty()) return absl::NotFoundError(std::string("Tryton has no warehouse ") + warehouse);
    const auto inventory =
        Call("model.stock.inventory.create", R"([{"location":)" + rows.front()["storage_location"].text() +
                                                 R"(,"lines":[["create",[)" + lines + "]]]}]");
    if (!inventory.ok()) return inventory.status();
    FAIRLEAD_RETURN_IF_ERROR(Call("model.stock.inventory.confirm", *inventory).status());
  }
  return absl::OkStatus();
}

absl::Status Erp::AddItems(const std::vector<std::string>& skus, const std::vector<std::string>& second_warehouse,
                           double quantity) {
  std::vector<std::string> missing;
  for (const std::string& sku : skus) {
    const auto known = Call("model.product.product.search_count", R"([["code","=",")" + sku + R"("]])");
    if (!known.ok()) return known.status();
    if (*known == "0" || *known == " 0") missing.push_back(sku);
  }
  if (sandbox_ == nullptr) return AddToReal(missing, second_warehouse, quantity);
  for (const std::string& sku : missing)
    FAIRLEAD_RETURN_IF_ERROR(AddToSandbox(sku, Contains(second_warehouse, sku) ? kWest : kEast, quantity));
  return absl::OkStatus();
}

std::map<std::string, Sale> Erp::Sales() {
  std::map<std::string, Sale> sales;
  const auto answer = Call("model.sale.sale.search_read",
                           R"([["reference","!=",null]],0,null,null,["reference","state","total_amount"])");
  if (!answer.ok()) return sales;
  const Json records = Json::Parse(*answer);
  for (const Json& record : records.items()) {
    Sale& sale = sales[record["reference"].text()];
    ++sale.count;
    const std::string state = record["state"].text();
    sale.processed = sale.processed && (state == "processing" || state == "done");
    sale.total = record["total_amount"]["decimal"].text();
  }
  return sales;
}

absl::StatusOr<std::vector<std::string>> Erp::Shipments(const std::string& reference) {
  const auto sale = Call("model.sale.sale.search_read",
                         R"([["reference","=",)" + Quoted(reference) + R"(]],0,null,null,["shipments"])");
  if (!sale.ok()) return sale.status();
  std::vector<std::string> ids;
  for (const Json& record : Json::Parse(*sale).items()) {
    for (const Json& id : record["shipments"].items()) ids.push_back(id.text());
  }
  return ids;
}

absl::Status Erp::Split(const std::string& shipment, const std::vector<std::string>& skus) {
  const auto read =
      Call("model.stock.shipment.out.read", "[" + shipment + R"(],["outgoing_moves","customer","delivery_address"])");
  if (!read.ok()) return read.status();
  const auto rows = Json::Parse(*read).items();
  std::string moves;
  for (const Json& move : rows.front()["outgoing_moves"].items()) {
    absl::StrAppend(&moves, moves.empty() ? "" : ",", move.text());
  }
  const auto goods =
      Call("model.stock.move.search_read", R"([["id","in",[)" + moves + R"(]]],0,null,null,["product.code"])");
  if (!goods.ok()) return goods.status();
  std::string leaving;
  for (const Json& move : Json::Parse(*goods).items()) {
    std::string code = move["product."]["code"].text();
    if (code.empty()) code = move["product.code"].text();
    if (Contains(skus, code)) absl::StrAppend(&leaving, leaving.empty() ? "" : ",", move["id"].text());
  }
  if (leaving.empty() || leaving.size() == moves.size())
    return absl::NotFoundError("nothing of it lies in the other warehouse");
  const auto west = Call("model.stock.location.search_read",
                         R"([["code","=",)" + Quoted(kWest) + R"(]],0,1,null,["output_location"])");
  if (!west.ok()) return west.status();
  const Json place = Json::Parse(*west).items().front();
  const auto created =
      Call("model.stock.shipment.out.create", R"([{"customer":)" + rows.front()["customer"].text() +
                                                  R"(,"delivery_address":)" + rows.front()["delivery_address"].text() +
                                                  R"(,"warehouse":)" + place["id"].text() + "}]");
  if (!created.ok()) return created.status();
  const std::string other = Json::Parse(*created).items().front().text();
  FAIRLEAD_RETURN_IF_ERROR(Call("model.stock.move.write", "[" + leaving + R"(],{"shipment":"stock.shipment.out,)" +
                                                              other + R"(","from_location":)" +
                                                              place["output_location"].text() + "}")
                               .status());
  FAIRLEAD_RETURN_IF_ERROR(Call("model.stock.shipment.out.wait", "[" + other + "]").status());
  return Call("model.stock.shipment.out.wait", "[" + shipment + "]").status();
}

// As the client's user would: reserve, pick, put into one package, send off. Empty: the goods are short.
absl::StatusOr<std::string> Erp::ShipOne(const std::string& shipment) {
  const std::string ids = "[" + shipment + "]";
  const auto read = Call("model.stock.shipment.out.read", ids + R"(,["outgoing_moves","number"])");
  if (!read.ok()) return read.status();
  const Json row = Json::Parse(*read).items().front();
  std::string moves;
  for (const Json& move : row["outgoing_moves"].items()) {
    absl::StrAppend(&moves, moves.empty() ? "" : ",", move.text());
  }
  const auto assigned = Call("model.stock.shipment.out.assign_try", ids);
  if (!assigned.ok()) return assigned.status();
  if (assigned->find("true") == std::string::npos) return std::string();
  FAIRLEAD_RETURN_IF_ERROR(Call("model.stock.shipment.out.pick", ids).status());
  const std::string tracking = "TRK-" + row["number"].text();
  FAIRLEAD_RETURN_IF_ERROR(Call("model.stock.package.create", R"([{"shipment":"stock.shipment.out,)" + shipment +
                                                                  R"(","type":1,"shipping_reference":)" +
                                                                  Quoted(tracking) + R"(,"moves":[["add",[)" + moves +
                                                                  "]]]}]")
                               .status());
  if (const auto packed = Call("model.stock.shipment.out.pack", ids); !packed.ok()) {
    // No carrier: a warning that staff acknowledge.
    FAIRLEAD_RETURN_IF_ERROR(
        Call("model.res.user.warning.create",
             R"([{"user":1,"name":"shipment_out_no_carrier_stock.shipment.out,)" + shipment + R"(","always":false}])")
            .status());
    FAIRLEAD_RETURN_IF_ERROR(Call("model.stock.shipment.out.pack", ids).status());
  }
  FAIRLEAD_RETURN_IF_ERROR(Call("model.stock.shipment.out.done", ids).status());
  return tracking;
}

std::vector<Shipped> Erp::Ship(const fairlead::testing::SandboxOrderSet& orders, std::size_t count) {
  std::vector<std::int64_t> ids = orders.eligible;
  const auto two = std::find(ids.begin(), ids.end(), orders.two_warehouses);
  if (two != ids.end()) std::rotate(ids.begin(), two, two + 1);
  std::vector<Shipped> shipped;
  for (const std::int64_t id : ids) {
    if (shipped.size() >= count) break;
    const std::string reference = "WEB-" + std::to_string(id);
    auto shipments = Shipments(reference);
    if (id == orders.two_warehouses && shipments.ok() && !shipments->empty()) {
      if (!Split(shipments->front(), orders.second_warehouse_skus).ok()) continue;
      shipments = Shipments(reference);
    }
    if (!shipments.ok()) continue;
    Shipped done{id, {}};
    for (const std::string& shipment : *shipments) {
      const auto tracking = ShipOne(shipment);
      if (tracking.ok() && !tracking->empty()) done.tracking.push_back(*tracking);
    }
    // Short of stock, or an order of services alone: nothing leaves.
    if (!done.tracking.empty()) shipped.push_back(std::move(done));
  }
  return shipped;
}

void Erp::SetFaults(const fairlead::testing::FaultPlan& plan) {
  if (sandbox_ != nullptr)
    sandbox_->SetFaults(plan);
  else
    proxy_->SetFaults(plan);
}
std::int64_t Erp::Faults() const { return sandbox_ != nullptr ? sandbox_->Faults().Total() : proxy_->Faults().Total(); }

}  // namespace quickstart
