// The rows of a store in memory, and how each change is taken back.
#ifndef FAIRLEAD_SRC_TESTING_INTERNAL_MEMORY_DATA_H_
#define FAIRLEAD_SRC_TESTING_INTERNAL_MEMORY_DATA_H_

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "fairlead/idempotency/ledger_store.h"
#include "fairlead/store/records.h"
#include "fairlead/store/transaction.h"
#include "fairlead/testing/memory_store.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {
namespace internal {

struct MemoryLane {
  std::set<std::pair<std::int64_t, std::int64_t>> live;  ///< (position, id).
  StoreTime held_until{};
};

struct MemoryIntent {
  Intent intent;
  MemoryLane* lane = nullptr;
};

/// Promises of the store that a test breaks on purpose.
struct MemoryStoreFaults {
  bool lanes_broken = false;  ///< A claim takes any due row, whatever its lane does.
};

using RefKey = std::tuple<std::string, std::string, std::string, std::string>;
RefKey KeyOf(const ExternalRef& ref);

/// What all processes over one store share. Guarded by there being one transaction at a time.
struct MemoryData {
  using Undo = std::function<void()>;

  // --- Intents.
  std::map<std::int64_t, MemoryIntent> intents;
  std::set<std::int64_t> live;
  std::unordered_map<std::string, MemoryLane> lanes;
  struct PurposeEntry {
    std::string purpose;
    std::int64_t seq = 0;
    std::int64_t id = 0;
    bool tombstone = false;
    WallTime at{};
  };
  std::unordered_map<std::string, std::vector<PurposeEntry>> purposes;  ///< By the parts without the purpose.
  std::map<std::int64_t, std::vector<AuditRecord>> audit;
  std::map<std::string, Pause, std::less<>> pauses;
  std::map<std::pair<std::string, std::int64_t>, std::int64_t> writes;  ///< By connector and minute.
  std::map<std::int64_t, InboxMessage> inbox;
  std::map<std::tuple<std::string, std::string, std::string>, std::int64_t> inbox_keys;
  std::int64_t next_intent = 1;
  std::int64_t next_audit = 1;
  std::int64_t next_inbox = 1;

  // --- Records.
  std::map<RefKey, MirrorRow> mirrors;
  std::map<RefKey, std::string> links;
  std::map<std::string, std::string, std::less<>> cursors;
  std::map<std::string, std::string, std::less<>> meta;
  std::vector<JournalEntry> journal;
  std::vector<DecisionRow> decisions;
  std::map<std::tuple<std::string, std::string, std::string>, FindingRow> findings;
  std::map<std::tuple<std::string, std::string, std::string, std::string, std::string>, PostingRow> postings;
  std::map<std::pair<std::string, std::string>, BundleRow> bundles;
  std::map<std::pair<RefKey, std::string>, EchoRow> echoes;
  std::map<std::string, Transaction::SharedLimit, std::less<>> limits;

  // --- The disk.
  bool sync_each = true;
  std::vector<Undo> unsynced;  ///< Of committed transactions, oldest first.
  std::set<std::string> dead;
  std::function<void(const IntentChange&)> observer;
  MemoryStoreFaults faults;
  std::int64_t clock_base_boot = 0;
  std::int64_t clock_base_store = 0;

  // --- One transaction at a time.
  std::mutex mutex;
  std::condition_variable free;
  bool busy = false;
  std::thread::id owner;
  std::uint64_t next_instance = 1;

  MemoryLane& LaneOf(const KeyParts& parts);
  /// Adds, moves or removes without looking at anything; what transactions and their undoing are made of.
  void Insert(const Intent& intent);
  void Erase(std::int64_t id);
  void Set(MemoryIntent& row, const IntentProgress& progress);
};

/// For tests in this tree that break a promise.
class FAIRLEAD_EXPORT MemoryStoreTestAccess {
 public:
  static void SetFaults(MemoryStore& store, const MemoryStoreFaults& faults);
};

}  // namespace internal
}  // namespace testing
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_TESTING_INTERNAL_MEMORY_DATA_H_
