#include "src/policy/internal/ties.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

#include "src/policy/internal/glob.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace policy {
namespace internal {
namespace {

using Items = std::vector<std::pair<v1::EntityKind, Selectable>>;

// Rules of one pattern whose scopes have the same keys.
struct Group {
  const Pattern* pattern = nullptr;
  std::vector<std::string> keys;
  bool globs = false;
  std::vector<const Selectable*> items;
};

bool ValuesOverlap(const ScopeTerm& a, const ScopeTerm& b) {
  for (const std::string& x : a.values) {
    for (const std::string& y : b.values) {
      if (GlobsOverlap(x, y)) return true;
    }
  }
  return false;
}

// Keys that only one of the two has restrict nothing: a record may have both.
bool ScopesOverlap(const Selectable& a, const Selectable& b) {
  for (const ScopeTerm& x : a.terms) {
    for (const ScopeTerm& y : b.terms) {
      if (x.key == y.key && !ValuesOverlap(x, y)) return false;
    }
  }
  return true;
}

class Finder {
 public:
  explicit Finder(std::size_t limit) : limit_(limit) {}
  std::vector<Tie> Take() { return std::move(ties_); }
  bool full() const { return ties_.size() >= limit_; }

  void Compare(const Group& a, const Group& b) {
    std::vector<std::string> common;
    std::set_intersection(a.keys.begin(), a.keys.end(), b.keys.begin(), b.keys.end(), std::back_inserter(common));
    if (common.empty() || a.globs || b.globs) {
      Slow(a, b);
    } else {
      Join(a, b, common);
    }
  }

 private:
  void Report(const Selectable& a, const Selectable& b) {
    const auto [low, high] = std::minmax(a.rule, b.rule);
    if (said_.insert(high).second) ties_.push_back(Tie{low, high});
  }

  // The values of the common keys, joined; only the first key's where lists would make too many of them.
  static std::vector<std::string> Expand(const Selectable& item, const std::vector<std::string>& common,
                                         bool first_only) {
    std::vector<std::string> joined{""};
    for (const ScopeTerm& term : item.terms) {
      if (!std::binary_search(common.begin(), common.end(), term.key)) continue;
      std::vector<std::string> longer;
      for (const std::string& prefix : joined) {
        for (const std::string& value : term.values) longer.push_back(prefix + value + '\x1f');
      }
      joined = std::move(longer);
      if (first_only) break;
    }
    return joined;
  }

  static bool Wide(const Group& group) {
    for (const Selectable* item : group.items) {
      std::size_t product = 1;
      for (const ScopeTerm& term : item->terms) product *= term.values.size();
      if (product > 256) return true;
    }
    return false;
  }

  // By the values of the keys that both have: rules that differ there cannot tie.
  void Join(const Group& a, const Group& b, const std::vector<std::string>& common) {
    const bool first_only = Wide(a) || Wide(b);
    std::unordered_map<std::string, std::vector<const Selectable*>> by_value;
    for (const Selectable* item : a.items) {
      for (std::string& value : Expand(*item, common, first_only)) by_value[std::move(value)].push_back(item);
    }
    for (const Selectable* item : b.items) {
      for (const std::string& value : Expand(*item, common, first_only)) {
        const auto found = by_value.find(value);
        if (found == by_value.end()) continue;
        for (const Selectable* other : found->second) {
          if (full()) return;
          if (other->rule == item->rule || (&a == &b && other->rule > item->rule)) continue;
          if (said_.count(std::max(other->rule, item->rule)) != 0) continue;
          if (ScopesOverlap(*other, *item)) Report(*other, *item);
        }
      }
    }
  }

  // Globs: sorted by their fixed beginning, only those can meet of which one's beginning begins the other's.
  void Slow(const Group& a, const Group& b) {
    std::vector<std::pair<std::string, const Selectable*>> sorted;
    // Of the first key; a list has none and may meet anything.
    const auto fixed = [](const Selectable& item) {
      if (item.terms.empty() || item.terms.front().kind == ValueKind::kList) return std::string();
      return std::string(GlobPrefix(item.terms.front().values.front()));
    };
    const bool same_keys = a.keys == b.keys;
    for (const Selectable* item : b.items) sorted.emplace_back(same_keys ? fixed(*item) : std::string(), item);
    std::sort(sorted.begin(), sorted.end(), [](const auto& x, const auto& y) {
      return std::tie(x.first, x.second->rule) < std::tie(y.first, y.second->rule);
    });
    const auto meet = [&](const Selectable& x, const Selectable& y) {
      if (x.rule == y.rule || (&a == &b && x.rule > y.rule) || said_.count(std::max(x.rule, y.rule)) != 0) return;
      if (ScopesOverlap(x, y)) Report(x, y);
    };
    for (const Selectable* item : a.items) {
      const std::string prefix = same_keys ? fixed(*item) : std::string();
      // Those that begin with this prefix …
      auto place = std::lower_bound(sorted.begin(), sorted.end(), prefix,
                                    [](const auto& entry, const std::string& text) { return entry.first < text; });
      for (; place != sorted.end() && place->first.compare(0, prefix.size(), prefix) == 0; ++place) {
        if (full()) return;
        meet(*item, *place->second);
      }
      // … and those whose beginning is a shorter part of it.
      for (std::size_t length = 0; length < prefix.size(); ++length) {
        const std::string shorter = prefix.substr(0, length);
        for (auto at = std::lower_bound(sorted.begin(), sorted.end(), shorter,
                                        [](const auto&entry, const std::string&text) { return entry.first < text; });
             at != sorted.end() && at->first == shorter; ++at) {
          if (full()) return;
          meet(*item, *at->second);
        }
      }
    }
  }

  std::size_t limit_;
  std::vector<Tie> ties_;
  std::set<int> said_;
};

}  // namespace

std::vector<Tie> FindTies(const Items& items, std::size_t limit) {
  std::map<std::pair<v1::EntityKind, Rank>, std::map<std::pair<std::string, std::string>, Group>> ranks;
  for (const auto& [entity, item] : items) {
    std::string keys;
    for (const ScopeTerm& term : item.terms) keys += term.key + "/";
    Group& group = ranks[{entity, RankOf(item)}][{item.pattern.text, keys}];
    if (group.pattern == nullptr) {
      group.pattern = &item.pattern;
      for (const ScopeTerm& term : item.terms) group.keys.push_back(term.key);
    }
    for (const ScopeTerm& term : item.terms) group.globs = group.globs || term.kind == ValueKind::kGlob;
    group.items.push_back(&item);
  }
  Finder finder(limit);
  for (const auto& [rank, groups] : ranks) {
    for (auto a = groups.begin(); a != groups.end(); ++a) {
      for (auto b = a; b != groups.end(); ++b) {
        if (finder.full()) return finder.Take();
        if (Overlap(*a->second.pattern, *b->second.pattern)) finder.Compare(a->second, b->second);
      }
    }
  }
  return finder.Take();
}

}  // namespace internal
}  // namespace policy
FAIRLEAD_NAMESPACE_END
