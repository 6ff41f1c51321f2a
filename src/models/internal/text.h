// UTF-8, RFC 3339 and base64, as the JSON of messages needs them.
#ifndef FAIRLEAD_SRC_MODELS_INTERNAL_TEXT_H_
#define FAIRLEAD_SRC_MODELS_INTERNAL_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fairlead/core/export.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace models::internal {

inline constexpr std::size_t kValidUtf8 = static_cast<std::size_t>(-1);
// Position of the first byte that is not part of a well-formed UTF-8 sequence (no surrogates, no overlong forms), or
// kValidUtf8.
std::size_t FindInvalidUtf8(std::string_view text);
// Appends the UTF-8 form of a code point below 0x110000.
void AppendUtf8(std::uint32_t code_point, std::string& out);

// "2024-02-29T12:00:00.500Z" with 0, 3, 6 or 9 digits; false outside of the years 1 to 9999 or for nanos outside of a
// second.
bool AppendRfc3339(std::int64_t seconds, std::int32_t nanos, std::string& out);
// Any offset; up to nine digits after the point. Leap seconds are refused.
bool ParseRfc3339(std::string_view text, std::int64_t& seconds, std::int32_t& nanos);
// "1.5s", "-0.001s"; false beyond 10 000 years or where the signs differ.
bool AppendDuration(std::int64_t seconds, std::int32_t nanos, std::string& out);
bool ParseDuration(std::string_view text, std::int64_t& seconds, std::int32_t& nanos);
// Whether there is such a day in the Gregorian calendar, years 1 to 9999.
bool IsDate(std::int64_t year, std::int64_t month, std::int64_t day);

void AppendBase64(std::string_view bytes, std::string& out);
// Standard and URL-safe alphabets, padding optional.
bool ParseBase64(std::string_view text, std::string& bytes);

}  // namespace models::internal
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_MODELS_INTERNAL_TEXT_H_
