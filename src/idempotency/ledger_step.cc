#include "src/idempotency/internal/ledger_step.h"

#include <algorithm>
#include <utility>

#include "fairlead/core/error.h"

FAIRLEAD_NAMESPACE_BEGIN

using internal::GuardOf;
using internal::LastByte;
using internal::LedgerError;

namespace internal {

LedgerFaults& DefaultFaults() {
  static LedgerFaults faults;
  return faults;
}

void LedgerTestAccess::SetDefaultFaults(const LedgerFaults& faults) { DefaultFaults() = faults; }
void LedgerTestAccess::SetFaults(Ledger& ledger, const LedgerFaults& faults) { *ledger.faults_ = faults; }

absl::Status LedgerError(ErrorKind kind, Outcome outcome, std::string_view message, std::string_view operation,
                         std::string_view stopped_because) {
  ErrorDetail detail;
  detail.kind = kind;
  detail.outcome = outcome;
  detail.operation = std::string(operation);
  detail.stopped_because = std::string(stopped_because);
  return MakeError(CodeFor(kind), message, detail);
}

TransitionGuard GuardOf(const Intent& intent, StoreTime now) {
  TransitionGuard guard;
  guard.effect = intent.effect;
  guard.sent = intent.sent();
  guard.inside_retention =
      intent.effect == Effect::kNativeKey && now < intent.first_send_at + intent.retention - intent.settle;
  return guard;
}

StoreTime LastByte(const Intent& sending, StoreTime now) {
  return std::max(sending.last_send_at, std::min(now, sending.lease_until - sending.timeout));
}

}  // namespace internal

absl::Status Ledger::Step::Audit(const Intent& intent, std::string_view event, std::string_view actor,
                                 std::string_view detail) {
  AuditRecord record;
  record.intent_id = intent.id;
  record.epoch = intent.epoch;
  record.at = WallNow();
  record.event = std::string(event);
  record.actor = actor.empty() ? Worker() : std::string(actor);
  record.detail = std::string(detail);
  return tx.AppendAudit(record);
}

absl::StatusOr<bool> Ledger::Step::Move(const Intent& before, IntentEvent event, IntentProgress after,
                                        std::string_view detail, std::string_view actor, IntentProgress* result,
                                        std::optional<TransitionGuard> guard) {
  const StoreTime now = Now();
  const auto next = NextState(before.state, event, guard.has_value() ? *guard : GuardOf(before, now));
  IntentState expected_state = before.state;
  std::int64_t expected_epoch = before.epoch;
  if (ledger.faults_->no_fence) {
    // What a queue without fences does: acknowledge by id alone, whatever has happened since.
    FAIRLEAD_ASSIGN_OR_RETURN(const auto current, tx.GetIntent(before.id));
    if (current.has_value()) {
      expected_state = current->state;
      expected_epoch = after.epoch = current->epoch;
    }
  }
  if (!next.has_value()) {
    return LedgerError(ErrorKind::kConfiguration, Outcome::kNotSent,
                       "intent " + std::to_string(before.id) + " is " + std::string(IntentStateName(before.state)) +
                           ": it cannot be moved by " + std::string(IntentEventName(event)),
                       before.parts.operation);
  }
  after.state = *next;
  after.updated_at = WallNow();
  if (!IsInFlight(*next) || *next == IntentState::kUnknown) after.lease_until = StoreTime{};
  FAIRLEAD_ASSIGN_OR_RETURN(const bool written, tx.UpdateIntent(before.id, after, expected_state, expected_epoch));
  if (!written) {
    // Somebody else owns the intent by now. What this writer learned is kept for people and changes nothing.
    std::string late = "late " + std::string(IntentEventName(event));
    if (!detail.empty()) late += ": " + std::string(detail);
    if (!after.answer.body.empty() || after.answer.status != 0) {
      late += " (answer of " + std::to_string(after.answer.body.size()) + " bytes, status " +
              std::to_string(after.answer.status) + ")";
    }
    FAIRLEAD_RETURN_IF_ERROR(Audit(before, "late_result", actor, late));
    return false;
  }
  // A delayed copy of an absolute write must not land on top of the next value.
  if (before.effect == Effect::kAbsolute && IsTerminal(*next) && after.ambiguous_at != StoreTime{} &&
      !ledger.faults_->no_lane_hold) {
    const StoreTime until = after.ambiguous_at + before.timeout + before.settle;
    if (until > now) FAIRLEAD_RETURN_IF_ERROR(tx.HoldLane(before.parts, until));
  }
  if (!detail.empty()) FAIRLEAD_RETURN_IF_ERROR(Audit(before, IntentStateName(*next), actor, detail));
  if (result != nullptr) *result = std::move(after);
  return true;
}

