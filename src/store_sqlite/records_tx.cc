#include "fairlead/core/error.h"
#include "src/store_sqlite/internal/sqlite_transaction.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal {
namespace {

#define FAIRLEAD_MIRROR_HEAD \
  "tenant, system, kind, external_id, canonical_id, content_hash, source_version, raw_hash, observed_at, deleted"

MirrorRow MirrorFrom(const Query& row, bool content) {
  MirrorRow mirror;
  mirror.ref = {row.GetText(0), row.GetText(1), row.GetText(2), row.GetText(3)};
  mirror.canonical_id = row.GetText(4);
  mirror.content_hash = row.GetText(5);
  mirror.source_version = row.GetText(6);
  mirror.raw_hash = row.GetText(7);
  mirror.observed_at = row.GetWallTime(8);
  mirror.deleted = row.GetInt(9) != 0;
  if (content) mirror.content = row.GetText(10);
  return mirror;
}

Query& BindRef(Query& query, const ExternalRef& ref) {
  return query.Text(ref.tenant).Text(ref.system).Text(ref.kind).Text(ref.external_id);
}

}  // namespace

// --- Mirror.

absl::StatusOr<std::optional<MirrorRow>> SqliteTransaction::GetMirror(const ExternalRef& ref) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  Query query(connection(), "SELECT " FAIRLEAD_MIRROR_HEAD
                            ", content FROM mirror WHERE tenant = ? AND system = ? AND kind = ? AND external_id = ?");
  FAIRLEAD_ASSIGN_OR_RETURN(const bool found, BindRef(query, ref).Next());
  if (!found) return std::nullopt;
  return MirrorFrom(query, true);
}

absl::StatusOr<std::optional<MirrorRow>> SqliteTransaction::GetMirrorHead(const ExternalRef& ref) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  Query query(connection(), "SELECT " FAIRLEAD_MIRROR_HEAD
                            " FROM mirror WHERE tenant = ? AND system = ? AND kind = ? AND external_id = ?");
  FAIRLEAD_ASSIGN_OR_RETURN(const bool found, BindRef(query, ref).Next());
  if (!found) return std::nullopt;
  return MirrorFrom(query, false);
}

absl::Status SqliteTransaction::PutMirror(const MirrorRow& row) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  Query query(connection(),
              "INSERT INTO mirror (" FAIRLEAD_MIRROR_HEAD
              ", content) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (tenant, system, kind, external_id) DO "
              "UPDATE SET "
              "canonical_id = excluded.canonical_id, content_hash = excluded.content_hash, source_version = "
              "excluded.source_version, "
              "raw_hash = excluded.raw_hash, observed_at = excluded.observed_at, deleted = excluded.deleted, content = "
              "excluded.content");
  return BindRef(query, row.ref)
      .Text(row.canonical_id)
      .Blob(row.content_hash)
      .Text(row.source_version)
      .Blob(row.raw_hash)
      .Time(row.observed_at)
      .Int(row.deleted ? 1 : 0)
      .Blob(row.content)
      .Run();
}

absl::StatusOr<std::vector<MirrorRow>> SqliteTransaction::ScanMirror(std::string_view tenant, std::string_view system,
                                                                     std::string_view kind, std::string_view after,
                                                                     std::size_t limit) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  std::vector<MirrorRow> rows;
  Query query(
      connection(),
      "SELECT " FAIRLEAD_MIRROR_HEAD
      ", content FROM mirror WHERE tenant = ? AND system = ? AND kind = ? AND external_id > ? ORDER BY external_id "
      "LIMIT ?");
  query.Text(tenant).Text(system).Text(kind).Text(after).Int(static_cast<std::int64_t>(limit));
  while (true) {
    FAIRLEAD_ASSIGN_OR_RETURN(const bool more, query.Next());
    if (!more) return rows;
    rows.push_back(MirrorFrom(query, true));
  }
}

