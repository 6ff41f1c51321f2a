// SHA-256 of texts that have to stay comparable across releases.
#ifndef FAIRLEAD_SRC_CONNECTORS_TRYTON_INTERNAL_DIGEST_H_
#define FAIRLEAD_SRC_CONNECTORS_TRYTON_INTERNAL_DIGEST_H_

#include <string>
#include <string_view>

#include "fairlead/core/export.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace tryton {

/// 32 bytes.
std::string Sha256(std::string_view text);
/// Lower-case hexadecimal.
std::string Sha256Hex(std::string_view text);

}  // namespace tryton
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_CONNECTORS_TRYTON_INTERNAL_DIGEST_H_
