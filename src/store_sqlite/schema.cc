#include "src/store_sqlite/internal/schema.h"

#include <array>
#include <string>

FAIRLEAD_NAMESPACE_BEGIN
namespace internal {
namespace {

// An intent's row is written once, at its end of the table, and never again: requests are not copied when states
// change. What changes lives in `queue`, small and hot; what is over moves to `outcome`. `purpose` finds the intents of
// a purpose; it lags behind `intent` by what meta's store/purposes_up_to says (see purpose_index.h). `flight` is the
// lane of a row that is in flight and NULL otherwise, a column of its own so that a step within the flight touches no
// index; that it is unique is the last guard against two of one lane under way. Times: *_at of intents and queue by the
// store's clock except created_at, updated_at (wall); all in nanoseconds.
constexpr const char* kStep1 = R"sql(
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE route (id INTEGER PRIMARY KEY, tenant TEXT NOT NULL, connector TEXT NOT NULL, account TEXT NOT NULL,
  operation TEXT NOT NULL, UNIQUE (tenant, connector, account, operation));
CREATE TABLE worker (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);

CREATE TABLE intent (id INTEGER PRIMARY KEY, aggregate_hash INTEGER NOT NULL, purpose_hash INTEGER NOT NULL,
  seq INTEGER NOT NULL, route INTEGER NOT NULL,
  aggregate TEXT NOT NULL, purpose TEXT NOT NULL, key BLOB NOT NULL, fingerprint BLOB NOT NULL, effect INTEGER NOT NULL,
  method TEXT NOT NULL, target TEXT NOT NULL, body BLOB NOT NULL, reference TEXT NOT NULL, coalesce INTEGER NOT NULL,
  coalesce_field TEXT NOT NULL, priority INTEGER NOT NULL, timeout_ms INTEGER NOT NULL, settle_ms INTEGER NOT NULL,
  retention_ms INTEGER NOT NULL, horizon_ms INTEGER NOT NULL, max_attempts INTEGER NOT NULL, owner TEXT NOT NULL,
  runbook TEXT NOT NULL, money_at_risk TEXT NOT NULL, parent INTEGER NOT NULL, position INTEGER NOT NULL,
  created_at INTEGER NOT NULL);
CREATE TABLE purpose (aggregate INTEGER NOT NULL, purpose INTEGER NOT NULL, id INTEGER NOT NULL, seq INTEGER NOT NULL,
  PRIMARY KEY (aggregate, purpose, id)) WITHOUT ROWID;

CREATE TABLE queue (id INTEGER PRIMARY KEY, state INTEGER NOT NULL, lane INTEGER NOT NULL, flight INTEGER,
  position INTEGER NOT NULL, route INTEGER NOT NULL, priority INTEGER NOT NULL, run_at INTEGER NOT NULL, epoch INTEGER NOT NULL,
  attempts INTEGER NOT NULL, attempts_allowed INTEGER NOT NULL, verifications INTEGER NOT NULL, crashes INTEGER NOT NULL,
  expires_at INTEGER NOT NULL, lease_until INTEGER NOT NULL, worker INTEGER NOT NULL, first_send_at INTEGER NOT NULL,
  last_send_at INTEGER NOT NULL, ambiguous_at INTEGER NOT NULL, error_kind INTEGER NOT NULL, reason TEXT NOT NULL,
  error TEXT NOT NULL, updated_at INTEGER NOT NULL);
CREATE INDEX queue_ready ON queue (route, priority, run_at) WHERE state = 1;
CREATE INDEX queue_unknown ON queue (run_at) WHERE state = 4;
CREATE INDEX queue_parked ON queue (lane) WHERE state = 6;
CREATE INDEX queue_lane ON queue (lane, position);
CREATE UNIQUE INDEX queue_in_flight ON queue (flight) WHERE flight IS NOT NULL;

CREATE TABLE outcome (id INTEGER PRIMARY KEY, state INTEGER NOT NULL, epoch INTEGER NOT NULL, attempts INTEGER NOT NULL,
  attempts_allowed INTEGER NOT NULL, verifications INTEGER NOT NULL, crashes INTEGER NOT NULL, expires_at INTEGER NOT NULL,
  worker INTEGER NOT NULL, first_send_at INTEGER NOT NULL, last_send_at INTEGER NOT NULL, ambiguous_at INTEGER NOT NULL,
  error_kind INTEGER NOT NULL, reason TEXT NOT NULL, error TEXT NOT NULL, status INTEGER NOT NULL, answer BLOB NOT NULL,
  updated_at INTEGER NOT NULL);
CREATE INDEX outcome_letters ON outcome (state) WHERE state IN (8, 9);

CREATE TABLE lane_hold (lane INTEGER PRIMARY KEY, until INTEGER NOT NULL);
CREATE TABLE audit (id INTEGER PRIMARY KEY, intent INTEGER NOT NULL, epoch INTEGER NOT NULL, at INTEGER NOT NULL,
  event TEXT NOT NULL, actor TEXT NOT NULL, detail TEXT NOT NULL);
CREATE INDEX audit_intent ON audit (intent);
CREATE TABLE pause (scope TEXT PRIMARY KEY, actor TEXT NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE writes (connector TEXT NOT NULL, minute INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (connector, minute))
  WITHOUT ROWID;

CREATE TABLE inbox (id INTEGER PRIMARY KEY, dedup INTEGER NOT NULL, tenant TEXT NOT NULL, source TEXT NOT NULL,
  topic TEXT NOT NULL, dedup_key TEXT NOT NULL, headers BLOB NOT NULL, body BLOB NOT NULL, received_at INTEGER NOT NULL,
  state INTEGER NOT NULL, attempts INTEGER NOT NULL, detail TEXT NOT NULL);
CREATE INDEX inbox_dedup ON inbox (dedup);
CREATE INDEX inbox_open ON inbox (state) WHERE state <> 2;

CREATE TABLE mirror (tenant TEXT NOT NULL, system TEXT NOT NULL, kind TEXT NOT NULL, external_id TEXT NOT NULL,
  canonical_id TEXT NOT NULL, content_hash BLOB NOT NULL, source_version TEXT NOT NULL, raw_hash BLOB NOT NULL,
  observed_at INTEGER NOT NULL, deleted INTEGER NOT NULL, content BLOB NOT NULL,
  PRIMARY KEY (tenant, system, kind, external_id));
CREATE INDEX mirror_canonical ON mirror (canonical_id);
CREATE TABLE identity (tenant TEXT NOT NULL, system TEXT NOT NULL, kind TEXT NOT NULL, external_id TEXT NOT NULL,
  canonical_id TEXT NOT NULL, PRIMARY KEY (tenant, system, kind, external_id)) WITHOUT ROWID;
CREATE INDEX identity_canonical ON identity (canonical_id);
CREATE TABLE cursor (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE journal (id INTEGER PRIMARY KEY, tenant TEXT NOT NULL, system TEXT NOT NULL, kind TEXT NOT NULL,
  origin TEXT NOT NULL, bytes BLOB NOT NULL, at INTEGER NOT NULL);
CREATE TABLE decision (id INTEGER PRIMARY KEY, tenant TEXT NOT NULL, kind TEXT NOT NULL, canonical_id TEXT NOT NULL,
  rule TEXT NOT NULL, verdict TEXT NOT NULL, bundle_hash BLOB NOT NULL, data BLOB NOT NULL, intent INTEGER NOT NULL,
  at INTEGER NOT NULL);
CREATE INDEX decision_canonical ON decision (canonical_id);
CREATE TABLE finding (tenant TEXT NOT NULL, rule TEXT NOT NULL, entity TEXT NOT NULL, class TEXT NOT NULL,
  data BLOB NOT NULL, first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL, recurrences INTEGER NOT NULL,
  open INTEGER NOT NULL, PRIMARY KEY (tenant, rule, entity)) WITHOUT ROWID;
CREATE TABLE posting (tenant TEXT NOT NULL, canonical_id TEXT NOT NULL, system TEXT NOT NULL, document_kind TEXT NOT NULL,
  key TEXT NOT NULL, document_ref TEXT NOT NULL, sent_at INTEGER NOT NULL, accepted_at INTEGER NOT NULL,
  verified_at INTEGER NOT NULL, verified_hash BLOB NOT NULL, data BLOB NOT NULL,
  PRIMARY KEY (tenant, canonical_id, system, document_kind, key)) WITHOUT ROWID;
CREATE INDEX posting_document ON posting (document_ref);
CREATE TABLE bundle (tenant TEXT NOT NULL, hash BLOB NOT NULL, bytes BLOB NOT NULL, active INTEGER NOT NULL,
  at INTEGER NOT NULL, PRIMARY KEY (tenant, hash));
CREATE TABLE echo (tenant TEXT NOT NULL, system TEXT NOT NULL, kind TEXT NOT NULL, external_id TEXT NOT NULL,
  field_group TEXT NOT NULL, hash BLOB NOT NULL, intent INTEGER NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY (tenant, system, kind, external_id, field_group)) WITHOUT ROWID;
)sql";

constexpr const char* kStep2 = R"sql(
CREATE TABLE shared_limit (name TEXT PRIMARY KEY, state BLOB NOT NULL, version INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE tombstone (id INTEGER PRIMARY KEY, aggregate_hash INTEGER NOT NULL, purpose_hash INTEGER NOT NULL,
  seq INTEGER NOT NULL, key BLOB NOT NULL, fingerprint BLOB NOT NULL, state INTEGER NOT NULL, at INTEGER NOT NULL);
CREATE INDEX tombstone_purpose ON tombstone (aggregate_hash);
)sql";

constexpr std::array<const char*, kSchemaMinor> kSteps = {kStep1, kStep2};

}  // namespace

absl::Status ApplySchema(Connection& connection, std::int32_t from_minor, std::int32_t to_minor) {
  if (from_minor >= to_minor) return absl::OkStatus();
  std::string sql = "BEGIN IMMEDIATE;\n";
  for (std::int32_t step = from_minor; step < to_minor; ++step) sql += kSteps[static_cast<std::size_t>(step)];
  sql += "PRAGMA application_id = " + std::to_string(kApplicationId) + ";\n";
  sql += "PRAGMA user_version = " + std::to_string(UserVersion(kSchemaMajor, to_minor)) + ";\n";
  sql += "COMMIT;";
  absl::Status status = connection.Execute(sql);
  if (!status.ok() && connection.in_transaction()) connection.Execute("ROLLBACK").IgnoreError();
  return status;
}

}  // namespace internal
FAIRLEAD_NAMESPACE_END