absl::StatusOr<std::vector<MirrorRow>> SqliteTransaction::MirrorsOf(std::string_view tenant, std::string_view kind,
                                                                    std::string_view canonical_id) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  std::vector<MirrorRow> rows;
  Query query(connection(),
              "SELECT " FAIRLEAD_MIRROR_HEAD
              ", content FROM mirror INDEXED BY mirror_canonical WHERE canonical_id = ? AND tenant = ? AND kind = ? "
              "ORDER BY system, external_id");
  query.Text(canonical_id).Text(tenant).Text(kind);
  while (true) {
    FAIRLEAD_ASSIGN_OR_RETURN(const bool more, query.Next());
    if (!more) return rows;
    rows.push_back(MirrorFrom(query, true));
  }
}

// --- Identity map.

absl::StatusOr<std::optional<std::string>> SqliteTransaction::FindCanonicalId(const ExternalRef& ref) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  Query query(connection(),
              "SELECT canonical_id FROM identity WHERE tenant = ? AND system = ? AND kind = ? AND external_id = ?");
  FAIRLEAD_ASSIGN_OR_RETURN(const bool found, BindRef(query, ref).Next());
  if (!found) return std::nullopt;
  return query.GetText(0);
}

absl::StatusOr<std::vector<IdentityLink>> SqliteTransaction::FindLinks(std::string_view tenant, std::string_view kind,
                                                                       std::string_view canonical_id) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  std::vector<IdentityLink> links;
  Query query(
      connection(),
      "SELECT tenant, system, kind, external_id, canonical_id FROM identity INDEXED BY identity_canonical WHERE "
      "canonical_id = ? AND tenant = ? AND kind = ? ORDER BY system, external_id");
  query.Text(canonical_id).Text(tenant).Text(kind);
  while (true) {
    FAIRLEAD_ASSIGN_OR_RETURN(const bool more, query.Next());
    if (!more) return links;
    links.push_back({{query.GetText(0), query.GetText(1), query.GetText(2), query.GetText(3)}, query.GetText(4)});
  }
}

absl::Status SqliteTransaction::PutLink(const IdentityLink& link) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  FAIRLEAD_ASSIGN_OR_RETURN(const auto known, FindCanonicalId(link.ref));
  if (known.has_value()) {
    if (*known == link.canonical_id) return absl::OkStatus();
    return MakeError(ErrorKind::kDuplicate, Outcome::kNotSent,
                     "store: " + link.ref.system + " " + link.ref.kind + " " + link.ref.external_id + " is linked to " +
                         *known + "; remove that link first");
  }
  Query query(connection(),
              "INSERT INTO identity (tenant, system, kind, external_id, canonical_id) VALUES (?, ?, ?, ?, ?)");
  return BindRef(query, link.ref).Text(link.canonical_id).Run();
}

absl::StatusOr<bool> SqliteTransaction::RemoveLink(const ExternalRef& ref) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  Query query(connection(), "DELETE FROM identity WHERE tenant = ? AND system = ? AND kind = ? AND external_id = ?");
  FAIRLEAD_RETURN_IF_ERROR(BindRef(query, ref).Run());
  return connection().changes() == 1;
}

// --- Cursors and metadata.

absl::StatusOr<std::optional<std::string>> SqliteTransaction::GetCursor(std::string_view name) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  Query query(connection(), "SELECT value FROM cursor WHERE name = ?");
  FAIRLEAD_ASSIGN_OR_RETURN(const bool found, query.Text(name).Next());
  if (!found) return std::nullopt;
  return query.GetText(0);
}

absl::Status SqliteTransaction::PutCursor(std::string_view name, std::string_view value) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  return Query(connection(),
               "INSERT INTO cursor (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value")
      .Text(name)
      .Blob(value)
      .Run();
}

absl::StatusOr<std::optional<std::string>> SqliteTransaction::GetMeta(std::string_view name) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  Query query(connection(), "SELECT value FROM meta WHERE name = ?");
  FAIRLEAD_ASSIGN_OR_RETURN(const bool found, query.Text(name).Next());
  if (!found) return std::nullopt;
  return query.GetText(0);
}

absl::Status SqliteTransaction::PutMeta(std::string_view name, std::string_view value) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  if (name.substr(0, 6) == "store/") {
    return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent, "store: metadata under store/ is the store's own");
  }
  return Query(connection(),
               "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value")
      .Text(name)
      .Blob(value)
      .Run();
}

// --- Journal and decisions.

