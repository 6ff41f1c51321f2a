#include <algorithm>
#include <tuple>

#include "fairlead/core/error.h"
#include "src/store_sqlite/internal/sqlite_transaction.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal {
namespace {

std::uint64_t HashOf(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) {
    const std::uint64_t size = part.size();
    text.append(reinterpret_cast<const char*>(&size), sizeof(size)).append(part);
  }
  const Digest256 digest = Sha256(text);
  std::uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = (value << 8) | digest.bytes[static_cast<std::size_t>(i)];
  return value;
}

// 32 bits of what the sequence number counts in, before 32 bits of the purpose.
struct Ident {
  std::int64_t first;
  std::int64_t last;
  std::int64_t exact;
};

Ident IdentOf(const KeyParts& parts) {
  const std::uint64_t high = HashOf({parts.tenant, parts.connector, parts.account, parts.operation, parts.aggregate}) << 32;
  const std::uint64_t low = HashOf({parts.purpose}) & 0xFFFFFFFF;
  return {static_cast<std::int64_t>(high), static_cast<std::int64_t>(high | 0xFFFFFFFF), static_cast<std::int64_t>(high | low)};
}

std::int64_t LaneOf(const KeyParts& parts) {
  return static_cast<std::int64_t>(HashOf({parts.tenant, parts.connector, parts.account, parts.aggregate}));
}

bool SamePurpose(const KeyParts& a, const KeyParts& b) {
  return std::tie(a.tenant, a.connector, a.account, a.operation, a.aggregate, a.purpose) ==
         std::tie(b.tenant, b.connector, b.account, b.operation, b.aggregate, b.purpose);
}

std::string RouteKey(const KeyParts& parts) {
  std::string key;
  for (const std::string* part : {&parts.tenant, &parts.connector, &parts.account, &parts.operation}) {
    key += std::to_string(part->size());
    key += ':';
    key += *part;
  }
  return key;
}

