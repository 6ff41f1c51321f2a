// Mirror, identity map, cursors, journal, decisions, findings, postings, bundles, echoes and limits, in memory.
#include "fairlead/core/error.h"
#include "src/testing/internal/memory_transaction.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {
namespace internal {
namespace {

ExternalRef RefOf(const RefKey& key) {
  return {std::get<0>(key), std::get<1>(key), std::get<2>(key), std::get<3>(key)};
}

template <typename Map>
std::optional<typename Map::mapped_type> Find(const Map& map, const typename Map::key_type& key) {
  const auto found = map.find(key);
  if (found == map.end()) return std::nullopt;
  return found->second;
}

}  // namespace

RefKey KeyOf(const ExternalRef& ref) { return {ref.tenant, ref.system, ref.kind, ref.external_id}; }

absl::StatusOr<std::optional<MirrorRow>> MemoryTransaction::GetMirror(const ExternalRef& ref) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  return Find(data_->mirrors, KeyOf(ref));
}

absl::StatusOr<std::optional<MirrorRow>> MemoryTransaction::GetMirrorHead(const ExternalRef& ref) {
  FAIRLEAD_ASSIGN_OR_RETURN(auto row, GetMirror(ref));
  if (row.has_value()) row->content.clear();
  return row;
}

absl::Status MemoryTransaction::PutMirror(const MirrorRow& row) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  Put(data_->mirrors, KeyOf(row.ref), row);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<MirrorRow>> MemoryTransaction::ScanMirror(std::string_view tenant, std::string_view system,
                                                                     std::string_view kind, std::string_view after,
                                                                     std::size_t limit) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  std::vector<MirrorRow> rows;
  const RefKey from{std::string(tenant), std::string(system), std::string(kind), std::string(after)};
  for (auto row = data_->mirrors.upper_bound(from); row != data_->mirrors.end() && rows.size() < limit; ++row) {
    const ExternalRef& ref = row->second.ref;
    if (ref.tenant != tenant || ref.system != system || ref.kind != kind) break;
    rows.push_back(row->second);
  }
  return rows;
}

absl::StatusOr<std::vector<MirrorRow>> MemoryTransaction::MirrorsOf(std::string_view tenant, std::string_view kind,
                                                                    std::string_view canonical_id) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  std::vector<MirrorRow> rows;
  for (const auto& [key, row] : data_->mirrors) {
    if (row.ref.tenant == tenant && row.ref.kind == kind && row.canonical_id == canonical_id) rows.push_back(row);
  }
  return rows;
}

absl::StatusOr<std::optional<std::string>> MemoryTransaction::FindCanonicalId(const ExternalRef& ref) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  return Find(data_->links, KeyOf(ref));
}

absl::StatusOr<std::vector<IdentityLink>> MemoryTransaction::FindLinks(std::string_view tenant, std::string_view kind,
                                                                       std::string_view canonical_id) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  std::vector<IdentityLink> links;
  for (const auto& [key, canonical] : data_->links) {
    if (canonical == canonical_id && std::get<0>(key) == tenant && std::get<2>(key) == kind) {
      links.push_back({RefOf(key), canonical});
    }
  }
  return links;
}

absl::Status MemoryTransaction::PutLink(const IdentityLink& link) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  FAIRLEAD_ASSIGN_OR_RETURN(const auto known, FindCanonicalId(link.ref));
  if (known.has_value() && *known != link.canonical_id) {
    return MakeError(ErrorKind::kDuplicate, Outcome::kNotSent,
                     "store: " + link.ref.system + " " + link.ref.kind + " " + link.ref.external_id + " is linked to " +
                         *known + "; remove that link first");
  }
  if (!known.has_value()) Put(data_->links, KeyOf(link.ref), link.canonical_id);
  return absl::OkStatus();
}

absl::StatusOr<bool> MemoryTransaction::RemoveLink(const ExternalRef& ref) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  return Remove(data_->links, KeyOf(ref));
}

absl::StatusOr<std::optional<std::string>> MemoryTransaction::GetCursor(std::string_view name) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  return Find(data_->cursors, std::string(name));
}

absl::Status MemoryTransaction::PutCursor(std::string_view name, std::string_view value) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  Put(data_->cursors, std::string(name), std::string(value));
  return absl::OkStatus();
}

absl::StatusOr<std::int64_t> MemoryTransaction::AppendJournal(const JournalEntry& entry) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  undo_.push_back([data = data_] { data->journal.pop_back(); });
  data_->journal.push_back(entry);
  return data_->journal.back().id = static_cast<std::int64_t>(data_->journal.size());
}

absl::StatusOr<std::vector<JournalEntry>> MemoryTransaction::ListJournal(std::int64_t after_id, std::size_t limit) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  std::vector<JournalEntry> entries;
  for (const JournalEntry& entry : data_->journal) {
    if (entries.size() >= limit) break;
    if (entry.id > after_id) entries.push_back(entry);
  }
  return entries;
}

absl::StatusOr<std::int64_t> MemoryTransaction::AppendDecision(const DecisionRow& row) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  undo_.push_back([data = data_] { data->decisions.pop_back(); });
  data_->decisions.push_back(row);
  return data_->decisions.back().id = static_cast<std::int64_t>(data_->decisions.size());
}

