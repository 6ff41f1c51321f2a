#include "src/connectors/woocommerce/internal/client.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <utility>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "src/connector/internal/json.h"
#include "src/connectors/woocommerce/internal/crypto.h"
#include "src/core/internal/absl_compat.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace woocommerce::internal {
namespace {

using ::fairlead::internal::ToAbsl;
namespace json = ::fairlead::internal::json;

std::string Root(std::string_view base_url) {
  while (!base_url.empty() && base_url.back() == '/') base_url.remove_suffix(1);
  return absl::StrCat(ToAbsl(base_url), "/wp-json/wc/v3/");
}

std::string Hex(std::uint64_t number) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out(16, '0');
  for (std::size_t i = 16; i-- > 0; number >>= 4) out[i] = kHex[number & 0xF];
  return out;
}

/// WooCommerce's error body, or empty texts.
struct VendorError {
  std::string code;
  std::string message;
  bool html = false;
};

VendorError ReadError(const std::string& body) {
  VendorError error;
  const std::size_t first = body.find_first_not_of(" \t\r\n");
  if (first != std::string::npos && body[first] == '<') {
    error.html = true;
    return error;
  }
  const absl::StatusOr<json::Document> document = json::Document::ParsePage(body);
  if (!document.ok() || !document->root().is_object()) return error;
  error.code = std::string(document->root()["code"].text().substr(0, 100));
  error.message = std::string(document->root()["message"].text().substr(0, 300));
  return error;
}

bool Contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

/// Business refusals that WooCommerce answers with status 500. Anything else with 500 may have been applied.
bool IsRefusal(std::string_view code) {
  return code == "woocommerce_rest_cannot_create_order_refund" || code == "woocommerce_rest_invalid_order_refund" ||
         code == "woocommerce_rest_invalid_order_id";
}

class OnceGuard final : public http::SendGuard {
 public:
  bool AllowSend() override { return !sent_.exchange(true); }

 private:
  std::atomic<bool> sent_{false};
};

}  // namespace

std::string OAuthSignature(std::string_view method, std::string_view url, http::QueryParams params,
                           std::string_view consumer_secret) {
  for (auto& [name, value] : params) {
    name = http::PercentEncode(name);
    value = http::PercentEncode(value);
  }
  std::sort(params.begin(), params.end());
  std::string joined;
  for (const auto& [name, value] : params) {
    if (name == "oauth_signature") continue;
    absl::StrAppend(&joined, joined.empty() ? "" : "&", name, "=", value);
  }
  const std::string base =
      absl::StrCat(ToAbsl(method), "&", http::PercentEncode(url), "&", http::PercentEncode(joined));
  return Base64(HmacSha256(absl::StrCat(ToAbsl(consumer_secret), "&"), base));
}

absl::Status ErrorFromResponse(const http::Response& response, bool effectful, std::string_view system,
                               std::string_view operation) {
  const VendorError vendor = ReadError(response.body);
  ErrorDetail detail;
  detail.system = std::string(system);
  detail.operation = std::string(operation);
  detail.http_status = static_cast<std::uint32_t>(response.status);
  detail.vendor_code = vendor.code;
  detail.retry_after = response.retry_after;
  detail.outcome = Outcome::kRejected;
  const int status = response.status;
  std::string what;
  if (status >= 300 && status < 400) {
    detail.kind = ErrorKind::kConfiguration;
    what =
        "the store redirects the API to another address: set base_url to the address it redirects to (https, with or "
        "without www)";
  } else if (status == 401 && Contains(vendor.message, "nonce has already been used")) {
    // The network carried the request twice and this answer belongs to the later copy: the first one got in.
    detail.kind = ErrorKind::kTransient;
    if (effectful) detail.outcome = Outcome::kUnknown;
    what = "a second copy of the request was refused";
  } else if (status == 401 || status == 403) {
    detail.kind = ErrorKind::kAuth;
    what = vendor.html ? "the request was refused before WooCommerce saw it: a firewall or another log-in stands in "
                         "front of the store"
                       : "the store refuses the API key: check that it exists, may do this (read/write) and belongs to "
                         "a user who may";
  } else if (status == 404 && (vendor.code == "rest_no_route" || vendor.code.empty())) {
    detail.kind = ErrorKind::kConfiguration;
    what =
        "there is no such part of the API at this address: check base_url, that permalinks are not 'plain', and "
        "WooCommerce's version";
  } else if (status == 404 || status == 410) {
    detail.kind = ErrorKind::kNotFound;
    what = "the store has no such record (any more)";
  } else if (status == 408) {
    detail.kind = ErrorKind::kTransient;
    what = "the store gave up waiting for the request";
  } else if (status == 409) {
    detail.kind = ErrorKind::kConflict;
    what = "the store holds something newer";
  } else if (status == 413) {
    detail.kind = ErrorKind::kTooLarge;
    what = "the request is too large for the store";
  } else if (status == 429) {
    detail.kind = ErrorKind::kRateLimited;
    what = "the store asks for fewer requests";
  } else if (status < 500) {
    detail.kind = ErrorKind::kValidation;
    // Only a look at the record says whether the duplicate is ours.
    if (Contains(vendor.code, "invalid_sku") || Contains(vendor.code, "duplicate") ||
        Contains(vendor.code, "already_exists") || Contains(vendor.code, "email-exists")) {
      detail.kind = ErrorKind::kDuplicate;
    }
    what = "the store refuses the content";
  } else if (IsRefusal(vendor.code)) {
    detail.kind = ErrorKind::kValidation;
    what = "the store refuses the content (it answers 500 for this)";
  } else if (status == 501) {
    detail.kind = ErrorKind::kValidation;
    what = "the store does not support this";
  } else {
    detail.kind = ErrorKind::kTransient;
    what = "the store failed";
    // PHP may have died after the write, a proxy may have lost the answer.
    if (effectful) detail.outcome = Outcome::kUnknown;
  }
  std::string message = absl::StrCat(ToAbsl(operation), ": ", what, " (HTTP ", status);
  if (!vendor.code.empty()) absl::StrAppend(&message, ", ", vendor.code);
  if (vendor.html) absl::StrAppend(&message, ", HTML instead of JSON");
  absl::StrAppend(&message, ")");
  // The store's words about content may quote it; they are short and say which field is meant.
  if (detail.kind == ErrorKind::kValidation && !vendor.message.empty()) absl::StrAppend(&message, ": ", vendor.message);
  return MakeError(CodeFor(detail.kind), message, detail);
}