bool Contains(const std::vector<std::string>& list, const std::string& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

bool Allowed(const ClaimQuery& query, const NameCache::Route& route) {
  return (query.only_connector.empty() || query.only_connector == route.connector) &&
         (query.only_operations.empty() || Contains(query.only_operations, route.operation)) &&
         !Contains(query.skip_connectors, route.connector) && !Contains(query.skip_operations, route.operation);
}

#define FAIRLEAD_INTENT_COLUMNS                                                                                          \
  "i.id, i.seq, i.route, i.aggregate, i.purpose, i.key, i.fingerprint, i.effect, i.method, i.target, i.body, "          \
  "i.reference, i.coalesce, i.coalesce_field, i.priority, i.timeout_ms, i.settle_ms, i.retention_ms, i.horizon_ms, "    \
  "i.max_attempts, i.owner, i.runbook, i.money_at_risk, i.parent, i.position, i.created_at"
constexpr int kIntentColumns = 26;

#define FAIRLEAD_QUEUE_COLUMNS                                                                                           \
  "q.state, q.epoch, q.attempts, q.attempts_allowed, q.verifications, q.crashes, q.expires_at, q.worker, "              \
  "q.first_send_at, q.last_send_at, q.ambiguous_at, q.error_kind, q.reason, q.error, q.updated_at, q.run_at, "          \
  "q.lease_until"

constexpr const char* kLoadLive =
    "SELECT " FAIRLEAD_INTENT_COLUMNS ", " FAIRLEAD_QUEUE_COLUMNS ", 0, x'' FROM queue q JOIN intent i ON i.id = q.id WHERE q.id = ?";
constexpr const char* kLoadOver =
    "SELECT " FAIRLEAD_INTENT_COLUMNS
    ", o.state, o.epoch, o.attempts, o.attempts_allowed, o.verifications, o.crashes, o.expires_at, o.worker, o.first_send_at, "
    "o.last_send_at, o.ambiguous_at, o.error_kind, o.reason, o.error, o.updated_at, 0, 0, o.status, o.answer "
    "FROM outcome o JOIN intent i ON i.id = o.id WHERE o.id = ?";

// The head of its lane, with nothing of the lane in flight, sent and parked, or held.
#define FAIRLEAD_LANE_HEAD                                                                                               \
  " AND NOT EXISTS (SELECT 1 FROM queue b INDEXED BY queue_in_flight WHERE b.lane = q.lane AND b.state BETWEEN 2 AND 5)" \
  " AND NOT EXISTS (SELECT 1 FROM queue b INDEXED BY queue_lane WHERE b.lane = q.lane AND"                               \
  " (b.position, b.id) < (q.position, q.id))"                                                                            \
  " AND NOT EXISTS (SELECT 1 FROM queue b INDEXED BY queue_parked WHERE b.lane = q.lane AND b.state = 6 AND b.attempts > 0)"
#define FAIRLEAD_LANE_FREE                                                                                               \
  FAIRLEAD_LANE_HEAD                                                                                                     \
  " AND NOT EXISTS (SELECT 1 FROM lane_hold h WHERE h.lane = q.lane AND h.until > ?2)"

constexpr const char* kDueOfRoute =
    "SELECT q.priority, q.run_at, q.id FROM queue q INDEXED BY queue_ready WHERE q.state = 1 AND q.route = ?1 AND "
    "q.run_at <= ?2" FAIRLEAD_LANE_FREE " ORDER BY q.priority, q.run_at, q.id LIMIT ?3";
constexpr const char* kDueById =
    "SELECT q.route FROM queue q WHERE q.id = ?1 AND q.state = 1 AND q.run_at <= ?2" FAIRLEAD_LANE_FREE;
constexpr const char* kDueUnknown =
    "SELECT q.id, q.route FROM queue q INDEXED BY queue_unknown WHERE q.state = 4 AND q.run_at <= ?1 ORDER BY q.run_at, q.id";

}  // namespace

absl::StatusOr<std::int64_t> SqliteTransaction::RouteId(const KeyParts& parts) {
  std::string key = RouteKey(parts);
  NameCache& names = session_->names;
  if (const auto found = names.route_ids.find(key); found != names.route_ids.end()) return found->second;
  std::int64_t id = 0;
  {
    Query query(connection(), "SELECT id FROM route WHERE tenant = ? AND connector = ? AND account = ? AND operation = ?");
    query.Text(parts.tenant).Text(parts.connector).Text(parts.account).Text(parts.operation);
    FAIRLEAD_ASSIGN_OR_RETURN(const bool known, query.Next());
    if (known) id = query.GetInt(0);
  }
  if (id == 0) {
    if (mode_ != Mode::kWrite) return 0;
    FAIRLEAD_RETURN_IF_ERROR(Query(connection(), "INSERT INTO route (tenant, connector, account, operation) VALUES (?, ?, ?, ?)")
                                 .Text(parts.tenant)
                                 .Text(parts.connector)
                                 .Text(parts.account)
                                 .Text(parts.operation)
                                 .Run());
    id = connection().last_id();
    names.dirty = true;
  }
  names.route_ids.emplace(std::move(key), id);
  names.routes.emplace(id, NameCache::Route{parts.tenant, parts.connector, parts.account, parts.operation});
  return id;
}

absl::StatusOr<NameCache::Route> SqliteTransaction::RouteOf(std::int64_t id) {
  NameCache& names = session_->names;
  if (const auto found = names.routes.find(id); found != names.routes.end()) return found->second;
  Query query(connection(), "SELECT tenant, connector, account, operation FROM route WHERE id = ?");
  query.Int(id);
  FAIRLEAD_ASSIGN_OR_RETURN(const bool known, query.Next());
  if (!known) return SqliteError(nullptr, SQLITE_CORRUPT, "an intent names no route");
  NameCache::Route route{query.GetText(0), query.GetText(1), query.GetText(2), query.GetText(3)};
  names.routes.emplace(id, route);
  return route;
}

