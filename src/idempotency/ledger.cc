#include "fairlead/idempotency/ledger.h"

#include <algorithm>
#include <utility>

#include "fairlead/core/error.h"
#include "src/idempotency/internal/ledger_step.h"

FAIRLEAD_NAMESPACE_BEGIN

using internal::GuardOf;
using internal::LedgerError;

namespace {

// How long a connector at its writes per hour is left alone before it is counted again.
constexpr std::chrono::seconds kCapRecheck{15};
constexpr std::chrono::nanoseconds kSlowestLook = std::chrono::hours(1);

// Runs `work`, which returns StatusOr<T>, as one group-committed transaction.
template <typename T, typename Work>
absl::StatusOr<T> Committed(LedgerStore& store, const Work& work) {
  absl::StatusOr<T> result = absl::UnknownError("not run");
  const absl::Status status = store.GroupCommit([&](LedgerTransaction& tx) {
    result = work(tx);
    return result.status();
  });
  if (!status.ok()) return status;
  return result;
}

std::string Scope(std::string_view prefix, std::string_view text) {
  return text.substr(0, prefix.size()) == prefix ? std::string(text.substr(prefix.size())) : std::string();
}

}  // namespace

absl::Status LedgerOptions::Validate() const {
  FAIRLEAD_RETURN_IF_ERROR(retry.Validate());
  if (lease.count() <= 0 || max_verifications == 0 || max_crashes == 0 || max_writes_per_hour < 0) {
    return MakeError(
        ErrorKind::kConfiguration, Outcome::kNotSent,
        "LedgerOptions: lease, max_verifications and max_crashes must be positive, max_writes_per_hour not negative");
  }
  return absl::OkStatus();
}

Ledger::Ledger(LedgerStore& store, LedgerOptions options)
    : store_(store),
      options_(std::move(options)),
      registration_(options_.Validate()),
      faults_(std::make_unique<internal::LedgerFaults>(internal::DefaultFaults())) {}

Ledger::~Ledger() = default;

absl::StatusOr<Enqueued> Ledger::Enqueue(LedgerTransaction& tx, const IntentRequest& request) {
  return Step{*this, tx}.Enqueue(request, nullptr);
}

absl::StatusOr<Enqueued> Ledger::Enqueue(const IntentRequest& request) {
  return Committed<Enqueued>(store_, [&](LedgerTransaction& tx) { return Enqueue(tx, request); });
}

absl::StatusOr<std::vector<Intent>> Ledger::Claim(LedgerTransaction& tx, const ClaimOptions& options) {
  FAIRLEAD_ASSIGN_OR_RETURN(ClaimQuery query, MakeQuery(tx, options, IntentState::kReady));
  if (query.limit == 0) return std::vector<Intent>{};
  FAIRLEAD_ASSIGN_OR_RETURN(std::vector<Intent> claimed, tx.ClaimIntents(query));
  Step step{*this, tx};
  bool unfit = false;
  for (Intent& intent : claimed) {
    const bool exhausted = intent.attempts >= intent.attempts_allowed;
    if (!exhausted && query.now < intent.expires_at) continue;
    IntentProgress after = intent;
    after.reason = std::string(exhausted ? reason::kExhausted : reason::kExpired);
    FAIRLEAD_ASSIGN_OR_RETURN([[maybe_unused]] const bool dead,
                              step.Move(intent, IntentEvent::kGiveUp, std::move(after),
                                        exhausted ? "all attempts are used up" : "its horizon has passed"));
    intent.id = 0;
    unfit = true;
  }
  if (unfit) {
    claimed.erase(std::remove_if(claimed.begin(), claimed.end(), [](const Intent& intent) { return intent.id == 0; }),
                  claimed.end());
  }
  return claimed;
}

absl::StatusOr<std::vector<Intent>> Ledger::Claim(const ClaimOptions& options) {
  return Committed<std::vector<Intent>>(store_, [&](LedgerTransaction& tx) { return Claim(tx, options); });
}

absl::StatusOr<std::vector<Intent>> Ledger::ClaimVerify(LedgerTransaction& tx, const ClaimOptions& options) {
  FAIRLEAD_ASSIGN_OR_RETURN(const ClaimQuery query, MakeQuery(tx, options, IntentState::kUnknown));
  if (query.limit == 0) return std::vector<Intent>{};
  return tx.ClaimIntents(query);
}

