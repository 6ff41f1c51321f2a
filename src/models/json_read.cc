#include <charconv>
#include <cstring>
#include <limits>
#include <memory>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "fairlead/models/decimal.h"
#include "fairlead/models/json.h"
#include "google/protobuf/any.pb.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "src/core/internal/absl_compat.h"
#include "src/models/internal/json_format.h"
#include "src/models/internal/json_scanner.h"
#include "src/models/internal/protobuf_compat.h"
#include "src/models/internal/text.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace models {
namespace {

using ::fairlead::internal::ToAbsl;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using internal::JsonScanner;
using internal::NameOf;
using internal::Special;
using internal::SpecialOf;

// Which fields of a message were read: a second member of the same field would silently win over the first.
class Seen {
 public:
  explicit Seen(const Descriptor& type) {
    if (type.field_count() > 64) more_.resize(static_cast<std::size_t>(type.field_count()));
  }
  // False where the field was there already.
  bool Add(int index) {
    if (!more_.empty()) {
      if (more_[static_cast<std::size_t>(index)]) return false;
      more_[static_cast<std::size_t>(index)] = true;
      return true;
    }
    const std::uint64_t bit = std::uint64_t{1} << index;
    if ((mask_ & bit) != 0) return false;
    mask_ |= bit;
    return true;
  }

 private:
  std::uint64_t mask_ = 0;
  std::vector<bool> more_;
};

class Reader {
 public:
  Reader(std::string_view json, const JsonReadOptions& options) : in_(json, options.max_depth), options_(options) {}

  bool Read(Message& out) { return ReadMessage(out) && in_.End(); }

  absl::Status Refusal() const {
    std::size_t line = 1;
    std::size_t column = 1;
    for (const char c : in_.text().substr(0, in_.error_at())) {
      if (c == '\n') {
        ++line;
        column = 1;
      } else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) {
        ++column;
      }
    }
    return MakeError(ErrorKind::kUnparseable, Outcome::kNotSent,
                     absl::StrCat("line ", line, ", column ", column, " (byte ", in_.error_at(), ")",
                                  where_.empty() ? "" : ", at ", where_, ": ", in_.error()));
  }

 private:
  bool At(std::string_view segment) {
    where_ = absl::StrCat(ToAbsl(segment), where_.empty() || where_.front() == '[' ? "" : ".", where_);
    return false;
  }

  bool ReadMessage(Message& out) {
    switch (SpecialOf(*out.GetDescriptor())) {
      case Special::kTimestamp:
        return ReadTimestamp(static_cast<google::protobuf::Timestamp&>(out));
      case Special::kDuration:
        return ReadDuration(static_cast<google::protobuf::Duration&>(out));
      case Special::kStruct:
        return ReadStruct(static_cast<google::protobuf::Struct&>(out));
      case Special::kValue:
        return ReadValue(static_cast<google::protobuf::Value&>(out));
      case Special::kListValue:
        return ReadList(static_cast<google::protobuf::ListValue&>(out));
      case Special::kAny:
        return ReadAny(static_cast<google::protobuf::Any&>(out));
      case Special::kDecimal:
        if (in_.Peek() != '{') return ReadDecimal(static_cast<v1::Decimal&>(out));
        break;
      case Special::kNone:
        break;
    }
    if (!in_.Open('{')) return false;
    Seen seen(*out.GetDescriptor());
    return ReadMembers(out, seen, in_.Empty('}'));
  }

  // The members up to and with the closing brace. `done`: there are none.
  bool ReadMembers(Message& out, Seen& seen, bool done) {
    const Descriptor& type = *out.GetDescriptor();
    while (!done) {
      const std::size_t at = in_.TokenStart();
      if (!in_.Name(name_)) return false;
      const FieldDescriptor* const field = internal::FindField(type, name_);
      if (field == nullptr) {
        if (!options_.ignore_unknown_fields) {
          return in_.FailAt(
              at, absl::StrCat("'", name_.substr(0, 60), "' is not a field of ", ToAbsl(internal::FullNameOf(type))));
        }
        if (!in_.Skip()) return false;
      } else {
        if (!seen.Add(field->index())) {
          return in_.FailAt(at, absl::StrCat("the member '", name_, "' is there twice"));
        }
        if (!ReadField(out, *field)) return At(NameOf(*field));
      }
      if (!in_.Next('}', done)) return false;
    }
    return true;
  }

