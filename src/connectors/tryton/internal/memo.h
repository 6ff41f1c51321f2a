// What a write carries along the chain: short texts by name, stored with the intent.
#ifndef FAIRLEAD_SRC_CONNECTORS_TRYTON_INTERNAL_MEMO_H_
#define FAIRLEAD_SRC_CONNECTORS_TRYTON_INTERNAL_MEMO_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "fairlead/connector/connector.h"
#include "fairlead/core/export.h"
#include "google/protobuf/message.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace tryton {

/// Names of operations, as in the manifest.
namespace op {
inline constexpr std::string_view kPartyCreate = "party.create";
inline constexpr std::string_view kPartyUpdate = "party.update";
inline constexpr std::string_view kAddressCreate = "party.address.create";
inline constexpr std::string_view kSaleCreate = "sale.create";
inline constexpr std::string_view kSaleQuote = "sale.quote";
inline constexpr std::string_view kSaleConfirm = "sale.confirm";
inline constexpr std::string_view kSaleProcess = "sale.process";
inline constexpr std::string_view kSaleVerify = "sale.verify";
inline constexpr std::string_view kSaleCancel = "sale.cancel";
inline constexpr std::string_view kSaleDraft = "sale.draft";
inline constexpr std::string_view kPaymentCreate = "payment.create";
inline constexpr std::string_view kWarningAcknowledge = "warning.acknowledge";
}  // namespace op

/// Values by name. Those that begin with "_" say where in the chain a write stands and are taken from its intent.
class Memo {
 public:
  Memo() = default;
  /// The intent's args, with its entity, aggregate and purpose.
  static Memo From(const WriteIntent& intent);
  static absl::StatusOr<Memo> Parse(std::string_view text);
  std::string Print() const;

  std::string_view Get(std::string_view name) const;
  std::int64_t GetId(std::string_view name) const;
  void Set(std::string_view name, std::string_view value) { values_[std::string(name)] = std::string(value); }
  void SetId(std::string_view name, std::int64_t id);
  void Remove(std::string_view name) { values_.erase(std::string(name)); }

  /// Keeps a message for a later link of the chain that needs it again.
  void SetMessage(const google::protobuf::Message& message);
  /// nullptr where none is kept.
  std::shared_ptr<const google::protobuf::Message> TakeMessage();

  /// The next link: the same record and lane, all values, a purpose of its own (`suffix` makes it so where the
  /// operation repeats).
  WriteIntent Next(std::string_view operation, std::string_view suffix = {}) const;

 private:
  std::map<std::string, std::string> values_;
};

}  // namespace tryton
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_CONNECTORS_TRYTON_INTERNAL_MEMO_H_
