/// Checks of canonical messages: everything that is wrong at once, each with its place and what to do.
#ifndef FAIRLEAD_MODELS_VALIDATE_H_
#define FAIRLEAD_MODELS_VALIDATE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "fairlead/core/export.h"
#include "fairlead/v1/invoice.pb.h"
#include "fairlead/v1/order.pb.h"
#include "fairlead/v1/payment.pb.h"
#include "fairlead/v1/refund.pb.h"
#include "fairlead/v1/shipment.pb.h"
#include "google/protobuf/message.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace models {

enum class Severity : std::uint8_t {
  /// Breaks the model itself (a line without a key, two currencies in one amount, text that is not UTF-8): a defect of
  /// whoever made the message.
  kInvalid = 1,
  /// The source contradicts itself or its quantities do not add up. What a source says is reported and never refused.
  kFinding = 2,
  /// Worth a look: an exponent other than ISO's, a code we do not know.
  kNote = 3,
};
FAIRLEAD_EXPORT std::string_view SeverityName(Severity severity);

struct FAIRLEAD_EXPORT Violation {
  std::string path;     ///< Field path ("lines[item:910].quantities.shipped"); empty: the message itself.
  std::string message;  ///< What is wrong and what to do.
  Severity severity = Severity::kInvalid;
  std::string code;  ///< Stable name ("OVER_SHIPMENT"), for counting and for runbooks.
  std::string ToString() const;
};

/// All violations of a message of any type, in the order of its fields: those of every value in it, and those of its
/// kind (orders, revisions, shipments, invoices, refunds, …). Never stops at the first. Thread-safe.
FAIRLEAD_EXPORT std::vector<Violation> Validate(const google::protobuf::Message& message);

/// For documents that we send: an error (kValidation) that lists every kInvalid violation and every finding of a kind
/// that the receiver would book wrongly (negative quantities, amounts in two currencies). OK otherwise.
FAIRLEAD_EXPORT absl::Status ValidateToSend(const google::protobuf::Message& message);

/// The documents of one order, as far as they are known. Pointers are borrowed and must not be null.
struct FAIRLEAD_EXPORT OrderDocuments {
  std::vector<const v1::Shipment*> shipments;
  std::vector<const v1::Invoice*> invoices;
  std::vector<const v1::Refund*> refunds;
  std::vector<const v1::Payment*> payments;
};
/// What can be seen only across documents: shipment lines that do not sum to the shipped quantity, refunds above what
/// was captured, more invoiced net of credits than the order's current quantity (CREDIT_DUE). Empty lists are not
/// checked: absent is not zero.
FAIRLEAD_EXPORT std::vector<Violation> ValidateDocuments(const v1::Order& order, const OrderDocuments& documents);

}  // namespace models
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_MODELS_VALIDATE_H_
