// Every read of the connector: listings by stamp and in full, single records, health.
#ifndef FAIRLEAD_SRC_CONNECTORS_TRYTON_INTERNAL_READS_H_
#define FAIRLEAD_SRC_CONNECTORS_TRYTON_INTERNAL_READS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "fairlead/connector/connector.h"
#include "fairlead/core/export.h"
#include "fairlead/v1/address.pb.h"
#include "fairlead/v1/header.pb.h"
#include "fairlead/v1/inventory.pb.h"
#include "fairlead/v1/invoice.pb.h"
#include "fairlead/v1/order.pb.h"
#include "fairlead/v1/party.pb.h"
#include "fairlead/v1/payment.pb.h"
#include "fairlead/v1/product.pb.h"
#include "fairlead/v1/shipment.pb.h"
#include "src/connectors/tryton/internal/catalog.h"
#include "src/connectors/tryton/internal/rpc.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace tryton {

/// What a reader makes of some ids.
struct Batch {
  std::vector<Record> records;
  std::vector<UnreadableRecord> unreadable;
};

/// What mapping one row needs.
struct MapContext {
  const TrytonOptions& options;
  const CatalogData& catalog;
  Stamp now = 0;  ///< When the bytes were read; 0: not said.
};

/// What readers work with.
struct ReadContext : MapContext {
  ReadContext(const TrytonOptions& given_options, const CatalogData& given_catalog, Rpc& given_rpc,
              Runtime given_runtime, const CallContext& given_call)
      : MapContext{given_options, given_catalog, given_runtime.clock->WallNow().time_since_epoch().count() / 1000},
        rpc(given_rpc),
        runtime(given_runtime),
        call(given_call) {}
  Rpc& rpc;
  Runtime runtime;
  const CallContext& call;
};

/// Records of these ids, in ascending order of ids; ids that do not exist are left out.
using Reader = absl::StatusOr<Batch> (*)(const ReadContext& context, const std::vector<std::int64_t>& ids);

absl::StatusOr<Batch> ReadParties(const ReadContext& context, const std::vector<std::int64_t>& ids);
absl::StatusOr<Batch> ReadProducts(const ReadContext& context, const std::vector<std::int64_t>& ids);
/// Ids are products; one record per product and configured warehouse.
absl::StatusOr<Batch> ReadStock(const ReadContext& context, const std::vector<std::int64_t>& ids);
absl::StatusOr<Batch> ReadOrders(const ReadContext& context, const std::vector<std::int64_t>& ids);
absl::StatusOr<Batch> ReadShipments(const ReadContext& context, const std::vector<std::int64_t>& ids);
absl::StatusOr<Batch> ReadReturns(const ReadContext& context, const std::vector<std::int64_t>& ids);
absl::StatusOr<Batch> ReadInvoices(const ReadContext& context, const std::vector<std::int64_t>& ids);
absl::StatusOr<Batch> ReadPayments(const ReadContext& context, const std::vector<std::int64_t>& ids);

/// Thread-safe.
class Reads {
 public:
  Reads(const TrytonOptions& options, Rpc& rpc, Catalog& catalog, Runtime runtime)
      : options_(options), rpc_(rpc), catalog_(catalog), runtime_(runtime) {}

  absl::StatusOr<HealthReport> Health(const CallContext& context);
  absl::StatusOr<Record> ReadOne(const ReadRequest& request, const CallContext& context);
  absl::StatusOr<Page> ListSince(const ListRequest& request, const CallContext& context);
  absl::StatusOr<Page> ListAll(const ListRequest& request, const CallContext& context);

 private:
  const TrytonOptions& options_;
  Rpc& rpc_;
  Catalog& catalog_;
  Runtime runtime_;
};

// --- Shared by the readers.

/// `[["field","in",[1,2]]]`.
std::string In(std::string_view field, const std::vector<std::int64_t>& ids);
/// `[["field","in",["model,1","model,2"]]]`.
std::string InReferences(std::string_view field, std::string_view model, const std::vector<std::int64_t>& ids);
/// Sets system, type, id, role and state of the record's own name, times and version.
void FillHeader(const MapContext& context, std::string_view model, const json::Value& row, v1::EntityHeader& header);
v1::ExternalRef OwnRef(const MapContext& context, std::string_view model, std::int64_t id);
/// False for null and for what is no Decimal.
bool FillMoney(std::string_view currency, const json::Value& value, v1::DualMoney& out, bool negate = false);
/// UN/CEFACT Rec 20 code of a unit by its symbol; the symbol itself where it is not known.
std::string UnitCode(std::string_view symbol);
void FillQuantity(const json::Value& value, std::string_view symbol, v1::Quantity& out);
/// From a row with dotted country and subdivision codes.
void FillAddress(const json::Value& row, v1::Address& address);
/// A row that could not be read, with its bytes.
UnreadableRecord Unreadable(const json::Value& row, std::string_view why);

/// The currency of a row; nullptr where it is not active. Offline the code comes from the caller.
const Currency* CurrencyOf(const MapContext& context, const json::Value& row);

// One row each, as far as the row itself says it. False: not readable.
bool MapParty(const MapContext& context, const json::Value& row, v1::Party& party);
bool MapTemplate(const MapContext& context, const json::Value& row, v1::Product& product);
bool MapVariant(const MapContext& context, const json::Value& row, const v1::Product& product, v1::Variant& variant);
bool MapStock(const MapContext& context, const json::Value& row, std::int64_t warehouse, std::string_view location,
              v1::InventoryLevel& level);
bool MapSale(const MapContext& context, const json::Value& row, v1::Order& order,
             std::vector<MappingFinding>& findings);
bool MapShipment(const MapContext& context, const json::Value& row, bool returned, v1::Shipment& shipment,
                 std::vector<MappingFinding>& findings);
bool MapInvoice(const MapContext& context, const json::Value& row, v1::Invoice& invoice,
                std::vector<MappingFinding>& findings);
bool MapPayment(const MapContext& context, const json::Value& row, v1::Payment& payment,
                std::vector<MappingFinding>& findings);
/// A record around a mapped message.
Record MakeRecord(v1::EntityKind entity, std::string id, const json::Value& row,
                  std::unique_ptr<google::protobuf::Message> message);

/// Sale lines by id, as shipments and invoices name them.
struct SaleLineRef {
  std::int64_t sale = 0;
  std::string reference;
  std::string number;
};
absl::StatusOr<std::map<std::int64_t, SaleLineRef>> ReadSaleLineRefs(const ReadContext& context,
                                                                     const std::vector<std::int64_t>& lines);

}  // namespace tryton
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_CONNECTORS_TRYTON_INTERNAL_READS_H_
