// 120 here and 117 there: what is drift and what is not.
#include <algorithm>
#include <string>

#include "gmock/gmock.h"
#include "tests/policy/fixture.h"

namespace policy_test {
namespace {

using fairlead::models::Dec;
using policy::DecisionOutcome;
using policy::FindingClass;
using ::testing::HasSubstr;
using State = v1::FieldState;

policy::InFlight Order(const char* quantity, const char* number) { return {v1::ORDERS_NOT_POSTED, quantity, number}; }

policy::StockQuestion Question(std::int64_t erp, std::int64_t web, std::vector<policy::InFlight> in_flight = {}) {
  policy::StockQuestion question;
  question.owner = "erp";
  question.target = "web";
  question.owner_value = Dec::Of(erp);
  question.target_value = Dec::Of(web);
  question.in_flight = std::move(in_flight);
  return question;
}

TEST(Explain, ThreeUnitsInThreeOrdersNotYetPosted) {
  const auto answer =
      policy::ExplainStock(Question(120, 117, {Order("1", "1001"), Order("1", "1002"), Order("1.0", "1003")}));
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->finding_class, FindingClass::kExplained);
  EXPECT_TRUE(answer->residual.IsZero());
  EXPECT_EQ(answer->expected, Dec::Of(117));
  EXPECT_EQ(answer->words, "120 in erp, 117 in web: 3 units in 3 orders not yet posted");
}

TEST(Explain, AgreementNeedsNoWords) {
  const auto answer = policy::ExplainStock(Question(5, 5));
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->finding_class, std::nullopt);
  EXPECT_EQ(answer->words, "5 in erp, 5 in web");
}

TEST(Explain, OnlyTheRestIsDrift) {
  const auto answer = policy::ExplainStock(Question(120, 110, {Order("2", "1001"), Order("1", "1001")}));
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->finding_class, FindingClass::kDrift);
  EXPECT_EQ(answer->residual, Dec::Of(-7));
  EXPECT_EQ(answer->words,
            "120 in erp, 110 in web: web has 7 fewer than the 117 expected after 3 units in 1 order not yet posted, "
            "unexplained");
}

// Equal numbers with units on their way are no agreement: the shop would sell what is gone.
TEST(Explain, EqualNumbersCanBeDrift) {
  const auto answer = policy::ExplainStock(Question(120, 120, {Order("3", "1001")}));
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->finding_class, FindingClass::kDrift);
  EXPECT_THAT(answer->words, HasSubstr("web has 3 more than the 117 expected"));
}

TEST(Explain, ToleranceByNumberAndByShare) {
  policy::StockQuestion question = Question(100, 97);
  question.tolerance_abs = Dec::Of(3);
  EXPECT_EQ(policy::ExplainStock(question)->finding_class, FindingClass::kWithinTolerance);
  question.tolerance_abs = Dec::Of(2);
  EXPECT_EQ(policy::ExplainStock(question)->finding_class, FindingClass::kDrift);
  question.tolerance_rel = Dec{3, 2};
  EXPECT_EQ(policy::ExplainStock(question)->finding_class, FindingClass::kWithinTolerance);
  question.tolerance_rel = Dec{29, 3};
  EXPECT_EQ(policy::ExplainStock(question)->finding_class, FindingClass::kDrift);
}

TEST(Explain, UnknownInFlightProvesNothing) {
  for (const std::int64_t web : {120, 117}) {
    policy::StockQuestion question = Question(120, web);
    question.in_flight_known = false;
    EXPECT_EQ(policy::ExplainStock(question)->finding_class, FindingClass::kUnknown);
  }
}

TEST(Explain, OverflowAndNonsenseAreErrors) {
  EXPECT_FALSE(policy::ExplainStock(Question(1, 1, {Order("three", "1001")})).ok());
  EXPECT_FALSE(policy::ExplainStock(Question(std::numeric_limits<std::int64_t>::min(), 1, {Order("1", "1001")})).ok());
}

// ---------------------------------------------------------------------------------------------------------------------

v1::InventoryLevel Level(const char* location,
                         std::initializer_list<std::pair<v1::StockState, std::int64_t>> quantities) {
  v1::InventoryLevel level;
  level.set_sku("SKU-1");
  level.set_location(location);
  for (const auto& [state, units] : quantities) {
    v1::StateQuantity* quantity = level.add_quantities();
    quantity->set_state(state);
    quantity->mutable_quantity()->mutable_value()->set_unscaled(units);
  }
  return level;
}

v1::InventoryLevel Available(const char* location, std::int64_t units) {
  return Level(location, {{v1::STOCK_STATE_AVAILABLE, units}});
}

