#include <functional>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "fairlead/models/field_path.h"
#include "src/core/internal/absl_compat.h"
#include "src/models/internal/field_text.h"
#include "src/models/internal/natural_key.h"
#include "src/models/internal/path_walk.h"
#include "src/models/internal/protobuf_compat.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace models {
namespace internal {

std::vector<int> SelectElements(const google::protobuf::Message& parent, const google::protobuf::FieldDescriptor& field,
                                const PathSegment& segment) {
  const auto& r = *parent.GetReflection();
  const int size = r.FieldSize(parent, &field);
  std::vector<int> places;
  switch (segment.select) {
    case PathSegment::Select::kNone:
      break;
    case PathSegment::Select::kAll:
      for (int i = 0; i < size; ++i) places.push_back(i);
      break;
    case PathSegment::Select::kIndex:
      if (segment.index < static_cast<std::uint32_t>(size)) places.push_back(static_cast<int>(segment.index));
      break;
    case PathSegment::Select::kKey: {
      if (field.message_type() == nullptr) {
        for (int i = 0; i < size; ++i) {
          if (ElementText(parent, field, i) == segment.key) places.push_back(i);
        }
        break;
      }
      const KeyFields keys = KeyFieldsOf(*field.message_type());
      // Enum keys may be written with their prefix; elements show them without.
      std::string wanted = segment.key;
      if (keys.back()->enum_type() != nullptr) {
        if (const auto* value = FindValue(*keys.back()->enum_type(), wanted); value != nullptr) {
          wanted = std::string(ShortName(*value));
        }
      }
      for (int i = 0; i < size; ++i) {
        if (KeyText(r.GetRepeatedMessage(parent, &field, i), keys) == wanted) places.push_back(i);
      }
      break;
    }
  }
  return places;
}

}  // namespace internal

namespace {

using ::fairlead::internal::ToAbsl;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using Select = PathSegment::Select;

absl::Status Refuse(const FieldPath& path, std::string_view why) {
  return MakeError(ErrorKind::kValidation, Outcome::kNotSent,
                   absl::StrCat("field path '", path.ToString(), "': ", ToAbsl(why)));
}

// What to do at the end of a path: with the message, the field and the element, or -1 for the field itself.
using Change = std::function<absl::Status(Message&, const FieldDescriptor&, int)>;

class Changer {
 public:
  Changer(const FieldPath& path, bool create, const Change& change) : path_(path), create_(create), change_(change) {}

  absl::Status Walk(Message& message, std::size_t depth) {
    const PathSegment& segment = path_.segments()[depth];
    const FieldDescriptor& field = *message.GetDescriptor()->FindFieldByName(segment.field);
    const bool last = depth + 1 == path_.segments().size();
    const auto& r = *message.GetReflection();
    if (!field.is_repeated()) {
      if (last) return change_(message, field, -1);
      if (!create_ && !r.HasField(message, &field)) return absl::OkStatus();
      return Walk(*r.MutableMessage(&message, &field), depth + 1);
    }
    if (segment.select == Select::kNone) return change_(message, field, -1);
    if (field.is_map()) return Refuse(path_, "maps are changed as a whole: name the map without brackets");
    std::vector<int> places = internal::SelectElements(message, field, segment);
    if (places.empty() && create_) {
      FAIRLEAD_RETURN_IF_ERROR(Append(message, field, segment));
      if (r.FieldSize(message, &field) > 0 && segment.select != Select::kAll) {
        places.push_back(r.FieldSize(message, &field) - 1);
      }
    }
    // From behind, so that a change that removes an element does not move those to come.
    for (auto place = places.rbegin(); place != places.rend(); ++place) {
      if (last) {
        FAIRLEAD_RETURN_IF_ERROR(change_(message, field, *place));
      } else {
        FAIRLEAD_RETURN_IF_ERROR(Walk(*r.MutableRepeatedMessage(&message, &field, *place), depth + 1));
      }
    }
    return absl::OkStatus();
  }

