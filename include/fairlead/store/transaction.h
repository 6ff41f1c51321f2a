/// One transaction over everything that must change together.
#ifndef FAIRLEAD_STORE_TRANSACTION_H_
#define FAIRLEAD_STORE_TRANSACTION_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fairlead/core/export.h"
#include "fairlead/idempotency/ledger_store.h"
#include "fairlead/store/records.h"

FAIRLEAD_NAMESPACE_BEGIN

/// Ledger and inbox (inherited), mirror, identity map, cursors, journal, decisions, findings, postings, bundles,
/// echoes, metadata and shared limits. Not thread-safe. From Store::Read it is a snapshot: every write is
/// FAILED_PRECONDITION. Views and rows returned are copies. "Not there" is nullopt or false, never an error.
class FAIRLEAD_EXPORT Transaction : public LedgerTransaction {
 public:
  Transaction& full() final { return *this; }

  /// Runs `work` within a savepoint: if it fails, its changes alone are undone and its error is returned. One per
  /// record, so that a poison record does not stop its page. Nests.
  absl::Status Savepoint(const std::function<absl::Status()>& work);

  // --- Mirror.
  virtual absl::StatusOr<std::optional<MirrorRow>> GetMirror(const ExternalRef& ref) = 0;
  /// The same without `content`: enough to see that nothing changed.
  virtual absl::StatusOr<std::optional<MirrorRow>> GetMirrorHead(const ExternalRef& ref) = 0;
  virtual absl::Status PutMirror(const MirrorRow& row) = 0;
  /// In the order of external_id, after `after` (exclusive, empty: from the start).
  virtual absl::StatusOr<std::vector<MirrorRow>> ScanMirror(std::string_view tenant, std::string_view system,
                                                            std::string_view kind, std::string_view after,
                                                            std::size_t limit) = 0;
  /// Every system's mirror of one canonical record.
  virtual absl::StatusOr<std::vector<MirrorRow>> MirrorsOf(std::string_view tenant, std::string_view kind,
                                                           std::string_view canonical_id) = 0;

  // --- Identity map.
  virtual absl::StatusOr<std::optional<std::string>> FindCanonicalId(const ExternalRef& ref) = 0;
  virtual absl::StatusOr<std::vector<IdentityLink>> FindLinks(std::string_view tenant, std::string_view kind,
                                                              std::string_view canonical_id) = 0;
  /// ALREADY_EXISTS if the ref has another canonical id; the same again is fine.
  virtual absl::Status PutLink(const IdentityLink& link) = 0;
  virtual absl::StatusOr<bool> RemoveLink(const ExternalRef& ref) = 0;

  // --- Cursors.
  virtual absl::StatusOr<std::optional<std::string>> GetCursor(std::string_view name) = 0;
  virtual absl::Status PutCursor(std::string_view name, std::string_view value) = 0;

  // --- Journal and decisions: appended, the id is returned.
  virtual absl::StatusOr<std::int64_t> AppendJournal(const JournalEntry& entry) = 0;
  virtual absl::StatusOr<std::vector<JournalEntry>> ListJournal(std::int64_t after_id, std::size_t limit) = 0;
  virtual absl::StatusOr<std::int64_t> AppendDecision(const DecisionRow& row) = 0;
  /// All of one record if `canonical_id` is not empty, else all; oldest first.
  virtual absl::StatusOr<std::vector<DecisionRow>> ListDecisions(std::string_view tenant, std::string_view canonical_id,
                                                                 std::int64_t after_id, std::size_t limit) = 0;

  // --- Findings.
  /// Inserts, or bumps last_seen and recurrences and replaces class, data and open.
  virtual absl::Status RecordFinding(const FindingRow& row) = 0;
  virtual absl::StatusOr<std::vector<FindingRow>> ListFindings(std::string_view tenant, bool only_open) = 0;
  virtual absl::StatusOr<bool> CloseFinding(std::string_view tenant, std::string_view rule,
                                            std::string_view entity) = 0;

  // --- Postings. Unique by (tenant, canonical_id, system, document_kind, key).
  virtual absl::Status PutPosting(const PostingRow& row) = 0;
  virtual absl::StatusOr<std::vector<PostingRow>> ListPostings(std::string_view tenant,
                                                               std::string_view canonical_id) = 0;
  /// By the remote's document.
  virtual absl::StatusOr<std::vector<PostingRow>> FindPostings(std::string_view tenant, std::string_view system,
                                                               std::string_view document_ref) = 0;

  // --- Policy bundles.
  /// Stores it; if active, it becomes the only active one of its tenant.
  virtual absl::Status PutBundle(const BundleRow& row) = 0;
  virtual absl::StatusOr<std::optional<BundleRow>> ActiveBundle(std::string_view tenant) = 0;
  virtual absl::StatusOr<std::optional<BundleRow>> GetBundle(std::string_view tenant, std::string_view hash) = 0;

  // --- Echo ledger.
  virtual absl::Status PutEcho(const EchoRow& row) = 0;
  virtual absl::StatusOr<std::optional<EchoRow>> GetEcho(const ExternalRef& ref, std::string_view field_group) = 0;

  // --- Metadata of the rooms below ("engine/mode"); names starting with "store/" are the store's own.
  virtual absl::StatusOr<std::optional<std::string>> GetMeta(std::string_view name) = 0;
  virtual absl::Status PutMeta(std::string_view name, std::string_view value) = 0;

  // --- Limits shared by workers: opaque state of a limiter with a version for compare-and-set.
  struct SharedLimit {
    std::string state;
    std::int64_t version = 0;  ///< 0: not there yet.
  };
  virtual absl::StatusOr<SharedLimit> GetLimit(std::string_view name) = 0;
  /// False if the version is no longer `expected_version`.
  virtual absl::StatusOr<bool> PutLimit(std::string_view name, std::string_view state,
                                        std::int64_t expected_version) = 0;

 protected:
  Transaction() = default;
  virtual absl::Status OpenSavepoint() = 0;
  virtual absl::Status ReleaseSavepoint() = 0;
  virtual absl::Status RollbackSavepoint() = 0;
};

FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_STORE_TRANSACTION_H_
