// An IntentRequest as bytes: what lies in a caller's outbox table until the relay takes it.
#ifndef FAIRLEAD_SRC_STORE_SQLITE_INTERNAL_REQUEST_CODEC_H_
#define FAIRLEAD_SRC_STORE_SQLITE_INTERNAL_REQUEST_CODEC_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "fairlead/core/export.h"
#include "fairlead/idempotency/intent.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal {

std::string EncodeRequest(const IntentRequest& request);
// DATA_LOSS for bytes that are no request, or one of a version that this code does not know.
absl::StatusOr<IntentRequest> DecodeRequest(std::string_view bytes);

}  // namespace internal
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_STORE_SQLITE_INTERNAL_REQUEST_CODEC_H_