 private:
  absl::Status Append(Message& message, const FieldDescriptor& field, const PathSegment& segment) {
    const auto& r = *message.GetReflection();
    if (segment.select == Select::kAll) return absl::OkStatus();
    if (segment.select == Select::kIndex) {
      if (segment.index != static_cast<std::uint32_t>(r.FieldSize(message, &field))) {
        return Refuse(path_, absl::StrCat("there is no element #", segment.index, ", and none can be put there"));
      }
      if (field.message_type() == nullptr) return Refuse(path_, "elements that are scalars are set as a whole");
      r.AddMessage(&message, &field);
      return absl::OkStatus();
    }
    if (field.message_type() == nullptr) {
      if (field.cpp_type() != FieldDescriptor::CPPTYPE_STRING) return Refuse(path_, "there is no such element");
      r.AddString(&message, &field, segment.key);
      return absl::OkStatus();
    }
    const internal::KeyFields keys = internal::KeyFieldsOf(*field.message_type());
    if (!internal::SetKey(*r.AddMessage(&message, &field), keys, segment.key)) {
      r.RemoveLast(&message, &field);
      return Refuse(path_, absl::StrCat("'", segment.key, "' cannot be the key of a new element"));
    }
    return absl::OkStatus();
  }

  const FieldPath& path_;
  const bool create_;
  const Change& change_;
};

absl::Status ForEachPlace(Message& message, const FieldPath& path, bool create, const Change& change) {
  FAIRLEAD_RETURN_IF_ERROR(path.Check(*message.GetDescriptor()));
  if (path.segments().empty()) return absl::OkStatus();
  return Changer(path, create, change).Walk(message, 0);
}

void RemoveElement(Message& message, const FieldDescriptor& field, int index) {
  const auto& r = *message.GetReflection();
  const int last = r.FieldSize(message, &field) - 1;
  for (int i = index; i < last; ++i) r.SwapElements(&message, &field, i, i + 1);
  r.RemoveLast(&message, &field);
}

// Copies one field as a whole, whatever its type: through a message that holds nothing else.
void CopyWhole(const Message& from, const FieldDescriptor& field, Message& to) {
  const auto& r = *to.GetReflection();
  r.ClearField(&to, &field);
  const std::unique_ptr<Message> only(from.New());
  only->CopyFrom(from);
  std::vector<const FieldDescriptor*> fields;
  internal::ListFieldsByNumber(*only, fields);
  for (const FieldDescriptor* other : fields) {
    if (other != &field) only->GetReflection()->ClearField(only.get(), other);
  }
  to.MergeFrom(*only);
}

}  // namespace

absl::Status CopyFields(const Message& from, const FieldPath& path, Message& to) {
  if (from.GetDescriptor() != to.GetDescriptor()) {
    return Refuse(path, absl::StrCat("cannot be copied from ", ToAbsl(internal::FullNameOf(*from.GetDescriptor())),
                                     " to ", ToAbsl(internal::FullNameOf(*to.GetDescriptor()))));
  }
  FAIRLEAD_ASSIGN_OR_RETURN(const std::vector<FieldMatch> matches, FindFields(from, path));
  for (const FieldMatch& match : matches) {
    FAIRLEAD_ASSIGN_OR_RETURN(const FieldPath concrete, FieldPath::Parse(match.path));
    if (!match.present) {
      FAIRLEAD_RETURN_IF_ERROR(ClearFields(to, concrete));
      continue;
    }
    FAIRLEAD_RETURN_IF_ERROR(
        ForEachPlace(to, concrete, true, [&](Message& parent, const FieldDescriptor& field, int index) -> absl::Status {
          if (index < 0) {
            CopyWhole(*match.parent, field, parent);
          } else if (const Message* value = match.message(); value != nullptr) {
            parent.GetReflection()->MutableRepeatedMessage(&parent, &field, index)->CopyFrom(*value);
          }
          // A scalar element was found, or made, by its value: nothing is left to copy.
          return absl::OkStatus();
        }));
  }
  return absl::OkStatus();
}

absl::Status SetFields(Message& message, const FieldPath& path, std::string_view text) {
  return ForEachPlace(message, path, true, [&](Message& parent, const FieldDescriptor& field, int index) {
    const absl::Status status = internal::SetFromText(parent, field, index, text);
    return status.ok() ? status : Annotate(status, absl::StrCat("field path '", path.ToString(), "'"));
  });
}

absl::Status ClearFields(Message& message, const FieldPath& path) {
  return ForEachPlace(message, path, false, [](Message& parent, const FieldDescriptor& field, int index) {
    if (index < 0) {
      parent.GetReflection()->ClearField(&parent, &field);
    } else {
      RemoveElement(parent, field, index);
    }
    return absl::OkStatus();
  });
}

}  // namespace models
FAIRLEAD_NAMESPACE_END
