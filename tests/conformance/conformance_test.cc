// Both connectors keep what their manifests promise, over real sockets, against sandboxes that misbehave on demand.
#include <gtest/gtest.h>

#include "fairlead/testing/conformance.h"
#include "fairlead/testing/sandbox_tryton.h"
#include "fairlead/testing/sandbox_woo.h"
#include "tests/conformance/tryton_subject.h"
#include "tests/conformance/woo_subject.h"

namespace fairlead::conformance {
namespace {

class SandboxedWoo final : public WooSubject {
 public:
  explicit SandboxedWoo(testing::SandboxWoo& store, const std::string& version)
      : WooSubject("woocommerce " + version + " sandbox", store.url(), store.consumer_key(), store.consumer_secret()),
        store_(store) {}
  absl::Status SetFaults(const testing::FaultPlan& plan) override {
    store_.SetFaults(plan);
    return absl::OkStatus();
  }

 private:
  testing::SandboxWoo& store_;
};

class SandboxedTryton final : public TrytonSubject {
 public:
  explicit SandboxedTryton(testing::SandboxTryton& erp)
      : TrytonSubject("tryton 6.0 sandbox", erp.url(), erp.database(), erp.user(), erp.password()), erp_(erp) {}
  absl::Status SetFaults(const testing::FaultPlan& plan) override {
    erp_.SetFaults(plan);
    return absl::OkStatus();
  }

 private:
  testing::SandboxTryton& erp_;
};

void Prove(testing::ConformanceSubject& subject, std::int64_t at_least, std::vector<std::string> only = {}) {
  testing::ConformanceOptions options;
  options.only = std::move(only);
  const testing::ConformanceReport report = testing::RunConformance(subject, options);
  EXPECT_TRUE(report.passed()) << report.Failures();
  EXPECT_GE(report.Count(testing::ConformanceCheck::Result::kPassed), at_least);
}

TEST(Conformance, WooCommerce10KeepsItsManifest) {
  auto store = testing::SandboxWoo::Start();
  ASSERT_TRUE(store.ok()) << store.status();
  SandboxedWoo subject(**store, "10.6.2");
  Prove(subject, 100);
}

TEST(Conformance, WooCommerce7KeepsItsManifest) {
  testing::SandboxWooOptions options;
  options.version = "7.9.0";
  auto store = testing::SandboxWoo::Start(options);
  ASSERT_TRUE(store.ok()) << store.status();
  SandboxedWoo subject(**store, "7.9.0");
  Prove(subject, 100);
}

TEST(Conformance, TrytonKeepsItsManifest) {
  auto erp = testing::SandboxTryton::Start();
  ASSERT_TRUE(erp.ok()) << erp.status();
  SandboxedTryton subject(**erp);
  Prove(subject, 100);
}

TEST(Conformance, TrytonMakesTheAddressOfAKnownBuyerOnce) {
  auto erp = testing::SandboxTryton::Start();
  ASSERT_TRUE(erp.ok()) << erp.status();
  SandboxedTryton subject(**erp);
  subject.UseRegisteredBuyers();
  Prove(subject, 40, {"write."});
}

}  // namespace
}  // namespace fairlead::conformance
