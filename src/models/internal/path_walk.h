// Which elements of a repeated field a path segment means.
#ifndef FAIRLEAD_SRC_MODELS_INTERNAL_PATH_WALK_H_
#define FAIRLEAD_SRC_MODELS_INTERNAL_PATH_WALK_H_

#include <vector>

#include "fairlead/core/export.h"
#include "fairlead/models/field_path.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace models::internal {

// Places of the elements that `segment` selects, in the order of the message. The segment has a selector.
std::vector<int> SelectElements(const google::protobuf::Message& parent, const google::protobuf::FieldDescriptor& field,
                                const PathSegment& segment);

}  // namespace models::internal
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_MODELS_INTERNAL_PATH_WALK_H_
