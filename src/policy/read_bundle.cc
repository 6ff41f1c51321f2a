// Textproto to bundle, with every fault found at its place.
#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "fairlead/policy/source.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/text_format.h"
#include "src/core/internal/absl_compat.h"
#include "src/policy/internal/places.h"
#include "src/policy/internal/suggest.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace policy {
namespace {

using ::fairlead::internal::ToAbsl;
using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::TextFormat;
using internal::DidYouMean;
using internal::Quote;

// The text by lines: turns the tokenizer's columns (where a tab reaches to the next multiple of eight) into bytes.
class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text) {
    starts_.push_back(0);
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\n') starts_.push_back(i + 1);
    }
  }
  std::size_t count() const { return starts_.size(); }
  // Offset of (line, column), both from 0.
  std::size_t Offset(int line, int column) const {
    if (line < 0 || static_cast<std::size_t>(line) >= starts_.size()) return text_.size();
    std::size_t at = starts_[static_cast<std::size_t>(line)];
    for (int seen = 0; seen < column && at < text_.size() && text_[at] != '\n'; ++at) {
      seen = text_[at] == '\t' ? (seen / 8 + 1) * 8 : seen + 1;
    }
    return at;
  }
  Place At(std::size_t offset) const {
    const auto after = std::upper_bound(starts_.begin(), starts_.end(), offset);
    const std::size_t line = static_cast<std::size_t>(after - starts_.begin());
    return Place{static_cast<int>(line), static_cast<int>(offset - starts_[line - 1]) + 1};
  }

 private:
  std::string_view text_;
  std::vector<std::size_t> starts_;
};

struct Fault {
  std::size_t offset = 0;
  std::string message;
};

// Length of the UTF-8 sequence at the start of `text`, 0 for anything else.
std::size_t Utf8Length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  // Overlong forms, surrogates, and what lies above U+10FFFF.
  if (first == 0xE0 && byte(1) < 0xA0) return 0;
  if (first == 0xED && byte(1) > 0x9F) return 0;
  if (first == 0xF0 && byte(1) < 0x90) return 0;
  if (first == 0xF4 && byte(1) > 0x8F) return 0;
  return length;
}

// What must hold before a parser sees the text: size, lines, bytes, depth.
std::optional<Fault> Prescan(std::string_view text) {
  if (text.size() > kMaxBundleBytes) {
    return Fault{0, absl::StrCat("the bundle is ", text.size(), " bytes long, the limit is ", kMaxBundleBytes,
                                 ": split it, or read it from storage")};
  }
  std::size_t line_start = 0;
  int depth = 0;
  char quote = 0;
  bool comment = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') {
      line_start = i + 1;
      comment = false;
      quote = 0;  // A string does not go over the end of its line; the parser says so.
      continue;
    }
    if (i - line_start >= kMaxBundleLine) {
      std::size_t end = text.find('\n', i);
      if (end == std::string_view::npos) end = text.size();
      return Fault{line_start, absl::StrCat("this line is ", end - line_start, " bytes long, the limit is ",
                                            kMaxBundleLine, ": break it")};
    }
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\r') || c == 0x7f) {
      return Fault{i, absl::StrCat("byte ", static_cast<int>(c),
                                   " is no text: a bundle is textproto in UTF-8, not a "
                                   "binary file")};
    }
    if (static_cast<unsigned char>(c) >= 0x80) {
      const std::size_t length = Utf8Length(text.substr(i));
      if (length == 0) {
        return Fault{i, "these bytes are not UTF-8: save the file as UTF-8; a binary bundle is not read here"};
      }
      i += length - 1;
      continue;
    }
    if (comment) continue;
    if (quote != 0) {
      if (c == '\\' && i + 1 < text.size() && text[i + 1] != '\n') {
        ++i;
      } else if (c == quote) {
        quote = 0;
      }
      continue;
    }
    if (c == '#') comment = true;
    if (c == '"' || c == '\'') quote = c;
    if (c == '{' || c == '<' || c == '[') {
      if (++depth > kMaxBundleDepth) {
        return Fault{i, absl::StrCat("nested deeper than ", kMaxBundleDepth,
                                     " levels: no part of a bundle is; look for a missing closing brace")};
      }
    }
    if ((c == '}' || c == '>' || c == ']') && depth > 0) --depth;
  }
  return std::nullopt;
}

