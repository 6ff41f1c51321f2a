// The parts of the sandbox ERP that a replay cannot show: cursors, locks, sessions, the warehouse, two at once.
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <thread>
#include <vector>

#include "fairlead/testing/fake_runtime.h"
#include "fairlead/testing/sandbox_tryton.h"
#include "tests/testing/raw_client.h"

namespace fairlead_tests {
namespace {

using namespace std::chrono_literals;
using fairlead::testing::SandboxProduct;
using fairlead::testing::SandboxTryton;

class Erp : public ::testing::Test {
 protected:
  void SetUp() override {
    auto erp = SandboxTryton::Start();
    ASSERT_TRUE(erp.ok()) << erp.status();
    erp_ = std::move(*erp);
  }
  Json Do(const std::string& method, const std::string& params) {
    const auto result = erp_->Call("model." + method, params);
    EXPECT_TRUE(result.ok()) << method << " " << result.status();
    return result.ok() ? *Json::Parse(*result) : Json();
  }
  std::string Error(const std::string& method, const std::string& params) {
    const auto result = erp_->Call("model." + method, params);
    return result.ok() ? "" : std::string(result.status().message());
  }
  void Product(const char* code, const char* price = "10") {
    SandboxProduct product;
    product.code = code;
    product.list_price = price;
    ASSERT_TRUE(erp_->AddProduct(product).ok());
  }
  /// A confirmed and so processed sale of one piece each.
  std::string Sale(const std::string& reference, const std::vector<std::string>& codes) {
    const std::string party =
        Do("party.party.create", R"([[{"name":"Buyer","addresses":[["create",[{"city":"X"}]]]}]])").At(0).text();
    const std::string address =
        Do("party.party.read", "[[" + party + R"(],["addresses"]])").At(0)["addresses"].At(0).text();
    std::string lines;
    for (const std::string& code : codes) {
      const std::string id =
          Do("product.product.search", R"([[["code","=",")" + code + R"("]],0,null,null])").At(0).text();
      lines += (lines.empty() ? "" : ",") + std::string(R"({"type":"line","product":)") + id +
               R"(,"unit":1,"quantity":1.0,"unit_price":{"__class__":"Decimal","decimal":"10"}})";
    }
    const std::string sale =
        Do("sale.sale.create", R"([[{"reference":")" + reference + R"(","party":)" + party + R"(,"invoice_address":)" +
                                   address + R"(,"shipment_address":)" + address +
                                   R"(,"warehouse":5,"lines":[["create",[)" + lines + "]]]}]]")
            .At(0)
            .text();
    Do("sale.sale.quote", "[[" + sale + "]]");
    Do("sale.sale.confirm", "[[" + sale + "]]");
    return sale;
  }
  Json ReadSale(const std::string& sale) {
    return Do("sale.sale.read",
              "[[" + sale +
                  R"(],["state","shipment_state","invoice_state","shipments","invoices","_timestamp","write_date"]])")
        .At(0);
  }

