// Sign-and-magnitude arithmetic on 128 bits, for intermediates that a Dec cannot hold.
#ifndef FAIRLEAD_SRC_MODELS_INTERNAL_WIDE_H_
#define FAIRLEAD_SRC_MODELS_INTERNAL_WIDE_H_

#include <array>
#include <cstdint>
#include <limits>

#include "absl/numeric/int128.h"
#include "fairlead/core/export.h"
#include "fairlead/v1/value.pb.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace models::internal {

using Wide = absl::uint128;

inline constexpr std::array<std::uint64_t, 20> kPow10 = {1ULL,
                                                         10ULL,
                                                         100ULL,
                                                         1000ULL,
                                                         10000ULL,
                                                         100000ULL,
                                                         1000000ULL,
                                                         10000000ULL,
                                                         100000000ULL,
                                                         1000000000ULL,
                                                         10000000000ULL,
                                                         100000000000ULL,
                                                         1000000000000ULL,
                                                         10000000000000ULL,
                                                         100000000000000ULL,
                                                         1000000000000000ULL,
                                                         10000000000000000ULL,
                                                         100000000000000000ULL,
                                                         1000000000000000000ULL,
                                                         10000000000000000000ULL};

// 10^power for power 0..38, all that 128 bits hold.
inline Wide WidePow10(std::uint32_t power) {
  if (power < kPow10.size()) return kPow10[power];
  return Wide(kPow10[19]) * Wide(kPow10[power - 19]);
}

// |value|, also of the smallest one, whose opposite an int64 cannot hold.
inline std::uint64_t Magnitude(std::int64_t value) {
  return value < 0 ? ~static_cast<std::uint64_t>(value) + 1 : static_cast<std::uint64_t>(value);
}

// Back to 64 bits with sign; false where it does not fit.
inline bool FitSigned(Wide magnitude, bool negative, std::int64_t& out) {
  constexpr std::uint64_t kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (magnitude > Wide(kMax) + (negative ? 1 : 0)) return false;
  const std::uint64_t low = absl::Uint128Low64(magnitude);
  out = negative ? static_cast<std::int64_t>(~low + 1) : static_cast<std::int64_t>(low);
  return true;
}

// Whether a quotient whose remainder was cut off has to grow by one. `half` compares the cut part with one half: -1,
// 0, 1.
inline bool RoundsUp(v1::RoundingMode mode, bool odd, int half, bool cut) {
  switch (mode) {
    case v1::ROUNDING_MODE_HALF_UP:
      return half >= 0;
    case v1::ROUNDING_MODE_HALF_EVEN:
      return half > 0 || (half == 0 && odd);
    case v1::ROUNDING_MODE_HALF_DOWN:
      return half > 0;
    case v1::ROUNDING_MODE_UP:
      return cut;
    default:
      return false;
  }
}

// value / 10^power, rounded once. `sticky` says that digits other than zero were cut off below `value` already.
// Sets `exact` to false where anything was lost.
inline Wide DivPow10(Wide value, std::uint32_t power, bool sticky, v1::RoundingMode mode, bool& exact) {
  Wide quotient = 0;
  Wide remainder = value;
  int half = -1;
  if (power <= 38) {
    const Wide divisor = WidePow10(power);
    quotient = value / divisor;
    remainder = value % divisor;
    // remainder < 10^38 < 2^127, so the double fits.
    const Wide twice = remainder * 2;
    half = twice < divisor ? -1 : (twice == divisor ? 0 : 1);
    if (power == 0) half = -1;
    if (half == 0 && sticky) half = 1;
  }
  const bool cut = remainder != 0 || sticky;
  if (cut) exact = false;
  if (cut && RoundsUp(mode, (absl::Uint128Low64(quotient) & 1) != 0, half, cut)) quotient += 1;
  return quotient;
}

}  // namespace models::internal
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_MODELS_INTERNAL_WIDE_H_