absl::StatusOr<std::vector<Intent>> Ledger::ClaimVerify(const ClaimOptions& options) {
  return Committed<std::vector<Intent>>(store_, [&](LedgerTransaction& tx) { return ClaimVerify(tx, options); });
}

absl::StatusOr<ClaimQuery> Ledger::MakeQuery(LedgerTransaction& tx, const ClaimOptions& options, IntentState from) {
  ClaimQuery query;
  query.from = from;
  query.limit = options.limit;
  query.now = store_.Now();
  query.lease_until = query.now + (options.lease.count() > 0 ? options.lease : options_.lease);
  query.worker = store_.worker().ToString();
  query.only_connector = options.only_connector;
  query.skip_connectors = options.skip_connectors;
  query.only_operations = options.only_operations;
  query.only_id = options.only_id;
  FAIRLEAD_ASSIGN_OR_RETURN(const std::vector<Pause> pauses, tx.ListPauses());
  for (const Pause& pause : pauses) {
    if (pause.scope == "engine") query.limit = 0;
    if (std::string name = Scope("connector:", pause.scope); !name.empty())
      query.skip_connectors.push_back(std::move(name));
    if (std::string name = Scope("operation:", pause.scope); !name.empty())
      query.skip_operations.push_back(std::move(name));
  }
  if (from == IntentState::kReady) {
    const std::lock_guard<std::mutex> lock(capped_mutex_);
    for (auto it = capped_.begin(); it != capped_.end();) {
      if (it->second <= query.now) {
        it = capped_.erase(it);
      } else {
        query.skip_connectors.push_back(it->first);
        ++it;
      }
    }
  }
  return query;
}

absl::StatusOr<bool> Ledger::MarkSending(LedgerTransaction& tx, Intent& claimed) {
  Step step{*this, tx};
  const StoreTime now = store_.Now();
  if (now + claimed.timeout > claimed.lease_until && !faults_->no_last_check) {
    FAIRLEAD_ASSIGN_OR_RETURN(
        [[maybe_unused]] const bool released,
        step.Move(claimed, IntentEvent::kRelease, claimed, "less lease left than the request may take"));
    return false;
  }
  IntentProgress after = claimed;
  if (claimed.effect == Effect::kNativeKey && claimed.sent() && !GuardOf(claimed, now).inside_retention) {
    if (claimed.ambiguous_at != StoreTime{}) {
      FAIRLEAD_ASSIGN_OR_RETURN([[maybe_unused]] const bool moved,
                                step.Ambiguous(claimed, std::move(after), std::chrono::nanoseconds{0}, false,
                                               "the remote no longer keeps the key of an earlier send: look first"));
      return false;
    }
    after.first_send_at = StoreTime{};  // Every earlier send certainly failed: the key is a new one to the remote.
  }
  if (claimed.effect != Effect::kRead) {
    if (options_.max_writes_per_hour > 0) {
      FAIRLEAD_ASSIGN_OR_RETURN(const std::int64_t writes, tx.WritesInLastHour(claimed.parts.connector, now));
      if (writes >= options_.max_writes_per_hour) {
        {
          const std::lock_guard<std::mutex> lock(capped_mutex_);
          capped_[claimed.parts.connector] = now + kCapRecheck;
        }
        FAIRLEAD_ASSIGN_OR_RETURN([[maybe_unused]] const bool released,
                                  step.Move(claimed, IntentEvent::kRelease, claimed, ""));
        return false;
      }
    }
    FAIRLEAD_RETURN_IF_ERROR(tx.CountWrites(claimed.parts.connector, now, 1));
  }
  ++after.attempts;
  if (after.first_send_at == StoreTime{}) after.first_send_at = now;
  after.last_send_at = now;
  IntentProgress moved;
  FAIRLEAD_ASSIGN_OR_RETURN(const bool written,
                            step.Move(claimed, IntentEvent::kSendCommitted, std::move(after), "", {}, &moved));
  if (written) static_cast<IntentProgress&>(claimed) = std::move(moved);
  return written;
}

absl::StatusOr<bool> Ledger::MarkSending(Intent& claimed) {
  return Committed<bool>(store_, [&](LedgerTransaction& tx) { return MarkSending(tx, claimed); });
}

