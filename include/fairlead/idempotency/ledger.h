/// The ledger: how a write happens once, and what is known when that cannot be told.
#ifndef FAIRLEAD_IDEMPOTENCY_LEDGER_H_
#define FAIRLEAD_IDEMPOTENCY_LEDGER_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fairlead/core/error.h"
#include "fairlead/core/export.h"
#include "fairlead/idempotency/intent.h"
#include "fairlead/idempotency/ledger_store.h"
#include "fairlead/idempotency/operation.h"
#include "fairlead/idempotency/send_permit.h"
#include "fairlead/idempotency/state.h"
#include "fairlead/retry/options.h"

FAIRLEAD_NAMESPACE_BEGIN

struct FAIRLEAD_EXPORT LedgerOptions {
  /// How long a claim holds; must exceed the longest request timeout. 60 s: a 30 s request may start 30 s after the
  /// claim.
  std::chrono::milliseconds lease{60'000};
  /// Used by Run and Drain; an engine decides by itself.
  RetryOptions retry;
  /// Verifications that could not tell before a person is asked.
  std::uint32_t max_verifications = 8;
  /// Deaths of the worker with the intent in hand before it is a dead letter or parked.
  std::uint32_t max_crashes = 3;
  /// Sends per connector and hour, all writes counted. 0: no cap.
  std::int64_t max_writes_per_hour = 0;

  absl::Status Validate() const;
};

/// What Run asks for: the rest is registered.
struct FAIRLEAD_EXPORT RunRequest {
  std::string aggregate;
  std::string purpose;
  std::string body;
  std::string reference = {};  ///< Empty: the key's UUID.
};

struct FAIRLEAD_EXPORT Receipt {
  IntentKey key;
  std::int64_t intent_id = 0;
  bool replayed = false;  ///< The answer was stored before; nothing was sent now.
  std::string response;
};

struct FAIRLEAD_EXPORT RecoverReport {
  std::int64_t released = 0;  ///< Were leased, never sent: ready again.
  std::int64_t resend = 0;    ///< May have been applied, sending again is harmless: ready again.
  std::int64_t unknown = 0;   ///< May have been applied: wait for verification or a person.
  std::int64_t parked = 0;
  std::int64_t completed = 0;                        ///< Finished by Recover itself, for registered operations.
  std::optional<std::chrono::nanoseconds> next_due;  ///< When to call Drain next.
};

struct FAIRLEAD_EXPORT DrainReport {
  std::int64_t sent = 0;
  std::int64_t verified = 0;
  std::int64_t failed = 0;
  std::optional<std::chrono::nanoseconds> next_due;
};

struct FAIRLEAD_EXPORT Enqueued {
  std::int64_t id = 0;
  IntentKey key;
  IntentState state = IntentState::kReady;
  bool existed = false;  ///< The purpose was known: nothing was added.
};

struct FAIRLEAD_EXPORT ClaimOptions {
  std::size_t limit = 100;
  std::chrono::milliseconds lease{0};        ///< 0: LedgerOptions::lease.
  std::string only_connector;                ///< Empty: all.
  std::vector<std::string> skip_connectors;  ///< Breaker open, limiter empty.
  std::vector<std::string> only_operations;  ///< Empty: all.
  std::int64_t only_id = 0;                  ///< Not 0: this intent alone.
};

/// A known success.
struct FAIRLEAD_EXPORT Completion {
  StoredAnswer answer;
  std::vector<IntentRequest> follow_ups;  ///< Enqueued in the same transaction, ahead of the rest of the lane.
  std::string audit;                      ///< For people; redacted.
};

/// What to do after an attempt that was no success. Made by a retry policy; the ledger only keeps it honest.
struct FAIRLEAD_EXPORT FailureDecision {
  enum class Kind : std::uint8_t {
    kRetry = 1,  ///< Certainly not applied: again after `delay`.
    kAmbiguous,  ///< May have been applied: resend or verify, as the effect class allows, after `delay`.
    kReject,     ///< Refused for good.
    kDead,       ///< Given up (exhausted, expired, unparseable).
    kPark,       ///< Certainly not applied; a person is needed.
  };
  explicit FailureDecision(Kind what) : kind(what) {}

