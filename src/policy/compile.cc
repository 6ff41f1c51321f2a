// From a bundle and manifests to something that runs.
#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "src/core/internal/absl_compat.h"
#include "src/policy/internal/check.h"
#include "src/policy/internal/kinds.h"
#include "src/policy/internal/normalize.h"
#include "src/policy/internal/plan.h"
#include "src/policy/internal/suggest.h"
#include "src/policy/internal/ties.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace policy {
namespace internal {

namespace {

void CheckTexts(const google::protobuf::Message& message, const std::string& prefix, Refusals& refusals);

// Escapes in a string can make any bytes; nothing of what people read may hold such.
bool IsUtf8(const std::string& text) {
  for (std::size_t i = 0; i < text.size();) {
    const unsigned char c = static_cast<unsigned char>(text[i]);
    const std::size_t length = c < 0x80                ? 1
                               : c >= 0xC2 && c < 0xE0 ? 2
                               : c >= 0xE0 && c < 0xF0 ? 3
                               : c >= 0xF0 && c < 0xF5 ? 4
                                                       : 0;
    if (length == 0 || i + length > text.size()) return false;
    for (std::size_t k = 1; k < length; ++k) {
      if ((static_cast<unsigned char>(text[i + k]) & 0xC0) != 0x80) return false;
    }
    i += length;
  }
  return true;
}

void CheckTexts(const google::protobuf::Message& message, const std::string& prefix, Refusals& refusals) {
  using google::protobuf::FieldDescriptor;
  const auto* reflection = message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const int count = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      const std::string path =
          field->is_repeated() ? absl::StrCat(prefix, field->name(), "[", i, "]") : absl::StrCat(prefix, field->name());
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
        const std::string text = field->is_repeated() ? reflection->GetRepeatedString(message, field, i)
                                                      : reflection->GetString(message, field);
        if (!IsUtf8(text))
          refusals.Add(path, "", absl::StrCat(path, " holds bytes that are not UTF-8: correct the escapes"));
        if (text.size() > kMaxBundleLine)
          refusals.Add(
              path, "",
              absl::StrCat(path, " is ", text.size(), " bytes long, the limit is ", kMaxBundleLine, ": shorten it"));
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        CheckTexts(field->is_repeated() ? reflection->GetRepeatedMessage(message, field, i)
                                        : reflection->GetMessage(message, field),
                   absl::StrCat(path, "."), refusals);
      }
    }
  }
}

void CheckTies(const Checked& checked, Refusals& refusals) {
  for (const Tie& tie : FindTies(checked.items, 100)) {
    const v1::PolicyRule& first = checked.bundle.rules(tie.first);
    const v1::PolicyRule& second = checked.bundle.rules(tie.second);
    refusals.Add(
        PlaceOf("rules", tie.second), second.id(),
        absl::StrCat("fits the same ", KindName(second.entity()), " ", Quote(second.field()), " as rule ",
                     Quote(first.id()),
                     " and is not more special: give one of them another scope key or a longer field, or remove it"));
  }
}

}  // namespace

void CheckAll(const PolicySource& source, const std::vector<ManifestSource>& manifests, Checked& checked,
              Refusals& refusals) {
  checked.bundle = source.bundle;
  const v1::PolicyBundle& bundle = checked.bundle;
  CheckTexts(bundle, "", refusals);
  if (!refusals.empty()) return;  // The other messages quote these texts.
  if (bundle.name().empty()) refusals.Add("name", "", "the bundle has no name: add name: \"…\"");
  if (bundle.version() == 0)
    refusals.Add("version", "", "the bundle has no version: add version: 1 and count it up with every change");
  CheckSystems(manifests, checked, refusals);
  for (v1::PolicyRule& rule : *checked.bundle.mutable_rules()) FillDefaults(rule);
  if (bundle.rules_size() == 0) refusals.Add("", "", "the bundle has no rules: add at least one");
  CheckRules(checked, refusals);
  CheckGates(checked, refusals);
  CheckTies(checked, refusals);
  CheckCapabilities(checked, refusals);
}

