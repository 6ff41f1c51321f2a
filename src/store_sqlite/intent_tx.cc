// Intents in and out.
#include <algorithm>

#include "fairlead/core/error.h"
#include "src/store_sqlite/internal/intent_rows.h"
#include "src/store_sqlite/internal/sqlite_transaction.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal {
namespace {

constexpr const char* kLoadLive = "SELECT " FAIRLEAD_INTENT_COLUMNS ", " FAIRLEAD_QUEUE_COLUMNS
                                  ", 0, x'' FROM queue q JOIN intent i ON i.id = q.id WHERE q.id = ?";
constexpr const char* kLoadOver =
    "SELECT " FAIRLEAD_INTENT_COLUMNS
    ", o.state, o.epoch, o.attempts, o.attempts_allowed, o.verifications, o.crashes, o.expires_at, o.worker, "
    "o.first_send_at, "
    "o.last_send_at, o.ambiguous_at, o.error_kind, o.reason, o.error, o.updated_at, 0, 0, o.status, o.answer "
    "FROM outcome o JOIN intent i ON i.id = o.id WHERE o.id = ?";

}  // namespace

absl::Status SqliteTransaction::FillIntent(Query& row, Intent& intent) {
  using std::chrono::milliseconds;
  int c = 0;
  intent.id = row.GetInt(c++);
  intent.parts.intent_seq = row.GetInt(c++);
  FAIRLEAD_ASSIGN_OR_RETURN(const NameCache::Route* const route, RouteOf(row.GetInt(c++)));
  intent.parts.tenant = route->tenant;
  intent.parts.connector = route->connector;
  intent.parts.account = route->account;
  intent.parts.operation = route->operation;
  intent.parts.aggregate = row.GetText(c++);
  intent.parts.purpose = row.GetText(c++);
  intent.key = IntentKey(Digest256::FromBytes(row.GetView(c++)).value_or(Digest256{}));
  intent.fingerprint = Digest256::FromBytes(row.GetView(c++)).value_or(Digest256{});
  intent.effect = static_cast<Effect>(row.GetInt(c++));
  intent.method = row.GetText(c++);
  intent.target = row.GetText(c++);
  intent.body = row.GetText(c++);
  intent.reference = row.GetText(c++);
  intent.coalesce = static_cast<Coalesce>(row.GetInt(c++));
  intent.coalesce_field = row.GetText(c++);
  intent.priority = static_cast<std::int32_t>(row.GetInt(c++));
  intent.timeout = milliseconds(row.GetInt(c++));
  intent.settle = milliseconds(row.GetInt(c++));
  intent.retention = milliseconds(row.GetInt(c++));
  intent.horizon = milliseconds(row.GetInt(c++));
  intent.max_attempts = static_cast<std::uint32_t>(row.GetInt(c++));
  intent.owner = row.GetText(c++);
  intent.runbook = row.GetText(c++);
  intent.money_at_risk = row.GetText(c++);
  intent.parent_id = row.GetInt(c++);
  intent.position = row.GetInt(c++);
  if (intent.position == 0) intent.position = intent.id;
  intent.created_at = row.GetWallTime(c++);
  return absl::OkStatus();
}

absl::Status SqliteTransaction::FillProgress(Query& row, int c, IntentProgress& progress) {
  progress.state = static_cast<IntentState>(row.GetInt(c++));
  progress.epoch = row.GetInt(c++);
  progress.attempts = static_cast<std::uint32_t>(row.GetInt(c++));
  progress.attempts_allowed = static_cast<std::uint32_t>(row.GetInt(c++));
  progress.verifications = static_cast<std::uint32_t>(row.GetInt(c++));
  progress.crashes = static_cast<std::uint32_t>(row.GetInt(c++));
  progress.expires_at = row.GetStoreTime(c++);
  FAIRLEAD_ASSIGN_OR_RETURN(progress.worker, WorkerName(row.GetInt(c++)));
  progress.first_send_at = row.GetStoreTime(c++);
  progress.last_send_at = row.GetStoreTime(c++);
  progress.ambiguous_at = row.GetStoreTime(c++);
  progress.error_kind = static_cast<ErrorKind>(row.GetInt(c++));
  progress.reason = row.GetText(c++);
  progress.error = row.GetText(c++);
  progress.updated_at = row.GetWallTime(c++);
  progress.run_at = row.GetStoreTime(c++);
  progress.lease_until = row.GetStoreTime(c++);
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Intent>> SqliteTransaction::Load(std::int64_t id) {
  for (const char* const sql : {kLoadLive, kLoadOver}) {
    Query query(connection(), sql);
    query.Int(id);
    FAIRLEAD_ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) continue;
    std::optional<Intent> intent(std::in_place);
    FAIRLEAD_RETURN_IF_ERROR(FillIntent(query, *intent));
    FAIRLEAD_RETURN_IF_ERROR(FillProgress(query, kIntentColumns, *intent));
    intent->answer.status = static_cast<std::int32_t>(query.GetInt(kIntentColumns + kQueueColumns));
    intent->answer.body = query.GetText(kIntentColumns + kQueueColumns + 1);
    return intent;
  }
  return std::nullopt;
}

