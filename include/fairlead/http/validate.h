/// The checks that every transport makes before anything happens on a network.
#ifndef FAIRLEAD_HTTP_VALIDATE_H_
#define FAIRLEAD_HTTP_VALIDATE_H_

#include "absl/status/status.h"
#include "fairlead/core/export.h"
#include "fairlead/http/transport.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace http {

/// Refuses, with outcome kNotSent and kind kConfiguration: a method that is no token of RFC 9110; a URL that
/// ParseUrl refuses; plain http to anything but a loopback host; a header name that is no token; a header value with
/// control characters (header injection); headers that a transport makes itself (Host, Content-Length,
/// Transfer-Encoding, Connection, Upgrade, Expect, TE, Trailer). Messages name the header, never its value.
FAIRLEAD_EXPORT absl::Status ValidateRequest(const Request& request);

/// Refuses a call that does not say its effect class or gives an invalid one (kNotSent, kConfiguration).
FAIRLEAD_EXPORT absl::Status ValidateCall(const CallOptions& options);

}  // namespace http
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_HTTP_VALIDATE_H_
