#include "fairlead/models/currency.h"

#include <array>
#include <cstddef>

FAIRLEAD_NAMESPACE_BEGIN
namespace models {
namespace {

// ISO 4217 by digits after the point. Codes withdrawn since 2015 stay: old orders carry them.
constexpr std::string_view kNoDigits = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF ";
constexpr std::string_view kTwoDigits =
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD "
    "CAD CDF CHE CHF CHW CNY COP COU CRC CUC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ "
    "GYD "
    "HKD HNL HRK HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL LTL MAD MDL MGA MKD MMK MNT "
    "MOP "
    "MRO MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR "
    "SDG "
    "SEK SGD SHP SLE SLL SOS SRD SSP STD STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VEF "
    "VES "
    "WST XAD XCD XCG YER ZAR ZMW ZWG ZWL ";
constexpr std::string_view kThreeDigits = "BHD IQD JOD KWD LYD OMR TND ";
constexpr std::string_view kFourDigits = "CLF UYW ";
constexpr std::string_view kWithoutUnit = "XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX ";

constexpr std::uint8_t kUnknown = 0xFF;
constexpr std::uint8_t kNone = 0xFE;

constexpr std::size_t IndexOf(char a, char b, char c) {
  return (static_cast<std::size_t>(a - 'A') * 26 + static_cast<std::size_t>(b - 'A')) * 26 +
         static_cast<std::size_t>(c - 'A');
}

using Table = std::array<std::uint8_t, 26 * 26 * 26>;

constexpr void Put(Table& table, std::string_view codes, std::uint8_t digits) {
  for (std::size_t i = 0; i + 3 < codes.size(); i += 4) table[IndexOf(codes[i], codes[i + 1], codes[i + 2])] = digits;
}

constexpr Table MakeTable() {
  Table table{};
  for (auto& entry : table) entry = kUnknown;
  Put(table, kNoDigits, 0);
  Put(table, kTwoDigits, 2);
  Put(table, kThreeDigits, 3);
  Put(table, kFourDigits, 4);
  Put(table, kWithoutUnit, kNone);
  return table;
}

// One load per look-up: every amount of every payload asks.
constexpr Table kTable = MakeTable();

std::uint8_t Find(std::string_view code) {
  if (code.size() != 3) return kUnknown;
  for (const char c : code) {
    if (c < 'A' || c > 'Z') return kUnknown;
  }
  return kTable[IndexOf(code[0], code[1], code[2])];
}

}  // namespace

bool IsCurrency(std::string_view code) { return Find(code) != kUnknown; }

std::optional<std::uint32_t> CurrencyExponent(std::string_view code) {
  const std::uint8_t digits = Find(code);
  if (digits == kUnknown || digits == kNone) return std::nullopt;
  return digits;
}

ExponentCheck CheckExponent(const v1::Money& money) {
  const auto digits = CurrencyExponent(money.currency_code());
  if (!digits.has_value()) return ExponentCheck::kUnknownCurrency;
  if (money.exponent() == *digits) return ExponentCheck::kMatches;
  return money.exponent() > *digits ? ExponentCheck::kMoreDigits : ExponentCheck::kFewerDigits;
}

}  // namespace models
FAIRLEAD_NAMESPACE_END
