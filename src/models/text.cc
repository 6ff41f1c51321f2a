#include "src/models/internal/text.h"

#include <array>

FAIRLEAD_NAMESPACE_BEGIN
namespace models::internal {
namespace {

constexpr std::int64_t kMinSeconds = -62135596800;  // 0001-01-01T00:00:00Z
constexpr std::int64_t kMaxSeconds = 253402300799;  // 9999-12-31T23:59:59Z
constexpr std::int64_t kMaxDuration = 315576000000;
constexpr std::int64_t kDay = 86400;

// Days since 1970-01-01 of a date in the Gregorian calendar: years begin in March, so that the leap day ends them.
std::int64_t DaysFromDate(std::int64_t year, std::int64_t month, std::int64_t day) {
  year -= month <= 2 ? 1 : 0;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const std::int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

struct Date {
  std::int64_t year, month, day;
};

Date DateFromDays(std::int64_t days) {
  days += 719468;
  const std::int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const std::int64_t day_of_era = days - era * 146097;
  const std::int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t shifted = (5 * day_of_year + 2) / 153;
  const std::int64_t month = shifted + (shifted < 10 ? 3 : -9);
  return Date{year_of_era + era * 400 + (month <= 2 ? 1 : 0), month, day_of_year - (153 * shifted + 2) / 5 + 1};
}

void AppendPadded(std::int64_t value, int width, std::string& out) {
  std::array<char, 20> digits{};
  for (int i = width; i-- > 0; value /= 10) digits[static_cast<std::size_t>(i)] = static_cast<char>('0' + value % 10);
  out.append(digits.data(), static_cast<std::size_t>(width));
}

void AppendFraction(std::int32_t nanos, std::string& out) {
  if (nanos == 0) return;
  out.push_back('.');
  if (nanos % 1'000'000 == 0) {
    AppendPadded(nanos / 1'000'000, 3, out);
  } else if (nanos % 1'000 == 0) {
    AppendPadded(nanos / 1'000, 6, out);
  } else {
    AppendPadded(nanos, 9, out);
  }
}

// Takes exactly `width` digits.
bool TakeDigits(std::string_view& text, std::size_t width, std::int64_t& value) {
  if (text.size() < width) return false;
  value = 0;
  for (std::size_t i = 0; i < width; ++i) {
    if (text[i] < '0' || text[i] > '9') return false;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(width);
  return true;
}

bool TakeChar(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) return false;
  text.remove_prefix(1);
  return true;
}

// ".5" and so on; nothing is a fraction of zero.
bool TakeFraction(std::string_view& text, std::int32_t& nanos) {
  nanos = 0;
  if (!TakeChar(text, '.')) return true;
  int digits = 0;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    if (++digits > 9) return false;
    nanos = nanos * 10 + (text.front() - '0');
    text.remove_prefix(1);
  }
  for (int i = digits; i < 9; ++i) nanos *= 10;
  return digits > 0;
}

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int Sextet(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  if (c == '/' || c == '_') return 63;
  return -1;
}

}  // namespace

std::size_t FindInvalidUtf8(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto tail = [&](std::size_t i) { return i < text.size() && (at(i) & 0xC0) == 0x80; };
  std::size_t i = 0;
  while (i < text.size()) {
    const unsigned char lead = at(i);
    if (lead < 0x80) {
      ++i;
    } else if (lead >= 0xC2 && lead <= 0xDF) {
      if (!tail(i + 1)) return i;
      i += 2;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
      if (!tail(i + 1) || !tail(i + 2)) return i;
      if (lead == 0xE0 && at(i + 1) < 0xA0) return i;  // overlong
      if (lead == 0xED && at(i + 1) > 0x9F) return i;  // surrogate
      i += 3;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
      if (!tail(i + 1) || !tail(i + 2) || !tail(i + 3)) return i;
      if (lead == 0xF0 && at(i + 1) < 0x90) return i;  // overlong
      if (lead == 0xF4 && at(i + 1) > 0x8F) return i;  // above U+10FFFF
      i += 4;
    } else {
      return i;
    }
  }
  return kValidUtf8;
}

void AppendUtf8(std::uint32_t code_point, std::string& out) {
  const auto byte = [&](std::uint32_t value) { out.push_back(static_cast<char>(value)); };
  if (code_point < 0x80) {
    byte(code_point);
  } else if (code_point < 0x800) {
    byte(0xC0 | (code_point >> 6));
    byte(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    byte(0xE0 | (code_point >> 12));
    byte(0x80 | ((code_point >> 6) & 0x3F));
    byte(0x80 | (code_point & 0x3F));
  } else {
    byte(0xF0 | (code_point >> 18));
    byte(0x80 | ((code_point >> 12) & 0x3F));
    byte(0x80 | ((code_point >> 6) & 0x3F));
    byte(0x80 | (code_point & 0x3F));
  }
}

bool IsDate(std::int64_t year, std::int64_t month, std::int64_t day) {
  if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > 31) return false;
  const Date back = DateFromDays(DaysFromDate(year, month, day));
  return back.month == month && back.day == day;
}

bool AppendRfc3339(std::int64_t seconds, std::int32_t nanos, std::string& out) {
  if (seconds < kMinSeconds || seconds > kMaxSeconds || nanos < 0 || nanos > 999'999'999) return false;
  const std::int64_t days = seconds >= 0 ? seconds / kDay : -((-seconds + kDay - 1) / kDay);
  const std::int64_t rest = seconds - days * kDay;
  const Date date = DateFromDays(days);
  AppendPadded(date.year, 4, out);
  out.push_back('-');
  AppendPadded(date.month, 2, out);
  out.push_back('-');
  AppendPadded(date.day, 2, out);
  out.push_back('T');
  AppendPadded(rest / 3600, 2, out);
  out.push_back(':');
  AppendPadded(rest / 60 % 60, 2, out);
  out.push_back(':');
  AppendPadded(rest % 60, 2, out);
  AppendFraction(nanos, out);
  out.push_back('Z');
  return true;
}

bool ParseRfc3339(std::string_view text, std::int64_t& seconds, std::int32_t& nanos) {
  std::int64_t year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  if (!TakeDigits(text, 4, year) || !TakeChar(text, '-') || !TakeDigits(text, 2, month) || !TakeChar(text, '-') ||
      !TakeDigits(text, 2, day) || !TakeChar(text, 'T') || !TakeDigits(text, 2, hour) || !TakeChar(text, ':') ||
      !TakeDigits(text, 2, minute) || !TakeChar(text, ':') || !TakeDigits(text, 2, second) ||
      !TakeFraction(text, nanos)) {
    return false;
  }
  if (!IsDate(year, month, day) || hour > 23 || minute > 59 || second > 59) return false;
  std::int64_t offset = 0;
  if (text != "Z") {
    const bool west = !text.empty() && text.front() == '-';
    std::int64_t hours = 0, minutes = 0;
    if (!west && (text.empty() || text.front() != '+')) return false;
    text.remove_prefix(1);
    if (!TakeDigits(text, 2, hours) || !TakeChar(text, ':') || !TakeDigits(text, 2, minutes) || !text.empty())
      return false;
    if (hours > 23 || minutes > 59) return false;
    offset = (hours * 60 + minutes) * (west ? -60 : 60);
  }
  seconds = DaysFromDate(year, month, day) * kDay + hour * 3600 + minute * 60 + second - offset;
  return seconds >= kMinSeconds && seconds <= kMaxSeconds;
}

bool AppendDuration(std::int64_t seconds, std::int32_t nanos, std::string& out) {
  if (seconds < -kMaxDuration || seconds > kMaxDuration || nanos <= -1'000'000'000 || nanos >= 1'000'000'000)
    return false;
  if ((seconds > 0 && nanos < 0) || (seconds < 0 && nanos > 0)) return false;
  if (seconds < 0 || nanos < 0) out.push_back('-');
  out.append(std::to_string(seconds < 0 ? -seconds : seconds));
  AppendFraction(nanos < 0 ? -nanos : nanos, out);
  out.push_back('s');
  return true;
}

bool ParseDuration(std::string_view text, std::int64_t& seconds, std::int32_t& nanos) {
  const bool negative = TakeChar(text, '-');
  std::size_t digits = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') ++digits;
  if (digits == 0 || digits > 12 || !TakeDigits(text, digits, seconds) || !TakeFraction(text, nanos) || text != "s")
    return false;
  if (seconds > kMaxDuration) return false;
  if (negative) {
    seconds = -seconds;
    nanos = -nanos;
  }
  return true;
}

void AppendBase64(std::string_view bytes, std::string& out) {
  const auto at = [&](std::size_t i) {
    return i < bytes.size() ? static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i])) : 0U;
  };
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::uint32_t group = (at(i) << 16) | (at(i + 1) << 8) | at(i + 2);
    out.push_back(kAlphabet[(group >> 18) & 63]);
    out.push_back(kAlphabet[(group >> 12) & 63]);
    out.push_back(i + 1 < bytes.size() ? kAlphabet[(group >> 6) & 63] : '=');
    out.push_back(i + 2 < bytes.size() ? kAlphabet[group & 63] : '=');
  }
}

bool ParseBase64(std::string_view text, std::string& bytes) {
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  if (text.size() % 4 == 1) return false;
  bytes.clear();
  bytes.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t group = 0;
  int bits = 0;
  for (const char c : text) {
    const int sextet = Sextet(c);
    if (sextet < 0) return false;
    group = (group << 6) | static_cast<std::uint32_t>(sextet);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes.push_back(static_cast<char>((group >> bits) & 0xFF));
    }
  }
  return (group & ((1U << bits) - 1)) == 0;
}

}  // namespace models::internal
FAIRLEAD_NAMESPACE_END
