#include "src/sync/internal/text.h"

#include "absl/strings/str_cat.h"
#include "fairlead/models/money.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace sync {
namespace internal {

std::optional<models::Dec> StockOf(const v1::InventoryLevel& level, v1::StockState state) {
  for (const v1::StateQuantity& entry : level.quantities()) {
    if (entry.state() != state) continue;
    auto value = models::FromProto(entry.quantity().value());
    if (value.ok()) return models::Normalize(*value);
  }
  return std::nullopt;
}

std::string AvailableText(const v1::InventoryLevel& level) {
  const auto available = StockOf(level, v1::STOCK_STATE_AVAILABLE);
  return available.has_value() ? models::PrintDecimal(*available) : std::string();
}

std::string GrandTotalText(const v1::Order& order) {
  const auto& stated = order.totals().stated();
  if (!stated.has_grand_total() || !stated.grand_total().has_ledger()) return {};
  const v1::Money& total = stated.grand_total().ledger();
  return absl::StrCat(models::MoneyText(total), " ", total.currency_code());
}

}  // namespace internal
}  // namespace sync
FAIRLEAD_NAMESPACE_END