class Collector : public google::protobuf::io::ErrorCollector {
 public:
  struct Entry {
    int line;
    int column;
    std::string message;
  };
#if GOOGLE_PROTOBUF_VERSION >= 4022000
  void RecordError(int line, google::protobuf::io::ColumnNumber column, absl::string_view message) override {
    errors.push_back({line, column, std::string(message)});
  }
  void RecordWarning(int line, google::protobuf::io::ColumnNumber column, absl::string_view message) override {
    warnings.push_back({line, column, std::string(message)});
  }
#else
  void AddError(int line, google::protobuf::io::ColumnNumber column, const std::string& message) override {
    errors.push_back({line, column, message});
  }
  void AddWarning(int line, google::protobuf::io::ColumnNumber column, const std::string& message) override {
    warnings.push_back({line, column, message});
  }
#endif
  std::vector<Entry> errors;
  std::vector<Entry> warnings;
};

// The texts between double quotes.
std::vector<std::string> QuotedParts(const std::string& message) {
  std::vector<std::string> parts;
  std::size_t from = 0;
  while (true) {
    const std::size_t open = message.find('"', from);
    const std::size_t close = open == std::string::npos ? open : message.find('"', open + 1);
    if (close == std::string::npos) return parts;
    parts.push_back(message.substr(open + 1, close - open - 1));
    from = close + 1;
  }
}

void Collect(const Descriptor& type, std::set<const Descriptor*>& seen) {
  if (!seen.insert(&type).second) return;
  for (int i = 0; i < type.field_count(); ++i) {
    if (type.field(i)->message_type() != nullptr) Collect(*type.field(i)->message_type(), seen);
  }
}

std::set<const Descriptor*> BundleTypes() {
  std::set<const Descriptor*> types;
  Collect(*v1::PolicyBundle::descriptor(), types);
  return types;
}

std::vector<std::string> FieldNames(const std::string& type_name) {
  std::vector<std::string> names;
  for (const Descriptor* type : BundleTypes()) {
    if (type->full_name() != type_name) continue;
    for (int i = 0; i < type->field_count(); ++i) names.push_back(std::string(type->field(i)->name()));
  }
  return names;
}

std::vector<std::string> EnumNames(const std::string& field_name) {
  std::vector<std::string> names;
  for (const Descriptor* type : BundleTypes()) {
    const FieldDescriptor* field = type->FindFieldByName(field_name);
    if (field == nullptr || field->enum_type() == nullptr) continue;
    const EnumDescriptor& values = *field->enum_type();
    for (int i = 0; i < values.value_count(); ++i) {
      if (values.value(i)->number() != 0) names.push_back(std::string(values.value(i)->name()));
    }
    return names;
  }
  return names;
}

// `fairlead.v1.PolicyRule` is no word of the person who wrote the file.
std::string PartName(const std::string& type_name) {
  static constexpr std::pair<std::string_view, std::string_view> kNames[] = {
      {"fairlead.v1.PolicyBundle", "a bundle"}, {"fairlead.v1.PolicyRule", "rules"},
      {"fairlead.v1.PolicySystem", "systems"},  {"fairlead.v1.PolicyTeam", "teams"},
      {"fairlead.v1.PolicyScope", "scope"},     {"fairlead.v1.Tolerance", "tolerance"},
      {"fairlead.v1.Freshness", "freshness"},   {"fairlead.v1.AuditPlan", "audit"},
      {"fairlead.v1.Repair", "repair"},         {"fairlead.v1.PostingGate", "posting"},
  };
  for (const auto& [name, word] : kNames) {
    if (name == type_name) return std::string(word);
  }
  return type_name;
}

// What to do about a message of the parser.
std::string Explain(const std::string& message) {
  const std::vector<std::string> parts = QuotedParts(message);
  if (absl::StrContains(message, "has no field named") && parts.size() >= 2) {
    const std::vector<std::string> known = FieldNames(parts[0]);
    return absl::StrCat(PartName(parts[0]), " has no field ", Quote(parts[1]), DidYouMean(parts[1], known),
                        "; it may have ", internal::Quoted(known, 32));
  }
  if (absl::StrContains(message, "Unknown enumeration value") && parts.size() >= 2) {
    const std::vector<std::string> known = EnumNames(parts[1]);
    return absl::StrCat(Quote(parts[0]), " is no value of ", parts[1], DidYouMean(parts[0], known), "; use one of ",
                        internal::Quoted(known, 32));
  }
  if (absl::StrContains(message, "is specified multiple times") && !parts.empty()) {
    return absl::StrCat(Quote(parts[0]), " stands here a second time: keep one");
  }
  if (absl::StrContains(message, "Expected identifier, got: /")) {
    return "comments begin with # here";
  }
  return absl::StrCat("not valid textproto: ", message);
}

// Rule ids by where their rules begin, from a bundle that may be only half read.
struct RuleStart {
  std::size_t offset;
  std::string id;
};

}  // namespace

