#include "fairlead/drift/compare.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "fairlead/models/decimal.h"
#include "fairlead/policy/stock.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace drift {
namespace {

using policy::FindingClass;

constexpr std::string_view kField = "quantities[AVAILABLE]";

void Note(const InventorySide& side, std::vector<std::string>& not_checked) {
  const auto count = [&](std::int64_t number, const char* one, const char* many) {
    if (number > 0) not_checked.push_back(absl::StrCat(number, " ", number == 1 ? one : many));
  };
  if (!side.error.ok()) {
    not_checked.push_back(absl::StrCat(side.system, " was not read to the end: ", side.error.message()));
  } else if (!side.complete) {
    not_checked.push_back(absl::StrCat(side.system, " does not say that its listing was complete"));
  }
  const std::string of = absl::StrCat(" of ", side.system);
  count(side.without_sku, absl::StrCat("level", of, " carries no SKU").c_str(),
        absl::StrCat("levels", of, " carry no SKU").c_str());
  count(side.without_number, absl::StrCat("item", of, " does not count stock").c_str(),
        absl::StrCat("items", of, " do not count stock").c_str());
  count(side.unreadable, absl::StrCat("record", of, " could not be read").c_str(),
        absl::StrCat("records", of, " could not be read").c_str());
}

std::string Text(const models::Dec& value) { return models::PrintDecimal(models::Normalize(value)); }

// The rule that speaks for a level, with who answers for it.
AuditFinding For(const std::string& sku, const std::vector<v1::InventoryLevel>& levels,
                 const policy::CompiledPolicy& policy) {
  AuditFinding finding;
  finding.key = sku;
  for (const v1::InventoryLevel& level : levels) {
    const policy::CompiledRule* rule = policy.Select(v1::INVENTORY_LEVEL, kField, policy::ScopeOf(level));
    if (rule == nullptr) continue;
    finding.rule = rule->id;
    finding.responsible = rule->responsible;
    finding.runbook = rule->runbook;
    break;
  }
  return finding;
}

class Comparer {
 public:
  Comparer(const InventorySide& owner, const InventorySide& target, const InFlightSource& in_flight,
           const policy::CompiledPolicy& policy, WallTime now)
      : owner_(owner), target_(target), in_flight_(in_flight), policy_(policy), now_(now) {}

  InventoryComparison Run() {
    out_.complete = owner_.complete && target_.complete && owner_.error.ok() && target_.error.ok() &&
                    owner_.unreadable + target_.unreadable == 0;
    Note(owner_, out_.not_checked);
    Note(target_, out_.not_checked);
    std::set<std::string> keys;
    for (const auto& [sku, levels] : owner_.by_sku) keys.insert(sku);
    for (const auto& [sku, levels] : target_.by_sku) keys.insert(sku);
    out_.population = static_cast<std::int64_t>(keys.size());
    for (const std::string& sku : keys) CompareKey(sku);
    return std::move(out_);
  }

 private:
  void CompareKey(const std::string& sku) {
    const auto left = owner_.by_sku.find(sku);
    const auto right = target_.by_sku.find(sku);
    if (right == target_.by_sku.end()) return Missing(FindingClass::kMissingRight, sku, left->second, target_);
    if (left == owner_.by_sku.end()) return Missing(FindingClass::kMissingLeft, sku, right->second, owner_);
    // Several levels are several locations. Without locations, or with one twice, nobody knows which is meant.
    std::set<std::string> locations;
    for (const v1::InventoryLevel& level : right->second) {
      if (right->second.size() == 1 || (!level.location().empty() && locations.insert(level.location()).second))
        continue;
      AuditFinding finding = For(sku, left->second, policy_);
      finding.finding_class = FindingClass::kDuplicate;
      finding.text = absl::StrCat(right->second.size(), " items of ", target_.system, " carry the SKU ", sku,
                                  ": give each its own");
      out_.findings.push_back(std::move(finding));
      return;
    }
    ++out_.compared;
    bool agrees = true;
    bool checked = false;
    std::vector<const v1::InventoryLevel*> shown;
    for (const v1::InventoryLevel& level : right->second) shown.push_back(&level);
    std::sort(shown.begin(), shown.end(), [](const auto* a, const auto* b) { return a->location() < b->location(); });
    for (const v1::InventoryLevel* level : shown) CompareLevel(sku, left->second, *level, agrees, checked);
    if (agrees && checked) ++out_.agreeing;
  }

