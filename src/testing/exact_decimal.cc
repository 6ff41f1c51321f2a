#include "src/testing/internal/exact_decimal.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {
namespace internal {
namespace {

using Wide = ExactDecimal::Wide;

Wide Pow10(int n) {
  Wide p = 1;
  while (n-- > 0) p *= 10;
  return p;
}

void Align(ExactDecimal* a, ExactDecimal* b) {
  const int scale = std::max(a->scale, b->scale);
  a->unscaled *= Pow10(scale - a->scale);
  b->unscaled *= Pow10(scale - b->scale);
  a->scale = b->scale = scale;
}

}  // namespace

std::optional<ExactDecimal> ExactDecimal::Parse(std::string_view text) {
  ExactDecimal value;
  bool negative = false;
  std::size_t i = 0;
  if (i < text.size() && (text[i] == '-' || text[i] == '+')) negative = text[i++] == '-';
  int digits = 0;
  bool any = false;
  bool point = false;
  for (; i < text.size(); ++i) {
    if (text[i] == '.' && !point) {
      point = true;
    } else if (text[i] >= '0' && text[i] <= '9') {
      any = true;
      if (++digits > 34) return std::nullopt;
      value.unscaled = value.unscaled * 10 + (text[i] - '0');
      if (point) ++value.scale;
    } else {
      break;
    }
  }
  if (!any) return std::nullopt;
  if (i < text.size()) {
    if (text[i] != 'e' && text[i] != 'E') return std::nullopt;
    char* end = nullptr;
    const std::string tail(text.substr(i + 1));
    const long exponent = std::strtol(tail.c_str(), &end, 10);
    if (tail.empty() || *end != '\0' || std::labs(exponent) > 20) return std::nullopt;
    value.scale -= static_cast<int>(exponent);
    if (value.scale < 0) {
      value.unscaled *= Pow10(-value.scale);
      value.scale = 0;
    }
  }
  if (negative) value.unscaled = -value.unscaled;
  return value;
}

std::string ExactDecimal::ToString() const {
  Wide rest = unscaled < 0 ? -unscaled : unscaled;
  std::string digits;
  do {
    digits.push_back(static_cast<char>('0' + static_cast<int>(rest % 10)));
    rest /= 10;
  } while (rest != 0);
  while (static_cast<int>(digits.size()) <= scale) digits.push_back('0');
  std::reverse(digits.begin(), digits.end());
  if (scale > 0) digits.insert(digits.size() - static_cast<std::size_t>(scale), ".");
  return unscaled < 0 ? "-" + digits : digits;
}

ExactDecimal ExactDecimal::Round(int digits, Ties ties) const {
  ExactDecimal out = *this;
  if (scale <= digits) {
    out.unscaled *= Pow10(digits - scale);
  } else {
    const Wide unit = Pow10(scale - digits);
    Wide quotient = unscaled / unit;
    const Wide rest = unscaled % unit;
    const Wide twice = (rest < 0 ? -rest : rest) * 2;
    const bool up = twice > unit || (twice == unit && (ties == Ties::kAwayFromZero || quotient % 2 != 0));
    if (up) quotient += unscaled < 0 ? -1 : 1;
    out.unscaled = quotient;
  }
  out.scale = digits;
  return out;
}

ExactDecimal ExactDecimal::Trimmed() const {
  ExactDecimal out = *this;
  while (out.scale > 0 && out.unscaled % 10 == 0) {
    out.unscaled /= 10;
    --out.scale;
  }
  return out;
}

double ExactDecimal::ToDouble() const { return std::strtod(ToString().c_str(), nullptr); }

ExactDecimal operator+(ExactDecimal a, ExactDecimal b) {
  Align(&a, &b);
  a.unscaled += b.unscaled;
  return a;
}

ExactDecimal operator-(ExactDecimal a, ExactDecimal b) {
  b.unscaled = -b.unscaled;
  return a + b;
}

ExactDecimal operator*(ExactDecimal a, ExactDecimal b) {
  a.unscaled *= b.unscaled;
  a.scale += b.scale;
  return a;
}

bool operator==(ExactDecimal a, ExactDecimal b) {
  Align(&a, &b);
  return a.unscaled == b.unscaled;
}

bool operator<(ExactDecimal a, ExactDecimal b) {
  Align(&a, &b);
  return a.unscaled < b.unscaled;
}

std::string PythonFloat(double value) {
  char text[40];
  for (int precision = 1; precision <= 17; ++precision) {
    std::snprintf(text, sizeof text, "%.*g", precision, value);
    if (std::strtod(text, nullptr) == value) break;
  }
  std::string out = text;
  if (std::fabs(value) < 1e16 && out.find('e') != std::string::npos) {
    std::snprintf(text, sizeof text, "%.1f", value);
    if (std::strtod(text, nullptr) == value) out = text;
  }
  if (out.find_first_of(".en") == std::string::npos) out += ".0";
  return out;
}

std::string FullExpansion(double value) {
  char text[1500];
  std::snprintf(text, sizeof text, "%.1074f", value);
  std::string out = text;
  while (out.back() == '0') out.pop_back();
  if (out.back() == '.') out.pop_back();
  return out;
}

}  // namespace internal
}  // namespace testing
FAIRLEAD_NAMESPACE_END
