#include "src/store_sqlite/internal/purpose_index.h"

#include <algorithm>
#include <string>
#include <tuple>

#include "fairlead/core/error.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal {
namespace {

constexpr const char* kIndexedUpTo = "SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'store/purposes_up_to'";

absl::StatusOr<std::int64_t> IndexedUpTo(Connection& connection) {
  Query query(connection, kIndexedUpTo);
  FAIRLEAD_ASSIGN_OR_RETURN(const bool found, query.Next());
  return found ? query.GetInt(0) : 0;
}

absl::Status CollectTable(Connection& connection, std::int64_t aggregate, std::vector<PurposeIndex::Entry>& out) {
  Query query(connection, "SELECT purpose, seq, id FROM purpose WHERE aggregate = ?");
  query.Int(aggregate);
  while (true) {
    FAIRLEAD_ASSIGN_OR_RETURN(const bool more, query.Next());
    if (!more) return absl::OkStatus();
    out.push_back({{aggregate, query.GetInt(0)}, query.GetInt(1), query.GetInt(2)});
  }
}

}  // namespace

absl::Status PurposeIndex::Load(Connection& connection) {
  if (loaded_) return absl::OkStatus();
  Forget();
  FAIRLEAD_ASSIGN_OR_RETURN(const std::int64_t up_to, IndexedUpTo(connection));
  Query query(connection, "SELECT aggregate_hash, purpose_hash, seq, id FROM intent WHERE id > ? ORDER BY id");
  query.Int(up_to);
  while (true) {
    FAIRLEAD_ASSIGN_OR_RETURN(const bool more, query.Next());
    if (!more) break;
    recent_[query.GetInt(0)].push_back({{query.GetInt(0), query.GetInt(1)}, query.GetInt(2), query.GetInt(3)});
    ++size_;
  }
  loaded_ = unsure_ = true;
  return absl::OkStatus();
}

absl::Status PurposeIndex::Collect(Connection& connection, std::int64_t aggregate, std::vector<Entry>& out) {
  FAIRLEAD_RETURN_IF_ERROR(Load(connection));
  FAIRLEAD_RETURN_IF_ERROR(CollectTable(connection, aggregate, out));
  if (const auto found = recent_.find(aggregate); found != recent_.end()) {
    out.insert(out.end(), found->second.begin(), found->second.end());
  }
  return absl::OkStatus();
}

absl::Status PurposeIndex::CollectReading(Connection& connection, std::int64_t aggregate, std::vector<Entry>& out) {
  FAIRLEAD_RETURN_IF_ERROR(CollectTable(connection, aggregate, out));
  FAIRLEAD_ASSIGN_OR_RETURN(const std::int64_t up_to, IndexedUpTo(connection));
  Query query(connection, "SELECT purpose_hash, seq, id FROM intent WHERE id > ? AND aggregate_hash = ? ORDER BY id");
  query.Int(up_to).Int(aggregate);
  while (true) {
    FAIRLEAD_ASSIGN_OR_RETURN(const bool more, query.Next());
    if (!more) return absl::OkStatus();
    out.push_back({{aggregate, query.GetInt(0)}, query.GetInt(1), query.GetInt(2)});
  }
}

void PurposeIndex::Add(const Entry& entry) {
  recent_[entry.hash.aggregate].push_back(entry);
  pending_.push_back(entry.hash.aggregate);
  ++size_;
}

absl::Status PurposeIndex::Flush(Connection& connection, std::size_t at_least) {
  FAIRLEAD_RETURN_IF_ERROR(Load(connection));
  if (size_ == 0 || size_ < at_least) return absl::OkStatus();
  std::vector<Entry> entries;
  entries.reserve(size_);
  for (const auto& [aggregate, some] : recent_) entries.insert(entries.end(), some.begin(), some.end());
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.hash.aggregate, a.hash.purpose, a.id) < std::tie(b.hash.aggregate, b.hash.purpose, b.id);
  });
  std::int64_t up_to = 0;
  for (const Entry& entry : entries) {
    up_to = std::max(up_to, entry.id);
    FAIRLEAD_RETURN_IF_ERROR(Query(connection, "INSERT INTO purpose (aggregate, purpose, id, seq) VALUES (?, ?, ?, ?)")
                                 .Int(entry.hash.aggregate)
                                 .Int(entry.hash.purpose)
                                 .Int(entry.id)
                                 .Int(entry.seq)
                                 .Run());
  }
  const std::string value = std::to_string(up_to);
  FAIRLEAD_RETURN_IF_ERROR(
      Query(connection,
            "INSERT INTO meta (name, value) VALUES ('store/purposes_up_to', ?) ON CONFLICT (name) DO "
            "UPDATE SET value = excluded.value")
          .Text(value)
          .Run());
  recent_.clear();
  pending_.clear();
  size_ = 0;
  unsure_ = true;
  return absl::OkStatus();
}

void PurposeIndex::UndoTo(std::size_t mark) {
  if (unsure_) {
    Forget();
    return;
  }
  while (pending_.size() > mark) {
    const auto found = recent_.find(pending_.back());
    found->second.pop_back();
    if (found->second.empty()) recent_.erase(found);
    pending_.pop_back();
    --size_;
  }
}

void PurposeIndex::Committed() {
  pending_.clear();
  unsure_ = false;
}

void PurposeIndex::RolledBack() {
  UndoTo(0);
  unsure_ = false;
}

void PurposeIndex::Forget() {
  recent_.clear();
  pending_.clear();
  size_ = 0;
  loaded_ = false;
}

}  // namespace internal
FAIRLEAD_NAMESPACE_END
