/// The audit of one entity between the system that owns it and one that shows it: read from both, now.
#ifndef FAIRLEAD_DRIFT_AUDIT_H_
#define FAIRLEAD_DRIFT_AUDIT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fairlead/core/export.h"
#include "fairlead/core/runtime.h"
#include "fairlead/drift/compare.h"
#include "fairlead/policy/finding.h"
#include "fairlead/sync/engine.h"
#include "fairlead/v1/entity.pb.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace drift {

struct FAIRLEAD_EXPORT AuditRequest {
  v1::EntityKind entity = v1::ENTITY_KIND_UNSPECIFIED;  ///< INVENTORY_LEVEL; other kinds are refused by this version.
  std::string owner;                                    ///< System that is right ("erp").
  std::string target;                                   ///< System that should agree ("web").
};

/// Deterministic: the same two sides give the same bytes.
struct FAIRLEAD_EXPORT AuditReport {
  AuditRequest request;
  /// Both sides were read to the end. An audit that was not is never "no drift".
  bool complete = false;
  std::int64_t population = 0;  ///< Keys on either side.
  std::int64_t compared = 0;    ///< Keys that both sides state.
  std::int64_t agreeing = 0;
  std::vector<std::string> not_checked;  ///< Sentences: what was left out, and why.
  std::vector<AuditFinding> findings;    ///< By key.
  std::string policy_hash;
  WallTime at{};

  std::int64_t Count(policy::FindingClass finding_class) const;
  /// One JSON object a finding, then one line {"audit": …} with the numbers.
  std::string ToJsonLines() const;
  /// A self-contained page; written to a new file that then replaces `path`.
  absl::Status WriteHtml(std::string_view path) const;
};

/// Reads both systems through their connectors and compares by the engine's policy. Findings are recorded in the store
/// and those that no longer hold are closed. An error only where nothing could be read at all; a side that broke off
/// half-way makes the report incomplete.
FAIRLEAD_EXPORT absl::StatusOr<AuditReport> Audit(sync::Engine& engine, const AuditRequest& request);

}  // namespace drift
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_DRIFT_AUDIT_H_
