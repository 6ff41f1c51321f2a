#include "fairlead/connectors/tryton/connector.h"

#include <utility>

#include "fairlead/core/error.h"
#include "src/connectors/tryton/internal/catalog.h"
#include "src/connectors/tryton/internal/manifest.h"
#include "src/connectors/tryton/internal/reads.h"
#include "src/connectors/tryton/internal/rpc.h"
#include "src/connectors/tryton/internal/writes.h"

FAIRLEAD_NAMESPACE_BEGIN

class TrytonConnector::Impl {
 public:
  Impl(TrytonOptions given, http::Transport& transport, Runtime runtime)
      : options(std::move(given)),
        valid(options.Validate()),
        rpc(options, transport, runtime),
        catalog(options, rpc, runtime),
        reads(options, rpc, catalog, runtime),
        writes(options, rpc, catalog, runtime) {}

  const TrytonOptions options;
  const absl::Status valid;
  tryton::Rpc rpc;
  tryton::Catalog catalog;
  tryton::Reads reads;
  tryton::Writes writes;
};

absl::StatusOr<std::unique_ptr<TrytonConnector>> TrytonConnector::Create(TrytonOptions options,
                                                                         http::Transport& transport, Runtime runtime) {
  FAIRLEAD_RETURN_IF_ERROR(options.Validate());
  return std::make_unique<TrytonConnector>(std::move(options), transport, runtime);
}

TrytonConnector::TrytonConnector(TrytonOptions options, http::Transport& transport, Runtime runtime)
    : impl_(std::make_unique<Impl>(std::move(options), transport, runtime)) {}
TrytonConnector::~TrytonConnector() = default;

Manifest TrytonConnector::Describe() const { return tryton::MakeManifest(impl_->options); }

absl::StatusOr<HealthReport> TrytonConnector::Health(const CallContext& context) {
  FAIRLEAD_RETURN_IF_ERROR(impl_->valid);
  return impl_->reads.Health(context);
}

absl::StatusOr<Record> TrytonConnector::ReadOne(const ReadRequest& request, const CallContext& context) {
  FAIRLEAD_RETURN_IF_ERROR(impl_->valid);
  return impl_->reads.ReadOne(request, context);
}

absl::StatusOr<Page> TrytonConnector::ListSince(const ListRequest& request, const CallContext& context) {
  FAIRLEAD_RETURN_IF_ERROR(impl_->valid);
  return impl_->reads.ListSince(request, context);
}

absl::StatusOr<Page> TrytonConnector::ListAll(const ListRequest& request, const CallContext& context) {
  FAIRLEAD_RETURN_IF_ERROR(impl_->valid);
  return impl_->reads.ListAll(request, context);
}

absl::StatusOr<Preparation> TrytonConnector::Prepare(const WriteIntent& intent, const CallContext& context) {
  FAIRLEAD_RETURN_IF_ERROR(impl_->valid);
  return impl_->writes.Prepare(intent, context);
}

absl::StatusOr<WriteResult> TrytonConnector::Write(const PreparedWrite& write, const CallContext& context) {
  FAIRLEAD_RETURN_IF_ERROR(impl_->valid);
  return impl_->writes.Write(write, context);
}

absl::StatusOr<LookupResult> TrytonConnector::Lookup(const PreparedWrite& write, const CallContext& context) {
  FAIRLEAD_RETURN_IF_ERROR(impl_->valid);
  return impl_->writes.Lookup(write, context);
}

FAIRLEAD_NAMESPACE_END
