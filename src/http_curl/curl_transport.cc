#include "fairlead/http_curl/curl_transport.h"

#include <curl/curl.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "fairlead/http/server_hint.h"
#include "fairlead/http/url.h"
#include "fairlead/http/validate.h"
#include "src/http_curl/internal/classify.h"
#include "src/http_curl/internal/curl_transport_peer.h"
#include "src/http_curl/internal/handle_pool.h"
#include "src/http_curl/internal/transfer.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace http {
namespace {

using fairlead::internal::CurlHandle;
using fairlead::internal::HandlePool;
using fairlead::internal::Stop;
using fairlead::internal::Transfer;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

// Once per process and never undone: other parts of the program may use libcurl too.
CURLcode InitialiseLibcurl() {
  static std::once_flag once;
  static CURLcode result = CURLE_OK;
  std::call_once(once, [] { result = curl_global_init(CURL_GLOBAL_DEFAULT); });
  return result;
}

absl::Status Refused(std::string_view message) {
  ErrorDetail detail;
  detail.kind = ErrorKind::kConfiguration;
  detail.outcome = Outcome::kNotSent;
  return MakeError(absl::StatusCode::kInvalidArgument, message, detail);
}

}  // namespace

absl::Status CurlOptions::Validate() const {
  std::string wrong;
  const auto require = [&wrong](bool fine, const char* what) {
    if (fine) return;
    if (!wrong.empty()) wrong += "; ";
    wrong += what;
  };
  constexpr milliseconds kHour = std::chrono::hours(1);
  require(max_time >= milliseconds(1) && max_time <= kHour, "max_time must be within 1 ms..1 h");
  require(connect_timeout >= milliseconds(1) && connect_timeout <= kHour, "connect_timeout must be within 1 ms..1 h");
  require(max_body_bytes >= 1, "max_body_bytes must be positive");
  require(max_header_bytes >= 256, "max_header_bytes must be at least 256");
  require(max_idle_age >= std::chrono::seconds(0) && max_idle_age <= std::chrono::hours(24),
          "max_idle_age must be within 0..24 h");
  const auto starts = [this](const char* scheme) { return absl::StartsWith(proxy, scheme); };
  require(proxy.empty() || starts("http://") || starts("https://") || starts("socks5h://"),
          "proxy must begin with http://, https:// or socks5h://");
  require(proxy.empty() || !refuse_private_addresses, "refuse_private_addresses cannot be kept behind a proxy");
  require(std::none_of(user_agent.begin(), user_agent.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }),
          "user_agent must not hold control characters");
  if (wrong.empty()) return absl::OkStatus();
  return Refused("CurlOptions: " + wrong);
}

// Only tests ever write it, before main().
bool budget_by_default = true;

class CurlTransport::Impl {
 public:
  Impl(CurlOptions options, Runtime runtime)
      : options_(std::move(options)),
        runtime_(runtime),
        usable_(options_.Validate()),
        pool_(options_.max_idle, options_.max_idle_age) {
    if (const CURLcode code = InitialiseLibcurl(); code != CURLE_OK && usable_.ok()) {
      usable_ = MakeError(ErrorKind::kInternal, Outcome::kNotSent,
                          absl::StrCat("curl_global_init: ", curl_easy_strerror(code)));
    }
    const curl_version_info_data* const version = curl_version_info(CURLVERSION_NOW);
    if (version->version_num < 0x075500 && usable_.ok()) {
      usable_ = Refused("libcurl 7.85 or newer is needed: older ones lack options that this transport depends on");
    }
    if ((version->features & CURL_VERSION_ASYNCHDNS) == 0) {
      runtime_.log->Log(LogLevel::kWarning, "http_curl",
                        "this libcurl resolves names synchronously: a hanging lookup can outlast the deadline");
    }
  }

