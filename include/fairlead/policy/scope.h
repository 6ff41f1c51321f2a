/// Where a record belongs: the values that a rule's scope is matched against.
#ifndef FAIRLEAD_POLICY_SCOPE_H_
#define FAIRLEAD_POLICY_SCOPE_H_

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fairlead/core/export.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace policy {

/// Keys that a scope may have: tenant, company, location, channel, market, customer_group, company_account, currency,
/// sku_class, order_source.
FAIRLEAD_EXPORT const std::vector<std::string_view>& ScopeKeys();

/// A few (key, value) pairs. A value type; a rule with a key that is not set here does not fit.
class FAIRLEAD_EXPORT Scope {
 public:
  Scope() = default;
  Scope(std::initializer_list<std::pair<std::string_view, std::string_view>> entries) {
    for (const auto& [key, value] : entries) Set(key, value);
  }
  /// Replaces; an empty value removes the key.
  Scope& Set(std::string_view key, std::string_view value);
  /// nullptr if not set.
  const std::string* Find(std::string_view key) const;
  bool empty() const { return entries_.empty(); }
  /// Sorted by key.
  const std::vector<std::pair<std::string, std::string>>& entries() const { return entries_; }
  /// "location=WH-EAST, market=US".
  std::string ToString() const;

 private:
  std::vector<std::pair<std::string, std::string>> entries_;
};

}  // namespace policy
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_POLICY_SCOPE_H_
