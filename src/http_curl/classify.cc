#include "src/http_curl/internal/classify.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "src/core/internal/absl_compat.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal {
namespace {

// Failures before the first byte that only a person can mend.
bool NeedsPerson(CURLcode code) {
  switch (code) {
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_NOT_BUILT_IN:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_SSL_ENGINE_SETFAILED:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_INVALIDCERTSTATUS:
      return true;
    default:
      return false;
  }
}

bool ConcernsTrust(CURLcode code) {
  return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE || code == CURLE_SSL_ISSUER_ERROR;
}

struct Verdict {
  ErrorKind kind;
  std::string message;
};

Verdict Judge(const Transfer& transfer, Effect effect, const http::CurlOptions& options) {
  const CURLcode code = transfer.code();
  // A read that lost its answer lost nothing else.
  const ErrorKind lost = effect == Effect::kRead ? ErrorKind::kTransient : ErrorKind::kUnknownOutcome;
  const std::string reason = absl::StrCat(transfer.Explanation(), " (libcurl ", static_cast<int>(code), ")");
  switch (transfer.stop()) {
    case Stop::kCancelled:
      return {ErrorKind::kCancelled, "cancelled"};
    case Stop::kDeadline:
      return {ErrorKind::kDeadline, "the deadline passed"};
    case Stop::kGuardRefused:
      if (!transfer.sent()) return {ErrorKind::kCancelled, "the send guard refused the transmission"};
      return {lost, "the connection was lost before an answer; the send guard refused a second transmission"};
    case Stop::kResendRefused:
      return {lost, "the connection was lost before an answer; a second transmission was refused"};
    case Stop::kAddressRefused:
      return {ErrorKind::kConfiguration, "the host resolved to an address that this transport may not call"};
    case Stop::kBodyTooLarge:
      return {ErrorKind::kTooLarge, absl::StrCat("the response body is over ", options.max_body_bytes, " bytes")};
    case Stop::kHeadTooLarge:
      return {ErrorKind::kTooLarge, absl::StrCat("the response head is over ", options.max_header_bytes, " bytes")};
    case Stop::kNone:
      break;
  }
  if (!transfer.sent()) {
    if (ConcernsTrust(code)) {
      return {ErrorKind::kConfiguration,
              absl::StrCat("the server's certificate is not trusted: ", reason, "; looked in ", transfer.TrustPlace(),
                           "; set CurlOptions::ca_file or ca_path")};
    }
    if (NeedsPerson(code)) return {ErrorKind::kConfiguration, reason};
    if (code == CURLE_FAILED_INIT) return {ErrorKind::kInternal, absl::StrCat("libcurl refused an option: ", reason)};
    return {ErrorKind::kTransient, reason};
  }
  if (code == CURLE_OPERATION_TIMEDOUT) return {ErrorKind::kDeadline, reason};
  if (code == CURLE_BAD_CONTENT_ENCODING || code == CURLE_WEIRD_SERVER_REPLY || code == CURLE_UNSUPPORTED_PROTOCOL) {
    return {ErrorKind::kUnparseable, absl::StrCat("the answer is not valid HTTP: ", reason)};
  }
  return {lost, absl::StrCat("the answer was lost: ", reason)};
}

}  // namespace

absl::Status Classify(const Transfer& transfer, Effect effect, const http::CurlOptions& options) {
  const Verdict verdict = Judge(transfer, effect, options);
  const Outcome outcome = transfer.sent() ? Outcome::kUnknown : Outcome::kNotSent;
  return MakeError(verdict.kind, outcome, verdict.message);
}

}  // namespace internal
FAIRLEAD_NAMESPACE_END
