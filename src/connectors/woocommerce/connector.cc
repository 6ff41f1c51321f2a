#include "fairlead/connectors/woocommerce/connector.h"

#include <utility>

#include "src/connectors/woocommerce/internal/impl.h"

FAIRLEAD_NAMESPACE_BEGIN

WooCommerceConnector::WooCommerceConnector(WooOptions options, http::Transport& transport, Runtime runtime)
    : impl_(std::make_unique<Impl>(std::move(options), transport, runtime)) {}

absl::StatusOr<std::unique_ptr<WooCommerceConnector>> WooCommerceConnector::Create(WooOptions options,
                                                                                   http::Transport& transport,
                                                                                   Runtime runtime) {
  if (absl::Status status = options.Validate(); !status.ok()) return status;
  return std::make_unique<WooCommerceConnector>(std::move(options), transport, runtime);
}

WooCommerceConnector::~WooCommerceConnector() = default;

Manifest WooCommerceConnector::Describe() const { return impl_->Describe(); }
absl::StatusOr<HealthReport> WooCommerceConnector::Health(const CallContext& context) { return impl_->Health(context); }
absl::StatusOr<Record> WooCommerceConnector::ReadOne(const ReadRequest& request, const CallContext& context) {
  return impl_->ReadOne(request, context);
}
absl::StatusOr<Page> WooCommerceConnector::ListSince(const ListRequest& request, const CallContext& context) {
  return impl_->List(request, /*all=*/false, context);
}
absl::StatusOr<Page> WooCommerceConnector::ListAll(const ListRequest& request, const CallContext& context) {
  return impl_->List(request, /*all=*/true, context);
}
absl::StatusOr<Preparation> WooCommerceConnector::Prepare(const WriteIntent& intent, const CallContext& context) {
  return impl_->Prepare(intent, context);
}
absl::StatusOr<WriteResult> WooCommerceConnector::Write(const PreparedWrite& write, const CallContext& context) {
  return impl_->Write(write, context);
}
absl::StatusOr<LookupResult> WooCommerceConnector::Lookup(const PreparedWrite& write, const CallContext& context) {
  return impl_->Lookup(write, context);
}
absl::Status WooCommerceConnector::VerifyWebhook(const Webhook& webhook) const { return impl_->VerifyWebhook(webhook); }
absl::StatusOr<ParsedWebhook> WooCommerceConnector::ParseWebhook(const Webhook& webhook) const {
  return impl_->ParseWebhook(webhook);
}

FAIRLEAD_NAMESPACE_END
