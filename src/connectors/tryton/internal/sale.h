// A sale in Tryton's terms: made from an order, written as a request, read back, compared.
#ifndef FAIRLEAD_SRC_CONNECTORS_TRYTON_INTERNAL_SALE_H_
#define FAIRLEAD_SRC_CONNECTORS_TRYTON_INTERNAL_SALE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "fairlead/connector/connector.h"
#include "fairlead/core/export.h"
#include "fairlead/v1/order.pb.h"
#include "src/connectors/tryton/internal/catalog.h"
#include "src/connectors/tryton/internal/rpc.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace tryton {

struct SaleLine {
  std::int64_t product = 0;  ///< 0: a line without product.
  std::int64_t unit = 0;
  models::Dec quantity;
  models::Dec unit_price;
  std::vector<std::int64_t> taxes;  ///< Ascending.
  std::string description;          ///< Not compared.
  std::string what;                 ///< For people: SKU or kind.
};

/// The declared fields of a sale: what is sent, read back and compared.
struct SaleContent {
  std::string reference;
  std::int64_t party = 0;
  std::int64_t invoice_address = 0;
  std::int64_t shipment_address = 0;
  std::int64_t warehouse = 0;
  std::int64_t currency = 0;
  std::vector<SaleLine> lines;
  models::Dec total;  ///< As the store states it; read back: total_amount.
};

/// Text of the declared fields: one line per field, then one per sale line in sorted order. Equal contents have equal
/// texts.
std::string Canonical(const SaleContent& content);
/// What differs between two such texts, for people; empty for equal ones.
std::string Difference(std::string_view sent, std::string_view found);
/// As Difference(), of lines, currency and total alone: whether a sale that others made says the same.
std::string GoodsDifference(std::string_view sent, std::string_view found);

/// How far a sale is.
enum class SaleState : std::uint8_t { kDraft, kQuotation, kConfirmed, kProcessing, kDone, kCancelled, kOther };
SaleState ParseSaleState(std::string_view text);
/// Done counts as processing; nullopt for cancelled and unknown ones.
std::optional<TrytonSaleStage> StageOf(SaleState state);

/// A sale as it stands in Tryton.
struct SaleRow {
  std::int64_t id = 0;
  std::string number;
  std::string description;
  std::string state_text;
  SaleState state = SaleState::kOther;
  SaleContent content;
};

/// For people: "sale 12 (number 7)".
std::string NameOf(const SaleRow& sale);

/// Sales of a domain (JSON), by id, with lines unless only their states are wanted.
enum class WithLines : bool { kNo, kYes };
absl::StatusOr<std::vector<SaleRow>> ReadSales(std::string_view domain, WithLines with_lines, Rpc& rpc,
                                               const CallContext& context);
/// Sales with this reference, cancelled ones among them.
absl::StatusOr<std::vector<SaleRow>> FindSales(std::string_view reference, Rpc& rpc, const CallContext& context);

/// A product that can be sold.
struct SaleProduct {
  std::int64_t id = 0;
  std::int64_t unit = 0;
  std::uint32_t unit_digits = 0;
};
/// Products of the order's items by line key, and of the configured charge lines by code. kMapping names every SKU that
/// has none or several.
struct SaleProducts {
  std::map<std::string, SaleProduct> by_line;
  std::map<std::string, SaleProduct> by_code;
};
absl::StatusOr<SaleProducts> ResolveProducts(const v1::Order& order, const TrytonOptions& options, Rpc& rpc,
                                             const CallContext& context);

/// What the lines become, with taxes and a rounding line such that Tryton's total is the store's.
struct SalePlan {
  std::vector<SaleLine> lines;
  models::Dec total;
  models::Dec residual;  ///< Carried by the rounding line; zero where there is none.
};
absl::StatusOr<SalePlan> PlanLines(const v1::Order& order, const TrytonOptions& options, const CatalogData& catalog,
                                   const Currency& currency, const SaleProducts& products);

/// The reference that finds the sale again: "WEB-1001"; a generation above 1 is appended ("WEB-1001/2").
absl::StatusOr<std::string> SaleReference(const v1::Order& order, const v1::ExternalRef& source,
                                          const TrytonOptions& options, std::int64_t generation);
/// Prefix of references that come from a system.
std::string ReferencePrefix(std::string_view source_system, const TrytonOptions& options);
/// Parameters of sale.sale.create.
std::string SaleCreateParams(const SaleContent& content, const v1::Order& order, std::string_view link_key,
                             const CatalogData& catalog);

}  // namespace tryton
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_CONNECTORS_TRYTON_INTERNAL_SALE_H_
