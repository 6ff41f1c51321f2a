/// Money, unit prices and quantities: exact and checked. Amounts in two currencies never meet silently.
///
/// All functions are thread-safe. Errors are of ErrorKind::kValidation.
#ifndef FAIRLEAD_MODELS_MONEY_H_
#define FAIRLEAD_MODELS_MONEY_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fairlead/core/export.h"
#include "fairlead/models/decimal.h"
#include "fairlead/v1/value.pb.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace models {

/// `text` as ParseDecimal() reads it. The exponent is ISO's, or the digits received where those are more ("1.2345" EUR
/// → 4), so "10", "10.0" and "10.00" EUR are the same message. `currency` must look like a code (three capital
/// letters); whether ISO knows it is CheckExponent()'s business.
FAIRLEAD_EXPORT absl::StatusOr<v1::Money> MakeMoney(std::string_view currency, std::string_view text);
FAIRLEAD_EXPORT absl::StatusOr<v1::Money> MakeMoney(std::string_view currency, const Dec& amount);
/// The same into an existing message and without an error text, for the hot path: false leaves `out` alone.
FAIRLEAD_EXPORT bool TryMakeMoney(std::string_view currency, std::string_view text, v1::Money& out);
FAIRLEAD_EXPORT bool TryMakeMoney(std::string_view currency, const Dec& amount, v1::Money& out);
/// Zero with ISO's exponent.
FAIRLEAD_EXPORT v1::Money ZeroMoney(std::string_view currency);

/// The amount without its currency.
FAIRLEAD_EXPORT absl::StatusOr<Dec> MoneyToDecimal(const v1::Money& money);
/// "10.00", with as many digits as the exponent says.
FAIRLEAD_EXPORT std::string MoneyText(const v1::Money& money);

/// Exact; the larger exponent stays. Two currencies are an error that names both.
FAIRLEAD_EXPORT absl::StatusOr<v1::Money> Add(const v1::Money& left, const v1::Money& right);
FAIRLEAD_EXPORT absl::StatusOr<v1::Money> Sub(const v1::Money& left, const v1::Money& right);
FAIRLEAD_EXPORT absl::StatusOr<v1::Money> Negate(const v1::Money& money);
/// -1, 0 or 1 by value; an error for two currencies.
FAIRLEAD_EXPORT absl::StatusOr<int> Compare(const v1::Money& left, const v1::Money& right);
/// Same currency, same value.
FAIRLEAD_EXPORT bool Equal(const v1::Money& left, const v1::Money& right);
inline bool IsZero(const v1::Money& money) { return money.minor_units() == 0; }
/// Exactly `exponent` digits after the point, rounded.
FAIRLEAD_EXPORT absl::StatusOr<v1::Money> Round(const v1::Money& money, std::uint32_t exponent, v1::RoundingMode mode);

/// price.amount * quantity / price.per_quantity, rounded once to `exponent` digits. Two units of measure are an error
/// (an empty one is C62, one piece).
FAIRLEAD_EXPORT absl::StatusOr<v1::Money> Extend(const v1::UnitPrice& price, const v1::Quantity& quantity,
                                                 std::uint32_t exponent, v1::RoundingMode mode);

/// Splits `total` in the proportion of `weights` so that the parts sum exactly to it: every part is rounded towards
/// zero and what is left goes, unit by unit, to the largest remainders; ties go to the smaller key, then to the earlier
/// place. Deterministic, and the same parts for the same (weight, key) pairs in any order if the keys differ. Weights
/// must not be negative and not all zero (but for a total of zero); a negative total gives the negated parts of its
/// opposite.
FAIRLEAD_EXPORT absl::StatusOr<std::vector<v1::Money>> AllocateLargestRemainder(const v1::Money& total,
                                                                                const std::vector<Dec>& weights,
                                                                                const std::vector<std::string>& keys);

FAIRLEAD_EXPORT absl::StatusOr<v1::Quantity> MakeQuantity(std::string_view text, std::string_view uom = {});
FAIRLEAD_EXPORT v1::Quantity MakeQuantity(const Dec& value, std::string_view uom = {});
FAIRLEAD_EXPORT bool TryMakeQuantity(std::string_view text, std::string_view uom, v1::Quantity& out);
/// Zero where the value is absent.
FAIRLEAD_EXPORT absl::StatusOr<Dec> QuantityToDecimal(const v1::Quantity& quantity);
FAIRLEAD_EXPORT absl::StatusOr<v1::UnitPrice> MakeUnitPrice(std::string_view currency, std::string_view text);

/// google.type.Money's form: whole units and billionths of the same sign.
struct FAIRLEAD_EXPORT UnitsNanos {
  std::int64_t units = 0;
  std::int32_t nanos = 0;
};
/// An error where the amount has more than nine digits after the point.
FAIRLEAD_EXPORT absl::StatusOr<UnitsNanos> ToUnitsNanos(const v1::Money& money);
/// An error for nanos of another sign than units or of a whole unit or more. The exponent is ISO's or larger.
FAIRLEAD_EXPORT absl::StatusOr<v1::Money> FromUnitsNanos(std::string_view currency, const UnitsNanos& amount);
/// Millionths of a unit. An error where the amount has more than six digits after the point or does not fit.
FAIRLEAD_EXPORT absl::StatusOr<std::int64_t> ToMicros(const v1::Money& money);
FAIRLEAD_EXPORT absl::StatusOr<v1::Money> FromMicros(std::string_view currency, std::int64_t micros);

}  // namespace models
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_MODELS_MONEY_H_