absl::StatusOr<std::int64_t> SqliteTransaction::AppendJournal(const JournalEntry& entry) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  FAIRLEAD_RETURN_IF_ERROR(
      Query(connection(), "INSERT INTO journal (tenant, system, kind, origin, bytes, at) VALUES (?, ?, ?, ?, ?, ?)")
          .Text(entry.tenant)
          .Text(entry.system)
          .Text(entry.kind)
          .Text(entry.origin)
          .Blob(entry.bytes)
          .Time(entry.at)
          .Run());
  return connection().last_id();
}

absl::StatusOr<std::vector<JournalEntry>> SqliteTransaction::ListJournal(std::int64_t after_id, std::size_t limit) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  std::vector<JournalEntry> entries;
  Query query(connection(),
              "SELECT id, tenant, system, kind, origin, bytes, at FROM journal WHERE id > ? ORDER BY id LIMIT ?");
  query.Int(after_id).Int(static_cast<std::int64_t>(limit));
  while (true) {
    FAIRLEAD_ASSIGN_OR_RETURN(const bool more, query.Next());
    if (!more) return entries;
    entries.push_back({query.GetInt(0), query.GetText(1), query.GetText(2), query.GetText(3), query.GetText(4),
                       query.GetText(5), query.GetWallTime(6)});
  }
}

absl::StatusOr<std::int64_t> SqliteTransaction::AppendDecision(const DecisionRow& row) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  FAIRLEAD_RETURN_IF_ERROR(
      Query(connection(),
            "INSERT INTO decision (tenant, kind, canonical_id, rule, verdict, bundle_hash, data, intent, at) VALUES "
            "(?, ?, ?, ?, ?, ?, ?, ?, ?)")
          .Text(row.tenant)
          .Text(row.kind)
          .Text(row.canonical_id)
          .Text(row.rule)
          .Text(row.verdict)
          .Blob(row.bundle_hash)
          .Blob(row.data)
          .Int(row.intent_id)
          .Time(row.at)
          .Run());
  return connection().last_id();
}

absl::StatusOr<std::vector<DecisionRow>> SqliteTransaction::ListDecisions(std::string_view tenant,
                                                                          std::string_view canonical_id,
                                                                          std::int64_t after_id, std::size_t limit) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  std::vector<DecisionRow> rows;
  Query query(connection(),
              canonical_id.empty()
                  ? "SELECT id, tenant, kind, canonical_id, rule, verdict, bundle_hash, data, intent, at FROM decision "
                    "WHERE tenant = "
                    "?1 AND ?2 = '' AND id > ?3 ORDER BY id LIMIT ?4"
                  : "SELECT id, tenant, kind, canonical_id, rule, verdict, bundle_hash, data, intent, at FROM decision "
                    "INDEXED BY "
                    "decision_canonical WHERE tenant = ?1 AND canonical_id = ?2 AND id > ?3 ORDER BY id LIMIT ?4");
  query.Text(tenant).Text(canonical_id).Int(after_id).Int(static_cast<std::int64_t>(limit));
  while (true) {
    FAIRLEAD_ASSIGN_OR_RETURN(const bool more, query.Next());
    if (!more) return rows;
    rows.push_back({query.GetInt(0), query.GetText(1), query.GetText(2), query.GetText(3), query.GetText(4),
                    query.GetText(5), query.GetText(6), query.GetText(7), query.GetInt(8), query.GetWallTime(9)});
  }
}

// --- Findings.

absl::Status SqliteTransaction::RecordFinding(const FindingRow& row) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  return Query(connection(),
               "INSERT INTO finding (tenant, rule, entity, class, data, first_seen, last_seen, recurrences, open) "
               "VALUES (?, ?, ?, ?, ?, "
               "?, ?, ?, ?) ON CONFLICT (tenant, rule, entity) DO UPDATE SET class = excluded.class, data = "
               "excluded.data, last_seen = "
               "excluded.last_seen, recurrences = recurrences + 1, open = excluded.open")
      .Text(row.tenant)
      .Text(row.rule)
      .Text(row.entity)
      .Text(row.finding_class)
      .Blob(row.data)
      .Time(row.first_seen)
      .Time(row.last_seen)
      .Int(row.recurrences)
      .Int(row.open ? 1 : 0)
      .Run();
}

