/// Stock: derived numbers, what is in flight, and whether a difference is explained. Pure functions, thread-safe.
#ifndef FAIRLEAD_POLICY_STOCK_H_
#define FAIRLEAD_POLICY_STOCK_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "fairlead/core/export.h"
#include "fairlead/models/decimal.h"
#include "fairlead/policy/decision.h"
#include "fairlead/policy/finding.h"
#include "fairlead/policy/rule.h"
#include "fairlead/v1/inventory.pb.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace policy {

/// The number that `derivation` makes of one level. An error that names the state which the level does not state:
/// a missing on-hand is not zero.
FAIRLEAD_EXPORT absl::StatusOr<models::Dec> DeriveStock(Derivation derivation, const v1::InventoryLevel& level);
/// The quantity of one state; nullopt where the level does not state it.
FAIRLEAD_EXPORT std::optional<models::Dec> StockOf(const v1::InventoryLevel& level, v1::StockState state);

/// Two numbers that should agree but for what is in flight.
struct FAIRLEAD_EXPORT StockQuestion {
  std::string owner;  ///< System id, for the words.
  std::string target;
  models::Dec owner_value;  ///< By the rule's derivation.
  models::Dec target_value;
  std::vector<InFlight> in_flight;  ///< Units sold that the owner does not know yet.
  bool in_flight_known = true;      ///< false: it could not be read; a difference is then kUnknown, never explained.
  std::optional<models::Dec> tolerance_abs;
  std::optional<models::Dec> tolerance_rel;
};

struct FAIRLEAD_EXPORT StockAnswer {
  /// nullopt: the numbers agree and nothing needs explaining. Else kExplained, kWithinTolerance, kDrift or kUnknown.
  std::optional<FindingClass> finding_class;
  models::Dec expected;   ///< owner_value less what is in flight.
  models::Dec explained;  ///< Sum of what is in flight.
  models::Dec residual;   ///< target_value less expected.
  std::string words;      ///< "120 in erp, 117 in web: 3 units in 3 orders not yet posted".
};

/// An error for numbers that overflow or quantities that are no decimals.
FAIRLEAD_EXPORT absl::StatusOr<StockAnswer> ExplainStock(const StockQuestion& question);

/// One SKU: the owner's levels (one per location) against one target.
struct FAIRLEAD_EXPORT StockCase {
  std::string entity_id;                          ///< Canonical id or SKU.
  Scope scope;                                    ///< Beside the location, which comes from each level.
  std::vector<const v1::InventoryLevel*> levels;  ///< Borrowed. Of the system named in `levels_system`.
  std::string levels_system;
  std::string target;
  /// The target's level. A target level without location is compared with the sum over the owner's locations; one with
  /// a location with the owner's level there.
  const v1::InventoryLevel* target_level = nullptr;
  std::vector<InFlight> in_flight;
  bool in_flight_known = true;
  std::string owner_version;
  std::string target_version;
  WallTime owner_observed_at{};
  WallTime target_observed_at{};
};

struct FAIRLEAD_EXPORT StockDecision {
  Decision decision;                  ///< kWrite: decision.chosen is the number to write.
  models::Dec desired;                ///< Valid for kWrite and kNoChange.
  std::optional<StockAnswer> answer;  ///< Absent where the case is held.
  std::vector<Finding> findings;      ///< UNSCOPED, DUPLICATE, DRIFT …; EXPLAINED is in `answer` alone.
};

}  // namespace policy
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_POLICY_STOCK_H_
