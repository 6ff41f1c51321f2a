// The full transaction on one connection to PostgreSQL.
#ifndef FAIRLEAD_SRC_STORE_POSTGRES_INTERNAL_POSTGRES_TRANSACTION_H_
#define FAIRLEAD_SRC_STORE_POSTGRES_INTERNAL_POSTGRES_TRANSACTION_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "fairlead/store/transaction.h"
#include "src/store_postgres/internal/postgres_store.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal::postgres {

class PostgresTransaction final : public Transaction {
 public:
  PostgresTransaction(PostgresStore& store, std::unique_ptr<Connection> connection, TransactionMode mode,
                      std::thread::id thread)
      : store_(store), connection_(std::move(connection)), mode_(mode), thread_(thread) {}
  ~PostgresTransaction() override { Rollback(); }

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

  // records_tx.cc, documents_tx.cc
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
  /// The same for records: a transaction from GroupCommit waits for one from Begin that is open elsewhere.
  absl::Status ReadableRecords();
  absl::Status WritableRecords();
  absl::Status ShareRecords();
  void Finish();
  Connection& connection() { return *connection_; }

  /// Runs a statement and says how many rows it touched.
  absl::StatusOr<std::int64_t> Change(const std::string& sql, const Params& params);
  /// A whole intent, from the columns of FAIRLEAD_INTENT_ROW.
  static Intent IntentFrom(const Result& result, int row);
  absl::StatusOr<std::optional<Intent>> Load(std::int64_t id);
  absl::StatusOr<std::vector<Intent>> LoadAll(const std::string& sql, const Params& params);
  absl::Status InsertQueue(std::int64_t id, std::int64_t route, std::int64_t lane, std::int64_t place,
                           std::int32_t priority, const IntentProgress& progress);
  absl::Status InsertOutcome(std::int64_t id, const IntentProgress& progress);
  /// What ClaimIntents does once it has candidates: the ids of those that are ours.
  absl::StatusOr<std::vector<Intent>> TakeCandidates(const ClaimQuery& query, const std::vector<std::int64_t>& ids);
  absl::StatusOr<std::vector<Intent>> Take(const ClaimQuery& query, const std::vector<std::int64_t>& ids);
  absl::Status LockPurpose(std::int64_t aggregate_hash);
  absl::Status SendWrites();

  PostgresStore& store_;
  std::unique_ptr<Connection> connection_;
  const TransactionMode mode_;
  const std::thread::id thread_;
  bool open_ = true;
  bool records_shared_ = false;
  std::vector<bool> records_shared_before_;  // One for each open savepoint: going back gives locks back.
  std::set<std::int64_t> purposes_locked_;
  // (connector, minute) to sends not yet stored.
  std::map<std::pair<std::string, std::int64_t>, std::int64_t> counted_;
};

}  // namespace internal::postgres
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_STORE_POSTGRES_INTERNAL_POSTGRES_TRANSACTION_H_
