/// ISO 4217: which currencies there are and how many digits after the point they settle in.
#ifndef FAIRLEAD_MODELS_CURRENCY_H_
#define FAIRLEAD_MODELS_CURRENCY_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "fairlead/core/export.h"
#include "fairlead/v1/value.pb.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace models {

/// Whether `code` is an ISO 4217 code in upper case. Codes withdrawn since 2015 are known, because old orders carry
/// them.
FAIRLEAD_EXPORT bool IsCurrency(std::string_view code);
/// ISO's digits after the point; nullopt for codes that are unknown or have none (XAU, XXX).
FAIRLEAD_EXPORT std::optional<std::uint32_t> CurrencyExponent(std::string_view code);

/// How an amount's exponent compares with ISO's. A difference is something to report, never a reason to convert.
enum class ExponentCheck : std::uint8_t {
  kMatches,
  kMoreDigits,       ///< Usual for stated amounts (unrounded taxes); suspicious for a settled one.
  kFewerDigits,      ///< Suspicious: 10 EUR written with exponent 0 may be 10 cents.
  kUnknownCurrency,  ///< No such code, or one without minor units.
};
FAIRLEAD_EXPORT ExponentCheck CheckExponent(const v1::Money& money);

}  // namespace models
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_MODELS_CURRENCY_H_
