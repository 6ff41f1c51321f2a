// Who gets what next: due, at the head of its lane, of a route that may be claimed.
#include <algorithm>
#include <tuple>

#include "fairlead/core/error.h"
#include "src/store_sqlite/internal/intent_rows.h"
#include "src/store_sqlite/internal/sqlite_transaction.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal {
namespace {

bool Contains(const std::vector<std::string>& list, const std::string& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

bool Allowed(const ClaimQuery& query, const NameCache::Route& route) {
  return (query.only_connector.empty() || query.only_connector == route.connector) &&
         (query.only_operations.empty() || Contains(query.only_operations, route.operation)) &&
         !Contains(query.skip_connectors, route.connector) && !Contains(query.skip_operations, route.operation);
}

constexpr const char* kLoadStatic = "SELECT " FAIRLEAD_INTENT_COLUMNS " FROM intent i WHERE i.id = ?";

// The head of its lane, with nothing of the lane sent and parked, or held. `parked` and ?5 are conditions under which
// these need a look at all: usually nothing is, and two looks a row are saved. What is in flight usually heads its lane
// itself; where it does not (an older intent was redriven), the unique index over flights refuses the claim.
#define FAIRLEAD_LANE_HEAD(parked)                                                                                     \
  " AND NOT EXISTS (SELECT 1 FROM queue b INDEXED BY queue_lane WHERE b.lane = q.lane AND"                             \
  " (b.position, b.id) < (q.position, q.id))"                                                                          \
  " AND NOT (" parked                                                                                                  \
  " AND EXISTS (SELECT 1 FROM queue b INDEXED BY queue_parked WHERE b.lane = q.lane AND b.state = 6 AND b.attempts > " \
  "0))"
#define FAIRLEAD_LANE_FREE                                                                  \
  FAIRLEAD_LANE_HEAD("?4")                                                                  \
  " AND NOT (?5 AND EXISTS (SELECT 1 FROM lane_hold h WHERE h.lane = q.lane AND h.until > " \
  "?2))"

constexpr const char* kDueOfRoute =
    "SELECT " FAIRLEAD_QUEUE_COLUMNS
    ", q.id, q.priority FROM queue q INDEXED BY queue_ready WHERE q.state = 1 AND q.route = ?1 "
    "AND q.run_at <= ?2" FAIRLEAD_LANE_FREE " ORDER BY q.priority, q.run_at, q.id LIMIT ?3";
constexpr const char* kDueById =
    "SELECT " FAIRLEAD_QUEUE_COLUMNS
    ", q.id, q.priority, q.route FROM queue q WHERE q.state = 1 AND q.id = ?1 AND q.run_at <= ?2" FAIRLEAD_LANE_FREE
    " LIMIT ?3";
constexpr const char* kDueUnknown =
    "SELECT " FAIRLEAD_QUEUE_COLUMNS
    ", q.id, q.priority, q.route FROM queue q INDEXED BY queue_unknown WHERE q.state = 4 AND "
    "q.run_at <= ? ORDER BY q.run_at, q.id";
constexpr const char* kUnknownById =
    "SELECT " FAIRLEAD_QUEUE_COLUMNS
    ", q.id, q.priority, q.route FROM queue q WHERE q.id = ? AND q.state = 4 AND q.run_at <= ?";

}  // namespace

absl::StatusOr<std::vector<Intent>> SqliteTransaction::ClaimIntents(const ClaimQuery& query) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  std::vector<Intent> claimed;
  if (query.limit == 0) return claimed;
  FAIRLEAD_ASSIGN_OR_RETURN(const std::int64_t worker, WorkerId(query.worker));
  const bool verify = query.from == IntentState::kUnknown;
  const auto limit = static_cast<std::int64_t>(query.limit);
  claimed.reserve(std::min<std::size_t>(query.limit, 128));
  // Each candidate as the queue knows it; what never changes is read once it is ours.
  const auto take = [&](Query& row) -> absl::Status {
    Intent& intent = claimed.emplace_back();
    intent.id = row.GetInt(kQueueColumns);
    intent.priority = static_cast<std::int32_t>(row.GetInt(kQueueColumns + 1));
    return FillProgress(row, 0, intent);
  };
  const auto take_all = [&](Query& due) -> absl::Status {
    while (claimed.size() < query.limit) {
      FAIRLEAD_ASSIGN_OR_RETURN(const bool more, due.Next());
      if (!more) break;
      FAIRLEAD_ASSIGN_OR_RETURN(const NameCache::Route* const route, RouteOf(due.GetInt(kQueueColumns + 2)));
      if (Allowed(query, *route)) FAIRLEAD_RETURN_IF_ERROR(take(due));
    }
    return absl::OkStatus();
  };
  if (verify) {
    Query due(connection(), query.only_id != 0 ? kUnknownById : kDueUnknown);
    if (query.only_id != 0) due.Int(query.only_id);
    due.Time(query.now);
    FAIRLEAD_RETURN_IF_ERROR(take_all(due));
  } else {
    FAIRLEAD_ASSIGN_OR_RETURN(const bool parked,
                              Any("SELECT 1 FROM queue INDEXED BY queue_parked WHERE state = 6 LIMIT 1"));
    FAIRLEAD_ASSIGN_OR_RETURN(const bool held, Any("SELECT 1 FROM lane_hold LIMIT 1"));
    if (query.only_id != 0) {
      Query due(connection(), kDueById);
      due.Int(query.only_id).Time(query.now).Int(1).Int(parked ? 1 : 0).Int(held ? 1 : 0);
      FAIRLEAD_RETURN_IF_ERROR(take_all(due));
    } else {
      FAIRLEAD_RETURN_IF_ERROR(LoadRoutes());
      int routes = 0;
      for (const auto& [route_id, route] : session_->names.routes) {
        if (!Allowed(query, route)) continue;
        ++routes;
        Query due(connection(), kDueOfRoute);
        due.Int(route_id).Time(query.now).Int(limit).Int(parked ? 1 : 0).Int(held ? 1 : 0);
        while (true) {
          FAIRLEAD_ASSIGN_OR_RETURN(const bool more, due.Next());
          if (!more) break;
          FAIRLEAD_RETURN_IF_ERROR(take(due));
        }
      }
      if (routes > 1) {
        std::sort(claimed.begin(), claimed.end(), [](const Intent& a, const Intent& b) {
          return std::tie(a.priority, a.run_at, a.id) < std::tie(b.priority, b.run_at, b.id);
        });
      }
      if (claimed.size() > query.limit) claimed.resize(query.limit);
    }
  }
  const IntentState next = verify ? IntentState::kVerifying : IntentState::kLeased;
  bool refused = false;
  for (Intent& intent : claimed) {
    FAIRLEAD_RETURN_IF_ERROR(
        Query(connection(),
              "UPDATE OR IGNORE queue SET state = ?, flight = lane, epoch = epoch + 1, lease_until = ?, worker = ? "
              "WHERE id = ? AND state = ?")
            .Int(static_cast<std::int64_t>(next))
            .Time(query.lease_until)
            .Int(worker)
            .Int(intent.id)
            .Int(static_cast<std::int64_t>(query.from))
            .Run());
    if (connection().changes() != 1) {
      intent.id = 0;
      refused = true;
      continue;
    }
    intent.state = next;
    ++intent.epoch;
    intent.lease_until = query.lease_until;
    intent.worker = query.worker;
    Query row(connection(), kLoadStatic);
    row.Int(intent.id);
    FAIRLEAD_ASSIGN_OR_RETURN(const bool found, row.Next());
    if (!found) return SqliteError(nullptr, SQLITE_CORRUPT, "a queued intent has no request");
    FAIRLEAD_RETURN_IF_ERROR(FillIntent(row, intent));
  }
  if (refused) {
    claimed.erase(std::remove_if(claimed.begin(), claimed.end(), [](const Intent& intent) { return intent.id == 0; }),
                  claimed.end());
  }
  return claimed;
}

