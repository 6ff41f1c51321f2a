// What the connector does with a whole ERP: the same scenarios run against the sandbox and against a real Tryton 6.0.
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
namespace {

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

TEST_F(TrytonScenario, AnOrderBecomesOneSaleThatIsReadBack) {
  const auto order = Order("a");
  *order->add_lines() = Charge(v1::LINE_KIND_FEE, "Gift wrap", "-1.00");
  State(*order, "18.60", "254.09");  // The lines and the tax come to 254.08.
  Driver driver(*connector_, &resolver_);
  ASSERT_THAT(driver.Run(Create(order)), IsOk());
  EXPECT_THAT(driver.Operations(), Contains("sale.create"));
  ASSERT_TRUE(driver.posting.has_value()) << ::testing::PrintToString(driver.Operations());
  EXPECT_EQ(driver.posting->status(), v1::POSTING_STATUS_POSTED);
  EXPECT_EQ(MoneyText(driver.posting->target_total()), "254.09");
  EXPECT_EQ(MoneyText(driver.posting->residual()), "0.01");
  EXPECT_EQ(driver.posting->document().id(), driver.IdOf("sale.create"));
  EXPECT_FALSE(driver.posting->document().human_number().empty());
  EXPECT_EQ(driver.posting->verified_hash().size(), 32U);
  EXPECT_EQ(CountSales(*order), "1");

  // The same order again, as after the loss of our own store: adopted, nothing written.
  Driver again(*connector_, &resolver_);
  ASSERT_THAT(again.Run(Create(order)), IsOk());
  EXPECT_THAT(again.steps, IsEmpty());
  ASSERT_TRUE(again.stopped.has_value());
  EXPECT_TRUE(again.stopped->nothing_to_do);
  EXPECT_EQ(again.stopped->adopted_id, driver.IdOf("sale.create"));

  // Read back as an order.
  absl::StatusOr<Record> read = connector_->ReadOne({v1::ORDER, driver.IdOf("sale.create")}, CallContext{});
  ASSERT_THAT(read, IsOk());
  const v1::Order& sale = *read->As<v1::Order>();
  EXPECT_EQ(sale.commercial_status(), v1::COMMERCIAL_STATUS_OPEN);
  EXPECT_EQ(MoneyText(sale.totals().stated().grand_total().ledger()), "254.09");
  EXPECT_EQ(sale.requested_location(), "WH-EAST");
  EXPECT_EQ(sale.lines_size(), 6);  // Two items, shipping, fee, tax, rounding.
}

TEST_F(TrytonScenario, TaxesThatARuleCoversAreComputedByTryton) {
  TrytonOptions options = TheEnvironment().Options();
  options.taxes = {{"", "0.20", TheEnvironment().tax_name()}};
  TrytonConnector connector(options, transport_, fairlead::Runtime::System());
  const auto with_tax = [&](std::string_view name, std::string_view rate, std::string_view tax,
                            std::string_view total) {
    auto order = std::make_shared<v1::Order>(MakeOrder(Number(name)));
    *order->mutable_buyer()->mutable_party() = Customer();
    *order->add_lines() = Item("item:1", "CYN-0001", "3", "59.85");
    *order->add_lines() = Item("item:2", "CYN-4DP", "137", "169.13");
    v1::OrderTax* order_tax = order->add_taxes();
    order_tax->set_key("1");
    order_tax->set_label("Sales tax of the store");
    SetDecimal(rate, *order_tax->mutable_rate());
    SetMoney("USD", tax, *order_tax->mutable_items_amount());
    for (v1::OrderLine& line : *order->mutable_lines()) {
      v1::LineTax* line_tax = line.add_taxes();
      line_tax->set_tax_key("1");
      SetMoney("USD", "1.00", *line_tax->mutable_amount());
    }
    State(*order, tax, total);
    return order;
  };
  const auto taxed = [&](const Driver& driver) {
    const Document sale =
        Document::Parse(
            StaffText("model.sale.sale.read", absl::StrCat("[", driver.IdOf("sale.create"), R"(],["tax_amount"])")))
            .value();
    return std::string(sale.root().At(0)["tax_amount"]["decimal"].text());
  };

  // Tryton rounds 45.796 to 45.80; the store came to one cent less.
  Driver covered(connector, &resolver_);
  ASSERT_THAT(covered.Run(Create(with_tax("a", "0.20", "45.79", "274.77"))), IsOk());
  ASSERT_TRUE(covered.posting.has_value());
  EXPECT_EQ(taxed(covered), "45.80");
  EXPECT_EQ(MoneyText(covered.posting->residual()), "-0.01");
  EXPECT_EQ(MoneyText(covered.posting->target_total()), "274.77");

  // A rate that no rule names: the store's tax as a line, and no tax of Tryton's.
  Driver stated(connector, &resolver_);
  ASSERT_THAT(stated.Run(Create(with_tax("b", "0.0825", "18.89", "247.87"))), IsOk());
  ASSERT_TRUE(stated.posting.has_value());
  EXPECT_EQ(MoneyText(stated.posting->target_total()), "247.87");
  EXPECT_TRUE(taxed(stated) == "0" || taxed(stated) == "0.00") << taxed(stated);
}

TEST_F(TrytonScenario, ALostAnswerIsFoundByItsReference) {
  const auto order = Order("a");
  transport_.LoseAnswers("model.sale.sale.create", 1);
  Driver driver(*connector_, &resolver_);
  driver.resolve_unknown = true;
  ASSERT_THAT(driver.Run(Create(order)), IsOk());
  EXPECT_TRUE(driver.posting.has_value());
  EXPECT_EQ(CountSales(*order), "1");
}

TEST_F(TrytonScenario, EveryLinkMayLoseItsAnswer) {
  for (const char* method : {"model.party.party.create", "model.sale.sale.quote", "model.sale.sale.confirm"}) {
    transport_.LoseAnswers(method, 1);
    auto order = std::make_shared<v1::Order>(MakeOrder(Number(std::string(method).substr(15))));
    order->mutable_buyer()->clear_party();
    order->mutable_buyer()->set_email(Number(std::string(method).substr(15)) + "@mail.example.com");
    *order->add_lines() = Item("item:1", "CYN-0001", "1", "19.95");
    State(*order, "0", "19.95");
    Driver driver(*connector_, &resolver_);
    driver.resolve_unknown = true;
    ASSERT_THAT(driver.Run(Create(order)), IsOk()) << method;
    EXPECT_TRUE(driver.posting.has_value()) << method;
    EXPECT_EQ(CountSales(*order), "1") << method;
  }
}

TEST_F(TrytonScenario, ASaleOfSomebodyElseWithOurReferenceIsAmbiguousUnlessItSaysTheSame) {
  const auto order = Order("a");
  absl::StatusOr<fairlead::Preparation> prepared;
  CallContext context;
  context.resolver = &resolver_;
  Driver driver(*connector_, &resolver_);
  std::optional<fairlead::PreparedWrite> first;
  driver.before = [&](fairlead::PreparedWrite& write) -> std::optional<absl::StatusOr<fairlead::WriteResult>> {
    if (write.operation != "sale.create") return std::nullopt;
    first = write;
    return absl::StatusOr<fairlead::WriteResult>(absl::CancelledError("stop here"));
  };
  EXPECT_FALSE(driver.Run(Create(order)).ok());
  ASSERT_TRUE(first.has_value());

  // Not there.
  absl::StatusOr<fairlead::LookupResult> seen = connector_->Lookup(*first, CallContext{});
  ASSERT_THAT(seen, IsOk());
  EXPECT_EQ(seen->verdict, fairlead::LookupResult::Verdict::kAbsent);

  // Staff make one with our reference and other content.
  ASSERT_THAT(Staff("model.sale.sale.create",
                    absl::StrCat(R"([{"party":)", party_id_, R"(,"reference":"WEB-)", order->order_number(), R"("}])")),
              IsOk());
  seen = connector_->Lookup(*first, CallContext{});
  ASSERT_THAT(seen, IsOk());
  EXPECT_EQ(seen->verdict, fairlead::LookupResult::Verdict::kAmbiguous);
  EXPECT_THAT(seen->evidence, HasSubstr("is not ours"));
  // And nothing is posted beside it.
  EXPECT_THAT(connector_->Prepare(Create(order), context), ErrorKindIs(ErrorKind::kConflict));
  EXPECT_EQ(CountSales(*order), "1");
}

TEST_F(TrytonScenario, AButtonThatDoesNothingIsNoticed) {
  const auto order = Order("a");
  Driver driver(*connector_, &resolver_);
  driver.before = [&](fairlead::PreparedWrite& write) -> std::optional<absl::StatusOr<fairlead::WriteResult>> {
    // Staff cancel the quotation before it is confirmed: Tryton answers null to the confirmation and does nothing.
    if (write.operation == "sale.confirm") {
      EXPECT_THAT(Staff("model.sale.sale.cancel", absl::StrCat("[", driver.IdOf("sale.create"), "]")), IsOk());
    }
    return std::nullopt;
  };
  const absl::Status status = driver.Run(Create(order));
  EXPECT_THAT(status, ErrorKindIs(ErrorKind::kConflict, Outcome::kRejected));
  EXPECT_THAT(std::string(status.message()), HasSubstr("did nothing"));
  EXPECT_FALSE(driver.posting.has_value());
}

TEST_F(TrytonScenario, WhatStaffChangedMeanwhileIsNotPosted) {
  const auto order = Order("a");
  Driver driver(*connector_, &resolver_);
  driver.before = [&](fairlead::PreparedWrite& write) -> std::optional<absl::StatusOr<fairlead::WriteResult>> {
    if (write.operation == "sale.quote") {
      const std::string id = driver.IdOf("sale.create");
      EXPECT_THAT(Staff("model.sale.sale.write",
                        absl::StrCat("[", id, R"(],{"lines":[["create",[{"type":"line","quantity":1.0,)",
                                     R"("unit_price":{"__class__":"Decimal","decimal":"5"}}]]]})")),
                  IsOk());
    }
    return std::nullopt;
  };
  const absl::Status status = driver.Run(Create(order));
  EXPECT_THAT(status, ErrorKindIs(ErrorKind::kConflict));
  EXPECT_THAT(std::string(status.message()), HasSubstr("does not hold what was sent"));
  EXPECT_FALSE(driver.posting.has_value());
}

TEST_F(TrytonScenario, AnEndedSessionIsRenewedAndTheWriteIsSentOnce) {
  const auto order = Order("a");
  const int logins = transport_.logins;
  transport_.ForgeSession("model.sale.sale.create", 1);
  Driver driver(*connector_, &resolver_);
  driver.resolve_unknown = true;
  ASSERT_THAT(driver.Run(Create(order)), IsOk());
  EXPECT_EQ(transport_.logins, logins + 1);
  EXPECT_EQ(CountSales(*order), "1");
  // The first attempt said that nothing was applied and that the session was the reason.
  bool said = false;
  for (const Step& step : driver.steps) {
    if (step.result.ok()) continue;
    said = true;
    EXPECT_EQ(fairlead::OutcomeOf(step.result.status()), Outcome::kRejected);
    EXPECT_EQ(fairlead::KindOf(step.result.status()), ErrorKind::kTransient);
  }
  EXPECT_TRUE(said);
  // A read is repeated within the call.
  transport_.ForgeSession("model.sale.sale.search_read", 1);
  EXPECT_THAT(connector_->ReadOne({v1::ORDER, driver.IdOf("sale.create")}, CallContext{}), IsOk());
}

TEST_F(TrytonScenario, AGuestIsOnePartyHoweverOftenItBuys) {
  std::string party;
  for (const char* name : {"g1", "g2"}) {
    auto order = std::make_shared<v1::Order>(MakeOrder(Number(name)));
    order->mutable_buyer()->clear_party();
    order->mutable_buyer()->set_guest(true);
    order->mutable_buyer()->set_email(Number("") + (name[1] == '1' ? "@Mail.example.com" : "@mail.example.com"));
    *order->add_lines() = Item("item:1", "CYN-0001", "1", "19.95");
    State(*order, "0", "19.95");
    Driver driver(*connector_, &resolver_);
    ASSERT_THAT(driver.Run(Create(order)), IsOk());
    ASSERT_TRUE(driver.posting.has_value());
    absl::StatusOr<Record> read = connector_->ReadOne({v1::ORDER, driver.IdOf("sale.create")}, CallContext{});
    ASSERT_THAT(read, IsOk());
    const std::string now = read->As<v1::Order>()->buyer().party().id();
    if (!party.empty()) {
      EXPECT_EQ(now, party);
    }
    party = now;
  }
}

TEST_F(TrytonScenario, AnotherShippingAddressIsMadeOnceAndFoundAgain) {
  for (const char* name : {"s1", "s2"}) {
    auto order = std::make_shared<v1::Order>(MakeOrder(Number(name)));
    *order->mutable_buyer()->mutable_party() = name[1] == '1' ? Customer() : Ref("web", "customer", Number("C"));
    *order->add_lines() = Item("item:1", "CYN-0001", "1", "19.95");
    order->mutable_shipping_address()->set_city("Astoria");
    order->mutable_shipping_address()->set_subdivision("Nowhere");
    State(*order, "0", "19.95");
    Driver driver(*connector_, &resolver_);
    transport_.LoseAnswers("model.party.address.create", 1);
    driver.resolve_unknown = true;
    ASSERT_THAT(driver.Run(Create(order)), IsOk());
    EXPECT_TRUE(driver.posting.has_value());
    if (name[1] == '1') {
      EXPECT_THAT(driver.Operations(), Contains("party.address.create"));
    } else {
      EXPECT_THAT(driver.Operations(), Not(Contains("party.address.create")));
    }
  }
  absl::StatusOr<Record> party = connector_->ReadOne({v1::PARTY, party_id_}, CallContext{});
  ASSERT_THAT(party, IsOk());
  ASSERT_EQ(party->As<v1::Party>()->addresses_size(), 2);
  // A state that Tryton does not know is not lost.
  EXPECT_THAT(party->As<v1::Party>()->addresses(1).address().raw_lines(), Contains("Nowhere"));
}

TEST_F(TrytonScenario, WhatHasNoCounterpartIsNamedAndNothingIsSent) {
  CallContext context;
  context.resolver = &resolver_;
  auto unknown = Order("a");
  unknown->mutable_lines(0)->set_sku("NO-SUCH-THING");
  const auto answer = connector_->Prepare(Create(unknown), context);
  EXPECT_THAT(answer, ErrorKindIs(ErrorKind::kMapping));
  EXPECT_THAT(std::string(answer.status().message()), HasSubstr("NO-SUCH-THING"));

  auto without = Order("b");
  without->mutable_lines(0)->clear_sku();
  EXPECT_THAT(connector_->Prepare(Create(without), context), ErrorKindIs(ErrorKind::kMapping));

  auto off = Order("c");
  State(*off, "18.60", "256.00");
  EXPECT_THAT(connector_->Prepare(Create(off), context), ErrorKindIs(ErrorKind::kMapping));

  auto elsewhere = Order("d");
  elsewhere->set_requested_location("WH-NORTH");
  EXPECT_THAT(connector_->Prepare(Create(elsewhere), context), ErrorKindIs(ErrorKind::kMapping));

  auto fraction = Order("e");
  SetDecimal("1.5", *fraction->mutable_lines(0)->mutable_quantities()->mutable_current());
  EXPECT_THAT(connector_->Prepare(Create(fraction), context), ErrorKindIs(ErrorKind::kMapping));

  auto waiting = Order("f");
  waiting->mutable_buyer()->mutable_party()->set_id(Number("unlinked"));
  absl::StatusOr<fairlead::Preparation> preparation = connector_->Prepare(Create(waiting), context);
  ASSERT_THAT(preparation, IsOk());
  EXPECT_EQ(preparation->waiting_for, "party web/customer/" + Number("unlinked"));
  for (const auto& order : {unknown, without, off, elsewhere, fraction, waiting}) EXPECT_EQ(CountSales(*order), "0");
}

TEST_F(TrytonScenario, AnUnpostedSaleIsCancelledAndAPostedOneIsNot) {
  const auto order = Order("a");
  Driver driver(*connector_, &resolver_);
  ASSERT_THAT(driver.Run(Create(order)), IsOk());
  fairlead::WriteIntent cancel = Intent("sale.cancel", v1::ORDER, order, "order/1");
  cancel.target_id = driver.IdOf("sale.create");
  Driver cancelling(*connector_, &resolver_);
  EXPECT_THAT(cancelling.Run(cancel), ErrorKindIs(ErrorKind::kConflict));

  TrytonOptions options = TheEnvironment().Options();
  options.final_stage = fairlead::TrytonSaleStage::kQuotation;
  TrytonConnector careful(options, transport_, fairlead::Runtime::System());
  const auto second = Order("b");
  Driver quoting(careful, &resolver_);
  ASSERT_THAT(quoting.Run(Create(second)), IsOk());
  EXPECT_TRUE(quoting.posting.has_value());
  cancel.target_id = quoting.IdOf("sale.create");
  Driver third(careful, &resolver_);
  EXPECT_THAT(third.Run(cancel), IsOk());
  EXPECT_THAT(third.Operations(), ElementsAre("sale.cancel"));
  // Ours and cancelled: posted again only under a new generation.
  CallContext context;
  context.resolver = &resolver_;
  EXPECT_THAT(careful.Prepare(Create(second), context), ErrorKindIs(ErrorKind::kConflict));
  fairlead::WriteIntent anew = Create(second);
  anew.args["generation"] = "2";
  Driver fourth(careful, &resolver_);
  EXPECT_THAT(fourth.Run(anew), IsOk());
  EXPECT_TRUE(fourth.posting.has_value());
}

TEST_F(TrytonScenario, StockIsReadPerWarehouseAndASaleLowersWhatIsAvailable) {
  const auto quantity = [&](std::string_view location, v1::StockState state) -> std::string {
    std::string cursor;
    for (int pages = 0; pages < 50; ++pages) {
      absl::StatusOr<Page> page = connector_->ListAll(ListRequest{v1::INVENTORY_LEVEL, cursor, 0}, CallContext{});
      EXPECT_THAT(page, IsOk());
      if (!page.ok()) break;
      for (const Record& record : page->records) {
        const v1::InventoryLevel& level = *record.As<v1::InventoryLevel>();
        if (level.sku() != "CYN-0002" || level.location() != location) continue;
        for (const v1::StateQuantity& entry : level.quantities()) {
          if (entry.state() == state) return fairlead::models::PrintDecimal(entry.quantity().value());
        }
      }
      cursor = page->next_cursor;
      if (page->last) {
        EXPECT_TRUE(page->complete);
        break;
      }
    }
    return "none";
  };
  const auto number = [](const std::string& text) { return std::stol(text); };
  const long on_hand = number(quantity("WH-WEST", v1::STOCK_STATE_ON_HAND));
  const long available = number(quantity("WH-WEST", v1::STOCK_STATE_AVAILABLE));
  const long east = number(quantity("WH-EAST", v1::STOCK_STATE_AVAILABLE));
  std::string cursor;
  Drain(v1::INVENTORY_LEVEL, cursor);

  auto order = std::make_shared<v1::Order>(MakeOrder(Number("a")));
  *order->mutable_buyer()->mutable_party() = Customer();
  *order->add_lines() = Item("item:1", "CYN-0002", "3", "30.00");
  order->set_requested_location("WH-WEST");
  State(*order, "0", "30.00");
  Driver driver(*connector_, &resolver_);
  ASSERT_THAT(driver.Run(Create(order)), IsOk());

  EXPECT_EQ(number(quantity("WH-WEST", v1::STOCK_STATE_ON_HAND)), on_hand);
  EXPECT_EQ(number(quantity("WH-WEST", v1::STOCK_STATE_AVAILABLE)), available - 3);
  EXPECT_EQ(number(quantity("WH-EAST", v1::STOCK_STATE_AVAILABLE)), east);

  // The product's own row did not change: its moves tell.
  const std::map<std::string, Record> changed = Drain(v1::INVENTORY_LEVEL, cursor);
  bool listed = false;
  for (const auto& [id, record] : changed) listed = listed || record.As<v1::InventoryLevel>()->sku() == "CYN-0002";
  EXPECT_TRUE(listed);
}

TEST_F(TrytonScenario, OneOrderShipsFromTwoWarehousesWithTracking) {
  const auto order = Order("a");
  std::string cursor;
  Drain(v1::SHIPMENT, cursor);
  Driver driver(*connector_, &resolver_);
  ASSERT_THAT(driver.Run(Create(order)), IsOk());
  const std::string sale = driver.IdOf("sale.create");
  const std::string reference = "WEB-" + order->order_number();

  // Staff move the second item to the other warehouse, as the client's user would: off the first shipment, on a new
  // one.
  const absl::StatusOr<std::string> shipments =
      TheEnvironment().Call("model.stock.shipment.out.search_read",
                            absl::StrCat(R"([["customer","=",)", party_id_,
                                         R"(]],0,null,null,["outgoing_moves","customer","delivery_address"])"));
  ASSERT_THAT(shipments, IsOk());
  std::map<std::string, Record> seen = Drain(v1::SHIPMENT, cursor);
  std::string first;
  for (const auto& [id, record] : seen) {
    if (record.As<v1::Shipment>()->order_reference() == reference) first = id;
  }
  ASSERT_FALSE(first.empty()) << *shipments;
  const v1::Shipment& planned = *seen[first].As<v1::Shipment>();
  EXPECT_EQ(planned.status(), v1::Shipment::STATUS_PLANNED);
  EXPECT_EQ(planned.from_location(), "WH-EAST");
  ASSERT_EQ(planned.lines_size(), 2);
  EXPECT_EQ(planned.orders(0).id(), sale);
  EXPECT_EQ(planned.to().city(), "Portland");

  const std::string second = SplitAndShip(first);
  ASSERT_FALSE(second.empty());
  seen = Drain(v1::SHIPMENT, cursor);
  ASSERT_TRUE(seen.count(first) == 1 && seen.count(second) == 1);
  std::set<std::string> places;
  std::set<std::string> tracking;
  std::map<std::string, std::string> shipped;
  for (const std::string& id : {first, second}) {
    const v1::Shipment& shipment = *seen[id].As<v1::Shipment>();
    EXPECT_EQ(shipment.status(), v1::Shipment::STATUS_SHIPPED) << id;
    EXPECT_EQ(shipment.order_reference(), reference);
    EXPECT_TRUE(shipment.has_shipped_at());
    places.insert(shipment.from_location());
    ASSERT_EQ(shipment.packages_size(), 1) << id;
    tracking.insert(shipment.packages(0).tracking_number());
    ASSERT_EQ(shipment.packages(0).lines_size(), 1);
    for (const v1::LineQuantity& line : shipment.lines()) {
      shipped[line.sku()] = fairlead::models::PrintDecimal(
          fairlead::models::Normalize(fairlead::models::FromProto(line.quantity().value()).value()));
    }
  }
  EXPECT_THAT(places, ElementsAre("WH-EAST", "WH-WEST"));
  EXPECT_THAT(tracking, SizeIs(2));
  EXPECT_THAT(shipped, ElementsAre(std::make_pair("CYN-0001", "3"), std::make_pair("CYN-4DP", "137")));
  // Still one sale, and Tryton counts it as sent.
  EXPECT_EQ(CountSales(*order), "1");
  absl::StatusOr<Record> read = connector_->ReadOne({v1::ORDER, sale}, CallContext{});
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->As<v1::Order>()->fulfillment_status(), v1::FULFILLMENT_STATUS_FULFILLED);
}

