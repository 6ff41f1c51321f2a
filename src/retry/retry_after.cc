#include "fairlead/retry/retry_after.h"

#include "src/core/internal/retry_after.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace retry {

std::optional<std::chrono::milliseconds> ParseRetryAfter(std::string_view value, std::string_view date_header,
                                                         WallTime received_at) {
  return internal::ParseRetryAfter(value, date_header, received_at);
}

std::optional<WallTime> ParseHttpDate(std::string_view text) { return internal::ParseHttpDate(text); }

}  // namespace retry
FAIRLEAD_NAMESPACE_END