absl::Status SqliteTransaction::LoadRoutes() {
  Query query(connection(), "SELECT id, tenant, connector, account, operation FROM route");
  while (true) {
    FAIRLEAD_ASSIGN_OR_RETURN(const bool more, query.Next());
    if (!more) return absl::OkStatus();
    session_->names.routes.try_emplace(query.GetInt(0),
                                       NameCache::Route{query.GetText(1), query.GetText(2), query.GetText(3), query.GetText(4)});
  }
}

absl::StatusOr<std::int64_t> SqliteTransaction::WorkerId(std::string_view name) {
  if (name.empty()) return 0;
  NameCache& names = session_->names;
  if (const auto found = names.worker_ids.find(std::string(name)); found != names.worker_ids.end()) return found->second;
  std::int64_t id = 0;
  {
    Query query(connection(), "SELECT id FROM worker WHERE name = ?");
    query.Text(name);
    FAIRLEAD_ASSIGN_OR_RETURN(const bool known, query.Next());
    if (known) id = query.GetInt(0);
  }
  if (id == 0) {
    FAIRLEAD_RETURN_IF_ERROR(Query(connection(), "INSERT INTO worker (name) VALUES (?)").Text(name).Run());
    id = connection().last_id();
    names.dirty = true;
  }
  names.worker_ids.emplace(name, id);
  return id;
}

absl::StatusOr<std::string> SqliteTransaction::WorkerName(std::int64_t id) {
  if (id == 0) return std::string();
  NameCache& names = session_->names;
  if (const auto found = names.workers.find(id); found != names.workers.end()) return found->second;
  Query query(connection(), "SELECT name FROM worker WHERE id = ?");
  query.Int(id);
  FAIRLEAD_ASSIGN_OR_RETURN(const bool known, query.Next());
  std::string name = known ? query.GetText(0) : std::string();
  names.workers.emplace(id, name);
  return name;
}

absl::Status SqliteTransaction::FillIntent(Query& row, Intent& intent) {
  using std::chrono::milliseconds;
  int c = 0;
  intent.id = row.GetInt(c++);
  intent.parts.intent_seq = row.GetInt(c++);
  FAIRLEAD_ASSIGN_OR_RETURN(const NameCache::Route route, RouteOf(row.GetInt(c++)));
  intent.parts.tenant = route.tenant;
  intent.parts.connector = route.connector;
  intent.parts.account = route.account;
  intent.parts.operation = route.operation;
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
  c = kIntentColumns;
  intent.state = static_cast<IntentState>(row.GetInt(c++));
  intent.epoch = row.GetInt(c++);
  intent.attempts = static_cast<std::uint32_t>(row.GetInt(c++));
  intent.attempts_allowed = static_cast<std::uint32_t>(row.GetInt(c++));
  intent.verifications = static_cast<std::uint32_t>(row.GetInt(c++));
  intent.crashes = static_cast<std::uint32_t>(row.GetInt(c++));
  intent.expires_at = row.GetStoreTime(c++);
  FAIRLEAD_ASSIGN_OR_RETURN(intent.worker, WorkerName(row.GetInt(c++)));
  intent.first_send_at = row.GetStoreTime(c++);
  intent.last_send_at = row.GetStoreTime(c++);
  intent.ambiguous_at = row.GetStoreTime(c++);
  intent.error_kind = static_cast<ErrorKind>(row.GetInt(c++));
  intent.reason = row.GetText(c++);
  intent.error = row.GetText(c++);
  intent.updated_at = row.GetWallTime(c++);
  intent.run_at = row.GetStoreTime(c++);
  intent.lease_until = row.GetStoreTime(c++);
  intent.answer.status = static_cast<std::int32_t>(row.GetInt(c++));
  intent.answer.body = row.GetText(c++);
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
    return intent;
  }
  return std::nullopt;
}

