// What people do: pause, park, redrive, confirm, cancel, look. Every act is audited with who and why.
#include <algorithm>
#include <utility>

#include "fairlead/core/error.h"
#include "fairlead/idempotency/ledger.h"
#include "src/idempotency/internal/ledger_step.h"

FAIRLEAD_NAMESPACE_BEGIN

using internal::GuardOf;
using internal::LedgerError;

namespace {

absl::Status CheckAct(const HumanAct& act) {
  if (!act.actor.empty() && !act.reason.empty()) return absl::OkStatus();
  return LedgerError(ErrorKind::kConfiguration, Outcome::kNotSent, "an act of a person needs its actor and its reason",
                     {});
}

absl::StatusOr<Intent> Existing(LedgerTransaction& tx, std::int64_t id) {
  FAIRLEAD_ASSIGN_OR_RETURN(auto intent, tx.GetIntent(id));
  if (!intent.has_value()) {
    return LedgerError(ErrorKind::kNotFound, Outcome::kNotSent, "there is no intent " + std::to_string(id), {});
  }
  return *std::move(intent);
}

// A fence lost between read and write within one transaction is a defect of the store, not a race.
absl::Status Written(const absl::StatusOr<bool>& result) {
  if (!result.ok()) return result.status();
  if (*result) return absl::OkStatus();
  return LedgerError(ErrorKind::kConflict, Outcome::kNotSent, "the intent changed meanwhile: look again", {});
}

bool IsScope(std::string_view scope) {
  return scope == "engine" || (scope.substr(0, 10) == "connector:" && scope.size() > 10) ||
         (scope.substr(0, 10) == "operation:" && scope.size() > 10);
}

}  // namespace

absl::Status Ledger::PauseScope(std::string_view scope, const HumanAct& act) {
  FAIRLEAD_RETURN_IF_ERROR(CheckAct(act));
  if (!IsScope(scope)) {
    return LedgerError(ErrorKind::kConfiguration, Outcome::kNotSent,
                       "a pause is of \"engine\", \"connector:NAME\" or \"operation:NAME\"", {});
  }
  return store_.GroupCommit([&](LedgerTransaction& tx) {
    return tx.PutPause({std::string(scope), act.actor, act.reason, store_.runtime().clock->WallNow()});
  });
}

absl::Status Ledger::Resume(std::string_view scope, const HumanAct& act) {
  FAIRLEAD_RETURN_IF_ERROR(CheckAct(act));
  return store_.GroupCommit([&](LedgerTransaction& tx) -> absl::Status {
    FAIRLEAD_ASSIGN_OR_RETURN(const bool was, tx.RemovePause(scope));
    if (was) return absl::OkStatus();
    return LedgerError(ErrorKind::kNotFound, Outcome::kNotSent, "not paused: " + std::string(scope), {});
  });
}

absl::StatusOr<std::vector<Pause>> Ledger::Pauses() {
  FAIRLEAD_ASSIGN_OR_RETURN(const auto tx, store_.ReadLedger());
  return tx->ListPauses();
}

absl::Status Ledger::Redrive(std::int64_t id, const HumanAct& act, bool despite_unknown_effect) {
  FAIRLEAD_RETURN_IF_ERROR(CheckAct(act));
  return store_.GroupCommit([&](LedgerTransaction& tx) -> absl::Status {
    FAIRLEAD_ASSIGN_OR_RETURN(const Intent intent, Existing(tx, id));
    const StoreTime now = store_.Now();
    const bool open = intent.reason == reason::kUnknownEffect || intent.reason == reason::kAmbiguousMatch ||
                      intent.ambiguous_at != StoreTime{};
    if (open && !ResendIsHarmless(GuardOf(intent, now)) && !despite_unknown_effect) {
      return LedgerError(ErrorKind::kUnknownOutcome, Outcome::kUnknown,
                         "intent " + std::to_string(id) +
                             " may have been applied: look at the remote, then confirm it with evidence or cancel it",
                         intent.parts.operation, reason::kUnknownEffect);
    }
    IntentProgress after = intent;
    after.run_at = now;
    after.attempts_allowed = intent.attempts + intent.max_attempts;
    after.expires_at = now + intent.horizon;
    after.verifications = after.crashes = 0;
    after.reason.clear();
    // The person answers for it: to the ledger it counts as not sent since.
    if (open && despite_unknown_effect) after.first_send_at = after.ambiguous_at = StoreTime{};
    return Written(
        Step{*this, tx}.Move(intent, IntentEvent::kRedrive, std::move(after), "redrive: " + act.reason, act.actor));
  });
}

absl::Status Ledger::Confirm(std::int64_t id, const HumanAct& act, const StoredAnswer& answer) {
  FAIRLEAD_RETURN_IF_ERROR(CheckAct(act));
  return store_.GroupCommit([&](LedgerTransaction& tx) -> absl::Status {
    FAIRLEAD_ASSIGN_OR_RETURN(const Intent intent, Existing(tx, id));
    IntentProgress after = intent;
    after.reason.clear();
    if (!answer.body.empty() || answer.status != 0) after.answer = answer;
    return Written(
        Step{*this, tx}.Move(intent, IntentEvent::kConfirm, std::move(after), "confirmed: " + act.reason, act.actor));
  });
}

