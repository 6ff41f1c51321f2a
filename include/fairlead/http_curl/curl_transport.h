/// The libcurl transport: one transmission per attempt, one deadline, one outcome.
#ifndef FAIRLEAD_HTTP_CURL_CURL_TRANSPORT_H_
#define FAIRLEAD_HTTP_CURL_CURL_TRANSPORT_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fairlead/core/export.h"
#include "fairlead/core/runtime.h"
#include "fairlead/core/secret.h"
#include "fairlead/http/redact.h"
#include "fairlead/http/transport.h"

FAIRLEAD_NAMESPACE_BEGIN

namespace internal {
class CurlTransportPeer;
}  // namespace internal

namespace http {

/// All have safe defaults. No environment variable of ours or of libcurl's proxies is read.
struct FAIRLEAD_EXPORT CurlOptions {
  /// PEM file of trusted certificates. Empty: the system's, as libcurl was built.
  std::string ca_file;
  /// Folder of hashed trusted certificates. Empty: the system's, as libcurl was built.
  std::string ca_path;
  /// Longest time of one call from name resolution to the last byte, whatever its deadline. 30 s.
  std::chrono::milliseconds max_time = std::chrono::seconds(30);
  /// Longest time for name, TCP and TLS. 10 s: a dead host shows early, and nothing was sent.
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(10);
  /// Longest body, counted after decompression. 8 MiB.
  std::size_t max_body_bytes = std::size_t{8} << 20;
  /// Longest response head. 64 KiB.
  std::size_t max_header_bytes = std::size_t{64} << 10;
  /// Idle connections kept for reuse, all hosts together. 0: none. 8. More calls may run at once: there is no limit on
  /// those and nothing waits for a slot.
  std::size_t max_idle = 8;
  /// An idle connection older than this is closed instead of reused. 50 s: most servers close at 60 s or later, and
  /// a connection that died meanwhile is what makes a write's outcome unknown.
  std::chrono::seconds max_idle_age = std::chrono::seconds(50);
  /// "http://proxy.example:3128". Empty: no proxy, also if the environment names one.
  std::string proxy;
  /// "user:password" for the proxy.
  Secret proxy_credentials;
  /// Refuses addresses that are not public after name resolution. Set it where the URL came from outside (a webhook
  /// subscriber, a record's link). Also refuses loopback. Not possible with a proxy, which resolves names itself.
  bool refuse_private_addresses = false;
  /// Offer HTTP/2 over TLS. Off: one request per connection keeps failures easy to attribute.
  bool allow_http2 = false;
  /// Sent where the request has no User-Agent.
  std::string user_agent = "fairlead/0.1";
  /// What may be logged beside the built-in lists.
  RedactionOptions redaction;

  /// INVALID_ARGUMENT (kConfiguration) that names every field that is wrong.
  absl::Status Validate() const;
};

/// Thread-safe; calls on any number of threads run side by side. Never retries, never follows a redirect, holds no
/// cookies, reads no .netrc, installs no signal handler, starts no thread (libcurl's resolver starts one per lookup).
/// The process-wide libcurl state is initialised once, on the first construction, and never cleaned up.
///
/// Every error carries ErrorDetail: outcome kNotSent when no transmission was begun (DNS, TCP, TLS, address refused,
/// guard or deadline said no before the first byte), kUnknown otherwise. Errors:
///   kConfiguration  request or options refused, certificate not trusted (message names the CA file or folder)
///   kTransient      DNS, TCP or TLS failed; for kRead also a connection lost later
///   kUnknownOutcome an operation with an effect was sent and its answer was lost, or libcurl wanted to send it again
///   kTooLarge       body or head over the cap
///   kDeadline, kCancelled
class FAIRLEAD_EXPORT CurlTransport final : public Transport {
 public:
  /// `options` must be valid: with invalid ones every call fails with the error of Validate(). `runtime` gives the
  /// clock for deadlines and the log; its objects must outlive the transport.
  explicit CurlTransport(CurlOptions options = {}, Runtime runtime = Runtime::System());
  ~CurlTransport() override;
  CurlTransport(const CurlTransport&) = delete;
  CurlTransport& operator=(const CurlTransport&) = delete;

  absl::StatusOr<Response> Send(const Request& request, const CallOptions& options) override;

  /// Closes idle connections now; calls under way are not touched.
  void CloseIdle();

  /// Since construction, for metrics.
  struct Stats {
    std::uint64_t calls = 0;
    std::uint64_t connections = 0;      ///< Connections opened; calls minus this is what reuse saved.
    std::uint64_t resends_refused = 0;  ///< Times libcurl wanted to send an operation with an effect once more.
    std::size_t idle = 0;
  };
  Stats stats() const;

 private:
  friend class fairlead::internal::CurlTransportPeer;
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace http
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_HTTP_CURL_CURL_TRANSPORT_H_
