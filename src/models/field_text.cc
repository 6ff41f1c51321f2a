#include "src/models/internal/field_text.h"

#include <charconv>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "fairlead/models/decimal.h"
#include "fairlead/models/field_path.h"
#include "fairlead/models/json.h"
#include "fairlead/models/money.h"
#include "fairlead/v1/header.pb.h"
#include "fairlead/v1/value.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "src/core/internal/absl_compat.h"
#include "src/models/internal/json_format.h"
#include "src/models/internal/natural_key.h"
#include "src/models/internal/protobuf_compat.h"
#include "src/models/internal/text.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace models {
namespace internal {
namespace {

using ::fairlead::internal::ToAbsl;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

absl::Status Refuse(std::string_view why) { return MakeError(ErrorKind::kValidation, Outcome::kNotSent, why); }

template <typename T>
const T* As(const Message& message) {
  return message.GetDescriptor() == T::descriptor() ? static_cast<const T*>(&message) : nullptr;
}
template <typename T>
T* As(Message& message) {
  return message.GetDescriptor() == T::descriptor() ? static_cast<T*>(&message) : nullptr;
}

std::string DecimalText(const v1::Decimal& value) {
  return PrintDecimal(Normalize(Dec{value.unscaled(), value.scale()}));
}

std::string AmountText(const v1::Money& money) {
  // Fewest digits, but those of the currency: 10.00 EUR, however it came.
  const auto plain = MakeMoney(money.currency_code(), Normalize(Dec{money.minor_units(), money.exponent()}));
  return absl::StrCat(plain.ok() ? MoneyText(*plain) : MoneyText(money), " ", money.currency_code());
}

std::string WithUnit(std::string text, const std::string& uom) {
  return uom.empty() || uom == "C62" ? text : absl::StrCat(text, " ", uom);
}

std::string DateText(const v1::BusinessDate& date) {
  const auto pad = [](std::int64_t value, std::size_t width) {
    std::string digits = std::to_string(value);
    return std::string(digits.size() < width ? width - digits.size() : 0, '0') + digits;
  };
  return absl::StrCat(pad(date.year(), 4), "-", pad(date.month(), 2), "-", pad(date.day(), 2),
                      date.time_zone().empty() ? "" : absl::StrCat(" ", date.time_zone()));
}

// "10.00 EUR" or "10.00" for the currency that stands there already.
absl::Status SetMoney(std::string_view text, v1::Money& out) {
  const std::size_t space = text.find(' ');
  const std::string currency =
      space == std::string_view::npos ? out.currency_code() : std::string(text.substr(space + 1));
  if (currency.empty()) return Refuse("a currency is missing: write the amount as \"10.00 EUR\"");
  FAIRLEAD_ASSIGN_OR_RETURN(out, MakeMoney(currency, text.substr(0, space)));
  return absl::OkStatus();
}

absl::Status SetQuantity(std::string_view text, v1::Quantity& out) {
  const std::size_t space = text.find(' ');
  FAIRLEAD_ASSIGN_OR_RETURN(const Dec value, ParseDecimal(text.substr(0, space)));
  ToProto(value, *out.mutable_value());
  if (space != std::string_view::npos) out.set_uom(std::string(text.substr(space + 1)));
  return absl::OkStatus();
}

absl::Status SetUnitPrice(std::string_view text, v1::UnitPrice& out) {
  const std::size_t space = text.find(' ');
  const std::string currency =
      space == std::string_view::npos ? out.currency_code() : std::string(text.substr(space + 1));
  if (currency.empty()) return Refuse("a currency is missing: write the price as \"10.00 EUR\"");
  FAIRLEAD_ASSIGN_OR_RETURN(const v1::UnitPrice price, MakeUnitPrice(currency, text.substr(0, space)));
  out.set_currency_code(price.currency_code());
  *out.mutable_amount() = price.amount();
  return absl::OkStatus();
}

absl::Status SetDate(std::string_view text, v1::BusinessDate& out) {
  std::int64_t parts[3] = {0, 0, 0};
  const char* at = text.data();
  const char* const end = at + text.size();
  for (int i = 0; i < 3; ++i) {
    const auto result = std::from_chars(at, end, parts[i]);
    const bool separated =
        i == 2 ? (result.ptr == end || *result.ptr == ' ') : (result.ptr != end && *result.ptr == '-');
    if (result.ec != std::errc() || !separated) return Refuse("a day such as \"2024-02-29\" is expected");
    at = result.ptr == end ? end : result.ptr + 1;
  }
  if (!IsDate(parts[0], parts[1], parts[2]))
    return Refuse(absl::StrCat("'", ToAbsl(text.substr(0, 20)), "' is not a day"));
  out.set_year(static_cast<std::int32_t>(parts[0]));
  out.set_month(static_cast<std::int32_t>(parts[1]));
  out.set_day(static_cast<std::int32_t>(parts[2]));
  out.set_time_zone(std::string(at, static_cast<std::size_t>(end - at)));
  return absl::OkStatus();
}

absl::Status SetMessage(std::string_view text, Message& out) {
  if (auto* decimal = As<v1::Decimal>(out); decimal != nullptr) {
    FAIRLEAD_ASSIGN_OR_RETURN(const Dec value, ParseDecimal(text));
    ToProto(value, *decimal);
    return absl::OkStatus();
  }
  // Texts are checked on a copy: a failure leaves the message as it was.
  const std::unique_ptr<Message> changed(out.New());
  changed->CopyFrom(out);
  absl::Status status;
  if (auto* money = As<v1::Money>(*changed); money != nullptr) {
    status = SetMoney(text, *money);
  } else if (auto* dual = As<v1::DualMoney>(*changed); dual != nullptr) {
    status = SetMoney(text, *dual->mutable_ledger());
    // What the buyer saw is not known to change with it.
    dual->clear_presentment();
    dual->clear_fx();
  } else if (auto* quantity = As<v1::Quantity>(*changed); quantity != nullptr) {
    status = SetQuantity(text, *quantity);
  } else if (auto* price = As<v1::UnitPrice>(*changed); price != nullptr) {
    status = SetUnitPrice(text, *price);
  } else if (auto* date = As<v1::BusinessDate>(*changed); date != nullptr) {
    status = SetDate(text, *date);
  } else if (auto* time = As<google::protobuf::Timestamp>(*changed); time != nullptr) {
    std::int64_t seconds = 0;
    std::int32_t nanos = 0;
    if (!ParseRfc3339(text, seconds, nanos)) return Refuse("a time such as \"2024-02-29T12:00:00Z\" is expected");
    time->set_seconds(seconds);
    time->set_nanos(nanos);
  } else {
    status = FromJson(text, *changed);
  }
  if (status.ok()) out.CopyFrom(*changed);
  return status;
}

template <typename Integer>
bool ReadInteger(std::string_view text, Integer& value) {
  const char* const end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value);
  return result.ec == std::errc() && result.ptr == end;
}

template <typename Integer, typename Set>
absl::Status SetInteger(std::string_view text, Set set) {
  Integer value = 0;
  if (!ReadInteger(text, value))
    return Refuse(absl::StrCat("'", ToAbsl(text.substr(0, 40)), "' is not a whole number in range"));
  set(value);
  return absl::OkStatus();
}

}  // namespace

