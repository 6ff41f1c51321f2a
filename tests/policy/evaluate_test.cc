// What becomes of a field: for one value at a time, and for whole records.
#include <algorithm>
#include <string>

#include "fairlead/models/digest.h"
#include "fairlead/models/field_path.h"
#include "fairlead/v1/party.pb.h"
#include "fairlead/v1/shipment.pb.h"
#include "gmock/gmock.h"
#include "tests/policy/fixture.h"

namespace policy_test {
namespace {

using policy::DecisionOutcome;
using policy::FieldInput;
using ::testing::HasSubstr;
using State = v1::FieldState;

FieldInput In(const char* system, std::optional<std::string> value, State::Kind state = State::KIND_UNSPECIFIED) {
  FieldInput input;
  input.system = system;
  input.value = std::move(value);
  input.state = state;
  return input;
}

// One PARTY rule for display_name, changed by `change`; the case's target is web.
std::shared_ptr<const policy::CompiledPolicy> NamePolicy(const std::function<void(v1::PolicyRule&)>& change) {
  v1::PolicyBundle bundle = Acme();
  v1::PolicyRule& rule = *RuleOf(bundle, "name");
  rule.clear_priority();
  rule.set_resolve(v1::OWNER_WINS);
  rule.set_owner("erp");
  change(rule);
  return MustCompile(bundle, {});
}

policy::Decision Decide(const policy::CompiledPolicy& compiled, std::vector<FieldInput> inputs,
                        bool has_record = true) {
  policy::FieldCase field;
  field.entity = v1::PARTY;
  field.entity_id = "p1";
  field.path = "display_name";
  field.target = "web";
  field.target_has_record = has_record;
  field.inputs = std::move(inputs);
  return compiled.Evaluate(field);
}

TEST(OwnerWins, WritesWhatDiffersAndNothingElse) {
  const auto compiled = NamePolicy([](auto&) {});
  const policy::Decision write = Decide(*compiled, {In("web", "Ann"), In("erp", "Anne")});
  EXPECT_EQ(write.outcome, DecisionOutcome::kWrite);
  EXPECT_EQ(write.chosen_system, "erp");
  EXPECT_EQ(write.chosen, "Anne");
  EXPECT_EQ(write.rule_id, "name");
  EXPECT_EQ(write.policy_hash, compiled->hash());
  EXPECT_EQ(write.responsible, "sales-ops");
  EXPECT_EQ(Decide(*compiled, {In("web", "Anne"), In("erp", "Anne")}).outcome, DecisionOutcome::kNoChange);
  EXPECT_EQ(Decide(*compiled, {In("erp", "Anne")}, false).outcome, DecisionOutcome::kWrite);
}

TEST(OwnerWins, NeverClearsWhatWasNotStatedEmpty) {
  for (const v1::OnBlank on_blank : {v1::KEEP, v1::CLEAR}) {
    const auto compiled = NamePolicy([&](v1::PolicyRule& rule) { rule.set_on_blank(on_blank); });
    for (const State::Kind state : {State::KIND_UNSPECIFIED, State::KIND_NOT_FETCHED, State::KIND_NOT_SUPPORTED,
                                    State::KIND_REDACTED, State::KIND_TRUNCATED, State::KIND_UNKNOWN_VALUE}) {
      const policy::Decision decision = Decide(*compiled, {In("web", "Ann"), In("erp", std::nullopt, state)});
      EXPECT_NE(decision.outcome, DecisionOutcome::kWrite) << state;
      EXPECT_EQ(decision.outcome,
                state == State::KIND_UNSPECIFIED ? DecisionOutcome::kNoChange : DecisionOutcome::kHeld)
          << state;
    }
    for (const State::Kind state : {State::KIND_NULL_AT_SOURCE, State::KIND_EMPTY_AT_SOURCE}) {
      const policy::Decision decision = Decide(*compiled, {In("web", "Ann"), In("erp", std::nullopt, state)});
      EXPECT_EQ(decision.outcome, on_blank == v1::CLEAR ? DecisionOutcome::kWrite : DecisionOutcome::kNoChange);
      EXPECT_EQ(decision.chosen, std::nullopt);
    }
  }
}

// A value that is there but not trustworthy (cut short, redacted) is not written either.
TEST(OwnerWins, AValueThatIsNotPlainlyKnownIsNotWritten) {
  const auto compiled = NamePolicy([](auto&) {});
  EXPECT_EQ(Decide(*compiled, {In("web", "Ann"), In("erp", "An…", State::KIND_TRUNCATED)}).outcome,
            DecisionOutcome::kHeld);
  EXPECT_EQ(Decide(*compiled, {In("web", "Ann"), In("erp", "***", State::KIND_REDACTED)}).outcome,
            DecisionOutcome::kHeld);
  EXPECT_EQ(Decide(*compiled, {In("web", "Ann"), In("erp", "Anne", State::KIND_COERCED)}).outcome,
            DecisionOutcome::kWrite);
}

TEST(OwnerWins, ATargetThatWasNotReadIsNotWrittenBlindly) {
  const auto compiled = NamePolicy([](auto&) {});
  EXPECT_EQ(Decide(*compiled, {In("web", std::nullopt, State::KIND_NOT_FETCHED), In("erp", "Anne")}).outcome,
            DecisionOutcome::kHeld);
  EXPECT_EQ(Decide(*compiled, {In("web", std::nullopt, State::KIND_NOT_SUPPORTED), In("erp", "Anne")}).outcome,
            DecisionOutcome::kWrite);
}

TEST(OwnerWins, AMissingOwnerHoldsOrLetsTheNextSpeak) {
  const auto hold = NamePolicy([](auto&) {});
  EXPECT_EQ(Decide(*hold, {In("web", "Ann")}).outcome, DecisionOutcome::kHeld);
  const auto next = NamePolicy([](v1::PolicyRule& rule) {
    rule.set_on_missing_owner(v1::USE_NEXT);
    rule.add_priority("web");
  });
  EXPECT_EQ(Decide(*next, {In("web", "Ann")}).outcome, DecisionOutcome::kNoChange);
  EXPECT_EQ(Decide(*next, {In("web", "Ann")}).chosen_system, "web");
}

TEST(Priority, TheFirstThatStatesAValue) {
  const auto compiled = NamePolicy([](v1::PolicyRule& rule) {
    rule.clear_owner();
    rule.set_resolve(v1::PRIORITY);
    rule.add_priority("erp");
    rule.add_priority("web");
  });
  EXPECT_EQ(Decide(*compiled, {In("web", "Ann"), In("erp", "Anne")}).chosen, "Anne");
  EXPECT_EQ(Decide(*compiled, {In("web", "Ann"), In("erp", std::nullopt)}).outcome, DecisionOutcome::kNoChange);
  EXPECT_EQ(Decide(*compiled, {In("web", "Ann"), In("erp", std::nullopt)}).chosen_system, "web");
  EXPECT_EQ(Decide(*compiled, {In("web", "Ann")}).chosen_system, "web");
  // The first may well have a value that was not asked for: another one would be taken back later.
  EXPECT_EQ(Decide(*compiled, {In("web", "Ann"), In("erp", std::nullopt, State::KIND_NOT_FETCHED)}).outcome,
            DecisionOutcome::kHeld);
  EXPECT_EQ(Decide(*compiled, {In("web", std::nullopt), In("erp", std::nullopt)}).outcome, DecisionOutcome::kNoChange);
}

TEST(AppendOnly, AddsButNeverRewrites) {
  const auto compiled = NamePolicy([](v1::PolicyRule& rule) { rule.set_resolve(v1::APPEND_ONLY); });
  EXPECT_EQ(Decide(*compiled, {In("web", std::nullopt), In("erp", "Anne")}).outcome, DecisionOutcome::kWrite);
  EXPECT_EQ(Decide(*compiled, {In("web", "Anne"), In("erp", "Anne")}).outcome, DecisionOutcome::kNoChange);
  EXPECT_EQ(Decide(*compiled, {In("web", "Ann"), In("erp", "Anne")}).outcome, DecisionOutcome::kReview);
  EXPECT_EQ(Decide(*compiled, {In("web", "Ann"), In("erp", std::nullopt, State::KIND_NULL_AT_SOURCE)}).outcome,
            DecisionOutcome::kNoChange);
}

TEST(ManualReview, APersonDecidesWhereTheyDiffer) {
  const auto compiled = NamePolicy([](v1::PolicyRule& rule) { rule.set_resolve(v1::MANUAL_REVIEW); });
  EXPECT_EQ(Decide(*compiled, {In("web", "Ann"), In("erp", "Anne")}).outcome, DecisionOutcome::kReview);
  EXPECT_EQ(Decide(*compiled, {In("web", "Anne"), In("erp", "Anne")}).outcome, DecisionOutcome::kNoChange);
  EXPECT_EQ(Decide(*compiled, {In("web", "Ann"), In("erp", std::nullopt, State::KIND_NOT_FETCHED)}).outcome,
            DecisionOutcome::kHeld);
}

TEST(Ignore, NeverWrites) {
  const auto compiled = NamePolicy([](v1::PolicyRule& rule) { rule.set_resolve(v1::IGNORE); });
  EXPECT_EQ(Decide(*compiled, {In("web", "Ann"), In("erp", "Anne")}).outcome, DecisionOutcome::kNoChange);
}

TEST(Unruled, IsHeldWithWhatToDo) {
  v1::PolicyBundle bundle = Acme();
  bundle.mutable_rules()->DeleteSubrange(3, 2);
  policy::FieldCase field;
  field.entity = v1::PARTY;
  field.path = "display_name";
  field.target = "web";
  const policy::Decision decision = MustCompile(bundle, {})->Evaluate(field);
  EXPECT_EQ(decision.outcome, DecisionOutcome::kHeld);
  EXPECT_THAT(decision.reason, HasSubstr("no rule covers PARTY \"display_name\": add one"));
}

// All kinds of rules, all states, all orders of the inputs.
TEST(Properties, TwiceIsOnceAndOrderDoesNotMatter) {
  const std::vector<std::optional<std::string>> values = {std::nullopt, "a", "b"};
  const std::vector<State::Kind> states = {State::KIND_UNSPECIFIED, State::KIND_NOT_FETCHED, State::KIND_NULL_AT_SOURCE,
                                           State::KIND_COERCED, State::KIND_NOT_SUPPORTED};
  for (const v1::Resolve resolve : {v1::OWNER_WINS, v1::PRIORITY, v1::APPEND_ONLY, v1::MANUAL_REVIEW, v1::IGNORE}) {
    for (const v1::OnBlank on_blank : {v1::KEEP, v1::CLEAR}) {
      if (resolve == v1::APPEND_ONLY && on_blank == v1::CLEAR) continue;
      const auto compiled = NamePolicy([&](v1::PolicyRule& rule) {
        rule.set_resolve(resolve);
        rule.set_on_blank(on_blank);
        if (resolve == v1::PRIORITY) {
          rule.add_priority("erp");
          rule.add_priority("web");
        }
      });
      for (const auto& erp : values) {
        for (const auto& web : values) {
          for (const State::Kind erp_state : states) {
            for (const State::Kind web_state : states) {
              const std::vector<FieldInput> inputs = {In("erp", erp, erp_state), In("web", web, web_state)};
              const policy::Decision first = Decide(*compiled, inputs);
              const policy::Decision swapped = Decide(*compiled, {inputs[1], inputs[0]});
              EXPECT_EQ(ToProto(first).SerializeAsString(), ToProto(swapped).SerializeAsString());
              if (first.outcome != DecisionOutcome::kWrite) continue;
              // Applied, the target states the chosen value plainly; then there is nothing left to do.
              const bool cleared = !first.chosen.has_value();
              EXPECT_FALSE(cleared && erp_state == State::KIND_NOT_FETCHED);
              const policy::Decision again =
                  Decide(*compiled, {inputs[0], In("web", first.chosen,
                                                   cleared ? State::KIND_EMPTY_AT_SOURCE : State::KIND_UNSPECIFIED)});
              EXPECT_EQ(again.outcome, DecisionOutcome::kNoChange) << again.reason;
            }
          }
        }
      }
    }
  }
}

// ---------------------------------------------------------------------------------------------------------------------

v1::Party Party(const char* name, const char* email = nullptr) {
  v1::Party party;
  party.set_display_name(name);
  if (email != nullptr) {
    v1::IdentityKey* key = party.add_identity_keys();
    key->set_type(v1::IdentityKey::TYPE_EMAIL);
    key->set_normalized(email);
  }
  return party;
}

policy::EntityCase Case(const google::protobuf::Message* web, const google::protobuf::Message* erp,
                        v1::EntityKind kind = v1::PARTY) {
  policy::EntityCase entity;
  entity.entity = kind;
  entity.entity_id = "p1";
  entity.records.push_back({"web", web, "1", {}});
  entity.records.push_back({"erp", erp, "7", {}});
  return entity;
}

const policy::Decision* Of(const policy::EntityEvaluation& evaluation, std::string_view field) {
  for (const policy::Decision& decision : evaluation.decisions) {
    if (decision.field == field) return &decision;
  }
  ADD_FAILURE() << "no decision about " << field;
  return nullptr;
}

TEST(Records, ANewRecordTakesWhatItsOwnerStates) {
  const auto compiled = AcmePolicy();
  const v1::Party web = Party("Ann", "ann@example.com");
  auto evaluation = compiled->Evaluate(Case(&web, nullptr));
  ASSERT_TRUE(evaluation.ok()) << evaluation.status();
  // The shop cannot be written parties: the ERP is the only target.
  ASSERT_EQ(evaluation->targets.size(), 1u);
  const policy::TargetPlan& plan = evaluation->targets[0];
  EXPECT_EQ(plan.target, "erp");
  EXPECT_TRUE(plan.create);
  ASSERT_NE(plan.desired, nullptr);
  EXPECT_EQ(fairlead::models::DigestOf(*plan.desired), fairlead::models::DigestOf(web));
  EXPECT_EQ(Of(*evaluation, "display_name")->rule_id, "name");
  EXPECT_EQ(Of(*evaluation, "identity_keys")->rule_id, "party");
}

TEST(Records, OnlyWhatDiffersIsWritten) {
  const auto compiled = AcmePolicy();
  const v1::Party web = Party("Ann", "ann@example.com");
  v1::Party erp = Party("Anne", "old@example.com");
  erp.set_language("de");
  auto evaluation = compiled->Evaluate(Case(&web, &erp));
  ASSERT_TRUE(evaluation.ok()) << evaluation.status();
  ASSERT_EQ(evaluation->targets.size(), 1u);
  const policy::TargetPlan& plan = evaluation->targets[0];
  ASSERT_EQ(plan.writes.size(), 1u);
  EXPECT_EQ(plan.writes[0].path, "identity_keys");
  EXPECT_EQ(plan.writes[0].from, "web");
  const auto& desired = static_cast<const v1::Party&>(*plan.desired);
  EXPECT_EQ(desired.display_name(), "Anne") << "the ERP comes first for names";
  EXPECT_EQ(desired.language(), "de") << "the shop states no language, which clears nothing";
  ASSERT_EQ(desired.identity_keys_size(), 1);
  EXPECT_EQ(desired.identity_keys(0).normalized(), "ann@example.com");
  // Applied, it is at rest.
  auto again = compiled->Evaluate(Case(&web, plan.desired.get()));
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again->targets[0].writes.empty());
  EXPECT_EQ(again->targets[0].desired, nullptr);
}

TEST(Records, OtherSpellingsOfOneValueAreNoChange) {
  v1::PolicyBundle bundle = Acme();
  v1::PolicyRule& rule = *RuleOf(bundle, "stock");
  rule.set_field("*");
  rule.clear_derive();
  rule.clear_explain();
  const auto compiled = MustCompile(bundle, Both());
  v1::InventoryLevel erp;
  v1::StateQuantity* quantity = erp.add_quantities();
  quantity->set_state(v1::STOCK_STATE_AVAILABLE);
  quantity->mutable_quantity()->mutable_value()->set_unscaled(150);
  quantity->mutable_quantity()->mutable_value()->set_scale(2);
  v1::InventoryLevel web = erp;
  web.mutable_quantities(0)->mutable_quantity()->mutable_value()->set_unscaled(15);
  web.mutable_quantities(0)->mutable_quantity()->mutable_value()->set_scale(1);
  web.mutable_quantities(0)->mutable_quantity()->set_uom("C62");
  auto evaluation = compiled->Evaluate(Case(&web, &erp, v1::INVENTORY_LEVEL));
  ASSERT_TRUE(evaluation.ok()) << evaluation.status();
  ASSERT_EQ(evaluation->targets.size(), 1u);
  EXPECT_TRUE(evaluation->targets[0].writes.empty()) << Of(*evaluation, "quantities[AVAILABLE]")->reason;
}

// The most destructive bug there is: a list that was not read comes as an empty one.
TEST(Records, NeverClearsWhatWasNotFetched) {
  const auto compiled = AcmePolicy();
  v1::Party web = Party("Ann");
  v1::FieldState* state = web.mutable_header()->add_field_states();
  state->set_path("identity_keys");
  state->set_kind(State::KIND_NOT_FETCHED);
  const v1::Party erp = Party("Ann", "ann@example.com");
  auto evaluation = compiled->Evaluate(Case(&web, &erp));
  ASSERT_TRUE(evaluation.ok());
  EXPECT_TRUE(evaluation->targets[0].writes.empty());
  EXPECT_EQ(Of(*evaluation, "identity_keys")->outcome, DecisionOutcome::kHeld);
}

// The same one level below: the message is there, a part of it was not fetched.
TEST(Records, NeverClearsAPartThatWasNotFetched) {
  v1::ConnectorManifest shop = Shop();
  v1::ConnectorManifest books = Books();
  Writes(*books.mutable_entities(1), "sale.amend", v1::EFFECT_CLASS_ABSOLUTE, v1::WRITE_VERB_UPDATE);
  const auto compiled = MustCompile(Acme(), {{"web", shop}, {"erp", books}});
  v1::Order web;
  web.mutable_buyer()->set_name("Ann Lee");
  web.mutable_buyer()->set_company("Lee Ltd");
  v1::FieldState* state = web.mutable_header()->add_field_states();
  state->set_path("buyer.email");
  state->set_kind(State::KIND_NOT_FETCHED);
  v1::Order erp;
  erp.mutable_buyer()->set_name("Ann Lee");
  erp.mutable_buyer()->set_email("ann@example.com");
  auto evaluation = compiled->Evaluate(Case(&web, &erp, v1::ORDER));
  ASSERT_TRUE(evaluation.ok()) << evaluation.status();
  ASSERT_EQ(evaluation->targets[0].writes.size(), 1u);
  const auto& desired = static_cast<const v1::Order&>(*evaluation->targets[0].desired);
  EXPECT_EQ(desired.buyer().company(), "Lee Ltd");
  EXPECT_EQ(desired.buyer().email(), "ann@example.com");
  // And it is no reason to write again and again.
  erp = desired;
  auto again = compiled->Evaluate(Case(&web, &erp, v1::ORDER));
  EXPECT_TRUE(again->targets[0].writes.empty());
}

TEST(Records, AListThatOnlyGrows) {
  v1::ConnectorManifest books = Books();
  Writes(Reads(books, v1::SHIPMENT), "shipment.update", v1::EFFECT_CLASS_ABSOLUTE, v1::WRITE_VERB_UPSERT, {"packages"});
  v1::ConnectorManifest shop = Shop();
  Reads(shop, v1::SHIPMENT);
  v1::PolicyBundle bundle = Acme();
  v1::PolicyRule& rule = *bundle.add_rules();
  rule = *RuleOf(bundle, "orders");
  rule.set_id("packages");
  rule.set_entity(v1::SHIPMENT);
  rule.set_field("packages");
  rule.set_resolve(v1::APPEND_ONLY);
  const auto compiled = MustCompile(bundle, {{"web", shop}, {"erp", books}});
  const auto package = [](v1::Shipment& shipment, const char* id, const char* tracking) {
    v1::Package* added = shipment.add_packages();
    added->mutable_ref()->set_id(id);
    added->set_tracking_number(tracking);
  };
  v1::Shipment web;
  package(web, "1", "T1");
  package(web, "2", "T2");
  v1::Shipment erp;
  package(erp, "9", "T9");
  package(erp, "1", "T1");
  auto evaluation = compiled->Evaluate(Case(&web, &erp, v1::SHIPMENT));
  ASSERT_TRUE(evaluation.ok()) << evaluation.status();
  ASSERT_EQ(evaluation->targets[0].writes.size(), 1u) << Of(*evaluation, "packages")->reason;
  const auto& desired = static_cast<const v1::Shipment&>(*evaluation->targets[0].desired);
  ASSERT_EQ(desired.packages_size(), 3);
  EXPECT_EQ(desired.packages(0).tracking_number(), "T9") << "what stands there stays";
  EXPECT_EQ(desired.packages(2).tracking_number(), "T2");
  v1::Shipment applied = desired;
  EXPECT_TRUE(compiled->Evaluate(Case(&web, &applied, v1::SHIPMENT))->targets[0].writes.empty());
}

// Rules for parts of a field that is written as a whole: each part has its own owner.
TEST(Records, PartsWithOwnersOfTheirOwn) {
  v1::ConnectorManifest books = Books();
  Writes(*books.mutable_entities(1), "sale.amend", v1::EFFECT_CLASS_ABSOLUTE, v1::WRITE_VERB_UPDATE);
  v1::PolicyBundle bundle = Acme();
  v1::PolicyRule& titles = *bundle.add_rules();
  titles = *RuleOf(bundle, "orders");
  titles.set_id("titles");
  titles.set_field("lines[*].title");
  titles.set_resolve(v1::IGNORE);
  v1::PolicyRule& one = *bundle.add_rules();
  one = titles;
  one.set_id("one");
  one.set_field("lines[b].sku");
  const auto compiled = MustCompile(bundle, {{"web", Shop()}, {"erp", books}});
  v1::Order web;
  v1::Order erp;
  for (const char* key : {"a", "b"}) {
    for (v1::Order* order : {&web, &erp}) {
      v1::OrderLine* line = order->add_lines();
      line->set_line_key(key);
      line->set_title(order == &web ? "new" : "old");
      line->set_sku(order == &web ? "S-new" : "S-old");
    }
  }
  auto evaluation = compiled->Evaluate(Case(&web, &erp, v1::ORDER));
  ASSERT_TRUE(evaluation.ok()) << evaluation.status();
  ASSERT_EQ(evaluation->targets[0].writes.size(), 1u);
  EXPECT_EQ(evaluation->targets[0].writes[0].path, "lines[a].sku");
  const auto& desired = static_cast<const v1::Order&>(*evaluation->targets[0].desired);
  EXPECT_EQ(desired.lines(0).sku(), "S-new");
  EXPECT_EQ(desired.lines(0).title(), "old");
  EXPECT_EQ(desired.lines(1).sku(), "S-old");
}

TEST(Records, ANewLocationIsAFindingNotADefault) {
  v1::PolicyBundle bundle = Acme();
  v1::PolicyScope* scope = RuleOf(bundle, "stock")->add_scope();
  scope->set_key("location");
  scope->add_value("EAST");
  const auto compiled = MustCompile(bundle, Both());
  v1::InventoryLevel erp;
  erp.set_location("NEW");
  v1::StateQuantity* quantity = erp.add_quantities();
  quantity->set_state(v1::STOCK_STATE_AVAILABLE);
  quantity->mutable_quantity()->mutable_value()->set_unscaled(5);
  v1::InventoryLevel web = erp;
  web.mutable_quantities(0)->mutable_quantity()->mutable_value()->set_unscaled(6);
  auto evaluation = compiled->Evaluate(Case(&web, &erp, v1::INVENTORY_LEVEL));
  ASSERT_TRUE(evaluation.ok());
  ASSERT_EQ(evaluation->findings.size(), 1u);
  EXPECT_EQ(evaluation->findings[0].finding_class, policy::FindingClass::kUnscoped);
  EXPECT_THAT(evaluation->findings[0].detail, HasSubstr("at location=NEW, only for other places: add a rule"));
  EXPECT_TRUE(evaluation->targets[0].writes.empty());
}

TEST(Records, AKeyThatStandsTwiceIsNotGuessed) {
  const auto compiled = AcmePolicy();
  v1::InventoryLevel erp;
  for (const int units : {5, 7}) {
    v1::StateQuantity* quantity = erp.add_quantities();
    quantity->set_state(v1::STOCK_STATE_AVAILABLE);
    quantity->mutable_quantity()->mutable_value()->set_unscaled(units);
  }
  v1::InventoryLevel web;
  auto evaluation = compiled->Evaluate(Case(&web, &erp, v1::INVENTORY_LEVEL));
  ASSERT_TRUE(evaluation.ok());
  ASSERT_EQ(evaluation->findings.size(), 1u);
  EXPECT_EQ(evaluation->findings[0].finding_class, policy::FindingClass::kDuplicate);
  EXPECT_TRUE(evaluation->targets[0].writes.empty());
}

TEST(Records, OrderOfRecordsDoesNotMatterAndInputsAreChecked) {
  const auto compiled = AcmePolicy();
  const v1::Party web = Party("Ann", "ann@example.com");
  const v1::Party erp = Party("Anne");
  policy::EntityCase entity = Case(&web, &erp);
  auto first = compiled->Evaluate(entity);
  std::reverse(entity.records.begin(), entity.records.end());
  auto second = compiled->Evaluate(entity);
  ASSERT_TRUE(first.ok() && second.ok());
  ASSERT_EQ(first->decisions.size(), second->decisions.size());
  for (std::size_t i = 0; i < first->decisions.size(); ++i) {
    EXPECT_EQ(ToProto(first->decisions[i]).SerializeAsString(), ToProto(second->decisions[i]).SerializeAsString());
  }
  entity.records.push_back(entity.records[0]);
  EXPECT_THAT(std::string(compiled->Evaluate(entity).status().message()), HasSubstr("two records of system"));
  const v1::Order order;
  EXPECT_THAT(std::string(compiled->Evaluate(Case(&web, &order)).status().message()),
              HasSubstr("is a Order, but the case is about PARTY"));
}

// Random parties: applying twice is once, and what is applied never loses a field that the other side did not state.
TEST(Records, PropertiesOnRandomRecords) {
  const auto compiled = AcmePolicy();
  std::uint64_t seed = 11;
  const auto next = [&seed](std::uint64_t bound) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (seed >> 33) % bound;
  };
  const auto random = [&](bool states) {
    v1::Party party;
    const auto text = [&] { return next(3) == 0 ? std::string() : std::string(1, static_cast<char>('a' + next(3))); };
    party.set_display_name(text());
    party.set_first_name(text());
    party.set_language(text());
    party.set_guest(next(2) == 0);
    for (std::uint64_t i = next(3); i > 0; --i) party.add_identity_keys()->set_normalized(text() + std::to_string(i));
    if (states) {
      for (const char* path : {"display_name", "first_name", "language", "identity_keys", "addresses"}) {
        if (next(4) != 0) continue;
        v1::FieldState* state = party.mutable_header()->add_field_states();
        state->set_path(path);
        state->set_kind(static_cast<State::Kind>(1 + next(8)));
      }
    }
    return party;
  };
  for (int round = 0; round < 3000; ++round) {
    const v1::Party web = random(true);
    const v1::Party erp = random(round % 2 == 0);
    auto evaluation = compiled->Evaluate(Case(&web, &erp));
    ASSERT_TRUE(evaluation.ok()) << evaluation.status();
    ASSERT_EQ(evaluation->targets.size(), 1u);
    const policy::TargetPlan& plan = evaluation->targets[0];
    EXPECT_EQ(plan.writes.empty(), plan.desired == nullptr);
    if (plan.desired == nullptr) continue;
    const auto& desired = static_cast<const v1::Party&>(*plan.desired);
    EXPECT_NE(fairlead::models::DigestOf(desired), fairlead::models::DigestOf(erp)) << "a write that changes nothing";
    if (!erp.language().empty()) {
      EXPECT_FALSE(desired.language().empty());
    }
    if (erp.identity_keys_size() > 0) {
      EXPECT_GT(desired.identity_keys_size(), 0);
    }
    if (!erp.display_name().empty()) {
      EXPECT_FALSE(desired.display_name().empty());
    }
    auto again = compiled->Evaluate(Case(&web, &desired));
    ASSERT_TRUE(again.ok());
    EXPECT_TRUE(again->targets[0].writes.empty()) << web.DebugString() << erp.DebugString();
  }
}

}  // namespace
}  // namespace policy_test