absl::StatusOr<std::vector<FindingRow>> SqliteTransaction::ListFindings(std::string_view tenant, bool only_open) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  std::vector<FindingRow> rows;
  Query query(connection(),
              "SELECT tenant, rule, entity, class, data, first_seen, last_seen, recurrences, open FROM finding WHERE "
              "tenant = ? AND open >= ? ORDER BY rule, entity");
  query.Text(tenant).Int(only_open ? 1 : 0);
  while (true) {
    FAIRLEAD_ASSIGN_OR_RETURN(const bool more, query.Next());
    if (!more) return rows;
    rows.push_back({query.GetText(0), query.GetText(1), query.GetText(2), query.GetText(3), query.GetText(4),
                    query.GetWallTime(5), query.GetWallTime(6), query.GetInt(7), query.GetInt(8) != 0});
  }
}

absl::StatusOr<bool> SqliteTransaction::CloseFinding(std::string_view tenant, std::string_view rule,
                                                     std::string_view entity) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  FAIRLEAD_RETURN_IF_ERROR(
      Query(connection(), "UPDATE finding SET open = 0 WHERE tenant = ? AND rule = ? AND entity = ? AND open = 1")
          .Text(tenant)
          .Text(rule)
          .Text(entity)
          .Run());
  return connection().changes() == 1;
}

// --- Postings.

#define FAIRLEAD_POSTING_COLUMNS                                                                                       \
  "tenant, canonical_id, system, document_kind, document_ref, key, sent_at, accepted_at, verified_at, verified_hash, " \
  "data"

namespace {

PostingRow PostingFrom(const Query& row) {
  return {row.GetText(0),     row.GetText(1),     row.GetText(2),     row.GetText(3), row.GetText(4), row.GetText(5),
          row.GetWallTime(6), row.GetWallTime(7), row.GetWallTime(8), row.GetText(9), row.GetText(10)};
}

}  // namespace

absl::Status SqliteTransaction::PutPosting(const PostingRow& row) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  return Query(
             connection(),
             "INSERT INTO posting (" FAIRLEAD_POSTING_COLUMNS
             ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (tenant, canonical_id, system, document_kind, "
             "key) DO "
             "UPDATE SET document_ref = excluded.document_ref, sent_at = excluded.sent_at, accepted_at = "
             "excluded.accepted_at, verified_at = excluded.verified_at, verified_hash = excluded.verified_hash, data = "
             "excluded.data")
      .Text(row.tenant)
      .Text(row.canonical_id)
      .Text(row.system)
      .Text(row.document_kind)
      .Text(row.document_ref)
      .Text(row.key)
      .Time(row.sent_at)
      .Time(row.accepted_at)
      .Time(row.verified_at)
      .Blob(row.verified_hash)
      .Blob(row.data)
      .Run();
}

absl::StatusOr<std::vector<PostingRow>> SqliteTransaction::ListPostings(std::string_view tenant,
                                                                        std::string_view canonical_id) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  std::vector<PostingRow> rows;
  Query query(connection(), "SELECT " FAIRLEAD_POSTING_COLUMNS
                            " FROM posting WHERE tenant = ? AND canonical_id = ? ORDER BY system, document_kind, key");
  query.Text(tenant).Text(canonical_id);
  while (true) {
    FAIRLEAD_ASSIGN_OR_RETURN(const bool more, query.Next());
    if (!more) return rows;
    rows.push_back(PostingFrom(query));
  }
}

absl::StatusOr<std::vector<PostingRow>> SqliteTransaction::FindPostings(std::string_view tenant,
                                                                        std::string_view system,
                                                                        std::string_view document_ref) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  std::vector<PostingRow> rows;
  Query query(connection(),
              "SELECT " FAIRLEAD_POSTING_COLUMNS
              " FROM posting INDEXED BY posting_document WHERE document_ref = ? AND tenant = ? AND system = ? ORDER BY "
              "canonical_id, key");
  query.Text(document_ref).Text(tenant).Text(system);
  while (true) {
    FAIRLEAD_ASSIGN_OR_RETURN(const bool more, query.Next());
    if (!more) return rows;
    rows.push_back(PostingFrom(query));
  }
}

// --- Policy bundles.

