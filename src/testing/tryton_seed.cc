// What the sandbox ERP holds before the first call.
#include <cstdlib>
#include <initializer_list>
#include <string>

#include "absl/strings/str_cat.h"
#include "src/testing/internal/tryton_erp.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {
namespace internal {
namespace {

struct Named {
  const char* code;
  const char* name;
};

// NL first: the same id as in the captured payloads.
constexpr Named kCountries[] = {
    {"NL", "Netherlands"},  {"US", "United States"},
    {"DE", "Germany"},      {"GB", "United Kingdom"},
    {"FR", "France"},       {"BE", "Belgium"},
    {"CA", "Canada"},       {"AT", "Austria"},
    {"CH", "Switzerland"},  {"ES", "Spain"},
    {"IT", "Italy"},        {"PT", "Portugal"},
    {"IE", "Ireland"},      {"DK", "Denmark"},
    {"SE", "Sweden"},       {"NO", "Norway"},
    {"FI", "Finland"},      {"PL", "Poland"},
    {"CZ", "Czechia"},      {"SK", "Slovakia"},
    {"HU", "Hungary"},      {"RO", "Romania"},
    {"BG", "Bulgaria"},     {"GR", "Greece"},
    {"HR", "Croatia"},      {"SI", "Slovenia"},
    {"LT", "Lithuania"},    {"LV", "Latvia"},
    {"EE", "Estonia"},      {"LU", "Luxembourg"},
    {"MT", "Malta"},        {"CY", "Cyprus"},
    {"IS", "Iceland"},      {"TR", "Turkey"},
    {"UA", "Ukraine"},      {"AU", "Australia"},
    {"NZ", "New Zealand"},  {"JP", "Japan"},
    {"CN", "China"},        {"IN", "India"},
    {"KR", "Korea"},        {"SG", "Singapore"},
    {"HK", "Hong Kong"},    {"BR", "Brazil"},
    {"MX", "Mexico"},       {"AR", "Argentina"},
    {"CL", "Chile"},        {"ZA", "South Africa"},
    {"IL", "Israel"},       {"AE", "United Arab Emirates"},
    {"SA", "Saudi Arabia"}, {"EG", "Egypt"},
};

constexpr Named kStates[] = {
    {"AL", "Alabama"},        {"AK", "Alaska"},         {"AZ", "Arizona"},
    {"AR", "Arkansas"},       {"CA", "California"},     {"CO", "Colorado"},
    {"CT", "Connecticut"},    {"DE", "Delaware"},       {"DC", "District of Columbia"},
    {"FL", "Florida"},        {"GA", "Georgia"},        {"HI", "Hawaii"},
    {"ID", "Idaho"},          {"IL", "Illinois"},       {"IN", "Indiana"},
    {"IA", "Iowa"},           {"KS", "Kansas"},         {"KY", "Kentucky"},
    {"LA", "Louisiana"},      {"ME", "Maine"},          {"MD", "Maryland"},
    {"MA", "Massachusetts"},  {"MI", "Michigan"},       {"MN", "Minnesota"},
    {"MS", "Mississippi"},    {"MO", "Missouri"},       {"MT", "Montana"},
    {"NE", "Nebraska"},       {"NV", "Nevada"},         {"NH", "New Hampshire"},
    {"NJ", "New Jersey"},     {"NM", "New Mexico"},     {"NY", "New York"},
    {"NC", "North Carolina"}, {"ND", "North Dakota"},   {"OH", "Ohio"},
    {"OK", "Oklahoma"},       {"OR", "Oregon"},         {"PA", "Pennsylvania"},
    {"RI", "Rhode Island"},   {"SC", "South Carolina"}, {"SD", "South Dakota"},
    {"TN", "Tennessee"},      {"TX", "Texas"},          {"UT", "Utah"},
    {"VT", "Vermont"},        {"VA", "Virginia"},       {"WA", "Washington"},
    {"WV", "West Virginia"},  {"WI", "Wisconsin"},      {"WY", "Wyoming"},
    {"PR", "Puerto Rico"},
};

struct Unit {
  const char* name;
  const char* symbol;
  int category;
  const char* factor;
  int digits;
};
constexpr Unit kUnits[] = {
    {"Unit", "u", 1, "1.0", 0},
    {"Kilogram", "kg", 2, "1.0", 2},
    {"Gram", "g", 2, "0.001", 2},
    {"Carat", "c", 2, "0.0002", 2},
    {"Pound", "lb", 2, "0.45359237", 2},
    {"Ounce", "oz", 2, "0.028349523125", 2},
    {"Second", "s", 3, "0.000277777778", 2},
    {"Minute", "min", 3, "0.016666666667", 2},
    {"Hour", "h", 3, "1.0", 2},
    {"Work Day", "wd", 3, "8.0", 2},
    {"Day", "d", 3, "24.0", 2},
    {"Meter", "m", 4, "1.0", 2},
};

}  // namespace

void TrytonErp::Seed(const std::string& currency) {
  const auto insert = [this](const char* model, std::initializer_list<Json::Member> members) {
    return Insert(model, Json::Object(members));
  };
  insert("ir.lang", {{"name", "English"}, {"code", "en"}});
  for (const char* module :
       {"account", "account_invoice", "account_invoice_stock", "account_payment", "carrier", "company", "country",
        "currency", "party", "product", "sale", "stock", "stock_package", "stock_package_shipping"}) {
    insert("ir.module", {{"name", module}, {"version", "6.0.0"}, {"state", "activated"}});
  }
  for (const auto& model : TrytonSchema()) {
    insert("ir.model", {{"model", model.first}, {"name", model.second.label}});
  }
  const auto rounding = DecimalJson(*ExactDecimal::Parse("0.01"));
  const auto money = [&](const char* name, const char* code, const char* symbol, const char* number) {
    const std::int64_t id = insert("currency.currency", {{"name", name},
                                                         {"code", code},
                                                         {"symbol", symbol},
                                                         {"numeric_code", number},
                                                         {"digits", 2},
                                                         {"rounding", rounding}});
    insert("currency.currency.rate",
           {{"currency", id}, {"date", DateJson(WallTime())}, {"rate", DecimalJson(*ExactDecimal::Parse("1.0"))}});
    return id;
  };
  // The company's own is id 1.
  const bool euro = currency == "EUR";
  if (euro) money("Euro", "EUR", "€", "978");
  money("US Dollar", "USD", "$", "840");
  if (!euro) money("Euro", "EUR", "€", "978");
  money("Pound Sterling", "GBP", "£", "826");

  const std::int64_t party = insert("party.party", {{"name", "Fairlead Demo Company"}});
  insert("party.address", {{"party", party}});
  insert("company.company", {{"party", party}, {"currency", 1}});
  insert("res.user", {{"name", "Administrator"}, {"login", "admin"}, {"company", 1}});
  for (const Named& country : kCountries) insert("country.country", {{"code", country.code}, {"name", country.name}});
  for (const Named& state : kStates) {
    insert("country.subdivision",
           {{"country", 2}, {"code", absl::StrCat("US-", state.code)}, {"name", state.name}, {"type", "state"}});
  }
  for (const char* category : {"Units", "Weight", "Time", "Length"})
    insert("product.uom.category", {{"name", category}});
  for (const Unit& unit : kUnits) {
    const double factor = std::strtod(unit.factor, nullptr);
    insert("product.uom", {{"name", unit.name},
                           {"symbol", unit.symbol},
                           {"category", unit.category},
                           {"factor", FloatJson(factor)},
                           {"rate", FloatJson(1 / factor)},
                           {"rounding", FloatJson(unit.digits == 0 ? 1.0 : 0.01)},
                           {"digits", unit.digits}});
  }
  insert("account.account", {{"name", "Main Receivable"}, {"code", "1100"}});
  insert("account.account", {{"name", "Main Revenue"}, {"code", "4000"}});
  insert("account.account", {{"name", "Main Tax"}, {"code", "2200"}});
  insert("account.account", {{"name", "Main Cash"}, {"code", "1000"}});
  insert("account.journal", {{"name", "Revenue"}, {"code", "REV"}, {"type", "revenue"}});
  insert("account.journal", {{"name", "Cash"}, {"code", "CASH"}, {"type", "cash"}});
  insert("account.tax", {{"name", "Sales tax"},
                         {"description", "Sales tax 20%"},
                         {"type", "percentage"},
                         {"rate", DecimalJson(*ExactDecimal::Parse("0.20"))},
                         {"update_unit_price", false},
                         {"invoice_account", 3},
                         {"credit_note_account", 3}});
  insert("account.configuration", {{"tax_rounding", "document"}});
  insert("account.invoice.payment_term", {{"name", "Net 30"}});
  insert("account.invoice.payment.method", {{"name", "Bank transfer"}});
  insert("account.payment.journal", {{"name", "Manual"}, {"currency", 1}});
  insert("product.category", {{"name", "Goods"}, {"accounting", true}, {"customer_taxes", Json::Array({1})}});
  insert("product.category", {{"name", "Untaxed"}, {"accounting", true}});
  insert("stock.package.type", {{"name", "Box"}});

  // The same ids as a fresh Tryton gives them, the second warehouse after the first.
  const auto place = [&](const char* name, const char* code, const char* type) {
    return insert("stock.location", {{"name", name}, {"code", code == nullptr ? Json() : Json(code)}, {"type", type}});
  };
  place("Input East", "IN-EAST", "storage");     // 1
  place("Output East", "OUT-EAST", "storage");   // 2
  place("Storage East", "STO-EAST", "storage");  // 3
  place("Lost and Found", nullptr, "lost_found");
  place("East Warehouse", "WH-EAST", "warehouse");  // 5
  place("Supplier", "SUP", "supplier");
  place("Customer", "CUS", "customer");  // 7
  place("Transit", nullptr, "storage");
  place("Input West", "IN-WEST", "storage");        // 9
  place("Output West", "OUT-WEST", "storage");      // 10
  place("Storage West", "STO-WEST", "storage");     // 11
  place("West Warehouse", "WH-WEST", "warehouse");  // 12
  for (const std::int64_t warehouse : {5, 12}) {
    const std::int64_t first = warehouse == 5 ? 1 : 9;
    Put("stock.location", warehouse, "input_location", Json(first));
    Put("stock.location", warehouse, "output_location", Json(first + 1));
    Put("stock.location", warehouse, "storage_location", Json(first + 2));
    Put("stock.location", warehouse, "lost_found_location", Json(kLostAndFound));
    for (std::int64_t inner = first; inner < first + 3; ++inner)
      Put("stock.location", inner, "parent", Json(warehouse));
  }
}

}  // namespace internal
}  // namespace testing
FAIRLEAD_NAMESPACE_END
