// Every captured call again, in its order, against the sandbox ERP: it must answer what the real one answered.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "fairlead/testing/sandbox_tryton.h"
#include "tests/testing/raw_client.h"

namespace fairlead_tests {
namespace {

using fairlead::testing::SandboxTryton;

/// Members in one order; moments in time replaced, for those are the server's own.
Json Normal(const Json& value) {
  if (value.IsArray()) {
    Json list = Json::Array();
    for (const Json& item : value.items()) list.Push(Normal(item));
    return list;
  }
  if (!value.IsObject()) return value;
  const std::string& type = value["__class__"].text();
  if (type == "datetime" || type == "date") return Json(type);
  std::map<std::string, Json> members;
  for (const Json::Member& member : value.members()) {
    members[member.first] = member.first == "_timestamp" ? Json("stamp") : Normal(member.second);
  }
  Json object = Json::Object();
  for (auto& member : members) object.Set(member.first, std::move(member.second));
  return object;
}

std::string Normal(const std::string& body) {
  auto json = Json::Parse(body);
  if (!json.ok()) return body;
  json->Remove("id");  // of the call
  return Normal(*json).Dump();
}

/// Where the answer is about the recorded instance itself, about moments in time, or about records that calls made
/// which were not recorded. Everything else has to be equal.
const std::set<std::string>& Differ() {
  static const auto* const files = new std::set<std::string>{
      // Its own token, databases, users, modules, jobs, full form views.
      "auth/db-list.json", "auth/login.json", "auth/preferences.json", "auth/preferences-full.json",
      "meta/fields-sale.sale.json", "meta/fields-product.product.json", "meta/fields-party.party.json",
      "meta/fields-stock.shipment.out.json", "meta/fields-stock.move.json", "meta/modules.json", "meta/warehouses.json",
      "meta/locations.json", "meta/currencies.json", "meta/cron.json", "meta/uoms.json",
      "invoices/pay-wizard-1-create.json", "invoices/pay-wizard-2-start.json", "invoices/credit-wizard-1-create.json",
      "invoices/credit-wizard-2-start.json", "invoices/credit-wizard-3-execute.json", "errors/domain-violation.json",
      // Numbers that unrecorded or refused calls used up.
      "parties/list-1.json", "parties/addresses.json", "parties/dotted-fields.json", "products/list.json",
      "invoices/credit-note-posted.json", "shipments/return-read.json", "sales/party-only-create.json",
      "sales/list.json", "shipments/list.json", "invoices/list.json", "stock/moves.json", "sales/by-reference.json",
      // Cursors and stamps of the recorded day.
      "incremental/4-or-create-date.json", "incremental/5-boundary-gt.json", "incremental/6-boundary-ge.json",
      "incremental/9-count.json", "concurrency/1-write-ok.json"};
  return *files;
}

class Replay {
 public:
  explicit Replay(SandboxTryton* erp) : erp_(erp) {}

  void Press(std::int64_t sale, std::initializer_list<const char*> buttons) {
    for (const char* button : buttons) Do(absl::StrCat("model.sale.sale.", button), absl::StrCat("[[", sale, "]]"));
  }
  void Sale(int party, const char* reference, int product, const char* quantity, const char* price) {
    Do("model.sale.sale.create",
       absl::StrCat(R"([[{"party":)", party, R"(,"invoice_address":)", party, R"(,"shipment_address":)", party,
                    R"(,"payment_term":1,"warehouse":5,"reference":")", reference,
                    R"(","lines":[["create",[{"type":"line","product":)", product, R"(,"unit":1,"quantity":)", quantity,
                    R"(,"unit_price":{"__class__":"Decimal","decimal":")", price, R"("}}]]]}]])"));
  }
  /// Calls between the recorded ones that were not recorded themselves.
  void Before(const std::string& file) {
    if (file == "sales/wh1-processed.json") {
      Press(2, {"quote", "confirm", "process"});
      Press(3, {"quote", "confirm", "process"});
    }
    if (file == "shipments/partial-reduce.json") Press(5, {"quote", "confirm", "process"});
    if (file == "shipments/partial-pack.json") {
      Do("model.stock.shipment.out.pick", "[[5]]");
      Do("model.stock.package.create", R"([[{"shipment":"stock.shipment.out,5","type":1,"moves":[["add",[78]]]}]])");
    }
    if (file == "errors/edit-quoted-line.json") Press(6, {"quote"});
    if (file == "errors/edit-processing.json") Press(6, {"confirm", "process"});
    if (file == "sales/cancel-quotation.json") {
      Sale(31, "SHOP-6001", 45, "1.0", "19.95");
      Press(7, {"quote"});
    }
    if (file == "shipments/cancel.json") {
      Sale(33, "SHOP-7001", 45, "3.0", "19.95");
      Press(8, {"quote", "confirm", "process"});
    }
    if (file == "sales/zero-processed.json") Press(10, {"quote", "confirm", "process"});
    if (file == "sales/service-only.json") {
      Sale(25, "SHOP-9002", 51, "2.0", "60");
      Press(11, {"quote", "confirm", "process"});
    }
    if (file == "sales/kg.json") Press(12, {"quote", "confirm", "process"});
  }

 private:
  void Do(const std::string& method, const std::string& params) {
    const auto result = erp_->Call(method, params);
    EXPECT_TRUE(result.ok()) << method << " " << result.status();
  }
  SandboxTryton* erp_;
};

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

TEST(TrytonReplay, SandboxAnswersWhatTheRealOneAnswered) {
  const std::string folder = std::string(FAIRLEAD_TESTDATA) + "/tryton-6.0.29";
  const auto erp = SandboxTryton::Start();
  ASSERT_TRUE(erp.ok()) << erp.status();
  Replay replay(erp->get());
  std::string session;
  int equal = 0;
  int calls = 0;
  for (const Json& call : ReadIndex(folder)) {
    const std::string file = call["file"].text();
    replay.Before(file);
    Headers headers = {{"Content-Type", "application/json"}};
    const std::string recorded = call["request_headers"]["Authorization"].text();
    const bool forged = file.find("forged") != std::string::npos;
    if (!recorded.empty()) headers.emplace_back("Authorization", session.empty() || forged ? recorded : session);
    std::string body = call["request_body"].text();
    // The sandbox counts wizard sessions from one.
    if (file.find("pay-wizard") != std::string::npos) body = Replaced(body, "\"params\": [3,", "\"params\": [1,");
    if (file.find("credit-wizard") != std::string::npos) body = Replaced(body, "\"params\": [4,", "\"params\": [2,");
    const RawAnswer answer = Call((*erp)->port(), call["method"].text(), call["target"].text(), headers, body);
    ++calls;
    EXPECT_EQ(answer.status, call["status"].AsInt()) << file;
    if (file == "auth/login.json") {
      const Json result = answer.json()["result"];
      ASSERT_EQ(result.size(), 2u);
      session = "Session " +
                fairlead::testing::internal::Base64Encode("admin:" + result.At(0).text() + ":" + result.At(1).text());
    }
    if (Differ().count(file) != 0) continue;
    ++equal;
    EXPECT_EQ(Normal(answer.body), Normal(ReadFile(folder + "/" + file))) << file << ": " << call["shows"].text();
  }
  EXPECT_EQ(calls, 231);
  EXPECT_GE(equal, 190);
}

}  // namespace
}  // namespace fairlead_tests
