// Guarding a team's own calls: one call, or all that is due, through the same steps an engine takes.
#include <algorithm>
#include <utility>

#include "fairlead/core/error.h"
#include "fairlead/idempotency/ledger.h"
#include "fairlead/retry/decide.h"
#include "src/idempotency/internal/ledger_step.h"

FAIRLEAD_NAMESPACE_BEGIN

using internal::LedgerError;

FailureDecision DecideFailure(const Intent& sending, const absl::Status& status, StoreTime now,
                              const RetryOptions& options, double unit) {
  using Kind = FailureDecision::Kind;
  const auto error = GetErrorDetail(status);
  retry::Input input(sending.effect);
  input.phase = retry::Phase::kDurable;
  input.outcome = OutcomeOf(status);
  input.kind = KindOf(status);
  input.ambiguous_before = sending.ambiguous_at != StoreTime{};
  input.attempt = std::max<std::uint32_t>(1, sending.attempts);
  input.left = sending.expires_at > now ? sending.expires_at - now : std::chrono::nanoseconds{0};
  if (sending.effect == Effect::kNativeKey) {
    input.retention_left =
        std::max(std::chrono::nanoseconds{0},
                 std::chrono::nanoseconds(sending.first_send_at + sending.retention - sending.settle - now));
  }
  input.settle = sending.timeout + sending.settle;
  if (error.has_value() && error->retry_after.has_value()) input.server_hint = *error->retry_after;
  input.unit = unit;
  const retry::Decision verdict = retry::Decide(options, input);

  FailureDecision decision{Kind::kDead};
  decision.delay = verdict.delay;
  decision.error_kind = input.kind;
  decision.error = std::string(status.message());
  decision.may_be_applied = sending.effect != Effect::kRead && input.outcome == Outcome::kUnknown;
  if (error.has_value()) decision.answer.status = static_cast<std::int32_t>(error->http_status);
  switch (verdict.action) {
    case retry::Action::kRetryAt:
      decision.kind = input.outcome == Outcome::kUnknown ? Kind::kAmbiguous : Kind::kRetry;
      return decision;
    case retry::Action::kVerify:
    case retry::Action::kPark:
      decision.kind = Kind::kAmbiguous;
      decision.verify = true;
      return decision;
    case retry::Action::kGiveUp:
      break;
  }
  switch (verdict.reason) {
    case retry::Reason::kDeadline:
    case retry::Reason::kHintBeyondDeadline:
      decision.reason = std::string(reason::kExpired);
      return decision;
    case retry::Reason::kPermanent:
    case retry::Reason::kUnclassified:
      break;
    default:
      decision.reason = std::string(reason::kExhausted);
      return decision;
  }
  switch (input.kind) {
    case ErrorKind::kAuth:
    case ErrorKind::kMapping:
    case ErrorKind::kPeriodClosed:
    case ErrorKind::kConfiguration:
      // Somebody can repair the cause, and then the same bytes go through.
      decision.kind = Kind::kPark;
      decision.reason = std::string(ErrorKindName(input.kind));
      return decision;
    default:
      decision.kind = Kind::kReject;
      decision.reason = std::string(reason::kPermanent);
      return decision;
  }
}

// One registered operation at work on one intent.
struct Ledger::Caller {
  Ledger& ledger;
  const Operation& operation;

  Attempt AttemptFor(const Intent& intent, SendPermit* permit) const {
    Attempt attempt;
    attempt.key = intent.key.ToUuid();
    attempt.reference = intent.Reference();
    attempt.aggregate = intent.parts.aggregate;
    attempt.purpose = intent.parts.purpose;
    attempt.body = intent.body;
    attempt.timeout = intent.timeout;
    attempt.number = intent.attempts;
    attempt.permit = permit;
    return attempt;
  }

