// The protocol against recorded calls: bytes of requests, errors, sessions, limits.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "fairlead/connectors/tryton/connector.h"
#include "fairlead/core/error.h"
#include "fairlead/testing/fake_runtime.h"
#include "fairlead/testing/scripted_transport.h"
#include "fairlead/testing/status_matchers.h"
#include "tests/connectors/tryton/corpus.h"
#include "tests/connectors/tryton/support.h"

namespace fairlead_tryton_test {
namespace {

using fairlead::CallContext;
using fairlead::Effect;
using fairlead::ErrorKind;
using fairlead::Outcome;
using fairlead::PreparedWrite;
using fairlead::Secret;
using fairlead::TrytonConnector;
using fairlead::TrytonOptions;
using fairlead::WriteResult;
using fairlead::testing::ErrorKindIs;
using fairlead::testing::IsOk;
using fairlead::testing::ScriptedTransport;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

TrytonOptions Options() {
  TrytonOptions options;
  options.base_url = "http://127.0.0.1:8000/";
  options.database = "erp";
  options.user = "admin";
  options.password = [] { return absl::StatusOr<Secret>(Secret("admin-secret")); };
  return options;
}

class TrytonProtocol : public ::testing::Test {
 protected:
  TrytonProtocol() : connector_(Options(), transport_, Runtime()) {}

  fairlead::Runtime Runtime() { return fairlead::Runtime{&clock_, &sleeper_, &random_, &log_}; }
  void Answer(const Recorded& call, std::string id = "1") {
    std::string body = call.answer;
    if (call.file.size() > 5 && call.file.compare(call.file.size() - 5, 5, ".json") == 0) {
      body.replace(0, body.find(','), "{\"id\":" + id);
    }
    transport_.PushJson(call.status, body);
  }
  void LogIn() {
    Answer(Call("auth/login.json"));
    Answer(Call("auth/preferences.json"));
  }
  fairlead::WriteIntent Button(std::string_view operation, std::int64_t sale) {
    fairlead::WriteIntent intent = Intent(operation, v1::ORDER, nullptr, "order/1");
    intent.args["sale_id"] = absl::StrCat(sale);
    intent.args["expected"] = "nothing";
    return intent;
  }
  PreparedWrite Prepared(std::string_view operation, std::int64_t sale) {
    absl::StatusOr<fairlead::Preparation> preparation = connector_.Prepare(Button(operation, sale), CallContext{});
    EXPECT_THAT(preparation, IsOk());
    return preparation.ok() ? preparation->write.value_or(PreparedWrite{}) : PreparedWrite{};
  }
  void State(std::string_view state) {
    transport_.PushJson(
        200, absl::StrCat(R"({"id":1,"result":[{"id":1,"number":"1","reference":"WEB-1","state":")", std::string(state),
                          R"(","total_amount":{"__class__":"Decimal","decimal":"1.00"}}]})"));
  }

  fairlead::testing::FakeClock clock_;
  fairlead::testing::RecordingSleeper sleeper_;
  fairlead::testing::ScriptedRandom random_;
  fairlead::testing::RecordingLog log_;
  ScriptedTransport transport_;
  TrytonConnector connector_;
};

