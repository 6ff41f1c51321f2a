#include "src/models/internal/natural_key.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "fairlead/models/field_path.h"
#include "fairlead/v1/options.pb.h"
#include "src/core/internal/absl_compat.h"
#include "src/models/internal/json_format.h"
#include "src/models/internal/protobuf_compat.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace models {
namespace internal {
namespace {

using ::fairlead::internal::ToAbsl;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

}  // namespace

std::string ElementText(const Message& parent, const FieldDescriptor& field, int index) {
  const auto& r = *parent.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return r.GetRepeatedString(parent, &field, index);
    case FieldDescriptor::CPPTYPE_INT32:
      return std::to_string(r.GetRepeatedInt32(parent, &field, index));
    case FieldDescriptor::CPPTYPE_INT64:
      return std::to_string(r.GetRepeatedInt64(parent, &field, index));
    case FieldDescriptor::CPPTYPE_UINT32:
      return std::to_string(r.GetRepeatedUInt32(parent, &field, index));
    case FieldDescriptor::CPPTYPE_UINT64:
      return std::to_string(r.GetRepeatedUInt64(parent, &field, index));
    case FieldDescriptor::CPPTYPE_BOOL:
      return r.GetRepeatedBool(parent, &field, index) ? "true" : "false";
    case FieldDescriptor::CPPTYPE_ENUM: {
      const int number = r.GetRepeatedEnumValue(parent, &field, index);
      const auto* value = field.enum_type()->FindValueByNumber(number);
      return value == nullptr ? std::to_string(number) : std::string(ShortName(*value));
    }
    default:
      return {};
  }
}

KeyFields KeyFieldsOf(const google::protobuf::Descriptor& type) {
  KeyFields fields;
  if (type.options().map_entry()) {
    fields.push_back(type.field(0));
    return fields;
  }
  const std::string& path = type.options().GetExtension(v1::natural_key);
  const google::protobuf::Descriptor* at = &type;
  std::string_view rest = path;
  while (!rest.empty() && at != nullptr) {
    const std::size_t dot = rest.find('.');
    const FieldDescriptor* field = FindField(*at, rest.substr(0, dot));
    if (field == nullptr || field->is_repeated()) return {};
    fields.push_back(field);
    at = field->message_type();
    rest.remove_prefix(dot == std::string_view::npos ? rest.size() : dot + 1);
  }
  // A path that ends at a message names no text.
  if (!fields.empty() && fields.back()->message_type() != nullptr) return {};
  return fields;
}

std::string KeyText(const Message& element, const KeyFields& fields) {
  const Message* at = &element;
  for (std::size_t i = 0; i + 1 < fields.size(); ++i) at = &at->GetReflection()->GetMessage(*at, fields[i]);
  const FieldDescriptor& field = *fields.back();
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
    const int number = at->GetReflection()->GetEnumValue(*at, &field);
    const auto* value = field.enum_type()->FindValueByNumber(number);
    return value == nullptr ? std::to_string(number) : std::string(ShortName(*value));
  }
  return ScalarText(*at, field);
}

bool SetKey(Message& element, const KeyFields& fields, std::string_view text) {
  Message* at = &element;
  for (std::size_t i = 0; i + 1 < fields.size(); ++i) at = at->GetReflection()->MutableMessage(at, fields[i]);
  const FieldDescriptor& field = *fields.back();
  const auto& r = *at->GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      r.SetString(at, &field, std::string(text));
      return true;
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto* value = FindValue(*field.enum_type(), text);
      if (value == nullptr) return false;
      r.SetEnumValue(at, &field, value->number());
      return true;
    }
    default:
      return false;
  }
}

std::string_view ShortName(const google::protobuf::EnumValueDescriptor& value) {
  std::string_view name = NameOf(value);
  constexpr std::string_view kZero = "UNSPECIFIED";
  const auto* zero = value.type()->FindValueByNumber(0);
  if (zero == nullptr || zero == &value) return name;
  std::string_view prefix = NameOf(*zero);
  if (prefix.size() <= kZero.size() || prefix.substr(prefix.size() - kZero.size()) != kZero) return name;
  prefix.remove_suffix(kZero.size());
  if (name.size() > prefix.size() && name.substr(0, prefix.size()) == prefix) name.remove_prefix(prefix.size());
  return name;
}

const google::protobuf::EnumValueDescriptor* FindValue(const google::protobuf::EnumDescriptor& type,
                                                       std::string_view text) {
  for (int i = 0; i < type.value_count(); ++i) {
    const auto* value = type.value(i);
    if (absl::EqualsIgnoreCase(ToAbsl(ShortName(*value)), ToAbsl(text)) ||
        absl::EqualsIgnoreCase(ToAbsl(NameOf(*value)), ToAbsl(text))) {
      return value;
    }
  }
  return nullptr;
}

std::string QuoteKey(std::string_view key) {
  const bool plain =
      !key.empty() && key.front() != '#' && key != "*" && key.find_first_of("[]\"\\") == std::string_view::npos;
  if (plain) return std::string(key);
  std::string quoted = "\"";
  for (const char c : key) {
    if (c == '"' || c == '\\') quoted.push_back('\\');
    quoted.push_back(c);
  }
  quoted.push_back('"');
  return quoted;
}

std::vector<std::string> Selectors(const Message& parent, const FieldDescriptor& field) {
  const auto& r = *parent.GetReflection();
  const int size = r.FieldSize(parent, &field);
  const KeyFields keys = field.message_type() != nullptr ? KeyFieldsOf(*field.message_type()) : KeyFields();
  std::vector<std::string> selectors;
  selectors.reserve(static_cast<std::size_t>(size));
  std::map<std::string, int> count;
  for (int i = 0; i < size; ++i) {
    std::string text;
    if (field.message_type() == nullptr) {
      text = ElementText(parent, field, i);
    } else if (!keys.empty()) {
      text = KeyText(r.GetRepeatedMessage(parent, &field, i), keys);
    }
    ++count[text];
    selectors.push_back(std::move(text));
  }
  for (int i = 0; i < size; ++i) {
    std::string& text = selectors[static_cast<std::size_t>(i)];
    text = text.empty() || count[text] > 1 ? absl::StrCat("#", i) : QuoteKey(text);
  }
  return selectors;
}

}  // namespace internal

std::optional<std::string> NaturalKeyOf(const google::protobuf::Message& element) {
  const internal::KeyFields fields = internal::KeyFieldsOf(*element.GetDescriptor());
  if (fields.empty()) return std::nullopt;
  return internal::KeyText(element, fields);
}

bool HasNaturalKey(const google::protobuf::Descriptor& type) {
  // That every such option leads to a field is tested once for the whole model, not looked up for each record.
  return type.options().map_entry() || !type.options().GetExtension(v1::natural_key).empty();
}

std::string PathWithKey(std::string_view field, std::string_view key) {
  return absl::StrCat(::fairlead::internal::ToAbsl(field), "[", internal::QuoteKey(key), "]");
}

}  // namespace models
FAIRLEAD_NAMESPACE_END
