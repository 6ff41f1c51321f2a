// The full transaction on one SQLite connection.
#ifndef FAIRLEAD_SRC_STORE_SQLITE_INTERNAL_SQLITE_TRANSACTION_H_
#define FAIRLEAD_SRC_STORE_SQLITE_INTERNAL_SQLITE_TRANSACTION_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fairlead/store/transaction.h"
#include "src/store_sqlite/internal/sqlite_store.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal {

class SqliteTransaction final : public Transaction {
 public:
  enum class Mode : std::uint8_t { kWrite, kRead, kReadOnWriter };

  SqliteTransaction(SqliteStore& store, Session* session, std::unique_ptr<Session> owned, Mode mode)
      : store_(store), session_(session), owned_(std::move(owned)), mode_(mode) {}
  ~SqliteTransaction() override { Rollback(); }

  absl::Status Commit() override;
  void Rollback() override;

  // intent_tx.cc, purpose_tx.cc, claim_tx.cc, audit_tx.cc
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

  // inbox_tx.cc
  absl::StatusOr<bool> InsertInbox(InboxMessage& message) override;
  absl::StatusOr<std::optional<InboxMessage>> GetInbox(std::int64_t id) override;
  absl::StatusOr<std::vector<InboxMessage>> ListInbox(InboxState state, std::int64_t after_id,
                                                      std::size_t limit) override;
  absl::Status SetInboxState(std::int64_t id, InboxState state, std::string_view detail) override;

  // records_tx.cc
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
  /// OK if this transaction may still read (write).
  absl::Status Readable() const;
  absl::Status Writable() const;
  void Finish();
  Connection& connection() { return *session_->connection; }

  absl::StatusOr<std::int64_t> RouteId(const KeyParts& parts);
  absl::StatusOr<const NameCache::Route*> RouteOf(std::int64_t id);
  absl::StatusOr<std::int64_t> WorkerId(std::string_view name);
  absl::StatusOr<std::string> WorkerName(std::int64_t id);
  absl::Status LoadRoutes();
  /// What never changes, from the row's first columns; and what does, from its columns after `first`.
  absl::Status FillIntent(Query& row, Intent& intent);
  absl::Status FillProgress(Query& row, int first, IntentProgress& progress);
  /// True if the query has a row.
  absl::StatusOr<bool> Any(const char* literal);
  absl::StatusOr<bool> AnyTombstones();
  absl::StatusOr<std::optional<Intent>> Load(std::int64_t id);
  absl::Status InsertQueue(std::int64_t id, std::int64_t route, std::int64_t lane, std::int64_t position,
                           std::int32_t priority, const IntentProgress& progress);
  absl::Status FlushWrites();

  SqliteStore& store_;
  Session* session_;
  std::unique_ptr<Session> owned_;
  const Mode mode_;
  bool open_ = true;
  std::vector<std::size_t> marks_;  // Of the purpose index, one for each open savepoint.
  std::map<std::pair<std::string, std::int64_t>, std::int64_t>
      counted_;  // (connector, minute) to sends not yet stored.
};

}  // namespace internal
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_STORE_SQLITE_INTERNAL_SQLITE_TRANSACTION_H_
