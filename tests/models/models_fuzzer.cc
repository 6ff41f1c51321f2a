// Bytes of any kind into the readers of the models room: they refuse or accept, and what they accept survives being
// written.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "fairlead/models/decimal.h"
#include "fairlead/models/digest.h"
#include "fairlead/models/field_path.h"
#include "fairlead/models/json.h"
#include "fairlead/models/redact.h"
#include "fairlead/models/totals.h"
#include "fairlead/models/validate.h"
#include "fairlead/v1/order.pb.h"

namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

void ReadJson(std::string_view text) {
  fairlead::v1::OrderRevision revision;
  if (!fairlead::models::FromJson(text, revision).ok()) return;
  const auto json = fairlead::models::ToJson(revision);
  Require(json.ok());
  fairlead::v1::OrderRevision again;
  Require(fairlead::models::FromJson(*json, again).ok());
  Require(*fairlead::models::ToJson(again) == *json);
  Require(fairlead::models::DigestOf(again) == fairlead::models::DigestOf(revision));
  static_cast<void>(fairlead::models::Validate(revision));
  static_cast<void>(fairlead::models::ComputeTotals(*revision.mutable_snapshot()));
  Require(fairlead::models::RedactedJson(revision).ok());
}

void ReadDecimal(std::string_view text) {
  fairlead::models::Dec fast;
  const auto value = fairlead::models::ParseDecimal(text);
  Require(value.ok() == fairlead::models::TryParseDecimal(text, fast));
  if (!value.ok()) return;
  Require(*value == fast);
  const auto back = fairlead::models::ParseDecimal(fairlead::models::PrintDecimal(*value));
  Require(back.ok() && back->unscaled == value->unscaled && back->scale == value->scale);
}

void ReadPath(std::string_view text) {
  const auto path = fairlead::models::FieldPath::Parse(text);
  if (!path.ok()) return;
  const auto again = fairlead::models::FieldPath::Parse(path->ToString());
  Require(again.ok() && again->ToString() == path->ToString());
  fairlead::v1::Order order;
  order.add_lines()->set_line_key("a");
  static_cast<void>(fairlead::models::FindFields(order, *path));
  static_cast<void>(fairlead::models::SetFields(order, *path, "1"));
  static_cast<void>(fairlead::models::ClearFields(order, *path));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  ReadJson(text);
  ReadDecimal(text);
  ReadPath(text);
  return 0;
}
