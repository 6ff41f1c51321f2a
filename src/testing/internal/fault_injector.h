// Decides which fault meets which request, and counts.
#ifndef FAIRLEAD_SRC_TESTING_INTERNAL_FAULT_INJECTOR_H_
#define FAIRLEAD_SRC_TESTING_INTERNAL_FAULT_INJECTOR_H_

#include <chrono>
#include <cstdint>
#include <mutex>

#include "fairlead/testing/fault_plan.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {
namespace internal {

struct FaultVerdict {
  enum class Kind { kNone, kServerError, kRateLimited, kDropBefore, kDropAfter, kLateApply, kDuplicate, kTruncate };
  Kind kind = Kind::kNone;
  std::chrono::milliseconds latency{0};
  std::chrono::milliseconds copy_after{0};  // for kLateApply and kDuplicate
  std::uint64_t chance = 0;                 // free bits for details of the fault
};

struct WebhookVerdict {
  enum class Kind { kSend, kDrop, kDuplicate, kHold };
  Kind kind = Kind::kSend;
};

/// Thread-safe.
class FaultInjector {
 public:
  explicit FaultInjector(const FaultPlan& plan) : plan_(plan) {}
  FaultVerdict NextRequest(RequestNature nature);
  WebhookVerdict NextWebhook();
  void SetPlan(const FaultPlan& plan);
  FaultPlan plan() const;
  FaultCounters counters() const;

 private:
  mutable std::mutex mutex_;
  FaultPlan plan_;
  FaultCounters counters_;
  std::uint64_t number_ = 0;
  std::uint64_t webhook_number_ = 0;
  std::int64_t injected_ = 0;
  int consecutive_ = 0;
};

/// 64 well-mixed bits of (seed, n).
std::uint64_t Mix(std::uint64_t seed, std::uint64_t n);
/// In [0, 1).
double MixUnit(std::uint64_t seed, std::uint64_t n);

}  // namespace internal
}  // namespace testing
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_TESTING_INTERNAL_FAULT_INJECTOR_H_
