/// Cooperative cancellation, cheap to copy and to ask.
#ifndef FAIRLEAD_CORE_CANCELLATION_H_
#define FAIRLEAD_CORE_CANCELLATION_H_

#include <chrono>
#include <memory>

#include "fairlead/core/export.h"

FAIRLEAD_NAMESPACE_BEGIN

/// The asking side. A default-made one never fires. Thread-safe.
class FAIRLEAD_EXPORT Cancellation {
 public:
  Cancellation();
  bool cancelled() const;
  /// Blocks until cancelled or `duration` passed; true if cancelled. Longer than a year counts as a
  /// year. For sleepers and runners only.
  bool WaitFor(std::chrono::nanoseconds duration) const;

 private:
  friend class CancellationSource;
  struct State;
  std::shared_ptr<State> state_;
};

/// The deciding side. Thread-safe; Cancel is idempotent and wakes all waiters.
class FAIRLEAD_EXPORT CancellationSource {
 public:
  CancellationSource();
  void Cancel();
  Cancellation token() const;

 private:
  std::shared_ptr<Cancellation::State> state_;
};

FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_CORE_CANCELLATION_H_
