/// Retry-After in all forms that servers send.
#ifndef FAIRLEAD_RETRY_RETRY_AFTER_H_
#define FAIRLEAD_RETRY_RETRY_AFTER_H_

#include <chrono>
#include <optional>
#include <string_view>

#include "fairlead/core/export.h"
#include "fairlead/core/runtime.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace retry {

/// The delay that a Retry-After value asks for: seconds ("120"), fractions ("1.5", rounded up to a millisecond), or
/// an HTTP date in any of its three forms, measured against `date_header` (the response's own Date, so that a wrong
/// clock on either side does not matter) or, where that is empty or unreadable, against `received_at`. A date in the
/// past is zero. Values over 366 days are cut to that. Anything else ("soon", "-1", "1e9", "5s") is nullopt.
FAIRLEAD_EXPORT std::optional<std::chrono::milliseconds> ParseRetryAfter(std::string_view value,
                                                                         std::string_view date_header,
                                                                         WallTime received_at);

/// "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT" or "Sun Nov  6 08:49:37 1994". A two-digit year
/// under 70 is of this century. nullopt for anything else; day names are not compared with the date.
FAIRLEAD_EXPORT std::optional<WallTime> ParseHttpDate(std::string_view text);

}  // namespace retry
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_RETRY_RETRY_AFTER_H_