absl::StatusOr<PolicySource> ReadBundle(std::string_view text, std::string_view file) {
  PolicySource source;
  source.file = std::string(file);
  const Lines lines(text);
  std::vector<Refusal> refusals;
  const auto refuse = [&](const Fault& fault, const std::string& rule) {
    const Place at = lines.At(fault.offset);
    refusals.push_back(Refusal{source.file, at.line, at.column, rule, fault.message});
  };
  if (const auto fault = Prescan(text); fault.has_value()) {
    refuse(*fault, "");
    return ToStatus(refusals);
  }

  // The parser stops at the first unknown enum value. Overwriting such a value with 0 lets it go on, so that one run
  // shows all faults. Everything else that stops it is structure, and the rest cannot be judged.
  std::string patched(text);
  std::vector<Fault> faults;
  auto places = std::make_shared<SourcePlaces>();
  std::vector<RuleStart> rules;
  constexpr int kMaxRuns = 50;
  for (int run = 0; run < kMaxRuns; ++run) {
    source.bundle.Clear();
    Collector collector;
    TextFormat::ParseInfoTree tree;
    TextFormat::Parser parser;
    parser.RecordErrorsTo(&collector);
    parser.WriteLocationsTo(&tree);
    parser.AllowUnknownField(true);  // Reported as a warning each; below they are faults like the others.
    parser.SetRecursionLimit(kMaxBundleDepth + 2);
    google::protobuf::io::ArrayInputStream input(patched.data(), static_cast<int>(patched.size()));
    const bool parsed = parser.Parse(&input, &source.bundle);

    bool again = false;
    std::vector<Fault> last;
    for (const Collector::Entry& entry : collector.errors) {
      Fault fault{lines.Offset(entry.line, entry.column), Explain(entry.message)};
      if (absl::StrContains(entry.message, "Unknown enumeration value")) {
        // The place is that of the token after the value.
        const std::vector<std::string> parts = QuotedParts(entry.message);
        const std::size_t value =
            parts.empty() || parts[0].empty() ? std::string::npos : patched.rfind(parts[0], fault.offset);
        if (value != std::string::npos && parts[0].find('\n') == std::string::npos) {
          fault.offset = value;
          patched.replace(value, parts[0].size(), absl::StrCat("0", std::string(parts[0].size() - 1, ' ')));
          faults.push_back(std::move(fault));
          again = true;
          continue;
        }
      }
      last.push_back(std::move(fault));
    }
    if (again && run + 1 < kMaxRuns) continue;
    for (Fault& fault : last) faults.push_back(std::move(fault));
    for (const Collector::Entry& entry : collector.warnings) {
      Fault fault{lines.Offset(entry.line, entry.column), Explain(entry.message)};
      if (absl::StrContains(entry.message, "has no field named")) {
        // As above: the place is after the name.
        const std::vector<std::string> parts = QuotedParts(entry.message);
        if (parts.size() >= 2 && !parts[1].empty() && fault.offset > 0) {
          const std::size_t name = patched.rfind(parts[1], fault.offset);
          if (name != std::string::npos) fault.offset = name;
        }
      }
      faults.push_back(std::move(fault));
    }
    if (!parsed && faults.empty()) faults.push_back(Fault{0, "not valid textproto"});

    const FieldDescriptor* rules_field =
        v1::PolicyBundle::descriptor()->FindFieldByNumber(v1::PolicyBundle::kRulesFieldNumber);
    for (int i = 0; i < source.bundle.rules_size(); ++i) {
      const TextFormat::ParseLocation at = tree.GetLocation(rules_field, i);
      if (at.line >= 0) rules.push_back({lines.Offset(at.line, at.column), source.bundle.rules(i).id()});
    }
    places->Read(source.bundle, tree);
    break;
  }
  if (!faults.empty()) {
    std::stable_sort(faults.begin(), faults.end(), [](const Fault& a, const Fault& b) { return a.offset < b.offset; });
    std::set<std::pair<std::size_t, std::string>> said;
    for (const Fault& fault : faults) {
      if (!said.insert({fault.offset, fault.message}).second) continue;
      std::string rule;
      for (const RuleStart& start : rules) {
        if (start.offset <= fault.offset) rule = start.id;
      }
      // Behind the last rule something else may have begun.
      const std::string_view line_start = text.substr(text.rfind('\n', fault.offset == 0 ? 0 : fault.offset - 1) + 1);
      if (absl::StartsWith(ToAbsl(line_start), "systems") || absl::StartsWith(ToAbsl(line_start), "teams") ||
          absl::StartsWith(ToAbsl(line_start), "posting")) {
        rule.clear();
      }
      refuse(fault, rule);
    }
    return ToStatus(refusals);
  }
  source.places = std::move(places);
  return source;
}

}  // namespace policy
FAIRLEAD_NAMESPACE_END
