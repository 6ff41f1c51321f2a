// fairlead dlq: what waits for a person.
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "fairlead/idempotency/ledger.h"
#include "fairlead/store_sqlite/sqlite_store.h"
#include "fairlead/sync/views.h"
#include "src/cli/internal/args.h"
#include "src/cli/internal/command.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace cli {
namespace {

constexpr const char* kHelp = R"(fairlead dlq list --store FILE [--tenant NAME] [--json]
fairlead dlq show ID --store FILE [--json]
fairlead dlq redrive ID... --store FILE --actor NAME --reason TEXT [--despite-unknown-effect] [--dry-run]

list      everything that waits for a person: orders held by the posting gate, parked, dead and rejected writes
show      one write with its whole history
redrive   sends again with the same key and the same bytes; the engine must not be running on this store

Exit: 0 nothing waits (or done), 1 something waits, 2 unusable input.

  fairlead dlq list --store fairlead.db
)";

std::int64_t Seconds(WallTime at) {
  return std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
}

int Fail(Io& io, const absl::Status& status) {
  io.err << "fairlead dlq: " << status.message() << "\n";
  return kUnusable;
}

int List(const Args& args, Store& store, Io& io) {
  const auto tenant = TenantOf(args, store);
  if (!tenant.ok()) return Fail(io, tenant.status());
  const auto items = sync::ListHeld(store, *tenant);
  if (!items.ok()) return Fail(io, items.status());
  for (const sync::HeldItem& item : *items) {
    const std::string id = item.intent_id == 0 ? "-" : absl::StrCat(item.intent_id);
    if (args.Has("json")) {
      io.out << "{\"id\": " << Quote(id) << ", \"kind\": " << Quote(item.kind) << ", \"entity\": " << Quote(item.entity)
             << ", \"label\": " << Quote(item.label) << ", \"operation\": " << Quote(item.operation)
             << ", \"target\": " << Quote(item.target) << ", \"reason\": " << Quote(item.reason)
             << ", \"detail\": " << Quote(item.detail) << ", \"owner\": " << Quote(item.owner)
             << ", \"runbook\": " << Quote(item.runbook) << ", \"money_at_risk\": " << Quote(item.money_at_risk)
             << ", \"since\": " << Quote(TimeText(Seconds(item.since))) << "}\n";
    } else {
      io.out << id << "  " << item.kind << "  " << (item.label.empty() ? item.entity : item.label) << "  "
             << item.operation << " -> " << item.target << "  " << item.reason << "  owner " << item.owner
             << "  runbook " << item.runbook << "  " << item.money_at_risk << "  since "
             << TimeText(Seconds(item.since)) << "\n    " << item.detail << "\n";
    }
  }
  if (items->empty() && !args.Has("json")) io.out << "nothing waits for a person\n";
  return items->empty() ? kClean : kFindings;
}

int Redrive(const Args& args, Store& store, Io& io) {
  HumanAct act{args.Get("actor"), args.Get("reason")};
  if (act.actor.empty() || act.reason.empty()) {
    io.err << "fairlead dlq redrive: say who and why: --actor NAME --reason TEXT (both are kept in the audit)\n";
    return kUnusable;
  }
  Ledger ledger(store);
  for (std::size_t i = 1; i < args.words().size(); ++i) {
    std::int64_t id = 0;
    if (!absl::SimpleAtoi(args.words()[i], &id)) {
      io.err << "fairlead dlq redrive: '" << args.words()[i] << "' is no id; fairlead dlq list shows them\n";
      return kUnusable;
    }
    if (args.Has("dry-run")) {
      io.out << "would redrive " << id << "\n";
      continue;
    }
    if (const absl::Status status = ledger.Redrive(id, act, args.Has("despite-unknown-effect")); !status.ok())
      return Fail(io, status);
    io.out << "redriven " << id << "\n";
  }
  return kClean;
}

}  // namespace

int DeadLetterQueue(const std::vector<std::string>& arguments, Io& io) {
  const auto args = Args::Read(arguments, {"store", "tenant", "actor", "reason"},
                               {"json", "help", "dry-run", "despite-unknown-effect"});
  if (!args.ok()) return Fail(io, args.status());
  if (args->Has("help") || args->words().empty()) {
    (args->Has("help") ? io.out : io.err) << kHelp;
    return args->Has("help") ? kClean : kUnusable;
  }
  const std::string& verb = args->words()[0];
  if (verb == "show") {
    return LedgerShow(arguments, io);
  }
  if (verb != "list" && verb != "redrive") {
    io.err << "fairlead dlq: unknown command '" << verb << "': list, show or redrive\n";
    return kUnusable;
  }
  if (!args->Has("store")) {
    io.err << "fairlead dlq: --store FILE is missing\n";
    return kUnusable;
  }
  SqliteOptions options;
  options.read_only = verb == "list" || args->Has("dry-run");
  auto store = OpenSqlite(args->Get("store"), options);
  if (!store.ok()) return Fail(io, store.status());
  return verb == "list" ? List(*args, **store, io) : Redrive(*args, **store, io);
}

}  // namespace cli
FAIRLEAD_NAMESPACE_END
