#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fairlead/testing/fake_runtime.h"
#include "fairlead/testing/fault_plan.h"
#include "fairlead/testing/scripted_transport.h"
#include "fairlead/testing/status_matchers.h"
#include "src/testing/internal/exact_decimal.h"
#include "src/testing/internal/json_value.h"

namespace fairlead {
namespace testing {
namespace {

using ::testing::ElementsAre;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

TEST(FakeClock, MovesOnlyWhenToldAndSteadyTimeNeverBack) {
  FakeClock clock;
  const SteadyTime steady = clock.SteadyNow();
  const WallTime wall = clock.WallNow();
  EXPECT_EQ(clock.SteadyNow(), steady);
  clock.Advance(1500ms);
  EXPECT_EQ(clock.SteadyNow() - steady, 1500ms);
  EXPECT_EQ(clock.WallNow() - wall, 1500ms);
  clock.Advance(-1h);
  EXPECT_EQ(clock.SteadyNow() - steady, 1500ms);
  clock.SetWall(wall - 1h);
  EXPECT_EQ(clock.WallNow(), wall - 1h);
  EXPECT_EQ(clock.SteadyNow() - steady, 1500ms);
}

TEST(RecordingSleeper, NotesTheSleepAndMovesTheClock) {
  FakeRuntime fake;
  const SteadyTime before = fake.clock.SteadyNow();
  EXPECT_THAT(fake.Get().sleeper->Sleep(2s, Cancellation()), IsOk());
  EXPECT_EQ(fake.clock.SteadyNow() - before, 2s);
  CancellationSource source;
  source.Cancel();
  EXPECT_THAT(fake.sleeper.Sleep(1s, source.token()), StatusIs(absl::StatusCode::kCancelled));
  EXPECT_THAT(fake.sleeper.sleeps(), ElementsAre(2s));
}

TEST(ScriptedRandom, ScriptFirstThenTheSameSequenceForTheSameSeed) {
  ScriptedRandom a(7);
  ScriptedRandom b(7);
  a.Push(42);
  EXPECT_EQ(a.Next(), 42u);
  EXPECT_EQ(a.Next(), b.Next());
  a.PushUnit(0.25);
  EXPECT_DOUBLE_EQ(a.NextUnit(), 0.25);
}

struct NoGuard : http::SendGuard {
  bool AllowSend() override { return false; }
};

TEST(ScriptedTransport, HoldsCallersToTheContractOfARealOne) {
  ScriptedTransport transport;
  transport.PushJson(200, "{}");
  http::Request request;
  request.url = "https://erp.example.com/";
  http::CallOptions options;
  EXPECT_THAT(transport.Send(request, options), ErrorKindIs(ErrorKind::kConfiguration, Outcome::kNotSent));
  options.effect = Effect::kRead;
  NoGuard guard;
  options.guard = &guard;
  EXPECT_THAT(transport.Send(request, options), ErrorKindIs(ErrorKind::kCancelled, Outcome::kNotSent));
  options.guard = nullptr;
  EXPECT_EQ(transport.unused(), 1u);  // neither of the two used up an answer
  EXPECT_THAT(transport.Send(request, options), IsOkAndHolds(::testing::Field(&http::Response::status, 200)));
  EXPECT_THAT(transport.Send(request, options), StatusIs(CodeFor(ErrorKind::kInternal), HasSubstr("erp.example.com")));
  EXPECT_EQ(transport.calls().size(), 2u);
}

TEST(ScriptedTransport, ErrorsSayWhatTheyMean) {
  ScriptedTransport transport;
  transport.PushError(ScriptedTransport::LostAnswer());
  transport.PushError(ScriptedTransport::NotSent());
  http::CallOptions options;
  options.effect = Effect::kBlind;
  EXPECT_THAT(transport.Send({}, options), ErrorKindIs(ErrorKind::kUnknownOutcome, Outcome::kUnknown));
  EXPECT_THAT(transport.Send({}, options), ErrorKindIs(ErrorKind::kTransient, Outcome::kNotSent));
}

TEST(StatusMatchers, TellTheDifference) {
  const absl::StatusOr<int> good = 5;
  const absl::StatusOr<int> bad = absl::NotFoundError("no such order");
  EXPECT_THAT(good, IsOk());
  EXPECT_THAT(bad, Not(IsOk()));
  EXPECT_THAT(good, IsOkAndHolds(5));
  EXPECT_THAT(good, IsOkAndHolds(Gt(4)));
  EXPECT_THAT(good, Not(IsOkAndHolds(6)));
  EXPECT_THAT(bad, Not(IsOkAndHolds(5)));
  EXPECT_THAT(bad, StatusIs(absl::StatusCode::kNotFound, HasSubstr("order")));
  EXPECT_THAT(bad, Not(StatusIs(absl::StatusCode::kInternal)));
}

TEST(FaultPlan, FromJsonNamesWhatIsWrong) {
  const auto plan = FaultPlan::FromJson(R"({"seed":9,"drop_after":0.5,"d_max_ms":50,"limit":3})");
  ASSERT_THAT(plan, IsOk());
  EXPECT_EQ(plan->seed, 9u);
  EXPECT_EQ(plan->drop_after, 0.5);
  EXPECT_EQ(plan->d_max, 50ms);
  EXPECT_THAT(FaultPlan::FromJson(R"({"drop_aftr":0.5})"),
              StatusIs(CodeFor(ErrorKind::kConfiguration), HasSubstr("drop_aftr")));
  EXPECT_THAT(FaultPlan::FromJson(R"({"drop_after":1.5})"),
              StatusIs(CodeFor(ErrorKind::kConfiguration), HasSubstr("drop_after")));
  EXPECT_THAT(FaultPlan::FromJson("[]"), Not(IsOk()));
  EXPECT_THAT(FaultPlan::Mixed(1.0, 3).Validate(), IsOk());
}

using internal::ExactDecimal;
using internal::Json;

TEST(ExactDecimal, RoundsAsTheTwoSystemsDo) {
  EXPECT_EQ(ExactDecimal::Parse("0.125")->Round(2).ToString(), "0.12");
  EXPECT_EQ(ExactDecimal::Parse("0.135")->Round(2).ToString(), "0.14");
  EXPECT_EQ(ExactDecimal::Parse("0.125")->Round(2, ExactDecimal::Ties::kAwayFromZero).ToString(), "0.13");
  EXPECT_EQ(ExactDecimal::Parse("-0.125")->Round(2, ExactDecimal::Ties::kAwayFromZero).ToString(), "-0.13");
  EXPECT_EQ((*ExactDecimal::Parse("137") * *ExactDecimal::Parse("1.2345")).Round(2).ToString(), "169.13");
  EXPECT_EQ(ExactDecimal::Parse("5")->Round(2).ToString(), "5.00");
  EXPECT_FALSE(ExactDecimal::Parse("12,5").has_value());
  EXPECT_FALSE(ExactDecimal::Parse("").has_value());
  EXPECT_EQ(internal::PythonFloat(5), "5.0");
  EXPECT_EQ(internal::PythonFloat(0.33), "0.33");
  EXPECT_EQ(internal::PythonFloat(120), "120.0");
  EXPECT_EQ(internal::FullExpansion(1.1), "1.100000000000000088817841970012523233890533447265625");
}

TEST(JsonValue, KeepsTextOrderAndStyle) {
  const std::string text = R"({"b":1.50,"a":"\u00e9\/\ud83c\udf19","n":null,"l":[true,-0.0,1e3]})";
  const auto json = Json::Parse(text);
  ASSERT_THAT(json, IsOk());
  EXPECT_EQ(json->Dump(Json::Style::kPhp), text);
  EXPECT_EQ((*json)["b"].text(), "1.50");
  EXPECT_THAT(Json::Parse(std::string(5000, '[')), Not(IsOk()));
  EXPECT_THAT(Json::Parse("{} x"), Not(IsOk()));
  EXPECT_THAT(Json::Parse("\"\xff\""), Not(IsOk()));
}

}  // namespace
}  // namespace testing
}  // namespace fairlead
