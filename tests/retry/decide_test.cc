// The decision table, row by row: a wrong cell here is a lost or a doubled order somewhere else.
#include "fairlead/retry/decide.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace fairlead::retry {
namespace {

using std::chrono::nanoseconds;
using namespace std::chrono_literals;

const std::vector<Effect> kEffects = {Effect::kRead,     Effect::kNativeKey, Effect::kConditional,
                                      Effect::kAbsolute, Effect::kLookup,    Effect::kBlind};
const std::vector<Outcome> kOutcomes = {Outcome::kNotSent, Outcome::kRejected, Outcome::kApplied, Outcome::kUnknown};

std::vector<ErrorKind> AllKinds() {
  std::vector<ErrorKind> kinds;
  for (int i = 0; i <= static_cast<int>(ErrorKind::kInternal); ++i) kinds.push_back(static_cast<ErrorKind>(i));
  return kinds;
}

std::string Show(const Input& in) {
  return std::string(EffectName(in.effect)) + " " + std::string(OutcomeName(in.outcome)) + " " +
         std::string(ErrorKindName(in.kind)) + " phase " + std::to_string(static_cast<int>(in.phase)) +
         (in.ambiguous_before ? " ambiguous before" : "");
}

bool Resendable(Effect effect) {
  return effect == Effect::kRead || effect == Effect::kNativeKey || effect == Effect::kAbsolute;
}

// What must happen on a first failure with time, tries and budget to spare, written down independently of the code.
// R retry, V verify, P park, G give up.
char Expected(Effect effect, Outcome outcome, ErrorKind kind, Phase phase) {
  if (effect != Effect::kRead) {
    if (outcome == Outcome::kApplied) return 'G';
    if (outcome == Outcome::kUnknown) {
      if (effect == Effect::kBlind) return 'P';
      if (!Resendable(effect)) return 'V';
      return kind == ErrorKind::kCancelled && phase == Phase::kInProcess ? 'G' : 'R';
    }
    if (kind == ErrorKind::kDuplicate) return effect == Effect::kBlind ? 'P' : 'V';
  }
  switch (kind) {
    case ErrorKind::kRateLimited:
    case ErrorKind::kTransient:
    case ErrorKind::kDeadline:
      return 'R';
    case ErrorKind::kCancelled:
      return phase == Phase::kInProcess ? 'G' : 'R';
    case ErrorKind::kUnparseable:
    case ErrorKind::kUnknownOutcome:
      return effect == Effect::kRead ? 'R' : 'G';
    default:
      return 'G';
  }
}

char Letter(Action action) {
  switch (action) {
    case Action::kRetryAt:
      return 'R';
    case Action::kVerify:
      return 'V';
    case Action::kPark:
      return 'P';
    case Action::kGiveUp:
      return 'G';
  }
  return '?';
}

TEST(Decide, EveryEffectOutcomeAndKind) {
  const RetryOptions options;
  int rows = 0;
  for (const Phase phase : {Phase::kInProcess, Phase::kDurable}) {
    for (const Effect effect : kEffects) {
      for (const Outcome outcome : kOutcomes) {
        for (const ErrorKind kind : AllKinds()) {
          Input in(effect);
          in.phase = phase;
          in.outcome = outcome;
          in.kind = kind;
          const Decision decision = Decide(options, in);
          EXPECT_EQ(Letter(decision.action), Expected(effect, outcome, kind, phase)) << Show(in);
          EXPECT_NE(ReasonName(decision.reason), "invalid");
          EXPECT_NE(ReasonText(decision.reason), "invalid");
          EXPECT_NE(ActionName(decision.action), "invalid");
          ++rows;
        }
      }
    }
  }
  EXPECT_EQ(rows, 2 * 6 * 4 * 17);
}

// The one property that everything else rests on, over the whole product of inputs.
TEST(Decide, NothingThatMayHaveBeenAppliedIsSentAgainUnlessItsClassAllowsIt) {
  const RetryOptions options;
  long rows = 0;
  for (const Phase phase : {Phase::kInProcess, Phase::kDurable, Phase::kVerifying}) {
    for (const Effect effect : kEffects) {
      for (const Outcome outcome : kOutcomes) {
        for (const ErrorKind kind : AllKinds()) {
          for (const bool before : {false, true}) {
            for (const std::uint32_t attempt : {1U, 3U, 4U, 5U, 12U, 13U, 14U, 1000U}) {
              for (const nanoseconds left :
                   {nanoseconds(0), nanoseconds(10ms), nanoseconds(1min), nanoseconds::max()}) {
                for (const Budget budget : {Budget::kGranted, Budget::kRefused}) {
                  for (const int hint : {-1, 0, 30}) {
                    for (const int retention : {-1, 0, 40}) {
                      for (const double unit : {0.0, 0.999999}) {
                        Input in(effect);
                        in.phase = phase;
                        in.outcome = outcome;
                        in.kind = kind;
                        in.ambiguous_before = before;
                        in.attempt = attempt;
                        in.left = left;
                        in.budget = budget;
                        if (hint >= 0) in.server_hint = std::chrono::seconds(hint);
                        if (retention >= 0) in.retention_left = std::chrono::seconds(retention);
                        in.unit = unit;
                        const Decision d = Decide(options, in);
                        ++rows;
                        const bool open = effect != Effect::kRead && outcome == Outcome::kUnknown;
                        ASSERT_GE(d.delay.count(), 0) << Show(in);
                        if (d.action == Action::kRetryAt) {
                          ASSERT_TRUE(!open || Resendable(effect)) << Show(in);
                          ASSERT_TRUE(effect == Effect::kRead || outcome != Outcome::kApplied) << Show(in);
                          ASSERT_LT(d.delay, left) << Show(in);
                          ASSERT_FALSE(phase == Phase::kInProcess && budget == Budget::kRefused) << Show(in);
                          if (hint >= 0) {
                            ASSERT_GE(d.delay, std::chrono::seconds(hint)) << Show(in);
                          }
                          if (effect == Effect::kNativeKey && (open || before) && retention >= 0) {
                            ASSERT_LT(d.delay, std::chrono::seconds(retention)) << Show(in);
                          }
                        }
                        if (effect == Effect::kBlind) {
                          ASSERT_NE(d.action, Action::kVerify) << Show(in);
                        }
                        if (effect == Effect::kRead && phase != Phase::kVerifying) {
                          ASSERT_TRUE(d.action == Action::kRetryAt || d.action == Action::kGiveUp) << Show(in);
                        }
                        // An open look-up never ends as if the effect were known.
                        if (phase == Phase::kVerifying) {
                          ASSERT_TRUE(d.action == Action::kVerify || d.action == Action::kPark) << Show(in);
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  }
  EXPECT_EQ(rows, 3L * 6 * 4 * 17 * 2 * 8 * 4 * 2 * 3 * 3 * 2);
}

Input Transient(Effect effect = Effect::kRead) {
  Input in(effect);
  in.outcome = Outcome::kNotSent;
  in.kind = ErrorKind::kTransient;
  return in;
}

TEST(Decide, RefusedAfterAnAmbiguousTryIsLookedUpNotBelieved) {
  const RetryOptions options;
  for (const ErrorKind kind : {ErrorKind::kConflict, ErrorKind::kValidation, ErrorKind::kNotFound}) {
    for (const Effect effect : kEffects) {
      Input in(effect);
      in.phase = Phase::kDurable;
      in.outcome = Outcome::kRejected;
      in.kind = kind;
      in.settle = 7s;
      EXPECT_EQ(Decide(options, in).action, Action::kGiveUp) << Show(in);
      in.ambiguous_before = true;
      const Decision after = Decide(options, in);
      if (effect == Effect::kRead) {
        EXPECT_EQ(after.action, Action::kGiveUp);
      } else if (effect == Effect::kBlind) {
        EXPECT_EQ(after.action, Action::kPark);
      } else {
        EXPECT_EQ(after.action, Action::kVerify) << Show(in);
        EXPECT_EQ(after.reason, Reason::kRefusedAfterUnknown);
        EXPECT_EQ(after.delay, 7s);
      }
    }
  }
}

TEST(Decide, VerificationWaitsUntilTheRequestHasSettled) {
  Input in(Effect::kLookup);
  in.settle = 90s;
  const Decision decision = Decide(RetryOptions(), in);
  EXPECT_EQ(decision.action, Action::kVerify);
  EXPECT_EQ(decision.delay, 90s);
  EXPECT_EQ(decision.reason, Reason::kUnknownEffect);
}

TEST(Decide, AKeyTheRemoteMayHaveForgottenIsNotSentAgain) {
  Input in(Effect::kNativeKey);
  in.phase = Phase::kDurable;
  in.attempt = 4;  // The next wait is the ladder's first, 5 s.
  in.unit = 0.0;
  in.retention_left = 5s + 1ns;
  EXPECT_EQ(Decide(RetryOptions(), in).action, Action::kRetryAt);
  in.retention_left = 5s;
  EXPECT_EQ(Decide(RetryOptions(), in).action, Action::kVerify);
  EXPECT_EQ(Decide(RetryOptions(), in).reason, Reason::kRetention);
  // Certainly never sent: a fresh key is a fresh key.
  in.outcome = Outcome::kNotSent;
  in.kind = ErrorKind::kTransient;
  EXPECT_EQ(Decide(RetryOptions(), in).action, Action::kRetryAt);
  in.ambiguous_before = true;
  EXPECT_EQ(Decide(RetryOptions(), in).action, Action::kVerify);
}

TEST(Decide, FullJitterGrowsToItsCapAndNoFurther) {
  const RetryOptions options;
  EXPECT_EQ(QuickDelay(options, 1, false, 0.0), 0ns);
  EXPECT_EQ(QuickDelay(options, 1, false, 0.5), 25ms);
  EXPECT_EQ(QuickDelay(options, 2, false, 0.5), 50ms);
  EXPECT_EQ(QuickDelay(options, 3, false, 0.5), 100ms);
  EXPECT_EQ(QuickDelay(options, 1, true, 0.5), 500ms);
  EXPECT_EQ(QuickDelay(options, 2, true, 0.5), 1s);
  EXPECT_EQ(QuickDelay(options, 30, false, 0.5), 10s);
  EXPECT_EQ(QuickDelay(options, 4000000000U, true, 0.5), 10s);
  for (int i = 0; i < 1000; ++i) {
    const nanoseconds delay = QuickDelay(options, 3, false, i / 1000.0);
    EXPECT_GE(delay, 0ns);
    EXPECT_LT(delay, 200ms);
  }
}

TEST(Decide, TheDurableLadderIsClimbedRungByRungAndEnds) {
  const RetryOptions options;
  Input in = Transient(Effect::kLookup);
  in.phase = Phase::kDurable;
  in.unit = 0.0;
  const std::vector<std::chrono::seconds> rungs = {5s, 5min, 30min, 2h, 5h, 10h, 14h, 20h, 24h};
  ASSERT_EQ(options.durable_ladder, rungs);
  for (std::size_t i = 0; i < rungs.size(); ++i) {
    in.attempt = static_cast<std::uint32_t>(options.max_attempts + i);
    const Decision decision = Decide(options, in);
    EXPECT_EQ(decision.action, Action::kRetryAt);
    EXPECT_EQ(decision.delay, rungs[i]);
    in.unit = 0.999;
    EXPECT_GT(Decide(options, in).delay, rungs[i]);
    EXPECT_LT(Decide(options, in).delay, nanoseconds(rungs[i]) * 11 / 10);
    in.unit = 0.0;
  }
  in.attempt = static_cast<std::uint32_t>(options.max_attempts + rungs.size());
  EXPECT_EQ(Decide(options, in).action, Action::kGiveUp);
  EXPECT_EQ(Decide(options, in).reason, Reason::kExhausted);
}

TEST(Decide, TriesInOneProcessEnd) {
  const RetryOptions options;
  Input in = Transient();
  in.attempt = 3;
  EXPECT_EQ(Decide(options, in).action, Action::kRetryAt);
  in.attempt = 4;
  EXPECT_EQ(Decide(options, in).action, Action::kGiveUp);
  EXPECT_EQ(Decide(options, in).reason, Reason::kExhausted);
}

TEST(Decide, AServersHintIsAFloorWithALittleMore) {
  const RetryOptions options;
  Input in = Transient();
  in.kind = ErrorKind::kRateLimited;
  in.server_hint = 10s;
  in.unit = 0.0;
  EXPECT_EQ(Decide(options, in).delay, 10s);
  EXPECT_EQ(Decide(options, in).reason, Reason::kThrottled);
  in.unit = 0.9999;
  EXPECT_GT(Decide(options, in).delay, 10900ms);
  EXPECT_LE(Decide(options, in).delay, 11s);
  // A hint shorter than our own wait does not shorten it.
  in.server_hint = 0s;
  EXPECT_GT(Decide(options, in).delay, 900ms);
  // A broken one is cut, a negative one is none.
  in.server_hint = 240h;
  in.unit = 0.0;
  EXPECT_EQ(Decide(options, in).delay, 6h);
  in.server_hint = -5s;
  EXPECT_EQ(Decide(options, in).delay, 0s);
  in.server_hint = nanoseconds::max();
  EXPECT_EQ(Decide(options, in).delay, 6h);
}

TEST(Decide, AHintBeyondTheDeadlineStopsAtOnceAndSaysSo) {
  const RetryOptions options;
  Input in = Transient();
  in.kind = ErrorKind::kRateLimited;
  in.server_hint = 30s;
  in.left = 20s;
  EXPECT_EQ(Decide(options, in).action, Action::kGiveUp);
  EXPECT_EQ(Decide(options, in).reason, Reason::kHintBeyondDeadline);
  in.server_hint.reset();
  in.left = 1ms;
  in.unit = 0.5;
  EXPECT_EQ(Decide(options, in).reason, Reason::kDeadline);
  in.left = 0s;
  in.unit = 0.0;
  EXPECT_EQ(Decide(options, in).reason, Reason::kDeadline);
}

TEST(Decide, AnEmptyBudgetStopsACallerAndDelaysAStore) {
  const RetryOptions options;
  Input in = Transient();
  in.budget = Budget::kRefused;
  EXPECT_EQ(Decide(options, in).action, Action::kGiveUp);
  EXPECT_EQ(Decide(options, in).reason, Reason::kBudget);
  in.phase = Phase::kDurable;
  in.unit = 0.0;
  EXPECT_EQ(Decide(options, in).action, Action::kRetryAt);
  EXPECT_EQ(Decide(options, in).reason, Reason::kBudget);
  EXPECT_EQ(Decide(options, in).delay, 5s);
}

TEST(Decide, ALookUpThatCannotTellEndsWithAPerson) {
  const RetryOptions options;
  Input in(Effect::kLookup);
  in.phase = Phase::kVerifying;
  in.unit = 0.0;
  in.kind = ErrorKind::kAuth;  // Whatever is wrong with the look-up, the effect stays open.
  in.attempt = 1;
  EXPECT_EQ(Decide(options, in).action, Action::kVerify);
  EXPECT_EQ(Decide(options, in).delay, 5s);
  in.attempt = 9;
  EXPECT_EQ(Decide(options, in).delay, 24h);
  in.attempt = 10;
  EXPECT_EQ(Decide(options, in).action, Action::kPark);
  EXPECT_EQ(Decide(options, in).reason, Reason::kUnknownEffect);
  in.attempt = 1;
  in.left = 5s;
  EXPECT_EQ(Decide(options, in).action, Action::kPark);
}

TEST(Decide, ReasonNamesAreDistinct) {
  std::set<std::string> names;
  std::set<std::string> texts;
  for (int i = 1; i <= static_cast<int>(Reason::kInconclusive); ++i) {
    names.insert(std::string(ReasonName(static_cast<Reason>(i))));
    texts.insert(std::string(ReasonText(static_cast<Reason>(i))));
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(Reason::kInconclusive));
  EXPECT_EQ(texts.size(), names.size());
  EXPECT_EQ(names.count("invalid"), 0U);
}

TEST(RetryOptions, ValidateNamesEveryWrongField) {
  EXPECT_TRUE(RetryOptions().Validate().ok());
  RetryOptions options;
  options.max_attempts = 0;
  options.multiplier = 0.5;
  options.cap = 1ms;
  options.spread = -1;
  options.durable_ladder = {-5s};
  const absl::Status status = options.Validate();
  EXPECT_EQ(KindOf(status), ErrorKind::kConfiguration);
  EXPECT_EQ(OutcomeOf(status), Outcome::kNotSent);
  for (const char* field : {"max_attempts", "multiplier", "cap", "spread", "durable_ladder"}) {
    EXPECT_NE(std::string(status.message()).find(field), std::string::npos) << field;
  }
}

}  // namespace
}  // namespace fairlead::retry
