#include "src/policy/internal/duration.h"

#include <cstdint>

FAIRLEAD_NAMESPACE_BEGIN
namespace policy {
namespace internal {
namespace {

constexpr std::int64_t kLongest = std::int64_t{10} * 366 * 86'400;

std::int64_t SecondsIn(char unit) {
  switch (unit) {
    case 's':
      return 1;
    case 'm':
      return 60;
    case 'h':
      return 3'600;
    case 'd':
      return 86'400;
    case 'w':
      return 604'800;
    default:
      return 0;
  }
}

}  // namespace

std::optional<std::chrono::seconds> ParseDuration(std::string_view text) {
  std::int64_t total = 0;
  std::int64_t last_unit = kLongest;
  std::size_t at = 0;
  if (text.empty()) return std::nullopt;
  while (at < text.size()) {
    std::int64_t number = 0;
    const std::size_t start = at;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
      number = number * 10 + (text[at] - '0');
      if (number > kLongest) return std::nullopt;
    }
    if (at == start || at == text.size()) return std::nullopt;
    const std::int64_t unit = SecondsIn(text[at++]);
    // Larger units first and each once: "30m1h" is a slip of the pen.
    if (unit == 0 || unit >= last_unit) return std::nullopt;
    last_unit = unit;
    total += number * unit;
    if (total > kLongest) return std::nullopt;
  }
  if (total <= 0) return std::nullopt;
  return std::chrono::seconds(total);
}

std::string PrintDuration(std::chrono::seconds duration) {
  std::string text;
  std::int64_t left = duration.count();
  for (const char unit : {'d', 'h', 'm', 's'}) {
    const std::int64_t size = SecondsIn(unit);
    if (left / size > 0) text += std::to_string(left / size) + unit;
    left %= size;
  }
  return text;
}

}  // namespace internal
}  // namespace policy
FAIRLEAD_NAMESPACE_END
