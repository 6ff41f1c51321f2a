// What follows from what was seen: findings, postings, policy bundles, shared limits.
#include "fairlead/core/error.h"
#include "src/store_postgres/internal/postgres_transaction.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal::postgres {
namespace {

#define FAIRLEAD_POSTING_COLUMNS                                                                                       \
  "tenant, canonical_id, system, document_kind, document_ref, key, sent_at, accepted_at, verified_at, verified_hash, " \
  "data"

std::vector<PostingRow> PostingsFrom(const Result& result) {
  std::vector<PostingRow> rows;
  for (int at = 0; at < result.rows(); ++at) {
    RowReader in(result, at);
    PostingRow row;
    row.tenant = in.Text();
    row.canonical_id = in.Text();
    row.system = in.Text();
    row.document_kind = in.Text();
    row.document_ref = in.Text();
    row.key = in.Text();
    row.sent_at = in.Wall();
    row.accepted_at = in.Wall();
    row.verified_at = in.Wall();
    row.verified_hash = in.Blob();
    row.data = in.Blob();
    rows.push_back(std::move(row));
  }
  return rows;
}

BundleRow BundleFrom(const Result& result) {
  return {result.GetText(0, 0), result.GetBlob(0, 1), result.GetBlob(0, 2), result.GetInt(0, 3) != 0,
          result.GetWallTime(0, 4)};
}

}  // namespace

// --- Findings.

absl::Status PostgresTransaction::RecordFinding(const FindingRow& row) {
  FAIRLEAD_RETURN_IF_ERROR(WritableRecords());
  return connection()
      .Ask(
          "INSERT INTO finding (tenant, rule, entity, class, data, first_seen, last_seen, recurrences, open) VALUES "
          "($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (tenant, rule, entity) DO UPDATE SET class = "
          "excluded.class, data = excluded.data, last_seen = excluded.last_seen, recurrences = finding.recurrences + "
          "1, open = excluded.open",
          Params()
              .Text(row.tenant)
              .Text(row.rule)
              .Text(row.entity)
              .Text(row.finding_class)
              .Blob(row.data)
              .Time(row.first_seen)
              .Time(row.last_seen)
              .Int(row.recurrences)
              .Int(row.open ? 1 : 0))
      .status();
}

absl::StatusOr<std::vector<FindingRow>> PostgresTransaction::ListFindings(std::string_view tenant, bool only_open) {
  FAIRLEAD_RETURN_IF_ERROR(ReadableRecords());
  FAIRLEAD_ASSIGN_OR_RETURN(
      const Result result,
      connection().Ask(
          "SELECT tenant, rule, entity, class, data, first_seen, last_seen, recurrences, open FROM finding "
          "WHERE tenant = $1 AND open >= $2 ORDER BY rule, entity",
          Params().Text(tenant).Int(only_open ? 1 : 0)));
  std::vector<FindingRow> rows;
  for (int at = 0; at < result.rows(); ++at) {
    RowReader in(result, at);
    FindingRow row;
    row.tenant = in.Text();
    row.rule = in.Text();
    row.entity = in.Text();
    row.finding_class = in.Text();
    row.data = in.Blob();
    row.first_seen = in.Wall();
    row.last_seen = in.Wall();
    row.recurrences = in.Int();
    row.open = in.Int() != 0;
    rows.push_back(std::move(row));
  }
  return rows;
}

absl::StatusOr<bool> PostgresTransaction::CloseFinding(std::string_view tenant, std::string_view rule,
                                                       std::string_view entity) {
  FAIRLEAD_RETURN_IF_ERROR(WritableRecords());
  FAIRLEAD_ASSIGN_OR_RETURN(
      const std::int64_t closed,
      Change("UPDATE finding SET open = 0 WHERE tenant = $1 AND rule = $2 AND entity = $3 AND open = 1",
             Params().Text(tenant).Text(rule).Text(entity)));
  return closed == 1;
}

// --- Postings.

