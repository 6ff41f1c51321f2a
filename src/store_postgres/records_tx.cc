// What was seen at the systems: mirror, identity map, journal, decisions, echoes; and what is kept by name.
#include "fairlead/core/error.h"
#include "src/store_postgres/internal/postgres_transaction.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal::postgres {
namespace {

#define FAIRLEAD_MIRROR_HEAD \
  "tenant, system, kind, external_id, canonical_id, content_hash, source_version, raw_hash, observed_at, deleted"

MirrorRow MirrorFrom(const Result& result, int row, bool content) {
  RowReader in(result, row);
  MirrorRow mirror;
  mirror.ref.tenant = in.Text();
  mirror.ref.system = in.Text();
  mirror.ref.kind = in.Text();
  mirror.ref.external_id = in.Text();
  mirror.canonical_id = in.Text();
  mirror.content_hash = in.Blob();
  mirror.source_version = in.Text();
  mirror.raw_hash = in.Blob();
  mirror.observed_at = in.Wall();
  mirror.deleted = in.Int() != 0;
  if (content) mirror.content = in.Blob();
  return mirror;
}

std::vector<MirrorRow> MirrorsFrom(const Result& result) {
  std::vector<MirrorRow> rows;
  for (int row = 0; row < result.rows(); ++row) rows.push_back(MirrorFrom(result, row, true));
  return rows;
}

Params ByRef(const ExternalRef& ref) {
  return Params().Text(ref.tenant).Text(ref.system).Text(ref.kind).Text(ref.external_id);
}

#define FAIRLEAD_BY_REF " WHERE tenant = $1 AND system = $2 AND kind = $3 AND external_id = $4"

}  // namespace

// --- Mirror.

absl::StatusOr<std::optional<MirrorRow>> PostgresTransaction::GetMirror(const ExternalRef& ref) {
  FAIRLEAD_RETURN_IF_ERROR(ReadableRecords());
  FAIRLEAD_ASSIGN_OR_RETURN(
      const Result found,
      connection().Ask("SELECT " FAIRLEAD_MIRROR_HEAD ", content FROM mirror" FAIRLEAD_BY_REF, ByRef(ref)));
  if (found.empty()) return std::nullopt;
  return MirrorFrom(found, 0, true);
}

absl::StatusOr<std::optional<MirrorRow>> PostgresTransaction::GetMirrorHead(const ExternalRef& ref) {
  FAIRLEAD_RETURN_IF_ERROR(ReadableRecords());
  FAIRLEAD_ASSIGN_OR_RETURN(
      const Result found, connection().Ask("SELECT " FAIRLEAD_MIRROR_HEAD " FROM mirror" FAIRLEAD_BY_REF, ByRef(ref)));
  if (found.empty()) return std::nullopt;
  return MirrorFrom(found, 0, false);
}

absl::Status PostgresTransaction::PutMirror(const MirrorRow& row) {
  FAIRLEAD_RETURN_IF_ERROR(WritableRecords());
  Params params = ByRef(row.ref);
  params.Text(row.canonical_id)
      .Blob(row.content_hash)
      .Text(row.source_version)
      .Blob(row.raw_hash)
      .Time(row.observed_at)
      .Int(row.deleted ? 1 : 0)
      .Blob(row.content);
  return connection()
      .Ask(
          "INSERT INTO mirror (" FAIRLEAD_MIRROR_HEAD
          ", content) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (tenant, system, kind, "
          "external_id) DO UPDATE SET canonical_id = excluded.canonical_id, content_hash = excluded.content_hash, "
          "source_version = excluded.source_version, raw_hash = excluded.raw_hash, observed_at = excluded.observed_at, "
          "deleted = excluded.deleted, content = excluded.content",
          params)
      .status();
}

absl::StatusOr<std::vector<MirrorRow>> PostgresTransaction::ScanMirror(std::string_view tenant, std::string_view system,
                                                                       std::string_view kind, std::string_view after,
                                                                       std::size_t limit) {
  FAIRLEAD_RETURN_IF_ERROR(ReadableRecords());
  FAIRLEAD_ASSIGN_OR_RETURN(
      const Result result,
      connection().Ask(
          "SELECT " FAIRLEAD_MIRROR_HEAD
          ", content FROM mirror WHERE tenant = $1 AND system = $2 AND kind = $3 AND external_id > $4 "
          "ORDER BY external_id LIMIT $5",
          Params().Text(tenant).Text(system).Text(kind).Text(after).Int(static_cast<std::int64_t>(limit))));
  return MirrorsFrom(result);
}