TEST_F(TrytonProtocol, RequestsAreThoseThatTheRealServerTook) {
  LogIn();
  const PreparedWrite quote = Prepared("sale.quote", 1);
  EXPECT_EQ(quote.body, Compact(Call("sales/one-quote.json").request));
  EXPECT_EQ(quote.effect, Effect::kAbsolute);
  EXPECT_EQ(quote.target, "model.sale.sale.quote");
  EXPECT_THAT(quote.body, Not(HasSubstr("admin-secret")));

  fairlead::WriteIntent acknowledge = Button("warning.acknowledge", 1);
  acknowledge.args["warning"] = "shipment_out_no_carrier_stock.shipment.out,1";
  acknowledge.args["again"] = "sale.confirm";
  absl::StatusOr<fairlead::Preparation> acknowledged = connector_.Prepare(acknowledge, CallContext{});
  ASSERT_THAT(acknowledged, IsOk());
  EXPECT_EQ(acknowledged->write->body, Compact(Call("shipments/one-pack-ack.json").request));

  const std::vector<ScriptedTransport::Call> calls = transport_.calls();
  ASSERT_THAT(calls, SizeIs(2));
  EXPECT_EQ(calls[0].request.url, "http://127.0.0.1:8000/erp/");
  EXPECT_EQ(calls[0].request.body, Compact(Call("auth/login.json").request));
  EXPECT_THAT(calls[0].request.secret_headers, IsEmpty());
  EXPECT_EQ(calls[1].request.body, Compact(Call("auth/preferences.json").request));
  ASSERT_THAT(calls[1].request.secret_headers, SizeIs(1));
  EXPECT_EQ(calls[1].request.secret_headers[0].second.Reveal(),
            "Session YWRtaW46MTpkOGYxMmI2ODU1YzQ3NzFhZjk4MGUyMzMyNTY5MGVhMTkzNTAyNDQ1ZTBjYTM2ZmIwM2Q0OTc4MWRlNDQ2NTAz");
}

TEST_F(TrytonProtocol, AConditionalWriteNamesTheStampThatWasRead) {
  LogIn();
  // Party 7 as recorded before the write, then no addresses and no contacts.
  transport_.PushJson(200, R"({"id":1,"result":[{"id":7,"name":"Old","_timestamp":"1795420369.244909"}]})");
  transport_.PushJson(200, R"({"id":1,"result":[]})");
  transport_.PushJson(200, R"({"id":1,"result":[]})");
  auto party = std::make_shared<v1::Party>();
  *party->mutable_header()->add_refs() = Ref("web", "customer", "14");
  party->set_display_name("First writer");
  fairlead::WriteIntent intent = Intent("party.update", v1::PARTY, party, "party/1");
  intent.target_id = "7";
  absl::StatusOr<fairlead::Preparation> preparation = connector_.Prepare(intent, CallContext{});
  ASSERT_THAT(preparation, IsOk());
  EXPECT_EQ(preparation->write->body, Compact(Call("concurrency/1-write-ok.json").request));
  // Somebody was faster.
  Answer(Call("errors/concurrency-write.json"));
  EXPECT_THAT(connector_.Write(*preparation->write, CallContext{}),
              ErrorKindIs(ErrorKind::kConflict, Outcome::kRejected));
}

TEST_F(TrytonProtocol, OnlyTheEffectfulRequestCarriesTheGuard) {
  class Guard : public fairlead::http::SendGuard {
   public:
    bool AllowSend() override { return ++asked <= 1; }
    int asked = 0;
  };
  LogIn();
  const PreparedWrite quote = Prepared("sale.quote", 1);
  Answer(Call("sales/one-quote.json"));
  State("quotation");
  Guard guard;
  CallContext context;
  context.guard = &guard;
  absl::StatusOr<WriteResult> result = connector_.Write(quote, context);
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(guard.asked, 1);
  ASSERT_THAT(result->follow_ups, SizeIs(1));
  EXPECT_EQ(result->follow_ups[0].operation, "sale.confirm");
  EXPECT_EQ(result->follow_ups[0].aggregate, "order/1");
  const std::vector<ScriptedTransport::Call> calls = transport_.calls();
  ASSERT_THAT(calls, SizeIs(4));
  EXPECT_FALSE(calls[0].guarded || calls[1].guarded || calls[3].guarded);
  EXPECT_TRUE(calls[2].guarded);
  EXPECT_EQ(calls[2].effect, Effect::kAbsolute);
  EXPECT_EQ(calls[3].effect, Effect::kRead);
}

struct ErrorCase {
  const char* file;
  ErrorKind kind;
  Outcome outcome;
};

