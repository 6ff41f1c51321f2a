// Every write of the connector: prepared, sent once, looked up.
#ifndef FAIRLEAD_SRC_CONNECTORS_TRYTON_INTERNAL_WRITES_H_
#define FAIRLEAD_SRC_CONNECTORS_TRYTON_INTERNAL_WRITES_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "fairlead/connector/connector.h"
#include "fairlead/core/export.h"
#include "src/connectors/tryton/internal/catalog.h"
#include "src/connectors/tryton/internal/memo.h"
#include "src/connectors/tryton/internal/party.h"
#include "src/connectors/tryton/internal/rpc.h"
#include "src/connectors/tryton/internal/sale.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace tryton {

/// Thread-safe: keeps nothing but references.
class Writes {
 public:
  Writes(const TrytonOptions& options, Rpc& rpc, Catalog& catalog, Runtime runtime)
      : options_(options), rpc_(rpc), catalog_(catalog), runtime_(runtime) {}

  absl::StatusOr<Preparation> Prepare(const WriteIntent& intent, const CallContext& context);
  absl::StatusOr<WriteResult> Write(const PreparedWrite& write, const CallContext& context);
  absl::StatusOr<LookupResult> Lookup(const PreparedWrite& write, const CallContext& context);

 private:
  /// An id, or what has to be done first.
  struct Found {
    std::int64_t id = 0;
    std::optional<Preparation> first;
  };

  // Sales.
  absl::StatusOr<Preparation> PrepareSale(const WriteIntent& intent, const CallContext& context);
  absl::StatusOr<std::optional<Preparation>> AdoptSale(const v1::Order& order, std::string_view link_key,
                                                       std::string_view reference, Memo memo,
                                                       const CallContext& context);
  absl::StatusOr<Found> PartyOf(const v1::Order& order, const v1::ExternalRef& source, const Memo& memo,
                                const CallContext& context);
  absl::StatusOr<Found> AddressOf(const v1::Address& wanted, bool delivery, std::int64_t party, bool has_other,
                                  const std::vector<AddressValues>& known, const Memo& memo, const v1::Order& order,
                                  const CallContext& context);
  absl::StatusOr<std::int64_t> WarehouseOf(const v1::Order& order, const CatalogData& catalog,
                                           std::string& split) const;
  absl::StatusOr<Preparation> PrepareButton(const WriteIntent& intent, const CallContext& context);
  absl::StatusOr<Preparation> PrepareVerify(const WriteIntent& intent);
  absl::StatusOr<Preparation> PrepareCancel(const WriteIntent& intent, const CallContext& context);
  absl::StatusOr<WriteResult> WriteSale(const PreparedWrite& write, Memo memo, const CallContext& context);
  absl::StatusOr<WriteResult> PressButton(const PreparedWrite& write, Memo memo, const CallContext& context);
  absl::StatusOr<WriteResult> VerifySale(const Memo& memo, const CallContext& context);
  absl::StatusOr<LookupResult> LookupSale(const PreparedWrite& write, Memo memo, const CallContext& context);
  absl::StatusOr<LookupResult> LookupButton(const PreparedWrite& write, Memo memo, const CallContext& context);
  WriteResult SaleResult(const SaleRow& sale, const Memo& memo) const;
  /// The link after a sale has reached `stage`.
  WriteIntent NextLink(TrytonSaleStage stage, const Memo& memo) const;

  // Parties.
  absl::StatusOr<Preparation> PrepareParty(const WriteIntent& intent, const CallContext& context);
  absl::StatusOr<PreparedWrite> PartyCreate(const v1::Party& party, std::string_view link_key, const Memo& memo,
                                            const CallContext& context);
  absl::StatusOr<Preparation> PreparePartyUpdate(const WriteIntent& intent, const CallContext& context);
  absl::StatusOr<LookupResult> LookupParty(const PreparedWrite& write, const Memo& memo, const CallContext& context);
  absl::StatusOr<LookupResult> LookupPartyUpdate(const PreparedWrite& write, const Memo& memo,
                                                 const CallContext& context);
  absl::StatusOr<LookupResult> LookupAddress(const PreparedWrite& write, const Memo& memo, const CallContext& context);
  /// What Write() answers once a party or address exists.
  WriteResult PartyResult(std::string_view operation, std::int64_t id, const Memo& memo) const;

  // Payments.
  absl::StatusOr<Preparation> PreparePayment(const WriteIntent& intent, const CallContext& context);
  absl::StatusOr<LookupResult> LookupPayment(const PreparedWrite& write, const Memo& memo, const CallContext& context);
  WriteResult PaymentResult(std::int64_t id, const Memo& memo) const;

  // Warnings.
  absl::StatusOr<Preparation> PrepareWarning(const WriteIntent& intent, const CallContext& context);
  absl::StatusOr<LookupResult> LookupWarning(const PreparedWrite& write, const Memo& memo, const CallContext& context);
  /// The chain that acknowledges the warning and presses again; the warning itself where nobody allowed that.
  absl::StatusOr<WriteResult> AfterWarning(const absl::Status& status, const PreparedWrite& write,
                                           const Memo& memo) const;

  absl::StatusOr<PreparedWrite> Frozen(std::string_view operation, Effect effect, std::string_view method,
                                       std::string_view params, std::string_view reference, const Memo& memo,
                                       const CallContext& context, std::string_view extra = {});

  const TrytonOptions& options_;
  Rpc& rpc_;
  Catalog& catalog_;
  Runtime runtime_;
};

}  // namespace tryton
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_CONNECTORS_TRYTON_INTERNAL_WRITES_H_
