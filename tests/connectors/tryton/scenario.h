// The fixture of the scenarios: a connector whose transport can be meddled with, customers, orders, and staff.
#ifndef FAIRLEAD_TESTS_CONNECTORS_TRYTON_SCENARIO_H_
#define FAIRLEAD_TESTS_CONNECTORS_TRYTON_SCENARIO_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "fairlead/models/decimal.h"
#include "fairlead/models/money.h"
#include "fairlead/testing/status_matchers.h"
#include "fairlead/v1/inventory.pb.h"
#include "fairlead/v1/invoice.pb.h"
#include "fairlead/v1/payment.pb.h"
#include "fairlead/v1/product.pb.h"
#include "fairlead/v1/shipment.pb.h"
#include "src/connector/internal/json.h"
#include "tests/connectors/tryton/environment.h"
#include "tests/connectors/tryton/support.h"

namespace fairlead_tryton_test {

using fairlead::CallContext;
using fairlead::ErrorKind;
using fairlead::ListRequest;
using fairlead::Outcome;
using fairlead::Page;
using fairlead::Record;
using fairlead::TrytonConnector;
using fairlead::TrytonOptions;
using fairlead::internal::json::Document;
using fairlead::models::MoneyText;
using fairlead::testing::ErrorKindIs;
using fairlead::testing::IsOk;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class TrytonScenario : public ::testing::Test {
 protected:
  TrytonScenario() : run_(absl::StrCat("T", fairlead::Runtime::System().random->Next() % 100'000'000)) {
    for (const char* code : {"CYN-0001", "CYN-0002", "CYN-4DP"}) TheEnvironment().EnsureProduct(code);
    connector_ = std::make_unique<TrytonConnector>(TheEnvironment().Options(), transport_, fairlead::Runtime::System());
  }

  /// Unlike any of another test or an earlier run against the same database.
  std::string Number(std::string_view name) const { return absl::StrCat(run_, std::string(name)); }

  /// A linked customer.
  v1::ExternalRef Customer(std::string_view name = "C") {
    const v1::ExternalRef ref = Ref("web", "customer", Number(name));
    auto party = std::make_shared<v1::Party>(MakeParty(Number(name), "Ada Quill", Number(name) + "@mail.example.com"));
    Driver driver(*connector_, &resolver_);
    EXPECT_THAT(driver.Run(Intent("party.create", v1::PARTY, party, "party/" + Number(name))), IsOk());
    party_id_ = driver.stopped.has_value() ? driver.stopped->adopted_id : driver.IdOf("party.create");
    EXPECT_FALSE(party_id_.empty());
    resolver_.Link(v1::PARTY, ref, party_id_);
    return ref;
  }

  /// Two items and shipping: 59.85 + 169.13 + 7.50, tax 18.60, total 255.08.
  std::shared_ptr<v1::Order> Order(std::string_view name) {
    auto order = std::make_shared<v1::Order>(MakeOrder(Number(name)));
    *order->mutable_buyer()->mutable_party() = Customer();
    *order->add_lines() = Item("item:1", "CYN-0001", "3", "59.85");
    *order->add_lines() = Item("item:2", "CYN-4DP", "137", "169.13");
    *order->add_lines() = Charge(v1::LINE_KIND_SHIPPING, "Flat rate", "7.50");
    State(*order, "18.60", "255.08");
    return order;
  }

  fairlead::WriteIntent Create(const std::shared_ptr<v1::Order>& order) {
    return Intent("sale.create", v1::ORDER, order, "order/" + order->order_number());
  }

  /// Sales that carry the order's reference, by staff's count.
  std::string CountSales(const v1::Order& order) {
    const absl::StatusOr<std::string> count = TheEnvironment().Call(
        "model.sale.sale.search_count", absl::StrCat(R"([["reference","=","WEB-)", order.order_number(), R"("]])"));
    return count.ok() ? *count : std::string(count.status().message());
  }

  absl::Status Staff(std::string_view method, std::string_view params) {
    return TheEnvironment().Call(method, params).status();
  }

  /// All records of a listing, by external id; the last one of each.
  std::map<std::string, Record> Drain(v1::EntityKind entity, std::string& cursor) {
    std::map<std::string, Record> records;
    for (int pages = 0; pages < 400; ++pages) {
      absl::StatusOr<Page> page = connector_->ListSince(ListRequest{entity, cursor, 0}, CallContext{});
      EXPECT_THAT(page, IsOk());
      if (!page.ok()) return records;
      EXPECT_THAT(page->unreadable, IsEmpty());
      cursor = page->next_cursor;
      for (Record& record : page->records) records[record.external_id] = std::move(record);
      if (page->last) return records;
    }
    ADD_FAILURE() << "the listing does not end";
    return records;
  }

  std::string StaffText(std::string_view method, std::string_view params) {
    absl::StatusOr<std::string> answer = TheEnvironment().Call(method, params);
    EXPECT_THAT(answer, IsOk()) << method << " " << params;
    return answer.ok() ? *answer : "null";
  }

  /// Makes a shipment ready and sends it off in one package, as the client's user would.
  void Ship(const std::string& id, const std::string& tracking) {
    const Document shipment =
        Document::Parse(StaffText("model.stock.shipment.out.read", absl::StrCat("[", id, R"(],["outgoing_moves"])")))
            .value();
    const std::string moves(shipment.root().At(0)["outgoing_moves"].raw());
    const std::string ids = absl::StrCat("[", id, "]");
    EXPECT_EQ(StaffText("model.stock.shipment.out.assign_try", ids), "true");
    StaffText("model.stock.shipment.out.pick", ids);
    StaffText("model.stock.package.create",
              absl::StrCat(R"([{"shipment":"stock.shipment.out,)", id, R"(","type":1,"shipping_reference":")", tracking,
                           R"(","moves":[["add",)", moves, "]]}]"));
    absl::StatusOr<std::string> packed = TheEnvironment().Call("model.stock.shipment.out.pack", ids);
    if (!packed.ok()) {
      // No carrier: a warning to acknowledge, then again.
      EXPECT_THAT(std::string(packed.status().message()), HasSubstr("UserWarning"));
      StaffText("model.res.user.warning.create",
                absl::StrCat(R"([{"user":1,"name":"shipment_out_no_carrier_stock.shipment.out,)", id,
                             R"(","always":false}])"));
      StaffText("model.stock.shipment.out.pack", ids);
    }
    StaffText("model.stock.shipment.out.done", ids);
  }

  /// Moves the second item of a waiting shipment to a new one from WH-WEST, ships both, and answers the new one's id.
  std::string SplitAndShip(const std::string& first) {
    const Document shipment =
        Document::Parse(StaffText("model.stock.shipment.out.read",
                                  absl::StrCat("[", first, R"(],["outgoing_moves","customer","delivery_address"])")))
            .value();
    const Document west = Document::Parse(StaffText("model.stock.location.search_read",
                                                    R"([["code","=","WH-WEST"]],0,null,null,["output_location"])"))
                              .value();
    const fairlead::internal::json::Value place = west.root().At(0);
    const Document product =
        Document::Parse(
            StaffText("model.stock.move.search_read",
                      absl::StrCat(R"([["id","in",)", std::string(shipment.root().At(0)["outgoing_moves"].raw()),
                                   R"(],["product.code","=","CYN-4DP"]],0,null,null,["product"])")))
            .value();
    const std::string move(product.root().At(0)["id"].text());
    const Document created =
        Document::Parse(
            StaffText(
                "model.stock.shipment.out.create",
                absl::StrCat(R"([{"customer":)", std::string(shipment.root().At(0)["customer"].text()),
                             R"(,"delivery_address":)", std::string(shipment.root().At(0)["delivery_address"].text()),
                             R"(,"warehouse":)", std::string(place["id"].text()), "}]")))
            .value();
    const std::string second(created.root().At(0).text());
    StaffText("model.stock.move.write",
              absl::StrCat("[", move, R"(],{"shipment":"stock.shipment.out,)", second, R"(","from_location":)",
                           std::string(place["output_location"].text()), "}"));
    StaffText("model.stock.shipment.out.wait", absl::StrCat("[", second, "]"));
    StaffText("model.stock.shipment.out.wait", absl::StrCat("[", first, "]"));
    Ship(first, "TRACK-" + first);
    Ship(second, "TRACK-" + second);
    return second;
  }

  std::string run_;
  MeddlingTransport transport_{TheEnvironment().transport()};
  std::unique_ptr<TrytonConnector> connector_;
  MapResolver resolver_;
  std::string party_id_;
};

}  // namespace fairlead_tryton_test

#endif  // FAIRLEAD_TESTS_CONNECTORS_TRYTON_SCENARIO_H_