absl::StatusOr<std::vector<Intent>> SqliteTransaction::ListAbandoned(StoreTime now) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  std::vector<std::int64_t> ids;
  {
    // We hold the writer's lock: whoever else holds a lease is dead.
    FAIRLEAD_ASSIGN_OR_RETURN(const std::int64_t self, WorkerId(store_.worker_name()));
    Query query(connection(),
                "SELECT id FROM queue INDEXED BY queue_in_flight WHERE flight IS NOT NULL AND state <> 4 AND "
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
  for (const char* const sql :
       {"SELECT MIN(MAX(q.run_at, COALESCE((SELECT h.until FROM lane_hold h WHERE h.lane = q.lane), 0))) "
        "FROM queue q INDEXED BY queue_ready WHERE q.state = 1 AND NOT EXISTS (SELECT 1 FROM queue b INDEXED BY "
        "queue_in_flight WHERE b.flight = q.lane)" FAIRLEAD_LANE_HEAD("1"),
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
  return Query(connection(),
               "INSERT INTO lane_hold (lane, until) VALUES (?, ?) ON CONFLICT (lane) DO UPDATE SET until = "
               "MAX(until, excluded.until)")
      .Int(HashLane(parts))
      .Time(until)
      .Run();
}

}  // namespace internal
FAIRLEAD_NAMESPACE_END
