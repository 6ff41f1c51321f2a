// fairlead ledger show: the life of one write.
#include "fairlead/idempotency/ledger.h"
#include "absl/strings/str_cat.h"
#include "fairlead/store_sqlite/sqlite_store.h"
#include "src/cli/internal/args.h"
#include "src/cli/internal/command.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace cli {
namespace {

constexpr const char* kHelp = R"(fairlead ledger show KEY --store FILE [--json]

Shows one write by its idempotency key (hexadecimal or UUID) or its id: state, attempts, answer, and its whole history.

  fairlead ledger show 42 --store fairlead.db
)";

std::int64_t Seconds(WallTime at) {
  return std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
}

}  // namespace

int LedgerShow(const std::vector<std::string>& arguments, Io& io) {
  const auto args = Args::Read(arguments, {"store", "tenant"}, {"json", "help"});
  if (!args.ok()) {
    io.err << "fairlead ledger: " << args.status().message() << "\n";
    return kUnusable;
  }
  if (args->Has("help")) {
    io.out << kHelp;
    return kClean;
  }
  if (args->words().size() != 2 || args->words()[0] != "show" || !args->Has("store")) {
    io.err << kHelp;
    return kUnusable;
  }
  SqliteOptions options;
  options.read_only = true;
  auto store = OpenSqlite(args->Get("store"), options);
  if (!store.ok()) {
    io.err << "fairlead ledger: " << store.status().message() << "\n";
    return kUnusable;
  }
  Ledger ledger(**store);
  const auto found = ledger.Find(std::string_view(args->words()[1]));
  if (!found.ok() || !found->has_value()) {
    io.err << "fairlead ledger: "
           << (found.ok() ? "no write has the key or id " + args->words()[1] : std::string(found.status().message()))
           << "\n";
    return kUnusable;
  }
  const Intent& intent = **found;
  const auto history = ledger.History(intent.id);
  if (!history.ok()) {
    io.err << "fairlead ledger: " << history.status().message() << "\n";
    return kUnusable;
  }
  const std::string state(IntentStateName(intent.state));
  if (args->Has("json")) {
    io.out << "{\"id\": " << intent.id << ", \"key\": " << Quote(intent.key.ToHex())
           << ", \"uuid\": " << Quote(intent.key.ToUuid()) << ", \"operation\": " << Quote(intent.parts.operation)
           << ", \"target\": " << Quote(intent.parts.connector) << ", \"aggregate\": " << Quote(intent.parts.aggregate)
           << ", \"purpose\": " << Quote(intent.parts.purpose) << ", \"effect\": " << Quote(EffectName(intent.effect))
           << ", \"state\": " << Quote(state) << ", \"attempts\": " << intent.attempts
           << ", \"epoch\": " << intent.epoch << ", \"reason\": " << Quote(intent.reason)
           << ", \"error\": " << Quote(intent.error) << ", \"answer\": " << Quote(intent.answer.body)
           << ", \"owner\": " << Quote(intent.owner) << ", \"runbook\": " << Quote(intent.runbook)
           << ", \"history\": [";
    for (std::size_t i = 0; i < history->size(); ++i) {
      const AuditRecord& record = (*history)[i];
      io.out << (i == 0 ? "" : ", ") << "{\"at\": " << Quote(TimeText(Seconds(record.at)))
             << ", \"event\": " << Quote(record.event) << ", \"epoch\": " << record.epoch
             << ", \"actor\": " << Quote(record.actor) << ", \"detail\": " << Quote(record.detail) << "}";
    }
    io.out << "]}\n";
    return kClean;
  }
  io.out << "write     " << intent.id << "  " << intent.parts.operation << " -> " << intent.parts.connector << "  ("
         << EffectName(intent.effect) << ")\n"
         << "about     " << intent.parts.aggregate << ", " << intent.parts.purpose << "\n"
         << "key       " << intent.key.ToHex() << "\n"
         << "state     " << state << (intent.reason.empty() ? "" : ": ") << intent.reason << "\n"
         << "attempts  " << intent.attempts << ", epoch " << intent.epoch << "\n";
  if (!intent.error.empty()) io.out << "error     " << intent.error << "\n";
  if (!intent.answer.body.empty()) io.out << "answer    " << intent.answer.body << "\n";
  io.out << "owner     " << intent.owner << ", runbook " << intent.runbook << "\n";
  for (const AuditRecord& record : *history) {
    io.out << "  " << TimeText(Seconds(record.at)) << "  " << record.event << "  " << record.actor << "  "
           << record.detail << "\n";
  }
  return kClean;
}

}  // namespace cli
FAIRLEAD_NAMESPACE_END
