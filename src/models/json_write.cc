#include <algorithm>
#include <charconv>
#include <cmath>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "fairlead/models/json.h"
#include "google/protobuf/any.pb.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "src/core/internal/absl_compat.h"
#include "src/models/internal/json_format.h"
#include "src/models/internal/protobuf_compat.h"
#include "src/models/internal/text.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace models {
namespace {

using ::fairlead::internal::ToAbsl;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using internal::NameOf;
using internal::Special;
using internal::SpecialOf;

constexpr char kHex[] = "0123456789abcdef";

// Writes into the caller's buffer. Functions return false once something cannot be written; `why_` and `where_` then
// say what.
class Writer {
 public:
  Writer(std::string& out, bool pretty) : out_(out), pretty_(pretty) {}

  bool WriteMessage(const Message& message) {
    if (depth_ >= internal::kMaxWriteDepth) return Fail("nested too deeply to be written as JSON");
    switch (SpecialOf(*message.GetDescriptor())) {
      case Special::kTimestamp: {
        const auto& time = static_cast<const google::protobuf::Timestamp&>(message);
        out_.push_back('"');
        if (!internal::AppendRfc3339(time.seconds(), time.nanos(), out_))
          return Fail("time outside of the years 1 to 9999");
        out_.push_back('"');
        return true;
      }
      case Special::kDuration: {
        const auto& span = static_cast<const google::protobuf::Duration&>(message);
        out_.push_back('"');
        if (!internal::AppendDuration(span.seconds(), span.nanos(), out_)) return Fail("duration out of range");
        out_.push_back('"');
        return true;
      }
      case Special::kStruct:
        return WriteStruct(static_cast<const google::protobuf::Struct&>(message));
      case Special::kValue:
        return WriteValue(static_cast<const google::protobuf::Value&>(message));
      case Special::kListValue:
        return WriteList(static_cast<const google::protobuf::ListValue&>(message));
      case Special::kAny:
        return WriteAny(static_cast<const google::protobuf::Any&>(message));
      default:
        break;
    }
    Open('{');
    bool first = true;
    if (!WriteFields(message, first)) return false;
    Close('}', first);
    return true;
  }

  absl::Status Refusal() const {
    return MakeError(
        ErrorKind::kValidation, Outcome::kNotSent,
        absl::StrCat("cannot be written as JSON, at ", where_.empty() ? "the message itself" : where_, ": ", why_));
  }

 private:
  bool Fail(std::string_view why) {
    why_ = std::string(why);
    return false;
  }

  // Called while a failure unwinds: the path costs nothing where all goes well.
  bool At(std::string_view segment) {
    where_ = absl::StrCat(ToAbsl(segment), where_.empty() || where_.front() == '[' ? "" : ".", where_);
    return false;
  }

  void Open(char bracket) {
    out_.push_back(bracket);
    ++depth_;
  }
  void Close(char bracket, bool empty) {
    --depth_;
    if (!empty) NewLine();
    out_.push_back(bracket);
  }
  void NewLine() {
    if (!pretty_) return;
    out_.push_back('\n');
    out_.append(static_cast<std::size_t>(depth_) * 2, ' ');
  }
  void Separate(bool& first) {
    if (!first) out_.push_back(',');
    first = false;
    NewLine();
  }
  // Names of fields need no escapes.
  void Name(std::string_view name) {
    out_.push_back('"');
    out_.append(name);
    out_.append(pretty_ ? "\": " : "\":");
  }

  bool WriteFields(const Message& message, bool& first) {
    const auto level = static_cast<std::size_t>(depth_);
    while (fields_.size() <= level) fields_.emplace_back();
    // A deque, so that deeper levels do not move this one.
    std::vector<const FieldDescriptor*>& fields = fields_[level];
    internal::ListFieldsByNumber(message, fields);
    for (const FieldDescriptor* field : fields) {
      Separate(first);
      Name(NameOf(*field));
      const bool ok = field->is_map()
                          ? WriteMap(message, *field)
                          : (field->is_repeated() ? WriteRepeated(message, *field) : WriteOne(message, *field, -1));
      if (!ok) return At(NameOf(*field));
    }
    return true;
  }

  bool WriteRepeated(const Message& message, const FieldDescriptor& field) {
    const int size = message.GetReflection()->FieldSize(message, &field);
    Open('[');
    bool first = true;
    for (int i = 0; i < size; ++i) {
      Separate(first);
      if (!WriteOne(message, field, i)) return At(absl::StrCat("[", i, "]"));
    }
    Close(']', first);
    return true;
  }

