#include "fairlead/http/url.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace http {
namespace {

absl::Status Bad(std::string_view why) {
  ErrorDetail detail;
  detail.kind = ErrorKind::kConfiguration;
  detail.outcome = Outcome::kNotSent;
  return MakeError(absl::StatusCode::kInvalidArgument, std::string("URL refused: ").append(why), detail);
}

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string LowerCase(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), Lower);
  return out;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsAlnum(char c) { return IsDigit(c) || (Lower(c) >= 'a' && Lower(c) <= 'z'); }
int HexValue(char c) {
  if (IsDigit(c)) return c - '0';
  const char lower = Lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// What RFC 3986 allows anywhere in a URL without a fragment. Brackets are allowed in queries too, because commerce
// APIs use them there ("include[]=1") and servers accept them unescaped.
bool IsUrlCharacter(char c) {
  return IsAlnum(c) || std::string_view("-._~:/?[]@!$&'()*+,;=%").find(c) != std::string_view::npos;
}

bool ValidName(std::string_view host) {
  return !host.empty() && host.size() <= 253 &&
         std::all_of(host.begin(), host.end(), [](char c) { return IsAlnum(c) || c == '-' || c == '.' || c == '_'; });
}

bool ValidBracketed(std::string_view host) {
  return host.size() >= 2 && host.size() <= 45 && host.find(':') != std::string_view::npos &&
         std::all_of(host.begin(), host.end(), [](char c) { return HexValue(c) >= 0 || c == ':' || c == '.'; });
}

}  // namespace

absl::StatusOr<Url> ParseUrl(std::string_view text) {
  if (text.size() > 16384) return Bad("longer than 16384 characters");
  if (text.find('#') != std::string_view::npos) return Bad("it has a fragment");
  if (!std::all_of(text.begin(), text.end(), IsUrlCharacter)) {
    return Bad("it holds a blank, a control, a non-ASCII or another character that must be percent-encoded");
  }
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos) return Bad("it is not absolute (https://host/path)");
  Url url;
  url.scheme = LowerCase(text.substr(0, colon));
  if (url.scheme != "https" && url.scheme != "http") return Bad("the scheme is neither https nor http");
  std::string_view rest = text.substr(colon + 3);
  const std::size_t end = rest.find_first_of("/?");
  std::string_view authority = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end);
  const std::size_t question = rest.find('?');
  url.path = rest.substr(0, question);
  if (question != std::string_view::npos) url.query = rest.substr(question + 1);

  if (authority.find('@') != std::string_view::npos) return Bad("it holds user information; use a secret header");
  std::string_view port;
  if (!authority.empty() && authority.front() == '[') {
    const std::size_t close = authority.find(']');
    if (close == std::string_view::npos) return Bad("the host has an open bracket");
    const std::string_view inside = authority.substr(1, close - 1);
    if (!ValidBracketed(inside)) return Bad("the host in brackets is no IPv6 address");
    url.host = LowerCase(inside);
    port = authority.substr(close + 1);
    if (!port.empty() && port.front() != ':') return Bad("something other than a port follows the host");
  } else {
    const std::size_t at = authority.find(':');
    const std::string_view host = authority.substr(0, at);
    if (!ValidName(host)) return Bad("the host is empty or holds characters that no host name has");
    url.host = LowerCase(host);
    if (at != std::string_view::npos) port = authority.substr(at);
  }
  url.port = url.scheme == "https" ? 443 : 80;
  if (!port.empty()) {
    port.remove_prefix(1);
    if (port.empty() || port.size() > 5 || !std::all_of(port.begin(), port.end(), IsDigit))
      return Bad("the port is no number");
    int value = 0;
    for (const char c : port) value = value * 10 + (c - '0');
    if (value < 1 || value > 65535) return Bad("the port is not within 1..65535");
    url.port = static_cast<std::uint16_t>(value);
    url.port_written = true;
  }
  return url;
}

bool IsLoopbackHost(std::string_view host) {
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') return host.substr(1, host.size() - 2) == "::1";
  const std::string lower = LowerCase(host);
  if (lower == "localhost" || lower == "::1") return true;
  int parts = 0;
  bool first_is_127 = false;
  std::string_view rest = lower;
  while (true) {
    const std::size_t dot = rest.find('.');
    const std::string_view part = rest.substr(0, dot);
    // A leading zero could mean octal to somebody else, so it is not our idea of a loopback address.
    if (part.empty() || part.size() > 3 || !std::all_of(part.begin(), part.end(), IsDigit)) return false;
    if (part.size() > 1 && part.front() == '0') return false;
    int value = 0;
    for (const char c : part) value = value * 10 + (c - '0');
    if (value > 255) return false;
    if (parts == 0) first_is_127 = value == 127;
    ++parts;
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
  }
  return parts == 4 && first_is_127;
}

std::string PercentEncode(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size() + text.size() / 4);
  for (const char c : text) {
    if (IsAlnum(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      out.push_back(c);
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out.push_back('%');
      out.push_back(kHex[byte >> 4]);
      out.push_back(kHex[byte & 15]);
    }
  }
  return out;
}

std::optional<std::string> PercentDecode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = HexValue(text[i + 1]);
    const int low = HexValue(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return out;
}

std::string BuildQuery(const QueryParams& params) {
  std::string out;
  for (const auto& [key, value] : params) {
    if (!out.empty()) out.push_back('&');
    out.append(PercentEncode(key)).append("=").append(PercentEncode(value));
  }
  return out;
}

std::string AppendQuery(std::string_view url, const QueryParams& params) {
  std::string out(url);
  if (params.empty()) return out;
  const std::size_t question = url.find('?');
  if (question == std::string_view::npos) {
    out.push_back('?');
  } else if (question + 1 != url.size() && url.back() != '&') {
    out.push_back('&');
  }
  return out.append(BuildQuery(params));
}

QueryParams ParseQuery(std::string_view query) {
  const auto decode = [](std::string_view part) {
    std::string text(part);
    std::replace(text.begin(), text.end(), '+', ' ');
    return PercentDecode(text).value_or(text);
  };
  QueryParams params;
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    const std::string_view value = equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    params.emplace_back(decode(pair.substr(0, equals)), decode(value));
  }
  return params;
}

}  // namespace http
FAIRLEAD_NAMESPACE_END
