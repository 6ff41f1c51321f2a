// What a team should be able to write, as short as it should be. Everything here uses public headers alone.
#include <curl/curl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "fairlead/connector/connector.h"
#include "fairlead/drift/audit.h"
#include "fairlead/http_curl/send_once.h"
#include "fairlead/idempotency/inbox.h"
#include "fairlead/idempotency/ledger.h"
#include "fairlead/idempotency/webhook_source.h"
#include "fairlead/models/json.h"
#include "fairlead/policy/builder.h"
#include "fairlead/retry/retry.h"
#include "fairlead/store_sqlite/sqlite_store.h"
#include "fairlead/v1/order.pb.h"
#include "fairlead/v1/price.pb.h"
#include "fairlead/v1/shipment.pb.h"
#include "tests/api/hmac.h"
#include "tests/sync/fake_systems.h"

namespace v1 = fairlead::v1;
using namespace std::chrono_literals;  // NOLINT: the snippets are written as a team would write them

// A team that receives orders in a form of its own says once how they read; here: canonical JSON.
template <>
struct fairlead::InboxCodec<v1::Order> {
  static bool Accepts(const InboxMessage& message) { return message.topic.rfind("orders/", 0) == 0; }
  static absl::StatusOr<std::vector<v1::Order>> Decode(const InboxMessage& message) {
    auto order = models::FromJson<v1::Order>(message.body);
    if (!order.ok()) return order.status();
    return std::vector<v1::Order>{*std::move(order)};
  }
};

namespace {

// A team's own ERP client.
struct TeamErp {
  std::map<std::string, std::string> orders;  // reference -> id
  int posts = 0;
  bool lose_answer = false;

  absl::StatusOr<std::string> Post(const std::string&, const fairlead::Attempt& a) {
    if (!a.AllowSend()) return absl::AbortedError("not sent");
    ++posts;
    orders[a.reference] = absl::StrCat("SO-", posts);
    if (lose_answer) return absl::UnknownError("timed out");
    return orders[a.reference];
  }
  absl::StatusOr<fairlead::Findings> FindByReference(const std::string& reference) {
    const auto found = orders.find(reference);
    if (found == orders.end()) return fairlead::Findings(std::nullopt);
    return fairlead::Findings(found->second);
  }
};

TEST(Snippets, OneGuardACallOfOnesOwn) {
  TeamErp erp;
  const std::string body = "two tents";
  auto store = fairlead::OpenSqlite(":memory:");
  fairlead::Ledger ledger(**store);
  ledger.Register(fairlead::Operation::Lookup(
      "erp.order.create", [&](const fairlead::Attempt& a) { return erp.Post("/salesOrders", a); },
      [&](const fairlead::Attempt& a) { return erp.FindByReference(a.reference); },
      /*settle=*/60s));
  ASSERT_TRUE(ledger.Recover().ok());
  auto receipt = ledger.Run("erp.order.create", {"order/1001", "create", body});
  ASSERT_TRUE(receipt.ok()) << receipt.status();
  EXPECT_FALSE(receipt->replayed);

  auto again = ledger.Run("erp.order.create", {"order/1001", "create", body});
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again->replayed);
  EXPECT_EQ(again->response, receipt->response);
  EXPECT_EQ(erp.posts, 1);
  // The same purpose with another body is a mistake, not a second order.
  EXPECT_FALSE(ledger.Run("erp.order.create", {"order/1001", "create", "three tents"}).ok());
  EXPECT_EQ(erp.posts, 1);
}

TEST(Snippets, TwoReceiveAWebhook) {
  auto store = fairlead::OpenSqlite(":memory:");
  fairlead::Inbox inbox(**store);
  const fairlead::Secret current("current-secret");
  const fairlead::Secret previous("previous-secret");
  const std::string raw_body = R"({"order_number": "1001"})";
  const fairlead::HeaderList headers = {{"X-Shopify-Hmac-Sha256", tests::HmacBase64("previous-secret", raw_body)},
                                        {"X-Shopify-Event-Id", "e-1"}};
  struct {
    int status = 0;
  } response;
  int booked = 0;
  const auto Book = [&](const v1::Order& order, fairlead::Transaction&) {
    booked += order.order_number() == "1001" ? 1 : 100;
    return absl::OkStatus();
  };

  auto source = fairlead::WebhookSource::Shopify("acme.myshopify.com", {current, previous});
  response.status = inbox.Receive(source, {"orders/updated", raw_body, headers}).http_status;
  inbox.On<fairlead::v1::Order>([&](const auto& order, fairlead::Transaction& tx) { return Book(order, tx); });
  ASSERT_TRUE(inbox.Drain().ok());

  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(inbox.Receive(source, {"orders/updated", raw_body, headers}).http_status, 200);
  ASSERT_TRUE(inbox.Drain().ok());
  EXPECT_EQ(booked, 1);
  EXPECT_EQ(inbox.Receive(source, {"orders/updated", raw_body + " ", headers}).http_status, 401);
}

class Acme3pl : public fairlead::Connector {
 public:
  fairlead::Manifest Describe() const override {
    return fairlead::Manifest("acme3pl", "v2")
        .Lists<v1::Shipment>(fairlead::Cursor::kTimestamp, /*overlap=*/300s)
        .Writes<v1::FulfillmentRequest>(fairlead::Effect::kLookup);
  }
};