TEST_F(TrytonScenario, InvoicesAreReadWithTheirOrders) {
  const auto order = Order("a");
  std::string cursor;
  Drain(v1::INVOICE, cursor);
  Driver driver(*connector_, &resolver_);
  ASSERT_THAT(driver.Run(Create(order)), IsOk());
  std::map<std::string, Record> seen = Drain(v1::INVOICE, cursor);
  const v1::Invoice* mine = nullptr;
  std::string id;
  for (const auto& [key, record] : seen) {
    if (record.As<v1::Invoice>()->order_reference() == "WEB-" + order->order_number())
      mine = record.As<v1::Invoice>(), id = key;
  }
  ASSERT_NE(mine, nullptr);
  EXPECT_EQ(mine->status(), v1::Invoice::STATUS_DRAFT);
  EXPECT_EQ(MoneyText(mine->total().ledger()), "255.08");
  EXPECT_EQ(mine->orders(0).id(), driver.IdOf("sale.create"));
  ASSERT_THAT(Staff("model.account.invoice.post", absl::StrCat("[", id, "]")), IsOk());
  seen = Drain(v1::INVOICE, cursor);
  ASSERT_EQ(seen.count(id), 1U);
  EXPECT_EQ(seen[id].As<v1::Invoice>()->status(), v1::Invoice::STATUS_POSTED);
  EXPECT_FALSE(seen[id].As<v1::Invoice>()->number().empty());
}

