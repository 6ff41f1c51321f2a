#include "fairlead/http/server_hint.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "src/core/internal/absl_compat.h"
#include "src/core/internal/retry_after.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace http {
namespace {

using internal::ToAbsl;
using std::chrono::milliseconds;

std::string_view Trim(std::string_view text) { return internal::ToStd(absl::StripAsciiWhitespace(ToAbsl(text))); }

std::optional<double> ReadNumber(std::string_view text) {
  const auto millis = internal::ParseSeconds(Trim(text));
  if (!millis.has_value()) return std::nullopt;
  return static_cast<double>(millis->count()) / 1000.0;
}

std::optional<std::int64_t> ReadInteger(std::string_view text) {
  text = Trim(text);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Both spellings, RateLimit-Remaining + RateLimit-Reset and X-RateLimit-…
std::optional<milliseconds> PairHint(const std::vector<Header>& headers, std::string_view remaining_name,
                                     std::string_view reset_name, WallTime from) {
  const auto remaining = FindHeader(headers, remaining_name);
  const auto reset = FindHeader(headers, reset_name);
  if (!remaining.has_value() || !reset.has_value()) return std::nullopt;
  if (ReadNumber(*remaining).value_or(1.0) > 0.0) return std::nullopt;
  // A number this large is a Unix time: as a delay it would be over thirty years.
  if (const auto epoch = ReadInteger(*reset); epoch.has_value() && *epoch > 1000000000 && *epoch < 10000000000) {
    const WallTime until{std::chrono::seconds(*epoch)};
    if (until <= from) return milliseconds(0);
    return std::min<milliseconds>(std::chrono::hours(24 * 366), std::chrono::ceil<milliseconds>(until - from));
  }
  return internal::ParseSeconds(Trim(*reset));
}

// RateLimit: "default";r=0;t=30   or   limit=100, remaining=0, reset=30
std::optional<milliseconds> StructuredHint(const std::vector<Header>& headers) {
  const auto value = FindHeader(headers, "RateLimit");
  if (!value.has_value()) return std::nullopt;
  std::string_view rest = *value;
  bool empty = false;
  std::optional<milliseconds> reset;
  while (!rest.empty()) {
    const std::size_t end = rest.find_first_of(";,");
    const std::string_view part = Trim(rest.substr(0, end));
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view key = part.substr(0, equals);
    const std::string_view number = part.substr(equals + 1);
    if (key == "r" || key == "remaining") empty = ReadNumber(number).value_or(1.0) <= 0.0;
    if (key == "t" || key == "reset") reset = internal::ParseSeconds(Trim(number));
  }
  return empty ? reset : std::nullopt;
}

std::optional<milliseconds> ShopifyHint(const std::vector<Header>& headers) {
  const auto value = FindHeader(headers, "X-Shopify-Shop-Api-Call-Limit");
  if (!value.has_value()) return std::nullopt;
  const std::size_t slash = value->find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto used = ReadNumber(value->substr(0, slash));
  const auto size = ReadNumber(value->substr(slash + 1));
  if (!used.has_value() || !size.has_value() || *size <= 0.0 || *used < *size) return std::nullopt;
  return milliseconds(500);
}

}  // namespace

std::optional<milliseconds> ServerHint(const std::vector<Header>& headers, WallTime received_at) {
  const std::string_view date = FindHeader(headers, "Date").value_or(std::string_view());
  if (const auto value = FindHeader(headers, "Retry-After"); value.has_value()) {
    if (const auto hint = internal::ParseRetryAfter(*value, date, received_at); hint.has_value()) return hint;
  }
  const WallTime from = internal::ParseHttpDate(date).value_or(received_at);
  if (const auto hint = PairHint(headers, "RateLimit-Remaining", "RateLimit-Reset", from); hint.has_value())
    return hint;
  if (const auto hint = PairHint(headers, "X-RateLimit-Remaining", "X-RateLimit-Reset", from); hint.has_value()) {
    return hint;
  }
  if (const auto hint = StructuredHint(headers); hint.has_value()) return hint;
  return ShopifyHint(headers);
}

}  // namespace http
FAIRLEAD_NAMESPACE_END
