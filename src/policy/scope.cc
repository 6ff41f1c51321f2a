#include "fairlead/policy/scope.h"

#include <algorithm>
#include <string>

#include "fairlead/policy/decision.h"
#include "fairlead/v1/inventory.pb.h"
#include "fairlead/v1/order.pb.h"
#include "fairlead/v1/price.pb.h"
#include "fairlead/v1/shipment.pb.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace policy {

const std::vector<std::string_view>& ScopeKeys() {
  static const auto* const keys =
      new std::vector<std::string_view>{"tenant",         "company",         "location", "channel",   "market",
                                        "customer_group", "company_account", "currency", "sku_class", "order_source"};
  return *keys;
}

Scope& Scope::Set(std::string_view key, std::string_view value) {
  const auto place = std::lower_bound(entries_.begin(), entries_.end(), key,
                                      [](const auto& entry, std::string_view wanted) { return entry.first < wanted; });
  const bool found = place != entries_.end() && place->first == key;
  if (value.empty()) {
    if (found) entries_.erase(place);
  } else if (found) {
    place->second = std::string(value);
  } else {
    entries_.emplace(place, std::string(key), std::string(value));
  }
  return *this;
}

const std::string* Scope::Find(std::string_view key) const {
  for (const auto& [name, value] : entries_) {
    if (name == key) return &value;
  }
  return nullptr;
}

std::string Scope::ToString() const {
  std::string text;
  for (const auto& [key, value] : entries_) {
    if (!text.empty()) text += ", ";
    text += key + "=" + value;
  }
  return text;
}

namespace {

// Message types are told apart by descriptor: the caller may hold any of them.
template <typename T>
const T* As(const google::protobuf::Message& message) {
  return message.GetDescriptor() == T::descriptor() ? static_cast<const T*>(&message) : nullptr;
}

}  // namespace

Scope ScopeOf(const google::protobuf::Message& message) {
  Scope scope;
  if (const auto* level = As<v1::InventoryLevel>(message); level != nullptr) {
    scope.Set("location", level->location());
    scope.Set("tenant", level->header().tenant());
  } else if (const auto* movement = As<v1::InventoryMovement>(message); movement != nullptr) {
    scope.Set("location", movement->location());
    scope.Set("tenant", movement->header().tenant());
  } else if (const auto* shipment = As<v1::Shipment>(message); shipment != nullptr) {
    scope.Set("location", shipment->from_location());
    scope.Set("tenant", shipment->header().tenant());
  } else if (const auto* request = As<v1::FulfillmentRequest>(message); request != nullptr) {
    scope.Set("location", request->location());
    scope.Set("tenant", request->header().tenant());
  } else if (const auto* order = As<v1::Order>(message); order != nullptr) {
    scope.Set("location", order->requested_location());
    scope.Set("currency", order->currency_code());
    scope.Set("order_source", order->channel());
    scope.Set("tenant", order->header().tenant());
  } else if (const auto* list = As<v1::PriceList>(message); list != nullptr) {
    scope.Set("currency", list->currency_code());
    scope.Set("tenant", list->header().tenant());
  } else if (const auto* price = As<v1::ResolvedPrice>(message); price != nullptr) {
    scope.Set("company_account", price->company());
    scope.Set("currency", price->price().currency_code());
    scope.Set("tenant", price->header().tenant());
  }
  return scope;
}

}  // namespace policy
FAIRLEAD_NAMESPACE_END
