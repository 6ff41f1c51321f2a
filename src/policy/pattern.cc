#include "src/policy/internal/pattern.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "src/core/internal/absl_compat.h"
#include "src/policy/internal/suggest.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace policy {
namespace internal {

using ::fairlead::internal::ToAbsl;
using ::fairlead::internal::ToStd;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using models::PathSegment;
using Select = models::PathSegment::Select;

namespace {

absl::Status Refuse(std::string_view message) {
  return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent, message);
}

void Rank(Pattern& pattern) {
  for (const PathSegment& segment : pattern.segments) {
    pattern.parts += segment.select == Select::kNone ? 1 : 2;
    if (segment.select == Select::kKey || segment.select == Select::kIndex) ++pattern.keys;
  }
}

// The nearest name, for the first segment that names no field.
std::string Suggestion(const std::vector<PathSegment>& segments, const Descriptor& type) {
  const Descriptor* at = &type;
  for (const PathSegment& segment : segments) {
    if (at == nullptr) return {};
    const FieldDescriptor* field = at->FindFieldByName(segment.field);
    if (field == nullptr) {
      std::vector<std::string> known;
      for (int i = 0; i < at->field_count(); ++i) known.push_back(std::string(at->field(i)->name()));
      return DidYouMean(segment.field, known);
    }
    if (segment.select == Select::kKey && field->message_type() != nullptr) {
      for (int i = 0; i < field->message_type()->field_count(); ++i) {
        const auto* values = field->message_type()->field(i)->enum_type();
        if (values == nullptr) continue;
        std::vector<std::string> known;
        for (int v = 0; v < values->value_count(); ++v) {
          // "STOCK_STATE_AVAILABLE" is written AVAILABLE: the part behind the prefix that all values share.
          std::string name(values->value(v)->name());
          const std::string zero(values->value(0)->name());
          const std::size_t prefix = zero.rfind("UNSPECIFIED");
          if (prefix != std::string::npos && name.size() > prefix) name = name.substr(prefix);
          if (v > 0) known.push_back(std::move(name));
        }
        const std::string said = DidYouMean(segment.key, known);
        if (!said.empty() && std::find(known.begin(), known.end(), segment.key) == known.end()) return said;
      }
    }
    at = field->message_type();
  }
  return {};
}

bool SameSelector(const PathSegment& a, const PathSegment& b) {
  if (a.select != b.select) return false;
  return a.select == Select::kKey ? a.key == b.key : a.select == Select::kIndex ? a.index == b.index : true;
}

}  // namespace

absl::StatusOr<Pattern> ParsePattern(std::string_view text, const Descriptor& type) {
  Pattern pattern;
  pattern.text = std::string(text);
  if (text == "*") return pattern;
  auto path = models::FieldPath::Parse(text);
  if (!path.ok()) return Refuse(ToStd(path.status().message()));
  if (absl::Status status = path->Check(type); !status.ok()) {
    return Refuse(absl::StrCat(status.message(), Suggestion(path->segments(), type)));
  }
  pattern.text = path->ToString();
  pattern.segments = path->segments();
  for (const PathSegment& segment : pattern.segments) {
    if (segment.select == Select::kIndex) {
      return Refuse(absl::StrCat("field path ", Quote(text),
                                 " names an element by its place, which means another one "
                                 "tomorrow: use its key, or [*]"));
    }
  }
  if (pattern.segments.front().field == "header") {
    return Refuse(absl::StrCat("field path ", Quote(text),
                               " lies in the header, which is the engine's own bookkeeping "
                               "and has no owner: remove the rule"));
  }
  Rank(pattern);
  return pattern;
}

absl::StatusOr<Pattern> ParseConcrete(std::string_view text) {
  Pattern pattern;
  pattern.text = std::string(text);
  if (text == "*") return pattern;
  auto path = models::FieldPath::Parse(text);
  if (!path.ok()) return path.status();
  pattern.segments = path->segments();
  Rank(pattern);
  return pattern;
}

bool Covers(const Pattern& outer, const Pattern& inner) {
  if (outer.segments.size() > inner.segments.size()) return false;
  for (std::size_t i = 0; i < outer.segments.size(); ++i) {
    const PathSegment& a = outer.segments[i];
    const PathSegment& b = inner.segments[i];
    if (a.field != b.field) return false;
    // `lines` covers lines[x] and what lies below, as long as it is the last one: elsewhere it would not be a path.
    if (a.select == Select::kNone) continue;
    if (a.select == Select::kAll ? b.select == Select::kNone : !SameSelector(a, b)) return false;
  }
  return true;
}

bool Overlap(const Pattern& a, const Pattern& b) {
  const std::size_t size = std::min(a.segments.size(), b.segments.size());
  for (std::size_t i = 0; i < size; ++i) {
    const PathSegment& x = a.segments[i];
    const PathSegment& y = b.segments[i];
    if (x.field != y.field) return false;
    if (x.select == Select::kKey && y.select == Select::kKey && x.key != y.key) return false;
  }
  return true;
}

}  // namespace internal
}  // namespace policy
FAIRLEAD_NAMESPACE_END