  bool ReadField(Message& out, const FieldDescriptor& field) {
    // null means absent, but for a Value, where it is a value.
    const bool holds_null = field.message_type() != nullptr && SpecialOf(*field.message_type()) == Special::kValue;
    if (in_.Peek() == 'n' && !(holds_null && !field.is_repeated())) return in_.Null();
    if (field.is_map()) return ReadMap(out, field);
    if (field.is_repeated()) return ReadRepeated(out, field);
    if (const auto* oneof = field.real_containing_oneof();
        oneof != nullptr && out.GetReflection()->HasOneof(out, oneof)) {
      return in_.Fail(absl::StrCat("only one of the members of '", ToAbsl(NameOf(*oneof)), "' may be there"));
    }
    return ReadOne(out, field);
  }

  bool ReadRepeated(Message& out, const FieldDescriptor& field) {
    if (!in_.Open('[')) return false;
    bool done = in_.Empty(']');
    for (int i = 0; !done; ++i) {
      if (!ReadOne(out, field)) return At(absl::StrCat("[", i, "]"));
      if (!in_.Next(']', done)) return false;
    }
    return true;
  }

  bool ReadMap(Message& out, const FieldDescriptor& field) {
    const auto& entry = *field.message_type();
    if (!in_.Open('{')) return false;
    bool done = in_.Empty('}');
    std::set<std::string> seen;
    while (!done) {
      const std::size_t at = in_.TokenStart();
      std::string key;
      if (!in_.Name(key)) return false;
      if (!seen.insert(key).second) return in_.FailAt(at, absl::StrCat("the member '", key, "' is there twice"));
      Message& item = *out.GetReflection()->AddMessage(&out, &field);
      if (entry.field(0)->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
        item.GetReflection()->SetString(&item, entry.field(0), key);
      } else {
        Reader inner(key, options_);
        if (!inner.ReadOne(item, *entry.field(0)) || !inner.in_.End())
          return in_.Fail("a key of another type than the map's");
      }
      if (!ReadOne(item, *entry.field(1))) return At(absl::StrCat("[", key, "]"));
      if (!in_.Next('}', done)) return false;
    }
    return true;
  }

