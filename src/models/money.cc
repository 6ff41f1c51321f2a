#include "fairlead/models/money.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "fairlead/models/currency.h"
#include "src/core/internal/absl_compat.h"
#include "src/models/internal/wide.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace models {
namespace {

using ::fairlead::internal::ToAbsl;

absl::Status Refuse(std::string_view message) { return MakeError(ErrorKind::kValidation, Outcome::kNotSent, message); }

bool LooksLikeCurrency(std::string_view code) {
  return code.size() == 3 && std::all_of(code.begin(), code.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

absl::Status NotACurrency(std::string_view code) {
  return Refuse(
      absl::StrCat("'", ToAbsl(code.substr(0, 20)), "' is not a currency code: three capital letters are expected"));
}

absl::Status CheckCurrencies(const v1::Money& left, const v1::Money& right) {
  if (left.currency_code() == right.currency_code()) return absl::OkStatus();
  return Refuse(absl::StrCat("amounts in two currencies, '", left.currency_code(), "' and '", right.currency_code(),
                             "', cannot be combined"));
}

// The amount with at least ISO's digits. False where the zeros that this adds do not fit.
bool WithCurrencyDigits(std::string_view currency, Dec& amount) {
  const auto digits = CurrencyExponent(currency);
  if (!digits.has_value() || amount.scale >= *digits) return true;
  const internal::Wide widened =
      internal::Wide(internal::Magnitude(amount.unscaled)) * internal::kPow10[*digits - amount.scale];
  amount.scale = *digits;
  return internal::FitSigned(widened, amount.IsNegative(), amount.unscaled);
}

void Fill(std::string_view currency, const Dec& amount, v1::Money& out) {
  // Most orders repeat one currency: writing it again would cost an allocation outside an arena.
  if (out.currency_code() != currency) out.set_currency_code(currency.data(), currency.size());
  out.set_minor_units(amount.unscaled);
  out.set_exponent(amount.scale);
}

absl::StatusOr<v1::Money> FromDec(std::string_view currency, const absl::StatusOr<Dec>& amount) {
  if (!amount.ok()) return amount.status();
  v1::Money money;
  Fill(currency, *amount, money);
  return money;
}

std::string_view Unit(const std::string& uom) { return uom.empty() ? std::string_view("C62") : std::string_view(uom); }

}  // namespace

bool TryMakeMoney(std::string_view currency, const Dec& amount, v1::Money& out) {
  Dec value = amount;
  if (amount.scale > kMaxScale || !LooksLikeCurrency(currency) || !WithCurrencyDigits(currency, value)) return false;
  Fill(currency, value, out);
  return true;
}

bool TryMakeMoney(std::string_view currency, std::string_view text, v1::Money& out) {
  Dec amount;
  return TryParseDecimal(text, amount) && TryMakeMoney(currency, amount, out);
}

absl::StatusOr<v1::Money> MakeMoney(std::string_view currency, const Dec& amount) {
  v1::Money money;
  if (TryMakeMoney(currency, amount, money)) return money;
  if (!LooksLikeCurrency(currency)) return NotACurrency(currency);
  return Refuse(absl::StrCat(PrintDecimal(amount), " ", ToAbsl(currency), " does not fit 63 bits in its minor unit"));
}

absl::StatusOr<v1::Money> MakeMoney(std::string_view currency, std::string_view text) {
  FAIRLEAD_ASSIGN_OR_RETURN(const Dec amount, ParseDecimal(text));
  return MakeMoney(currency, amount);
}

v1::Money ZeroMoney(std::string_view currency) {
  v1::Money money;
  Fill(currency, Dec{0, CurrencyExponent(currency).value_or(0)}, money);
  return money;
}

absl::StatusOr<Dec> MoneyToDecimal(const v1::Money& money) {
  const Dec amount{money.minor_units(), money.exponent()};
  if (amount.scale > kMaxScale) {
    return Refuse(absl::StrCat("an exponent of ", amount.scale, " is above the largest one, ", kMaxScale));
  }
  return amount;
}

std::string MoneyText(const v1::Money& money) { return PrintDecimal(Dec{money.minor_units(), money.exponent()}); }

absl::StatusOr<v1::Money> Add(const v1::Money& left, const v1::Money& right) {
  FAIRLEAD_RETURN_IF_ERROR(CheckCurrencies(left, right));
  return FromDec(left.currency_code(),
                 Add(Dec{left.minor_units(), left.exponent()}, Dec{right.minor_units(), right.exponent()}));
}

absl::StatusOr<v1::Money> Sub(const v1::Money& left, const v1::Money& right) {
  FAIRLEAD_RETURN_IF_ERROR(CheckCurrencies(left, right));
  return FromDec(left.currency_code(),
                 Sub(Dec{left.minor_units(), left.exponent()}, Dec{right.minor_units(), right.exponent()}));
}

absl::StatusOr<v1::Money> Negate(const v1::Money& money) {
  return FromDec(money.currency_code(), Negate(Dec{money.minor_units(), money.exponent()}));
}

absl::StatusOr<int> Compare(const v1::Money& left, const v1::Money& right) {
  FAIRLEAD_RETURN_IF_ERROR(CheckCurrencies(left, right));
  FAIRLEAD_ASSIGN_OR_RETURN(const Dec a, MoneyToDecimal(left));
  FAIRLEAD_ASSIGN_OR_RETURN(const Dec b, MoneyToDecimal(right));
  return Compare(a, b);
}

bool Equal(const v1::Money& left, const v1::Money& right) {
  const auto order = Compare(left, right);
  return order.ok() && *order == 0;
}

absl::StatusOr<v1::Money> Round(const v1::Money& money, std::uint32_t exponent, v1::RoundingMode mode) {
  return FromDec(money.currency_code(), Round(Dec{money.minor_units(), money.exponent()}, exponent, mode));
}

absl::StatusOr<v1::Money> Extend(const v1::UnitPrice& price, const v1::Quantity& quantity, std::uint32_t exponent,
                                 v1::RoundingMode mode) {
  if (Unit(price.uom()) != Unit(quantity.uom())) {
    return Refuse(absl::StrCat("a price per '", ToAbsl(Unit(price.uom())), "' cannot be applied to a quantity in '",
                               ToAbsl(Unit(quantity.uom())), "': convert the quantity first"));
  }
  FAIRLEAD_ASSIGN_OR_RETURN(const Dec amount, FromProto(price.amount()));
  FAIRLEAD_ASSIGN_OR_RETURN(const Dec count, FromProto(quantity.value()));
  Dec per = Dec::Of(1);
  if (price.has_per_quantity()) {
    FAIRLEAD_ASSIGN_OR_RETURN(per, FromProto(price.per_quantity()));
    if (per.IsZero())
      return Refuse("the price is stated for a quantity of zero (per_quantity): leave it out to mean one");
  }
  return FromDec(price.currency_code(), MulDiv(amount, count, per, exponent, mode));
}

absl::StatusOr<v1::Quantity> MakeQuantity(std::string_view text, std::string_view uom) {
  FAIRLEAD_ASSIGN_OR_RETURN(const Dec value, ParseDecimal(text));
  return MakeQuantity(value, uom);
}

v1::Quantity MakeQuantity(const Dec& value, std::string_view uom) {
  v1::Quantity quantity;
  ToProto(value, *quantity.mutable_value());
  if (!uom.empty()) quantity.set_uom(uom.data(), uom.size());
  return quantity;
}

bool TryMakeQuantity(std::string_view text, std::string_view uom, v1::Quantity& out) {
  Dec value;
  if (!TryParseDecimal(text, value)) return false;
  ToProto(value, *out.mutable_value());
  if (out.uom() != uom) out.set_uom(uom.data(), uom.size());
  return true;
}

absl::StatusOr<Dec> QuantityToDecimal(const v1::Quantity& quantity) { return FromProto(quantity.value()); }

absl::StatusOr<v1::UnitPrice> MakeUnitPrice(std::string_view currency, std::string_view text) {
  if (!LooksLikeCurrency(currency)) return NotACurrency(currency);
  FAIRLEAD_ASSIGN_OR_RETURN(const Dec amount, ParseDecimal(text));
  v1::UnitPrice price;
  price.set_currency_code(currency.data(), currency.size());
  ToProto(amount, *price.mutable_amount());
  return price;
}

absl::StatusOr<UnitsNanos> ToUnitsNanos(const v1::Money& money) {
  constexpr std::int64_t kBillion = 1'000'000'000;
  FAIRLEAD_ASSIGN_OR_RETURN(const Dec amount, MoneyToDecimal(money));
  const Dec normal = Normalize(amount);
  if (normal.scale > 9) {
    return Refuse(
        absl::StrCat(MoneyText(money), " ", money.currency_code(), " has more than nine digits after the point"));
  }
  // Both parts take the sign of the amount, as truncating division gives it.
  const auto base = static_cast<std::int64_t>(internal::kPow10[normal.scale]);
  return UnitsNanos{normal.unscaled / base, static_cast<std::int32_t>(normal.unscaled % base * (kBillion / base))};
}

absl::StatusOr<v1::Money> FromUnitsNanos(std::string_view currency, const UnitsNanos& amount) {
  constexpr std::int32_t kBillion = 1'000'000'000;
  if (amount.nanos <= -kBillion || amount.nanos >= kBillion) {
    return Refuse(absl::StrCat("nanos of ", amount.nanos, " are a whole unit or more"));
  }
  if ((amount.units > 0 && amount.nanos < 0) || (amount.units < 0 && amount.nanos > 0)) {
    return Refuse(absl::StrCat("units (", amount.units, ") and nanos (", amount.nanos, ") have different signs"));
  }
  FAIRLEAD_ASSIGN_OR_RETURN(const Dec whole, Add(Dec::Of(amount.units), Normalize(Dec{amount.nanos, 9})));
  return MakeMoney(currency, whole);
}

absl::StatusOr<std::int64_t> ToMicros(const v1::Money& money) {
  FAIRLEAD_ASSIGN_OR_RETURN(const Dec amount, MoneyToDecimal(money));
  FAIRLEAD_ASSIGN_OR_RETURN(const Dec micros, RescaleExact(amount, 6));
  return micros.unscaled;
}

absl::StatusOr<v1::Money> FromMicros(std::string_view currency, std::int64_t micros) {
  return MakeMoney(currency, Normalize(Dec{micros, 6}));
}

}  // namespace models
FAIRLEAD_NAMESPACE_END
