#include "src/connectors/tryton/internal/digest.h"

#include <openssl/sha.h>

#include "absl/strings/escaping.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace tryton {

std::string Sha256(std::string_view text) {
  unsigned char bytes[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), bytes);
  return std::string(reinterpret_cast<const char*>(bytes), sizeof bytes);
}

std::string Sha256Hex(std::string_view text) { return absl::BytesToHexString(Sha256(text)); }

}  // namespace tryton
FAIRLEAD_NAMESPACE_END
