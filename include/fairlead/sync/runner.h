/// A thin loop with threads over a step-able engine.
#ifndef FAIRLEAD_SYNC_RUNNER_H_
#define FAIRLEAD_SYNC_RUNNER_H_

#include <chrono>
#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "fairlead/core/export.h"
#include "fairlead/sync/engine.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace sync {

struct FAIRLEAD_EXPORT RunnerOptions {
  /// Threads that send writes. 2: one slow system does not stop the other.
  int delivery_threads = 2;
  /// Pause between two rounds of polling. 30 s; webhooks come in between.
  std::chrono::milliseconds poll_interval{30'000};
  /// Longest nap of an idle thread; a webhook or a due write is noticed after it at the latest.
  std::chrono::milliseconds idle{100};

  absl::Status Validate() const;
};

/// Start and Stop are not thread-safe against each other. The engine must outlive the runner.
class FAIRLEAD_EXPORT Runner {
 public:
  Runner(Engine& engine, RunnerOptions options, Runtime runtime = Runtime::System());
  /// Stops if still running.
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  /// Recovers, then starts one polling thread and the delivery threads.
  absl::Status Start();
  /// Lets requests in hand finish, puts back what was only claimed, joins. Idempotent.
  void Stop();
  /// Rounds of polling that ended without any error.
  std::int64_t clean_rounds() const;
  /// The last error of polling or delivering, OK if the last try of each went well.
  absl::Status last_error() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sync
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SYNC_RUNNER_H_
