// What an audit may claim about two sides of a stock, and what it may not.
#include "fairlead/drift/compare.h"

#include <algorithm>
#include <chrono>
#include <string>

#include "gmock/gmock.h"
#include "tests/policy/fixture.h"

namespace {

using fairlead::policy::FindingClass;
using fairlead::policy::InFlight;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;
namespace v1 = fairlead::v1;
namespace drift = fairlead::drift;

const fairlead::WallTime kNow = fairlead::WallTime(std::chrono::hours(500'000));

void Add(drift::InventorySide& side, const char* sku, std::int64_t units, const char* location = "") {
  v1::InventoryLevel level;
  level.set_sku(sku);
  level.set_location(location);
  v1::StateQuantity* quantity = level.add_quantities();
  quantity->set_state(v1::STOCK_STATE_AVAILABLE);
  quantity->mutable_quantity()->mutable_value()->set_unscaled(units);
  side.by_sku[sku].push_back(level);
}

class Compare : public ::testing::Test {
 protected:
  Compare() {
    erp_.system = "erp";
    web_.system = "web";
    erp_.complete = web_.complete = true;
    v1::PolicyBundle bundle = policy_test::Acme();
    policy_test::RuleOf(bundle, "stock")->clear_tolerance();
    policy_ = policy_test::MustCompile(bundle, {});
  }
  drift::InventoryComparison Run() {
    return drift::CompareInventory(
        erp_, web_, [this](const std::string& sku) { return unknown_ ? std::nullopt : std::optional(in_flight_[sku]); },
        *policy_, kNow);
  }
  static std::vector<std::string> Said(const drift::InventoryComparison& comparison) {
    std::vector<std::string> said;
    for (const drift::AuditFinding& finding : comparison.findings) {
      said.push_back(finding.key + " " + std::string(fairlead::policy::FindingClassName(finding.finding_class)));
    }
    return said;
  }

  drift::InventorySide erp_;
  drift::InventorySide web_;
  std::map<std::string, std::vector<InFlight>> in_flight_;
  bool unknown_ = false;
  std::shared_ptr<const fairlead::policy::CompiledPolicy> policy_;
};

TEST_F(Compare, ExplainedIsNotDrift) {
  Add(erp_, "A", 120);
  Add(web_, "A", 117);
  Add(erp_, "B", 10);
  Add(web_, "B", 8);
  Add(erp_, "C", 5);
  Add(web_, "C", 5);
  in_flight_["A"] = {
      {v1::ORDERS_NOT_POSTED, "1", "1001"}, {v1::ORDERS_NOT_POSTED, "1", "1002"}, {v1::ORDERS_NOT_POSTED, "1", "1003"}};
  const auto comparison = Run();
  EXPECT_TRUE(comparison.complete);
  EXPECT_EQ(comparison.population, 3);
  EXPECT_EQ(comparison.compared, 3);
  EXPECT_EQ(comparison.agreeing, 1);
  EXPECT_THAT(Said(comparison), ElementsAre("A EXPLAINED", "B DRIFT"));
  EXPECT_EQ(comparison.findings[0].text, "120 in erp, 117 in web: 3 units in 3 orders not yet posted");
  EXPECT_EQ(comparison.findings[0].explained, "3");
  EXPECT_EQ(comparison.findings[0].residual, "0");
  EXPECT_EQ(comparison.findings[1].owner_value, "10");
  EXPECT_EQ(comparison.findings[1].target_value, "8");
  EXPECT_EQ(comparison.findings[1].residual, "-2");
  EXPECT_EQ(comparison.findings[1].rule, "stock");
  EXPECT_EQ(comparison.findings[1].responsible, "ops-inventory");
  EXPECT_EQ(comparison.findings[1].runbook, "inv-drift");
  EXPECT_THAT(comparison.not_checked, IsEmpty());
}

TEST_F(Compare, AbsenceProvesSomethingOnlyOnACompleteSide) {
  Add(erp_, "A", 1);
  Add(web_, "B", 1);
  EXPECT_THAT(Said(Run()), ElementsAre("A MISSING_RIGHT", "B MISSING_LEFT"));
  web_.complete = false;
  auto comparison = Run();
  EXPECT_FALSE(comparison.complete);
  EXPECT_THAT(Said(comparison), ElementsAre("B MISSING_LEFT"));
  EXPECT_THAT(comparison.not_checked, ElementsAre("web does not say that its listing was complete"));
  erp_.error = absl::UnavailableError("503");
  comparison = Run();
  EXPECT_THAT(Said(comparison), IsEmpty());
  EXPECT_THAT(comparison.not_checked[0], "erp was not read to the end: 503");
}

TEST_F(Compare, WhatWasNotCheckedIsSaid) {
  erp_.without_sku = 1;
  web_.without_number = 2;
  web_.unreadable = 1;
  const auto comparison = Run();
  EXPECT_FALSE(comparison.complete) << "a record that was not understood may be the one that differs";
  EXPECT_THAT(comparison.not_checked, ElementsAre("1 level of erp carries no SKU", "2 items of web do not count stock",
                                                  "1 record of web could not be read"));
}

TEST_F(Compare, UnknownInFlightIsNeverOk) {
  Add(erp_, "A", 5);
  Add(web_, "A", 5);
  unknown_ = true;
  const auto comparison = Run();
  EXPECT_THAT(Said(comparison), ElementsAre("A UNKNOWN"));
  EXPECT_EQ(comparison.agreeing, 0);
}

TEST_F(Compare, DuplicatesAndNewLocations) {
  Add(erp_, "A", 5);
  Add(web_, "A", 5);
  Add(web_, "A", 5);
  Add(erp_, "B", 5);
  Add(erp_, "B", 6);
  Add(web_, "B", 5);
  EXPECT_THAT(Said(Run()), ElementsAre("A DUPLICATE", "B DUPLICATE"));
  v1::PolicyBundle bundle = policy_test::Acme();
  v1::PolicyScope* scope = policy_test::RuleOf(bundle, "stock")->add_scope();
  scope->set_key("location");
  scope->add_value("EAST");
  policy_ = policy_test::MustCompile(bundle, {});
  erp_.by_sku.clear();
  web_.by_sku.clear();
  Add(erp_, "C", 5, "NEW");
  Add(web_, "C", 5);
  EXPECT_THAT(Said(Run()), ElementsAre("C UNSCOPED"));
}

TEST_F(Compare, LocationByLocation) {
  Add(erp_, "A", 5, "EAST");
  Add(erp_, "A", 7, "WEST");
  Add(web_, "A", 5, "EAST");
  Add(web_, "A", 6, "WEST");
  const auto comparison = Run();
  EXPECT_THAT(Said(comparison), ElementsAre("A DRIFT"));
  EXPECT_EQ(comparison.findings[0].owner_value, "7");
}

TEST_F(Compare, WhatNobodyRulesIsNotCheckedRatherThanFine) {
  Add(erp_, "A", 5, "OUTLET");
  Add(web_, "A", 4);
  const auto comparison = Run();
  EXPECT_THAT(Said(comparison), IsEmpty());
  EXPECT_EQ(comparison.agreeing, 0);
  ASSERT_EQ(comparison.not_checked.size(), 1u);
  EXPECT_THAT(comparison.not_checked[0], HasSubstr("A: no rule makes erp the owner"));
}

TEST_F(Compare, AgreementOfOldNumbersIsStale) {
  Add(erp_, "A", 5);
  Add(web_, "A", 5);
  erp_.read_at = kNow - 15min;
  EXPECT_THAT(Said(Run()), IsEmpty());
  erp_.read_at = kNow - 15min - 1s;
  EXPECT_THAT(Said(Run()), ElementsAre("A STALE"));
}

// One number beyond all counting does not end the audit of the others.
TEST_F(Compare, ANumberThatCannotBeCounted) {
  Add(erp_, "A", std::numeric_limits<std::int64_t>::max());
  Add(erp_, "A", 1, "EAST");
  Add(web_, "A", 5);
  Add(erp_, "B", 5);
  Add(web_, "B", 4);
  EXPECT_THAT(Said(Run()), ElementsAre("A UNREADABLE", "B DRIFT"));
}

TEST_F(Compare, OrderOfLevelsDoesNotMatter) {
  Add(erp_, "A", 5, "EAST");
  Add(erp_, "A", 7, "WEST");
  Add(web_, "A", 5, "EAST");
  Add(web_, "A", 6, "WEST");
  const auto first = Run();
  std::reverse(erp_.by_sku["A"].begin(), erp_.by_sku["A"].end());
  std::reverse(web_.by_sku["A"].begin(), web_.by_sku["A"].end());
  const auto second = Run();
  ASSERT_EQ(first.findings.size(), second.findings.size());
  EXPECT_EQ(first.findings[0].text, second.findings[0].text);
}

}  // namespace
