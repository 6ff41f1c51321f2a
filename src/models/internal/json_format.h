// What the reader and the writer of JSON agree on.
#ifndef FAIRLEAD_SRC_MODELS_INTERNAL_JSON_FORMAT_H_
#define FAIRLEAD_SRC_MODELS_INTERNAL_JSON_FORMAT_H_

#include <cstdint>
#include <string>

#include "fairlead/core/export.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace models::internal {

// Deeper messages than any reader with default limits accepts are not written.
inline constexpr int kMaxWriteDepth = 100;

// Message types whose JSON is not an object of their fields. Only the generated types count: a dynamic message of the
// same name cannot be cast to them.
enum class Special : std::uint8_t { kNone, kTimestamp, kDuration, kStruct, kValue, kListValue, kAny, kDecimal };
Special SpecialOf(const google::protobuf::Descriptor& type);

// A scalar field (not bytes, not a message) as text: numbers in decimal, enums by name. Used for map keys and natural
// keys.
std::string ScalarText(const google::protobuf::Message& message, const google::protobuf::FieldDescriptor& field);

}  // namespace models::internal
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_MODELS_INTERNAL_JSON_FORMAT_H_
