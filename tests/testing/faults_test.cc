// What a sandbox does wrong is what its plan says, each fault does what its name says, and all of it is counted.
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "fairlead/http_curl/curl_transport.h"
#include "fairlead/testing/fault_proxy.h"
#include "fairlead/testing/sandbox_tryton.h"
#include "fairlead/testing/sandbox_woo.h"
#include "src/testing/internal/fault_injector.h"
#include "tests/testing/raw_client.h"

namespace fairlead_tests {
namespace {

using namespace std::chrono_literals;
using fairlead::testing::FaultPlan;
using fairlead::testing::FaultProxy;
using fairlead::testing::FaultProxyOptions;
using fairlead::testing::RequestNature;
using fairlead::testing::SandboxTryton;
using fairlead::testing::SandboxWoo;
using fairlead::testing::internal::FaultInjector;
using fairlead::testing::internal::FaultVerdict;

TEST(FaultInjector, TheSameSeedGivesTheSameFaults) {
  FaultInjector a(FaultPlan::Mixed(0.5, 11));
  FaultInjector b(FaultPlan::Mixed(0.5, 11));
  FaultInjector c(FaultPlan::Mixed(0.5, 12));
  int different = 0;
  for (int i = 0; i < 300; ++i) {
    const auto x = a.NextRequest(RequestNature::kCreates);
    const auto y = b.NextRequest(RequestNature::kCreates);
    EXPECT_EQ(x.kind, y.kind) << i;
    EXPECT_EQ(x.latency, y.latency);
    different += x.kind != c.NextRequest(RequestNature::kCreates).kind;
  }
  EXPECT_GT(different, 20);
}

TEST(FaultInjector, StopsAtItsBoundAndLetsAPatientClientThrough) {
  FaultPlan plan;
  plan.drop_before = 1;
  plan.max_consecutive = 2;
  plan.limit = 5;
  FaultInjector injector(plan);
  int in_a_row = 0;
  int faults = 0;
  for (int i = 0; i < 40; ++i) {
    if (injector.NextRequest(RequestNature::kRead).kind == FaultVerdict::Kind::kNone) {
      in_a_row = 0;
    } else {
      ++faults;
      EXPECT_LE(++in_a_row, 2);
    }
  }
  EXPECT_EQ(faults, 5);
  EXPECT_EQ(injector.counters().drop_before, 5);
  EXPECT_EQ(injector.counters().Total(), 5);
  EXPECT_EQ(injector.counters().requests, 40);
}

TEST(FaultInjector, ACreationIsNotDoubledUnlessAskedFor) {
  FaultPlan plan;
  plan.duplicate = 1;
  EXPECT_EQ(FaultInjector(plan).NextRequest(RequestNature::kCreates).kind, FaultVerdict::Kind::kLateApply);
  EXPECT_EQ(FaultInjector(plan).NextRequest(RequestNature::kSetsState).kind, FaultVerdict::Kind::kDuplicate);
  EXPECT_EQ(FaultInjector(plan).NextRequest(RequestNature::kRead).kind, FaultVerdict::Kind::kDropAfter);
  plan.duplicate_creations = true;
  EXPECT_EQ(FaultInjector(plan).NextRequest(RequestNature::kCreates).kind, FaultVerdict::Kind::kDuplicate);
}

/// A store, its creation of a customer-less order, and how many orders it has.
class Faults : public ::testing::Test {
 protected:
  void SetUp() override {
    auto woo = SandboxWoo::Start();
    ASSERT_TRUE(woo.ok()) << woo.status();
    woo_ = std::move(*woo);
    basic_ = WooBasic(woo_->consumer_key(), woo_->consumer_secret());
  }
  RawAnswer Create() { return Call(woo_->port(), "POST", "/wp-json/wc/v3/orders", basic_, "{}"); }
  std::int64_t Orders() { return Json::Parse(woo_->SummaryJson())->operator[]("orders").AsInt(); }
  /// Until `count` orders are there or two seconds have passed.
  bool WaitForOrders(std::int64_t count) {
    const auto runtime = fairlead::Runtime::System();
    for (int i = 0; i < 400 && Orders() != count; ++i) (void)runtime.sleeper->Sleep(5ms, {});
    return Orders() == count;
  }

