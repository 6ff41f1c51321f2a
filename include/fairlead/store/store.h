/// The durable memory of Fairlead.
#ifndef FAIRLEAD_STORE_STORE_H_
#define FAIRLEAD_STORE_STORE_H_

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fairlead/core/export.h"
#include "fairlead/idempotency/ledger_store.h"
#include "fairlead/store/transaction.h"

FAIRLEAD_NAMESPACE_BEGIN

/// How producers' small transactions are joined into one durable commit.
struct FAIRLEAD_EXPORT GroupCommitOptions {
  /// Works joined at most. 128: beyond it the commit is no longer what costs.
  std::size_t max_works = 128;
  /// How long the first one waits for others; only when others have lately been seen, so a lone caller never waits.
  std::chrono::microseconds max_delay{2'000};

  absl::Status Validate() const;
};

/// Thread-safe. Opened by OpenSqlite (store_sqlite).
class FAIRLEAD_EXPORT Store : public LedgerStore {
 public:
  /// The writing transaction; waits for the one before it. A second one on the same thread is FAILED_PRECONDITION.
  virtual absl::StatusOr<std::unique_ptr<Transaction>> Begin() = 0;
  /// A snapshot: sees one moment, never waits for writers, refuses writes.
  virtual absl::StatusOr<std::unique_ptr<Transaction>> Read() = 0;
  /// Waits for the open transactions, checkpoints and closes. Later calls are FAILED_PRECONDITION. Idempotent.
  virtual absl::Status Close() = 0;

  /// Begin, `work`, Commit; rolls back if `work` fails.
  absl::Status Write(const std::function<absl::Status(Transaction&)>& work);

  absl::StatusOr<std::unique_ptr<LedgerTransaction>> BeginLedger() final;
  absl::StatusOr<std::unique_ptr<LedgerTransaction>> ReadLedger() final;

 protected:
  Store() = default;
};

FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_STORE_STORE_H_
