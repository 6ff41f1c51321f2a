// Unicode normal form C: one spelling for texts that look the same.
#ifndef FAIRLEAD_SRC_MODELS_INTERNAL_NORMALIZE_TEXT_H_
#define FAIRLEAD_SRC_MODELS_INTERNAL_NORMALIZE_TEXT_H_

#include <string>
#include <string_view>

#include "fairlead/core/export.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace models::internal {

// `text` itself where it is ASCII or not UTF-8, else its normal form in `scratch`.
std::string_view ToNfc(std::string_view text, std::string& scratch);

}  // namespace models::internal
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_MODELS_INTERNAL_NORMALIZE_TEXT_H_
