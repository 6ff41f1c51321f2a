// The bytes of each write. Nothing here changes anything: this is also the dry run.
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "fairlead/models/decimal.h"
#include "fairlead/v1/inventory.pb.h"
#include "fairlead/v1/product.pb.h"
#include "fairlead/v1/shipment.pb.h"
#include "src/connector/internal/json_writer.h"
#include "src/connectors/woocommerce/internal/crypto.h"
#include "src/connectors/woocommerce/internal/impl.h"
#include "src/connectors/woocommerce/internal/mapping.h"
#include "src/core/internal/absl_compat.h"

FAIRLEAD_NAMESPACE_BEGIN

using ::fairlead::internal::ToAbsl;
namespace json = ::fairlead::internal::json;

namespace {

absl::Status Mapping(std::string_view message) { return MakeError(ErrorKind::kMapping, Outcome::kNotSent, message); }

bool IsId(std::string_view text) {
  if (text.empty() || text.size() > 20 || text == "0") return false;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
  }
  return true;
}

std::string Arg(const WriteIntent& intent, const std::string& name) {
  const auto found = intent.args.find(name);
  return found == intent.args.end() ? std::string() : found->second;
}

template <typename T>
const T* As(const WriteIntent& intent) {
  const google::protobuf::Message* message = intent.message.get();
  return message != nullptr && message->GetDescriptor() == T::descriptor() ? static_cast<const T*>(message) : nullptr;
}

/// Letters, digits, '_', '-', '.': what a meta key may safely be.
std::string KeyPart(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain =
        (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '-' || c == '.';
    out.push_back(plain ? c : '-');
  }
  return out;
}

void WriteLines(std::string_view key, const google::protobuf::RepeatedPtrField<v1::LineQuantity>& lines,
                json::Writer& out) {
  if (lines.empty()) return;
  out.Key(key).BeginArray();
  for (const v1::LineQuantity& line : lines) {
    out.BeginObject();
    if (!line.line_key().empty()) out.Member("line", line.line_key());
    if (!line.sku().empty()) out.Member("sku", line.sku());
    out.Member("quantity", models::PrintDecimal(line.quantity().value()));
    out.EndObject();
  }
  out.EndArray();
}

/// What the order's meta holds of a shipment.
std::string ShipmentJson(const v1::Shipment& shipment) {
  json::Writer out;
  out.BeginObject();
  const auto put = [&](std::string_view key, const std::string& text) {
    if (!text.empty()) out.Member(key, text);
  };
  put("number", shipment.number());
  std::string status = v1::Shipment::Status_Name(shipment.status());
  put("status", status.compare(0, 7, "STATUS_") == 0 ? status.substr(7) : status);
  put("from", shipment.from_location());
  put("carrier", shipment.carrier());
  put("service", shipment.service());
  if (shipment.has_shipped_at()) out.Member("shipped_at", shipment.shipped_at().seconds());
  out.Key("packages").BeginArray();
  for (const v1::Package& package : shipment.packages()) {
    out.BeginObject();
    put("carrier", package.carrier().empty() ? shipment.carrier() : package.carrier());
    put("tracking_number", package.tracking_number());
    put("tracking_url", package.tracking_url());
    put("sscc", package.sscc());
    WriteLines("lines", package.lines(), out);
    out.EndObject();
  }
  out.EndArray();
  WriteLines("lines", shipment.lines(), out);
  out.EndObject();
  return out.Take();
}

std::string NoteText(const v1::Shipment& shipment) {
  std::string text = "Your order has been shipped";
  if (!shipment.number().empty()) absl::StrAppend(&text, " (shipment ", shipment.number(), ")");
  text += ".";
  for (const v1::Package& package : shipment.packages()) {
    if (package.tracking_number().empty() && package.tracking_url().empty()) continue;
    const std::string& carrier = package.carrier().empty() ? shipment.carrier() : package.carrier();
    absl::StrAppend(&text, " ", carrier.empty() ? "Tracking" : carrier, ": ", package.tracking_number());
    if (!package.tracking_url().empty()) absl::StrAppend(&text, " ", package.tracking_url());
    text += ".";
  }
  return text;
}

}  // namespace