absl::Status SqliteTransaction::InsertQueue(std::int64_t id, std::int64_t route, std::int64_t lane,
                                            std::int64_t position, std::int32_t priority,
                                            const IntentProgress& progress) {
  FAIRLEAD_ASSIGN_OR_RETURN(const std::int64_t worker, WorkerId(progress.worker));
  return Query(connection(),
               "INSERT INTO queue (id, state, lane, flight, position, route, priority, run_at, epoch, attempts, "
               "attempts_allowed, verifications, "
               "crashes, expires_at, lease_until, worker, first_send_at, last_send_at, ambiguous_at, error_kind, "
               "reason, error, "
               "updated_at) VALUES (?, ?, ?, NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .Int(id)
      .Int(static_cast<std::int64_t>(progress.state))
      .Int(lane)
      .Int(position)
      .Int(route)
      .Int(priority)
      .Time(progress.run_at)
      .Int(progress.epoch)
      .Int(progress.attempts)
      .Int(progress.attempts_allowed)
      .Int(progress.verifications)
      .Int(progress.crashes)
      .Time(progress.expires_at)
      .Time(progress.lease_until)
      .Int(worker)
      .Time(progress.first_send_at)
      .Time(progress.last_send_at)
      .Time(progress.ambiguous_at)
      .Int(static_cast<std::int64_t>(progress.error_kind))
      .Text(progress.reason)
      .Text(progress.error)
      .Time(progress.updated_at)
      .Run();
}

absl::StatusOr<std::int64_t> SqliteTransaction::InsertIntent(const Intent& intent) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  FAIRLEAD_ASSIGN_OR_RETURN(const std::int64_t route, RouteId(intent.parts));
  FAIRLEAD_RETURN_IF_ERROR(session_->purposes.Load(connection()));
  const PurposeHash hash = HashPurpose(intent.parts);
  FAIRLEAD_RETURN_IF_ERROR(Query(connection(),
                                 "INSERT INTO intent (aggregate_hash, purpose_hash, seq, route, aggregate, purpose, "
                                 "key, fingerprint, effect, method, target, body, reference, "
                                 "coalesce, coalesce_field, priority, timeout_ms, settle_ms, retention_ms, horizon_ms, "
                                 "max_attempts, owner, runbook, "
                                 "money_at_risk, parent, position, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
                                 "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
                                 "?, ?, ?, ?)")
                               .Int(hash.aggregate)
                               .Int(hash.purpose)
                               .Int(intent.parts.intent_seq)
                               .Int(route)
                               .Text(intent.parts.aggregate)
                               .Text(intent.parts.purpose)
                               .Blob(intent.key.view())
                               .Blob(intent.fingerprint.view())
                               .Int(static_cast<std::int64_t>(intent.effect))
                               .Text(intent.method)
                               .Text(intent.target)
                               .Blob(intent.body)
                               .Text(intent.reference)
                               .Int(static_cast<std::int64_t>(intent.coalesce))
                               .Text(intent.coalesce_field)
                               .Int(intent.priority)
                               .Int(intent.timeout.count())
                               .Int(intent.settle.count())
                               .Int(intent.retention.count())
                               .Int(intent.horizon.count())
                               .Int(intent.max_attempts)
                               .Text(intent.owner)
                               .Text(intent.runbook)
                               .Text(intent.money_at_risk)
                               .Int(intent.parent_id)
                               .Int(intent.position)
                               .Time(intent.created_at)
                               .Run());
  const std::int64_t id = connection().last_id();
  session_->purposes.Add({hash, intent.parts.intent_seq, id});
  const std::int64_t position = intent.position == 0 ? id : intent.position;
  FAIRLEAD_RETURN_IF_ERROR(InsertQueue(id, route, HashLane(intent.parts), position, intent.priority, intent));
  return id;
}

absl::StatusOr<std::optional<Intent>> SqliteTransaction::GetIntent(std::int64_t id) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  return Load(id);
}

