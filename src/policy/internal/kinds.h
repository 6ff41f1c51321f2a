// Aggregates by kind.
#ifndef FAIRLEAD_SRC_POLICY_INTERNAL_KINDS_H_
#define FAIRLEAD_SRC_POLICY_INTERNAL_KINDS_H_

#include <string>
#include <string_view>

#include "fairlead/core/export.h"
#include "fairlead/v1/entity.pb.h"
#include "google/protobuf/descriptor.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace policy {
namespace internal {

// nullptr for ENTITY_KIND_UNSPECIFIED and kinds that this build does not know.
const google::protobuf::Descriptor* DescriptorOf(v1::EntityKind kind);
v1::EntityKind KindOf(const google::protobuf::Descriptor& descriptor);
// "INVENTORY_LEVEL".
std::string KindName(v1::EntityKind kind);

}  // namespace internal
}  // namespace policy
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_POLICY_INTERNAL_KINDS_H_