TEST_F(TrytonScenario, TheCursorMissesNeitherNewRowsNorChangedChildren) {
  std::string cursor;
  const v1::ExternalRef old = Customer("old");
  const std::string old_id = party_id_;
  Drain(v1::PARTY, cursor);
  std::string quiet = cursor;
  const std::size_t repeats = Drain(v1::PARTY, quiet).size();

  // New: its write_date is null.
  Customer("new");
  std::map<std::string, Record> seen = Drain(v1::PARTY, cursor);
  ASSERT_EQ(seen.count(party_id_), 1U);
  EXPECT_EQ(seen[party_id_].As<v1::Party>()->display_name(), "Ada Quill");
  EXPECT_LE(seen.size(), repeats + 1);

  // An address written for itself leaves the party's stamp alone.
  absl::StatusOr<Record> before = connector_->ReadOne({v1::PARTY, old_id}, CallContext{});
  ASSERT_THAT(before, IsOk());
  const std::string address = before->As<v1::Party>()->addresses(0).key();
  ASSERT_THAT(Staff("model.party.address.write", absl::StrCat("[", address, R"(],{"city":"Movedtown"})")), IsOk());
  seen = Drain(v1::PARTY, cursor);
  ASSERT_EQ(seen.count(old_id), 1U);
  EXPECT_EQ(seen[old_id].As<v1::Party>()->addresses(0).address().city(), "Movedtown");
  EXPECT_EQ(seen[old_id].As<v1::Party>()->header().updated_at().nanos(),
            before->As<v1::Party>()->header().updated_at().nanos());

  // Deactivated: listed, as archived.
  ASSERT_THAT(Staff("model.party.party.write", absl::StrCat("[", old_id, R"(],{"active":false})")), IsOk());
  seen = Drain(v1::PARTY, cursor);
  ASSERT_EQ(seen.count(old_id), 1U);
  EXPECT_EQ(seen[old_id].As<v1::Party>()->header().tombstone().kind(), v1::Tombstone::KIND_ARCHIVED);
  EXPECT_THAT(connector_->ListSince({v1::PARTY, "nonsense", 0}, CallContext{}), ErrorKindIs(ErrorKind::kValidation));
  EXPECT_THAT(connector_->ReadOne({v1::PARTY, "987654321"}, CallContext{}), ErrorKindIs(ErrorKind::kNotFound));
}

