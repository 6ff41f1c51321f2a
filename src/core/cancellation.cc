#include "fairlead/core/cancellation.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>

FAIRLEAD_NAMESPACE_BEGIN

struct Cancellation::State {
  std::atomic<bool> cancelled{false};
  std::mutex mutex;
  std::condition_variable wake;
};

Cancellation::Cancellation() = default;

bool Cancellation::cancelled() const { return state_ != nullptr && state_->cancelled.load(std::memory_order_acquire); }

bool Cancellation::WaitFor(std::chrono::nanoseconds duration) const {
  // A token that never fires still has to wait the time out.
  const std::shared_ptr<State> state = state_ != nullptr ? state_ : std::make_shared<State>();
  // The standard library adds the duration to a point in time, which a very long one would overflow.
  constexpr std::chrono::nanoseconds kLongest = std::chrono::hours(24 * 366);
  duration = std::min(duration, kLongest);
  std::unique_lock<std::mutex> lock(state->mutex);
  return state->wake.wait_for(lock, duration, [&] { return state->cancelled.load(std::memory_order_acquire); });
}

CancellationSource::CancellationSource() : state_(std::make_shared<Cancellation::State>()) {}

void CancellationSource::Cancel() {
  {
    const std::lock_guard<std::mutex> lock(state_->mutex);
    state_->cancelled.store(true, std::memory_order_release);
  }
  state_->wake.notify_all();
}

Cancellation CancellationSource::token() const {
  Cancellation token;
  token.state_ = state_;
  return token;
}

FAIRLEAD_NAMESPACE_END