std::string MessageText(const Message& value) {
  if (const auto* decimal = As<v1::Decimal>(value); decimal != nullptr) return DecimalText(*decimal);
  if (const auto* money = As<v1::Money>(value); money != nullptr) return AmountText(*money);
  if (const auto* dual = As<v1::DualMoney>(value); dual != nullptr) {
    std::string text = dual->has_ledger() ? AmountText(dual->ledger()) : "";
    if (dual->has_presentment() && !Equal(dual->presentment(), dual->ledger())) {
      absl::StrAppend(&text, text.empty() ? "" : " ", "(", AmountText(dual->presentment()), ")");
    }
    return text;
  }
  if (const auto* quantity = As<v1::Quantity>(value); quantity != nullptr) {
    return WithUnit(DecimalText(quantity->value()), quantity->uom());
  }
  if (const auto* price = As<v1::UnitPrice>(value); price != nullptr) {
    std::string text = absl::StrCat(DecimalText(price->amount()), " ", price->currency_code());
    const std::string per = price->has_per_quantity() ? DecimalText(price->per_quantity()) : "1";
    const std::string unit = WithUnit(per, price->uom());
    return unit == "1" ? text : absl::StrCat(text, " per ", unit);
  }
  if (const auto* date = As<v1::BusinessDate>(value); date != nullptr) return DateText(*date);
  if (const auto* ref = As<v1::ExternalRef>(value); ref != nullptr) {
    return absl::StrCat(ref->system(), "/", ref->object_type(), "/", ref->id());
  }
  std::string json;
  // Text that cannot be written as JSON is no text to show; digests still tell such values apart.
  if (!AppendJson(value, json).ok()) return "(unprintable)";
  if (json.size() > 1 && json.front() == '"' && json.back() == '"') return json.substr(1, json.size() - 2);
  return json;
}