TEST_F(TrytonProtocol, RecordedErrorsHaveAKindAndAnOutcome) {
  const ErrorCase cases[] = {
      {"errors/required-field.json", ErrorKind::kValidation, Outcome::kRejected},
      {"errors/unknown-field.json", ErrorKind::kValidation, Outcome::kRejected},
      {"errors/dup-code.json", ErrorKind::kDuplicate, Outcome::kRejected},
      {"errors/dup-product-code.json", ErrorKind::kDuplicate, Outcome::kRejected},
      {"errors/read-missing.json", ErrorKind::kNotFound, Outcome::kRejected},
      {"errors/read-deleted.json", ErrorKind::kNotFound, Outcome::kRejected},
      {"errors/bad-fk.json", ErrorKind::kValidation, Outcome::kRejected},
      {"errors/bad-type.json", ErrorKind::kValidation, Outcome::kRejected},
      {"errors/domain-violation.json", ErrorKind::kValidation, Outcome::kRejected},
      {"errors/float-for-decimal.json", ErrorKind::kValidation, Outcome::kRejected},
      {"errors/quantity-digits.json", ErrorKind::kValidation, Outcome::kRejected},
      {"errors/concurrency-write.json", ErrorKind::kConflict, Outcome::kRejected},
      {"errors/login-without-password.json", ErrorKind::kAuth, Outcome::kRejected},
      {"errors/no-context.json", ErrorKind::kValidation, Outcome::kRejected},
      {"errors/write-posted-invoice.json", ErrorKind::kValidation, Outcome::kRejected},
      {"errors/unknown-method.html", ErrorKind::kAuth, Outcome::kRejected},
      {"errors/unknown-db.html", ErrorKind::kConfiguration, Outcome::kRejected},
      {"errors/get.html", ErrorKind::kConfiguration, Outcome::kRejected},
      {"errors/rate-limit-7.html", ErrorKind::kRateLimited, Outcome::kRejected},
      // A 500 says nothing about the effect.
      {"errors/malformed-json.html", ErrorKind::kTransient, Outcome::kUnknown},
  };
  LogIn();
  const PreparedWrite quote = Prepared("sale.quote", 1);
  for (const ErrorCase& entry : cases) {
    Answer(Call(entry.file));
    const absl::StatusOr<WriteResult> result = connector_.Write(quote, CallContext{});
    EXPECT_THAT(result, ErrorKindIs(entry.kind, entry.outcome)) << entry.file;
    const std::optional<fairlead::ErrorDetail> detail = fairlead::GetErrorDetail(result.status());
    ASSERT_TRUE(detail.has_value()) << entry.file;
    EXPECT_EQ(detail->operation, "model.sale.sale.quote");
    EXPECT_LT(result.status().message().size(), 600U) << entry.file;
  }
}

TEST_F(TrytonProtocol, WhatIsNotAnAnswerLeavesTheEffectUnknown) {
  LogIn();
  const PreparedWrite quote = Prepared("sale.quote", 1);
  for (const char* body :
       {R"({"id":1,"result":nul)", "<html>proxy</html>", R"({"id":2,"result":null})", R"({"id":1})", "",
        R"({"id":1,"error":7})", R"({"id":1,"error":["server closed the connection unexpectedly",""]})"}) {
    transport_.PushJson(200, body);
    EXPECT_EQ(fairlead::OutcomeOf(connector_.Write(quote, CallContext{}).status()), Outcome::kUnknown) << body;
  }
  transport_.PushError(ScriptedTransport::LostAnswer());
  EXPECT_EQ(fairlead::OutcomeOf(connector_.Write(quote, CallContext{}).status()), Outcome::kUnknown);
  transport_.PushError(ScriptedTransport::NotSent());
  EXPECT_EQ(fairlead::OutcomeOf(connector_.Write(quote, CallContext{}).status()), Outcome::kNotSent);
  // Pressed, and the state could not be read: press again.
  Answer(Call("sales/one-quote.json"));
  transport_.PushError(ScriptedTransport::LostAnswer());
  EXPECT_THAT(connector_.Write(quote, CallContext{}), ErrorKindIs(ErrorKind::kTransient, Outcome::kUnknown));
}

