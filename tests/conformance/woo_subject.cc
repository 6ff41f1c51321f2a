#include "tests/conformance/woo_subject.h"

#include "absl/strings/str_cat.h"
#include "fairlead/models/decimal.h"
#include "fairlead/v1/inventory.pb.h"
#include "fairlead/v1/product.pb.h"
#include "fairlead/v1/shipment.pb.h"

namespace fairlead::conformance {
namespace {

constexpr char kCurrentSecret[] = "current-webhook-secret";
constexpr char kPreviousSecret[] = "previous-webhook-secret";

absl::Status Absent(std::string_view what) { return absl::UnimplementedError("WooCommerce: " + std::string(what)); }

std::string Path(v1::EntityKind entity, std::string_view id) {
  const std::size_t slash = id.find('/');
  const std::string first(id.substr(0, slash));
  const std::string second(slash == std::string_view::npos ? std::string_view() : id.substr(slash + 1));
  switch (entity) {
    case v1::ORDER:
      return "orders/" + first;
    case v1::PARTY:
      return "customers/" + first;
    case v1::REFUND:
      return absl::StrCat("orders/", first, "/refunds/", second);
    default:
      return second.empty() ? "products/" + first : absl::StrCat("products/", first, "/variations/", second);
  }
}

v1::ExternalRef Ref(std::string_view system, std::string_view type, std::string_view id) {
  v1::ExternalRef ref;
  ref.set_system(std::string(system));
  ref.set_object_type(std::string(type));
  ref.set_id(std::string(id));
  return ref;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Connector>> WooSubject::Connect(http::Transport& transport) {
  WooOptions options;
  options.base_url = api_.url();
  options.credentials = [key = api_.key(), secret = api_.secret()] { return WooCredentials{key, Secret(secret)}; };
  options.webhook_secrets = {Secret(kCurrentSecret), Secret(kPreviousSecret)};
  options.d_max = std::chrono::milliseconds(200);
  options.overlap = std::chrono::seconds(5);
  absl::StatusOr<std::unique_ptr<WooCommerceConnector>> connector =
      WooCommerceConnector::Create(std::move(options), transport);
  if (!connector.ok()) return connector.status();
  return std::unique_ptr<Connector>(*std::move(connector));
}

absl::StatusOr<std::string> WooSubject::MakeProduct() {
  const std::string sku = Unique();
  return api_.Create(
      "products", absl::StrCat(R"({"name":"Conformance )", sku, R"(","type":"simple","status":"publish","sku":")", sku,
                               R"(","regular_price":"19.50","manage_stock":true,"stock_quantity":5})"));
}

absl::StatusOr<std::string> WooSubject::MakeOrder() {
  const auto product = MakeProduct();
  if (!product.ok()) return product.status();
  return api_.Create(
      "orders",
      absl::StrCat(
          R"({"status":"processing","billing":{"first_name":"Ada","last_name":"Quill","address_1":"88 Example Quay",)"
          R"("city":"Portland","state":"OR","postcode":"97201","country":"US","email":"ada@mail.example.com"},)"
          R"("line_items":[{"product_id":)",
          *product, R"(,"quantity":2}]})"));
}

absl::StatusOr<std::string> WooSubject::Make(v1::EntityKind entity) {
  switch (entity) {
    case v1::ORDER:
      return MakeOrder();
    case v1::PRODUCT:
    case v1::INVENTORY_LEVEL:
      return MakeProduct();
    case v1::PARTY: {
      const std::string name = Unique();
      return api_.Create(
          "customers",
          absl::StrCat(R"({"email":")", name, R"(@mail.example.com","first_name":"Ada","last_name":")", name, "\"}"));
    }
    case v1::VARIANT: {
      const std::string sku = Unique();
      const auto product = api_.Create(
          "products",
          absl::StrCat(
              R"({"name":"Conformance )", sku,
              R"(","type":"variable","attributes":[{"name":"Size","visible":true,"variation":true,"options":["S","M"]}]})"));
      if (!product.ok()) return product.status();
      const auto variation = api_.Create(
          absl::StrCat("products/", *product, "/variations"),
          absl::StrCat(R"({"sku":")", sku, R"(","regular_price":"7.00","attributes":[{"name":"Size","option":"S"}]})"));
      if (!variation.ok()) return variation.status();
      return absl::StrCat(*product, "/", *variation);
    }
    case v1::REFUND: {
      const auto order = MakeOrder();
      if (!order.ok()) return order.status();
      const auto refund =
          api_.Create(absl::StrCat("orders/", *order, "/refunds"),
                      R"({"amount":"1.00","reason":"conformance","api_refund":false,"api_restock":false})");
      if (!refund.ok()) return refund.status();
      return absl::StrCat(*order, "/", *refund);
    }
    default:
      return ConformanceSubject::Make(entity);
  }
}