absl::StatusOr<LedgerTransaction::PurposeLookup> SqliteTransaction::FindPurpose(const KeyParts& parts) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  PurposeLookup lookup;
  const Ident ident = IdentOf(parts);
  std::int64_t last_seq = 0;
  std::vector<std::int64_t> candidates;
  {
    Query query(connection(), "SELECT ident, seq, id FROM intent INDEXED BY intent_ident WHERE ident BETWEEN ? AND ?");
    query.Int(ident.first).Int(ident.last);
    while (true) {
      FAIRLEAD_ASSIGN_OR_RETURN(const bool more, query.Next());
      if (!more) break;
      last_seq = std::max(last_seq, query.GetInt(1));
      if (query.GetInt(0) == ident.exact) candidates.push_back(query.GetInt(2));
    }
  }
  for (const std::int64_t id : candidates) {
    FAIRLEAD_ASSIGN_OR_RETURN(auto intent, Load(id));
    if (intent.has_value() && SamePurpose(intent->parts, parts)) {
      lookup.existing = std::move(intent);
      return lookup;
    }
  }
  {
    Query query(connection(), "SELECT ident, seq, key FROM tombstone INDEXED BY tombstone_ident WHERE ident BETWEEN ? AND ?");
    query.Int(ident.first).Int(ident.last);
    while (true) {
      FAIRLEAD_ASSIGN_OR_RETURN(const bool more, query.Next());
      if (!more) break;
      last_seq = std::max(last_seq, query.GetInt(1));
      if (query.GetInt(0) != ident.exact) continue;
      KeyParts then = parts;
      then.intent_seq = query.GetInt(1);
      if (MakeIntentKey(then).view() == query.GetView(2)) lookup.expired = true;
    }
  }
  lookup.next_seq = last_seq + 1;
  return lookup;
}

