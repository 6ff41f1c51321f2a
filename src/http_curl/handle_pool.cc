#include "src/http_curl/internal/handle_pool.h"

#include <iterator>
#include <utility>

FAIRLEAD_NAMESPACE_BEGIN
namespace internal {

std::unique_ptr<CurlHandle> CurlHandle::Make() {
  CURL* const easy = curl_easy_init();
  CURLM* const multi = curl_multi_init();
  if (easy == nullptr || multi == nullptr) {
    if (easy != nullptr) curl_easy_cleanup(easy);
    if (multi != nullptr) curl_multi_cleanup(multi);
    return nullptr;
  }
  // One connection per handle, so that the bound on idle handles is a bound on idle connections.
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, 1L);
  return std::unique_ptr<CurlHandle>(new CurlHandle(easy, multi));
}

CurlHandle::~CurlHandle() {
  curl_easy_cleanup(easy_);
  curl_multi_cleanup(multi_);
}

std::unique_ptr<CurlHandle> HandlePool::Acquire(std::string_view origin, SteadyTime now) {
  std::vector<Idle> stale;  // Closing sockets happens after the lock is gone.
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    auto fresh = idle_.begin();
    while (fresh != idle_.end() && now - fresh->since >= max_age_) ++fresh;
    stale.assign(std::make_move_iterator(idle_.begin()), std::make_move_iterator(fresh));
    idle_.erase(idle_.begin(), fresh);
    // The most recently used first: its connection is the least likely to have died.
    for (auto it = idle_.rbegin(); it != idle_.rend(); ++it) {
      if (it->origin != origin) continue;
      std::unique_ptr<CurlHandle> handle = std::move(it->handle);
      idle_.erase(std::next(it).base());
      return handle;
    }
  }
  return CurlHandle::Make();
}

void HandlePool::Release(std::unique_ptr<CurlHandle> handle, std::string_view origin, SteadyTime now) {
  if (max_idle_ == 0) return;
  Idle evicted;
  const std::lock_guard<std::mutex> lock(mutex_);
  if (idle_.size() >= max_idle_) {
    evicted = std::move(idle_.front());
    idle_.erase(idle_.begin());
  }
  idle_.push_back(Idle{std::string(origin), now, std::move(handle)});
}

void HandlePool::Clear() {
  std::vector<Idle> closing;
  const std::lock_guard<std::mutex> lock(mutex_);
  closing.swap(idle_);
}

std::size_t HandlePool::idle() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return idle_.size();
}

}  // namespace internal
FAIRLEAD_NAMESPACE_END
