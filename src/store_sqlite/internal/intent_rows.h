// What the files that read and write intents share: columns in their order, and the hashes that rows are found by.
#ifndef FAIRLEAD_SRC_STORE_SQLITE_INTERNAL_INTENT_ROWS_H_
#define FAIRLEAD_SRC_STORE_SQLITE_INTERNAL_INTENT_ROWS_H_

#include <cstdint>

#include "fairlead/core/export.h"
#include "fairlead/idempotency/key.h"

#define FAIRLEAD_INTENT_COLUMNS                                                                                      \
  "i.id, i.seq, i.route, i.aggregate, i.purpose, i.key, i.fingerprint, i.effect, i.method, i.target, i.body, "       \
  "i.reference, i.coalesce, i.coalesce_field, i.priority, i.timeout_ms, i.settle_ms, i.retention_ms, i.horizon_ms, " \
  "i.max_attempts, i.owner, i.runbook, i.money_at_risk, i.parent, i.position, i.created_at"
#define FAIRLEAD_QUEUE_COLUMNS                                                                                 \
  "q.state, q.epoch, q.attempts, q.attempts_allowed, q.verifications, q.crashes, q.expires_at, q.worker, "     \
  "q.first_send_at, q.last_send_at, q.ambiguous_at, q.error_kind, q.reason, q.error, q.updated_at, q.run_at, " \
  "q.lease_until"
FAIRLEAD_NAMESPACE_BEGIN
namespace internal {

inline constexpr int kIntentColumns = 26;
inline constexpr int kQueueColumns = 17;

/// Stored: they may never change. Two texts of one hash share a lane or an index entry, which costs time and nothing
/// else: wherever it matters the full texts decide.
struct PurposeHash {
  std::int64_t aggregate;  ///< Of tenant, connector, account, operation, aggregate: what sequence numbers count in.
  std::int64_t purpose;
};
PurposeHash HashPurpose(const KeyParts& parts);
/// Of tenant, connector, account, aggregate.
std::int64_t HashLane(const KeyParts& parts);

}  // namespace internal
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_STORE_SQLITE_INTERNAL_INTENT_ROWS_H_
