/// Exact decimals: parsed from text, never from a double; checked, so that overflow is an error and never a wrap.
///
/// All functions are thread-safe and allocate nothing but what they return. Errors are of ErrorKind::kValidation.
#ifndef FAIRLEAD_MODELS_DECIMAL_H_
#define FAIRLEAD_MODELS_DECIMAL_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fairlead/core/export.h"
#include "fairlead/v1/value.pb.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace models {

/// Most digits after the point that a Dec may have.
inline constexpr std::uint32_t kMaxScale = 18;

/// unscaled * 10^-scale with scale 0..kMaxScale. Compared by value (1.50 == 1.5); keeps the scale it was made with.
struct FAIRLEAD_EXPORT Dec {
  std::int64_t unscaled = 0;
  std::uint32_t scale = 0;

  /// A whole number.
  static constexpr Dec Of(std::int64_t whole) { return Dec{whole, 0}; }
  constexpr bool IsZero() const { return unscaled == 0; }
  constexpr bool IsNegative() const { return unscaled < 0; }
};

/// Reads plain decimal text: "12", "-0.50", ".5", "5.", "1.5e-3", "1E+2". The scale is the number of digits after the
/// point; an exponent moves the point and is fine as long as the value stays exact and in range. Zeros beyond 18 digits
/// after the point are dropped. Refused, with what was wrong and where: empty text, spaces, signs other than one
/// leading minus, "1,5", "1_000", "NaN", "inf", hexadecimal, and numbers that do not fit 63 bits and 18 digits after
/// the point.
FAIRLEAD_EXPORT absl::StatusOr<Dec> ParseDecimal(std::string_view text);
/// The same without an error text, for the hot path: false leaves `out` alone.
FAIRLEAD_EXPORT bool TryParseDecimal(std::string_view text, Dec& out);
/// Into an existing message.
FAIRLEAD_EXPORT bool TryParseDecimal(std::string_view text, v1::Decimal& out);
/// Reads text with more digits than a Dec can hold ("33.333333333333333333333"), rounded to at most `scale` digits
/// after the point. `exact`, where given, says whether nothing was lost. For numbers that a source prints from a float.
FAIRLEAD_EXPORT absl::StatusOr<Dec> ParseRounded(std::string_view text, std::uint32_t scale, v1::RoundingMode mode,
                                                 bool* exact = nullptr);

/// Plain text with exactly `scale` digits after the point: "-0.50", "12".
FAIRLEAD_EXPORT std::string PrintDecimal(const Dec& value);
FAIRLEAD_EXPORT std::string PrintDecimal(const v1::Decimal& value);
FAIRLEAD_EXPORT void AppendDecimal(const Dec& value, std::string& out);

/// The message's value; an error if its scale is above kMaxScale.
FAIRLEAD_EXPORT absl::StatusOr<Dec> FromProto(const v1::Decimal& message);
FAIRLEAD_EXPORT v1::Decimal ToProto(const Dec& value);
FAIRLEAD_EXPORT void ToProto(const Dec& value, v1::Decimal& out);

/// The same value with the fewest digits: 1.50 → 1.5, 100 → 100, 0.00 → 0.
FAIRLEAD_EXPORT Dec Normalize(const Dec& value);
/// -1, 0 or 1, by value.
FAIRLEAD_EXPORT int Compare(const Dec& left, const Dec& right);
inline bool operator==(const Dec& left, const Dec& right) { return Compare(left, right) == 0; }
inline bool operator!=(const Dec& left, const Dec& right) { return Compare(left, right) != 0; }
inline bool operator<(const Dec& left, const Dec& right) { return Compare(left, right) < 0; }
inline bool operator>(const Dec& left, const Dec& right) { return Compare(left, right) > 0; }
inline bool operator<=(const Dec& left, const Dec& right) { return Compare(left, right) <= 0; }
inline bool operator>=(const Dec& left, const Dec& right) { return Compare(left, right) >= 0; }

/// Exact. The result has the larger scale, or a smaller one where only that fits.
FAIRLEAD_EXPORT absl::StatusOr<Dec> Add(const Dec& left, const Dec& right);
FAIRLEAD_EXPORT absl::StatusOr<Dec> Sub(const Dec& left, const Dec& right);
FAIRLEAD_EXPORT absl::StatusOr<Dec> Negate(const Dec& value);
/// Exact: an error where the product needs more than kMaxScale digits after the point or 63 bits.
FAIRLEAD_EXPORT absl::StatusOr<Dec> Mul(const Dec& left, const Dec& right);
/// Rounded once, to exactly `scale` digits after the point.
FAIRLEAD_EXPORT absl::StatusOr<Dec> Mul(const Dec& left, const Dec& right, std::uint32_t scale, v1::RoundingMode mode);
/// left / right, rounded once, to exactly `scale` digits after the point. Division by zero is an error.
FAIRLEAD_EXPORT absl::StatusOr<Dec> Divide(const Dec& left, const Dec& right, std::uint32_t scale,
                                           v1::RoundingMode mode);
/// left * right / divisor, rounded once: no digit is lost in between.
FAIRLEAD_EXPORT absl::StatusOr<Dec> MulDiv(const Dec& left, const Dec& right, const Dec& divisor, std::uint32_t scale,
                                           v1::RoundingMode mode);
/// The same value with exactly `scale` digits after the point; an error if a digit other than zero would be lost.
FAIRLEAD_EXPORT absl::StatusOr<Dec> RescaleExact(const Dec& value, std::uint32_t scale);
/// Exactly `scale` digits after the point, rounded. ROUNDING_MODE_UNSPECIFIED is an error: the caller has to know.
FAIRLEAD_EXPORT absl::StatusOr<Dec> Round(const Dec& value, std::uint32_t scale, v1::RoundingMode mode);

}  // namespace models
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_MODELS_DECIMAL_H_
