// The bundle against what the connectors can do.
#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "fairlead/v1/header.pb.h"
#include "src/policy/internal/check.h"
#include "src/policy/internal/kinds.h"
#include "src/policy/internal/suggest.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace policy {
namespace internal {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using models::PathSegment;
using Select = models::PathSegment::Select;

namespace {

// Type of what a pattern names; nullptr for scalars.
const Descriptor* TypeAt(const Pattern& pattern, const Descriptor& type, const FieldDescriptor** field_out) {
  const Descriptor* at = &type;
  const FieldDescriptor* field = nullptr;
  for (const PathSegment& segment : pattern.segments) {
    if (at == nullptr) return nullptr;
    field = at->FindFieldByName(segment.field);
    if (field == nullptr) return nullptr;
    at = field->message_type();
  }
  *field_out = field;
  return at;
}

std::string TextOf(const std::vector<PathSegment>& segments) {
  std::string text;
  for (const PathSegment& segment : segments) {
    if (!text.empty()) text += '.';
    switch (segment.select) {
      case Select::kKey:
        text += models::PathWithKey(segment.field, segment.key);
        break;
      case Select::kAll:
        text += segment.field + "[*]";
        break;
      default:
        text += segment.field;
        break;
    }
  }
  return text;
}

Pattern Below(const Pattern& pattern, const std::string& field) {
  Pattern below = pattern;
  PathSegment segment;
  segment.field = field;
  below.segments.push_back(segment);
  below.text = TextOf(below.segments);
  return below;
}

bool CanProvide(const v1::EntityCapability* capability, const Pattern& pattern, v1::EntityKind entity) {
  if (capability == nullptr) return false;
  if (!capability->read_one() && !capability->list_since() && !capability->list_all() && !capability->subscribe())
    return false;
  if (capability->reads_fields_size() == 0 || pattern.segments.empty()) return true;
  for (const std::string& field : capability->reads_fields()) {
    const auto read = ParsePattern(field, *DescriptorOf(entity));
    if (read.ok() && (Covers(*read, pattern) || Covers(pattern, *read) || Overlap(*read, pattern))) return true;
  }
  return false;
}

// Whether a repeat of the write cannot do harm: what AUTO repair needs.
bool IsRepeatable(v1::EffectClass effect) {
  return effect == v1::EFFECT_CLASS_NATIVE_KEY || effect == v1::EFFECT_CLASS_CONDITIONAL ||
         effect == v1::EFFECT_CLASS_ABSOLUTE;
}

constexpr int kMaxDepth = 8;

void SplitInto(v1::EntityKind entity, const Pattern& written, const std::vector<const Pattern*>& rules, int depth,
               Split& out) {
  const bool covered =
      std::any_of(rules.begin(), rules.end(), [&](const Pattern* rule) { return Covers(*rule, written); });
  bool finer = false;
  for (const Pattern* rule : rules) {
    finer = finer ||
            (rule->segments.size() >= written.segments.size() && !Covers(*rule, written) && Overlap(*rule, written));
  }
  const auto leaf = [&] { (covered ? out.covered : out.uncovered).push_back(written); };
  if (!finer || depth >= kMaxDepth) return leaf();

  const FieldDescriptor* field = nullptr;
  const Descriptor* type = TypeAt(written, *DescriptorOf(entity), &field);
  PathSegment last = written.segments.empty() ? PathSegment{} : written.segments.back();
  if (field != nullptr && field->is_repeated() && last.select == Select::kNone) {
    Pattern elements = written;
    elements.segments.back().select = Select::kAll;
    elements.text = TextOf(elements.segments);
    return SplitInto(entity, elements, rules, depth + 1, out);
  }
  // Rules for single keys at this place are chosen element by element; only those for parts of the element split it.
  const bool parts = std::any_of(rules.begin(), rules.end(), [&](const Pattern* rule) {
    return rule->segments.size() > written.segments.size() && Overlap(*rule, written);
  });
  if (type == nullptr || !parts) return leaf();
  for (int i = 0; i < type->field_count(); ++i) {
    if (type->field(i)->message_type() == v1::EntityHeader::descriptor()) continue;
    SplitInto(entity, Below(written, std::string(type->field(i)->name())), rules, depth + 1, out);
  }
}

}  // namespace

const v1::EntityCapability* FindCapability(const v1::ConnectorManifest& manifest, v1::EntityKind entity) {
  for (const v1::EntityCapability& capability : manifest.entities()) {
    if (capability.entity() == entity) return &capability;
  }
  return nullptr;
}

std::vector<Pattern> WrittenFields(const v1::WriteOperation& write, v1::EntityKind entity) {
  std::vector<Pattern> fields;
  const Descriptor* type = DescriptorOf(entity);
  if (type == nullptr) return fields;
  if (write.writes_fields_size() == 0) {
    // Steps of another write set nothing by themselves, and reading sets nothing at all.
    if (write.verb() == v1::WRITE_VERB_FOLLOW_UP || write.effect() == v1::EFFECT_CLASS_READ) return fields;
    for (int i = 0; i < type->field_count(); ++i) {
      if (type->field(i)->message_type() != v1::EntityHeader::descriptor())
        fields.push_back(Below(Pattern{}, std::string(type->field(i)->name())));
    }
    return fields;
  }
  for (const std::string& text : write.writes_fields()) {
    if (auto pattern = ParsePattern(text, *type); pattern.ok()) fields.push_back(*std::move(pattern));
  }
  return fields;
}

Split SplitByRules(v1::EntityKind entity, const Pattern& written, const std::vector<const Pattern*>& rules) {
  Split split;
  SplitInto(entity, written, rules, 0, split);
  return split;
}

void CheckCapabilities(Checked& checked, Refusals& refusals) {
  if (checked.manifests.empty()) return;
  // What each entity's rules are about. Rules of one pattern look alike here.
  std::map<v1::EntityKind, std::map<std::string, const Pattern*>> patterns;
  for (const auto& [entity, item] : checked.items) patterns[entity].emplace(item.pattern.text, &item.pattern);

  for (const auto& [entity, item] : checked.items) {
    const v1::PolicyRule& rule = checked.bundle.rules(item.rule);
    if (rule.resolve() != v1::IGNORE) {
      for (int w = 0; w < rule.writers_size(); ++w) {
        const auto manifest = checked.manifests.find(rule.writers(w));
        if (manifest == checked.manifests.end()) continue;
        if (CanProvide(FindCapability(*manifest->second, entity), item.pattern, entity)) continue;
        const bool is_owner = rule.writers(w) == rule.owner();
        refusals.Add(is_owner ? PlaceOf("rules", item.rule, "owner") : PlaceOf("rules", item.rule, "writers", w),
                     rule.id(),
                     absl::StrCat(is_owner ? "owner " : "writer ", Quote(rule.writers(w)), " cannot provide it: the ",
                                  manifest->second->system(), " connector does not read ", Quote(rule.field()), " of ",
                                  KindName(entity), ": name a system that does, or another connector"));
      }
    }
    if (rule.repair().mode() == v1::AUTO) {
      bool can = false;
      for (const auto& [system, manifest] : checked.manifests) {
        const v1::EntityCapability* capability = FindCapability(*manifest, entity);
        if (capability == nullptr || system == rule.owner()) continue;
        for (const v1::WriteOperation& write : capability->writes()) {
          if (!IsRepeatable(write.effect())) continue;
          for (const Pattern& field : WrittenFields(write, entity)) can = can || Overlap(field, item.pattern);
        }
      }
      if (!can) {
        refusals.Add(
            PlaceOf("rules", item.rule, "repair.mode"), rule.id(),
            absl::StrCat(
                "AUTO needs a write of ", Quote(rule.field()), " of ", KindName(entity),
                " that is conditional, absolute or has a native key, and no other system has one: use PROPOSE"));
      }
    }
  }

  // Every field that anybody can write has a rule.
  std::set<std::string> said;
  for (const auto& [system, manifest] : checked.manifests) {
    for (const v1::EntityCapability& capability : manifest->entities()) {
      const v1::EntityKind entity = capability.entity();
      const Descriptor* type = DescriptorOf(entity);
      if (type == nullptr) continue;
      std::vector<const Pattern*> rules;
      for (const auto& [text, pattern] : patterns[entity]) rules.push_back(pattern);
      for (const v1::WriteOperation& write : capability.writes()) {
        for (const std::string& field : write.writes_fields()) {
          if (auto parsed = ParsePattern(field, *type); !parsed.ok()) {
            refusals.Add(
                "", "",
                absl::StrCat("the ", manifest->system(), " connector's manifest says that ", write.name(), " writes ",
                             Quote(field), " of ", KindName(entity), ", which does not exist: correct the connector"));
          }
        }
        std::vector<std::string> missing;
        const std::vector<Pattern> fields = WrittenFields(write, entity);
        // A write that names no fields declares nothing that could be held against single ones: a rule about the record
        // has to exist, and fields that none covers are not written.
        if (write.writes_fields_size() > 0) {
          for (const Pattern& field : fields) {
            for (const Pattern& part : SplitByRules(entity, field, rules).uncovered) missing.push_back(part.text);
          }
        } else if (rules.empty() && !fields.empty()) {
          missing.push_back("*");
        }
        if (missing.empty()) continue;
        const bool everything = rules.empty() && write.writes_fields_size() == 0;
        const std::string what = everything ? absl::StrCat("any field of ", KindName(entity))
                                            : absl::StrCat(Quoted(missing, 6), " of ", KindName(entity));
        if (!said.insert(absl::StrCat(system, "/", what)).second) continue;
        refusals.Add("", "",
                     absl::StrCat("nobody owns ", what, ", which ", write.name(), " of ", Quote(system),
                                  " can write: add a rule for it, or one with resolve: IGNORE"));
      }
    }
  }
}

}  // namespace internal
}  // namespace policy
FAIRLEAD_NAMESPACE_END