/// A product or variation as the store has it now.
struct WooCommerceConnector::Impl::Item {
  std::string path;  // "products/120", "products/141/variations/146".
  std::string id;    // "120", "141/146".
  Document document;
  std::string waiting_for;
};

PreparedWrite WooCommerceConnector::Impl::Put(const WriteIntent& intent, std::string path, std::string body,
                                              std::string memo) const {
  PreparedWrite write;
  write.operation = intent.operation;
  write.effect = Effect::kAbsolute;
  write.method = "PUT";
  write.target = std::move(path);
  write.body = std::move(body);
  write.memo = std::move(memo);
  write.d_max = options.d_max;
  return write;
}

absl::StatusOr<WooCommerceConnector::Impl::Item> WooCommerceConnector::Impl::FindItem(
    const WriteIntent& intent, const v1::ExternalRef& variant, const std::string& sku,
    const CallContext& context) const {
  Item item;
  item.id = intent.target_id;
  if (item.id.empty() && variant.system() == options.system && IsId(variant.id())) {
    item.id = variant.parent_id().empty() ? variant.id() : absl::StrCat(variant.parent_id(), "/", variant.id());
  }
  if (item.id.empty() && context.resolver != nullptr && !variant.id().empty()) {
    FAIRLEAD_ASSIGN_OR_RETURN(const std::optional<std::string> linked, context.resolver->IdFor(v1::VARIANT, variant));
    item.id = linked.value_or("");
  }
  const http::QueryParams fields = {
      {"_fields", "id,type,sku,slug,parent_id,manage_stock,stock_quantity,regular_price"}};
  if (item.id.empty()) {
    if (sku.empty()) return Mapping("the record has neither a link to a product of the store nor a SKU to find it by");
    http::QueryParams params = fields;
    params.emplace_back("sku", sku);
    FAIRLEAD_ASSIGN_OR_RETURN(const Document found, Get("products", std::move(params), "find by sku", context));
    if (found.root().size() > 1) {
      return Mapping(absl::StrCat("the SKU '", sku, "' belongs to ", found.root().size(),
                                  " products of the store; give each its own"));
    }
    if (found.root().size() == 0) {
      item.waiting_for = absl::StrCat("variant ", options.system, " sku ", sku);
      return item;
    }
    const Value only = found.root().At(0);
    item.id = std::string(only["id"].text());
    const std::string_view parent = only["parent_id"].text();
    if (woocommerce::internal::IsVariation(only) && IsId(parent)) item.id = absl::StrCat(ToAbsl(parent), "/", item.id);
  }
  const std::size_t slash = item.id.find('/');
  const std::string first = item.id.substr(0, slash);
  const std::string second = slash == std::string::npos ? std::string() : item.id.substr(slash + 1);
  if (!IsId(first) || (slash != std::string::npos && !IsId(second))) {
    return Mapping(absl::StrCat("'", item.id, "' is no id of a product or variation"));
  }
  item.path =
      second.empty() ? absl::StrCat("products/", first) : absl::StrCat("products/", first, "/variations/", second);
  FAIRLEAD_ASSIGN_OR_RETURN(item.document, Get(item.path, fields, intent.operation, context));
  const std::string_view parent = item.document.root()["parent_id"].text();
  if (second.empty() && item.document.root()["type"].text() == "variation" && IsId(parent)) {
    item.id = absl::StrCat(ToAbsl(parent), "/", first);
    item.path = absl::StrCat("products/", ToAbsl(parent), "/variations/", first);
  }
  return item;
}

