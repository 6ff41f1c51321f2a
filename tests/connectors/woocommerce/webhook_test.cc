// Every captured delivery of two stores, and what may not pass.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fairlead/connectors/woocommerce/connector.h"
#include "fairlead/core/error.h"
#include "fairlead/testing/fake_runtime.h"
#include "fairlead/testing/scripted_transport.h"
#include "fairlead/v1/inventory.pb.h"
#include "fairlead/v1/order.pb.h"
#include "fairlead/v1/product.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/connectors/woocommerce/captured.h"

namespace {

using fairlead::ErrorKind;
using fairlead::KindOf;
using fairlead::ParsedWebhook;
using fairlead::Secret;
using fairlead::Webhook;
using fairlead::WooCommerceConnector;
using fairlead::WooCredentials;
using fairlead::WooOptions;
using fairlead_test::Captured;
using ::testing::HasSubstr;
namespace v1 = fairlead::v1;

class WebhookTest : public ::testing::Test {
 protected:
  std::unique_ptr<WooCommerceConnector> Connector(std::vector<Secret> secrets) {
    WooOptions options;
    options.base_url = "https://shop.example.com";
    options.credentials = [] { return WooCredentials{"ck_x", Secret("cs_x")}; };
    options.webhook_secrets = std::move(secrets);
    auto made = WooCommerceConnector::Create(std::move(options), transport_, runtime_.Get());
    EXPECT_TRUE(made.ok()) << made.status();
    return std::move(*made);
  }

  /// A captured delivery, routed by the last part of its path.
  static Webhook Delivery(const std::string& version, const std::string& file, std::string* secret = nullptr) {
    for (const auto& line : fairlead_test::Index(version, "webhooks/")) {
      if (line.root()["file"].text() != file) continue;
      return FromIndex(version, line.root(), secret);
    }
    ADD_FAILURE() << "no delivery " << file;
    return {};
  }

  static Webhook FromIndex(const std::string& version, fairlead::internal::json::Value line, std::string* secret) {
    Webhook webhook;
    const std::string path(line["path"].text());
    webhook.topic = path.substr(path.rfind('/') + 1);
    webhook.body = Captured(version, "webhooks/" + std::string(line["file"].text()));
    for (const auto header : line["headers"].Items()) {
      webhook.headers.push_back({std::string(header.At(0).text()), std::string(header.At(1).text())});
      // The route of the failing receiver does not say what is delivered there; its owner knows.
      if (webhook.topic == "fail" && header.At(0).text() == "X-WC-Webhook-Topic")
        webhook.topic = std::string(header.At(1).text());
    }
    if (secret != nullptr) *secret = std::string(line["secret"].text());
    return webhook;
  }

