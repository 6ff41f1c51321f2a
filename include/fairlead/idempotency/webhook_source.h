/// Who may put messages into the inbox, how that is proven, and what makes two of them the same.
#ifndef FAIRLEAD_IDEMPOTENCY_WEBHOOK_SOURCE_H_
#define FAIRLEAD_IDEMPOTENCY_WEBHOOK_SOURCE_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fairlead/core/export.h"
#include "fairlead/core/runtime.h"
#include "fairlead/core/secret.h"
#include "fairlead/idempotency/inbox_message.h"

FAIRLEAD_NAMESPACE_BEGIN

/// A delivery as it came in. The topic is the route's: headers are not signed by most senders. Empty takes the header.
struct FAIRLEAD_EXPORT WebhookDelivery {
  std::string topic;
  std::string raw_body;  ///< Before any parsing or decoding.
  HeaderList headers;
};

/// A sender and its secrets (the current one first, then those still accepted). A value type.
class FAIRLEAD_EXPORT WebhookSource {
 public:
  /// X-Shopify-Hmac-Sha256: base64 of HMAC-SHA256 over the raw body. `shop` comes from the route, not from a header.
  static WebhookSource Shopify(std::string_view shop, std::vector<Secret> secrets);
  /// X-WC-Webhook-Signature: the same. `webhook_route` names the webhook, e.g. the path it is delivered to.
  static WebhookSource WooCommerce(std::string_view webhook_route, std::vector<Secret> secrets);
  /// webhook-id, webhook-timestamp, webhook-signature ("v1,BASE64 …"). Secrets as given ("whsec_…" or base64).
  static WebhookSource StandardWebhooks(std::string_view name, std::vector<Secret> secrets);

  WebhookSource& Tenant(std::string_view tenant) {
    tenant_ = std::string(tenant);
    return *this;
  }
  /// Longer bodies are refused before anything else. Default 8 MiB.
  WebhookSource& MaxBytes(std::size_t bytes) {
    max_bytes_ = bytes;
    return *this;
  }
  /// How far a signed timestamp may lie from now, both ways. Default 5 min.
  WebhookSource& Tolerance(std::chrono::seconds tolerance) {
    tolerance_ = tolerance;
    return *this;
  }

  /// "shopify:acme.myshopify.com".
  const std::string& name() const { return name_; }
  const std::string& tenant() const { return tenant_; }

  /// Length, then signature in constant time, then timestamp; returns the message with its dedup key.
  /// Errors: RESOURCE_EXHAUSTED (too long), UNAUTHENTICATED (all else, without detail for the sender).
  absl::StatusOr<InboxMessage> Verify(const WebhookDelivery& delivery, WallTime now) const;

 private:
  enum class Scheme : std::uint8_t { kShopify, kWooCommerce, kStandard };
  WebhookSource(Scheme scheme, std::string name, std::vector<Secret> secrets);

  Scheme scheme_;
  std::string name_;
  std::string tenant_;
  std::vector<Secret> secrets_;
  std::size_t max_bytes_ = std::size_t{8} << 20;
  std::chrono::seconds tolerance_{300};
};

FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_IDEMPOTENCY_WEBHOOK_SOURCE_H_
