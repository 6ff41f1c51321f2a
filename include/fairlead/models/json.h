/// Canonical JSON: one text for one message, and back again.
///
/// The form is protobuf's own JSON mapping with the field names of the .proto files (snake_case), so that any protobuf
/// library reads it: 64-bit integers and bytes as strings, enums by name, times as RFC 3339, absent and default fields
/// left out. Fields come by number, map entries by key, no space is written that `pretty` did not ask for; the text
/// does not depend on the protobuf version. For every message without unknown fields FromJson(ToJson(m)) equals m.
/// All of this room works on messages of generated classes, not on those of a DynamicMessageFactory.
#ifndef FAIRLEAD_MODELS_JSON_H_
#define FAIRLEAD_MODELS_JSON_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fairlead/core/export.h"
#include "google/protobuf/message.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace models {

struct FAIRLEAD_EXPORT JsonWriteOptions {
  /// One member a line, two spaces of indentation. Default: all on one line, as JSON lines need it.
  bool pretty = false;
};

/// Fails (kValidation, with the field path) only for what JSON cannot hold: text that is not UTF-8, times outside of
/// the years 1 to 9999, numbers in `custom` that are not finite. Thread-safe.
FAIRLEAD_EXPORT absl::StatusOr<std::string> ToJson(const google::protobuf::Message& message,
                                                   const JsonWriteOptions& options = {});
/// Appends, so that one buffer serves many messages. On failure `out` is as before.
FAIRLEAD_EXPORT absl::Status AppendJson(const google::protobuf::Message& message, std::string& out,
                                        const JsonWriteOptions& options = {});

struct FAIRLEAD_EXPORT JsonReadOptions {
  /// Members that the message has no field for: refused by default, because a misspelt name would lose its value.
  bool ignore_unknown_fields = false;
  /// Nested objects and arrays; more are refused before they are read.
  std::uint32_t max_depth = 100;
};

/// Reads one JSON object over all of `json`. Accepts both spellings of a name (minor_units, minorUnits), integers as
/// number or string, enum values by name or number, and decimal text wherever a Decimal stands ("1.50"). Refuses
/// duplicate members, lone surrogates, bytes that are not UTF-8, numbers out of range and whatever follows the object.
/// Errors are of kind kUnparseable and name line, column, byte and field: "line 1, column 41 (byte 40), at
/// lines[2].net: …". On failure `out` is cleared. Thread-safe.
FAIRLEAD_EXPORT absl::Status FromJson(std::string_view json, google::protobuf::Message& out,
                                      const JsonReadOptions& options = {});
template <typename T>
absl::StatusOr<T> FromJson(std::string_view json, const JsonReadOptions& options = {}) {
  T message;
  if (absl::Status status = FromJson(json, message, options); !status.ok()) return status;
  return message;
}

/// Walks JSON lines: one object a line, empty lines skipped. The views point into `text`.
///   for (JsonLines lines(text); lines.Next();) { FromJson(lines.line(), message); … lines.number() … }
class FAIRLEAD_EXPORT JsonLines {
 public:
  explicit JsonLines(std::string_view text) : rest_(text) {}
  /// False at the end.
  bool Next();
  std::string_view line() const { return line_; }
  /// Counted from 1, empty lines included.
  std::size_t number() const { return number_; }

 private:
  std::string_view rest_;
  std::string_view line_;
  std::size_t number_ = 0;
};

}  // namespace models
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_MODELS_JSON_H_
