#include "fairlead/models/field_path.h"

#include <charconv>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "src/core/internal/absl_compat.h"
#include "src/models/internal/natural_key.h"
#include "src/models/internal/path_walk.h"
#include "src/models/internal/protobuf_compat.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace models {
namespace {

using ::fairlead::internal::ToAbsl;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using Select = PathSegment::Select;

absl::Status Refuse(std::string_view text, std::size_t at, std::string_view why) {
  return MakeError(ErrorKind::kValidation, Outcome::kNotSent,
                   absl::StrCat("field path '", ToAbsl(text), "', position ", at, ": ", ToAbsl(why)));
}

bool IsNameChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// What stands between brackets, up to and with the closing one.
absl::Status ParseSelector(std::string_view text, std::size_t& at, PathSegment& segment) {
  const std::size_t start = ++at;
  if (at < text.size() && text[at] == '"') {
    segment.select = Select::kKey;
    for (++at; at < text.size() && text[at] != '"'; ++at) {
      if (text[at] == '\\' && ++at == text.size()) break;
      segment.key.push_back(text[at]);
    }
    if (at >= text.size()) return Refuse(text, start, "the key's closing quote is missing");
    if (++at >= text.size() || text[at] != ']') return Refuse(text, at, "']' is expected behind the quoted key");
    ++at;
    return absl::OkStatus();
  }
  const std::size_t end = text.find(']', at);
  if (end == std::string_view::npos) return Refuse(text, start - 1, "the closing ']' is missing");
  const std::string_view inside = text.substr(at, end - at);
  at = end + 1;
  if (inside.empty()) return Refuse(text, start, "a key, '*' or '#' and a place is expected between the brackets");
  if (inside == "*") {
    segment.select = Select::kAll;
  } else if (inside.front() == '#') {
    segment.select = Select::kIndex;
    const char* const last = inside.data() + inside.size();
    const auto result = std::from_chars(inside.data() + 1, last, segment.index);
    if (result.ec != std::errc() || result.ptr != last || segment.index > 0x7FFFFFFF) {
      return Refuse(text, start, "a place such as #2 is expected (put a key that begins with # in quotes)");
    }
  } else {
    if (inside.find_first_of("[\"\\") != std::string_view::npos) {
      return Refuse(text, start, "put keys with brackets, quotes or backslashes in quotes");
    }
    segment.select = Select::kKey;
    segment.key = std::string(inside);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<FieldPath> FieldPath::Parse(std::string_view text) {
  FieldPath path;
  std::size_t at = 0;
  if (text.empty()) return Refuse(text, 0, "a path is expected");
  while (true) {
    PathSegment segment;
    const std::size_t start = at;
    while (at < text.size() && IsNameChar(text[at])) ++at;
    if (at == start) return Refuse(text, at, "a field name is expected");
    segment.field = std::string(text.substr(start, at - start));
    if (at < text.size() && text[at] == '[') FAIRLEAD_RETURN_IF_ERROR(ParseSelector(text, at, segment));
    path.segments_.push_back(std::move(segment));
    if (at == text.size()) return path;
    if (text[at] != '.') return Refuse(text, at, "'.' or '[' is expected");
    ++at;
  }
}

absl::StatusOr<FieldPath> FieldPath::Parse(std::string_view text, const Descriptor& type) {
  FAIRLEAD_ASSIGN_OR_RETURN(FieldPath path, Parse(text));
  FAIRLEAD_RETURN_IF_ERROR(path.Check(type));
  return path;
}

absl::Status FieldPath::Check(const Descriptor& type) const {
  const Descriptor* at = &type;
  const auto refuse = [&](std::string_view why) {
    return MakeError(ErrorKind::kValidation, Outcome::kNotSent,
                     absl::StrCat("field path '", ToString(), "': ", ToAbsl(why)));
  };
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    const PathSegment& segment = segments_[i];
    const bool last = i + 1 == segments_.size();
    const FieldDescriptor* const field = at == nullptr ? nullptr : at->FindFieldByName(segment.field);
    if (field == nullptr) {
      return refuse(at == nullptr
                        ? absl::StrCat("nothing lies below a scalar, but '", segment.field, "' is asked for")
                        : absl::StrCat("'", segment.field, "' is not a field of ", ToAbsl(internal::FullNameOf(*at))));
    }
    if (!field->is_repeated() && segment.select != Select::kNone) {
      return refuse(absl::StrCat("'", segment.field, "' is not repeated: brackets have no meaning there"));
    }
    if (field->is_repeated() && segment.select == Select::kNone && !last) {
      return refuse(
          absl::StrCat("'", segment.field, "' is repeated: say which element, with a key in brackets or [*]"));
    }
    if (segment.select == Select::kKey && field->message_type() != nullptr && !HasNaturalKey(*field->message_type())) {
      return refuse(
          absl::StrCat("the elements of '", segment.field, "' have no natural key: use [*] or a place such as [#0]"));
    }
    if (segment.select == Select::kKey && field->message_type() != nullptr) {
      // A misspelt enum value would match nothing, silently and for ever.
      const FieldDescriptor& key = *internal::KeyFieldsOf(*field->message_type()).back();
      if (key.enum_type() != nullptr && internal::FindValue(*key.enum_type(), segment.key) == nullptr) {
        return refuse(
            absl::StrCat("'", segment.key, "' is not a value of ", ToAbsl(internal::FullNameOf(*key.enum_type()))));
      }
    }
    at = field->is_map() && segment.select != Select::kNone ? field->message_type()->field(1)->message_type()
                                                            : field->message_type();
  }
  return absl::OkStatus();
}

std::string FieldPath::ToString() const {
  std::string text;
  for (const PathSegment& segment : segments_) {
    if (!text.empty()) text.push_back('.');
    text.append(segment.field);
    switch (segment.select) {
      case Select::kNone:
        break;
      case Select::kAll:
        text.append("[*]");
        break;
      case Select::kIndex:
        absl::StrAppend(&text, "[#", segment.index, "]");
        break;
      case Select::kKey:
        absl::StrAppend(&text, "[", internal::QuoteKey(segment.key), "]");
        break;
    }
  }
  return text;
}

bool FieldPath::HasWildcard() const {
  for (const PathSegment& segment : segments_) {
    if (segment.select == Select::kAll) return true;
  }
  return false;
}

bool FieldPath::Covers(const FieldPath& other) const {
  if (segments_.size() > other.segments_.size()) return false;
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    const PathSegment& mine = segments_[i];
    const PathSegment& theirs = other.segments_[i];
    if (mine.field != theirs.field) return false;
    switch (mine.select) {
      case Select::kNone:
        break;
      case Select::kAll:
        if (theirs.select == Select::kNone) return false;
        break;
      case Select::kKey:
        if (theirs.select != Select::kKey || mine.key != theirs.key) return false;
        break;
      case Select::kIndex:
        if (theirs.select != Select::kIndex || mine.index != theirs.index) return false;
        break;
    }
  }
  return true;
}

namespace {

// Follows a path and collects its matches. Fields of absent messages are looked up in the default instance: absent,
// too.
class Finder {
 public:
  explicit Finder(const std::vector<PathSegment>& segments) : segments_(segments) {}

