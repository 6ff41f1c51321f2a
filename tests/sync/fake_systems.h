// A storefront and an ERP in memory, behind the connector interface. What the wire would do wrong is scripted.
#ifndef FAIRLEAD_TESTS_SYNC_FAKE_SYSTEMS_H_
#define FAIRLEAD_TESTS_SYNC_FAKE_SYSTEMS_H_

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "fairlead/connector/connector.h"
#include "fairlead/v1/inventory.pb.h"
#include "fairlead/v1/order.pb.h"
#include "fairlead/v1/party.pb.h"
#include "fairlead/v1/shipment.pb.h"

namespace fairlead::testing_sync {

// What happens to the next effectful request.
enum class Wire {
  kFine,
  kLostBefore,   // Never arrives; the client cannot know.
  kLostAfter,    // Applied; the answer is lost.
  kUnavailable,  // 503: not applied.
  kRefused,      // 422: never will be.
};

class FakeSystem : public Connector {
 public:
  explicit FakeSystem(std::string id) : id_(std::move(id)) {}

  // Puts a record, newer than all before.
  void Put(v1::EntityKind entity, const std::string& external_id, const google::protobuf::Message& message);
  void Remove(v1::EntityKind entity, const std::string& external_id) { records_[entity].erase(external_id); }
  std::deque<Wire> wire;
  int requests = 0;  // Effectful transmissions that reached the wire.
  int reads = 0;

  absl::StatusOr<Page> ListSince(const ListRequest& request, const CallContext& context) override;
  absl::StatusOr<Record> ReadOne(const ReadRequest& request, const CallContext& context) override;
  absl::Status VerifyWebhook(const Webhook& webhook) const override;
  absl::StatusOr<ParsedWebhook> ParseWebhook(const Webhook& webhook) const override;
  // The body of a webhook about a record as it is now.
  Webhook WebhookFor(v1::EntityKind entity, const std::string& external_id) const;

 protected:
  struct Stored {
    std::string bytes;
    std::int64_t version = 0;
  };
  // Runs `apply` as the scripted wire does.
  absl::StatusOr<WriteResult> OverTheWire(const CallContext& context,
                                          const std::function<absl::StatusOr<WriteResult>()>& apply);
  Record Make(v1::EntityKind entity, const std::string& external_id, const Stored& stored) const;

  std::string id_;
  std::map<v1::EntityKind, std::map<std::string, Stored>> records_;
  std::int64_t clock_ = 1'000'000;
};

// Takes stock and tracking.
class FakeStore final : public FakeSystem {
 public:
  FakeStore() : FakeSystem("web") {}
  std::map<std::string, std::string> stock;                            // external id -> last written value
  std::map<std::string, std::map<std::string, std::string>> tracking;  // order id -> shipment id -> numbers

  Manifest Describe() const override;
  absl::StatusOr<Preparation> Prepare(const WriteIntent& intent, const CallContext& context) override;
  absl::StatusOr<WriteResult> Write(const PreparedWrite& write, const CallContext& context) override;
};

struct FakeSale {
  std::string id;
  std::string reference;
  std::string party;
  std::string content;
  std::string state = "draft";
};

// Takes parties and sales: create, then confirm, then a read-back that makes it POSTED.
class FakeErp final : public FakeSystem {
 public:
  FakeErp() : FakeSystem("erp") {}
  std::vector<FakeSale> sales;
  std::vector<std::string> parties;
  std::map<std::string, std::string> unknown_skus;  // SKU -> anything: no counterpart here
  bool swallow_confirm = false;                     // Answers fine and does nothing.

  Manifest Describe() const override;
  absl::StatusOr<Preparation> Prepare(const WriteIntent& intent, const CallContext& context) override;
  absl::StatusOr<WriteResult> Write(const PreparedWrite& write, const CallContext& context) override;
  absl::StatusOr<LookupResult> Lookup(const PreparedWrite& write, const CallContext& context) override;
};

v1::Order MakeOrder(const std::string& number, const std::string& sku, int quantity,
                    const std::string& email = "ada@mail.example.com");
v1::InventoryLevel MakeLevel(const std::string& sku, const std::string& location, int available);

}  // namespace fairlead::testing_sync

#endif  // FAIRLEAD_TESTS_SYNC_FAKE_SYSTEMS_H_
