// What the files that read intents share: columns in their order. Names are joined, so a row says all there is.
#ifndef FAIRLEAD_SRC_STORE_POSTGRES_INTERNAL_INTENT_ROWS_H_
#define FAIRLEAD_SRC_STORE_POSTGRES_INTERNAL_INTENT_ROWS_H_

#define FAIRLEAD_INTENT_COLUMNS                                                                                   \
  "i.id, i.seq, r.tenant, r.connector, r.account, r.operation, i.aggregate, i.purpose, i.key, i.fingerprint, "    \
  "i.effect, i.method, i.target, i.body, i.reference, i.coalescing, i.coalesce_field, i.priority, i.timeout_ms, " \
  "i.settle_ms, i.retention_ms, i.horizon_ms, i.max_attempts, i.owner, i.runbook, i.money_at_risk, i.parent, "    \
  "i.place, i.created_at, q.state, q.epoch, q.attempts, q.attempts_allowed, q.verifications, q.crashes, "         \
  "q.expires_at, COALESCE(w.name, ''), q.first_send_at, q.last_send_at, q.ambiguous_at, q.error_kind, q.reason, " \
  "q.error, q.updated_at"
/// Of a row that is not over: `from` names it q.
#define FAIRLEAD_SELECT_LIVE(from)                                                               \
  "SELECT " FAIRLEAD_INTENT_COLUMNS ", q.run_at, q.lease_until, 0::bigint, ''::bytea FROM " from \
  " JOIN intent i ON i.id = q.id JOIN route r ON r.id = i.route LEFT JOIN worker w ON w.id = q.worker "
#define FAIRLEAD_SELECT_OVER                                                                                       \
  "SELECT " FAIRLEAD_INTENT_COLUMNS                                                                                \
  ", 0::bigint, 0::bigint, q.status, q.answer FROM outcome q JOIN intent i ON i.id = q.id JOIN route r ON r.id = " \
  "i.route LEFT JOIN worker w ON w.id = q.worker "

#endif  // FAIRLEAD_SRC_STORE_POSTGRES_INTERNAL_INTENT_ROWS_H_
