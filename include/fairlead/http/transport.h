/// HTTP as a connector sees it: one request, one response or an error that says whether bytes left.
#ifndef FAIRLEAD_HTTP_TRANSPORT_H_
#define FAIRLEAD_HTTP_TRANSPORT_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fairlead/core/cancellation.h"
#include "fairlead/core/deadline.h"
#include "fairlead/core/effect.h"
#include "fairlead/core/export.h"
#include "fairlead/core/secret.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace http {

struct Header {
  std::string name;
  std::string value;
};

/// The first value of `name` (compared without case), or nullopt.
FAIRLEAD_EXPORT std::optional<std::string_view> FindHeader(const std::vector<Header>& headers, std::string_view name);

/// One request. What is frozen for a ledger intent is method, url and body; `secret_headers` are made per attempt.
struct FAIRLEAD_EXPORT Request {
  std::string method = "GET";
  std::string url;                                             ///< Absolute. https, or http to a loopback address.
  std::vector<Header> headers;                                 ///< Control characters in them are refused.
  std::vector<std::pair<std::string, Secret>> secret_headers;  ///< Sent like headers, never logged.
  std::string body;
};

struct FAIRLEAD_EXPORT Response {
  int status = 0;  ///< 100..599. A 4xx or 5xx is a response, not a transport error.
  std::vector<Header> headers;
  std::string body;  ///< After decompression.
  std::chrono::nanoseconds elapsed{0};
  /// Retry-After or RateLimit-* seen in the headers, as a delay from the response's own Date.
  std::optional<std::chrono::milliseconds> retry_after = std::nullopt;
};

/// Asked once at the last moment before the first byte of each transmission of a request leaves. A transport must call
/// AllowSend() before every transmission, also one that its library makes by itself on a fresh connection.
/// Not thread-safe; one per attempt.
class FAIRLEAD_EXPORT SendGuard {
 public:
  virtual ~SendGuard();
  /// False stops the transmission. After a first true the call ends with Outcome::kUnknown, because the earlier
  /// transmission may have been applied.
  virtual bool AllowSend() = 0;
};

struct FAIRLEAD_EXPORT CallOptions {
  Deadline deadline =
      Deadline::Infinite();  ///< From name resolution to the last byte. Transports also cap it (default 30 s).
  Cancellation cancellation;
  /// Whether a second transmission is harmless. Required: without a value a transport refuses the call.
  std::optional<Effect> effect = std::nullopt;
  SendGuard* guard = nullptr;  ///< Optional, not owned: the ledger's last check.
};

/// Thread-safe. Never retries and never follows redirects. Errors carry ErrorDetail with
/// outcome kNotSent (nothing left: DNS, TCP or TLS failed, guard said no at first) or kUnknown (anything later).
class FAIRLEAD_EXPORT Transport {
 public:
  virtual ~Transport();
  virtual absl::StatusOr<Response> Send(const Request& request, const CallOptions& options) = 0;
};

}  // namespace http
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_HTTP_TRANSPORT_H_
