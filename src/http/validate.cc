#include "fairlead/http/validate.h"

#include <algorithm>
#include <array>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "fairlead/http/url.h"
#include "src/core/internal/absl_compat.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace http {
namespace {

// They frame the message or belong to one connection: two opinions about them are how requests get smuggled.
constexpr std::array<std::string_view, 10> kTransportHeaders = {
    "host", "content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "expect",
    "te",   "trailer",        "proxy-connection"};

absl::Status Bad(std::string_view message) {
  ErrorDetail detail;
  detail.kind = ErrorKind::kConfiguration;
  detail.outcome = Outcome::kNotSent;
  return MakeError(absl::StatusCode::kInvalidArgument, message, detail);
}

// RFC 9110 5.6.2.
bool IsToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

bool HasControl(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && byte != '\t') || byte == 0x7F;
  });
}

absl::Status CheckHeader(const std::string& name, std::string_view value) {
  if (!IsToken(name)) return Bad("a header name is empty or holds characters that no header name has");
  if (HasControl(value)) {
    return Bad(absl::StrCat("the value of header '", name, "' holds a control character (header injection?)"));
  }
  for (const std::string_view own : kTransportHeaders) {
    if (absl::EqualsIgnoreCase(name, internal::ToAbsl(own))) {
      return Bad(absl::StrCat("header '", name, "' is made by the transport and cannot be set"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ValidateRequest(const Request& request) {
  if (!IsToken(request.method)) return Bad("the method is empty or holds characters that no method has");
  if (absl::EqualsIgnoreCase(request.method, "CONNECT") || absl::EqualsIgnoreCase(request.method, "TRACE")) {
    return Bad("methods CONNECT and TRACE are not for applications");
  }
  const absl::StatusOr<Url> url = ParseUrl(request.url);
  if (!url.ok()) return url.status();
  if (url->scheme != "https" && !IsLoopbackHost(url->host)) {
    return Bad(absl::StrCat("plain http is for loopback hosts only; use https for '", url->host, "'"));
  }
  for (const Header& header : request.headers) FAIRLEAD_RETURN_IF_ERROR(CheckHeader(header.name, header.value));
  for (const auto& [name, value] : request.secret_headers) FAIRLEAD_RETURN_IF_ERROR(CheckHeader(name, value.Reveal()));
  return absl::OkStatus();
}

absl::Status ValidateCall(const CallOptions& options) {
  if (!options.effect.has_value()) {
    return Bad("CallOptions::effect is required: say whether a second transmission is harmless");
  }
  if (EffectName(*options.effect) == "invalid") return Bad("CallOptions::effect is not a valid effect class");
  return absl::OkStatus();
}

}  // namespace http
FAIRLEAD_NAMESPACE_END
