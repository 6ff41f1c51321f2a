// The ERP of the quickstart: the sandbox that speaks Tryton's protocol, or a real Tryton. Counted through its own API,
// never through the books of the service.
#ifndef FAIRLEAD_EXAMPLES_QUICKSTART_ERP_H_
#define FAIRLEAD_EXAMPLES_QUICKSTART_ERP_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fairlead/http_curl/curl_transport.h"
#include "fairlead/testing/fault_plan.h"
#include "fairlead/testing/fault_proxy.h"
#include "fairlead/testing/sandbox_tryton.h"
#include "fairlead/testing/sandbox_woo.h"

namespace quickstart {

struct RealTryton {
  std::string url;
  std::string database;
  std::string user;
  std::string password;
};

struct Sale {
  std::size_t count = 0;  // Sales that carry this reference.
  bool processed = true;  // All of them are in state processing or done.
  std::string total;
  bool total_matches(const std::string& store_total) const;
};

struct Shipped {
  std::int64_t order_id = 0;
  std::vector<std::string> tracking;
};

class Erp {
 public:
  static absl::StatusOr<std::unique_ptr<Erp>> Start(const RealTryton& real);

  std::string Describe() const;
  std::vector<std::string> ServiceArguments() const;
  // Items with these SKUs and plenty of stock, in the second warehouse for those named so.
  absl::Status AddItems(const std::vector<std::string>& skus, const std::vector<std::string>& second_warehouse,
                        double quantity);
  std::map<std::string, Sale> Sales();
  // Ships sales of these orders: the one of two warehouses first.
  std::vector<Shipped> Ship(const fairlead::testing::SandboxOrderSet& orders, std::size_t count);
  void SetFaults(const fairlead::testing::FaultPlan& plan);
  std::int64_t Faults() const;

 private:
  Erp() = default;
  absl::Status StartSandbox();
  absl::Status LogIn();
  // `params` without the context, which is added.
  absl::StatusOr<std::string> Call(std::string_view method, const std::string& params);
  absl::StatusOr<std::string> Post(std::string_view method, const std::string& params);
  // The first id that a search finds; empty if there is none.
  absl::StatusOr<std::string> FirstId(std::string_view model, const std::string& domain);
  absl::Status AddToSandbox(const std::string& sku, const std::string& warehouse, double quantity);
  absl::Status AddToReal(const std::vector<std::string>& skus, const std::vector<std::string>& second_warehouse,
                         double quantity);
  // Waiting shipments of a sale.
  absl::StatusOr<std::vector<std::string>> Shipments(const std::string& reference);
  // Lets the moves of these items leave from the other warehouse: its shipment is new.
  absl::Status Split(const std::string& shipment, const std::vector<std::string>& skus);
  absl::StatusOr<std::string> ShipOne(const std::string& shipment);

  std::unique_ptr<fairlead::testing::SandboxTryton> sandbox_;
  RealTryton real_;
  std::string authorization_;
  std::string context_ = R"({"company":1})";
  fairlead::http::CurlTransport transport_;
  // Between the service and a real Tryton; a sandbox does its own wrongs.
  std::unique_ptr<fairlead::testing::FaultProxy> proxy_;
};

}  // namespace quickstart

#endif  // FAIRLEAD_EXAMPLES_QUICKSTART_ERP_H_
