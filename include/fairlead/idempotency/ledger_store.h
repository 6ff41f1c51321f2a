/// What the ledger and the inbox need from a durable store. Implemented by the store room; teams use it through Store.
#ifndef FAIRLEAD_IDEMPOTENCY_LEDGER_STORE_H_
#define FAIRLEAD_IDEMPOTENCY_LEDGER_STORE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fairlead/core/export.h"
#include "fairlead/core/runtime.h"
#include "fairlead/idempotency/inbox_message.h"
#include "fairlead/idempotency/intent.h"

FAIRLEAD_NAMESPACE_BEGIN

class Transaction;  // The store room's; a LedgerTransaction is always one.

/// One line of an intent's history. Appended, never changed.
struct FAIRLEAD_EXPORT AuditRecord {
  std::int64_t id = 0;
  std::int64_t intent_id = 0;
  std::int64_t epoch = 0;
  WallTime at{};
  std::string event;   ///< "enqueued", "sending", "done", "late_result", "redrive", …
  std::string actor;   ///< The worker, or the person.
  std::string detail;  ///< Redacted, for people.
};

/// A person stopped something. Scope is "engine", "connector:NAME" or "operation:NAME".
struct FAIRLEAD_EXPORT Pause {
  std::string scope;
  std::string actor;
  std::string reason;
  WallTime at{};
};

/// What may be claimed.
struct FAIRLEAD_EXPORT ClaimQuery {
  IntentState from = IntentState::kReady;  ///< kReady becomes LEASED, kUnknown becomes VERIFYING.
  std::size_t limit = 100;
  StoreTime now{};
  StoreTime lease_until{};
  std::string worker;
  std::string only_connector;                ///< Empty: all.
  std::vector<std::string> skip_connectors;  ///< Paused, breaker open, or over its writes per hour.
  std::vector<std::string> skip_operations;
  std::vector<std::string> only_operations;  ///< Empty: all.
  std::int64_t only_id = 0;                  ///< Not 0: this row alone, if it may be claimed.
};

/// Which intents to list. Empty fields do not filter.
struct FAIRLEAD_EXPORT IntentFilter {
  std::vector<IntentState> states;
  std::string connector;
  std::string operation;
  std::string aggregate;
  std::string reason;
  std::int64_t after_id = 0;  ///< Only larger ids: for paging.
  std::size_t limit = 100;
};

/// One atomic change of ledger and inbox. Not thread-safe. Destroyed without Commit, it rolls back.
/// A failing call leaves the transaction usable unless it returned DATA_LOSS or INTERNAL.
class FAIRLEAD_EXPORT LedgerTransaction {
 public:
  virtual ~LedgerTransaction();
  LedgerTransaction(const LedgerTransaction&) = delete;
  LedgerTransaction& operator=(const LedgerTransaction&) = delete;

  /// Durable when it returns OK.
  virtual absl::Status Commit() = 0;
  virtual void Rollback() = 0;
  /// The same object as the store room's full transaction.
  virtual Transaction& full() = 0;

  struct PurposeLookup {
    std::optional<Intent> existing;  ///< The intent of this purpose, live or finished.
    std::int64_t next_seq = 1;       ///< The sequence number that a new purpose would get.
    bool expired = false;            ///< Only its tombstone is left: reuse is an error.
  };
  /// By tenant, connector, account, operation, aggregate and purpose.
  virtual absl::StatusOr<PurposeLookup> FindPurpose(const KeyParts& parts) = 0;
  /// Stores a new intent as it stands and returns its id. `position` 0 becomes the id.
  virtual absl::StatusOr<std::int64_t> InsertIntent(const Intent& intent) = 0;
  virtual absl::StatusOr<std::optional<Intent>> GetIntent(std::int64_t id) = 0;
  /// By the hexadecimal key or the UUID on the wire. For people: a store may scan.
  virtual absl::StatusOr<std::optional<Intent>> GetIntentByKey(std::string_view key) = 0;
  /// In the order of id.
  virtual absl::StatusOr<std::vector<Intent>> ListIntents(const IntentFilter& filter) = 0;
  /// The live intents of the lane of `parts`, in their order.
  virtual absl::StatusOr<std::vector<Intent>> ListLane(const KeyParts& parts) = 0;

