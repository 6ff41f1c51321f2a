#include "fairlead/connector/connector.h"

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace {

absl::Status Unsupported(const Connector& connector, std::string_view call) {
  return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent,
                   absl::StrCat("the ", connector.Describe().proto().system(), " connector does not offer ",
                                absl::string_view(call.data(), call.size()), "; its manifest says what it does offer"));
}

}  // namespace

RefResolver::~RefResolver() = default;
Connector::~Connector() = default;

absl::StatusOr<HealthReport> Connector::Health(const CallContext&) { return Unsupported(*this, "Health"); }
absl::StatusOr<Record> Connector::ReadOne(const ReadRequest&, const CallContext&) {
  return Unsupported(*this, "ReadOne");
}
absl::StatusOr<Page> Connector::ListSince(const ListRequest&, const CallContext&) {
  return Unsupported(*this, "ListSince");
}
absl::StatusOr<Page> Connector::ListAll(const ListRequest&, const CallContext&) {
  return Unsupported(*this, "ListAll");
}
absl::StatusOr<Preparation> Connector::Prepare(const WriteIntent&, const CallContext&) {
  return Unsupported(*this, "Prepare");
}
absl::StatusOr<WriteResult> Connector::Write(const PreparedWrite&, const CallContext&) {
  return Unsupported(*this, "Write");
}
absl::StatusOr<LookupResult> Connector::Lookup(const PreparedWrite&, const CallContext&) {
  return Unsupported(*this, "Lookup");
}
absl::Status Connector::VerifyWebhook(const Webhook&) const { return Unsupported(*this, "webhooks"); }
absl::StatusOr<ParsedWebhook> Connector::ParseWebhook(const Webhook&) const { return Unsupported(*this, "webhooks"); }

FAIRLEAD_NAMESPACE_END