  std::unique_ptr<SandboxTryton> erp_;
};

TEST_F(Erp, CursorOnWriteDateAloneMissesWhatIsNew) {
  const std::string old_one = Do("party.party.create", R"([[{"name":"old"}]])").At(0).text();
  const Json stamp = Do("party.party.read", "[[" + old_one + R"(],["create_date","write_date"]])").At(0);
  EXPECT_TRUE(stamp["write_date"].IsNull());
  Do("party.party.create", R"([[{"name":"new"}]])");
  Do("party.party.write", "[[" + old_one + R"(],{"name":"renamed"}])");
  const std::string since = stamp["create_date"].Dump();
  const std::string by_write = R"(["write_date",">",)" + since + "]";
  const std::string by_create = R"(["create_date",">",)" + since + "]";
  EXPECT_EQ(Do("party.party.search", "[[" + by_write + "],0,null,null]").size(), 1u);
  EXPECT_EQ(Do("party.party.search", "[[\"OR\"," + by_write + "," + by_create + "],0,null,null]").size(), 2u);
}

TEST_F(Erp, StaleStampIsRefusedOnWriteAndIgnoredByButtons) {
  Product("A-1");
  const std::string party = Do("party.party.create", R"([[{"name":"p"}]])").At(0).text();
  const auto stamp = [&] {
    return Do("party.party.read", "[[" + party + R"(],["_timestamp"]])").At(0)["_timestamp"].text();
  };
  const auto context = [&](const std::string& held) {
    return R"({"_timestamp":{"party.party,)" + party + R"(":")" + held + "\"}}";
  };
  const std::string first = stamp();
  Do("party.party.write", "[[" + party + R"(],{"name":"one"},)" + context(first) + "]");
  EXPECT_NE(stamp(), first);
  EXPECT_EQ(Error("party.party.write", "[[" + party + R"(],{"name":"two"},)" + context(first) + "]"),
            R"(["ConcurrencyException","Records were modified in the meanwhile"])");
  EXPECT_EQ(Do("party.party.read", "[[" + party + R"(],["name"]])").At(0)["name"].text(), "one");
  const std::string sale = Sale("W-1", {"A-1"});
  Do("sale.sale.draft", "[[" + sale + R"(],{"_timestamp":{"sale.sale,)" + sale + R"(":"1.0"}}])");  // no complaint
}

TEST_F(Erp, ConfirmProcessesByItselfAndTheButtonAgainDoesNothing) {
  Product("A-1");
  const std::string sale = Sale("W-1", {"A-1"});
  const Json once = ReadSale(sale);
  EXPECT_EQ(once["state"].text(), "processing");
  EXPECT_EQ(once["shipments"].size(), 1u);
  EXPECT_EQ(once["invoices"].size(), 1u);
  for (const char* button : {"process", "process", "confirm", "quote", "cancel"}) {
    Do(std::string("sale.sale.") + button, "[[" + sale + "]]");
  }
  EXPECT_EQ(ReadSale(sale).Dump(), once.Dump());  // the stamp has not moved either
}

TEST_F(Erp, AFailedCallLeavesNothingBehind) {
  Product("A-1");
  const Json before = Do("sale.sale.search_count", "[[]]");
  EXPECT_NE(
      Error(
          "sale.sale.create",
          R"([[{"party":1,"reference":"OK"},{"party":1,"lines":[["create",[{"type":"line","product":1,"unit":1,"quantity":1.5,)"
          R"("unit_price":{"__class__":"Decimal","decimal":"1"}}]]]}]])"),
      "");
  EXPECT_EQ(Do("sale.sale.search_count", "[[]]"), before);
  EXPECT_EQ(Do("sale.line.search_count", "[[]]").AsInt(), 0);
  EXPECT_EQ(Do("sale.sale.search", R"([[["reference","=","OK"]],0,null,null])").size(), 0u);
}

TEST_F(Erp, UnitPriceHasFourDecimalsAtMost) {
  Product("A-1");
  const std::string error = Error(
      "sale.sale.create", R"([[{"party":1,"lines":[["create",[{"type":"line","product":1,"unit":1,"quantity":1.0,)"
                          R"("unit_price":{"__class__":"Decimal","decimal":"1.23456"}}]]]}]])");
  EXPECT_NE(error.find("Unit Price"), std::string::npos) << error;
  EXPECT_NE(error.find("exceeds the limit"), std::string::npos) << error;
}

TEST_F(Erp, OneOrderLeavesFromTwoWarehousesWithItsTracking) {
  Product("E-1");
  Product("W-1");
  ASSERT_TRUE(erp_->SetStock("E-1", "WH-EAST", 5).ok());
  ASSERT_TRUE(erp_->SetStock("W-1", "WH-WEST", 7).ok());
  const std::string sale = Sale("WEB-9", {"E-1", "W-1"});
  EXPECT_EQ(erp_->Ship("WEB-9", "TRK").status().code(),
            absl::StatusCode::kFailedPrecondition);  // nothing of W-1 in the east
  ASSERT_TRUE(erp_->SplitToWarehouse("WEB-9", {"W-1"}, "WH-WEST").ok());
  const auto tracking = erp_->Ship("WEB-9", "TRK");
  ASSERT_TRUE(tracking.ok()) << tracking.status();
  EXPECT_EQ(std::set<std::string>(tracking->begin(), tracking->end()).size(), 2u);
  EXPECT_EQ(*erp_->Stock("E-1", "WH-EAST"), 4);
  EXPECT_EQ(*erp_->Stock("W-1", "WH-WEST"), 6);
  EXPECT_EQ(ReadSale(sale)["shipment_state"].text(), "sent");
  const Json state = *Json::Parse(erp_->StateJson());
  EXPECT_EQ(state["sales"]["WEB-9"].At(0)["shipments"].size(), 2u);
  EXPECT_EQ(Do("stock.package.search", R"([[["shipping_reference","like","TRK-%"]],0,null,null])").size(), 2u);
  ASSERT_TRUE(erp_->PostInvoices("WEB-9").ok());
  EXPECT_EQ(Do("account.invoice.search_read", R"([[["state","=","posted"]],0,null,null,["number"]])")
                .At(0)["number"]
                .text()
                .substr(0, 4),
            "INV-");
}

TEST_F(Erp, SessionsEndAndAreToldApart) {
  const auto login = [&] {
    const Json result = Call(erp_->port(), "POST", "/erp/", {},
                             R"({"id":1,"method":"common.db.login","params":["admin",{"password":"admin-secret"}]})")
                            .json()["result"];
    return Headers{
        {"Authorization", "Session " + fairlead::testing::internal::Base64Encode("admin:1:" + result.At(1).text())}};
  };
  const std::string search = R"({"id":1,"method":"model.party.party.search","params":[[],0,1,null,{}]})";
  Headers session = login();
  EXPECT_EQ(Call(erp_->port(), "POST", "/erp/", session, search).status, 200);
  erp_->Advance(299s);
  EXPECT_EQ(Call(erp_->port(), "POST", "/erp/", session, search).status, 200);  // use keeps it alive
  erp_->Advance(301s);
  EXPECT_EQ(Call(erp_->port(), "POST", "/erp/", session, search).status, 401);
  session = login();
  EXPECT_EQ(Call(erp_->port(), "POST", "/erp/", session, search).status, 200);
  erp_->ExpireSessions();
  EXPECT_EQ(Call(erp_->port(), "POST", "/erp/", session, search).status, 401);
}

TEST_F(Erp, LookUpsByReferenceSeeEveryCopyOfASale) {
  for (int i = 0; i < 2; ++i) Do("sale.sale.create", R"([[{"party":1,"reference":"SAME"}]])");
  EXPECT_EQ(Do("sale.sale.search", R"([[["reference","=","SAME"]],0,null,null])").size(), 2u);
  EXPECT_EQ(Json::Parse(erp_->SummaryJson())->operator[]("duplicated").AsInt(), 1);
  const std::string id = Do("sale.sale.search", R"([[["reference","=","SAME"]],0,1,null])").At(0).text();
  Do("sale.sale.cancel", "[[" + id + "]]");
  EXPECT_EQ(Json::Parse(erp_->SummaryJson())->operator[]("duplicated").AsInt(), 0);
}

TEST_F(Erp, DomainsOfManyShapes) {
  Product("A-1");
  Product("B-1");
  Sale("W-1", {"A-1"});
  Sale("W-2", {"B-1"});
  const auto count = [&](const std::string& domain) {
    return Do("sale.sale.search_count", "[" + domain + "]").AsInt();
  };
  EXPECT_EQ(count(R"([["lines.product.code","=","A-1"]])"), 1);
  EXPECT_EQ(count(R"([["lines.product.code","in",["A-1","B-1"]]])"), 2);
  EXPECT_EQ(count(R"([["reference","ilike","w-%"]])"), 2);
  EXPECT_EQ(count(R"([["reference","!=","W-1"]])"), 1);
  EXPECT_EQ(count(R"([["reference","not in",["W-1","W-2"]]])"), 0);
  EXPECT_EQ(count(R"(["OR",["reference","=","W-1"],["AND",["reference","=","W-2"],["state","=","processing"]]])"), 2);
  EXPECT_EQ(count(R"([["total_amount",">=",{"__class__":"Decimal","decimal":"10"}]])"), 2);
  EXPECT_EQ(count(R"([["party.name","=","Buyer"]])"), 2);
  EXPECT_EQ(count(R"([["comment","=",null]])"), 2);
  EXPECT_EQ(Do("stock.move.search_count", R"([[["origin","like","sale.line,%"]]])").AsInt(), 2);
  EXPECT_EQ(Do("stock.location.search_count", R"([[["parent","child_of",[5]]]])").AsInt(), 3);
}

TEST_F(Erp, ManyAtOnceLoseNothing) {
  std::vector<std::thread> threads;
  const Headers basic = {{"Authorization", "Basic " + fairlead::testing::internal::Base64Encode("admin:admin-secret")}};
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        const RawAnswer answer =
            Call(erp_->port(), "POST", "/erp/", basic,
                 absl::StrCat(R"({"id":1,"method":"model.sale.sale.create","params":[[{"party":1,"reference":"R-)", t,
                              "-", i, R"("}],{}]})"));
        EXPECT_EQ(answer.status, 200);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const Json summary = *Json::Parse(erp_->SummaryJson());
  EXPECT_EQ(summary["references"].AsInt(), 160);
  EXPECT_EQ(summary["duplicated"].AsInt(), 0);
}

}  // namespace
}  // namespace fairlead_tests
