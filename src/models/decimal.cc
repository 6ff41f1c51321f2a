#include "fairlead/models/decimal.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "src/core/internal/absl_compat.h"
#include "src/models/internal/wide.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace models {
namespace {

using ::fairlead::internal::ToAbsl;
using internal::DivPow10;
using internal::FitSigned;
using internal::kPow10;
using internal::Magnitude;
using internal::Wide;
using internal::WidePow10;

// Digits that 128 bits always hold.
constexpr int kWideDigits = 38;

absl::Status Refuse(std::string_view message) { return MakeError(ErrorKind::kValidation, Outcome::kNotSent, message); }

absl::Status Overflow(std::string_view operation) {
  return Refuse(absl::StrCat(ToAbsl(operation), ": the exact result does not fit 63 bits with ", kMaxScale,
                             " digits after the point; round it to fewer digits"));
}

absl::Status CheckMode(v1::RoundingMode mode, std::uint32_t scale) {
  if (mode < v1::ROUNDING_MODE_HALF_UP || mode > v1::ROUNDING_MODE_UP) {
    return Refuse("no rounding mode given: choose one, or use the exact operation");
  }
  if (scale > kMaxScale) return Refuse(absl::StrCat("a scale of ", scale, " is above the largest one, ", kMaxScale));
  return absl::OkStatus();
}

// A number as its text says it: mantissa * 10^exponent, with `sticky` for further digits that did not fit.
struct Scanned {
  bool negative = false;
  Wide mantissa = 0;
  std::int64_t exponent = 0;
  bool sticky = false;
};

enum class ScanError : std::uint8_t { kNone, kEmpty, kNoDigits, kUnexpected };

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

ScanError Scan(std::string_view text, Scanned& out, std::size_t& at) {
  at = 0;
  if (text.empty()) return ScanError::kEmpty;
  if (text[at] == '-') {
    out.negative = true;
    ++at;
  }
  int held = 0;
  bool any = false;
  bool point = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '.' && !point) {
      point = true;
      continue;
    }
    if (!IsDigit(c)) break;
    any = true;
    if (held < kWideDigits) {
      out.mantissa = out.mantissa * 10 + static_cast<unsigned>(c - '0');
      if (out.mantissa != 0) ++held;
      if (point) --out.exponent;
    } else {
      out.sticky = out.sticky || c != '0';
      if (!point) ++out.exponent;
    }
  }
  if (!any) return at < text.size() ? ScanError::kUnexpected : ScanError::kNoDigits;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    bool down = false;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) down = text[at++] == '-';
    if (at == text.size()) return ScanError::kNoDigits;
    std::int64_t power = 0;
    for (; at < text.size() && IsDigit(text[at]); ++at) {
      // Saturates: far outside of any range, and safe to add to the number of digits.
      power = std::min<std::int64_t>(power * 10 + (text[at] - '0'), 1'000'000'000'000);
    }
    out.exponent += down ? -power : power;
  }
  return at == text.size() ? ScanError::kNone : ScanError::kUnexpected;
}

absl::Status ScanRefusal(std::string_view text, ScanError error, std::size_t at) {
  // The text may be long or personal data that landed in the wrong column: an excerpt is enough to find it.
  const std::string_view excerpt = text.substr(0, 40);
  switch (error) {
    case ScanError::kEmpty:
      return Refuse("empty text where a decimal number is expected");
    case ScanError::kNoDigits:
      return Refuse(absl::StrCat("'", ToAbsl(excerpt), "' is not a decimal number: digits are missing"));
    default:
      break;
  }
  const char c = text[std::min(at, text.size() - 1)];
  std::string hint;
  if (c == ',') hint = " (write the point as '.', and no grouping)";
  if (c == ' ' || c == '\t' || c == '\n') hint = " (spaces are not part of a number)";
  if (c == '+' && at == 0) hint = " (a leading plus is not accepted)";
  const bool printable = c >= ' ' && c <= '~';
  return Refuse(absl::StrCat("'", ToAbsl(excerpt), "' is not a decimal number: ",
                             printable ? absl::StrCat("'", std::string(1, c), "'") : std::string("an unexpected byte"),
                             " at position ", at, ToAbsl(hint)));
}