TEST_F(TrytonScenario, AnOrderIsListedWhenOneOfItsLinesChanges) {
  const auto order = Order("a");
  Driver driver(*connector_, &resolver_);
  ASSERT_THAT(driver.Run(Create(order)), IsOk());
  const std::string id = driver.IdOf("sale.create");
  std::string cursor;
  std::map<std::string, Record> seen = Drain(v1::ORDER, cursor);
  ASSERT_EQ(seen.count(id), 1U);
  const v1::Order& before = *seen[id].As<v1::Order>();
  ASSERT_GE(before.lines_size(), 1);
  // Over RPC Tryton lets a line of a processing sale be changed, and the sale's own stamp stays as it was.
  ASSERT_THAT(Staff("model.sale.line.write", absl::StrCat("[", before.lines(0).ref().id(), R"(],{"quantity":2.0})")),
              IsOk());
  std::map<std::string, Record> after = Drain(v1::ORDER, cursor);
  ASSERT_EQ(after.count(id), 1U);
  EXPECT_EQ(fairlead::models::PrintDecimal(after[id].As<v1::Order>()->lines(0).quantities().current()), "2");
  EXPECT_EQ(after[id].As<v1::Order>()->header().updated_at().nanos(), before.header().updated_at().nanos());
}

TEST_F(TrytonScenario, AListingByPagesSeesEveryRecordOnce) {
  std::set<std::string> ids;
  std::size_t records = 0;
  std::string cursor;
  for (int pages = 0; pages < 2000; ++pages) {
    absl::StatusOr<Page> page = connector_->ListAll(ListRequest{v1::PARTY, cursor, 3}, CallContext{});
    ASSERT_THAT(page, IsOk());
    EXPECT_EQ(page->complete, page->last);
    for (const Record& record : page->records) {
      ids.insert(record.external_id);
      ++records;
    }
    cursor = page->next_cursor;
    if (page->last) break;
  }
  EXPECT_EQ(ids.size(), records);
  const absl::StatusOr<std::string> count =
      TheEnvironment().Call("model.party.party.search_count", R"([["id",">",0],["active","in",[true,false]]])");
  ASSERT_THAT(count, IsOk());
  EXPECT_EQ(*count, absl::StrCat(records));
}