  Kind kind;
  std::chrono::nanoseconds delay{0};
  /// kRetry: nothing left this process because it was held back on purpose (a closed log-in, a pause that the remote
  /// asked for). Uses up no attempt; the horizon still ends it.
  bool held_back = false;
  bool verify = false;          ///< kAmbiguous: look at the remote even where a resend would be harmless by class.
  bool may_be_applied = false;  ///< kDead: given up after a lost answer; the letter says so and its lane waits for it.
  std::string reason;           ///< kDead, kPark, kReject: empty means exhausted, gate, permanent.
  ErrorKind error_kind = ErrorKind::kUnspecified;
  std::string error;    ///< Redacted.
  StoredAnswer answer;  ///< The refusal as the remote said it.
};

/// What a look at the remote said about an UNKNOWN intent.
struct FAIRLEAD_EXPORT Verification {
  enum class Kind : std::uint8_t { kFound = 1, kAbsent, kInconclusive, kSeveral };
  explicit Verification(Kind what) : kind(what) {}

  Kind kind;
  std::chrono::nanoseconds delay{0};  ///< kInconclusive: look again after it. 0: a backoff of the ledger's.
  Completion completion;              ///< kFound.
  std::string detail;
};

/// Retry's verdict as a ledger decision, for an attempt that ended with `status`. What Run and Drain use; pure.
FAIRLEAD_EXPORT FailureDecision DecideFailure(const Intent& sending, const absl::Status& status, StoreTime now,
                                              const RetryOptions& options, double unit);

/// A person's act on a parked or dead intent. All are audited.
struct FAIRLEAD_EXPORT HumanAct {
  std::string actor;   ///< Required.
  std::string reason;  ///< Required; for Confirm the evidence.
};

/// How long what is over is kept. Counted from the moment it became so.
struct FAIRLEAD_EXPORT RetentionOptions {
  /// DONE, SUPERSEDED, CANCELLED with request and answer. 30 d: longer than any caller repeats itself.
  std::chrono::hours finished{24 * 30};
  /// DEAD and REJECTED. 90 d: a quarter's books can still be closed.
  std::chrono::hours dead_letters{24 * 90};
  /// What stays of both: key, fingerprint, state. Reuse of the purpose is an error. 400 d: over a year's end.
  std::chrono::hours tombstones{24 * 400};
  /// Rows a call, so that it never holds the writer long.
  std::size_t limit = 1000;
};

/// Parked, dead and rejected intents as people see them.
struct FAIRLEAD_EXPORT DeadLetter {
  Intent intent;  ///< With an empty body: ask for it by id.
  std::vector<AuditRecord> history;
  std::chrono::seconds age{0};  ///< Since it entered this state.
};

namespace internal {
struct LedgerFaults;
class LedgerTestAccess;
}  // namespace internal

/// Thread-safe, except that Register must come before the calls that use the operation. Borrows the store.
///
/// Two ways of use. A team guards its own calls: Register, Recover, Run. An engine steps the ledger itself:
/// Enqueue in its transaction, Claim, MarkSending, Permit, then Complete, Fail or Verified.
/// Methods with a transaction take part in it; the same without one commit by themselves, joined with other threads'.
class FAIRLEAD_EXPORT Ledger {
 public:
  explicit Ledger(LedgerStore& store, LedgerOptions options = {});
  ~Ledger();
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  // --- Guarding one's own calls.

  /// A wrong registration (no function, a name twice) is reported by Recover and by each Run.
  void Register(Operation operation);
  /// Call once after opening and registering: releases the leases of the dead predecessor and finishes what is due of
  /// the registered operations.
  absl::StatusOr<RecoverReport> Recover();
  /// Sends and verifies what is due of the registered operations. Never sleeps.
  absl::StatusOr<DrainReport> Drain(std::size_t limit = 100);
  /// Makes the call happen at most once per (operation, aggregate, purpose) and returns its answer, now or stored.
  /// Errors: KeyReuse (FAILED_PRECONDITION, nothing sent), a stored refusal, or an unfinished intent, which says when
  /// to ask again (ErrorDetail::retry_after). The intent stays; the same call later goes on with it.
  absl::StatusOr<Receipt> Run(std::string_view operation, const RunRequest& request);

  // --- Stepping.

  /// Adds an intent, or finds the one of the same purpose. The same purpose with another fingerprint is KeyReuse.
  absl::StatusOr<Enqueued> Enqueue(LedgerTransaction& tx, const IntentRequest& request);
  absl::StatusOr<Enqueued> Enqueue(const IntentRequest& request);

  /// Due intents, one per lane, leased: state LEASED.
  absl::StatusOr<std::vector<Intent>> Claim(const ClaimOptions& options);
  absl::StatusOr<std::vector<Intent>> Claim(LedgerTransaction& tx, const ClaimOptions& options);
  /// UNKNOWN intents due for a look at the remote: state VERIFYING.
  absl::StatusOr<std::vector<Intent>> ClaimVerify(const ClaimOptions& options);
  absl::StatusOr<std::vector<Intent>> ClaimVerify(LedgerTransaction& tx, const ClaimOptions& options);

