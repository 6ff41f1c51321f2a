/// Tryton 6.0 as an ERP, over its JSON-RPC. What it reads and writes, its traps and its runbooks: the README beside the
/// implementation.
#ifndef FAIRLEAD_CONNECTORS_TRYTON_CONNECTOR_H_
#define FAIRLEAD_CONNECTORS_TRYTON_CONNECTOR_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fairlead/connector/connector.h"
#include "fairlead/connectors/tryton/options.h"
#include "fairlead/core/export.h"
#include "fairlead/core/runtime.h"
#include "fairlead/http/transport.h"

FAIRLEAD_NAMESPACE_BEGIN

/// Reads parties, products, stock, sales, shipments, invoices and payments; writes parties, sales and payments.
/// Thread-safe. Keeps a session (renewed as needed) and the ids of warehouses, taxes, currencies and units for ten
/// minutes.
class FAIRLEAD_EXPORT TrytonConnector : public Connector {
 public:
  /// kConfiguration if the options are not usable. `transport` and what `runtime` points to must outlive the connector.
  static absl::StatusOr<std::unique_ptr<TrytonConnector>> Create(TrytonOptions options, http::Transport& transport,
                                                                 Runtime runtime);
  /// As Create(); options that are not usable make every call fail with what is wrong.
  TrytonConnector(TrytonOptions options, http::Transport& transport, Runtime runtime);
  ~TrytonConnector() override;
  TrytonConnector(const TrytonConnector&) = delete;
  TrytonConnector& operator=(const TrytonConnector&) = delete;

  Manifest Describe() const override;
  absl::StatusOr<HealthReport> Health(const CallContext& context) override;
  absl::StatusOr<Record> ReadOne(const ReadRequest& request, const CallContext& context) override;
  absl::StatusOr<Page> ListSince(const ListRequest& request, const CallContext& context) override;
  absl::StatusOr<Page> ListAll(const ListRequest& request, const CallContext& context) override;
  absl::StatusOr<Preparation> Prepare(const WriteIntent& intent, const CallContext& context) override;
  absl::StatusOr<WriteResult> Write(const PreparedWrite& write, const CallContext& context) override;
  absl::StatusOr<LookupResult> Lookup(const PreparedWrite& write, const CallContext& context) override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_CONNECTORS_TRYTON_CONNECTOR_H_
