// The whole table, every state by every event by every guard, against the design's rows written down a second time.
#include "fairlead/idempotency/state.h"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

namespace {

using fairlead::Effect;
using fairlead::IntentEvent;
using fairlead::IntentState;
using fairlead::NextState;
using fairlead::TransitionGuard;
using E = IntentEvent;
using S = IntentState;

struct Row {
  S from;
  E event;
  std::function<bool(const TransitionGuard&)> guard;
  S to;
};

bool Always(const TransitionGuard&) { return true; }
bool NeverSent(const TransitionGuard& g) { return !g.sent; }
bool Harmless(const TransitionGuard& g) {
  return g.effect == Effect::kRead || g.effect == Effect::kAbsolute ||
         (g.effect == Effect::kNativeKey && g.inside_retention);
}
bool Verifiable(const TransitionGuard& g) { return g.effect != Effect::kRead && g.effect != Effect::kBlind; }

std::vector<Row> Table() {
  const auto harmful = [](const TransitionGuard& g) { return !Harmless(g); };
  const auto not_verifiable = [](const TransitionGuard& g) { return !Verifiable(g); };
  std::vector<Row> table = {
      {S::kReady, E::kClaim, Always, S::kLeased},
      {S::kReady, E::kSupersede, NeverSent, S::kSuperseded},
      {S::kReady, E::kGiveUp, Always, S::kDead},
      {S::kReady, E::kHeldForPerson, NeverSent, S::kParked},
      {S::kLeased, E::kRelease, Always, S::kReady},
      {S::kLeased, E::kSendCommitted, Always, S::kSending},
      {S::kLeased, E::kGiveUp, Always, S::kDead},
      {S::kLeased, E::kRefused, NeverSent, S::kRejected},
      {S::kLeased, E::kHeldForPerson, Always, S::kParked},
      {S::kLeased, E::kAmbiguous, [harmful](const TransitionGuard& g) { return g.sent && harmful(g); }, S::kUnknown},
      {S::kSending, E::kSucceeded, Always, S::kDone},
      {S::kSending, E::kRefused, Always, S::kRejected},
      {S::kSending, E::kNotApplied, Always, S::kReady},
      {S::kSending, E::kGiveUp, Always, S::kDead},
      {S::kSending, E::kHeldForPerson, Always, S::kParked},
      {S::kSending, E::kAmbiguous, Harmless, S::kReady},
      {S::kSending, E::kAmbiguous, harmful, S::kUnknown},
      {S::kUnknown, E::kClaimVerify, Verifiable, S::kVerifying},
      {S::kUnknown, E::kVerifyHorizon, not_verifiable, S::kParked},
      {S::kVerifying, E::kFound, Always, S::kDone},
      {S::kVerifying, E::kAbsent, Always, S::kReady},
      {S::kVerifying, E::kInconclusive, Always, S::kUnknown},
      {S::kVerifying, E::kRelease, Always, S::kUnknown},
      {S::kVerifying, E::kVerifyHorizon, Always, S::kParked},
  };
  for (const S from : {S::kParked, S::kDead, S::kRejected}) {
    table.push_back({from, E::kRedrive, Always, S::kReady});
    table.push_back({from, E::kConfirm, Always, S::kDone});
    table.push_back({from, E::kCancel, Always, S::kCancelled});
  }
  return table;
}

std::vector<TransitionGuard> Guards() {
  std::vector<TransitionGuard> guards;
  for (int effect = 1; effect <= 6; ++effect) {
    for (const bool sent : {false, true}) {
      for (const bool inside : {false, true}) guards.push_back({static_cast<Effect>(effect), sent, inside});
    }
  }
  return guards;
}

TEST(StateTable, IsTheDesignsTable) {
  const std::vector<Row> table = Table();
  int allowed = 0;
  for (int s = 1; s <= 11; ++s) {
    for (int e = 1; e <= fairlead::kIntentEventCount; ++e) {
      for (const TransitionGuard& guard : Guards()) {
        std::optional<S> expected;
        for (const Row& row : table) {
          if (row.from == static_cast<S>(s) && row.event == static_cast<E>(e) && row.guard(guard)) expected = row.to;
        }
        EXPECT_EQ(NextState(static_cast<S>(s), static_cast<E>(e), guard), expected)
            << IntentStateName(static_cast<S>(s)) << " by " << IntentEventName(static_cast<E>(e)) << ", effect "
            << EffectName(guard.effect) << ", sent " << guard.sent << ", inside " << guard.inside_retention;
        allowed += expected.has_value() ? 1 : 0;
      }
    }
  }
  EXPECT_GT(allowed, 300) << "the test looked at next to nothing";
}

TEST(StateTable, NothingAutomaticReopensATerminalState) {
  for (int s = 1; s <= 11; ++s) {
    if (!IsTerminal(static_cast<S>(s)) && static_cast<S>(s) != S::kParked) continue;
    for (int e = 1; e <= fairlead::kIntentEventCount; ++e) {
      const auto event = static_cast<E>(e);
      if (event == E::kRedrive || event == E::kConfirm || event == E::kCancel) continue;
      for (const TransitionGuard& guard : Guards()) {
        EXPECT_FALSE(NextState(static_cast<S>(s), event, guard).has_value()) << IntentEventName(event);
      }
    }
  }
}

TEST(StateTable, AfterALostAnswerOnlyHarmlessClassesSendAgain) {
  // The promise of each class, said once more in the words of a caller.
  TransitionGuard guard;
  guard.sent = true;
  for (const Effect effect : {Effect::kConditional, Effect::kLookup, Effect::kBlind}) {
    guard.effect = effect;
    EXPECT_EQ(NextState(S::kSending, E::kAmbiguous, guard), S::kUnknown);
  }
  guard.effect = Effect::kNativeKey;
  EXPECT_EQ(NextState(S::kSending, E::kAmbiguous, guard), S::kUnknown);
  guard.inside_retention = true;
  EXPECT_EQ(NextState(S::kSending, E::kAmbiguous, guard), S::kReady);
}

TEST(StateTable, NamesGoBothWays) {
  for (int s = 1; s <= 11; ++s) {
    const auto state = static_cast<S>(s);
    EXPECT_EQ(fairlead::ParseIntentState(IntentStateName(state)), state);
  }
  EXPECT_FALSE(fairlead::ParseIntentState("").has_value());
  EXPECT_FALSE(fairlead::ParseIntentState("posted").has_value());
  for (int e = 1; e <= fairlead::kIntentEventCount; ++e) EXPECT_NE(IntentEventName(static_cast<E>(e)), "invalid");
}

}  // namespace
