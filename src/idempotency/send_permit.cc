#include "fairlead/idempotency/send_permit.h"

#include <utility>

#include "fairlead/idempotency/operation.h"
#include "src/idempotency/internal/ledger_faults.h"

FAIRLEAD_NAMESPACE_BEGIN

SendPermit::SendPermit(const Intent& sending, std::function<StoreTime()> now)
    : SendPermit(sending, std::move(now), nullptr) {}

SendPermit::SendPermit(const Intent& sending, std::function<StoreTime()> now, const internal::LedgerFaults* faults)
    : now_(std::move(now)),
      send_before_(sending.lease_until - sending.timeout),
      key_known_until_(StoreTime::max()),
      only_one_(sending.effect != Effect::kRead),
      faults_(faults) {
  if (sending.effect == Effect::kNativeKey) {
    key_known_until_ = sending.first_send_at + sending.retention - sending.settle;
  }
}

bool SendPermit::AllowSend() {
  const bool checked = faults_ == nullptr || !faults_->no_last_check;
  const bool budgeted = faults_ == nullptr || !faults_->no_send_budget;
  const StoreTime now = now_();
  Refusal refusal = Refusal::kNone;
  if (checked && now > send_before_) refusal = Refusal::kLease;
  if (checked && now >= key_known_until_) refusal = Refusal::kRetention;
  if (refusal == Refusal::kNone) {
    const std::uint32_t before = sends_.fetch_add(1);
    if (before == 0 || !only_one_ || !budgeted) return true;
    sends_.fetch_sub(1);
    refusal = Refusal::kBudget;
  }
  refusal_.store(refusal);
  return false;
}

bool Attempt::AllowSend() const { return permit != nullptr && permit->AllowSend(); }

FAIRLEAD_NAMESPACE_END
