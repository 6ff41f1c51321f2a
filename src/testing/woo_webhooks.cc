#include "src/testing/internal/woo_webhooks.h"

#include <algorithm>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "src/testing/internal/base64.h"
#include "src/testing/internal/loopback_server.h"
#include "src/testing/internal/sandbox_host.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {
namespace internal {
namespace {

constexpr int kFailuresUntilDisabled = 5;

bool IsTopic(const std::string& topic) {
  const auto dot = topic.find('.');
  if (dot == std::string::npos) return false;
  const std::string resource = topic.substr(0, dot);
  const std::string event = topic.substr(dot + 1);
  if (resource == "action") return !event.empty();
  const bool known = resource == "order" || resource == "product" || resource == "customer" || resource == "coupon";
  return known && (event == "created" || event == "updated" || event == "deleted" || event == "restored");
}

std::string Hex(const std::string& bytes) {
  std::string text;
  char two[3];
  for (const char c : bytes) {
    std::snprintf(two, sizeof two, "%02x", static_cast<unsigned char>(c));
    text += two;
  }
  return text;
}

}  // namespace

WooWebhooks::WooWebhooks(FaultInjector* faults, Hooks hooks, std::string version, std::string wordpress)
    : faults_(faults),
      hooks_(std::move(hooks)),
      version_(std::move(version)),
      wordpress_(std::move(wordpress)),
      thread_([this] { Loop(); }) {}

WooWebhooks::~WooWebhooks() { Stop(); }

void WooWebhooks::Stop() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (stopping_) return;
    stopping_ = true;
    wake_.notify_all();
    idle_.notify_all();
  }
  thread_.join();
}

void WooWebhooks::SetSite(std::string site) {
  std::lock_guard<std::mutex> lock(mutex_);
  site_ = std::move(site);
}

WooAnswer WooWebhooks::Create(const Json& body) {
  const std::string topic = body["topic"].text();
  const std::string url = body["delivery_url"].text();
  if (!IsTopic(topic)) {
    return WooError(400, "woocommerce_rest_shop_webhook_invalid_topic", "Webhook topic is required and must be valid.");
  }
  if (url.rfind("http://", 0) != 0 && url.rfind("https://", 0) != 0) {
    return WooError(400, "woocommerce_rest_shop_webhook_invalid_delivery_url",
                    "Webhook delivery URL must be a valid URL starting with http:// or https://.");
  }
  std::lock_guard<std::mutex> lock(mutex_);
  const std::int64_t id = next_id_++;
  const auto dot = topic.find('.');
  const WallTime now = hooks_.now();
  Hook hook;
  hook.secret = body["secret"].IsString() ? body["secret"].text() : absl::StrCat("made-by-the-shop-", id);
  hook.shown = Json::Object({{"id", id},
                             {"name", body["name"].IsString() ? body["name"] : Json("Webhook")},
                             {"status", "active"},
                             {"topic", topic},
                             {"resource", topic.substr(0, dot)},
                             {"event", topic.substr(dot + 1)},
                             {"hooks", Json::Array()},
                             {"delivery_url", url},
                             {"date_created", IsoSeconds(now)},
                             {"date_created_gmt", IsoSeconds(now)},
                             {"date_modified", Json()},
                             {"date_modified_gmt", Json()}});
  WooAnswer answer;
  answer.status = 201;
  answer.body = hook.shown;
  answer.location = absl::StrCat("webhooks/", id);
  registered_[id] = std::move(hook);
  queue_.push_back({id, 0, true, false});
  wake_.notify_all();
  return answer;
}

WooAnswer WooWebhooks::Update(std::int64_t id, const Json& body) {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto hook = registered_.find(id);
  if (hook == registered_.end()) return WooError(400, "woocommerce_rest_shop_webhook_invalid_id", "Invalid ID.");
  for (const char* name : {"name", "status", "delivery_url"}) {
    if (body[name].IsString()) hook->second.shown.Set(name, body[name]);
  }
  if (body["secret"].IsString()) hook->second.secret = body["secret"].text();
  if (body["status"].text() == "active") hook->second.failures = 0;
  WooAnswer answer;
  answer.body = hook->second.shown;
  return answer;
}

WooAnswer WooWebhooks::Delete(std::int64_t id) {
  WooAnswer answer = Get(id);
  std::lock_guard<std::mutex> lock(mutex_);
  registered_.erase(id);
  return answer;
}

WooAnswer WooWebhooks::Get(std::int64_t id) const {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto hook = registered_.find(id);
  if (hook == registered_.end()) return WooError(404, "woocommerce_rest_shop_webhook_invalid_id", "Invalid ID.");
  WooAnswer answer;
  answer.body = hook->second.shown;
  return answer;
}

std::vector<Json> WooWebhooks::All() const {
  std::lock_guard<std::mutex> lock(mutex_);
  std::vector<Json> list;
  for (auto it = registered_.rbegin(); it != registered_.rend(); ++it) list.push_back(it->second.shown);
  return list;
}

