/// The one payload that every error of Fairlead carries: what kind of failure it was and, above all,
/// whether the remote may have applied the request.
#ifndef FAIRLEAD_CORE_ERROR_H_
#define FAIRLEAD_CORE_ERROR_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "fairlead/core/export.h"

FAIRLEAD_NAMESPACE_BEGIN

/// What is known about the effect of a request at the remote.
enum class Outcome : std::uint8_t {
  kNotSent = 1,   ///< No byte of the request left: a repeat is safe.
  kRejected = 2,  ///< The remote answered and did not apply it.
  kApplied = 3,   ///< The remote answered and did apply it.
  kUnknown = 4,   ///< It may have been applied. Only a look at the remote can tell.
};

/// The error taxonomy shared by connectors, retry and dead letters.
enum class ErrorKind : std::uint8_t {
  kUnspecified = 0,
  kAuth,            ///< Credentials refused or expired, scope missing.
  kValidation,      ///< The remote refuses this content; the same bytes will be refused again.
  kMapping,         ///< A canonical value has no counterpart there (unmapped item, tax, location).
  kNotFound,        ///< The addressed record does not exist.
  kConflict,        ///< A newer version exists at the remote.
  kDuplicate,       ///< The remote says it has it already: look up before believing it.
  kRateLimited,     ///< Throttled; `retry_after` says how long.
  kTransient,       ///< Overload, restart, network: the same request may succeed later.
  kPeriodClosed,    ///< The accounting period is closed.
  kTooLarge,        ///< Body, page or batch exceeds a limit.
  kUnparseable,     ///< The bytes are not what the protocol promises.
  kUnknownOutcome,  ///< The answer was lost after bytes left.
  kCancelled,       ///< The caller cancelled.
  kDeadline,        ///< The deadline passed.
  kConfiguration,   ///< Options or policy are wrong: a person must change them.
  kInternal,        ///< A defect of ours.
};

FAIRLEAD_EXPORT std::string_view OutcomeName(Outcome outcome);
FAIRLEAD_EXPORT std::string_view ErrorKindName(ErrorKind kind);

/// Details beside the absl::Status code and message. Wire-compatible with `fairlead.v1.ErrorDetail`,
/// attached under ErrorDetail::kTypeUrl. Strings hold no secrets and no personal data.
struct FAIRLEAD_EXPORT ErrorDetail {
  static constexpr std::string_view kTypeUrl = "type.googleapis.com/fairlead.v1.ErrorDetail";

  ErrorKind kind = ErrorKind::kUnspecified;
  Outcome outcome = Outcome::kNotSent;
  std::uint32_t attempts = 0;                            ///< Tries made so far, 0 where nothing was tried.
  std::chrono::milliseconds elapsed{0};                  ///< Time since the first try.
  std::string operation;                                 ///< "erp.order.create".
  std::string system;                                    ///< Connector or host.
  std::string vendor_code;                               ///< The remote's own error code, as it spelt it.
  std::uint32_t http_status = 0;                         ///< 0 where no response was parsed.
  std::optional<std::chrono::milliseconds> retry_after;  ///< The server's hint, as a delay from now.
  std::string stopped_because;                           ///< Why no further try was made.
};

/// A non-OK status with `detail` attached. The message should say what to do.
FAIRLEAD_EXPORT absl::Status MakeError(absl::StatusCode code, std::string_view message, const ErrorDetail& detail);
/// A non-OK status of `kind` with the canonical code for that kind.
FAIRLEAD_EXPORT absl::Status MakeError(ErrorKind kind, Outcome outcome, std::string_view message);
/// The code that MakeError(kind, …) uses.
FAIRLEAD_EXPORT absl::StatusCode CodeFor(ErrorKind kind);

/// The payload, or nullopt for a status made elsewhere (or one whose payload is damaged).
FAIRLEAD_EXPORT std::optional<ErrorDetail> GetErrorDetail(const absl::Status& status);
/// Replaces the payload of a non-OK status; keeps code and message. OK stays OK.
FAIRLEAD_EXPORT absl::Status WithErrorDetail(absl::Status status, const ErrorDetail& detail);
/// The same code and payload with "context: " before the message.
FAIRLEAD_EXPORT absl::Status Annotate(const absl::Status& status, std::string_view context);

/// The outcome in the payload. A status without one: kApplied for OK, kUnknown otherwise, because an error
/// that says nothing must not be taken for "not sent".
FAIRLEAD_EXPORT Outcome OutcomeOf(const absl::Status& status);
/// The kind in the payload, else the nearest one for the status code.
FAIRLEAD_EXPORT ErrorKind KindOf(const absl::Status& status);

FAIRLEAD_NAMESPACE_END

/// Returns from the enclosing function if `expr` is a non-OK absl::Status.
#define FAIRLEAD_RETURN_IF_ERROR(expr)                                                        \
  do {                                                                                        \
    if (absl::Status fairlead_status = (expr); !fairlead_status.ok()) return fairlead_status; \
  } while (false)

#define FAIRLEAD_INTERNAL_CONCAT2(a, b) a##b
#define FAIRLEAD_INTERNAL_CONCAT(a, b) FAIRLEAD_INTERNAL_CONCAT2(a, b)
/// `FAIRLEAD_ASSIGN_OR_RETURN(auto x, F());` assigns the value or returns the status.
#define FAIRLEAD_ASSIGN_OR_RETURN(lhs, expr) \
  FAIRLEAD_INTERNAL_ASSIGN_OR_RETURN(FAIRLEAD_INTERNAL_CONCAT(fairlead_result_, __LINE__), lhs, expr)
#define FAIRLEAD_INTERNAL_ASSIGN_OR_RETURN(result, lhs, expr) \
  auto result = (expr);                                       \
  if (!result.ok()) return result.status();                   \
  lhs = std::move(result).value()

#endif  // FAIRLEAD_CORE_ERROR_H_
