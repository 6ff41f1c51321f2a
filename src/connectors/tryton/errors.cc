#include "src/connectors/tryton/internal/errors.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "src/core/internal/absl_compat.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace tryton {
namespace {

using internal::ToAbsl;

constexpr std::string_view kWarningCode = "UserWarning:";
constexpr std::size_t kMaxText = 300;

/// One line of bounded length: Tryton appends whole field definitions to some messages.
std::string Shorten(std::string_view text) {
  std::string line(text.substr(0, std::min(text.size(), kMaxText)));
  std::replace_if(
      line.begin(), line.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  // Do not end in the middle of a character.
  while (text.size() > kMaxText && !line.empty() && (static_cast<unsigned char>(line.back()) & 0xC0) == 0x80)
    line.pop_back();
  if (text.size() > kMaxText) line += "…";
  return line;
}

absl::Status Make(ErrorKind kind, Outcome outcome, std::string_view method, std::string_view vendor_code,
                  int http_status, std::optional<std::chrono::milliseconds> retry_after, std::string_view message) {
  ErrorDetail detail;
  detail.kind = kind;
  detail.outcome = outcome;
  detail.operation = std::string(method);
  detail.system = "tryton";
  detail.vendor_code = std::string(vendor_code);
  detail.http_status = static_cast<std::uint32_t>(http_status);
  detail.retry_after = retry_after;
  return MakeError(CodeFor(kind), message, detail);
}

/// Errors of the database or the network behind the server. They may come from the commit itself, or after it, so they
/// say nothing about the effect. Everything else is raised before the commit and rolled back.
bool IsInfrastructure(std::string_view text) {
  static constexpr std::array<std::string_view, 16> kMarks = {"server closed the connection",
                                                              "connection already closed",
                                                              "cursor already closed",
                                                              "could not connect",
                                                              "could not receive",
                                                              "could not send",
                                                              "could not serialize",
                                                              "deadlock detected",
                                                              "terminating connection",
                                                              "database is locked",
                                                              "shutting down",
                                                              "starting up",
                                                              "SSL ",
                                                              "timeout",
                                                              "Broken pipe",
                                                              "[Errno"};
  return std::any_of(kMarks.begin(), kMarks.end(),
                     [text](std::string_view mark) { return absl::StrContains(ToAbsl(text), ToAbsl(mark)); });
}

bool Has(std::string_view text, std::string_view part) { return absl::StrContains(ToAbsl(text), ToAbsl(part)); }

ErrorKind KindOfUserError(std::string_view text) {
  if (Has(text, "must be unique")) return ErrorKind::kDuplicate;
  if (Has(text, "don't exist anymore")) return ErrorKind::kNotFound;
  if (Has(text, "You are not allowed to read records")) return ErrorKind::kNotFound;
  if (Has(text, "You are not allowed to")) return ErrorKind::kAuth;
  if (Has(text, "you must create a period") || Has(text, "closed period") || Has(text, "closed journal-period") ||
      Has(text, "because it is closed") || Has(text, "fiscal year") || Has(text, "outside the period")) {
    return ErrorKind::kPeriodClosed;
  }
  return ErrorKind::kValidation;
}

}  // namespace

absl::Status FromHttp(const http::Response& response, std::string_view method, Effect effect) {
  const int status = response.status;
  const std::string code = absl::StrCat(status);
  const auto make = [&](ErrorKind kind, Outcome outcome, std::string_view message) {
    return Make(kind, outcome, method, code, status, response.retry_after, message);
  };
  switch (status) {
    case 400:
      return make(ErrorKind::kValidation, Outcome::kRejected, "Tryton does not accept the request (HTTP 400)");
    case 401:
      return make(ErrorKind::kAuth, Outcome::kRejected,
                  "Tryton does not know this session, or the password is wrong (HTTP 401)");
    case 403:
      return make(ErrorKind::kAuth, Outcome::kRejected,
                  "Tryton does not offer this method to this user (HTTP 403): is the module activated?");
    case 404:
      return make(ErrorKind::kConfiguration, Outcome::kRejected,
                  "there is no such database (HTTP 404): check the option 'database'");
    case 405:
      return make(ErrorKind::kConfiguration, Outcome::kRejected,
                  "this address does not take JSON-RPC (HTTP 405): check the option 'base_url'");
    case 413:
      return make(ErrorKind::kTooLarge, Outcome::kRejected, "the request is too large for the server (HTTP 413)");
    case 429:
      return make(ErrorKind::kRateLimited, Outcome::kRejected, "Tryton asks to wait (HTTP 429)");
    default:
      break;
  }
  if (status >= 300 && status < 400) {
    return make(ErrorKind::kConfiguration, Outcome::kRejected,
                absl::StrCat("the server answers with a redirection (HTTP ", status, "): check the option 'base_url'"));
  }
  // A proxy's 502 or 504, or a 500 in the middle of the work, says nothing about the effect.
  return make(ErrorKind::kTransient, effect == Effect::kRead ? Outcome::kRejected : Outcome::kUnknown,
              absl::StrCat("the server failed (HTTP ", status, ")"));
}

absl::Status FromError(const json::Value& error, std::string_view method, Effect effect) {
  const std::string_view name = error.At(0).text();
  const json::Value second = error.At(1);
  const std::string_view text = second.is_array() ? second.At(0).text() : second.text();
  const auto make = [&](ErrorKind kind, std::string_view code, std::string_view message) {
    return Make(kind, Outcome::kRejected, method, code, 200, std::nullopt, message);
  };
  if (name == "UserError") return make(KindOfUserError(text), "UserError", Shorten(text));
  if (name == "UserWarning") {
    return make(
        ErrorKind::kValidation, absl::StrCat(ToAbsl(kWarningCode), ToAbsl(text)),
        absl::StrCat(Shorten(second.At(1).text()), " (warning '", Shorten(text),
                     "': a person may acknowledge it, or add the beginning of its name to 'acknowledge_warnings')"));
  }
  if (name == "ConcurrencyException") {
    return make(ErrorKind::kConflict, "ConcurrencyException", "the record was changed since it was read");
  }
  if (name == "LoginException") {
    return make(ErrorKind::kAuth, "LoginException",
                "Tryton asks for another factor at log-in, which this connector does not have");
  }
  if (name == "RateLimitException") return make(ErrorKind::kRateLimited, "RateLimitException", "Tryton asks to wait");
  if (!error.is_array() || name.empty()) {
    return Make(ErrorKind::kUnparseable, effect == Effect::kRead ? Outcome::kRejected : Outcome::kUnknown, method, "",
                200, std::nullopt, "the answer has an error that is not in Tryton's form");
  }
  if (IsInfrastructure(name)) {
    return Make(ErrorKind::kTransient, effect == Effect::kRead ? Outcome::kRejected : Outcome::kUnknown, method,
                "exception", 200, std::nullopt, absl::StrCat("the server's database failed: ", Shorten(name)));
  }
  // A Python exception by its text alone ("'nope'" is a KeyError): a defect of the request, or of a module.
  return make(ErrorKind::kValidation, "exception", absl::StrCat("the server raised an exception: ", Shorten(name)));
}

std::optional<Warning> WarningOf(const absl::Status& status) {
  const std::optional<ErrorDetail> detail = GetErrorDetail(status);
  if (!detail.has_value() || detail->vendor_code.compare(0, kWarningCode.size(), kWarningCode) != 0)
    return std::nullopt;
  return Warning{detail->vendor_code.substr(kWarningCode.size()), std::string(internal::ToStd(status.message()))};
}

absl::Status Fail(ErrorKind kind, Outcome outcome, std::string_view method, std::string_view message) {
  return Make(kind, outcome, method, "", 0, std::nullopt, message);
}

absl::Status Refuse(ErrorKind kind, std::string_view operation, std::string_view message) {
  return Fail(kind, Outcome::kRejected, operation, message);
}

absl::Status FailMapping(std::string_view message) {
  return Fail(ErrorKind::kMapping, Outcome::kNotSent, "prepare", message);
}

}  // namespace tryton
FAIRLEAD_NAMESPACE_END
