// Has this purpose been asked for before? And what stays of it when it is over for long.
#include <algorithm>
#include <tuple>

#include "fairlead/core/error.h"
#include "src/store/internal/intent_hash.h"
#include "src/store_postgres/internal/intent_rows.h"
#include "src/store_postgres/internal/postgres_transaction.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal::postgres {
namespace {

// Each takes room in the server's table of locks. Beyond it the unique index alone keeps order, and says so.
constexpr std::size_t kPurposesLockedAtMost = 1'000;

bool SamePurpose(const KeyParts& a, const KeyParts& b) {
  return std::tie(a.tenant, a.connector, a.account, a.operation, a.aggregate, a.purpose) ==
         std::tie(b.tenant, b.connector, b.account, b.operation, b.aggregate, b.purpose);
}

}  // namespace

// Two processes that enqueue for one aggregate at once would both find nothing and both take the next number.
absl::Status PostgresTransaction::LockPurpose(std::int64_t aggregate_hash) {
  if (mode_ == TransactionMode::kRead || purposes_locked_.count(aggregate_hash) != 0) return absl::OkStatus();
  if (purposes_locked_.size() >= kPurposesLockedAtMost) return absl::OkStatus();
  FAIRLEAD_RETURN_IF_ERROR(
      connection()
          .Ask("SELECT pg_advisory_xact_lock($1)", Params().Int(aggregate_hash ^ store_.purpose_salt()))
          .status());
  purposes_locked_.insert(aggregate_hash);
  return absl::OkStatus();
}

absl::StatusOr<LedgerTransaction::PurposeLookup> PostgresTransaction::FindPurpose(const KeyParts& parts) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  PurposeLookup lookup;
  const PurposeHash hash = HashPurpose(parts);
  FAIRLEAD_RETURN_IF_ERROR(LockPurpose(hash.aggregate));
  // A statement of its own, so that it sees what was committed while the lock was waited for.
  FAIRLEAD_ASSIGN_OR_RETURN(
      const Result entries,
      connection().Ask(
          "SELECT 0::bigint, purpose_hash, seq, id, ''::bytea FROM intent WHERE aggregate_hash = $1 UNION "
          "ALL SELECT 1::bigint, purpose_hash, seq, id, key FROM tombstone WHERE aggregate_hash = $1 ORDER "
          "BY 1, 4",
          Params().Int(hash.aggregate)));
  std::int64_t last_seq = 0;
  for (int row = 0; row < entries.rows(); ++row) {
    const std::int64_t seq = entries.GetInt(row, 2);
    last_seq = std::max(last_seq, seq);
    if (entries.GetInt(row, 1) != hash.purpose) continue;
    if (entries.GetInt(row, 0) == 1) {
      // The texts are gone, but the key was made of them.
      KeyParts then = parts;
      then.intent_seq = seq;
      if (MakeIntentKey(then).view() == entries.GetView(row, 4)) lookup.expired = true;
      continue;
    }
    FAIRLEAD_ASSIGN_OR_RETURN(auto intent, Load(entries.GetInt(row, 3)));
    if (!intent.has_value() || !SamePurpose(intent->parts, parts)) continue;
    lookup.existing = std::move(intent);
    return lookup;
  }
  lookup.next_seq = last_seq + 1;
  return lookup;
}

absl::StatusOr<std::int64_t> PostgresTransaction::PurgeIntents(WallTime finished_before, WallTime letters_before,
                                                               WallTime tombstones_before, std::size_t limit) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  // The newest intent stays, as in the SQLite store. Several processes may purge at once: each takes other rows.
  FAIRLEAD_ASSIGN_OR_RETURN(
      const Result old,
      connection().Ask("SELECT id FROM outcome WHERE updated_at < CASE WHEN state IN (8, 9) THEN $1 ELSE $2 END AND id "
                       "< (SELECT MAX(id) FROM intent) ORDER BY id LIMIT $3 FOR UPDATE SKIP LOCKED",
                       Params().Time(letters_before).Time(finished_before).Int(static_cast<std::int64_t>(limit))));
  std::vector<std::int64_t> ids;
  for (int row = 0; row < old.rows(); ++row) ids.push_back(old.GetInt(row, 0));
  if (!ids.empty()) {
    for (const char* const sql :
         {"INSERT INTO tombstone (id, aggregate_hash, purpose_hash, seq, key, fingerprint, state, at) SELECT i.id, "
          "i.aggregate_hash, i.purpose_hash, i.seq, i.key, i.fingerprint, o.state, o.updated_at FROM intent i JOIN "
          "outcome o ON o.id = i.id WHERE i.id = ANY($1)",
          "DELETE FROM outcome WHERE id = ANY($1)", "DELETE FROM intent WHERE id = ANY($1)",
          "DELETE FROM audit WHERE intent = ANY($1)"}) {
      FAIRLEAD_RETURN_IF_ERROR(connection().Ask(sql, Params().Ints(ids)).status());
    }
  }
  FAIRLEAD_RETURN_IF_ERROR(
      connection().Ask("DELETE FROM tombstone WHERE at < $1", Params().Time(tombstones_before)).status());
  return static_cast<std::int64_t>(ids.size());
}

}  // namespace internal::postgres
FAIRLEAD_NAMESPACE_END
