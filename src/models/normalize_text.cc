#include "src/models/internal/normalize_text.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

FAIRLEAD_NAMESPACE_BEGIN
namespace models::internal {

std::string_view ToNfc(std::string_view text, std::string& scratch) {
  const bool ascii = std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (ascii) return text;
  utf8proc_uint8_t* mapped = nullptr;
  const utf8proc_ssize_t size =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
                   &mapped, static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  // The library allocates with malloc.
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(mapped, &std::free);
  if (size < 0) return text;
  scratch.assign(reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(size));
  return scratch;
}

}  // namespace models::internal
FAIRLEAD_NAMESPACE_END
