#include "fairlead/idempotency/webhook_source.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "fairlead/core/error.h"
#include "fairlead/idempotency/key.h"
#include "src/core/internal/absl_compat.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace {

using internal::ToAbsl;

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return lower;
}

// The only value of `name` (in lower case), or nullopt: two signatures or two ids are a trick, not a message.
std::optional<std::string_view> OnlyHeader(const HeaderList& headers, std::string_view name) {
  std::optional<std::string_view> value;
  for (const auto& header : headers) {
    if (Lower(header.first) != name) continue;
    if (value.has_value()) return std::nullopt;
    value = header.second;
  }
  return value;
}

std::string HmacSha256(std::string_view secret, std::string_view message) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(message.data()), message.size(), mac.data(), &size);
  return std::string(reinterpret_cast<const char*>(mac.data()), size);
}

// Every secret is tried even after a match, so that time does not tell which one it was.
bool SignedByAny(const std::vector<std::string>& keys, std::string_view message, std::string_view mac) {
  bool matched = false;
  for (const std::string& key : keys) {
    if (!key.empty() && EqualConstantTime(HmacSha256(key, message), mac)) matched = true;
  }
  return matched;
}

std::vector<std::string> RawKeys(const std::vector<Secret>& secrets) {
  std::vector<std::string> keys;
  keys.reserve(secrets.size());
  for (const Secret& secret : secrets) keys.push_back(secret.Reveal());
  return keys;
}

// "whsec_" and base64, or base64 alone; a secret that is neither is no key.
std::vector<std::string> StandardKeys(const std::vector<Secret>& secrets) {
  constexpr std::string_view kPrefix = "whsec_";
  std::vector<std::string> keys;
  for (const Secret& secret : secrets) {
    std::string_view text = secret.Reveal();
    if (text.substr(0, kPrefix.size()) == kPrefix) text.remove_prefix(kPrefix.size());
    std::string key;
    if (absl::Base64Unescape(ToAbsl(text), &key)) keys.push_back(std::move(key));
  }
  return keys;
}

void Wipe(std::vector<std::string>& keys) {
  for (std::string& key : keys) {
    volatile char* const bytes = key.data();
    for (std::size_t i = 0; i < key.size(); ++i) bytes[i] = 0;
  }
}

// One body of refusal for every cause: the sender learns nothing, the message names the cause for our own log.
absl::Status NotProven(std::string_view why) {
  return MakeError(ErrorKind::kAuth, Outcome::kRejected, "webhook not proven: " + std::string(why));
}

// What is kept: no signatures, no credentials.
HeaderList Kept(const HeaderList& headers) {
  static constexpr std::array<std::string_view, 6> kDropped = {"authorization",       "cookie",
                                                               "proxy-authorization", "x-shopify-hmac-sha256",
                                                               "webhook-signature",   "x-wc-webhook-signature"};
  HeaderList kept;
  for (const auto& [name, value] : headers) {
    std::string lower = Lower(name);
    if (std::find(kDropped.begin(), kDropped.end(), lower) == kDropped.end())
      kept.emplace_back(std::move(lower), value);
  }
  return kept;
}

std::string Joined(std::initializer_list<std::string_view> parts) {
  std::string joined;
  for (const std::string_view part : parts) {
    joined += std::to_string(part.size());
    joined += ':';
    joined += part;
  }
  return Sha256(joined).ToHex();
}

}  // namespace

WebhookSource::WebhookSource(Scheme scheme, std::string name, std::vector<Secret> secrets)
    : scheme_(scheme), name_(std::move(name)), secrets_(std::move(secrets)) {}

WebhookSource WebhookSource::Shopify(std::string_view shop, std::vector<Secret> secrets) {
  return WebhookSource(Scheme::kShopify, "shopify:" + std::string(shop), std::move(secrets));
}

WebhookSource WebhookSource::WooCommerce(std::string_view webhook_route, std::vector<Secret> secrets) {
  return WebhookSource(Scheme::kWooCommerce, "woocommerce:" + std::string(webhook_route), std::move(secrets));
}

