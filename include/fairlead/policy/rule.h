/// A rule as it runs: checked, with its numbers and durations read.
#ifndef FAIRLEAD_POLICY_RULE_H_
#define FAIRLEAD_POLICY_RULE_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fairlead/core/export.h"
#include "fairlead/models/decimal.h"
#include "fairlead/v1/entity.pb.h"
#include "fairlead/v1/policy.pb.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace policy {

/// The built-in derivations of stock. An unnamed one is kAvailable.
enum class Derivation : std::uint8_t {
  kAvailable = 1,  ///< "available": as the owner states it.
  kOnHand = 2,     ///< "on_hand".
  kOnHandLessCommittedSafety =
      3,  ///< "on_hand - committed - safety_stock": absent committed and safety stock count as 0.
};

/// The name in a bundle.
FAIRLEAD_EXPORT std::string_view DerivationName(Derivation derivation);

/// Immutable, owned by its CompiledPolicy.
struct FAIRLEAD_EXPORT CompiledRule {
  std::string id;
  v1::EntityKind entity = v1::ENTITY_KIND_UNSPECIFIED;
  std::string field;                  ///< Pattern as written, normalised.
  std::string owner;                  ///< System id; empty for IGNORE, MANUAL_REVIEW and PRIORITY without one.
  std::vector<std::string> writers;   ///< Systems whose values count; never empty but for IGNORE.
  std::vector<std::string> priority;  ///< PRIORITY: all of it. OWNER_WINS with USE_NEXT: who comes after the owner.
  v1::Resolve resolve = v1::RESOLVE_UNSPECIFIED;
  v1::OnBlank on_blank = v1::KEEP;
  v1::OnMissingOwner on_missing_owner = v1::HOLD;
  Derivation derivation = Derivation::kAvailable;
  bool explains_orders = false;  ///< explain: ORDERS_NOT_POSTED.
  std::vector<v1::Explanation> explain;
  std::optional<models::Dec> tolerance_abs;
  std::optional<models::Dec> tolerance_rel;  ///< Fraction of the expected value.
  std::optional<std::chrono::seconds> freshness_warn;
  std::optional<std::chrono::seconds> freshness_page;
  std::optional<std::chrono::seconds> audit_every;
  std::string audit_sample;
  v1::RepairMode repair = v1::OFF;
  std::optional<models::Dec> repair_max_delta;
  std::uint32_t repair_max_per_run = 0;
  std::string responsible;  ///< Team id.
  std::string runbook;
  std::string rationale;

  /// Whether it ever writes a value from one system to another.
  bool Writes() const { return resolve == v1::OWNER_WINS || resolve == v1::PRIORITY || resolve == v1::APPEND_ONLY; }
};

}  // namespace policy
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_POLICY_RULE_H_
