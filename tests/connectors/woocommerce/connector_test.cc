// What goes over the wire and how answers are understood, with a scripted store.
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fairlead/connectors/woocommerce/batch.h"
#include "fairlead/connectors/woocommerce/connector.h"
#include "fairlead/core/error.h"
#include "fairlead/http/url.h"
#include "fairlead/testing/fake_runtime.h"
#include "fairlead/testing/scripted_transport.h"
#include "fairlead/v1/order.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "src/connectors/woocommerce/internal/client.h"
#include "tests/connectors/woocommerce/captured.h"

namespace {

using fairlead::CallContext;
using fairlead::Effect;
using fairlead::ErrorKind;
using fairlead::GetErrorDetail;
using fairlead::KindOf;
using fairlead::ListRequest;
using fairlead::Outcome;
using fairlead::OutcomeOf;
using fairlead::PreparedWrite;
using fairlead::Secret;
using fairlead::WooCommerceConnector;
using fairlead::WooCredentials;
using fairlead::WooOptions;
using fairlead::WriteIntent;
using fairlead_test::Captured;
using ::testing::HasSubstr;
using ::testing::Not;
namespace v1 = fairlead::v1;
namespace http = fairlead::http;

class ConnectorTest : public ::testing::Test {
 protected:
  WooOptions Options(const std::string& url = "https://shop.example.com") {
    WooOptions options;
    options.base_url = url;
    options.credentials = [] { return WooCredentials{"ck_key", Secret("cs_secret")}; };
    options.currency = "USD";
    return options;
  }

  std::unique_ptr<WooCommerceConnector> Connector(WooOptions options) {
    auto made = WooCommerceConnector::Create(std::move(options), transport_, runtime_.Get());
    EXPECT_TRUE(made.ok()) << made.status();
    return std::move(*made);
  }
  std::unique_ptr<WooCommerceConnector> Connector() { return Connector(Options()); }

  /// A write that is ready to be sent.
  PreparedWrite Reference(WooCommerceConnector& connector) {
    WriteIntent intent;
    intent.operation = "order.set_reference";
    intent.entity = v1::ORDER;
    intent.args = {{"order_id", "12"}, {"reference", "SO-1"}};
    auto prepared = connector.Prepare(intent, {});
    EXPECT_TRUE(prepared.ok()) << prepared.status();
    return *prepared->write;
  }

