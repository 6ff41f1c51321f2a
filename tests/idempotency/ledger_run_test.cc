// Guarding one's own calls: Register, Recover, Run, Drain.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "src/idempotency/internal/ledger_faults.h"
#include "tests/idempotency/ledger_fixture.h"

namespace fairlead_test {
namespace {

using fairlead::Attempt;
using fairlead::ErrorKind;
using fairlead::Findings;
using fairlead::GetErrorDetail;
using fairlead::IntentState;
using fairlead::KindOf;
using fairlead::MakeError;
using fairlead::Operation;
using fairlead::Outcome;
using fairlead::OutcomeOf;

/// A remote that a test scripts: what happens to each transmission.
class ScriptedErp {
 public:
  enum class Next { kAnswer, kLoseAnswer, kLoseRequest, kRefuse, kBusy, kDropAndResend };

  absl::StatusOr<std::string> Post(const Attempt& attempt) {
    ++calls;
    last_body = std::string(attempt.body);
    if (!attempt.AllowSend()) return MakeError(ErrorKind::kTransient, Outcome::kNotSent, "the guard said no");
    const Next next = script.empty() ? Next::kAnswer : script.front();
    if (!script.empty()) script.erase(script.begin());
    switch (next) {
      case Next::kAnswer:
        ++remote.effects[attempt.reference];
        return "SO-" + attempt.aggregate;
      case Next::kLoseAnswer:
        ++remote.effects[attempt.reference];
        return absl::UnknownError("connection reset");
      case Next::kLoseRequest:
        return absl::UnknownError("connection reset");
      case Next::kRefuse:
        return MakeError(ErrorKind::kValidation, Outcome::kRejected, "tax id invalid");
      case Next::kBusy:
        return MakeError(ErrorKind::kTransient, Outcome::kRejected, "try later");
      case Next::kDropAndResend:
        // What libcurl does by itself when a reused connection dies without an answer.
        ++remote.effects[attempt.reference];
        if (!attempt.AllowSend()) return MakeError(ErrorKind::kUnknownOutcome, Outcome::kUnknown, "dropped");
        ++remote.effects[attempt.reference];
        return "SO-" + attempt.aggregate;
    }
    return absl::InternalError("unreachable");
  }

  absl::StatusOr<Findings> Find(const Attempt& attempt) {
    ++looks;
    const auto found = remote.effects.find(attempt.reference);
    if (found == remote.effects.end()) return Findings(std::nullopt);
    return Findings(std::vector<std::string>(static_cast<std::size_t>(found->second), "SO-" + attempt.aggregate));
  }

  Remote remote;
  std::vector<Next> script;
  std::string last_body;
  int calls = 0;
  int looks = 0;
};

class RunTest : public LedgerTest {
 protected:
  RunTest() { RegisterAll(); }

  void RegisterAll() {
    const auto send = [this](const Attempt& attempt) { return erp_.Post(attempt); };
    const auto find = [this](const Attempt& attempt) { return erp_.Find(attempt); };
    ledger_->Register(Operation::Lookup("erp.order.create", send, find, 60s));
    ledger_->Register(Operation::Absolute("erp.stock.set", send));
    ledger_->Register(Operation::Blind("erp.mail.send", send));
    ledger_->Register(Operation::NativeKey("erp.payment.capture", send, 24h));
  }

  absl::StatusOr<fairlead::Receipt> Create() {
    return ledger_->Run("erp.order.create", {"order/1001", "create", "two tents"});
  }