absl::Status Ledger::Cancel(std::int64_t id, const HumanAct& act) {
  FAIRLEAD_RETURN_IF_ERROR(CheckAct(act));
  return store_.GroupCommit([&](LedgerTransaction& tx) -> absl::Status {
    FAIRLEAD_ASSIGN_OR_RETURN(const Intent intent, Existing(tx, id));
    return Written(Step{*this, tx}.Move(intent, IntentEvent::kCancel, intent, "cancelled: " + act.reason, act.actor));
  });
}

absl::Status Ledger::Park(std::int64_t id, const HumanAct& act, std::string_view reason) {
  FAIRLEAD_RETURN_IF_ERROR(CheckAct(act));
  return store_.GroupCommit([&](LedgerTransaction& tx) -> absl::Status {
    FAIRLEAD_ASSIGN_OR_RETURN(const Intent intent, Existing(tx, id));
    if (intent.state != IntentState::kReady) {
      return LedgerError(ErrorKind::kConfiguration, Outcome::kNotSent,
                         "intent " + std::to_string(id) + " is " + std::string(IntentStateName(intent.state)) +
                             ": only one that is ready and was never sent can be parked",
                         intent.parts.operation);
    }
    IntentProgress after = intent;
    after.reason = std::string(reason);
    return Written(Step{*this, tx}.Move(intent, IntentEvent::kHeldForPerson, std::move(after), "parked: " + act.reason,
                                        act.actor));
  });
}

absl::StatusOr<std::vector<DeadLetter>> Ledger::DeadLetters(IntentFilter filter) {
  if (filter.states.empty()) filter.states = {IntentState::kParked, IntentState::kDead, IntentState::kRejected};
  FAIRLEAD_ASSIGN_OR_RETURN(const auto tx, store_.ReadLedger());
  FAIRLEAD_ASSIGN_OR_RETURN(auto intents, tx->ListIntents(filter));
  const WallTime now = store_.runtime().clock->WallNow();
  std::vector<DeadLetter> letters;
  letters.reserve(intents.size());
  for (Intent& intent : intents) {
    DeadLetter letter;
    FAIRLEAD_ASSIGN_OR_RETURN(letter.history, tx->ListAudit(intent.id));
    letter.age =
        std::max(std::chrono::seconds{0}, std::chrono::duration_cast<std::chrono::seconds>(now - intent.updated_at));
    intent.body.clear();
    letter.intent = std::move(intent);
    letters.push_back(std::move(letter));
  }
  return letters;
}

absl::StatusOr<std::optional<Intent>> Ledger::Find(std::int64_t id) {
  FAIRLEAD_ASSIGN_OR_RETURN(const auto tx, store_.ReadLedger());
  return tx->GetIntent(id);
}

absl::StatusOr<std::optional<Intent>> Ledger::Find(std::string_view key) {
  FAIRLEAD_ASSIGN_OR_RETURN(const auto tx, store_.ReadLedger());
  const bool decimal = !key.empty() && key.size() <= 18 &&
                       std::all_of(key.begin(), key.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (decimal) return tx->GetIntent(std::stoll(std::string(key)));
  return tx->GetIntentByKey(key);
}

absl::StatusOr<std::vector<AuditRecord>> Ledger::History(std::int64_t id) {
  FAIRLEAD_ASSIGN_OR_RETURN(const auto tx, store_.ReadLedger());
  FAIRLEAD_ASSIGN_OR_RETURN(const auto intent, tx->GetIntent(id));
  FAIRLEAD_ASSIGN_OR_RETURN(auto audit, tx->ListAudit(id));
  if (!intent.has_value()) return audit;
  // Beginning and end lie in the row itself, so that the common case costs no audit line.
  std::vector<AuditRecord> history;
  history.reserve(audit.size() + 2);
  history.push_back({0, id, 0, intent->created_at, "enqueued", "", intent->parts.purpose});
  std::move(audit.begin(), audit.end(), std::back_inserter(history));
  const std::string_view state = IntentStateName(intent->state);
  if (history.back().event != state && intent->state != IntentState::kReady) {
    history.push_back({0, id, intent->epoch, intent->updated_at, std::string(state), intent->worker,
                       "after " + std::to_string(intent->attempts) + " attempts"});
  }
  return history;
}

absl::StatusOr<std::int64_t> Ledger::Purge(const RetentionOptions& keep) {
  std::int64_t purged = 0;
  const WallTime now = store_.runtime().clock->WallNow();
  FAIRLEAD_RETURN_IF_ERROR(store_.GroupCommit([&](LedgerTransaction& tx) -> absl::Status {
    FAIRLEAD_ASSIGN_OR_RETURN(
        purged, tx.PurgeIntents(now - keep.finished, now - keep.dead_letters, now - keep.tombstones, keep.limit));
    return absl::OkStatus();
  }));
  return purged;
}

FAIRLEAD_NAMESPACE_END
