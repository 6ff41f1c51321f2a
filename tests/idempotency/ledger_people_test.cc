// What people do with parked and dead intents.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/idempotency/ledger_fixture.h"

namespace fairlead_test {
namespace {

using fairlead::Effect;
using fairlead::FailureDecision;
using fairlead::HumanAct;
using fairlead::Intent;
using fairlead::IntentState;
using ::testing::SizeIs;

const HumanAct kAct{"ann", "seen in the ERP as SO-7"};

class PeopleTest : public LedgerTest {
 protected:
  std::int64_t Failed(FailureDecision::Kind kind, Effect effect = Effect::kLookup, std::string aggregate = "order/1") {
    const auto enqueued = Enqueue(Request(effect, std::move(aggregate)));
    FailureDecision decision(kind);
    decision.error = "no";
    EXPECT_TRUE(*ledger_->Fail(Sending(), decision));
    return enqueued.id;
  }
};

TEST_F(PeopleTest, RedriveSendsTheSameKeyAndBytesWithNewPatience) {
  const std::int64_t id = Failed(FailureDecision::Kind::kDead);
  const Intent dead = Get(id);
  clock_.passed += 24h * 30;
  ASSERT_TRUE(ledger_->Redrive(id, kAct).ok());
  const Intent sending = Sending();
  EXPECT_EQ(sending.id, id);
  EXPECT_EQ(sending.key, dead.key);
  EXPECT_EQ(sending.body, dead.body);
  EXPECT_EQ(sending.attempts, 2u);
  EXPECT_GT(sending.epoch, dead.epoch) << "the fence holds across a redrive";
}

TEST_F(PeopleTest, ConfirmStoresWhatThePersonSaw) {
  const std::int64_t id = Failed(FailureDecision::Kind::kPark);
  ASSERT_TRUE(ledger_->Confirm(id, kAct, {0, "SO-7"}).ok());
  EXPECT_EQ(StateOf(id), IntentState::kDone);
  EXPECT_EQ(Get(id).answer.body, "SO-7");
  auto history = ledger_->History(id);
  EXPECT_EQ(history->back().actor, "ann");
  EXPECT_THAT(history->back().detail, ::testing::HasSubstr("seen in the ERP"));
}

TEST_F(PeopleTest, CancelIsFinal) {
  const std::int64_t id = Failed(FailureDecision::Kind::kReject);
  ASSERT_TRUE(ledger_->Cancel(id, kAct).ok());
  EXPECT_EQ(StateOf(id), IntentState::kCancelled);
  EXPECT_FALSE(ledger_->Redrive(id, kAct).ok());
  EXPECT_FALSE(ledger_->Confirm(id, kAct).ok());
}

TEST_F(PeopleTest, OnlyWhatWaitsForAPersonIsMovedByOne) {
  const auto ready = Enqueue(Request(Effect::kLookup));
  EXPECT_FALSE(ledger_->Redrive(ready.id, kAct).ok());
  EXPECT_FALSE(ledger_->Confirm(ready.id, kAct).ok());
  EXPECT_FALSE(ledger_->Cancel(ready.id, kAct).ok());
  Sending();
  EXPECT_FALSE(ledger_->Cancel(ready.id, kAct).ok());
  EXPECT_FALSE(ledger_->Park(ready.id, kAct, "hold").ok());
  EXPECT_FALSE(ledger_->Cancel(4711, kAct).ok());
}

TEST_F(PeopleTest, EveryActNeedsWhoAndWhy) {
  const std::int64_t id = Failed(FailureDecision::Kind::kPark);
  for (const HumanAct& act : {HumanAct{"", "why"}, HumanAct{"who", ""}}) {
    EXPECT_FALSE(ledger_->Redrive(id, act).ok());
    EXPECT_FALSE(ledger_->Confirm(id, act).ok());
    EXPECT_FALSE(ledger_->Cancel(id, act).ok());
  }
  EXPECT_EQ(StateOf(id), IntentState::kParked);
}

TEST_F(PeopleTest, WhatMayHaveBeenAppliedIsNotRedrivenByAccident) {
  const std::int64_t blind = Failed(FailureDecision::Kind::kAmbiguous, Effect::kBlind);
  auto refused = ledger_->Redrive(blind, kAct);
  EXPECT_FALSE(refused.ok());
  EXPECT_EQ(fairlead::OutcomeOf(refused), fairlead::Outcome::kUnknown);
  EXPECT_EQ(StateOf(blind), IntentState::kParked);
  EXPECT_TRUE(ledger_->Redrive(blind, kAct, /*despite_unknown_effect=*/true).ok());
  EXPECT_EQ(Sending().id, blind);
}

TEST_F(PeopleTest, ParkHoldsAnUnsentIntentAndItsLane) {
  const auto first = Enqueue(Request(Effect::kLookup));
  Enqueue(Request(Effect::kLookup, "order/1", "edit:1"));
  ASSERT_TRUE(ledger_->Park(first.id, {"ann", "customer called"}, "hold").ok());
  EXPECT_THAT(Claim(), SizeIs(0));
  auto letters = ledger_->DeadLetters({});
  ASSERT_THAT(*letters, SizeIs(1));
  EXPECT_EQ(letters->front().intent.reason, "hold");
  ASSERT_TRUE(ledger_->Redrive(first.id, {"ann", "go"}).ok());
  EXPECT_THAT(Claim(), SizeIs(1));
}

TEST_F(PeopleTest, LettersAreFiltered) {
  const std::int64_t parked = Failed(FailureDecision::Kind::kPark, Effect::kLookup, "order/1");
  const std::int64_t dead = Failed(FailureDecision::Kind::kDead, Effect::kLookup, "order/2");
  const std::int64_t rejected = Failed(FailureDecision::Kind::kReject, Effect::kLookup, "order/3");
  const auto ids = [&](fairlead::IntentFilter filter) {
    std::vector<std::int64_t> found;
    const auto letters = ledger_->DeadLetters(std::move(filter));
    EXPECT_TRUE(letters.ok()) << letters.status();
    if (!letters.ok()) return found;
    for (const auto& letter : *letters) found.push_back(letter.intent.id);
    return found;
  };
  EXPECT_EQ(ids({}), (std::vector<std::int64_t>{parked, dead, rejected}));
  fairlead::IntentFilter filter;
  filter.states = {IntentState::kDead};
  EXPECT_EQ(ids(filter), std::vector<std::int64_t>{dead});
  filter = {};
  filter.reason = std::string(fairlead::reason::kPermanent);
  EXPECT_EQ(ids(filter), std::vector<std::int64_t>{rejected});
  filter = {};
  filter.aggregate = "order/1";
  EXPECT_EQ(ids(filter), std::vector<std::int64_t>{parked});
  filter = {};
  filter.connector = "crm";
  EXPECT_TRUE(ids(filter).empty());
  filter = {};
  filter.limit = 2;
  EXPECT_EQ(ids(filter), (std::vector<std::int64_t>{parked, dead}));
  filter.after_id = dead;
  EXPECT_EQ(ids(filter), std::vector<std::int64_t>{rejected});
}

}  // namespace
}  // namespace fairlead_test