absl::StatusOr<std::optional<Intent>> SqliteTransaction::GetIntentByKey(std::string_view key) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  const auto digest = Digest256::FromHex(key);
  const bool uuid = key.size() == 36;
  if (!digest.has_value() && !uuid) return std::nullopt;
  std::int64_t id = 0;
  {
    // Newest first: what people ask for has usually just happened.
    Query query(connection(), "SELECT id, key FROM intent ORDER BY id DESC");
    while (id == 0) {
      FAIRLEAD_ASSIGN_OR_RETURN(const bool more, query.Next());
      if (!more) return std::nullopt;
      const auto stored = Digest256::FromBytes(query.GetView(1));
      if (!stored.has_value()) continue;
      if (digest.has_value() ? *stored == *digest : IntentKey(*stored).ToUuid() == key) id = query.GetInt(0);
    }
  }
  return GetIntent(id);
}

absl::StatusOr<std::vector<Intent>> SqliteTransaction::ListIntents(const IntentFilter& filter) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  FAIRLEAD_RETURN_IF_ERROR(LoadRoutes());
  const auto wants = [&](IntentState state) {
    return filter.states.empty() || std::find(filter.states.begin(), filter.states.end(), state) != filter.states.end();
  };
  bool live = false;
  bool over = false;
  bool other_over = false;
  for (int s = 1; s <= static_cast<int>(IntentState::kCancelled); ++s) {
    const auto state = static_cast<IntentState>(s);
    if (!wants(state)) continue;
    (IsTerminal(state) ? over : live) = true;
    if (IsTerminal(state) && state != IntentState::kRejected && state != IntentState::kDead) other_over = true;
  }
  // Each table in the order of id, then merged: ids of one never lie in the other.
  std::vector<std::int64_t> ids;
  const auto collect = [&](const char* sql, bool by_state) -> absl::Status {
    Query query(connection(), sql);
    query.Int(filter.after_id);
    std::size_t found = 0;
    while (found < filter.limit) {
      FAIRLEAD_ASSIGN_OR_RETURN(const bool more, query.Next());
      if (!more) return absl::OkStatus();
      if (by_state && !wants(static_cast<IntentState>(query.GetInt(1)))) continue;
      FAIRLEAD_ASSIGN_OR_RETURN(const NameCache::Route* const route, RouteOf(query.GetInt(2)));
      if (!filter.connector.empty() && filter.connector != route->connector) continue;
      if (!filter.operation.empty() && filter.operation != route->operation) continue;
      if (!filter.reason.empty() && filter.reason != query.GetView(3)) continue;
      if (!filter.aggregate.empty() && filter.aggregate != query.GetView(4)) continue;
      ids.push_back(query.GetInt(0));
      ++found;
    }
    return absl::OkStatus();
  };
  if (live) {
    FAIRLEAD_RETURN_IF_ERROR(
        collect("SELECT q.id, q.state, q.route, q.reason, i.aggregate FROM queue q JOIN intent i ON i.id = q.id "
                "WHERE q.id > ? ORDER BY q.id",
                true));
  }
  if (over && other_over) {
    FAIRLEAD_RETURN_IF_ERROR(
        collect("SELECT o.id, o.state, i.route, o.reason, i.aggregate FROM outcome o JOIN intent i ON i.id = "
                "o.id WHERE o.id > ? ORDER BY o.id",
                true));
  } else if (over) {
    FAIRLEAD_RETURN_IF_ERROR(
        collect("SELECT o.id, o.state, i.route, o.reason, i.aggregate FROM outcome o INDEXED BY outcome_letters "
                "JOIN intent i ON i.id = o.id WHERE o.state IN (8, 9) AND o.id > ? ORDER BY o.id",
                true));
  }
  std::sort(ids.begin(), ids.end());
  if (ids.size() > filter.limit) ids.resize(filter.limit);
  std::vector<Intent> intents;
  intents.reserve(ids.size());
  for (const std::int64_t id : ids) {
    FAIRLEAD_ASSIGN_OR_RETURN(auto intent, GetIntent(id));
    if (intent.has_value()) intents.push_back(*std::move(intent));
  }
  return intents;
}

absl::StatusOr<std::vector<Intent>> SqliteTransaction::ListLane(const KeyParts& parts) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  std::vector<std::int64_t> ids;
  {
    Query query(connection(), "SELECT id FROM queue INDEXED BY queue_lane WHERE lane = ? ORDER BY position, id");
    query.Int(HashLane(parts));
    while (true) {
      FAIRLEAD_ASSIGN_OR_RETURN(const bool more, query.Next());
      if (!more) break;
      ids.push_back(query.GetInt(0));
    }
  }
  std::vector<Intent> lane;
  lane.reserve(ids.size());
  for (const std::int64_t id : ids) {
    FAIRLEAD_ASSIGN_OR_RETURN(auto intent, GetIntent(id));
    if (intent.has_value()) lane.push_back(*std::move(intent));
  }
  return lane;
}

