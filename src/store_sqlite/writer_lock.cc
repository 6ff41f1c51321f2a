#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "fairlead/core/error.h"
#include "src/store_sqlite/internal/process.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal {

absl::StatusOr<std::unique_ptr<WriterLock>> WriterLock::Take(const std::string& path, const WorkerIdentity& self) {
  const std::string lock_path = path + "-writer";
  const int descriptor = open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0) {
    const int cause = errno;
    ErrorDetail detail;
    detail.kind = ErrorKind::kConfiguration;
    const absl::StatusCode code =
        cause == EACCES || cause == EROFS ? absl::StatusCode::kPermissionDenied : absl::StatusCode::kNotFound;
    return MakeError(code, "store: cannot create " + lock_path + ": " + std::strerror(cause), detail);
  }
  std::unique_ptr<WriterLock> lock(new WriterLock(descriptor));
  if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    char holder[512] = {};
    const ssize_t size = pread(descriptor, holder, sizeof(holder) - 1, 0);
    std::string message = "store: " + path + " is being written by another process";
    if (size > 0) message += " (" + std::string(holder, static_cast<std::size_t>(size)) + ")";
    message +=
        ". SQLite serves one writing process; open it read-only to look, or use the PostgreSQL store for several";
    return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent, message);
  }
  const std::string name = "pid " + std::to_string(self.pid) + " on " + self.host;
  // For the message above alone: the lock holds whether or not this can be written.
  if (ftruncate(descriptor, 0) == 0) [[maybe_unused]]
    const ssize_t written = pwrite(descriptor, name.data(), name.size(), 0);
  return lock;
}

// The file stays: removing it would let two processes lock two different ones.
WriterLock::~WriterLock() { close(descriptor_); }

}  // namespace internal
FAIRLEAD_NAMESPACE_END