std::unique_ptr<SendPermit> Ledger::Permit(const Intent& sending) const {
  if (faults_->before_last_check != nullptr) faults_->before_last_check(sending);
  LedgerStore* store = &store_;
  return std::unique_ptr<SendPermit>(new SendPermit(
      sending, [store] { return store->Now(); }, faults_.get()));
}

absl::StatusOr<bool> Ledger::Complete(LedgerTransaction& tx, const Intent& sending, const Completion& completion) {
  Step step{*this, tx};
  IntentProgress after = sending;
  after.answer = completion.answer;
  after.error.clear();
  after.error_kind = ErrorKind::kUnspecified;
  const IntentEvent event = sending.state == IntentState::kVerifying ? IntentEvent::kFound : IntentEvent::kSucceeded;
  FAIRLEAD_ASSIGN_OR_RETURN(const bool written, step.Move(sending, event, std::move(after), completion.audit));
  if (!written) return false;
  for (const IntentRequest& next : completion.follow_ups) {
    FAIRLEAD_ASSIGN_OR_RETURN([[maybe_unused]] const Enqueued enqueued, step.Enqueue(next, &sending));
  }
  return true;
}

absl::StatusOr<bool> Ledger::Complete(const Intent& sending, const Completion& completion) {
  return Committed<bool>(store_, [&](LedgerTransaction& tx) { return Complete(tx, sending, completion); });
}

absl::StatusOr<bool> Ledger::Fail(LedgerTransaction& tx, const Intent& held, const FailureDecision& decision) {
  using Kind = FailureDecision::Kind;
  Step step{*this, tx};
  const StoreTime now = store_.Now();
  IntentProgress after = held;
  after.error = decision.error;
  after.error_kind = decision.error_kind;
  after.run_at = now + decision.delay;
  std::string detail =
      "attempt " + std::to_string(held.attempts) + ": " + std::string(ErrorKindName(decision.error_kind));
  if (!decision.error.empty()) detail += ": " + decision.error;
  const auto or_default = [&](std::string_view fallback) {
    return decision.reason.empty() ? std::string(fallback) : decision.reason;
  };
  switch (decision.kind) {
    case Kind::kRetry: {
      if (decision.held_back && held.state == IntentState::kSending && after.attempts > 0) --after.attempts;
      const bool exhausted = after.attempts >= held.attempts_allowed;
      if (exhausted || after.run_at >= held.expires_at) {
        after.reason = std::string(exhausted ? reason::kExhausted : reason::kExpired);
        return step.Move(held, IntentEvent::kGiveUp, std::move(after), detail);
      }
      const IntentEvent event = held.state == IntentState::kLeased ? IntentEvent::kRelease : IntentEvent::kNotApplied;
      return step.Move(held, event, std::move(after), detail);
    }
    case Kind::kAmbiguous:
      if (held.state == IntentState::kLeased) {
        return LedgerError(ErrorKind::kConfiguration, Outcome::kNotSent,
                           "Fail: a request whose SENDING was not committed cannot have been sent",
                           held.parts.operation);
      }
      return step.Ambiguous(held, std::move(after), decision.delay, decision.verify, detail);
    case Kind::kReject: {
      // "Already there" or "changed meanwhile" after a send whose answer was lost may be that very send.
      const bool may_be_ours = decision.error_kind == ErrorKind::kDuplicate ||
                               (decision.error_kind == ErrorKind::kConflict && held.ambiguous_at != StoreTime{});
      if (held.state == IntentState::kSending && may_be_ours && !faults_->conflict_is_refusal &&
          (held.effect == Effect::kConditional || held.effect == Effect::kLookup)) {
        return step.Ambiguous(held, std::move(after), decision.delay, true, detail + "; it may be our own: look first");
      }
      after.reason = or_default(reason::kPermanent);
      after.answer = decision.answer;
      return step.Move(held, IntentEvent::kRefused, std::move(after), detail);
    }
    case Kind::kDead:
      after.reason = or_default(reason::kExhausted);
      if (decision.may_be_applied && held.state == IntentState::kSending) {
        after.ambiguous_at = internal::LastByte(held, now);
        after.error += after.error.empty() ? "it may have been applied" : "; it may have been applied";
      }
      return step.Move(held, IntentEvent::kGiveUp, std::move(after), detail);
    case Kind::kPark:
      after.reason = or_default("gate");
      return step.Move(held, IntentEvent::kHeldForPerson, std::move(after), detail);
  }
  return LedgerError(ErrorKind::kConfiguration, Outcome::kNotSent, "Fail: not a known decision", held.parts.operation);
}

