#include "fairlead/retry/circuit_breaker.h"

#include <gtest/gtest.h>

namespace fairlead {
namespace {

using State = CircuitBreaker::State;
using namespace std::chrono_literals;

constexpr SteadyTime kNow{std::chrono::hours(1000)};

void Feed(CircuitBreaker& breaker, int calls, bool failed, SteadyTime now) {
  for (int i = 0; i < calls; ++i) {
    const auto admission = breaker.Admit(now);
    ASSERT_TRUE(admission.allowed);
    breaker.Record(admission, failed, now);
  }
}

TEST(CircuitBreaker, OpensAtItsShareOfEnoughCalls) {
  CircuitBreaker breaker;
  Feed(breaker, 9, true, kNow);
  EXPECT_EQ(breaker.state(kNow), State::kClosed) << "too few to decide";
  Feed(breaker, 1, true, kNow);
  EXPECT_EQ(breaker.state(kNow), State::kOpen);

  CircuitBreaker half;
  Feed(half, 10, false, kNow);
  Feed(half, 9, true, kNow);
  EXPECT_EQ(half.state(kNow), State::kClosed);
  Feed(half, 1, true, kNow);
  EXPECT_EQ(half.state(kNow), State::kOpen);
}

TEST(CircuitBreaker, OldFailuresDoNotCount) {
  for (const SteadyTime start : {kNow, SteadyTime(-1000h), SteadyTime(-5s)}) {
    CircuitBreaker breaker;
    Feed(breaker, 9, true, start);
    Feed(breaker, 9, true, start + 31s);
    EXPECT_EQ(breaker.state(start + 31s), State::kClosed);
    Feed(breaker, 1, true, start + 32s);
    EXPECT_EQ(breaker.state(start + 32s), State::kOpen);
  }
}

TEST(CircuitBreaker, WhileOpenItSaysWhenToAskAgain) {
  CircuitBreaker breaker;
  Feed(breaker, 10, true, kNow);
  auto admission = breaker.Admit(kNow + 5s);
  EXPECT_FALSE(admission.allowed);
  EXPECT_EQ(admission.retry_in, 10s);
  EXPECT_EQ(breaker.state(kNow + 15s), State::kHalfOpen);
}

TEST(CircuitBreaker, OneProbeDecides) {
  CircuitBreaker breaker;
  Feed(breaker, 10, true, kNow);
  const auto probe = breaker.Admit(kNow + 15s);
  ASSERT_TRUE(probe.allowed);
  EXPECT_FALSE(breaker.Admit(kNow + 15s).allowed) << "only one";
  breaker.Record(probe, false, kNow + 16s);
  EXPECT_EQ(breaker.state(kNow + 16s), State::kClosed);
  Feed(breaker, 9, true, kNow + 16s);
  EXPECT_EQ(breaker.state(kNow + 16s), State::kClosed) << "the window began anew";
}

TEST(CircuitBreaker, EveryFailedProbeDoublesTheWaitUpToItsEnd) {
  CircuitBreaker breaker;
  Feed(breaker, 10, true, kNow);
  SteadyTime now = kNow;
  for (const auto open_for : {15s, 30s, 60s, 120s, 240s, 300s, 300s}) {
    EXPECT_EQ(breaker.Admit(now).retry_in, open_for);
    now += open_for;
    const auto probe = breaker.Admit(now);
    ASSERT_TRUE(probe.allowed);
    breaker.Record(probe, true, now);
  }
  now += 300s;
  const auto probe = breaker.Admit(now);
  breaker.Record(probe, false, now);
  Feed(breaker, 10, true, now);
  EXPECT_EQ(breaker.Admit(now).retry_in, 15s) << "a recovery starts the ladder anew";
}

TEST(CircuitBreaker, ALostProbeIsReplacedAndCannotDecideLater) {
  CircuitBreaker breaker;
  Feed(breaker, 10, true, kNow);
  const auto lost = breaker.Admit(kNow + 15s);
  EXPECT_EQ(breaker.Admit(kNow + 16s).retry_in, 59s);
  const auto second = breaker.Admit(kNow + 75s);
  ASSERT_TRUE(second.allowed);
  breaker.Record(lost, false, kNow + 76s);
  EXPECT_EQ(breaker.state(kNow + 76s), State::kHalfOpen);
  breaker.Record(second, true, kNow + 77s);
  EXPECT_EQ(breaker.state(kNow + 78s), State::kOpen);
}

TEST(CircuitBreaker, AProbeThatWasNotMadeLetsTheNextOneGo) {
  CircuitBreaker breaker;
  Feed(breaker, 10, true, kNow);
  const auto probe = breaker.Admit(kNow + 15s);
  breaker.Forget(probe);
  EXPECT_TRUE(breaker.Admit(kNow + 15s).allowed);
}

TEST(CircuitBreaker, CallsBegunBeforeItOpenedCountNoMore) {
  CircuitBreaker breaker;
  const auto slow = breaker.Admit(kNow);
  Feed(breaker, 10, true, kNow);
  breaker.Record(slow, false, kNow + 1s);
  EXPECT_EQ(breaker.state(kNow + 1s), State::kOpen) << "an old success must not close it";
  const auto probe = breaker.Admit(kNow + 15s);
  breaker.Record(slow, false, kNow + 15s);
  EXPECT_EQ(breaker.state(kNow + 15s), State::kHalfOpen);
  breaker.Record(probe, false, kNow + 16s);
  EXPECT_EQ(breaker.state(kNow + 16s), State::kClosed);
}

TEST(CircuitBreaker, ARefusalIsNoIllness) {
  for (const ErrorKind kind : {ErrorKind::kTransient, ErrorKind::kDeadline, ErrorKind::kUnknownOutcome}) {
    EXPECT_TRUE(CircuitBreaker::IsFailure(kind));
  }
  for (const ErrorKind kind : {ErrorKind::kValidation, ErrorKind::kRateLimited, ErrorKind::kAuth, ErrorKind::kCancelled,
                               ErrorKind::kConflict}) {
    EXPECT_FALSE(CircuitBreaker::IsFailure(kind));
  }
}

TEST(CircuitBreakerOptions, ValidateNamesEveryWrongField) {
  EXPECT_TRUE(CircuitBreakerOptions().Validate().ok());
  CircuitBreakerOptions options;
  options.window = 0ns;
  options.min_calls = 0;
  options.failure_share = 0;
  options.open_for = 1h;
  options.probe_timeout = -1ns;
  const std::string message(options.Validate().message());
  for (const char* field : {"window", "min_calls", "failure_share", "open_for", "probe_timeout"}) {
    EXPECT_NE(message.find(field), std::string::npos) << field;
  }
  CircuitBreaker breaker(options);
  Feed(breaker, 10, true, kNow);
  EXPECT_EQ(breaker.state(kNow), State::kOpen) << "the defaults apply";
}

}  // namespace
}  // namespace fairlead