absl::Status WooSubject::Change(v1::EntityKind entity, std::string_view id) {
  const std::string word = Unique();
  std::string body;
  switch (entity) {
    case v1::ORDER:
      body = absl::StrCat(R"({"customer_note":")", word, "\"}");
      break;
    case v1::PRODUCT:
      body = absl::StrCat(R"({"name":"Changed )", word, "\"}");
      break;
    case v1::PARTY:
      body = absl::StrCat(R"({"first_name":")", word, "\"}");
      break;
    case v1::VARIANT:
      body = absl::StrCat(R"({"regular_price":")", 20 + ++number_, ".00\"}");
      break;
    case v1::INVENTORY_LEVEL:
      body = absl::StrCat(R"({"stock_quantity":)", 100 + ++number_, "}");
      break;
    default:
      return ConformanceSubject::Change(entity, id);
  }
  return api_.Call("PUT", Path(entity, id), body).status();
}

absl::Status WooSubject::Delete(v1::EntityKind entity, std::string_view id) {
  if (entity == v1::VARIANT)
    return api_.Call("DELETE", absl::StrCat("products/", std::string(id.substr(0, id.find('/'))), "?force=true"))
        .status();
  return api_
      .Call("DELETE", absl::StrCat(Path(entity, id), entity == v1::PARTY ? "?force=true&reassign=0" : "?force=true"))
      .status();
}

std::string WooSubject::MissingId(v1::EntityKind entity) {
  return entity == v1::REFUND || entity == v1::VARIANT ? "999999999/999999999" : "999999999";
}

absl::StatusOr<WriteIntent> WooSubject::Intent(const v1::WriteOperation& operation) {
  WriteIntent intent;
  intent.operation = operation.name();
  intent.purpose = Unique();
  if (operation.name() == "product.set_stock") {
    const auto product = MakeProduct();
    if (!product.ok()) return product.status();
    auto level = std::make_shared<v1::InventoryLevel>();
    v1::StateQuantity* available = level->add_quantities();
    available->set_state(v1::STOCK_STATE_AVAILABLE);
    *available->mutable_quantity()->mutable_value() = models::ToProto(models::Dec::Of(10 + ++number_));
    intent.entity = v1::INVENTORY_LEVEL;
    intent.message = level;
    intent.target_id = *product;
  } else if (operation.name() == "product.set_price") {
    const auto product = MakeProduct();
    if (!product.ok()) return product.status();
    auto variant = std::make_shared<v1::Variant>();
    *variant->mutable_list_price()->mutable_amount() =
        models::ToProto(models::ParseDecimal(absl::StrCat(30 + ++number_, ".25")).value());
    intent.entity = v1::VARIANT;
    intent.message = variant;
    intent.target_id = *product;
  } else {
    const auto order = MakeOrder();
    if (!order.ok()) return order.status();
    intent.args["order_id"] = *order;
    intent.entity = v1::ORDER;
    if (operation.name() == "order.set_tracking") {
      auto shipment = std::make_shared<v1::Shipment>();
      const std::string number = Unique();
      *shipment->mutable_header()->add_refs() = Ref("erp", "stock.shipment.out", number);
      *shipment->add_orders() = Ref("web", "order", *order);
      shipment->set_number(number);
      shipment->set_carrier("Example Parcel");
      shipment->set_status(v1::Shipment::STATUS_SHIPPED);
      shipment->add_packages()->set_tracking_number("TRK-" + number);
      intent.entity = v1::SHIPMENT;
      intent.message = shipment;
    } else if (operation.name() == "order.add_note") {
      intent.entity = v1::SHIPMENT;
      intent.args["note"] = "Conformance " + intent.purpose;
      intent.args["customer"] = "0";
    } else if (operation.name() == "order.set_reference") {
      intent.args["reference"] = "SO-" + intent.purpose;
    } else if (operation.name() == "order.set_status") {
      intent.args["status"] = "on-hold";
    } else {
      return ConformanceSubject::Intent(operation);
    }
  }
  intent.aggregate = absl::StrCat("conformance/", intent.purpose);
  return intent;
}

