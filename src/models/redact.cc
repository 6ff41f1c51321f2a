#include "fairlead/models/redact.h"

#include <vector>

#include "fairlead/models/field_path.h"
#include "fairlead/models/json.h"
#include "fairlead/v1/header.pb.h"
#include "google/protobuf/struct.pb.h"
#include "src/models/internal/protobuf_compat.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace models {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

class Redactor {
 public:
  explicit Redactor(const RedactOptions& options) : options_(options) {}

  void Clean(Message& message) {
    if (message.GetDescriptor() == google::protobuf::Struct::descriptor()) {
      return CleanStruct(static_cast<google::protobuf::Struct&>(message));
    }
    if (message.GetDescriptor() == v1::EntityHeader::descriptor()) {
      // Free-form, like `custom`: nobody said what is in them.
      static_cast<v1::EntityHeader&>(message).clear_extensions();
    }
    const auto& r = *message.GetReflection();
    std::vector<const FieldDescriptor*> fields;
    internal::ListFieldsByNumber(message, fields);
    for (const FieldDescriptor* field : fields) {
      if (IsHidden(*field)) {
        Hide(message, *field);
      } else if (field->message_type() != nullptr) {
        if (field->is_repeated()) {
          for (int i = 0; i < r.FieldSize(message, field); ++i)
            Child(message, *r.MutableRepeatedMessage(&message, field, i));
        } else {
          Child(message, *r.MutableMessage(&message, field));
        }
      }
    }
    // What a newer model put there cannot be judged.
    r.MutableUnknownFields(&message)->Clear();
  }

 private:
  // PII_DIRECT is the stricter word although its number is the smaller one.
  bool IsHidden(const FieldDescriptor& field) const {
    const v1::Pii pii = PiiOf(field);
    if (pii == v1::PII_UNSPECIFIED) return false;
    return options_.from != v1::PII_DIRECT || pii == v1::PII_DIRECT;
  }

  void Child(const Message& parent, Message& child) {
    if (child.GetDescriptor() == v1::EntityHeader::descriptor()) {
      CleanHeader(parent, static_cast<v1::EntityHeader&>(child));
    } else {
      Clean(child);
    }
  }

  void Hide(Message& message, const FieldDescriptor& field) {
    const auto& r = *message.GetReflection();
    if (field.type() != FieldDescriptor::TYPE_STRING) return r.ClearField(&message, &field);
    if (!field.is_repeated()) return r.SetString(&message, &field, options_.replacement);
    for (int i = 0; i < r.FieldSize(message, &field); ++i)
      r.SetRepeatedString(&message, &field, i, options_.replacement);
  }

  void CleanHeader(const Message& owner, v1::EntityHeader& header) {
    Clean(header);
    for (v1::FieldState& state : *header.mutable_field_states()) {
      if (!state.detail().empty() && MayBePersonal(*owner.GetDescriptor(), state.path()))
        state.set_detail(options_.replacement);
    }
  }

  // Free-form: nobody said what it holds. Names stay, values go.
  void CleanStruct(google::protobuf::Struct& object) {
    for (auto& entry : *object.mutable_fields()) {
      if (entry.second.has_struct_value()) {
        CleanStruct(*entry.second.mutable_struct_value());
      } else {
        entry.second.set_string_value(options_.replacement);
      }
    }
  }

  // Whether a path names a marked field or something around or inside of one; unreadable paths count as such.
  bool MayBePersonal(const Descriptor& type, const std::string& text) const {
    const auto path = FieldPath::Parse(text);
    if (!path.ok()) return true;
    const Descriptor* at = &type;
    for (const PathSegment& segment : path->segments()) {
      const FieldDescriptor* field = at == nullptr ? nullptr : internal::FindField(*at, segment.field);
      if (field == nullptr) return true;
      if (IsHidden(*field)) return true;
      at = field->message_type();
    }
    // Text that stands for a whole message may repeat anything in it.
    return at != nullptr;
  }

  const RedactOptions& options_;
};

}  // namespace

v1::Pii PiiOf(const FieldDescriptor& field) { return field.options().GetExtension(v1::pii); }

void Redact(Message& message, const RedactOptions& options) {
  // A wrapper would be needed to see a bare header as one; as a message of its own it has no owner whose fields it
  // names.
  Redactor(options).Clean(message);
}

std::unique_ptr<Message> RedactedCopy(const Message& message, const RedactOptions& options) {
  std::unique_ptr<Message> copy(message.New());
  copy->CopyFrom(message);
  Redact(*copy, options);
  return copy;
}

absl::StatusOr<std::string> RedactedJson(const Message& message, const RedactOptions& options) {
  return ToJson(*RedactedCopy(message, options));
}

}  // namespace models
FAIRLEAD_NAMESPACE_END