// The exact value where it fits a Dec: zeros at the end are dropped as far as needed, nothing else is.
bool FitExact(const Scanned& number, Dec& out) {
  if (number.sticky) return false;
  if (number.mantissa == 0) {
    out.unscaled = 0;
    out.scale = static_cast<std::uint32_t>(std::clamp<std::int64_t>(-number.exponent, 0, kMaxScale));
    return true;
  }
  Wide mantissa = number.mantissa;
  std::int64_t exponent = number.exponent;
  std::int64_t unscaled = 0;
  if (exponent > 0) {
    if (exponent > kWideDigits) return false;
    const Wide factor = WidePow10(static_cast<std::uint32_t>(exponent));
    if (mantissa > absl::Uint128Max() / factor) return false;
    mantissa *= factor;
    exponent = 0;
  }
  while (exponent < -static_cast<std::int64_t>(kMaxScale) || !FitSigned(mantissa, number.negative, unscaled)) {
    if (exponent == 0 || mantissa % 10 != 0) return false;
    mantissa /= 10;
    ++exponent;
  }
  out.unscaled = unscaled;
  out.scale = static_cast<std::uint32_t>(-exponent);
  return true;
}

// Up to 18 digits and at most one point: nearly every number of a real payload, without wide arithmetic.
bool ParseShort(std::string_view text, std::int64_t& unscaled, std::uint32_t& scale) {
  const char* p = text.data();
  const char* const end = p + text.size();
  const bool negative = p != end && *p == '-';
  if (negative) ++p;
  if (p == end || end - p > 19) return false;
  const char* point = nullptr;
  std::uint64_t value = 0;  // Nineteen digits, one too many to be accepted below, still fit.
  int digits = 0;
  for (; p != end; ++p) {
    const unsigned digit = static_cast<unsigned>(static_cast<unsigned char>(*p)) - '0';
    if (digit < 10) {
      value = value * 10 + digit;
      ++digits;
    } else if (*p == '.' && point == nullptr) {
      point = p;
    } else {
      return false;
    }
  }
  if (digits == 0 || digits > 18) return false;
  unscaled = negative ? -static_cast<std::int64_t>(value) : static_cast<std::int64_t>(value);
  scale = point == nullptr ? 0 : static_cast<std::uint32_t>(end - point - 1);
  return true;
}

struct Signed {
  bool negative = false;
  Wide magnitude = 0;
};

// value * 10^(scale - value.scale): below 2^63 * 10^18 < 2^123.
Signed Align(const Dec& value, std::uint32_t scale) {
  return Signed{value.unscaled < 0, Wide(Magnitude(value.unscaled)) * kPow10[scale - value.scale]};
}

Signed Sum(const Signed& left, const Signed& right) {
  if (left.negative == right.negative) return Signed{left.negative, left.magnitude + right.magnitude};
  if (left.magnitude >= right.magnitude) return Signed{left.negative, left.magnitude - right.magnitude};
  return Signed{right.negative, right.magnitude - left.magnitude};
}

// A scale above the limit can only come from a hand-filled struct.
bool Valid(const Dec& value) { return value.scale <= kMaxScale; }

absl::Status InvalidScale(const Dec& value) {
  return Refuse(absl::StrCat("a scale of ", value.scale, " is above the largest one, ", kMaxScale));
}

// Exact where it fits with zeros dropped.
absl::StatusOr<Dec> Fit(Signed value, std::uint32_t scale, std::string_view operation) {
  std::int64_t unscaled = 0;
  while (scale > kMaxScale || !FitSigned(value.magnitude, value.negative, unscaled)) {
    if (scale == 0 || value.magnitude % 10 != 0) return Overflow(operation);
    value.magnitude /= 10;
    --scale;
  }
  return Dec{unscaled, scale};
}

}  // namespace

bool TryParseDecimal(std::string_view text, Dec& out) {
  if (ParseShort(text, out.unscaled, out.scale)) return true;
  Scanned number;
  std::size_t at = 0;
  return Scan(text, number, at) == ScanError::kNone && FitExact(number, out);
}

bool TryParseDecimal(std::string_view text, v1::Decimal& out) {
  Dec value;
  if (!TryParseDecimal(text, value)) return false;
  ToProto(value, out);
  return true;
}

absl::StatusOr<Dec> ParseDecimal(std::string_view text) {
  Dec value;
  if (ParseShort(text, value.unscaled, value.scale)) return value;
  Scanned number;
  std::size_t at = 0;
  if (const ScanError error = Scan(text, number, at); error != ScanError::kNone) return ScanRefusal(text, error, at);
  if (FitExact(number, value)) return value;
  return Refuse(absl::StrCat("'", ToAbsl(text.substr(0, 60)), "' has more digits than 63 bits and ", kMaxScale,
                             " digits after the point can hold exactly"));
}