absl::StatusOr<bool> Ledger::Fail(const Intent& held, const FailureDecision& decision) {
  return Committed<bool>(store_, [&](LedgerTransaction& tx) { return Fail(tx, held, decision); });
}

absl::StatusOr<bool> Ledger::Verified(LedgerTransaction& tx, const Intent& verifying, const Verification& result) {
  using Kind = Verification::Kind;
  Step step{*this, tx};
  const StoreTime now = store_.Now();
  IntentProgress after = verifying;
  after.run_at = now;
  const auto detail = [&](std::string_view what) {
    return result.detail.empty() ? std::string(what) : std::string(what) + ": " + result.detail;
  };
  switch (result.kind) {
    case Kind::kFound: {
      Completion completion = result.completion;
      if (completion.audit.empty()) completion.audit = detail("found at the remote");
      return Complete(tx, verifying, completion);
    }
    case Kind::kAbsent:
      after.verifications = 0;
      // The remote does not have it, so a new send starts a new retention.
      if (verifying.effect == Effect::kNativeKey) after.first_send_at = after.ambiguous_at = StoreTime{};
      return step.Move(verifying, IntentEvent::kAbsent, std::move(after),
                       detail("certainly not at the remote: may be sent"));
    case Kind::kInconclusive: {
      ++after.verifications;
      if (after.verifications >= options_.max_verifications || now >= verifying.expires_at) {
        after.reason = std::string(reason::kUnknownEffect);
        return step.Move(verifying, IntentEvent::kVerifyHorizon, std::move(after),
                         detail("cannot be told: a person decides"));
      }
      std::chrono::nanoseconds delay = result.delay;
      if (delay.count() <= 0) {
        delay = std::min<std::chrono::nanoseconds>(
            std::chrono::seconds(1) * (std::int64_t{1} << std::min(after.verifications, 12U)), kSlowestLook);
      }
      after.run_at = now + delay;
      return step.Move(verifying, IntentEvent::kInconclusive, std::move(after), detail("cannot be told yet"));
    }
    case Kind::kSeveral:
      after.reason = std::string(reason::kAmbiguousMatch);
      return step.Move(verifying, IntentEvent::kVerifyHorizon, std::move(after),
                       detail("more than one was found: a person decides"));
  }
  return LedgerError(ErrorKind::kConfiguration, Outcome::kNotSent, "Verified: not a known result",
                     verifying.parts.operation);
}

absl::StatusOr<bool> Ledger::Verified(const Intent& verifying, const Verification& result) {
  return Committed<bool>(store_, [&](LedgerTransaction& tx) { return Verified(tx, verifying, result); });
}

absl::StatusOr<bool> Ledger::Release(LedgerTransaction& tx, const Intent& held, std::string_view why) {
  return Step{*this, tx}.Move(held, IntentEvent::kRelease, held, why);
}

absl::StatusOr<bool> Ledger::Release(const Intent& held, std::string_view why) {
  return Committed<bool>(store_, [&](LedgerTransaction& tx) { return Release(tx, held, why); });
}

absl::StatusOr<RecoverReport> Ledger::ReleaseAbandoned() {
  return Committed<RecoverReport>(store_, [&](LedgerTransaction& tx) -> absl::StatusOr<RecoverReport> {
    RecoverReport report;
    Step step{*this, tx};
    FAIRLEAD_ASSIGN_OR_RETURN(const auto abandoned, tx.ListAbandoned(store_.Now()));
    for (const Intent& held : abandoned) FAIRLEAD_RETURN_IF_ERROR(step.ReleaseAbandoned(held, report));
    return report;
  });
}

absl::StatusOr<std::optional<std::chrono::nanoseconds>> Ledger::NextDue() {
  FAIRLEAD_ASSIGN_OR_RETURN(const auto tx, store_.ReadLedger());
  FAIRLEAD_ASSIGN_OR_RETURN(const auto due, tx->NextDue());
  if (!due.has_value()) return std::nullopt;
  return std::max(std::chrono::nanoseconds{0}, std::chrono::nanoseconds(*due - store_.Now()));
}

FAIRLEAD_NAMESPACE_END
