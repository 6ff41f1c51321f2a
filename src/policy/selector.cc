#include "src/policy/internal/selector.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "src/core/internal/absl_compat.h"
#include "src/policy/internal/glob.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace policy {
namespace internal {

using ::fairlead::internal::ToAbsl;
using models::PathSegment;
using Select = models::PathSegment::Select;

namespace {

// Values never hold it: the compiler refuses control characters in scopes.
constexpr char kSeparator = '\x1f';

std::string Part(const PathSegment& segment) {
  switch (segment.select) {
    case Select::kNone:
      return {};
    case Select::kAll:
      return "[*]";
    case Select::kKey:
      return "[=" + segment.key;
    case Select::kIndex:
      return "[#" + std::to_string(segment.index);
  }
  return {};
}

}  // namespace

std::vector<ScopeTerm> TermsOf(const v1::PolicyRule& rule) {
  std::vector<ScopeTerm> terms;
  for (const v1::PolicyScope& scope : rule.scope()) {
    ScopeTerm term;
    term.key = scope.key();
    term.values.assign(scope.value().begin(), scope.value().end());
    std::sort(term.values.begin(), term.values.end());
    term.values.erase(std::unique(term.values.begin(), term.values.end()), term.values.end());
    if (term.values.size() > 1) {
      term.kind = ValueKind::kList;
    } else if (!term.values.empty() && IsGlob(term.values.front())) {
      term.kind = ValueKind::kGlob;
    }
    terms.push_back(std::move(term));
  }
  std::sort(terms.begin(), terms.end(), [](const ScopeTerm& a, const ScopeTerm& b) { return a.key < b.key; });
  return terms;
}

Rank RankOf(const Selectable& item) {
  Rank rank;
  rank.keys = static_cast<int>(item.terms.size());
  for (const ScopeTerm& term : item.terms) {
    rank.globs += term.kind == ValueKind::kGlob ? 1 : 0;
    rank.lists += term.kind == ValueKind::kList ? 1 : 0;
  }
  rank.parts = item.pattern.parts;
  rank.path_keys = item.pattern.keys;
  return rank;
}

Shape::Shape(Rank rank, const std::vector<ScopeTerm>& like) : rank_(rank) {
  for (const ScopeTerm& term : like) {
    keys_.push_back(term.key);
    kinds_.push_back(term.kind);
    globbed_ = globbed_ || term.kind == ValueKind::kGlob;
  }
}

void Shape::Add(const Selectable& item) {
  std::vector<std::string> joined{""};
  std::vector<std::string> globs;
  for (const ScopeTerm& term : item.terms) {
    if (term.kind == ValueKind::kGlob) {
      globs.push_back(term.values.front());
      continue;
    }
    std::vector<std::string> longer;
    longer.reserve(joined.size() * term.values.size());
    for (const std::string& prefix : joined) {
      for (const std::string& value : term.values) longer.push_back(prefix + value + kSeparator);
    }
    joined = std::move(longer);
  }
  if (!globbed_) {
    for (std::string& key : joined) exact_.emplace(std::move(key), item.rule);
    return;
  }
  const std::string_view prefix = GlobPrefix(globs.front());
  for (std::string& key : joined) {
    key.append(prefix);
    by_prefix_[key].push_back(Globbed{globs, item.rule});
  }
  const auto place = std::lower_bound(prefix_lengths_.begin(), prefix_lengths_.end(), prefix.size(), std::greater<>());
  if (place == prefix_lengths_.end() || *place != prefix.size()) prefix_lengths_.insert(place, prefix.size());
}

int Shape::Find(const Scope& scope) const {
  if (keys_.empty()) return exact_.empty() ? -1 : exact_.begin()->second;
  std::string key;
  std::vector<std::string_view> globbed;
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    const std::string* value = scope.Find(keys_[i]);
    if (value == nullptr) return -1;
    if (kinds_[i] == ValueKind::kGlob) {
      globbed.push_back(*value);
    } else {
      key.append(*value);
      key.push_back(kSeparator);
    }
  }
  if (!globbed_) {
    const auto found = exact_.find(key);
    return found == exact_.end() ? -1 : found->second;
  }
  const std::size_t fixed = key.size();
  for (const std::size_t length : prefix_lengths_) {
    if (length > globbed.front().size()) continue;
    key.resize(fixed);
    key.append(globbed.front().substr(0, length));
    const auto found = by_prefix_.find(key);
    if (found == by_prefix_.end()) continue;
    for (const Globbed& entry : found->second) {
      bool fits = true;
      for (std::size_t g = 0; g < entry.globs.size() && fits; ++g) fits = GlobMatches(entry.globs[g], globbed[g]);
      if (fits) return entry.rule;
    }
  }
  return -1;
}