absl::Status SqliteTransaction::PutBundle(const BundleRow& row) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  if (row.active) {
    FAIRLEAD_RETURN_IF_ERROR(
        Query(connection(), "UPDATE bundle SET active = 0 WHERE tenant = ? AND active = 1").Text(row.tenant).Run());
  }
  return Query(connection(),
               "INSERT INTO bundle (tenant, hash, bytes, active, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (tenant, hash) "
               "DO "
               "UPDATE SET active = excluded.active, at = excluded.at")
      .Text(row.tenant)
      .Blob(row.hash)
      .Blob(row.bytes)
      .Int(row.active ? 1 : 0)
      .Time(row.at)
      .Run();
}

absl::StatusOr<std::optional<BundleRow>> SqliteTransaction::ActiveBundle(std::string_view tenant) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  Query query(connection(), "SELECT tenant, hash, bytes, active, at FROM bundle WHERE tenant = ? AND active = 1");
  FAIRLEAD_ASSIGN_OR_RETURN(const bool found, query.Text(tenant).Next());
  if (!found) return std::nullopt;
  return BundleRow{query.GetText(0), query.GetText(1), query.GetText(2), true, query.GetWallTime(4)};
}

absl::StatusOr<std::optional<BundleRow>> SqliteTransaction::GetBundle(std::string_view tenant, std::string_view hash) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  Query query(connection(), "SELECT tenant, hash, bytes, active, at FROM bundle WHERE tenant = ? AND hash = ?");
  FAIRLEAD_ASSIGN_OR_RETURN(const bool found, query.Text(tenant).Blob(hash).Next());
  if (!found) return std::nullopt;
  return BundleRow{query.GetText(0), query.GetText(1), query.GetText(2), query.GetInt(3) != 0, query.GetWallTime(4)};
}

// --- Echo ledger.

absl::Status SqliteTransaction::PutEcho(const EchoRow& row) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  Query query(
      connection(),
      "INSERT INTO echo (tenant, system, kind, external_id, field_group, hash, intent, at) VALUES (?, ?, ?, ?, ?, ?, "
      "?, ?) ON CONFLICT (tenant, system, kind, external_id, field_group) DO UPDATE SET hash = excluded.hash, intent "
      "= excluded.intent, at = excluded.at");
  return BindRef(query, row.ref).Text(row.field_group).Blob(row.hash).Int(row.intent_id).Time(row.at).Run();
}

absl::StatusOr<std::optional<EchoRow>> SqliteTransaction::GetEcho(const ExternalRef& ref,
                                                                  std::string_view field_group) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  Query query(connection(),
              "SELECT hash, intent, at FROM echo WHERE tenant = ? AND system = ? AND kind = ? AND external_id = ? AND "
              "field_group = ?");
  FAIRLEAD_ASSIGN_OR_RETURN(const bool found, BindRef(query, ref).Text(field_group).Next());
  if (!found) return std::nullopt;
  return EchoRow{ref, std::string(field_group), query.GetText(0), query.GetInt(1), query.GetWallTime(2)};
}

// --- Shared limits.

absl::StatusOr<Transaction::SharedLimit> SqliteTransaction::GetLimit(std::string_view name) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  Query query(connection(), "SELECT state, version FROM shared_limit WHERE name = ?");
  FAIRLEAD_ASSIGN_OR_RETURN(const bool found, query.Text(name).Next());
  if (!found) return SharedLimit{};
  return SharedLimit{query.GetText(0), query.GetInt(1)};
}

absl::StatusOr<bool> SqliteTransaction::PutLimit(std::string_view name, std::string_view state,
                                                 std::int64_t expected_version) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  if (expected_version == 0) {
    FAIRLEAD_RETURN_IF_ERROR(
        Query(connection(),
              "INSERT INTO shared_limit (name, state, version) VALUES (?, ?, 1) ON CONFLICT (name) DO "
              "NOTHING")
            .Text(name)
            .Blob(state)
            .Run());
  } else {
    FAIRLEAD_RETURN_IF_ERROR(
        Query(connection(), "UPDATE shared_limit SET state = ?, version = version + 1 WHERE name = ? AND version = ?")
            .Blob(state)
            .Text(name)
            .Int(expected_version)
            .Run());
  }
  return connection().changes() == 1;
}

}  // namespace internal
FAIRLEAD_NAMESPACE_END
