// The little of libcrypto that this connector needs.
#ifndef FAIRLEAD_SRC_CONNECTORS_WOOCOMMERCE_INTERNAL_CRYPTO_H_
#define FAIRLEAD_SRC_CONNECTORS_WOOCOMMERCE_INTERNAL_CRYPTO_H_

#include <string>
#include <string_view>

#include "fairlead/core/export.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace woocommerce::internal {

/// 32 raw bytes.
std::string HmacSha256(std::string_view key, std::string_view message);
std::string Base64(std::string_view bytes);
/// Lower-case hexadecimal SHA-256.
std::string Sha256Hex(std::string_view message);

}  // namespace woocommerce::internal
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_CONNECTORS_WOOCOMMERCE_INTERNAL_CRYPTO_H_
