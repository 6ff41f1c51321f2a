#include "src/models/internal/json_format.h"

#include "fairlead/v1/value.pb.h"
#include "google/protobuf/any.pb.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "src/models/internal/protobuf_compat.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace models::internal {

Special SpecialOf(const google::protobuf::Descriptor& type) {
  const auto* const which = &type;
  if (which == v1::Decimal::descriptor()) return Special::kDecimal;
  if (which == google::protobuf::Timestamp::descriptor()) return Special::kTimestamp;
  if (which == google::protobuf::Value::descriptor()) return Special::kValue;
  if (which == google::protobuf::Struct::descriptor()) return Special::kStruct;
  if (which == google::protobuf::ListValue::descriptor()) return Special::kListValue;
  if (which == google::protobuf::Duration::descriptor()) return Special::kDuration;
  if (which == google::protobuf::Any::descriptor()) return Special::kAny;
  return Special::kNone;
}

std::string ScalarText(const google::protobuf::Message& message, const google::protobuf::FieldDescriptor& field) {
  using google::protobuf::FieldDescriptor;
  const auto& r = *message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return std::to_string(r.GetInt32(message, &field));
    case FieldDescriptor::CPPTYPE_INT64:
      return std::to_string(r.GetInt64(message, &field));
    case FieldDescriptor::CPPTYPE_UINT32:
      return std::to_string(r.GetUInt32(message, &field));
    case FieldDescriptor::CPPTYPE_UINT64:
      return std::to_string(r.GetUInt64(message, &field));
    case FieldDescriptor::CPPTYPE_BOOL:
      return r.GetBool(message, &field) ? "true" : "false";
    case FieldDescriptor::CPPTYPE_STRING:
      return r.GetString(message, &field);
    case FieldDescriptor::CPPTYPE_ENUM: {
      const int number = r.GetEnumValue(message, &field);
      const auto* value = field.enum_type()->FindValueByNumber(number);
      return value == nullptr ? std::to_string(number) : std::string(NameOf(*value));
    }
    default:
      return {};
  }
}

}  // namespace models::internal
FAIRLEAD_NAMESPACE_END
