// Manifest, health and single reads.
#include <utility>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "fairlead/v1/inventory.pb.h"
#include "fairlead/v1/party.pb.h"
#include "fairlead/v1/product.pb.h"
#include "fairlead/v1/refund.pb.h"
#include "fairlead/v1/shipment.pb.h"
#include "src/connectors/woocommerce/internal/impl.h"
#include "src/connectors/woocommerce/internal/mapping.h"
#include "src/core/internal/absl_compat.h"

FAIRLEAD_NAMESPACE_BEGIN

using ::fairlead::internal::ToAbsl;
namespace json = ::fairlead::internal::json;

namespace {

bool IsId(std::string_view text) {
  if (text.empty() || text.size() > 20 || text == "0") return false;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
  }
  return true;
}

}  // namespace

Manifest WooCommerceConnector::Impl::Describe() const {
  using std::chrono::seconds;
  WriteTraits stock;
  stock.state_like = true;
  stock.d_max = options.d_max;
  stock.writes_fields = {"quantities[AVAILABLE]"};
  WriteTraits price = stock;
  price.verb = v1::WRITE_VERB_UPDATE;
  price.writes_fields = {"list_price"};
  WriteTraits tracking = stock;
  tracking.writes_fields = {"packages", "number", "carrier", "shipped_at"};
  WriteTraits follow_up;
  follow_up.verb = v1::WRITE_VERB_FOLLOW_UP;
  follow_up.d_max = options.d_max;

  Manifest manifest = Manifest("woocommerce", woocommerce::internal::kApiVersion)
                          .Lists<v1::Order>(Cursor::kTimestamp, options.overlap)
                          .Reads<v1::Order>()
                          .Lists<v1::Product>(Cursor::kTimestamp, options.overlap)
                          .Reads<v1::Product>()
                          .Lists<v1::Refund>(Cursor::kTimestamp, options.overlap)
                          .Reads<v1::Refund>()
                          // No modification time can be asked for: everything is read and compared by hash.
                          .Lists<v1::Party>(Cursor::kHashScan, seconds(0))
                          .Reads<v1::Party>()
                          .Lists<v1::Variant>(Cursor::kHashScan, seconds(0))
                          .Reads<v1::Variant>()
                          .Lists<v1::InventoryLevel>(Cursor::kHashScan, seconds(0))
                          .Reads<v1::InventoryLevel>()
                          .Writes<v1::InventoryLevel>("product.set_stock", Effect::kAbsolute, stock)
                          .Writes<v1::Variant>("product.set_price", Effect::kAbsolute, price)
                          .Writes<v1::Shipment>("order.set_tracking", Effect::kAbsolute, tracking)
                          .Writes<v1::Shipment>("order.add_note", Effect::kLookup, follow_up)
                          .Writes<v1::Order>("order.set_reference", Effect::kAbsolute, follow_up)
                          .Writes<v1::Order>("order.set_status", Effect::kAbsolute, follow_up);
  for (const v1::EntityKind kind : {v1::ORDER, v1::PRODUCT, v1::REFUND, v1::PARTY, v1::VARIANT, v1::INVENTORY_LEVEL}) {
    v1::EntityCapability& capability = manifest.Entity(kind);
    capability.set_deletes_by_absence(true);
    capability.mutable_granularity()->set_seconds(1);
    capability.set_trustworthy_clock(kind == v1::ORDER || kind == v1::PRODUCT);
    capability.set_subscribe(kind == v1::ORDER || kind == v1::PRODUCT || kind == v1::PARTY);
  }
  for (const v1::EntityKind kind : {v1::ORDER, v1::PRODUCT}) {
    manifest.Entity(kind).set_deletes_by_event(true);
    manifest.Entity(kind).set_deletes_by_list(true);  // The trash is listed.
  }
  manifest.Entity(v1::INVENTORY_LEVEL).add_lossy_fields("location");
  v1::WebhookFacts& webhooks = *manifest.proto().mutable_webhooks();
  webhooks.set_signature("hmac-sha256-base64");
  webhooks.set_ordered(false);
  webhooks.set_disables_after("five failed deliveries in a row; what failed is not sent again");
  manifest.proto().set_integer_quantities(true);
  return manifest;
}

woocommerce::ParseOptions WooCommerceConnector::Impl::Parsing() const {
  woocommerce::ParseOptions parsing;
  parsing.system = options.system;
  parsing.currency = options.currency;
  parsing.weight_uom = options.weight_uom;
  parsing.rounding_level = options.rounding_level;
  parsing.observed_at = client.runtime().clock->WallNow();
  parsing.max_bytes = options.max_response_bytes;
  return parsing;
}

absl::StatusOr<json::Document> WooCommerceConnector::Impl::Get(std::string path, http::QueryParams params,
                                                               std::string_view operation, const CallContext& context,
                                                               std::optional<std::int64_t>* total) const {
  woocommerce::internal::Client::Call call;
  call.path = std::move(path);
  call.params = std::move(params);
  call.operation = std::string(operation);
  FAIRLEAD_ASSIGN_OR_RETURN(http::Response response, client.Send(call, context));
  if (total != nullptr) *total = woocommerce::internal::TotalOf(response);
  json::Limits limits;
  limits.max_bytes = options.max_response_bytes;
  absl::StatusOr<json::Document> document = json::Document::ParsePage(std::move(response.body), limits);
  if (!document.ok()) return Annotate(document.status(), operation);
  return document;
}

