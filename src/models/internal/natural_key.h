// Natural keys of elements, as the (natural_key) option of their message says.
#ifndef FAIRLEAD_SRC_MODELS_INTERNAL_NATURAL_KEY_H_
#define FAIRLEAD_SRC_MODELS_INTERNAL_NATURAL_KEY_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fairlead/core/export.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace models::internal {

// The fields that lead from an element to its key; empty for types without one. Found once and used for all elements.
using KeyFields = std::vector<const google::protobuf::FieldDescriptor*>;
KeyFields KeyFieldsOf(const google::protobuf::Descriptor& type);

std::string KeyText(const google::protobuf::Message& element, const KeyFields& fields);
// Sets the key of a new element; false where the text is no value of the key's type.
bool SetKey(google::protobuf::Message& element, const KeyFields& fields, std::string_view text);

// "AVAILABLE" of STOCK_STATE_AVAILABLE: the name without the prefix that the enum's zero value shows.
std::string_view ShortName(const google::protobuf::EnumValueDescriptor& value);
// The value of that name, with or without prefix, in any case of letters; nullptr where there is none.
const google::protobuf::EnumValueDescriptor* FindValue(const google::protobuf::EnumDescriptor& type,
                                                       std::string_view text);

// An element of a repeated scalar as text: its own key.
std::string ElementText(const google::protobuf::Message& parent, const google::protobuf::FieldDescriptor& field,
                        int index);

// One key for each element of a repeated field, made unique: an empty or double one becomes its place ("#2"). As they
// stand between brackets.
std::vector<std::string> Selectors(const google::protobuf::Message& parent,
                                   const google::protobuf::FieldDescriptor& field);
// A key as it stands between brackets: in quotes where it has to be.
std::string QuoteKey(std::string_view key);

}  // namespace models::internal
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_MODELS_INTERNAL_NATURAL_KEY_H_
