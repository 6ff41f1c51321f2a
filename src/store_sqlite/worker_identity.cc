#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "src/store_sqlite/internal/process.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal {
namespace {

std::string ReadSmall(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

// Field 22 of /proc/self/stat; the command in field 2 may hold spaces and brackets, so counting starts behind the last
// ')'.
std::uint64_t StartTime() {
  const std::string stat = ReadSmall("/proc/self/stat");
  std::size_t at = stat.rfind(')');
  if (at == std::string::npos) return 0;
  for (int field = 2; field < 22; ++field) {
    at = stat.find(' ', at + 1);
    if (at == std::string::npos) return 0;
  }
  return std::strtoull(stat.c_str() + at + 1, nullptr, 10);
}

}  // namespace

WorkerIdentity ThisProcess(Random& random) {
  WorkerIdentity self;
  char host[256] = {};
  if (gethostname(host, sizeof(host) - 1) == 0) self.host = host;
  self.boot_id = ReadSmall("/proc/sys/kernel/random/boot_id");
  while (!self.boot_id.empty() && self.boot_id.back() == '\n') self.boot_id.pop_back();
  self.pid = getpid();
  self.started = StartTime();
  self.instance = random.Next();
  return self;
}

}  // namespace internal
FAIRLEAD_NAMESPACE_END