  absl::StatusOr<Response> Send(const Request& request, const CallOptions& call) {
    FAIRLEAD_RETURN_IF_ERROR(usable_);
    FAIRLEAD_RETURN_IF_ERROR(ValidateCall(call));
    FAIRLEAD_RETURN_IF_ERROR(ValidateRequest(request));
    FAIRLEAD_ASSIGN_OR_RETURN(const Url url, ParseUrl(request.url));
    calls_.fetch_add(1, std::memory_order_relaxed);
    const SteadyTime start = runtime_.clock->SteadyNow();
    absl::StatusOr<Response> result = Attempt(request, call, url, start);
    const nanoseconds elapsed = runtime_.clock->SteadyNow() - start;
    if (result.ok()) {
      result->elapsed = elapsed;
      return result;
    }
    ErrorDetail detail = GetErrorDetail(result.status()).value_or(ErrorDetail{});
    detail.attempts = 1;
    detail.elapsed = std::chrono::duration_cast<milliseconds>(elapsed);
    detail.system = url.host;
    const std::string where = absl::StrCat(request.method, " ", RedactUrl(request.url, options_.redaction));
    const absl::Status error = WithErrorDetail(Annotate(result.status(), where), detail);
    runtime_.log->Log(LogLevel::kWarning, "http_curl", std::string(error.message()));
    return error;
  }

  void CloseIdle() { pool_.Clear(); }
  void DisableSendBudget() { send_budget_ = false; }

  Stats stats() const {
    Stats stats;
    stats.calls = calls_.load(std::memory_order_relaxed);
    stats.connections = connections_.load(std::memory_order_relaxed);
    stats.resends_refused = resends_refused_.load(std::memory_order_relaxed);
    stats.idle = pool_.idle();
    return stats;
  }

 private:
  absl::StatusOr<Response> Attempt(const Request& request, const CallOptions& call, const Url& url, SteadyTime start) {
    if (call.cancellation.cancelled()) {
      return MakeError(ErrorKind::kCancelled, Outcome::kNotSent, "cancelled before the call");
    }
    const nanoseconds left = call.deadline.Left(*runtime_.clock);
    if (left <= nanoseconds{0}) {
      return MakeError(ErrorKind::kDeadline, Outcome::kNotSent, "the deadline passed before the call");
    }
    const auto most = std::min<nanoseconds>(left, options_.max_time);
    const milliseconds timeout = std::max(milliseconds(1), std::chrono::ceil<milliseconds>(most));

    const std::string origin = absl::StrCat(url.scheme, "://", url.host, ":", url.port);
    std::unique_ptr<CurlHandle> handle = pool_.Acquire(origin, start);
    if (handle == nullptr) {
      return MakeError(ErrorKind::kTransient, Outcome::kNotSent, "libcurl has no memory for a handle");
    }
    Transfer transfer({options_, request, call, url, *runtime_.clock, timeout, send_budget_});
    transfer.Run(handle->easy(), handle->multi());
    connections_.fetch_add(static_cast<std::uint64_t>(std::max(0L, transfer.new_connections())),
                           std::memory_order_relaxed);
    if (transfer.stop() == Stop::kResendRefused) resends_refused_.fetch_add(1, std::memory_order_relaxed);
    if (!transfer.ok()) return fairlead::internal::Classify(transfer, *call.effect, options_);
    Response& response = transfer.response();
    if (response.status < 100 || response.status > 599) {
      return MakeError(ErrorKind::kUnparseable, Outcome::kUnknown,
                       absl::StrCat("the answer has status ", response.status));
    }
    pool_.Release(std::move(handle), origin, runtime_.clock->SteadyNow());
    response.retry_after = ServerHint(response.headers, runtime_.clock->WallNow());
    return std::move(response);
  }

  const CurlOptions options_;
  const Runtime runtime_;
  absl::Status usable_;
  HandlePool pool_;
  bool send_budget_ = budget_by_default;
  std::atomic<std::uint64_t> calls_{0};
  std::atomic<std::uint64_t> connections_{0};
  std::atomic<std::uint64_t> resends_refused_{0};
};

CurlTransport::CurlTransport(CurlOptions options, Runtime runtime)
    : impl_(std::make_unique<Impl>(std::move(options), runtime)) {}
CurlTransport::~CurlTransport() = default;

absl::StatusOr<Response> CurlTransport::Send(const Request& request, const CallOptions& options) {
  return impl_->Send(request, options);
}
void CurlTransport::CloseIdle() { impl_->CloseIdle(); }
CurlTransport::Stats CurlTransport::stats() const { return impl_->stats(); }

}  // namespace http

namespace internal {
void CurlTransportPeer::DisableSendBudgetByDefault() { http::budget_by_default = false; }
void CurlTransportPeer::DisableSendBudget(http::CurlTransport& transport) { transport.impl_->DisableSendBudget(); }
}  // namespace internal
FAIRLEAD_NAMESPACE_END