absl::StatusOr<Dec> ParseRounded(std::string_view text, std::uint32_t scale, v1::RoundingMode mode, bool* exact) {
  FAIRLEAD_RETURN_IF_ERROR(CheckMode(mode, scale));
  Scanned number;
  std::size_t at = 0;
  if (const ScanError error = Scan(text, number, at); error != ScanError::kNone) return ScanRefusal(text, error, at);
  bool lossless = true;
  Dec value;
  if (!FitExact(number, value) || value.scale > scale) {
    // Digits to cut. A number too large for this branch fails the fit below.
    const std::int64_t cut = -number.exponent - static_cast<std::int64_t>(scale);
    if (cut < 0) return Overflow("parse");
    const Wide rounded = DivPow10(number.mantissa, static_cast<std::uint32_t>(std::min<std::int64_t>(cut, 1000)),
                                  number.sticky, mode, lossless);
    if (!FitSigned(rounded, number.negative, value.unscaled)) return Overflow("parse");
    value.scale = scale;
  }
  if (exact != nullptr) *exact = lossless;
  return value;
}

void AppendDecimal(const Dec& value, std::string& out) {
  char buffer[48];
  char* const end = buffer + sizeof(buffer);
  char* p = end;
  std::uint64_t digits = Magnitude(value.unscaled);
  if (!Valid(value)) {
    // Not a value of the model: shown so that nobody takes it for one of another size.
    absl::StrAppend(&out, value.unscaled, "e-", value.scale);
    return;
  }
  std::uint32_t written = 0;
  do {
    if (written == value.scale && written != 0) *--p = '.';
    *--p = static_cast<char>('0' + digits % 10);
    digits /= 10;
    ++written;
  } while (digits != 0 || written <= value.scale);
  if (value.unscaled < 0) *--p = '-';
  out.append(p, static_cast<std::size_t>(end - p));
}

std::string PrintDecimal(const Dec& value) {
  std::string out;
  AppendDecimal(value, out);
  return out;
}

std::string PrintDecimal(const v1::Decimal& value) { return PrintDecimal(Dec{value.unscaled(), value.scale()}); }

absl::StatusOr<Dec> FromProto(const v1::Decimal& message) {
  const Dec value{message.unscaled(), message.scale()};
  if (!Valid(value)) return InvalidScale(value);
  return value;
}

v1::Decimal ToProto(const Dec& value) {
  v1::Decimal message;
  ToProto(value, message);
  return message;
}

void ToProto(const Dec& value, v1::Decimal& out) {
  out.set_unscaled(value.unscaled);
  out.set_scale(value.scale);
}

Dec Normalize(const Dec& value) {
  if (value.unscaled == 0) return Dec{};
  Dec result = value;
  while (result.scale > 0 && result.unscaled % 10 == 0) {
    result.unscaled /= 10;
    --result.scale;
  }
  return result;
}

int Compare(const Dec& left, const Dec& right) {
  if (left.scale == right.scale) return left.unscaled < right.unscaled ? -1 : (left.unscaled > right.unscaled ? 1 : 0);
  if (!Valid(left) || !Valid(right)) return left.scale < right.scale ? 1 : -1;
  const std::uint32_t scale = std::max(left.scale, right.scale);
  const Signed a = Align(left, scale);
  const Signed b = Align(right, scale);
  if (a.magnitude == 0 && b.magnitude == 0) return 0;
  if (a.negative != b.negative) return a.negative ? -1 : 1;
  if (a.magnitude == b.magnitude) return 0;
  return (a.magnitude < b.magnitude) != a.negative ? -1 : 1;
}

absl::StatusOr<Dec> Add(const Dec& left, const Dec& right) {
  if (!Valid(left)) return InvalidScale(left);
  if (!Valid(right)) return InvalidScale(right);
  const std::uint32_t scale = std::max(left.scale, right.scale);
  return Fit(Sum(Align(left, scale), Align(right, scale)), scale, "add");
}

absl::StatusOr<Dec> Sub(const Dec& left, const Dec& right) {
  if (!Valid(left)) return InvalidScale(left);
  if (!Valid(right)) return InvalidScale(right);
  const std::uint32_t scale = std::max(left.scale, right.scale);
  Signed other = Align(right, scale);
  other.negative = !other.negative;
  return Fit(Sum(Align(left, scale), other), scale, "subtract");
}

