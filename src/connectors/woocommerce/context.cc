#include "src/connectors/woocommerce/internal/context.h"

#include <array>
#include <limits>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "fairlead/models/currency.h"
#include "fairlead/models/decimal.h"
#include "src/connector/internal/key_table.h"
#include "src/core/internal/absl_compat.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace woocommerce::internal {
namespace {

using ::fairlead::internal::ToAbsl;

constexpr std::array<std::int64_t, 19> kPowers = {1,
                                                  10,
                                                  100,
                                                  1'000,
                                                  10'000,
                                                  100'000,
                                                  1'000'000,
                                                  10'000'000,
                                                  100'000'000,
                                                  1'000'000'000,
                                                  10'000'000'000,
                                                  100'000'000'000,
                                                  1'000'000'000'000,
                                                  10'000'000'000'000,
                                                  100'000'000'000'000,
                                                  1'000'000'000'000'000,
                                                  10'000'000'000'000'000,
                                                  100'000'000'000'000'000,
                                                  1'000'000'000'000'000'000};
// Meta values longer than this are cut from `custom`: the journal has the bytes.
constexpr std::size_t kMaxMetaBytes = 2048;

void WrongType(const Context& context, const Value& value, std::string_view path, std::string_view wanted) {
  context.Find(path, "wrong_type",
               absl::StrCat("expected ", ToAbsl(wanted), ", got ", ToAbsl(json::KindName(value.kind())),
                            "; the field is left out. A plugin may have changed the API's answer"));
}

/// Days from 1970-01-01 to a date of the Gregorian calendar.
std::int64_t Days(int year, int month, int day) {
  year -= month <= 2 ? 1 : 0;
  const int era = (year >= 0 ? year : year - 399) / 400;
  const int year_of_era = year - era * 400;
  const int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return std::int64_t{era} * 146097 + day_of_era - 719468;
}

bool Digits(std::string_view text, std::size_t at, std::size_t count, int& out) {
  int number = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    const unsigned digit = static_cast<unsigned char>(text[i]) - static_cast<unsigned>('0');
    if (digit > 9) return false;
    number = number * 10 + static_cast<int>(digit);
  }
  out = number;
  return true;
}

}  // namespace

void Sum::Add(const Amount& amount) {
  Amount other = amount;
  if (other.scale > total_.scale) {
    ok_ = ok_ && !__builtin_mul_overflow(total_.unscaled, kPowers[other.scale - total_.scale], &total_.unscaled);
    total_.scale = other.scale;
  } else if (other.scale < total_.scale) {
    ok_ = ok_ && !__builtin_mul_overflow(other.unscaled, kPowers[total_.scale - other.scale], &other.unscaled);
  }
  ok_ = ok_ && !__builtin_add_overflow(total_.unscaled, other.unscaled, &total_.unscaled);
}

void Sum::Subtract(const Amount& amount) {
  if (amount.unscaled == std::numeric_limits<std::int64_t>::min()) {
    ok_ = false;
    return;
  }
  Add(Negated(amount));
}

void Context::Find(std::string_view path, std::string_view code, std::string_view message) const {
  MappingFinding finding;
  if (!line_id.empty()) {
    finding.path = absl::StrCat("lines[", ToAbsl(line_kind), ":", ToAbsl(line_id), "]", path.empty() ? "" : ".");
  }
  finding.path.append(path);
  finding.code = std::string(code);
  finding.message = std::string(message);
  findings.push_back(std::move(finding));
}

absl::Status Context::SetCurrency(std::string_view code, std::string_view path) {
  const auto capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (code.size() != 3 || !capital(code[0]) || !capital(code[1]) || !capital(code[2])) {
    return MakeError(ErrorKind::kUnparseable, Outcome::kNotSent,
                     absl::StrCat("the field '", ToAbsl(path),
                                  "' must be a currency of three capital letters; without it no amount can be read"));
  }
  currency = std::string(code);
  const std::optional<std::uint32_t> digits = models::CurrencyExponent(code);
  exponent = digits.value_or(2);
  if (!digits.has_value()) {
    Find(path, "unknown_currency",
         absl::StrCat(
             "'", ToAbsl(code),
             "' is not a currency of ISO 4217; amounts are read with two digits. Correct the store's currency"));
  }
  return absl::OkStatus();
}

std::string_view Text(const Context& context, const Value& value, std::string_view path) {
  if (value.is_string() || value.is_number()) return value.text();
  if (!value.empty()) WrongType(context, value, path, "a string");
  return {};
}

std::string_view IdText(const Context& context, const Value& value, std::string_view path) {
  if (value.empty()) return {};
  const std::string_view text = value.text();
  bool digits = !text.empty() && text.size() <= 20;
  for (const char c : text) digits = digits && c >= '0' && c <= '9';
  if (digits) return text == "0" ? std::string_view() : text;
  if (value.is_string() && text.empty()) return {};
  WrongType(context, value, path, "a whole number as an id");
  return {};
}

