// The same policy written in C++ and in a file is the same policy.
#include <chrono>
#include <string>

#include "fairlead/v1/inventory.pb.h"
#include "fairlead/v1/order.pb.h"
#include "fairlead/v1/party.pb.h"
#include "fairlead/v1/price.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"
#include "tests/policy/fixture.h"

namespace policy_test {
namespace {

using namespace std::chrono_literals;

// What a Connector has: Describe().
struct FakeConnector {
  v1::ConnectorManifest manifest;
  struct Described {
    v1::ConnectorManifest manifest;
    const v1::ConnectorManifest& proto() const { return manifest; }
  };
  Described Describe() const { return {manifest}; }
};
struct NamedConnector : FakeConnector {
  std::string id;
  std::string_view SystemId() const { return id; }
};

fairlead::PolicyBuilder AcmeBuilder() {
  v1::PostingGate gate;
  gate.set_target("erp");
  gate.add_payment("AUTHORIZED");
  gate.add_payment("PAID");
  gate.set_residual_limit("0.050");
  gate.set_require_mapped_lines(true);
  gate.set_responsible("sales-ops");
  gate.set_runbook("order-parked");
  return fairlead::PolicyBuilder("acme-commerce", 14)
      .System("erp", "books")
      .System("web", "shop")
      .Team("ops-inventory", "Operations", "hook:ops")
      .Team("sales-ops", "Sales operations", "mailto:sales-ops@acme.example")
      .Add(fairlead::Rule::For<v1::Party>("party", "*")
               .Owner("web")
               .Responsible("sales-ops", "party", "Customers keep their own data."))
      .Add(fairlead::Rule::For<v1::Party>("name", "display_name")
               .Priority({"erp", "web"})
               .Resolve(v1::PRIORITY)
               .Responsible("sales-ops", "party", "Clerks correct names in the ERP."))
      .Add(fairlead::Rule::For<v1::Order>("orders", "*")
               .Owner("web")
               .Responsible("sales-ops", "order-parked", "The shop takes the orders."))
      .Add(fairlead::Rule::For<v1::InventoryLevel>("stock-outlet", "quantities[AVAILABLE]")
               .Scope("location", "OUTLET")
               .Resolve(v1::IGNORE)
               .Responsible("ops-inventory", "inv-drift", "The outlet sells over its own counter."))
      .Add(fairlead::Rule::For<v1::InventoryLevel>("stock", "quantities[AVAILABLE]")
               .Owner("erp")
               .Derive("available")
               .Explain(v1::ORDERS_NOT_POSTED)
               .Tolerance("3.0", "0.1")
               .Freshness(15min, 1h)
               .AuditEvery(1h)
               .Propose()
               .Responsible("ops-inventory", "inv-drift", "The ERP counts; the shop must never oversell."))
      .Posting(gate);
}

TEST(Builder, GivesTheSameBundleAsTheFile) {
  v1::PolicyBundle file = Acme();
  // Caps of a proposal have no setter of their own: they are for AUTO.
  RuleOf(file, "stock")->mutable_repair()->clear_max_delta();
  RuleOf(file, "stock")->mutable_repair()->clear_max_per_run();
  const auto from_file = MustCompile(file, Both());
  auto from_code = AcmeBuilder().Compile(Both());
  ASSERT_TRUE(from_code.ok()) << from_code.status();
  std::string difference;
  google::protobuf::util::MessageDifferencer differencer;
  differencer.ReportDifferencesToString(&difference);
  EXPECT_TRUE(differencer.Compare(from_file->bundle(), (*from_code)->bundle())) << difference;
  EXPECT_EQ(from_file->hash(), (*from_code)->hash());
}

TEST(Builder, RefusalsNameTheRuleInsteadOfALine) {
  auto compiled =
      fairlead::PolicyBuilder("acme", 1)
          .Team("t", "T", "hook:t")
          .Add(fairlead::Rule::For<v1::Order>("orders", "buyer.emial").Owner("web").Responsible("t", "r", "b"))
          .Compile(Both());
  ASSERT_FALSE(compiled.ok());
  EXPECT_THAT(std::string(compiled.status().message()),
              ::testing::StartsWith("rule \"orders\": field path 'buyer.emial'"));
}

// The snippet that teams start from, word for word.
TEST(Builder, WhoOwnsThePrice) {
  FakeConnector erp;
  erp.manifest.set_system("erp");
  Reads(erp.manifest, v1::PRICE_LIST);
  FakeConnector web;
  web.manifest.set_system("web");
  auto policy = fairlead::PolicyBuilder("acme", 14)
                    .Team("pricing", "Pricing", "mailto:pricing@acme.example")
                    .Add(fairlead::Rule::For<v1::PriceList>("price", "entries[*].price")
                             .Scope("market", "US")
                             .Owner("erp")
                             .Tolerance("0.00")
                             .AuditEvery(24h)
                             .Propose()
                             .Responsible("pricing", "price-drift", "Contracts live in the ERP."))
                    .Compile({&erp, &web});
  ASSERT_TRUE(policy.ok()) << policy.status();
  const policy::CompiledRule* rule = (*policy)->Select(v1::PRICE_LIST, "entries[SKU-1].price", {{"market", "US"}});
  ASSERT_NE(rule, nullptr);
  EXPECT_EQ(rule->owner, "erp");
  EXPECT_EQ(rule->repair, v1::PROPOSE);
  EXPECT_EQ(rule->audit_every, 24h);
}

// Two shops of one kind: their connectors say which is which.
TEST(Builder, ConnectorsThatKnowTheirSystem) {
  NamedConnector us;
  us.manifest = Shop();
  us.id = "shop-us";
  NamedConnector de = us;
  de.id = "shop-de";
  const auto build = [] {
    return fairlead::PolicyBuilder("acme", 1)
        .System("shop-us", "shop")
        .System("shop-de", "shop")
        .Team("t", "T", "hook:t")
        .Add(fairlead::Rule::For<v1::InventoryLevel>("s", "*").Owner("shop-us").Responsible("t", "r", "b"));
  };
  EXPECT_TRUE(build().Compile({&us, &de}).ok()) << build().Compile({&us, &de}).status();
  FakeConnector nameless{Shop()};
  EXPECT_THAT(std::string(build().Compile({&us, &nameless}).status().message()),
              ::testing::HasSubstr("pass it as {id, connector}"));
  EXPECT_TRUE(build().Compile({&us, {"shop-de", &nameless}}).ok());
}

TEST(Hash, SaysWhatTheBundleSaysAndNotHow) {
  const std::string text = AcmeText();
  const auto hash = [](const std::string& bundle) {
    auto source = policy::ReadBundle(bundle, "x");
    EXPECT_TRUE(source.ok()) << source.status();
    return MustCompile(*source, {})->hash();
  };
  const std::string first = hash(text);
  EXPECT_EQ(first.size(), 32u);
  const auto with = [&text](const std::string& from, const std::string& to) {
    std::string changed = text;
    const std::size_t at = changed.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return changed.replace(at, from.size(), to);
  };
  EXPECT_EQ(hash("# another comment\n" + text), first);
  EXPECT_EQ(hash(with("abs: \"3\"", "abs: \"3.00\"")), first);
  EXPECT_EQ(hash(with("page: \"60m\"", "page: \"1h\"")), first);
  EXPECT_EQ(hash(with("  payment: \"PAID\"\n  payment: \"AUTHORIZED\"\n", "  payment: [\"AUTHORIZED\", \"PAID\"]\n")),
            first);
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"version: 14", "version: 15"},
           {"abs: \"3\"", "abs: \"4\""},
           {"OUTLET", "INLET"},
           {"resolve: IGNORE", "resolve: MANUAL_REVIEW owner: \"erp\""},
           {"priority: \"erp\"\n  priority: \"web\"", "priority: \"web\"\n  priority: \"erp\""},
           {"PAID", "NONE"},
           {"lead: \"Operations\"", "lead: \"Others\""}}) {
    EXPECT_NE(hash(with(from, to)), first) << from;
  }
}

// The hash stands in every stored decision: a build that computes another one for the same bundle breaks the trail.
TEST(Hash, OfTheGoldenBundleStaysTheSame) { EXPECT_EQ(AcmePolicy()->hash(), "a5c9db4a58f81d99d65ef4c06a4ccaaf"); }

}  // namespace
}  // namespace policy_test
