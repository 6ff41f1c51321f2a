// What the files that read and write intents share: columns in their order.
#ifndef FAIRLEAD_SRC_STORE_SQLITE_INTERNAL_INTENT_ROWS_H_
#define FAIRLEAD_SRC_STORE_SQLITE_INTERNAL_INTENT_ROWS_H_

#include "fairlead/core/export.h"
#include "src/store/internal/intent_hash.h"

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

}  // namespace internal
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_STORE_SQLITE_INTERNAL_INTENT_ROWS_H_
