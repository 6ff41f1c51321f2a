#include "src/store/internal/worker_identity.h"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <iterator>

FAIRLEAD_NAMESPACE_BEGIN
namespace internal {
namespace {

std::string ReadSmall(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

// Field 22 of /proc/self/stat; the command in field 2 may hold spaces and brackets, so counting starts behind the last
// ')'.
std::uint64_t StartTime(const char* path) {
  const std::string stat = ReadSmall(path);
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
  self.started = StartTime("/proc/self/stat");
  self.instance = random.Next();
  return self;
}

std::string HostWithPidNamespace(std::string_view host) {
  std::array<char, 128> link{};
  const ssize_t size = readlink("/proc/self/ns/pid", link.data(), link.size() - 1);
  std::string digits;
  for (ssize_t i = 0; i < size; ++i) {
    const char c = link[static_cast<std::size_t>(i)];
    if (c >= '0' && c <= '9') digits += c;
  }
  return std::string(host) + "#" + digits;
}

bool IsProvenDead(std::string_view worker, const WorkerIdentity& self) {
  // Another boot id may be another machine of the same name, so only processes of this boot can be looked at.
  if (self.host.empty() || self.boot_id.empty() || self.host.back() == '#') return false;
  const std::string here = self.host + "/" + self.boot_id + "/";
  if (worker.substr(0, here.size()) != here) return false;
  const std::string rest(worker.substr(here.size()));
  char* end = nullptr;
  const long pid = std::strtol(rest.c_str(), &end, 10);
  if (pid <= 0 || *end != '/') return false;
  const std::uint64_t started = std::strtoull(end + 1, &end, 10);
  if (started == 0 || *end != '/') return false;
  // Signal 0 only asks. Unlike /proc it also sees processes of other users where these are hidden.
  if (kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH) return true;
  const std::string path = "/proc/" + std::to_string(pid) + "/stat";
  const std::uint64_t running_since = StartTime(path.c_str());
  if (running_since == 0) return false;
  if (running_since != started) return true;
  // Killed, and only not yet collected by its parent.
  const std::string stat = ReadSmall(path.c_str());
  const std::size_t name_end = stat.rfind(") ");
  return name_end != std::string::npos && name_end + 2 < stat.size() && stat[name_end + 2] == 'Z';
}

}  // namespace internal
FAIRLEAD_NAMESPACE_END
