// Intents in and out.
#include <algorithm>

#include "fairlead/core/error.h"
#include "src/store/internal/intent_hash.h"
#include "src/store_postgres/internal/intent_rows.h"
#include "src/store_postgres/internal/postgres_transaction.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal::postgres {
namespace {

Params& PutProgress(Params& params, const IntentProgress& progress, std::int64_t worker) {
  return params.Int(progress.epoch)
      .Int(progress.attempts)
      .Int(progress.attempts_allowed)
      .Int(progress.verifications)
      .Int(progress.crashes)
      .Time(progress.expires_at)
      .Int(worker)
      .Time(progress.first_send_at)
      .Time(progress.last_send_at)
      .Time(progress.ambiguous_at)
      .Int(static_cast<std::int64_t>(progress.error_kind))
      .Text(progress.reason)
      .Text(progress.error)
      .Time(progress.updated_at);
}

constexpr std::size_t kKeysAtOnce = 10'000;

}  // namespace

Intent PostgresTransaction::IntentFrom(const Result& result, int row) {
  using std::chrono::milliseconds;
  RowReader in(result, row);
  Intent intent;
  intent.id = in.Int();
  intent.parts.intent_seq = in.Int();
  intent.parts.tenant = in.Text();
  intent.parts.connector = in.Text();
  intent.parts.account = in.Text();
  intent.parts.operation = in.Text();
  intent.parts.aggregate = in.Text();
  intent.parts.purpose = in.Text();
  intent.key = IntentKey(Digest256::FromBytes(in.View()).value_or(Digest256{}));
  intent.fingerprint = Digest256::FromBytes(in.View()).value_or(Digest256{});
  intent.effect = static_cast<Effect>(in.Int());
  intent.method = in.Text();
  intent.target = in.Text();
  intent.body = in.Blob();
  intent.reference = in.Text();
  intent.coalesce = static_cast<Coalesce>(in.Int());
  intent.coalesce_field = in.Text();
  intent.priority = static_cast<std::int32_t>(in.Int());
  intent.timeout = milliseconds(in.Int());
  intent.settle = milliseconds(in.Int());
  intent.retention = milliseconds(in.Int());
  intent.horizon = milliseconds(in.Int());
  intent.max_attempts = static_cast<std::uint32_t>(in.Int());
  intent.owner = in.Text();
  intent.runbook = in.Text();
  intent.money_at_risk = in.Text();
  intent.parent_id = in.Int();
  intent.position = in.Int();
  if (intent.position == 0) intent.position = intent.id;
  intent.created_at = in.Wall();
  intent.state = static_cast<IntentState>(in.Int());
  intent.epoch = in.Int();
  intent.attempts = static_cast<std::uint32_t>(in.Int());
  intent.attempts_allowed = static_cast<std::uint32_t>(in.Int());
  intent.verifications = static_cast<std::uint32_t>(in.Int());
  intent.crashes = static_cast<std::uint32_t>(in.Int());
  intent.expires_at = in.Store();
  intent.worker = in.Text();
  intent.first_send_at = in.Store();
  intent.last_send_at = in.Store();
  intent.ambiguous_at = in.Store();
  intent.error_kind = static_cast<ErrorKind>(in.Int());
  intent.reason = in.Text();
  intent.error = in.Text();
  intent.updated_at = in.Wall();
  intent.run_at = in.Store();
  intent.lease_until = in.Store();
  intent.answer.status = static_cast<std::int32_t>(in.Int());
  intent.answer.body = in.Blob();
  return intent;
}

absl::StatusOr<std::vector<Intent>> PostgresTransaction::LoadAll(const std::string& sql, const Params& params) {
  FAIRLEAD_ASSIGN_OR_RETURN(const Result result, connection().Ask(sql, params));
  std::vector<Intent> intents;
  intents.reserve(static_cast<std::size_t>(result.rows()));
  for (int row = 0; row < result.rows(); ++row) intents.push_back(IntentFrom(result, row));
  return intents;
}