policy::StockCase Case(const std::vector<v1::InventoryLevel>& erp, const v1::InventoryLevel& web) {
  policy::StockCase stock;
  stock.entity_id = "SKU-1";
  for (const v1::InventoryLevel& level : erp) stock.levels.push_back(&level);
  stock.levels_system = "erp";
  stock.target = "web";
  stock.target_level = &web;
  return stock;
}

TEST(Derive, BuiltIns) {
  const v1::InventoryLevel level =
      Level("EAST", {{v1::STOCK_STATE_ON_HAND, 20}, {v1::STOCK_STATE_COMMITTED, 4}, {v1::STOCK_STATE_AVAILABLE, 15}});
  EXPECT_EQ(*policy::DeriveStock(policy::Derivation::kAvailable, level), Dec::Of(15));
  EXPECT_EQ(*policy::DeriveStock(policy::Derivation::kOnHand, level), Dec::Of(20));
  EXPECT_EQ(*policy::DeriveStock(policy::Derivation::kOnHandLessCommittedSafety, level), Dec::Of(16));
  const auto missing = policy::DeriveStock(policy::Derivation::kOnHand, Available("EAST", 1));
  EXPECT_THAT(std::string(missing.status().message()), HasSubstr("the level of SKU-1 at EAST states no ON_HAND"));
}

TEST(Stock, TwoWarehousesAreSummedForAShopWithoutLocations) {
  const auto compiled = AcmePolicy();
  const std::vector<v1::InventoryLevel> erp = {Available("EAST", 70), Available("WEST", 50), Available("OUTLET", 9)};
  const v1::InventoryLevel web = Available("", 117);
  policy::StockCase stock = Case(erp, web);
  stock.in_flight = {Order("1", "1001"), Order("1", "1002"), Order("1", "1003")};
  auto decided = compiled->Evaluate(stock);
  ASSERT_TRUE(decided.ok());
  EXPECT_EQ(decided->decision.outcome, DecisionOutcome::kNoChange);
  ASSERT_TRUE(decided->answer.has_value());
  EXPECT_EQ(decided->answer->finding_class, FindingClass::kExplained);
  EXPECT_EQ(decided->decision.reason, "120 in erp, 117 in web: 3 units in 3 orders not yet posted");
  EXPECT_TRUE(decided->findings.empty());
  EXPECT_EQ(decided->decision.rule_id, "stock");

  stock.in_flight.clear();
  decided = compiled->Evaluate(stock);
  EXPECT_EQ(decided->decision.outcome, DecisionOutcome::kWrite)
      << "tolerance decides what is reported, never what is written";
  EXPECT_EQ(decided->answer->finding_class, FindingClass::kWithinTolerance);
  EXPECT_EQ(decided->decision.chosen, "120");
  EXPECT_EQ(decided->desired, Dec::Of(120));
}

TEST(Stock, WrittenOnceItIsAtRest) {
  const auto compiled = AcmePolicy();
  for (std::int64_t east = -2; east < 5; ++east) {
    for (std::int64_t sold = 0; sold < 4; ++sold) {
      const std::vector<v1::InventoryLevel> erp = {Available("EAST", east), Available("WEST", 2)};
      const v1::InventoryLevel web = Available("", 1);
      policy::StockCase stock = Case(erp, web);
      stock.in_flight = {Order(std::to_string(sold).c_str(), "1001")};
      auto first = compiled->Evaluate(stock);
      ASSERT_TRUE(first.ok());
      const v1::InventoryLevel after = Available("", first->desired.unscaled);
      policy::StockCase again = Case(erp, after);
      again.in_flight = stock.in_flight;
      const std::string forward = ToProto(compiled->Evaluate(again)->decision).SerializeAsString();
      EXPECT_EQ(compiled->Evaluate(again)->decision.outcome, DecisionOutcome::kNoChange);
      std::reverse(again.levels.begin(), again.levels.end());
      EXPECT_EQ(ToProto(compiled->Evaluate(again)->decision).SerializeAsString(), forward);
    }
  }
}

TEST(Stock, ATargetWithLocationsIsComparedPlaceByPlace) {
  const auto compiled = AcmePolicy();
  const std::vector<v1::InventoryLevel> erp = {Available("EAST", 70), Available("WEST", 50)};
  const v1::InventoryLevel web = Available("WEST", 49);
  auto decided = compiled->Evaluate(Case(erp, web));
  EXPECT_EQ(decided->decision.chosen, "50");
}

v1::PolicyBundle OnlyEast() {
  v1::PolicyBundle bundle = Acme();
  v1::PolicyScope* scope = RuleOf(bundle, "stock")->add_scope();
  scope->set_key("location");
  scope->add_value("EAST");
  return bundle;
}

