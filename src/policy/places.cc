#include "src/policy/internal/places.h"

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "src/core/internal/absl_compat.h"
#include "src/policy/internal/suggest.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace policy {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::TextFormat;

void SourcePlaces::Read(const Message& message, const TextFormat::ParseInfoTree& tree) { Walk("", message, tree); }

void SourcePlaces::Walk(const std::string& prefix, const Message& message, const TextFormat::ParseInfoTree& tree) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const int count = field->is_repeated() ? message.GetReflection()->FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      const int index = field->is_repeated() ? i : -1;
      const std::string path =
          field->is_repeated() ? absl::StrCat(prefix, field->name(), "[", i, "]") : absl::StrCat(prefix, field->name());
      const TextFormat::ParseLocation at = tree.GetLocation(field, index);
      if (at.line >= 0) places_[path] = Place{at.line + 1, at.column + 1};
      if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
      const TextFormat::ParseInfoTree* below = tree.GetTreeForNested(field, index);
      if (below == nullptr) continue;
      const Message& child = field->is_repeated() ? message.GetReflection()->GetRepeatedMessage(message, field, i)
                                                  : message.GetReflection()->GetMessage(message, field);
      Walk(absl::StrCat(path, "."), child, *below);
    }
  }
}

Place SourcePlaces::Find(std::string_view path) const {
  while (true) {
    if (const auto found = places_.find(path); found != places_.end()) return found->second;
    // "rules[3].scope[0].key" → "rules[3].scope[0]" → "rules[3]" → nothing.
    const std::size_t dot = path.rfind('.');
    if (dot == std::string_view::npos) return Place{};
    path = path.substr(0, dot);
  }
}

std::string Refusal::ToString() const {
  std::string text;
  if (!file.empty()) absl::StrAppend(&text, file, ":");
  if (line > 0) absl::StrAppend(&text, line, ":", column, ":");
  if (!text.empty()) text += ' ';
  if (!rule.empty()) absl::StrAppend(&text, "rule ", internal::Quote(rule), ": ");
  return text + message;
}

absl::Status ToStatus(const std::vector<Refusal>& refusals) {
  if (refusals.empty()) return absl::OkStatus();
  constexpr std::size_t kShown = 100;
  std::string text;
  for (std::size_t i = 0; i < refusals.size() && i < kShown; ++i) {
    absl::StrAppend(&text, i == 0 ? "" : "\n", refusals[i].ToString());
  }
  if (refusals.size() > kShown) absl::StrAppend(&text, "\nand ", refusals.size() - kShown, " more");
  return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent, text);
}

namespace internal {

void Refusals::Add(std::string_view path, std::string_view rule, std::string message) {
  Refusal refusal;
  refusal.file = source_.file;
  if (source_.places != nullptr) {
    const Place place = source_.places->Find(path);
    refusal.line = place.line;
    refusal.column = place.column;
  }
  refusal.rule = std::string(rule);
  refusal.message = std::move(message);
  list_.push_back(std::move(refusal));
}

std::vector<Refusal> Refusals::Take() {
  std::stable_sort(list_.begin(), list_.end(), [](const Refusal& a, const Refusal& b) {
    return std::tie(a.line, a.column) < std::tie(b.line, b.column);
  });
  return std::move(list_);
}

}  // namespace internal
}  // namespace policy
FAIRLEAD_NAMESPACE_END
