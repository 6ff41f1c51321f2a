// What hardly ever changes in one Tryton database: currencies, warehouses, units, taxes, places. Read once, kept a
// while.
#ifndef FAIRLEAD_SRC_CONNECTORS_TRYTON_INTERNAL_CATALOG_H_
#define FAIRLEAD_SRC_CONNECTORS_TRYTON_INTERNAL_CATALOG_H_

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fairlead/core/export.h"
#include "src/connectors/tryton/internal/rpc.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace tryton {

struct Warehouse {
  std::int64_t id = 0;
  std::string code;
  std::string name;
  std::string location;  ///< In canonical records.
  std::int64_t storage = 0;
  bool configured = true;  ///< Named by the options, or the options name none.
};

struct Currency {
  std::int64_t id = 0;
  std::string code;
  std::uint32_t digits = 2;
};

struct Tax {
  std::int64_t id = 0;
  std::string name;
  bool percentage = false;
  models::Dec rate;
  bool simple = false;  ///< A percentage without children and without changing the price of what follows.
  std::int64_t invoice_account = 0;
  std::int64_t credit_note_account = 0;
};

struct Places {
  std::int64_t country = 0;  ///< 0: Tryton does not have it.
  std::int64_t subdivision = 0;
};

/// One reading. Immutable.
struct CatalogData {
  std::vector<Warehouse> warehouses;
  std::vector<Currency> currencies;
  std::vector<Tax> taxes;  ///< Empty where no tax rules are configured.
  bool round_tax_per_line = false;
  std::string company_currency;      ///< Of prices of products.
  std::vector<std::string> modules;  ///< Activated ones.
  std::int64_t payment_term = 0;     ///< 0: none configured.
  std::vector<std::string> missing;  ///< What the options name and Tryton does not have, in words.

  const Warehouse* WarehouseById(std::int64_t id) const;
  /// By canonical location or by code.
  const Warehouse* WarehouseByLocation(std::string_view location) const;
  const Currency* CurrencyById(std::int64_t id) const;
  const Currency* CurrencyByCode(std::string_view code) const;
  bool HasModule(std::string_view name) const;
  const Tax* TaxByName(std::string_view name) const;
};

/// Thread-safe.
class Catalog {
 public:
  Catalog(const TrytonOptions& options, Rpc& rpc, Runtime runtime) : options_(options), rpc_(rpc), runtime_(runtime) {}

  absl::StatusOr<std::shared_ptr<const CatalogData>> Get(const CallContext& context);
  /// Reads anew now.
  absl::StatusOr<std::shared_ptr<const CatalogData>> Refresh(const CallContext& context);
  /// Ids of a country (ISO code) and of its subdivision (code without the country).
  absl::StatusOr<Places> Find(std::string_view country, std::string_view subdivision, const CallContext& context);

 private:
  absl::StatusOr<std::shared_ptr<const CatalogData>> Load(const CallContext& context);

  const TrytonOptions& options_;
  Rpc& rpc_;
  Runtime runtime_;
  std::mutex mutex_;
  std::shared_ptr<const CatalogData> data_;
  SteadyTime read_at_{};
  std::map<std::string, std::int64_t> countries_;
  std::map<std::string, std::int64_t> subdivisions_;
  SteadyTime places_since_{};
};

/// The JSON of a search_read's parameters: domain, offset 0, limit, order, fields.
std::string SearchRead(std::string_view domain, std::string_view fields, std::uint32_t limit = 0,
                       std::string_view order = R"([["id","ASC"]])");

}  // namespace tryton
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_CONNECTORS_TRYTON_INTERNAL_CATALOG_H_
