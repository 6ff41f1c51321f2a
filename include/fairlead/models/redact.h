/// Messages without personal data, for logs, dead letters and reports. What is personal says the (pii) option of its
/// field.
#ifndef FAIRLEAD_MODELS_REDACT_H_
#define FAIRLEAD_MODELS_REDACT_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "fairlead/core/export.h"
#include "fairlead/v1/options.pb.h"
#include "google/protobuf/message.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace models {

struct FAIRLEAD_EXPORT RedactOptions {
  /// Mildest class that is removed. Default: everything marked; PII_DIRECT leaves streets and notes.
  v1::Pii from = v1::PII_INDIRECT;
  /// Stands in place of a text, so that "there, but hidden" differs from "absent".
  std::string replacement = "[redacted]";
};

/// Replaces marked text, clears other marked fields, and with them what may repeat them or what nobody has marked: the
/// header's `custom` values, its extensions, and the details of field states that name a marked field. Thread-safe for
/// messages that are not shared.
FAIRLEAD_EXPORT void Redact(google::protobuf::Message& message, const RedactOptions& options = {});
FAIRLEAD_EXPORT std::unique_ptr<google::protobuf::Message> RedactedCopy(const google::protobuf::Message& message,
                                                                        const RedactOptions& options = {});
/// Canonical JSON of the redacted message.
FAIRLEAD_EXPORT absl::StatusOr<std::string> RedactedJson(const google::protobuf::Message& message,
                                                         const RedactOptions& options = {});
/// The (pii) option of a field; PII_UNSPECIFIED where it has none.
FAIRLEAD_EXPORT v1::Pii PiiOf(const google::protobuf::FieldDescriptor& field);

}  // namespace models
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_MODELS_REDACT_H_