TEST_F(TrytonScenario, APartyIsChangedOnlyIfNobodyElseChangedItMeanwhile) {
  Customer();
  auto party = std::make_shared<v1::Party>(MakeParty(Number("C"), "Ada Quill-Moss", Number("C") + "@mail.example.com"));
  v1::IdentityKey* phone = party->add_identity_keys();
  phone->set_type(v1::IdentityKey::TYPE_PHONE);
  phone->set_source_text("+1 503 555 0100");
  fairlead::WriteIntent update = Intent("party.update", v1::PARTY, party, "party/1");
  update.target_id = party_id_;

  // Somebody else changes it between the reading and the writing.
  Driver late(*connector_, &resolver_);
  late.before = [&](fairlead::PreparedWrite&) -> std::optional<absl::StatusOr<fairlead::WriteResult>> {
    EXPECT_THAT(Staff("model.party.party.write", absl::StrCat("[", party_id_, R"(],{"name":"Renamed by staff"})")),
                IsOk());
    return std::nullopt;
  };
  EXPECT_THAT(late.Run(update), ErrorKindIs(ErrorKind::kConflict, Outcome::kRejected));

  transport_.LoseAnswers("model.party.party.write", 1);
  Driver driver(*connector_, &resolver_);
  driver.resolve_unknown = true;
  ASSERT_THAT(driver.Run(update), IsOk());
  absl::StatusOr<Record> read = connector_->ReadOne({v1::PARTY, party_id_}, CallContext{});
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->As<v1::Party>()->display_name(), "Ada Quill-Moss");
  EXPECT_EQ(read->As<v1::Party>()->identity_keys_size(), 2);
  // Nothing left to do.
  Driver again(*connector_, &resolver_);
  ASSERT_THAT(again.Run(update), IsOk());
  EXPECT_TRUE(again.stopped.has_value() && again.stopped->nothing_to_do);
}