bool Flag(const Context& context, const Value& value, std::string_view path) {
  if (value.is_bool()) return value.kind() == json::Kind::kTrue;
  if (!value.empty()) WrongType(context, value, path, "true or false");
  return false;
}

bool ReadDecimal(std::string_view text, Amount& out) {
  // What stores send is short; the general reader takes the rest.
  if (!text.empty() && text.size() <= 18) {
    const char* p = text.data();
    const char* const end = p + text.size();
    const bool negative = *p == '-';
    if (negative) ++p;
    std::int64_t number = 0;
    const char* point = nullptr;
    bool plain = p != end;
    const char* first = p;
    for (; p != end; ++p) {
      const unsigned digit = static_cast<unsigned char>(*p) - static_cast<unsigned>('0');
      if (digit <= 9) {
        number = number * 10 + static_cast<std::int64_t>(digit);
      } else if (*p == '.' && point == nullptr && p != first && p + 1 != end) {
        point = p;
      } else {
        plain = false;
        break;
      }
    }
    if (plain) {
      out.unscaled = negative ? -number : number;
      out.scale = point == nullptr ? 0 : static_cast<std::uint32_t>(end - point - 1);
      return true;
    }
  }
  models::Dec decimal;
  if (!models::TryParseDecimal(text, decimal)) return false;
  out = Amount{decimal.unscaled, decimal.scale};
  return true;
}

bool ReadMoney(const Context& context, const Value& value, std::string_view path, Amount& out) {
  if (value.empty()) return false;
  const std::string_view text = value.text();
  if (value.is_string() && text.empty()) return false;
  if (!value.is_string() && !value.is_number()) {
    WrongType(context, value, path, "an amount as text");
    return false;
  }
  if (ReadDecimal(text, out)) return true;
  context.Find(
      path, "bad_amount",
      absl::StrCat("'", ToAbsl(text.substr(0, 40)), "' is no amount that can be held exactly; the field is left out"));
  return false;
}

void PutMoney(const Context& context, const Amount& amount, v1::Money& out) {
  Amount scaled = amount;
  if (scaled.scale < context.exponent) {
    if (!__builtin_mul_overflow(scaled.unscaled, kPowers[context.exponent - scaled.scale], &scaled.unscaled)) {
      scaled.scale = context.exponent;
    } else {
      scaled = amount;
    }
  }
  // Zeros beyond the currency's digits say nothing: 10.0000 is 10.00.
  while (scaled.scale > context.exponent && scaled.unscaled % 10 == 0) {
    scaled.unscaled /= 10;
    --scaled.scale;
  }
  out.set_currency_code(context.currency);
  out.set_minor_units(scaled.unscaled);
  out.set_exponent(scaled.scale);
}

void PutMoney(const Context& context, const Amount& amount, v1::DualMoney& out) {
  PutMoney(context, amount, *out.mutable_ledger());
}

void PutDecimal(const Amount& amount, v1::Decimal& out) {
  out.set_unscaled(amount.unscaled);
  out.set_scale(amount.scale);
}

std::string AmountText(const Amount& amount) {
  return models::PrintDecimal(models::Dec{amount.unscaled, amount.scale});
}

bool ReadTime(std::string_view text, std::int64_t& seconds) {
  if (text.size() == 20 && text[19] == 'Z') text.remove_suffix(1);
  if (text.size() != 19 || text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != ' ') ||
      text[13] != ':' || text[16] != ':') {
    return false;
  }
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  if (!Digits(text, 0, 4, year) || !Digits(text, 5, 2, month) || !Digits(text, 8, 2, day) ||
      !Digits(text, 11, 2, hour) || !Digits(text, 14, 2, minute) || !Digits(text, 17, 2, second)) {
    return false;
  }
  constexpr std::array<int, 12> kMonthDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (year < 1 || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 60) return false;
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  if (day > kMonthDays[static_cast<std::size_t>(month - 1)] + (leap && month == 2 ? 1 : 0)) return false;
  seconds = Days(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
  return true;
}

std::optional<std::int64_t> GmtTime(const Context& context, const Value& value, std::string_view path) {
  if (value.empty() || (value.is_string() && value.text().empty())) return std::nullopt;
  std::int64_t seconds = 0;
  if (value.is_string() && ReadTime(value.text(), seconds)) return seconds;
  // MySQL's zero date is how WordPress writes "none".
  if (value.text().substr(0, 10) != "0000-00-00") {
    context.Find(path, "bad_time", "not a time as WooCommerce writes it (2026-11-23T07:39:51); the field is left out");
  }
  return std::nullopt;
}

void PutRef(const Context& context, std::string_view type, std::string_view id, v1::ExternalRef& out) {
  out.set_system(context.options.system);
  out.set_object_type(std::string(type));
  out.set_id(std::string(id));
}

