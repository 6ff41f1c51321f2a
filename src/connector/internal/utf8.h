// UTF-8 as the reader and the writer check and make it.
#ifndef FAIRLEAD_SRC_CONNECTOR_INTERNAL_UTF8_H_
#define FAIRLEAD_SRC_CONNECTOR_INTERNAL_UTF8_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "fairlead/core/export.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal::json {

/// Length of the UTF-8 sequence at `p` (its first byte is above 0x7F), or 0 where it is none.
inline std::size_t Utf8Length(const unsigned char* p, std::size_t left) {
  const auto tail = [&](std::size_t i) { return i < left && (p[i] & 0xC0) == 0x80; };
  if (p[0] >= 0xC2 && p[0] <= 0xDF) return tail(1) ? 2 : 0;
  if (p[0] >= 0xE0 && p[0] <= 0xEF) {
    if (!tail(1) || !tail(2)) return 0;
    if (p[0] == 0xE0 && p[1] < 0xA0) return 0;  // Overlong.
    if (p[0] == 0xED && p[1] > 0x9F) return 0;  // A surrogate.
    return 3;
  }
  if (p[0] >= 0xF0 && p[0] <= 0xF4) {
    if (!tail(1) || !tail(2) || !tail(3)) return 0;
    if (p[0] == 0xF0 && p[1] < 0x90) return 0;
    if (p[0] == 0xF4 && p[1] > 0x8F) return 0;
    return 4;
  }
  return 0;
}

/// The code point, which is no surrogate, at the end of `out`.
inline void AppendUtf8(std::uint32_t code, std::string& out) {
  if (code < 0x80) {
    out.push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    out.push_back(static_cast<char>(0xC0 | (code >> 6)));
    out.push_back(static_cast<char>(0x80 | (code & 0x3F)));
  } else if (code < 0x10000) {
    out.push_back(static_cast<char>(0xE0 | (code >> 12)));
    out.push_back(static_cast<char>(0x80 | ((code >> 6) & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (code & 0x3F)));
  } else {
    out.push_back(static_cast<char>(0xF0 | (code >> 18)));
    out.push_back(static_cast<char>(0x80 | ((code >> 12) & 0x3F)));
    out.push_back(static_cast<char>(0x80 | ((code >> 6) & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (code & 0x3F)));
  }
}

}  // namespace internal::json
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_CONNECTOR_INTERNAL_UTF8_H_
