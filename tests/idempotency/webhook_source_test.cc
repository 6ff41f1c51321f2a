#include "fairlead/idempotency/webhook_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fairlead/core/error.h"

namespace {

using namespace std::chrono_literals;
using fairlead::ErrorKind;
using fairlead::HeaderList;
using fairlead::Secret;
using fairlead::WallTime;
using fairlead::WebhookDelivery;
using fairlead::WebhookSource;

const WallTime kNow{std::chrono::seconds(1'576'800'000)};
const std::string kBody = R"({"id":1001})";
// HMAC-SHA256 of kBody, computed elsewhere.
const std::string kByCurrent = "taShe63KzuXNAJuFfbDjaN0yzAnrhoAXTk+wH8cECPQ=";
const std::string kByPrevious = "y8f4SAMeGR7ftyAdchX2MKbkdiG5bv4QnIWlZpOMFZM=";

std::vector<Secret> Secrets() { return {Secret("current"), Secret("previous")}; }

WebhookDelivery Shopify(std::string signature) {
  return {"orders/updated",
          kBody,
          {{"X-Shopify-Hmac-Sha256", std::move(signature)},
           {"X-Shopify-Event-Id", "event-1"},
           {"X-Shopify-Topic", "orders/updated"},
           {"Authorization", "Bearer secret"},
           {"Cookie", "session"}}};
}

TEST(ShopifyWebhook, EitherSecretProvesIt) {
  const auto source = WebhookSource::Shopify("acme.myshopify.com", Secrets());
  for (const std::string& signature : {kByCurrent, kByPrevious}) {
    auto message = source.Verify(Shopify(signature), kNow);
    ASSERT_TRUE(message.ok()) << message.status();
    EXPECT_EQ(message->source, "shopify:acme.myshopify.com");
    EXPECT_EQ(message->topic, "orders/updated");
    EXPECT_EQ(message->body, kBody);
    EXPECT_EQ(message->received_at, kNow);
  }
}

TEST(ShopifyWebhook, EveryChangedByteIsRefused) {
  const auto source = WebhookSource::Shopify("acme.myshopify.com", Secrets());
  for (std::size_t i = 0; i < kBody.size(); ++i) {
    WebhookDelivery delivery = Shopify(kByCurrent);
    delivery.raw_body[i] ^= 1;
    EXPECT_EQ(fairlead::KindOf(source.Verify(delivery, kNow).status()), ErrorKind::kAuth) << i;
  }
  for (std::size_t i = 0; i + 1 < kByCurrent.size(); ++i) {
    std::string signature = kByCurrent;
    signature[i] = signature[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(source.Verify(Shopify(signature), kNow).ok()) << i;
  }
}

TEST(ShopifyWebhook, MissingDoubledAndForeignSignaturesAreRefused) {
  const auto source = WebhookSource::Shopify("acme.myshopify.com", Secrets());
  EXPECT_FALSE(source.Verify(Shopify(""), kNow).ok());
  EXPECT_FALSE(source.Verify(Shopify("not base64 at all!"), kNow).ok());
  EXPECT_FALSE(source.Verify({"t", kBody, {}}, kNow).ok());
  WebhookDelivery doubled = Shopify(kByCurrent);
  doubled.headers.emplace_back("x-shopify-hmac-sha256", kByCurrent);
  EXPECT_FALSE(source.Verify(doubled, kNow).ok());
  EXPECT_FALSE(WebhookSource::Shopify("acme.myshopify.com", {}).Verify(Shopify(kByCurrent), kNow).ok());
  EXPECT_FALSE(WebhookSource::Shopify("acme.myshopify.com", {Secret("")}).Verify(Shopify(kByCurrent), kNow).ok());
}

TEST(ShopifyWebhook, LengthIsAskedBeforeAnythingElse) {
  auto source = WebhookSource::Shopify("acme.myshopify.com", Secrets());
  source.MaxBytes(kBody.size() - 1);
  EXPECT_EQ(fairlead::KindOf(source.Verify(Shopify("whatever"), kNow).status()), ErrorKind::kTooLarge);
}

TEST(ShopifyWebhook, CredentialsAreNotKept) {
  const auto source = WebhookSource::Shopify("acme.myshopify.com", Secrets());
  auto message = source.Verify(Shopify(kByCurrent), kNow);
  ASSERT_TRUE(message.ok());
  EXPECT_THAT(message->headers, ::testing::UnorderedElementsAre(::testing::Pair("x-shopify-event-id", "event-1"),
                                                                ::testing::Pair("x-shopify-topic", "orders/updated")));
}

TEST(ShopifyWebhook, TheDedupKeyHoldsEventTopicShopAndBody) {
  const auto key = [](const WebhookSource& source, const WebhookDelivery& delivery) {
    auto message = source.Verify(delivery, kNow);
    EXPECT_TRUE(message.ok()) << message.status();
    return message.ok() ? message->dedup_key : std::string();
  };
  const auto source = WebhookSource::Shopify("acme.myshopify.com", Secrets());
  const std::string base = key(source, Shopify(kByCurrent));
  EXPECT_EQ(key(source, Shopify(kByPrevious)), base) << "the signature is not part of it";
  WebhookDelivery event = Shopify(kByCurrent);
  event.headers[1].second = "event-2";
  EXPECT_NE(key(source, event), base);
  WebhookDelivery topic = Shopify(kByCurrent);
  topic.topic = "orders/paid";
  EXPECT_NE(key(source, topic), base);
  EXPECT_NE(key(WebhookSource::Shopify("other.myshopify.com", Secrets()), Shopify(kByCurrent)), base);
}

TEST(ShopifyWebhook, TheRoutesTopicWinsOverTheUnsignedHeader) {
  const auto source = WebhookSource::Shopify("acme.myshopify.com", Secrets());
  WebhookDelivery delivery = Shopify(kByCurrent);
  delivery.headers[2].second = "customers/redact";
  EXPECT_EQ(source.Verify(delivery, kNow)->topic, "orders/updated");
  delivery.topic.clear();
  EXPECT_EQ(source.Verify(delivery, kNow)->topic, "customers/redact") << "without one, the header is all there is";
}

TEST(WooCommerceWebhook, SignatureOverTheRawBody) {
  const auto source = WebhookSource::WooCommerce("shop-1/orders", Secrets());
  WebhookDelivery delivery{
      "", kBody, {{"x-wc-webhook-signature", kByCurrent}, {"x-wc-webhook-topic", "order.updated"}}};
  auto message = source.Verify(delivery, kNow);
  ASSERT_TRUE(message.ok()) << message.status();
  EXPECT_EQ(message->topic, "order.updated");
  delivery.raw_body += "\n";
  EXPECT_FALSE(source.Verify(delivery, kNow).ok());
}

// --- Standard Webhooks.

const char kWhsec[] = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
const char kStandardSignature[] = "v1,jWR8A1hdFEw7BYvDpL9KMk0fRS+mTxyW9vpQk6N1rhY=";

WebhookDelivery Standard(std::string signature = kStandardSignature, std::string timestamp = "1576800000") {
  return {"order.paid",
          kBody,
          {{"Webhook-Id", "msg_1"},
           {"Webhook-Timestamp", std::move(timestamp)},
           {"Webhook-Signature", std::move(signature)}}};
}

TEST(StandardWebhook, ThePublishedExampleIsProven) {
  const auto source = WebhookSource::StandardWebhooks("pay", {Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")});
  const WebhookDelivery delivery{"t",
                                 R"({"test": 2432232314})",
                                 {{"webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"},
                                  {"webhook-timestamp", "1614265330"},
                                  {"webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}}};
  auto message = source.Verify(delivery, WallTime(std::chrono::seconds(1614265330)));
  ASSERT_TRUE(message.ok()) << message.status();
  EXPECT_EQ(message->dedup_key, "msg_p5jXN8AQM9LWM0D4loKWxJek");
}

TEST(StandardWebhook, TheTimestampCountsBothWays) {
  const auto source = WebhookSource::StandardWebhooks("pay", {Secret(kWhsec)});
  EXPECT_TRUE(source.Verify(Standard(), kNow).ok());
  EXPECT_TRUE(source.Verify(Standard(), kNow + 300s).ok());
  EXPECT_TRUE(source.Verify(Standard(), kNow - 300s).ok());
  EXPECT_FALSE(source.Verify(Standard(), kNow + 301s).ok()) << "a replay";
  EXPECT_FALSE(source.Verify(Standard(), kNow - 301s).ok()) << "from the future";
  EXPECT_FALSE(source.Verify(Standard(kStandardSignature, "1576800001"), kNow).ok()) << "it is signed";
  for (const char* text : {"", "soon", "9223372036854775807", "-9223372036854775808", "99999999999999999999", "1e9"}) {
    EXPECT_FALSE(source.Verify(Standard(kStandardSignature, text), kNow).ok()) << text;
  }
}

TEST(StandardWebhook, OneOfSeveralSignaturesIsEnough) {
  const auto source = WebhookSource::StandardWebhooks("pay", {Secret("not base64!"), Secret(kWhsec)});
  EXPECT_TRUE(source.Verify(Standard("v1,AAAA v1a,BBBB " + std::string(kStandardSignature)), kNow).ok());
  EXPECT_FALSE(source.Verify(Standard("v1,AAAA v2,jWR8A1hdFEw7BYvDpL9KMk0fRS+mTxyW9vpQk6N1rhY="), kNow).ok());
  EXPECT_FALSE(source.Verify(Standard(""), kNow).ok());
}

TEST(StandardWebhook, TheIdIsSigned) {
  const auto source = WebhookSource::StandardWebhooks("pay", {Secret(kWhsec)});
  WebhookDelivery delivery = Standard();
  delivery.headers[0].second = "msg_2";
  EXPECT_FALSE(source.Verify(delivery, kNow).ok());
  delivery.headers.erase(delivery.headers.begin());
  EXPECT_FALSE(source.Verify(delivery, kNow).ok());
}

}  // namespace