void Selector::Build(const std::vector<std::pair<v1::EntityKind, Selectable>>& items) {
  // The shape that a rule belongs to, by its pattern's node and its keys with their kinds.
  std::map<std::pair<const Node*, std::string>, Shape*> shapes;
  for (const auto& [entity, item] : items) {
    std::unique_ptr<Node>& root = roots_[entity];
    if (root == nullptr) root = std::make_unique<Node>();
    Node* node = root.get();
    const auto step = [&node](const std::string& name) {
      std::unique_ptr<Node>& next = node->below[name];
      if (next == nullptr) next = std::make_unique<Node>();
      node = next.get();
    };
    for (const PathSegment& segment : item.pattern.segments) {
      step(segment.field);
      if (segment.select != Select::kNone) step(Part(segment));
    }
    std::string like;
    for (const ScopeTerm& term : item.terms) {
      like += term.key + static_cast<char>('0' + static_cast<int>(term.kind)) + kSeparator;
    }
    Shape*& shape = shapes[{node, like}];
    if (shape == nullptr) {
      node->shapes.push_back(std::make_unique<Shape>(RankOf(item), item.terms));
      shape = node->shapes.back().get();
    }
    shape->Add(item);
  }
}

void Selector::Gather(const Node& node, const std::vector<PathSegment>& segments, std::size_t at,
                      Candidates& out) const {
  for (const auto& shape : node.shapes) out.push_back(shape.get());
  if (at == segments.size()) return;
  const auto found = node.below.find(segments[at].field);
  if (found == node.below.end()) return;
  const Node& field = *found->second;
  if (segments[at].select == Select::kNone) {
    Gather(field, segments, at + 1, out);
    return;
  }
  // A rule for the whole of a repeated field covers its elements.
  for (const auto& shape : field.shapes) out.push_back(shape.get());
  if (const auto all = field.below.find("[*]"); all != field.below.end()) Gather(*all->second, segments, at + 1, out);
  if (segments[at].select == Select::kAll) return;
  if (const auto one = field.below.find(Part(segments[at])); one != field.below.end()) {
    Gather(*one->second, segments, at + 1, out);
  }
}

Candidates Selector::Walk(v1::EntityKind entity, const Pattern& path) const {
  Candidates out;
  const auto root = roots_.find(entity);
  if (root == roots_.end()) return out;
  Gather(*root->second, path.segments, 0, out);
  std::stable_sort(out.begin(), out.end(), [](const Shape* a, const Shape* b) { return a->rank() < b->rank(); });
  return out;
}

const Candidates& Selector::CandidatesFor(v1::EntityKind entity, const Pattern& path) {
  auto& known = remembered_[entity];
  const auto found = known.find(path.text);
  if (found != known.end()) return found->second;
  return known.emplace(path.text, Walk(entity, path)).first->second;
}

const Candidates* Selector::Remembered(v1::EntityKind entity, std::string_view path) const {
  const auto known = remembered_.find(entity);
  if (known == remembered_.end()) return nullptr;
  const auto found = known->second.find(ToAbsl(path));
  return found == known->second.end() ? nullptr : &found->second;
}

int Selector::Pick(const Candidates& candidates, const Scope& scope) {
  for (const Shape* shape : candidates) {
    if (const int rule = shape->Find(scope); rule >= 0) return rule;
  }
  return -1;
}

}  // namespace internal
}  // namespace policy
FAIRLEAD_NAMESPACE_END