  /// LEASED to SENDING. Once durable, a byte may leave. False: the lease was lost, do not send. Updates `claimed`.
  absl::StatusOr<bool> MarkSending(LedgerTransaction& tx, Intent& claimed);
  absl::StatusOr<bool> MarkSending(Intent& claimed);
  /// The last check for a transport; only for an intent whose SENDING is durable.
  std::unique_ptr<SendPermit> Permit(const Intent& sending) const;

  /// SENDING to DONE with the answer, follow-ups and audit. False: the writer is stale; its result went to the audit.
  absl::StatusOr<bool> Complete(LedgerTransaction& tx, const Intent& sending, const Completion& completion);
  absl::StatusOr<bool> Complete(const Intent& sending, const Completion& completion);
  /// LEASED or SENDING to what the decision and the effect class say.
  absl::StatusOr<bool> Fail(LedgerTransaction& tx, const Intent& held, const FailureDecision& decision);
  absl::StatusOr<bool> Fail(const Intent& held, const FailureDecision& decision);
  /// VERIFYING to DONE, READY, UNKNOWN or PARKED.
  absl::StatusOr<bool> Verified(LedgerTransaction& tx, const Intent& verifying, const Verification& result);
  absl::StatusOr<bool> Verified(const Intent& verifying, const Verification& result);
  /// LEASED back to READY (nothing left), VERIFYING back to UNKNOWN.
  absl::StatusOr<bool> Release(LedgerTransaction& tx, const Intent& held, std::string_view why);
  absl::StatusOr<bool> Release(const Intent& held, std::string_view why);
  /// LEASED, SENDING, VERIFYING rows whose holder is proven dead or whose lease is over.
  absl::StatusOr<RecoverReport> ReleaseAbandoned();
  /// The earliest time that something is due, from now; nullopt if nothing waits for time. Pauses, caps and what a
  /// caller skips are not looked at: after a Claim that brought nothing, wait a while even if something is due.
  absl::StatusOr<std::optional<std::chrono::nanoseconds>> NextDue();

  // --- People.

  absl::Status PauseScope(std::string_view scope, const HumanAct& act);
  absl::Status Resume(std::string_view scope, const HumanAct& act);
  absl::StatusOr<std::vector<Pause>> Pauses();
  /// PARKED, DEAD or REJECTED to READY with the same key and bytes. If it may have been applied and sending again is
  /// not harmless, it is refused unless `despite_unknown_effect`: look at the remote and use Confirm.
  absl::Status Redrive(std::int64_t id, const HumanAct& act, bool despite_unknown_effect = false);
  /// PARKED, DEAD or REJECTED to DONE: the effect is there, the evidence in `act.reason`.
  absl::Status Confirm(std::int64_t id, const HumanAct& act, const StoredAnswer& answer = {});
  /// PARKED, DEAD or REJECTED to CANCELLED.
  absl::Status Cancel(std::int64_t id, const HumanAct& act);
  /// READY (never sent) to PARKED by a person or a gate.
  absl::Status Park(std::int64_t id, const HumanAct& act, std::string_view reason);
  /// PARKED, DEAD and REJECTED, oldest first; `filter.states` empty means all three.
  absl::StatusOr<std::vector<DeadLetter>> DeadLetters(IntentFilter filter);
  absl::StatusOr<std::optional<Intent>> Find(std::int64_t id);
  /// By the hexadecimal key, the UUID on the wire, or the decimal id.
  absl::StatusOr<std::optional<Intent>> Find(std::string_view key);
  absl::StatusOr<std::vector<AuditRecord>> History(std::int64_t id);

  /// Removes what is over for longer than `keep` says, leaving tombstones; call it now and then. The number removed.
  absl::StatusOr<std::int64_t> Purge(const RetentionOptions& keep = {});

  LedgerStore& store() { return store_; }
  const LedgerOptions& options() const { return options_; }

 private:
  friend class internal::LedgerTestAccess;
  struct Step;
  struct Caller;
  absl::StatusOr<ClaimQuery> MakeQuery(LedgerTransaction& tx, const ClaimOptions& options, IntentState from);

  LedgerStore& store_;
  LedgerOptions options_;
  std::map<std::string, Operation, std::less<>> operations_;
  absl::Status registration_;
  std::unique_ptr<internal::LedgerFaults> faults_;
  std::mutex capped_mutex_;
  std::map<std::string, StoreTime, std::less<>> capped_;  // Connectors at their writes per hour, asked again then.
};

FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_IDEMPOTENCY_LEDGER_H_
