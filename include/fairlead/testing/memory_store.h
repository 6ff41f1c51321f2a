/// A store in memory whose disk fails on demand: for unit tests of a team's own code and for simulations.
#ifndef FAIRLEAD_TESTING_MEMORY_STORE_H_
#define FAIRLEAD_TESTING_MEMORY_STORE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fairlead/core/export.h"
#include "fairlead/core/runtime.h"
#include "fairlead/idempotency/ledger_store.h"
#include "fairlead/store/store.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {

/// What becomes of one commit.
enum class CommitFault : std::uint8_t {
  kNone = 0,
  kRefused,     ///< Nothing is stored; Commit answers UNAVAILABLE.
  kAnswerLost,  ///< Everything is stored, and Commit answers UNAVAILABLE all the same.
};

/// An intent that a committed transaction inserted or moved.
struct FAIRLEAD_EXPORT IntentChange {
  std::int64_t id = 0;
  std::optional<IntentState> from;  ///< nullopt: inserted.
  const Intent* now = nullptr;      ///< As committed; valid during the call.
};

/// Keeps the promises of the stores on disk: fences, lanes, purposes, tombstones, one writer at a time, rollback and
/// savepoints. Reads wait for the writer. Looks at every live row for a claim: meant for thousands of rows, not
/// millions. Thread-safe, except that Observe, FailCommits and the acts of nature come before or between the calls.
class FAIRLEAD_EXPORT MemoryStore : public Store {
 public:
  /// A new, empty store. `runtime` is as in SqliteOptions: its pointers must outlive the store.
  static std::unique_ptr<MemoryStore> Open(Runtime runtime);
  /// The same rows as another process sees them, with an identity and a clock of its own.
  virtual std::unique_ptr<MemoryStore> Attach(Runtime runtime) = 0;

  /// Asked at each commit of this process that changes something. Null: commits succeed.
  virtual void FailCommits(std::function<CommitFault()> next) = 0;
  /// Called after each commit of any process, once for each intent that it touched. Must not use the store.
  virtual void Observe(std::function<void(const IntentChange&)> observer) = 0;
  /// Whoever has this identity is proven dead: its leases are over.
  virtual void DeclareDead(const WorkerIdentity& worker) = 0;
  /// False: commits lie in the cache of a disk that lies about them, until Sync. True (as it starts): each is synced.
  virtual void SyncEachCommit(bool sync) = 0;
  virtual void Sync() = 0;
  /// Everything since the last sync is gone. FAILED_PRECONDITION while a transaction is open.
  virtual absl::Status LosePower() = 0;

 protected:
  MemoryStore() = default;
};

}  // namespace testing
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_TESTING_MEMORY_STORE_H_
