// One HTTP call to the store: address, authentication, and every way in which an answer is no success.
#ifndef FAIRLEAD_SRC_CONNECTORS_WOOCOMMERCE_INTERNAL_CLIENT_H_
#define FAIRLEAD_SRC_CONNECTORS_WOOCOMMERCE_INTERNAL_CLIENT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fairlead/connector/connector.h"
#include "fairlead/connectors/woocommerce/options.h"
#include "fairlead/core/runtime.h"
#include "fairlead/http/transport.h"
#include "fairlead/http/url.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace woocommerce::internal {

/// The signature of OAuth 1.0a as WooCommerce checks it: HMAC-SHA256 over method, `url` (without query) and all
/// parameters but oauth_signature, each percent-encoded once here and once more as a whole. Base64.
std::string OAuthSignature(std::string_view method, std::string_view url, http::QueryParams params,
                           std::string_view consumer_secret);

/// What went wrong, from an answer that is no 2xx. `effectful`: whether the request may have changed something there.
absl::Status ErrorFromResponse(const http::Response& response, bool effectful, std::string_view system,
                               std::string_view operation);

/// Thread-safe.
class Client {
 public:
  Client(const WooOptions& options, http::Transport& transport, Runtime runtime);

  struct Call {
    std::string method = "GET";
    std::string path;  // Below /wp-json/wc/v3/: "orders/12".
    http::QueryParams params;
    std::string body;       // JSON; empty for none.
    std::string operation;  // For errors: "order.set_tracking", "list orders".
    Effect effect = Effect::kRead;
  };

  /// A 2xx answer. Other answers and lost ones are errors with ErrorDetail; the guard goes along only with a write.
  absl::StatusOr<http::Response> Send(const Call& call, const CallContext& context) const;

  const Runtime& runtime() const { return runtime_; }

 private:
  const WooOptions& options_;
  http::Transport& transport_;
  const Runtime runtime_;
  const std::string root_;       // "https://shop.example.com/wp-json/wc/v3/"
  const std::string sign_root_;  // The same under the site's own address.
  const bool tls_;
};

/// The value of X-WP-Total, where it is a number.
std::optional<std::int64_t> TotalOf(const http::Response& response);

}  // namespace woocommerce::internal
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_CONNECTORS_WOOCOMMERCE_INTERNAL_CLIENT_H_
