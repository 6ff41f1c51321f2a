#include "src/connector/internal/json_writer.h"

#include "absl/strings/str_cat.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal::json {
namespace {

/// Length of the well-formed UTF-8 sequence at the start of `text`, or 0.
std::size_t SequenceLength(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto tail = [&](std::size_t i) { return i < text.size() && (byte(i) & 0xC0) == 0x80; };
  if (byte(0) < 0x80) return 1;
  if (byte(0) >= 0xC2 && byte(0) <= 0xDF) return tail(1) ? 2 : 0;
  if (byte(0) >= 0xE0 && byte(0) <= 0xEF) {
    if (!tail(1) || !tail(2) || (byte(0) == 0xE0 && byte(1) < 0xA0) || (byte(0) == 0xED && byte(1) > 0x9F)) return 0;
    return 3;
  }
  if (byte(0) >= 0xF0 && byte(0) <= 0xF4) {
    if (!tail(1) || !tail(2) || !tail(3) || (byte(0) == 0xF0 && byte(1) < 0x90) || (byte(0) == 0xF4 && byte(1) > 0x8F)) return 0;
    return 4;
  }
  return 0;
}

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
    } else if (const std::size_t length = SequenceLength(text); length > 0) {
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
