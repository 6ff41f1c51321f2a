#include "fairlead/testing/conformance_subject.h"

#include "absl/strings/str_cat.h"
#include "fairlead/models/field_path.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {
namespace {

absl::Status Absent(const std::string& what) { return absl::UnimplementedError("the subject " + what); }

/// One text for all that a path leads to.
absl::StatusOr<std::string> TextAt(const google::protobuf::Message& message, const std::string& path) {
  const auto matches = models::FindFields(message, path);
  if (!matches.ok()) return matches.status();
  std::string text;
  for (const models::FieldMatch& match : *matches) absl::StrAppend(&text, match.path, "=", match.Text(), "\n");
  return text;
}

}  // namespace

ConformanceSubject::~ConformanceSubject() = default;

RefResolver* ConformanceSubject::resolver() { return nullptr; }

absl::StatusOr<std::string> ConformanceSubject::Make(v1::EntityKind entity) {
  return Absent("makes no " + v1::EntityKind_Name(entity));
}
absl::Status ConformanceSubject::Change(v1::EntityKind entity, std::string_view) {
  return Absent("changes no " + v1::EntityKind_Name(entity));
}
absl::Status ConformanceSubject::Delete(v1::EntityKind entity, std::string_view) {
  return Absent("deletes no " + v1::EntityKind_Name(entity));
}
std::string ConformanceSubject::MissingId(v1::EntityKind) { return "999999999"; }

absl::StatusOr<WriteIntent> ConformanceSubject::Intent(const v1::WriteOperation& operation) {
  return Absent("has nothing to write with " + operation.name());
}
absl::StatusOr<WriteIntent> ConformanceSubject::PoisonIntent(const v1::WriteOperation& operation) {
  return Absent("knows no " + operation.name() + " that is always refused");
}
absl::StatusOr<std::int64_t> ConformanceSubject::Effects(const WriteIntent&, const PreparedWrite& write) {
  return Absent("does not count effects of " + write.operation);
}

absl::StatusOr<Record> ConformanceSubject::ReadBack(Connector& connector, const WriteIntent& intent,
                                                    std::string_view external_id) {
  CallContext context;
  context.resolver = resolver();
  return connector.ReadOne(ReadRequest{intent.entity, std::string(external_id)}, context);
}

absl::Status ConformanceSubject::Compare(const WriteIntent& intent, const v1::WriteOperation& operation,
                                         const Record& read) {
  if (operation.writes_fields().empty())
    return Absent("compares nothing, and the manifest declares no fields of " + operation.name());
  if (intent.message == nullptr || read.message == nullptr)
    return Absent("has no message to compare for " + operation.name());
  for (const std::string& path : operation.writes_fields()) {
    const auto written = TextAt(*intent.message, path);
    const auto found = TextAt(*read.message, path);
    if (!written.ok()) return written.status();
    if (!found.ok()) return found.status();
    if (*written != *found)
      return absl::DataLossError(absl::StrCat(path, ": wrote '", *written, "', read '", *found, "'"));
  }
  return absl::OkStatus();
}

absl::Status ConformanceSubject::SetFaults(const FaultPlan&) { return Absent("cannot make its server fail"); }
absl::StatusOr<Webhook> ConformanceSubject::MakeWebhook(const WebhookWanted&) { return Absent("sends no webhooks"); }
std::vector<std::string> ConformanceSubject::Secrets() { return {}; }

}  // namespace testing
FAIRLEAD_NAMESPACE_END
