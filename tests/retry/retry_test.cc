#include "fairlead/retry/retry.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/cord.h"
#include "tests/retry/fake_runtime.h"

namespace fairlead {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using namespace std::chrono_literals;

absl::Status Fail(ErrorKind kind, Outcome outcome, std::optional<milliseconds> hint = std::nullopt) {
  ErrorDetail detail;
  detail.kind = kind;
  detail.outcome = outcome;
  detail.http_status = 503;
  detail.retry_after = hint;
  return MakeError(CodeFor(kind), "the remote said no", detail);
}

class RetryTest : public testing::Test {
 protected:
  RetryTest() {
    policy.runtime = time.runtime();
    policy.operation = "erp.read";
    policy.system = "erp.example";
  }
  Deadline In(nanoseconds duration) { return Deadline::After(time, duration); }

  FakeTime time;
  RetryPolicy policy;
};

TEST_F(RetryTest, ReturnsTheFirstSuccess) {
  int calls = 0;
  const absl::StatusOr<std::string> reply =
      Retry(policy, Effect::kRead, In(10s), [&](const Try& t) -> absl::StatusOr<std::string> {
        ++calls;
        EXPECT_EQ(t.number, static_cast<std::uint32_t>(calls));
        if (calls < 3) return absl::UnavailableError("not yet");
        return "42";
      });
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(*reply, "42");
  EXPECT_EQ(calls, 3);
  EXPECT_EQ(time.slept, (std::vector<nanoseconds>{25ms, 50ms}));
}

TEST_F(RetryTest, CarriesValuesThatCanOnlyBeMoved) {
  const absl::StatusOr<std::unique_ptr<int>> reply =
      Retry(policy, Effect::kRead, In(10s),
            [](const Try&) -> absl::StatusOr<std::unique_ptr<int>> { return std::make_unique<int>(7); });
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(**reply, 7);
}

TEST_F(RetryTest, TheFinalErrorKeepsItsCodeAndSaysWhyItStopped) {
  absl::Status last = Fail(ErrorKind::kTransient, Outcome::kRejected);
  last.SetPayload("example.com/trace", absl::Cord("abc"));
  const absl::Status status = Retry(policy, Effect::kLookup, In(10s), [&](const Try&) {
    time.now += 100ms;
    return last;
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  const auto detail = GetErrorDetail(status);
  ASSERT_TRUE(detail.has_value());
  EXPECT_EQ(detail->stopped_because, "exhausted");
  EXPECT_EQ(detail->attempts, 4U);
  EXPECT_EQ(detail->elapsed, 4 * 100ms + 25ms + 50ms + 100ms);
  EXPECT_EQ(detail->operation, "erp.read");
  EXPECT_EQ(detail->system, "erp.example");
  EXPECT_EQ(detail->http_status, 503U);
  EXPECT_EQ(detail->outcome, Outcome::kRejected);
  EXPECT_EQ(status.GetPayload("example.com/trace"), absl::Cord("abc"));
  EXPECT_NE(std::string(status.message()).find("the remote said no"), std::string::npos);
  EXPECT_NE(std::string(status.message()).find("4 tries"), std::string::npos);
}

TEST_F(RetryTest, AnAmbiguousWriteIsCalledOnce) {
  for (const Effect effect : {Effect::kConditional, Effect::kLookup, Effect::kBlind}) {
    int calls = 0;
    const absl::Status status = Retry(policy, effect, In(10s), [&](const Try&) {
      ++calls;
      return absl::UnavailableError("who knows");  // Says nothing about its outcome: so it is ambiguous.
    });
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(OutcomeOf(status), Outcome::kUnknown);
    EXPECT_EQ(GetErrorDetail(status)->stopped_because, "unknown_effect");
  }
  EXPECT_TRUE(time.slept.empty());
}

TEST_F(RetryTest, AWriteThatCertainlyDidNotHappenIsCalledAgain) {
  int calls = 0;
  const absl::Status status = Retry(policy, Effect::kBlind, In(10s), [&](const Try&) {
    return ++calls < 3 ? Fail(ErrorKind::kTransient, Outcome::kNotSent) : absl::OkStatus();
  });
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(calls, 3);
}

// 500 after a possible effect, then connection refused: the last error alone would claim that nothing was sent.
TEST_F(RetryTest, OnceAmbiguousTheWholeCallStaysAmbiguous) {
  int calls = 0;
  const absl::Status status = Retry(policy, Effect::kAbsolute, In(10s), [&](const Try&) {
    return Fail(ErrorKind::kTransient, ++calls == 1 ? Outcome::kUnknown : Outcome::kNotSent);
  });
  EXPECT_EQ(calls, 4);
  EXPECT_EQ(OutcomeOf(status), Outcome::kUnknown);
}

TEST_F(RetryTest, ARefusalAfterAnAmbiguousTryIsNotBelieved) {
  int calls = 0;
  const absl::Status status = Retry(policy, Effect::kNativeKey, In(10s), [&](const Try&) {
    return ++calls == 1 ? Fail(ErrorKind::kTransient, Outcome::kUnknown)
                        : Fail(ErrorKind::kConflict, Outcome::kRejected);
  });
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(OutcomeOf(status), Outcome::kUnknown);
  EXPECT_EQ(GetErrorDetail(status)->stopped_because, "refused_after_unknown");
}

TEST_F(RetryTest, PermanentErrorsAreNotRepeated) {
  int calls = 0;
  const absl::Status status = Retry(policy, Effect::kRead, In(10s), [&](const Try&) {
    ++calls;
    return absl::PermissionDeniedError("no scope");
  });
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(GetErrorDetail(status)->stopped_because, "permanent");
}

// Whatever deadline, jitter and hint: no sleep ends at or after the deadline, and no try is begun past it.
TEST_F(RetryTest, NeverSleepsPastTheDeadline) {
  for (int deadline_ms = 0; deadline_ms <= 4000; deadline_ms += 37) {
    for (const double unit : {0.0, 0.3, 0.99}) {
      for (const int hint_ms : {-1, 0, 200, 5000}) {
        for (const int work_ms : {0, 3, 400}) {
          FakeTime fresh;
          fresh.random_bits = static_cast<std::uint64_t>(unit * 18446744073709551615.0);
          policy.runtime = fresh.runtime();
          policy.options.max_attempts = 20;
          const Deadline deadline = Deadline::After(fresh, milliseconds(deadline_ms));
          fresh.on_sleep = [&] { ASSERT_LT(fresh.now, deadline.when()); };
          int calls = 0;
          const absl::Status status = Retry(policy, Effect::kRead, deadline, [&](const Try& t) {
            ++calls;
            EXPECT_LT(fresh.now, deadline.when());
            EXPECT_LE(t.deadline.when(), deadline.when());
            EXPECT_GE(t.timeout, 1ms);
            fresh.now += milliseconds(work_ms);
            return Fail(ErrorKind::kRateLimited, Outcome::kRejected,
                        hint_ms < 0 ? std::optional<milliseconds>() : milliseconds(hint_ms));
          });
          EXPECT_FALSE(status.ok());
          EXPECT_EQ(GetErrorDetail(status)->attempts, static_cast<std::uint32_t>(calls));
          EXPECT_FALSE(GetErrorDetail(status)->stopped_because.empty());
          if (deadline_ms == 0) {
            EXPECT_EQ(calls, 0);
            EXPECT_EQ(OutcomeOf(status), Outcome::kNotSent);
          }
        }
      }
    }
  }
}

TEST_F(RetryTest, AHintBeyondTheDeadlineEndsAtOnceWithTheHint) {
  int calls = 0;
  const absl::Status status = Retry(policy, Effect::kRead, In(10s), [&](const Try&) {
    ++calls;
    return Fail(ErrorKind::kRateLimited, Outcome::kRejected, 30s);
  });
  EXPECT_EQ(calls, 1);
  EXPECT_TRUE(time.slept.empty());
  EXPECT_EQ(GetErrorDetail(status)->stopped_because, "hint_beyond_deadline");
  EXPECT_EQ(GetErrorDetail(status)->retry_after, 30s);
}

TEST_F(RetryTest, ACallWithoutADeadlineStillEnds) {
  policy.options.max_attempts = 1000;
  int calls = 0;
  const SteadyTime start = time.now;
  const absl::Status status = Retry(policy, Effect::kRead, Deadline::Infinite(), [&](const Try&) {
    ++calls;
    return absl::UnavailableError("down");
  });
  EXPECT_FALSE(status.ok());
  EXPECT_LT(time.now - start, policy.options.max_elapsed);
  EXPECT_LT(calls, 30);
}

TEST_F(RetryTest, TriesAreBoundedByTheirOwnTimeAndByWhatIsLeft) {
  policy.options.try_timeout = 2s;
  std::vector<milliseconds> timeouts;
  Retry(policy, Effect::kRead, In(3s), [&](const Try& t) {
    timeouts.push_back(t.timeout);
    time.now += 1900ms;
    return absl::UnavailableError("down");
  }).IgnoreError();
  ASSERT_EQ(timeouts.size(), 2U);
  EXPECT_EQ(timeouts[0], 2s);
  EXPECT_EQ(timeouts[1], 1075ms);
}

TEST_F(RetryTest, CancellationEndsTheWaitAndKeepsTheErrorsCode) {
  CancellationSource source;
  policy.cancellation = source.token();
  int calls = 0;
  time.on_sleep = [&] { source.Cancel(); };
  const absl::Status status = Retry(policy, Effect::kRead, In(10s), [&](const Try&) {
    ++calls;
    return absl::UnavailableError("down");
  });
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(GetErrorDetail(status)->stopped_because, "cancelled");

  calls = 0;
  const absl::Status before = Retry(policy, Effect::kLookup, In(10s), [&](const Try&) {
    ++calls;
    return absl::OkStatus();
  });
  EXPECT_EQ(calls, 0);
  EXPECT_EQ(before.code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(OutcomeOf(before), Outcome::kNotSent);
}

TEST_F(RetryTest, TheBudgetIsSharedAndSuccessFillsIt) {
  RetryBudgetOptions options;
  options.burst = 2;
  options.per_second = 0;
  policy.budget = std::make_shared<RetryBudget>(options);
  const auto call = [&] {
    return Retry(policy, Effect::kRead, In(10s), [&](const Try&) { return absl::UnavailableError("down"); });
  };
  EXPECT_EQ(GetErrorDetail(call())->attempts, 3U);
  const absl::Status second = call();
  EXPECT_EQ(GetErrorDetail(second)->attempts, 1U);
  EXPECT_EQ(GetErrorDetail(second)->stopped_because, "budget");
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(Retry(policy, Effect::kRead, In(10s), [](const Try&) { return absl::OkStatus(); }).ok());
  }
  EXPECT_EQ(GetErrorDetail(call())->attempts, 2U);
}

TEST_F(RetryTest, ARepeatThatIsNotMadeCostsNoBudget) {
  RetryBudgetOptions options;
  options.per_second = 0;
  policy.budget = std::make_shared<RetryBudget>(options);
  for (const ErrorKind kind : {ErrorKind::kValidation, ErrorKind::kAuth}) {
    Retry(policy, Effect::kRead, In(10s), [&](const Try&) { return Fail(kind, Outcome::kRejected); }).IgnoreError();
  }
  Retry(policy, Effect::kRead, In(1s), [&](const Try&) {
    return Fail(ErrorKind::kRateLimited, Outcome::kRejected, 5s);
  }).IgnoreError();
  EXPECT_DOUBLE_EQ(policy.budget->Available(time.now), 10.0);
}

TEST_F(RetryTest, AnInvalidPolicyTriesNothing) {
  policy.options.max_attempts = 0;
  int calls = 0;
  const auto call = [&](const Try&) {
    ++calls;
    return absl::OkStatus();
  };
  EXPECT_EQ(KindOf(Retry(policy, Effect::kRead, In(1s), call)), ErrorKind::kConfiguration);
  policy.options.max_attempts = 1;
  EXPECT_EQ(KindOf(Retry(policy, static_cast<Effect>(0), In(1s), call)), ErrorKind::kConfiguration);
  EXPECT_EQ(calls, 0);
}

TEST(RetryMachine, DrivesTriesWithoutDoingAnyOfThem) {
  RetryPolicy policy;
  const SteadyTime start(1h);
  RetryMachine machine(policy, Effect::kRead, Deadline::At(start + 10s), start);
  RetryMachine::Step step = machine.Next(start);
  ASSERT_EQ(step.what, RetryMachine::What::kAttempt);
  EXPECT_EQ(step.attempt.number, 1U);
  EXPECT_EQ(step.attempt.timeout, 10s);
  step = machine.OnResult(absl::UnavailableError("x"), start + 1s, 0.5);
  ASSERT_EQ(step.what, RetryMachine::What::kWait);
  EXPECT_EQ(step.wait, 25ms);
  step = machine.Next(start + 1025ms);
  ASSERT_EQ(step.what, RetryMachine::What::kAttempt);
  EXPECT_EQ(step.attempt.number, 2U);
  // A draw of zero means at once.
  step = machine.OnResult(absl::UnavailableError("x"), start + 2s, 0.0);
  ASSERT_EQ(step.what, RetryMachine::What::kAttempt);
  EXPECT_EQ(step.attempt.number, 3U);
  // An event loop that wakes late finds the deadline passed.
  step = machine.OnResult(absl::UnavailableError("x"), start + 3s, 0.5);
  ASSERT_EQ(step.what, RetryMachine::What::kWait);
  step = machine.Next(start + 11s);
  ASSERT_EQ(step.what, RetryMachine::What::kReturn);
  EXPECT_EQ(GetErrorDetail(step.status)->stopped_because, "deadline");
  EXPECT_EQ(step.status.code(), absl::StatusCode::kUnavailable);
}

TEST(RetryMachine, TellsALedgerThatSomethingMustBeLookedUp) {
  RetryPolicy policy;
  const SteadyTime start(1h);
  RetryMachine machine(policy, Effect::kLookup, Deadline::Infinite(), start);
  machine.Next(start);
  const RetryMachine::Step step = machine.OnResult(absl::DeadlineExceededError("x"), start + 1s, 0.5);
  EXPECT_EQ(step.what, RetryMachine::What::kReturn);
  EXPECT_TRUE(machine.ambiguous());
  ASSERT_TRUE(machine.last_decision().has_value());
  EXPECT_EQ(machine.last_decision()->action, retry::Action::kVerify);
}

}  // namespace
}  // namespace fairlead
