/// An ERP on a loopback port that speaks Tryton 6.0's JSON-RPC, with the traps that were captured from a real one.
#ifndef FAIRLEAD_TESTING_SANDBOX_TRYTON_H_
#define FAIRLEAD_TESTING_SANDBOX_TRYTON_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fairlead/core/export.h"
#include "fairlead/core/runtime.h"
#include "fairlead/testing/fault_plan.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {

struct FAIRLEAD_EXPORT SandboxTrytonOptions {
  /// Loopback port; 0 takes a free one.
  int port = 0;
  std::string database = "erp";
  std::string user = "admin";
  std::string password = "admin-secret";
  /// The company's currency. USD and EUR both exist.
  std::string currency = "USD";
  /// A session that was not used for this long is refused with 401.
  std::chrono::milliseconds session_timeout{300'000};
  FaultPlan faults;
  Runtime runtime = Runtime::System();
};

/// How a product of the sandbox is made.
struct FAIRLEAD_EXPORT SandboxProduct {
  std::string code;               ///< Variant's code; unique among active products.
  std::string name;               ///< Empty: the code.
  std::string list_price = "10";  ///< Decimal text.
  std::string type = "goods";     ///< goods or service.
  std::string uom = "u";          ///< Symbol: u, kg, h.
};

/// Runs until destroyed or stopped. All members are thread-safe. State is in memory.
/// The seed: company 1, currencies USD and EUR, warehouses with codes WH-EAST and WH-WEST, one 20 % sales tax (id 1),
/// payment term "Net 30" (id 1), package type 1, countries and the states of the US, units, account category 1.
class FAIRLEAD_EXPORT SandboxTryton {
 public:
  static absl::StatusOr<std::unique_ptr<SandboxTryton>> Start(SandboxTrytonOptions options = {});
  ~SandboxTryton();
  SandboxTryton(const SandboxTryton&) = delete;
  SandboxTryton& operator=(const SandboxTryton&) = delete;
  /// Closes all connections and waits for the threads. A second call does nothing.
  void Stop();

  int port() const;
  /// "http://127.0.0.1:<port>"; the database's own address is url() + "/" + database() + "/".
  std::string url() const;
  const std::string& database() const;
  const std::string& user() const;
  const std::string& password() const;

  /// Calls `method` ("model.sale.sale.create") with JSON `params` as the administrator would, past authentication and
  /// faults. The context at the end of `params` may be left out. Answers the JSON of `result`; a Tryton error is
  /// FAILED_PRECONDITION with its JSON as the message.
  absl::StatusOr<std::string> Call(std::string_view method, std::string_view params);

  /// The variant's id.
  absl::StatusOr<std::int64_t> AddProduct(const SandboxProduct& product);
  /// Counts stock of the product with this code in the warehouse with this code ("WH-EAST"), by an inventory.
  absl::Status SetStock(std::string_view code, std::string_view warehouse, double quantity);
  /// On hand in the warehouse's storage.
  absl::StatusOr<double> Stock(std::string_view code, std::string_view warehouse) const;
  /// The warehouse worker: assigns, picks, packs (one package per shipment, tracking "<prefix>-<shipment number>") and
  /// finishes every waiting shipment of the sales with this reference; answers the tracking numbers.
  /// FAILED_PRECONDITION where stock is short.
  absl::StatusOr<std::vector<std::string>> Ship(std::string_view sale_reference, std::string_view tracking_prefix);
  /// Moves the lines of the waiting shipment with these product codes to a shipment of their own from `warehouse`, as
  /// staff do when one order leaves from two places. Call before Ship.
  absl::Status SplitToWarehouse(std::string_view sale_reference, const std::vector<std::string>& product_codes,
                                std::string_view warehouse);
  /// Posts every draft invoice of the sales with this reference.
  absl::Status PostInvoices(std::string_view sale_reference);
  /// Every session ends now: the next call answers 401.
  void ExpireSessions();

  void SetFaults(const FaultPlan& plan);
  FaultCounters Faults() const;
  /// Moves the server's clock forward.
  void Advance(std::chrono::milliseconds duration);
  /// Sales per reference with state, totals, lines and shipments as JSON (what GET /__sandbox/state answers), and the
  /// sums (GET /__sandbox/summary): how many references have one sale, how many have more.
  std::string StateJson() const;
  std::string SummaryJson() const;

 private:
  class Impl;
  explicit SandboxTryton(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace testing
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_TESTING_SANDBOX_TRYTON_H_
