#include "fairlead/sync/runner.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include "fairlead/core/cancellation.h"
#include "fairlead/core/error.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace sync {

absl::Status RunnerOptions::Validate() const {
  if (delivery_threads < 1 || delivery_threads > 64) {
    return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent, "runner options: delivery_threads is not in 1..64");
  }
  if (poll_interval.count() <= 0 || idle.count() <= 0) {
    return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent,
                     "runner options: poll_interval and idle must be positive");
  }
  return absl::OkStatus();
}

struct Runner::Impl {
  Impl(Engine& engine_in, RunnerOptions options_in, Runtime runtime_in)
      : engine(engine_in), options(options_in), runtime(runtime_in) {}

  void Note(absl::Status& slot, const absl::Status& status) {
    if (!status.ok()) runtime.log->Log(LogLevel::kWarning, "sync", std::string(status.message()));
    const std::lock_guard<std::mutex> lock(mutex);
    slot = status;
  }

  void PollLoop(const Cancellation& stopping) {
    while (!stopping.cancelled()) {
      auto polled = engine.PollAll();
      Note(poll_error, polled.status());
      if (polled.ok()) ++clean_rounds;
      const SteadyTime next = runtime.clock->SteadyNow() + options.poll_interval;
      // The inbox does not wait for the next round of polling.
      while (!stopping.cancelled() && runtime.clock->SteadyNow() < next) {
        auto drained = engine.DrainInbox();
        Note(inbox_error, drained.status());
        const auto nap = std::min<std::chrono::nanoseconds>(options.idle, next - runtime.clock->SteadyNow());
        if (!runtime.sleeper->Sleep(nap, stopping).ok()) return;
      }
    }
  }

  void DeliverLoop(const Cancellation& stopping) {
    while (!stopping.cancelled()) {
      // Few at a time: what is claimed but not begun waits for nobody else.
      auto verified = engine.Verify(4);
      auto delivered = verified.ok() ? engine.Deliver(4) : verified;
      Note(deliver_error, delivered.status());
      const bool busy = delivered.ok() && (delivered->claimed > delivered->waiting || verified->claimed > 0);
      if (busy) continue;
      if (!runtime.sleeper->Sleep(options.idle, stopping).ok()) return;
    }
  }

  Engine& engine;
  const RunnerOptions options;
  const Runtime runtime;
  CancellationSource stop;
  std::vector<std::thread> threads;
  std::atomic<std::int64_t> clean_rounds{0};
  mutable std::mutex mutex;
  absl::Status poll_error;
  absl::Status inbox_error;
  absl::Status deliver_error;
};

Runner::Runner(Engine& engine, RunnerOptions options, Runtime runtime)
    : impl_(std::make_unique<Impl>(engine, options, runtime)) {}

Runner::~Runner() { Stop(); }

absl::Status Runner::Start() {
  FAIRLEAD_RETURN_IF_ERROR(impl_->options.Validate());
  if (!impl_->threads.empty())
    return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent, "the runner is running already");
  FAIRLEAD_RETURN_IF_ERROR(impl_->engine.Recover().status());
  impl_->stop = CancellationSource();
  const Cancellation token = impl_->stop.token();
  impl_->threads.emplace_back([this, token] { impl_->PollLoop(token); });
  for (int i = 0; i < impl_->options.delivery_threads; ++i) {
    impl_->threads.emplace_back([this, token] { impl_->DeliverLoop(token); });
  }
  return absl::OkStatus();
}

void Runner::Stop() {
  impl_->stop.Cancel();
  for (std::thread& thread : impl_->threads) thread.join();
  impl_->threads.clear();
}

std::int64_t Runner::clean_rounds() const { return impl_->clean_rounds.load(); }

absl::Status Runner::last_error() const {
  const std::lock_guard<std::mutex> lock(impl_->mutex);
  if (!impl_->poll_error.ok()) return impl_->poll_error;
  if (!impl_->inbox_error.ok()) return impl_->inbox_error;
  return impl_->deliver_error;
}

}  // namespace sync
FAIRLEAD_NAMESPACE_END