TEST(Snippets, ThreeAConnectorFor3pl) {
  const fairlead::Manifest manifest = Acme3pl().Describe();
  EXPECT_TRUE(manifest.Validate().ok());
  EXPECT_EQ(manifest.Find(v1::SHIPMENT)->overlap().seconds(), 300);
  EXPECT_EQ(manifest.FindWrite("upsert")->effect(), v1::EFFECT_CLASS_LOOKUP);
}

// An ERP that can be asked for price lists and a store that can be given them.
class PriceErp : public fairlead::Connector {
 public:
  fairlead::Manifest Describe() const override {
    return fairlead::Manifest("erp", "1").Lists<v1::PriceList>(fairlead::Cursor::kTimestamp, 60s);
  }
};
class PriceWeb : public fairlead::Connector {
 public:
  fairlead::Manifest Describe() const override {
    return fairlead::Manifest("web", "1")
        .Lists<v1::PriceList>(fairlead::Cursor::kTimestamp, 60s)
        .Writes<v1::PriceList>(fairlead::Effect::kAbsolute);
  }
};

TEST(Snippets, FourSayWhoOwnsThePrice) {
  PriceErp erp;
  PriceWeb web;
  auto policy = fairlead::PolicyBuilder("acme", 14)
                    .Team("pricing", "Pricing", "mailto:pricing@acme.example")
                    .Add(fairlead::Rule::For<v1::PriceList>("price", "entries[*].price")
                             .Scope("market", "US")
                             .Owner("erp")
                             .Tolerance("0.00")
                             .AuditEvery(24h)
                             .Propose()
                             .Responsible("pricing", "price-drift", "Contracts live in the ERP."))
                    .Compile({&erp, &web});
  ASSERT_TRUE(policy.ok()) << policy.status();
  EXPECT_EQ((*policy)->rules().size(), 1u);
}

TEST(Snippets, FiveTheNightlyAudit) {
  fairlead::testing_sync::FakeStore web;
  fairlead::testing_sync::FakeErp erp;
  erp.Put(v1::INVENTORY_LEVEL, "5@EAST", fairlead::testing_sync::MakeLevel("TENT", "EAST", 120));
  web.Put(v1::INVENTORY_LEVEL, "120", fairlead::testing_sync::MakeLevel("TENT", "", 117));
  auto policy = fairlead::PolicyBuilder("acme", 1)
                    .System("web", "fakestore")
                    .System("erp", "fakeerp")
                    .Team("ops", "Operations", "mailto:ops@acme.example")
                    .Add(fairlead::Rule::For<v1::InventoryLevel>("stock", "quantities[AVAILABLE]")
                             .Owner("erp")
                             .Writers({"erp"})
                             .Explain(v1::ORDERS_NOT_POSTED)
                             .Responsible("ops", "stock-drift", "The ERP counts."))
                    .Add(fairlead::Rule::For<v1::Shipment>("tracking", "*")
                             .Owner("erp")
                             .Writers({"erp"})
                             .Responsible("ops", "tracking", "Shipped there."))
                    .Add(fairlead::Rule::For<v1::Order>("orders", "*")
                             .Owner("web")
                             .Writers({"web"})
                             .Responsible("ops", "orders", "Sold there."))
                    .Add(fairlead::Rule::For<v1::Party>("parties", "*")
                             .Owner("web")
                             .Writers({"web"})
                             .Responsible("ops", "parties", "Made there."))
                    .Compile({{"web", &web}, {"erp", &erp}});
  ASSERT_TRUE(policy.ok()) << policy.status();
  auto store = fairlead::OpenSqlite(":memory:");
  auto engine_or =
      fairlead::sync::Engine::Create(**store, {{"web", &web}, {"erp", &erp}}, *policy, fairlead::sync::EngineOptions());
  ASSERT_TRUE(engine_or.ok()) << engine_or.status();
  auto& engine = **engine_or;
  const std::string report_path = ::testing::TempDir() + "fairlead_audit.html";
  const auto Nightly = [&]() -> absl::Status {
    auto audit = fairlead::drift::Audit(engine, {v1::INVENTORY_LEVEL, "erp", "web"});
    if (!audit.ok()) return audit.status();
    if (!audit->complete) return absl::DataLossError("audit incomplete");  // never "no drift"
    EXPECT_EQ(audit->Count(fairlead::policy::FindingClass::kDrift), 1);
    return audit->WriteHtml(report_path);
  };
  EXPECT_TRUE(Nightly().ok());
}

TEST(Snippets, SixRetryAlone) {
  struct {
    absl::StatusOr<std::string> Get(const std::string& url, std::chrono::nanoseconds) { return "got " + url; }
  } client;
  const std::string url = "https://erp.example.com/items";
  fairlead::RetryPolicy policy;
  const auto deadline = fairlead::Deadline::After(*fairlead::Runtime::System().clock, 5s);
  auto reply = fairlead::Retry(policy, fairlead::Effect::kRead, deadline,
                               [&](const fairlead::Try& t) { return client.Get(url, t.timeout); });
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(*reply, "got https://erp.example.com/items");
}

TEST(Snippets, SevenATeamsOwnCurlHandle) {
  CURL* handle = curl_easy_init();
  fairlead::SendOnce attempt;
  EXPECT_TRUE(fairlead::AttachSendOnce(handle, attempt));
  curl_easy_setopt(handle, CURLOPT_URL, "http://127.0.0.1:1/");
  EXPECT_NE(curl_easy_perform(handle), CURLE_OK);
  EXPECT_EQ(attempt.OutcomeAfterError(), fairlead::Outcome::kNotSent);
  curl_easy_cleanup(handle);
}

}  // namespace
