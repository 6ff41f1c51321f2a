// Who gets what next: due, at the head of its lane, of a route that may be claimed, and of nobody else.
#include <algorithm>
#include <set>

#include "fairlead/core/error.h"
#include "src/store/internal/intent_hash.h"
#include "src/store/internal/worker_identity.h"
#include "src/store_postgres/internal/intent_rows.h"
#include "src/store_postgres/internal/postgres_transaction.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal::postgres {
namespace {

// The head of its lane, with nothing of the lane sent and parked.
#define FAIRLEAD_LANE_HEAD                                                                                       \
  " AND NOT EXISTS (SELECT 1 FROM queue b WHERE b.lane = q.lane AND (b.place, b.id) < (q.place, q.id)) AND NOT " \
  "EXISTS (SELECT 1 FROM queue b WHERE b.lane = q.lane AND b.phase = 6 AND b.state = 6 AND b.attempts > 0)"
#define FAIRLEAD_LANE_FREE                                                                                     \
  " AND NOT EXISTS (SELECT 1 FROM queue b WHERE b.flight = q.lane) AND NOT EXISTS (SELECT 1 FROM lane_hold h " \
  "WHERE h.lane = q.lane AND h.until_time > $1)" FAIRLEAD_LANE_HEAD
#define FAIRLEAD_ROUTES                                                                                          \
  "($3 = '' OR r.connector = $3) AND (cardinality($4) = 0 OR r.operation = ANY($4)) AND r.connector <> ALL($5) " \
  "AND r.operation <> ALL($6)"

// Each route's best by its index, the best of these, and of these the ones that nobody holds. More are looked at than
// are wanted, so that workers who ask at once find something each; only what is wanted gets locked.
constexpr const char* kDue =
    "WITH best AS MATERIALIZED (SELECT c.id FROM route r CROSS JOIN LATERAL (SELECT q.id, q.priority, q.run_at FROM "
    "queue q WHERE q.phase = 1 AND q.state = 1 AND q.route = r.id AND q.run_at <= $1" FAIRLEAD_LANE_FREE
    " ORDER BY q.priority, q.run_at, q.id LIMIT $2 * 4 + 16) c WHERE " FAIRLEAD_ROUTES
    " ORDER BY c.priority, c.run_at, c.id LIMIT $2 * 4 + 16) SELECT q.id FROM queue q JOIN best ON best.id = q.id "
    "WHERE q.state = 1 AND q.run_at <= $1 ORDER BY q.priority, q.run_at, q.id LIMIT $2 FOR UPDATE OF q SKIP LOCKED";
constexpr const char* kDueById =
    "SELECT q.id FROM queue q JOIN route r ON r.id = q.route WHERE q.phase = 1 AND q.state = 1 AND q.id = $7 AND "
    "q.run_at <= $1" FAIRLEAD_LANE_FREE " AND " FAIRLEAD_ROUTES " LIMIT $2 FOR UPDATE OF q SKIP LOCKED";
constexpr const char* kUnknown =
    "SELECT q.id FROM queue q JOIN route r ON r.id = q.route WHERE q.phase = 4 AND q.state = 4 AND q.run_at <= $1 "
    "AND ($7 = 0 OR q.id = $7) AND " FAIRLEAD_ROUTES " ORDER BY q.run_at, q.id LIMIT $2 FOR UPDATE OF q SKIP LOCKED";

// Looked at once more, now that the rows are held: what was seen before may have changed by then.
constexpr const char* kTake =
    "WITH q AS (UPDATE queue q SET state = $2, flight = q.lane, epoch = q.epoch + 1, lease_until = $3, worker = $4 "
    "WHERE q.id = ANY($5) AND q.state = 1" FAIRLEAD_LANE_FREE
    " RETURNING q.*) " FAIRLEAD_SELECT_LIVE("q") "ORDER BY q.priority, q.run_at, q.id";
constexpr const char* kTakeUnknown =
    "WITH q AS (UPDATE queue q SET state = $2, flight = q.lane, epoch = q.epoch + 1, lease_until = $3, worker = $4 "
    "WHERE q.id = ANY($5) AND q.state = 4 AND q.run_at <= $1 RETURNING q.*) " FAIRLEAD_SELECT_LIVE(
        "q") "ORDER BY q.run_at, q.id";

}  // namespace

absl::StatusOr<std::vector<Intent>> PostgresTransaction::Take(const ClaimQuery& query,
                                                              const std::vector<std::int64_t>& ids) {
  FAIRLEAD_ASSIGN_OR_RETURN(const std::int64_t worker, store_.WorkerId(query.worker));
  const bool verify = query.from == IntentState::kUnknown;
  return LoadAll(verify ? kTakeUnknown : kTake,
                 Params()
                     .Time(query.now)
                     .Int(static_cast<std::int64_t>(verify ? IntentState::kVerifying : IntentState::kLeased))
                     .Time(query.lease_until)
                     .Int(worker)
                     .Ints(ids));
}