namespace {

Gate MakeGate(const v1::PostingGate& gate) {
  Gate out;
  out.target = gate.target();
  for (const std::string& word : gate.payment()) {
    v1::PaymentStatus value;
    if (v1::PaymentStatus_Parse("PAYMENT_STATUS_" + word, &value)) out.payment.push_back(value);
  }
  for (const std::string& word : gate.commercial()) {
    v1::CommercialStatus value;
    if (v1::CommercialStatus_Parse("COMMERCIAL_STATUS_" + word, &value)) out.commercial.push_back(value);
  }
  if (out.commercial.empty()) out.commercial = {v1::COMMERCIAL_STATUS_OPEN, v1::COMMERCIAL_STATUS_CLOSED};
  models::TryParseDecimal(gate.residual_limit(), out.residual_limit);
  out.require_mapped_lines = gate.require_mapped_lines();
  out.responsible = gate.responsible();
  out.runbook = gate.runbook();
  return out;
}

// Which fields of which system can be written, split so that each part has one rule in each scope.
void MakeTargets(const Manifests& manifests, const std::vector<std::pair<v1::EntityKind, Selectable>>& items,
                 Selector& selector, std::map<v1::EntityKind, std::map<std::string, Target>>& targets) {
  std::map<v1::EntityKind, std::vector<const Pattern*>> patterns;
  for (const auto& [entity, item] : items) {
    auto& known = patterns[entity];
    const auto same = [&text = item.pattern.text](const Pattern* other) { return other->text == text; };
    // Ten thousand rules for ten thousand locations are about a handful of fields.
    if (std::none_of(known.begin(), known.end(), same)) known.push_back(&item.pattern);
  }
  for (const auto& [system, manifest] : manifests) {
    for (const v1::EntityCapability& capability : manifest->entities()) {
      const v1::EntityKind entity = capability.entity();
      const auto* type = DescriptorOf(entity);
      if (type == nullptr) continue;
      Target& target = targets[entity][system];
      std::map<std::string, Pattern> parts;
      for (const v1::WriteOperation& write : capability.writes()) {
        const bool upserts = write.verb() == v1::WRITE_VERB_UPSERT || write.verb() == v1::WRITE_VERB_UNSPECIFIED;
        target.creates = target.creates || upserts || write.verb() == v1::WRITE_VERB_CREATE;
        target.updates = target.updates || upserts || write.verb() == v1::WRITE_VERB_UPDATE;
        for (const Pattern& field : WrittenFields(write, entity)) {
          for (const Pattern& part : SplitByRules(entity, field, patterns[entity]).covered)
            parts.emplace(part.text, part);
        }
      }
      for (const auto& entry : parts) {
        const Pattern& part = entry.second;
        WritePath path;
        path.text = entry.first;
        path.pattern = part;
        auto parsed = models::FieldPath::Parse(entry.first);
        if (!parsed.ok()) continue;
        path.path = *std::move(parsed);
        path.wildcard = path.path.HasWildcard();
        path.fixed = std::none_of(patterns[entity].begin(), patterns[entity].end(),
                                  [&](const Pattern* rule) { return Overlap(*rule, part) && !Covers(*rule, part); });
        path.candidates = selector.CandidatesFor(entity, part);
        target.paths.push_back(std::move(path));
      }
    }
  }
}

}  // namespace
}  // namespace internal

std::vector<Refusal> CompiledPolicy::Check(const PolicySource& source, const std::vector<ManifestSource>& manifests) {
  internal::Checked checked;
  internal::Refusals refusals(source);
  internal::CheckAll(source, manifests, checked, refusals);
  return refusals.Take();
}

absl::StatusOr<std::shared_ptr<const CompiledPolicy>> CompiledPolicy::Compile(
    const PolicySource& source, const std::vector<ManifestSource>& manifests) {
  internal::Checked checked;
  internal::Refusals refusals(source);
  internal::CheckAll(source, manifests, checked, refusals);
  if (!refusals.empty()) return ToStatus(refusals.Take());

  auto impl = std::make_unique<Impl>();
  impl->bundle = internal::Normalize(std::move(checked.bundle));
  impl->hash = internal::HashOf(impl->bundle);
  std::vector<std::pair<v1::EntityKind, internal::Selectable>> items;
  for (int i = 0; i < impl->bundle.rules_size(); ++i) {
    const v1::PolicyRule& rule = impl->bundle.rules(i);
    impl->rules.push_back(internal::MakeRule(rule));
    internal::Selectable item;
    item.rule = i;
    auto pattern = internal::ParsePattern(rule.field(), *internal::DescriptorOf(rule.entity()));
    if (!pattern.ok()) return pattern.status();
    item.pattern = *std::move(pattern);
    item.terms = internal::TermsOf(rule);
    items.emplace_back(rule.entity(), std::move(item));
  }
  impl->selector.Build(items);
  for (const auto& [entity, item] : items) impl->selector.CandidatesFor(entity, item.pattern);
  internal::MakeTargets(checked.manifests, items, impl->selector, impl->targets);
  for (const v1::PostingGate& gate : impl->bundle.posting()) impl->gates.push_back(internal::MakeGate(gate));
  return std::shared_ptr<const CompiledPolicy>(new CompiledPolicy(std::move(impl)));
}

CompiledPolicy::CompiledPolicy(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CompiledPolicy::~CompiledPolicy() = default;

const std::string& CompiledPolicy::name() const { return impl_->bundle.name(); }
std::uint32_t CompiledPolicy::version() const { return impl_->bundle.version(); }
const std::string& CompiledPolicy::hash() const { return impl_->hash; }
const v1::PolicyBundle& CompiledPolicy::bundle() const { return impl_->bundle; }
const std::vector<CompiledRule>& CompiledPolicy::rules() const { return impl_->rules; }
std::vector<std::string> CompiledPolicy::systems() const { return internal::SystemIds(impl_->bundle); }

const CompiledRule* CompiledPolicy::Select(v1::EntityKind entity, std::string_view path, const Scope& scope) const {
  if (const internal::Candidates* known = impl_->selector.Remembered(entity, path); known != nullptr) {
    return impl_->Pick(*known, scope);
  }
  const auto pattern = internal::ParseConcrete(path);
  if (!pattern.ok()) return nullptr;
  return impl_->Pick(impl_->selector.Walk(entity, *pattern), scope);
}

std::string internal::Plan::UnscopedDetail(v1::EntityKind entity, std::string_view path, const Scope& scope) const {
  const std::string what = absl::StrCat(KindName(entity), " ", Quote(path));
  const auto pattern = ParseConcrete(path);
  const bool elsewhere = pattern.ok() && !selector.Walk(entity, *pattern).empty();
  if (!elsewhere) return absl::StrCat("no rule covers ", what, ": add one, or one with resolve: IGNORE");
  return absl::StrCat("no rule fits ", what,
                      scope.empty() ? " of a record without scope" : absl::StrCat(" at ", scope.ToString()),
                      ", only for other places: add a rule for it, or one with resolve: IGNORE");
}

}  // namespace policy
FAIRLEAD_NAMESPACE_END
