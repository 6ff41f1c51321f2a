// Which rule is the one: the most special that fits, and never two.
#include <string>

#include "gmock/gmock.h"
#include "src/policy/internal/glob.h"
#include "tests/policy/fixture.h"

namespace policy_test {
namespace {

using policy::Scope;
using ::testing::HasSubstr;

struct Spec {
  const char* id;
  const char* field;
  std::vector<std::pair<const char*, std::vector<const char*>>> scope;
};

v1::PolicyBundle Bundle(v1::EntityKind entity, const std::vector<Spec>& specs) {
  v1::PolicyBundle bundle = Acme();
  bundle.clear_rules();
  bundle.clear_posting();
  for (const Spec& spec : specs) {
    v1::PolicyRule* rule = bundle.add_rules();
    rule->set_id(spec.id);
    rule->set_entity(entity);
    rule->set_field(spec.field);
    rule->set_owner("erp");
    rule->set_responsible("ops-inventory");
    rule->set_runbook("r");
    rule->set_rationale("because");
    for (const auto& [key, values] : spec.scope) {
      v1::PolicyScope* scope = rule->add_scope();
      scope->set_key(key);
      for (const char* value : values) scope->add_value(value);
    }
  }
  return bundle;
}

std::string Pick(const policy::CompiledPolicy& compiled, v1::EntityKind entity, const char* path, const Scope& scope) {
  const policy::CompiledRule* rule = compiled.Select(entity, path, scope);
  return rule == nullptr ? "none" : rule->id;
}

constexpr const char* kStock = "quantities[AVAILABLE]";

TEST(Select, MostKeysThenLiteralThenListThenGlob) {
  const auto compiled =
      MustCompile(Bundle(v1::INVENTORY_LEVEL, {{"any", kStock, {}},
                                               {"glob", kStock, {{"location", {"WH-*"}}}},
                                               {"list", kStock, {{"location", {"WH-EAST", "WH-WEST"}}}},
                                               {"literal", kStock, {{"location", {"WH-EAST"}}}},
                                               {"two", kStock, {{"location", {"*"}}, {"market", {"US"}}}}}),
                  {});
  ASSERT_NE(compiled, nullptr);
  const auto pick = [&](const Scope& scope) { return Pick(*compiled, v1::INVENTORY_LEVEL, kStock, scope); };
  EXPECT_EQ(pick({}), "any");
  EXPECT_EQ(pick({{"location", "STORE-1"}}), "any");
  EXPECT_EQ(pick({{"location", "WH-NORTH"}}), "glob");
  EXPECT_EQ(pick({{"location", "WH-WEST"}}), "list");
  EXPECT_EQ(pick({{"location", "WH-EAST"}}), "literal");
  EXPECT_EQ(pick({{"location", "WH-EAST"}, {"market", "US"}}), "two") << "more keys win over a literal";
  EXPECT_EQ(pick({{"location", "WH-EAST"}, {"market", "DE"}}), "literal");
  EXPECT_EQ(pick({{"market", "US"}}), "any") << "a record without location fits no rule for locations, not even *";
}

TEST(Select, ThenTheLongestPath) {
  const auto compiled = MustCompile(Bundle(v1::ORDER, {{"all", "*", {}},
                                                       {"lines", "lines", {}},
                                                       {"each", "lines[*]", {}},
                                                       {"titles", "lines[*].title", {}},
                                                       {"one", "lines[item:1]", {}},
                                                       {"email", "buyer.email", {}}}),
                                    {});
  ASSERT_NE(compiled, nullptr);
  const auto pick = [&](const char* path) { return Pick(*compiled, v1::ORDER, path, {}); };
  EXPECT_EQ(pick("order_number"), "all");
  EXPECT_EQ(pick("buyer"), "all") << "a rule for a part is none for the whole";
  EXPECT_EQ(pick("buyer.email"), "email");
  EXPECT_EQ(pick("buyer.name"), "all");
  EXPECT_EQ(pick("lines"), "lines");
  EXPECT_EQ(pick("lines[item:2]"), "each");
  EXPECT_EQ(pick("lines[item:1]"), "one");
  EXPECT_EQ(pick("lines[item:2].title"), "titles");
  EXPECT_EQ(pick("lines[item:1].title"), "titles") << "longer than lines[item:1]";
  EXPECT_EQ(pick("lines[item:1].sku"), "one");
  EXPECT_EQ(pick("lines[item:2].quantities.current"), "each");
  EXPECT_EQ(pick("lines[\"item:2\"].sku"), "each");
  EXPECT_EQ(pick("not a path["), "none");
  EXPECT_EQ(Pick(*compiled, v1::PARTY, "display_name", {}), "none");
}

TEST(Select, KeysOfScopeComeBeforePaths) {
  const auto compiled =
      MustCompile(Bundle(v1::INVENTORY_LEVEL, {{"east", "*", {{"location", {"EAST"}}}}, {"stock", kStock, {}}}), {});
  ASSERT_NE(compiled, nullptr);
  EXPECT_EQ(Pick(*compiled, v1::INVENTORY_LEVEL, kStock, {{"location", "EAST"}}), "east");
  EXPECT_EQ(Pick(*compiled, v1::INVENTORY_LEVEL, kStock, {{"location", "WEST"}}), "stock");
}

// Values of records come from outside: they are data, never patterns.
TEST(Select, ValuesOfRecordsAreNoGlobs) {
  const auto compiled = MustCompile(Bundle(v1::INVENTORY_LEVEL, {{"east", kStock, {{"location", {"EAST"}}}}}), {});
  ASSERT_NE(compiled, nullptr);
  EXPECT_EQ(Pick(*compiled, v1::INVENTORY_LEVEL, kStock, {{"location", "*"}}), "none");
  EXPECT_EQ(Pick(*compiled, v1::INVENTORY_LEVEL, kStock, {{"location", "E?ST"}}), "none");
  const auto two =
      MustCompile(Bundle(v1::INVENTORY_LEVEL, {{"both", kStock, {{"location", {"A"}}, {"market", {"B"}}}}}), {});
  EXPECT_EQ(Pick(*two, v1::INVENTORY_LEVEL, kStock,
                 {{"location",
                   "A\x1f"
                   "B"},
                  {"market", ""}}),
            "none");
  EXPECT_EQ(Pick(*two, v1::INVENTORY_LEVEL, kStock, {{"location", "A"}, {"market", "B"}}), "both");
}

struct TieCase {
  const char* name;
  v1::EntityKind entity;
  std::vector<Spec> specs;
  bool tie;
};
void PrintTo(const TieCase& tie, std::ostream* out) { *out << tie.name; }
class Ties : public ::testing::TestWithParam<TieCase> {};

TEST_P(Ties, AreRefusedOnlyWhereEqualsOverlap) {
  const auto refusals = policy::CompiledPolicy::Check(Bundle(GetParam().entity, GetParam().specs), {});
  if (!GetParam().tie) {
    EXPECT_TRUE(refusals.empty()) << refusals.front().ToString();
    return;
  }
  ASSERT_EQ(refusals.size(), 1u);
  EXPECT_EQ(refusals[0].rule, "b");
  EXPECT_THAT(refusals[0].message, HasSubstr("as rule \"a\" and is not more special"));
}

INSTANTIATE_TEST_SUITE_P(
    Policy, Ties,
    ::testing::Values(TieCase{"SameFieldNoScope", v1::ORDER, {{"a", "*", {}}, {"b", "*", {}}}, true},
                      TieCase{"OtherEntitiesField", v1::ORDER, {{"a", "buyer", {}}, {"b", "lines", {}}}, false},
                      TieCase{"SameLiteral",
                              v1::INVENTORY_LEVEL,
                              {{"a", kStock, {{"location", {"E"}}}}, {"b", kStock, {{"location", {"E"}}}}},
                              true},
                      TieCase{"OtherLiterals",
                              v1::INVENTORY_LEVEL,
                              {{"a", kStock, {{"location", {"E"}}}}, {"b", kStock, {{"location", {"W"}}}}},
                              false},
                      TieCase{"ListsThatMeet",
                              v1::INVENTORY_LEVEL,
                              {{"a", kStock, {{"location", {"E", "W"}}}}, {"b", kStock, {{"location", {"W", "N"}}}}},
                              true},
                      TieCase{"ListsApart",
                              v1::INVENTORY_LEVEL,
                              {{"a", kStock, {{"location", {"E", "W"}}}}, {"b", kStock, {{"location", {"S", "N"}}}}},
                              false},
                      TieCase{"LiteralInList",
                              v1::INVENTORY_LEVEL,
                              {{"a", kStock, {{"location", {"E", "W"}}}}, {"b", kStock, {{"location", {"W"}}}}},
                              false},
                      TieCase{"GlobsThatMeet",
                              v1::INVENTORY_LEVEL,
                              {{"a", kStock, {{"location", {"WH-*"}}}}, {"b", kStock, {{"location", {"*-EAST"}}}}},
                              true},
                      TieCase{"GlobsOneInTheOther",
                              v1::INVENTORY_LEVEL,
                              {{"a", kStock, {{"location", {"WH-*"}}}}, {"b", kStock, {{"location", {"WH-1*"}}}}},
                              true},
                      TieCase{"GlobsApart",
                              v1::INVENTORY_LEVEL,
                              {{"a", kStock, {{"location", {"WH-*"}}}}, {"b", kStock, {{"location", {"ST-*"}}}}},
                              false},
                      TieCase{"DifferentKeys",
                              v1::INVENTORY_LEVEL,
                              {{"a", kStock, {{"location", {"E"}}}}, {"b", kStock, {{"market", {"US"}}}}},
                              true},
                      TieCase{"MoreKeys",
                              v1::INVENTORY_LEVEL,
                              {{"a", kStock, {{"location", {"E"}}}},
                               {"b", kStock, {{"location", {"E"}}, {"market", {"US"}}}}},
                              false},
                      TieCase{"TwoKeysOneApart",
                              v1::INVENTORY_LEVEL,
                              {{"a", kStock, {{"location", {"E"}}, {"market", {"US"}}}},
                               {"b", kStock, {{"location", {"E"}}, {"market", {"DE"}}}}},
                              false},
                      TieCase{"GlobAndListSwapped",
                              v1::INVENTORY_LEVEL,
                              {{"a", kStock, {{"location", {"E", "W"}}, {"market", {"U*"}}}},
                               {"b", kStock, {{"location", {"*"}}, {"market", {"US", "UK"}}}}},
                              true},
                      TieCase{"PathsThatCross",
                              v1::SHIPMENT,
                              {{"a", "packages[1].lines[*]", {}}, {"b", "packages[*].lines[x]", {}}},
                              true},
                      TieCase{"PathLonger", v1::ORDER, {{"a", "lines", {}}, {"b", "lines[*]", {}}}, false}),
    [](const ::testing::TestParamInfo<TieCase>& tested) { return std::string(tested.param.name); });

TEST(Glob, Matches) {
  using policy::internal::GlobMatches;
  EXPECT_TRUE(GlobMatches("*", ""));
  EXPECT_TRUE(GlobMatches("WH-*", "WH-"));
  EXPECT_TRUE(GlobMatches("*-EAST", "WH-EAST"));
  EXPECT_TRUE(GlobMatches("a*b*c", "axxbxxbc"));
  EXPECT_FALSE(GlobMatches("a*b*c", "axxcxxb"));
  EXPECT_TRUE(GlobMatches("W?", "WH"));
  EXPECT_FALSE(GlobMatches("W?", "W"));
  // Would take for ever with naive backtracking.
  EXPECT_FALSE(GlobMatches("*a*a*a*a*a*a*a*a*b", std::string(2000, 'a')));
}

// Overlap is decided without looking at values: it must agree with what values show.
TEST(Glob, OverlapAgreesWithMatching) {
  const std::vector<std::string> globs = {"",   "*",  "?",    "a",   "a*", "*a", "a?",
                                          "?a", "ab", "*ab*", "a*b", "b*", "??", "a**b"};
  std::vector<std::string> texts = {""};
  for (std::size_t from = 0, length = 0; length < 4; ++length) {
    const std::size_t to = texts.size();
    for (; from < to; ++from) {
      for (const char c : {'a', 'b'}) texts.push_back(texts[from] + c);
    }
  }
  for (const std::string& x : globs) {
    for (const std::string& y : globs) {
      bool both = false;
      for (const std::string& text : texts) {
        both = both || (policy::internal::GlobMatches(x, text) && policy::internal::GlobMatches(y, text));
      }
      EXPECT_EQ(policy::internal::GlobsOverlap(x, y), both) << "'" << x << "' and '" << y << "'";
    }
  }
}

// Against the plain definition: all rules that fit, ranked.
TEST(Select, AgreesWithAScanOverAllRules) {
  std::uint64_t state = 7;
  const auto next = [&state](std::size_t bound) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return static_cast<std::size_t>(state >> 33) % bound;
  };
  const std::vector<std::string> places = {"E1", "E2", "W1", "W2", "N"};
  const std::vector<std::string> globs = {"E*", "W*", "*1", "*"};
  int compiled_bundles = 0;
  for (int round = 0; round < 300; ++round) {
    v1::PolicyBundle bundle = Bundle(v1::INVENTORY_LEVEL, {});
    const std::size_t count = 2 + next(5);
    for (std::size_t i = 0; i < count; ++i) {
      *bundle.add_rules() = Bundle(v1::INVENTORY_LEVEL, {{"x", next(2) == 0 ? kStock : "*", {}}}).rules(0);
      v1::PolicyRule& rule = *bundle.mutable_rules(static_cast<int>(i));
      rule.set_id("r" + std::to_string(i));
      for (const char* key : {"location", "market"}) {
        const std::size_t kind = next(5);
        if (kind >= 3) continue;
        v1::PolicyScope* scope = rule.add_scope();
        scope->set_key(key);
        if (kind == 0) scope->add_value(places[next(places.size())]);
        if (kind == 1) scope->add_value(globs[next(globs.size())]);
        if (kind == 2) {
          const std::size_t first = next(places.size());
          scope->add_value(places[first]);
          scope->add_value(places[(first + 1) % places.size()]);
        }
      }
    }
    const auto compiled = policy::CompiledPolicy::Compile(bundle, {});
    if (!compiled.ok()) continue;
    ++compiled_bundles;
    for (const std::string& location : places) {
      for (const std::string& market : {std::string(), places[next(places.size())]}) {
        Scope scope{{"location", location}};
        scope.Set("market", market);
        using RankKey = std::tuple<int, int, int, int>;
        std::string best = "none";
        RankKey best_rank{};
        int equals = 0;
        for (const v1::PolicyRule& rule : bundle.rules()) {
          int rule_globs = 0;
          int lists = 0;
          bool fits = true;
          for (const v1::PolicyScope& term : rule.scope()) {
            const std::string* value = scope.Find(term.key());
            bool any = false;
            for (const std::string& wanted : term.value())
              any = any || (value != nullptr && policy::internal::GlobMatches(wanted, *value));
            fits = fits && any;
            if (term.value_size() > 1) {
              ++lists;
            } else if (policy::internal::IsGlob(term.value(0))) {
              ++rule_globs;
            }
          }
          if (!fits) continue;
          const RankKey rank{rule.scope_size(), -rule_globs, -lists, rule.field() == "*" ? 0 : 1};
          if (best == "none" || rank > best_rank) {
            best = rule.id();
            best_rank = rank;
            equals = 1;
          } else if (rank == best_rank) {
            ++equals;
          }
        }
        ASSERT_LE(equals, 1) << "a tie that was not refused";
        ASSERT_EQ(Pick(**compiled, v1::INVENTORY_LEVEL, kStock, scope), best)
            << bundle.DebugString() << scope.ToString();
      }
    }
  }
  EXPECT_GT(compiled_bundles, 50);
}

}  // namespace
}  // namespace policy_test
