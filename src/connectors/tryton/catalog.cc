#include "src/connectors/tryton/internal/catalog.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/connectors/tryton/internal/errors.h"
#include "src/core/internal/absl_compat.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace tryton {
namespace {

using internal::ToAbsl;

// New warehouses, taxes and currencies are made by hand and rarely.
constexpr std::chrono::minutes kKeep{10};

std::string Equals(std::string_view field, std::string_view value) {
  json::Writer domain;
  domain.BeginArray().BeginArray().String(field).String("=").String(value).EndArray().EndArray();
  return domain.Take();
}

template <typename Rows, typename Matches>
auto FindIn(const Rows& rows, Matches matches) -> decltype(rows.data()) {
  const auto found = std::find_if(rows.begin(), rows.end(), matches);
  return found == rows.end() ? nullptr : &*found;
}

}  // namespace

std::string SearchRead(std::string_view domain, std::string_view fields, std::uint32_t limit, std::string_view order) {
  return absl::StrCat(ToAbsl(domain), ",0,", limit == 0 ? "null" : absl::StrCat(limit), ",", ToAbsl(order), ",",
                      ToAbsl(fields));
}

const Warehouse* CatalogData::WarehouseById(std::int64_t id) const {
  return FindIn(warehouses, [id](const Warehouse& row) { return row.id == id; });
}

const Warehouse* CatalogData::WarehouseByLocation(std::string_view location) const {
  const Warehouse* found = FindIn(warehouses, [location](const Warehouse& row) { return row.location == location; });
  return found != nullptr ? found
                          : FindIn(warehouses, [location](const Warehouse& row) { return row.code == location; });
}

const Currency* CatalogData::CurrencyById(std::int64_t id) const {
  return FindIn(currencies, [id](const Currency& row) { return row.id == id; });
}

const Currency* CatalogData::CurrencyByCode(std::string_view code) const {
  return FindIn(currencies, [code](const Currency& row) { return row.code == code; });
}

bool CatalogData::HasModule(std::string_view name) const {
  return std::find(modules.begin(), modules.end(), name) != modules.end();
}

const Tax* CatalogData::TaxByName(std::string_view name) const {
  return FindIn(taxes, [name](const Tax& row) { return row.name == name; });
}

absl::StatusOr<std::shared_ptr<const CatalogData>> Catalog::Get(const CallContext& context) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (data_ != nullptr && runtime_.clock->SteadyNow() - read_at_ < kKeep) return data_;
  }
  return Refresh(context);
}

absl::StatusOr<std::shared_ptr<const CatalogData>> Catalog::Refresh(const CallContext& context) {
  FAIRLEAD_ASSIGN_OR_RETURN(std::shared_ptr<const CatalogData> data, Load(context));
  const std::lock_guard<std::mutex> lock(mutex_);
  data_ = data;
  read_at_ = runtime_.clock->SteadyNow();
  return data;
}

