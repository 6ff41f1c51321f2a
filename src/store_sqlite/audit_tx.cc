// What is told about intents: audit, pauses, and how many writes went out.
#include "src/store_sqlite/internal/sqlite_transaction.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal {
namespace {

std::int64_t MinuteOf(StoreTime now) {
  return std::chrono::duration_cast<std::chrono::minutes>(now.time_since_epoch()).count();
}

}  // namespace

absl::Status SqliteTransaction::AppendAudit(const AuditRecord& record) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  return Query(connection(), "INSERT INTO audit (intent, epoch, at, event, actor, detail) VALUES (?, ?, ?, ?, ?, ?)")
      .Int(record.intent_id)
      .Int(record.epoch)
      .Time(record.at)
      .Text(record.event)
      .Text(record.actor)
      .Text(record.detail)
      .Run();
}

absl::StatusOr<std::vector<AuditRecord>> SqliteTransaction::ListAudit(std::int64_t intent_id) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  std::vector<AuditRecord> records;
  Query query(connection(),
              "SELECT id, intent, epoch, at, event, actor, detail FROM audit WHERE intent = ? ORDER BY id");
  query.Int(intent_id);
  while (true) {
    FAIRLEAD_ASSIGN_OR_RETURN(const bool more, query.Next());
    if (!more) return records;
    records.push_back({query.GetInt(0), query.GetInt(1), query.GetInt(2), query.GetWallTime(3), query.GetText(4),
                       query.GetText(5), query.GetText(6)});
  }
}

absl::Status SqliteTransaction::PutPause(const Pause& pause) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  return Query(connection(),
               "INSERT INTO pause (scope, actor, reason, at) VALUES (?, ?, ?, ?) ON CONFLICT (scope) DO UPDATE SET "
               "actor = excluded.actor, reason = excluded.reason, at = excluded.at")
      .Text(pause.scope)
      .Text(pause.actor)
      .Text(pause.reason)
      .Time(pause.at)
      .Run();
}

absl::StatusOr<bool> SqliteTransaction::RemovePause(std::string_view scope) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  FAIRLEAD_RETURN_IF_ERROR(Query(connection(), "DELETE FROM pause WHERE scope = ?").Text(scope).Run());
  return connection().changes() == 1;
}

absl::StatusOr<std::vector<Pause>> SqliteTransaction::ListPauses() {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  std::vector<Pause> pauses;
  Query query(connection(), "SELECT scope, actor, reason, at FROM pause ORDER BY scope");
  while (true) {
    FAIRLEAD_ASSIGN_OR_RETURN(const bool more, query.Next());
    if (!more) return pauses;
    pauses.push_back({query.GetText(0), query.GetText(1), query.GetText(2), query.GetWallTime(3)});
  }
}

absl::Status SqliteTransaction::CountWrites(std::string_view connector, StoreTime now, std::int64_t n) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  counted_[{std::string(connector), MinuteOf(now)}] += n;
  return absl::OkStatus();
}

absl::StatusOr<std::int64_t> SqliteTransaction::WritesInLastHour(std::string_view connector, StoreTime now) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  const std::int64_t since = MinuteOf(now) - 60;
  Query query(connection(), "SELECT COALESCE(SUM(n), 0) FROM writes WHERE connector = ? AND minute > ?");
  query.Text(connector).Int(since);
  FAIRLEAD_ASSIGN_OR_RETURN([[maybe_unused]] const bool row, query.Next());
  std::int64_t writes = query.GetInt(0);
  for (const auto& [bucket, n] : counted_) {
    if (bucket.first == connector && bucket.second > since) writes += n;
  }
  return writes;
}

absl::Status SqliteTransaction::FlushWrites() {
  for (const auto& [bucket, n] : counted_) {
    FAIRLEAD_RETURN_IF_ERROR(Query(connection(),
                                   "INSERT INTO writes (connector, minute, n) VALUES (?, ?, ?) ON CONFLICT (connector, "
                                   "minute) DO UPDATE SET n = n + excluded.n")
                                 .Text(bucket.first)
                                 .Int(bucket.second)
                                 .Int(n)
                                 .Run());
    FAIRLEAD_RETURN_IF_ERROR(Query(connection(), "DELETE FROM writes WHERE connector = ? AND minute < ?")
                                 .Text(bucket.first)
                                 .Int(bucket.second - 120)
                                 .Run());
  }
  counted_.clear();
  return absl::OkStatus();
}

}  // namespace internal
FAIRLEAD_NAMESPACE_END
