#include "fairlead/idempotency/state.h"

#include <array>

FAIRLEAD_NAMESPACE_BEGIN
namespace {

constexpr std::array<std::string_view, 19> kEventNames = {
    "",          "claim",   "supersede",    "give_up",        "release", "send_committed",
    "succeeded", "refused", "not_applied",  "ambiguous",      "held",    "claim_verify",
    "found",     "absent",  "inconclusive", "verify_horizon", "redrive", "confirm",
    "cancel"};

std::optional<IntentState> AfterAmbiguity(const TransitionGuard& guard) {
  return ResendIsHarmless(guard) ? IntentState::kReady : IntentState::kUnknown;
}

}  // namespace

std::string_view IntentEventName(IntentEvent event) {
  const auto index = static_cast<std::size_t>(event);
  return index >= 1 && index < kEventNames.size() ? kEventNames[index] : "invalid";
}

bool ResendIsHarmless(const TransitionGuard& guard) {
  switch (guard.effect) {
    case Effect::kRead:
    case Effect::kAbsolute:
      return true;
    case Effect::kNativeKey:
      return guard.inside_retention;
    case Effect::kConditional:
    case Effect::kLookup:
    case Effect::kBlind:
      return false;
  }
  return false;
}

bool CanVerify(Effect effect) { return effect != Effect::kBlind && effect != Effect::kRead; }

std::optional<IntentState> NextState(IntentState from, IntentEvent event, const TransitionGuard& guard) {
  switch (from) {
    case IntentState::kReady:
      switch (event) {
        case IntentEvent::kClaim:
          return IntentState::kLeased;
        case IntentEvent::kSupersede:
          return guard.sent ? std::nullopt : std::optional(IntentState::kSuperseded);
        case IntentEvent::kGiveUp:
          return IntentState::kDead;
        case IntentEvent::kHeldForPerson:
          return guard.sent ? std::nullopt : std::optional(IntentState::kParked);
        default:
          return std::nullopt;
      }
    case IntentState::kLeased:
      switch (event) {
        case IntentEvent::kSendCommitted:
          return IntentState::kSending;
        case IntentEvent::kRelease:
          return IntentState::kReady;
        case IntentEvent::kGiveUp:
          return IntentState::kDead;
        case IntentEvent::kRefused:
          return guard.sent ? std::nullopt : std::optional(IntentState::kRejected);
        case IntentEvent::kHeldForPerson:
          return IntentState::kParked;
        // Waited for its resend until the remote forgot the key: what was harmless no longer is.
        case IntentEvent::kAmbiguous:
          if (!guard.sent || ResendIsHarmless(guard)) return std::nullopt;
          return IntentState::kUnknown;
        default:
          return std::nullopt;
      }
    case IntentState::kSending:
      switch (event) {
        case IntentEvent::kSucceeded:
          return IntentState::kDone;
        case IntentEvent::kRefused:
          return IntentState::kRejected;
        case IntentEvent::kNotApplied:
          return IntentState::kReady;
        case IntentEvent::kGiveUp:
          return IntentState::kDead;
        case IntentEvent::kHeldForPerson:
          return IntentState::kParked;
        case IntentEvent::kAmbiguous:
          return AfterAmbiguity(guard);
        default:
          return std::nullopt;
      }
    case IntentState::kUnknown:
      switch (event) {
        case IntentEvent::kClaimVerify:
          return CanVerify(guard.effect) ? std::optional(IntentState::kVerifying) : std::nullopt;
        case IntentEvent::kVerifyHorizon:
          return CanVerify(guard.effect) ? std::nullopt : std::optional(IntentState::kParked);
        default:
          return std::nullopt;
      }
    case IntentState::kVerifying:
      switch (event) {
        case IntentEvent::kFound:
          return IntentState::kDone;
        case IntentEvent::kAbsent:
          return IntentState::kReady;
        case IntentEvent::kInconclusive:
        case IntentEvent::kRelease:
          return IntentState::kUnknown;
        case IntentEvent::kVerifyHorizon:
          return IntentState::kParked;
        default:
          return std::nullopt;
      }
    case IntentState::kParked:
    case IntentState::kDead:
    case IntentState::kRejected:
      switch (event) {
        case IntentEvent::kRedrive:
          return IntentState::kReady;
        case IntentEvent::kConfirm:
          return IntentState::kDone;
        case IntentEvent::kCancel:
          return IntentState::kCancelled;
        default:
          return std::nullopt;
      }
    case IntentState::kDone:
    case IntentState::kSuperseded:
    case IntentState::kCancelled:
      return std::nullopt;
  }
  return std::nullopt;
}

FAIRLEAD_NAMESPACE_END