absl::Status PostgresTransaction::PutPosting(const PostingRow& row) {
  FAIRLEAD_RETURN_IF_ERROR(WritableRecords());
  return connection()
      .Ask("INSERT INTO posting (" FAIRLEAD_POSTING_COLUMNS
           ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (tenant, canonical_id, system, "
           "document_kind, key) DO UPDATE SET document_ref = excluded.document_ref, sent_at = excluded.sent_at, "
           "accepted_at = excluded.accepted_at, verified_at = excluded.verified_at, verified_hash = "
           "excluded.verified_hash, data = excluded.data",
           Params()
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
               .Blob(row.data))
      .status();
}

absl::StatusOr<std::vector<PostingRow>> PostgresTransaction::ListPostings(std::string_view tenant,
                                                                          std::string_view canonical_id) {
  FAIRLEAD_RETURN_IF_ERROR(ReadableRecords());
  FAIRLEAD_ASSIGN_OR_RETURN(
      const Result result,
      connection().Ask("SELECT " FAIRLEAD_POSTING_COLUMNS
                       " FROM posting WHERE tenant = $1 AND canonical_id = $2 ORDER BY system, document_kind, key",
                       Params().Text(tenant).Text(canonical_id)));
  return PostingsFrom(result);
}

absl::StatusOr<std::vector<PostingRow>> PostgresTransaction::FindPostings(std::string_view tenant,
                                                                          std::string_view system,
                                                                          std::string_view document_ref) {
  FAIRLEAD_RETURN_IF_ERROR(ReadableRecords());
  FAIRLEAD_ASSIGN_OR_RETURN(
      const Result result,
      connection().Ask(
          "SELECT " FAIRLEAD_POSTING_COLUMNS
          " FROM posting WHERE document_ref = $1 AND tenant = $2 AND system = $3 ORDER BY canonical_id, key",
          Params().Text(document_ref).Text(tenant).Text(system)));
  return PostingsFrom(result);
}

// --- Policy bundles.

absl::Status PostgresTransaction::PutBundle(const BundleRow& row) {
  FAIRLEAD_RETURN_IF_ERROR(WritableRecords());
  if (row.active) {
    FAIRLEAD_RETURN_IF_ERROR(
        connection().Send("UPDATE bundle SET active = 0 WHERE tenant = $1 AND active = 1", Params().Text(row.tenant)));
  }
  return connection()
      .Ask(
          "INSERT INTO bundle (tenant, hash, bytes, active, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant, hash) "
          "DO UPDATE SET active = excluded.active, at = excluded.at",
          Params().Text(row.tenant).Blob(row.hash).Blob(row.bytes).Int(row.active ? 1 : 0).Time(row.at))
      .status();
}

absl::StatusOr<std::optional<BundleRow>> PostgresTransaction::ActiveBundle(std::string_view tenant) {
  FAIRLEAD_RETURN_IF_ERROR(ReadableRecords());
  FAIRLEAD_ASSIGN_OR_RETURN(
      const Result found,
      connection().Ask("SELECT tenant, hash, bytes, active, at FROM bundle WHERE tenant = $1 AND active = 1",
                       Params().Text(tenant)));
  if (found.empty()) return std::nullopt;
  return BundleFrom(found);
}

absl::StatusOr<std::optional<BundleRow>> PostgresTransaction::GetBundle(std::string_view tenant,
                                                                        std::string_view hash) {
  FAIRLEAD_RETURN_IF_ERROR(ReadableRecords());
  FAIRLEAD_ASSIGN_OR_RETURN(
      const Result found,
      connection().Ask("SELECT tenant, hash, bytes, active, at FROM bundle WHERE tenant = $1 AND hash = $2",
                       Params().Text(tenant).Blob(hash)));
  if (found.empty()) return std::nullopt;
  return BundleFrom(found);
}

// --- Shared limits.

absl::StatusOr<Transaction::SharedLimit> PostgresTransaction::GetLimit(std::string_view name) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  FAIRLEAD_ASSIGN_OR_RETURN(
      const Result found,
      connection().Ask("SELECT state, version FROM shared_limit WHERE name = $1", Params().Text(name)));
  if (found.empty()) return SharedLimit{};
  return SharedLimit{found.GetBlob(0, 0), found.GetInt(0, 1)};
}

absl::StatusOr<bool> PostgresTransaction::PutLimit(std::string_view name, std::string_view state,
                                                   std::int64_t expected_version) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  FAIRLEAD_ASSIGN_OR_RETURN(
      const std::int64_t changed,
      expected_version == 0
          ? Change("INSERT INTO shared_limit (name, state, version) VALUES ($1, $2, 1) ON CONFLICT (name) DO NOTHING",
                   Params().Text(name).Blob(state))
          : Change("UPDATE shared_limit SET state = $2, version = version + 1 WHERE name = $1 AND version = $3",
                   Params().Text(name).Blob(state).Int(expected_version)));
  return changed == 1;
}

}  // namespace internal::postgres
FAIRLEAD_NAMESPACE_END
