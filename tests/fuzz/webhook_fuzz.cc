// The way of a webhook from raw bytes to records: nothing passes without its signature, and what passes never crashes
// the reader. An attacker controls everything but the secret.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fairlead/connectors/woocommerce/connector.h"
#include "fairlead/core/runtime.h"
#include "fairlead/idempotency/webhook_source.h"
#include "fairlead/testing/scripted_transport.h"
#include "tests/api/hmac.h"

namespace {

using fairlead::Secret;
using fairlead::WebhookSource;

constexpr const char* kSecret = "the-secret-of-this-webhook";

void Require(bool condition) {
  if (!condition) std::abort();
}

fairlead::WooCommerceConnector& Connector() {
  static auto* const transport = new fairlead::testing::ScriptedTransport;
  static auto* const connector = [] {
    fairlead::WooOptions options;
    options.base_url = "https://shop.example.com";
    options.credentials = [] { return fairlead::WooCredentials{"ck_x", Secret("cs_x")}; };
    options.webhook_secrets.push_back(Secret(kSecret));
    auto made = fairlead::WooCommerceConnector::Create(std::move(options), *transport, fairlead::Runtime::System());
    Require(made.ok());
    return made->release();
  }();
  return *connector;
}

std::vector<WebhookSource> Sources() {
  const auto secrets = [] {
    std::vector<Secret> made;
    made.push_back(Secret(kSecret));
    return made;
  };
  std::vector<WebhookSource> sources;
  sources.push_back(WebhookSource::Shopify("acme.myshopify.com", secrets()));
  sources.push_back(WebhookSource::WooCommerce("/hooks/woo", secrets()));
  sources.push_back(WebhookSource::StandardWebhooks("acme", secrets()));
  return sources;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static constexpr const char* kTopics[] = {"order.updated",   "order.created",    "order.deleted",
                                            "product.updated", "customer.updated", ""};
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const fairlead::WallTime now = fairlead::WallTime(std::chrono::seconds(1'790'000'000));

  // First line: what the sender claims in its headers. The rest: the body.
  const auto end = all.find('\n');
  const std::string claim(all.substr(0, end == std::string_view::npos ? 0 : end));
  const std::string body(end == std::string_view::npos ? all : all.substr(end + 1));
  fairlead::WebhookDelivery forged;
  forged.topic = "orders/updated";
  forged.raw_body = body;
  for (const char* name : {"x-shopify-hmac-sha256", "x-wc-webhook-signature", "webhook-signature", "webhook-id",
                           "webhook-timestamp", "x-wc-webhook-delivery-id", "x-shopify-event-id"}) {
    forged.headers.emplace_back(name, claim);
  }
  for (const WebhookSource& source : Sources()) Require(!source.Verify(forged, now).ok());

  // Signed rightly: it is taken, and whatever it says is read or refused.
  fairlead::WebhookDelivery genuine;
  genuine.topic = "orders/updated";
  genuine.raw_body = body;
  genuine.headers = {{"X-WC-Webhook-Signature", tests::HmacBase64(kSecret, body)}, {"X-WC-Webhook-Delivery-ID", claim}};
  const auto taken = Sources()[1].Verify(genuine, now);
  if (taken.ok()) Require(taken->body == body);

  fairlead::Webhook webhook;
  webhook.topic = kTopics[size % std::size(kTopics)];
  webhook.body = body;
  webhook.headers = {{"x-wc-webhook-signature", tests::HmacBase64(kSecret, body)}, {"x-wc-webhook-topic", claim}};
  Require(Connector().VerifyWebhook(webhook).ok() || body.empty());
  const auto parsed = Connector().ParseWebhook(webhook);
  if (parsed.ok()) {
    for (const fairlead::Record& record : parsed->records) Require(record.message != nullptr);
  }
  webhook.headers[0].value = claim;
  Require(!Connector().VerifyWebhook(webhook).ok());
  return 0;
}
