#include "src/connectors/tryton/internal/value.h"

#include <algorithm>
#include <cstdio>

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "src/core/internal/absl_compat.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace tryton {
namespace {

constexpr std::int64_t kMicrosPerSecond = 1'000'000;
constexpr std::int64_t kSecondsPerDay = 86'400;

/// Days since 1970-01-01 in the proleptic Gregorian calendar.
std::int64_t DaysFromCivil(const Date& date) {
  const std::int64_t year = date.year - (date.month <= 2 ? 1 : 0);
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t month = date.month + (date.month > 2 ? -3 : 9);
  const std::int64_t day_of_year = (153 * month + 2) / 5 + date.day - 1;
  const std::int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}

Date CivilFromDays(std::int64_t days) {
  days += 719'468;
  const std::int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
  const std::int64_t day_of_era = days - era * 146'097;
  const std::int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month = (5 * day_of_year + 2) / 153;
  Date date;
  date.day = static_cast<int>(day_of_year - (153 * month + 2) / 5 + 1);
  date.month = static_cast<int>(month < 10 ? month + 3 : month - 9);
  date.year = static_cast<int>(year_of_era + era * 400 + (date.month <= 2 ? 1 : 0));
  return date;
}

std::int64_t FloorDivide(std::int64_t value, std::int64_t divisor) {
  return value / divisor - (value % divisor < 0 ? 1 : 0);
}

bool IsClass(const json::Value& value, std::string_view name) {
  return value.is_object() && value["__class__"].AsString() == name;
}

/// A part of a date within its bounds; false makes the whole value unreadable.
bool Part(const json::Value& value, std::string_view name, std::int64_t low, std::int64_t high, int& out) {
  const std::optional<std::int64_t> number = value[name].AsInt64();
  if (!number.has_value() || *number < low || *number > high) return false;
  out = static_cast<int>(*number);
  return true;
}

bool ReadDay(const json::Value& value, Date& date) {
  return Part(value, "year", 1, 9999, date.year) && Part(value, "month", 1, 12, date.month) &&
         Part(value, "day", 1, 31, date.day);
}

}  // namespace

void WriteDecimal(json::Writer& out, const models::Dec& value) {
  out.BeginObject().Member("__class__", "Decimal").Member("decimal", models::PrintDecimal(value)).EndObject();
}

void WriteFloat(json::Writer& out, const models::Dec& value) {
  models::Dec shortest = models::Normalize(value);
  std::string text = models::PrintDecimal(shortest);
  if (shortest.scale == 0) text += ".0";
  out.Raw(text);
}

void WriteDate(json::Writer& out, const Date& date) {
  out.BeginObject().Member("__class__", "date");
  out.Member("year", std::int64_t{date.year}).Member("month", std::int64_t{date.month});
  out.Member("day", std::int64_t{date.day}).EndObject();
}

void WriteStamp(json::Writer& out, Stamp stamp) {
  const std::int64_t seconds = FloorDivide(stamp, kMicrosPerSecond);
  const std::int64_t days = FloorDivide(seconds, kSecondsPerDay);
  const Date date = CivilFromDays(days);
  const std::int64_t second = seconds - days * kSecondsPerDay;
  out.BeginObject().Member("__class__", "datetime");
  out.Member("year", std::int64_t{date.year}).Member("month", std::int64_t{date.month});
  out.Member("day", std::int64_t{date.day}).Member("hour", second / 3600).Member("minute", second / 60 % 60);
  out.Member("second", second % 60).Member("microsecond", stamp - seconds * kMicrosPerSecond).EndObject();
}

std::optional<models::Dec> ReadDecimal(const json::Value& value) {
  if (!IsClass(value, "Decimal")) return std::nullopt;
  const std::string_view text = value["decimal"].text();
  models::Dec result;
  if (models::TryParseDecimal(text, result)) return result;
  // Function fields may carry more digits than fit ("0.3333333333333333333333333333").
  absl::StatusOr<models::Dec> rounded = models::ParseRounded(text, 10, v1::ROUNDING_MODE_HALF_EVEN);
  if (!rounded.ok()) return std::nullopt;
  return *rounded;
}

std::optional<models::Dec> ReadFloat(const json::Value& value) {
  if (!value.is_number()) return std::nullopt;
  absl::StatusOr<models::Dec> result = models::ParseRounded(value.text(), 6, v1::ROUNDING_MODE_HALF_EVEN);
  if (!result.ok()) return std::nullopt;
  return models::Normalize(*result);
}

std::optional<Date> ReadDate(const json::Value& value) {
  Date date;
  if (!IsClass(value, "date") || !ReadDay(value, date)) return std::nullopt;
  return date;
}

Stamp ReadStamp(const json::Value& value) {
  Date date;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int micros = 0;
  if (!IsClass(value, "datetime") || !ReadDay(value, date) || !Part(value, "hour", 0, 23, hour) ||
      !Part(value, "minute", 0, 59, minute) || !Part(value, "second", 0, 59, second) ||
      !Part(value, "microsecond", 0, 999'999, micros)) {
    return 0;
  }
  return (DaysFromCivil(date) * kSecondsPerDay + hour * 3600 + minute * 60 + second) * kMicrosPerSecond + micros;
}

Stamp ModifiedStamp(const json::Value& row) {
  return std::max(ReadStamp(row["write_date"]), ReadStamp(row["create_date"]));
}

std::int64_t ReadId(const json::Value& value) { return value.AsInt64().value_or(0); }

Reference ReadReference(const json::Value& value) {
  const std::string_view text = value.AsString().value_or("");
  const std::size_t comma = text.find(',');
  Reference reference;
  if (comma == std::string_view::npos) return reference;
  std::int64_t id = 0;
  if (!absl::SimpleAtoi(internal::ToAbsl(text.substr(comma + 1)), &id)) return reference;
  reference.model = text.substr(0, comma);
  reference.id = id;
  return reference;
}

Date DateOf(WallTime time) {
  const std::int64_t nanos = time.time_since_epoch().count();
  return CivilFromDays(FloorDivide(nanos, kSecondsPerDay * 1'000'000'000));
}

void ToTimestamp(Stamp stamp, google::protobuf::Timestamp& out) {
  const std::int64_t seconds = FloorDivide(stamp, kMicrosPerSecond);
  out.set_seconds(seconds);
  out.set_nanos(static_cast<std::int32_t>((stamp - seconds * kMicrosPerSecond) * 1000));
}

std::int64_t UnixSeconds(const Date& date) { return DaysFromCivil(date) * kSecondsPerDay; }

void ToBusinessDate(const Date& date, v1::BusinessDate& out) {
  out.set_year(date.year);
  out.set_month(date.month);
  out.set_day(date.day);
}

std::string PrintDate(const Date& date) { return absl::StrFormat("%04d-%02d-%02d", date.year, date.month, date.day); }

}  // namespace tryton
FAIRLEAD_NAMESPACE_END
