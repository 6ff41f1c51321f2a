// One subcommand of `fairlead`, callable from tests: arguments in, streams and an exit code out.
#ifndef FAIRLEAD_SRC_CLI_INTERNAL_COMMAND_H_
#define FAIRLEAD_SRC_CLI_INTERNAL_COMMAND_H_

#include <istream>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "fairlead/core/export.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace cli {

inline constexpr int kClean = 0;
inline constexpr int kFindings = 1;  // The command worked and has something to say.
inline constexpr int kUnusable = 2;  // Wrong arguments, unreadable input, no store.

struct Io {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  bool terminal = false;  // Standard error is a terminal: progress may be drawn.
  // Asked while a command runs on and on: true ends it. The program answers from its signal handler.
  bool (*stop_requested)() = nullptr;
};

// Everything behind "fairlead".
int Main(const std::vector<std::string>& arguments, Io& io);

int Parse(const std::vector<std::string>& arguments, Io& io);
int Sync(const std::vector<std::string>& arguments, Io& io);
int DeadLetterQueue(const std::vector<std::string>& arguments, Io& io);
int Outbox(const std::vector<std::string>& arguments, Io& io);
int LedgerShow(const std::vector<std::string>& arguments, Io& io);
int OrderShow(const std::vector<std::string>& arguments, Io& io);

}  // namespace cli
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_CLI_INTERNAL_COMMAND_H_