  /// Sends an intent whose SENDING is durable and records what came of it. OK: the answer, DONE.
  absl::StatusOr<std::string> Send(const Intent& sending) const {
    const auto permit = ledger.Permit(sending);
    absl::StatusOr<std::string> answer = operation.send_(AttemptFor(sending, permit.get()));
    if (answer.ok() || OutcomeOf(answer.status()) == Outcome::kApplied) {
      Completion completion;
      if (answer.ok()) completion.answer.body = *answer;
      FAIRLEAD_ASSIGN_OR_RETURN(const bool written, ledger.Complete(sending, completion));
      if (!written) return Stale(sending);
      return completion.answer.body;
    }
    absl::Status status = answer.status();
    // The permit knows better than an error without a payload: where the first transmission was refused, nothing left.
    if (permit->sends() == 0 && permit->refusal() != SendPermit::Refusal::kNone) {
      status =
          LedgerError(ErrorKind::kTransient, Outcome::kNotSent, "the last check refused to send", operation.name());
    }
    FAIRLEAD_ASSIGN_OR_RETURN(const bool written, ledger.Fail(sending, Decide(sending, status)));
    if (!written) return Stale(sending);
    return status;
  }

  /// Looks at the remote. True: it is there, DONE.
  absl::StatusOr<bool> Look(const Intent& verifying) const {
    Verification result{Verification::Kind::kInconclusive};
    if (operation.find_ == nullptr) {
      result.detail = "no way to look was registered";
    } else if (absl::StatusOr<Findings> found = operation.find_(AttemptFor(verifying, nullptr)); !found.ok()) {
      result.detail = std::string(found.status().message());
    } else if (found->found().empty()) {
      result.kind = Verification::Kind::kAbsent;
    } else if (found->found().size() > 1) {
      result.kind = Verification::Kind::kSeveral;
      result.detail = std::to_string(found->found().size()) + " found";
    } else {
      result.kind = Verification::Kind::kFound;
      result.completion.answer.body = found->found().front();
    }
    FAIRLEAD_ASSIGN_OR_RETURN(const bool written, ledger.Verified(verifying, result));
    return written && result.kind == Verification::Kind::kFound;
  }

  FailureDecision Decide(const Intent& sending, const absl::Status& status) const {
    return DecideFailure(sending, status, ledger.store_.Now(), ledger.options_.retry,
                         ledger.store_.runtime().random->NextUnit());
  }

  absl::Status Stale(const Intent& sending) const {
    return LedgerError(
        ErrorKind::kUnknownOutcome, Outcome::kUnknown,
        "the lease of intent " + std::to_string(sending.id) + " was lost while it was sent; its answer is in the audit",
        operation.name());
  }

  /// Why an intent that is not DONE has no answer, and when to ask again.
  absl::Status Unfinished(const Intent& intent) const {
    ErrorDetail detail;
    detail.operation = operation.name();
    detail.attempts = intent.attempts;
    detail.kind = intent.error_kind;
    detail.stopped_because = intent.reason.empty() ? std::string(IntentStateName(intent.state)) : intent.reason;
    std::string message = "intent " + std::to_string(intent.id) + " is " + std::string(IntentStateName(intent.state));
    if (!intent.reason.empty()) message += " (" + intent.reason + ")";
    if (!intent.error.empty()) message += ": " + intent.error;
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(intent.run_at - ledger.store_.Now());
    switch (intent.state) {
      case IntentState::kReady:
        detail.outcome = intent.ambiguous_at == StoreTime{} ? Outcome::kNotSent : Outcome::kUnknown;
        if (detail.kind == ErrorKind::kUnspecified) detail.kind = ErrorKind::kTransient;
        detail.retry_after = std::max(std::chrono::milliseconds{0}, wait);
        break;
      case IntentState::kUnknown:
        detail.outcome = Outcome::kUnknown;
        detail.kind = ErrorKind::kUnknownOutcome;
        detail.retry_after = std::max(std::chrono::milliseconds{0}, wait);
        break;
      case IntentState::kLeased:
      case IntentState::kSending:
      case IntentState::kVerifying:
        detail.outcome = Outcome::kUnknown;
        detail.kind = ErrorKind::kTransient;
        message += ": another call is at it";
        break;
      case IntentState::kRejected:
        detail.outcome = Outcome::kRejected;
        break;
      case IntentState::kSuperseded:
      case IntentState::kCancelled:
        detail.outcome = Outcome::kNotSent;
        break;
      default:
        detail.outcome = intent.ambiguous_at == StoreTime{} ? Outcome::kNotSent : Outcome::kUnknown;
        break;
    }
    if (detail.kind == ErrorKind::kUnspecified) detail.kind = ErrorKind::kConfiguration;
    return MakeError(CodeFor(detail.kind), message, detail);
  }
};

