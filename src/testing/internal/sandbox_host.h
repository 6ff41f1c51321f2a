// What both sandboxes share: the port, the clock, faults, copies that arrive late, and the control end points.
#ifndef FAIRLEAD_SRC_TESTING_INTERNAL_SANDBOX_HOST_H_
#define FAIRLEAD_SRC_TESTING_INTERNAL_SANDBOX_HOST_H_

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "fairlead/core/cancellation.h"
#include "fairlead/core/runtime.h"
#include "src/testing/internal/fault_injector.h"
#include "src/testing/internal/loopback_server.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {
namespace internal {

/// Runs tasks once, after a delay, on one thread of its own.
class DelayedTasks {
 public:
  explicit DelayedTasks(Clock* clock);
  ~DelayedTasks();
  void After(std::chrono::milliseconds delay, std::function<void()> task);
  /// Tasks that have not run are forgotten.
  void Stop();

 private:
  struct Task {
    SteadyTime due;
    std::function<void()> run;
  };
  void Loop();

  Clock* clock_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::vector<Task> tasks_;
  std::thread thread_;
};

/// What a request comes to once it has passed the door.
struct Admitted {
  RequestNature nature = RequestNature::kRead;
  /// Applies it and answers. May be called again for a copy. Takes the sandbox's own lock.
  std::function<HttpReply()> apply;
};

class SandboxHost {
 public:
  struct Hooks {
    /// Looks at a request (authentication included, so that a copy is not refused for a used nonce).
    std::function<Admitted(const HttpRequest&)> admit;
    std::function<std::string()> state_json;
    std::function<std::string()> summary_json;
    /// Other end points under /__sandbox/; a status of 0 says unknown.
    std::function<HttpReply(const HttpRequest&)> control;
  };

  SandboxHost(const Runtime& runtime, const FaultPlan& faults, Hooks hooks);
  ~SandboxHost();
  absl::Status Start(int port);
  void Stop();

  int port() const { return server_ != nullptr ? server_->port() : 0; }
  FaultInjector& faults() { return injector_; }
  const FaultInjector& faults() const { return injector_; }
  /// Wall time of this server: the runtime's, moved by Advance.
  WallTime Now() const;
  void Advance(std::chrono::milliseconds duration) { offset_ms_ += duration.count(); }
  const Runtime& runtime() const { return runtime_; }

 private:
  HttpReply Handle(const HttpRequest& request);
  HttpReply Control(const HttpRequest& request);
  void AddDate(HttpReply* reply) const;

  Runtime runtime_;
  FaultInjector injector_;
  Hooks hooks_;
  CancellationSource stop_;
  std::atomic<std::int64_t> offset_ms_{0};
  std::unique_ptr<DelayedTasks> copies_;
  std::unique_ptr<LoopbackServer> server_;
};

/// A JSON answer.
HttpReply JsonReply(int status, std::string body);

/// UTC broken down, and back.
struct CivilTime {
  int year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0, microsecond = 0;
};
CivilTime ToCivil(WallTime time);
WallTime FromCivil(const CivilTime& civil);
/// "Mon, 23 Nov 2026 07:52:46 GMT".
std::string HttpDate(WallTime time);
/// "2026-11-23T07:52:46".
std::string IsoSeconds(WallTime time);

}  // namespace internal
}  // namespace testing
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_TESTING_INTERNAL_SANDBOX_HOST_H_
