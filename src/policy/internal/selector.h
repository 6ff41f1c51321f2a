// From (entity, path, scope) to the one rule: look-ups, however many rules there are.
#ifndef FAIRLEAD_SRC_POLICY_INTERNAL_SELECTOR_H_
#define FAIRLEAD_SRC_POLICY_INTERNAL_SELECTOR_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "fairlead/core/export.h"
#include "fairlead/policy/scope.h"
#include "fairlead/v1/entity.pb.h"
#include "fairlead/v1/policy.pb.h"
#include "src/policy/internal/pattern.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace policy {
namespace internal {

enum class ValueKind : std::uint8_t { kLiteral = 0, kList = 1, kGlob = 2 };

// One key of a rule's scope, read.
struct ScopeTerm {
  std::string key;
  ValueKind kind = ValueKind::kLiteral;
  std::vector<std::string> values;  // One, or the list.
};

// What selection knows of a rule. Terms are sorted by key.
struct Selectable {
  int rule = -1;
  Pattern pattern;
  std::vector<ScopeTerm> terms;
};

std::vector<ScopeTerm> TermsOf(const v1::PolicyRule& rule);

// More special first: most keys, fewest globs, fewest lists, longest path, most keys in the path.
struct Rank {
  int keys = 0;
  int globs = 0;
  int lists = 0;
  int parts = 0;
  int path_keys = 0;
  friend bool operator<(const Rank& a, const Rank& b) {  // Better is less.
    if (a.keys != b.keys) return a.keys > b.keys;
    if (a.globs != b.globs) return a.globs < b.globs;
    if (a.lists != b.lists) return a.lists < b.lists;
    if (a.parts != b.parts) return a.parts > b.parts;
    return a.path_keys > b.path_keys;
  }
  friend bool operator==(const Rank& a, const Rank& b) { return !(a < b) && !(b < a); }
};
Rank RankOf(const Selectable& item);

// The rules of one pattern whose scopes have the same keys with the same kinds of value.
class Shape {
 public:
  Shape(Rank rank, const std::vector<ScopeTerm>& like);
  void Add(const Selectable& item);
  // The rule, or -1.
  int Find(const Scope& scope) const;
  const Rank& rank() const { return rank_; }

 private:
  struct Globbed {
    std::vector<std::string> globs;  // One per glob key.
    int rule;
  };
  Rank rank_;
  std::vector<std::string> keys_;
  std::vector<ValueKind> kinds_;
  bool globbed_ = false;
  // Values of the literal and list keys, joined; with globs also the first glob's fixed beginning.
  absl::flat_hash_map<std::string, int> exact_;
  absl::flat_hash_map<std::string, std::vector<Globbed>> by_prefix_;
  std::vector<std::size_t> prefix_lengths_;  // Longest first.
};

// The shapes that can fit one path, best first.
using Candidates = std::vector<const Shape*>;

class Selector {
 public:
  // Adds the rules of all entities. Called once.
  void Build(const std::vector<std::pair<v1::EntityKind, Selectable>>& items);
  // For a path known at compile time; also remembered for SelectText.
  const Candidates& CandidatesFor(v1::EntityKind entity, const Pattern& path);
  // The same without remembering.
  Candidates Walk(v1::EntityKind entity, const Pattern& path) const;
  // The candidates remembered for that text, or nullptr.
  const Candidates* Remembered(v1::EntityKind entity, std::string_view path) const;
  // -1 for none.
  static int Pick(const Candidates& candidates, const Scope& scope);

 private:
  struct Node {
    std::map<std::string, std::unique_ptr<Node>, std::less<>> below;  // "lines", "[*]", "[=key".
    std::vector<std::unique_ptr<Shape>> shapes;
  };
  void Gather(const Node& node, const std::vector<models::PathSegment>& segments, std::size_t at,
              Candidates& out) const;
  std::map<v1::EntityKind, std::unique_ptr<Node>> roots_;
  std::map<v1::EntityKind, absl::flat_hash_map<std::string, Candidates>> remembered_;
};

}  // namespace internal
}  // namespace policy
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_POLICY_INTERNAL_SELECTOR_H_
