/// Tryton's JSON (RPC answers and rows of Tryton 6.0) to canonical messages, without a network.
#ifndef FAIRLEAD_CONNECTORS_TRYTON_PARSE_H_
#define FAIRLEAD_CONNECTORS_TRYTON_PARSE_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "fairlead/connector/record.h"
#include "fairlead/core/export.h"
#include "fairlead/core/runtime.h"
#include "fairlead/v1/entity.pb.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace tryton {

/// What the payload itself does not say.
struct FAIRLEAD_EXPORT ParseOptions {
  /// Name of this system in refs ("erp").
  std::string system = "erp";
  /// ISO 4217 code of the amounts: rows name a currency by id alone. Empty: XXX, with a finding.
  std::string currency;
  /// Location of stock rows: the warehouse that was asked for is not in the answer.
  std::string location;
  /// When the bytes were read; left out of SourceVersion where absent.
  std::optional<WallTime> observed_at;
  std::size_t max_bytes = std::size_t{64} << 20;
};

/// Takes an answer ({"id":…,"result":[…]}), an array of rows, or one row, of party.party, product.product (also stock,
/// with quantity and forecast_quantity), sale.sale, stock.shipment.out, account.invoice or account.payment. Kinds:
/// PARTY, PRODUCT, VARIANT, INVENTORY_LEVEL, ORDER, SHIPMENT, INVOICE, PAYMENT; kConfiguration for others. Rows name
/// their children by id alone: what is not in the row is marked NOT_FETCHED. A row that cannot be read is put into
/// `unreadable` with its bytes. An error of the server ({"id":…,"error":…}) and text that is no JSON are errors. Never
/// throws, never aborts.
FAIRLEAD_EXPORT absl::StatusOr<Page> Parse(v1::EntityKind kind, std::string json, const ParseOptions& options = {});

}  // namespace tryton
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_CONNECTORS_TRYTON_PARSE_H_