  ScriptedErp erp_;
};

using Next = ScriptedErp::Next;

TEST_F(RunTest, TheAnswerIsReplayedAndNothingSentAgain) {
  auto receipt = Create();
  ASSERT_TRUE(receipt.ok()) << receipt.status();
  EXPECT_FALSE(receipt->replayed);
  EXPECT_EQ(receipt->response, "SO-order/1001");
  auto again = Create();
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again->replayed);
  EXPECT_EQ(again->response, receipt->response);
  EXPECT_EQ(again->key, receipt->key);
  EXPECT_EQ(erp_.calls, 1);
}

TEST_F(RunTest, KeyReuseSendsNothing) {
  ASSERT_TRUE(Create().ok());
  auto reuse = ledger_->Run("erp.order.create", {"order/1001", "create", "three tents"});
  EXPECT_EQ(reuse.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(erp_.calls, 1);
}

TEST_F(RunTest, ALostAnswerIsLookedUpAfterTheSettleTime) {
  erp_.script = {Next::kLoseAnswer};
  auto lost = Create();
  ASSERT_FALSE(lost.ok());
  EXPECT_EQ(OutcomeOf(lost.status()), Outcome::kUnknown);
  auto early = Create();
  ASSERT_FALSE(early.ok()) << "too early to look";
  const auto wait = GetErrorDetail(early.status())->retry_after;
  ASSERT_TRUE(wait.has_value());
  EXPECT_EQ(erp_.looks, 0);
  clock_.passed += *wait;
  auto found = Create();
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_TRUE(found->replayed);
  EXPECT_EQ(found->response, "SO-order/1001");
  EXPECT_EQ(erp_.calls, 1);
  EXPECT_EQ(erp_.remote.total(), 1);
}

TEST_F(RunTest, WhatIsCertainlyAbsentIsSentInTheSameCall) {
  erp_.script = {Next::kLoseRequest};
  ASSERT_FALSE(Create().ok());
  clock_.passed += 2min;
  auto receipt = Create();
  ASSERT_TRUE(receipt.ok()) << receipt.status();
  EXPECT_FALSE(receipt->replayed);
  EXPECT_EQ(erp_.looks, 1);
  EXPECT_EQ(erp_.remote.total(), 1);
}

TEST_F(RunTest, DrainFinishesWhatIsDueWithoutBeingAskedForIt) {
  erp_.script = {Next::kLoseAnswer};
  ASSERT_FALSE(Create().ok());
  auto nothing = ledger_->Drain();
  ASSERT_TRUE(nothing.ok());
  EXPECT_EQ(nothing->verified, 0);
  ASSERT_TRUE(nothing->next_due.has_value());
  clock_.passed += *nothing->next_due;
  auto drained = ledger_->Drain();
  ASSERT_TRUE(drained.ok());
  EXPECT_EQ(drained->verified, 1);
  EXPECT_TRUE(Create()->replayed);
}

TEST_F(RunTest, ABusyRemoteIsAskedAgainWhenItsTimeHasCome) {
  erp_.script = {Next::kBusy};
  ASSERT_FALSE(Create().ok());
  auto early = Create();
  if (!early.ok()) {
    EXPECT_EQ(OutcomeOf(early.status()), Outcome::kNotSent);
    clock_.passed += *GetErrorDetail(early.status())->retry_after;
    EXPECT_TRUE(Create().ok());
  }
  EXPECT_EQ(erp_.remote.total(), 1);
}

TEST_F(RunTest, ARefusalIsReplayedToo) {
  erp_.script = {Next::kRefuse};
  auto refused = Create();
  EXPECT_EQ(OutcomeOf(refused.status()), Outcome::kRejected);
  auto again = Create();
  EXPECT_EQ(OutcomeOf(again.status()), Outcome::kRejected);
  EXPECT_EQ(KindOf(again.status()), ErrorKind::kValidation);
  EXPECT_THAT(std::string(again.status().message()), ::testing::HasSubstr("tax id invalid"));
  EXPECT_EQ(erp_.calls, 1);
}

TEST_F(RunTest, AnAbsoluteWriteIsSentAgainWithTheSameBytes) {
  erp_.script = {Next::kLoseAnswer};
  ASSERT_FALSE(ledger_->Run("erp.stock.set", {"sku/7", "recount:1", "120"}).ok());
  clock_.passed += 1min;
  auto again = ledger_->Run("erp.stock.set", {"sku/7", "recount:1", "120"});
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(erp_.calls, 2);
  EXPECT_EQ(erp_.last_body, "120");
}

TEST_F(RunTest, ABlindWriteIsNeverSentTwice) {
  erp_.script = {Next::kLoseAnswer};
  ASSERT_FALSE(ledger_->Run("erp.mail.send", {"order/1", "welcome", "hello"}).ok());
  for (int i = 0; i < 5; ++i) {
    clock_.passed += 24h;
    auto again = ledger_->Run("erp.mail.send", {"order/1", "welcome", "hello"});
    ASSERT_FALSE(again.ok());
    EXPECT_EQ(GetErrorDetail(again.status())->stopped_because, fairlead::reason::kUnknownEffect);
    ASSERT_TRUE(ledger_->Drain().ok());
  }
  EXPECT_EQ(erp_.calls, 1);
}

TEST_F(RunTest, AnotherIntentOfTheLaneIsNotOvertaken) {
  erp_.script = {Next::kLoseAnswer};
  ASSERT_FALSE(Create().ok());
  auto edit = ledger_->Run("erp.order.create", {"order/1001", "edit:1", "three tents"});
  EXPECT_FALSE(edit.ok());
  EXPECT_EQ(erp_.calls, 1);
  clock_.passed += 2min;
  ASSERT_TRUE(ledger_->Drain().ok());
  EXPECT_TRUE(ledger_->Run("erp.order.create", {"order/1001", "edit:1", "three tents"}).ok());
}

TEST_F(RunTest, TheSendBudgetHoldsATransportThatResends) {
  erp_.script = {Next::kDropAndResend};
  auto lost = Create();
  EXPECT_EQ(OutcomeOf(lost.status()), Outcome::kUnknown);
  EXPECT_EQ(erp_.remote.doubled(), 0);
  clock_.passed += 2min;
  EXPECT_TRUE(Create()->replayed);
  EXPECT_EQ(erp_.remote.total(), 1);
}

TEST_F(RunTest, WithoutTheSendBudgetThatTransportDoublesTheEffect) {
  fairlead::internal::LedgerFaults faults;
  faults.no_send_budget = true;
  fairlead::internal::LedgerTestAccess::SetFaults(*ledger_, faults);
  erp_.script = {Next::kDropAndResend};
  ASSERT_TRUE(Create().ok());
  EXPECT_EQ(erp_.remote.doubled(), 1) << "the switch shows nothing: what else holds the transport?";
}

TEST_F(RunTest, WithoutWaitingALookupMissesARequestStillUnderWay) {
  const auto run = [&](bool broken) {
    Open({});
    ScriptedErp slow;
    // The first request travels for 10 s: it is not there yet when a hasty look asks for it.
    std::chrono::nanoseconds lands_at{-1};
    const auto land = [&](const std::string& reference) {
      if (lands_at.count() < 0 || clock_.passed < lands_at) return;
      ++slow.remote.effects[reference];
      lands_at = std::chrono::nanoseconds(-1);
    };
    ledger_->Register(Operation::Lookup(
        "erp.order.create",
        [&](const Attempt& attempt) -> absl::StatusOr<std::string> {
          if (!attempt.AllowSend()) return absl::AbortedError("no");
          if (attempt.number == 1) {
            lands_at = clock_.passed + 10s;
            return absl::UnknownError("timed out");
          }
          ++slow.remote.effects[attempt.reference];
          return "SO-2";
        },
        [&](const Attempt& attempt) {
          land(attempt.reference);
          return slow.Find(attempt);
        },
        60s));
    fairlead::internal::LedgerFaults faults;
    faults.lookup_without_waiting = broken;
    fairlead::internal::LedgerTestAccess::SetFaults(*ledger_, faults);
    std::string reference;
    for (int second = 0; second < 300; ++second) {
      auto receipt = Create();
      if (receipt.ok()) reference = receipt->key.ToUuid();
      clock_.passed += 1s;
    }
    land(reference);
    return slow.remote.total();
  };
  EXPECT_EQ(run(false), 1);
  EXPECT_EQ(run(true), 2) << "the switch shows nothing";
}

TEST_F(RunTest, ALeaseThatRanOutWhileConnectingSendsNothing) {
  bool stall = true;
  Open({});
  ledger_->Register(Operation::Lookup(
      "erp.order.create",
      [&](const Attempt& attempt) -> absl::StatusOr<std::string> {
        if (stall) clock_.passed += 5min;  // DNS, TCP and TLS took for ever.
        stall = false;
        return erp_.Post(attempt);
      },
      [&](const Attempt& attempt) { return erp_.Find(attempt); }, 60s));
  auto late = Create();
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(OutcomeOf(late.status()), Outcome::kNotSent);
  EXPECT_EQ(erp_.remote.total(), 0);
  clock_.passed += 1h;
  EXPECT_TRUE(Create().ok());
  EXPECT_EQ(erp_.remote.total(), 1);
}

TEST_F(RunTest, ASecondCallOfTheSamePurposeMeanwhileIsTurnedAway) {
  Open({});
  absl::Status inner;
  ledger_->Register(Operation::Lookup(
      "erp.order.create",
      [&](const Attempt& attempt) -> absl::StatusOr<std::string> {
        inner = Create().status();
        return erp_.Post(attempt);
      },
      [&](const Attempt& attempt) { return erp_.Find(attempt); }, 60s));
  ASSERT_TRUE(Create().ok());
  EXPECT_EQ(KindOf(inner), ErrorKind::kTransient);
  EXPECT_EQ(erp_.remote.total(), 1);
}

TEST_F(RunTest, ManyThreadsWithOnePurposeMakeOneEffect) {
  Open({});
  std::atomic<int> effects{0};
  ledger_->Register(Operation::Lookup(
      "erp.order.create",
      [&](const Attempt& attempt) -> absl::StatusOr<std::string> {
        if (!attempt.AllowSend()) return absl::AbortedError("no");
        ++effects;
        return "SO-7";
      },
      [](const Attempt&) { return Findings(std::nullopt); }, 60s));
  std::atomic<int> answered{0};
  std::atomic<int> wrong{0};
  std::vector<std::thread> callers;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&] {
      // Turned away while another one is at it, a caller comes again.
      for (int tries = 0; tries < 10'000; ++tries) {
        auto receipt = Create();
        if (receipt.ok()) {
          ++answered;
          if (receipt->response != "SO-7") ++wrong;
          return;
        }
        if (KindOf(receipt.status()) != ErrorKind::kTransient) ++wrong;
        std::this_thread::yield();
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(answered.load(), 8);
  EXPECT_EQ(wrong.load(), 0);
  EXPECT_EQ(effects.load(), 1);
}

TEST_F(RunTest, WrongRegistrationsAreReported) {
  const auto send = [this](const Attempt& attempt) { return erp_.Post(attempt); };
  const auto complaint = [&](Operation operation) {
    Open({});
    ledger_->Register(std::move(operation));
    return ledger_->Recover().status();
  };
  EXPECT_TRUE(complaint(Operation::Blind("a.b", send)).ok());
  EXPECT_FALSE(complaint(Operation::Blind("", send)).ok());
  EXPECT_FALSE(complaint(Operation::Blind("a.b", nullptr)).ok());
  EXPECT_FALSE(complaint(Operation::Lookup("a.b", send, nullptr, 1s)).ok());
  EXPECT_FALSE(complaint(Operation::Conditional("a.b", send, nullptr)).ok());
  EXPECT_FALSE(complaint(Operation::NativeKey("a.b", send, 1s)).ok());
  EXPECT_FALSE(complaint(Operation::Blind("a.b", send).Timeout(2h)).ok());
  Open({});
  ledger_->Register(Operation::Blind("a.b", send));
  ledger_->Register(Operation::Blind("a.b", send));
  EXPECT_FALSE(ledger_->Run("a.b", {"x", "y", "z"}).ok());
  Open({});
  EXPECT_FALSE(ledger_->Run("never.registered", {"x", "y", "z"}).ok());
  EXPECT_EQ(erp_.calls, 0);
}

}  // namespace
}  // namespace fairlead_test