absl::StatusOr<std::optional<Intent>> PostgresTransaction::Load(std::int64_t id) {
  // One statement for both tables, so that a row that is being moved between them is seen in one.
  FAIRLEAD_ASSIGN_OR_RETURN(
      std::vector<Intent> found,
      LoadAll(FAIRLEAD_SELECT_LIVE("queue q") "WHERE q.id = $1 UNION ALL " FAIRLEAD_SELECT_OVER "WHERE q.id = $1",
              Params().Int(id)));
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

absl::Status PostgresTransaction::InsertQueue(std::int64_t id, std::int64_t route, std::int64_t lane,
                                              std::int64_t place, std::int32_t priority,
                                              const IntentProgress& progress) {
  FAIRLEAD_ASSIGN_OR_RETURN(const std::int64_t worker, store_.WorkerId(progress.worker));
  Params params;
  PutProgress(params, progress, worker)
      .Int(id)
      .Int(static_cast<std::int64_t>(progress.state))
      .Int(lane)
      .Int(place)
      .Int(route)
      .Int(priority)
      .Time(progress.run_at)
      .Time(progress.lease_until);
  return connection()
      .Ask(
          "INSERT INTO queue (epoch, attempts, attempts_allowed, verifications, crashes, expires_at, worker, "
          "first_send_at, last_send_at, ambiguous_at, error_kind, reason, error, updated_at, id, state, lane, place, "
          "route, priority, run_at, lease_until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, "
          "$15, $16, $17, $18, $19, $20, $21, $22)",
          params)
      .status();
}

absl::Status PostgresTransaction::InsertOutcome(std::int64_t id, const IntentProgress& progress) {
  FAIRLEAD_ASSIGN_OR_RETURN(const std::int64_t worker, store_.WorkerId(progress.worker));
  Params params;
  PutProgress(params, progress, worker)
      .Int(id)
      .Int(static_cast<std::int64_t>(progress.state))
      .Int(progress.answer.status)
      .Blob(progress.answer.body);
  return connection()
      .Ask(
          "INSERT INTO outcome (epoch, attempts, attempts_allowed, verifications, crashes, expires_at, worker, "
          "first_send_at, last_send_at, ambiguous_at, error_kind, reason, error, updated_at, id, state, status, "
          "answer) "
          "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
          params)
      .status();
}

absl::StatusOr<std::int64_t> PostgresTransaction::InsertIntent(const Intent& intent) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  FAIRLEAD_ASSIGN_OR_RETURN(const std::int64_t route, store_.RouteId(intent.parts));
  const PurposeHash hash = HashPurpose(intent.parts);
  FAIRLEAD_RETURN_IF_ERROR(LockPurpose(hash.aggregate));
  FAIRLEAD_ASSIGN_OR_RETURN(
      const Result inserted,
      connection().Ask(
          "INSERT INTO intent (aggregate_hash, purpose_hash, seq, route, aggregate, purpose, key, fingerprint, effect, "
          "method, target, body, reference, coalescing, coalesce_field, priority, timeout_ms, settle_ms, retention_ms, "
          "horizon_ms, max_attempts, owner, runbook, money_at_risk, parent, place, created_at) VALUES ($1, $2, $3, $4, "
          "$5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, "
          "$27) ON CONFLICT (aggregate_hash, seq) DO NOTHING RETURNING id",
          Params()
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
              .Time(intent.created_at)));
  if (inserted.empty()) {
    return MakeError(ErrorKind::kTransient, Outcome::kNotSent,
                     "store: another process enqueued for this aggregate at the same moment; do it again");
  }
  const std::int64_t id = inserted.GetInt(0, 0);
  FAIRLEAD_RETURN_IF_ERROR(InsertQueue(id, route, HashLane(intent.parts), intent.position == 0 ? id : intent.position,
                                       intent.priority, intent));
  return id;
}

absl::StatusOr<std::optional<Intent>> PostgresTransaction::GetIntent(std::int64_t id) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  return Load(id);
}

absl::StatusOr<std::optional<Intent>> PostgresTransaction::GetIntentByKey(std::string_view key) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  if (const auto digest = Digest256::FromHex(key); digest.has_value()) {
    FAIRLEAD_ASSIGN_OR_RETURN(const Result found,
                              connection().Ask("SELECT id FROM intent WHERE key = $1 ORDER BY id DESC LIMIT 1",
                                               Params().Blob(IntentKey(*digest).view())));
    if (found.empty()) return std::nullopt;
    return Load(found.GetInt(0, 0));
  }
  if (key.size() != 36) return std::nullopt;
  // Newest first: what people ask for has usually just happened.
  std::int64_t before = INT64_MAX;
  while (true) {
    FAIRLEAD_ASSIGN_OR_RETURN(const Result page,
                              connection().Ask("SELECT id, key FROM intent WHERE id < $1 ORDER BY id DESC LIMIT $2",
                                               Params().Int(before).Int(static_cast<std::int64_t>(kKeysAtOnce))));
    if (page.empty()) return std::nullopt;
    for (int row = 0; row < page.rows(); ++row) {
      before = page.GetInt(row, 0);
      const auto stored = Digest256::FromBytes(page.GetView(row, 1));
      if (stored.has_value() && IntentKey(*stored).ToUuid() == key) return Load(before);
    }
  }
}

