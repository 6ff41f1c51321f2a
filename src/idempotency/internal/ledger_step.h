// One fenced move of one intent inside one transaction. Everything that changes a state goes through here.
#ifndef FAIRLEAD_SRC_IDEMPOTENCY_INTERNAL_LEDGER_STEP_H_
#define FAIRLEAD_SRC_IDEMPOTENCY_INTERNAL_LEDGER_STEP_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fairlead/core/export.h"
#include "fairlead/idempotency/ledger.h"
#include "src/idempotency/internal/ledger_faults.h"

FAIRLEAD_NAMESPACE_BEGIN

struct Ledger::Step {
  Ledger& ledger;
  LedgerTransaction& tx;

  /// Moves `before` by `event` to `after` (whose state this fills in). False: stale, noted in the audit.
  /// FAILED_PRECONDITION: the table does not allow it. An empty `detail` writes no audit line.
  absl::StatusOr<bool> Move(const Intent& before, IntentEvent event, IntentProgress after, std::string_view detail,
                            std::string_view actor = {}, IntentProgress* result = nullptr,
                            std::optional<TransitionGuard> guard = std::nullopt);
  absl::StatusOr<Enqueued> Enqueue(const IntentRequest& request, const Intent* parent);
  /// One abandoned row; counts into `report`.
  absl::Status ReleaseAbandoned(const Intent& held, RecoverReport& report);
  absl::Status Audit(const Intent& intent, std::string_view event, std::string_view actor, std::string_view detail);
  /// Where an ambiguous SENDING goes, when, and on to PARKED where nothing can tell.
  absl::StatusOr<bool> Ambiguous(const Intent& sending, IntentProgress after, std::chrono::nanoseconds delay,
                                 bool verify, std::string_view detail);

  StoreTime Now() const { return ledger.store_.Now(); }
  WallTime WallNow() const { return ledger.store_.runtime().clock->WallNow(); }
  std::string Worker() const { return ledger.store_.worker().ToString(); }
};

namespace internal {

absl::Status LedgerError(ErrorKind kind, Outcome outcome, std::string_view message, std::string_view operation,
                         std::string_view stopped_because = {});
TransitionGuard GuardOf(const Intent& intent, StoreTime now);
/// The latest moment at which the first byte of this attempt may have left: its worker may have been held up after
/// SENDING was committed, for as long as the last check still lets it through.
StoreTime LastByte(const Intent& sending, StoreTime now);

}  // namespace internal
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_IDEMPOTENCY_INTERNAL_LEDGER_STEP_H_