void AddState(v1::EntityHeader& header, std::string_view path, v1::FieldState::Kind kind, std::string_view detail) {
  v1::FieldState* state = header.add_field_states();
  state->set_path(std::string(path));
  state->set_kind(kind);
  if (!detail.empty()) state->set_detail(std::string(detail));
}

void PutHeader(const Context& context, std::string_view type, std::string_view id, const Value& created_gmt,
               const Value& modified_gmt, v1::EntityHeader& header) {
  v1::ExternalRef* ref = header.add_refs();
  PutRef(context, type, id, *ref);
  ref->set_role(v1::ExternalRef::ROLE_PRIMARY);
  ref->set_state(v1::ExternalRef::STATE_ACTIVE);
  if (const auto created = GmtTime(context, created_gmt, "header.created_at")) {
    header.mutable_created_at()->set_seconds(*created);
  }
  const auto modified = GmtTime(context, modified_gmt, "header.updated_at");
  if (modified.has_value()) header.mutable_updated_at()->set_seconds(*modified);
  v1::SourceVersion* version = header.add_source_versions();
  version->set_system(context.options.system);
  if (modified.has_value()) version->mutable_modified_at()->set_seconds(*modified);
  version->set_api_version(std::string(kApiVersion));
  if (context.options.observed_at.has_value()) {
    const auto since = context.options.observed_at->time_since_epoch();
    const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
    version->mutable_observed_at()->set_seconds(seconds.count());
    version->mutable_observed_at()->set_nanos(static_cast<int>((since - seconds).count()));
  }
}

bool AddressSaysSomething(const Value& value) {
  for (const Value::Member& member : value.Members()) {
    if (!member.value.text().empty()) return true;
  }
  return false;
}

void PutAddress(const Context& context, const Value& value, std::string_view path, v1::Address& out) {
  static constexpr json::KeyTable kKeys({"first_name", "last_name", "company", "address_1", "address_2", "city",
                                         "state", "postcode", "country", "email", "phone"});
  for (const Value::Member& member : value.Members()) {
    const int key = kKeys.Find(member);
    if (key < 0) continue;
    const std::string_view text = Text(context, member.value, path);
    if (text.empty()) continue;
    switch (key) {
      case 0:
        out.set_first_name(std::string(text));
        break;
      case 1:
        out.set_last_name(std::string(text));
        break;
      case 2:
        out.set_company(std::string(text));
        break;
      case 3:
      case 4:
        out.add_raw_lines(std::string(text));
        break;
      case 5:
        out.set_city(std::string(text));
        break;
      case 6:
        out.set_subdivision(std::string(text));
        break;
      case 7:
        out.set_postal_code(std::string(text));
        break;
      case 8:
        out.set_country_code(std::string(text));
        break;
      case 9:
        out.set_email(std::string(text));
        break;
      case 10:
        out.set_phone(std::string(text));
        break;
      default:
        break;
    }
  }
}

void PutMeta(const Context& context, const Value& meta_data, v1::EntityHeader& header) {
  google::protobuf::Struct* own = nullptr;
  for (const Value entry : meta_data.Items()) {
    const std::string_view key = entry["key"].text();
    const Value value = entry["value"];
    const bool private_key = !key.empty() && key[0] == '_';
    if (key.empty() || (private_key && key.substr(0, 10) != "_fairlead_")) continue;
    std::string_view text = value.text();
    if (value.is_bool()) text = value.raw();
    if (text.empty() && !value.is_string()) continue;  // Objects and lists: the journal has them.
    if (own == nullptr) {
      google::protobuf::Struct& custom = *header.mutable_custom();
      own = (*custom.mutable_fields())[context.options.system].mutable_struct_value();
    }
    if (text.size() > kMaxMetaBytes) {
      AddState(header, absl::StrCat("header.custom.", context.options.system, ".", ToAbsl(key)),
               v1::FieldState::KIND_TRUNCATED);
      continue;
    }
    (*own->mutable_fields())[std::string(key)].set_string_value(std::string(text));
  }
}

Value FindMeta(const Value& meta_data, std::string_view key) {
  for (const Value entry : meta_data.Items()) {
    const Value name = entry["key"];
    if (name.is_string() && name.text() == key) return entry["value"];
  }
  return Value();
}

std::string DecodeEntities(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, char>, 6> kEntities = {
      {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&#039;", '\''}, {"&#39;", '\''}}};
  std::string out;
  while (!text.empty()) {
    bool decoded = false;
    if (text.front() == '&') {
      for (const auto& [name, character] : kEntities) {
        if (text.substr(0, name.size()) == name) {
          out.push_back(character);
          text.remove_prefix(name.size());
          decoded = true;
          break;
        }
      }
    }
    if (!decoded) {
      out.push_back(text.front());
      text.remove_prefix(1);
    }
  }
  return out;
}

}  // namespace woocommerce::internal
FAIRLEAD_NAMESPACE_END