  void Walk(const Message& message, std::size_t depth, const std::string& prefix) {
    const PathSegment& segment = segments_[depth];
    const FieldDescriptor& field = *message.GetDescriptor()->FindFieldByName(segment.field);
    const bool last = depth + 1 == segments_.size();
    const auto& r = *message.GetReflection();
    std::string path = prefix.empty() ? segment.field : absl::StrCat(prefix, ".", segment.field);
    if (!field.is_repeated()) {
      if (!last) return Walk(r.GetMessage(message, &field), depth + 1, path);
      matches.push_back(FieldMatch{std::move(path), &message, &field, -1, r.HasField(message, &field)});
      return;
    }
    if (segment.select == Select::kNone) {
      matches.push_back(FieldMatch{std::move(path), &message, &field, -1, r.FieldSize(message, &field) > 0});
      return;
    }
    const std::vector<std::string> selectors = internal::Selectors(message, field);
    for (const int index : internal::SelectElements(message, field, segment)) {
      std::string element = absl::StrCat(path, "[", selectors[static_cast<std::size_t>(index)], "]");
      if (field.is_map()) {
        const Message& entry = r.GetRepeatedMessage(message, &field, index);
        const FieldDescriptor& value = *field.message_type()->field(1);
        if (!last) {
          Walk(entry.GetReflection()->GetMessage(entry, &value), depth + 1, element);
        } else {
          matches.push_back(FieldMatch{std::move(element), &entry, &value, -1, true});
        }
      } else if (!last) {
        Walk(r.GetRepeatedMessage(message, &field, index), depth + 1, element);
      } else {
        matches.push_back(FieldMatch{std::move(element), &message, &field, index, true});
      }
    }
  }

  std::vector<FieldMatch> matches;

 private:
  const std::vector<PathSegment>& segments_;
};

}  // namespace

absl::StatusOr<std::vector<FieldMatch>> FindFields(const Message& message, const FieldPath& path) {
  FAIRLEAD_RETURN_IF_ERROR(path.Check(*message.GetDescriptor()));
  Finder finder(path.segments());
  if (!path.segments().empty()) finder.Walk(message, 0, "");
  return std::move(finder.matches);
}

absl::StatusOr<std::vector<FieldMatch>> FindFields(const Message& message, std::string_view path) {
  FAIRLEAD_ASSIGN_OR_RETURN(const FieldPath parsed, FieldPath::Parse(path));
  return FindFields(message, parsed);
}

}  // namespace models
FAIRLEAD_NAMESPACE_END
