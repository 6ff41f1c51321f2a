// What the Tryton tests share: orders as a store would give them, a resolver in memory, and the least engine that
// drives a chain of writes.
#ifndef FAIRLEAD_TESTS_CONNECTORS_TRYTON_SUPPORT_H_
#define FAIRLEAD_TESTS_CONNECTORS_TRYTON_SUPPORT_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "fairlead/connector/connector.h"
#include "fairlead/connectors/tryton/connector.h"
#include "fairlead/v1/order.pb.h"
#include "fairlead/v1/party.pb.h"

namespace fairlead_tryton_test {

namespace v1 = ::fairlead::v1;

/// Ids by "<kind> <system>/<type>/<id>".
class MapResolver : public fairlead::RefResolver {
 public:
  void Link(v1::EntityKind entity, const v1::ExternalRef& ref, std::string id);
  absl::StatusOr<std::optional<std::string>> IdFor(v1::EntityKind entity, const v1::ExternalRef& source) override;

 private:
  std::map<std::string, std::string> ids_;
};

v1::ExternalRef Ref(std::string_view system, std::string_view type, std::string_view id);
void SetMoney(std::string_view currency, std::string_view text, v1::DualMoney& out);
void SetDecimal(std::string_view text, v1::Decimal& out);

/// A line of goods: its net amount is `net`.
v1::OrderLine Item(std::string_view key, std::string_view sku, std::string_view quantity, std::string_view net,
                   std::string_view currency = "USD");
v1::OrderLine Charge(v1::LineKind kind, std::string_view title, std::string_view net,
                     std::string_view currency = "USD");
/// An order of a registered customer ("web/customer/14") with both addresses, without lines and totals.
v1::Order MakeOrder(std::string_view number, std::string_view currency = "USD");
/// The store's stated tax and grand total.
void State(v1::Order& order, std::string_view tax, std::string_view total);
v1::Party MakeParty(std::string_view id, std::string_view name, std::string_view email);

fairlead::WriteIntent Intent(std::string_view operation, v1::EntityKind entity,
                             std::shared_ptr<const google::protobuf::Message> message, std::string_view aggregate);

/// One link as it went.
struct Step {
  std::string operation;  ///< Of the intent.
  fairlead::PreparedWrite write;
  absl::StatusOr<fairlead::WriteResult> result;
};

/// Prepares and writes an intent and all that follows from it. Stops at the first error, at waiting_for, and at
/// nothing_to_do. Each write gets a guard that allows one transmission.
class Driver {
 public:
  Driver(fairlead::Connector& connector, fairlead::RefResolver* resolver)
      : connector_(connector), resolver_(resolver) {}
  absl::Status Run(const fairlead::WriteIntent& intent);

  std::vector<Step> steps;
  std::optional<fairlead::Preparation> stopped;  ///< waiting_for or nothing_to_do.
  std::optional<v1::PostingRecord> posting;      ///< Of the last step that gave one.
  std::vector<fairlead::MappingFinding> findings;
  /// The external id that a step of this operation answered; empty where none did.
  std::string IdOf(std::string_view operation) const;
  std::vector<std::string> Operations() const;
  /// Called before each write; may change it. A returned value is taken in its place.
  std::function<std::optional<absl::StatusOr<fairlead::WriteResult>>(fairlead::PreparedWrite&)> before;
  /// Looks up after an unknown outcome, as the engine would; on absence it sends again.
  bool resolve_unknown = false;

 private:
  fairlead::Connector& connector_;
  fairlead::RefResolver* resolver_;
};

}  // namespace fairlead_tryton_test

#endif  // FAIRLEAD_TESTS_CONNECTORS_TRYTON_SUPPORT_H_
