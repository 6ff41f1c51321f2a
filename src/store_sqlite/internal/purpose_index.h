// Which intents a purpose and its aggregate have. Keys are hashes, so every new entry would touch another page of a
// tree and make each commit write dozens of them. Entries of the newest intents are therefore kept in memory and
// written to the table in sorted thousands; after a restart they are read again from the intents themselves, which are
// durable anyway.
#ifndef FAIRLEAD_SRC_STORE_SQLITE_INTERNAL_PURPOSE_INDEX_H_
#define FAIRLEAD_SRC_STORE_SQLITE_INTERNAL_PURPOSE_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "fairlead/core/export.h"
#include "src/store_sqlite/internal/connection.h"
#include "src/store_sqlite/internal/intent_rows.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal {

/// The writer's. Not thread-safe: guarded, like the connection, by there being one writing transaction.
class PurposeIndex {
 public:
  struct Entry {
    PurposeHash hash;
    std::int64_t seq;
    std::int64_t id;
  };

  /// Reads the entries that the table does not have yet. Does nothing where that is done.
  absl::Status Load(Connection& connection);
  /// Entries of `aggregate`, of the table and of memory.
  absl::Status Collect(Connection& connection, std::int64_t aggregate, std::vector<Entry>& out);
  /// Call Load before the intent's row is inserted.
  void Add(const Entry& entry);
  /// Writes what is in memory to the table if it is `at_least` entries.
  absl::Status Flush(Connection& connection, std::size_t at_least);

  /// A mark that UndoTo goes back to, when the rows added since are rolled back.
  std::size_t Mark() const { return pending_.size(); }
  void UndoTo(std::size_t mark);
  void Committed();
  void RolledBack();

  /// The same for a reader, which has no memory of it: looks at the rows after the table's end.
  static absl::Status CollectReading(Connection& connection, std::int64_t aggregate, std::vector<Entry>& out);

 private:
  void Forget();

  std::unordered_map<std::int64_t, std::vector<Entry>> recent_;  // By aggregate, in the order of id.
  std::size_t size_ = 0;
  std::vector<std::int64_t> pending_;  // Aggregates of entries that the running transaction added, in their order.
  bool loaded_ = false;
  bool unsure_ = false;  // Loaded or flushed in the running transaction: a rollback takes that back.
};

}  // namespace internal
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_STORE_SQLITE_INTERNAL_PURPOSE_INDEX_H_
