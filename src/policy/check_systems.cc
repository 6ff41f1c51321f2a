// Systems, teams and the manifests that belong to them.
#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "src/policy/internal/check.h"
#include "src/policy/internal/suggest.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace policy {
namespace internal {
namespace {

bool IsPlainId(const std::string& id) {
  if (id.empty() || id.size() > 64) return false;
  return std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  });
}

}  // namespace

std::string PlaceOf(const char* list, int index, const char* field) {
  return field == nullptr ? absl::StrCat(list, "[", index, "]") : absl::StrCat(list, "[", index, "].", field);
}

std::string PlaceOf(const char* list, int index, const char* field, int element) {
  return absl::StrCat(list, "[", index, "].", field, "[", element, "]");
}

std::vector<std::string> SystemIds(const v1::PolicyBundle& bundle) {
  std::vector<std::string> ids;
  for (const v1::PolicySystem& system : bundle.systems()) ids.push_back(system.id());
  return ids;
}

std::vector<std::string> TeamIds(const v1::PolicyBundle& bundle) {
  std::vector<std::string> ids;
  for (const v1::PolicyTeam& team : bundle.teams()) ids.push_back(team.id());
  return ids;
}

void CheckSystems(const std::vector<ManifestSource>& manifests, Checked& checked, Refusals& refusals) {
  v1::PolicyBundle& bundle = checked.bundle;
  // A bundle made in code may leave the systems to the connectors.
  if (bundle.systems_size() == 0) {
    for (const ManifestSource& source : manifests) {
      v1::PolicySystem* system = bundle.add_systems();
      system->set_id(source.id().empty() ? source.manifest().system() : source.id());
      system->set_connector(source.manifest().system());
    }
  }
  std::set<std::string> ids;
  for (int i = 0; i < bundle.systems_size(); ++i) {
    const v1::PolicySystem& system = bundle.systems(i);
    if (!IsPlainId(system.id())) {
      refusals.Add(PlaceOf("systems", i, "id"), "",
                   absl::StrCat("system id ", Quote(system.id()),
                                " is not usable: give it 1 to 64 letters, digits, '-', '_' or '.'"));
    } else if (!ids.insert(system.id()).second) {
      refusals.Add(PlaceOf("systems", i, "id"), "",
                   absl::StrCat("system ", Quote(system.id()), " is declared twice: keep one"));
    }
    if (system.connector().empty()) {
      refusals.Add(PlaceOf("systems", i), "",
                   absl::StrCat("system ", Quote(system.id()),
                                " names no connector: add connector: \"…\" (the kind of system)"));
    }
  }
  std::set<std::string> teams;
  for (int i = 0; i < bundle.teams_size(); ++i) {
    const v1::PolicyTeam& team = bundle.teams(i);
    if (!IsPlainId(team.id())) {
      refusals.Add(PlaceOf("teams", i, "id"), "",
                   absl::StrCat("team id ", Quote(team.id()),
                                " is not usable: give it 1 to 64 letters, digits, '-', '_' or '.'"));
    } else if (!teams.insert(team.id()).second) {
      refusals.Add(PlaceOf("teams", i, "id"), "",
                   absl::StrCat("team ", Quote(team.id()), " is declared twice: keep one"));
    }
    if (team.lead().empty()) {
      refusals.Add(PlaceOf("teams", i), "",
                   absl::StrCat("team ", Quote(team.id()),
                                " has no lead: add lead: \"…\", so that somebody answers for its rules"));
    }
    if (team.notify().empty()) {
      refusals.Add(
          PlaceOf("teams", i), "",
          absl::StrCat("team ", Quote(team.id()), " cannot be reached: add notify: \"mailto:…\" or \"hook:…\""));
    }
  }

  for (const ManifestSource& source : manifests) {
    std::string id = source.id();
    const std::string& kind = source.manifest().system();
    if (id.empty()) {
      // Without an id of its own: the one system that this kind of connector serves, or the one that bears its name.
      std::vector<std::string> served;
      for (const v1::PolicySystem& system : bundle.systems()) {
        if (system.connector() == kind) served.push_back(system.id());
      }
      if (served.size() > 1) {
        refusals.Add(
            "", "",
            absl::StrCat("a ", kind, " connector was given, and ", served.size(), " systems are served by that kind (",
                         Quoted(served), "): pass it as {id, connector}"));
        continue;
      }
      id = served.empty() ? kind : served.front();
    }
    if (ids.count(id) == 0) {
      refusals.Add("", "",
                   absl::StrCat("a connector was given for system ", Quote(id), ", which the bundle does not declare",
                                DidYouMean(id, SystemIds(bundle)), ": add systems { id: ", Quote(id),
                                " connector: ", Quote(kind), " } or leave the connector out"));
      continue;
    }
    if (!checked.manifests.emplace(id, &source.manifest()).second) {
      refusals.Add("", "", absl::StrCat("two connectors were given for system ", Quote(id), ": pass one"));
      continue;
    }
    for (int i = 0; i < bundle.systems_size(); ++i) {
      const v1::PolicySystem& system = bundle.systems(i);
      if (system.id() == id && !system.connector().empty() && system.connector() != kind) {
        refusals.Add(PlaceOf("systems", i, "connector"), "",
                     absl::StrCat("system ", Quote(id), " is declared as ", Quote(system.connector()),
                                  ", but the connector given for it is ", Quote(kind), ": correct one of the two"));
      }
    }
  }
  if (!manifests.empty()) {
    for (int i = 0; i < bundle.systems_size(); ++i) {
      const std::string& id = bundle.systems(i).id();
      if (checked.manifests.count(id) == 0 && ids.count(id) != 0) {
        refusals.Add(PlaceOf("systems", i), "",
                     absl::StrCat("no connector was given for system ", Quote(id),
                                  ": pass it to Compile, or remove the system"));
      }
    }
  }
}

}  // namespace internal
}  // namespace policy
FAIRLEAD_NAMESPACE_END