  fairlead::testing::FakeRuntime runtime_;
  fairlead::testing::ScriptedTransport transport_;
};

std::string Param(const std::string& url, const std::string& name) {
  for (const auto& [key, value] : http::ParseQuery(url.substr(url.find('?') + 1))) {
    if (key == name) return value;
  }
  return "";
}

// The signatures that two real stores accepted, characters that need double encoding among them.
TEST(OAuthTest, SignsAsTheStoresCheckIt) {
  std::size_t vectors = 0;
  for (const char* version : fairlead_test::kVersions) {
    for (const auto& line : fairlead_test::Index(version)) {
      const auto root = line.root();
      const std::string target(root["target"].text());
      const std::size_t query = target.find('?');
      const auto status = root["status"].AsInt64().value_or(0);
      if (target.find("oauth_signature=") == std::string::npos ||
          root["file"].text() == "errors/oauth-bad-signature.json")
        continue;
      if (status == 401 && root["file"].text().find("oauth-") == std::string_view::npos)
        continue;  // Signed with a wrong key on purpose.
      std::string signature;
      http::QueryParams params;
      for (auto& param : http::ParseQuery(target.substr(query + 1))) {
        if (param.first == "oauth_signature") signature = param.second;
        params.push_back(std::move(param));
      }
      const std::string secret =
          target.find("ck_ccc") != std::string::npos ? "cs_" + std::string(40, 'd') : "cs_" + std::string(40, 'b');
      const std::string url = "http://" + std::string(root["request_headers"]["Host"].text()) + target.substr(0, query);
      EXPECT_EQ(fairlead::woocommerce::internal::OAuthSignature(root["method"].text(), url, params, secret), signature)
          << root["file"].text();
      ++vectors;
    }
  }
  EXPECT_GT(vectors, 250U);
}

TEST_F(ConnectorTest, OverTlsTheKeyGoesInASecretHeaderAndNowhereElse) {
  transport_.PushJson(200, "[]");
  ListRequest request;
  request.entity = v1::PARTY;
  ASSERT_TRUE(Connector()->ListAll(request, {}).ok());
  const http::Request sent = transport_.calls().at(0).request;
  EXPECT_EQ(sent.url.substr(0, 54), "https://shop.example.com/wp-json/wc/v3/customers?role=");
  EXPECT_THAT(sent.url, Not(HasSubstr("ck_key")));
  ASSERT_EQ(sent.secret_headers.size(), 1U);
  EXPECT_EQ(sent.secret_headers[0].second.Reveal(), "Basic Y2tfa2V5OmNzX3NlY3JldA==");
  EXPECT_EQ(transport_.calls().at(0).effect, Effect::kRead);
}

TEST_F(ConnectorTest, OverPlainLoopbackEachAttemptIsSignedAnew) {
  WooOptions options = Options("http://127.0.0.1:8080/shop/");
  options.home_url = "http://harbor.example.com/shop";
  const auto connector = Connector(options);
  transport_.PushJson(200, R"({"id": 12, "meta_data": [{"id": 1, "key": "_fairlead_reference", "value": "SO-1"}]})");
  transport_.PushJson(200, R"({"id": 12, "meta_data": [{"id": 1, "key": "_fairlead_reference", "value": "SO-1"}]})");
  const PreparedWrite write = Reference(*connector);
  EXPECT_THAT(write.target + write.body + write.memo, Not(HasSubstr("oauth")));
  ASSERT_TRUE(connector->Write(write, {}).ok());
  runtime_.clock.Advance(std::chrono::seconds(3));
  ASSERT_TRUE(connector->Write(write, {}).ok());
  const std::string first = transport_.calls().at(0).request.url;
  const std::string second = transport_.calls().at(1).request.url;
  EXPECT_EQ(first.substr(0, 52), "http://127.0.0.1:8080/shop/wp-json/wc/v3/orders/12?o");
  EXPECT_NE(Param(first, "oauth_nonce"), Param(second, "oauth_nonce"));
  EXPECT_EQ(std::stoll(Param(second, "oauth_timestamp")) - std::stoll(Param(first, "oauth_timestamp")), 3);
  // The signature is over the site's own address, not the one we reach it by.
  http::QueryParams params = http::ParseQuery(first.substr(first.find('?') + 1));
  EXPECT_EQ(fairlead::woocommerce::internal::OAuthSignature(
                "PUT", "http://harbor.example.com/shop/wp-json/wc/v3/orders/12", params, "cs_secret"),
            Param(first, "oauth_signature"));
  EXPECT_EQ(transport_.calls().at(0).request.body, transport_.calls().at(1).request.body);
  EXPECT_THAT(first, Not(HasSubstr("cs_secret")));
}

TEST_F(ConnectorTest, OptionsAreCheckedBeforeAnythingIsSent) {
  const auto refused = [&](WooOptions options) {
    EXPECT_EQ(KindOf(WooCommerceConnector::Create(options, transport_, runtime_.Get()).status()),
              ErrorKind::kConfiguration);
    WooCommerceConnector connector(std::move(options), transport_, runtime_.Get());
    EXPECT_EQ(KindOf(connector.Health({}).status()), ErrorKind::kConfiguration);
  };
  refused(Options("http://shop.example.com"));
  refused(Options("shop.example.com"));
  refused(Options(""));
  WooOptions options = Options();
  options.credentials = nullptr;
  refused(options);
  options = Options();
  options.page_size = 101;
  refused(options);
  options = Options();
  options.webhook_secrets = {Secret("")};
  refused(options);
  EXPECT_TRUE(transport_.calls().empty());
  EXPECT_TRUE(Connector()->Describe().Validate().ok());
}

TEST_F(ConnectorTest, OnlyTheWriteCarriesTheGuard) {
  class Guard : public http::SendGuard {
   public:
    bool AllowSend() override { return true; }
  } guard;
  CallContext context;
  context.guard = &guard;
  const auto connector = Connector();
  const PreparedWrite write = Reference(*connector);
  transport_.PushJson(200, R"({"id": 12, "meta_data": [{"key": "_fairlead_reference", "value": "SO-1"}]})");
  transport_.PushJson(200, R"({"id": 12, "meta_data": []})");
  ASSERT_TRUE(connector->Write(write, context).ok());
  ASSERT_TRUE(connector->Lookup(write, context).ok());
  EXPECT_TRUE(transport_.calls().at(0).guarded);
  EXPECT_EQ(transport_.calls().at(0).effect, Effect::kAbsolute);
  EXPECT_FALSE(transport_.calls().at(1).guarded);
  EXPECT_EQ(transport_.calls().at(0).request.headers.back().value, "application/json; charset=utf-8");
}

struct Answer {
  int status;
  std::string body;
  ErrorKind kind;
  Outcome outcome;
};

TEST_F(ConnectorTest, AnswersToAWriteSayWhetherItWasApplied) {
  const std::string captured = "woocommerce-10.6.2";
  const std::vector<Answer> table = {
      {400, Captured(captured, "errors/bad-json.json"), ErrorKind::kValidation, Outcome::kRejected},
      {400, Captured(captured, "products/create-dup-sku-error.json"), ErrorKind::kDuplicate, Outcome::kRejected},
      {400, Captured(captured, "customers/create-dup-email.json"), ErrorKind::kDuplicate, Outcome::kRejected},
      {400, Captured(captured, "orders/edit-remove-null-edit-removed-line.json"), ErrorKind::kValidation,
       Outcome::kRejected},
      {401, Captured(captured, "errors/auth-bad-key.json"), ErrorKind::kAuth, Outcome::kRejected},
      {401, Captured(captured, "errors/auth-readonly-post.json"), ErrorKind::kAuth, Outcome::kRejected},
      // The copy that the network made was refused; the first one may have been applied.
      {401,
       R"({"code":"woocommerce_rest_authentication_error","message":"Invalid nonce - nonce has already been used.","data":{"status":401}})",
       ErrorKind::kTransient, Outcome::kUnknown},
      {403, "<html>blocked by the firewall</html>", ErrorKind::kAuth, Outcome::kRejected},
      {404, Captured(captured, "orders/gone-get.json"), ErrorKind::kNotFound, Outcome::kRejected},
      {404, Captured(captured, "errors/404-route.json"), ErrorKind::kConfiguration, Outcome::kRejected},
      {404, "<html>not found</html>", ErrorKind::kConfiguration, Outcome::kRejected},
      {301, "", ErrorKind::kConfiguration, Outcome::kRejected},
      {409, "{}", ErrorKind::kConflict, Outcome::kRejected},
      {413, Captured(captured, "errors/batch-101.json"), ErrorKind::kTooLarge, Outcome::kRejected},
      {429, "<html>slow down</html>", ErrorKind::kRateLimited, Outcome::kRejected},
      {501, Captured(captured, "errors/delete-no-force.json"), ErrorKind::kValidation, Outcome::kRejected},
      // Business refusals come as 500. Every other 500 may have been applied.
      {500, Captured(captured, "refunds/refund-items-too-much.json"), ErrorKind::kValidation, Outcome::kRejected},
      {500, Captured(captured, "refunds/refund-items-negative.json"), ErrorKind::kValidation, Outcome::kRejected},
      {500, Captured(captured, "errors/bad-refund-order.json"), ErrorKind::kValidation, Outcome::kRejected},
      {500,
       R"({"code":"internal_server_error","message":"<p>There has been a critical error on this website.</p>","data":{"status":500}})",
       ErrorKind::kTransient, Outcome::kUnknown},
      {500, "<html>critical error</html>", ErrorKind::kTransient, Outcome::kUnknown},
      {502, "<html>bad gateway</html>", ErrorKind::kTransient, Outcome::kUnknown},
      {503, "", ErrorKind::kTransient, Outcome::kUnknown},
      {504, "", ErrorKind::kTransient, Outcome::kUnknown},
      // Success that cannot be read says nothing.
      {200, "<html>maintenance</html>", ErrorKind::kUnparseable, Outcome::kUnknown},
      {200, R"({"id": 12, "meta_da)", ErrorKind::kUnparseable, Outcome::kUnknown},
      {200, "", ErrorKind::kUnparseable, Outcome::kUnknown},
      {200, "[]", ErrorKind::kUnparseable, Outcome::kUnknown},
      // Success that did not keep the value.
      {200, R"({"id": 12, "meta_data": [{"key": "_fairlead_reference", "value": "other"}]})", ErrorKind::kValidation,
       Outcome::kApplied},
      {200, R"({"id": 12, "meta_data": []})", ErrorKind::kValidation, Outcome::kApplied},
  };
  const auto connector = Connector();
  const PreparedWrite write = Reference(*connector);
  for (const Answer& answer : table) {
    transport_.PushJson(answer.status, answer.body);
    auto result = connector->Write(write, {});
    ASSERT_FALSE(result.ok()) << answer.status << answer.body;
    EXPECT_EQ(KindOf(result.status()), answer.kind) << answer.status << answer.body << result.status();
    EXPECT_EQ(OutcomeOf(result.status()), answer.outcome) << answer.status << answer.body;
    const auto detail = GetErrorDetail(result.status());
    ASSERT_TRUE(detail.has_value());
    EXPECT_EQ(detail->system, "web");
    EXPECT_EQ(detail->operation, "order.set_reference");
    EXPECT_THAT(result.status().ToString(), Not(HasSubstr("cs_secret")));
  }
}

TEST_F(ConnectorTest, StockThatMovedAtOnceIsAFindingAndNoFailure) {
  const auto connector = Connector();
  PreparedWrite write;
  write.operation = "product.set_stock";
  write.effect = Effect::kAbsolute;
  write.method = "PUT";
  write.target = "products/120";
  write.body = R"({"stock_quantity":5})";
  write.memo = R"({"id":"120","field":"stock_quantity","value":"5"})";
  transport_.PushJson(200, R"({"id": 120, "stock_quantity": 4})");
  auto moved = connector->Write(write, {});
  ASSERT_TRUE(moved.ok()) << moved.status();
  ASSERT_EQ(moved->findings.size(), 1U);
  EXPECT_EQ(moved->findings[0].code, "changed_at_once");
  transport_.PushJson(200, R"({"id": 120, "stock_quantity": null})");
  EXPECT_EQ(OutcomeOf(connector->Write(write, {}).status()), Outcome::kApplied);
}

TEST_F(ConnectorTest, ReadsNeverLeaveAnythingUnknown) {
  const auto connector = Connector();
  ListRequest request;
  request.entity = v1::ORDER;
  for (const int status : {500, 503}) {
    transport_.PushJson(status, "<html>");
    auto page = connector->ListSince(request, {});
    EXPECT_EQ(KindOf(page.status()), ErrorKind::kTransient);
    EXPECT_EQ(OutcomeOf(page.status()), Outcome::kRejected);
  }
  transport_.PushJson(200, "<html>");
  EXPECT_EQ(KindOf(connector->ListSince(request, {}).status()), ErrorKind::kUnparseable);
  transport_.PushJson(200, R"({"unexpected": "object"})");
  EXPECT_EQ(KindOf(connector->ListSince(request, {}).status()), ErrorKind::kUnparseable);
}

TEST_F(ConnectorTest, LostAnswersKeepTheTransportsVerdict) {
  const auto connector = Connector();
  const PreparedWrite write = Reference(*connector);
  transport_.PushError(fairlead::testing::ScriptedTransport::LostAnswer());
  EXPECT_EQ(OutcomeOf(connector->Write(write, {}).status()), Outcome::kUnknown);
  transport_.PushError(fairlead::testing::ScriptedTransport::NotSent());
  auto refused = connector->Write(write, {});
  EXPECT_EQ(OutcomeOf(refused.status()), Outcome::kNotSent);
  EXPECT_EQ(GetErrorDetail(refused.status())->operation, "order.set_reference");
}

TEST_F(ConnectorTest, ACursorReadsBackBehindItself) {
  const auto connector = Connector();
  ListRequest request;
  request.entity = v1::ORDER;
  const auto order = [](int id, const char* modified) {
    return R"({"id": )" + std::to_string(id) +
           R"(, "status": "pending", "currency": "EUR", "total": "0.00", "line_items": [],
        "date_created_gmt": "2026-11-23T07:00:00", "date_modified_gmt": ")" +
           modified + "\"}";
  };
  transport_.PushJson(200, "[" + order(1, "2026-11-23T07:10:00") + "," + order(2, "2026-11-23T07:20:00") + "]");
  transport_.PushJson(200, "[]");  // The trash.
  auto page = connector->ListSince(request, {});
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->records.size(), 2U);
  EXPECT_FALSE(page->last);
  request.cursor = page->next_cursor;
  page = connector->ListSince(request, {});
  ASSERT_TRUE(page.ok());
  EXPECT_TRUE(page->last);
  EXPECT_EQ(Param(transport_.calls().at(0).request.url, "modified_after"), "");
  EXPECT_EQ(Param(transport_.calls().at(0).request.url, "status"), "any");
  EXPECT_EQ(Param(transport_.calls().at(1).request.url, "status"), "trash");
  request.cursor = page->next_cursor;
  transport_.PushJson(200, "[]");
  ASSERT_TRUE(connector->ListSince(request, {}).ok());
  const std::string url = transport_.calls().at(2).request.url;
  // 300 s behind 07:20:00, and one second more because the filter leaves out its own second; in UTC, not in the store's
  // time.
  EXPECT_EQ(Param(url, "modified_after"), "2026-11-23T07:14:59");
  EXPECT_EQ(Param(url, "dates_are_gmt"), "true");
  EXPECT_EQ(Param(url, "orderby"), "modified");
  EXPECT_EQ(Param(url, "order"), "asc");
  EXPECT_EQ(Param(url, "page"), "");
}

