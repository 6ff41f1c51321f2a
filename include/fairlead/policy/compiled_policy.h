/// A bundle that was checked against the systems and may run: rule selection, evaluation, gate.
#ifndef FAIRLEAD_POLICY_COMPILED_POLICY_H_
#define FAIRLEAD_POLICY_COMPILED_POLICY_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "fairlead/core/export.h"
#include "fairlead/policy/decision.h"
#include "fairlead/policy/finding.h"
#include "fairlead/policy/gate.h"
#include "fairlead/policy/rule.h"
#include "fairlead/policy/scope.h"
#include "fairlead/policy/source.h"
#include "fairlead/policy/stock.h"
#include "fairlead/v1/entity.pb.h"
#include "fairlead/v1/order.pb.h"
#include "fairlead/v1/policy.pb.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace policy {

/// Immutable and thread-safe.
class FAIRLEAD_EXPORT CompiledPolicy {
 public:
  /// Checks everything at once and refuses with one line per fault (see ToStatus). Without any manifest the checks that
  /// need one (coverage, capabilities) are left out: enough for an editor, not for an engine.
  static absl::StatusOr<std::shared_ptr<const CompiledPolicy>> Compile(const PolicySource& source,
                                                                       const std::vector<ManifestSource>& manifests);
  /// The same faults as data.
  static std::vector<Refusal> Check(const PolicySource& source, const std::vector<ManifestSource>& manifests);
  ~CompiledPolicy();
  CompiledPolicy(const CompiledPolicy&) = delete;
  CompiledPolicy& operator=(const CompiledPolicy&) = delete;

  const std::string& name() const;
  std::uint32_t version() const;
  /// 32 hexadecimal digits over the normalised bundle: layout, comments and the order of rules do not change it.
  const std::string& hash() const;
  /// As normalised: sorted, defaults filled in.
  const v1::PolicyBundle& bundle() const;
  const std::vector<CompiledRule>& rules() const;
  /// Systems that the policy names.
  std::vector<std::string> systems() const;

  /// The rule for a concrete path ("quantities[AVAILABLE]") in a scope, or nullptr. A rule covers all below its path.
  /// Most scope keys win, then literal over list over glob, then the longest path.
  const CompiledRule* Select(v1::EntityKind entity, std::string_view path, const Scope& scope) const;

  /// One field. Without a rule: kHeld, with what to do.
  Decision Evaluate(const FieldCase& field) const;
  /// One entity in several systems: what each target that can write is to be given. INVALID_ARGUMENT for messages that
  /// are not of the case's kind or two records of one system.
  absl::StatusOr<EntityEvaluation> Evaluate(const EntityCase& entity) const;
  /// Stock of one SKU by the rules' derivations, less what is in flight. An error only for numbers that overflow.
  absl::StatusOr<StockDecision> Evaluate(const StockCase& stock) const;

  /// Systems to which orders are posted, sorted.
  std::vector<std::string> PostingTargets() const;
  /// The gate of `target`; without one kNotEligible ("no_gate").
  GateVerdict EvaluateGate(std::string_view target, const v1::Order& order, const GateContext& context = {}) const;

 private:
  struct Impl;
  explicit CompiledPolicy(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace policy
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_POLICY_COMPILED_POLICY_H_