absl::StatusOr<std::vector<DecisionRow>> MemoryTransaction::ListDecisions(std::string_view tenant,
                                                                          std::string_view canonical_id,
                                                                          std::int64_t after_id, std::size_t limit) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  std::vector<DecisionRow> rows;
  for (const DecisionRow& row : data_->decisions) {
    if (rows.size() >= limit) break;
    if (row.id <= after_id || row.tenant != tenant) continue;
    if (canonical_id.empty() || row.canonical_id == canonical_id) rows.push_back(row);
  }
  return rows;
}

absl::Status MemoryTransaction::RecordFinding(const FindingRow& row) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  const auto key = std::make_tuple(row.tenant, row.rule, row.entity);
  FindingRow next = row;
  if (const auto known = Find(data_->findings, key); known.has_value()) {
    next.first_seen = known->first_seen;
    next.recurrences = known->recurrences + 1;
  }
  Put(data_->findings, key, std::move(next));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<FindingRow>> MemoryTransaction::ListFindings(std::string_view tenant, bool only_open) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  std::vector<FindingRow> rows;
  for (const auto& [key, row] : data_->findings) {
    if (row.tenant == tenant && (row.open || !only_open)) rows.push_back(row);
  }
  return rows;
}

absl::StatusOr<bool> MemoryTransaction::CloseFinding(std::string_view tenant, std::string_view rule,
                                                     std::string_view entity) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  const auto key = std::make_tuple(std::string(tenant), std::string(rule), std::string(entity));
  auto known = Find(data_->findings, key);
  if (!known.has_value() || !known->open) return false;
  known->open = false;
  Put(data_->findings, key, *std::move(known));
  return true;
}

absl::Status MemoryTransaction::PutPosting(const PostingRow& row) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  Put(data_->postings, std::make_tuple(row.tenant, row.canonical_id, row.system, row.document_kind, row.key), row);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<PostingRow>> MemoryTransaction::ListPostings(std::string_view tenant,
                                                                        std::string_view canonical_id) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  std::vector<PostingRow> rows;
  for (const auto& [key, row] : data_->postings) {
    if (row.tenant == tenant && row.canonical_id == canonical_id) rows.push_back(row);
  }
  return rows;
}

absl::StatusOr<std::vector<PostingRow>> MemoryTransaction::FindPostings(std::string_view tenant,
                                                                        std::string_view system,
                                                                        std::string_view document_ref) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  std::vector<PostingRow> rows;
  for (const auto& [key, row] : data_->postings) {
    if (row.tenant == tenant && row.system == system && row.document_ref == document_ref) rows.push_back(row);
  }
  return rows;
}

absl::Status MemoryTransaction::PutBundle(const BundleRow& row) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  const std::pair<std::string, std::string> key(row.tenant, row.hash);
  if (row.active) {
    for (const auto& [other, bundle] : data_->bundles) {
      if (bundle.tenant != row.tenant || !bundle.active) continue;
      BundleRow retired = bundle;
      retired.active = false;
      Put(data_->bundles, other, std::move(retired));
    }
  }
  BundleRow next = row;
  if (const auto known = Find(data_->bundles, key); known.has_value()) next.bytes = known->bytes;
  Put(data_->bundles, key, std::move(next));
  return absl::OkStatus();
}

absl::StatusOr<std::optional<BundleRow>> MemoryTransaction::ActiveBundle(std::string_view tenant) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  for (const auto& [key, bundle] : data_->bundles) {
    if (bundle.tenant == tenant && bundle.active) return bundle;
  }
  return std::nullopt;
}

absl::StatusOr<std::optional<BundleRow>> MemoryTransaction::GetBundle(std::string_view tenant, std::string_view hash) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  return Find(data_->bundles, {std::string(tenant), std::string(hash)});
}

absl::Status MemoryTransaction::PutEcho(const EchoRow& row) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  Put(data_->echoes, std::make_pair(KeyOf(row.ref), row.field_group), row);
  return absl::OkStatus();
}

absl::StatusOr<std::optional<EchoRow>> MemoryTransaction::GetEcho(const ExternalRef& ref,
                                                                  std::string_view field_group) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  return Find(data_->echoes, {KeyOf(ref), std::string(field_group)});
}

absl::StatusOr<std::optional<std::string>> MemoryTransaction::GetMeta(std::string_view name) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  return Find(data_->meta, std::string(name));
}

absl::Status MemoryTransaction::PutMeta(std::string_view name, std::string_view value) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  if (name.substr(0, 6) == "store/") {
    return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent, "store: metadata under store/ is the store's own");
  }
  Put(data_->meta, std::string(name), std::string(value));
  return absl::OkStatus();
}

absl::StatusOr<Transaction::SharedLimit> MemoryTransaction::GetLimit(std::string_view name) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  return Find(data_->limits, std::string(name)).value_or(SharedLimit{});
}

absl::StatusOr<bool> MemoryTransaction::PutLimit(std::string_view name, std::string_view state,
                                                 std::int64_t expected_version) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  FAIRLEAD_ASSIGN_OR_RETURN(const SharedLimit known, GetLimit(name));
  if (known.version != expected_version) return false;
  Put(data_->limits, std::string(name), SharedLimit{std::string(state), expected_version + 1});
  return true;
}

}  // namespace internal
}  // namespace testing
FAIRLEAD_NAMESPACE_END