// A record dated next year must not carry the cursor there.
TEST_F(ConnectorTest, ARecordFromTheFutureDoesNotMoveTheCursorThere) {
  const auto connector = Connector();
  ListRequest request;
  request.entity = v1::REFUND;
  transport_.PushJson(200,
                      R"([{"id": 1, "currency": "EUR", "refunds": [], "date_modified_gmt": "2031-01-01T00:00:00"}])");
  auto page = connector->ListSince(request, {});
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_TRUE(page->last);
  request.cursor = page->next_cursor;
  transport_.PushJson(200, "[]");
  ASSERT_TRUE(connector->ListSince(request, {}).ok());
  EXPECT_EQ(Param(transport_.calls().at(1).request.url, "modified_after"),
            "2026-11-23T07:54:59");  // The test's clock: 08:00.
}

TEST_F(ConnectorTest, RefundsAreReadThroughTheirOrdersWithTheirCurrency) {
  const auto connector = Connector();
  ListRequest request;
  request.entity = v1::REFUND;
  transport_.PushJson(
      200, R"([{"id": 355, "currency": "EUR", "refunds": [{"id": 356}], "date_modified_gmt": "2026-11-23T07:10:00"},
                               {"id": 400, "currency": "EUR", "refunds": [], "date_modified_gmt": "2026-11-23T07:10:00"}])");
  transport_.PushJson(200, Captured("woocommerce-10.6.2", "refunds/refund-items-list.json"), {{"X-WP-Total", "4"}});
  auto page = connector->ListSince(request, {});
  ASSERT_TRUE(page.ok());
  EXPECT_TRUE(page->records.empty());
  EXPECT_FALSE(page->last);
  request.cursor = page->next_cursor;
  page = connector->ListSince(request, {});
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->records.size(), 4U);
  EXPECT_TRUE(page->last);
  EXPECT_EQ(page->records[0].external_id.substr(0, 4), "355/");
  EXPECT_THAT(transport_.calls().at(1).request.url, HasSubstr("/orders/355/refunds?"));
}

