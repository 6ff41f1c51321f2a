/// Two sides of a stock, already read, compared by the rules. Pure: no system, no store, no clock.
#ifndef FAIRLEAD_DRIFT_COMPARE_H_
#define FAIRLEAD_DRIFT_COMPARE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "fairlead/core/export.h"
#include "fairlead/core/runtime.h"
#include "fairlead/policy/compiled_policy.h"
#include "fairlead/policy/decision.h"
#include "fairlead/policy/finding.h"
#include "fairlead/v1/inventory.pb.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace drift {

/// One record about which there is something to say.
struct FAIRLEAD_EXPORT AuditFinding {
  policy::FindingClass finding_class = policy::FindingClass::kUnknown;
  std::string key;          ///< SKU.
  std::string owner_value;  ///< By the rule's derivation; decimal text.
  std::string target_value;
  std::string explained;  ///< Units in flight.
  std::string residual;   ///< What nothing explains.
  std::string rule;
  std::string responsible;
  std::string runbook;
  std::string text;  ///< "120 in erp, 117 in web: 3 units in 3 orders not yet posted".
};

/// What one system showed.
struct FAIRLEAD_EXPORT InventorySide {
  std::string system;
  std::map<std::string, std::vector<v1::InventoryLevel>> by_sku;
  std::int64_t without_sku = 0;     ///< Levels that cannot be matched.
  std::int64_t without_number = 0;  ///< Items that the system does not count.
  std::int64_t unreadable = 0;      ///< Records that came and could not be understood.
  /// The listing reached its end and says that it showed everything: only then does absence mean something.
  bool complete = false;
  absl::Status error;  ///< Why it broke off.
  WallTime read_at{};  ///< When the levels were last read; zero: not known, and freshness is not judged.
};

/// Effects on their way for a SKU; nullopt: they could not be read.
using InFlightSource = std::function<std::optional<std::vector<policy::InFlight>>(const std::string& sku)>;

/// Deterministic: the same sides give the same comparison.
struct FAIRLEAD_EXPORT InventoryComparison {
  bool complete = false;        ///< Both sides were read to the end and understood.
  std::int64_t population = 0;  ///< Keys on either side.
  std::int64_t compared = 0;    ///< Keys that both sides state.
  std::int64_t agreeing = 0;
  std::vector<std::string> not_checked;  ///< Sentences: what was left out, and why.
  std::vector<AuditFinding> findings;    ///< By key, then class.
};

/// Compares what `owner` states, less what is in flight, with what `target` shows. `now` is what freshness is measured
/// against. One record that cannot be evaluated is a finding, not the end of the comparison.
FAIRLEAD_EXPORT InventoryComparison CompareInventory(const InventorySide& owner, const InventorySide& target,
                                                     const InFlightSource& in_flight,
                                                     const policy::CompiledPolicy& policy, WallTime now);

}  // namespace drift
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_DRIFT_COMPARE_H_