  fairlead::testing::FakeRuntime runtime_;
  fairlead::testing::ScriptedTransport transport_;
};

TEST_F(WebhookTest, EveryCapturedDeliveryVerifiesAndParses) {
  for (const char* version : fairlead_test::kVersions) {
    std::size_t pings = 0;
    std::size_t orders = 0;
    std::size_t products = 0;
    std::size_t customers = 0;
    std::size_t gone = 0;
    std::size_t hints = 0;
    std::size_t ignored = 0;
    const auto index = fairlead_test::Index(version, "webhooks/");
    for (const auto& line : index) {
      std::string secret;
      const Webhook webhook = FromIndex(version, line.root(), &secret);
      const std::string file(line.root()["file"].text());
      // The second of two secrets fits as well as the first.
      const auto connector = Connector({Secret("other"), Secret(secret)});
      EXPECT_TRUE(connector->VerifyWebhook(webhook).ok()) << file << connector->VerifyWebhook(webhook);
      auto parsed = connector->ParseWebhook(webhook);
      ASSERT_TRUE(parsed.ok()) << file << parsed.status();
      pings += parsed->ping ? 1 : 0;
      hints += parsed->read_instead.size();
      for (const fairlead::Record& record : parsed->records) {
        EXPECT_FALSE(record.raw.empty());
        orders += record.entity == v1::ORDER ? 1 : 0;
        products += record.entity == v1::PRODUCT ? 1 : 0;
        customers += record.entity == v1::PARTY ? 1 : 0;
      }
      for (const auto& unreadable : parsed->unreadable) {
        EXPECT_EQ(KindOf(unreadable.why), ErrorKind::kNotFound) << file << unreadable.why;
        ++gone;
      }
      if (!parsed->ping && parsed->records.empty() && parsed->read_instead.empty() && parsed->unreadable.empty()) {
        ++ignored;
        EXPECT_EQ(webhook.topic.substr(0, 7), "coupon.") << file;
      }
      if (parsed->ping) continue;
      EXPECT_EQ(KindOf(Connector({Secret("other")})->VerifyWebhook(webhook)), ErrorKind::kAuth) << file;
    }
    EXPECT_EQ(pings, 19U) << version;
    EXPECT_GT(orders, 20U) << version;
    EXPECT_GT(products, 3U) << version;
    EXPECT_EQ(customers, 3U) << version;
    EXPECT_GE(gone, 2U) << version;
    EXPECT_GT(hints, 4U) << version;
    EXPECT_GT(ignored, 1U) << version;
  }
}

TEST_F(WebhookTest, NothingUnsignedOrChangedPasses) {
  std::string secret;
  const Webhook good = Delivery("woocommerce-10.6.2", "021-order.created.json", &secret);
  const auto connector = Connector({Secret(secret)});
  ASSERT_TRUE(connector->VerifyWebhook(good).ok());
  Webhook changed = good;
  changed.body.back() = ' ';
  EXPECT_EQ(KindOf(connector->VerifyWebhook(changed)), ErrorKind::kAuth);
  Webhook bare = good;
  bare.headers.clear();
  EXPECT_EQ(KindOf(connector->VerifyWebhook(bare)), ErrorKind::kAuth);
  Webhook empty = good;
  for (auto& header : empty.headers) {
    if (header.name == "X-WC-Webhook-Signature") header.value.clear();
  }
  EXPECT_EQ(KindOf(connector->VerifyWebhook(empty)), ErrorKind::kAuth);
  EXPECT_EQ(KindOf(Connector({})->VerifyWebhook(good)), ErrorKind::kAuth);
  // A ping with anything beside the number is none.
  for (const char* body :
       {"webhook_id=", "webhook_id=1&x=2", "webhook_id=1 ", "webhook_id=123456789012345678901234567890"}) {
    Webhook ping;
    ping.body = body;
    EXPECT_EQ(KindOf(connector->VerifyWebhook(ping)), ErrorKind::kAuth) << body;
  }
  Webhook large = good;
  large.body.assign(std::size_t{9} << 20, ' ');
  EXPECT_EQ(KindOf(connector->VerifyWebhook(large)), ErrorKind::kTooLarge);
  EXPECT_EQ(KindOf(connector->ParseWebhook(large).status()), ErrorKind::kTooLarge);
}

TEST_F(WebhookTest, ADeletionIsAHintToReadWhateverItClaims) {
  const auto connector = Connector({Secret("s")});
  // 7.9 tells subscribers of product.deleted about an order that went to the trash, under the order's id.
  auto product = connector->ParseWebhook(Delivery("woocommerce-7.9.0", "065-product.deleted.json"));
  ASSERT_TRUE(product.ok());
  EXPECT_TRUE(product->records.empty());
  ASSERT_EQ(product->read_instead.size(), 1U);
  EXPECT_EQ(product->read_instead[0].entity, v1::PRODUCT);
  auto order = connector->ParseWebhook(Delivery("woocommerce-7.9.0", "066-order.deleted.json"));
  EXPECT_EQ(order->read_instead[0].entity, v1::ORDER);
  EXPECT_EQ(order->read_instead[0].id, product->read_instead[0].id);
}

TEST_F(WebhookTest, ASignedErrorObjectIsKeptAndNamed) {
  auto gone = Connector({Secret("s")})->ParseWebhook(Delivery("woocommerce-10.6.2", "068-order.created.json"));
  ASSERT_TRUE(gone.ok());
  EXPECT_TRUE(gone->records.empty());
  ASSERT_EQ(gone->unreadable.size(), 1U);
  EXPECT_THAT(gone->unreadable[0].raw, HasSubstr("woocommerce_rest_shop_order_invalid_id"));
  EXPECT_EQ(KindOf(gone->unreadable[0].why), ErrorKind::kNotFound);
}

// The payload is made when it is delivered: order.created may say completed. It is read as what it is.
TEST_F(WebhookTest, ThePayloadCountsNotTheTopic) {
  auto created = Connector({Secret("s")})->ParseWebhook(Delivery("woocommerce-7.9.0", "021-order.created.json"));
  ASSERT_TRUE(created.ok());
  ASSERT_EQ(created->records.size(), 1U);
  EXPECT_EQ(created->records[0].As<v1::Order>()->source_status(), "completed");
}

TEST_F(WebhookTest, AProductBringsItsStockAndAVariationIsReadWithItsProduct) {
  const auto connector = Connector({Secret("s")});
  Webhook webhook;
  webhook.topic = "product.updated";
  webhook.body =
      R"({"id": 120, "name": "Rope", "slug": "rope", "type": "simple", "status": "publish", "sku": "R", "manage_stock": true, "stock_quantity": 4})";
  auto product = connector->ParseWebhook(webhook);
  ASSERT_TRUE(product.ok());
  ASSERT_EQ(product->records.size(), 2U);
  EXPECT_EQ(product->records[1].entity, v1::INVENTORY_LEVEL);
  EXPECT_EQ(product->records[1].As<v1::InventoryLevel>()->quantities(0).quantity().value().unscaled(), 4);
  webhook.body =
      R"({"id": 146, "name": "S", "type": "variation", "parent_id": 141, "status": "publish", "sku": "P", "manage_stock": true, "stock_quantity": 4})";
  auto variation = connector->ParseWebhook(webhook);
  ASSERT_TRUE(variation.ok());
  ASSERT_EQ(variation->read_instead.size(), 2U);
  EXPECT_EQ(variation->read_instead[0].id, "141/146");
}

TEST_F(WebhookTest, GarbageIsKeptNotThrownAway) {
  const auto connector = Connector({Secret("s")});
  for (const char* body :
       {"", "<html>", "[1,2", "{\"id\": 1, \"id\": 2, \"currency\": \"EUR\"}", "{\"id\": \"x\"}", "[]", "7", "{}"}) {
    for (const char* topic : {"order.updated", "order.deleted", "product.updated", "customer.created"}) {
      Webhook webhook;
      webhook.topic = topic;
      webhook.body = body;
      auto parsed = connector->ParseWebhook(webhook);
      ASSERT_TRUE(parsed.ok()) << body;
      EXPECT_TRUE(parsed->records.empty()) << body << topic;
      EXPECT_EQ(parsed->unreadable.size() + parsed->read_instead.size(), 1U) << body << topic;
    }
  }
}

}  // namespace
