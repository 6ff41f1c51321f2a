// A bounded cache of idle libcurl handles with their connections.
#ifndef FAIRLEAD_SRC_HTTP_CURL_INTERNAL_HANDLE_POOL_H_
#define FAIRLEAD_SRC_HTTP_CURL_INTERNAL_HANDLE_POOL_H_

#include <curl/curl.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "fairlead/core/export.h"
#include "fairlead/core/runtime.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal {

// One transfer at a time. The multi handle owns the connection, and is what makes a transfer interruptible.
class CurlHandle {
 public:
  // Null if libcurl has no memory for it.
  static std::unique_ptr<CurlHandle> Make();
  ~CurlHandle();
  CurlHandle(const CurlHandle&) = delete;
  CurlHandle& operator=(const CurlHandle&) = delete;

  CURL* easy() const { return easy_; }
  CURLM* multi() const { return multi_; }

 private:
  CurlHandle(CURL* easy, CURLM* multi) : easy_(easy), multi_(multi) {}
  CURL* const easy_;
  CURLM* const multi_;
};

// Thread-safe. Acquire never waits: without an idle handle it makes one.
class HandlePool {
 public:
  HandlePool(std::size_t max_idle, std::chrono::nanoseconds max_age) : max_idle_(max_idle), max_age_(max_age) {}

  // A handle whose connection leads to `origin` if there is a fresh one, else a new one.
  std::unique_ptr<CurlHandle> Acquire(std::string_view origin, SteadyTime now);
  // Takes back a handle after a transfer without any error. One that saw an error must be destroyed instead: libcurl
  // keeps more state over a reset than its documentation says.
  void Release(std::unique_ptr<CurlHandle> handle, std::string_view origin, SteadyTime now);
  void Clear();
  std::size_t idle() const;

 private:
  struct Idle {
    std::string origin;
    SteadyTime since;
    std::unique_ptr<CurlHandle> handle;
  };
  const std::size_t max_idle_;
  const std::chrono::nanoseconds max_age_;
  mutable std::mutex mutex_;
  std::vector<Idle> idle_;  // Oldest first.
};

}  // namespace internal
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_HTTP_CURL_INTERNAL_HANDLE_POOL_H_