TEST_F(TrytonScenario, APaymentIsWrittenOnce) {
  auto payment = std::make_shared<v1::Payment>();
  *payment->mutable_header()->add_refs() = Ref("web", "payment", Number("p"));
  *payment->mutable_party() = Customer();
  payment->set_kind(v1::Payment::KIND_SALE);
  payment->set_status(v1::Payment::STATUS_SUCCEEDED);
  SetMoney("USD", "255.08", *payment->mutable_amount());
  const fairlead::WriteIntent intent = Intent("payment.create", v1::PAYMENT, payment, "payment/1");
  transport_.LoseAnswers("model.account.payment.create", 1);
  Driver driver(*connector_, &resolver_);
  driver.resolve_unknown = true;
  ASSERT_THAT(driver.Run(intent), IsOk());
  const std::string id = driver.IdOf("payment.create");
  ASSERT_FALSE(id.empty());
  Driver again(*connector_, &resolver_);
  ASSERT_THAT(again.Run(intent), IsOk());
  ASSERT_TRUE(again.stopped.has_value());
  EXPECT_EQ(again.stopped->adopted_id, id);
  absl::StatusOr<Record> read = connector_->ReadOne({v1::PAYMENT, id}, CallContext{});
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(MoneyText(read->As<v1::Payment>()->amount().ledger()), "255.08");
  EXPECT_EQ(read->As<v1::Payment>()->status(), v1::Payment::STATUS_PENDING);
}

