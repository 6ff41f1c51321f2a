#include "fairlead/connectors/woocommerce/parse.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "src/connectors/woocommerce/internal/mapping.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace woocommerce {
namespace {

using internal::Context;
namespace json = ::fairlead::internal::json;
using json::Value;

json::Limits LimitsOf(const ParseOptions& options) {
  json::Limits limits;
  limits.max_bytes = options.max_bytes;
  return limits;
}

template <typename Message>
void MapInto(const Value& source, const ParseOptions& options, v1::EntityKind kind,
             absl::Status (*map)(Context&, const Value&, Message&), Page& page) {
  Record record;
  auto message = std::make_unique<Message>();
  Context context{options, record.findings};
  if (absl::Status status = map(context, source, *message); !status.ok()) {
    page.unreadable.push_back(UnreadableRecord{std::string(source.raw()), std::move(status)});
    return;
  }
  record.entity = kind;
  record.external_id = internal::RecordId(kind, options, source);
  if (options.keep_raw) record.raw = std::string(source.raw());
  record.message = std::move(message);
  page.records.push_back(std::move(record));
}

absl::StatusOr<Page> ParsePage(std::string text, const ParseOptions& options, v1::EntityKind kind) {
  FAIRLEAD_ASSIGN_OR_RETURN(json::Records records, json::Records::Open(std::move(text), LimitsOf(options)));
  Page page;
  for (;;) {
    FAIRLEAD_ASSIGN_OR_RETURN(const bool more, records.Next());
    if (!more) break;
    internal::AppendRecord(kind, records.record(), options, page);
  }
  page.last = true;
  return page;
}

}  // namespace

namespace internal {

void AppendRecord(v1::EntityKind kind, const Value& source, const ParseOptions& options, Page& page) {
  switch (kind) {
    case v1::ORDER:
      return MapInto<v1::Order>(source, options, kind, MapOrder, page);
    case v1::PRODUCT:
      // Webhooks and lists of products may hold variations.
      if (!IsVariation(source)) return MapInto<v1::Product>(source, options, kind, MapProduct, page);
      return MapInto<v1::Variant>(source, options, v1::VARIANT, MapVariant, page);
    case v1::VARIANT:
      return MapInto<v1::Variant>(source, options, kind, MapVariant, page);
    case v1::PARTY:
      return MapInto<v1::Party>(source, options, kind, MapCustomer, page);
    case v1::REFUND:
      return MapInto<v1::Refund>(source, options, kind, MapRefund, page);
    default:
      return MapInto<v1::InventoryLevel>(source, options, v1::INVENTORY_LEVEL, MapInventory, page);
  }
}

}  // namespace internal

absl::StatusOr<Page> ParseOrders(std::string text, const ParseOptions& options) {
  return ParsePage(std::move(text), options, v1::ORDER);
}

absl::StatusOr<Page> ParseProducts(std::string text, const ParseOptions& options) {
  return ParsePage(std::move(text), options, v1::PRODUCT);
}

absl::StatusOr<Page> ParseVariations(std::string text, const ParseOptions& options) {
  return ParsePage(std::move(text), options, v1::VARIANT);
}

absl::StatusOr<Page> ParseCustomers(std::string text, const ParseOptions& options) {
  return ParsePage(std::move(text), options, v1::PARTY);
}

absl::StatusOr<Page> ParseRefunds(std::string text, const ParseOptions& options) {
  return ParsePage(std::move(text), options, v1::REFUND);
}

absl::StatusOr<Page> ParseInventory(std::string text, const ParseOptions& options) {
  return ParsePage(std::move(text), options, v1::INVENTORY_LEVEL);
}

absl::StatusOr<Page> Parse(v1::EntityKind kind, std::string text, const ParseOptions& options) {
  switch (kind) {
    case v1::ORDER:
    case v1::PRODUCT:
    case v1::VARIANT:
    case v1::PARTY:
    case v1::REFUND:
    case v1::INVENTORY_LEVEL:
      return ParsePage(std::move(text), options, kind);
    default:
      return MakeError(
          ErrorKind::kConfiguration, Outcome::kNotSent,
          absl::StrCat("WooCommerce has no records of kind ", v1::EntityKind_Name(kind),
                       "; it has orders, products, variants, parties (customers), refunds and inventory levels"));
  }
}

struct OrderPage::Bytes {
  json::Records records;
};

OrderPage::OrderPage() = default;
OrderPage::~OrderPage() = default;
OrderPage::OrderPage(OrderPage&&) noexcept = default;
OrderPage& OrderPage::operator=(OrderPage&&) noexcept = default;

absl::StatusOr<OrderPage> ParseOrdersOnArena(std::string text, const ParseOptions& options,
                                             google::protobuf::Arena& arena) {
  OrderPage page;
  page.bytes_ = std::make_unique<OrderPage::Bytes>();
  FAIRLEAD_ASSIGN_OR_RETURN(page.bytes_->records, json::Records::Open(std::move(text), LimitsOf(options)));
  for (;;) {
    FAIRLEAD_ASSIGN_OR_RETURN(const bool more, page.bytes_->records.Next());
    if (!more) return page;
    const Value source = page.bytes_->records.record();
    ArenaOrder order;
    order.order = google::protobuf::Arena::CreateMessage<v1::Order>(&arena);
    order.raw = source.raw();
    Context context{options, order.findings};
    if (absl::Status status = internal::MapOrder(context, source, *order.order); !status.ok()) {
      page.unreadable_.push_back(UnreadableRecord{std::string(source.raw()), std::move(status)});
      continue;
    }
    page.orders_.push_back(std::move(order));
  }
}

}  // namespace woocommerce
FAIRLEAD_NAMESPACE_END
