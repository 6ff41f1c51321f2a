// Webhooks of the sandbox store: registration, signatures, deliveries, and what goes wrong with them.
#ifndef FAIRLEAD_SRC_TESTING_INTERNAL_WOO_WEBHOOKS_H_
#define FAIRLEAD_SRC_TESTING_INTERNAL_WOO_WEBHOOKS_H_

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "fairlead/testing/sandbox_woo.h"
#include "src/testing/internal/fault_injector.h"
#include "src/testing/internal/woo_store.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {
namespace internal {

/// Deliveries leave from a thread of its own. Thread-safe.
class WooWebhooks {
 public:
  struct Hooks {
    /// The record as it is at delivery time, or the error object of one that is gone.
    std::function<Json(const std::string& resource, std::int64_t id)> payload;
    std::function<WallTime()> now;
  };
  WooWebhooks(FaultInjector* faults, Hooks hooks, std::string version, std::string wordpress);
  ~WooWebhooks();
  void Stop();
  void SetSite(std::string site);

  /// POST /webhooks: the shown record, or an error.
  WooAnswer Create(const Json& body);
  WooAnswer Update(std::int64_t id, const Json& body);
  WooAnswer Delete(std::int64_t id);
  WooAnswer Get(std::int64_t id) const;
  std::vector<Json> All() const;

  void Event(const std::string& resource, const std::string& event, std::int64_t id);
  void OnDelivery(std::function<int(const SandboxDelivery&)> receiver);
  bool Flush(std::chrono::milliseconds timeout);
  std::int64_t delivered() const;

 private:
  struct Hook {
    Json shown;
    std::string secret;
    int failures = 0;
  };
  struct Pending {
    std::int64_t hook = 0;
    std::int64_t id = 0;
    bool ping = false;
    bool held = false;
  };
  void Loop();
  void Deliver(const Pending& item);
  int Send(const SandboxDelivery& delivery);

  FaultInjector* faults_;
  Hooks hooks_;
  std::string version_;
  std::string wordpress_;
  std::string site_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable idle_;
  std::map<std::int64_t, Hook> registered_;
  std::deque<Pending> queue_;
  std::deque<Pending> held_;
  std::function<int(const SandboxDelivery&)> receiver_;
  std::int64_t next_id_ = 1;
  std::int64_t delivered_ = 0;
  bool working_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace internal
}  // namespace testing
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_TESTING_INTERNAL_WOO_WEBHOOKS_H_
