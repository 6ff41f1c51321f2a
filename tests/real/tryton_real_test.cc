// The connector against a real Tryton 6.0. Run by tests/real/tryton/test.sh, which starts the server and says where it is:
//   tryton_real_test --url=http://127.0.0.1:18370 --database=fairlead --user=admin --password=…
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "fairlead/connectors/tryton/connector.h"
#include "fairlead/http_curl/curl_transport.h"
#include "fairlead/models/money.h"
#include "tests/connectors/tryton/support.h"

namespace fairlead_tryton_test {
namespace {

using fairlead::TrytonConnector;
using fairlead::TrytonOptions;
using ::testing::ElementsAre;

std::map<std::string, std::string>& Arguments() {
  static auto* arguments = new std::map<std::string, std::string>();
  return *arguments;
}

TrytonOptions Options() {
  TrytonOptions options;
  options.base_url = Arguments()["url"];
  options.database = Arguments()["database"];
  options.user = Arguments()["user"];
  options.password = [] { return absl::StatusOr<fairlead::Secret>(fairlead::Secret(Arguments()["password"])); };
  options.default_warehouse = "WH-EAST";
  options.payment_term = "Net 30";
  options.tax_line_product = "STORE-TAX";
  options.charge_products = {{v1::LINE_KIND_SHIPPING, "SHIPPING"}, {v1::LINE_KIND_FEE, "FEE"}, {v1::LINE_KIND_DISCOUNT, "FEE"},
                             {v1::LINE_KIND_ROUNDING, "ROUNDING"}};
  options.d_max = std::chrono::milliseconds(200);
  return options;
}

class TrytonReal : public ::testing::Test {
 protected:
  TrytonReal() : run_(absl::StrCat(fairlead::Runtime::System().random->Next() % 1'000'000'000)) {}

  /// Unlike any of an earlier run against the same database.
  std::string Number(std::string_view name) const { return absl::StrCat(run_, "-", std::string(name)); }

  fairlead::http::CurlTransport transport_;
  TrytonConnector connector_{Options(), transport_, fairlead::Runtime::System()};
  MapResolver resolver_;
  std::string run_;
};

TEST_F(TrytonReal, AnOrderBecomesOneSaleThatIsReadBack) {
  const std::string customer = Number("customer");
  auto party = std::make_shared<v1::Party>(MakeParty(customer, "Ada Quill", "ada@mail.example.com"));
  Driver parties(connector_, &resolver_);
  ASSERT_TRUE(parties.Run(Intent("party.create", v1::PARTY, party, "party/1")).ok());
  const std::string party_id = parties.IdOf("party.create");
  ASSERT_FALSE(party_id.empty());
  resolver_.Link(v1::PARTY, Ref("web", "customer", customer), party_id);

  auto order = std::make_shared<v1::Order>(MakeOrder(Number("1001")));
  *order->mutable_buyer()->mutable_party() = Ref("web", "customer", customer);
  *order->add_lines() = Item("item:1", "CYN-0001", "3", "59.85");
  *order->add_lines() = Item("item:2", "CYN-4DP", "137", "169.13");
  *order->add_lines() = Charge(v1::LINE_KIND_SHIPPING, "Flat rate", "7.50");
  *order->add_lines() = Charge(v1::LINE_KIND_FEE, "Gift wrap", "-1.00");
  State(*order, "18.60", "254.09");  // The lines come to 254.08: one cent of rounding.
  Driver sales(connector_, &resolver_);
  const absl::Status status = sales.Run(Intent("sale.create", v1::ORDER, order, "order/1"));
  ASSERT_TRUE(status.ok()) << status;
  ASSERT_TRUE(sales.posting.has_value()) << ::testing::PrintToString(sales.Operations());
  EXPECT_EQ(sales.posting->status(), v1::POSTING_STATUS_POSTED);
  EXPECT_EQ(fairlead::models::MoneyText(sales.posting->target_total()), "254.09");
  EXPECT_EQ(fairlead::models::MoneyText(sales.posting->residual()), "0.01");
  EXPECT_EQ(sales.posting->document().id(), sales.IdOf("sale.create"));
  EXPECT_FALSE(sales.posting->document().human_number().empty());

  // The same order again: adopted, nothing written.
  Driver again(connector_, &resolver_);
  ASSERT_TRUE(again.Run(Intent("sale.create", v1::ORDER, order, "order/1")).ok());
  EXPECT_TRUE(again.steps.empty());
  ASSERT_TRUE(again.stopped.has_value());
  EXPECT_EQ(again.stopped->adopted_id, sales.IdOf("sale.create"));
}

}  // namespace
}  // namespace fairlead_tryton_test

int main(int argc, char** argv) {
  ::testing::InitGoogleMock(&argc, argv);
  for (int i = 1; i < argc; ++i) {
    const std::string text = argv[i];
    const std::size_t equals = text.find('=');
    if (text.rfind("--", 0) == 0 && equals != std::string::npos) {
      fairlead_tryton_test::Arguments()[text.substr(2, equals - 2)] = text.substr(equals + 1);
    }
  }
  for (const char* name : {"url", "database", "user", "password"}) {
    if (fairlead_tryton_test::Arguments()[name].empty()) {
      std::fprintf(stderr, "usage: %s --url=… --database=… --user=… --password=…\n", argv[0]);
      return 2;
    }
  }
  return RUN_ALL_TESTS();
}