absl::StatusOr<bool> Ledger::Step::Ambiguous(const Intent& sending, IntentProgress after,
                                             std::chrono::nanoseconds delay, bool verify, std::string_view detail) {
  const StoreTime now = Now();
  TransitionGuard guard = GuardOf(sending, now);
  if (verify) guard.inside_retention = false;
  if (guard.effect == Effect::kBlind && ledger.faults_->blind_resent) guard.effect = Effect::kAbsolute;
  if (sending.state == IntentState::kSending) after.ambiguous_at = LastByte(sending, now);
  if (ResendIsHarmless(guard)) {
    if (after.attempts >= after.attempts_allowed || now + delay >= after.expires_at) {
      after.reason = std::string(after.attempts >= after.attempts_allowed ? reason::kExhausted : reason::kExpired);
      after.error += after.error.empty() ? "it may have been applied" : "; it may have been applied";
      return Move(sending, IntentEvent::kGiveUp, std::move(after), detail);
    }
    after.run_at = now + delay;
  } else if (ledger.faults_->lookup_without_waiting) {
    after.run_at = now;
  } else if (sending.effect == Effect::kLookup || sending.effect == Effect::kNativeKey) {
    // Copies of the request may still be under way: a look before they have died would miss them.
    after.run_at = std::max(now + delay, after.ambiguous_at + sending.timeout + sending.settle);
  } else {
    after.run_at = now + delay;
  }
  Intent moved = sending;
  FAIRLEAD_ASSIGN_OR_RETURN(const bool written,
                            Move(sending, IntentEvent::kAmbiguous, std::move(after), detail, {}, &moved, guard));
  if (!written || moved.state != IntentState::kUnknown || CanVerify(moved.effect)) return written;
  IntentProgress parked = moved;
  parked.reason = std::string(reason::kUnknownEffect);
  return Move(moved, IntentEvent::kVerifyHorizon, std::move(parked),
              "nothing can tell whether it was applied: a person decides");
}

