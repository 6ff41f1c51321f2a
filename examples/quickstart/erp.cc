#include "examples/quickstart/erp.h"

#include <algorithm>

#include "examples/quickstart/json.h"
#include "fairlead/core/error.h"
#include "fairlead/models/decimal.h"

namespace quickstart {

bool Sale::total_matches(const std::string& store_total) const {
  const auto here = fairlead::models::ParseDecimal(total);
  const auto there = fairlead::models::ParseDecimal(store_total);
  return here.ok() && there.ok() && *here == *there;
}

absl::StatusOr<std::unique_ptr<Erp>> Erp::Start(const RealTryton& real) {
  std::unique_ptr<Erp> erp(new Erp);
  erp->real_ = real;
  if (!real.url.empty()) return absl::UnimplementedError("a real Tryton is not driven yet");
  auto sandbox = fairlead::testing::SandboxTryton::Start();
  if (!sandbox.ok()) return sandbox.status();
  erp->sandbox_ = std::move(*sandbox);
  FAIRLEAD_RETURN_IF_ERROR(erp->AddItem("STORE-TAX", "service"));
  return erp;
}

std::string Erp::Describe() const { return "Tryton sandbox with two warehouses   " + sandbox_->url(); }

std::vector<std::string> Erp::ServiceArguments() const {
  return {"--tryton-url",  sandbox_->url(),  "--tryton-database", sandbox_->database(),
          "--tryton-user", sandbox_->user(), "--tryton-password", sandbox_->password()};
}

absl::StatusOr<std::string> Erp::Call(std::string_view method, const std::string& params) {
  return sandbox_->Call(method, "[" + params + "," + context_ + "]");
}

absl::Status Erp::AddItem(const std::string& sku, const std::string& type) {
  fairlead::testing::SandboxProduct product;
  product.code = sku;
  product.type = type;
  return sandbox_->AddProduct(product).status();
}

absl::Status Erp::AddItems(const std::vector<std::string>& skus, const std::vector<std::string>& second_warehouse,
                           double quantity) {
  for (const std::string& sku : skus) {
    const auto known = Call("model.product.product.search_count", R"([["code","=",")" + sku + R"("]])");
    if (!known.ok()) return known.status();
    if (*known == "0")
      FAIRLEAD_RETURN_IF_ERROR(AddItem(sku, "goods"));
    else
      continue;
    const bool second = std::find(second_warehouse.begin(), second_warehouse.end(), sku) != second_warehouse.end();
    FAIRLEAD_RETURN_IF_ERROR(sandbox_->SetStock(sku, second ? "WH-WEST" : "WH-EAST", quantity));
  }
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
    sale.processed = state == "processing" || state == "done";
    sale.total = record["total_amount"]["decimal"].text();
  }
  return sales;
}

std::vector<Shipped> Erp::Ship(const fairlead::testing::SandboxOrderSet& orders, std::size_t count) {
  std::vector<std::int64_t> ids = orders.eligible;
  const auto two = std::find(ids.begin(), ids.end(), orders.two_warehouses);
  if (two != ids.end()) std::rotate(ids.begin(), two, two + 1);
  std::vector<Shipped> shipped;
  for (const std::int64_t id : ids) {
    if (shipped.size() >= count) break;
    const std::string reference = "WEB-" + std::to_string(id);
    if (id == orders.two_warehouses &&
        !sandbox_->SplitToWarehouse(reference, orders.second_warehouse_skus, "WH-WEST").ok())
      continue;
    auto tracking = sandbox_->Ship(reference, "TRK");
    // Short of stock, or an order of services alone: nothing leaves.
    if (tracking.ok() && !tracking->empty()) shipped.push_back({id, *tracking});
  }
  return shipped;
}

void Erp::SetFaults(const fairlead::testing::FaultPlan& plan) { sandbox_->SetFaults(plan); }
std::int64_t Erp::Faults() const { return sandbox_->Faults().Total(); }

}  // namespace quickstart
