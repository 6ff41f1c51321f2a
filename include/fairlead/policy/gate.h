/// May this order be posted to that system now?
#ifndef FAIRLEAD_POLICY_GATE_H_
#define FAIRLEAD_POLICY_GATE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fairlead/core/export.h"
#include "fairlead/v1/order.pb.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace policy {

struct FAIRLEAD_EXPORT GateVerdict {
  enum class Kind : std::uint8_t {
    kEligible = 1,     ///< Post it.
    kNotEligible = 2,  ///< Not to be posted in this state; a later state may be. Nobody has to act.
    kPark = 3,         ///< It would be posted but for something that a person has to look at.
  };
  Kind kind = Kind::kNotEligible;
  std::string reason;       ///< One word: "payment", "status", "deleted", "residual", "unmapped_lines", ….
  std::string detail;       ///< A sentence with numbers and what to do.
  std::string responsible;  ///< Team id of the gate.
  std::string runbook;
  std::string residual_limit;  ///< The gate's, as decimal text; "0" where it names none.
  /// kEligible with a residual within the limit: the explicit line to add, so that the lines sum to the stated total.
  std::optional<v1::OrderLine> rounding_line;
};

/// "ELIGIBLE", "NOT_ELIGIBLE", "PARK".
FAIRLEAD_EXPORT std::string_view GateVerdictName(GateVerdict::Kind kind);

/// What the order itself does not say.
struct FAIRLEAD_EXPORT GateContext {
  /// SKUs or line keys that have no counterpart in the target.
  std::vector<std::string> unmapped_lines;
};

}  // namespace policy
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_POLICY_GATE_H_