absl::StatusOr<std::vector<Intent>> PostgresTransaction::TakeCandidates(const ClaimQuery& query,
                                                                        const std::vector<std::int64_t>& ids) {
  std::vector<Intent> taken;
  const auto guarded = [&](const std::vector<std::int64_t>& some) {
    return Savepoint([&]() -> absl::Status {
      FAIRLEAD_ASSIGN_OR_RETURN(const std::vector<Intent> got, Take(query, some));
      taken.insert(taken.end(), got.begin(), got.end());
      return absl::OkStatus();
    });
  };
  const absl::Status together = guarded(ids);
  if (together.code() != absl::StatusCode::kAlreadyExists) {
    if (!together.ok()) return together;
    return taken;
  }
  // Somebody took another row of one of these lanes at the same moment: the unique index over flights said so. The
  // others are taken one by one.
  for (const std::int64_t id : ids) {
    const absl::Status one = guarded({id});
    if (!one.ok() && one.code() != absl::StatusCode::kAlreadyExists) return one;
  }
  return taken;
}

absl::StatusOr<std::vector<Intent>> PostgresTransaction::ClaimIntents(const ClaimQuery& query) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  if (query.limit == 0) return std::vector<Intent>{};
  const bool verify = query.from == IntentState::kUnknown;
  Params params;
  params.Time(query.now)
      .Int(static_cast<std::int64_t>(std::min<std::size_t>(query.limit, 100'000)))
      .Text(query.only_connector)
      .Texts(query.only_operations)
      .Texts(query.skip_connectors)
      .Texts(query.skip_operations);
  if (verify || query.only_id != 0) params.Int(query.only_id);
  const char* const sql = verify ? kUnknown : query.only_id != 0 ? kDueById : kDue;
  FAIRLEAD_ASSIGN_OR_RETURN(const Result candidates, connection().Ask(sql, params));
  if (candidates.empty()) return std::vector<Intent>{};
  std::vector<std::int64_t> ids;
  ids.reserve(static_cast<std::size_t>(candidates.rows()));
  for (int row = 0; row < candidates.rows(); ++row) ids.push_back(candidates.GetInt(row, 0));
  return TakeCandidates(query, ids);
}

absl::StatusOr<std::vector<Intent>> PostgresTransaction::ListAbandoned(StoreTime now) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  // Of leases that are not over, only the dead hold abandoned ones.
  FAIRLEAD_ASSIGN_OR_RETURN(
      const Result holders,
      connection().Ask("SELECT DISTINCT w.id, w.name FROM queue q JOIN worker w ON w.id = q.worker WHERE q.flight IS "
                       "NOT NULL AND q.state <> 4"));
  std::vector<std::int64_t> dead;
  for (int row = 0; row < holders.rows(); ++row) {
    if (IsProvenDead(holders.GetText(row, 1), store_.worker())) dead.push_back(holders.GetInt(row, 0));
  }
  // The server's own clock decides, so that a worker whose clock is off takes nothing over early. Several processes may
  // look at once: each gets other rows.
  return LoadAll(FAIRLEAD_SELECT_LIVE("queue q") "WHERE q.flight IS NOT NULL AND q.state <> 4 AND (q.worker = ANY($3) OR "
                                                 "q.lease_until <= LEAST($1, CASE WHEN $2 = 1 THEN $1 ELSE (extract("
                                                 "epoch FROM clock_timestamp()) * 1000000)::bigint * 1000 END)) ORDER "
                                                 "BY q.id FOR UPDATE OF q SKIP LOCKED",
                 Params().Time(now).Int(store_.clock().runtime_clock() ? 1 : 0).Ints(dead));
}

absl::StatusOr<std::optional<StoreTime>> PostgresTransaction::NextDue() {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  // What waits behind its lane is due when the lane is, not now.
  FAIRLEAD_ASSIGN_OR_RETURN(
      const Result due,
      connection().Ask(
          "SELECT LEAST((SELECT MIN(GREATEST(q.run_at, COALESCE((SELECT h.until_time FROM lane_hold h WHERE "
          "h.lane = q.lane), 0))) FROM queue q WHERE q.phase = 1 AND NOT EXISTS (SELECT 1 FROM queue b WHERE "
          "b.flight = q.lane)" FAIRLEAD_LANE_HEAD "), (SELECT MIN(run_at) FROM queue WHERE phase = 4))"));
  if (due.empty() || due.IsNull(0, 0)) return std::nullopt;
  return due.GetStoreTime(0, 0);
}

absl::Status PostgresTransaction::HoldLane(const KeyParts& parts, StoreTime until) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  // Others may be tidying at the same time: they have it then.
  FAIRLEAD_RETURN_IF_ERROR(connection().Send(
      "DELETE FROM lane_hold WHERE lane IN (SELECT lane FROM lane_hold WHERE until_time <= $1 FOR UPDATE SKIP LOCKED)",
      Params().Time(store_.Now())));
  return connection()
      .Ask(
          "INSERT INTO lane_hold (lane, until_time) VALUES ($1, $2) ON CONFLICT (lane) DO UPDATE SET until_time = "
          "GREATEST(lane_hold.until_time, excluded.until_time)",
          Params().Int(HashLane(parts)).Time(until))
      .status();
}

}  // namespace internal::postgres
FAIRLEAD_NAMESPACE_END
