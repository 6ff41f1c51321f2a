/// How long the server asks us to wait, whichever way it says so.
#ifndef FAIRLEAD_HTTP_SERVER_HINT_H_
#define FAIRLEAD_HTTP_SERVER_HINT_H_

#include <chrono>
#include <optional>
#include <vector>

#include "fairlead/core/export.h"
#include "fairlead/core/runtime.h"
#include "fairlead/http/transport.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace http {

/// The delay that response headers ask for, from the first of these that is present and readable:
/// Retry-After (seconds, fractions, an HTTP date against the response's own Date, else against `received_at`);
/// RateLimit-Remaining: 0 with RateLimit-Reset (also with the X- prefix, where Reset may be a Unix time);
/// the RateLimit structured header with r=0 (remaining=0);
/// X-Shopify-Shop-Api-Call-Limit with a full bucket (500 ms, the time one call takes to leak at the slowest plan).
/// nullopt where no header asks for a delay. Never negative.
FAIRLEAD_EXPORT std::optional<std::chrono::milliseconds> ServerHint(const std::vector<Header>& headers,
                                                                    WallTime received_at);

}  // namespace http
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_HTTP_SERVER_HINT_H_
