// Arithmetic against arbitrary precision. Every failure prints the seed; GTEST_RANDOM_SEED repeats a run.
#include <gmpxx.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "fairlead/models/decimal.h"
#include "fairlead/models/money.h"
#include "gtest/gtest.h"

namespace fairlead::models {
namespace {

constexpr v1::RoundingMode kModes[] = {v1::ROUNDING_MODE_HALF_UP, v1::ROUNDING_MODE_HALF_EVEN,
                                       v1::ROUNDING_MODE_HALF_DOWN, v1::ROUNDING_MODE_DOWN, v1::ROUNDING_MODE_UP};

mpz_class Pow10(unsigned power) {
  mpz_class result;
  mpz_ui_pow_ui(result.get_mpz_t(), 10, power);
  return result;
}

mpq_class Exact(const Dec& value) {
  mpq_class result(mpz_class(std::to_string(value.unscaled)), Pow10(value.scale));
  result.canonicalize();
  return result;
}

// The value rounded to a whole number, written independently of the implementation.
mpz_class Rounded(const mpq_class& value, v1::RoundingMode mode) {
  const mpq_class magnitude = abs(value);
  mpz_class whole = magnitude.get_num() / magnitude.get_den();
  const mpq_class rest = magnitude - whole;
  const mpq_class half(1, 2);
  bool up = false;
  switch (mode) {
    case v1::ROUNDING_MODE_HALF_UP:
      up = rest >= half;
      break;
    case v1::ROUNDING_MODE_HALF_EVEN:
      up = rest > half || (rest == half && mpz_odd_p(whole.get_mpz_t()) != 0);
      break;
    case v1::ROUNDING_MODE_HALF_DOWN:
      up = rest > half;
      break;
    case v1::ROUNDING_MODE_UP:
      up = rest > 0;
      break;
    default:
      break;
  }
  if (up) whole += 1;
  return value < 0 ? mpz_class(-whole) : whole;
}

bool Fits(const mpz_class& value) {
  static const mpz_class low(std::to_string(std::numeric_limits<std::int64_t>::min()));
  static const mpz_class high(std::to_string(std::numeric_limits<std::int64_t>::max()));
  return value >= low && value <= high;
}

// Whether some scale of at most 18 holds the value exactly.
bool Holds(const mpq_class& value) {
  for (unsigned scale = 0; scale <= kMaxScale; ++scale) {
    const mpq_class scaled = value * Pow10(scale);
    if (scaled.get_den() == 1) return Fits(scaled.get_num());
  }
  return false;
}

class Arithmetic : public ::testing::Test {
 protected:
  // The same numbers in every run, unless --gtest_random_seed asks for others.
  Arithmetic()
      : seed_(::testing::GTEST_FLAG(random_seed) != 0 ? static_cast<std::uint64_t>(::testing::GTEST_FLAG(random_seed))
                                                      : 20240229U),
        random_(seed_),
        trace_(__FILE__, __LINE__, absl::StrCat("seed ", seed_)) {}

  // Values of every size, with many near the ends and many with zeros at the end.
  Dec Any() {
    Dec value;
    const auto bits = random_() % 65;
    const std::uint64_t mask = bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
    value.unscaled = static_cast<std::int64_t>(random_() & mask);
    switch (random_() % 16) {
      case 0:
        value.unscaled = std::numeric_limits<std::int64_t>::min() + static_cast<std::int64_t>(random_() % 3);
        break;
      case 1:
        value.unscaled = std::numeric_limits<std::int64_t>::max() - static_cast<std::int64_t>(random_() % 3);
        break;
      case 2:
        value.unscaled = static_cast<std::int64_t>(random_() % 19) - 9;
        break;
      case 3:
        value.unscaled = static_cast<std::int64_t>(random_() % 1000) * 1000000000000000;
        break;
      default:
        break;
    }
    if (random_() % 2 == 0 && value.unscaled != std::numeric_limits<std::int64_t>::min())
      value.unscaled = -value.unscaled;
    value.scale = static_cast<std::uint32_t>(random_() % (kMaxScale + 1));
    return value;
  }
  std::uint32_t AnyScale() { return static_cast<std::uint32_t>(random_() % (kMaxScale + 1)); }
  v1::RoundingMode AnyMode() { return kModes[random_() % 5]; }

  void CheckExact(const absl::StatusOr<Dec>& result, const mpq_class& expected, const std::string& what) {
    ASSERT_EQ(result.ok(), Holds(expected)) << what << " " << result.status();
    if (result.ok()) {
      ASSERT_EQ(Exact(*result), expected) << what;
    }
  }
  void CheckRounded(const absl::StatusOr<Dec>& result, const mpq_class& expected, std::uint32_t scale,
                    v1::RoundingMode mode, const std::string& what) {
    const mpz_class whole = Rounded(expected * Pow10(scale), mode);
    ASSERT_EQ(result.ok(), Fits(whole)) << what << " " << result.status();
    if (!result.ok()) return;
    ASSERT_EQ(result->scale, scale) << what;
    ASSERT_EQ(mpz_class(std::to_string(result->unscaled)), whole) << what;
  }