absl::StatusOr<WriteIntent> WooSubject::PoisonIntent(const v1::WriteOperation& operation) {
  absl::StatusOr<WriteIntent> intent = Intent(operation);
  if (!intent.ok()) return intent;
  if (!intent->target_id.empty()) intent->target_id = "999999999";
  if (!intent->args.empty()) intent->args["order_id"] = "999999999";
  return intent;
}

absl::StatusOr<std::int64_t> WooSubject::Effects(const WriteIntent&, const PreparedWrite& write) {
  const auto there = api_.Get(write.target);
  if (!there.ok()) return there.status();
  if (write.operation == "order.add_note") {
    std::int64_t notes = 0;
    for (const Json& note : there->items())
      notes += note["note"].text().find(write.reference) != std::string::npos ? 1 : 0;
    return notes;
  }
  const Json sent = Json::Parse(write.body);
  if (const std::vector<Json> wanted = sent["meta_data"].items(); !wanted.empty()) {
    std::int64_t entries = 0;
    for (const Json& meta : (*there)["meta_data"].items()) {
      if (meta["key"].text() == wanted.front()["key"].text())
        entries += meta["value"].text() == wanted.front()["value"].text() ? 1 : 100;
    }
    return entries;
  }
  for (const std::string& field : sent.names()) {
    if ((*there)[field.c_str()].text() != sent[field.c_str()].text()) return 0;
  }
  return 1;
}

absl::StatusOr<Record> WooSubject::ReadBack(Connector& connector, const WriteIntent& intent,
                                            std::string_view external_id) {
  if (intent.entity == v1::SHIPMENT)
    return Absent("shipments cannot be read; the order's meta and notes were counted instead");
  return ConformanceSubject::ReadBack(connector, intent, external_id);
}

absl::StatusOr<Webhook> WooSubject::MakeWebhook(const testing::WebhookWanted& wanted) {
  Webhook webhook;
  webhook.topic = "order.updated";
  if (wanted.ping) {
    webhook.body = "webhook_id=12";
    webhook.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
    return webhook;
  }
  if (wanted.use_body) {
    webhook.body = wanted.body;
  } else {
    std::string id = wanted.id;
    if (id.empty()) {
      absl::StatusOr<std::string> order = MakeOrder();
      if (!order.ok()) return order.status();
      id = *order;
    }
    const auto body = api_.Call("GET", "orders/" + id);
    if (!body.ok()) return body.status();
    webhook.body = *body;
  }
  const std::string secret = wanted.secret == testing::WebhookWanted::Secret::kCurrent    ? kCurrentSecret
                             : wanted.secret == testing::WebhookWanted::Secret::kPrevious ? kPreviousSecret
                                                                                          : "somebody-elses";
  webhook.headers = {{"Content-Type", "application/json"},
                     {"X-WC-Webhook-Topic", webhook.topic},
                     {"X-WC-Webhook-Signature", Base64(HmacSha256(secret, webhook.body))}};
  return webhook;
}

std::vector<std::string> WooSubject::Secrets() { return {api_.secret(), kCurrentSecret, kPreviousSecret}; }

}  // namespace fairlead::conformance
