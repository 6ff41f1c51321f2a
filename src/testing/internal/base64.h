// Base64 and HMAC-SHA256 for signatures and sessions.
#ifndef FAIRLEAD_SRC_TESTING_INTERNAL_BASE64_H_
#define FAIRLEAD_SRC_TESTING_INTERNAL_BASE64_H_

#include <string>
#include <string_view>

#include "fairlead/core/export.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {
namespace internal {

FAIRLEAD_EXPORT std::string Base64Encode(std::string_view bytes);
/// Empty for what is not Base64.
FAIRLEAD_EXPORT std::string Base64Decode(std::string_view text);
/// Raw 32 bytes.
FAIRLEAD_EXPORT std::string HmacSha256(std::string_view key, std::string_view message);

}  // namespace internal
}  // namespace testing
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_TESTING_INTERNAL_BASE64_H_
