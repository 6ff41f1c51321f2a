// What is told about intents: audit, pauses, and how many writes went out.
#include "src/store_postgres/internal/postgres_transaction.h"

#include "fairlead/core/error.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal::postgres {
namespace {

std::int64_t MinuteOf(StoreTime now) {
  return std::chrono::duration_cast<std::chrono::minutes>(now.time_since_epoch()).count();
}

}  // namespace

absl::Status PostgresTransaction::AppendAudit(const AuditRecord& record) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  // Nothing in it can be refused, so it goes out with the next statement.
  return connection().Send(
      "INSERT INTO audit (intent, epoch, at, event, actor, detail) VALUES ($1, $2, $3, $4, $5, $6)",
      Params()
          .Int(record.intent_id)
          .Int(record.epoch)
          .Time(record.at)
          .Text(record.event)
          .Text(record.actor)
          .Text(record.detail));
}

absl::StatusOr<std::vector<AuditRecord>> PostgresTransaction::ListAudit(std::int64_t intent_id) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  FAIRLEAD_ASSIGN_OR_RETURN(
      const Result result,
      connection().Ask("SELECT id, intent, epoch, at, event, actor, detail FROM audit WHERE intent = $1 ORDER BY id",
                       Params().Int(intent_id)));
  std::vector<AuditRecord> records;
  for (int row = 0; row < result.rows(); ++row) {
    RowReader in(result, row);
    AuditRecord record;
    record.id = in.Int();
    record.intent_id = in.Int();
    record.epoch = in.Int();
    record.at = in.Wall();
    record.event = in.Text();
    record.actor = in.Text();
    record.detail = in.Text();
    records.push_back(std::move(record));
  }
  return records;
}

absl::Status PostgresTransaction::PutPause(const Pause& pause) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  return connection()
      .Ask(
          "INSERT INTO pause (scope, actor, reason, at) VALUES ($1, $2, $3, $4) ON CONFLICT (scope) DO UPDATE SET "
          "actor = excluded.actor, reason = excluded.reason, at = excluded.at",
          Params().Text(pause.scope).Text(pause.actor).Text(pause.reason).Time(pause.at))
      .status();
}

absl::StatusOr<bool> PostgresTransaction::RemovePause(std::string_view scope) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  FAIRLEAD_ASSIGN_OR_RETURN(const std::int64_t removed,
                            Change("DELETE FROM pause WHERE scope = $1", Params().Text(scope)));
  return removed == 1;
}

absl::StatusOr<std::vector<Pause>> PostgresTransaction::ListPauses() {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  FAIRLEAD_ASSIGN_OR_RETURN(const Result result,
                            connection().Ask("SELECT scope, actor, reason, at FROM pause ORDER BY scope"));
  std::vector<Pause> pauses;
  for (int row = 0; row < result.rows(); ++row) {
    pauses.push_back(
        {result.GetText(row, 0), result.GetText(row, 1), result.GetText(row, 2), result.GetWallTime(row, 3)});
  }
  return pauses;
}

absl::Status PostgresTransaction::CountWrites(std::string_view connector, StoreTime now, std::int64_t n) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  counted_[{std::string(connector), MinuteOf(now)}] += n;
  return absl::OkStatus();
}

absl::StatusOr<std::int64_t> PostgresTransaction::WritesInLastHour(std::string_view connector, StoreTime now) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  const std::int64_t since = MinuteOf(now) - 60;
  FAIRLEAD_ASSIGN_OR_RETURN(
      const Result sum,
      connection().Ask("SELECT COALESCE(SUM(n), 0)::bigint FROM writes WHERE connector = $1 AND minute > $2",
                       Params().Text(connector).Int(since)));
  std::int64_t writes = sum.GetInt(0, 0);
  for (const auto& [bucket, n] : counted_) {
    if (bucket.first == connector && bucket.second > since) writes += n;
  }
  return writes;
}

// At the very end and in one order, because every worker counts in the same rows: they are held for the commit alone.
absl::Status PostgresTransaction::SendWrites() {
  for (const auto& [bucket, n] : counted_) {
    FAIRLEAD_RETURN_IF_ERROR(connection().Send(
        "INSERT INTO writes (connector, minute, n) VALUES ($1, $2, $3) ON CONFLICT (connector, minute) DO UPDATE SET n "
        "= writes.n + excluded.n",
        Params().Text(bucket.first).Int(bucket.second).Int(n)));
    FAIRLEAD_RETURN_IF_ERROR(
        connection().Send("DELETE FROM writes WHERE (connector, minute) IN (SELECT connector, minute FROM writes WHERE "
                          "connector = $1 AND "
                          "minute < $2 FOR UPDATE SKIP LOCKED)",
                          Params().Text(bucket.first).Int(bucket.second - 120)));
  }
  counted_.clear();
  return absl::OkStatus();
}

}  // namespace internal::postgres
FAIRLEAD_NAMESPACE_END
