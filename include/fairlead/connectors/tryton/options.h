/// How to reach one Tryton company and how its records stand for ours.
#ifndef FAIRLEAD_CONNECTORS_TRYTON_OPTIONS_H_
#define FAIRLEAD_CONNECTORS_TRYTON_OPTIONS_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fairlead/core/export.h"
#include "fairlead/core/secret.h"
#include "fairlead/v1/order.pb.h"

FAIRLEAD_NAMESPACE_BEGIN

/// One warehouse: what our records call it and its code in Tryton.
struct FAIRLEAD_EXPORT TrytonWarehouse {
  std::string location;  ///< In canonical records ("EAST"). Empty: the same as `code`.
  std::string code;      ///< stock.location code of type warehouse ("WH-EAST").
};

/// Which Tryton tax computes what the store states as one tax. The first rule that fits is taken.
struct FAIRLEAD_EXPORT TrytonTaxRule {
  std::string store_tax;  ///< OrderTax key, code or label of the store. Empty: decided by `rate` alone.
  std::string rate;       ///< Decimal text of the fraction ("0.20"). Empty: any.
  std::string tax;        ///< Name of the account.tax in Tryton. Required.
};

/// How far the connector takes a sale by itself.
enum class TrytonSaleStage : std::uint8_t { kDraft = 0, kQuotation = 1, kConfirmed = 2, kProcessing = 3 };

/// Everything a TrytonConnector needs to know. Copied; thread-compatible.
struct FAIRLEAD_EXPORT TrytonOptions {
  /// Scheme, host and port ("https://erp.example.com"); http to a loopback address alone. A path before the database's
  /// name is kept. Required.
  std::string base_url;
  /// Name of the database. Required.
  std::string database;
  /// Log-in name. Required. Give the integration a user of its own: its warnings and log-in limits are its own then.
  std::string user;
  /// Asked at every log-in, so that a password may change without a restart. Required. Called from worker threads.
  std::function<absl::StatusOr<Secret>()> password;
  /// What this system is called in refs and policies.
  std::string system = "erp";
  /// Company id to work in; absent: the user's own.
  std::optional<std::int64_t> company;

  /// Warehouses that are read and written. Empty: all active ones, under their codes.
  std::vector<TrytonWarehouse> warehouses;
  /// Code of the warehouse for orders that name none. Empty: the only one there is, else such an order is a mapping
  /// error.
  std::string default_warehouse;
  /// Payment term by name. Empty: none is set on the sale.
  std::string payment_term;
  /// account.payment.journal by name, for payments. Empty: the only one there is.
  std::string payment_journal;

  /// Store taxes that Tryton computes itself. If every tax of an order is covered, its lines carry Tryton taxes.
  std::vector<TrytonTaxRule> taxes;
  /// Code of the service product of the line that carries the store's tax as it was stated, for orders whose taxes are
  /// not all covered by `taxes`. Empty: such an order is a mapping error.
  std::string tax_line_product;
  /// Codes of the service products for lines that are no goods. A kind that is missing here is written as a line
  /// without product: Tryton then books it on the default revenue account of its accounting configuration.
  std::map<v1::LineKind, std::string> charge_products;
  /// Items that have no SKU or another code in Tryton: SKU or variant id of the store to code.
  std::map<std::string, std::string> product_codes;
  /// Largest difference between the store's total and the lines' sum that a rounding line may carry, in the order's
  /// currency (decimal text). Above it the order is refused as kMapping, for a person to decide.
  std::string residual_limit = "0.05";
  /// Digits after the point of a unit price: `price_decimal` of the Tryton server.
  std::uint32_t price_digits = 4;
  /// Prefix of a sale's reference per source system ("web" → "WEB-"). A system that is missing: its name in capitals
  /// and "-".
  std::map<std::string, std::string> reference_prefixes;
  /// Whether a guest's party is made from the order itself where no linked party is found. A guest of the same e-mail
  /// address gets the same party again.
  bool create_guest_parties = true;
  /// How far a sale is taken. The read-back that makes it POSTED comes after this stage.
  TrytonSaleStage final_stage = TrytonSaleStage::kProcessing;
  /// Beginnings of the names of warnings that may be acknowledged without a person ("credit_limit_amount_"). Empty:
  /// none; a warning then is an error that says its name.
  std::vector<std::string> acknowledge_warnings;

  /// AVAILABLE counts planned moves up to this many days from today (UTC). One day covers every time zone's today.
  std::chrono::hours availability_horizon{24};
  /// Re-read behind the cursor: longer than the longest transaction there, since a row's stamp is its transaction's
  /// start.
  std::chrono::seconds overlap{300};
  /// How long a copy of a request may live in the network after its timeout.
  std::chrono::milliseconds d_max{60'000};
  /// One request, from name resolution to the last byte.
  std::chrono::milliseconds request_timeout{30'000};
  /// After a refused log-in no other is tried for this long: Tryton locks an account after a handful of wrong
  /// passwords.
  std::chrono::milliseconds login_pause{60'000};
  /// Records in one page of a listing.
  std::uint32_t page_size = 100;
  /// An answer larger than this is refused.
  std::size_t max_answer_bytes = std::size_t{64} << 20;

  /// kConfiguration, naming the option, for what can be seen without the server.
  absl::Status Validate() const;
};

FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_CONNECTORS_TRYTON_OPTIONS_H_
