// Tryton for the conformance kit, over its own JSON-RPC: the same for the sandbox and for a real server.
#ifndef FAIRLEAD_TESTS_CONFORMANCE_TRYTON_SUBJECT_H_
#define FAIRLEAD_TESTS_CONFORMANCE_TRYTON_SUBJECT_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fairlead/connectors/tryton/connector.h"
#include "fairlead/testing/conformance_subject.h"
#include "tests/conformance/api.h"

namespace fairlead::conformance {

class TrytonSubject : public testing::ConformanceSubject, private RefResolver {
 public:
  TrytonSubject(std::string name, std::string url, std::string database, std::string user, std::string password)
      : name_(std::move(name)), api_(std::move(url), std::move(database), std::move(user), std::move(password)) {}

  /// Orders of buyers that the ERP knows, instead of guests.
  void UseRegisteredBuyers() { registered_buyers_ = true; }

  std::string name() const override { return name_; }
  absl::StatusOr<std::unique_ptr<Connector>> Connect(http::Transport& transport) override;
  http::Transport& transport() override { return transport_; }
  RefResolver* resolver() override { return this; }

  absl::StatusOr<std::string> Make(v1::EntityKind entity) override;
  absl::Status Change(v1::EntityKind entity, std::string_view id) override;
  absl::Status Delete(v1::EntityKind entity, std::string_view id) override;
  std::string MissingId(v1::EntityKind entity) override;
  absl::StatusOr<WriteIntent> Intent(const v1::WriteOperation& operation) override;
  absl::StatusOr<WriteIntent> PoisonIntent(const v1::WriteOperation& operation) override;
  absl::StatusOr<std::int64_t> Effects(const WriteIntent& intent, const PreparedWrite& write) override;
  absl::Status Compare(const WriteIntent& intent, const v1::WriteOperation& operation, const Record& read) override;
  std::vector<std::string> Secrets() override { return {api_.password()}; }

 private:
  struct Product {
    std::string template_id;
    std::string id;
    std::string code;
  };

  absl::StatusOr<std::optional<std::string>> IdFor(v1::EntityKind entity, const v1::ExternalRef& source) override;
  absl::StatusOr<Product> MakeProduct();
  absl::StatusOr<std::string> MakeParty(std::string* address = nullptr);
  absl::StatusOr<std::string> Warehouse();
  absl::Status Count(std::string_view product, int quantity);
  /// A sale with one line, taken as far as these buttons take it.
  absl::StatusOr<std::string> MakeSale(const std::vector<std::string>& buttons);
  absl::StatusOr<std::int64_t> Number(std::string_view model, const std::string& domain);

  const std::string name_;
  TrytonApi api_;
  http::CurlTransport transport_;
  std::map<std::string, std::string> parties_;  // Store's customer id -> party.
  int number_ = 0;
  bool registered_buyers_ = false;
};

}  // namespace fairlead::conformance

#endif  // FAIRLEAD_TESTS_CONFORMANCE_TRYTON_SUBJECT_H_
