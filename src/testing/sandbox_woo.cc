#include "fairlead/testing/sandbox_woo.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <mutex>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "fairlead/core/error.h"
#include "src/testing/internal/sandbox_host.h"
#include "src/testing/internal/woo_auth.h"
#include "src/testing/internal/woo_store.h"
#include "src/testing/internal/woo_webhooks.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {
namespace {

using namespace internal;  // NOLINT: one file, one room

constexpr const char* kRoot = "/wp-json/wc/v3/";
constexpr std::size_t kBatchLimit = 100;

WooAnswer NoRoute() {
  return WooError(404, "rest_no_route", "No route was found matching the URL and request method.");
}

std::optional<std::int64_t> ToId(const std::string& text) {
  if (text.empty() || text.size() > 18 || text.find_first_not_of("0123456789") != std::string::npos)
    return std::nullopt;
  return std::strtoll(text.c_str(), nullptr, 10);
}

/// What the REST API calls a single record in its error codes.
const char* Noun(const std::string& kind) {
  if (kind == "orders") return "shop_order";
  if (kind == "products") return "product";
  if (kind == "coupons") return "shop_coupon";
  return "";
}

WooAnswer NotFound(const std::string& kind, int status) {
  if (kind == "customers") return WooError(status, "woocommerce_rest_invalid_id", "Invalid resource ID.");
  if (kind == "taxes") return WooError(status, "woocommerce_rest_invalid_id", "Invalid resource ID.");
  return WooError(status, absl::StrCat("woocommerce_rest_", Noun(kind), "_invalid_id"), "Invalid ID.");
}

/// What a single call says about its right to exist.
struct Route {
  std::string method;
  std::vector<std::string> parts;  // after /wp-json/wc/v3/
  WooQuery query;
  Json body;
};

}  // namespace

class SandboxWoo::Impl {
 public:
  explicit Impl(SandboxWooOptions options)
      : options_(std::move(options)),
        auth_({{options_.consumer_key, options_.consumer_secret, true},
               {options_.read_only_key, options_.read_only_secret, false}}),
        host_(options_.runtime, options_.faults, Hooks()),
        webhooks_(&host_.faults(), WebhookHooks(), options_.version, options_.version[0] == '7' ? "6.1.9" : "6.8.7") {}

  absl::Status Start() {
    store_.config.modern = options_.version[0] != '7';
    store_.config.version = options_.version;
    if (!options_.captured_data.empty()) {
      // The captured store keeps its own settings.
      options_.currency = store_.config.modern ? "USD" : "EUR";
      options_.prices_include_tax = !store_.config.modern;
      options_.utc_offset = std::chrono::minutes(store_.config.modern ? -480 : 60);
    }
    store_.config.currency = options_.currency;
    store_.config.prices_include_tax = options_.prices_include_tax;
    store_.config.utc_offset = options_.utc_offset;
    if (!options_.captured_data.empty()) {
      FAIRLEAD_RETURN_IF_ERROR(store_.LoadCaptured(
          absl::StrCat(options_.captured_data, "/woocommerce-", options_.version), options_.captured_orders));
    }
    store_.on_event = [this](const std::string& resource, const std::string& event, std::int64_t id) {
      events_.push_back({resource, event, id});
    };
    FAIRLEAD_RETURN_IF_ERROR(host_.Start(options_.port));
    std::lock_guard<std::mutex> lock(mutex_);
    store_.config.site = absl::StrCat("http://127.0.0.1:", host_.port());
    webhooks_.SetSite(store_.config.site);
    return absl::OkStatus();
  }

  void Stop() {
    host_.Stop();
    webhooks_.Stop();
  }

  SandboxWooOptions& options() { return options_; }
  SandboxHost& host() { return host_; }
  WooWebhooks& webhooks() { return webhooks_; }

  /// Runs `work` on the store as its staff would; webhooks follow.
  template <typename Work>
  auto WithStore(Work work) {
    std::unique_lock<std::mutex> lock(mutex_);
    store_.now = host_.Now();
    auto result = work(store_);
    std::vector<StoreEvent> events = std::exchange(events_, {});
    lock.unlock();
    SendEvents(events);
    return result;
  }

