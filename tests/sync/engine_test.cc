// What would hurt: an order lost, doubled, posted too early, or held without a word.
#include "fairlead/sync/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fairlead/policy/builder.h"
#include "fairlead/store_sqlite/sqlite_store.h"
#include "fairlead/testing/fake_runtime.h"
#include "fairlead/testing/status_matchers.h"
#include "tests/sync/fake_systems.h"

#define ASSERT_OK(expression) ASSERT_THAT(fairlead::StatusOf(expression), fairlead::testing::IsOk())

namespace fairlead {
namespace {

const absl::Status& StatusOf(const absl::Status& status) { return status; }
template <typename T>
absl::Status StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

using sync::Engine;
using sync::EngineOptions;
using sync::Mode;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing_sync::FakeErp;
using testing_sync::FakeStore;
using testing_sync::MakeLevel;
using testing_sync::MakeOrder;
using testing_sync::Wire;

class EngineTest : public ::testing::Test {
 protected:
  void SetUp() override {
    SqliteOptions options;
    options.runtime = fake_.Get();
    auto store = OpenSqlite(":memory:", options);
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = std::move(*store);
    v1::PostingGate gate;
    gate.set_target("erp");
    gate.add_payment("PAID");
    gate.set_residual_limit("0.05");
    gate.set_responsible("finance");
    gate.set_runbook("order-held");
    auto policy = PolicyBuilder("acme", 1)
                      .System("web", "fakestore")
                      .System("erp", "fakeerp")
                      .Team("finance", "Finance", "mailto:finance@acme.example")
                      .Team("ops", "Operations", "mailto:ops@acme.example")
                      .Add(Rule::For<v1::Order>("orders", "*")
                               .Owner("web")
                               .Writers({"web"})
                               .Responsible("finance", "orders", "Sold in the shop."))
                      .Add(Rule::For<v1::Party>("parties", "*")
                               .Owner("web")
                               .Writers({"web"})
                               .Responsible("finance", "parties", "Made in the shop."))
                      .Add(Rule::For<v1::InventoryLevel>("stock", "quantities[AVAILABLE]")
                               .Owner("erp")
                               .Writers({"erp"})
                               .Explain(v1::ORDERS_NOT_POSTED)
                               .Responsible("ops", "stock-drift", "The ERP counts."))
                      .Add(Rule::For<v1::Shipment>("tracking", "*")
                               .Owner("erp")
                               .Writers({"erp"})
                               .Responsible("ops", "tracking", "Shipped there."))
                      .Posting(gate)
                      .Compile({{"web", &web_}, {"erp", &erp_}});
    ASSERT_TRUE(policy.ok()) << policy.status();
    policy_ = *policy;
  }

