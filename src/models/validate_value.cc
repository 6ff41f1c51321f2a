#include <cmath>
#include <set>

#include "absl/strings/str_cat.h"
#include "fairlead/models/currency.h"
#include "fairlead/models/field_path.h"
#include "fairlead/v1/address.pb.h"
#include "fairlead/v1/header.pb.h"
#include "fairlead/v1/value.pb.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "src/models/internal/checker.h"
#include "src/models/internal/natural_key.h"
#include "src/models/internal/text.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace models::internal {
namespace {

using google::protobuf::Message;

bool IsCapitals(const std::string& text, std::size_t size) {
  if (text.size() != size) return false;
  for (const char c : text) {
    if (c < 'A' || c > 'Z') return false;
  }
  return true;
}

void CheckCurrencyForm(const std::string& code, Checker& out) {
  if (!IsCapitals(code, 3)) {
    out.Invalid(
        "CURRENCY", "currency_code",
        absl::StrCat("'", code.substr(0, 20), "' is not a currency: write the ISO 4217 code in capitals (\"EUR\")"));
  } else if (!IsCurrency(code)) {
    out.Note("UNKNOWN_CURRENCY", "currency_code", absl::StrCat("ISO 4217 does not know '", code, "'"));
  }
}

void CheckDecimal(const v1::Decimal& decimal, Checker& out) {
  if (decimal.scale() > kMaxScale) {
    out.Invalid("SCALE", "scale",
                absl::StrCat("a scale of ", decimal.scale(), " is above the largest one, ", kMaxScale));
  }
}

void CheckMoney(const v1::Money& money, Checker& out) {
  CheckCurrencyForm(money.currency_code(), out);
  if (money.exponent() > kMaxScale) {
    out.Invalid("SCALE", "exponent",
                absl::StrCat("an exponent of ", money.exponent(), " is above the largest one, ", kMaxScale));
  } else if (CheckExponent(money) == ExponentCheck::kFewerDigits && money.minor_units() != 0) {
    out.Note("EXPONENT", "exponent",
             absl::StrCat("an exponent of ", money.exponent(), " is below ISO's for ", money.currency_code(),
                          ": check that the source does not mean its minor unit"));
  }
}

void CheckDual(const v1::DualMoney& dual, Checker& out) {
  if (!dual.has_ledger() && dual.has_presentment()) {
    out.Finding("NO_LEDGER_AMOUNT", "ledger",
                "the amount is stated as the buyer saw it only: books need the seller's currency");
  }
  if (dual.has_fx() && dual.fx().has_rate() && Number(dual.fx().rate()) <= Dec{}) {
    out.Finding("RATE", "fx.rate", "an exchange rate has to be above zero");
  }
}

void CheckUnitPrice(const v1::UnitPrice& price, Checker& out) {
  CheckCurrencyForm(price.currency_code(), out);
  if (price.has_per_quantity() && Number(price.per_quantity()) <= Dec{}) {
    out.Invalid("PRICE_BASIS", "per_quantity", "a price is for more than nothing: leave the basis out to mean one");
  }
}

void CheckDate(const v1::BusinessDate& date, Checker& out) {
  if (!IsDate(date.year(), date.month(), date.day())) {
    out.Invalid("DATE", "",
                absl::StrCat(date.year(), "-", date.month(), "-", date.day(), " is not a day of the calendar"));
  }
}

void CheckTime(const google::protobuf::Timestamp& time, Checker& out) {
  std::string text;
  if (!AppendRfc3339(time.seconds(), time.nanos(), text)) {
    out.Invalid("TIME", "", "the time lies outside of the years 1 to 9999, or its nanos outside of a second");
  }
}

void CheckAddress(const v1::Address& address, Checker& out) {
  if (!address.country_code().empty() && !IsCapitals(address.country_code(), 2)) {
    out.Finding("COUNTRY", "country_code",
                absl::StrCat("'", address.country_code().substr(0, 20), "' is not an ISO 3166-1 code of two capitals"));
  }
}

// Numbers of a Struct are doubles: digits of an id or an amount would be lost.
void CheckNumbers(const google::protobuf::Value& value, Checker& out) {
  if (value.kind_case() != google::protobuf::Value::kNumberValue) return;
  constexpr double kExactIntegers = 9007199254740992.0;
  const double number = value.number_value();
  if (!std::isfinite(number) || std::fabs(number) > kExactIntegers || std::floor(number) != number) {
    out.Note("CUSTOM_NUMBER", "", "a number that a double may not hold exactly: keep ids and amounts as text");
  }
}

void CheckRef(const v1::ExternalRef& ref, Checker& out) {
  if (ref.system().empty())
    out.Invalid("REF", "system", "the reference names no system: set the configured one (\"web\")");
  if (ref.id().empty())
    out.Invalid("REF", "id", "the reference has no id: leave the reference out where the source has none");
  if ((ref.state() == v1::ExternalRef::STATE_MERGED_INTO) == ref.merged_into().empty()) {
    out.Finding("REF_MERGED", "merged_into", "merged_into and the state MERGED_INTO belong together");
  }
}

void CheckVersion(const v1::SourceVersion& version, Checker& out) {
  if (version.system().empty()) out.Invalid("VERSION", "system", "the version names no system");
}

void CheckTombstone(const v1::Tombstone& tombstone, Checker& out) {
  if (tombstone.kind() == v1::Tombstone::KIND_UNSPECIFIED) {
    out.Invalid("TOMBSTONE", "kind", "the tombstone does not say what became of the record");
  }
}

// The aggregate that a header heads.
const google::protobuf::Descriptor* OwnerOf(const Checker& out) {
  return out.Parent() == nullptr ? nullptr : out.Parent()->GetDescriptor();
}

void CheckPath(const std::string& path, std::string_view below, const google::protobuf::Descriptor* owner,
               Checker& out) {
  const auto parsed = owner == nullptr ? FieldPath::Parse(path) : FieldPath::Parse(path, *owner);
  if (parsed.ok()) return;
  out.Note("PATH", below,
           absl::StrCat("'", path.substr(0, 80), "' names no field here: what it says will not be honoured"));
}

void CheckHeader(const v1::EntityHeader& header, Checker& out) {
  std::set<std::string> seen;
  for (int i = 0; i < header.refs_size(); ++i) {
    const v1::ExternalRef& ref = header.refs(i);
    if (!seen.insert(absl::StrCat(ref.system(), "\n", ref.object_type(), "\n", ref.id())).second) {
      out.Invalid("DOUBLE_REF", absl::StrCat("refs[#", i, "]"),
                  absl::StrCat("'", ref.system(), "/", ref.object_type(), "/", ref.id(), "' is there twice"));
    }
  }
  if (!header.content_hash().empty() && header.content_hash().size() != 16) {
    out.Invalid("HASH", "content_hash", "a content hash has sixteen bytes");
  }
  for (const v1::FieldState& state : header.field_states()) {
    if (state.kind() == v1::FieldState::KIND_UNSPECIFIED) {
      out.Invalid("FIELD_STATE", absl::StrCat("field_states[", QuoteKey(state.path()), "].kind"),
                  "the state says nothing: a merge would not know whether it may clear the field");
    }
    CheckPath(state.path(), absl::StrCat("field_states[", QuoteKey(state.path()), "].path"), OwnerOf(out), out);
  }
  for (const v1::FieldProvenance& origin : header.provenance()) {
    CheckPath(origin.path(), absl::StrCat("provenance[", QuoteKey(origin.path()), "].path"), OwnerOf(out), out);
  }
}

}  // namespace

void AddValueChecks(CheckTable& table) {
  AddCheck<v1::Decimal, CheckDecimal>(table);
  AddCheck<v1::Money, CheckMoney>(table);
  AddCheck<v1::DualMoney, CheckDual>(table);
  AddCheck<v1::UnitPrice, CheckUnitPrice>(table);
  AddCheck<v1::BusinessDate, CheckDate>(table);
  AddCheck<google::protobuf::Timestamp, CheckTime>(table);
  AddCheck<v1::Address, CheckAddress>(table);
  AddCheck<google::protobuf::Value, CheckNumbers>(table);
}

void AddHeaderChecks(CheckTable& table) {
  AddCheck<v1::EntityHeader, CheckHeader>(table);
  AddCheck<v1::ExternalRef, CheckRef>(table);
  AddCheck<v1::SourceVersion, CheckVersion>(table);
  AddCheck<v1::Tombstone, CheckTombstone>(table);
}

}  // namespace models::internal
FAIRLEAD_NAMESPACE_END