Client::Client(const WooOptions& options, http::Transport& transport, Runtime runtime)
    : options_(options),
      transport_(transport),
      runtime_(runtime),
      root_(Root(options.base_url)),
      sign_root_(Root(options.home_url.empty() ? options.base_url : options.home_url)),
      tls_(options.base_url.compare(0, 8, "https://") == 0) {}

absl::StatusOr<http::Response> Client::Send(const Call& call, const CallContext& context) const {
  const bool effectful = call.effect != Effect::kRead;
  const auto annotate = [&](const absl::Status& status) {
    ErrorDetail detail = GetErrorDetail(status).value_or(ErrorDetail{});
    if (!GetErrorDetail(status).has_value()) {
      detail.kind = KindOf(status);
      detail.outcome = Outcome::kNotSent;
    }
    detail.system = options_.system;
    if (detail.operation.empty()) detail.operation = call.operation;
    return WithErrorDetail(status, detail);
  };
  absl::StatusOr<WooCredentials> credentials = options_.credentials();
  if (!credentials.ok()) return annotate(credentials.status());

  http::Request request;
  request.method = call.method;
  http::QueryParams params = call.params;
  if (tls_) {
    const std::string pair = absl::StrCat(credentials->consumer_key, ":", credentials->consumer_secret.Reveal());
    request.secret_headers.emplace_back("Authorization", Secret(absl::StrCat("Basic ", Base64(pair))));
  } else {
    // Over plain http WooCommerce reads no password: each attempt is signed, with a nonce of its own.
    const auto now =
        std::chrono::duration_cast<std::chrono::seconds>(runtime_.clock->WallNow().time_since_epoch()).count();
    params.emplace_back("oauth_consumer_key", credentials->consumer_key);
    params.emplace_back("oauth_nonce", Hex(runtime_.random->Next()));
    params.emplace_back("oauth_signature_method", "HMAC-SHA256");
    params.emplace_back("oauth_timestamp", absl::StrCat(now));
    params.emplace_back("oauth_signature", OAuthSignature(call.method, absl::StrCat(sign_root_, call.path), params,
                                                          credentials->consumer_secret.Reveal()));
  }
  request.url = http::AppendQuery(absl::StrCat(root_, call.path), params);
  request.headers.push_back({"Accept", "application/json"});
  if (!call.body.empty()) {
    // Anything else and WooCommerce ignores the body, and makes an empty record of it.
    request.headers.push_back({"Content-Type", "application/json; charset=utf-8"});
    request.body = call.body;
  }
  http::CallOptions options;
  options.deadline = context.deadline;
  options.cancellation = context.cancellation;
  options.effect = call.effect;
  options.guard = effectful ? context.guard : nullptr;
  // A signed read that the transport repeats by itself would be refused for its used nonce, as if the key were wrong.
  OnceGuard once;
  if (!effectful && !tls_) options.guard = &once;
  absl::StatusOr<http::Response> response = transport_.Send(request, options);
  if (!response.ok()) return annotate(response.status());
  if (response->status < 200 || response->status > 299) {
    return ErrorFromResponse(*response, effectful, options_.system, call.operation);
  }
  return response;
}

std::optional<std::int64_t> TotalOf(const http::Response& response) {
  const std::optional<std::string_view> text = http::FindHeader(response.headers, "X-WP-Total");
  if (!text.has_value()) return std::nullopt;
  std::int64_t total = 0;
  const auto [stop, error] = std::from_chars(text->data(), text->data() + text->size(), total);
  if (error != std::errc() || stop != text->data() + text->size()) return std::nullopt;
  return total;
}

}  // namespace woocommerce::internal
FAIRLEAD_NAMESPACE_END
