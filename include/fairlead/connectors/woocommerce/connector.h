/// WooCommerce (REST v3, WooCommerce 7.9 and 10.x) as a storefront: products, variations, stock, customers, orders,
/// refunds in; stock, prices, tracking and document numbers out.
#ifndef FAIRLEAD_CONNECTORS_WOOCOMMERCE_CONNECTOR_H_
#define FAIRLEAD_CONNECTORS_WOOCOMMERCE_CONNECTOR_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fairlead/connector/connector.h"
#include "fairlead/connectors/woocommerce/options.h"
#include "fairlead/core/export.h"
#include "fairlead/core/runtime.h"
#include "fairlead/http/transport.h"

FAIRLEAD_NAMESPACE_BEGIN

/// Thread-safe. Holds no state but its options; `transport` and what `runtime` points to must outlive it.
///
/// A record's external_id is what ReadOne takes: WooCommerce's own number ("317"), for variations and their stock
/// "product/variation" ("141/146"), for refunds "order/refund". Refs hold the numbers themselves, the parent's beside
/// them.
///
/// Writes (all ABSOLUTE but the note; see the README for what each sends):
///   product.set_stock    INVENTORY_LEVEL, upsert. Whole numbers only.
///   product.set_price    VARIANT, update. The regular price.
///   order.set_tracking   SHIPMENT, upsert. Order meta; asks for order.add_note.
///   order.add_note       SHIPMENT, follow-up, LOOKUP. args: order_id, note, customer ("1").
///   order.set_reference  ORDER, follow-up. args: order_id, reference, meta_key (optional).
///   order.set_status     ORDER, follow-up. args: order_id, status. Never "refunded": that moves money.
class FAIRLEAD_EXPORT WooCommerceConnector : public Connector {
 public:
  WooCommerceConnector(WooOptions options, http::Transport& transport, Runtime runtime);
  /// The same after WooOptions::Validate().
  static absl::StatusOr<std::unique_ptr<WooCommerceConnector>> Create(WooOptions options, http::Transport& transport,
                                                                      Runtime runtime = Runtime::System());
  ~WooCommerceConnector() override;

  Manifest Describe() const override;
  absl::StatusOr<HealthReport> Health(const CallContext& context) override;
  absl::StatusOr<Record> ReadOne(const ReadRequest& request, const CallContext& context) override;
  absl::StatusOr<Page> ListSince(const ListRequest& request, const CallContext& context) override;
  absl::StatusOr<Page> ListAll(const ListRequest& request, const CallContext& context) override;
  absl::StatusOr<Preparation> Prepare(const WriteIntent& intent, const CallContext& context) override;
  absl::StatusOr<WriteResult> Write(const PreparedWrite& write, const CallContext& context) override;
  absl::StatusOr<LookupResult> Lookup(const PreparedWrite& write, const CallContext& context) override;
  absl::Status VerifyWebhook(const Webhook& webhook) const override;
  absl::StatusOr<ParsedWebhook> ParseWebhook(const Webhook& webhook) const override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_CONNECTORS_WOOCOMMERCE_CONNECTOR_H_