// Half of the warehouses would be a wrong number.
TEST(Stock, ANewWarehouseHoldsTheNumber) {
  const auto compiled = MustCompile(OnlyEast(), Both());
  const std::vector<v1::InventoryLevel> erp = {Available("EAST", 70), Available("NEW", 50)};
  const v1::InventoryLevel web = Available("", 1);
  auto decided = compiled->Evaluate(Case(erp, web));
  ASSERT_TRUE(decided.ok());
  EXPECT_EQ(decided->decision.outcome, DecisionOutcome::kHeld);
  ASSERT_EQ(decided->findings.size(), 1u);
  EXPECT_EQ(decided->findings[0].finding_class, FindingClass::kUnscoped);
  EXPECT_THAT(decided->findings[0].detail, HasSubstr("location=NEW"));
  EXPECT_FALSE(decided->answer.has_value());
}

TEST(Stock, TheSameItemTwiceHoldsTheNumber) {
  const auto compiled = AcmePolicy();
  const std::vector<v1::InventoryLevel> erp = {Available("EAST", 70), Available("EAST", 50)};
  const v1::InventoryLevel web = Available("", 1);
  auto decided = compiled->Evaluate(Case(erp, web));
  EXPECT_EQ(decided->decision.outcome, DecisionOutcome::kHeld);
  ASSERT_EQ(decided->findings.size(), 1u);
  EXPECT_EQ(decided->findings[0].finding_class, FindingClass::kDuplicate);
}

TEST(Stock, WhatWasNotReadIsNotZero) {
  const auto compiled = AcmePolicy();
  const v1::InventoryLevel web = Available("", 5);
  // No number at all.
  std::vector<v1::InventoryLevel> erp = {Available("EAST", 70), Level("WEST", {})};
  EXPECT_EQ(compiled->Evaluate(Case(erp, web))->decision.outcome, DecisionOutcome::kHeld);
  // Stated as not fetched.
  erp[1] = Available("WEST", 3);
  v1::FieldState* state = erp[1].mutable_header()->add_field_states();
  state->set_path("quantities");
  state->set_kind(State::KIND_NOT_FETCHED);
  EXPECT_EQ(compiled->Evaluate(Case(erp, web))->decision.outcome, DecisionOutcome::kHeld);
  // Nothing in flight known.
  erp.pop_back();
  policy::StockCase stock = Case(erp, web);
  stock.in_flight_known = false;
  auto decided = compiled->Evaluate(stock);
  EXPECT_EQ(decided->decision.outcome, DecisionOutcome::kHeld);
  ASSERT_EQ(decided->findings.size(), 1u);
  EXPECT_EQ(decided->findings[0].finding_class, FindingClass::kUnknown);
}

TEST(Stock, DriftIsAFindingWithOwnerAndRunbook) {
  const auto compiled = AcmePolicy();
  const std::vector<v1::InventoryLevel> erp = {Available("EAST", 70)};
  const v1::InventoryLevel web = Available("", 50);
  auto decided = compiled->Evaluate(Case(erp, web));
  ASSERT_EQ(decided->findings.size(), 1u);
  EXPECT_EQ(decided->findings[0].finding_class, FindingClass::kDrift);
  EXPECT_EQ(decided->findings[0].rule, "stock");
  EXPECT_EQ(decided->findings[0].responsible, "ops-inventory");
  EXPECT_EQ(decided->findings[0].runbook, "inv-drift");
  EXPECT_EQ(decided->decision.outcome, DecisionOutcome::kWrite);
}

// An effect that the rule does not name explains nothing.
TEST(Stock, OnlyNamedExplanationsCount) {
  const auto compiled = AcmePolicy();
  const std::vector<v1::InventoryLevel> erp = {Available("EAST", 70)};
  const v1::InventoryLevel web = Available("", 67);
  policy::StockCase stock = Case(erp, web);
  stock.in_flight = {{v1::MOVES_IN_TRANSIT, "3", "M1"}};
  EXPECT_EQ(compiled->Evaluate(stock)->decision.chosen, "70");
}

TEST(Stock, AnotherSystemsNumbersAreNotTheOwners) {
  const auto compiled = AcmePolicy();
  const std::vector<v1::InventoryLevel> levels = {Available("EAST", 70)};
  const v1::InventoryLevel erp = Available("", 50);
  policy::StockCase stock = Case(levels, erp);
  stock.levels_system = "web";
  stock.target = "erp";
  auto decided = compiled->Evaluate(stock);
  EXPECT_EQ(decided->decision.outcome, DecisionOutcome::kNoChange);
  EXPECT_THAT(decided->decision.reason, HasSubstr("no rule makes web the owner"));
}

}  // namespace
}  // namespace policy_test
