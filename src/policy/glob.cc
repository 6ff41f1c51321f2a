#include "src/policy/internal/glob.h"

#include <cstddef>
#include <vector>

FAIRLEAD_NAMESPACE_BEGIN
namespace policy {
namespace internal {

bool IsGlob(std::string_view text) { return text.find_first_of("*?") != std::string_view::npos; }

std::string_view GlobPrefix(std::string_view glob) { return glob.substr(0, glob.find_first_of("*?")); }

bool GlobMatches(std::string_view glob, std::string_view text) {
  // Greedy with one point to return to: never worse than the product of the lengths.
  std::size_t g = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t star_text = 0;
  while (t < text.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      star_text = t;
    } else if (g < glob.size() && (glob[g] == '?' || glob[g] == text[t])) {
      ++g;
      ++t;
    } else if (star != std::string_view::npos) {
      g = star + 1;
      t = ++star_text;
    } else {
      return false;
    }
  }
  while (g < glob.size() && glob[g] == '*') ++g;
  return g == glob.size();
}

bool GlobsOverlap(std::string_view a, std::string_view b) {
  // reach[j]: some text fits both the first i characters of a and the first j of b.
  std::vector<char> reach(b.size() + 1, 0);
  reach[0] = 1;
  for (std::size_t j = 0; j < b.size() && b[j] == '*'; ++j) reach[j + 1] = 1;
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::vector<char> next(b.size() + 1, 0);
    next[0] = reach[0] != 0 && a[i] == '*' ? 1 : 0;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const bool star_a = a[i] == '*';
      const bool star_b = b[j] == '*';
      bool ok = false;
      if (star_a) ok = reach[j + 1] != 0 || next[j] != 0;
      if (star_b) ok = ok || next[j] != 0 || reach[j + 1] != 0;
      if (!star_a && !star_b) ok = reach[j] != 0 && (a[i] == '?' || b[j] == '?' || a[i] == b[j]);
      next[j + 1] = ok ? 1 : 0;
    }
    reach.swap(next);
  }
  return reach[b.size()] != 0;
}

}  // namespace internal
}  // namespace policy
FAIRLEAD_NAMESPACE_END
