#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "fairlead/core/error.h"
#include "src/store_sqlite/internal/connection.h"
#include "src/store_sqlite/internal/process.h"
#include "src/store_sqlite/internal/schema.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal {
namespace {

constexpr std::size_t kHeaderSize = 100;

std::int32_t BigEndian(const unsigned char* at) {
  return static_cast<std::int32_t>((static_cast<std::uint32_t>(at[0]) << 24) |
                                   (static_cast<std::uint32_t>(at[1]) << 16) |
                                   (static_cast<std::uint32_t>(at[2]) << 8) | at[3]);
}

absl::Status Refuse(absl::StatusCode code, const std::string& path, std::string_view why) {
  ErrorDetail detail;
  detail.kind = ErrorKind::kConfiguration;
  return MakeError(code, "store: " + path + " " + std::string(why) + "; it was left as it is", detail);
}

absl::Status Damaged(const std::string& path, std::string_view why) {
  return Refuse(absl::StatusCode::kDataLoss, path, "is damaged (" + std::string(why) + "): restore a backup");
}

// In a URI, these would end the path.
std::string UriOf(const std::string& path, std::string_view query) {
  std::string uri = "file:";
  for (const char c : path) {
    if (c == '%' || c == '?' || c == '#') {
      constexpr char kHex[] = "0123456789ABCDEF";
      uri += '%';
      uri += kHex[static_cast<unsigned char>(c) >> 4];
      uri += kHex[static_cast<unsigned char>(c) & 0xF];
    } else {
      uri += c;
    }
  }
  return uri + "?" + std::string(query);
}

}  // namespace

absl::StatusOr<FileState> CheckFile(const std::string& path, bool quick_check) {
  FileState state;
  std::array<unsigned char, kHeaderSize> header{};
  ssize_t size = 0;
  {
    const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
      const int cause = errno;
      if (cause == ENOENT) {
        state.fresh = true;
        return state;
      }
      return Refuse(cause == EACCES ? absl::StatusCode::kPermissionDenied : absl::StatusCode::kUnavailable, path,
                    std::string("cannot be read: ") + std::strerror(cause));
    }
    size = pread(descriptor, header.data(), header.size(), 0);
    close(descriptor);
  }
  if (size < 0) return Refuse(absl::StatusCode::kUnavailable, path, "cannot be read");
  if (size == 0) {
    state.fresh = true;
    return state;
  }
  if (size < static_cast<ssize_t>(kHeaderSize) || std::memcmp(header.data(), "SQLite format 3", 16) != 0) {
    return Damaged(path, "it does not begin like a SQLite file");
  }
  // The identity lies in the file itself, never in its WAL alone: new files are renamed into place when complete.
  if (BigEndian(header.data() + 68) != kApplicationId) {
    return Refuse(absl::StatusCode::kFailedPrecondition, path,
                  "is a SQLite file of another application: choose another path");
  }
  state.user_version = BigEndian(header.data() + 60);
  if (MajorOf(state.user_version) != kSchemaMajor) {
    return Refuse(absl::StatusCode::kFailedPrecondition, path,
                  "has schema version " + std::to_string(state.user_version) + ", this Fairlead reads version " +
                      std::to_string(kSchemaMajor) + ": use the Fairlead that wrote it, or a newer one");
  }
  // With a WAL beside it the truth lies in both, and reading them needs shared memory; without one the file alone is
  // read, as if it could not be written.
  struct stat wal {};
  const bool has_wal = stat((path + "-wal").c_str(), &wal) == 0 && wal.st_size > 0;
  auto connection = Connection::Open(UriOf(path, has_wal ? "mode=ro" : "mode=ro&immutable=1"),
                                     SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
  if (!connection.ok()) return connection.status();
  auto version = (*connection)->Ask("PRAGMA user_version");
  if (!version.ok()) return Damaged(path, std::string(version.status().message()));
  state.user_version = std::atoi(version->c_str());
  if (MajorOf(state.user_version) != kSchemaMajor) {
    return Refuse(absl::StatusCode::kFailedPrecondition, path,
                  "has schema version " + *version + ", which this Fairlead does not read");
  }
  if (quick_check) {
    auto verdict = (*connection)->Ask("PRAGMA quick_check(1)");
    if (!verdict.ok()) return Damaged(path, std::string(verdict.status().message()));
    if (*verdict != "ok") return Damaged(path, *verdict);
  }
  return state;
}

absl::Status CreateFile(const std::string& path) {
  const std::string building = path + "-new";
  std::remove(building.c_str());
  std::remove((building + "-journal").c_str());
  {
    FAIRLEAD_ASSIGN_OR_RETURN(const auto connection,
                              Connection::Open(building, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE));
    FAIRLEAD_RETURN_IF_ERROR(connection->Execute("PRAGMA synchronous = FULL"));
    FAIRLEAD_RETURN_IF_ERROR(ApplySchema(*connection, 0, kSchemaMinor));
  }
  // Left over from a deleted database, they would be taken for this one's.
  std::remove((path + "-wal").c_str());
  std::remove((path + "-shm").c_str());
  if (std::rename(building.c_str(), path.c_str()) != 0) {
    ErrorDetail detail;
    detail.kind = ErrorKind::kConfiguration;
    return MakeError(absl::StatusCode::kPermissionDenied, "store: cannot create " + path + ": " + std::strerror(errno),
                     detail);
  }
  // The name is durable only when its folder is.
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor >= 0) {
    fsync(descriptor);
    close(descriptor);
  }
  return absl::OkStatus();
}

}  // namespace internal
FAIRLEAD_NAMESPACE_END
