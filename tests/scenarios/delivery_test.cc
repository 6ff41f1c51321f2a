// Golden scenarios 21, 23, 25 and 27: messages and answers that go wrong.
#include <algorithm>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "tests/scenarios/shop.h"

namespace fairlead::scenarios {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

OrderSpec Simple(std::int64_t id, const std::string& sku = "TENT") {
  OrderSpec order;
  order.id = id;
  order.email = absl::StrCat("buyer", id, "@mail.example.com");
  order.lines = {{sku, 1, "10.00"}};
  order.total = "10.00";
  return order;
}

Webhook Signed(const std::string& topic, const std::string& body) {
  Webhook webhook;
  webhook.topic = topic;
  webhook.body = body;
  webhook.headers = {{"X-WC-Webhook-ID", "3"},
                     {"X-WC-Webhook-Signature", conformance::Base64(conformance::HmacSha256("scenario-secret", body))}};
  return webhook;
}

TEST_F(Shop, WebhooksInEveryOrderTwiceAndWithOneLostEndWithTheNewestAndOneSale) {
  Stock("TENT", 200);
  std::vector<int> permutation = {0, 1, 2};
  int lost = 0;
  std::vector<std::int64_t> orders;
  std::int64_t id = 4210;
  do {
    // Placed unpaid, paid, and given a note by the buyer: three deliveries, each as the order was at that moment.
    OrderSpec order = Simple(++id);
    order.status = "pending";
    Place(order);
    orders.push_back(id);
    std::vector<Webhook> deliveries;
    const auto keep = [&](const char* topic) {
      const auto body = store_->Get("orders", id);
      ASSERT_OK(body);
      deliveries.push_back(Signed(topic, *body));
    };
    keep("order.created");
    store_->Advance(std::chrono::seconds(2));
    ASSERT_OK(store_->EditOrder(id, R"({"status":"processing"})"));
    keep("order.updated");
    store_->Advance(std::chrono::seconds(2));
    ASSERT_OK(store_->EditOrder(id, R"({"customer_note":"please ring twice"})"));
    keep("order.updated");
    ASSERT_THAT(deliveries, SizeIs(3));
    for (const int which : permutation) {
      if (which == lost % 3 && lost >= 3) continue;  // In the later permutations one delivery never comes.
      EXPECT_EQ(engine_->Receive("web", deliveries[static_cast<std::size_t>(which)]).http_status, 200);
      const ReceiveResult again = engine_->Receive("web", deliveries[static_cast<std::size_t>(which)]);
      EXPECT_EQ(again.http_status, 200);
      EXPECT_TRUE(again.duplicate);
    }
    ASSERT_OK(engine_->DrainInbox());
    ++lost;
  } while (std::next_permutation(permutation.begin(), permutation.end()));
  ASSERT_THAT(orders, SizeIs(6));
  Settle();  // Polling is the backstop for what was lost.
  for (const std::int64_t order : orders) {
    const Sale sale = OneSale(order);
    EXPECT_EQ(sale.state, "processing") << order;
    EXPECT_EQ(Posted(order), v1::POSTING_STATUS_POSTED) << order;
    EXPECT_EQ(View(order).order.payment_status(), v1::PAYMENT_STATUS_PAID) << order;
  }
  EXPECT_EQ(AllSales(), orders.size());
  auto tx = ledger_store_->Read();
  ASSERT_OK(tx);
  const auto unparsed = (*tx)->ListInbox(InboxState::kUnparseable, 0, 10);
  ASSERT_OK(unparsed);
  EXPECT_THAT(*unparsed, IsEmpty());
}

TEST_F(Shop, AnswerLostAtAnyLinkOfTheChainEndsWithOneSale) {
  Stock("TENT", 40);
  std::int64_t id = 4230;
  for (const char* method :
       {"model.party.party.create", "model.sale.sale.create", "model.sale.sale.quote", "model.sale.sale.confirm"}) {
    const int before = to_erp_.lost();
    to_erp_.LoseAnswersTo(absl::StrCat("\"", method, "\""));
    Place(Simple(++id));
    Settle();
    EXPECT_EQ(to_erp_.lost(), before + 1) << method << " was not sent";
    EXPECT_EQ(OneSale(id).state, "processing") << method;
    EXPECT_EQ(Posted(id), v1::POSTING_STATUS_POSTED) << method;
  }
  EXPECT_EQ(AllSales(), 4u);
  EXPECT_EQ(Parties(), 4u);
  EXPECT_THAT(Held(), IsEmpty());
}

TEST_F(Shop, NewLedgerBesideAnErpThatHasTheSalesAdoptsThemAndTheirTrackingStillComes) {
  Stock("TENT", 40);
  for (const std::int64_t id : {4241, 4242}) Place(Simple(id));
  Settle();
  ASSERT_EQ(AllSales(), 2u);
  const auto shipped_before = erp_->Ship("WEB-4241", "TRK");
  ASSERT_OK(shipped_before);
  const int effects = to_erp_.effects();

  // Another ledger, empty: as on the first day, or after the file was lost. Everything so far is older than its start.
  engine_.reset();
  auto opened = OpenSqlite(":memory:");
  ASSERT_OK(opened);
  ledger_store_ = *std::move(opened);
  MakeEngine(Runtime::System().clock->WallNow() + std::chrono::hours(1));
  Settle();
  EXPECT_EQ(to_erp_.effects(), effects) << "an adopted order was written";
  EXPECT_EQ(AllSales(), 2u);
  for (const std::int64_t id : {4241, 4242}) {
    const sync::OrderView view = View(id);
    ASSERT_EQ(view.order.postings_size(), 1) << id;
    EXPECT_EQ(view.order.postings(0).document().id(), absl::StrCat(OneSale(id).id));
  }
  const auto shipped_after = erp_->Ship("WEB-4242", "TRK");
  ASSERT_OK(shipped_after);
  Settle();
  const auto text = store_->Get("orders", 4242);
  ASSERT_OK(text);
  EXPECT_THAT(*text, HasSubstr(shipped_after->front()));
  const auto earlier = store_->Get("orders", 4241);
  ASSERT_OK(earlier);
  EXPECT_THAT(*earlier, Not(HasSubstr(shipped_before->front())))
      << "told by the integration before this one: buyers get no second mail";
  EXPECT_THAT(Held(), IsEmpty());
}

TEST_F(Shop, EveryKindOfFaultOnBothWiresLeavesEachOrderPostedOnce) {
  Stock("TENT", 400);
  testing::FaultPlan plan = testing::FaultPlan::Mixed(0.3, 11);
  plan.d_max = std::chrono::milliseconds(80);
  store_->SetFaults(plan);
  plan.seed = 12;
  erp_->SetFaults(plan);
  for (std::int64_t id = 4301; id <= 4308; ++id) Place(Simple(id));
  // Listings fail too, and are read on at the next round: faults never stop, so neither does this, until all is posted.
  const auto all_posted = [&] {
    for (std::int64_t id = 4301; id <= 4308; ++id) {
      const auto view = engine_->ShowOrder(absl::StrCat(id));
      if (!view.ok() || view->order.postings_size() != 1 ||
          view->order.postings(0).status() != v1::POSTING_STATUS_POSTED)
        return false;
    }
    return true;
  };
  for (int round = 0; round < 400 && !all_posted(); ++round) {
    (void)engine_->PollAll();
    const auto step = engine_->Step();
    ASSERT_OK(step);
    if (step->deliver.claimed > 0) continue;
    ASSERT_OK(Runtime::System().sleeper->Sleep(std::chrono::milliseconds(20), Cancellation()));
  }
  store_->SetFaults(testing::FaultPlan());
  erp_->SetFaults(testing::FaultPlan());
  Settle();
  EXPECT_GT(erp_->Faults().Total(), 10);
  EXPECT_EQ(AllSales(), 8u);
  EXPECT_EQ(Parties(), 8u);
  for (std::int64_t id = 4301; id <= 4308; ++id) {
    EXPECT_EQ(OneSale(id).state, "processing") << id;
    EXPECT_EQ(Posted(id), v1::POSTING_STATUS_POSTED) << id;
  }
  EXPECT_THAT(Held(), IsEmpty());
}

TEST_F(Shop, OrderWithAnItemThatTheErpDoesNotKnowWaitsAloneAndGoesOnOnceItDoes) {
  Stock("TENT", 40);
  Stock("BUNDLE", -1, 5);  // In the store alone.
  for (const std::int64_t id : {4251, 4252, 4254, 4255}) Place(Simple(id));
  OrderSpec poison = Simple(4253, "BUNDLE");
  poison.lines.push_back({"TENT", 1, "10.00"});
  poison.total = "20.00";
  Place(poison);
  Settle();
  for (const std::int64_t id : {4251, 4252, 4254, 4255}) EXPECT_EQ(OneSale(id).state, "processing") << id;
  EXPECT_THAT(Sales("WEB-4253"), IsEmpty()) << "half an order was posted";
  auto held = Held();
  ASSERT_THAT(held, SizeIs(1));
  EXPECT_EQ(held[0].label, "4253");
  EXPECT_EQ(held[0].reason, "mapping");
  EXPECT_THAT(held[0].detail, HasSubstr("BUNDLE"));
  EXPECT_EQ(held[0].owner, "sales-ops");
  EXPECT_EQ(held[0].runbook, "order-parked");

  testing::SandboxProduct bundle;
  bundle.code = "BUNDLE";
  ASSERT_OK(erp_->AddProduct(bundle));
  ASSERT_OK(engine_->ledger().Redrive(held[0].intent_id, {"mara", "the bundle exists now"}));
  Settle();
  EXPECT_TRUE(SameDecimal(OneSale(4253).total, "20.00"));
  EXPECT_THAT(Held(), IsEmpty());
}

TEST_F(Shop, OwnWriteComingBackDecidesNothingAndClearsNoError) {
  Stock("TENT", 40);
  Stock("GHOST", -1, 5);
  Place(Simple(4271));
  Place(Simple(4272, "GHOST"));
  Settle();
  ASSERT_EQ(Posted(4271), v1::POSTING_STATUS_POSTED);
  ASSERT_THAT(Held(), SizeIs(1));
  const int to_erp = to_erp_.effects();
  store_->Advance(std::chrono::seconds(2));

  // Our own reference on both orders, written as the engine would have it written.
  for (const std::int64_t id : {4271, 4272}) {
    WriteIntent intent;
    intent.operation = "order.set_reference";
    intent.entity = v1::ORDER;
    intent.args = {{"order_id", absl::StrCat(id)}, {"reference", absl::StrCat("SO-", id)}};
    const auto prepared = web_connector_->Prepare(intent, CallContext{});
    ASSERT_OK(prepared);
    ASSERT_OK(web_connector_->Write(*prepared->write, CallContext{}));
  }
  const auto before = View(4271).revisions.size();
  std::int64_t echoes = 0;
  std::int64_t intents = 0;
  for (int i = 0; i < 2; ++i) {
    const auto polled = engine_->Poll("web", v1::ORDER);
    ASSERT_OK(polled);
    echoes += polled->echoes;
    intents += polled->intents;
  }
  Settle();
  EXPECT_EQ(echoes, 2) << "both orders came back with a newer time and the same content";
  EXPECT_EQ(intents, 0);
  EXPECT_EQ(to_erp_.effects(), to_erp) << "an echo was posted";
  EXPECT_EQ(View(4271).revisions.size(), before);
  EXPECT_EQ(AllSales(), 1u);
  const auto held = Held();
  ASSERT_THAT(held, SizeIs(1)) << "the echo cleared an error that nobody has dealt with, or made a new one";
  EXPECT_EQ(held[0].label, "4272");
}

}  // namespace
}  // namespace fairlead::scenarios