absl::Status SqliteTransaction::InsertQueue(std::int64_t id, std::int64_t route, std::int64_t lane, std::int64_t position,
                                            std::int32_t priority, const IntentProgress& progress) {
  FAIRLEAD_ASSIGN_OR_RETURN(const std::int64_t worker, WorkerId(progress.worker));
  return Query(connection(),
               "INSERT INTO queue (id, state, lane, position, route, priority, run_at, epoch, attempts, attempts_allowed, verifications, "
               "crashes, expires_at, lease_until, worker, first_send_at, last_send_at, ambiguous_at, error_kind, reason, error, "
               "updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
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
  FAIRLEAD_RETURN_IF_ERROR(
      Query(connection(),
            "INSERT INTO intent (ident, seq, route, aggregate, purpose, key, fingerprint, effect, method, target, body, reference, "
            "coalesce, coalesce_field, priority, timeout_ms, settle_ms, retention_ms, horizon_ms, max_attempts, owner, runbook, "
            "money_at_risk, parent, position, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
            "?, ?, ?, ?)")
          .Int(IdentOf(intent.parts).exact)
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
  const std::int64_t position = intent.position == 0 ? id : intent.position;
  FAIRLEAD_RETURN_IF_ERROR(InsertQueue(id, route, LaneOf(intent.parts), position, intent.priority, intent));
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
      FAIRLEAD_ASSIGN_OR_RETURN(const NameCache::Route route, RouteOf(query.GetInt(2)));
      if (!filter.connector.empty() && filter.connector != route.connector) continue;
      if (!filter.operation.empty() && filter.operation != route.operation) continue;
      if (!filter.reason.empty() && filter.reason != query.GetView(3)) continue;
      if (!filter.aggregate.empty() && filter.aggregate != query.GetView(4)) continue;
      ids.push_back(query.GetInt(0));
      ++found;
    }
    return absl::OkStatus();
  };
  if (live) {
    FAIRLEAD_RETURN_IF_ERROR(collect("SELECT q.id, q.state, q.route, q.reason, i.aggregate FROM queue q JOIN intent i ON i.id = q.id "
                                     "WHERE q.id > ? ORDER BY q.id",
                                     true));
  }
  if (over && other_over) {
    FAIRLEAD_RETURN_IF_ERROR(collect("SELECT o.id, o.state, i.route, o.reason, i.aggregate FROM outcome o JOIN intent i ON i.id = "
                                     "o.id WHERE o.id > ? ORDER BY o.id",
                                     true));
  } else if (over) {
    FAIRLEAD_RETURN_IF_ERROR(collect("SELECT o.id, o.state, i.route, o.reason, i.aggregate FROM outcome o INDEXED BY outcome_letters "
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
    query.Int(LaneOf(parts));
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

absl::StatusOr<std::vector<Intent>> SqliteTransaction::ClaimIntents(const ClaimQuery& query) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  std::vector<Intent> claimed;
  if (query.limit == 0) return claimed;
  FAIRLEAD_ASSIGN_OR_RETURN(const std::int64_t worker, WorkerId(query.worker));
  const bool verify = query.from == IntentState::kUnknown;
  std::vector<std::int64_t> ids;
  if (query.only_id != 0) {
    if (verify) {
      Query one(connection(), "SELECT route FROM queue WHERE id = ? AND state = 4 AND run_at <= ?");
      one.Int(query.only_id).Time(query.now);
      FAIRLEAD_ASSIGN_OR_RETURN(const bool due, one.Next());
      if (!due) return claimed;
      FAIRLEAD_ASSIGN_OR_RETURN(const NameCache::Route route, RouteOf(one.GetInt(0)));
      if (Allowed(query, route)) ids.push_back(query.only_id);
    } else {
      Query one(connection(), kDueById);
      one.Int(query.only_id).Time(query.now);
      FAIRLEAD_ASSIGN_OR_RETURN(const bool due, one.Next());
      if (!due) return claimed;
      FAIRLEAD_ASSIGN_OR_RETURN(const NameCache::Route route, RouteOf(one.GetInt(0)));
      if (Allowed(query, route)) ids.push_back(query.only_id);
    }
  } else if (verify) {
    Query due(connection(), kDueUnknown);
    due.Time(query.now);
    while (ids.size() < query.limit) {
      FAIRLEAD_ASSIGN_OR_RETURN(const bool more, due.Next());
      if (!more) break;
      FAIRLEAD_ASSIGN_OR_RETURN(const NameCache::Route route, RouteOf(due.GetInt(1)));
      if (Allowed(query, route)) ids.push_back(due.GetInt(0));
    }
  } else {
    FAIRLEAD_RETURN_IF_ERROR(LoadRoutes());
    std::vector<std::tuple<std::int64_t, std::int64_t, std::int64_t>> due_rows;
    for (const auto& [route_id, route] : session_->names.routes) {
      if (!Allowed(query, route)) continue;
      Query due(connection(), kDueOfRoute);
      due.Int(route_id).Time(query.now).Int(static_cast<std::int64_t>(query.limit));
      while (true) {
        FAIRLEAD_ASSIGN_OR_RETURN(const bool more, due.Next());
        if (!more) break;
        due_rows.emplace_back(due.GetInt(0), due.GetInt(1), due.GetInt(2));
      }
    }
    std::sort(due_rows.begin(), due_rows.end());
    if (due_rows.size() > query.limit) due_rows.resize(query.limit);
    ids.reserve(due_rows.size());
    for (const auto& row : due_rows) ids.push_back(std::get<2>(row));
  }
  claimed.reserve(ids.size());
  for (const std::int64_t id : ids) {
    FAIRLEAD_RETURN_IF_ERROR(
        Query(connection(), "UPDATE queue SET state = ?, epoch = epoch + 1, lease_until = ?, worker = ? WHERE id = ? AND state = ?")
            .Int(static_cast<std::int64_t>(verify ? IntentState::kVerifying : IntentState::kLeased))
            .Time(query.lease_until)
            .Int(worker)
            .Int(id)
            .Int(static_cast<std::int64_t>(query.from))
            .Run());
    if (connection().changes() != 1) continue;
    FAIRLEAD_ASSIGN_OR_RETURN(auto intent, GetIntent(id));
    if (intent.has_value()) claimed.push_back(*std::move(intent));
  }
  return claimed;
}

absl::StatusOr<bool> SqliteTransaction::UpdateIntent(std::int64_t id, const IntentProgress& after, IntentState state,
                                                     std::int64_t epoch) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  const bool was_over = IsTerminal(state);
  const bool is_over = IsTerminal(after.state);
  if (!was_over && !is_over) {
    FAIRLEAD_ASSIGN_OR_RETURN(const std::int64_t worker, WorkerId(after.worker));
    if (state == IntentState::kLeased && after.state == IntentState::kSending) {
      // The hot one: only what changes.
      FAIRLEAD_RETURN_IF_ERROR(Query(connection(),
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
    FAIRLEAD_RETURN_IF_ERROR(
        Query(connection(),
              "UPDATE queue SET state = ?, run_at = ?, epoch = ?, attempts = ?, attempts_allowed = ?, verifications = ?, crashes = ?, "
              "expires_at = ?, lease_until = ?, worker = ?, first_send_at = ?, last_send_at = ?, ambiguous_at = ?, error_kind = ?, "
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
    FAIRLEAD_RETURN_IF_ERROR(InsertQueue(id, route, LaneOf(reopened->parts), reopened->position, reopened->priority, after));
    return true;
  }
  FAIRLEAD_ASSIGN_OR_RETURN(const std::int64_t worker, WorkerId(after.worker));
  FAIRLEAD_RETURN_IF_ERROR(
      Query(connection(),
            "INSERT INTO outcome (id, state, epoch, attempts, attempts_allowed, verifications, crashes, expires_at, worker, "
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

absl::StatusOr<std::vector<Intent>> SqliteTransaction::ListAbandoned(StoreTime now) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  std::vector<std::int64_t> ids;
  {
    // We hold the writer's lock: whoever else holds a lease is dead.
    FAIRLEAD_ASSIGN_OR_RETURN(const std::int64_t self, WorkerId(store_.worker_name()));
    Query query(connection(), "SELECT id FROM queue INDEXED BY queue_in_flight WHERE state BETWEEN 2 AND 5 AND state <> 4 AND "
                              "(worker <> ? OR lease_until <= ?) ORDER BY id");
    query.Int(self).Time(now);
    while (true) {
      FAIRLEAD_ASSIGN_OR_RETURN(const bool more, query.Next());
      if (!more) break;
      ids.push_back(query.GetInt(0));
    }
  }
  std::vector<Intent> abandoned;
  for (const std::int64_t id : ids) {
    FAIRLEAD_ASSIGN_OR_RETURN(auto intent, GetIntent(id));
    if (intent.has_value()) abandoned.push_back(*std::move(intent));
  }
  return abandoned;
}

absl::StatusOr<std::optional<StoreTime>> SqliteTransaction::NextDue() {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  std::optional<StoreTime> due;
  // What waits behind its lane is due when the lane is, not now.
  for (const char* const sql : {"SELECT MIN(MAX(q.run_at, COALESCE((SELECT h.until FROM lane_hold h WHERE h.lane = q.lane), 0))) "
                                "FROM queue q INDEXED BY queue_ready WHERE q.state = 1" FAIRLEAD_LANE_HEAD,
                                "SELECT MIN(run_at) FROM queue INDEXED BY queue_unknown WHERE state = 4"}) {
    Query query(connection(), sql);
    FAIRLEAD_ASSIGN_OR_RETURN(const bool row, query.Next());
    if (row && !query.IsNull(0) && (!due.has_value() || query.GetStoreTime(0) < *due)) due = query.GetStoreTime(0);
  }
  return due;
}

absl::Status SqliteTransaction::HoldLane(const KeyParts& parts, StoreTime until) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  FAIRLEAD_RETURN_IF_ERROR(Query(connection(), "DELETE FROM lane_hold WHERE until <= ?").Time(store_.Now()).Run());
  return Query(connection(), "INSERT INTO lane_hold (lane, until) VALUES (?, ?) ON CONFLICT (lane) DO UPDATE SET until = "
                             "MAX(until, excluded.until)")
      .Int(LaneOf(parts))
      .Time(until)
      .Run();
}

absl::StatusOr<std::int64_t> SqliteTransaction::PurgeIntents(WallTime finished_before, WallTime letters_before,
                                                             WallTime tombstones_before, std::size_t limit) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  std::vector<std::int64_t> ids;
  {
    // The newest intent stays, whatever its state: its id must never be given again.
    Query query(connection(),
                "SELECT id FROM outcome WHERE updated_at < CASE WHEN state IN (8, 9) THEN ? ELSE ? END AND id < (SELECT MAX(id) FROM "
                "intent) ORDER BY id LIMIT ?");
    query.Time(letters_before).Time(finished_before).Int(static_cast<std::int64_t>(limit));
    while (true) {
      FAIRLEAD_ASSIGN_OR_RETURN(const bool more, query.Next());
      if (!more) break;
      ids.push_back(query.GetInt(0));
    }
  }
  for (const std::int64_t id : ids) {
    FAIRLEAD_RETURN_IF_ERROR(
        Query(connection(), "INSERT INTO tombstone (id, ident, seq, key, fingerprint, state, at) SELECT i.id, i.ident, i.seq, i.key, "
                            "i.fingerprint, o.state, o.updated_at FROM intent i JOIN outcome o ON o.id = i.id WHERE i.id = ?")
            .Int(id)
            .Run());
    FAIRLEAD_RETURN_IF_ERROR(Query(connection(), "DELETE FROM outcome WHERE id = ?").Int(id).Run());
    FAIRLEAD_RETURN_IF_ERROR(Query(connection(), "DELETE FROM intent WHERE id = ?").Int(id).Run());
    FAIRLEAD_RETURN_IF_ERROR(Query(connection(), "DELETE FROM audit WHERE intent = ?").Int(id).Run());
  }
  FAIRLEAD_RETURN_IF_ERROR(Query(connection(), "DELETE FROM tombstone WHERE at < ?").Time(tombstones_before).Run());
  return static_cast<std::int64_t>(ids.size());
}

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
  Query query(connection(), "SELECT id, intent, epoch, at, event, actor, detail FROM audit WHERE intent = ? ORDER BY id");
  query.Int(intent_id);
  while (true) {
    FAIRLEAD_ASSIGN_OR_RETURN(const bool more, query.Next());
    if (!more) return records;
    records.push_back({query.GetInt(0), query.GetInt(1), query.GetInt(2), query.GetWallTime(3), query.GetText(4), query.GetText(5),
                       query.GetText(6)});
  }
}

absl::Status SqliteTransaction::PutPause(const Pause& pause) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  return Query(connection(), "INSERT INTO pause (scope, actor, reason, at) VALUES (?, ?, ?, ?) ON CONFLICT (scope) DO UPDATE SET "
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

namespace {

std::int64_t MinuteOf(StoreTime now) { return std::chrono::duration_cast<std::chrono::minutes>(now.time_since_epoch()).count(); }

}  // namespace

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
    FAIRLEAD_RETURN_IF_ERROR(Query(connection(), "INSERT INTO writes (connector, minute, n) VALUES (?, ?, ?) ON CONFLICT (connector, "
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
