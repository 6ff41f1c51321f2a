/// The life of an intent as one pure table, so that tests enumerate it and nothing else moves a state.
#ifndef FAIRLEAD_IDEMPOTENCY_STATE_H_
#define FAIRLEAD_IDEMPOTENCY_STATE_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "fairlead/core/effect.h"
#include "fairlead/core/export.h"
#include "fairlead/idempotency/intent.h"

FAIRLEAD_NAMESPACE_BEGIN

enum class IntentEvent : std::uint8_t {
  kClaim = 1,      ///< A worker took it: due, lane free, not paused.
  kSupersede,      ///< A newer state-like intent of its lane came; guard: never sent.
  kGiveUp,         ///< Attempts or horizon used up.
  kRelease,        ///< Last check failed, shutdown, breaker opened: nothing left the process.
  kSendCommitted,  ///< SENDING is durable.
  kSucceeded,      ///< A whole answer: applied.
  kRefused,        ///< A whole answer: refused for good.
  kNotApplied,     ///< Retryable, and certainly not applied.
  kAmbiguous,      ///< The answer was lost, or the lease ran out.
  kHeldForPerson,  ///< The remote's answer (or a gate) wants a person, and certainly nothing was applied.
  kClaimVerify,    ///< UNKNOWN and due.
  kFound,          ///< Verification: it is there.
  kAbsent,         ///< Verification: certainly not there.
  kInconclusive,   ///< Verification: cannot tell yet.
  kVerifyHorizon,  ///< Verification: more than one hit, or cannot tell and out of patience.
  kRedrive,        ///< A person: send again.
  kConfirm,        ///< A person, with evidence: it was applied.
  kCancel,         ///< A person: never.
};

inline constexpr int kIntentEventCount = static_cast<int>(IntentEvent::kCancel);

FAIRLEAD_EXPORT std::string_view IntentEventName(IntentEvent event);

/// What the table's guards look at.
struct FAIRLEAD_EXPORT TransitionGuard {
  Effect effect = Effect::kBlind;
  bool sent = false;              ///< SENDING was committed at least once.
  bool inside_retention = false;  ///< kNativeKey: the remote still keeps our key.
};

/// The state that `event` leads to, or nullopt if the event is not allowed there.
FAIRLEAD_EXPORT std::optional<IntentState> NextState(IntentState from, IntentEvent event, const TransitionGuard& guard);

/// After an ambiguous answer: true if sending the same bytes again is harmless (kRead, kAbsolute, kNativeKey inside R).
FAIRLEAD_EXPORT bool ResendIsHarmless(const TransitionGuard& guard);
/// Whether the class has a way to look at the remote: all but kBlind and kRead.
FAIRLEAD_EXPORT bool CanVerify(Effect effect);

FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_IDEMPOTENCY_STATE_H_