void Ledger::Register(Operation operation) {
  const auto refuse = [&](std::string_view why) {
    if (registration_.ok()) {
      registration_ = LedgerError(ErrorKind::kConfiguration, Outcome::kNotSent,
                                  "Register(\"" + operation.name() + "\"): " + std::string(why), operation.name());
    }
  };
  if (operation.name().empty() || operation.send_ == nullptr) return refuse("a name and a send function are required");
  const bool needs_find = operation.effect() == Effect::kLookup || operation.effect() == Effect::kConditional;
  if (needs_find && operation.find_ == nullptr) return refuse("its effect class needs a way to look at the remote");
  if (operation.effect() == Effect::kNativeKey && operation.retention_ <= operation.settle_) {
    return refuse("the remote's retention must be longer than the settle time");
  }
  if (operation.timeout_.count() <= 0 || operation.timeout_ > options_.lease) {
    return refuse("its timeout must be positive and not longer than the ledger's lease");
  }
  const std::string name = operation.name();
  if (!operations_.emplace(name, std::move(operation)).second) {
    if (registration_.ok()) {
      registration_ = LedgerError(ErrorKind::kConfiguration, Outcome::kNotSent,
                                  "Register: \"" + name + "\" is registered twice", name);
    }
  }
}

absl::StatusOr<RecoverReport> Ledger::Recover() {
  FAIRLEAD_RETURN_IF_ERROR(registration_);
  FAIRLEAD_ASSIGN_OR_RETURN(RecoverReport report, ReleaseAbandoned());
  FAIRLEAD_ASSIGN_OR_RETURN(const DrainReport drained, Drain(1000));
  report.completed = drained.sent + drained.verified;
  report.next_due = drained.next_due;
  return report;
}

absl::StatusOr<DrainReport> Ledger::Drain(std::size_t limit) {
  FAIRLEAD_RETURN_IF_ERROR(registration_);
  DrainReport report;
  ClaimOptions claim;
  for (const auto& [name, operation] : operations_) claim.only_operations.push_back(name);
  std::size_t left = claim.only_operations.empty() ? 0 : limit;
  while (left > 0) {
    // One at a time: a row claimed with others would wait for them on its lease.
    claim.limit = 1;
    FAIRLEAD_ASSIGN_OR_RETURN(auto unknown, ClaimVerify(claim));
    for (const Intent& intent : unknown) {
      FAIRLEAD_ASSIGN_OR_RETURN(const bool found,
                                (Caller{*this, operations_.find(intent.parts.operation)->second}.Look(intent)));
      ++(found ? report.verified : report.failed);
    }
    FAIRLEAD_ASSIGN_OR_RETURN(auto ready, Claim(claim));
    for (Intent& intent : ready) {
      FAIRLEAD_ASSIGN_OR_RETURN(const bool may_send, MarkSending(intent));
      if (!may_send) continue;
      const auto answer = Caller{*this, operations_.find(intent.parts.operation)->second}.Send(intent);
      ++(answer.ok() ? report.sent : report.failed);
    }
    if (unknown.empty() && ready.empty()) break;
    --left;
  }
  FAIRLEAD_ASSIGN_OR_RETURN(report.next_due, NextDue());
  return report;
}

