#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "fairlead/models/money.h"
#include "src/models/internal/wide.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace models {
namespace {

using internal::Wide;

absl::Status Refuse(std::string_view message) { return MakeError(ErrorKind::kValidation, Outcome::kNotSent, message); }

// The weights as whole numbers in the same proportion, below 2^64 in sum, so that times a total they fit 128 bits.
absl::StatusOr<std::vector<std::uint64_t>> WholeWeights(const std::vector<Dec>& weights) {
  std::uint32_t scale = 0;
  std::vector<Dec> normal;
  normal.reserve(weights.size());
  for (const Dec& weight : weights) {
    if (weight.IsNegative()) return Refuse(absl::StrCat("a weight of ", PrintDecimal(weight), " is negative"));
    if (weight.scale > kMaxScale) return Refuse(absl::StrCat("a scale of ", weight.scale, " is above ", kMaxScale));
    normal.push_back(Normalize(weight));
    scale = std::max(scale, normal.back().scale);
  }
  std::vector<std::uint64_t> whole;
  whole.reserve(weights.size());
  Wide sum = 0;
  for (const Dec& weight : normal) {
    const Wide aligned = Wide(internal::Magnitude(weight.unscaled)) * internal::kPow10[scale - weight.scale];
    sum += aligned;
    if (sum > absl::MakeUint128(0, ~0ULL)) return Refuse("the weights span too many digits to share by them exactly");
    whole.push_back(absl::Uint128Low64(aligned));
  }
  return whole;
}

}  // namespace

absl::StatusOr<std::vector<v1::Money>> AllocateLargestRemainder(const v1::Money& total, const std::vector<Dec>& weights,
                                                                const std::vector<std::string>& keys) {
  if (weights.empty()) return Refuse("nothing to share the amount over");
  if (weights.size() != keys.size()) {
    return Refuse(absl::StrCat(weights.size(), " weights but ", keys.size(), " keys: each part needs both"));
  }
  FAIRLEAD_ASSIGN_OR_RETURN(const std::vector<std::uint64_t> whole, WholeWeights(weights));
  const std::uint64_t sum = std::accumulate(whole.begin(), whole.end(), std::uint64_t{0});
  const bool negative = total.minor_units() < 0;
  const std::uint64_t amount = internal::Magnitude(total.minor_units());
  if (sum == 0 && amount != 0) return Refuse("all weights are zero: there is no proportion to share the amount by");

  std::vector<std::uint64_t> parts(whole.size(), 0);
  std::vector<std::uint64_t> remainders(whole.size(), 0);
  std::uint64_t left = amount;
  for (std::size_t i = 0; i < whole.size() && sum != 0; ++i) {
    const Wide product = Wide(amount) * whole[i];
    parts[i] = absl::Uint128Low64(product / sum);
    remainders[i] = absl::Uint128Low64(product % sum);
    left -= parts[i];
  }
  // Fewer units are left than there are parts with a remainder, so one each is enough.
  std::vector<std::size_t> order(whole.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    if (remainders[a] != remainders[b]) return remainders[a] > remainders[b];
    if (keys[a] != keys[b]) return keys[a] < keys[b];
    return a < b;
  });
  for (std::size_t i = 0; left > 0; ++i, --left) ++parts[order[i]];

  std::vector<v1::Money> result(whole.size());
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::int64_t units = 0;
    // No part is above the total, which fits.
    if (!internal::FitSigned(parts[i], negative, units)) return Refuse("a part of the amount does not fit 63 bits");
    result[i].set_currency_code(total.currency_code());
    result[i].set_minor_units(units);
    result[i].set_exponent(total.exponent());
  }
  return result;
}

}  // namespace models
FAIRLEAD_NAMESPACE_END