absl::StatusOr<std::vector<MirrorRow>> PostgresTransaction::MirrorsOf(std::string_view tenant, std::string_view kind,
                                                                      std::string_view canonical_id) {
  FAIRLEAD_RETURN_IF_ERROR(ReadableRecords());
  FAIRLEAD_ASSIGN_OR_RETURN(const Result result,
                            connection().Ask("SELECT " FAIRLEAD_MIRROR_HEAD
                                             ", content FROM mirror WHERE canonical_id = $1 AND tenant = $2 AND kind = "
                                             "$3 ORDER BY system, external_id",
                                             Params().Text(canonical_id).Text(tenant).Text(kind)));
  return MirrorsFrom(result);
}

// --- Identity map.

absl::StatusOr<std::optional<std::string>> PostgresTransaction::FindCanonicalId(const ExternalRef& ref) {
  FAIRLEAD_RETURN_IF_ERROR(ReadableRecords());
  FAIRLEAD_ASSIGN_OR_RETURN(const Result found,
                            connection().Ask("SELECT canonical_id FROM identity" FAIRLEAD_BY_REF, ByRef(ref)));
  if (found.empty()) return std::nullopt;
  return found.GetText(0, 0);
}

absl::StatusOr<std::vector<IdentityLink>> PostgresTransaction::FindLinks(std::string_view tenant, std::string_view kind,
                                                                         std::string_view canonical_id) {
  FAIRLEAD_RETURN_IF_ERROR(ReadableRecords());
  FAIRLEAD_ASSIGN_OR_RETURN(
      const Result result,
      connection().Ask(
          "SELECT tenant, system, kind, external_id, canonical_id FROM identity WHERE canonical_id = $1 AND "
          "tenant = $2 AND kind = $3 ORDER BY system, external_id",
          Params().Text(canonical_id).Text(tenant).Text(kind)));
  std::vector<IdentityLink> links;
  for (int row = 0; row < result.rows(); ++row) {
    links.push_back({{result.GetText(row, 0), result.GetText(row, 1), result.GetText(row, 2), result.GetText(row, 3)},
                     result.GetText(row, 4)});
  }
  return links;
}

absl::Status PostgresTransaction::PutLink(const IdentityLink& link) {
  FAIRLEAD_RETURN_IF_ERROR(WritableRecords());
  FAIRLEAD_ASSIGN_OR_RETURN(const std::int64_t inserted,
                            Change("INSERT INTO identity (tenant, system, kind, external_id, canonical_id) VALUES ($1, "
                                   "$2, $3, $4, $5) ON CONFLICT DO NOTHING",
                                   ByRef(link.ref).Text(link.canonical_id)));
  if (inserted == 1) return absl::OkStatus();
  FAIRLEAD_ASSIGN_OR_RETURN(const auto known, FindCanonicalId(link.ref));
  if (known.has_value() && *known == link.canonical_id) return absl::OkStatus();
  return MakeError(ErrorKind::kDuplicate, Outcome::kNotSent,
                   "store: " + link.ref.system + " " + link.ref.kind + " " + link.ref.external_id + " is linked to " +
                       known.value_or("another id") + "; remove that link first");
}

absl::StatusOr<bool> PostgresTransaction::RemoveLink(const ExternalRef& ref) {
  FAIRLEAD_RETURN_IF_ERROR(WritableRecords());
  FAIRLEAD_ASSIGN_OR_RETURN(const std::int64_t removed, Change("DELETE FROM identity" FAIRLEAD_BY_REF, ByRef(ref)));
  return removed == 1;
}

// --- Cursors and metadata.

absl::StatusOr<std::optional<std::string>> PostgresTransaction::GetCursor(std::string_view name) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  FAIRLEAD_ASSIGN_OR_RETURN(const Result found,
                            connection().Ask("SELECT value FROM cursor WHERE name = $1", Params().Text(name)));
  if (found.empty()) return std::nullopt;
  return found.GetBlob(0, 0);
}

absl::Status PostgresTransaction::PutCursor(std::string_view name, std::string_view value) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  return connection()
      .Ask("INSERT INTO cursor (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
           Params().Text(name).Blob(value))
      .status();
}

absl::StatusOr<std::optional<std::string>> PostgresTransaction::GetMeta(std::string_view name) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  FAIRLEAD_ASSIGN_OR_RETURN(const Result found,
                            connection().Ask("SELECT value FROM meta WHERE name = $1", Params().Text(name)));
  if (found.empty()) return std::nullopt;
  return found.GetBlob(0, 0);
}

absl::Status PostgresTransaction::PutMeta(std::string_view name, std::string_view value) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  if (name.substr(0, 6) == "store/") {
    return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent, "store: metadata under store/ is the store's own");
  }
  return connection()
      .Ask("INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
           Params().Text(name).Blob(value))
      .status();
}

// --- Journal and decisions.

absl::StatusOr<std::int64_t> PostgresTransaction::AppendJournal(const JournalEntry& entry) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  FAIRLEAD_ASSIGN_OR_RETURN(
      const Result inserted,
      connection().Ask("INSERT INTO journal (tenant, system, kind, origin, bytes, at) VALUES ($1, "
                       "$2, $3, $4, $5, $6) RETURNING id",
                       Params()
                           .Text(entry.tenant)
                           .Text(entry.system)
                           .Text(entry.kind)
                           .Text(entry.origin)
                           .Blob(entry.bytes)
                           .Time(entry.at)));
  return inserted.GetInt(0, 0);
}