absl::StatusOr<Preparation> WooCommerceConnector::Impl::PrepareStock(const WriteIntent& intent,
                                                                     const CallContext& context) const {
  const auto* level = As<v1::InventoryLevel>(intent);
  if (level == nullptr) return Mapping("product.set_stock needs an InventoryLevel");
  const v1::StateQuantity* available = nullptr;
  for (const v1::StateQuantity& quantity : level->quantities()) {
    if (quantity.state() == v1::STOCK_STATE_AVAILABLE) available = &quantity;
  }
  if (available == nullptr) {
    return Mapping(
        "the level states no AVAILABLE quantity, which is what the store's number means; derive it in the policy");
  }
  const std::string& uom = available->quantity().uom();
  if (!uom.empty() && uom != "C62")
    return Mapping(absl::StrCat("the store counts pieces (C62), the level counts ", uom));
  FAIRLEAD_ASSIGN_OR_RETURN(const models::Dec quantity, models::FromProto(available->quantity().value()));
  const models::Dec whole = models::Normalize(quantity);
  if (whole.scale != 0) {
    return Mapping(absl::StrCat("the store counts whole pieces, the level says ", models::PrintDecimal(quantity),
                                "; round in the policy or sell another unit"));
  }
  FAIRLEAD_ASSIGN_OR_RETURN(const Item item, FindItem(intent, level->variant(), level->sku(), context));
  Preparation preparation;
  preparation.waiting_for = item.waiting_for;
  if (!item.waiting_for.empty()) return preparation;
  const Value manage = item.document.root()["manage_stock"];
  if (manage.text() == "parent") {
    return Mapping(absl::StrCat(
        "the stock of variation ", item.id,
        " is kept at its product, for all variations together; write that one, or let the variation keep its own"));
  }
  if (manage.is_bool() && !*manage.AsBool()) {
    return Mapping(
        absl::StrCat("product ", item.id,
                     " does not keep stock in the store, which would ignore the number; turn on 'Manage stock' there"));
  }
  const std::string number = models::PrintDecimal(whole);
  if (item.document.root()["stock_quantity"].text() == number) {
    preparation.nothing_to_do = true;
    preparation.adopted_id = item.id;
    return preparation;
  }
  json::Writer body;
  body.BeginObject().Key("stock_quantity").Raw(number).EndObject();
  json::Writer memo;
  memo.BeginObject().Member("id", item.id).Member("field", "stock_quantity").Member("value", number).EndObject();
  preparation.write = Put(intent, item.path, body.Take(), memo.Take());
  return preparation;
}

absl::StatusOr<Preparation> WooCommerceConnector::Impl::PreparePrice(const WriteIntent& intent,
                                                                     const CallContext& context) const {
  const auto* variant = As<v1::Variant>(intent);
  if (variant == nullptr || !variant->has_list_price())
    return Mapping("product.set_price needs a Variant with a list_price");
  const v1::UnitPrice& price = variant->list_price();
  if (!options.currency.empty() && !price.currency_code().empty() && price.currency_code() != options.currency) {
    return Mapping(absl::StrCat("the store sells in ", options.currency, ", the price is in ", price.currency_code()));
  }
  if (!price.uom().empty() && price.uom() != "C62") return Mapping("the store's prices are for one piece (C62)");
  if (price.has_per_quantity()) {
    FAIRLEAD_ASSIGN_OR_RETURN(const models::Dec per, models::FromProto(price.per_quantity()));
    if (per != models::Dec::Of(1))
      return Mapping(
          "the store's prices are for one piece; divide the price in the policy, where its rounding is decided");
  }
  FAIRLEAD_ASSIGN_OR_RETURN(const models::Dec amount, models::FromProto(price.amount()));
  if (amount.IsNegative()) return Mapping("a price below zero");
  const v1::ExternalRef& ref =
      variant->header().refs().empty() ? v1::ExternalRef::default_instance() : variant->header().refs(0);
  FAIRLEAD_ASSIGN_OR_RETURN(const Item item, FindItem(intent, ref, variant->sku(), context));
  Preparation preparation;
  preparation.waiting_for = item.waiting_for;
  if (!item.waiting_for.empty()) return preparation;
  models::Dec current;
  if (models::TryParseDecimal(item.document.root()["regular_price"].text(), current) && current == amount) {
    preparation.nothing_to_do = true;
    preparation.adopted_id = item.id;
    return preparation;
  }
  // A point and digits only: "1.234,56" is stored as 1.23456, words as nothing.
  const std::string text = models::PrintDecimal(amount);
  json::Writer body;
  body.BeginObject().Member("regular_price", text).EndObject();
  json::Writer memo;
  memo.BeginObject().Member("id", item.id).Member("field", "regular_price").Member("value", text).EndObject();
  preparation.write = Put(intent, item.path, body.Take(), memo.Take());
  return preparation;
}

