/// The last check before the first byte, and the budget of one transmission.
#ifndef FAIRLEAD_IDEMPOTENCY_SEND_PERMIT_H_
#define FAIRLEAD_IDEMPOTENCY_SEND_PERMIT_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>

#include "fairlead/core/export.h"
#include "fairlead/idempotency/intent.h"

FAIRLEAD_NAMESPACE_BEGIN

namespace internal {
struct LedgerFaults;
}

/// One per attempt, made by Ledger::Permit after SENDING is durable. A transport asks AllowSend() right before each
/// transmission of the request; adapt it to http::SendGuard with one line. Safe to ask from the transport's thread.
class FAIRLEAD_EXPORT SendPermit {
 public:
  enum class Refusal : std::uint8_t {
    kNone = 0,
    kBudget,     ///< A second transmission: the first may have been applied.
    kLease,      ///< Less lease left than one request may take.
    kRetention,  ///< The remote may have forgotten our idempotency key.
  };

  /// `now` is the store's clock.
  SendPermit(const Intent& sending, std::function<StoreTime()> now);

  /// True exactly once, and only while the lease outlives the request and the remote still knows our key.
  bool AllowSend();

  /// Transmissions allowed so far: 0 means that certainly nothing left.
  std::uint32_t sends() const { return sends_.load(); }
  Refusal refusal() const { return refusal_.load(); }

 private:
  friend class Ledger;
  SendPermit(const Intent& sending, std::function<StoreTime()> now, const internal::LedgerFaults* faults);

  std::function<StoreTime()> now_;
  StoreTime send_before_;      // Lease end minus the request's timeout.
  StoreTime key_known_until_;  // First send plus R minus D_max; max for the other classes.
  bool only_one_;
  const internal::LedgerFaults* faults_ = nullptr;
  std::atomic<std::uint32_t> sends_{0};
  std::atomic<Refusal> refusal_{Refusal::kNone};
};

FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_IDEMPOTENCY_SEND_PERMIT_H_
