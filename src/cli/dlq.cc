// fairlead dlq: what waits for a person.
#include <algorithm>
#include <limits>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
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
fairlead dlq redrive --store FILE --actor NAME --reason TEXT [--operation NAME] [--system NAME] [--because WORD]
                     [--limit N] [--dry-run]
fairlead dlq confirm ID --store FILE --actor NAME --evidence TEXT
fairlead dlq cancel ID --store FILE --actor NAME --reason TEXT

list      everything that waits for a person: orders held by the posting gate, parked, dead and rejected writes
show      one write with its whole history
redrive   sends again with the same key and the same bytes: those named, or all that the filter finds (--because is
          the reason in the list). Begin with --dry-run, then --limit 1, look, --limit 10, look, then all.
confirm   the effect is there: somebody looked, and says where
cancel    it is not to be sent any more

What changes the store wants it for itself: end the engine first where it is a SQLite file.

Exit: 0 nothing waits (or done), 1 something waits, 2 unusable input.

  fairlead dlq list --store fairlead.db
  fairlead dlq redrive --store fairlead.db --actor mara --reason "item made" --because mapping --limit 1
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

// The ids that are named, or those that the filter finds, oldest first.
absl::StatusOr<std::vector<std::int64_t>> Chosen(const Args& args, Ledger& ledger, std::int64_t& left) {
  std::vector<std::int64_t> ids;
  for (std::size_t i = 1; i < args.words().size(); ++i) {
    std::int64_t id = 0;
    if (!absl::SimpleAtoi(args.words()[i], &id)) {
      return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent,
                       absl::StrCat("'", args.words()[i], "' is no id; fairlead dlq list shows them"));
    }
    ids.push_back(id);
  }
  if (!ids.empty()) return ids;
  if (!args.Has("operation") && !args.Has("system") && !args.Has("because")) {
    return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent,
                     "name ids, or what they have in common: --operation, --system or --because");
  }
  std::int64_t limit = std::numeric_limits<std::int64_t>::max();
  if (args.Has("limit") && (!absl::SimpleAtoi(args.Get("limit"), &limit) || limit < 1)) {
    return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent,
                     absl::StrCat("--limit: '", args.Get("limit"), "' is no number of writes"));
  }
  IntentFilter filter;
  filter.operation = args.Get("operation");
  filter.connector = args.Get("system");
  filter.reason = args.Get("because");
  filter.limit = 500;
  while (true) {
    FAIRLEAD_ASSIGN_OR_RETURN(const std::vector<DeadLetter> page, ledger.DeadLetters(filter));
    if (page.empty()) return ids;
    for (const DeadLetter& letter : page) {
      filter.after_id = std::max(filter.after_id, letter.intent.id);
      if (static_cast<std::int64_t>(ids.size()) < limit) {
        ids.push_back(letter.intent.id);
      } else {
        ++left;
      }
    }
  }
}

int Act(const std::string& verb, const Args& args, Store& store, Io& io) {
  const HumanAct act{args.Get("actor"), args.Get(verb == "confirm" ? "evidence" : "reason")};
  if (act.actor.empty() || act.reason.empty()) {
    io.err << "fairlead dlq " << verb << ": say who and why: --actor NAME --"
           << (verb == "confirm" ? "evidence" : "reason") << " TEXT (both are kept in the audit)\n";
    return kUnusable;
  }
  Ledger ledger(store);
  std::int64_t left = 0;
  const auto ids = Chosen(args, ledger, left);
  if (!ids.ok()) return Fail(io, ids.status());
  if (verb != "redrive" && args.words().size() < 2) {
    io.err << "fairlead dlq " << verb << ": name the write: each is looked at by itself\n";
    return kUnusable;
  }
  const std::string done = verb == "redrive" ? "redriven" : verb == "confirm" ? "confirmed" : "cancelled";
  int refused = 0;
  for (const std::int64_t id : *ids) {
    if (args.Has("dry-run")) {
      io.out << "would " << verb << " " << id << "\n";
      continue;
    }
    const absl::Status status = verb == "redrive"   ? ledger.Redrive(id, act, args.Has("despite-unknown-effect"))
                                : verb == "confirm" ? ledger.Confirm(id, act)
                                                    : ledger.Cancel(id, act);
    if (status.ok()) {
      io.out << done << " " << id << "\n";
      continue;
    }
    // One that may not be sent again does not keep the others waiting.
    ++refused;
    io.err << "fairlead dlq: " << status.message() << "\n";
  }
  if (left > 0) io.out << left << " more match; look at what became of these first\n";
  return refused == 0 ? kClean : kUnusable;
}

}  // namespace

int DeadLetterQueue(const std::vector<std::string>& arguments, Io& io) {
  const auto args = Args::Read(
      arguments, {"store", "tenant", "actor", "reason", "evidence", "operation", "system", "because", "limit"},
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
  if (verb != "list" && verb != "redrive" && verb != "confirm" && verb != "cancel") {
    io.err << "fairlead dlq: unknown command '" << verb << "': list, show, redrive, confirm or cancel\n";
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
  return verb == "list" ? List(*args, **store, io) : Act(verb, *args, **store, io);
}

}  // namespace cli
FAIRLEAD_NAMESPACE_END
