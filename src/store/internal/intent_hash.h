// The hashes that stores find intents by.
#ifndef FAIRLEAD_SRC_STORE_INTERNAL_INTENT_HASH_H_
#define FAIRLEAD_SRC_STORE_INTERNAL_INTENT_HASH_H_

#include <cstdint>

#include "fairlead/core/export.h"
#include "fairlead/idempotency/key.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal {

/// Stored: they may never change. Two texts of one hash share a lane or an index entry, which costs time and nothing
/// else: wherever it matters the full texts decide.
struct PurposeHash {
  std::int64_t aggregate;  ///< Of tenant, connector, account, operation, aggregate: what sequence numbers count in.
  std::int64_t purpose;
};
FAIRLEAD_EXPORT PurposeHash HashPurpose(const KeyParts& parts);
/// Of tenant, connector, account, aggregate.
FAIRLEAD_EXPORT std::int64_t HashLane(const KeyParts& parts);

}  // namespace internal
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_STORE_INTERNAL_INTENT_HASH_H_
