// fairlead order show: where an order stands.
#include "absl/strings/str_cat.h"
#include "fairlead/models/json.h"
#include "fairlead/models/money.h"
#include "fairlead/store_sqlite/sqlite_store.h"
#include "fairlead/sync/views.h"
#include "src/cli/internal/args.h"
#include "src/cli/internal/command.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace cli {
namespace {

constexpr const char* kHelp = R"(fairlead order show ID --store FILE [--tenant NAME] [--json]

ID is the canonical id, the id at a system, or the order number. Shows revisions, postings, and what waits for what.

  fairlead order show 321 --store fairlead.db
)";

}  // namespace

int OrderShow(const std::vector<std::string>& arguments, Io& io) {
  const auto args = Args::Read(arguments, {"store", "tenant"}, {"json", "help"});
  if (!args.ok()) {
    io.err << "fairlead order: " << args.status().message() << "\n";
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
    io.err << "fairlead order: " << store.status().message() << "\n";
    return kUnusable;
  }
  const auto tenant = TenantOf(*args, **store);
  if (!tenant.ok()) {
    io.err << "fairlead order: " << tenant.status().message() << "\n";
    return kUnusable;
  }
  const auto view = sync::ShowOrder(**store, *tenant, args->words()[1]);
  if (!view.ok()) {
    io.err << "fairlead order: " << view.status().message() << "\n";
    return kUnusable;
  }
  const v1::Order& order = view->order;
  if (args->Has("json")) {
    const auto json = models::ToJson(order);
    if (!json.ok()) {
      io.err << "fairlead order: " << json.status().message() << "\n";
      return kUnusable;
    }
    io.out << "{\"id\": " << Quote(view->canonical_id) << ", \"order\": " << *json
           << ", \"revisions\": " << view->revisions.size() << ", \"writes\": [";
    for (std::size_t i = 0; i < view->intents.size(); ++i) {
      const Intent& intent = view->intents[i];
      io.out << (i == 0 ? "" : ", ") << "{\"id\": " << intent.id << ", \"operation\": " << Quote(intent.parts.operation)
             << ", \"state\": " << Quote(IntentStateName(intent.state)) << ", \"attempts\": " << intent.attempts << "}";
    }
    io.out << "], \"held\": [";
    for (std::size_t i = 0; i < view->held.size(); ++i) {
      io.out << (i == 0 ? "" : ", ") << "{\"reason\": " << Quote(view->held[i].reason)
             << ", \"detail\": " << Quote(view->held[i].detail) << ", \"owner\": " << Quote(view->held[i].owner)
             << ", \"runbook\": " << Quote(view->held[i].runbook) << "}";
    }
    io.out << "], \"waiting\": [";
    for (std::size_t i = 0; i < view->waiting.size(); ++i) io.out << (i == 0 ? "" : ", ") << Quote(view->waiting[i]);
    io.out << "]}\n";
    return view->held.empty() ? kClean : kFindings;
  }
  io.out << "order " << order.order_number() << "  (" << view->canonical_id << ")\n"
         << "  source status " << order.source_status() << ", " << v1::CommercialStatus_Name(order.commercial_status())
         << ", " << v1::PaymentStatus_Name(order.payment_status()) << "\n";
  if (order.totals().stated().has_grand_total()) {
    io.out << "  total " << models::MoneyText(order.totals().stated().grand_total().ledger()) << "\n";
  }
  for (const v1::OrderRevision& revision : view->revisions) {
    io.out << "  revision " << revision.number() << "  " << v1::OrderRevision::Kind_Name(revision.kind()) << "  "
           << revision.snapshot().source_status() << "\n";
  }
  for (const v1::PostingRecord& posting : order.postings()) {
    io.out << "  " << v1::PostingStatus_Name(posting.status()) << " in " << posting.target_system() << " as "
           << posting.document_kind() << " " << posting.document().id() << " (" << posting.document().human_number()
           << "), verified " << TimeText(posting.verified_at().seconds()) << "\n";
  }
  for (const Intent& intent : view->intents) {
    io.out << "  write " << intent.id << "  " << intent.parts.operation << "  " << IntentStateName(intent.state)
           << "  attempts " << intent.attempts << "\n";
  }
  for (const std::string& sentence : view->waiting) io.out << "  waiting: " << sentence << "\n";
  for (const sync::HeldItem& item : view->held) {
    io.out << "  held: " << item.reason << ": " << item.detail << " (owner " << item.owner << ", runbook "
           << item.runbook << ")\n";
  }
  return view->held.empty() ? kClean : kFindings;
}

}  // namespace cli
FAIRLEAD_NAMESPACE_END
