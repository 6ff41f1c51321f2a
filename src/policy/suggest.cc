#include "src/policy/internal/suggest.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "src/core/internal/absl_compat.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace policy {
namespace internal {

using ::fairlead::internal::ToAbsl;

namespace {

// Levenshtein distance with neighbouring letters swapped counted as one, which is how people mistype.
std::size_t Distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({change, last[j] + 1, row[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

}  // namespace

std::string Nearest(std::string_view word, const std::vector<std::string>& known) {
  if (word.empty() || word.size() > 64) return {};
  const std::string lower = absl::AsciiStrToLower(ToAbsl(word));
  // A third of the letters may be wrong, and never so many that nothing of the word is left.
  const std::size_t limit = std::max<std::size_t>(1, (word.size() + 1) / 3);
  std::string best;
  std::size_t best_distance = limit + 1;
  for (const std::string& name : known) {
    if (name.size() > 64) continue;
    const std::size_t distance = Distance(lower, absl::AsciiStrToLower(name));
    if (distance < best_distance) {
      best = name;
      best_distance = distance;
    }
  }
  return best;
}

std::string DidYouMean(std::string_view word, const std::vector<std::string>& known) {
  const std::string nearest = Nearest(word, known);
  return nearest.empty() ? std::string() : absl::StrCat(" (did you mean \"", nearest, "\"?)");
}

std::string Quoted(const std::vector<std::string>& names, std::size_t limit) {
  if (names.empty()) return "none";
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < limit; ++i)
    absl::StrAppend(&text, i == 0 ? "" : ", ", Quote(names[i]));
  if (names.size() > limit) absl::StrAppend(&text, " and ", names.size() - limit, " more");
  return text;
}

std::string Quote(std::string_view text) {
  std::string out = "\"";
  for (const char c : text.substr(0, 80)) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  // A cut inside of a UTF-8 sequence would make the whole message unprintable.
  if (text.size() > 80) {
    while (out.size() > 1 && (static_cast<unsigned char>(out.back()) & 0xC0) == 0x80) out.pop_back();
    if (out.size() > 1 && (static_cast<unsigned char>(out.back()) & 0xC0) == 0xC0) out.pop_back();
    out += "…";
  }
  return out + "\"";
}

}  // namespace internal
}  // namespace policy
FAIRLEAD_NAMESPACE_END