  void Missing(FindingClass finding_class, const std::string& sku, const std::vector<v1::InventoryLevel>& present,
               const InventorySide& lacking) {
    // On a side that was not read to its end absence proves nothing; the notes say that it was not.
    if (!lacking.complete || !lacking.error.ok()) return;
    AuditFinding finding = For(sku, present, policy_);
    finding.finding_class = finding_class;
    finding.text = absl::StrCat(sku, " is not in ", lacking.system);
    out_.findings.push_back(std::move(finding));
  }

  void CompareLevel(const std::string& sku, const std::vector<v1::InventoryLevel>& levels,
                    const v1::InventoryLevel& shown, bool& agrees, bool& checked) {
    policy::StockCase stock;
    stock.entity_id = sku;
    for (const v1::InventoryLevel& level : levels) stock.levels.push_back(&level);
    stock.levels_system = owner_.system;
    stock.target = target_.system;
    stock.target_level = &shown;
    if (auto effects = in_flight_(sku); effects.has_value()) {
      stock.in_flight = *std::move(effects);
    } else {
      stock.in_flight_known = false;
    }
    AuditFinding finding;
    finding.key = sku;
    auto decided = policy_.Evaluate(stock);
    if (!decided.ok()) {
      finding = For(sku, levels, policy_);
      finding.finding_class = FindingClass::kUnreadable;
      finding.text = absl::StrCat("the numbers of ", sku, " cannot be compared: ", decided.status().message());
      out_.findings.push_back(std::move(finding));
      agrees = false;
      return;
    }
    finding.rule = decided->decision.rule_id;
    finding.responsible = decided->decision.responsible;
    finding.runbook = decided->decision.runbook;
    if (!decided->answer.has_value()) {
      // Held by the policy (no rule for a location, no number), or nobody's business.
      agrees = false;
      for (const policy::Finding& held : decided->findings) {
        finding.finding_class = held.finding_class;
        finding.text = held.detail;
        out_.findings.push_back(finding);
      }
      if (decided->findings.empty()) out_.not_checked.push_back(absl::StrCat(sku, ": ", decided->decision.reason));
      return;
    }
    checked = true;
    Freshness(sku, finding);
    const policy::StockAnswer& answer = *decided->answer;
    if (!answer.finding_class.has_value()) return;
    agrees = false;
    finding.finding_class = *answer.finding_class;
    if (const auto value = models::Add(answer.expected, answer.explained); value.ok())
      finding.owner_value = Text(*value);
    if (const auto value = models::Add(answer.expected, answer.residual); value.ok())
      finding.target_value = Text(*value);
    finding.explained = Text(answer.explained);
    finding.residual = Text(answer.residual);
    finding.text = answer.words;
    out_.findings.push_back(std::move(finding));
  }

  // Numbers that agree may both be old: silence of the owner is a finding of its own.
  void Freshness(const std::string& sku, const AuditFinding& like) {
    if (owner_.read_at == WallTime{}) return;
    for (const policy::CompiledRule& rule : policy_.rules()) {
      if (rule.id != like.rule) continue;
      const auto limit = rule.freshness_warn.has_value() ? rule.freshness_warn : rule.freshness_page;
      if (!limit.has_value() || now_ - owner_.read_at <= *limit) return;
      AuditFinding stale = like;
      stale.finding_class = FindingClass::kStale;
      const auto age = std::chrono::duration_cast<std::chrono::seconds>(now_ - owner_.read_at);
      stale.text = absl::StrCat("the stock of ", sku, " was last read from ", owner_.system, " ", age.count(),
                                " s ago, more than the ", limit->count(), " s that its rule allows");
      out_.findings.push_back(std::move(stale));
      return;
    }
  }

  const InventorySide& owner_;
  const InventorySide& target_;
  const InFlightSource& in_flight_;
  const policy::CompiledPolicy& policy_;
  WallTime now_;
  InventoryComparison out_;
};

}  // namespace

InventoryComparison CompareInventory(const InventorySide& owner, const InventorySide& target,
                                     const InFlightSource& in_flight, const policy::CompiledPolicy& policy,
                                     WallTime now) {
  return Comparer(owner, target, in_flight, policy, now).Run();
}

}  // namespace drift
FAIRLEAD_NAMESPACE_END
