// A JSON value that can be changed in place and written back byte for byte: members keep their order, numbers their
// text.
#ifndef FAIRLEAD_SRC_TESTING_INTERNAL_JSON_VALUE_H_
#define FAIRLEAD_SRC_TESTING_INTERNAL_JSON_VALUE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "fairlead/core/export.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {
namespace internal {

class FAIRLEAD_EXPORT Json {
 public:
  enum class Type : std::uint8_t { kNull, kBool, kNumber, kString, kArray, kObject };
  using Member = std::pair<std::string, Json>;

  Json() = default;
  Json(bool value) : type_(Type::kBool), bool_(value) {}                            // NOLINT: values read like literals
  Json(int value) : Json(static_cast<std::int64_t>(value)) {}                       // NOLINT
  Json(std::int64_t value) : type_(Type::kNumber), text_(std::to_string(value)) {}  // NOLINT
  Json(std::size_t value) : type_(Type::kNumber), text_(std::to_string(value)) {}   // NOLINT
  Json(const char* value) : type_(Type::kString), text_(value) {}                   // NOLINT
  Json(std::string value) : type_(Type::kString), text_(std::move(value)) {}        // NOLINT
  Json(std::string_view value) : type_(Type::kString), text_(value) {}              // NOLINT
  static Json Number(std::string text);
  static Json Array(std::vector<Json> items = {});
  static Json Object(std::vector<Member> members = {});

  /// Whole text must be one value; depth up to 100.
  static absl::StatusOr<Json> Parse(std::string_view text);

  Type type() const { return type_; }
  bool IsNull() const { return type_ == Type::kNull; }
  bool IsBool() const { return type_ == Type::kBool; }
  bool IsNumber() const { return type_ == Type::kNumber; }
  bool IsString() const { return type_ == Type::kString; }
  bool IsArray() const { return type_ == Type::kArray; }
  bool IsObject() const { return type_ == Type::kObject; }
  bool IsInteger() const;

  bool AsBool() const { return bool_; }
  /// 0 for what is not a number or a number's text.
  std::int64_t AsInt() const;
  double AsDouble() const;
  /// A string's characters or a number's text; empty otherwise.
  const std::string& text() const { return text_; }

  const std::vector<Json>& items() const { return items_; }
  std::vector<Json>& items() { return items_; }
  const std::vector<Member>& members() const { return members_; }
  std::vector<Member>& members() { return members_; }
  std::size_t size() const { return IsArray() ? items_.size() : members_.size(); }

  bool Has(std::string_view name) const { return Find(name) != nullptr; }
  const Json* Find(std::string_view name) const;
  Json* Find(std::string_view name);
  /// The member, or null. On an object the second form adds a missing one.
  const Json& operator[](std::string_view name) const;
  Json& operator[](std::string_view name);
  const Json& operator[](const char* name) const { return (*this)[std::string_view(name)]; }
  Json& operator[](const char* name) { return (*this)[std::string_view(name)]; }
  /// The item, or null beyond the end.
  const Json& At(std::size_t index) const;
  void Set(std::string_view name, Json value) { (*this)[name] = std::move(value); }
  bool Remove(std::string_view name);
  void Push(Json value) { items_.push_back(std::move(value)); }

  /// By type and text: 1 and 1.0 differ, and members in another order do too.
  bool operator==(const Json& other) const;
  bool operator!=(const Json& other) const { return !(*this == other); }

  enum class Style : std::uint8_t {
    kPlain,   // UTF-8 as it is
    kPython,  // non-ASCII as \uXXXX, like Tryton's
    kPhp,     // non-ASCII as \uXXXX and \/ for /, like WordPress's
  };
  std::string Dump(Style style = Style::kPlain) const;

 private:
  void DumpTo(std::string* out, Style style) const;

  Type type_ = Type::kNull;
  bool bool_ = false;
  std::string text_;
  std::vector<Json> items_;
  std::vector<Member> members_;
};

}  // namespace internal
}  // namespace testing
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_TESTING_INTERNAL_JSON_VALUE_H_
