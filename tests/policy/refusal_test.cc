// Every bundle that may not run is refused with a sentence that says what to do.
#include <functional>
#include <string>

#include "fairlead/core/error.h"
#include "fairlead/v1/party.pb.h"
#include "gmock/gmock.h"
#include "tests/policy/fixture.h"

namespace policy_test {
namespace {

using ::testing::HasSubstr;

struct Bad {
  const char* name;
  std::function<void(v1::PolicyBundle&)> spoil;
  // Rule that the refusal names ("" for none) and what it says.
  const char* rule;
  const char* says;
};

void PrintTo(const Bad& bad, std::ostream* out) { *out << bad.name; }

class Refused : public ::testing::TestWithParam<Bad> {};

TEST_P(Refused, WithRuleAndWhatToDo) {
  v1::PolicyBundle bundle = Acme();
  GetParam().spoil(bundle);
  const auto refusals = policy::CompiledPolicy::Check(bundle, Both());
  bool found = false;
  std::string all;
  for (const policy::Refusal& refusal : refusals) {
    all += refusal.ToString() + "\n";
    found = found || (refusal.rule == GetParam().rule && refusal.message.find(GetParam().says) != std::string::npos);
  }
  EXPECT_TRUE(found) << "wanted for rule '" << GetParam().rule << "': " << GetParam().says << "\ngot:\n" << all;
  const auto compiled = policy::CompiledPolicy::Compile(bundle, Both());
  EXPECT_FALSE(compiled.ok());
  EXPECT_EQ(fairlead::KindOf(compiled.status()), fairlead::ErrorKind::kConfiguration);
}

std::string NameOfCase(const ::testing::TestParamInfo<Bad>& tested) { return tested.param.name; }

v1::PolicyRule& Stock(v1::PolicyBundle& b) { return *RuleOf(b, "stock"); }
v1::PolicyScope& AddScope(v1::PolicyRule& rule, const char* key, std::initializer_list<const char*> values) {
  v1::PolicyScope* scope = rule.add_scope();
  scope->set_key(key);
  for (const char* value : values) scope->add_value(value);
  return *scope;
}

INSTANTIATE_TEST_SUITE_P(
    Bundle, Refused,
    ::testing::Values(
        Bad{"NoName", [](auto& b) { b.clear_name(); }, "", "the bundle has no name"},
        Bad{"NoVersion", [](auto& b) { b.clear_version(); }, "", "add version: 1"},
        Bad{"NoRules", [](auto& b) { b.clear_rules(); }, "", "the bundle has no rules"},
        Bad{"SystemIdUnusable", [](auto& b) { b.mutable_systems(0)->set_id("my web"); }, "", "give it 1 to 64 letters"},
        Bad{"SystemTwice", [](auto& b) { b.mutable_systems(0)->set_id("erp"); }, "", "\"erp\" is declared twice"},
        Bad{"SystemWithoutConnector", [](auto& b) { b.mutable_systems(0)->clear_connector(); }, "",
            "names no connector"},
        Bad{"SystemOfAnotherKind", [](auto& b) { b.mutable_systems(0)->set_connector("shopify"); }, "",
            "is declared as \"shopify\", but the connector given for it is \"shop\""},
        Bad{"SystemWithoutManifest",
            [](auto& b) {
              b.add_systems()->set_id("wms");
              b.mutable_systems(2)->set_connector("wms");
            },
            "", "no connector was given for system \"wms\""},
        Bad{"TeamIdUnusable", [](auto& b) { b.mutable_teams(0)->set_id(""); }, "", "team id \"\" is not usable"},
        Bad{"TeamTwice", [](auto& b) { b.mutable_teams(0)->set_id("sales-ops"); }, "", "is declared twice"},
        Bad{"TeamWithoutLead", [](auto& b) { b.mutable_teams(0)->clear_lead(); }, "", "has no lead"},
        Bad{"TeamUnreachable", [](auto& b) { b.mutable_teams(0)->clear_notify(); }, "", "cannot be reached"},
        Bad{"NotUtf8", [](auto& b) { Stock(b).set_rationale("caf\xe9"); }, "", "holds bytes that are not UTF-8"}),
    NameOfCase);

INSTANTIATE_TEST_SUITE_P(
    RuleItself, Refused,
    ::testing::Values(
        Bad{"NoId", [](auto& b) { Stock(b).clear_id(); }, "", "rule number 1 has no id"},
        Bad{"IdWithControls", [](auto& b) { Stock(b).set_id("a\nb"); }, "a\nb", "control characters"},
        Bad{"IdTwice", [](auto& b) { Stock(b).set_id("orders"); }, "orders", "another rule has this id"},
        Bad{"NoEntity", [](auto& b) { Stock(b).clear_entity(); }, "stock", "names no entity"},
        Bad{"NoField", [](auto& b) { Stock(b).clear_field(); }, "stock", "names no field"},
        Bad{"FieldUnknown", [](auto& b) { Stock(b).set_field("quantites[AVAILABLE]"); }, "stock",
            "did you mean \"quantities\"?"},
        Bad{"KeyUnknown", [](auto& b) { Stock(b).set_field("quantities[AVAILABEL]"); }, "stock",
            "did you mean \"AVAILABLE\"?"},
        Bad{"FieldSyntax", [](auto& b) { Stock(b).set_field("quantities[AVAILABLE"); }, "stock", "']' is missing"},
        Bad{"FieldByPlace", [](auto& b) { Stock(b).set_field("quantities[#0]"); }, "stock", "use its key, or [*]"},
        Bad{"FieldInHeader", [](auto& b) { Stock(b).set_field("header.tenant"); }, "stock", "engine's own bookkeeping"},
        Bad{"ScopeKeyUnknown", [](auto& b) { AddScope(Stock(b), "locaton", {"EAST"}); }, "stock",
            "did you mean \"location\"?"},
        Bad{"ScopeKeyTwice",
            [](auto& b) {
              AddScope(Stock(b), "location", {"EAST"});
              AddScope(Stock(b), "location", {"WEST"});
            },
            "stock", "list all its values in one scope"},
        Bad{"ScopeWithoutValue", [](auto& b) { AddScope(Stock(b), "market", {}); }, "stock", "has no value"},
        Bad{"ScopeValueEmpty", [](auto& b) { AddScope(Stock(b), "market", {""}); }, "stock", "is empty"},
        Bad{"ScopeValueTwice", [](auto& b) { AddScope(Stock(b), "market", {"US", "US"}); }, "stock", "stands twice"},
        Bad{"ScopeGlobInList", [](auto& b) { AddScope(Stock(b), "market", {"US", "E*"}); }, "stock",
            "a glob in a list: write a rule of its own"},
        Bad{"OwnerUnknown", [](auto& b) { Stock(b).set_owner("erpp"); }, "stock",
            "owner \"erpp\" is no declared system (did you mean \"erp\"?)"},
        Bad{"WriterUnknown", [](auto& b) { Stock(b).add_writers("wms"); }, "stock", "writers \"wms\" is no declared system"},
        Bad{"WriterTwice", [](auto& b) { Stock(b).add_writers("erp"); }, "stock", "names \"erp\" twice"},
        Bad{"PriorityUnknown", [](auto& b) { RuleOf(b, "name")->add_priority("crm"); }, "name",
            "priority \"crm\" is no declared system"},
        Bad{"OwnerNoWriter", [](auto& b) { Stock(b).set_writers(0, "web"); }, "stock",
            "the owner \"erp\" is not among the writers"},
        Bad{"PriorityNoWriter", [](auto& b) { RuleOf(b, "name")->add_writers("erp"); }, "name",
            "\"web\" is not among the writers"},
        Bad{"NoOwnerNoResolve", [](auto& b) { RuleOf(b, "orders")->clear_owner(); }, "orders",
            "says neither owner nor resolve"},
        Bad{"OwnerWinsWithoutOwner",
            [](auto& b) {
              RuleOf(b, "orders")->clear_owner();
              RuleOf(b, "orders")->set_resolve(v1::OWNER_WINS);
            },
            "orders", "OWNER_WINS needs an owner"},
        Bad{"PriorityWithoutOrder", [](auto& b) { RuleOf(b, "name")->clear_priority(); }, "name",
            "PRIORITY needs the order of preference"},
        Bad{"PriorityOwnerNotFirst", [](auto& b) { RuleOf(b, "name")->set_owner("web"); }, "name",
            "is not the first of priority"},
        Bad{"PriorityWithoutEffect", [](auto& b) { Stock(b).add_priority("erp"); }, "stock",
            "priority has no effect with OWNER_WINS"},
        Bad{"AppendOnlyOfNobody",
            [](auto& b) {
              RuleOf(b, "orders")->clear_owner();
              RuleOf(b, "orders")->set_resolve(v1::APPEND_ONLY);
            },
            "orders", "APPEND_ONLY needs to know whose entries count"},
        Bad{"AppendOnlyClears",
            [](auto& b) {
              RuleOf(b, "orders")->set_resolve(v1::APPEND_ONLY);
              RuleOf(b, "orders")->set_on_blank(v1::CLEAR);
            },
            "orders", "APPEND_ONLY never clears"},
        Bad{"ReviewOfNobody",
            [](auto& b) {
              RuleOf(b, "orders")->clear_owner();
              RuleOf(b, "orders")->set_resolve(v1::MANUAL_REVIEW);
            },
            "orders", "MANUAL_REVIEW needs to know whose values are compared"},
        Bad{"UseNextOfNobody", [](auto& b) { Stock(b).set_on_missing_owner(v1::USE_NEXT); }, "stock",
            "USE_NEXT needs to know who is next"},
        Bad{"DerivationUnknown", [](auto& b) { Stock(b).set_derive("on_hnad"); }, "stock", "did you mean \"on_hand\"?"},
        Bad{"DerivationElsewhere", [](auto& b) { RuleOf(b, "orders")->set_derive("on_hand"); }, "orders",
            "derivations are for INVENTORY_LEVEL alone"},
        Bad{"ExplanationElsewhere", [](auto& b) { RuleOf(b, "orders")->add_explain(v1::ORDERS_NOT_POSTED); }, "orders",
            "explains stock alone"},
        Bad{"ExplanationUnknown", [](auto& b) { Stock(b).add_explain(static_cast<v1::Explanation>(99)); }, "stock",
            "this explanation is unknown"}),
    NameOfCase);

INSTANTIATE_TEST_SUITE_P(
    Numbers, Refused,
    ::testing::Values(
        Bad{"ToleranceNoDecimal", [](auto& b) { Stock(b).mutable_tolerance()->set_abs("3,5"); }, "stock",
            "\"3,5\" is no decimal number"},
        Bad{"ToleranceNegative", [](auto& b) { Stock(b).mutable_tolerance()->set_rel("-0.1"); }, "stock",
            "is negative"},
        Bad{"WarnNoDuration", [](auto& b) { Stock(b).mutable_freshness()->set_warn("15"); }, "stock",
            "\"15\" is no duration"},
        Bad{"PageNoDuration", [](auto& b) { Stock(b).mutable_freshness()->set_page("1 hour"); }, "stock",
            "is no duration"},
        Bad{"WarnAfterPage", [](auto& b) { Stock(b).mutable_freshness()->set_warn("2h"); }, "stock",
            "warns after 2h but pages already after 60m"},
        Bad{"AuditNeverSaid", [](auto& b) { Stock(b).mutable_audit()->clear_every(); }, "stock", "says not how often"},
        Bad{"AuditNoDuration", [](auto& b) { Stock(b).mutable_audit()->set_every("daily"); }, "stock",
            "is no duration"},
        Bad{"AuditSample", [](auto& b) { Stock(b).mutable_audit()->set_sample("top:0"); }, "stock", "is no sample"},
        Bad{"RepairDelta", [](auto& b) { Stock(b).mutable_repair()->set_max_delta("0"); }, "stock",
            "is not above zero"},
        Bad{"AutoWithoutCaps",
            [](auto& b) {
              Stock(b).mutable_repair()->set_mode(v1::AUTO);
              Stock(b).mutable_repair()->set_max_per_run(0);
            },
            "stock", "AUTO needs its caps"},
        Bad{"AutoWithNothingToWrite",
            [](auto& b) {
              v1::PolicyRule& outlet = *RuleOf(b, "stock-outlet");
              outlet.mutable_repair()->set_mode(v1::AUTO);
            },
            "stock-outlet", "AUTO has nothing to write with IGNORE"},
        Bad{"AutoWithoutSafeWrite",
            [](auto& b) {
              v1::Repair& repair = *RuleOf(b, "orders")->mutable_repair();
              repair.set_mode(v1::AUTO);
              repair.set_max_delta("1");
              repair.set_max_per_run(1);
            },
            "orders", "AUTO needs a write"}),
    NameOfCase);

INSTANTIATE_TEST_SUITE_P(
    Answers, Refused,
    ::testing::Values(Bad{"NobodyResponsible", [](auto& b) { Stock(b).clear_responsible(); }, "stock",
                          "nobody is responsible"},
                      Bad{"TeamUnknown", [](auto& b) { Stock(b).set_responsible("ops-inventry"); }, "stock",
                          "did you mean \"ops-inventory\"?"},
                      Bad{"NoRunbook", [](auto& b) { Stock(b).clear_runbook(); }, "stock", "names no runbook"},
                      Bad{"NoReason", [](auto& b) { Stock(b).clear_rationale(); }, "stock", "gives no reason"}),
    NameOfCase);

INSTANTIATE_TEST_SUITE_P(
    Gates, Refused,
    ::testing::Values(
        Bad{"NoTarget", [](auto& b) { b.mutable_posting(0)->clear_target(); }, "", "names no target"},
        Bad{"TargetUnknown", [](auto& b) { b.mutable_posting(0)->set_target("epr"); }, "", "did you mean \"erp\"?"},
        Bad{"TargetTwice", [](auto& b) { *b.add_posting() = b.posting(0); }, "", "the target has another gate"},
        Bad{"TargetCannot", [](auto& b) { b.mutable_posting(0)->set_target("web"); }, "", "cannot create orders"},
        Bad{"PaymentWord", [](auto& b) { b.mutable_posting(0)->set_payment(0, "PAYED"); }, "",
            "did you mean \"PAID\"?"},
        Bad{"CommercialWord", [](auto& b) { b.mutable_posting(0)->add_commercial("OPENED"); }, "",
            "\"OPENED\" is no commercial state (did you mean \"OPEN\"?)"},
        Bad{"Limit", [](auto& b) { b.mutable_posting(0)->set_residual_limit("five"); }, "", "is no amount"},
        Bad{"GateOfNobody", [](auto& b) { b.mutable_posting(0)->clear_responsible(); }, "",
            "nobody is responsible for parked orders"},
        Bad{"GateTeam", [](auto& b) { b.mutable_posting(0)->set_responsible("sales"); }, "", "is not declared"},
        Bad{"GateRunbook", [](auto& b) { b.mutable_posting(0)->clear_runbook(); }, "", "names no runbook for parked"}),
    NameOfCase);

// What this version cannot do yet is refused, not ignored.
TEST(RefusedLater, EveryOtherResolve) {
  for (const v1::Resolve resolve : {v1::LATEST, v1::FIRST_WRITE, v1::MAX, v1::MIN, v1::UNION, v1::MOST_RESTRICTIVE,
                                    v1::MOST_FREQUENT, v1::DERIVED}) {
    v1::PolicyBundle bundle = Acme();
    RuleOf(bundle, "orders")->set_resolve(resolve);
    const auto compiled = policy::CompiledPolicy::Compile(bundle, Both());
    ASSERT_FALSE(compiled.ok());
    EXPECT_THAT(
        std::string(compiled.status().message()),
        HasSubstr(v1::Resolve_Name(resolve) + " is not supported yet by this version: use OWNER_WINS, PRIORITY, "
                                              "APPEND_ONLY, MANUAL_REVIEW or IGNORE"));
  }
}

TEST(Capabilities, AnOwnerThatCannotProvideTheField) {
  v1::PolicyBundle bundle = Acme();
  std::vector<policy::ManifestSource> manifests = {{"web", Shop()}, {"erp", [] {
                                                                       v1::ConnectorManifest books = Books();
                                                                       books.mutable_entities(0)->set_read_one(false);
                                                                       books.mutable_entities(0)->set_list_all(false);
                                                                       return books;
                                                                     }()}};
  const auto refusals = policy::CompiledPolicy::Check(bundle, manifests);
  ASSERT_EQ(refusals.size(), 1u);
  EXPECT_EQ(refusals[0].rule, "stock");
  EXPECT_THAT(refusals[0].message, HasSubstr("owner \"erp\" cannot provide it: the books connector does not read"));
}

TEST(Capabilities, ReadsOfSomeFieldsOnly) {
  v1::ConnectorManifest books = Books();
  books.mutable_entities(0)->add_reads_fields("quantities[ON_HAND]");
  EXPECT_FALSE(policy::CompiledPolicy::Compile(Acme(), {{"web", Shop()}, {"erp", books}}).ok());
  books.mutable_entities(0)->add_reads_fields("quantities");
  EXPECT_TRUE(policy::CompiledPolicy::Compile(Acme(), {{"web", Shop()}, {"erp", books}}).ok());
}

TEST(Capabilities, AFieldThatAnyoneCanWriteNeedsARule) {
  v1::ConnectorManifest shop = Shop();
  Writes(Reads(shop, v1::VARIANT), "price.set", v1::EFFECT_CLASS_ABSOLUTE, v1::WRITE_VERB_UPDATE, {"list_price"});
  const std::vector<policy::ManifestSource> manifests = {{"web", shop}, {"erp", Books()}};
  const auto refusals = policy::CompiledPolicy::Check(Acme(), manifests);
  ASSERT_EQ(refusals.size(), 1u);
  EXPECT_THAT(refusals[0].message,
              HasSubstr("nobody owns \"list_price\" of VARIANT, which price.set of \"web\" can write: add a "
                        "rule for it, or one with resolve: IGNORE"));
  v1::PolicyBundle bundle = Acme();
  v1::PolicyRule* rule = bundle.add_rules();
  *rule = *RuleOf(bundle, "stock-outlet");
  rule->clear_scope();
  rule->set_id("price");
  rule->set_entity(v1::VARIANT);
  rule->set_field("list_price");
  EXPECT_TRUE(policy::CompiledPolicy::Check(bundle, manifests).empty());
}

// Rules below a field that is written as a whole leave the rest of it without one.
TEST(Capabilities, HalfOfAWrittenFieldIsNotEnough) {
  v1::ConnectorManifest shop = Shop();
  Writes(Reads(shop, v1::SHIPMENT), "tracking.set", v1::EFFECT_CLASS_ABSOLUTE, v1::WRITE_VERB_UPSERT, {"packages"});
  v1::PolicyBundle bundle = Acme();
  v1::PolicyRule* rule = bundle.add_rules();
  *rule = *RuleOf(bundle, "stock-outlet");
  rule->clear_scope();
  rule->set_id("tracking");
  rule->set_entity(v1::SHIPMENT);
  rule->set_field("packages[*].tracking_number");
  const std::vector<policy::ManifestSource> manifests = {{"web", shop}, {"erp", Books()}};
  const auto refusals = policy::CompiledPolicy::Check(bundle, manifests);
  ASSERT_EQ(refusals.size(), 1u);
  EXPECT_THAT(refusals[0].message, HasSubstr("\"packages[*].carrier\""));
  RuleOf(bundle, "tracking")->set_field("packages");
  EXPECT_TRUE(policy::CompiledPolicy::Check(bundle, manifests).empty());
}

// A write that names no fields: some rule has to speak of the record, and what none covers is never written.
TEST(Capabilities, AWriteThatNamesNoFields) {
  v1::PolicyBundle bundle = Acme();
  RuleOf(bundle, "party")->set_field("language");
  EXPECT_TRUE(policy::CompiledPolicy::Check(bundle, Both()).empty());
  const auto compiled = MustCompile(bundle, Both());
  v1::Party web;
  web.set_first_name("Ann");
  web.set_language("en");
  const v1::Party erp;
  policy::EntityCase entity;
  entity.entity = v1::PARTY;
  entity.records.push_back({"web", &web, "", {}});
  entity.records.push_back({"erp", &erp, "", {}});
  const auto evaluation = compiled->Evaluate(entity);
  ASSERT_TRUE(evaluation.ok());
  ASSERT_EQ(evaluation->targets.size(), 1u);
  ASSERT_EQ(evaluation->targets[0].writes.size(), 1u);
  EXPECT_EQ(evaluation->targets[0].writes[0].path, "language");
  bundle.mutable_rules()->DeleteSubrange(3, 2);
  const auto refusals = policy::CompiledPolicy::Check(bundle, Both());
  ASSERT_EQ(refusals.size(), 1u) << "once for a system, however many writes";
  EXPECT_THAT(refusals[0].message,
              HasSubstr("nobody owns any field of PARTY, which party.create of \"erp\" can write: add a rule"));
}

TEST(Capabilities, AManifestThatNamesAFieldThatDoesNotExist) {
  v1::ConnectorManifest shop = Shop();
  shop.mutable_entities(2)->mutable_writes(0)->add_writes_fields("stock");
  const auto refusals = policy::CompiledPolicy::Check(Acme(), {{"web", shop}, {"erp", Books()}});
  ASSERT_EQ(refusals.size(), 1u);
  EXPECT_THAT(refusals[0].message, HasSubstr("correct the connector"));
}

TEST(Capabilities, ConnectorsThatBelongToNoSystem) {
  auto both = Both();
  both.push_back({"wms", Shop()});
  EXPECT_THAT(std::string(policy::CompiledPolicy::Compile(Acme(), both).status().message()),
              HasSubstr("a connector was given for system \"wms\", which the bundle does not declare"));
  both.pop_back();
  both.push_back({"web", Shop()});
  EXPECT_THAT(std::string(policy::CompiledPolicy::Compile(Acme(), both).status().message()),
              HasSubstr("two connectors were given for system \"web\""));
}

TEST(Capabilities, AutoRepairWhereAWriteMayBeRepeated) {
  v1::PolicyBundle bundle = Acme();
  RuleOf(bundle, "stock")->mutable_repair()->set_mode(v1::AUTO);
  EXPECT_TRUE(policy::CompiledPolicy::Check(bundle, Both()).empty());
  v1::ConnectorManifest shop = Shop();
  shop.mutable_entities(2)->mutable_writes(0)->set_effect(v1::EFFECT_CLASS_BLIND);
  EXPECT_EQ(policy::CompiledPolicy::Check(bundle, {{"web", shop}, {"erp", Books()}}).size(), 1u);
}

// Without connectors an editor still gets every other check.
TEST(Capabilities, WithoutManifestsTheRestIsChecked) {
  EXPECT_TRUE(policy::CompiledPolicy::Check(Acme(), {}).empty());
  v1::PolicyBundle bundle = Acme();
  RuleOf(bundle, "stock")->clear_runbook();
  EXPECT_EQ(policy::CompiledPolicy::Check(bundle, {}).size(), 1u);
}

TEST(AllAtOnce, EveryFaultIsListedWithItsPlace) {
  std::string text = AcmeText();
  const auto replace = [&text](const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos);
    text.replace(at, from.size(), to);
  };
  replace("owner: \"erp\"", "owner: \"epr\"");
  replace("warn: \"15m\"", "warn: \"15\"");
  replace("responsible: \"sales-ops\"\n  runbook: \"party\"\n  rationale: \"Clerks",
          "responsible: \"saless-ops\"\n  runbook: \"party\"\n  rationale: \"Clerks");
  auto source = policy::ReadBundle(text, "acme.txtpb");
  ASSERT_TRUE(source.ok()) << source.status();
  const std::string all(policy::CompiledPolicy::Compile(*source, Both()).status().message());
  EXPECT_THAT(all, HasSubstr("acme.txtpb:15:3: rule \"stock\": owner \"epr\" is no declared system"));
  EXPECT_THAT(all, HasSubstr("acme.txtpb:21:15: rule \"stock\": \"15\" is no duration"));
  EXPECT_THAT(all, HasSubstr("rule \"name\": team \"saless-ops\" is not declared (did you mean \"sales-ops\"?)"));
}

TEST(AllAtOnce, ALongListIsCountedNotPrinted) {
  v1::PolicyBundle bundle = Acme();
  for (int i = 0; i < 200; ++i) {
    v1::PolicyRule* rule = bundle.add_rules();
    *rule = *RuleOf(bundle, "stock-outlet");
    rule->set_id("r" + std::to_string(i));
    rule->mutable_scope(0)->set_value(0, "L" + std::to_string(i));
    rule->clear_runbook();
  }
  EXPECT_THAT(std::string(policy::CompiledPolicy::Compile(bundle, Both()).status().message()),
              HasSubstr("\nand 100 more"));
}

}  // namespace
}  // namespace policy_test
