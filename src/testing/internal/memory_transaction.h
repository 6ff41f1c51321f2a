// The full transaction over rows in memory: changes them at once and remembers how to take each change back.
#ifndef FAIRLEAD_SRC_TESTING_INTERNAL_MEMORY_TRANSACTION_H_
#define FAIRLEAD_SRC_TESTING_INTERNAL_MEMORY_TRANSACTION_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/testing/internal/memory_data.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {
namespace internal {

class MemoryStoreImpl final : public MemoryStore {
 public:
  MemoryStoreImpl(std::shared_ptr<MemoryData> data, Runtime runtime);

  std::unique_ptr<MemoryStore> Attach(Runtime runtime) override;
  void FailCommits(std::function<CommitFault()> next) override { next_fault_ = std::move(next); }
  void Observe(std::function<void(const IntentChange&)> observer) override { data_->observer = std::move(observer); }
  void DeclareDead(const WorkerIdentity& worker) override { data_->dead.insert(worker.ToString()); }
  void SyncEachCommit(bool sync) override;
  void Sync() override { data_->unsynced.clear(); }
  absl::Status LosePower() override;

  absl::StatusOr<std::unique_ptr<Transaction>> Begin() override { return Start(true); }
  absl::StatusOr<std::unique_ptr<Transaction>> Read() override { return Start(false); }
  absl::Status GroupCommit(const std::function<absl::Status(LedgerTransaction&)>& work) override;
  absl::Status Close() override;
  StoreTime Now() override;
  const Runtime& runtime() const override { return runtime_; }
  const WorkerIdentity& worker() const override { return worker_; }

  MemoryData& data() { return *data_; }
  CommitFault NextFault() { return next_fault_ ? next_fault_() : CommitFault::kNone; }

 private:
  absl::StatusOr<std::unique_ptr<Transaction>> Start(bool writable);
  absl::Status Take();

  const std::shared_ptr<MemoryData> data_;
  const Runtime runtime_;
  WorkerIdentity worker_;
  std::function<CommitFault()> next_fault_;
  bool closed_ = false;
};

class MemoryTransaction final : public Transaction {
 public:
  /// The store's one turn is taken; this gives it back.
  MemoryTransaction(MemoryStoreImpl& store, bool writable) : store_(store), data_(&store.data()), writable_(writable) {}
  ~MemoryTransaction() override { Rollback(); }

  absl::Status Commit() override;
  void Rollback() override;

  // memory_ledger_tx.cc
  absl::StatusOr<PurposeLookup> FindPurpose(const KeyParts& parts) override;
  absl::StatusOr<std::int64_t> InsertIntent(const Intent& intent) override;
  absl::StatusOr<std::optional<Intent>> GetIntent(std::int64_t id) override;
  absl::StatusOr<std::optional<Intent>> GetIntentByKey(std::string_view key) override;
  absl::StatusOr<std::vector<Intent>> ListIntents(const IntentFilter& filter) override;
  absl::StatusOr<std::vector<Intent>> ListLane(const KeyParts& parts) override;
  absl::StatusOr<std::vector<Intent>> ClaimIntents(const ClaimQuery& query) override;
  absl::StatusOr<bool> UpdateIntent(std::int64_t id, const IntentProgress& after, IntentState state,
                                    std::int64_t epoch) override;
  absl::StatusOr<std::vector<Intent>> ListAbandoned(StoreTime now) override;
  absl::StatusOr<std::optional<StoreTime>> NextDue() override;
  absl::Status HoldLane(const KeyParts& parts, StoreTime until) override;
  absl::StatusOr<std::int64_t> PurgeIntents(WallTime finished_before, WallTime letters_before,
                                            WallTime tombstones_before, std::size_t limit) override;
  absl::Status AppendAudit(const AuditRecord& record) override;
  absl::StatusOr<std::vector<AuditRecord>> ListAudit(std::int64_t intent_id) override;
  absl::Status PutPause(const Pause& pause) override;
  absl::StatusOr<bool> RemovePause(std::string_view scope) override;
  absl::StatusOr<std::vector<Pause>> ListPauses() override;
  absl::Status CountWrites(std::string_view connector, StoreTime now, std::int64_t n) override;
  absl::StatusOr<std::int64_t> WritesInLastHour(std::string_view connector, StoreTime now) override;
  absl::StatusOr<bool> InsertInbox(InboxMessage& message) override;
  absl::StatusOr<std::optional<InboxMessage>> GetInbox(std::int64_t id) override;
  absl::StatusOr<std::vector<InboxMessage>> ListInbox(InboxState state, std::int64_t after_id,
                                                      std::size_t limit) override;
  absl::Status SetInboxState(std::int64_t id, InboxState state, std::string_view detail) override;

