// fairlead sync against both sandboxes, from a configuration file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <string>

#include "fairlead/testing/sandbox_tryton.h"
#include "fairlead/testing/sandbox_woo.h"
#include "tests/cli/command.h"

namespace fairlead_cli_test {
namespace {

using ::testing::HasSubstr;

class SyncCommand : public ::testing::Test {
 protected:
  void SetUp() override {
    woo_ = fairlead::testing::SandboxWoo::Start({}).value();
    erp_ = fairlead::testing::SandboxTryton::Start({}).value();
    const auto set = woo_->GenerateOrders(6, 5).value();
    for (const char* code : {"SHIPPING", "FEE", "ROUNDING", "STORE-TAX"}) AddItem(code, "service");
    for (const std::string& sku : set.skus) AddItem(sku, "goods");
    folder_ =
        ::testing::TempDir() + "/fairlead_sync_" + ::testing::UnitTest::GetInstance()->current_test_info()->name();
    for (const char* suffix : {"", "-wal", "-shm", "-writer"}) std::remove((folder_ + ".db" + suffix).c_str());
    std::ofstream(folder_ + ".secret") << woo_->consumer_secret() << "\n";
  }
  void AddItem(const std::string& code, const std::string& type) {
    fairlead::testing::SandboxProduct product;
    product.code = code;
    product.type = type;
    ASSERT_TRUE(erp_->AddProduct(product).ok());
    if (type != "goods") return;
    ASSERT_TRUE(erp_->SetStock(code, "WH-EAST", 500).ok());
  }

  std::string Config(const std::string& more) {
    const std::string file = folder_ + ".txtpb";
    std::ofstream(file)
        << "tenant: \"acme\"\nstore: \"" << folder_ << ".db\"\npolicy: \"" << FAIRLEAD_SCENARIO_POLICY
        << "\"\nmax_writes_per_hour: -1\n"
        << more << "woocommerce { system: \"web\" url: \"" << woo_->url() << "\" consumer_key: \""
        << woo_->consumer_key() << "\" consumer_secret_file: \"" << folder_
        << ".secret\" currency: \"USD\" d_max: \"200ms\" }\n"
        << "tryton { system: \"erp\" url: \"" << erp_->url() << "\" database: \"" << erp_->database() << "\" user: \""
        << erp_->user() << "\" password: \"" << erp_->password()
        << "\" warehouse: \"WH-EAST\" warehouse: \"WH-WEST\" default_warehouse: \"WH-EAST\""
        << " payment_term: \"Net 30\" tax_line_product: \"STORE-TAX\" d_max: \"200ms\""
        << " charge_product { key: \"shipping\" value: \"SHIPPING\" } charge_product { key: \"fee\" value: \"FEE\" }"
        << " charge_product { key: \"discount\" value: \"FEE\" } }\n";
    return file;
  }
  std::string Sales() { return erp_->Call("model.sale.sale.search_count", "[[],{\"company\":1}]").value(); }

  std::unique_ptr<fairlead::testing::SandboxWoo> woo_;
  std::unique_ptr<fairlead::testing::SandboxTryton> erp_;
  std::string folder_;
};

TEST_F(SyncCommand, ObservesUnlessToldOtherwise) {
  const Ran ran = Fairlead({"sync", "--config", Config(""), "--once", "--json"});
  EXPECT_LE(ran.exit, 1) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("\"written\": 0"));
  EXPECT_EQ(Sales(), "0");
}

TEST_F(SyncCommand, EnforcesOnceAndOnceMoreDoesNothing) {
  const std::string config = Config("mode: \"enforce\"\nadopt_before: \"2001-01-01T00:00:00Z\"\n");
  const Ran first = Fairlead({"sync", "--config", config, "--once", "--json"});
  EXPECT_LE(first.exit, 1) << first.err;
  const std::string sales = Sales();
  EXPECT_NE(sales, "0");
  const Ran second = Fairlead({"sync", "--config", config, "--once", "--json"});
  EXPECT_LE(second.exit, 1) << second.err;
  EXPECT_EQ(Sales(), sales);
}

TEST_F(SyncCommand, WrongConfigurationSaysWhereAndWhat) {
  const auto error = [&](const std::string& more) { return Fairlead({"sync", "--config", Config(more), "--once"}); };
  EXPECT_EQ(error("mode: \"enforced\"\n").exit, 2);
  EXPECT_THAT(error("mode: \"enforced\"\n").err, HasSubstr("none of observe, propose, enforce"));
  EXPECT_THAT(error("moed: \"observe\"\n").err, HasSubstr(".txtpb:5:"));
  EXPECT_THAT(error("poll_every: \"soon\"\n").err, HasSubstr("poll_every"));
  EXPECT_THAT(error("adopt_before: \"yesterday\"\n").err, HasSubstr("adopt_before"));
  EXPECT_THAT(error("mode: \"enforce\"\n").err, HasSubstr("adopt_before"));
  EXPECT_THAT(Fairlead({"sync", "--config", "/no/such.txtpb"}).err, HasSubstr("/no/such.txtpb"));
  EXPECT_EQ(Sales(), "0");
}

}  // namespace
}  // namespace fairlead_cli_test