absl::StatusOr<Enqueued> Ledger::Step::Enqueue(const IntentRequest& request, const Intent* parent) {
  const auto invalid = [&](std::string_view what) {
    return LedgerError(ErrorKind::kConfiguration, Outcome::kNotSent, "Enqueue: " + std::string(what),
                       request.operation);
  };
  if (request.operation.empty() || request.aggregate.empty() || request.purpose.empty() || request.connector.empty()) {
    return invalid("connector, operation, aggregate and purpose are required");
  }
  if (request.effect < Effect::kRead || request.effect > Effect::kBlind)
    return invalid("the effect class is not a known one");
  if (request.timeout.count() <= 0 || request.settle.count() < 0 || request.horizon.count() <= 0 ||
      request.max_attempts == 0) {
    return invalid("timeout, horizon and max_attempts must be positive");
  }
  if (request.effect == Effect::kNativeKey && request.retention <= request.settle) {
    return invalid("kNativeKey needs the remote's retention, longer than the settle time");
  }
  if (request.coalesce == Coalesce::kState && request.coalesce_field.empty()) {
    return invalid("a state-like intent names its coalesce_field");
  }
  if (request.timeout > ledger.options_.lease) return invalid("the request's timeout is longer than a lease");

  Intent intent;
  intent.parts = {
      request.tenant, request.connector, request.account, request.operation, request.aggregate, request.purpose, 0};
  if (request.semantic.empty()) {
    // Lengths before each, so that no two requests share bytes.
    std::string frozen = std::to_string(request.method.size()) + ":" + request.method +
                         std::to_string(request.target.size()) + ":" + request.target;
    frozen += request.body;
    intent.fingerprint = MakeFingerprint(frozen);
  } else {
    intent.fingerprint = MakeFingerprint(request.semantic);
  }
  FAIRLEAD_ASSIGN_OR_RETURN(auto found, tx.FindPurpose(intent.parts));
  if (found.existing.has_value()) {
    if (found.existing->fingerprint != intent.fingerprint) {
      FAIRLEAD_RETURN_IF_ERROR(
          Audit(*found.existing, "key_reuse", {}, "the same purpose was asked for with other content: refused"));
      return LedgerError(ErrorKind::kConfiguration, Outcome::kNotSent,
                         "KeyReuse: " + request.operation + " of " + request.aggregate + " for the purpose \"" +
                             request.purpose + "\" exists with other content; name a new purpose",
                         request.operation, reason::kKeyReuse);
    }
    return Enqueued{found.existing->id, found.existing->key, found.existing->state, true};
  }
  if (found.expired) {
    return LedgerError(ErrorKind::kConfiguration, Outcome::kNotSent,
                       "KeyReuse: the purpose was finished so long ago that its answer is gone; name a new purpose",
                       request.operation, reason::kKeyReuse);
  }
  const StoreTime now = Now();
  intent.parts.intent_seq = found.next_seq;
  intent.key = MakeIntentKey(intent.parts);
  intent.effect = request.effect;
  intent.method = request.method;
  intent.target = request.target;
  intent.body = request.body;
  intent.reference = request.reference;
  intent.coalesce = request.coalesce;
  intent.coalesce_field = request.coalesce_field;
  intent.priority = request.priority;
  intent.timeout = request.timeout;
  intent.settle = request.settle;
  intent.retention = request.retention;
  intent.horizon = request.horizon;
  intent.max_attempts = intent.attempts_allowed = request.max_attempts;
  intent.owner = request.owner;
  intent.runbook = request.runbook;
  intent.money_at_risk = request.money_at_risk;
  intent.created_at = intent.updated_at = WallNow();
  intent.run_at = now + request.delay;
  intent.expires_at = now + request.delay + request.horizon;
  if (parent != nullptr) {
    intent.parent_id = parent->id;
    const bool same_lane = parent->parts.tenant == request.tenant && parent->parts.connector == request.connector &&
                           parent->parts.account == request.account && parent->parts.aggregate == request.aggregate;
    if (same_lane) intent.position = parent->position;
  }
  if (!request.park_reason.empty()) {
    intent.state = IntentState::kParked;
    intent.reason = request.park_reason;
    intent.error = request.park_detail;
  } else if (request.coalesce == Coalesce::kState) {
    FAIRLEAD_ASSIGN_OR_RETURN(const auto lane, tx.ListLane(intent.parts));
    for (auto older = lane.rbegin(); older != lane.rend(); ++older) {
      if (older->coalesce == Coalesce::kEvent) break;
      if (older->parts.operation != request.operation || older->coalesce_field != request.coalesce_field) continue;
      if (older->state != IntentState::kReady || older->sent()) continue;
      FAIRLEAD_ASSIGN_OR_RETURN(
          [[maybe_unused]] const bool replaced,
          Move(*older, IntentEvent::kSupersede, *older, "a newer value of " + request.coalesce_field + " came"));
    }
  }
  FAIRLEAD_ASSIGN_OR_RETURN(intent.id, tx.InsertIntent(intent));
  return Enqueued{intent.id, intent.key, intent.state, false};
}

absl::Status Ledger::Step::ReleaseAbandoned(const Intent& held, RecoverReport& report) {
  IntentProgress after = held;
  ++after.crashes;
  const std::string died =
      "its worker died or its lease ran out while it was " + std::string(IntentStateName(held.state));
  after.error = died;
  const StoreTime now = Now();
  if (held.state == IntentState::kVerifying) {
    after.run_at = now;
    FAIRLEAD_ASSIGN_OR_RETURN(const bool written, Move(held, IntentEvent::kRelease, std::move(after), died));
    if (written) ++report.unknown;
    return absl::OkStatus();
  }
  const bool sending = held.state == IntentState::kSending;
  const bool resend = sending && ResendIsHarmless(GuardOf(held, now));
  if ((!sending || resend) && after.crashes >= ledger.options_.max_crashes) {
    // It takes its workers down: no worker gets it again by itself.
    after.reason = std::string(reason::kCrashLoop);
    if (sending || held.ambiguous_at != StoreTime{}) after.error += "; it may have been applied";
    if (sending) after.ambiguous_at = LastByte(held, now);
    FAIRLEAD_ASSIGN_OR_RETURN(const bool written, Move(held, IntentEvent::kGiveUp, std::move(after), died));
    if (written) ++report.parked;
    return absl::OkStatus();
  }
  if (!sending) {
    FAIRLEAD_ASSIGN_OR_RETURN(const bool written, Move(held, IntentEvent::kRelease, std::move(after), died));
    if (written) ++report.released;
    return absl::OkStatus();
  }
  FAIRLEAD_ASSIGN_OR_RETURN(const bool written,
                            Ambiguous(held, std::move(after), std::chrono::nanoseconds{0}, false, died));
  if (!written) return absl::OkStatus();
  if (resend) {
    ++report.resend;
  } else if (CanVerify(held.effect)) {
    ++report.unknown;
  } else {
    ++report.parked;
  }
  return absl::OkStatus();
}

FAIRLEAD_NAMESPACE_END
