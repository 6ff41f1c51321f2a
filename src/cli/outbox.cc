// fairlead outbox: what is on its way out, what is in its way, and the handbrake.
#include <algorithm>
#include <map>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "fairlead/idempotency/ledger.h"
#include "fairlead/store_sqlite/sqlite_store.h"
#include "src/cli/internal/args.h"
#include "src/cli/internal/command.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace cli {
namespace {

constexpr const char* kHelp = R"(fairlead outbox status --store FILE [--json]
fairlead outbox pause SCOPE --store FILE --actor NAME --reason TEXT
fairlead outbox resume SCOPE --store FILE --actor NAME --reason TEXT

status    writes on their way, by system, operation and state: how many, since when, the last error; and all pauses
pause     nothing of SCOPE is sent until resume: engine, connector:SYSTEM, operation:NAME
resume    goes on

What changes the store wants it for itself: end the engine first where it is a SQLite file.

Exit: 0 done, or nothing is paused and nothing waits for a person; 1 something is or does; 2 unusable input.

  fairlead outbox status --store fairlead.db
  fairlead outbox pause connector:erp --store fairlead.db --actor mara --reason "period close"
)";

struct Group {
  std::int64_t count = 0;
  WallTime oldest{};
  std::string error;
  std::int64_t example = 0;
};

int Fail(Io& io, const absl::Status& status) {
  io.err << "fairlead outbox: " << status.message() << "\n";
  return kUnusable;
}

std::int64_t Seconds(WallTime at) {
  return std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
}

int Status(const Args& args, Store& store, Io& io) {
  auto tx = store.Read();
  if (!tx.ok()) return Fail(io, tx.status());
  std::map<std::tuple<std::string, std::string, std::string>, Group> groups;
  bool person = false;
  IntentFilter filter;
  filter.states = {IntentState::kReady,     IntentState::kLeased, IntentState::kSending, IntentState::kUnknown,
                   IntentState::kVerifying, IntentState::kParked, IntentState::kDead,    IntentState::kRejected};
  filter.limit = 500;
  while (true) {
    const auto page = (*tx)->ListIntents(filter);
    if (!page.ok()) return Fail(io, page.status());
    if (page->empty()) break;
    filter.after_id = page->back().id;
    for (const Intent& intent : *page) {
      Group& group =
          groups[{intent.parts.connector, intent.parts.operation, std::string(IntentStateName(intent.state))}];
      person = person || intent.state == IntentState::kParked || intent.state == IntentState::kDead ||
               intent.state == IntentState::kRejected;
      if (group.count++ == 0 || intent.created_at < group.oldest) {
        group.oldest = intent.created_at;
        group.example = intent.id;
        group.error = intent.error;
      }
    }
  }
  const auto pauses = (*tx)->ListPauses();
  if (!pauses.ok()) return Fail(io, pauses.status());
  for (const auto& [key, group] : groups) {
    const auto& [system, operation, state] = key;
    if (args.Has("json")) {
      io.out << "{\"system\": " << Quote(system) << ", \"operation\": " << Quote(operation)
             << ", \"state\": " << Quote(state) << ", \"count\": " << group.count
             << ", \"oldest\": " << Quote(TimeText(Seconds(group.oldest))) << ", \"oldest_id\": " << group.example
             << ", \"oldest_error\": " << Quote(group.error) << "}\n";
    } else {
      io.out << system << "  " << operation << "  " << state << "  " << group.count << "  oldest " << group.example
             << " since " << TimeText(Seconds(group.oldest)) << (group.error.empty() ? "" : ": ") << group.error
             << "\n";
    }
  }
  for (const Pause& pause : *pauses) {
    if (args.Has("json")) {
      io.out << "{\"paused\": " << Quote(pause.scope) << ", \"actor\": " << Quote(pause.actor)
             << ", \"reason\": " << Quote(pause.reason) << ", \"since\": " << Quote(TimeText(Seconds(pause.at)))
             << "}\n";
    } else {
      io.out << "PAUSED " << pause.scope << " by " << pause.actor << " since " << TimeText(Seconds(pause.at)) << ": "
             << pause.reason << "\n";
    }
  }
  if (groups.empty() && pauses->empty() && !args.Has("json")) io.out << "nothing is on its way and nothing is paused\n";
  return person || !pauses->empty() ? kFindings : kClean;
}

}  // namespace

int Outbox(const std::vector<std::string>& arguments, Io& io) {
  const auto args = Args::Read(arguments, {"store", "actor", "reason"}, {"json", "help"});
  if (!args.ok()) return Fail(io, args.status());
  if (args->Has("help") || args->words().empty()) {
    (args->Has("help") ? io.out : io.err) << kHelp;
    return args->Has("help") ? kClean : kUnusable;
  }
  const std::string& verb = args->words()[0];
  const bool changes = verb == "pause" || verb == "resume";
  if ((verb != "status" && !changes) || args->words().size() != (changes ? 2U : 1U) || !args->Has("store")) {
    io.err << kHelp;
    return kUnusable;
  }
  SqliteOptions options;
  options.read_only = !changes;
  auto store = OpenSqlite(args->Get("store"), options);
  if (!store.ok()) return Fail(io, store.status());
  if (!changes) return Status(*args, **store, io);
  const HumanAct act{args->Get("actor"), args->Get("reason")};
  if (act.actor.empty() || act.reason.empty()) {
    io.err << "fairlead outbox " << verb << ": say who and why: --actor NAME --reason TEXT (both are kept)\n";
    return kUnusable;
  }
  Ledger ledger(**store);
  const std::string& scope = args->words()[1];
  const absl::Status status = verb == "pause" ? ledger.PauseScope(scope, act) : ledger.Resume(scope, act);
  if (!status.ok()) return Fail(io, status);
  io.out << (verb == "pause" ? "paused " : "resumed ") << scope << "\n";
  return kClean;
}

}  // namespace cli
FAIRLEAD_NAMESPACE_END