  const std::uint64_t seed_;
  std::mt19937_64 random_;
  ::testing::ScopedTrace trace_;
};

std::string Show(const Dec& a, const char* op, const Dec& b) {
  return absl::StrCat(PrintDecimal(a), " ", op, " ", PrintDecimal(b));
}

TEST_F(Arithmetic, ExactOperationsAreExactOrRefuse) {
  for (int i = 0; i < 40000; ++i) {
    const Dec a = Any();
    const Dec b = Any();
    CheckExact(Add(a, b), Exact(a) + Exact(b), Show(a, "+", b));
    CheckExact(Sub(a, b), Exact(a) - Exact(b), Show(a, "-", b));
    CheckExact(Mul(a, b), Exact(a) * Exact(b), Show(a, "*", b));
    ASSERT_EQ(Compare(a, b), cmp(Exact(a), Exact(b)) < 0 ? -1 : (cmp(Exact(a), Exact(b)) > 0 ? 1 : 0))
        << Show(a, "?", b);
    ASSERT_EQ(Exact(Normalize(a)), Exact(a)) << PrintDecimal(a);
    if (HasFatalFailure()) return;
  }
}

TEST_F(Arithmetic, RoundedOperationsRoundOnce) {
  for (int i = 0; i < 40000; ++i) {
    const Dec a = Any();
    const Dec b = Any();
    const Dec c = Any();
    const std::uint32_t scale = AnyScale();
    const v1::RoundingMode mode = AnyMode();
    CheckRounded(Round(a, scale, mode), Exact(a), scale, mode, PrintDecimal(a));
    CheckRounded(Mul(a, b, scale, mode), Exact(a) * Exact(b), scale, mode, Show(a, "*", b));
    if (!b.IsZero()) CheckRounded(Divide(a, b, scale, mode), Exact(a) / Exact(b), scale, mode, Show(a, "/", b));
    if (!c.IsZero()) {
      CheckRounded(MulDiv(a, b, c, scale, mode), Exact(a) * Exact(b) / Exact(c), scale, mode,
                   absl::StrCat(Show(a, "*", b), " / ", PrintDecimal(c)));
    }
    if (HasFatalFailure()) return;
  }
}

TEST_F(Arithmetic, TextSurvives) {
  for (int i = 0; i < 40000; ++i) {
    const Dec a = Any();
    const std::string text = PrintDecimal(a);
    const auto back = ParseDecimal(text);
    ASSERT_TRUE(back.ok()) << text << " " << back.status();
    ASSERT_EQ(back->unscaled, a.unscaled) << text;
    ASSERT_EQ(back->scale, a.scale) << text;
  }
}

TEST_F(Arithmetic, AnyDigitsParseExactlyRoundedOrNotAtAll) {
  for (int i = 0; i < 40000; ++i) {
    std::string digits(1 + random_() % 45, '0');
    for (char& c : digits) c = random_() % 3 == 0 ? '0' : static_cast<char>('0' + random_() % 10);
    const std::size_t point = random_() % (digits.size() + 1);
    const int exponent = static_cast<int>(random_() % 41) - 20;
    const bool negative = random_() % 2 == 0;
    std::string text = (negative ? "-" : "") + digits.substr(0, point) + "." + digits.substr(point);
    if (random_() % 2 == 0) absl::StrAppend(&text, "e", exponent);
    const bool has_exponent = text.find('e') != std::string::npos;
    mpq_class value(mpz_class(digits, 10), Pow10(static_cast<unsigned>(digits.size() - point)));
    value.canonicalize();
    if (has_exponent && exponent >= 0) value *= Pow10(static_cast<unsigned>(exponent));
    if (has_exponent && exponent < 0) value /= Pow10(static_cast<unsigned>(-exponent));
    if (negative) value = -value;
    CheckExact(ParseDecimal(text), value, text);

    const std::uint32_t scale = AnyScale();
    const v1::RoundingMode mode = AnyMode();
    bool exact = false;
    const auto rounded = ParseRounded(text, scale, mode, &exact);
    const mpz_class whole = Rounded(value * Pow10(scale), mode);
    const mpq_class expected = mpq_class(whole) / Pow10(scale);
    if (rounded.ok()) {
      ASSERT_EQ(Exact(*rounded), expected) << text << " to " << scale;
      ASSERT_LE(rounded->scale, scale) << text;
      ASSERT_EQ(exact, expected == value) << text;
    } else {
      ASSERT_FALSE(Fits(whole)) << text << " to " << scale << ": " << rounded.status();
    }
    if (HasFatalFailure()) return;
  }
}

TEST_F(Arithmetic, SharesSumAndAreNeverOffByAUnit) {
  for (int i = 0; i < 5000; ++i) {
    const std::size_t parts = 1 + random_() % 12;
    std::vector<Dec> weights;
    std::vector<std::string> keys;
    mpq_class sum = 0;
    for (std::size_t p = 0; p < parts; ++p) {
      weights.push_back(
          Dec{static_cast<std::int64_t>(random_() % 1000000000), static_cast<std::uint32_t>(random_() % 5)});
      keys.push_back(absl::StrCat("line", random_() % 1000));
      sum += Exact(weights.back());
    }
    if (sum == 0) continue;
    v1::Money total;
    total.set_currency_code("EUR");
    total.set_exponent(2);
    total.set_minor_units(Any().unscaled);
    const auto shares = AllocateLargestRemainder(total, weights, keys);
    ASSERT_TRUE(shares.ok()) << shares.status();
    mpz_class back = 0;
    for (std::size_t p = 0; p < parts; ++p) {
      const mpz_class share(std::to_string((*shares)[p].minor_units()));
      back += share;
      const mpq_class ideal = mpq_class(mpz_class(std::to_string(total.minor_units()))) * Exact(weights[p]) / sum;
      ASSERT_LT(abs(mpq_class(share) - ideal), 1);
      if (weights[p].IsZero()) {
        ASSERT_EQ(share, 0);
      }
    }
    ASSERT_EQ(back, mpz_class(std::to_string(total.minor_units())));
  }
}

}  // namespace
}  // namespace fairlead::models
