// All refusals of a bundle at once.
#ifndef FAIRLEAD_SRC_POLICY_INTERNAL_CHECK_H_
#define FAIRLEAD_SRC_POLICY_INTERNAL_CHECK_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "fairlead/core/export.h"
#include "fairlead/policy/rule.h"
#include "fairlead/policy/source.h"
#include "src/policy/internal/places.h"
#include "src/policy/internal/selector.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace policy {
namespace internal {

// Manifests by system id.
using Manifests = std::map<std::string, const v1::ConnectorManifest*>;

// What the checks know and find out. The bundle is as written, with the defaults of each rule filled in.
struct Checked {
  v1::PolicyBundle bundle;
  Manifests manifests;
  // One for each rule that is sound enough to be selected, with its index in the bundle.
  std::vector<std::pair<v1::EntityKind, Selectable>> items;
};

// Fills `checked` and adds refusals.
void CheckAll(const PolicySource& source, const std::vector<ManifestSource>& manifests, Checked& checked,
              Refusals& refusals);

// Its parts.
void CheckSystems(const std::vector<ManifestSource>& manifests, Checked& checked, Refusals& refusals);
void CheckRules(Checked& checked, Refusals& refusals);
void CheckGates(Checked& checked, Refusals& refusals);
void CheckCapabilities(Checked& checked, Refusals& refusals);

// "rules[3].owner".
std::string PlaceOf(const char* list, int index, const char* field = nullptr);
std::string PlaceOf(const char* list, int index, const char* field, int element);
std::vector<std::string> SystemIds(const v1::PolicyBundle& bundle);
std::vector<std::string> TeamIds(const v1::PolicyBundle& bundle);

// The rule as it runs. Only for rules that were checked.
CompiledRule MakeRule(const v1::PolicyRule& normalized);
// By name; nullopt for unknown ones. An empty name is "available".
std::optional<Derivation> DerivationByName(std::string_view name);

// The capability of a system for an entity, or nullptr.
const v1::EntityCapability* FindCapability(const v1::ConnectorManifest& manifest, v1::EntityKind entity);
// The fields that a write sets, as patterns: all of the record where the manifest names none.
std::vector<Pattern> WrittenFields(const v1::WriteOperation& write, v1::EntityKind entity);
// Splits `written` until each part is covered by rules as a whole, or is a leaf that no rule covers (`uncovered`).
struct Split {
  std::vector<Pattern> covered;
  std::vector<Pattern> uncovered;
};
Split SplitByRules(v1::EntityKind entity, const Pattern& written, const std::vector<const Pattern*>& rules);

}  // namespace internal
}  // namespace policy
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_POLICY_INTERNAL_CHECK_H_
