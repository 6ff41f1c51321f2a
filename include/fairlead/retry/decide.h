/// The whole of retrying as one pure function: no clock, no sleep, no random source inside.
#ifndef FAIRLEAD_RETRY_DECIDE_H_
#define FAIRLEAD_RETRY_DECIDE_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "fairlead/core/effect.h"
#include "fairlead/core/error.h"
#include "fairlead/core/export.h"
#include "fairlead/retry/options.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace retry {

/// Who waits, and for what.
enum class Phase : std::uint8_t {
  kInProcess = 1,  ///< A caller's thread holds the operation; what it gives up is lost to it.
  kDurable = 2,    ///< The operation lies in a store: it can wait for days, and giving up makes a dead letter.
  kVerifying = 3,  ///< A durable operation of unknown effect was looked up; the try that failed was the look-up.
};

enum class Budget : std::uint8_t { kGranted = 1, kRefused = 2 };

/// What is known after a try that did not succeed. `Input input(Effect::kLookup); input.outcome = …`.
struct FAIRLEAD_EXPORT Input {
  explicit Input(Effect effect_class) : effect(effect_class) {}

  Effect effect;  ///< Required, as everywhere.
  Phase phase = Phase::kInProcess;
  Outcome outcome = Outcome::kUnknown;       ///< Of the try that just ended.
  ErrorKind kind = ErrorKind::kUnspecified;  ///< Of the try that just ended.
  bool ambiguous_before = false;             ///< An earlier try of the same operation ended with Outcome::kUnknown.
  std::uint32_t attempt = 1;            ///< Tries made so far, this one included; in kVerifying, look-ups made so far.
  std::chrono::nanoseconds elapsed{0};  ///< Since the first try began.
  std::chrono::nanoseconds left = (std::chrono::nanoseconds::max)();  ///< Until the deadline or horizon.
  /// kNativeKey: how much longer the remote keeps the key. nullopt: as long as it takes.
  std::optional<std::chrono::nanoseconds> retention_left = std::nullopt;
  std::chrono::nanoseconds settle{0};  ///< Longest time a request may still be under way there (time-out + D_max).
  Budget budget = Budget::kGranted;
  std::optional<std::chrono::nanoseconds> server_hint = std::nullopt;  ///< The delay that the server asked for.
  double unit = 0.5;                                                   ///< Uniform in [0, 1).
};

enum class Action : std::uint8_t {
  kRetryAt = 1,  ///< Try again after `delay`.
  kGiveUp = 2,   ///< Stop. Nothing more will become known by itself.
  kVerify = 3,   ///< Look the effect up after `delay`; do not send before.
  kPark = 4,     ///< A person decides: it may have been applied, and nothing can tell.
};

/// Why. Every final error carries the name in ErrorDetail::stopped_because.
enum class Reason : std::uint8_t {
  kTransient = 1,        ///< kRetryAt: worth another try.
  kThrottled,            ///< kRetryAt: the server asked to slow down.
  kApplied,              ///< kGiveUp: the effect is there.
  kPermanent,            ///< kGiveUp: the same request will be refused again.
  kUnclassified,         ///< kGiveUp: the error does not say that it is temporary.
  kCancelled,            ///< kGiveUp: the caller, or a send guard, said stop.
  kExhausted,            ///< kGiveUp: all tries, and in a store all rungs of the ladder, are used up.
  kDeadline,             ///< kGiveUp: the next wait would not end before the deadline.
  kHintBeyondDeadline,   ///< kGiveUp: the server asked for more time than is left. The hint is in the error.
  kBudget,               ///< kGiveUp in a process, kRetryAt in a store: too many repeats for this host and tenant.
  kUnknownEffect,        ///< kVerify, kPark: it may have been applied.
  kRefusedAfterUnknown,  ///< kVerify: refused now, but an earlier try may be the reason.
  kDuplicate,            ///< kVerify: the remote says it has it; it must carry our key or content.
  kRetention,            ///< kVerify: the remote may have forgotten the key, so a repeat is no longer safe.
  kInconclusive,         ///< kVerify: the look-up failed or could not tell; look again.
};

/// "transient", "throttled", … stable names for logs and payloads.
FAIRLEAD_EXPORT std::string_view ReasonName(Reason reason);
FAIRLEAD_EXPORT std::string_view ActionName(Action action);
/// A sentence for a person: "all tries are used up".
FAIRLEAD_EXPORT std::string_view ReasonText(Reason reason);

struct FAIRLEAD_EXPORT Decision {
  Action action = Action::kGiveUp;
  std::chrono::nanoseconds delay{0};  ///< From now; for kRetryAt and kVerify.
  Reason reason = Reason::kPermanent;
};

/// True if a repeat of the same request may succeed by itself (overload, network, throttle, time-out).
FAIRLEAD_EXPORT bool IsTemporary(ErrorKind kind);

/// Decides in this order: safe to repeat? → temporary? → tries left → delay → budget → deadline.
/// Pure and thread-safe; nanoseconds to run. `options` must be valid.
FAIRLEAD_EXPORT Decision Decide(const RetryOptions& options, const Input& input);

/// The wait before try `attempt` + 1 of a quick series, full jitter: unit × min(cap, base × multiplier^(attempt-1)).
FAIRLEAD_EXPORT std::chrono::nanoseconds QuickDelay(const RetryOptions& options, std::uint32_t attempt, bool throttled,
                                                    double unit);

}  // namespace retry
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_RETRY_DECIDE_H_