absl::StatusOr<Receipt> Ledger::Run(std::string_view operation_name, const RunRequest& request) {
  FAIRLEAD_RETURN_IF_ERROR(registration_);
  const auto found = operations_.find(operation_name);
  if (found == operations_.end()) {
    return LedgerError(ErrorKind::kConfiguration, Outcome::kNotSent, "Run: no such operation is registered",
                       operation_name);
  }
  const Operation& operation = found->second;
  const Caller caller{*this, operation};
  IntentRequest wanted(operation.effect());
  wanted.tenant = operation.tenant_;
  wanted.connector = operation.connector_;
  wanted.account = operation.account_;
  wanted.operation = operation.name();
  wanted.aggregate = request.aggregate;
  wanted.purpose = request.purpose;
  wanted.body = request.body;
  wanted.reference = request.reference;
  wanted.timeout = operation.timeout_;
  wanted.settle = operation.settle_;
  wanted.retention = operation.retention_;
  wanted.owner = operation.owner_;
  wanted.runbook = operation.runbook_;

  // A lost answer may be looked up and, where it proves absent, sent: two rounds are all that one call makes.
  for (int round = 0; round < 2; ++round) {
    Intent intent;
    bool existed = false;
    bool look = false;
    bool send = false;
    FAIRLEAD_RETURN_IF_ERROR(store_.GroupCommit([&](LedgerTransaction& tx) -> absl::Status {
      look = send = false;
      FAIRLEAD_ASSIGN_OR_RETURN(const Enqueued enqueued, Enqueue(tx, wanted));
      existed = enqueued.existed;
      ClaimOptions claim;
      claim.limit = 1;
      claim.only_id = enqueued.id;
      if (enqueued.state == IntentState::kUnknown) {
        FAIRLEAD_ASSIGN_OR_RETURN(auto claimed, ClaimVerify(tx, claim));
        look = !claimed.empty();
        if (look) intent = std::move(claimed.front());
      } else if (enqueued.state == IntentState::kReady) {
        FAIRLEAD_ASSIGN_OR_RETURN(auto claimed, Claim(tx, claim));
        if (!claimed.empty()) {
          intent = std::move(claimed.front());
          // Intent and SENDING may become durable together: both are before the first byte.
          FAIRLEAD_ASSIGN_OR_RETURN(send, MarkSending(tx, intent));
        }
      }
      if (look || send) return absl::OkStatus();
      FAIRLEAD_ASSIGN_OR_RETURN(auto current, tx.GetIntent(enqueued.id));
      if (!current.has_value()) return absl::InternalError("the intent is gone");
      intent = *std::move(current);
      return absl::OkStatus();
    }));
    if (send) {
      FAIRLEAD_ASSIGN_OR_RETURN(std::string answer, caller.Send(intent));
      return Receipt{intent.key, intent.id, false, std::move(answer)};
    }
    if (intent.state == IntentState::kDone) return Receipt{intent.key, intent.id, existed, intent.answer.body};
    if (!look) return caller.Unfinished(intent);
    FAIRLEAD_ASSIGN_OR_RETURN([[maybe_unused]] const bool there, caller.Look(intent));
  }
  FAIRLEAD_ASSIGN_OR_RETURN(const auto tx, store_.ReadLedger());
  FAIRLEAD_ASSIGN_OR_RETURN(const auto parts, tx->FindPurpose({wanted.tenant, wanted.connector, wanted.account,
                                                               wanted.operation, wanted.aggregate, wanted.purpose, 0}));
  if (!parts.existing.has_value()) return absl::InternalError("the intent is gone");
  if (parts.existing->state == IntentState::kDone) {
    return Receipt{parts.existing->key, parts.existing->id, true, parts.existing->answer.body};
  }
  return caller.Unfinished(*parts.existing);
}

FAIRLEAD_NAMESPACE_END
