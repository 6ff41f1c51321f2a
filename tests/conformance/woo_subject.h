// WooCommerce for the conformance kit, over its own REST API: the same for the sandbox and for a team's store.
#ifndef FAIRLEAD_TESTS_CONFORMANCE_WOO_SUBJECT_H_
#define FAIRLEAD_TESTS_CONFORMANCE_WOO_SUBJECT_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fairlead/connectors/woocommerce/connector.h"
#include "fairlead/testing/conformance_subject.h"
#include "tests/conformance/api.h"

namespace fairlead::conformance {

class WooSubject : public testing::ConformanceSubject {
 public:
  WooSubject(std::string name, std::string url, std::string key, std::string secret)
      : name_(std::move(name)), api_(std::move(url), std::move(key), std::move(secret)) {}

  std::string name() const override { return name_; }
  absl::StatusOr<std::unique_ptr<Connector>> Connect(http::Transport& transport) override;
  http::Transport& transport() override { return transport_; }

  absl::StatusOr<std::string> Make(v1::EntityKind entity) override;
  absl::Status Change(v1::EntityKind entity, std::string_view id) override;
  absl::Status Delete(v1::EntityKind entity, std::string_view id) override;
  std::string MissingId(v1::EntityKind entity) override;
  absl::StatusOr<WriteIntent> Intent(const v1::WriteOperation& operation) override;
  absl::StatusOr<WriteIntent> PoisonIntent(const v1::WriteOperation& operation) override;
  absl::StatusOr<std::int64_t> Effects(const WriteIntent& intent, const PreparedWrite& write) override;
  absl::StatusOr<Record> ReadBack(Connector& connector, const WriteIntent& intent,
                                  std::string_view external_id) override;
  absl::StatusOr<Webhook> MakeWebhook(const testing::WebhookWanted& wanted) override;
  std::vector<std::string> Secrets() override;

 protected:
  WooApi& api() { return api_; }

 private:
  absl::StatusOr<std::string> MakeProduct();
  absl::StatusOr<std::string> MakeOrder();

  const std::string name_;
  WooApi api_;
  http::CurlTransport transport_;
  int number_ = 0;
};

}  // namespace fairlead::conformance

#endif  // FAIRLEAD_TESTS_CONFORMANCE_WOO_SUBJECT_H_