TEST_F(ConnectorTest, ForeignCursorsAreRefused) {
  ListRequest request;
  request.entity = v1::ORDER;
  for (const char* cursor : {"2026-11-23", "{\"v\":2}", "{", "[]", "{\"v\":1,\"offset\":-5}"}) {
    request.cursor = cursor;
    EXPECT_EQ(KindOf(Connector()->ListSince(request, {}).status()), ErrorKind::kConfiguration) << cursor;
  }
  request.cursor.clear();
  request.entity = v1::INVOICE;
  EXPECT_EQ(KindOf(Connector()->ListSince(request, {}).status()), ErrorKind::kConfiguration);
  EXPECT_TRUE(transport_.calls().empty());
}

TEST_F(ConnectorTest, IdsThatAreNoneAreNotAskedFor) {
  const auto connector = Connector();
  for (const char* id : {"", "0", "x", "1/2", "1/../2", "../users", "12?x=1", "999999999999999999999"}) {
    EXPECT_EQ(KindOf(connector->ReadOne({v1::ORDER, id}, {}).status()), ErrorKind::kNotFound) << id;
  }
  EXPECT_EQ(KindOf(connector->ReadOne({v1::REFUND, "5"}, {}).status()), ErrorKind::kNotFound);
  EXPECT_TRUE(transport_.calls().empty());
}

