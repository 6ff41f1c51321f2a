#include "fairlead/models/decimal.h"

#include <cstdint>
#include <limits>
#include <string>

#include "fairlead/core/error.h"
#include "gtest/gtest.h"

namespace fairlead::models {
namespace {

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();

Dec D(std::string_view text) {
  const auto value = ParseDecimal(text);
  EXPECT_TRUE(value.ok()) << text << ": " << value.status();
  return value.value_or(Dec{-999999, 0});
}

struct Case {
  std::string text;
  std::int64_t unscaled;
  std::uint32_t scale;
};

TEST(ParseDecimal, ReadsTextAsItStands) {
  const Case cases[] = {
      {"0", 0, 0},
      {"-0", 0, 0},
      {"0.00", 0, 2},
      {"-0.50", -50, 2},
      {"10.00", 1000, 2},
      {".5", 5, 1},
      {"5.", 5, 0},
      {"-.25", -25, 2},
      {"007", 7, 0},
      {"1e3", 1000, 0},
      {"1.5e-3", 15, 4},
      {"1E+2", 100, 0},
      {"1.50e1", 150, 1},
      {"0E-8", 0, 8},
      {"0e400", 0, 0},
      {"0E-30", 0, 18},
      {"1.5e0", 15, 1},
      {"12e-1", 12, 1},
      {"100e-2", 100, 2},
      {"0.000000000000000001", 1, 18},
      {"9223372036854775807", kMax, 0},
      {"-9223372036854775808", kMin, 0},
      {"9.223372036854775807", kMax, 18},
      {"1.000000000000000000000", 1000000000000000000, 18},
      {"100.000000000000000000", 1000000000000000000, 16},
      {"0.00000000000000000000000000000000000000000000", 0, 18},
      {"1000000000000000000000000e-20", 1000000000000000000, 14},
  };
  for (const Case& c : cases) {
    const auto value = ParseDecimal(c.text);
    ASSERT_TRUE(value.ok()) << c.text << ": " << value.status();
    EXPECT_EQ(value->unscaled, c.unscaled) << c.text;
    EXPECT_EQ(value->scale, c.scale) << c.text;
    Dec fast;
    ASSERT_TRUE(TryParseDecimal(c.text, fast)) << c.text;
    EXPECT_EQ(fast.unscaled, c.unscaled) << c.text;
    EXPECT_EQ(fast.scale, c.scale) << c.text;
  }
}

TEST(ParseDecimal, RefusesWhatIsNoExactNumber) {
  const std::string texts[] = {"",
                               " ",
                               " 1",
                               "1 ",
                               "1,5",
                               "1_000",
                               "1.2.3",
                               "NaN",
                               "nan",
                               "inf",
                               "-inf",
                               "0x10",
                               "+1",
                               "--1",
                               "-",
                               ".",
                               "-.",
                               "e5",
                               "1e",
                               "1e+",
                               "1e5x",
                               "12abc",
                               "١٢",
                               "1\n",
                               "$5",
                               "1e400",
                               "1e-19",
                               "1e19",
                               "9223372036854775808",
                               "-9223372036854775809",
                               "0.0000000000000000001",
                               "12345678901234567890.5",
                               "99999999999999999999999999999999999999999999",
                               "1e99999999999999999999"};
  for (const std::string& text : texts) {
    const auto value = ParseDecimal(text);
    EXPECT_FALSE(value.ok()) << "'" << text << "' became " << (value.ok() ? PrintDecimal(*value) : "");
    EXPECT_EQ(KindOf(value.status()), ErrorKind::kValidation) << text;
    Dec untouched{42, 1};
    EXPECT_FALSE(TryParseDecimal(text, untouched)) << text;
    EXPECT_EQ(untouched.unscaled, 42) << text;
    EXPECT_EQ(untouched.scale, 1U) << text;
  }
}

TEST(ParseDecimal, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ(ParseDecimal("1,5").status().message(),
            "'1,5' is not a decimal number: ',' at position 1 (write the point as '.', and no grouping)");
  EXPECT_EQ(ParseDecimal("").status().message(), "empty text where a decimal number is expected");
  EXPECT_EQ(ParseDecimal("-").status().message(), "'-' is not a decimal number: digits are missing");
  // A long text is not repeated in full: it may be anything.
  EXPECT_LT(ParseDecimal(std::string(100000, 'x')).status().message().size(), 200U);
}

TEST(ParseDecimal, AMillionDigitsAreReadInOneGo) {
  const std::string zeros(1000000, '0');
  EXPECT_EQ(D(zeros), Dec{});
  EXPECT_EQ(D(zeros + "1"), Dec::Of(1));
  EXPECT_EQ(D("1" + zeros + "e-1000000"), Dec::Of(1));
  EXPECT_EQ(D("1." + zeros), Dec::Of(1));
  EXPECT_FALSE(ParseDecimal("1" + zeros).ok());
  EXPECT_FALSE(ParseDecimal("0." + zeros + "1").ok());
}

TEST(ParseRounded, KeepsWhatFitsAndSaysWhatWasLost) {
  bool exact = true;
  auto value =
      ParseRounded("33.333333333333333333333333333333333333333333333333", 4, v1::ROUNDING_MODE_HALF_UP, &exact);
  ASSERT_TRUE(value.ok()) << value.status();
  EXPECT_EQ(PrintDecimal(*value), "33.3333");
  EXPECT_FALSE(exact);
  value = ParseRounded("10.50", 4, v1::ROUNDING_MODE_HALF_UP, &exact);
  ASSERT_TRUE(value.ok());
  EXPECT_EQ(PrintDecimal(*value), "10.50");
  EXPECT_TRUE(exact);
  // Exactly one half, but for a digit far behind what 128 bits hold.
  value = ParseRounded("0.25" + std::string(60, '0') + "1", 1, v1::ROUNDING_MODE_HALF_DOWN, &exact);
  ASSERT_TRUE(value.ok());
  EXPECT_EQ(PrintDecimal(*value), "0.3");
  value = ParseRounded("0.25", 1, v1::ROUNDING_MODE_HALF_DOWN, &exact);
  ASSERT_TRUE(value.ok());
  EXPECT_EQ(PrintDecimal(*value), "0.2");
  value = ParseRounded("1e-400", 2, v1::ROUNDING_MODE_UP, &exact);
  ASSERT_TRUE(value.ok());
  EXPECT_EQ(PrintDecimal(*value), "0.01");
  EXPECT_FALSE(ParseRounded("1e400", 2, v1::ROUNDING_MODE_UP).ok());
  EXPECT_FALSE(ParseRounded("1.5", 2, v1::ROUNDING_MODE_UNSPECIFIED).ok());
}

TEST(PrintDecimal, KeepsTheScale) {
  for (const std::string text : {"0", "0.00", "-0.50", "10.00", "0.000000000000000001", "9223372036854775807",
                                 "-9223372036854775808", "-9.223372036854775808", "0.05", "-7"}) {
    EXPECT_EQ(PrintDecimal(D(text)), text);
  }
  EXPECT_EQ(PrintDecimal(D("1e3")), "1000");
  // Not a value of the model: printed so that it is not taken for one.
  EXPECT_EQ(PrintDecimal(Dec{5, 25}), "5e-25");
}

TEST(Dec, ComparesByValue) {
  EXPECT_EQ(D("1.50"), D("1.5"));
  EXPECT_EQ(D("0.00"), D("-0"));
  EXPECT_LT(D("-1.5"), D("-1.4999"));
  EXPECT_LT(D("-0.01"), D("0"));
  EXPECT_GT(D("9223372036854775807"), D("9.223372036854775807"));
  EXPECT_LT(D("-9223372036854775808"), D("0.000000000000000001"));
  EXPECT_EQ(PrintDecimal(Normalize(D("100.00"))), "100");
  EXPECT_EQ(PrintDecimal(Normalize(D("0.0500"))), "0.05");
}

TEST(Dec, AddsAndMultipliesExactlyOrRefuses) {
  EXPECT_EQ(PrintDecimal(*Add(D("0.1"), D("0.25"))), "0.35");
  EXPECT_EQ(PrintDecimal(*Sub(D("1.00"), D("1"))), "0.00");
  EXPECT_EQ(PrintDecimal(*Mul(D("1.10"), D("3"))), "3.30");
  // More digits than a Dec has, but all of them zero.
  EXPECT_EQ(*Mul(D("1.0000000000"), D("1.0000000000")), Dec::Of(1));
  EXPECT_EQ(*Add(D("9223372036854775806.0"), D("1")), D("9223372036854775807"));
  EXPECT_FALSE(Add(Dec::Of(kMax), Dec::Of(1)).ok());
  EXPECT_FALSE(Sub(Dec::Of(kMin), Dec::Of(1)).ok());
  EXPECT_FALSE(Negate(Dec::Of(kMin)).ok());
  EXPECT_EQ(Negate(Dec::Of(kMax))->unscaled, -kMax);
  EXPECT_FALSE(Mul(Dec::Of(kMax), Dec::Of(2)).ok());
  EXPECT_FALSE(Mul(D("0.0000000001"), D("0.0000000001")).ok());
  EXPECT_FALSE(Add(Dec::Of(kMax), D("0.1")).ok());
  EXPECT_FALSE(Add(Dec{1, 40}, Dec::Of(1)).ok());
}

TEST(Dec, RoundsInFiveModes) {
  struct Row {
    std::string text, half_up, half_even, half_down, down, up;
  };
  const Row rows[] = {
      {"2.5", "3", "2", "2", "2", "3"},        {"3.5", "4", "4", "3", "3", "4"}, {"-2.5", "-3", "-2", "-2", "-2", "-3"},
      {"2.4", "2", "2", "2", "2", "3"},        {"2.6", "3", "3", "3", "2", "3"}, {"-2.6", "-3", "-3", "-3", "-2", "-3"},
      {"2.500001", "3", "3", "3", "2", "3"},   {"2.0", "2", "2", "2", "2", "2"}, {"0.5", "1", "0", "0", "0", "1"},
      {"-0.000001", "0", "0", "0", "0", "-1"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(PrintDecimal(*Round(D(row.text), 0, v1::ROUNDING_MODE_HALF_UP)), row.half_up) << row.text;
    EXPECT_EQ(PrintDecimal(*Round(D(row.text), 0, v1::ROUNDING_MODE_HALF_EVEN)), row.half_even) << row.text;
    EXPECT_EQ(PrintDecimal(*Round(D(row.text), 0, v1::ROUNDING_MODE_HALF_DOWN)), row.half_down) << row.text;
    EXPECT_EQ(PrintDecimal(*Round(D(row.text), 0, v1::ROUNDING_MODE_DOWN)), row.down) << row.text;
    EXPECT_EQ(PrintDecimal(*Round(D(row.text), 0, v1::ROUNDING_MODE_UP)), row.up) << row.text;
  }
  EXPECT_EQ(PrintDecimal(*Round(D("1.5"), 3, v1::ROUNDING_MODE_DOWN)), "1.500");
  EXPECT_FALSE(Round(Dec::Of(kMax), 1, v1::ROUNDING_MODE_DOWN).ok());
  EXPECT_FALSE(Round(D("1.5"), 19, v1::ROUNDING_MODE_DOWN).ok());
  EXPECT_FALSE(Round(D("1.5"), 0, v1::ROUNDING_MODE_UNSPECIFIED).ok());
}

TEST(Dec, DividesWithOneRounding) {
  EXPECT_EQ(PrintDecimal(*Divide(D("10"), D("3"), 4, v1::ROUNDING_MODE_HALF_UP)), "3.3333");
  EXPECT_EQ(PrintDecimal(*Divide(D("2"), D("3"), 0, v1::ROUNDING_MODE_HALF_UP)), "1");
  EXPECT_EQ(PrintDecimal(*Divide(D("-1"), D("8"), 2, v1::ROUNDING_MODE_HALF_EVEN)), "-0.12");
  EXPECT_EQ(PrintDecimal(*Divide(D("1"), D("0.000000000000000003"), 0, v1::ROUNDING_MODE_DOWN)), "333333333333333333");
  EXPECT_EQ(PrintDecimal(*Divide(D("0.000000000000000001"), D("9223372036854775807"), 18, v1::ROUNDING_MODE_UP)),
            "0.000000000000000001");
  EXPECT_EQ(PrintDecimal(*MulDiv(D("0.0042"), D("250"), D("100"), 2, v1::ROUNDING_MODE_HALF_UP)), "0.01");
  EXPECT_FALSE(Divide(D("1"), D("0.00"), 2, v1::ROUNDING_MODE_DOWN).ok());
  EXPECT_FALSE(Divide(Dec::Of(kMax), D("0.1"), 0, v1::ROUNDING_MODE_DOWN).ok());
  EXPECT_EQ(PrintDecimal(*RescaleExact(D("1.500"), 1)), "1.5");
  EXPECT_FALSE(RescaleExact(D("1.55"), 1).ok());
}

TEST(Dec, GoesThroughTheMessage) {
  const v1::Decimal message = ToProto(D("-0.50"));
  EXPECT_EQ(message.unscaled(), -50);
  EXPECT_EQ(message.scale(), 2U);
  EXPECT_EQ(*FromProto(message), D("-0.5"));
  v1::Decimal damaged;
  damaged.set_scale(4000000000U);
  EXPECT_FALSE(FromProto(damaged).ok());
}

}  // namespace
}  // namespace fairlead::models
