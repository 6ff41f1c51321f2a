// Tryton's typed values in JSON: {"__class__": "Decimal", …}, dates, time stamps, references, floats as quantities.
#ifndef FAIRLEAD_SRC_CONNECTORS_TRYTON_INTERNAL_VALUE_H_
#define FAIRLEAD_SRC_CONNECTORS_TRYTON_INTERNAL_VALUE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "fairlead/core/export.h"
#include "fairlead/core/runtime.h"
#include "fairlead/models/decimal.h"
#include "fairlead/v1/value.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "src/connector/internal/json.h"
#include "src/connector/internal/json_writer.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace tryton {

namespace json = ::fairlead::internal::json;

/// A day without a zone, as Tryton keeps it.
struct Date {
  int year = 0;
  int month = 0;
  int day = 0;
  friend bool operator==(const Date& a, const Date& b) {
    return a.year == b.year && a.month == b.month && a.day == b.day;
  }
};

/// A time stamp in microseconds since 1970; Tryton's are UTC without saying so. 0 means none.
using Stamp = std::int64_t;

void WriteDecimal(json::Writer& out, const models::Dec& value);
/// A quantity: Tryton keeps floats, and answers an error for a Decimal in their place.
void WriteFloat(json::Writer& out, const models::Dec& value);
void WriteDate(json::Writer& out, const Date& date);
void WriteStamp(json::Writer& out, Stamp stamp);

/// nullopt for null, for another class and for what does not fit.
std::optional<models::Dec> ReadDecimal(const json::Value& value);
/// A JSON number (Python's repr of a float: "5.0", "1e-05") rounded to six digits, which is more than any unit has.
std::optional<models::Dec> ReadFloat(const json::Value& value);
std::optional<Date> ReadDate(const json::Value& value);
/// 0 for null or another class.
Stamp ReadStamp(const json::Value& value);
/// The later of write_date and create_date: write_date is null until the first change.
Stamp ModifiedStamp(const json::Value& row);
/// An id; 0 for null.
std::int64_t ReadId(const json::Value& value);

/// "sale.line,12" in two parts; model empty where it is no reference.
struct Reference {
  std::string_view model;
  std::int64_t id = 0;
};
Reference ReadReference(const json::Value& value);

Date DateOf(WallTime time);
void ToTimestamp(Stamp stamp, google::protobuf::Timestamp& out);
/// Seconds since 1970 of the day's beginning in UTC.
std::int64_t UnixSeconds(const Date& date);
void ToBusinessDate(const Date& date, v1::BusinessDate& out);
std::string PrintDate(const Date& date);

}  // namespace tryton
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_CONNECTORS_TRYTON_INTERNAL_VALUE_H_
