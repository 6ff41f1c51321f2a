#include "src/connector/internal/json_writer.h"

#include "absl/strings/str_cat.h"
#include "src/connector/internal/utf8.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal::json {
namespace {

void AppendQuoted(std::string_view text, std::string& out) {
  static constexpr char kHex[] = "0123456789abcdef";
  out.push_back('"');
  while (!text.empty()) {
    const auto byte = static_cast<unsigned char>(text.front());
    if (byte == '"' || byte == '\\') {
      out.push_back('\\');
      out.push_back(text.front());
      text.remove_prefix(1);
    } else if (byte < 0x20) {
      out.append("\\u00");
      out.push_back(kHex[byte >> 4]);
      out.push_back(kHex[byte & 0xF]);
      text.remove_prefix(1);
    } else if (byte < 0x80) {
      out.push_back(text.front());
      text.remove_prefix(1);
    } else if (const std::size_t length = Utf8Length(reinterpret_cast<const unsigned char*>(text.data()), text.size());
               length > 0) {
      out.append(text.data(), length);
      text.remove_prefix(length);
    } else {
      out.append("\xEF\xBF\xBD");
      text.remove_prefix(1);
    }
  }
  out.push_back('"');
}

}  // namespace

void Writer::Separate() {
  if (need_comma_) out_.push_back(',');
  need_comma_ = true;
}

void Writer::Close(char bracket) {
  out_.push_back(bracket);
  need_comma_ = true;
}

Writer& Writer::BeginObject() {
  Separate();
  out_.push_back('{');
  need_comma_ = false;
  return *this;
}

Writer& Writer::EndObject() {
  Close('}');
  return *this;
}

Writer& Writer::BeginArray() {
  Separate();
  out_.push_back('[');
  need_comma_ = false;
  return *this;
}

Writer& Writer::EndArray() {
  Close(']');
  return *this;
}

Writer& Writer::Key(std::string_view key) {
  Separate();
  AppendQuoted(key, out_);
  out_.push_back(':');
  need_comma_ = false;
  return *this;
}

Writer& Writer::String(std::string_view text) {
  Separate();
  AppendQuoted(text, out_);
  return *this;
}

Writer& Writer::Int(std::int64_t number) {
  Separate();
  absl::StrAppend(&out_, number);
  return *this;
}

Writer& Writer::Bool(bool value) {
  Separate();
  out_.append(value ? "true" : "false");
  return *this;
}

Writer& Writer::Null() {
  Separate();
  out_.append("null");
  return *this;
}

Writer& Writer::Raw(std::string_view json) {
  Separate();
  out_.append(json);
  return *this;
}

}  // namespace internal::json
FAIRLEAD_NAMESPACE_END