  // memory_records_tx.cc
  absl::StatusOr<std::optional<MirrorRow>> GetMirror(const ExternalRef& ref) override;
  absl::StatusOr<std::optional<MirrorRow>> GetMirrorHead(const ExternalRef& ref) override;
  absl::Status PutMirror(const MirrorRow& row) override;
  absl::StatusOr<std::vector<MirrorRow>> ScanMirror(std::string_view tenant, std::string_view system,
                                                    std::string_view kind, std::string_view after,
                                                    std::size_t limit) override;
  absl::StatusOr<std::vector<MirrorRow>> MirrorsOf(std::string_view tenant, std::string_view kind,
                                                   std::string_view canonical_id) override;
  absl::StatusOr<std::optional<std::string>> FindCanonicalId(const ExternalRef& ref) override;
  absl::StatusOr<std::vector<IdentityLink>> FindLinks(std::string_view tenant, std::string_view kind,
                                                      std::string_view canonical_id) override;
  absl::Status PutLink(const IdentityLink& link) override;
  absl::StatusOr<bool> RemoveLink(const ExternalRef& ref) override;
  absl::StatusOr<std::optional<std::string>> GetCursor(std::string_view name) override;
  absl::Status PutCursor(std::string_view name, std::string_view value) override;
  absl::StatusOr<std::int64_t> AppendJournal(const JournalEntry& entry) override;
  absl::StatusOr<std::vector<JournalEntry>> ListJournal(std::int64_t after_id, std::size_t limit) override;
  absl::StatusOr<std::int64_t> AppendDecision(const DecisionRow& row) override;
  absl::StatusOr<std::vector<DecisionRow>> ListDecisions(std::string_view tenant, std::string_view canonical_id,
                                                         std::int64_t after_id, std::size_t limit) override;
  absl::Status RecordFinding(const FindingRow& row) override;
  absl::StatusOr<std::vector<FindingRow>> ListFindings(std::string_view tenant, bool only_open) override;
  absl::StatusOr<bool> CloseFinding(std::string_view tenant, std::string_view rule, std::string_view entity) override;
  absl::Status PutPosting(const PostingRow& row) override;
  absl::StatusOr<std::vector<PostingRow>> ListPostings(std::string_view tenant, std::string_view canonical_id) override;
  absl::StatusOr<std::vector<PostingRow>> FindPostings(std::string_view tenant, std::string_view system,
                                                       std::string_view document_ref) override;
  absl::Status PutBundle(const BundleRow& row) override;
  absl::StatusOr<std::optional<BundleRow>> ActiveBundle(std::string_view tenant) override;
  absl::StatusOr<std::optional<BundleRow>> GetBundle(std::string_view tenant, std::string_view hash) override;
  absl::Status PutEcho(const EchoRow& row) override;
  absl::StatusOr<std::optional<EchoRow>> GetEcho(const ExternalRef& ref, std::string_view field_group) override;
  absl::StatusOr<std::optional<std::string>> GetMeta(std::string_view name) override;
  absl::Status PutMeta(std::string_view name, std::string_view value) override;
  absl::StatusOr<SharedLimit> GetLimit(std::string_view name) override;
  absl::StatusOr<bool> PutLimit(std::string_view name, std::string_view state, std::int64_t expected_version) override;

 protected:
  absl::Status OpenSavepoint() override;
  absl::Status ReleaseSavepoint() override;
  absl::Status RollbackSavepoint() override;

 private:
  struct Touched {
    std::int64_t id;
    std::optional<IntentState> from;
  };

  absl::Status Readable() const;
  absl::Status Writable() const;
  void UndoTo(std::size_t mark);
  void Finish();
  /// Writes `progress` to a row, noting what it was.
  void Change(MemoryIntent& row, IntentProgress progress);
  bool Claimable(const MemoryIntent& row, const ClaimQuery& query) const;

  /// Sets `map[key]`, noting what was there.
  template <typename Map, typename Key, typename Value>
  void Put(Map& map, const Key& key, Value value) {
    const auto found = map.find(key);
    if (found == map.end()) {
      undo_.push_back([&map, key] { map.erase(key); });
      map.emplace(key, std::move(value));
    } else {
      undo_.push_back([&map, key, before = found->second] { map.find(key)->second = before; });
      found->second = std::move(value);
    }
  }
  template <typename Map, typename Key>
  bool Remove(Map& map, const Key& key) {
    const auto found = map.find(key);
    if (found == map.end()) return false;
    undo_.push_back([&map, key, before = found->second] { map.emplace(key, before); });
    map.erase(found);
    return true;
  }

  MemoryStoreImpl& store_;
  MemoryData* const data_;
  const bool writable_;
  bool open_ = true;
  std::vector<MemoryData::Undo> undo_;
  std::vector<std::pair<std::size_t, std::size_t>> marks_;  // Of undo_ and touched_.
  std::vector<Touched> touched_;
};

}  // namespace internal
}  // namespace testing
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_TESTING_INTERNAL_MEMORY_TRANSACTION_H_
