#include "src/testing/internal/woo_auth.h"

#include <algorithm>
#include <cstdlib>

#include "fairlead/core/secret.h"
#include "src/testing/internal/base64.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {
namespace internal {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

constexpr const char* kAuthError = "woocommerce_rest_authentication_error";
constexpr std::int64_t kWindow = 15 * 60;

WooAuthResult Refuse(std::string message) { return {false, false, kAuthError, std::move(message)}; }

std::string Value(const Pairs& query, const std::string& name) {
  for (const auto& pair : query) {
    if (pair.first == name) return pair.second;
  }
  return "";
}

bool Has(const Pairs& query, const std::string& name) {
  return std::any_of(query.begin(), query.end(), [&](const auto& pair) { return pair.first == name; });
}

/// Parameters of an "OAuth a="…", b="…"" header.
Pairs HeaderParameters(std::string_view header) {
  Pairs pairs;
  header.remove_prefix(6);
  while (!header.empty()) {
    const std::size_t comma = header.find(',');
    std::string_view item = header.substr(0, comma);
    header.remove_prefix(comma == std::string_view::npos ? header.size() : comma + 1);
    while (!item.empty() && item.front() == ' ') item.remove_prefix(1);
    const std::size_t equals = item.find('=');
    if (equals == std::string_view::npos) continue;
    std::string_view value = item.substr(equals + 1);
    if (value.size() >= 2 && value.front() == '"') value = value.substr(1, value.size() - 2);
    pairs.emplace_back(std::string(item.substr(0, equals)), PercentDecode(value, false));
  }
  return pairs;
}

}  // namespace

std::string WooOAuthSignature(const std::string& method, const std::string& host, const std::string& path,
                              const Pairs& query, const std::string& secret) {
  Pairs encoded;
  for (const auto& pair : query) {
    if (pair.first == "oauth_signature") continue;
    encoded.emplace_back(PercentEncode(pair.first), PercentEncode(pair.second));
  }
  std::sort(encoded.begin(), encoded.end());
  std::string parameters;
  for (const auto& pair : encoded) parameters += (parameters.empty() ? "" : "&") + pair.first + "=" + pair.second;
  const std::string base = method + "&" + PercentEncode("http://" + host + path) + "&" + PercentEncode(parameters);
  return Base64Encode(HmacSha256(secret + "&", base));
}

const WooKey* WooAuth::Find(const std::string& key) const {
  for (const WooKey& candidate : keys_) {
    if (candidate.key == key) return &candidate;
  }
  return nullptr;
}

WooAuthResult WooAuth::Check(const HttpRequest& request, std::int64_t now) {
  const bool https = request.Header("x-forwarded-proto") == "https";
  if (!https) return CheckOAuth(request, now);
  std::string key;
  std::string secret;
  const std::string_view header = request.Header("authorization");
  const Pairs query = ParseQuery(request.query);
  if (Has(query, "consumer_key")) {
    key = Value(query, "consumer_key");
    secret = Value(query, "consumer_secret");
  } else if (header.substr(0, 6) == "Basic ") {
    const std::string pair = Base64Decode(header.substr(6));
    key = pair.substr(0, pair.find(':'));
    secret = pair.find(':') == std::string::npos ? "" : pair.substr(pair.find(':') + 1);
  }
  const WooKey* known = Find(key);
  if (known == nullptr) return {true, false, "", ""};  // a wrong key is like none
  if (!EqualConstantTime(known->secret, secret)) return Refuse("Consumer secret is invalid.");
  return {false, known->may_write, "", ""};
}

WooAuthResult WooAuth::CheckOAuth(const HttpRequest& request, std::int64_t now) {
  Pairs query = ParseQuery(request.query);
  const std::string_view header = request.Header("authorization");
  if (header.substr(0, 6) == "OAuth ") {
    for (auto& pair : HeaderParameters(header)) query.push_back(std::move(pair));
  }
  if (!Has(query, "oauth_consumer_key") && !Has(query, "oauth_signature")) return {true, false, "", ""};
  for (const char* name :
       {"oauth_consumer_key", "oauth_timestamp", "oauth_nonce", "oauth_signature", "oauth_signature_method"}) {
    if (!Has(query, name)) return Refuse(std::string("Missing OAuth parameter ") + name);
  }
  const WooKey* known = Find(Value(query, "oauth_consumer_key"));
  if (known == nullptr) return Refuse("Consumer key is invalid.");
  if (Value(query, "oauth_signature_method") != "HMAC-SHA256") {
    return Refuse("Invalid signature - signature method is invalid.");
  }
  const std::string host(request.Header("host"));
  const std::string expected = WooOAuthSignature(request.method, host, request.path, query, known->secret);
  if (!EqualConstantTime(expected, Value(query, "oauth_signature"))) {
    return Refuse("Invalid signature - provided signature does not match.");
  }
  const std::int64_t stamp = std::strtoll(Value(query, "oauth_timestamp").c_str(), nullptr, 10);
  if (stamp < now - kWindow || stamp > now + kWindow) return Refuse("Invalid timestamp.");
  for (auto it = nonces_.begin(); it != nonces_.end();) {
    it = it->second < now - kWindow ? nonces_.erase(it) : std::next(it);
  }
  if (!nonces_.emplace(known->key + " " + Value(query, "oauth_nonce"), stamp).second) {
    return Refuse("Invalid nonce - nonce has already been used.");
  }
  return {false, known->may_write, "", ""};
}

}  // namespace internal
}  // namespace testing
FAIRLEAD_NAMESPACE_END