  std::unique_ptr<SandboxWoo> woo_;
  Headers basic_;
};

TEST_F(Faults, DropBeforeAppliesNothingAndSendsNotOneByte) {
  FaultPlan plan;
  plan.drop_before = 1;
  woo_->SetFaults(plan);
  EXPECT_EQ(Create().status, 0);
  EXPECT_EQ(Orders(), 0);
  EXPECT_EQ(woo_->Faults().drop_before, 1);
}

TEST_F(Faults, DropAfterAppliesOnceAndSendsNotOneByte) {
  FaultPlan plan;
  plan.drop_after = 1;
  woo_->SetFaults(plan);
  EXPECT_EQ(Create().status, 0);
  EXPECT_EQ(Orders(), 1);
  EXPECT_EQ(woo_->Faults().drop_after, 1);
}

TEST_F(Faults, LateApplyAppliesAfterTheConnectionIsGone) {
  FaultPlan plan;
  plan.late_apply = 1;
  plan.d_max = 60ms;
  woo_->SetFaults(plan);
  EXPECT_EQ(Create().status, 0);
  EXPECT_EQ(Orders(), 0);
  EXPECT_TRUE(WaitForOrders(1));
  EXPECT_EQ(woo_->Faults().late_apply, 1);
}

TEST_F(Faults, DuplicatedCreationIsTwoOrdersAndTheOracleSeesThem) {
  FaultPlan plan;
  plan.duplicate = 1;
  plan.duplicate_creations = true;
  plan.d_max = 40ms;
  woo_->SetFaults(plan);
  EXPECT_EQ(Create().status, 0);
  EXPECT_TRUE(WaitForOrders(2));
}

TEST_F(Faults, TruncatedAnswerPromisesMoreThanItSends) {
  FaultPlan plan;
  plan.truncate = 1;
  woo_->SetFaults(plan);
  const RawAnswer answer = Create();
  EXPECT_EQ(answer.status, 201);
  EXPECT_FALSE(answer.whole);
  EXPECT_EQ(Orders(), 1);
}

TEST_F(Faults, ServerErrorsAndRateLimitsApplyNothing) {
  FaultPlan plan;
  plan.server_error = 0.5;
  plan.rate_limited = 0.5;
  plan.retry_after = 2s;
  plan.max_consecutive = 1000;
  woo_->SetFaults(plan);
  std::set<int> statuses;
  std::set<bool> forms;
  for (int i = 0; i < 60; ++i) {
    const RawAnswer answer = Create();
    statuses.insert(answer.status);
    if (answer.status == 429) {
      const std::string hint = answer.Header("retry-after");
      forms.insert(hint.find("GMT") != std::string::npos);
      if (hint.find("GMT") == std::string::npos) {
        EXPECT_EQ(hint, "2");
      }
      EXPECT_NE(answer.Header("date"), "");
    }
  }
  EXPECT_EQ(statuses, (std::set<int>{429, 500, 502, 503}));
  EXPECT_EQ(forms.size(), 2u);  // seconds and an HTTP date
  EXPECT_EQ(Orders(), 0);
}

TEST_F(Faults, ControlEndPointsAreNeverFaultyAndChangeThePlan) {
  FaultPlan plan;
  plan.drop_before = 1;
  plan.max_consecutive = 1000;
  woo_->SetFaults(plan);
  const RawAnswer off = Call(woo_->port(), "POST", "/__sandbox/faults", {}, "{}");
  EXPECT_EQ(off.status, 200);
  EXPECT_EQ(Create().status, 201);
  EXPECT_EQ(Call(woo_->port(), "POST", "/__sandbox/faults", {}, R"({"drop_before":7})").status, 400);
  EXPECT_EQ(Call(woo_->port(), "GET", "/__sandbox/nothing", {}, "").status, 404);
  const Json summary = Call(woo_->port(), "GET", "/__sandbox/summary", {}, "").json();
  EXPECT_EQ(summary["orders"].AsInt(), 1);
}

TEST(TrytonFaults, SaleAppliedWithoutAnAnswerIsCountedByItsReference) {
  const auto erp = SandboxTryton::Start();
  ASSERT_TRUE(erp.ok());
  FaultPlan plan;
  plan.drop_after = 1;
  plan.max_consecutive = 2;
  (*erp)->SetFaults(plan);
  const std::string body =
      R"({"id":1,"method":"model.sale.sale.create","params":[[{"party":1,"reference":"WEB-1"}],{}]})";
  const Headers basic = {{"Authorization", "Basic " + fairlead::testing::internal::Base64Encode("admin:admin-secret")}};
  // A client that sends again without looking: two drops, then an answer.
  EXPECT_EQ(Call((*erp)->port(), "POST", "/erp/", basic, body).status, 0);
  EXPECT_EQ(Call((*erp)->port(), "POST", "/erp/", basic, body).status, 0);
  EXPECT_EQ(Call((*erp)->port(), "POST", "/erp/", basic, body).status, 200);
  const Json summary = *Json::Parse((*erp)->SummaryJson());
  EXPECT_EQ(summary["references"].AsInt(), 1);
  EXPECT_EQ(summary["duplicated"].AsInt(), 2);
  EXPECT_EQ(summary["posted_once"].AsInt(), 0);
}

// In front of a system that behaves.
class Proxied : public ::testing::Test {
 protected:
  void SetUp() override {
    erp_ = *SandboxTryton::Start();
    FaultProxyOptions options;
    options.target = erp_->url() + "/";
    auto proxy = FaultProxy::Start(options, transport_);
    ASSERT_TRUE(proxy.ok()) << proxy.status();
    proxy_ = *std::move(proxy);
    port_ = std::stoi(proxy_->url().substr(proxy_->url().rfind(':') + 1));
  }
  RawAnswer Create() const {
    const Headers basic = {
        {"Authorization", "Basic " + fairlead::testing::internal::Base64Encode("admin:admin-secret")}};
    return Call(port_, "POST", "/erp/", basic,
                R"({"id":1,"method":"model.sale.sale.create","params":[[{"party":1,"reference":"WEB-1"}],{}]})");
  }
  std::int64_t Sales() const {
    const auto count = erp_->Call("model.sale.sale.search_count", R"([[],{"company":1}])");
    return count.ok() ? std::stoll(*count) : -1;
  }