// P15: five failures and the webhook is off; what failed is never sent again.
TEST_F(ConnectorTest, HealthFindsDisabledWebhooks) {
  WooOptions options = Options();
  options.webhook_secrets = {Secret("s")};
  transport_.PushJson(200, "[]");
  transport_.PushJson(200, R"({"environment": {"version": "10.6.2", "home_url": "https://canyon.example.com"}})");
  transport_.PushJson(200, "[" + Captured("woocommerce-10.6.2", "webhooks-api/get-after-failures.json") + "]");
  auto health = Connector(options)->Health({});
  ASSERT_TRUE(health.ok()) << health.status();
  EXPECT_EQ(health->server_version, "10.6.2");
  EXPECT_EQ(health->account, "https://canyon.example.com");
  ASSERT_EQ(health->findings.size(), 2U);
  EXPECT_EQ(health->findings[0].code, "webhook_disabled");
  EXPECT_EQ(health->findings[1].code, "no_webhooks");
}

// A batch answers 200; each item has its own fate, in its own place.
TEST(BatchTest, EachItemSaysWhatBecameOfIt) {
  using fairlead::woocommerce::BatchItem;
  for (const char* version : fairlead_test::kVersions) {
    auto items = fairlead::woocommerce::ParseBatchAnswer(Captured(version, "products/batch-mixed-errors.json"));
    ASSERT_TRUE(items.ok()) << items.status();
    ASSERT_EQ(items->size(), 7U);
    EXPECT_TRUE((*items)[0].status.ok());
    EXPECT_EQ(KindOf((*items)[1].status), ErrorKind::kDuplicate);
    EXPECT_EQ(OutcomeOf((*items)[1].status), Outcome::kRejected);
    EXPECT_EQ((*items)[1].id, "");
    EXPECT_TRUE((*items)[2].status.ok());
    EXPECT_TRUE((*items)[4].status.ok());
    EXPECT_EQ((*items)[4].verb, BatchItem::Verb::kUpdate);
    EXPECT_FALSE((*items)[5].status.ok());
    EXPECT_EQ((*items)[5].id, "99999999");
    EXPECT_EQ(KindOf((*items)[6].status), ErrorKind::kNotFound);
    EXPECT_EQ((*items)[6].verb, BatchItem::Verb::kDelete);
  }
  auto cut = fairlead::woocommerce::ParseBatchAnswer("{\"update\": [{\"id\": 1}, ");
  EXPECT_EQ(KindOf(cut.status()), ErrorKind::kUnparseable);
  EXPECT_EQ(OutcomeOf(cut.status()), Outcome::kUnknown);
}

}  // namespace