absl::StatusOr<bool> SqliteTransaction::UpdateIntent(std::int64_t id, const IntentProgress& after, IntentState state,
                                                     std::int64_t epoch) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  const bool was_over = IsTerminal(state);
  const bool is_over = IsTerminal(after.state);
  if (!was_over && !is_over) {
    if (state == IntentState::kLeased && after.state == IntentState::kSending) {
      // The hot one: only what changes.
      FAIRLEAD_RETURN_IF_ERROR(
          Query(connection(),
                "UPDATE queue SET state = 3, attempts = ?, first_send_at = ?, last_send_at = ?, updated_at = ? "
                "WHERE id = ? AND state = 2 AND epoch = ?")
              .Int(after.attempts)
              .Time(after.first_send_at)
              .Time(after.last_send_at)
              .Time(after.updated_at)
              .Int(id)
              .Int(epoch)
              .Run());
      return connection().changes() == 1;
    }
    FAIRLEAD_ASSIGN_OR_RETURN(const std::int64_t worker, WorkerId(after.worker));
    FAIRLEAD_RETURN_IF_ERROR(
        Query(connection(),
              "UPDATE queue SET state = ?1, flight = CASE WHEN ?1 BETWEEN 2 AND 5 THEN lane END, run_at = ?, epoch = "
              "?, attempts = ?, attempts_allowed = ?, verifications = ?, crashes = ?, "
              "expires_at = ?, lease_until = ?, worker = ?, first_send_at = ?, last_send_at = ?, ambiguous_at = ?, "
              "error_kind = ?, "
              "reason = ?, error = ?, updated_at = ? WHERE id = ? AND state = ? AND epoch = ?")
            .Int(static_cast<std::int64_t>(after.state))
            .Time(after.run_at)
            .Int(after.epoch)
            .Int(after.attempts)
            .Int(after.attempts_allowed)
            .Int(after.verifications)
            .Int(after.crashes)
            .Time(after.expires_at)
            .Time(after.lease_until)
            .Int(worker)
            .Time(after.first_send_at)
            .Time(after.last_send_at)
            .Time(after.ambiguous_at)
            .Int(static_cast<std::int64_t>(after.error_kind))
            .Text(after.reason)
            .Text(after.error)
            .Time(after.updated_at)
            .Int(id)
            .Int(static_cast<std::int64_t>(state))
            .Int(epoch)
            .Run());
    return connection().changes() == 1;
  }
  std::optional<Intent> reopened;
  if (was_over) {
    if (!is_over) {
      FAIRLEAD_ASSIGN_OR_RETURN(reopened, GetIntent(id));
      if (!reopened.has_value()) return false;
    }
    FAIRLEAD_RETURN_IF_ERROR(Query(connection(), "DELETE FROM outcome WHERE id = ? AND state = ? AND epoch = ?")
                                 .Int(id)
                                 .Int(static_cast<std::int64_t>(state))
                                 .Int(epoch)
                                 .Run());
  } else {
    FAIRLEAD_RETURN_IF_ERROR(Query(connection(), "DELETE FROM queue WHERE id = ? AND state = ? AND epoch = ?")
                                 .Int(id)
                                 .Int(static_cast<std::int64_t>(state))
                                 .Int(epoch)
                                 .Run());
  }
  if (connection().changes() != 1) return false;
  if (!is_over) {
    FAIRLEAD_ASSIGN_OR_RETURN(const std::int64_t route, RouteId(reopened->parts));
    FAIRLEAD_RETURN_IF_ERROR(
        InsertQueue(id, route, HashLane(reopened->parts), reopened->position, reopened->priority, after));
    return true;
  }
  FAIRLEAD_ASSIGN_OR_RETURN(const std::int64_t worker, WorkerId(after.worker));
  FAIRLEAD_RETURN_IF_ERROR(
      Query(connection(),
            "INSERT INTO outcome (id, state, epoch, attempts, attempts_allowed, verifications, crashes, expires_at, "
            "worker, "
            "first_send_at, last_send_at, ambiguous_at, error_kind, reason, error, status, answer, updated_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
          .Int(id)
          .Int(static_cast<std::int64_t>(after.state))
          .Int(after.epoch)
          .Int(after.attempts)
          .Int(after.attempts_allowed)
          .Int(after.verifications)
          .Int(after.crashes)
          .Time(after.expires_at)
          .Int(worker)
          .Time(after.first_send_at)
          .Time(after.last_send_at)
          .Time(after.ambiguous_at)
          .Int(static_cast<std::int64_t>(after.error_kind))
          .Text(after.reason)
          .Text(after.error)
          .Int(after.answer.status)
          .Blob(after.answer.body)
          .Time(after.updated_at)
          .Run());
  return true;
}

}  // namespace internal
FAIRLEAD_NAMESPACE_END