absl::StatusOr<std::shared_ptr<const CatalogData>> Catalog::Load(const CallContext& context) {
  auto data = std::make_shared<CatalogData>();

  FAIRLEAD_ASSIGN_OR_RETURN(
      const Answer warehouses,
      rpc_.Read("model.stock.location.search_read",
                SearchRead(R"([["type","=","warehouse"]])", R"(["name","code","storage_location"])"), context));
  for (const json::Value row : warehouses.result.Items()) {
    Warehouse warehouse;
    warehouse.id = ReadId(row["id"]);
    warehouse.code = std::string(row["code"].text());
    warehouse.name = std::string(row["name"].text());
    warehouse.storage = ReadId(row["storage_location"]);
    warehouse.location = warehouse.code.empty() ? absl::StrCat(warehouse.id) : warehouse.code;
    if (!options_.warehouses.empty()) {
      const TrytonWarehouse* chosen =
          FindIn(options_.warehouses, [&](const TrytonWarehouse& entry) { return entry.code == warehouse.code; });
      warehouse.configured = chosen != nullptr;
      if (chosen != nullptr && !chosen->location.empty()) warehouse.location = chosen->location;
    }
    data->warehouses.push_back(std::move(warehouse));
  }
  for (const TrytonWarehouse& entry : options_.warehouses) {
    const Warehouse* found = FindIn(data->warehouses, [&](const Warehouse& row) { return row.code == entry.code; });
    if (found == nullptr) data->missing.push_back(absl::StrCat("warehouse '", entry.code, "'"));
  }
  if (!options_.default_warehouse.empty() && data->WarehouseByLocation(options_.default_warehouse) == nullptr) {
    data->missing.push_back(absl::StrCat("default warehouse '", options_.default_warehouse, "'"));
  }

  FAIRLEAD_ASSIGN_OR_RETURN(const Answer currencies, rpc_.Read("model.currency.currency.search_read",
                                                               SearchRead("[]", R"(["code","digits"])"), context));
  for (const json::Value row : currencies.result.Items()) {
    Currency currency;
    currency.id = ReadId(row["id"]);
    currency.code = std::string(row["code"].text());
    currency.digits = static_cast<std::uint32_t>(std::clamp<std::int64_t>(ReadId(row["digits"]), 0, 6));
    data->currencies.push_back(std::move(currency));
  }

  FAIRLEAD_ASSIGN_OR_RETURN(const std::shared_ptr<const Session> session, rpc_.Open(context));
  FAIRLEAD_ASSIGN_OR_RETURN(
      const Answer company,
      rpc_.Read("model.company.company.search_read",
                SearchRead(absl::StrCat(R"([["id","=",)", session->company, "]]"), R"(["currency"])"), context));
  if (const Currency* currency = data->CurrencyById(ReadId(company.result.At(0)["currency"]))) {
    data->company_currency = currency->code;
  }
  if (company.result.size() == 0) data->missing.push_back(absl::StrCat("company ", session->company));

  FAIRLEAD_ASSIGN_OR_RETURN(
      const Answer modules,
      rpc_.Read("model.ir.module.search_read", SearchRead(Equals("state", "activated"), R"(["name"])"), context));
  for (const json::Value row : modules.result.Items()) data->modules.emplace_back(row["name"].text());

  if (!options_.taxes.empty()) {
    FAIRLEAD_ASSIGN_OR_RETURN(
        const Answer taxes,
        rpc_.Read(
            "model.account.tax.search_read",
            SearchRead(
                "[]", R"(["name","type","rate","childs","update_unit_price","invoice_account","credit_note_account"])"),
            context));
    for (const json::Value row : taxes.result.Items()) {
      Tax tax;
      tax.id = ReadId(row["id"]);
      tax.name = std::string(row["name"].text());
      tax.percentage = row["type"].text() == "percentage";
      const std::optional<models::Dec> rate = ReadDecimal(row["rate"]);
      tax.rate = rate.value_or(models::Dec{});
      tax.simple =
          tax.percentage && rate.has_value() && row["childs"].size() == 0 && row["update_unit_price"].AsBool() != true;
      tax.invoice_account = ReadId(row["invoice_account"]);
      tax.credit_note_account = ReadId(row["credit_note_account"]);
      data->taxes.push_back(std::move(tax));
    }
    for (const TrytonTaxRule& rule : options_.taxes) {
      if (data->TaxByName(rule.tax) == nullptr) data->missing.push_back(absl::StrCat("tax '", rule.tax, "'"));
    }
    FAIRLEAD_ASSIGN_OR_RETURN(const Answer rounding,
                              rpc_.Read("model.account.configuration.read", R"([1],["tax_rounding"])", context));
    data->round_tax_per_line = rounding.result.At(0)["tax_rounding"].text() == "line";
  }

  if (!options_.payment_term.empty()) {
    FAIRLEAD_ASSIGN_OR_RETURN(const Answer terms,
                              rpc_.Read("model.account.invoice.payment_term.search_read",
                                        SearchRead(Equals("name", options_.payment_term), R"(["name"])"), context));
    data->payment_term = ReadId(terms.result.At(0)["id"]);
    if (data->payment_term == 0) data->missing.push_back(absl::StrCat("payment term '", options_.payment_term, "'"));
  }
  return std::shared_ptr<const CatalogData>(std::move(data));
}

absl::StatusOr<Places> Catalog::Find(std::string_view country, std::string_view subdivision,
                                     const CallContext& context) {
  Places places;
  if (country.empty()) return places;
  const std::string country_code(country);
  const std::string subdivision_code = subdivision.empty() ? "" : absl::StrCat(country_code, "-", ToAbsl(subdivision));
  bool know_country = false;
  bool know_subdivision = subdivision_code.empty();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (runtime_.clock->SteadyNow() - places_since_ > kKeep) {
      countries_.clear();
      subdivisions_.clear();
      places_since_ = runtime_.clock->SteadyNow();
    }
    if (const auto found = countries_.find(country_code); found != countries_.end()) {
      know_country = true;
      places.country = found->second;
    }
    if (const auto found = subdivisions_.find(subdivision_code); found != subdivisions_.end()) {
      know_subdivision = true;
      places.subdivision = found->second;
    }
  }
  if (!know_country) {
    FAIRLEAD_ASSIGN_OR_RETURN(const Answer answer,
                              rpc_.Read("model.country.country.search_read",
                                        SearchRead(Equals("code", country_code), R"(["code"])", 1), context));
    places.country = ReadId(answer.result.At(0)["id"]);
  }
  if (!know_subdivision && places.country != 0) {
    FAIRLEAD_ASSIGN_OR_RETURN(const Answer answer,
                              rpc_.Read("model.country.subdivision.search_read",
                                        SearchRead(Equals("code", subdivision_code), R"(["code"])", 1), context));
    places.subdivision = ReadId(answer.result.At(0)["id"]);
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  countries_[country_code] = places.country;
  if (!subdivision_code.empty()) subdivisions_[subdivision_code] = places.subdivision;
  return places;
}

}  // namespace tryton
FAIRLEAD_NAMESPACE_END
