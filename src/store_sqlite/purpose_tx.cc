// Has this purpose been asked for before? And what stays of it when it is over for long.
#include <algorithm>
#include <tuple>

#include "fairlead/core/error.h"
#include "src/store_sqlite/internal/intent_rows.h"
#include "src/store_sqlite/internal/sqlite_transaction.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal {
namespace {

bool SamePurpose(const KeyParts& a, const KeyParts& b) {
  return std::tie(a.tenant, a.connector, a.account, a.operation, a.aggregate, a.purpose) ==
         std::tie(b.tenant, b.connector, b.account, b.operation, b.aggregate, b.purpose);
}

}  // namespace

absl::StatusOr<LedgerTransaction::PurposeLookup> SqliteTransaction::FindPurpose(const KeyParts& parts) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  PurposeLookup lookup;
  const PurposeHash hash = HashPurpose(parts);
  std::vector<PurposeIndex::Entry>& entries = session_->scratch;
  entries.clear();
  if (mode_ == Mode::kWrite) {
    FAIRLEAD_RETURN_IF_ERROR(session_->purposes.Collect(connection(), hash.aggregate, entries));
  } else {
    FAIRLEAD_RETURN_IF_ERROR(PurposeIndex::CollectReading(connection(), hash.aggregate, entries));
  }
  std::int64_t last_seq = 0;
  for (const PurposeIndex::Entry& entry : entries) {
    last_seq = std::max(last_seq, entry.seq);
    if (entry.hash.purpose != hash.purpose) continue;
    FAIRLEAD_ASSIGN_OR_RETURN(auto intent, Load(entry.id));
    if (!intent.has_value() || !SamePurpose(intent->parts, parts)) continue;
    lookup.existing = std::move(intent);
    return lookup;
  }
  FAIRLEAD_ASSIGN_OR_RETURN(const bool tombstones, AnyTombstones());
  if (tombstones) {
    Query query(connection(),
                "SELECT purpose_hash, seq, key FROM tombstone INDEXED BY tombstone_purpose WHERE aggregate_hash = ?");
    query.Int(hash.aggregate);
    while (true) {
      FAIRLEAD_ASSIGN_OR_RETURN(const bool more, query.Next());
      if (!more) break;
      last_seq = std::max(last_seq, query.GetInt(1));
      if (query.GetInt(0) != hash.purpose) continue;
      // The texts are gone, but the key was made of them.
      KeyParts then = parts;
      then.intent_seq = query.GetInt(1);
      if (MakeIntentKey(then).view() == query.GetView(2)) lookup.expired = true;
    }
  }
  lookup.next_seq = last_seq + 1;
  return lookup;
}

absl::StatusOr<bool> SqliteTransaction::AnyTombstones() {
  // Only the writer's session may remember it: others make and remove them behind a reader's back.
  std::optional<bool>& known = session_->names.tombstones;
  if (mode_ == Mode::kWrite && known.has_value()) return *known;
  FAIRLEAD_ASSIGN_OR_RETURN(const bool any, Any("SELECT 1 FROM tombstone LIMIT 1"));
  if (mode_ == Mode::kWrite) known = any;
  return any;
}

absl::StatusOr<std::int64_t> SqliteTransaction::PurgeIntents(WallTime finished_before, WallTime letters_before,
                                                             WallTime tombstones_before, std::size_t limit) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  // What is removed here must not come back from memory.
  FAIRLEAD_RETURN_IF_ERROR(session_->purposes.Flush(connection(), 0));
  std::vector<std::int64_t> ids;
  {
    // The newest intent stays, whatever its state: its id must never be given again.
    Query query(connection(),
                "SELECT id FROM outcome WHERE updated_at < CASE WHEN state IN (8, 9) THEN ? ELSE ? END AND id < "
                "(SELECT MAX(id) FROM intent) ORDER BY id LIMIT ?");
    query.Time(letters_before).Time(finished_before).Int(static_cast<std::int64_t>(limit));
    while (true) {
      FAIRLEAD_ASSIGN_OR_RETURN(const bool more, query.Next());
      if (!more) break;
      ids.push_back(query.GetInt(0));
    }
  }
  for (const std::int64_t id : ids) {
    for (const char* const sql :
         {"INSERT INTO tombstone (id, aggregate_hash, purpose_hash, seq, key, fingerprint, state, at) SELECT i.id, "
          "i.aggregate_hash, i.purpose_hash, i.seq, i.key, i.fingerprint, o.state, o.updated_at FROM intent i JOIN "
          "outcome o ON "
          "o.id = i.id WHERE i.id = ?",
          "DELETE FROM purpose WHERE (aggregate, purpose, id) = (SELECT aggregate_hash, purpose_hash, id FROM intent "
          "WHERE id = ?)",
          "DELETE FROM outcome WHERE id = ?", "DELETE FROM intent WHERE id = ?",
          "DELETE FROM audit WHERE intent = ?"}) {
      FAIRLEAD_RETURN_IF_ERROR(Query(connection(), sql).Int(id).Run());
    }
  }
  FAIRLEAD_RETURN_IF_ERROR(Query(connection(), "DELETE FROM tombstone WHERE at < ?").Time(tombstones_before).Run());
  session_->names.tombstones.reset();
  session_->names.dirty = true;
  return static_cast<std::int64_t>(ids.size());
}

}  // namespace internal
FAIRLEAD_NAMESPACE_END
