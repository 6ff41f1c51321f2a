#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "src/connectors/tryton/internal/reads.h"
#include "src/core/internal/absl_compat.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace tryton {

absl::StatusOr<HealthReport> Reads::Health(const CallContext& context) {
  HealthReport report;
  const absl::StatusOr<Answer> version = rpc_.Root("common.server.version", "", context);
  if (!version.ok()) return version.status();
  report.server_version = std::string(version->result.text());
  if (report.server_version.rfind("6.0.", 0) != 0) {
    report.findings.push_back(MappingFinding{
        "server_version", "untested_version",
        absl::StrCat("the server is Tryton ", report.server_version, "; this connector is tested with 6.0")});
  }
  const absl::StatusOr<std::shared_ptr<const Session>> session = rpc_.Open(context);
  if (!session.ok()) {
    if (KindOf(session.status()) != ErrorKind::kAuth) return session.status();
    report.findings.push_back(
        MappingFinding{"credentials", "login_refused", std::string(internal::ToStd(session.status().message()))});
    return report;
  }
  report.credentials_ok = true;
  report.account = (*session)->company_name;
  if ((*session)->company == 0) {
    report.findings.push_back(MappingFinding{
        "company", "no_company", "the user works in no company: set one for the user, or the option 'company'"});
  }

  FAIRLEAD_ASSIGN_OR_RETURN(const std::shared_ptr<const CatalogData> catalog, catalog_.Refresh(context));
  for (const std::string& missing : catalog->missing) {
    report.findings.push_back(
        MappingFinding{"options", "missing", absl::StrCat("Tryton has no ", missing, ", which the options name")});
  }
  for (const Warehouse& warehouse : catalog->warehouses) {
    if (warehouse.configured && warehouse.storage == 0) {
      report.findings.push_back(MappingFinding{
          "warehouses", "no_storage",
          absl::StrCat("warehouse '", warehouse.location, "' has no storage location: its stock cannot be read")});
    }
  }
  for (const TrytonTaxRule& rule : options_.taxes) {
    const Tax* tax = catalog->TaxByName(rule.tax);
    if (tax != nullptr && !tax->simple) {
      report.findings.push_back(
          MappingFinding{"taxes", "tax_not_simple",
                         absl::StrCat("tax '", rule.tax, "' is no plain percentage: its rule is not used")});
    }
  }
  struct Need {
    std::string_view module;
    std::string_view what;
  };
  for (const Need& need : {Need{"sale", "orders"}, Need{"stock", "stock and shipments"},
                           Need{"stock_package_shipping", "tracking numbers"}, Need{"account_payment", "payments"}}) {
    if (catalog->HasModule(need.module)) continue;
    report.findings.push_back(MappingFinding{"modules", "module_not_active",
                                             absl::StrCat("module '", internal::ToAbsl(need.module),
                                                          "' is not activated: no ", internal::ToAbsl(need.what))});
  }

  // Products that the options name.
  json::Writer codes;
  codes.BeginArray().BeginArray().String("code").String("in").BeginArray();
  std::vector<std::string> wanted;
  if (!options_.tax_line_product.empty()) wanted.push_back(options_.tax_line_product);
  for (const auto& [kind, code] : options_.charge_products) wanted.push_back(code);
  for (const std::string& code : wanted) codes.String(code);
  codes.EndArray().EndArray().EndArray();
  if (!wanted.empty()) {
    FAIRLEAD_ASSIGN_OR_RETURN(const Answer found, rpc_.Read("model.product.product.search_read",
                                                            SearchRead(codes.text(), R"(["code"])"), context));
    for (const std::string& code : wanted) {
      bool exists = false;
      for (const json::Value row : found.result.Items()) exists = exists || row["code"].text() == code;
      if (!exists) {
        report.findings.push_back(MappingFinding{
            "options", "missing", absl::StrCat("Tryton has no active product '", code, "', which the options name")});
      }
    }
  }
  return report;
}

}  // namespace tryton
FAIRLEAD_NAMESPACE_END