TEST_F(TrytonProtocol, ALogInThatFailsDoesNotMakeTheWriteAmbiguous) {
  LogIn();
  const PreparedWrite quote = Prepared("sale.quote", 1);
  TrytonConnector fresh(Options(), transport_, Runtime());
  transport_.PushError(ScriptedTransport::LostAnswer());
  EXPECT_EQ(fairlead::OutcomeOf(fresh.Write(quote, CallContext{}).status()), Outcome::kNotSent);
  // The session has ended, and the log-in that follows is refused: the write was refused too.
  transport_.PushJson(401, "");
  Answer(Call("errors/login-wrong-password.html"));
  const absl::StatusOr<WriteResult> refused = connector_.Write(quote, CallContext{});
  EXPECT_THAT(refused, ErrorKindIs(ErrorKind::kAuth, Outcome::kRejected));
}

TEST_F(TrytonProtocol, AWrongPasswordIsNotTriedUntilTheAccountIsLocked) {
  const auto attempt = [&] { return connector_.ReadOne({v1::PARTY, "1"}, CallContext{}).status(); };
  Answer(Call("errors/login-wrong-password.html"));
  EXPECT_THAT(attempt(), ErrorKindIs(ErrorKind::kAuth));
  clock_.Advance(std::chrono::seconds(20));
  const absl::Status again = attempt();
  EXPECT_THAT(again, ErrorKindIs(ErrorKind::kAuth));
  // Who waits knows how long.
  EXPECT_EQ(fairlead::GetErrorDetail(again)->retry_after, std::chrono::seconds(40));
  EXPECT_THAT(transport_.calls(), SizeIs(1));
  clock_.Advance(std::chrono::seconds(61));
  transport_.PushJson(429, "", {{"Retry-After", "300"}});
  EXPECT_THAT(attempt(), ErrorKindIs(ErrorKind::kRateLimited));
  EXPECT_THAT(attempt(), ErrorKindIs(ErrorKind::kRateLimited));
  EXPECT_THAT(transport_.calls(), SizeIs(2));
  clock_.Advance(std::chrono::seconds(61));
  LogIn();
  transport_.Otherwise([](const fairlead::http::Request&) -> absl::StatusOr<fairlead::http::Response> {
    fairlead::http::Response response;
    response.status = 200;
    response.body = R"({"id":1,"result":[]})";
    return response;
  });
  EXPECT_THAT(attempt(), ErrorKindIs(ErrorKind::kNotFound));
}

TEST_F(TrytonProtocol, AWarningIsAChainOfItsOwn) {
  TrytonOptions options = Options();
  options.acknowledge_warnings = {"credit_limit_"};
  TrytonConnector allowed(options, transport_, Runtime());
  const std::string warning =
      R"({"id":1,"error":["UserWarning",["credit_limit_amount_sale.sale,1","The limit is exceeded.",""]]})";
  LogIn();
  absl::StatusOr<fairlead::Preparation> confirm = allowed.Prepare(Button("sale.confirm", 1), CallContext{});
  ASSERT_THAT(confirm, IsOk());
  transport_.PushJson(200, warning);
  absl::StatusOr<WriteResult> warned = allowed.Write(*confirm->write, CallContext{});
  ASSERT_THAT(warned, IsOk());
  EXPECT_EQ(warned->external_id, "");
  ASSERT_THAT(warned->findings, SizeIs(1));
  ASSERT_THAT(warned->follow_ups, SizeIs(1));
  EXPECT_EQ(warned->follow_ups[0].operation, "warning.acknowledge");

  absl::StatusOr<fairlead::Preparation> acknowledge = allowed.Prepare(warned->follow_ups[0], CallContext{});
  ASSERT_THAT(acknowledge, IsOk());
  EXPECT_EQ(acknowledge->write->effect, Effect::kLookup);
  // Looked for after a lost answer.
  transport_.PushJson(200, R"({"id":1,"result":[]})");
  EXPECT_EQ(allowed.Lookup(*acknowledge->write, CallContext{})->verdict, fairlead::LookupResult::Verdict::kAbsent);
  transport_.PushJson(200, R"({"id":1,"result":[4]})");
  absl::StatusOr<WriteResult> acknowledged = allowed.Write(*acknowledge->write, CallContext{});
  ASSERT_THAT(acknowledged, IsOk());
  ASSERT_THAT(acknowledged->follow_ups, SizeIs(1));
  EXPECT_EQ(acknowledged->follow_ups[0].operation, "sale.confirm");
  EXPECT_NE(acknowledged->follow_ups[0].purpose, Button("sale.confirm", 1).purpose)
      << "else it would be the first intent again";

  // The same warning after its acknowledgement is a person's.
  absl::StatusOr<fairlead::Preparation> again = allowed.Prepare(acknowledged->follow_ups[0], CallContext{});
  ASSERT_THAT(again, IsOk());
  transport_.PushJson(200, warning);
  EXPECT_THAT(allowed.Write(*again->write, CallContext{}), ErrorKindIs(ErrorKind::kValidation, Outcome::kRejected));

  // Nobody allowed it.
  LogIn();
  const PreparedWrite alone = Prepared("sale.confirm", 1);
  transport_.PushJson(200, warning);
  const absl::StatusOr<WriteResult> refused = connector_.Write(alone, CallContext{});
  EXPECT_THAT(refused, ErrorKindIs(ErrorKind::kValidation, Outcome::kRejected));
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("credit_limit_amount_sale.sale,1"));
}

