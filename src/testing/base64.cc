#include "src/testing/internal/base64.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "absl/strings/escaping.h"
#include "src/core/internal/absl_compat.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {
namespace internal {

using ::fairlead::internal::ToAbsl;

std::string Base64Encode(std::string_view bytes) { return absl::Base64Escape(ToAbsl(bytes)); }

std::string Base64Decode(std::string_view text) {
  std::string out;
  return absl::Base64Unescape(ToAbsl(text), &out) ? out : std::string();
}

std::string HmacSha256(std::string_view key, std::string_view message) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(message.data()),
       message.size(), digest, &size);
  return std::string(reinterpret_cast<const char*>(digest), size);
}

}  // namespace internal
}  // namespace testing
FAIRLEAD_NAMESPACE_END