WebhookSource WebhookSource::StandardWebhooks(std::string_view name, std::vector<Secret> secrets) {
  return WebhookSource(Scheme::kStandard, "standard:" + std::string(name), std::move(secrets));
}

absl::StatusOr<InboxMessage> WebhookSource::Verify(const WebhookDelivery& delivery, WallTime now) const {
  if (delivery.raw_body.size() > max_bytes_) {
    return MakeError(ErrorKind::kTooLarge, Outcome::kRejected,
                     "webhook body of " + std::to_string(delivery.raw_body.size()) + " bytes is over the cap");
  }
  InboxMessage message;
  message.tenant = tenant_;
  message.source = name_;
  message.topic = delivery.topic;
  if (scheme_ == Scheme::kStandard) {
    const auto id = OnlyHeader(delivery.headers, "webhook-id");
    const auto timestamp = OnlyHeader(delivery.headers, "webhook-timestamp");
    const auto signatures = OnlyHeader(delivery.headers, "webhook-signature");
    if (!id.has_value() || id->empty() || !timestamp.has_value() || !signatures.has_value())
      return NotProven("header missing");
    const std::string signed_text = std::string(*id) + "." + std::string(*timestamp) + "." + delivery.raw_body;
    std::vector<std::string> keys = StandardKeys(secrets_);
    bool matched = false;
    std::string_view rest = *signatures;
    // A sender that rotates its secret signs with both: a list, of which one must match.
    for (int i = 0; i < 16 && !rest.empty(); ++i) {
      const std::size_t space = rest.find(' ');
      const std::string_view one = rest.substr(0, space);
      rest = space == std::string_view::npos ? std::string_view() : rest.substr(space + 1);
      std::string mac;
      if (one.substr(0, 3) != "v1," || !absl::Base64Unescape(ToAbsl(one.substr(3)), &mac)) continue;
      if (SignedByAny(keys, signed_text, mac)) matched = true;
    }
    Wipe(keys);
    if (!matched) return NotProven("no signature matches");
    std::int64_t seconds = 0;
    if (!absl::SimpleAtoi(ToAbsl(*timestamp), &seconds)) return NotProven("timestamp is not a number");
    const std::int64_t wall = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
    // Compared without subtracting what came from outside: it may lie at the ends of the range.
    if (seconds < wall - tolerance_.count() || seconds > wall + tolerance_.count())
      return NotProven("timestamp too far from now");
    message.dedup_key = std::string(*id);
  } else {
    const bool shopify = scheme_ == Scheme::kShopify;
    const auto signature = OnlyHeader(delivery.headers, shopify ? "x-shopify-hmac-sha256" : "x-wc-webhook-signature");
    std::string mac;
    if (!signature.has_value() || !absl::Base64Unescape(ToAbsl(*signature), &mac))
      return NotProven("signature missing or malformed");
    std::vector<std::string> keys = RawKeys(secrets_);
    const bool matched = SignedByAny(keys, delivery.raw_body, mac);
    Wipe(keys);
    if (!matched) return NotProven("no signature matches");
    if (message.topic.empty()) {
      message.topic =
          std::string(OnlyHeader(delivery.headers, shopify ? "x-shopify-topic" : "x-wc-webhook-topic").value_or(""));
    }
    const std::string body_hash = Sha256(delivery.raw_body).ToHex();
    // WooCommerce makes its delivery id of webhook and second: two orders of one second share it. The body tells them
    // apart.
    const std::string_view id =
        OnlyHeader(delivery.headers, shopify ? "x-shopify-event-id" : "x-wc-webhook-id").value_or("");
    message.dedup_key = Joined({id, message.topic, name_, body_hash});
  }
  message.headers = Kept(delivery.headers);
  message.body = delivery.raw_body;
  message.received_at = now;
  return message;
}

FAIRLEAD_NAMESPACE_END
