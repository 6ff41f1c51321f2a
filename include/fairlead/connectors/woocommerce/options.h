/// What a WooCommerce connector needs to know about its store.
#ifndef FAIRLEAD_CONNECTORS_WOOCOMMERCE_OPTIONS_H_
#define FAIRLEAD_CONNECTORS_WOOCOMMERCE_OPTIONS_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fairlead/core/export.h"
#include "fairlead/core/secret.h"
#include "fairlead/v1/value.pb.h"

FAIRLEAD_NAMESPACE_BEGIN

/// A REST API key pair ("ck_...", "cs_..."), as it is made under WooCommerce > Settings > Advanced > REST API.
struct FAIRLEAD_EXPORT WooCredentials {
  std::string consumer_key;
  Secret consumer_secret;
};

/// Who reads the note that goes with a shipment.
enum class WooShipmentNote : std::uint8_t {
  kNone,      ///< No note: only the order's meta carries the tracking.
  kPrivate,   ///< Staff alone.
  kCustomer,  ///< The customer: WooCommerce sends it by e-mail.
};

/// Aggregate; copy freely. Validate() says what is wrong with it.
struct FAIRLEAD_EXPORT WooOptions {
  /// Address of the site, without /wp-json ("https://shop.example.com"). http is accepted for loopback alone.
  std::string base_url;
  /// The site's own idea of its address (Settings > General), if it differs from `base_url`: OAuth signatures over
  /// plain http are computed over it. Default: base_url.
  std::string home_url;
  /// Called for every request, from any thread: a rotated key needs no restart. Required.
  std::function<absl::StatusOr<WooCredentials>()> credentials;
  /// Name of this store in refs and policy.
  std::string system = "web";
  /// Secrets of the webhooks, the current one first, then those still accepted. Empty: webhooks are refused.
  std::vector<Secret> webhook_secrets;

  /// Currency of the catalogue (orders name their own), ISO 4217. Default empty: prices are read without a currency.
  std::string currency;
  /// Unit of weights, UN/CEFACT Rec 20. Default kilograms, as WooCommerce's.
  std::string weight_uom = "KGM";
  /// Whether the store rounds tax at subtotal level. The API does not say.
  v1::RoundingLevel rounding_level = v1::ROUNDING_LEVEL_UNSPECIFIED;

  /// Re-read behind the cursor on each new listing. Default 300 s: commits that took long, clocks of several web
  /// servers.
  std::chrono::seconds overlap{300};
  /// Records per request, 1..100 (the API's own limit).
  std::uint32_t page_size = 100;
  /// Longest time that a copy of a request may live in the network after its timeout. Default 60 s: proxies and queues.
  std::chrono::milliseconds d_max{60'000};
  /// Default kCustomer: buyers are told where their parcel is. WooCommerce e-mails it once for each shipment.
  WooShipmentNote shipment_note = WooShipmentNote::kCustomer;
  /// Answers larger than this are refused.
  std::size_t max_response_bytes = std::size_t{64} << 20;

  absl::Status Validate() const;
};

FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_CONNECTORS_WOOCOMMERCE_OPTIONS_H_
