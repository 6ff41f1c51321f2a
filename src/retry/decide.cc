#include "fairlead/retry/decide.h"

#include <algorithm>
#include <cmath>

FAIRLEAD_NAMESPACE_BEGIN
namespace retry {
namespace {

using std::chrono::nanoseconds;

nanoseconds Scale(nanoseconds duration, double factor) {
  const double scaled = static_cast<double>(duration.count()) * factor;
  // 2^62 ns is 146 years: far over any valid wait and exactly representable.
  constexpr double kMost = 4611686018427387904.0;
  return nanoseconds(static_cast<std::int64_t>(std::clamp(scaled, 0.0, kMost)));
}

// Only ever lengthens, so that neither a server nor the ladder is undercut.
nanoseconds Spread(const RetryOptions& options, nanoseconds duration, double unit) {
  return Scale(duration, 1.0 + options.spread * unit);
}

nanoseconds Rung(const RetryOptions& options, std::size_t index, double unit) {
  if (options.durable_ladder.empty()) return nanoseconds{0};
  return Spread(options, options.durable_ladder[std::min(index, options.durable_ladder.size() - 1)], unit);
}

Decision GiveUp(Reason reason) { return {Action::kGiveUp, nanoseconds{0}, reason}; }

// The effect of some try is open. Classes that offer a look verify; the blind one has nothing to look with.
Decision Resolve(const Input& input, nanoseconds delay, Reason reason) {
  if (input.effect == Effect::kBlind) return {Action::kPark, nanoseconds{0}, Reason::kUnknownEffect};
  return {Action::kVerify, delay, reason};
}

std::optional<nanoseconds> Hint(const RetryOptions& options, const Input& input) {
  if (!input.server_hint.has_value()) return std::nullopt;
  return Spread(options, std::clamp(*input.server_hint, nanoseconds{0}, options.max_server_hint), input.unit);
}

Decision DecideVerifying(const RetryOptions& options, const Input& input) {
  // Whatever made the look-up fail, the effect stays open; so this ends with a person, never with a give-up.
  const Decision park{Action::kPark, nanoseconds{0}, Reason::kUnknownEffect};
  if (input.effect == Effect::kBlind || input.attempt > options.durable_ladder.size()) return park;
  const std::size_t rung = input.attempt == 0 ? 0 : input.attempt - 1;
  const nanoseconds delay = std::max(Rung(options, rung, input.unit), Hint(options, input).value_or(nanoseconds{0}));
  if (delay >= input.left) return park;
  return {Action::kVerify, delay, Reason::kInconclusive};
}

// Is a repeat safe, and can it help? nullopt: yes to both.
std::optional<Decision> Gate(const Input& input) {
  const bool read = input.effect == Effect::kRead;
  const bool open_before = !read && input.ambiguous_before;
  if (!read && input.outcome == Outcome::kApplied) return GiveUp(Reason::kApplied);
  if (!read && input.outcome == Outcome::kUnknown) {
    switch (input.effect) {
      case Effect::kNativeKey:
      case Effect::kAbsolute:
        // The same bytes again do no harm, whatever kind of failure hid the answer.
        if (input.kind == ErrorKind::kCancelled && input.phase == Phase::kInProcess) return GiveUp(Reason::kCancelled);
        return std::nullopt;
      default:
        return Resolve(input, input.settle, Reason::kUnknownEffect);
    }
  }
  if (!read && input.kind == ErrorKind::kDuplicate) return Resolve(input, nanoseconds{0}, Reason::kDuplicate);
  if (input.kind == ErrorKind::kCancelled) {
    // A store's worker that shuts down hands the row back; a caller that cancels wants no more tries.
    if (input.phase == Phase::kInProcess) return GiveUp(Reason::kCancelled);
    return std::nullopt;
  }
  const bool temporary =
      IsTemporary(input.kind) ||
      // A page of HTML from an overloaded proxy is the usual unparseable answer; asking again costs a read nothing.
      (read && (input.kind == ErrorKind::kUnparseable || input.kind == ErrorKind::kUnknownOutcome));
  if (temporary) return std::nullopt;
  if (open_before) {
    const bool refused = input.outcome == Outcome::kRejected;
    return Resolve(input, input.settle, refused ? Reason::kRefusedAfterUnknown : Reason::kUnknownEffect);
  }
  return GiveUp(input.kind == ErrorKind::kUnspecified ? Reason::kUnclassified : Reason::kPermanent);
}

}  // namespace

std::string_view ActionName(Action action) {
  switch (action) {
    case Action::kRetryAt:
      return "retry_at";
    case Action::kGiveUp:
      return "give_up";
    case Action::kVerify:
      return "verify";
    case Action::kPark:
      return "park";
  }
  return "invalid";
}

std::string_view ReasonName(Reason reason) {
  switch (reason) {
    case Reason::kTransient:
      return "transient";
    case Reason::kThrottled:
      return "throttled";
    case Reason::kApplied:
      return "applied";
    case Reason::kPermanent:
      return "permanent";
    case Reason::kUnclassified:
      return "unclassified";
    case Reason::kCancelled:
      return "cancelled";
    case Reason::kExhausted:
      return "exhausted";
    case Reason::kDeadline:
      return "deadline";
    case Reason::kHintBeyondDeadline:
      return "hint_beyond_deadline";
    case Reason::kBudget:
      return "budget";
    case Reason::kUnknownEffect:
      return "unknown_effect";
    case Reason::kRefusedAfterUnknown:
      return "refused_after_unknown";
    case Reason::kDuplicate:
      return "duplicate";
    case Reason::kRetention:
      return "retention";
    case Reason::kInconclusive:
      return "inconclusive";
  }
  return "invalid";
}

std::string_view ReasonText(Reason reason) {
  switch (reason) {
    case Reason::kTransient:
      return "worth another try";
    case Reason::kThrottled:
      return "the server asks to slow down";
    case Reason::kApplied:
      return "the effect is already there";
    case Reason::kPermanent:
      return "the same request would be refused again";
    case Reason::kUnclassified:
      return "the error does not say that it is temporary";
    case Reason::kCancelled:
      return "cancelled";
    case Reason::kExhausted:
      return "all tries are used up";
    case Reason::kDeadline:
      return "the next try would begin after the deadline";
    case Reason::kHintBeyondDeadline:
      return "the server asks to wait longer than the deadline allows";
    case Reason::kBudget:
      return "the retry budget of this host is used up";
    case Reason::kUnknownEffect:
      return "it may have been applied: look it up before sending it again";
    case Reason::kRefusedAfterUnknown:
      return "refused, but an earlier try may have been applied: look it up";
    case Reason::kDuplicate:
      return "the remote says it has it already: look it up";
    case Reason::kRetention:
      return "the remote may have forgotten the key: look it up before sending it again";
    case Reason::kInconclusive:
      return "the look-up could not tell";
  }
  return "invalid";
}

bool IsTemporary(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kRateLimited:
    case ErrorKind::kTransient:
    case ErrorKind::kDeadline:
      return true;
    default:
      return false;
  }
}

