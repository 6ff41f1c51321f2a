#include "src/cli/internal/command.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace cli {
namespace {

constexpr const char* kHelp = R"(fairlead: keeps commerce systems in agreement

  fairlead parse SYSTEM KIND [FILE|-]     vendor JSON to canonical JSON lines, with findings
  fairlead sync --config FILE             run the engine
  fairlead outbox status|pause|resume     what is on its way out, what is in its way, and the handbrake
  fairlead dlq list|show|redrive|...      what waits for a person, and the way back
  fairlead ledger show KEY                one write: its states, attempts and answers
  fairlead order show ID                  an order: revisions, postings, what waits for what

Each has --help with an example and --json. Exit: 0 clean, 1 with findings, 2 unusable input.
)";

}  // namespace

int Main(const std::vector<std::string>& arguments, Io& io) {
  if (arguments.empty() || arguments[0] == "--help" || arguments[0] == "help") {
    (arguments.empty() ? io.err : io.out) << kHelp;
    return arguments.empty() ? kUnusable : kClean;
  }
  const std::string& command = arguments[0];
  const std::vector<std::string> rest(arguments.begin() + 1, arguments.end());
  if (command == "parse") return Parse(rest, io);
  if (command == "sync") return Sync(rest, io);
  if (command == "outbox") return Outbox(rest, io);
  if (command == "dlq") return DeadLetterQueue(rest, io);
  if (command == "ledger") return LedgerShow(rest, io);
  if (command == "order") return OrderShow(rest, io);
  io.err << "fairlead: unknown command '" << command << "'\n" << kHelp;
  return kUnusable;
}

}  // namespace cli
FAIRLEAD_NAMESPACE_END
