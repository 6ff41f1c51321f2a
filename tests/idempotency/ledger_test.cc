// The ledger stepped as an engine steps it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/idempotency/internal/ledger_faults.h"
#include "tests/idempotency/ledger_fixture.h"

namespace fairlead_test {
namespace {

using fairlead::Coalesce;
using fairlead::Completion;
using fairlead::Effect;
using fairlead::ErrorKind;
using fairlead::FailureDecision;
using fairlead::Intent;
using fairlead::IntentRequest;
using fairlead::IntentState;
using fairlead::Verification;
using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Fail = FailureDecision::Kind;

FailureDecision Decision(Fail kind, std::chrono::nanoseconds delay = 0ns) {
  FailureDecision decision(kind);
  decision.delay = delay;
  decision.error_kind = ErrorKind::kTransient;
  decision.error = "the remote said no";
  return decision;
}

Completion Answer(std::string body) {
  Completion completion;
  completion.answer.body = std::move(body);
  completion.answer.status = 201;
  return completion;
}

// --- Entering.

TEST_F(LedgerTest, TheSamePurposeIsTheSameIntent) {
  const auto first = Enqueue(Request(Effect::kLookup));
  const auto again = Enqueue(Request(Effect::kLookup));
  EXPECT_FALSE(first.existed);
  EXPECT_TRUE(again.existed);
  EXPECT_EQ(again.id, first.id);
  EXPECT_EQ(again.key, first.key);
}

TEST_F(LedgerTest, ANewPurposeTakesTheNextNumberOfItsAggregateAlone) {
  const auto create = Enqueue(Request(Effect::kLookup, "order/1", "create"));
  const auto edit = Enqueue(Request(Effect::kLookup, "order/1", "edit:1"));
  const auto other = Enqueue(Request(Effect::kLookup, "order/2", "create"));
  EXPECT_EQ(Get(create.id).parts.intent_seq, 1);
  EXPECT_EQ(Get(edit.id).parts.intent_seq, 2);
  EXPECT_EQ(Get(other.id).parts.intent_seq, 1);
  // Stable: what a store made anew from the same events would give.
  EXPECT_EQ(create.key, fairlead::MakeIntentKey({"", "erp", "", "erp.order.create", "order/1", "create", 1}));
}

TEST_F(LedgerTest, TheSamePurposeWithOtherContentIsRefusedAndNoted) {
  const auto first = Enqueue(Request(Effect::kLookup));
  IntentRequest other = Request(Effect::kLookup);
  other.body = "another body";
  const auto reuse = ledger_->Enqueue(other);
  ASSERT_FALSE(reuse.ok());
  EXPECT_EQ(reuse.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(fairlead::GetErrorDetail(reuse.status())->stopped_because, fairlead::reason::kKeyReuse);
  EXPECT_EQ(Get(first.id).body, "body");
  EXPECT_THAT(Claim(), SizeIs(1));
}

TEST_F(LedgerTest, SemanticBytesDecideWhatIsOtherContent) {
  IntentRequest request = Request(Effect::kLookup);
  request.semantic = "qty=2";
  Enqueue(request);
  request.body = "the same, spelt differently";
  EXPECT_TRUE(Enqueue(request).existed);
  request.semantic = "qty=3";
  EXPECT_FALSE(ledger_->Enqueue(request).ok());
}

TEST_F(LedgerTest, RequestsWithoutWhatTheyNeedAreRefused) {
  const auto refused = [&](auto change) {
    IntentRequest request = Request(Effect::kNativeKey);
    change(request);
    return !ledger_->Enqueue(request).ok();
  };
  EXPECT_FALSE(refused([](IntentRequest&) {}));
  EXPECT_TRUE(refused([](IntentRequest& r) { r.connector.clear(); }));
  EXPECT_TRUE(refused([](IntentRequest& r) { r.operation.clear(); }));
  EXPECT_TRUE(refused([](IntentRequest& r) { r.aggregate.clear(); }));
  EXPECT_TRUE(refused([](IntentRequest& r) { r.purpose.clear(); }));
  EXPECT_TRUE(refused([](IntentRequest& r) { r.effect = static_cast<Effect>(0); }));
  EXPECT_TRUE(refused([](IntentRequest& r) { r.retention = 0s; }));
  EXPECT_TRUE(refused([](IntentRequest& r) { r.retention = r.settle; }));
  EXPECT_TRUE(refused([](IntentRequest& r) { r.timeout = 2h; })) << "longer than any lease";
  EXPECT_TRUE(refused([](IntentRequest& r) { r.max_attempts = 0; }));
  EXPECT_TRUE(refused([](IntentRequest& r) { r.coalesce = Coalesce::kState; })) << "without its field";
}

TEST_F(LedgerTest, EnqueueRollsBackWithItsTransaction) {
  {
    auto tx = store_->Begin();
    ASSERT_TRUE(tx.ok());
    ASSERT_TRUE(ledger_->Enqueue(**tx, Request(Effect::kLookup)).ok());
  }
  EXPECT_THAT(Claim(), IsEmpty());
  const auto again = Enqueue(Request(Effect::kLookup));
  EXPECT_FALSE(again.existed);
}

// --- The way of a success, and replay.

TEST_F(LedgerTest, ASuccessIsStoredWithItsAnswer) {
  const auto enqueued = Enqueue(Request(Effect::kLookup));
  const Intent sending = Sending();
  EXPECT_EQ(sending.state, IntentState::kSending);
  EXPECT_EQ(sending.attempts, 1u);
  EXPECT_EQ(sending.epoch, 1);
  auto done = ledger_->Complete(sending, Answer("SO-7"));
  ASSERT_TRUE(done.ok() && *done);
  const Intent over = Get(enqueued.id);
  EXPECT_EQ(over.state, IntentState::kDone);
  EXPECT_EQ(over.answer.body, "SO-7");
  EXPECT_EQ(over.answer.status, 201);
  EXPECT_EQ(over.body, "body");
  const auto again = Enqueue(Request(Effect::kLookup));
  EXPECT_TRUE(again.existed);
  EXPECT_EQ(again.state, IntentState::kDone);
  EXPECT_THAT(Claim(), IsEmpty());
}

TEST_F(LedgerTest, FollowUpsComeWithTheSuccessAndAheadOfTheirLane) {
  Enqueue(Request(Effect::kLookup, "order/1", "create"));
  const auto waiting = Enqueue(Request(Effect::kLookup, "order/1", "edit:1"));
  const Intent sending = Sending();
  Completion completion = Answer("draft");
  IntentRequest quote = Request(Effect::kAbsolute, "order/1", "create/quote");
  quote.operation = "erp.order.quote";
  completion.follow_ups.push_back(quote);
  ASSERT_TRUE(*ledger_->Complete(sending, completion));
  auto next = Claim();
  ASSERT_THAT(next, SizeIs(1)) << "one of a lane at a time";
  EXPECT_EQ(next[0].parts.operation, "erp.order.quote");
  EXPECT_EQ(next[0].parent_id, sending.id);
  ASSERT_TRUE(*ledger_->MarkSending(next[0]));
  ASSERT_TRUE(*ledger_->Complete(next[0], Answer("quoted")));
  next = Claim();
  ASSERT_THAT(next, SizeIs(1));
  EXPECT_EQ(next[0].id, waiting.id);
}

// --- The fence.

TEST_F(LedgerTest, AStaleWorkerWritesNothingAndIsHeard) {
  const auto enqueued = Enqueue(Request(Effect::kAbsolute));
  const Intent stale = Sending();
  clock_.passed += 2min;  // Longer than the lease.
  ASSERT_EQ(ledger_->ReleaseAbandoned()->resend, 1);
  const Intent fresh = Sending();
  EXPECT_EQ(fresh.epoch, stale.epoch + 1);
  auto late = ledger_->Complete(stale, Answer("late"));
  ASSERT_TRUE(late.ok());
  EXPECT_FALSE(*late);
  EXPECT_EQ(StateOf(enqueued.id), IntentState::kSending);
  ASSERT_TRUE(*ledger_->Complete(fresh, Answer("fresh")));
  EXPECT_FALSE(*ledger_->Fail(stale, Decision(Fail::kRetry)));
  EXPECT_FALSE(*ledger_->Fail(stale, Decision(Fail::kReject)));
  EXPECT_FALSE(*ledger_->Complete(stale, Answer("late again")));
  EXPECT_EQ(StateOf(enqueued.id), IntentState::kDone);
  EXPECT_EQ(Get(enqueued.id).answer.body, "fresh");
  EXPECT_THAT(Events(enqueued.id), Contains("late_result").Times(4));
}

TEST_F(LedgerTest, WithoutTheFenceAStaleFailureReopensWhatIsDone) {
  const auto enqueued = Enqueue(Request(Effect::kAbsolute));
  const Intent stale = Sending();
  clock_.passed += 2min;
  ASSERT_EQ(ledger_->ReleaseAbandoned()->resend, 1);
  const Intent fresh = Sending();
  ASSERT_TRUE(*ledger_->Complete(fresh, Answer("fresh")));
  fairlead::internal::LedgerFaults faults;
  faults.no_fence = true;
  fairlead::internal::LedgerTestAccess::SetFaults(*ledger_, faults);
  EXPECT_TRUE(*ledger_->Fail(stale, Decision(Fail::kRetry)));
  EXPECT_EQ(StateOf(enqueued.id), IntentState::kReady) << "the switch shows nothing: is the fence elsewhere too?";
}

TEST_F(LedgerTest, ALeaseLostBeforeSendingForbidsIt) {
  Enqueue(Request(Effect::kLookup));
  auto claimed = Claim();
  ASSERT_THAT(claimed, SizeIs(1));
  Intent stale = claimed[0];
  clock_.passed += 2min;
  ASSERT_EQ(ledger_->ReleaseAbandoned()->released, 1);
  auto may_send = ledger_->MarkSending(stale);
  ASSERT_TRUE(may_send.ok());
  EXPECT_FALSE(*may_send);
  EXPECT_THAT(Claim(), SizeIs(1));
}

TEST_F(LedgerTest, TooLittleLeaseForTheRequestGivesItBack) {
  const auto enqueued = Enqueue(Request(Effect::kLookup));
  auto claimed = Claim();
  clock_.passed += 31s;  // Of a lease of 60 s, for a request of 30 s.
  EXPECT_FALSE(*ledger_->MarkSending(claimed[0]));
  EXPECT_EQ(StateOf(enqueued.id), IntentState::kReady);
  EXPECT_EQ(Get(enqueued.id).attempts, 0u);
}

// --- Lanes.

TEST_F(LedgerTest, NeverTwoOfOneAggregateInFlightAndInOrder) {
  for (int i = 0; i < 5; ++i) Enqueue(Request(Effect::kLookup, "order/1", "edit:" + std::to_string(i)));
  Enqueue(Request(Effect::kLookup, "order/2", "create"));
  auto claimed = Claim();
  ASSERT_THAT(claimed, SizeIs(2));
  EXPECT_EQ(claimed[0].parts.purpose, "edit:0");
  EXPECT_EQ(claimed[1].parts.aggregate, "order/2");
  EXPECT_THAT(Claim(), IsEmpty());
  for (int i = 0; i < 5; ++i) {
    Intent held = claimed[0];
    EXPECT_EQ(held.parts.purpose, "edit:" + std::to_string(i));
    ASSERT_TRUE(*ledger_->MarkSending(held));
    EXPECT_THAT(Claim(), IsEmpty());
    ASSERT_TRUE(*ledger_->Complete(held, Answer("ok")));
    claimed = Claim();
    ASSERT_EQ(claimed.size(), i < 4 ? 1u : 0u);
  }
}

TEST_F(LedgerTest, AnotherOperationOfTheAggregateSharesItsLane) {
  Enqueue(Request(Effect::kLookup, "order/1", "create"));
  IntentRequest other = Request(Effect::kLookup, "order/1", "note");
  other.operation = "erp.order.note";
  Enqueue(other);
  IntentRequest elsewhere = Request(Effect::kLookup, "order/1", "note");
  elsewhere.connector = "crm";
  Enqueue(elsewhere);
  EXPECT_THAT(Claim(), SizeIs(2)) << "one for each remote";
}

TEST_F(LedgerTest, RetryingUnknownAndParkedIntentsHoldTheirLane) {
  const auto first = Enqueue(Request(Effect::kLookup, "order/1", "create"));
  Enqueue(Request(Effect::kLookup, "order/1", "edit:1"));
  Intent sending = Sending();
  ASSERT_TRUE(*ledger_->Fail(sending, Decision(Fail::kRetry, 10s)));
  EXPECT_THAT(Claim(), IsEmpty()) << "order is kept through a backoff";
  clock_.passed += 10s;
  sending = Sending();
  EXPECT_EQ(sending.id, first.id);
  ASSERT_TRUE(*ledger_->Fail(sending, Decision(Fail::kAmbiguous)));
  EXPECT_EQ(StateOf(first.id), IntentState::kUnknown);
  EXPECT_THAT(Claim(), IsEmpty());
  clock_.passed += 1h;
  auto verifying = ClaimVerify();
  ASSERT_THAT(verifying, SizeIs(1));
  EXPECT_THAT(Claim(), IsEmpty());
  ASSERT_TRUE(*ledger_->Verified(verifying[0], Verification(Verification::Kind::kSeveral)));
  EXPECT_EQ(StateOf(first.id), IntentState::kParked);
  EXPECT_EQ(Get(first.id).reason, fairlead::reason::kAmbiguousMatch);
  EXPECT_THAT(Claim(), IsEmpty()) << "a parked intent blocks its lane";
  ASSERT_TRUE(ledger_->Cancel(first.id, {"ann", "booked by hand"}).ok());
  EXPECT_THAT(Claim(), SizeIs(1));
}

TEST_F(LedgerTest, AnOlderIntentThatIsRedrivenWaitsForWhatIsUnderWay) {
  const auto first = Enqueue(Request(Effect::kLookup, "order/1", "create"));
  ASSERT_TRUE(*ledger_->Fail(Sending(), Decision(Fail::kDead)));
  Enqueue(Request(Effect::kLookup, "order/1", "edit:1"));
  const Intent under_way = Sending();
  ASSERT_TRUE(ledger_->Redrive(first.id, {"ann", "mended"}).ok());
  EXPECT_THAT(Claim(), IsEmpty()) << "it heads its lane, but the lane is in use";
  EXPECT_FALSE(ledger_->NextDue()->has_value());
  ASSERT_TRUE(*ledger_->Fail(under_way, Decision(Fail::kAmbiguous)));
  EXPECT_THAT(Claim(), IsEmpty()) << "nor while something of it is unknown";
  clock_.passed += 1h;
  auto verifying = ClaimVerify();
  ASSERT_THAT(verifying, SizeIs(1));
  ASSERT_TRUE(*ledger_->Verified(verifying[0], Verification(Verification::Kind::kFound)));
  const auto claimed = Claim();
  ASSERT_THAT(claimed, SizeIs(1));
  EXPECT_EQ(claimed[0].id, first.id);
}

TEST_F(LedgerTest, AGateParksOnEntryAndBlocksWhatComesAfter) {
  IntentRequest gated = Request(Effect::kLookup, "order/1", "create");
  gated.park_reason = "unmapped_item";
  gated.park_detail = "SKU-9 has no item there";
  const auto parked = Enqueue(gated);
  Enqueue(Request(Effect::kLookup, "order/1", "edit:1"));
  EXPECT_EQ(parked.state, IntentState::kParked);
  EXPECT_THAT(Claim(), IsEmpty());
  ASSERT_TRUE(ledger_->Redrive(parked.id, {"ann", "mapped now"}).ok());
  auto claimed = Claim();
  ASSERT_THAT(claimed, SizeIs(1));
  EXPECT_EQ(claimed[0].id, parked.id);
}

TEST_F(LedgerTest, PriorityAndTimeOrderTheLanes) {
  IntentRequest slow = Request(Effect::kLookup, "order/1");
  IntentRequest urgent = Request(Effect::kLookup, "order/2");
  urgent.priority = 10;
  IntentRequest later = Request(Effect::kLookup, "order/3");
  later.priority = 1;
  later.delay = 5s;
  Enqueue(slow);
  Enqueue(urgent);
  Enqueue(later);
  const auto claimed = Claim();
  ASSERT_THAT(claimed, SizeIs(2));
  EXPECT_EQ(claimed[0].parts.aggregate, "order/2");
  EXPECT_EQ(claimed[1].parts.aggregate, "order/1");
  clock_.passed += 5s;
  EXPECT_THAT(Claim(), SizeIs(1));
}

// --- Superseding.

class SupersedeTest : public LedgerTest {
 protected:
  static IntentRequest Stock(int quantity, std::string field = "stock@main") {
    IntentRequest request = Request(Effect::kAbsolute, "sku/7", field + "=" + std::to_string(quantity));
    request.operation = "erp.stock.set";
    request.coalesce = Coalesce::kState;
    request.coalesce_field = std::move(field);
    request.body = std::to_string(quantity);
    return request;
  }
};

TEST_F(SupersedeTest, OnlyTheNewestValueOfAFieldIsSent) {
  const auto old = Enqueue(Stock(120));
  const auto elsewhere = Enqueue(Stock(5, "stock@outlet"));
  const auto fresh = Enqueue(Stock(117));
  EXPECT_EQ(StateOf(old.id), IntentState::kSuperseded);
  EXPECT_EQ(StateOf(elsewhere.id), IntentState::kReady) << "another field is another value";
  EXPECT_EQ(StateOf(fresh.id), IntentState::kReady);
}

TEST_F(SupersedeTest, AnEventBetweenKeepsTheOlderValue) {
  const auto old = Enqueue(Stock(120));
  Enqueue(Request(Effect::kLookup, "sku/7", "receipt:9"));
  const auto fresh = Enqueue(Stock(117));
  EXPECT_EQ(StateOf(old.id), IntentState::kReady);
  EXPECT_EQ(StateOf(fresh.id), IntentState::kReady);
}

TEST_F(SupersedeTest, WhatMayHaveBeenSentStays) {
  const auto old = Enqueue(Stock(120));
  Intent sending = Sending();
  const auto while_sending = Enqueue(Stock(118));
  EXPECT_EQ(StateOf(old.id), IntentState::kSending);
  ASSERT_TRUE(*ledger_->Fail(sending, Decision(Fail::kAmbiguous, 1s)));
  EXPECT_EQ(StateOf(old.id), IntentState::kReady);
  const auto fresh = Enqueue(Stock(117));
  EXPECT_EQ(StateOf(old.id), IntentState::kReady) << "it was sent: it is finished first";
  EXPECT_EQ(StateOf(while_sending.id), IntentState::kSuperseded);
  EXPECT_EQ(StateOf(fresh.id), IntentState::kReady);
}

TEST_F(SupersedeTest, EventsAreNeverReplaced) {
  const auto first = Enqueue(Request(Effect::kLookup, "sku/7", "refund:1"));
  const auto second = Enqueue(Request(Effect::kLookup, "sku/7", "refund:2"));
  EXPECT_EQ(StateOf(first.id), IntentState::kReady);
  EXPECT_EQ(StateOf(second.id), IntentState::kReady);
}

TEST_F(SupersedeTest, TheNextValueWaitsUntilCopiesOfALostOneHaveDied) {
  Enqueue(Stock(120));
  Intent sending = Sending();
  ASSERT_TRUE(*ledger_->Fail(sending, Decision(Fail::kAmbiguous)));
  Enqueue(Stock(117));
  sending = Sending();
  EXPECT_EQ(sending.body, "120");
  ASSERT_TRUE(*ledger_->Complete(sending, Answer("ok")));
  EXPECT_THAT(Claim(), IsEmpty()) << "a delayed copy of 120 would land on top of 117";
  clock_.passed += sending.timeout + sending.settle;
  const auto claimed = Claim();
  ASSERT_THAT(claimed, SizeIs(1));
  EXPECT_EQ(claimed[0].body, "117");
}

TEST_F(SupersedeTest, TheNextValueWaitsForWhatLeftLateToo) {
  IntentRequest first = Stock(120);
  first.timeout = 2s;
  Enqueue(first);
  Intent sending = Sending();
  clock_.passed += 50s;
  ASSERT_TRUE(ledger_->Permit(sending)->AllowSend());
  clock_.passed += 2s;
  ASSERT_TRUE(*ledger_->Fail(sending, Decision(Fail::kAmbiguous)));
  sending = Sending();
  ASSERT_TRUE(*ledger_->Complete(sending, Answer("ok")));
  Enqueue(Stock(117));
  clock_.passed += sending.settle - 1s;
  EXPECT_THAT(Claim(), IsEmpty()) << "120 left 50 s after its SENDING";
  clock_.passed += 5s;
  EXPECT_THAT(Claim(), SizeIs(1));
}

// --- Failures.

TEST_F(LedgerTest, AttemptsEndInADeadLetterWithItsHistory) {
  IntentRequest request = Request(Effect::kLookup);
  request.max_attempts = 2;
  request.owner = "ops";
  request.runbook = "erp-orders";
  request.money_at_risk = "118.40 EUR";
  const auto enqueued = Enqueue(request);
  for (int i = 0; i < 2; ++i) {
    Intent sending = Sending();
    ASSERT_TRUE(*ledger_->Fail(sending, Decision(Fail::kRetry)));
  }
  EXPECT_EQ(StateOf(enqueued.id), IntentState::kDead);
  clock_.passed += 90s;
  auto letters = ledger_->DeadLetters({});
  ASSERT_TRUE(letters.ok());
  ASSERT_THAT(*letters, SizeIs(1));
  const auto& letter = letters->front();
  EXPECT_EQ(letter.intent.reason, fairlead::reason::kExhausted);
  EXPECT_EQ(letter.intent.owner, "ops");
  EXPECT_EQ(letter.intent.runbook, "erp-orders");
  EXPECT_EQ(letter.intent.money_at_risk, "118.40 EUR");
  EXPECT_TRUE(letter.intent.body.empty());
  EXPECT_EQ(letter.age, 90s);
  EXPECT_THAT(letter.history, SizeIs(2));
}

TEST_F(LedgerTest, WhatIsHeldBackUsesUpNoAttemptUntilItsHorizon) {
  IntentRequest request = Request(Effect::kLookup);
  request.max_attempts = 2;
  request.horizon = 1h;
  const auto enqueued = Enqueue(request);
  FailureDecision held_back = Decision(Fail::kRetry, 10s);
  held_back.held_back = true;
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(*ledger_->Fail(Sending(), held_back));
    ASSERT_EQ(StateOf(enqueued.id), IntentState::kReady) << i;
    clock_.passed += 10s;
  }
  clock_.passed += 56min + 35s;
  ASSERT_TRUE(*ledger_->Fail(Sending(), held_back));
  EXPECT_EQ(StateOf(enqueued.id), IntentState::kDead);
  EXPECT_EQ(Get(enqueued.id).reason, fairlead::reason::kExpired);
}

TEST_F(LedgerTest, TheHorizonEndsARetryThatWouldComeTooLate) {
  const auto enqueued = Enqueue(Request(Effect::kLookup));
  Intent sending = Sending();
  ASSERT_TRUE(*ledger_->Fail(sending, Decision(Fail::kRetry, 80h)));
  EXPECT_EQ(StateOf(enqueued.id), IntentState::kDead);
  EXPECT_EQ(Get(enqueued.id).reason, fairlead::reason::kExpired);
}

TEST_F(LedgerTest, WhatIsGivenUpAfterALostAnswerSaysThatItMayHaveBeenApplied) {
  IntentRequest request = Request(Effect::kAbsolute);
  request.horizon = 1h;
  const auto enqueued = Enqueue(request);
  clock_.passed += 1h - 1s;
  const Intent sending = Sending();
  clock_.passed += 2s;
  const auto lost = MakeError(fairlead::ErrorKind::kDeadline, fairlead::Outcome::kUnknown, "no answer");
  ASSERT_TRUE(*ledger_->Fail(sending, DecideFailure(sending, lost, store_->Now(), {}, 0.5)));
  const Intent dead = Get(enqueued.id);
  EXPECT_EQ(dead.state, IntentState::kDead);
  EXPECT_NE(dead.ambiguous_at, fairlead::StoreTime{}) << "the next value must wait for its copies";
  EXPECT_THAT(dead.error, ::testing::HasSubstr("may have been applied"));
}

TEST_F(LedgerTest, WhatWaitedPastItsHorizonIsNotSent) {
  const auto enqueued = Enqueue(Request(Effect::kLookup));
  clock_.passed += 73h;
  EXPECT_THAT(Claim(), IsEmpty());
  EXPECT_EQ(StateOf(enqueued.id), IntentState::kDead);
  EXPECT_EQ(Get(enqueued.id).reason, fairlead::reason::kExpired);
}

TEST_F(LedgerTest, ARefusalKeepsTheRemotesWords) {
  const auto enqueued = Enqueue(Request(Effect::kLookup));
  FailureDecision decision = Decision(Fail::kReject);
  decision.error_kind = ErrorKind::kValidation;
  decision.answer = {422, "tax id invalid"};
  ASSERT_TRUE(*ledger_->Fail(Sending(), decision));
  const Intent rejected = Get(enqueued.id);
  EXPECT_EQ(rejected.state, IntentState::kRejected);
  EXPECT_EQ(rejected.reason, fairlead::reason::kPermanent);
  EXPECT_EQ(rejected.answer.body, "tax id invalid");
}

TEST_F(LedgerTest, ALostAnswerOfABlindWriteGoesToAPersonAtOnce) {
  const auto enqueued = Enqueue(Request(Effect::kBlind));
  ASSERT_TRUE(*ledger_->Fail(Sending(), Decision(Fail::kAmbiguous)));
  const Intent parked = Get(enqueued.id);
  EXPECT_EQ(parked.state, IntentState::kParked);
  EXPECT_EQ(parked.reason, fairlead::reason::kUnknownEffect);
  clock_.passed += 48h;
  EXPECT_THAT(Claim(), IsEmpty());
  EXPECT_THAT(ClaimVerify(), IsEmpty());
}

TEST_F(LedgerTest, ALookupWaitsUntilCopiesHaveDied) {
  const auto enqueued = Enqueue(Request(Effect::kLookup));
  const Intent sending = Sending();
  ASSERT_TRUE(*ledger_->Fail(sending, Decision(Fail::kAmbiguous)));
  EXPECT_EQ(StateOf(enqueued.id), IntentState::kUnknown);
  clock_.passed += sending.timeout + sending.settle - 1ns;
  EXPECT_THAT(ClaimVerify(), IsEmpty());
  clock_.passed += 1ns;
  auto verifying = ClaimVerify();
  ASSERT_THAT(verifying, SizeIs(1));
  EXPECT_EQ(verifying[0].state, IntentState::kVerifying);
  EXPECT_EQ(verifying[0].epoch, sending.epoch + 1);
  ASSERT_TRUE(*ledger_->Verified(verifying[0], Verification(Verification::Kind::kAbsent)));
  EXPECT_EQ(StateOf(enqueued.id), IntentState::kReady);
  EXPECT_EQ(Sending().attempts, 2u);
}

// A worker that stands still between SENDING and its first byte sends late, and then dies or loses its lease.
TEST_F(LedgerTest, ALookupCountsFromTheLastMomentAtWhichTheRequestMayHaveLeft) {
  IntentRequest request = Request(Effect::kLookup);
  request.timeout = 2s;
  const auto enqueued = Enqueue(request);
  const Intent sending = Sending();
  const auto permit = ledger_->Permit(sending);
  clock_.passed += 50s;
  ASSERT_TRUE(permit->AllowSend()) << "of a lease of 60 s";
  clock_.passed += 11s;
  ASSERT_EQ(ledger_->ReleaseAbandoned()->unknown, 1);
  EXPECT_EQ(Get(enqueued.id).run_at, sending.lease_until + sending.settle);
  clock_.passed += 48s;
  EXPECT_THAT(ClaimVerify(), IsEmpty()) << "59 s after the first byte a copy may still travel";
  clock_.passed += 11s;
  EXPECT_THAT(ClaimVerify(), SizeIs(1));
}

TEST_F(LedgerTest, WhatIsFoundIsDoneWithFollowUps) {
  const auto enqueued = Enqueue(Request(Effect::kLookup));
  ASSERT_TRUE(*ledger_->Fail(Sending(), Decision(Fail::kAmbiguous)));
  clock_.passed += 1h;
  auto verifying = ClaimVerify();
  ASSERT_THAT(verifying, SizeIs(1));
  Verification found(Verification::Kind::kFound);
  found.completion = Answer("SO-7");
  found.completion.follow_ups.push_back(Request(Effect::kAbsolute, "order/1", "create/quote"));
  ASSERT_TRUE(*ledger_->Verified(verifying[0], found));
  EXPECT_EQ(StateOf(enqueued.id), IntentState::kDone);
  EXPECT_EQ(Get(enqueued.id).answer.body, "SO-7");
  EXPECT_THAT(Claim(), SizeIs(1));
  // A second verifier of the same epoch is stale.
  EXPECT_FALSE(*ledger_->Verified(verifying[0], Verification(Verification::Kind::kAbsent)));
}

TEST_F(LedgerTest, VerificationThatCannotTellEndsWithAPerson) {
  const auto enqueued = Enqueue(Request(Effect::kLookup));
  ASSERT_TRUE(*ledger_->Fail(Sending(), Decision(Fail::kAmbiguous)));
  clock_.passed += 2min;
  for (std::uint32_t i = 0; i < ledger_->options().max_verifications; ++i) {
    auto verifying = ClaimVerify();
    ASSERT_THAT(verifying, SizeIs(1)) << i;
    ASSERT_TRUE(*ledger_->Verified(verifying[0], Verification(Verification::Kind::kInconclusive)));
    EXPECT_THAT(ClaimVerify(), IsEmpty()) << "looks are spaced";
    clock_.passed += 1h;
  }
  EXPECT_EQ(StateOf(enqueued.id), IntentState::kParked);
  EXPECT_EQ(Get(enqueued.id).reason, fairlead::reason::kUnknownEffect);
}

TEST_F(LedgerTest, ARefusalAfterALostAnswerMayBeOurOwnDoing) {
  const auto enqueued = Enqueue(Request(Effect::kConditional));
  ASSERT_TRUE(*ledger_->Fail(Sending(), Decision(Fail::kAmbiguous)));
  auto verifying = ClaimVerify();
  ASSERT_THAT(verifying, SizeIs(1)) << "a conditional write needs no waiting: a copy cannot land twice";
  ASSERT_TRUE(*ledger_->Verified(verifying[0], Verification(Verification::Kind::kAbsent)));
  FailureDecision conflict = Decision(Fail::kReject);
  conflict.error_kind = ErrorKind::kConflict;
  ASSERT_TRUE(*ledger_->Fail(Sending(), conflict));
  EXPECT_EQ(StateOf(enqueued.id), IntentState::kUnknown) << "412 after a possible earlier send is not a refusal";
}

TEST_F(LedgerTest, AConflictAtTheFirstSendIsARefusal) {
  const auto enqueued = Enqueue(Request(Effect::kConditional));
  FailureDecision conflict = Decision(Fail::kReject);
  conflict.error_kind = ErrorKind::kConflict;
  ASSERT_TRUE(*ledger_->Fail(Sending(), conflict));
  EXPECT_EQ(StateOf(enqueued.id), IntentState::kRejected);
}

TEST_F(LedgerTest, AlreadyThereIsLookedUpBeforeItIsBelieved) {
  const auto enqueued = Enqueue(Request(Effect::kLookup));
  FailureDecision duplicate = Decision(Fail::kReject);
  duplicate.error_kind = ErrorKind::kDuplicate;
  ASSERT_TRUE(*ledger_->Fail(Sending(), duplicate));
  EXPECT_EQ(StateOf(enqueued.id), IntentState::kUnknown);
}

TEST_F(LedgerTest, ANativeKeyIsSentAgainOnlyWhileTheRemoteKeepsIt) {
  IntentRequest request = Request(Effect::kNativeKey);
  request.retention = 1h;
  const auto enqueued = Enqueue(request);
  ASSERT_TRUE(*ledger_->Fail(Sending(), Decision(Fail::kAmbiguous)));
  EXPECT_EQ(StateOf(enqueued.id), IntentState::kReady);
  const Intent again = Sending();
  EXPECT_EQ(again.key, enqueued.key);
  EXPECT_EQ(again.body, "body");
  ASSERT_TRUE(*ledger_->Fail(again, Decision(Fail::kAmbiguous, 2h)));
  clock_.passed += 2h;
  auto claimed = Claim();
  ASSERT_THAT(claimed, SizeIs(1));
  EXPECT_FALSE(*ledger_->MarkSending(claimed[0]))
      << "the remote has forgotten the key: a resend would be a second effect";
  EXPECT_EQ(StateOf(enqueued.id), IntentState::kUnknown);
  auto verifying = ClaimVerify();
  ASSERT_THAT(verifying, SizeIs(1));
  ASSERT_TRUE(*ledger_->Verified(verifying[0], Verification(Verification::Kind::kAbsent)));
  const Intent fresh = Sending();
  EXPECT_EQ(fresh.first_send_at, store_->Now()) << "certainly absent: the key counts as new to the remote";
}

TEST_F(LedgerTest, ANativeKeyWhoseEverySendFailedMayStartOver) {
  IntentRequest request = Request(Effect::kNativeKey);
  request.retention = 1h;
  const auto enqueued = Enqueue(request);
  ASSERT_TRUE(*ledger_->Fail(Sending(), Decision(Fail::kRetry, 2h)));
  clock_.passed += 2h;
  const Intent fresh = Sending();
  EXPECT_EQ(fresh.id, enqueued.id);
  EXPECT_EQ(fresh.first_send_at, store_->Now());
}

TEST_F(LedgerTest, AnUnsentIntentCannotHaveAnAmbiguousAnswer) {
  Enqueue(Request(Effect::kLookup));
  auto claimed = Claim();
  EXPECT_FALSE(ledger_->Fail(claimed[0], Decision(Fail::kAmbiguous)).ok());
  EXPECT_TRUE(*ledger_->Fail(claimed[0], Decision(Fail::kRetry)));
}

// --- Limits and pauses.

TEST_F(LedgerTest, WritesPerHourAreCappedForAllWritesAndReadsAreFree) {
  fairlead::LedgerOptions options;
  options.max_writes_per_hour = 3;
  Open(options);
  for (int i = 0; i < 6; ++i) Enqueue(Request(Effect::kLookup, "order/" + std::to_string(i)));
  int sent = 0;
  for (int round = 0; round < 4; ++round) {
    for (Intent& intent : Claim()) {
      if (!*ledger_->MarkSending(intent)) continue;
      ++sent;
      ASSERT_TRUE(*ledger_->Complete(intent, Answer("ok")));
    }
  }
  EXPECT_EQ(sent, 3);
  IntentRequest read = Request(Effect::kRead, "order/9");
  read.connector = "crm";
  Enqueue(read);
  EXPECT_THAT(Claim(), SizeIs(1)) << "another system is not held up";
  clock_.passed += 61min;
  for (Intent& intent : Claim()) sent += *ledger_->MarkSending(intent) ? 1 : 0;
  EXPECT_EQ(sent, 6);
}

TEST_F(LedgerTest, PausesStopEngineConnectorOrOperation) {
  Enqueue(Request(Effect::kLookup, "order/1"));
  IntentRequest note = Request(Effect::kLookup, "order/2");
  note.operation = "erp.order.note";
  Enqueue(note);
  IntentRequest crm = Request(Effect::kLookup, "order/3");
  crm.connector = "crm";
  Enqueue(crm);
  const auto claimable = [&] {
    auto claimed = Claim();
    for (const Intent& intent : claimed) EXPECT_TRUE(*ledger_->Release(intent, "only looking"));
    return claimed.size();
  };
  const fairlead::HumanAct act{"ann", "stocktaking"};
  EXPECT_EQ(claimable(), 3u);
  ASSERT_TRUE(ledger_->PauseScope("operation:erp.order.note", act).ok());
  EXPECT_EQ(claimable(), 2u);
  ASSERT_TRUE(ledger_->PauseScope("connector:erp", act).ok());
  EXPECT_EQ(claimable(), 1u);
  ASSERT_TRUE(ledger_->PauseScope("engine", act).ok());
  EXPECT_EQ(claimable(), 0u);
  EXPECT_EQ(ledger_->Pauses()->size(), 3u);
  EXPECT_EQ(ledger_->Pauses()->front().reason, "stocktaking");
  ASSERT_TRUE(ledger_->Resume("engine", act).ok());
  ASSERT_TRUE(ledger_->Resume("connector:erp", act).ok());
  ASSERT_TRUE(ledger_->Resume("operation:erp.order.note", act).ok());
  EXPECT_EQ(claimable(), 3u);
  EXPECT_FALSE(ledger_->Resume("engine", act).ok());
  EXPECT_FALSE(ledger_->PauseScope("everything", act).ok());
  EXPECT_FALSE(ledger_->PauseScope("engine", {"", "x"}).ok());
  EXPECT_FALSE(ledger_->PauseScope("engine", {"ann", ""}).ok());
}

TEST_F(LedgerTest, ClaimsCanBeNarrowed) {
  Enqueue(Request(Effect::kLookup, "order/1"));
  IntentRequest crm = Request(Effect::kLookup, "order/3");
  crm.connector = "crm";
  Enqueue(crm);
  fairlead::ClaimOptions options;
  options.skip_connectors = {"erp"};
  auto claimed = ledger_->Claim(options);
  ASSERT_THAT(*claimed, SizeIs(1));
  EXPECT_EQ(claimed->front().parts.connector, "crm");
  options = {};
  options.only_connector = "erp";
  claimed = ledger_->Claim(options);
  ASSERT_THAT(*claimed, SizeIs(1));
  EXPECT_EQ(claimed->front().parts.connector, "erp");
}

// --- After a death.

TEST_F(LedgerTest, AbandonedIntentsGoWhereTheirClassAllows) {
  const auto leased = Enqueue(Request(Effect::kLookup, "order/0"));
  Claim();
  std::vector<fairlead::Enqueued> sending;
  for (const Effect effect :
       {Effect::kRead, Effect::kNativeKey, Effect::kConditional, Effect::kAbsolute, Effect::kLookup, Effect::kBlind}) {
    sending.push_back(Enqueue(Request(effect, "order/" + std::to_string(static_cast<int>(effect)))));
    Sending();
  }
  EXPECT_EQ(ledger_->ReleaseAbandoned()->released, 0) << "a living worker keeps what it has";
  clock_.passed += 2min;
  auto report = ledger_->ReleaseAbandoned();
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->released, 1);
  EXPECT_EQ(report->resend, 3);
  EXPECT_EQ(report->unknown, 2);
  EXPECT_EQ(report->parked, 1);
  EXPECT_EQ(StateOf(leased.id), IntentState::kReady);
  const IntentState expected[] = {IntentState::kReady, IntentState::kReady,   IntentState::kUnknown,
                                  IntentState::kReady, IntentState::kUnknown, IntentState::kParked};
  for (std::size_t i = 0; i < sending.size(); ++i) EXPECT_EQ(StateOf(sending[i].id), expected[i]) << i;
}

TEST_F(LedgerTest, AnIntentThatKillsItsWorkersIsSetAside) {
  const auto enqueued = Enqueue(Request(Effect::kAbsolute));
  for (int death = 0; death < 3; ++death) {
    ASSERT_EQ(StateOf(enqueued.id), IntentState::kReady) << death;
    Sending();
    clock_.passed += 2min;
    ASSERT_TRUE(ledger_->ReleaseAbandoned().ok());
  }
  EXPECT_EQ(StateOf(enqueued.id), IntentState::kDead);
  EXPECT_EQ(Get(enqueued.id).reason, fairlead::reason::kCrashLoop);
}

TEST_F(LedgerTest, NextDueLooksAtWhatCanBeClaimed) {
  EXPECT_FALSE(ledger_->NextDue()->has_value());
  IntentRequest later = Request(Effect::kLookup, "order/1");
  later.delay = 7s;
  Enqueue(later);
  EXPECT_EQ(**ledger_->NextDue(), 7s);
  clock_.passed += 8s;
  EXPECT_EQ(**ledger_->NextDue(), 0s);
  Sending();
  Enqueue(Request(Effect::kLookup, "order/1", "edit:1"));
  EXPECT_FALSE(ledger_->NextDue()->has_value()) << "it waits behind its lane, not for time";
}

TEST_F(LedgerTest, AnIntentIsFoundByIdKeyAndWireForm) {
  const auto enqueued = Enqueue(Request(Effect::kLookup));
  Enqueue(Request(Effect::kLookup, "order/2"));
  for (const std::string& name : {std::to_string(enqueued.id), enqueued.key.ToHex(), enqueued.key.ToUuid()}) {
    auto found = ledger_->Find(name);
    ASSERT_TRUE(found.ok() && found->has_value()) << name;
    EXPECT_EQ((*found)->id, enqueued.id);
  }
  EXPECT_FALSE(ledger_->Find("no such thing")->has_value());
  EXPECT_FALSE(ledger_->Find("99999")->has_value());
}

TEST_F(LedgerTest, HistoryTellsTheWholeLife) {
  const auto enqueued = Enqueue(Request(Effect::kLookup));
  ASSERT_TRUE(*ledger_->Fail(Sending(), Decision(Fail::kRetry)));
  ASSERT_TRUE(*ledger_->Fail(Sending(), Decision(Fail::kAmbiguous)));
  clock_.passed += 1h;
  auto verifying = ClaimVerify();
  Verification found(Verification::Kind::kFound);
  found.detail = "sale 7";
  ASSERT_TRUE(*ledger_->Verified(verifying[0], found));
  EXPECT_THAT(Events(enqueued.id), ::testing::ElementsAre("enqueued", "ready", "unknown", "done"));
}

TEST_F(LedgerTest, FinishedIntentsArePurgedToTombstonesThatStillRefuseReuse) {
  const auto enqueued = Enqueue(Request(Effect::kLookup));
  ASSERT_TRUE(*ledger_->Complete(Sending(), Answer("SO-7")));
  const auto open = Enqueue(Request(Effect::kLookup, "order/1", "edit:1"));
  fairlead::RetentionOptions keep;
  keep.finished = std::chrono::hours(24);
  EXPECT_EQ(*ledger_->Purge(keep), 0);
  clock_.passed += 25h;
  EXPECT_EQ(*ledger_->Purge(keep), 1);
  EXPECT_FALSE(ledger_->Find(enqueued.id)->has_value());
  EXPECT_TRUE(ledger_->Find(open.id)->has_value()) << "what is not finished stays";
  const auto reuse = ledger_->Enqueue(Request(Effect::kLookup));
  ASSERT_FALSE(reuse.ok()) << "the answer is gone, the effect is not";
  EXPECT_EQ(fairlead::GetErrorDetail(reuse.status())->stopped_because, fairlead::reason::kKeyReuse);
  const auto next = Enqueue(Request(Effect::kLookup, "order/1", "edit:2"));
  EXPECT_EQ(Get(next.id).parts.intent_seq, 3) << "numbers are never given twice";
}

}  // namespace
}  // namespace fairlead_test
