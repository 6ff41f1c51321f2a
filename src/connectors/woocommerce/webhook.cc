// Webhooks: who sent it, and what it says.
#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "src/connectors/woocommerce/internal/crypto.h"
#include "src/connectors/woocommerce/internal/impl.h"
#include "src/connectors/woocommerce/internal/mapping.h"
#include "src/core/internal/absl_compat.h"

FAIRLEAD_NAMESPACE_BEGIN

using ::fairlead::internal::ToAbsl;
namespace json = ::fairlead::internal::json;
using json::Value;

namespace {

constexpr std::size_t kMaxWebhookBytes = std::size_t{8} << 20;

/// The first POST to an address, and one after each failed delivery: form-encoded, unsigned, `webhook_id=<number>` and
/// no more.
bool IsPing(const Webhook& webhook) {
  constexpr std::string_view kPrefix = "webhook_id=";
  const std::string_view body = webhook.body;
  if (body.substr(0, kPrefix.size()) != kPrefix || body.size() == kPrefix.size() || body.size() > kPrefix.size() + 20)
    return false;
  for (const char c : body.substr(kPrefix.size())) {
    if (c < '0' || c > '9') return false;
  }
  return true;
}

std::optional<v1::EntityKind> KindOfTopic(std::string_view topic) {
  const std::string_view resource = topic.substr(0, topic.find('.'));
  if (resource == "order") return v1::ORDER;
  if (resource == "product") return v1::PRODUCT;
  if (resource == "customer") return v1::PARTY;
  return std::nullopt;
}

}  // namespace

absl::Status WooCommerceConnector::Impl::VerifyWebhook(const Webhook& webhook) const {
  if (webhook.body.size() > kMaxWebhookBytes) {
    return MakeError(ErrorKind::kTooLarge, Outcome::kRejected,
                     "the delivery is larger than any that WooCommerce sends");
  }
  const auto refuse = [](std::string_view why) { return MakeError(ErrorKind::kAuth, Outcome::kRejected, why); };
  if (options.webhook_secrets.empty()) {
    return refuse("no webhook secret is configured, so nothing can be verified; set WooOptions::webhook_secrets");
  }
  const std::optional<std::string_view> signature = http::FindHeader(webhook.headers, "X-WC-Webhook-Signature");
  // A ping says nothing and changes nothing; refusing it would make WooCommerce refuse the webhook.
  if (!signature.has_value() && IsPing(webhook)) return absl::OkStatus();
  if (!signature.has_value())
    return refuse("the delivery has no X-WC-Webhook-Signature; is the secret set in the store?");
  bool matches = false;
  for (const Secret& secret : options.webhook_secrets) {
    if (secret.empty()) continue;
    const std::string expected =
        woocommerce::internal::Base64(woocommerce::internal::HmacSha256(secret.Reveal(), webhook.body));
    matches = EqualConstantTime(expected, *signature) || matches;
  }
  return matches ? absl::OkStatus()
                 : refuse("the signature fits none of the configured secrets; compare them with the store's");
}

absl::StatusOr<ParsedWebhook> WooCommerceConnector::Impl::ParseWebhook(const Webhook& webhook) const {
  ParsedWebhook parsed;
  if (IsPing(webhook)) {
    parsed.ping = true;
    return parsed;
  }
  if (webhook.body.size() > kMaxWebhookBytes) {
    return MakeError(ErrorKind::kTooLarge, Outcome::kRejected,
                     "the delivery is larger than any that WooCommerce sends");
  }
  json::Limits limits;
  limits.max_bytes = kMaxWebhookBytes;
  const auto unreadable = [&](absl::Status why) {
    parsed.unreadable.push_back(UnreadableRecord{webhook.body, std::move(why)});
    return std::move(parsed);
  };
  absl::StatusOr<Document> document = Document::ParsePage(webhook.body, limits);
  if (!document.ok()) return unreadable(document.status());
  const Value root = document->root();
  const std::string_view topic = webhook.topic;

  // The payload is built when it is delivered. A record that is gone by then is an error object, signed like any other;
  // it does not even say which record it was.
  if (root["code"].is_string() && root["message"].is_string() && !root["id"].present()) {
    return unreadable(MakeError(
        ErrorKind::kNotFound, Outcome::kRejected,
        absl::StrCat("the store delivered the error '", ToAbsl(root["code"].text().substr(0, 80)),
                     "' instead of a record: it was gone before the delivery was made. The next complete listing "
                     "shows which")));
  }
  // "action.woocommerce_order_status_completed": {"action": ..., "arg": <id>}.
  if (topic.substr(0, 7) == "action.") {
    const std::string_view id = root["arg"].text();
    if (topic.find("_order_") != std::string_view::npos && !id.empty())
      parsed.read_instead.push_back({v1::ORDER, std::string(id)});
    return parsed;
  }
  const std::optional<v1::EntityKind> kind = KindOfTopic(topic);
  if (!kind.has_value()) return parsed;  // Coupons and what plugins add: no record of ours.

  const std::size_t dot = topic.find('.');
  std::string_view event = dot == std::string_view::npos ? std::string_view() : topic.substr(dot + 1);
  event = event.substr(0, event.find('.'));
  if (event == "deleted") {
    // Only a read says what happened: deliveries come in any order, so it may be back by now, and 7.9 sends
    // product.deleted with an order's id when an order goes to the trash.
    const std::string_view id = root["id"].text();
    bool digits = !id.empty() && id.size() <= 20;
    for (const char c : id) digits = digits && c >= '0' && c <= '9';
    if (!digits)
      return unreadable(MakeError(ErrorKind::kUnparseable, Outcome::kRejected, "a deletion that names no id"));
    parsed.read_instead.push_back({*kind, std::string(id)});
    return parsed;
  }
  Page page;
  woocommerce::ParseOptions parsing = Parsing();
  woocommerce::internal::AppendRecord(*kind, root, parsing, page);
  if (kind == v1::PRODUCT && page.unreadable.empty()) {
    const bool variation = woocommerce::internal::IsVariation(root);
    // Whether the SKU is the variation's own only its product can say.
    if (variation && parsing.parent_sku.empty() && !root["parent_id"].text().empty()) {
      parsed.read_instead.push_back(
          {v1::VARIANT, absl::StrCat(ToAbsl(root["parent_id"].text()), "/", ToAbsl(root["id"].text()))});
      parsed.read_instead.push_back({v1::INVENTORY_LEVEL, parsed.read_instead.back().id});
      return parsed;
    }
    woocommerce::internal::AppendRecord(v1::INVENTORY_LEVEL, root, parsing, page);
    if (page.records.back().As<v1::InventoryLevel>()->quantities().empty()) page.records.pop_back();
  }
  parsed.records = std::move(page.records);
  parsed.unreadable = std::move(page.unreadable);
  return parsed;
}

FAIRLEAD_NAMESPACE_END
