// Everything that differs between the protobuf versions we build with (3.21 to 7.35), in one place: names are
// std::string in the old ones and a string_view in the new ones, look-ups take std::string in all of them.
#ifndef FAIRLEAD_SRC_MODELS_INTERNAL_PROTOBUF_COMPAT_H_
#define FAIRLEAD_SRC_MODELS_INTERNAL_PROTOBUF_COMPAT_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fairlead/core/export.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/message.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace models::internal {

// A view of a name. Names of descriptors live as long as their pool; `text` must not be a temporary std::string.
template <typename Text>
std::string_view View(const Text& text) {
  return std::string_view(text.data(), text.size());
}

template <typename Descriptor>
std::string_view NameOf(const Descriptor& descriptor) {
  return View(descriptor.name());
}

template <typename Descriptor>
std::string_view FullNameOf(const Descriptor& descriptor) {
  return View(descriptor.full_name());
}

// The field of that name in the .proto file, or with the lowerCamelCase name of JSON; nullptr where there is none.
inline const google::protobuf::FieldDescriptor* FindField(const google::protobuf::Descriptor& type,
                                                          std::string_view name) {
  const std::string text(name);
  if (const auto* field = type.FindFieldByName(text); field != nullptr) return field;
  return type.FindFieldByCamelcaseName(text);
}

inline const google::protobuf::EnumValueDescriptor* FindEnumValue(const google::protobuf::EnumDescriptor& type,
                                                                  std::string_view name) {
  return type.FindValueByName(std::string(name));
}

// A default instance of a message type that this program links; nullptr for others.
inline const google::protobuf::Message* FindPrototype(std::string_view full_name) {
  const auto* type = google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(std::string(full_name));
  return type == nullptr ? nullptr : google::protobuf::MessageFactory::generated_factory()->GetPrototype(type);
}

// Fields that are set, by field number. Reuses `out`.
inline void ListFieldsByNumber(const google::protobuf::Message& message,
                               std::vector<const google::protobuf::FieldDescriptor*>& out) {
  message.GetReflection()->ListFields(message, &out);
}

// Wire bytes that do not depend on the order of a map in memory. Not to be hashed: other versions may write other
// bytes.
inline std::string SerializeDeterministic(const google::protobuf::Message& message) {
  std::string out;
  google::protobuf::io::StringOutputStream stream(&out);
  {
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    // Only required fields could make it fail, and proto3 has none.
    static_cast<void>(message.SerializePartialToCodedStream(&coded));
  }
  return out;
}

}  // namespace models::internal
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_MODELS_INTERNAL_PROTOBUF_COMPAT_H_
