/// Paths to fields: what policies, provenance, field states and findings use to name a place in a message.
///
///   buyer.email                          a field
///   lines[item:910].quantities.current   an element by its natural key
///   quantities[AVAILABLE].quantity       enum keys without the prefix of their enum
///   entries[*].price                     every element
///   taxes["a]b"].rate                    keys in quotes may hold anything; \" and \\ are escapes
///   lines[#2]                            by place, counted from 0: for reports of elements whose key is missing or
///   double
#ifndef FAIRLEAD_MODELS_FIELD_PATH_H_
#define FAIRLEAD_MODELS_FIELD_PATH_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fairlead/core/export.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace models {

/// One dotted part of a path.
struct FAIRLEAD_EXPORT PathSegment {
  enum class Select : std::uint8_t {
    kNone,   ///< The field itself; of a repeated field, all of it.
    kKey,    ///< Elements with this natural key; more than one where a source repeats it.
    kAll,    ///< Every element.
    kIndex,  ///< The element at this place.
  };
  std::string field;
  Select select = Select::kNone;
  std::string key;          ///< kKey.
  std::uint32_t index = 0;  ///< kIndex.
};

/// A parsed path. Immutable; thread-safe.
class FAIRLEAD_EXPORT FieldPath {
 public:
  /// Reads the syntax alone. An error (kValidation) says what is wrong and where.
  static absl::StatusOr<FieldPath> Parse(std::string_view text);
  /// Reads and checks against a message type, so that a misspelt field of a policy is found when it is loaded.
  static absl::StatusOr<FieldPath> Parse(std::string_view text, const google::protobuf::Descriptor& type);

  /// Every field exists, selectors stand on repeated fields only and keys on elements that have one.
  absl::Status Check(const google::protobuf::Descriptor& type) const;
  /// Canonical text: quotes only where a key needs them.
  std::string ToString() const;
  bool HasWildcard() const;
  /// Whether this path names `other` or something around it: buyer covers buyer.email, lines[*] covers lines[a].net,
  /// lines covers both. This is how provenance and field states are read.
  bool Covers(const FieldPath& other) const;
  const std::vector<PathSegment>& segments() const { return segments_; }

 private:
  std::vector<PathSegment> segments_;
};

/// A place in a message that a path led to. Points into the message: valid until it is changed.
struct FAIRLEAD_EXPORT FieldMatch {
  std::string path;                                   ///< Concrete: keys in place of wildcards.
  const google::protobuf::Message* parent = nullptr;  ///< The message that holds the field.
  const google::protobuf::FieldDescriptor* field = nullptr;
  int index = -1;        ///< Element of a repeated field, or -1 for the field as a whole.
  bool present = false;  ///< Set; for fields without presence: other than the default. Elements are always present.

  /// The value where it is a message; nullptr where it is a scalar or a whole repeated field.
  const google::protobuf::Message* message() const;
  /// What people and policies compare: decimals as "1.5", money as "10.00 EUR", quantities as "3" or "3 KGM", dates as
  /// "2024-02-29", enums without prefix, other messages as JSON. Empty where absent.
  std::string Text() const;
};

/// All places that `path` leads to, in the order of the message. A path without selectors always gives one match,
/// present or not; a key that is not there gives none. Fields inside of an absent message are absent. An error for a
/// path that the message type has no field for.
FAIRLEAD_EXPORT absl::StatusOr<std::vector<FieldMatch>> FindFields(const google::protobuf::Message& message,
                                                                   const FieldPath& path);
FAIRLEAD_EXPORT absl::StatusOr<std::vector<FieldMatch>> FindFields(const google::protobuf::Message& message,
                                                                   std::string_view path);
/// Whether two matches hold the same value (absent equals absent), as DigestOf() compares.
FAIRLEAD_EXPORT bool SameValue(const FieldMatch& a, const FieldMatch& b);

/// Copies every match of `path` in `from` to the same place in `to`: absent ones are cleared there, and elements with
/// keys that `to` lacks are made. Both must be of one type.
FAIRLEAD_EXPORT absl::Status CopyFields(const google::protobuf::Message& from, const FieldPath& path,
                                        google::protobuf::Message& to);
/// Sets every match from text as FieldMatch::Text() writes it, or JSON for other messages. A missing element with a key
/// is made; a wildcard sets what is there. Money without a currency and quantities without a unit keep theirs.
FAIRLEAD_EXPORT absl::Status SetFields(google::protobuf::Message& message, const FieldPath& path,
                                       std::string_view text);
/// Clears every match; elements are removed.
FAIRLEAD_EXPORT absl::Status ClearFields(google::protobuf::Message& message, const FieldPath& path);

/// The natural key of an element of a repeated field, as it stands between brackets; nullopt for messages of a type
/// that has none. Which field is the key of which message: src/models/README.md. Scalars are their own keys.
FAIRLEAD_EXPORT std::optional<std::string> NaturalKeyOf(const google::protobuf::Message& element);
/// Whether messages of this type have one.
FAIRLEAD_EXPORT bool HasNaturalKey(const google::protobuf::Descriptor& type);
/// "lines[item:910]", quoted where needed.
FAIRLEAD_EXPORT std::string PathWithKey(std::string_view field, std::string_view key);

}  // namespace models
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_MODELS_FIELD_PATH_H_
