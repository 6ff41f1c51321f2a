// From an order to a sale that is read back, with everything that may come in between. The same against the sandbox and
// against a real Tryton 6.0.
#include "tests/connectors/tryton/scenario.h"

namespace fairlead_tryton_test {
namespace {

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
