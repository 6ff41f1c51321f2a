// Reading of Retry-After and HTTP dates, shared by the retry and http rooms, which may not use each other.
#ifndef FAIRLEAD_SRC_CORE_INTERNAL_RETRY_AFTER_H_
#define FAIRLEAD_SRC_CORE_INTERNAL_RETRY_AFTER_H_

#include <chrono>
#include <optional>
#include <string_view>

#include "fairlead/core/export.h"
#include "fairlead/core/runtime.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal {

// The contracts are those of fairlead/retry/retry_after.h.
FAIRLEAD_EXPORT std::optional<std::chrono::milliseconds> ParseRetryAfter(std::string_view value,
                                                                         std::string_view date_header,
                                                                         WallTime received_at);
FAIRLEAD_EXPORT std::optional<WallTime> ParseHttpDate(std::string_view text);

// A decimal number of seconds ("12", "1.5", ".5"), rounded up to a millisecond and cut to 366 days; nullopt for
// anything else: signs, exponents and units among it.
FAIRLEAD_EXPORT std::optional<std::chrono::milliseconds> ParseSeconds(std::string_view text);

}  // namespace internal
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_CORE_INTERNAL_RETRY_AFTER_H_
