#include "fairlead/http/redact.h"

#include <algorithm>
#include <array>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "fairlead/http/url.h"
#include "src/core/internal/absl_compat.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace http {
namespace {

constexpr std::string_view kRedacted = "[redacted]";

constexpr std::array<std::string_view, 26> kHeaders = {"accept",
                                                       "accept-encoding",
                                                       "age",
                                                       "allow",
                                                       "cache-control",
                                                       "content-encoding",
                                                       "content-length",
                                                       "content-type",
                                                       "date",
                                                       "etag",
                                                       "expires",
                                                       "if-match",
                                                       "if-none-match",
                                                       "last-modified",
                                                       "ratelimit",
                                                       "ratelimit-limit",
                                                       "ratelimit-remaining",
                                                       "ratelimit-reset",
                                                       "request-id",
                                                       "retry-after",
                                                       "server",
                                                       "user-agent",
                                                       "x-request-id",
                                                       "x-shopify-shop-api-call-limit",
                                                       "x-wp-total",
                                                       "x-wp-totalpages"};

constexpr std::array<std::string_view, 18> kQueryKeys = {
    "after",          "before",          "context", "dates_are_gmt", "fields",  "limit",
    "modified_after", "modified_before", "offset",  "order",         "orderby", "page",
    "per_page",       "since_id",        "sort",    "status",        "type",    "updated_at_min"};

template <std::size_t N>
bool Listed(std::string_view name, const std::array<std::string_view, N>& built_in,
            const std::vector<std::string>& added) {
  const absl::string_view wanted = internal::ToAbsl(name);
  return std::any_of(built_in.begin(), built_in.end(),
                     [&](std::string_view known) { return absl::EqualsIgnoreCase(wanted, internal::ToAbsl(known)); }) ||
         std::any_of(added.begin(), added.end(),
                     [&](const std::string& known) { return absl::EqualsIgnoreCase(wanted, known); });
}

// A log line stays one line whatever a server sends.
std::string Printable(std::string_view text) {
  std::string out(text);
  std::replace_if(
      out.begin(), out.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, '?');
  return out;
}

}  // namespace

std::string RedactUrl(std::string_view url, const RedactionOptions& options) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return "[unreadable url]";
  std::string_view rest = url.substr(scheme + 3);
  const std::size_t end = rest.find_first_of("/?#");
  std::string_view authority = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end);
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) authority.remove_prefix(at + 1);
  rest = rest.substr(0, rest.find('#'));
  const std::size_t question = rest.find('?');

  std::string out = absl::StrCat(internal::ToAbsl(url.substr(0, scheme + 3)), internal::ToAbsl(authority),
                                 internal::ToAbsl(rest.substr(0, question)));
  if (question != std::string_view::npos) {
    std::string_view query = rest.substr(question + 1);
    char separator = '?';
    while (!query.empty()) {
      const std::size_t stop = query.find('&');
      const std::string_view pair = query.substr(0, stop);
      query = stop == std::string_view::npos ? std::string_view() : query.substr(stop + 1);
      const std::size_t equals = pair.find('=');
      const std::string_view key = pair.substr(0, equals);
      out.push_back(separator);
      separator = '&';
      out.append(key);
      if (equals == std::string_view::npos) continue;
      // Compared as decoded, shown as written: an escaped spelling of a listed key is the same key.
      const bool listed = Listed(PercentDecode(key).value_or(std::string(key)), kQueryKeys, options.query_keys);
      out.append("=").append(listed ? pair.substr(equals + 1) : kRedacted);
    }
  }
  return Printable(out);
}

std::string RedactHeaders(const std::vector<Header>& headers, const RedactionOptions& options) {
  std::string out;
  for (const Header& header : headers) {
    if (!out.empty()) out.append("; ");
    out.append(header.name).append(": ");
    out.append(Listed(header.name, kHeaders, options.headers) ? std::string_view(header.value) : kRedacted);
  }
  return Printable(out);
}

std::string RedactRequest(const Request& request, const RedactionOptions& options) {
  std::string headers = RedactHeaders(request.headers, options);
  for (const auto& secret : request.secret_headers) {
    if (!headers.empty()) headers.append("; ");
    headers.append(Printable(secret.first)).append(": ").append(kRedacted);
  }
  return absl::StrCat(Printable(request.method), " ", RedactUrl(request.url, options), " (", request.body.size(),
                      " bytes", headers.empty() ? "" : "; ", headers, ")");
}

}  // namespace http
FAIRLEAD_NAMESPACE_END
