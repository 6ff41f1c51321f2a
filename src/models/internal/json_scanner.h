// Tokens of one JSON text, strictly by RFC 8259, with the place of the first error.
#ifndef FAIRLEAD_SRC_MODELS_INTERNAL_JSON_SCANNER_H_
#define FAIRLEAD_SRC_MODELS_INTERNAL_JSON_SCANNER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/strings/string_view.h"
#include "fairlead/core/export.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace models::internal {

// Every function skips white space first. Those that return bool say false after an error; error() then tells it.
class JsonScanner {
 public:
  JsonScanner(std::string_view text, std::uint32_t max_depth) : text_(text), max_depth_(max_depth) {}

  // The next byte; 0 at the end.
  char Peek();
  std::size_t TokenStart();

  // An opening bracket, then Empty() or values divided by Next().
  bool Open(char bracket);
  // Takes the closing bracket if it comes at once.
  bool Empty(char closing);
  // Takes a comma (`done` = false) or the closing bracket (`done` = true).
  bool Next(char closing, bool& done);

  // A string and the colon behind it.
  bool Name(std::string& out);
  // Whether the next token is this name, which must need no escapes. Takes nothing.
  bool PeekName(std::string_view name);

  bool String(std::string& out);
  // The text of a number, or of a string that stands for one.
  bool NumberText(std::string& out);
  bool Bool(bool& out);
  bool Null();
  // Any value.
  bool Skip();
  // Nothing but white space is left.
  bool End();

  bool FailAt(std::size_t at, absl::string_view message);
  bool Fail(absl::string_view message) { return FailAt(at_, message); }

  std::string_view text() const { return text_; }
  std::size_t error_at() const { return error_at_; }
  const std::string& error() const { return error_; }

 private:
  void SkipSpace();
  bool Literal(std::string_view word);
  bool Escape(std::string& out);
  bool Hex4(std::uint32_t& out);
  bool Unexpected(absl::string_view expected);

  const std::string_view text_;
  const std::uint32_t max_depth_;
  std::uint32_t depth_ = 0;
  std::size_t at_ = 0;
  std::size_t error_at_ = 0;
  std::string error_;
};

}  // namespace models::internal
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_MODELS_INTERNAL_JSON_SCANNER_H_