  std::string StateJson();
  std::string SummaryJson();

 private:
  struct StoreEvent {
    std::string resource;
    std::string event;
    std::int64_t id = 0;
  };

  SandboxHost::Hooks Hooks();
  WooWebhooks::Hooks WebhookHooks();
  Admitted Admit(const HttpRequest& request);
  HttpReply Control(const HttpRequest& request);
  HttpReply Finish(const WooAnswer& answer);
  std::optional<WooAnswer> Refused(const HttpRequest& request, const WooAuthResult& who, const Route& route) const;
  WooAnswer Dispatch(const Route& route);
  WooAnswer Collection(const Route& route, const std::string& kind);
  WooAnswer Single(const Route& route, const std::string& kind, std::int64_t id);
  WooAnswer OrderChild(const Route& route, std::int64_t order);
  WooAnswer ProductVariations(const Route& route, std::int64_t product);
  WooAnswer Webhook(const Route& route);
  WooAnswer Batch(const Route& route, const std::string& kind, std::int64_t parent);
  WooAnswer Create(const std::string& kind, const Json& body);
  WooAnswer Update(const std::string& kind, std::int64_t id, const Json& body);
  WooAnswer Delete(const std::string& kind, std::int64_t id, bool force);
  void SendEvents(const std::vector<StoreEvent>& events) {
    for (const StoreEvent& event : events) webhooks_.Event(event.resource, event.event, event.id);
  }

  SandboxWooOptions options_;
  std::mutex mutex_;
  WooStore store_;
  WooAuth auth_;
  std::vector<StoreEvent> events_;
  std::int64_t calls_ = 0;
  SandboxHost host_;
  WooWebhooks webhooks_;
};

WooWebhooks::Hooks SandboxWoo::Impl::WebhookHooks() {
  WooWebhooks::Hooks hooks;
  hooks.now = [this] { return host_.Now(); };
  hooks.payload = [this](const std::string& resource, std::int64_t id) -> Json {
    std::lock_guard<std::mutex> lock(mutex_);
    const std::string kind = resource + "s";
    const Json* record = store_.Find(kind, id);
    if (record == nullptr) return NotFound(kind, 404).body;  // signed all the same
    return *record;
  };
  return hooks;
}

SandboxHost::Hooks SandboxWoo::Impl::Hooks() {
  SandboxHost::Hooks hooks;
  hooks.admit = [this](const HttpRequest& request) { return Admit(request); };
  hooks.state_json = [this] { return StateJson(); };
  hooks.summary_json = [this] { return SummaryJson(); };
  hooks.control = [this](const HttpRequest& request) { return Control(request); };
  return hooks;
}

HttpReply SandboxWoo::Impl::Control(const HttpRequest& request) {
  HttpReply unknown;
  unknown.status = 0;
  if (request.method != "POST") return unknown;
  const std::string name = request.path.substr(std::string("/__sandbox/").size());
  if (name == "flush-webhooks") {
    return JsonReply(webhooks_.Flush(std::chrono::milliseconds(5000)) ? 200 : 504, "{}");
  }
  const absl::StatusOr<Json> body = Json::Parse(request.body);
  if (!body.ok()) return JsonReply(400, R"({"error":"not JSON"})");
  WooAnswer answer;
  answer.body = Json::Object();
  if (name == "stock") {
    const absl::Status set =
        WithStore([&](WooStore& store) { return store.SetStock((*body)["sku"].text(), (*body)["quantity"].AsInt()); });
    if (!set.ok()) return JsonReply(404, Json::Object({{"error", std::string(set.message())}}).Dump());
  } else if (name == "edit-order") {
    answer = WithStore([&](WooStore& store) { return store.UpdateOrder((*body)["id"].AsInt(), (*body)["order"]); });
  } else if (name == "add-order") {
    answer = WithStore([&](WooStore& store) { return store.CreateOrder(*body); });
  } else {
    return unknown;
  }
  return JsonReply(answer.status, answer.body.Dump());
}

