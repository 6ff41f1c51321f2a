// The ready-made bundles fit the connectors that they name.
#include <string>

#include "fairlead/connectors/tryton/connector.h"
#include "fairlead/connectors/woocommerce/connector.h"
#include "fairlead/testing/scripted_transport.h"
#include "tests/policy/fixture.h"

namespace policy_test {
namespace {

class Examples : public ::testing::Test {
 protected:
  fairlead::testing::ScriptedTransport transport_;
  fairlead::WooCommerceConnector web_{Woo(), transport_, fairlead::Runtime::System()};
  fairlead::TrytonConnector erp_{Tryton(), transport_, fairlead::Runtime::System()};

  static fairlead::WooOptions Woo() {
    fairlead::WooOptions options;
    options.base_url = "https://shop.example.com";
    options.credentials = [] { return fairlead::WooCredentials{"ck_1", fairlead::Secret("cs_1")}; };
    return options;
  }
  static fairlead::TrytonOptions Tryton() {
    fairlead::TrytonOptions options;
    options.base_url = "https://erp.example.com";
    options.database = "erp";
    options.user = "fairlead";
    options.password = [] { return fairlead::Secret("p"); };
    return options;
  }
};

TEST_F(Examples, StorefrontAndErp) {
  const std::string file = "storefront-erp.txtpb";
  auto source = policy::ReadBundle(ReadFile(FAIRLEAD_EXAMPLES_FOLDER "/policies/" + file), file);
  ASSERT_TRUE(source.ok()) << source.status();
  const auto compiled = MustCompile(*source, {{"web", &web_}, {"erp", &erp_}});
  ASSERT_NE(compiled, nullptr);
  // Nameless connectors are found by their kind.
  EXPECT_TRUE(policy::CompiledPolicy::Check(*source, {&web_, &erp_}).empty());
  EXPECT_EQ(compiled->PostingTargets(), std::vector<std::string>{"erp"});
  const auto owner = [&](v1::EntityKind entity, const char* path, const policy::Scope& scope) -> std::string {
    const policy::CompiledRule* rule = compiled->Select(entity, path, scope);
    return rule == nullptr ? "none" : rule->Writes() ? rule->owner : v1::Resolve_Name(rule->resolve);
  };
  EXPECT_EQ(owner(v1::ORDER, "lines[item:1].quantities.current", {}), "web");
  EXPECT_EQ(owner(v1::PARTY, "display_name", {}), "web");
  EXPECT_EQ(owner(v1::INVENTORY_LEVEL, "quantities[AVAILABLE]", {{"location", "WH-EAST"}}), "erp");
  EXPECT_EQ(owner(v1::INVENTORY_LEVEL, "quantities[AVAILABLE]", {{"location", "WH-WEST"}}), "erp");
  EXPECT_EQ(owner(v1::INVENTORY_LEVEL, "quantities[AVAILABLE]", {{"location", "WH-NORTH"}}), "none");
  EXPECT_EQ(owner(v1::SHIPMENT, "packages[*].tracking_number", {{"location", "WH-EAST"}}), "erp");
  EXPECT_EQ(owner(v1::PRODUCT, "variants[x].sku", {}), "MANUAL_REVIEW");
  EXPECT_EQ(owner(v1::VARIANT, "list_price", {}), "IGNORE");
}

}  // namespace
}  // namespace policy_test