absl::StatusOr<std::vector<JournalEntry>> PostgresTransaction::ListJournal(std::int64_t after_id, std::size_t limit) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  FAIRLEAD_ASSIGN_OR_RETURN(
      const Result result,
      connection().Ask(
          "SELECT id, tenant, system, kind, origin, bytes, at FROM journal WHERE id > $1 ORDER BY id LIMIT "
          "$2",
          Params().Int(after_id).Int(static_cast<std::int64_t>(limit))));
  std::vector<JournalEntry> entries;
  for (int row = 0; row < result.rows(); ++row) {
    RowReader in(result, row);
    JournalEntry entry;
    entry.id = in.Int();
    entry.tenant = in.Text();
    entry.system = in.Text();
    entry.kind = in.Text();
    entry.origin = in.Text();
    entry.bytes = in.Blob();
    entry.at = in.Wall();
    entries.push_back(std::move(entry));
  }
  return entries;
}

absl::StatusOr<std::int64_t> PostgresTransaction::AppendDecision(const DecisionRow& row) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  FAIRLEAD_ASSIGN_OR_RETURN(
      const Result inserted,
      connection().Ask(
          "INSERT INTO decision (tenant, kind, canonical_id, rule, verdict, bundle_hash, data, intent, at) "
          "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id",
          Params()
              .Text(row.tenant)
              .Text(row.kind)
              .Text(row.canonical_id)
              .Text(row.rule)
              .Text(row.verdict)
              .Blob(row.bundle_hash)
              .Blob(row.data)
              .Int(row.intent_id)
              .Time(row.at)));
  return inserted.GetInt(0, 0);
}

absl::StatusOr<std::vector<DecisionRow>> PostgresTransaction::ListDecisions(std::string_view tenant,
                                                                            std::string_view canonical_id,
                                                                            std::int64_t after_id, std::size_t limit) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  const std::string columns =
      "SELECT id, tenant, kind, canonical_id, rule, verdict, bundle_hash, data, intent, at FROM ";
  FAIRLEAD_ASSIGN_OR_RETURN(
      const Result result,
      connection().Ask(
          columns + (canonical_id.empty()
                         ? "decision WHERE tenant = $1 AND $2 = '' AND id > $3 ORDER BY id LIMIT $4"
                         : "decision WHERE tenant = $1 AND canonical_id = $2 AND id > $3 ORDER BY id LIMIT "
                           "$4"),
          Params().Text(tenant).Text(canonical_id).Int(after_id).Int(static_cast<std::int64_t>(limit))));
  std::vector<DecisionRow> rows;
  for (int at = 0; at < result.rows(); ++at) {
    RowReader in(result, at);
    DecisionRow row;
    row.id = in.Int();
    row.tenant = in.Text();
    row.kind = in.Text();
    row.canonical_id = in.Text();
    row.rule = in.Text();
    row.verdict = in.Text();
    row.bundle_hash = in.Blob();
    row.data = in.Blob();
    row.intent_id = in.Int();
    row.at = in.Wall();
    rows.push_back(std::move(row));
  }
  return rows;
}

// --- Echo ledger.

absl::Status PostgresTransaction::PutEcho(const EchoRow& row) {
  FAIRLEAD_RETURN_IF_ERROR(WritableRecords());
  return connection()
      .Ask(
          "INSERT INTO echo (tenant, system, kind, external_id, field_group, hash, intent, at) VALUES ($1, $2, $3, $4, "
          "$5, $6, $7, $8) ON CONFLICT (tenant, system, kind, external_id, field_group) DO UPDATE SET hash = "
          "excluded.hash, intent = excluded.intent, at = excluded.at",
          ByRef(row.ref).Text(row.field_group).Blob(row.hash).Int(row.intent_id).Time(row.at))
      .status();
}

absl::StatusOr<std::optional<EchoRow>> PostgresTransaction::GetEcho(const ExternalRef& ref,
                                                                    std::string_view field_group) {
  FAIRLEAD_RETURN_IF_ERROR(ReadableRecords());
  FAIRLEAD_ASSIGN_OR_RETURN(
      const Result found, connection().Ask("SELECT hash, intent, at FROM echo" FAIRLEAD_BY_REF " AND field_group = $5",
                                           ByRef(ref).Text(field_group)));
  if (found.empty()) return std::nullopt;
  return EchoRow{ref, std::string(field_group), found.GetBlob(0, 0), found.GetInt(0, 1), found.GetWallTime(0, 2)};
}

}  // namespace internal::postgres
FAIRLEAD_NAMESPACE_END
