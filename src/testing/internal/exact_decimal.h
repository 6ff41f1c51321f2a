// Decimal numbers as an ERP keeps them: exact, with the scale they came with.
#ifndef FAIRLEAD_SRC_TESTING_INTERNAL_EXACT_DECIMAL_H_
#define FAIRLEAD_SRC_TESTING_INTERNAL_EXACT_DECIMAL_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "fairlead/core/export.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {
namespace internal {

/// unscaled × 10^-scale. Good for the sums of a sandbox: 38 digits, no overflow checks beyond them.
struct FAIRLEAD_EXPORT ExactDecimal {
  __extension__ using Wide = __int128;
  Wide unscaled = 0;
  int scale = 0;

  /// "-12.50", "5", "1.5e2". Nullopt for anything else or too long.
  static std::optional<ExactDecimal> Parse(std::string_view text);
  std::string ToString() const;
  bool IsZero() const { return unscaled == 0; }
  bool IsNegative() const { return unscaled < 0; }
  /// To exactly `digits` decimals; ties to even, as Tryton's currencies round, or away from zero, as PHP's round().
  enum class Ties { kToEven, kAwayFromZero };
  ExactDecimal Round(int digits, Ties ties = Ties::kToEven) const;
  /// Without trailing zeros after the point.
  ExactDecimal Trimmed() const;
  double ToDouble() const;
};

FAIRLEAD_EXPORT ExactDecimal operator+(ExactDecimal a, ExactDecimal b);
FAIRLEAD_EXPORT ExactDecimal operator-(ExactDecimal a, ExactDecimal b);
FAIRLEAD_EXPORT ExactDecimal operator*(ExactDecimal a, ExactDecimal b);
/// By value: 1.50 equals 1.5.
FAIRLEAD_EXPORT bool operator==(ExactDecimal a, ExactDecimal b);
FAIRLEAD_EXPORT bool operator<(ExactDecimal a, ExactDecimal b);

/// The shortest text that reads back as `value`, with ".0" where Python would put it.
std::string PythonFloat(double value);
/// Every binary digit of `value` in decimal, as Python's Decimal(float) shows it.
std::string FullExpansion(double value);

}  // namespace internal
}  // namespace testing
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_TESTING_INTERNAL_EXACT_DECIMAL_H_
