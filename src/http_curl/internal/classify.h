// From how a transfer ended to an error that says what became of the request.
#ifndef FAIRLEAD_SRC_HTTP_CURL_INTERNAL_CLASSIFY_H_
#define FAIRLEAD_SRC_HTTP_CURL_INTERNAL_CLASSIFY_H_

#include "absl/status/status.h"
#include "fairlead/core/export.h"
#include "src/http_curl/internal/transfer.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal {

// For a transfer that is not ok(). Outcome kNotSent exactly when no transmission was let go.
absl::Status Classify(const Transfer& transfer, Effect effect, const http::CurlOptions& options);

}  // namespace internal
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_HTTP_CURL_INTERNAL_CLASSIFY_H_
