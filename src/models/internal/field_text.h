// Values as the text that people and policies compare, and back.
#ifndef FAIRLEAD_SRC_MODELS_INTERNAL_FIELD_TEXT_H_
#define FAIRLEAD_SRC_MODELS_INTERNAL_FIELD_TEXT_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "fairlead/core/export.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace models::internal {

// A message value: "1.5", "10.00 EUR", "3 KGM", "2024-02-29"; JSON for types without a text of their own.
std::string MessageText(const google::protobuf::Message& value);

// Sets a field, or with `index` an element, from text.
absl::Status SetFromText(google::protobuf::Message& parent, const google::protobuf::FieldDescriptor& field, int index,
                         std::string_view text);

}  // namespace models::internal
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_MODELS_INTERNAL_FIELD_TEXT_H_
