#include "src/policy/internal/normalize.h"

#include <algorithm>

#include "fairlead/models/decimal.h"
#include "fairlead/models/digest.h"
#include "src/policy/internal/duration.h"
#include "src/policy/internal/kinds.h"
#include "src/policy/internal/pattern.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace policy {
namespace internal {
namespace {

void ShortDecimal(std::string* text) {
  models::Dec value;
  if (models::TryParseDecimal(*text, value)) *text = models::PrintDecimal(models::Normalize(value));
}

void ShortDuration(std::string* text) {
  if (const auto duration = ParseDuration(*text); duration.has_value()) *text = PrintDuration(*duration);
}

template <typename Repeated>
void SortUnique(Repeated* items) {
  std::sort(items->begin(), items->end());
  items->erase(std::unique(items->begin(), items->end()), items->end());
}

template <typename Repeated>
void SortById(Repeated* items) {
  std::sort(items->begin(), items->end(), [](const auto& a, const auto& b) { return a.id() < b.id(); });
}

}  // namespace

void FillDefaults(v1::PolicyRule& rule) {
  if (rule.resolve() == v1::RESOLVE_UNSPECIFIED && !rule.owner().empty()) rule.set_resolve(v1::OWNER_WINS);
  if (rule.on_blank() == v1::ON_BLANK_UNSPECIFIED) rule.set_on_blank(v1::KEEP);
  if (rule.on_missing_owner() == v1::ON_MISSING_OWNER_UNSPECIFIED) rule.set_on_missing_owner(v1::HOLD);
  if (rule.writers_size() == 0 && rule.resolve() != v1::IGNORE) {
    if (!rule.owner().empty()) rule.add_writers(rule.owner());
    for (const std::string& system : rule.priority()) {
      if (std::find(rule.writers().begin(), rule.writers().end(), system) == rule.writers().end()) {
        rule.add_writers(system);
      }
    }
  }
}

v1::PolicyBundle Normalize(v1::PolicyBundle bundle) {
  SortById(bundle.mutable_systems());
  SortById(bundle.mutable_teams());
  for (v1::PolicyRule& rule : *bundle.mutable_rules()) {
    FillDefaults(rule);
    if (const auto* type = DescriptorOf(rule.entity()); type != nullptr) {
      if (auto pattern = ParsePattern(rule.field(), *type); pattern.ok()) rule.set_field(pattern->text);
    }
    for (v1::PolicyScope& scope : *rule.mutable_scope()) SortUnique(scope.mutable_value());
    std::sort(rule.mutable_scope()->begin(), rule.mutable_scope()->end(),
              [](const v1::PolicyScope& a, const v1::PolicyScope& b) { return a.key() < b.key(); });
    SortUnique(rule.mutable_writers());
    SortUnique(rule.mutable_explain());
    if (rule.has_tolerance()) {
      ShortDecimal(rule.mutable_tolerance()->mutable_abs());
      ShortDecimal(rule.mutable_tolerance()->mutable_rel());
    }
    if (rule.has_freshness()) {
      ShortDuration(rule.mutable_freshness()->mutable_warn());
      ShortDuration(rule.mutable_freshness()->mutable_page());
    }
    if (rule.has_audit()) {
      ShortDuration(rule.mutable_audit()->mutable_every());
      if (rule.audit().sample().empty()) rule.mutable_audit()->set_sample("all");
    }
    if (rule.has_repair()) {
      ShortDecimal(rule.mutable_repair()->mutable_max_delta());
      if (rule.repair().mode() == v1::REPAIR_MODE_UNSPECIFIED) rule.mutable_repair()->set_mode(v1::OFF);
    }
  }
  SortById(bundle.mutable_rules());
  for (v1::PostingGate& gate : *bundle.mutable_posting()) {
    SortUnique(gate.mutable_payment());
    SortUnique(gate.mutable_commercial());
    if (gate.residual_limit().empty()) gate.set_residual_limit("0");
    ShortDecimal(gate.mutable_residual_limit());
  }
  std::sort(bundle.mutable_posting()->begin(), bundle.mutable_posting()->end(),
            [](const v1::PostingGate& a, const v1::PostingGate& b) { return a.target() < b.target(); });
  return bundle;
}

std::string HashOf(const v1::PolicyBundle& normalized) { return models::DigestOf(normalized).Hex(); }

}  // namespace internal
}  // namespace policy
FAIRLEAD_NAMESPACE_END