void WooWebhooks::Event(const std::string& resource, const std::string& event, std::int64_t id) {
  std::lock_guard<std::mutex> lock(mutex_);
  const std::string topic = resource + "." + event;
  for (const auto& hook : registered_) {
    if (hook.second.shown["topic"].text() != topic || hook.second.shown["status"].text() != "active") continue;
    // The real queue coalesces what has not gone out yet.
    const bool waiting = std::any_of(queue_.begin(), queue_.end(), [&](const Pending& item) {
      return item.hook == hook.first && item.id == id && !item.ping;
    });
    if (!waiting) queue_.push_back({hook.first, id, false, false});
  }
  wake_.notify_all();
}

void WooWebhooks::OnDelivery(std::function<int(const SandboxDelivery&)> receiver) {
  std::lock_guard<std::mutex> lock(mutex_);
  receiver_ = std::move(receiver);
}

std::int64_t WooWebhooks::delivered() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return delivered_;
}

bool WooWebhooks::Flush(std::chrono::milliseconds timeout) {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!held_.empty()) {
    queue_.push_back(held_.front());
    held_.pop_front();
  }
  wake_.notify_all();
  return idle_.wait_for(lock, timeout, [this] { return stopping_ || (queue_.empty() && held_.empty() && !working_); });
}

void WooWebhooks::Loop() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stopping_) {
    if (queue_.empty()) {
      idle_.notify_all();
      wake_.wait(lock);
      continue;
    }
    Pending item = queue_.front();
    queue_.pop_front();
    working_ = true;
    lock.unlock();
    int copies = 1;
    if (!item.ping && !item.held) {
      switch (faults_->NextWebhook().kind) {
        case WebhookVerdict::Kind::kSend:
          break;
        case WebhookVerdict::Kind::kDrop:
          copies = 0;
          break;
        case WebhookVerdict::Kind::kDuplicate:
          copies = 2;
          break;
        case WebhookVerdict::Kind::kHold:
          copies = 0;
          item.held = true;
          break;
      }
    }
    for (int i = 0; i < copies; ++i) Deliver(item);
    lock.lock();
    if (item.held && copies == 0) {
      held_.push_back(item);
    } else if (copies > 0 && !held_.empty()) {
      // What was held follows the delivery that overtook it.
      queue_.push_front(held_.front());
      held_.pop_front();
    }
    working_ = false;
  }
}

void WooWebhooks::Deliver(const Pending& item) {
  SandboxDelivery delivery;
  std::string secret;
  std::string topic;
  std::string site;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    const auto hook = registered_.find(item.hook);
    if (hook == registered_.end() || hook->second.shown["status"].text() != "active") return;
    delivery.url = hook->second.shown["delivery_url"].text();
    secret = hook->second.secret;
    topic = hook->second.shown["topic"].text();
    site = site_;
  }
  delivery.headers.emplace_back("User-Agent",
                                absl::StrCat("WooCommerce/", version_, " Hookshot (WordPress/", wordpress_, ")"));
  if (item.ping) {
    delivery.body = absl::StrCat("webhook_id=", item.hook);
    delivery.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    Send(delivery);
    return;
  }
  const auto dot = topic.find('.');
  const std::string resource = topic.substr(0, dot);
  const std::string event = topic.substr(dot + 1);
  // The payload is what the record is now, not what it was at the event.
  const Json payload = event == "deleted" ? Json::Object({{"id", item.id}}) : hooks_.payload(resource, item.id);
  delivery.topic = topic;
  delivery.body = payload.Dump(Json::Style::kPhp);
  const std::int64_t second = std::chrono::duration_cast<std::chrono::seconds>(hooks_.now().time_since_epoch()).count();
  delivery.headers.insert(
      delivery.headers.end(),
      {{"Content-Type", "application/json"},
       {"X-WC-Webhook-Source", site + "/"},
       {"X-WC-Webhook-Topic", topic},
       {"X-WC-Webhook-Resource", resource},
       {"X-WC-Webhook-Event", event},
       {"X-WC-Webhook-Signature", Base64Encode(HmacSha256(secret, delivery.body))},
       {"X-WC-Webhook-ID", absl::StrCat(item.hook)},
       // Made from the webhook and the second: two orders delivered within one second share it.
       {"X-WC-Webhook-Delivery-ID", Hex(HmacSha256("delivery", absl::StrCat(item.hook, ":", second))).substr(0, 32)}});
  const int status = Send(delivery);
  std::lock_guard<std::mutex> lock(mutex_);
  const auto hook = registered_.find(item.hook);
  if (hook == registered_.end()) return;
  if (status >= 200 && status < 400) {
    ++delivered_;
    hook->second.failures = 0;
    return;
  }
  // Nothing is sent again; after some failures the webhook switches itself off, and each failure brings a ping.
  if (++hook->second.failures > kFailuresUntilDisabled) {
    hook->second.shown.Set("status", "disabled");
  } else {
    queue_.push_back({item.hook, 0, true, false});
  }
}

int WooWebhooks::Send(const SandboxDelivery& delivery) {
  std::function<int(const SandboxDelivery&)> receiver;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    receiver = receiver_;
  }
  if (receiver) return receiver(delivery);
  return PostToLoopback(delivery.url, delivery.headers, delivery.body).status;
}

}  // namespace internal
}  // namespace testing
FAIRLEAD_NAMESPACE_END