TEST_F(TrytonScenario, ProductsAreReadWithTheirVariants) {
  std::string cursor;
  bool found = false;
  for (const auto& [id, record] : Drain(v1::PRODUCT, cursor)) {
    const v1::Product& product = *record.As<v1::Product>();
    for (const v1::Variant& variant : product.variants()) {
      if (variant.sku() != "CYN-0001") continue;
      found = true;
      EXPECT_EQ(product.kind(), v1::Product::KIND_GOODS);
      EXPECT_EQ(product.status(), v1::Product::STATUS_ACTIVE);
      EXPECT_EQ(variant.header().refs(0).parent_id(), id);
      EXPECT_EQ(variant.list_price().currency_code(), "USD");
    }
  }
  EXPECT_TRUE(found);
}

TEST_F(TrytonScenario, HealthNamesWhatTheOptionsNameAndTrytonDoesNotHave) {
  absl::StatusOr<fairlead::HealthReport> health = connector_->Health(CallContext{});
  ASSERT_THAT(health, IsOk());
  EXPECT_TRUE(health->credentials_ok);
  EXPECT_FALSE(health->account.empty());
  EXPECT_EQ(health->server_version.rfind("6.0.", 0), 0U);
  EXPECT_THAT(health->findings, IsEmpty()) << health->findings.front().message;

  TrytonOptions options = TheEnvironment().Options();
  options.warehouses.push_back({"NORTH", "WH-NORTH"});
  options.tax_line_product = "NO-SUCH-CODE";
  options.payment_term = "Never";
  TrytonConnector wrong(options, transport_, fairlead::Runtime::System());
  health = wrong.Health(CallContext{});
  ASSERT_THAT(health, IsOk());
  std::string all;
  for (const fairlead::MappingFinding& finding : health->findings) absl::StrAppend(&all, finding.message, "\n");
  EXPECT_THAT(all, HasSubstr("WH-NORTH"));
  EXPECT_THAT(all, HasSubstr("NO-SUCH-CODE"));
  EXPECT_THAT(all, HasSubstr("Never"));
}

