#include "fairlead/models/money.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "fairlead/core/error.h"
#include "fairlead/models/currency.h"
#include "gtest/gtest.h"

namespace fairlead::models {
namespace {

v1::Money M(std::string_view text, std::string_view currency = "EUR") {
  const auto money = MakeMoney(currency, text);
  EXPECT_TRUE(money.ok()) << money.status();
  return money.ok() ? *money : v1::Money();
}

TEST(Currency, KnowsIsoAndItsDigits) {
  EXPECT_EQ(CurrencyExponent("EUR"), 2U);
  EXPECT_EQ(CurrencyExponent("JPY"), 0U);
  EXPECT_EQ(CurrencyExponent("ISK"), 0U);
  EXPECT_EQ(CurrencyExponent("HUF"), 2U);
  EXPECT_EQ(CurrencyExponent("KWD"), 3U);
  EXPECT_EQ(CurrencyExponent("CLF"), 4U);
  EXPECT_TRUE(IsCurrency("XAU"));
  EXPECT_FALSE(CurrencyExponent("XAU").has_value());
  for (const std::string code : {"", "eur", "EU", "EURO", "ZZZ", "E\xC3\xA9", "123"}) {
    EXPECT_FALSE(IsCurrency(code)) << code;
  }
}

TEST(Currency, AMismatchIsReportedAndNothingIsConverted) {
  // Stripe writes ISK with two digits, ISO says none.
  const v1::Money stripe = M("1000.00", "ISK");
  EXPECT_EQ(stripe.minor_units(), 100000);
  EXPECT_EQ(stripe.exponent(), 2U);
  EXPECT_EQ(CheckExponent(stripe), ExponentCheck::kMoreDigits);
  EXPECT_EQ(CheckExponent(M("10")), ExponentCheck::kMatches);
  v1::Money cents = M("10");
  cents.set_exponent(0);
  EXPECT_EQ(CheckExponent(cents), ExponentCheck::kFewerDigits);
  EXPECT_EQ(CheckExponent(M("1", "ZZZ")), ExponentCheck::kUnknownCurrency);
}

TEST(Money, TheSameAmountIsTheSameMessage) {
  EXPECT_EQ(M("10").SerializeAsString(), M("10.00").SerializeAsString());
  EXPECT_EQ(M("10.0").SerializeAsString(), M("10.00").SerializeAsString());
  EXPECT_EQ(MoneyText(M("10")), "10.00");
  EXPECT_EQ(MoneyText(M("-0.005")), "-0.005");
  EXPECT_EQ(MoneyText(M("1000", "JPY")), "1000");
  EXPECT_FALSE(MakeMoney("eur", "1").ok());
  EXPECT_FALSE(MakeMoney("EUR", "1,00").ok());
  // Nine quintillion cents are too many.
  EXPECT_FALSE(MakeMoney("EUR", "9223372036854775807").ok());
  EXPECT_EQ(MoneyText(M("9223372036854775807", "JPY")), "9223372036854775807");
  v1::Money untouched = M("1");
  EXPECT_FALSE(TryMakeMoney("EUR", "x", untouched));
  EXPECT_EQ(MoneyText(untouched), "1.00");
}

TEST(Money, TwoCurrenciesNeverMeet) {
  const auto sum = Add(M("1"), M("1", "USD"));
  ASSERT_FALSE(sum.ok());
  EXPECT_EQ(sum.status().message(), "amounts in two currencies, 'EUR' and 'USD', cannot be combined");
  EXPECT_FALSE(Compare(M("1"), M("1", "USD")).ok());
  EXPECT_FALSE(Equal(M("0"), M("0", "USD")));
}

TEST(Money, AddsAcrossExponents) {
  EXPECT_EQ(MoneyText(*Add(M("1.5"), M("0.0025"))), "1.5025");
  EXPECT_EQ(MoneyText(*Sub(M("1.00"), M("1.0000"))), "0.0000");
  EXPECT_EQ(MoneyText(*Negate(M("2.50"))), "-2.50");
  EXPECT_TRUE(Equal(M("1.5"), M("1.5000")));
  EXPECT_EQ(*Compare(M("-1"), M("1")), -1);
  EXPECT_EQ(MoneyText(*Round(M("1.0050"), 2, v1::ROUNDING_MODE_HALF_EVEN)), "1.00");
  EXPECT_FALSE(Add(M("9223372036854775807", "JPY"), M("1", "JPY")).ok());
}

TEST(UnitPrice, ExtendsSubCentPricesWithOneRounding) {
  v1::UnitPrice price = *MakeUnitPrice("EUR", "0.4249");
  ToProto(Dec::Of(100), *price.mutable_per_quantity());
  EXPECT_EQ(MoneyText(*Extend(price, *MakeQuantity("250"), 2, v1::ROUNDING_MODE_HALF_UP)), "1.06");
  price.clear_per_quantity();
  EXPECT_EQ(MoneyText(*Extend(price, *MakeQuantity("3", "C62"), 4, v1::ROUNDING_MODE_DOWN)), "1.2747");
  EXPECT_FALSE(Extend(price, *MakeQuantity("3", "KGM"), 2, v1::ROUNDING_MODE_DOWN).ok());
  ToProto(Dec{}, *price.mutable_per_quantity());
  EXPECT_FALSE(Extend(price, *MakeQuantity("3"), 2, v1::ROUNDING_MODE_DOWN).ok());
}

std::vector<std::string> Texts(const std::vector<v1::Money>& parts) {
  std::vector<std::string> texts;
  for (const auto& part : parts) texts.push_back(MoneyText(part));
  return texts;
}

TEST(Allocate, SumsExactlyAndTiesGoByKey) {
  const std::vector<Dec> equal = {Dec::Of(1), Dec::Of(1), Dec::Of(1)};
  EXPECT_EQ(Texts(*AllocateLargestRemainder(M("1.00"), equal, {"c", "a", "b"})),
            (std::vector<std::string>{"0.33", "0.34", "0.33"}));
  EXPECT_EQ(Texts(*AllocateLargestRemainder(M("-0.02"), equal, {"c", "a", "b"})),
            (std::vector<std::string>{"0.00", "-0.01", "-0.01"}));
  EXPECT_EQ(Texts(*AllocateLargestRemainder(M("0.05"), {Dec{3, 0}, Dec{7, 0}}, {"a", "b"})),
            (std::vector<std::string>{"0.02", "0.03"}));
  // A line that costs nothing gets nothing.
  EXPECT_EQ(Texts(*AllocateLargestRemainder(M("0.01"), {Dec{}, Dec{1, 2}}, {"a", "b"})),
            (std::vector<std::string>{"0.00", "0.01"}));
  EXPECT_EQ(Texts(*AllocateLargestRemainder(M("0.00"), {Dec{}, Dec{}}, {"a", "b"})),
            (std::vector<std::string>{"0.00", "0.00"}));
}

TEST(Allocate, RefusesWhatHasNoAnswer) {
  EXPECT_FALSE(AllocateLargestRemainder(M("1"), {}, {}).ok());
  EXPECT_FALSE(AllocateLargestRemainder(M("1"), {Dec{}}, {"a"}).ok());
  EXPECT_FALSE(AllocateLargestRemainder(M("1"), {Dec::Of(-1), Dec::Of(2)}, {"a", "b"}).ok());
  EXPECT_FALSE(AllocateLargestRemainder(M("1"), {Dec::Of(1)}, {"a", "b"}).ok());
  EXPECT_FALSE(
      AllocateLargestRemainder(M("1"), {Dec::Of(std::numeric_limits<std::int64_t>::max()), Dec{1, 18}}, {"a", "b"})
          .ok());
}

TEST(Allocate, TheOrderOfLinesDoesNotMatter) {
  const std::vector<std::string> keys = {"e", "d", "c", "b", "a"};
  const std::vector<Dec> weights = {Dec{999, 2}, Dec{1, 0}, Dec{333, 2}, Dec{333, 2}, Dec{125, 1}};
  const auto straight = AllocateLargestRemainder(M("7.77"), weights, keys);
  ASSERT_TRUE(straight.ok());
  std::vector<std::size_t> order = {0, 1, 2, 3, 4};
  while (std::next_permutation(order.begin(), order.end())) {
    std::vector<std::string> some_keys;
    std::vector<Dec> some_weights;
    for (const std::size_t i : order) {
      some_keys.push_back(keys[i]);
      some_weights.push_back(weights[i]);
    }
    const auto parts = AllocateLargestRemainder(M("7.77"), some_weights, some_keys);
    ASSERT_TRUE(parts.ok());
    for (std::size_t i = 0; i < order.size(); ++i) EXPECT_TRUE(Equal((*parts)[i], (*straight)[order[i]]));
  }
}

TEST(Converters, UnitsAndNanosKeepTheSign) {
  const auto down = ToUnitsNanos(M("-1.75"));
  ASSERT_TRUE(down.ok());
  EXPECT_EQ(down->units, -1);
  EXPECT_EQ(down->nanos, -750000000);
  EXPECT_EQ(ToUnitsNanos(M("-0.50"))->nanos, -500000000);
  EXPECT_EQ(ToUnitsNanos(M("0.0000000010"))->nanos, 1);
  EXPECT_FALSE(ToUnitsNanos(M("0.0000000001")).ok());
  EXPECT_EQ(MoneyText(*FromUnitsNanos("EUR", {-1, -750000000})), "-1.75");
  EXPECT_EQ(MoneyText(*FromUnitsNanos("EUR", {3, 1})), "3.000000001");
  EXPECT_FALSE(FromUnitsNanos("EUR", {1, -1}).ok());
  EXPECT_FALSE(FromUnitsNanos("EUR", {0, 1000000000}).ok());
  EXPECT_FALSE(FromUnitsNanos("EUR", {std::numeric_limits<std::int64_t>::max(), 0}).ok());
}

TEST(Converters, Micros) {
  EXPECT_EQ(*ToMicros(M("1.5")), 1500000);
  EXPECT_EQ(MoneyText(*FromMicros("EUR", -2500000)), "-2.50");
  EXPECT_EQ(MoneyText(*FromMicros("EUR", 1)), "0.000001");
  EXPECT_FALSE(ToMicros(M("0.0000001")).ok());
  EXPECT_FALSE(ToMicros(M("9223372036854775807", "JPY")).ok());
}

TEST(Quantity, KeepsTheReceivedScale) {
  const auto quantity = MakeQuantity("2.50", "KGM");
  ASSERT_TRUE(quantity.ok());
  EXPECT_EQ(PrintDecimal(quantity->value()), "2.50");
  EXPECT_EQ(quantity->uom(), "KGM");
  EXPECT_EQ(*QuantityToDecimal(v1::Quantity()), Dec{});
  EXPECT_FALSE(MakeQuantity("two").ok());
}

}  // namespace
}  // namespace fairlead::models
