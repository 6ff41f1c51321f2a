/// WooCommerce JSON (REST v3, WooCommerce 7.9 and 10.x) to canonical messages, without a network.
#ifndef FAIRLEAD_CONNECTORS_WOOCOMMERCE_PARSE_H_
#define FAIRLEAD_CONNECTORS_WOOCOMMERCE_PARSE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "fairlead/connector/record.h"
#include "fairlead/core/export.h"
#include "fairlead/core/runtime.h"
#include "fairlead/v1/entity.pb.h"
#include "fairlead/v1/order.pb.h"
#include "google/protobuf/arena.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace woocommerce {

/// What the payload itself does not say.
struct FAIRLEAD_EXPORT ParseOptions {
  /// Name of this store in refs ("web").
  std::string system = "web";
  /// Currency of products (their payload names none), ISO 4217. Empty: prices are written without one.
  std::string currency;
  /// Unit of product weights as the store is set up, UN/CEFACT Rec 20. WooCommerce's own default is kilograms.
  std::string weight_uom = "KGM";
  /// How the store rounds tax ("Round tax at subtotal level"); the payload does not say.
  v1::RoundingLevel rounding_level = v1::ROUNDING_LEVEL_UNSPECIFIED;
  /// When the bytes were read; left out of SourceVersion where absent.
  std::optional<WallTime> observed_at;
  /// Order of a refund read from /orders/<id>/refunds: 7.9 and the order's own list do not repeat it.
  std::string order_id;
  /// Product of a variation, and its SKU: a variation without one of its own answers its parent's.
  std::string parent_id;
  std::string parent_sku;
  /// Keep the source bytes of each record (for the journal).
  bool keep_raw = true;
  std::size_t max_bytes = std::size_t{64} << 20;
};

/// Each takes one object or an array of them. A record that cannot be read (no id, duplicate keys, text that is not
/// UTF-8) is put into `unreadable` with its bytes and the reason; the others of the page are not affected. An error
/// means that the whole text is unusable (cut off, HTML, not JSON, too large): kUnparseable or kTooLarge. Never throws,
/// never aborts.
FAIRLEAD_EXPORT absl::StatusOr<Page> ParseOrders(std::string json, const ParseOptions& options = {});
/// Products; a variation among them (webhooks send those) becomes a v1::Variant record.
FAIRLEAD_EXPORT absl::StatusOr<Page> ParseProducts(std::string json, const ParseOptions& options = {});
FAIRLEAD_EXPORT absl::StatusOr<Page> ParseVariations(std::string json, const ParseOptions& options = {});
FAIRLEAD_EXPORT absl::StatusOr<Page> ParseCustomers(std::string json, const ParseOptions& options = {});
FAIRLEAD_EXPORT absl::StatusOr<Page> ParseRefunds(std::string json, const ParseOptions& options = {});
/// Stock as products or variations state it. What does not count stock becomes a level without quantities.
FAIRLEAD_EXPORT absl::StatusOr<Page> ParseInventory(std::string json, const ParseOptions& options = {});
/// One of the above by kind (ORDER, PRODUCT, VARIANT, PARTY, REFUND, INVENTORY_LEVEL); kConfiguration for others.
FAIRLEAD_EXPORT absl::StatusOr<Page> Parse(v1::EntityKind kind, std::string json, const ParseOptions& options = {});

/// One order of a page on an arena.
struct FAIRLEAD_EXPORT ArenaOrder {
  v1::Order* order = nullptr;  ///< Owned by the arena.
  std::string_view raw;        ///< Points into the page's bytes.
  std::vector<MappingFinding> findings;
};

/// A page of orders without one allocation per field: for bulk work (audits, first imports).
class FAIRLEAD_EXPORT OrderPage {
 public:
  OrderPage();
  ~OrderPage();
  OrderPage(OrderPage&&) noexcept;
  OrderPage& operator=(OrderPage&&) noexcept;

  const std::vector<ArenaOrder>& orders() const { return orders_; }
  const std::vector<UnreadableRecord>& unreadable() const { return unreadable_; }

 private:
  friend absl::StatusOr<OrderPage> ParseOrdersOnArena(std::string, const ParseOptions&, google::protobuf::Arena&);
  struct Bytes;
  std::unique_ptr<Bytes> bytes_;
  std::vector<ArenaOrder> orders_;
  std::vector<UnreadableRecord> unreadable_;
};

/// As ParseOrders. The messages live as long as `arena`; `raw` as long as the returned page.
FAIRLEAD_EXPORT absl::StatusOr<OrderPage> ParseOrdersOnArena(std::string json, const ParseOptions& options,
                                                             google::protobuf::Arena& arena);

}  // namespace woocommerce
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_CONNECTORS_WOOCOMMERCE_PARSE_H_