  std::unique_ptr<SandboxTryton> erp_;
  fairlead::http::CurlTransport transport_;
  std::unique_ptr<FaultProxy> proxy_;
  int port_ = 0;
};

TEST_F(Proxied, WithoutFaultsTheAnswerIsTheTargets) {
  const RawAnswer answer = Create();
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(answer.whole);
  EXPECT_EQ(answer.Header("content-type"), "application/json");
  EXPECT_TRUE(answer.json()["result"].IsArray());
  EXPECT_EQ(Call(port_, "GET", "/erp/", {}, "").status, 405);
  EXPECT_EQ(Sales(), 1);
  EXPECT_EQ(proxy_->Faults().Total(), 0);
}

TEST_F(Proxied, LosesAnswersAfterTheEffectAndRequestsBeforeIt) {
  FaultPlan plan;
  plan.drop_after = 1;
  plan.max_consecutive = 2;
  proxy_->SetFaults(plan);
  EXPECT_EQ(Create().status, 0);
  EXPECT_EQ(Create().status, 0);
  EXPECT_EQ(Create().status, 200);
  EXPECT_EQ(Sales(), 3);
  plan.drop_after = 0;
  plan.drop_before = 1;
  proxy_->SetFaults(plan);
  EXPECT_EQ(Create().status, 0);
  EXPECT_EQ(Sales(), 3);
  EXPECT_EQ(proxy_->Faults().drop_after, 2);
  EXPECT_EQ(proxy_->Faults().drop_before, 1);
}

TEST_F(Proxied, WhatTheTargetDoesNotAnswerIsClosedWithoutAByte) {
  erp_->Stop();
  EXPECT_EQ(Create().status, 0);
}

TEST(FaultProxyOptions, ATargetThatIsNoAddressIsRefused) {
  fairlead::http::CurlTransport transport;
  FaultProxyOptions options;
  options.target = "localhost:8000";
  const auto proxy = FaultProxy::Start(options, transport);
  ASSERT_FALSE(proxy.ok());
  EXPECT_NE(proxy.status().message().find("'localhost:8000' is no http or https address"), std::string::npos);
}

}  // namespace
}  // namespace fairlead_tests
