#include "fairlead/drift/audit.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "fairlead/v1/inventory.pb.h"
#include "src/core/internal/absl_compat.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace drift {
namespace {

using ::fairlead::internal::ToAbsl;

// More pages than any catalogue has: a listing that never ends must not hang the audit.
constexpr int kMaxPages = 100'000;

InventorySide ReadSide(sync::Engine& engine, const std::string& system, v1::EntityKind entity) {
  InventorySide side;
  side.system = system;
  side.read_at = engine.runtime().clock->WallNow();
  Connector* connector = engine.FindConnector(system);
  if (connector == nullptr) {
    side.error = MakeError(ErrorKind::kConfiguration, Outcome::kNotSent,
                           absl::StrCat("no system '", system, "' is bound to this engine"));
    return side;
  }
  const Manifest manifest = connector->Describe();
  const v1::EntityCapability* capability = manifest.Find(entity);
  const bool list_all = capability != nullptr && capability->list_all();
  if (capability == nullptr || (!list_all && !capability->list_since())) {
    side.error =
        MakeError(ErrorKind::kConfiguration, Outcome::kNotSent,
                  absl::StrCat(system, " cannot list ", v1::EntityKind_Name(entity), ": its manifest says so"));
    return side;
  }
  std::set<std::string> seen;
  ListRequest request;
  request.entity = entity;
  for (int pages = 0; pages < kMaxPages; ++pages) {
    CallContext context;
    context.deadline = Deadline::After(*engine.runtime().clock, engine.options().request_timeout);
    auto page = list_all ? connector->ListAll(request, context) : connector->ListSince(request, context);
    if (!page.ok()) {
      side.error = Annotate(page.status(), absl::StrCat("reading ", system));
      return side;
    }
    side.unreadable += static_cast<std::int64_t>(page->unreadable.size());
    for (const Record& record : page->records) {
      const auto* level = record.As<v1::InventoryLevel>();
      // Pages that shift show a record twice; the first is as good as the second.
      if (level == nullptr || !seen.insert(record.external_id).second) continue;
      if (level->sku().empty()) {
        ++side.without_sku;
      } else if (level->quantities().empty()) {
        ++side.without_number;
      } else {
        side.by_sku[level->sku()].push_back(*level);
      }
    }
    if (page->last) {
      side.complete = page->complete || !list_all;
      return side;
    }
    request.cursor = page->next_cursor;
  }
  side.error =
      MakeError(ErrorKind::kTooLarge, Outcome::kNotSent, absl::StrCat("the listing of ", system, " did not end"));
  return side;
}

void AppendJson(std::string_view text, std::string& out) {
  out.push_back('"');
  for (const char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    if (static_cast<unsigned char>(c) < 0x20) {
      absl::StrAppend(&out, "\\u00", absl::Hex(static_cast<unsigned char>(c), absl::kZeroPad2));
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
}

}  // namespace

std::int64_t AuditReport::Count(policy::FindingClass finding_class) const {
  return std::count_if(findings.begin(), findings.end(),
                       [&](const AuditFinding& f) { return f.finding_class == finding_class; });
}

std::string AuditReport::ToJsonLines() const {
  std::string out;
  const auto member = [&](const char* name, std::string_view value, bool first = false) {
    absl::StrAppend(&out, first ? "{" : ", ", "\"", name, "\": ");
    AppendJson(value, out);
  };
  for (const AuditFinding& finding : findings) {
    member("class", policy::FindingClassName(finding.finding_class), true);
    member("sku", finding.key);
    member("owner_value", finding.owner_value);
    member("target_value", finding.target_value);
    member("explained", finding.explained);
    member("residual", finding.residual);
    member("rule", finding.rule);
    member("responsible", finding.responsible);
    member("runbook", finding.runbook);
    member("text", finding.text);
    out.append("}\n");
  }
  absl::StrAppend(&out, "{\"audit\": {\"complete\": ", complete ? "true" : "false", ", \"population\": ", population,
                  ", \"compared\": ", compared, ", \"agreeing\": ", agreeing);
  member("owner", request.owner);
  member("target", request.target);
  member("policy", policy_hash);
  out.append(", \"not_checked\": [");
  for (std::size_t i = 0; i < not_checked.size(); ++i) {
    if (i > 0) out.append(", ");
    AppendJson(not_checked[i], out);
  }
  out.append("]}}\n");
  return out;
}

absl::StatusOr<AuditReport> Audit(sync::Engine& engine, const AuditRequest& request) {
  if (request.entity != v1::INVENTORY_LEVEL) {
    return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent,
                     absl::StrCat("audits of ", v1::EntityKind_Name(request.entity),
                                  " are not offered by this version: INVENTORY_LEVEL is"));
  }
  AuditReport report;
  report.request = request;
  report.policy_hash = engine.policy().hash();
  report.at = engine.runtime().clock->WallNow();
  // The target first: what is sold between the two reads then shows as too little there, never as too much.
  const InventorySide target = ReadSide(engine, request.target, request.entity);
  const InventorySide owner = ReadSide(engine, request.owner, request.entity);
  if (!owner.error.ok() && owner.by_sku.empty()) return owner.error;
  if (!target.error.ok() && target.by_sku.empty()) return target.error;
  const auto in_flight = [&](const std::string& sku) {
    return std::optional(engine.InFlight(request.owner, sku, report.at));
  };
  InventoryComparison comparison = CompareInventory(owner, target, in_flight, engine.policy(), report.at);
  report.complete = comparison.complete;
  report.population = comparison.population;
  report.compared = comparison.compared;
  report.agreeing = comparison.agreeing;
  report.not_checked = std::move(comparison.not_checked);
  report.findings = std::move(comparison.findings);

  // One identity a finding (rule, key): seen again it recurs, gone it closes. Only a complete audit closes anything.
  const absl::Status recorded = engine.store().Write([&](Transaction& tx) -> absl::Status {
    const std::string prefix = absl::StrCat("audit/", request.owner, "/", request.target, "/");
    std::set<std::string> open;
    for (const AuditFinding& finding : report.findings) {
      if (finding.finding_class == policy::FindingClass::kExplained ||
          finding.finding_class == policy::FindingClass::kWithinTolerance)
        continue;
      FindingRow row;
      row.tenant = engine.options().tenant;
      row.rule = absl::StrCat("audit/", finding.rule);
      row.entity = absl::StrCat(prefix, finding.key);
      row.finding_class = std::string(policy::FindingClassName(finding.finding_class));
      row.data = "{}";
      row.first_seen = report.at;
      row.last_seen = report.at;
      FAIRLEAD_RETURN_IF_ERROR(tx.RecordFinding(row));
      open.insert(row.entity);
    }
    if (!report.complete) return absl::OkStatus();
    auto known = tx.ListFindings(engine.options().tenant, /*only_open=*/true);
    if (!known.ok()) return known.status();
    for (const FindingRow& row : *known) {
      if (row.entity.rfind(prefix, 0) == 0 && open.count(row.entity) == 0) {
        FAIRLEAD_RETURN_IF_ERROR(tx.CloseFinding(row.tenant, row.rule, row.entity).status());
      }
    }
    return absl::OkStatus();
  });
  if (!recorded.ok()) return recorded;
  return report;
}

}  // namespace drift
FAIRLEAD_NAMESPACE_END