absl::StatusOr<HealthReport> WooCommerceConnector::Impl::Health(const CallContext& context) const {
  FAIRLEAD_RETURN_IF_ERROR(valid);
  HealthReport report;
  report.account = options.base_url;
  if (absl::StatusOr<Document> orders = Get("orders", {{"per_page", "1"}, {"_fields", "id"}}, "health", context);
      !orders.ok()) {
    return orders.status();
  }
  report.credentials_ok = true;
  const auto find = [&](std::string_view path, std::string_view code, std::string message) {
    report.findings.push_back(MappingFinding{std::string(path), std::string(code), std::move(message)});
  };
  // Both of these need a key of an administrator; a store integrates without.
  if (absl::StatusOr<Document> status = Get("system_status", {{"_fields", "environment"}}, "health", context);
      status.ok()) {
    const Value environment = status->root()["environment"];
    report.server_version = std::string(environment["version"].text());
    if (!environment["home_url"].text().empty()) report.account = std::string(environment["home_url"].text());
  }
  if (options.webhook_secrets.empty()) return report;
  absl::StatusOr<Document> webhooks = Get("webhooks", {{"per_page", "100"}}, "health", context);
  if (!webhooks.ok()) {
    find("webhooks", "webhooks_unreadable",
         "the API key may not read the webhooks: whether they are active cannot be watched");
    return report;
  }
  std::size_t active = 0;
  for (const Value webhook : webhooks->root().Items()) {
    const std::string_view status = webhook["status"].text();
    if (status == "active") {
      ++active;
      continue;
    }
    find(absl::StrCat("webhooks[", ToAbsl(webhook["id"].text()), "]"),
         status == "disabled" ? "webhook_disabled" : "webhook_paused",
         absl::StrCat("the webhook '", ToAbsl(webhook["name"].text().substr(0, 80)), "' for ",
                      ToAbsl(webhook["topic"].text().substr(0, 60)), " is ", ToAbsl(status.substr(0, 20)),
                      ": WooCommerce stops after five failed deliveries in a row and sends none of them again. Mend "
                      "the receiver, set it "
                      "to active; polling reads what was missed"));
  }
  if (active == 0) find("webhooks", "no_webhooks", "no webhook is active: changes arrive by polling alone");
  return report;
}

absl::StatusOr<Record> WooCommerceConnector::Impl::ReadOne(const ReadRequest& request,
                                                           const CallContext& context) const {
  FAIRLEAD_RETURN_IF_ERROR(valid);
  const std::size_t slash = request.id.find('/');
  const std::string first = request.id.substr(0, slash);
  const std::string second = slash == std::string::npos ? std::string() : request.id.substr(slash + 1);
  const auto bad_id = [&] {
    return MakeError(ErrorKind::kNotFound, Outcome::kRejected,
                     "the id is none of WooCommerce's: whole numbers, or two of them with a slash");
  };
  if (!IsId(first) || (slash != std::string::npos && !IsId(second))) return bad_id();
  woocommerce::ParseOptions parsing = Parsing();
  std::string path;
  switch (request.entity) {
    case v1::ORDER:
      path = absl::StrCat("orders/", first);
      break;
    case v1::PARTY:
      path = absl::StrCat("customers/", first);
      break;
    case v1::PRODUCT:
      path = absl::StrCat("products/", first);
      break;
    case v1::VARIANT:
    case v1::INVENTORY_LEVEL:
      path =
          second.empty() ? absl::StrCat("products/", first) : absl::StrCat("products/", first, "/variations/", second);
      if (!second.empty()) parsing.parent_id = first;
      break;
    case v1::REFUND:
      if (second.empty()) return bad_id();
      path = absl::StrCat("orders/", first, "/refunds/", second);
      parsing.order_id = first;
      break;
    default:
      return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent,
                       absl::StrCat("WooCommerce has no ", v1::EntityKind_Name(request.entity), " to read"));
  }
  if (slash != std::string::npos && request.entity != v1::VARIANT && request.entity != v1::INVENTORY_LEVEL &&
      request.entity != v1::REFUND) {
    return bad_id();
  }
  if (request.entity == v1::REFUND) {
    FAIRLEAD_ASSIGN_OR_RETURN(const Document order,
                              Get(absl::StrCat("orders/", first), {{"_fields", "id,currency"}}, "read order", context));
    parsing.currency = std::string(order.root()["currency"].text());
  }
  FAIRLEAD_ASSIGN_OR_RETURN(const Document document, Get(std::move(path), {}, "read one", context));
  if (!parsing.parent_id.empty()) {
    // A variation without a SKU of its own answers its product's: only the product tells the two apart.
    const absl::StatusOr<Document> parent =
        Get(absl::StrCat("products/", first), {{"_fields", "id,sku"}}, "read product", context);
    if (parent.ok()) parsing.parent_sku = std::string(parent->root()["sku"].text());
  }
  Page page;
  woocommerce::internal::AppendRecord(request.entity, document.root(), parsing, page);
  if (!page.unreadable.empty()) return page.unreadable.front().why;
  return std::move(page.records.front());
}

FAIRLEAD_NAMESPACE_END