  /// Picks due rows that head their lane, by (priority, run_at, id), and moves them on with epoch + 1.
  virtual absl::StatusOr<std::vector<Intent>> ClaimIntents(const ClaimQuery& query) = 0;
  /// Writes `after` if the row still is in `state` with `epoch`; false if not: the writer is stale.
  /// A terminal state leaves the hot table; only a call with a terminal `state` brings it back.
  virtual absl::StatusOr<bool> UpdateIntent(std::int64_t id, const IntentProgress& after, IntentState state,
                                            std::int64_t epoch) = 0;
  /// Rows in LEASED, SENDING or VERIFYING whose lease is over at `now` or whose holder is proven dead.
  virtual absl::StatusOr<std::vector<Intent>> ListAbandoned(StoreTime now) = 0;
  /// The earliest run_at of READY and UNKNOWN rows, or nullopt.
  virtual absl::StatusOr<std::optional<StoreTime>> NextDue() = 0;
  /// No claim in the lane of `parts` before `until`.
  virtual absl::Status HoldLane(const KeyParts& parts, StoreTime until) = 0;

  /// Reduces terminal rows to tombstones (DEAD and REJECTED if older than `letters_before`, the others if older than
  /// `finished_before`) and forgets tombstones older than `tombstones_before`. The number of rows reduced, at most
  /// `limit`.
  virtual absl::StatusOr<std::int64_t> PurgeIntents(WallTime finished_before, WallTime letters_before,
                                                    WallTime tombstones_before, std::size_t limit) = 0;

  virtual absl::Status AppendAudit(const AuditRecord& record) = 0;
  virtual absl::StatusOr<std::vector<AuditRecord>> ListAudit(std::int64_t intent_id) = 0;

  virtual absl::Status PutPause(const Pause& pause) = 0;
  /// False if there was none.
  virtual absl::StatusOr<bool> RemovePause(std::string_view scope) = 0;
  virtual absl::StatusOr<std::vector<Pause>> ListPauses() = 0;

  /// Counts `n` sends to `connector` at `now`.
  virtual absl::Status CountWrites(std::string_view connector, StoreTime now, std::int64_t n) = 0;
  /// Sends counted in the hour before `now`.
  virtual absl::StatusOr<std::int64_t> WritesInLastHour(std::string_view connector, StoreTime now) = 0;

  /// False (and nothing stored) if (tenant, source, dedup_key) is there already. Assigns the id.
  virtual absl::StatusOr<bool> InsertInbox(InboxMessage& message) = 0;
  virtual absl::StatusOr<std::optional<InboxMessage>> GetInbox(std::int64_t id) = 0;
  /// In the order of arrival.
  virtual absl::StatusOr<std::vector<InboxMessage>> ListInbox(InboxState state, std::int64_t after_id,
                                                              std::size_t limit) = 0;
  virtual absl::Status SetInboxState(std::int64_t id, InboxState state, std::string_view detail) = 0;

 protected:
  LedgerTransaction() = default;
};

/// Names the process that holds leases, so that its successor can prove it dead.
struct FAIRLEAD_EXPORT WorkerIdentity {
  std::string host;
  std::string boot_id;
  std::int64_t pid = 0;
  std::uint64_t started = 0;   ///< Start time of the process in clock ticks since boot.
  std::uint64_t instance = 0;  ///< Random: tells two stores opened by one process apart.

  /// "host/boot/pid/started/instance".
  std::string ToString() const;
};

/// Thread-safe.
class FAIRLEAD_EXPORT LedgerStore {
 public:
  virtual ~LedgerStore();
  LedgerStore(const LedgerStore&) = delete;
  LedgerStore& operator=(const LedgerStore&) = delete;

  /// A writing transaction; waits for the one before it. One at a time per thread.
  virtual absl::StatusOr<std::unique_ptr<LedgerTransaction>> BeginLedger() = 0;
  /// A consistent view; writing through it is FAILED_PRECONDITION.
  virtual absl::StatusOr<std::unique_ptr<LedgerTransaction>> ReadLedger() = 0;
  /// Runs `work` in a transaction shared with other threads' work and returns when it is durable. If `work` fails, its
  /// own changes are undone and its error returned; the others' stay. `work` must not begin a transaction.
  virtual absl::Status GroupCommit(const std::function<absl::Status(LedgerTransaction&)>& work) = 0;

  virtual StoreTime Now() = 0;
  virtual const Runtime& runtime() const = 0;
  virtual const WorkerIdentity& worker() const = 0;

 protected:
  LedgerStore() = default;
};

FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_IDEMPOTENCY_LEDGER_STORE_H_