  EngineOptions Enforcing() {
    EngineOptions options;
    options.mode = Mode::kEnforce;
    options.adopt_before = WallTime(std::chrono::seconds(1'000));
    return options;
  }

  EngineOptions Observing() {
    EngineOptions options;
    return options;
  }

  std::unique_ptr<Engine> Make(EngineOptions options) {
    auto engine = Engine::Create(*store_, {{"web", &web_}, {"erp", &erp_}}, policy_, std::move(options), fake_.Get());
    EXPECT_TRUE(engine.ok()) << engine.status();
    return std::move(*engine);
  }

  // Steps until nothing is due within an hour of simulated time.
  void Settle(Engine& engine) {
    int idle = 0;
    for (int i = 0; i < 2000; ++i) {
      ASSERT_OK(engine.PollAll());
      auto step = engine.Step();
      ASSERT_OK(step);
      if (step->deliver.claimed > 0 || step->ingest.records > 0) {
        idle = 0;
        continue;
      }
      // What is paused is due and not claimed: that is settled too.
      if (++idle > 20) return;
      if (!step->next_due.has_value() || *step->next_due > std::chrono::hours(1)) return;
      fake_.clock.Advance(*step->next_due + std::chrono::milliseconds(1));
    }
    FAIL() << "did not settle";
  }

  testing::FakeRuntime fake_;
  std::unique_ptr<Store> store_;
  FakeStore web_;
  FakeErp erp_;
  std::shared_ptr<const policy::CompiledPolicy> policy_;
};

TEST_F(EngineTest, PaidOrderBecomesOneSaleThatIsPostedByReadBack) {
  auto engine = Make(Enforcing());
  web_.Put(v1::ORDER, "1001", MakeOrder("1001", "TENT", 2));
  Settle(*engine);
  ASSERT_THAT(erp_.sales, SizeIs(1));
  EXPECT_EQ(erp_.sales[0].content, "TENTx2;");
  EXPECT_EQ(erp_.sales[0].state, "confirmed");
  auto view = engine->ShowOrder("1001");
  ASSERT_OK(view);
  ASSERT_EQ(view->order.postings_size(), 1);
  EXPECT_EQ(view->order.postings(0).status(), v1::POSTING_STATUS_POSTED);
  EXPECT_TRUE(view->order.postings(0).has_verified_at());
  EXPECT_THAT(view->revisions, SizeIs(1));
  EXPECT_THAT(view->waiting, IsEmpty());
}

TEST_F(EngineTest, ConfirmThatDidNothingIsNeverCalledPosted) {
  auto engine = Make(Enforcing());
  erp_.swallow_confirm = true;
  web_.Put(v1::ORDER, "1001", MakeOrder("1001", "TENT", 2));
  Settle(*engine);
  auto view = engine->ShowOrder("1001");
  ASSERT_OK(view);
  ASSERT_EQ(view->order.postings_size(), 1);
  EXPECT_EQ(view->order.postings(0).status(), v1::POSTING_STATUS_SENT);
  EXPECT_THAT(view->held, SizeIs(1));
  EXPECT_EQ(view->held[0].owner, "finance");
}

TEST_F(EngineTest, AnswerLostAfterCreateIsFoundAgainAndNotDoubled) {
  auto engine = Make(Enforcing());
  web_.Put(v1::ORDER, "1001", MakeOrder("1001", "TENT", 2));
  erp_.wire = {Wire::kFine, Wire::kLostAfter};  // The party, then the sale.
  Settle(*engine);
  EXPECT_THAT(erp_.sales, SizeIs(1));
  EXPECT_EQ(erp_.sales[0].state, "confirmed");
  EXPECT_EQ(engine->ShowOrder("1001")->order.postings(0).status(), v1::POSTING_STATUS_POSTED);
}

TEST_F(EngineTest, RequestLostBeforeArrivalIsSentAgainAfterALook) {
  auto engine = Make(Enforcing());
  web_.Put(v1::ORDER, "1001", MakeOrder("1001", "TENT", 2));
  erp_.wire = {Wire::kFine, Wire::kLostBefore, Wire::kUnavailable};
  Settle(*engine);
  EXPECT_THAT(erp_.sales, SizeIs(1));
  EXPECT_EQ(engine->ShowOrder("1001")->order.postings(0).status(), v1::POSTING_STATUS_POSTED);
}

TEST_F(EngineTest, RefusedSaleIsHeldWithOwnerAndRunbook) {
  auto engine = Make(Enforcing());
  web_.Put(v1::ORDER, "1001", MakeOrder("1001", "TENT", 2));
  erp_.wire = {Wire::kFine, Wire::kRefused};
  Settle(*engine);
  EXPECT_THAT(erp_.sales, IsEmpty());
  auto held = engine->Held();
  ASSERT_OK(held);
  ASSERT_THAT(*held, SizeIs(1));
  EXPECT_EQ((*held)[0].label, "1001");
  EXPECT_EQ((*held)[0].owner, "finance");
  EXPECT_EQ((*held)[0].runbook, "order-held");
  EXPECT_EQ((*held)[0].money_at_risk, "20.00 USD");
}

TEST_F(EngineTest, UnmappedItemParksTheOrderAndOnlyIt) {
  auto engine = Make(Enforcing());
  erp_.unknown_skus["GHOST"] = "";
  web_.Put(v1::ORDER, "1001", MakeOrder("1001", "GHOST", 1));
  web_.Put(v1::ORDER, "1002", MakeOrder("1002", "TENT", 1));
  Settle(*engine);
  ASSERT_THAT(erp_.sales, SizeIs(1));
  EXPECT_EQ(erp_.sales[0].reference, "WEB-1002");
  auto held = engine->Held();
  ASSERT_OK(held);
  ASSERT_THAT(*held, SizeIs(1));
  EXPECT_EQ((*held)[0].reason, "mapping");
  EXPECT_THAT((*held)[0].detail, HasSubstr("GHOST"));
}

TEST_F(EngineTest, ParkedOrderGoesOnAfterAPersonMendedTheCause) {
  auto engine = Make(Enforcing());
  erp_.unknown_skus["GHOST"] = "";
  web_.Put(v1::ORDER, "1001", MakeOrder("1001", "GHOST", 1));
  Settle(*engine);
  auto held = engine->Held();
  ASSERT_OK(held);
  ASSERT_THAT(*held, SizeIs(1));
  erp_.unknown_skus.clear();
  ASSERT_OK(engine->ledger().Redrive((*held)[0].intent_id, {"mara", "the item exists now"}));
  Settle(*engine);
  EXPECT_THAT(erp_.sales, SizeIs(1));
  EXPECT_THAT(*engine->Held(), IsEmpty());
}

TEST_F(EngineTest, UnpaidOrderWaitsAndIsPostedOncePaid) {
  auto engine = Make(Enforcing());
  v1::Order order = MakeOrder("1001", "TENT", 1);
  order.set_payment_status(v1::PAYMENT_STATUS_NONE);
  web_.Put(v1::ORDER, "1001", order);
  Settle(*engine);
  EXPECT_THAT(erp_.sales, IsEmpty());
  EXPECT_THAT(*engine->Held(), IsEmpty());
  order.set_payment_status(v1::PAYMENT_STATUS_PAID);
  web_.Put(v1::ORDER, "1001", order);
  Settle(*engine);
  EXPECT_THAT(erp_.sales, SizeIs(1));
  EXPECT_THAT(engine->ShowOrder("1001")->revisions, SizeIs(2));
}

TEST_F(EngineTest, OrderCancelledWhileItsWriteWaitsIsNotPosted) {
  auto engine = Make(Enforcing());
  ASSERT_OK(engine->Pause("connector:erp", {"mara", "maintenance"}));
  web_.Put(v1::ORDER, "1001", MakeOrder("1001", "TENT", 1));
  Settle(*engine);
  v1::Order cancelled = MakeOrder("1001", "TENT", 1);
  cancelled.set_commercial_status(v1::COMMERCIAL_STATUS_CANCELLED);
  web_.Put(v1::ORDER, "1001", cancelled);
  Settle(*engine);
  ASSERT_OK(engine->Resume("connector:erp", {"mara", "done"}));
  Settle(*engine);
  EXPECT_THAT(erp_.sales, IsEmpty());
}

TEST_F(EngineTest, EditBeforePostingIsPostedAsEdited) {
  auto engine = Make(Enforcing());
  ASSERT_OK(engine->Pause("connector:erp", {"mara", "maintenance"}));
  web_.Put(v1::ORDER, "1001", MakeOrder("1001", "TENT", 1));
  Settle(*engine);
  web_.Put(v1::ORDER, "1001", MakeOrder("1001", "TENT", 3));
  Settle(*engine);
  ASSERT_OK(engine->Resume("connector:erp", {"mara", "done"}));
  Settle(*engine);
  ASSERT_THAT(erp_.sales, SizeIs(1));
  EXPECT_EQ(erp_.sales[0].content, "TENTx3;");
}

TEST_F(EngineTest, EditAfterPostingIsVisibleWithAnOwnerAndPostsNothingTwice) {
  auto engine = Make(Enforcing());
  web_.Put(v1::ORDER, "1001", MakeOrder("1001", "TENT", 1));
  Settle(*engine);
  web_.Put(v1::ORDER, "1001", MakeOrder("1001", "TENT", 5));
  Settle(*engine);
  EXPECT_THAT(erp_.sales, SizeIs(1));
  auto held = engine->Held();
  ASSERT_OK(held);
  ASSERT_THAT(*held, SizeIs(1));
  EXPECT_EQ((*held)[0].reason, "changed_after_posting");
  EXPECT_EQ((*held)[0].owner, "finance");
}

TEST_F(EngineTest, GuestWithFiveOrdersIsOneParty) {
  auto engine = Make(Enforcing());
  for (int i = 0; i < 5; ++i) {
    const std::string number = std::to_string(1001 + i);
    web_.Put(v1::ORDER, number,
             MakeOrder(number, "TENT", 1, i % 2 == 0 ? "Ada@Mail.example.com" : "ada@mail.example.com "));
  }
  Settle(*engine);
  EXPECT_THAT(erp_.sales, SizeIs(5));
  EXPECT_THAT(erp_.parties, SizeIs(1));
}

TEST_F(EngineTest, GuestWhoOpensAnAccountStaysOneParty) {
  auto engine = Make(Enforcing());
  web_.Put(v1::ORDER, "1001", MakeOrder("1001", "TENT", 1));
  Settle(*engine);
  v1::Party account;
  account.set_display_name("Ada Demoson");
  auto* key = account.add_identity_keys();
  key->set_type(v1::IdentityKey::TYPE_EMAIL);
  key->set_normalized("ada@mail.example.com");
  web_.Put(v1::PARTY, "14", account);
  v1::Order order = MakeOrder("1002", "TENT", 1);
  order.mutable_buyer()->mutable_party()->set_system("web");
  order.mutable_buyer()->mutable_party()->set_id("14");
  order.mutable_buyer()->set_guest(false);
  web_.Put(v1::ORDER, "1002", order);
  Settle(*engine);
  EXPECT_THAT(erp_.sales, SizeIs(2));
  EXPECT_THAT(erp_.parties, SizeIs(1));
  EXPECT_EQ(erp_.sales[0].party, erp_.sales[1].party);
}

TEST_F(EngineTest, MailboxSharedByThreeCompaniesStaysThreeParties) {
  auto engine = Make(Enforcing());
  for (int i = 0; i < 3; ++i) {
    const std::string number = std::to_string(1001 + i);
    v1::Order order = MakeOrder(number, "TENT", 1, "purchasing@example.com");
    order.mutable_buyer()->set_company("Company " + std::to_string(i));
    web_.Put(v1::ORDER, number, order);
  }
  Settle(*engine);
  EXPECT_THAT(erp_.parties, SizeIs(3));
}

TEST_F(EngineTest, ObserveWritesNothingAndEnforceLaterCatchesUp) {
  {
    auto engine = Make(Observing());
    web_.Put(v1::ORDER, "1001", MakeOrder("1001", "TENT", 1));
    Settle(*engine);
    EXPECT_EQ(erp_.requests, 0);
    EXPECT_THAT(engine->ShowOrder("1001")->intents, IsEmpty());
  }
  auto engine = Make(Enforcing());
  Settle(*engine);
  EXPECT_THAT(erp_.sales, SizeIs(1));
}

TEST_F(EngineTest, ProposeWaitsForAPersonAndThenWrites) {
  EngineOptions options = Enforcing();
  options.mode = Mode::kPropose;
  auto engine = Make(options);
  web_.Put(v1::ORDER, "1001", MakeOrder("1001", "TENT", 1));
  Settle(*engine);
  EXPECT_EQ(erp_.requests, 0);
  auto held = engine->Held();
  ASSERT_OK(held);
  ASSERT_THAT(*held, SizeIs(2));  // The party and the sale.
  for (const auto& item : *held) {
    EXPECT_EQ(item.reason, "proposed");
    ASSERT_OK(engine->ledger().Redrive(item.intent_id, {"mara", "approved"}));
  }
  Settle(*engine);
  EXPECT_THAT(erp_.sales, SizeIs(1));
}

TEST_F(EngineTest, OlderOrdersAreAdoptedWhereTheyAreAndNeverPosted) {
  erp_.sales.push_back({"1", "WEB-1001", "7", "TENTx1;", "confirmed"});
  EngineOptions options = Enforcing();
  options.adopt_before = WallTime(std::chrono::seconds(1'795'500'000));
  auto engine = Make(options);
  web_.Put(v1::ORDER, "1001", MakeOrder("1001", "TENT", 1));
  web_.Put(v1::ORDER, "1002", MakeOrder("1002", "TENT", 1));
  Settle(*engine);
  EXPECT_EQ(erp_.requests, 0);
  EXPECT_THAT(erp_.sales, SizeIs(1));
  EXPECT_EQ(engine->ShowOrder("1001")->order.postings_size(), 1);
  auto held = engine->Held();
  ASSERT_OK(held);
  ASSERT_THAT(*held, SizeIs(1));
  EXPECT_EQ((*held)[0].reason, "not_in_target");
}

TEST_F(EngineTest, EnforcingWithoutAdoptBeforeIsRefused) {
  EngineOptions options;
  options.mode = Mode::kEnforce;
  const auto engine = Engine::Create(*store_, {{"web", &web_}, {"erp", &erp_}}, policy_, options, fake_.Get());
  EXPECT_THAT(engine.status().message(), HasSubstr("adopt_before"));
}

TEST_F(EngineTest, WebhooksDuplicatedAndReorderedPostOnceAndEndWithTheNewest) {
  auto engine = Make(Enforcing());
  v1::Order order = MakeOrder("1001", "TENT", 1);
  web_.Put(v1::ORDER, "1001", order);
  const Webhook first = web_.WebhookFor(v1::ORDER, "1001");
  order.mutable_lines(0)->set_title("renamed");
  web_.Put(v1::ORDER, "1001", order);
  const Webhook second = web_.WebhookFor(v1::ORDER, "1001");
  EXPECT_EQ(engine->Receive("web", second).http_status, 200);
  EXPECT_EQ(engine->Receive("web", first).http_status, 200);
  EXPECT_TRUE(engine->Receive("web", first).duplicate);
  EXPECT_TRUE(engine->Receive("web", second).duplicate);
  ASSERT_OK(engine->DrainInbox());
  EXPECT_EQ(engine->ShowOrder("1001")->order.lines(0).title(), "renamed");
  Settle(*engine);
  EXPECT_THAT(erp_.sales, SizeIs(1));
}

TEST_F(EngineTest, SameVersionWithOtherContentIsReadAtTheSource) {
  auto engine = Make(Enforcing());
  v1::Order order = MakeOrder("1001", "TENT", 1);
  web_.Put(v1::ORDER, "1001", order);
  Webhook webhook = web_.WebhookFor(v1::ORDER, "1001");
  ASSERT_OK(engine->PollAll());
  // A late message of the same second that shows another content.
  order.mutable_lines(0)->set_title("older content");
  webhook.body =
      webhook.body.substr(0, webhook.body.find('\n', webhook.body.find('\n', webhook.body.find('\n') + 1) + 1) + 1) +
      order.SerializeAsString();
  const int reads = web_.reads;
  ASSERT_EQ(engine->Receive("web", webhook).http_status, 200);
  ASSERT_OK(engine->DrainInbox());
  EXPECT_EQ(web_.reads, reads + 1);
  EXPECT_EQ(engine->ShowOrder("1001")->order.lines(0).title(), "");
}

TEST_F(EngineTest, WebhookWithWrongSignatureIsRefusedAndUnreadableOneIsKept) {
  auto engine = Make(Enforcing());
  Webhook webhook;
  webhook.topic = "record.updated";
  webhook.body = "not a record";
  EXPECT_EQ(engine->Receive("web", webhook).http_status, 401);
  webhook.headers.push_back({"signature", "good"});
  EXPECT_EQ(engine->Receive("web", webhook).http_status, 200);
  ASSERT_OK(engine->DrainInbox());
  auto tx = store_->Read();
  ASSERT_OK(tx);
  auto kept = (*tx)->ListInbox(InboxState::kUnparseable, 0, 10);
  ASSERT_OK(kept);
  ASSERT_THAT(*kept, SizeIs(1));
  EXPECT_EQ((*kept)[0].body, "not a record");
}

TEST_F(EngineTest, StockGoesToTheStoreLessWhatIsSoldAndNotPosted) {
  auto engine = Make(Enforcing());
  erp_.unknown_skus["TENT"] = "";  // Its orders cannot be posted: they stay in flight.
  erp_.Put(v1::INVENTORY_LEVEL, "5@EAST", MakeLevel("TENT", "EAST", 70));
  erp_.Put(v1::INVENTORY_LEVEL, "5@WEST", MakeLevel("TENT", "WEST", 50));
  web_.Put(v1::INVENTORY_LEVEL, "120", MakeLevel("TENT", "", 99));
  for (const char* number : {"1001", "1002", "1003"}) web_.Put(v1::ORDER, number, MakeOrder(number, "TENT", 1));
  Settle(*engine);
  EXPECT_EQ(web_.stock["120"], "117");
  auto units = engine->UnpostedUnits("erp");
  ASSERT_OK(units);
  ASSERT_THAT(*units, SizeIs(1));
  EXPECT_EQ((*units)[0].units, "3");
  EXPECT_THAT((*units)[0].orders, SizeIs(3));
}

TEST_F(EngineTest, OurOwnStockWriteComingBackWritesNothing) {
  auto engine = Make(Enforcing());
  erp_.Put(v1::INVENTORY_LEVEL, "5@EAST", MakeLevel("TENT", "EAST", 70));
  web_.Put(v1::INVENTORY_LEVEL, "120", MakeLevel("TENT", "", 99));
  Settle(*engine);
  EXPECT_EQ(web_.stock["120"], "70");
  EXPECT_EQ(web_.requests, 1);
  Settle(*engine);
  EXPECT_EQ(web_.requests, 1);
}

TEST_F(EngineTest, AValueThatComesBackLaterIsWrittenAgain) {
  auto engine = Make(Enforcing());
  web_.Put(v1::INVENTORY_LEVEL, "120", MakeLevel("TENT", "", 99));
  for (const int available : {70, 60, 70}) {
    erp_.Put(v1::INVENTORY_LEVEL, "5@EAST", MakeLevel("TENT", "EAST", available));
    Settle(*engine);
    EXPECT_EQ(web_.stock["120"], std::to_string(available));
  }
  EXPECT_EQ(web_.requests, 3);
}

TEST_F(EngineTest, TwoItemsWithOneSkuAreNotWrittenAndAPersonIsTold) {
  auto engine = Make(Enforcing());
  erp_.Put(v1::INVENTORY_LEVEL, "5@EAST", MakeLevel("TENT", "EAST", 70));
  web_.Put(v1::INVENTORY_LEVEL, "120", MakeLevel("TENT", "", 99));
  web_.Put(v1::INVENTORY_LEVEL, "121", MakeLevel("TENT", "", 99));
  Settle(*engine);
  EXPECT_EQ(web_.requests, 0);
  auto held = engine->Held();
  ASSERT_OK(held);
  ASSERT_THAT(*held, SizeIs(1));
  EXPECT_EQ((*held)[0].reason, "duplicate_sku");
}

TEST_F(EngineTest, TwoShipmentsOfOneOrderBringBothTrackingNumbers) {
  auto engine = Make(Enforcing());
  web_.Put(v1::ORDER, "1001", MakeOrder("1001", "TENT", 5));
  Settle(*engine);
  for (const auto& [id, location] : std::map<std::string, std::string>{{"31", "EAST"}, {"32", "WEST"}}) {
    v1::Shipment shipment;
    shipment.set_order_reference("WEB-1001");
    shipment.set_from_location(location);
    shipment.set_status(v1::Shipment::STATUS_SHIPPED);
    shipment.set_direction(v1::Shipment::DIRECTION_OUTBOUND);
    shipment.add_packages()->set_tracking_number("TRK-" + id);
    erp_.Put(v1::SHIPMENT, id, shipment);
  }
  web_.wire = {Wire::kLostAfter};
  Settle(*engine);
  EXPECT_EQ(web_.tracking["1001"]["31"], "TRK-31 ");
  EXPECT_EQ(web_.tracking["1001"]["32"], "TRK-32 ");
}

TEST_F(EngineTest, ShipmentOfAnUnknownOrderIsAFindingNotSilence) {
  auto engine = Make(Enforcing());
  v1::Shipment shipment;
  shipment.set_order_reference("WEB-9999");
  shipment.set_status(v1::Shipment::STATUS_SHIPPED);
  erp_.Put(v1::SHIPMENT, "31", shipment);
  Settle(*engine);
  auto held = engine->Held();
  ASSERT_OK(held);
  ASSERT_THAT(*held, SizeIs(1));
  EXPECT_EQ((*held)[0].reason, "unknown_order");
}

TEST_F(EngineTest, AnEngineMadeAnewKnowsWhatIsInFlight) {
  erp_.unknown_skus["TENT"] = "";
  web_.Put(v1::ORDER, "1001", MakeOrder("1001", "TENT", 2));
  Settle(*Make(Enforcing()));
  auto again = Make(Enforcing());
  auto units = again->UnpostedUnits("erp");
  ASSERT_OK(units);
  ASSERT_THAT(*units, SizeIs(1));
  EXPECT_EQ((*units)[0].units, "2");
}

}  // namespace
}  // namespace fairlead