absl::StatusOr<std::string> WooCommerceConnector::Impl::OrderOf(const WriteIntent& intent,
                                                                const CallContext& context) const {
  std::string id = Arg(intent, "order_id");
  // After a first write the target may be named "order/shipment".
  if (id.empty()) id = intent.target_id.substr(0, intent.target_id.find('/'));
  if (const auto* order = As<v1::Order>(intent); id.empty() && order != nullptr) {
    for (const v1::ExternalRef& ref : order->header().refs()) {
      if (ref.system() == options.system && ref.object_type() == "order") id = ref.id();
    }
  }
  if (const auto* shipment = As<v1::Shipment>(intent); id.empty() && shipment != nullptr) {
    for (const v1::ExternalRef& ref : shipment->orders()) {
      if (ref.system() == options.system) {
        id = ref.id();
      } else if (context.resolver != nullptr) {
        FAIRLEAD_ASSIGN_OR_RETURN(const std::optional<std::string> linked, context.resolver->IdFor(v1::ORDER, ref));
        id = linked.value_or("");
      }
      if (!id.empty()) break;
    }
  }
  if (!id.empty() && !IsId(id)) return Mapping(absl::StrCat("'", id, "' is no id of an order of the store"));
  return id;
}

absl::StatusOr<Preparation> WooCommerceConnector::Impl::PrepareTracking(const WriteIntent& intent,
                                                                        const CallContext& context) const {
  const auto* shipment = As<v1::Shipment>(intent);
  if (shipment == nullptr) return Mapping("order.set_tracking needs a Shipment");
  FAIRLEAD_ASSIGN_OR_RETURN(const std::string order, OrderOf(intent, context));
  Preparation preparation;
  if (order.empty()) {
    preparation.waiting_for = absl::StrCat("order ", options.system, " of shipment ", shipment->number());
    return preparation;
  }
  std::string name;
  if (!shipment->header().refs().empty()) {
    name = absl::StrCat(shipment->header().refs(0).system(), "-", shipment->header().refs(0).id());
  } else {
    name = shipment->number();
  }
  if (name.empty()) return Mapping("the shipment has neither a ref nor a number to be known by in the order's meta");
  const std::string key = absl::StrCat("_fairlead_shipment_", KeyPart(name));
  const std::string value = ShipmentJson(*shipment);
  // Without the entry's id WooCommerce replaces the first entry of that key: sent twice it stays one entry.
  json::Writer body;
  body.BeginObject().Key("meta_data").BeginArray();
  body.BeginObject().Member("key", key).Member("value", value).EndObject();
  body.EndArray().EndObject();
  json::Writer memo;
  memo.BeginObject().Member("id", order).Member("meta", key).Member("value", value);
  memo.Member("name", name).Member("number", shipment->number());
  if (options.shipment_note != WooShipmentNote::kNone) {
    memo.Member("note", NoteText(*shipment));
    memo.Member(
        "token",
        absl::StrCat("FL-",
                     woocommerce::internal::Sha256Hex(absl::StrCat(order, "\n", key, "\n", value)).substr(0, 16)));
  }
  memo.EndObject();
  preparation.write = Put(intent, absl::StrCat("orders/", order), body.Take(), memo.Take());
  return preparation;
}

