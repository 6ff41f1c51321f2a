#include "src/core/internal/retry_after.h"

#include <algorithm>
#include <array>
#include <cstdint>

FAIRLEAD_NAMESPACE_BEGIN
namespace internal {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLongest = std::chrono::hours(24 * 366);

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Takes parts off the front of a text; any mismatch makes the whole reading fail.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}
  bool ok() const { return ok_; }
  bool AtEnd() const { return ok_ && text_.empty(); }

  void Literal(std::string_view expected) {
    if (text_.substr(0, expected.size()) != expected) ok_ = false;
    if (ok_) text_.remove_prefix(expected.size());
  }
  int Digits(std::size_t count) {
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (text_.size() <= i || !IsDigit(text_[i])) {
        ok_ = false;
        return 0;
      }
      value = value * 10 + (text_[i] - '0');
    }
    text_.remove_prefix(count);
    return value;
  }
  // The day of asctime() is padded with a blank.
  int PaddedDay() {
    if (!text_.empty() && text_.front() == ' ') {
      text_.remove_prefix(1);
      return Digits(1);
    }
    return Digits(2);
  }
  template <std::size_t N>
  int OneOf(const std::array<std::string_view, N>& names) {
    for (std::size_t i = 0; i < N; ++i) {
      if (text_.substr(0, names[i].size()) == names[i]) {
        text_.remove_prefix(names[i].size());
        return static_cast<int>(i);
      }
    }
    ok_ = false;
    return 0;
  }

 private:
  std::string_view text_;
  bool ok_ = true;
};

constexpr std::array<std::string_view, 7> kLongDays = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                       "Friday", "Saturday", "Sunday"};
constexpr std::array<std::string_view, 7> kShortDays = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct Civil {
  int year = 0;
  int month = 0;  // 0 for January
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
};

void TimeOfDay(Scanner& in, Civil& out) {
  out.hour = in.Digits(2);
  in.Literal(":");
  out.minute = in.Digits(2);
  in.Literal(":");
  out.second = in.Digits(2);
}

bool IsLeap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

std::optional<WallTime> ToTime(const Civil& civil) {
  static constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (civil.year < 1970 || civil.year > 2200 || civil.hour > 23 || civil.minute > 59 || civil.second > 60) {
    return std::nullopt;
  }
  const int days_in_month =
      kDays[static_cast<std::size_t>(civil.month)] + (civil.month == 1 && IsLeap(civil.year) ? 1 : 0);
  if (civil.day < 1 || civil.day > days_in_month) return std::nullopt;
  std::int64_t days = civil.day - 1;
  for (int year = 1970; year < civil.year; ++year) days += IsLeap(year) ? 366 : 365;
  for (int month = 0; month < civil.month; ++month) {
    days += kDays[static_cast<std::size_t>(month)] + (month == 1 && IsLeap(civil.year) ? 1 : 0);
  }
  const std::int64_t seconds = ((days * 24 + civil.hour) * 60 + civil.minute) * 60 + civil.second;
  return WallTime(std::chrono::seconds(seconds));
}

std::optional<Civil> ReadFixdate(std::string_view text) {
  Scanner in(text);
  Civil out;
  in.OneOf(kShortDays);
  in.Literal(", ");
  out.day = in.Digits(2);
  in.Literal(" ");
  out.month = in.OneOf(kMonths);
  in.Literal(" ");
  out.year = in.Digits(4);
  in.Literal(" ");
  TimeOfDay(in, out);
  in.Literal(" GMT");
  return in.AtEnd() ? std::optional<Civil>(out) : std::nullopt;
}

std::optional<Civil> ReadRfc850(std::string_view text) {
  Scanner in(text);
  Civil out;
  in.OneOf(kLongDays);
  in.Literal(", ");
  out.day = in.Digits(2);
  in.Literal("-");
  out.month = in.OneOf(kMonths);
  in.Literal("-");
  const int year = in.Digits(2);
  out.year = year + (year < 70 ? 2000 : 1900);
  in.Literal(" ");
  TimeOfDay(in, out);
  in.Literal(" GMT");
  return in.AtEnd() ? std::optional<Civil>(out) : std::nullopt;
}

std::optional<Civil> ReadAsctime(std::string_view text) {
  Scanner in(text);
  Civil out;
  in.OneOf(kShortDays);
  in.Literal(" ");
  out.month = in.OneOf(kMonths);
  in.Literal(" ");
  out.day = in.PaddedDay();
  in.Literal(" ");
  TimeOfDay(in, out);
  in.Literal(" ");
  out.year = in.Digits(4);
  return in.AtEnd() ? std::optional<Civil>(out) : std::nullopt;
}

}  // namespace

std::optional<milliseconds> ParseSeconds(std::string_view text) {
  const std::size_t dot = text.find('.');
  const std::string_view whole = text.substr(0, dot);
  const std::string_view fraction = dot == std::string_view::npos ? std::string_view() : text.substr(dot + 1);
  if (whole.empty() && fraction.empty()) return std::nullopt;
  if (!std::all_of(whole.begin(), whole.end(), IsDigit) || !std::all_of(fraction.begin(), fraction.end(), IsDigit)) {
    return std::nullopt;
  }
  std::int64_t millis = 0;
  for (const char c : whole) {
    millis = millis * 10 + (c - '0') * 1000;
    if (millis >= kLongest.count()) return kLongest;
  }
  std::int64_t part = 0;
  for (std::size_t i = 0; i < 3; ++i) part = part * 10 + (i < fraction.size() ? fraction[i] - '0' : 0);
  // Rounded up: waiting a little longer than asked is polite, shorter is another 429.
  const bool more = fraction.size() > 3 && fraction.find_first_not_of('0', 3) != std::string_view::npos;
  return std::min(kLongest, milliseconds(millis + part + (more ? 1 : 0)));
}

std::optional<WallTime> ParseHttpDate(std::string_view text) {
  text = Trim(text);
  std::optional<Civil> civil = ReadFixdate(text);
  if (!civil.has_value()) civil = ReadRfc850(text);
  if (!civil.has_value()) civil = ReadAsctime(text);
  return civil.has_value() ? ToTime(*civil) : std::nullopt;
}

std::optional<milliseconds> ParseRetryAfter(std::string_view value, std::string_view date_header,
                                            WallTime received_at) {
  value = Trim(value);
  if (const auto seconds = ParseSeconds(value); seconds.has_value()) return seconds;
  const std::optional<WallTime> until = ParseHttpDate(value);
  if (!until.has_value()) return std::nullopt;
  const WallTime from = ParseHttpDate(date_header).value_or(received_at);
  if (*until <= from) return milliseconds(0);
  return std::min(kLongest, std::chrono::ceil<milliseconds>(*until - from));
}

}  // namespace internal
FAIRLEAD_NAMESPACE_END
