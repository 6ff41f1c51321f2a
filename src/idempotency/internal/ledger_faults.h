// Switches that break the ledger on purpose, one promise each, so that tests can show that the promise is what keeps
// effects from being lost or doubled. Default: nothing is broken. Not reachable through any public header.
#ifndef FAIRLEAD_SRC_IDEMPOTENCY_INTERNAL_LEDGER_FAULTS_H_
#define FAIRLEAD_SRC_IDEMPOTENCY_INTERNAL_LEDGER_FAULTS_H_

#include "fairlead/core/export.h"
#include "fairlead/idempotency/ledger.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal {

struct LedgerFaults {
  bool no_fence = false;                ///< A stale worker's result is written over whatever is there.
  bool no_send_budget = false;          ///< A transport may transmit one attempt more than once.
  bool no_last_check = false;           ///< Bytes may leave after the lease is over.
  bool lookup_without_waiting = false;  ///< A lookup looks at once, while copies may still travel.
  bool conflict_is_refusal = false;     ///< "Already there" or "changed meanwhile" is believed to be a refusal.
  bool no_lane_hold = false;            ///< The next value is written while copies of the one before may travel.
  bool blind_resent = false;            ///< A lost answer of a blind write is taken for harmless.
  /// Called between SENDING and the last check: a worker that is held up there (swapped out, stopped by its debugger)
  /// for longer than its lease.
  void (*before_last_check)(const Intent& sending) = nullptr;
};

LedgerFaults& DefaultFaults();

class FAIRLEAD_EXPORT LedgerTestAccess {
 public:
  static void SetFaults(Ledger& ledger, const LedgerFaults& faults);
  /// What every ledger made after this call begins with. Not thread-safe: call it before main().
  static void SetDefaultFaults(const LedgerFaults& faults);
};

}  // namespace internal
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_IDEMPOTENCY_INTERNAL_LEDGER_FAULTS_H_
