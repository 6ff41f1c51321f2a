// How WooCommerce decides who calls: OAuth 1.0a over plain http, Basic or query parameters behind TLS.
#ifndef FAIRLEAD_SRC_TESTING_INTERNAL_WOO_AUTH_H_
#define FAIRLEAD_SRC_TESTING_INTERNAL_WOO_AUTH_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "src/testing/internal/loopback_server.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {
namespace internal {

struct WooKey {
  std::string key;
  std::string secret;
  bool may_write = true;
};

/// Who calls, or the error to answer. `code` empty: fine. `anonymous`: no credentials that this scheme reads.
struct WooAuthResult {
  bool anonymous = false;
  bool may_write = false;
  std::string code;
  std::string message;
};

/// The OAuth 1.0a signature that WooCommerce expects: HMAC-SHA256, Base64, over `http://<host><path>` and all query
/// parameters but the signature itself.
FAIRLEAD_EXPORT std::string WooOAuthSignature(const std::string& method, const std::string& host,
                                              const std::string& path,
                                              const std::vector<std::pair<std::string, std::string>>& query,
                                              const std::string& secret);

/// Remembers nonces. Not thread-safe.
class FAIRLEAD_EXPORT WooAuth {
 public:
  explicit WooAuth(std::vector<WooKey> keys) : keys_(std::move(keys)) {}
  /// `now` in seconds since 1970.
  WooAuthResult Check(const HttpRequest& request, std::int64_t now);

 private:
  const WooKey* Find(const std::string& key) const;
  WooAuthResult CheckOAuth(const HttpRequest& request, std::int64_t now);

  std::vector<WooKey> keys_;
  std::map<std::string, std::int64_t> nonces_;  // key and nonce → time stamp
};

}  // namespace internal
}  // namespace testing
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_TESTING_INTERNAL_WOO_AUTH_H_
