/// What goes into an evaluation and what comes out of it.
#ifndef FAIRLEAD_POLICY_DECISION_H_
#define FAIRLEAD_POLICY_DECISION_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fairlead/core/export.h"
#include "fairlead/core/runtime.h"
#include "fairlead/policy/finding.h"
#include "fairlead/policy/scope.h"
#include "fairlead/v1/entity.pb.h"
#include "fairlead/v1/header.pb.h"
#include "fairlead/v1/policy.pb.h"
#include "google/protobuf/message.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace policy {

/// What one system says about a field.
struct FAIRLEAD_EXPORT FieldInput {
  std::string system;
  /// The value as text (decimals normalised: "1.5", never "1.50"); nullopt: the system states none.
  std::optional<std::string> value;
  std::string version;  ///< As the source calls it.
  WallTime observed_at{};
  /// Why the value is not plainly known. Only NULL_AT_SOURCE and EMPTY_AT_SOURCE make a missing value a blank.
  v1::FieldState::Kind state = v1::FieldState::KIND_UNSPECIFIED;
};

/// An effect on its way that changes what is to be expected.
struct FAIRLEAD_EXPORT InFlight {
  v1::Explanation kind = v1::ORDERS_NOT_POSTED;
  std::string quantity;   ///< Decimal text.
  std::string reference;  ///< What people call it ("1001").
};

/// One field, for one target system.
struct FAIRLEAD_EXPORT FieldCase {
  v1::EntityKind entity = v1::ENTITY_KIND_UNSPECIFIED;
  std::string entity_id;  ///< Canonical id, for the record only.
  std::string path;       ///< Concrete: "quantities[AVAILABLE]".
  Scope scope;
  std::string target;               ///< System that may be written.
  bool target_has_record = true;    ///< false: it has no such record yet.
  std::vector<FieldInput> inputs;   ///< One per system, the target's own among them. Order does not matter.
  std::vector<InFlight> in_flight;  ///< Recorded with the decision.
};

enum class DecisionOutcome : std::uint8_t {
  kNoChange = 1,
  kWrite = 2,
  kHeld = 3,    ///< Not decidable now; nothing is written.
  kReview = 4,  ///< A person decides.
};

/// "NO_CHANGE", "WRITE", "HELD", "REVIEW".
FAIRLEAD_EXPORT std::string_view DecisionOutcomeName(DecisionOutcome outcome);

/// Why a value is what it is. To be stored, append-only.
struct FAIRLEAD_EXPORT Decision {
  v1::EntityKind entity = v1::ENTITY_KIND_UNSPECIFIED;
  std::string entity_id;
  std::string field;  ///< Concrete path.
  Scope scope;
  std::string target;
  std::vector<FieldInput> inputs;  ///< Sorted by system.
  std::vector<InFlight> in_flight;
  std::string chosen_system;          ///< Empty: nothing was chosen.
  std::optional<std::string> chosen;  ///< nullopt with a chosen system: blank.
  std::string rule_id;                ///< Empty where no rule fits.
  std::string policy_hash;
  DecisionOutcome outcome = DecisionOutcome::kHeld;
  std::string reason;  ///< In words.
  std::string responsible;
  std::string runbook;
};

/// The form to store; times in UTC. Its values may be personal (see the field options).
FAIRLEAD_EXPORT v1::PolicyDecision ToProto(const Decision& decision);

/// A record as one system holds it.
struct FAIRLEAD_EXPORT SystemRecord {
  std::string system;
  const google::protobuf::Message* message = nullptr;  ///< Borrowed; null: the system has no such record.
  std::string version;
  WallTime observed_at{};
};

/// One entity in several systems. `scope` is added to what ScopeOf() reads from the message itself.
struct FAIRLEAD_EXPORT EntityCase {
  v1::EntityKind entity = v1::ENTITY_KIND_UNSPECIFIED;
  std::string entity_id;
  Scope scope;
  std::vector<SystemRecord> records;  ///< Order does not matter. Systems that are missing here are no targets.
  std::vector<InFlight> in_flight;
};

/// One field that the target is to be given.
struct FAIRLEAD_EXPORT FieldWrite {
  std::string path;
  std::string rule_id;
  std::string from;  ///< System whose value it is.
  bool clears = false;
};

/// What one target is to be given.
struct FAIRLEAD_EXPORT TargetPlan {
  std::string target;
  bool create = false;             ///< It has no such record yet.
  std::vector<FieldWrite> writes;  ///< Sorted by path. Empty: nothing to do.
  /// The target's record with the writes applied; null without writes. Its header is the target's own.
  std::unique_ptr<google::protobuf::Message> desired;
};

struct FAIRLEAD_EXPORT EntityEvaluation {
  std::vector<TargetPlan> targets;  ///< Sorted by system id.
  std::vector<Decision> decisions;  ///< By target, then path.
  std::vector<Finding> findings;
};

/// The scope that a message carries: location, currency, channel. Thread-safe.
FAIRLEAD_EXPORT Scope ScopeOf(const google::protobuf::Message& message);

}  // namespace policy
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_POLICY_DECISION_H_
