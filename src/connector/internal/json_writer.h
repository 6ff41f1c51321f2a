// Writes JSON for request bodies: compact, members in the order of the calls, so that equal intents have equal bytes.
#ifndef FAIRLEAD_SRC_CONNECTOR_INTERNAL_JSON_WRITER_H_
#define FAIRLEAD_SRC_CONNECTOR_INTERNAL_JSON_WRITER_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "fairlead/core/export.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal::json {

/// Appends one JSON text. Calls must nest properly; Key() before each value inside an object. Bytes that are not UTF-8
/// become U+FFFD. Thread-compatible.
class FAIRLEAD_EXPORT Writer {
 public:
  Writer& BeginObject();
  Writer& EndObject();
  Writer& BeginArray();
  Writer& EndArray();
  Writer& Key(std::string_view key);
  Writer& String(std::string_view text);
  Writer& Int(std::int64_t number);
  Writer& Bool(bool value);
  Writer& Null();
  /// A value that is JSON already: a number's text, or bytes from another Writer.
  Writer& Raw(std::string_view json);

  // Key and value in one call.
  Writer& Member(std::string_view key, std::string_view text) { return Key(key).String(text); }
  Writer& Member(std::string_view key, const char* text) { return Key(key).String(text); }
  Writer& Member(std::string_view key, std::int64_t number) { return Key(key).Int(number); }
  Writer& Member(std::string_view key, int number) { return Key(key).Int(number); }
  Writer& Member(std::string_view key, bool value) { return Key(key).Bool(value); }

  const std::string& text() const { return out_; }
  std::string Take() { return std::move(out_); }

 private:
  void Separate();
  void Close(char bracket);
  std::string out_;
  bool need_comma_ = false;
};

}  // namespace internal::json
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_CONNECTOR_INTERNAL_JSON_WRITER_H_