Admitted SandboxWoo::Impl::Admit(const HttpRequest& request) {
  Admitted admitted;
  const bool batch = request.path.size() > 6 && request.path.compare(request.path.size() - 6, 6, "/batch") == 0;
  if (request.method == "PUT" || request.method == "PATCH" || request.method == "DELETE") {
    admitted.nature = RequestNature::kSetsState;
  } else if (request.method == "POST") {
    admitted.nature = RequestNature::kCreates;
    const absl::StatusOr<Json> body = Json::Parse(request.body);
    if (batch && body.ok() && (*body)["create"].size() == 0) admitted.nature = RequestNature::kSetsState;
  }
  // Checked once, at the door: a copy of a request that got in is not stopped by its used nonce, which is the harder
  // case.
  WooAuthResult who;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    who =
        auth_.Check(request, std::chrono::duration_cast<std::chrono::seconds>(host_.Now().time_since_epoch()).count());
  }
  admitted.apply = [this, request, who]() -> HttpReply {
    if (request.path.rfind(kRoot, 0) != 0) return Finish(NoRoute());
    Route route;
    route.method = request.method == "PATCH" ? "PUT" : request.method;
    std::string rest = request.path.substr(std::string(kRoot).size());
    while (!rest.empty() && rest.back() == '/') rest.pop_back();
    route.parts = absl::StrSplit(rest, '/');
    for (auto& pair : ParseQuery(request.query)) {
      if (pair.first.rfind("oauth_", 0) != 0 && pair.first.rfind("consumer_", 0) != 0)
        route.query.push_back(std::move(pair));
    }
    if (auto refused = Refused(request, who, route)) return Finish(*refused);
    route.body = Json::Object();
    const bool json_body = request.Header("content-type").find("json") != std::string_view::npos;
    if (!request.body.empty() && json_body) {  // anything else is not read at all
      absl::StatusOr<Json> body = Json::Parse(request.body);
      if (!body.ok()) {
        const bool encoding = std::string(body.status().message()).find("encoding") != std::string::npos;
        return Finish(WooError(
            400, "rest_invalid_json", "Invalid JSON body passed.",
            Json::Object({{"json_error_code", encoding ? 5 : 4},
                          {"json_error_message",
                           encoding ? "Malformed UTF-8 characters, possibly incorrectly encoded" : "Syntax error"}})));
      }
      route.body = *std::move(body);
    }
    if (request.method == "PATCH" && route.parts.size() == 1) return Finish(NoRoute());
    if (route.parts[0] == "webhooks") return Finish(Webhook(route));
    std::unique_lock<std::mutex> lock(mutex_);
    ++calls_;
    store_.now = host_.Now();
    const WooAnswer answer = Dispatch(route);
    const std::vector<StoreEvent> events = std::exchange(events_, {});
    lock.unlock();
    SendEvents(events);
    return Finish(answer);
  };
  return admitted;
}

HttpReply SandboxWoo::Impl::Finish(const WooAnswer& answer) {
  HttpReply reply;
  reply.status = answer.status;
  reply.headers = {{"Content-Type", "application/json; charset=UTF-8"}};
  if (answer.total >= 0) {
    reply.headers.emplace_back("X-WP-Total", absl::StrCat(answer.total));
    reply.headers.emplace_back("X-WP-TotalPages", absl::StrCat(answer.total_pages));
  }
  if (!answer.location.empty()) {
    reply.headers.emplace_back("Location", absl::StrCat("http://127.0.0.1:", host_.port(), kRoot, answer.location));
  }
  reply.body = answer.body.Dump(Json::Style::kPhp);
  return reply;
}

