/// Holds a team's own libcurl handle to one transmission per attempt.
///
/// libcurl sends a request again by itself when a reused connection dies before a response byte arrives, POST
/// included, up to five times, and no option turns that off. The server may have applied the first one.
#ifndef FAIRLEAD_HTTP_CURL_SEND_ONCE_H_
#define FAIRLEAD_HTTP_CURL_SEND_ONCE_H_

#include <atomic>
#include <memory>

#include "fairlead/core/error.h"
#include "fairlead/core/export.h"
#include "fairlead/http/transport.h"

FAIRLEAD_NAMESPACE_BEGIN

/// The simplest guard: yes once, then no. For calls without a ledger.
///
///   fairlead::SendOnce once;
///   fairlead::AttachSendOnce(handle, once);
///   const CURLcode rc = curl_easy_perform(handle);
///   if (rc != CURLE_OK) outcome = once.OutcomeAfterError();
class FAIRLEAD_EXPORT SendOnce final : public http::SendGuard {
 public:
  SendOnce();
  ~SendOnce() override;
  bool AllowSend() override { return !sent_.exchange(true); }
  /// True once a transmission was allowed. Thread-safe.
  bool sent() const { return sent_.load(); }
  /// What an error of curl_easy_perform says about the effect: kNotSent if the guard was never asked.
  Outcome OutcomeAfterError() const { return sent() ? Outcome::kUnknown : Outcome::kNotSent; }

 private:
  std::atomic<bool> sent_{false};
};

namespace internal {
/// What libcurl calls before every transmission: 0 lets it go, 1 stops it.
using PreRequestHook = int (*)(void* guard, char*, char*, int, int);
FAIRLEAD_EXPORT bool AttachPreRequestHook(void* curl_handle, PreRequestHook hook, void* guard);

template <typename Attempt>
int AskAttempt(void* attempt, char*, char*, int, int) {
  return static_cast<Attempt*>(attempt)->AllowSend() ? 0 : 1;
}
}  // namespace internal

/// Makes `curl_handle` (a CURL*) ask `attempt.AllowSend()` before every transmission: after DNS, TCP and TLS, before
/// the first byte, again if libcurl wants to send once more. `attempt` is a ledger attempt, an http::SendGuard, or
/// anything with `bool AllowSend()` that says yes once and then no; it must outlive the transfer. A refused
/// transmission ends curl_easy_perform with CURLE_ABORTED_BY_CALLBACK: then, if AllowSend said yes before, the
/// outcome is unknown, else nothing was sent.
///
/// Sets CURLOPT_PREREQFUNCTION and CURLOPT_PREREQDATA, so attach after curl_easy_reset and once per attempt. Returns
/// false if the handle is null or this libcurl is older than 7.80, which has no such hook: then do not send.
template <typename Attempt>
bool AttachSendOnce(void* curl_handle, Attempt& attempt) {
  void* guard = const_cast<void*>(static_cast<const volatile void*>(std::addressof(attempt)));
  return internal::AttachPreRequestHook(curl_handle, &internal::AskAttempt<Attempt>, guard);
}

FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_HTTP_CURL_SEND_ONCE_H_