absl::StatusOr<Dec> Negate(const Dec& value) { return Sub(Dec{0, value.scale}, value); }

absl::StatusOr<Dec> Mul(const Dec& left, const Dec& right) {
  if (!Valid(left)) return InvalidScale(left);
  if (!Valid(right)) return InvalidScale(right);
  const Signed product{left.IsNegative() != right.IsNegative(),
                       Wide(Magnitude(left.unscaled)) * Magnitude(right.unscaled)};
  return Fit(product, left.scale + right.scale, "multiply");
}

absl::StatusOr<Dec> Mul(const Dec& left, const Dec& right, std::uint32_t scale, v1::RoundingMode mode) {
  return MulDiv(left, right, Dec::Of(1), scale, mode);
}

absl::StatusOr<Dec> Divide(const Dec& left, const Dec& right, std::uint32_t scale, v1::RoundingMode mode) {
  return MulDiv(left, Dec::Of(1), right, scale, mode);
}

absl::StatusOr<Dec> MulDiv(const Dec& left, const Dec& right, const Dec& divisor, std::uint32_t scale,
                           v1::RoundingMode mode) {
  FAIRLEAD_RETURN_IF_ERROR(CheckMode(mode, scale));
  for (const Dec* value : {&left, &right, &divisor}) {
    if (!Valid(*value)) return InvalidScale(*value);
  }
  if (divisor.IsZero()) return Refuse("division by zero");
  const bool negative = (left.IsNegative() != right.IsNegative()) != divisor.IsNegative();
  const Wide numerator = Wide(Magnitude(left.unscaled)) * Magnitude(right.unscaled);
  const std::uint64_t denominator = Magnitude(divisor.unscaled);
  Wide quotient = numerator / denominator;
  Wide remainder = numerator % denominator;
  // quotient has this scale now; it may be negative.
  int have = static_cast<int>(left.scale + right.scale) - static_cast<int>(divisor.scale);
  constexpr Wide kLimit = (Wide(1) << 64);
  for (; have < static_cast<int>(scale); ++have) {
    if (quotient >= kLimit) return Overflow("divide");
    remainder *= 10;  // remainder < 2^63: the product and its quotient (< 10) are exact.
    quotient = quotient * 10 + remainder / denominator;
    remainder %= denominator;
  }
  const auto drop = static_cast<std::uint32_t>(have - static_cast<int>(scale));
  Wide rounded = 0;
  if (drop == 0) {
    // Rounds on the remainder of the division itself.
    const Wide twice = remainder * 2;
    const int half = twice < denominator ? -1 : (twice == denominator ? 0 : 1);
    const bool odd = (absl::Uint128Low64(quotient) & 1) != 0;
    rounded = quotient;
    if (remainder != 0 && internal::RoundsUp(mode, odd, half, true)) rounded += 1;
  } else {
    bool exact = true;
    rounded = DivPow10(quotient, drop, remainder != 0, mode, exact);
  }
  Dec result{0, scale};
  if (!FitSigned(rounded, negative, result.unscaled)) return Overflow("divide");
  return result;
}

absl::StatusOr<Dec> RescaleExact(const Dec& value, std::uint32_t scale) {
  FAIRLEAD_RETURN_IF_ERROR(CheckMode(v1::ROUNDING_MODE_DOWN, scale));
  FAIRLEAD_ASSIGN_OR_RETURN(const Dec rounded, Round(value, scale, v1::ROUNDING_MODE_DOWN));
  if (rounded != value) {
    return Refuse(
        absl::StrCat(PrintDecimal(value), " does not fit ", scale, " digits after the point without rounding"));
  }
  return rounded;
}

absl::StatusOr<Dec> Round(const Dec& value, std::uint32_t scale, v1::RoundingMode mode) {
  FAIRLEAD_RETURN_IF_ERROR(CheckMode(mode, scale));
  if (!Valid(value)) return InvalidScale(value);
  Wide magnitude = Magnitude(value.unscaled);
  if (scale >= value.scale) {
    magnitude *= kPow10[scale - value.scale];
  } else {
    bool exact = true;
    magnitude = DivPow10(magnitude, value.scale - scale, false, mode, exact);
  }
  Dec result{0, scale};
  if (!FitSigned(magnitude, value.IsNegative(), result.unscaled)) return Overflow("round");
  return result;
}

}  // namespace models
FAIRLEAD_NAMESPACE_END
