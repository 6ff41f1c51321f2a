#include "fairlead/connectors/tryton/options.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "fairlead/models/decimal.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace {

absl::Status Wrong(std::string_view option, std::string_view what) {
  return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent,
                   absl::StrCat("TrytonOptions::", std::string(option), " ", std::string(what)));
}

/// Letters, digits and what file and DNS names have: it becomes part of an address.
bool IsName(const std::string& text) {
  for (const char c : text) {
    const bool fine =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
    if (!fine) return false;
  }
  return !text.empty();
}

}  // namespace

absl::Status TrytonOptions::Validate() const {
  if (base_url.rfind("https://", 0) != 0 && base_url.rfind("http://", 0) != 0) {
    return Wrong("base_url", "must begin with https:// (http:// to a loopback address alone)");
  }
  if (!IsName(database)) return Wrong("database", "must be a database's name: letters, digits, '_', '-' and '.'");
  if (user.empty() || user.find(':') != std::string::npos) return Wrong("user", "must not be empty or hold a colon");
  if (!password) return Wrong("password", "must be set: a function that answers the password");
  if (system.empty()) return Wrong("system", "must not be empty");
  models::Dec limit;
  if (!models::TryParseDecimal(residual_limit, limit) || limit.IsNegative()) {
    return Wrong("residual_limit", "must be a decimal that is not negative");
  }
  for (const TrytonTaxRule& rule : taxes) {
    models::Dec rate;
    if (rule.tax.empty()) return Wrong("taxes", "has a rule without the name of a Tryton tax");
    if (rule.store_tax.empty() && rule.rate.empty())
      return Wrong("taxes", "has a rule that names neither a store tax nor a rate");
    if (!rule.rate.empty() && !models::TryParseDecimal(rule.rate, rate))
      return Wrong("taxes", "has a rate that is no decimal");
  }
  for (const TrytonWarehouse& warehouse : warehouses) {
    if (warehouse.code.empty()) return Wrong("warehouses", "has an entry without the warehouse's code");
  }
  if (price_digits > 8) return Wrong("price_digits", "must be at most 8");
  if (page_size == 0 || page_size > 1000) return Wrong("page_size", "must be 1 to 1000");
  if (overlap.count() < 0 || d_max.count() < 0 || login_pause.count() < 0)
    return Wrong("overlap, d_max and login_pause", "must not be negative");
  if (request_timeout.count() <= 0) return Wrong("request_timeout", "must be positive");
  return absl::OkStatus();
}

FAIRLEAD_NAMESPACE_END