TEST_F(TrytonScenario, AWarningIsAcknowledgedOnlyIfTheOptionsSaySo) {
  if (!TheEnvironment().real()) GTEST_SKIP() << "the sandbox's sales raise no warnings";
  auto order = Order("a");
  ASSERT_THAT(Staff("model.party.party.write",
                    absl::StrCat("[", party_id_, R"(],{"credit_limit_amount":{"__class__":"Decimal","decimal":"1"}})")),
              IsOk());
  Driver refused(*connector_, &resolver_);
  const absl::Status status = refused.Run(Create(order));
  EXPECT_THAT(status, ErrorKindIs(ErrorKind::kValidation, Outcome::kRejected));
  EXPECT_THAT(std::string(status.message()), HasSubstr("credit_limit_amount_"));

  TrytonOptions options = TheEnvironment().Options();
  options.acknowledge_warnings = {"credit_limit_amount_"};
  TrytonConnector allowed(options, transport_, fairlead::Runtime::System());
  transport_.LoseAnswers("model.res.user.warning.create", 1);
  Driver driver(allowed, &resolver_);
  driver.resolve_unknown = true;
  // The first run left a quotation: the chain goes on from there.
  ASSERT_THAT(driver.Run(Create(order)), IsOk());
  EXPECT_THAT(driver.Operations(), ElementsAre("sale.confirm", "warning.acknowledge", "sale.confirm", "sale.verify"));
  EXPECT_TRUE(driver.posting.has_value());
  EXPECT_EQ(CountSales(*order), "1");
}

}  // namespace
}  // namespace fairlead_tryton_test
