// What every mapping function of this connector shares: where findings go, typed getters, amounts, times, refs.
#ifndef FAIRLEAD_SRC_CONNECTORS_WOOCOMMERCE_INTERNAL_CONTEXT_H_
#define FAIRLEAD_SRC_CONNECTORS_WOOCOMMERCE_INTERNAL_CONTEXT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "fairlead/connector/record.h"
#include "fairlead/connectors/woocommerce/parse.h"
#include "fairlead/v1/address.pb.h"
#include "fairlead/v1/header.pb.h"
#include "fairlead/v1/value.pb.h"
#include "src/connector/internal/json.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace woocommerce::internal {

namespace json = ::fairlead::internal::json;
using json::Value;

inline constexpr std::string_view kApiVersion = "wc/v3";

// Object types in refs.
inline constexpr std::string_view kOrder = "order";
inline constexpr std::string_view kProduct = "product";
inline constexpr std::string_view kVariation = "variation";
inline constexpr std::string_view kCustomer = "customer";
inline constexpr std::string_view kRefund = "refund";
inline constexpr std::string_view kInventory = "inventory";
inline constexpr std::string_view kUser = "user";

/// A decimal as it is added up: unscaled * 10^-scale.
struct Amount {
  std::int64_t unscaled = 0;
  std::uint32_t scale = 0;
};

/// A sum that says when it no longer fits.
class Sum {
 public:
  void Add(const Amount& amount);
  void Subtract(const Amount& amount);
  bool ok() const { return ok_; }
  const Amount& amount() const { return total_; }

 private:
  Amount total_;
  bool ok_ = true;
};

/// One record's mapping. Not thread-safe.
struct Context {
  const ParseOptions& options;
  std::vector<MappingFinding>& findings;
  std::string currency = {};
  std::uint32_t exponent = 2;
  // The line being read: prefixes the paths of findings.
  std::string_view line_kind = {};
  std::string_view line_id = {};

  void Find(std::string_view path, std::string_view code, std::string_view message) const;
  /// Sets currency and exponent; a finding for a code that ISO 4217 does not know.
  absl::Status SetCurrency(std::string_view code, std::string_view path);
};

/// A string's text. Numbers are taken as their text; null and missing are "". Anything else is a finding and "".
std::string_view Text(const Context& context, const Value& value, std::string_view path);
/// A positive whole number's text (ids), from a number or a string; "" for 0, null, missing; anything else is a finding
/// and "".
std::string_view IdText(const Context& context, const Value& value, std::string_view path);
bool Flag(const Context& context, const Value& value, std::string_view path);

/// Exact; false for what is no plain decimal or does not fit.
bool ReadDecimal(std::string_view text, Amount& out);
/// `text` as an amount in the context's currency. False (with a finding unless empty) where it is none.
bool ReadMoney(const Context& context, const Value& value, std::string_view path, Amount& out);
void PutMoney(const Context& context, const Amount& amount, v1::Money& out);
void PutMoney(const Context& context, const Amount& amount, v1::DualMoney& out);
void PutDecimal(const Amount& amount, v1::Decimal& out);
inline Amount Negated(const Amount& amount) { return Amount{-amount.unscaled, amount.scale}; }
/// "12.50", for messages.
std::string AmountText(const Amount& amount);

/// "2026-11-23T07:39:51" (with or without Z) as seconds since 1970 UTC; false for anything else.
bool ReadTime(std::string_view text, std::int64_t& seconds);
/// A *_gmt field; nullopt where it is null or missing, and with a finding where it is no time.
std::optional<std::int64_t> GmtTime(const Context& context, const Value& value, std::string_view path);

void PutRef(const Context& context, std::string_view type, std::string_view id, v1::ExternalRef& out);
void AddState(v1::EntityHeader& header, std::string_view path, v1::FieldState::Kind kind, std::string_view detail = {});
/// Own ref, created/updated times and source version from date_created_gmt and date_modified_gmt.
void PutHeader(const Context& context, std::string_view type, std::string_view id, const Value& created_gmt,
               const Value& modified_gmt, v1::EntityHeader& header);
/// Whether any field of billing or shipping says something.
bool AddressSaysSomething(const Value& value);
void PutAddress(const Context& context, const Value& value, std::string_view path, v1::Address& out);
/// String, number and boolean entries of meta_data into custom.<system>. Private ones ("_...") only where they are
/// ours.
void PutMeta(const Context& context, const Value& meta_data, v1::EntityHeader& header);
/// The value of the first entry named `key`, or a missing value.
Value FindMeta(const Value& meta_data, std::string_view key);

/// &amp; &lt; &gt; &quot; &#039; as WordPress writes them, decoded.
std::string DecodeEntities(std::string_view text);

}  // namespace woocommerce::internal
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_CONNECTORS_WOOCOMMERCE_INTERNAL_CONTEXT_H_