std::optional<WooAnswer> SandboxWoo::Impl::Refused(const HttpRequest&, const WooAuthResult& who,
                                                   const Route& route) const {
  if (!who.code.empty()) return WooError(401, who.code, who.message);
  if (who.anonymous) {
    const bool single = route.parts.size() > 1;
    if (route.method == "GET") {
      return single ? WooError(401, "woocommerce_rest_cannot_view", "Sorry, you cannot view this resource.")
                    : WooError(401, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.");
    }
    if (route.method == "POST") {
      return WooError(401, "woocommerce_rest_cannot_create", "Sorry, you are not allowed to create resources.");
    }
    return WooError(401, "woocommerce_rest_cannot_edit", "Sorry, you are not allowed to edit this resource.");
  }
  if (!who.may_write && route.method != "GET" && route.method != "HEAD") {
    return WooError(401, "woocommerce_rest_authentication_error",
                    "The API key provided does not have write permissions.");
  }
  return std::nullopt;
}

WooAnswer SandboxWoo::Impl::Dispatch(const Route& route) {
  const std::string& kind = route.parts[0];
  if (kind == "system_status" && route.method == "GET") {
    WooAnswer answer;
    answer.body =
        Json::Object({{"environment", Json::Object({{"home_url", store_.config.site}, {"version", options_.version}})},
                      {"settings", Json::Object({{"currency", options_.currency}})}});
    return answer;
  }
  if (kind == "taxes" && route.parts.size() == 2 && route.parts[1] == "classes" && route.method == "GET") {
    WooAnswer answer;
    answer.body = Json::Array({Json::Object({{"slug", "standard"}, {"name", "Standard rate"}}),
                               Json::Object({{"slug", "reduced-rate"}, {"name", "Reduced rate"}}),
                               Json::Object({{"slug", "zero-rate"}, {"name", "Zero rate"}})});
    return answer;
  }
  const bool known =
      kind == "orders" || kind == "products" || kind == "customers" || kind == "coupons" || kind == "taxes";
  if (!known) return NoRoute();
  if (route.parts.size() == 1) return Collection(route, kind);
  if (route.parts[1] == "batch" && route.parts.size() == 2 && (route.method == "POST" || route.method == "PUT")) {
    return Batch(route, kind, 0);
  }
  const std::optional<std::int64_t> id = ToId(route.parts[1]);
  if (!id.has_value()) return NoRoute();
  if (route.parts.size() == 2) return Single(route, kind, *id);
  if (kind == "orders") return OrderChild(route, *id);
  if (kind == "products" && route.parts[2] == "variations") return ProductVariations(route, *id);
  return NoRoute();
}

WooAnswer SandboxWoo::Impl::Create(const std::string& kind, const Json& body) {
  if (kind == "orders") return store_.CreateOrder(body);
  if (kind == "products") return store_.CreateProduct(body);
  if (kind == "customers") return store_.CreateCustomer(body);
  if (kind == "coupons") return store_.CreateCoupon(body);
  return store_.CreateTax(body);
}

WooAnswer SandboxWoo::Impl::Update(const std::string& kind, std::int64_t id, const Json& body) {
  if (kind == "orders") return store_.UpdateOrder(id, body);
  if (kind == "products") return store_.UpdateProduct(id, body);
  if (kind == "customers") return store_.UpdateCustomer(id, body);
  return NotFound(kind, 400);
}

WooAnswer SandboxWoo::Impl::Delete(const std::string& kind, std::int64_t id, bool force) {
  if (kind == "orders") return store_.DeleteOrder(id, force);
  if (kind == "products") return store_.DeleteProduct(id, force);
  const Json* record = store_.Find(kind, id);
  if (record == nullptr) return NotFound(kind, 404);
  if (kind == "customers" && !force) {
    return WooError(501, "woocommerce_rest_trash_not_supported", "Customers do not support trashing.");
  }
  WooAnswer answer;
  answer.body = *record;
  store_.table(kind).erase(id);
  return answer;
}

WooAnswer SandboxWoo::Impl::Collection(const Route& route, const std::string& kind) {
  if (route.method == "GET" || route.method == "HEAD") return store_.List(kind, route.query);
  if (route.method == "POST") return Create(kind, route.body);
  return NoRoute();
}

WooAnswer SandboxWoo::Impl::Single(const Route& route, const std::string& kind, std::int64_t id) {
  if (route.method == "GET" || route.method == "HEAD") {
    const Json* record = store_.Find(kind, id);
    if (record == nullptr) return NotFound(kind, 404);
    WooAnswer answer;
    answer.body = WooStore::Shown(*record, route.query);
    return answer;
  }
  if (route.method == "PUT" || route.method == "POST") return Update(kind, id, route.body);
  if (route.method == "DELETE") {
    const bool force = std::any_of(route.query.begin(), route.query.end(),
                                   [](const auto& pair) { return pair.first == "force" && pair.second == "true"; });
    return Delete(kind, id, force);
  }
  return NoRoute();
}

WooAnswer SandboxWoo::Impl::OrderChild(const Route& route, std::int64_t order) {
  const std::string& child = route.parts[2];
  if (child != "refunds" && child != "notes") return NoRoute();
  const bool is_refund = child == "refunds";
  if (route.method == "POST" && route.parts.size() == 3) {
    return is_refund ? store_.CreateRefund(order, route.body) : store_.CreateNote(order, route.body);
  }
  if (store_.Find("orders", order) == nullptr) {
    return WooError(404, "woocommerce_rest_order_invalid_id", "Invalid order ID.");
  }
  std::vector<Json>& list = is_refund ? store_.refunds[order] : store_.notes[order];
  if (route.parts.size() == 3 && route.method == "GET") {
    std::vector<const Json*> found;
    for (const Json& item : list) found.push_back(&item);
    // Notes come whole and newest first, refunds in pages.
    if (is_refund) return store_.Page(std::move(found), route.query);
    WooAnswer answer;
    answer.body = Json::Array();
    for (auto it = found.rbegin(); it != found.rend(); ++it) answer.body.Push(**it);
    return answer;
  }
  const std::optional<std::int64_t> id = route.parts.size() == 4 ? ToId(route.parts[3]) : std::nullopt;
  if (!id.has_value()) return NoRoute();
  if (route.method == "GET") {
    for (const Json& item : list) {
      if (item["id"].AsInt() != *id) continue;
      WooAnswer answer;
      answer.body = item;
      return answer;
    }
    return is_refund ? WooError(404, "woocommerce_rest_shop_order_refund_invalid_id", "Invalid ID.")
                     : WooError(404, "woocommerce_rest_invalid_id", "Invalid resource ID.");
  }
  if (route.method == "DELETE" && is_refund) return store_.DeleteRefund(order, *id);
  return NoRoute();
}

WooAnswer SandboxWoo::Impl::ProductVariations(const Route& route, std::int64_t product) {
  if (route.parts.size() == 3) {
    if (route.method == "GET") return store_.ListVariations(product, route.query);
    if (route.method == "POST") return store_.CreateVariation(product, route.body);
    return NoRoute();
  }
  if (route.parts[3] == "batch" && (route.method == "POST" || route.method == "PUT"))
    return Batch(route, "variations", product);
  const std::optional<std::int64_t> id = ToId(route.parts[3]);
  if (!id.has_value() || route.parts.size() != 4) return NoRoute();
  if (route.method == "PUT" || route.method == "POST") return store_.UpdateVariation(product, *id, route.body);
  if (route.method != "GET") return NoRoute();
  const Json* variation = store_.Find("variations", *id);
  if (variation == nullptr || (store_.config.modern && (*variation)["parent_id"].AsInt() != product)) {
    return WooError(404, "woocommerce_rest_product_variation_invalid_id", "Invalid ID.");
  }
  WooAnswer answer;
  answer.body = WooStore::Shown(*variation, route.query);
  return answer;
}

WooAnswer SandboxWoo::Impl::Batch(const Route& route, const std::string& kind, std::int64_t parent) {
  const Json& body = route.body;
  if (body["create"].size() + body["update"].size() + body["delete"].size() > kBatchLimit) {
    return WooError(413, "woocommerce_rest_request_entity_too_large",
                    absl::StrCat("Unable to accept more than ", kBatchLimit, " items for this request."));
  }
  const auto item = [](const WooAnswer& answer, const Json& id) -> Json {
    if (answer.status < 400) return answer.body;
    return Json::Object({{"id", id},
                         {"error", Json::Object({{"code", answer.body["code"]},
                                                 {"message", answer.body["message"]},
                                                 {"data", answer.body["data"]}})}});
  };
  const bool variations = kind == "variations";
  WooAnswer result;
  result.body = Json::Object();
  for (const char* verb : {"create", "update", "delete"}) {
    if (!body.Has(verb)) continue;
    Json list = Json::Array();
    for (const Json& entry : body[verb].items()) {
      const std::string action = verb;
      if (action == "create") {
        // In a batch the schema is not checked: an order with an unknown status becomes pending.
        Json fixed = entry;
        if (kind == "orders" && !WooStore::IsOrderStatus(fixed["status"].text())) fixed.Remove("status");
        list.Push(item(variations ? store_.CreateVariation(parent, entry) : Create(kind, fixed), Json(0)));
      } else if (action == "update") {
        const std::int64_t id = entry["id"].AsInt();
        list.Push(item(variations ? store_.UpdateVariation(parent, id, entry) : Update(kind, id, entry), Json(id)));
      } else {
        const std::int64_t id = entry.AsInt();
        list.Push(item(variations ? WooError(404, "woocommerce_rest_product_variation_invalid_id", "Invalid ID.")
                                  : Delete(kind, id, true),
                       Json(id)));
      }
    }
    result.body.Set(verb, std::move(list));
  }
  return result;
}

WooAnswer SandboxWoo::Impl::Webhook(const Route& route) {
  if (route.parts.size() == 1) {
    if (route.method == "POST") return webhooks_.Create(route.body);
    if (route.method != "GET") return NoRoute();
    const std::vector<Json> all = webhooks_.All();
    std::vector<const Json*> found;
    for (const Json& hook : all) found.push_back(&hook);
    std::lock_guard<std::mutex> lock(mutex_);
    return store_.Page(std::move(found), route.query);
  }
  const std::optional<std::int64_t> id = ToId(route.parts[1]);
  if (!id.has_value() || route.parts.size() != 2) return NoRoute();
  if (route.method == "GET") return webhooks_.Get(*id);
  if (route.method == "PUT" || route.method == "POST") return webhooks_.Update(*id, route.body);
  if (route.method == "DELETE") return webhooks_.Delete(*id);
  return NoRoute();
}

std::string SandboxWoo::Impl::StateJson() {
  std::lock_guard<std::mutex> lock(mutex_);
  return WooState(store_).Dump();
}

std::string SandboxWoo::Impl::SummaryJson() {
  std::lock_guard<std::mutex> lock(mutex_);
  Json summary = WooSummary(store_);
  summary.Set("deliveries", webhooks_.delivered());
  summary.Set("calls", calls_);
  summary.Set("faults", *Json::Parse(host_.faults().counters().ToJson()));
  return summary.Dump();
}

SandboxWoo::SandboxWoo(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SandboxWoo::~SandboxWoo() { Stop(); }
void SandboxWoo::Stop() { impl_->Stop(); }

absl::StatusOr<std::unique_ptr<SandboxWoo>> SandboxWoo::Start(SandboxWooOptions options) {
  FAIRLEAD_RETURN_IF_ERROR(options.faults.Validate());
  if (options.version != "7.9.0" && options.version != "10.6.2") {
    return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent, "the sandbox store knows versions 7.9.0 and 10.6.2");
  }
  auto impl = std::make_unique<Impl>(std::move(options));
  FAIRLEAD_RETURN_IF_ERROR(impl->Start());
  return std::unique_ptr<SandboxWoo>(new SandboxWoo(std::move(impl)));
}

int SandboxWoo::port() const { return impl_->host().port(); }
std::string SandboxWoo::url() const { return absl::StrCat("http://127.0.0.1:", port()); }
const std::string& SandboxWoo::consumer_key() const { return impl_->options().consumer_key; }
const std::string& SandboxWoo::consumer_secret() const { return impl_->options().consumer_secret; }

namespace {

absl::StatusOr<std::int64_t> IdOf(const WooAnswer& answer) {
  if (answer.status >= 400) return absl::InvalidArgumentError(answer.body["message"].text());
  return answer.body["id"].AsInt();
}

}  // namespace

absl::StatusOr<std::int64_t> SandboxWoo::AddOrder(std::string_view json) {
  absl::StatusOr<Json> body = Json::Parse(json);
  if (!body.ok()) return body.status();
  return impl_->WithStore([&](WooStore& store) -> absl::StatusOr<std::int64_t> {
    if ((*body)["id"].AsInt() == 0) return IdOf(store.CreateOrder(*body));
    const bool known = store.Find("orders", (*body)["id"].AsInt()) != nullptr;
    const std::int64_t id = store.Adopt("orders", *body);
    store.on_event("order", known ? "updated" : "created", id);
    return id;
  });
}

absl::StatusOr<std::int64_t> SandboxWoo::AddProduct(std::string_view json) {
  absl::StatusOr<Json> body = Json::Parse(json);
  if (!body.ok()) return body.status();
  return impl_->WithStore([&](WooStore& store) -> absl::StatusOr<std::int64_t> {
    if ((*body)["id"].AsInt() == 0) return IdOf(store.CreateProduct(*body));
    return store.Adopt("products", *body);
  });
}

absl::StatusOr<std::int64_t> SandboxWoo::AddVariation(std::int64_t product, std::string_view json) {
  absl::StatusOr<Json> body = Json::Parse(json);
  if (!body.ok()) return body.status();
  return impl_->WithStore([&](WooStore& store) -> absl::StatusOr<std::int64_t> {
    if ((*body)["id"].AsInt() == 0) return IdOf(store.CreateVariation(product, *body));
    return store.Adopt("variations", *body);
  });
}

absl::StatusOr<std::int64_t> SandboxWoo::AddCustomer(std::string_view json) {
  absl::StatusOr<Json> body = Json::Parse(json);
  if (!body.ok()) return body.status();
  return impl_->WithStore([&](WooStore& store) -> absl::StatusOr<std::int64_t> {
    if ((*body)["id"].AsInt() == 0) return IdOf(store.CreateCustomer(*body));
    return store.Adopt("customers", *body);
  });
}

absl::Status SandboxWoo::EditOrder(std::int64_t id, std::string_view json) {
  absl::StatusOr<Json> body = Json::Parse(json);
  if (!body.ok()) return body.status();
  return impl_->WithStore([&](WooStore& store) { return IdOf(store.UpdateOrder(id, *body)).status(); });
}

absl::Status SandboxWoo::SetStock(std::string_view sku, std::int64_t quantity) {
  return impl_->WithStore([&](WooStore& store) { return store.SetStock(sku, quantity); });
}

absl::StatusOr<SandboxOrderSet> SandboxWoo::GenerateOrders(int count, std::uint64_t seed) {
  if (count < 0 || count > 100'000) return absl::InvalidArgumentError("between 0 and 100000 orders");
  return impl_->WithStore([&](WooStore& store) { return store.Generate(count, seed); });
}

absl::StatusOr<std::string> SandboxWoo::Get(std::string_view kind, std::int64_t id) const {
  return impl_->WithStore([&](WooStore& store) -> absl::StatusOr<std::string> {
    const Json* record = store.Find(std::string(kind), id);
    if (record == nullptr) return absl::NotFoundError("no such record");
    return record->Dump();
  });
}

absl::StatusOr<std::int64_t> SandboxWoo::AddWebhook(std::string_view topic, std::string_view delivery_url,
                                                    std::string_view secret) {
  return IdOf(impl_->webhooks().Create(
      Json::Object({{"name", topic}, {"topic", topic}, {"delivery_url", delivery_url}, {"secret", secret}})));
}

void SandboxWoo::OnDelivery(std::function<int(const SandboxDelivery&)> receiver) {
  impl_->webhooks().OnDelivery(std::move(receiver));
}
bool SandboxWoo::FlushWebhooks(std::chrono::milliseconds timeout) { return impl_->webhooks().Flush(timeout); }
void SandboxWoo::SetFaults(const FaultPlan& plan) { impl_->host().faults().SetPlan(plan); }
FaultCounters SandboxWoo::Faults() const { return impl_->host().faults().counters(); }
void SandboxWoo::Advance(std::chrono::milliseconds duration) { impl_->host().Advance(duration); }
std::string SandboxWoo::StateJson() const { return impl_->StateJson(); }
std::string SandboxWoo::SummaryJson() const { return impl_->SummaryJson(); }

}  // namespace testing
FAIRLEAD_NAMESPACE_END