nanoseconds QuickDelay(const RetryOptions& options, std::uint32_t attempt, bool throttled, double unit) {
  const nanoseconds base = throttled ? options.throttled_base : options.base;
  const double growth = std::pow(options.multiplier, attempt == 0 ? 0.0 : static_cast<double>(attempt - 1));
  return Scale(std::min(options.cap, Scale(base, growth)), unit);
}

Decision Decide(const RetryOptions& options, const Input& input) {
  if (input.phase == Phase::kVerifying) return DecideVerifying(options, input);
  if (const std::optional<Decision> stop = Gate(input); stop.has_value()) return *stop;

  const bool durable = input.phase == Phase::kDurable;
  const std::size_t rungs = durable ? options.durable_ladder.size() : 0;
  if (input.attempt >= options.max_attempts + rungs) return GiveUp(Reason::kExhausted);

  const bool throttled = input.kind == ErrorKind::kRateLimited;
  const bool quick = input.attempt < options.max_attempts;
  nanoseconds delay = quick ? QuickDelay(options, input.attempt, throttled, input.unit)
                            : Rung(options, input.attempt - options.max_attempts, input.unit);
  const std::optional<nanoseconds> hint = Hint(options, input);
  const bool refused = input.budget == Budget::kRefused;
  // A store can afford to wait for a fuller budget; a caller's thread cannot.
  if (refused && durable) delay = std::max(delay, Rung(options, 0, input.unit));
  delay = std::max(delay, hint.value_or(nanoseconds{0}));

  const bool open = input.outcome == Outcome::kUnknown || input.ambiguous_before;
  if (input.effect == Effect::kNativeKey && open && input.retention_left.has_value() &&
      delay >= *input.retention_left) {
    return Resolve(input, input.settle, Reason::kRetention);
  }
  if (delay >= input.left) {
    return GiveUp(hint.has_value() && *hint >= input.left && input.left > nanoseconds{0} ? Reason::kHintBeyondDeadline
                                                                                         : Reason::kDeadline);
  }
  if (refused && !durable) return GiveUp(Reason::kBudget);
  const Reason reason = refused ? Reason::kBudget : throttled ? Reason::kThrottled : Reason::kTransient;
  return {Action::kRetryAt, delay, reason};
}

}  // namespace retry
FAIRLEAD_NAMESPACE_END