absl::StatusOr<std::vector<Intent>> PostgresTransaction::ListIntents(const IntentFilter& filter) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  std::vector<std::int64_t> live;
  std::vector<std::int64_t> over;
  bool letters_only = true;
  for (int s = 1; s <= static_cast<int>(IntentState::kCancelled); ++s) {
    const auto state = static_cast<IntentState>(s);
    if (!filter.states.empty() && std::find(filter.states.begin(), filter.states.end(), state) == filter.states.end()) {
      continue;
    }
    (IsTerminal(state) ? over : live).push_back(s);
    if (IsTerminal(state) && state != IntentState::kRejected && state != IntentState::kDead) letters_only = false;
  }
  const std::string where =
      "WHERE q.id > $1 AND q.state = ANY($2) AND ($3 = '' OR r.connector = $3) AND ($4 = '' OR r.operation = $4) AND "
      "($5 = '' OR q.reason = $5) AND ($6 = '' OR i.aggregate = $6) ";
  const std::string order = "ORDER BY q.id LIMIT $7";
  const auto params = [&](const std::vector<std::int64_t>& states) {
    return Params()
        .Int(filter.after_id)
        .Ints(states)
        .Text(filter.connector)
        .Text(filter.operation)
        .Text(filter.reason)
        .Text(filter.aggregate)
        .Int(static_cast<std::int64_t>(filter.limit));
  };
  std::vector<Intent> intents;
  if (!live.empty()) {
    FAIRLEAD_ASSIGN_OR_RETURN(intents, LoadAll(FAIRLEAD_SELECT_LIVE("queue q") + where + order, params(live)));
  }
  if (!over.empty()) {
    // Dead letters are few among many that are done; said twice, so that their own index is used.
    FAIRLEAD_ASSIGN_OR_RETURN(
        std::vector<Intent> more,
        LoadAll(FAIRLEAD_SELECT_OVER + where + (letters_only ? "AND q.state IN (8, 9) " : "") + order, params(over)));
    intents.insert(intents.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  }
  std::sort(intents.begin(), intents.end(), [](const Intent& a, const Intent& b) { return a.id < b.id; });
  if (intents.size() > filter.limit) intents.resize(filter.limit);
  return intents;
}

absl::StatusOr<std::vector<Intent>> PostgresTransaction::ListLane(const KeyParts& parts) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  return LoadAll(FAIRLEAD_SELECT_LIVE("queue q") "WHERE q.lane = $1 ORDER BY q.place, q.id",
                 Params().Int(HashLane(parts)));
}

absl::StatusOr<bool> PostgresTransaction::UpdateIntent(std::int64_t id, const IntentProgress& after, IntentState state,
                                                       std::int64_t epoch) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  const bool was_over = IsTerminal(state);
  const bool is_over = IsTerminal(after.state);
  const auto from = static_cast<std::int64_t>(state);
  if (!was_over && !is_over) {
    if (state == IntentState::kLeased && after.state == IntentState::kSending) {
      // The hot one: only what changes.
      FAIRLEAD_ASSIGN_OR_RETURN(
          const std::int64_t changed,
          Change("UPDATE queue SET state = 3, attempts = $1, first_send_at = $2, last_send_at = $3, updated_at = $4 "
                 "WHERE id = $5 AND state = 2 AND epoch = $6",
                 Params()
                     .Int(after.attempts)
                     .Time(after.first_send_at)
                     .Time(after.last_send_at)
                     .Time(after.updated_at)
                     .Int(id)
                     .Int(epoch)));
      return changed == 1;
    }
    FAIRLEAD_ASSIGN_OR_RETURN(const std::int64_t worker, store_.WorkerId(after.worker));
    Params params;
    PutProgress(params, after, worker)
        .Int(static_cast<std::int64_t>(after.state))
        .Time(after.run_at)
        .Time(after.lease_until)
        .Int(id)
        .Int(from)
        .Int(epoch);
    FAIRLEAD_ASSIGN_OR_RETURN(
        const std::int64_t changed,
        Change("UPDATE queue SET epoch = $1, attempts = $2, attempts_allowed = $3, verifications = $4, crashes = $5, "
               "expires_at = $6, worker = $7, first_send_at = $8, last_send_at = $9, ambiguous_at = $10, error_kind = "
               "$11, reason = $12, error = $13, updated_at = $14, state = $15, run_at = $16, lease_until = $17, flight "
               "= CASE WHEN $15 BETWEEN 2 AND 5 THEN lane END WHERE id = $18 AND state = $19 AND epoch = $20",
               params));
    return changed == 1;
  }
  std::optional<Intent> reopened;
  if (was_over && !is_over) {
    FAIRLEAD_ASSIGN_OR_RETURN(reopened, Load(id));
    if (!reopened.has_value()) return false;
  }
  FAIRLEAD_ASSIGN_OR_RETURN(const std::int64_t removed,
                            Change(was_over ? "DELETE FROM outcome WHERE id = $1 AND state = $2 AND epoch = $3"
                                            : "DELETE FROM queue WHERE id = $1 AND state = $2 AND epoch = $3",
                                   Params().Int(id).Int(from).Int(epoch)));
  if (removed != 1) return false;
  if (is_over) {
    FAIRLEAD_RETURN_IF_ERROR(InsertOutcome(id, after));
    return true;
  }
  FAIRLEAD_ASSIGN_OR_RETURN(const std::int64_t route, store_.RouteId(reopened->parts));
  FAIRLEAD_RETURN_IF_ERROR(
      InsertQueue(id, route, HashLane(reopened->parts), reopened->position, reopened->priority, after));
  return true;
}

}  // namespace internal::postgres
FAIRLEAD_NAMESPACE_END