absl::Status SetFromText(Message& parent, const FieldDescriptor& field, int index, std::string_view text) {
  const auto& r = *parent.GetReflection();
  if (field.is_repeated() && index < 0)
    return Refuse("a repeated field is set element by element, or copied as a whole");
  const bool element = index >= 0;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return SetInteger<std::int32_t>(text, [&](std::int32_t v) {
        element ? r.SetRepeatedInt32(&parent, &field, index, v) : r.SetInt32(&parent, &field, v);
      });
    case FieldDescriptor::CPPTYPE_INT64:
      return SetInteger<std::int64_t>(text, [&](std::int64_t v) {
        element ? r.SetRepeatedInt64(&parent, &field, index, v) : r.SetInt64(&parent, &field, v);
      });
    case FieldDescriptor::CPPTYPE_UINT32:
      return SetInteger<std::uint32_t>(text, [&](std::uint32_t v) {
        element ? r.SetRepeatedUInt32(&parent, &field, index, v) : r.SetUInt32(&parent, &field, v);
      });
    case FieldDescriptor::CPPTYPE_UINT64:
      return SetInteger<std::uint64_t>(text, [&](std::uint64_t v) {
        element ? r.SetRepeatedUInt64(&parent, &field, index, v) : r.SetUInt64(&parent, &field, v);
      });
    case FieldDescriptor::CPPTYPE_BOOL: {
      if (text != "true" && text != "false") return Refuse("true or false is expected");
      const bool value = text == "true";
      element ? r.SetRepeatedBool(&parent, &field, index, value) : r.SetBool(&parent, &field, value);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto* value = FindValue(*field.enum_type(), text);
      if (value == nullptr) {
        return Refuse(absl::StrCat("'", ToAbsl(text.substr(0, 60)), "' is not a value of ",
                                   ToAbsl(FullNameOf(*field.enum_type()))));
      }
      element ? r.SetRepeatedEnumValue(&parent, &field, index, value->number())
              : r.SetEnumValue(&parent, &field, value->number());
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string value(text);
      if (field.type() == FieldDescriptor::TYPE_BYTES && !ParseBase64(text, value)) return Refuse("base64 is expected");
      element ? r.SetRepeatedString(&parent, &field, index, std::move(value))
              : r.SetString(&parent, &field, std::move(value));
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return SetMessage(
          text, element ? *r.MutableRepeatedMessage(&parent, &field, index) : *r.MutableMessage(&parent, &field));
    default:
      return Refuse("floating point numbers are not part of the model");
  }
}

}  // namespace internal

const google::protobuf::Message* FieldMatch::message() const {
  if (parent == nullptr || field == nullptr || field->message_type() == nullptr) return nullptr;
  const auto& r = *parent->GetReflection();
  if (index >= 0) return &r.GetRepeatedMessage(*parent, field, index);
  return field->is_repeated() ? nullptr : &r.GetMessage(*parent, field);
}

std::string FieldMatch::Text() const {
  if (!present || parent == nullptr || field == nullptr) return {};
  if (const auto* value = message(); value != nullptr) return internal::MessageText(*value);
  const auto& r = *parent->GetReflection();
  if (field->is_repeated()) {
    if (index >= 0) return internal::ElementText(*parent, *field, index);
    std::string text;
    for (int i = 0; i < r.FieldSize(*parent, field); ++i) {
      if (i > 0) text.append(", ");
      text.append(field->message_type() != nullptr ? internal::MessageText(r.GetRepeatedMessage(*parent, field, i))
                                                   : internal::ElementText(*parent, *field, i));
    }
    return text;
  }
  if (field->enum_type() != nullptr) {
    const int number = r.GetEnumValue(*parent, field);
    const auto* value = field->enum_type()->FindValueByNumber(number);
    return value == nullptr ? std::to_string(number) : std::string(internal::ShortName(*value));
  }
  if (field->type() == google::protobuf::FieldDescriptor::TYPE_BYTES) {
    std::string text;
    internal::AppendBase64(r.GetString(*parent, field), text);
    return text;
  }
  return internal::ScalarText(*parent, *field);
}

}  // namespace models
FAIRLEAD_NAMESPACE_END