TEST_F(TrytonProtocol, ManifestDeclaresEveryWriteWithItsEffect) {
  const fairlead::Manifest manifest = connector_.Describe();
  EXPECT_THAT(manifest.Validate(), IsOk());
  EXPECT_EQ(manifest.FindWrite(v1::ORDER, v1::WRITE_VERB_CREATE)->name(), "sale.create");
  EXPECT_EQ(manifest.FindWrite(v1::PARTY, v1::WRITE_VERB_CREATE)->name(), "party.create");
  EXPECT_EQ(manifest.FindWrite("sale.create")->effect(), v1::EFFECT_CLASS_LOOKUP);
  EXPECT_EQ(manifest.FindWrite("sale.confirm")->effect(), v1::EFFECT_CLASS_ABSOLUTE);
  EXPECT_EQ(manifest.FindWrite("sale.verify")->effect(), v1::EFFECT_CLASS_READ);
  EXPECT_EQ(manifest.FindWrite("party.update")->effect(), v1::EFFECT_CLASS_CONDITIONAL);
  EXPECT_EQ(manifest.FindWrite("warning.acknowledge")->effect(), v1::EFFECT_CLASS_LOOKUP);
  EXPECT_THAT(connector_.Prepare(Intent("sale.fly", v1::ORDER, nullptr, "x"), CallContext{}),
              ErrorKindIs(ErrorKind::kConfiguration));
}

TEST(TrytonOptionsTest, WhatCannotWorkIsRefusedByName) {
  EXPECT_THAT(Options().Validate(), IsOk());
  const auto refuses = [](void (*change)(TrytonOptions&), std::string_view name) {
    TrytonOptions options = Options();
    change(options);
    const absl::Status status = options.Validate();
    EXPECT_THAT(status, ErrorKindIs(ErrorKind::kConfiguration));
    EXPECT_THAT(std::string(status.message()), HasSubstr(std::string(name)));
  };
  refuses([](TrytonOptions& o) { o.base_url = "erp.example.com"; }, "base_url");
  refuses([](TrytonOptions& o) { o.database = "erp/../x"; }, "database");
  refuses([](TrytonOptions& o) { o.user = ""; }, "user");
  refuses([](TrytonOptions& o) { o.password = nullptr; }, "password");
  refuses([](TrytonOptions& o) { o.residual_limit = "a cent"; }, "residual_limit");
  refuses([](TrytonOptions& o) { o.taxes = {{"", "", "Sales tax"}}; }, "taxes");
  refuses([](TrytonOptions& o) { o.warehouses = {{"EAST", ""}}; }, "warehouses");
  refuses([](TrytonOptions& o) { o.page_size = 0; }, "page_size");
  ScriptedTransport transport;
  EXPECT_THAT(TrytonConnector::Create(TrytonOptions{}, transport, fairlead::Runtime::System()),
              ErrorKindIs(ErrorKind::kConfiguration));
}

}  // namespace
}  // namespace fairlead_tryton_test