absl::StatusOr<Preparation> WooCommerceConnector::Impl::PrepareNote(const WriteIntent& intent,
                                                                    const CallContext& context) const {
  FAIRLEAD_ASSIGN_OR_RETURN(const std::string order, OrderOf(intent, context));
  const std::string note = Arg(intent, "note");
  if (order.empty() || note.empty()) return Mapping("order.add_note needs the arguments order_id and note");
  std::string token = Arg(intent, "token");
  if (token.empty()) {
    token = absl::StrCat("FL-", woocommerce::internal::Sha256Hex(
                                    absl::StrCat(order, "\n", intent.aggregate, "\n", intent.purpose, "\n", note))
                                    .substr(0, 16));
  }
  Preparation preparation;
  // A customer's note is an e-mail: one that is there already, from before a restore or an older installation, is not
  // sent anew.
  FAIRLEAD_ASSIGN_OR_RETURN(const Document notes,
                            Get(absl::StrCat("orders/", order, "/notes"), {}, "read notes", context));
  for (const Value there : notes.root().Items()) {
    if (there["note"].text().find(token) == std::string_view::npos) continue;
    preparation.nothing_to_do = true;
    preparation.adopted_id = absl::StrCat(order, "/", ToAbsl(there["id"].text()));
    return preparation;
  }
  json::Writer body;
  body.BeginObject()
      .Member("note", absl::StrCat(note, " [", token, "]"))
      .Member("customer_note", Arg(intent, "customer") == "1")
      .EndObject();
  json::Writer memo;
  memo.BeginObject().Member("id", order).EndObject();
  PreparedWrite write = Put(intent, absl::StrCat("orders/", order, "/notes"), body.Take(), memo.Take());
  write.method = "POST";
  write.effect = Effect::kLookup;
  write.reference = token;
  preparation.write = std::move(write);
  return preparation;
}

absl::StatusOr<Preparation> WooCommerceConnector::Impl::PrepareReference(const WriteIntent& intent,
                                                                         const CallContext& context) const {
  FAIRLEAD_ASSIGN_OR_RETURN(const std::string order, OrderOf(intent, context));
  const std::string reference = Arg(intent, "reference");
  if (order.empty() || reference.empty())
    return Mapping("order.set_reference needs the arguments order_id and reference");
  std::string key = Arg(intent, "meta_key");
  if (key.empty()) key = "_fairlead_reference";
  Preparation preparation;
  json::Writer body;
  body.BeginObject().Key("meta_data").BeginArray();
  body.BeginObject().Member("key", key).Member("value", reference).EndObject();
  body.EndArray().EndObject();
  json::Writer memo;
  memo.BeginObject().Member("id", order).Member("meta", key).Member("value", reference).EndObject();
  preparation.write = Put(intent, absl::StrCat("orders/", order), body.Take(), memo.Take());
  return preparation;
}

absl::StatusOr<Preparation> WooCommerceConnector::Impl::PrepareStatus(const WriteIntent& intent,
                                                                      const CallContext& context) const {
  FAIRLEAD_ASSIGN_OR_RETURN(const std::string order, OrderOf(intent, context));
  const std::string status = Arg(intent, "status");
  if (order.empty() || status.empty()) return Mapping("order.set_status needs the arguments order_id and status");
  if (status == "refunded") {
    return Mapping(
        "WooCommerce makes a refund of the whole amount when an order's status becomes 'refunded'; refunds are made by "
        "people or by a payment system, never by a status");
  }
  if (status != "processing" && status != "on-hold" && status != "completed" && status != "cancelled") {
    return Mapping(absl::StrCat("the status '", status,
                                "' is none that an integration may set: processing, on-hold, completed, cancelled"));
  }
  Preparation preparation;
  json::Writer body;
  body.BeginObject().Member("status", status).EndObject();
  json::Writer memo;
  memo.BeginObject().Member("id", order).Member("field", "status").Member("value", status).EndObject();
  preparation.write = Put(intent, absl::StrCat("orders/", order), body.Take(), memo.Take());
  return preparation;
}

absl::StatusOr<Preparation> WooCommerceConnector::Impl::Prepare(const WriteIntent& intent,
                                                                const CallContext& context) const {
  FAIRLEAD_RETURN_IF_ERROR(valid);
  if (intent.operation == "product.set_stock") return PrepareStock(intent, context);
  if (intent.operation == "product.set_price") return PreparePrice(intent, context);
  if (intent.operation == "order.set_tracking") return PrepareTracking(intent, context);
  if (intent.operation == "order.add_note") return PrepareNote(intent, context);
  if (intent.operation == "order.set_reference") return PrepareReference(intent, context);
  if (intent.operation == "order.set_status") return PrepareStatus(intent, context);
  return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent,
                   absl::StrCat("the WooCommerce connector has no operation '", intent.operation,
                                "'; its manifest names those it has"));
}

FAIRLEAD_NAMESPACE_END
