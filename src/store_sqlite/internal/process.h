// This process's hold on a file.
#ifndef FAIRLEAD_SRC_STORE_SQLITE_INTERNAL_PROCESS_H_
#define FAIRLEAD_SRC_STORE_SQLITE_INTERNAL_PROCESS_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fairlead/core/export.h"
#include "fairlead/idempotency/ledger_store.h"
#include "src/store/internal/worker_identity.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal {

/// Held as long as the object lives, and gone with the process however it ends. Beside the database, because closing
/// any descriptor of the database itself would drop SQLite's own locks.
class WriterLock {
 public:
  /// FAILED_PRECONDITION if another process (or another store in this one) holds it.
  static absl::StatusOr<std::unique_ptr<WriterLock>> Take(const std::string& path, const WorkerIdentity& self);
  ~WriterLock();
  WriterLock(const WriterLock&) = delete;
  WriterLock& operator=(const WriterLock&) = delete;

 private:
  explicit WriterLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

struct FileState {
  bool fresh = false;  ///< Not there, or empty.
  int user_version = 0;
};
/// Looks at `path` without changing a byte of it: is it there, is it SQLite, ours, of a version we can open, undamaged?
absl::StatusOr<FileState> CheckFile(const std::string& path, bool quick_check);
/// Makes a new file with the whole schema, or none: it is built beside and renamed.
absl::Status CreateFile(const std::string& path);

}  // namespace internal
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_STORE_SQLITE_INTERNAL_PROCESS_H_
