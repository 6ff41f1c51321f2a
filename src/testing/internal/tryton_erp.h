// The business of the sandbox ERP: defaults, computed fields, checks, and what its buttons do.
#ifndef FAIRLEAD_SRC_TESTING_INTERNAL_TRYTON_ERP_H_
#define FAIRLEAD_SRC_TESTING_INTERNAL_TRYTON_ERP_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "src/testing/internal/tryton_store.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {
namespace internal {

class TrytonErp : public TrytonStore {
 public:
  /// Fixed ids of the seed.
  static constexpr std::int64_t kCustomerLocation = 7;
  static constexpr std::int64_t kLostAndFound = 4;

  /// Company, places, currencies, units, taxes. Inside a transaction.
  void Seed(const std::string& currency);

  bool HasButton(const std::string& model, const std::string& button) const;
  /// Does it where the state allows; where not, nothing, silently. Answers null or what the button answers.
  absl::StatusOr<Json> Press(const std::string& model, const std::string& button, const Ids& ids, const Json& context);
  /// wizard.<name>.create|execute|delete.
  absl::StatusOr<Json> Wizard(const std::string& name, const std::string& method, const Json& params);

  /// Sales that a committed transaction left for the queue; each is processed in a transaction of its own.
  Ids TakeQueue() { return std::exchange(queue_, {}); }
  void DropQueue() { queue_.clear(); }
  absl::Status ProcessSale(std::int64_t sale);

  /// On hand, or with drafts and reservations, in exactly these locations.
  double Quantity(std::int64_t product, const std::vector<std::int64_t>& locations, bool forecast) const;
  std::vector<std::int64_t> WithChildren(std::vector<std::int64_t> locations) const;
  Ids SaleShipments(std::int64_t sale, const char* model) const;
  Ids SaleInvoices(std::int64_t sale) const;
  /// Draft inventory moves that answer the outgoing ones.
  void Wait(std::int64_t shipment);

 protected:
  void AddDefaults(const TrytonModel& model, Json* values) const override;
  Json Compute(const TrytonModel& model, std::int64_t id, const TrytonField& field, const Json& context) const override;
  absl::Status CheckRecord(const TrytonModel& model, std::int64_t id) override;
  absl::Status CheckDelete(const TrytonModel& model, std::int64_t id) override;
  absl::Status CheckWrite(const TrytonModel& model, std::int64_t id) override;

 private:
  struct TaxTotal {
    std::int64_t tax = 0;
    ExactDecimal base, amount;
  };
  std::string NextNumber(const std::string& sequence) const;
  std::string RecName(const std::string& model, std::int64_t id) const;
  Json ComputeSale(std::int64_t id, const std::string& field) const;
  Json ComputeInvoice(std::int64_t id, const std::string& field) const;
  Json ComputeShipment(const std::string& model, std::int64_t id, const std::string& field) const;
  ExactDecimal LineAmount(const std::string& model, std::int64_t line) const;
  std::vector<TaxTotal> Taxes(const char* line_model, const Ids& lines) const;
  int CurrencyDigits(std::int64_t currency) const;
  absl::Status CheckQuantityDigits(const std::string& model, std::int64_t id, const char* uom_field) const;

  absl::Status Quote(std::int64_t sale);
  absl::Status CheckSaleLine(std::int64_t id);
  void ShipSale(std::int64_t sale);
  void InvoiceSale(std::int64_t sale);
  void UpdateSaleStates(std::int64_t sale);
  void QueueSalesOfMoves(const Ids& moves);
  absl::StatusOr<Json> PressShipment(const std::string& button, std::int64_t id);
  absl::StatusOr<Json> PressReturn(const std::string& button, std::int64_t id);
  absl::StatusOr<Json> PressInvoice(const std::string& button, std::int64_t id);
  absl::Status ConfirmInventory(std::int64_t id);
  bool AssignTry(std::int64_t shipment);
  absl::Status CheckWarning(const std::string& key, const std::string& message);
  void SetTaxLines(std::int64_t invoice);
  std::int64_t Credit(std::int64_t invoice, const Json& date);
  Json Today() const { return DateJson(transaction_time()); }

  Ids queue_;
  mutable std::map<std::string, std::int64_t> sequences_;
  std::map<std::int64_t, std::pair<std::string, std::int64_t>> wizards_;  // session → wizard, record
  std::int64_t next_wizard_ = 1;
};

/// Sales by reference and stock by product and warehouse.
Json TrytonState(const TrytonErp& erp);
/// Their sums: references, those posted exactly once, duplicates.
Json TrytonSummary(const TrytonErp& erp);

}  // namespace internal
}  // namespace testing
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_TESTING_INTERNAL_TRYTON_ERP_H_