  bool WriteMap(const Message& message, const FieldDescriptor& field) {
    const Reflection& reflection = *message.GetReflection();
    const auto& entry = *field.message_type();
    const FieldDescriptor& key = *entry.field(0);
    const FieldDescriptor& value = *entry.field(1);
    std::vector<std::pair<std::string, const Message*>> entries;
    for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
      const Message& item = reflection.GetRepeatedMessage(message, &field, i);
      entries.emplace_back(internal::ScalarText(item, key), &item);
    }
    std::sort(entries.begin(), entries.end());
    Open('{');
    bool first = true;
    for (const auto& [text, item] : entries) {
      Separate(first);
      if (!WriteString(text)) return false;
      out_.append(pretty_ ? ": " : ":");
      if (!WriteOne(*item, value, -1)) return At(absl::StrCat("[", text, "]"));
    }
    Close('}', first);
    return true;
  }

  // The value of a singular field (index -1) or of one element.
  bool WriteOne(const Message& message, const FieldDescriptor& field, int index) {
    const Reflection& r = *message.GetReflection();
    const bool one = index < 0;
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        WriteNumber(one ? r.GetInt32(message, &field) : r.GetRepeatedInt32(message, &field, index));
        return true;
      case FieldDescriptor::CPPTYPE_UINT32:
        WriteNumber(one ? r.GetUInt32(message, &field) : r.GetRepeatedUInt32(message, &field, index));
        return true;
      // As text, because most readers of JSON take numbers for doubles.
      case FieldDescriptor::CPPTYPE_INT64:
        WriteQuoted(one ? r.GetInt64(message, &field) : r.GetRepeatedInt64(message, &field, index));
        return true;
      case FieldDescriptor::CPPTYPE_UINT64:
        WriteQuoted(one ? r.GetUInt64(message, &field) : r.GetRepeatedUInt64(message, &field, index));
        return true;
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return WriteReal(one ? r.GetDouble(message, &field) : r.GetRepeatedDouble(message, &field, index));
      case FieldDescriptor::CPPTYPE_FLOAT:
        return WriteReal(one ? r.GetFloat(message, &field) : r.GetRepeatedFloat(message, &field, index));
      case FieldDescriptor::CPPTYPE_BOOL:
        out_.append((one ? r.GetBool(message, &field) : r.GetRepeatedBool(message, &field, index)) ? "true" : "false");
        return true;
      case FieldDescriptor::CPPTYPE_ENUM: {
        const int number = one ? r.GetEnumValue(message, &field) : r.GetRepeatedEnumValue(message, &field, index);
        const auto* value = field.enum_type()->FindValueByNumber(number);
        if (value == nullptr) {
          WriteNumber(number);  // A value of a newer model: kept.
        } else {
          out_.push_back('"');
          out_.append(NameOf(*value));
          out_.push_back('"');
        }
        return true;
      }
      case FieldDescriptor::CPPTYPE_STRING: {
        const std::string& text = one ? r.GetStringReference(message, &field, &scratch_)
                                      : r.GetRepeatedStringReference(message, &field, index, &scratch_);
        if (field.type() == FieldDescriptor::TYPE_BYTES) {
          out_.push_back('"');
          internal::AppendBase64(text, out_);
          out_.push_back('"');
          return true;
        }
        return WriteString(text);
      }
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return WriteMessage(one ? r.GetMessage(message, &field) : r.GetRepeatedMessage(message, &field, index));
    }
    return Fail("a field of an unknown type");
  }

  template <typename Integer>
  void WriteNumber(Integer value) {
    char buffer[24];
    const auto end = std::to_chars(buffer, buffer + sizeof(buffer), value).ptr;
    out_.append(buffer, static_cast<std::size_t>(end - buffer));
  }
  template <typename Integer>
  void WriteQuoted(Integer value) {
    out_.push_back('"');
    WriteNumber(value);
    out_.push_back('"');
  }
  // The shortest text that reads back as the same number.
  template <typename Real>
  bool WriteReal(Real value) {
    if (std::isnan(value)) {
      out_.append("\"NaN\"");
    } else if (std::isinf(value)) {
      out_.append(value > 0 ? "\"Infinity\"" : "\"-Infinity\"");
    } else {
      char buffer[40];
      const auto end = std::to_chars(buffer, buffer + sizeof(buffer), value).ptr;
      out_.append(buffer, static_cast<std::size_t>(end - buffer));
    }
    return true;
  }

  bool WriteString(std::string_view text) {
    out_.push_back('"');
    bool ascii = true;
    std::size_t start = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const auto c = static_cast<unsigned char>(text[i]);
      if (c >= 0x80) ascii = false;
      if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7F) continue;
      out_.append(text.substr(start, i - start));
      start = i + 1;
      switch (c) {
        case '"':
          out_.append("\\\"");
          break;
        case '\\':
          out_.append("\\\\");
          break;
        case '\n':
          out_.append("\\n");
          break;
        case '\r':
          out_.append("\\r");
          break;
        case '\t':
          out_.append("\\t");
          break;
        default:
          out_.append("\\u00");
          out_.push_back(kHex[c >> 4]);
          out_.push_back(kHex[c & 15]);
      }
    }
    out_.append(text.substr(start));
    out_.push_back('"');
    if (!ascii) {
      if (const std::size_t bad = internal::FindInvalidUtf8(text); bad != internal::kValidUtf8) {
        return Fail(absl::StrCat("the text is not UTF-8 from its byte ", bad, " on"));
      }
    }
    return true;
  }

  bool WriteStruct(const google::protobuf::Struct& object) {
    std::vector<const std::string*> keys;
    keys.reserve(static_cast<std::size_t>(object.fields().size()));
    for (const auto& entry : object.fields()) keys.push_back(&entry.first);
    std::sort(keys.begin(), keys.end(), [](const std::string* a, const std::string* b) { return *a < *b; });
    Open('{');
    bool first = true;
    for (const std::string* key : keys) {
      Separate(first);
      if (!WriteString(*key)) return false;
      out_.append(pretty_ ? ": " : ":");
      if (!WriteMessage(object.fields().find(*key)->second)) return At(*key);
    }
    Close('}', first);
    return true;
  }

  bool WriteList(const google::protobuf::ListValue& list) {
    Open('[');
    bool first = true;
    for (int i = 0; i < list.values_size(); ++i) {
      Separate(first);
      if (!WriteMessage(list.values(i))) return At(absl::StrCat("[", i, "]"));
    }
    Close(']', first);
    return true;
  }

  bool WriteValue(const google::protobuf::Value& value) {
    switch (value.kind_case()) {
      case google::protobuf::Value::kNumberValue:
        if (!std::isfinite(value.number_value())) return Fail("a number that is not finite");
        return WriteReal(value.number_value());
      case google::protobuf::Value::kStringValue:
        return WriteString(value.string_value());
      case google::protobuf::Value::kBoolValue:
        out_.append(value.bool_value() ? "true" : "false");
        return true;
      case google::protobuf::Value::kStructValue:
        return WriteMessage(value.struct_value());
      case google::protobuf::Value::kListValue:
        return WriteMessage(value.list_value());
      case google::protobuf::Value::kNullValue:
        out_.append("null");
        return true;
      default:
        return Fail("a value that says neither null nor anything else");
    }
  }

  bool WriteAny(const google::protobuf::Any& any) {
    Open('{');
    bool first = true;
    if (any.type_url().empty() && any.value().empty()) {
      Close('}', first);
      return true;
    }
    Separate(first);
    Name("@type");
    if (!WriteString(any.type_url())) return At("@type");
    const std::string& url = any.type_url();
    const Message* prototype = internal::FindPrototype(std::string_view(url).substr(url.find('/') + 1));
    std::unique_ptr<Message> inner(prototype == nullptr ? nullptr : prototype->New());
    if (inner == nullptr || !inner->ParseFromString(any.value()) ||
        internal::SerializeDeterministic(*inner) != any.value()) {
      // A type that this program does not link, or bytes that would come back as others: kept as they are.
      Separate(first);
      Name("@bytes");
      out_.push_back('"');
      internal::AppendBase64(any.value(), out_);
      out_.push_back('"');
    } else if (SpecialOf(*inner->GetDescriptor()) != Special::kNone &&
               SpecialOf(*inner->GetDescriptor()) != Special::kDecimal) {
      Separate(first);
      Name("value");
      if (!WriteMessage(*inner)) return At("value");
    } else if (!WriteFields(*inner, first)) {
      return false;
    }
    Close('}', first);
    return true;
  }

  std::string& out_;
  const bool pretty_;
  int depth_ = 0;
  std::deque<std::vector<const FieldDescriptor*>> fields_;
  std::string scratch_;
  std::string why_;
  std::string where_;
};

}  // namespace

absl::Status AppendJson(const Message& message, std::string& out, const JsonWriteOptions& options) {
  const std::size_t before = out.size();
  Writer writer(out, options.pretty);
  if (writer.WriteMessage(message)) return absl::OkStatus();
  out.resize(before);
  return writer.Refusal();
}

absl::StatusOr<std::string> ToJson(const Message& message, const JsonWriteOptions& options) {
  std::string out;
  FAIRLEAD_RETURN_IF_ERROR(AppendJson(message, out, options));
  return out;
}

}  // namespace models
FAIRLEAD_NAMESPACE_END
