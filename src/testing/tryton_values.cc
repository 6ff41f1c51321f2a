// Typed values and errors as Tryton's JSON-RPC writes them.
#include <string>

#include "absl/status/status.h"
#include "src/testing/internal/sandbox_host.h"
#include "src/testing/internal/tryton_store.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {
namespace internal {

Json DecimalJson(const ExactDecimal& value) {
  return Json::Object({{"__class__", "Decimal"}, {"decimal", value.ToString()}});
}

Json DateJson(WallTime time) {
  const CivilTime c = ToCivil(time);
  return Json::Object({{"__class__", "date"}, {"year", c.year}, {"month", c.month}, {"day", c.day}});
}

Json DateTimeJson(WallTime time) {
  const CivilTime c = ToCivil(time);
  return Json::Object({{"__class__", "datetime"},
                       {"year", c.year},
                       {"month", c.month},
                       {"day", c.day},
                       {"hour", c.hour},
                       {"minute", c.minute},
                       {"second", c.second},
                       {"microsecond", c.microsecond}});
}

Json FloatJson(double value) { return Json::Number(PythonFloat(value)); }

ExactDecimal ToDecimal(const Json& value) {
  if (value.IsNumber()) return ExactDecimal::Parse(value.text()).value_or(ExactDecimal());
  if (value["__class__"].text() == "Decimal")
    return ExactDecimal::Parse(value["decimal"].text()).value_or(ExactDecimal());
  return {};
}

absl::Status TrytonUserError(std::string_view message) {
  return absl::FailedPreconditionError(
      Json::Array({"UserError", Json::Array({std::string(message), "", Json()})}).Dump());
}

absl::Status TrytonUserWarning(std::string_view key, std::string_view message) {
  return absl::FailedPreconditionError(
      Json::Array({"UserWarning", Json::Array({std::string(key), std::string(message), ""})}).Dump());
}

absl::Status TrytonKeyError(std::string_view key) { return TrytonPlainError("'" + std::string(key) + "'"); }

absl::Status TrytonPlainError(std::string_view text) {
  return absl::FailedPreconditionError(Json::Array({std::string(text), ""}).Dump());
}

absl::Status TrytonConcurrencyError() {
  return absl::FailedPreconditionError(
      Json::Array({"ConcurrencyException", "Records were modified in the meanwhile"}).Dump());
}

}  // namespace internal
}  // namespace testing
FAIRLEAD_NAMESPACE_END
