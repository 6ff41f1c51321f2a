/// What of a request may appear in a log: only what is on a list.
#ifndef FAIRLEAD_HTTP_REDACT_H_
#define FAIRLEAD_HTTP_REDACT_H_

#include <string>
#include <string_view>
#include <vector>

#include "fairlead/core/export.h"
#include "fairlead/http/transport.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace http {

/// Names whose values may be shown, beside the built-in ones (content type and length, date, rate limits, request
/// ids; paging, sorting and time filters in queries). Compared without case. Everything else prints as "[redacted]".
struct FAIRLEAD_EXPORT RedactionOptions {
  std::vector<std::string> headers;
  std::vector<std::string> query_keys;
};

/// `url` with user information dropped, values of query keys that are not listed replaced by "[redacted]", and
/// control characters shown as '?'. Never fails: text that is no URL becomes "[unreadable url]".
FAIRLEAD_EXPORT std::string RedactUrl(std::string_view url, const RedactionOptions& options = {});

/// "name: value" lines joined by "; ", values that are not listed replaced by "[redacted]".
FAIRLEAD_EXPORT std::string RedactHeaders(const std::vector<Header>& headers, const RedactionOptions& options = {});

/// "POST https://shop.example/orders?page=2 (123 bytes; content-type: application/json; authorization: [redacted])".
FAIRLEAD_EXPORT std::string RedactRequest(const Request& request, const RedactionOptions& options = {});

}  // namespace http
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_HTTP_REDACT_H_
