// Everything beside the sale chain: stock, shipments, invoices, listings, parties, payments, health. The same against
// the sandbox and against a real Tryton 6.0.
#include "tests/connectors/tryton/scenario.h"

namespace fairlead_tryton_test {
namespace {

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

}  // namespace
}  // namespace fairlead_tryton_test