  // Sets a singular field or adds an element.
  bool ReadOne(Message& out, const FieldDescriptor& field) {
    const Reflection& r = *out.GetReflection();
    const bool add = field.is_repeated();
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32: {
        std::int64_t value = 0;
        if (!ReadSigned(std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max(), value))
          return false;
        const auto small = static_cast<std::int32_t>(value);
        add ? r.AddInt32(&out, &field, small) : r.SetInt32(&out, &field, small);
        return true;
      }
      case FieldDescriptor::CPPTYPE_INT64: {
        std::int64_t value = 0;
        if (!ReadSigned(std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max(), value))
          return false;
        add ? r.AddInt64(&out, &field, value) : r.SetInt64(&out, &field, value);
        return true;
      }
      case FieldDescriptor::CPPTYPE_UINT32: {
        std::uint64_t value = 0;
        if (!ReadUnsigned(std::numeric_limits<std::uint32_t>::max(), value)) return false;
        const auto small = static_cast<std::uint32_t>(value);
        add ? r.AddUInt32(&out, &field, small) : r.SetUInt32(&out, &field, small);
        return true;
      }
      case FieldDescriptor::CPPTYPE_UINT64: {
        std::uint64_t value = 0;
        if (!ReadUnsigned(std::numeric_limits<std::uint64_t>::max(), value)) return false;
        add ? r.AddUInt64(&out, &field, value) : r.SetUInt64(&out, &field, value);
        return true;
      }
      case FieldDescriptor::CPPTYPE_DOUBLE:
      case FieldDescriptor::CPPTYPE_FLOAT: {
        double value = 0;
        if (!ReadReal(value)) return false;
        if (field.cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE) {
          add ? r.AddDouble(&out, &field, value) : r.SetDouble(&out, &field, value);
        } else {
          const auto small = static_cast<float>(value);
          add ? r.AddFloat(&out, &field, small) : r.SetFloat(&out, &field, small);
        }
        return true;
      }
      case FieldDescriptor::CPPTYPE_BOOL: {
        bool value = false;
        if (!in_.Bool(value)) return false;
        add ? r.AddBool(&out, &field, value) : r.SetBool(&out, &field, value);
        return true;
      }
      case FieldDescriptor::CPPTYPE_ENUM: {
        int value = 0;
        if (!ReadEnum(*field.enum_type(), value)) return false;
        add ? r.AddEnumValue(&out, &field, value) : r.SetEnumValue(&out, &field, value);
        return true;
      }
      case FieldDescriptor::CPPTYPE_STRING: {
        std::string text;
        const std::size_t at = in_.TokenStart();
        if (!in_.String(text)) return false;
        if (field.type() == FieldDescriptor::TYPE_BYTES) {
          std::string bytes;
          if (!internal::ParseBase64(text, bytes)) return in_.FailAt(at, "the text is not base64");
          text = std::move(bytes);
        }
        add ? r.AddString(&out, &field, std::move(text)) : r.SetString(&out, &field, std::move(text));
        return true;
      }
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return ReadMessage(add ? *r.AddMessage(&out, &field) : *r.MutableMessage(&out, &field));
    }
    return in_.Fail("a field of an unknown type");
  }

  // An integer as number or string; 12.0 and 1e3 count as integers.
  bool ReadSigned(std::int64_t low, std::int64_t high, std::int64_t& value) {
    const std::size_t at = in_.TokenStart();
    if (!in_.NumberText(number_)) return false;
    const char* const end = number_.data() + number_.size();
    if (const auto result = std::from_chars(number_.data(), end, value);
        result.ec != std::errc() || result.ptr != end) {
      Dec exact;
      if (!TryParseDecimal(number_, exact)) return in_.FailAt(at, "an integer is expected here");
      exact = Normalize(exact);
      if (exact.scale != 0) return in_.FailAt(at, "an integer is expected here");
      value = exact.unscaled;
    }
    if (value < low || value > high) return in_.FailAt(at, "the number is out of range");
    return true;
  }

  bool ReadUnsigned(std::uint64_t high, std::uint64_t& value) {
    const std::size_t at = in_.TokenStart();
    if (!in_.NumberText(number_)) return false;
    const char* const end = number_.data() + number_.size();
    if (const auto result = std::from_chars(number_.data(), end, value);
        result.ec != std::errc() || result.ptr != end) {
      Dec exact;
      if (!TryParseDecimal(number_, exact))
        return in_.FailAt(at, "a whole number that is not negative is expected here");
      exact = Normalize(exact);
      if (exact.scale != 0 || exact.IsNegative()) {
        return in_.FailAt(at, "a whole number that is not negative is expected here");
      }
      value = static_cast<std::uint64_t>(exact.unscaled);
    }
    if (value > high) return in_.FailAt(at, "the number is out of range");
    return true;
  }

  bool ReadReal(double& value) {
    const std::size_t at = in_.TokenStart();
    if (!in_.NumberText(number_)) return false;
    if (number_ == "NaN") {
      value = std::numeric_limits<double>::quiet_NaN();
      return true;
    }
    if (number_ == "Infinity" || number_ == "-Infinity") {
      value =
          number_.front() == '-' ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
      return true;
    }
    const char* const end = number_.data() + number_.size();
    const auto result = std::from_chars(number_.data(), end, value);
    if (result.ec == std::errc::result_out_of_range) return in_.FailAt(at, "the number is out of range");
    if (result.ec != std::errc() || result.ptr != end) return in_.FailAt(at, "a number is expected here");
    return true;
  }

  bool ReadEnum(const google::protobuf::EnumDescriptor& type, int& value) {
    const std::size_t at = in_.TokenStart();
    if (in_.Peek() != '"') {
      std::int64_t number = 0;
      if (!ReadSigned(std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max(), number))
        return false;
      value = static_cast<int>(number);
      return true;
    }
    std::string text;
    if (!in_.String(text)) return false;
    const auto* found = internal::FindEnumValue(type, text);
    if (found == nullptr) {
      return in_.FailAt(
          at, absl::StrCat("'", text.substr(0, 60), "' is not a value of ", ToAbsl(internal::FullNameOf(type))));
    }
    value = found->number();
    return true;
  }

  bool ReadDecimal(v1::Decimal& out) {
    const std::size_t at = in_.TokenStart();
    if (!in_.NumberText(number_)) return false;
    if (TryParseDecimal(number_, out)) return true;
    return in_.FailAt(at, ParseDecimal(number_).status().message());
  }

  bool ReadTimestamp(google::protobuf::Timestamp& out) {
    const std::size_t at = in_.TokenStart();
    std::string text;
    if (!in_.String(text)) return false;
    std::int64_t seconds = 0;
    std::int32_t nanos = 0;
    if (!internal::ParseRfc3339(text, seconds, nanos)) {
      return in_.FailAt(at, "a time such as \"2024-02-29T12:00:00Z\" is expected here");
    }
    out.set_seconds(seconds);
    out.set_nanos(nanos);
    return true;
  }

  bool ReadDuration(google::protobuf::Duration& out) {
    const std::size_t at = in_.TokenStart();
    std::string text;
    if (!in_.String(text)) return false;
    std::int64_t seconds = 0;
    std::int32_t nanos = 0;
    if (!internal::ParseDuration(text, seconds, nanos))
      return in_.FailAt(at, "a duration such as \"1.5s\" is expected here");
    out.set_seconds(seconds);
    out.set_nanos(nanos);
    return true;
  }

  bool ReadStruct(google::protobuf::Struct& out) {
    if (!in_.Open('{')) return false;
    bool done = in_.Empty('}');
    while (!done) {
      const std::size_t at = in_.TokenStart();
      std::string key;
      if (!in_.Name(key)) return false;
      if (out.fields().find(key) != out.fields().end())
        return in_.FailAt(at, absl::StrCat("the member '", key, "' is there twice"));
      if (!ReadValue((*out.mutable_fields())[key])) return At(key);
      if (!in_.Next('}', done)) return false;
    }
    return true;
  }

  bool ReadList(google::protobuf::ListValue& out) {
    if (!in_.Open('[')) return false;
    bool done = in_.Empty(']');
    for (int i = 0; !done; ++i) {
      if (!ReadValue(*out.add_values())) return At(absl::StrCat("[", i, "]"));
      if (!in_.Next(']', done)) return false;
    }
    return true;
  }

  bool ReadValue(google::protobuf::Value& out) {
    switch (in_.Peek()) {
      case '{':
        return ReadStruct(*out.mutable_struct_value());
      case '[':
        return ReadList(*out.mutable_list_value());
      case '"':
        return in_.String(*out.mutable_string_value());
      case 'n':
        out.set_null_value(google::protobuf::NULL_VALUE);
        return in_.Null();
      case 't':
      case 'f': {
        bool value = false;
        if (!in_.Bool(value)) return false;
        out.set_bool_value(value);
        return true;
      }
      default: {
        double value = 0;
        if (!ReadReal(value)) return false;
        out.set_number_value(value);
        return true;
      }
    }
  }

  bool ReadAny(google::protobuf::Any& out) {
    if (!in_.Open('{')) return false;
    if (in_.Empty('}')) return true;
    const std::size_t at = in_.TokenStart();
    bool done = false;
    if (!in_.Name(name_)) return false;
    if (name_ != "@type") return in_.FailAt(at, "\"@type\" has to be the first member here");
    std::string url;
    if (!in_.String(url) || !in_.Next('}', done)) return false;
    out.set_type_url(url);
    const Message* prototype = internal::FindPrototype(std::string_view(url).substr(url.find('/') + 1));
    // Looks one member ahead: "@bytes" is our form for types that the writer did not know.
    if (!done && in_.PeekName("@bytes")) {
      std::string text;
      std::string bytes;
      if (!in_.Name(name_) || !in_.String(text) || !in_.Next('}', done)) return false;
      if (!done || !internal::ParseBase64(text, bytes))
        return in_.FailAt(at, "\"@bytes\" has to be base64, and the last member");
      out.set_value(bytes);
      return true;
    }
    if (prototype == nullptr)
      return in_.FailAt(at, absl::StrCat("the type '", url.substr(0, 100), "' is not known to this program"));
    const std::unique_ptr<Message> inner(prototype->New());
    const Special special = SpecialOf(*inner->GetDescriptor());
    if (special != Special::kNone && special != Special::kDecimal) {
      if (done || !in_.Name(name_) || name_ != "value") return in_.FailAt(at, "\"value\" is expected beside \"@type\"");
      if (!ReadMessage(*inner) || !in_.Next('}', done)) return false;
      if (!done) return in_.Fail("nothing may follow \"value\" here");
    } else {
      Seen seen(*inner->GetDescriptor());
      if (!ReadMembers(*inner, seen, done)) return false;
    }
    out.set_value(internal::SerializeDeterministic(*inner));
    return true;
  }

  JsonScanner in_;
  const JsonReadOptions& options_;
  std::string name_;
  std::string number_;
  std::string where_;
};

}  // namespace

absl::Status FromJson(std::string_view json, Message& out, const JsonReadOptions& options) {
  out.Clear();
  Reader reader(json, options);
  if (reader.Read(out)) return absl::OkStatus();
  out.Clear();
  return reader.Refusal();
}

bool JsonLines::Next() {
  while (!rest_.empty()) {
    const std::size_t end = rest_.find('\n');
    line_ = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    ++number_;
    if (!line_.empty() && line_.back() == '\r') line_.remove_suffix(1);
    if (line_.find_first_not_of(" \t") != std::string_view::npos) return true;
  }
  line_ = {};
  return false;
}

}  // namespace models
FAIRLEAD_NAMESPACE_END
