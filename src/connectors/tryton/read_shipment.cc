#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "fairlead/models/decimal.h"
#include "fairlead/v1/shipment.pb.h"
#include "src/connectors/tryton/internal/reads.h"
#include "src/core/internal/absl_compat.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace tryton {
namespace {

struct Move {
  std::int64_t id = 0;
  std::int64_t product = 0;
  std::int64_t sale_line = 0;
  std::string code;
  std::string unit;
  models::Dec quantity;
};

v1::Shipment::Status StatusOf(std::string_view state, bool returned) {
  if (state == "draft" || state == "waiting") return v1::Shipment::STATUS_PLANNED;
  if (state == "assigned") return v1::Shipment::STATUS_ALLOCATED;
  if (state == "picked") return v1::Shipment::STATUS_PICKED;
  if (state == "packed") return v1::Shipment::STATUS_PACKED;
  if (state == "received") return v1::Shipment::STATUS_DELIVERED;
  if (state == "done") return returned ? v1::Shipment::STATUS_DELIVERED : v1::Shipment::STATUS_SHIPPED;
  if (state == "cancelled") return v1::Shipment::STATUS_CANCELLED;
  return v1::Shipment::STATUS_UNSPECIFIED;
}

void FillLine(const ReadContext& context, const Move& move, v1::LineQuantity& line) {
  *line.mutable_variant() = OwnRef(context, "product.product", move.product);
  line.set_sku(move.code);
  models::ToProto(move.quantity, *line.mutable_quantity()->mutable_value());
  line.mutable_quantity()->set_uom(UnitCode(move.unit));
}

/// One entry per product: the same goods may have been split over several moves.
template <typename Lines>
void FillLines(const ReadContext& context, const std::vector<const Move*>& moves, Lines* lines) {
  std::map<std::int64_t, Move> sums;
  for (const Move* move : moves) {
    const auto [entry, first] = sums.emplace(move->product, *move);
    if (first) continue;
    const absl::StatusOr<models::Dec> sum = models::Add(entry->second.quantity, move->quantity);
    if (sum.ok()) entry->second.quantity = models::Normalize(*sum);
  }
  for (const auto& [product, move] : sums) FillLine(context, move, *lines->Add());
}

/// Everything of a shipment that is in other tables.
absl::StatusOr<Batch> ReadShipmentsOf(const ReadContext& context, const std::vector<std::int64_t>& ids, bool returned) {
  const std::string_view model = returned ? "stock.shipment.out.return" : "stock.shipment.out";
  const std::string_view moves_field = returned ? "incoming_moves" : "outgoing_moves";
  const bool has_packages = !returned && context.catalog.HasModule("stock_package");
  const bool has_tracking = has_packages && context.catalog.HasModule("stock_package_shipping");
  const std::string fields =
      absl::StrCat(R"(["number","state","effective_date","delivery_address","warehouse","create_date","write_date",")",
                   internal::ToAbsl(moves_field), has_tracking ? R"(","carrier.rec_name"])" : "\"]");
  FAIRLEAD_ASSIGN_OR_RETURN(const Answer rows,
                            context.rpc.ReadPage(absl::StrCat("model.", internal::ToAbsl(model), ".search_read"),
                                                 SearchRead(In("id", ids), fields), context.call));
  FAIRLEAD_ASSIGN_OR_RETURN(
      const Answer move_rows,
      context.rpc.Read("model.stock.move.search_read",
                       SearchRead(InReferences("shipment", model, ids),
                                  R"(["product","product.code","uom.symbol","quantity","state","origin"])"),
                       context.call));
  std::map<std::int64_t, Move> moves;
  std::vector<std::int64_t> sale_lines;
  for (const json::Value row : move_rows.result.Items()) {
    if (row["state"].text() == "cancelled") continue;
    Move move;
    move.id = ReadId(row["id"]);
    move.product = ReadId(row["product"]);
    move.code = std::string(row["product."]["code"].text());
    move.unit = std::string(row["uom."]["symbol"].text());
    move.quantity = ReadFloat(row["quantity"]).value_or(models::Dec{});
    if (const Reference origin = ReadReference(row["origin"]); origin.model == "sale.line") {
      move.sale_line = origin.id;
      sale_lines.push_back(origin.id);
    }
    moves.emplace(move.id, std::move(move));
  }
  std::sort(sale_lines.begin(), sale_lines.end());
  sale_lines.erase(std::unique(sale_lines.begin(), sale_lines.end()), sale_lines.end());
  FAIRLEAD_ASSIGN_OR_RETURN(const auto line_refs, ReadSaleLineRefs(context, sale_lines));

  std::vector<std::int64_t> address_ids;
  for (const json::Value row : rows.result.Items()) {
    if (const std::int64_t id = ReadId(row["delivery_address"]); id != 0) address_ids.push_back(id);
  }
  Answer addresses;
  if (!address_ids.empty()) {
    FAIRLEAD_ASSIGN_OR_RETURN(
        addresses, context.rpc.Read(
                       "model.party.address.search_read",
                       SearchRead(In("id", address_ids),
                                  R"(["party_name","street","city","postal_code","country.code","subdivision.code"])"),
                       context.call, R"("active_test":false)"));
  }
  Answer packages;
  if (has_packages) {
    FAIRLEAD_ASSIGN_OR_RETURN(
        packages, context.rpc.Read("model.stock.package.search_read",
                                   SearchRead(InReferences("shipment", model, ids),
                                              has_tracking ? R"(["code","shipment","moves","shipping_reference"])"
                                                           : R"(["code","shipment","moves"])"),
                                   context.call));
  }

  Batch batch;
  for (const json::Value row : rows.result.Items()) {
    auto shipment = std::make_unique<v1::Shipment>();
    std::vector<MappingFinding> findings;
    if (!row.Check().ok() || !MapShipment(context, row, returned, *shipment, findings)) {
      batch.unreadable.push_back(Unreadable(row, "a shipment without id"));
      continue;
    }
    const std::int64_t id = ReadId(row["id"]);
    for (const json::Value address : addresses.result.Items()) {
      if (ReadId(address["id"]) == ReadId(row["delivery_address"])) FillAddress(address, *shipment->mutable_to());
    }
    std::vector<const Move*> own;
    std::map<std::int64_t, const SaleLineRef*> sales;
    for (const json::Value move_id : row[moves_field].Items()) {
      const auto move = moves.find(ReadId(move_id));
      if (move == moves.end()) continue;
      own.push_back(&move->second);
      if (const auto line = line_refs.find(move->second.sale_line); line != line_refs.end() && line->second.sale != 0) {
        sales.emplace(line->second.sale, &line->second);
      }
    }
    FillLines(context, own, shipment->mutable_lines());
    for (const auto& [sale, line] : sales) {
      v1::ExternalRef* order = shipment->add_orders();
      *order = OwnRef(context, "sale.sale", sale);
      order->set_human_number(line->number);
      if (shipment->order_reference().empty()) shipment->set_order_reference(line->reference);
    }
    for (const json::Value package_row : packages.result.Items()) {
      if (ReadReference(package_row["shipment"]).id != id) continue;
      v1::Package* package = shipment->add_packages();
      *package->mutable_ref() = OwnRef(context, "stock.package", ReadId(package_row["id"]));
      package->mutable_ref()->set_human_number(std::string(package_row["code"].text()));
      package->set_carrier(shipment->carrier());
      package->set_tracking_number(std::string(package_row["shipping_reference"].text()));
      std::vector<const Move*> inside;
      for (const json::Value move_id : package_row["moves"].Items()) {
        if (const auto move = moves.find(ReadId(move_id)); move != moves.end()) inside.push_back(&move->second);
      }
      FillLines(context, inside, package->mutable_lines());
    }
    Record record =
        MakeRecord(v1::SHIPMENT, returned ? absl::StrCat("return:", id) : absl::StrCat(id), row, std::move(shipment));
    record.findings = std::move(findings);
    batch.records.push_back(std::move(record));
  }
  return batch;
}

}  // namespace

bool MapShipment(const MapContext& context, const json::Value& row, bool returned, v1::Shipment& shipment,
                 std::vector<MappingFinding>& findings) {
  if (ReadId(row["id"]) == 0) return false;
  FillHeader(context, returned ? "stock.shipment.out.return" : "stock.shipment.out", row, *shipment.mutable_header());
  shipment.mutable_header()->mutable_refs(0)->set_human_number(std::string(row["number"].text()));
  shipment.set_number(std::string(row["number"].text()));
  shipment.set_direction(returned ? v1::Shipment::DIRECTION_RETURN : v1::Shipment::DIRECTION_OUTBOUND);
  const std::string_view state = row["state"].text();
  shipment.set_source_status(std::string(state));
  shipment.set_status(StatusOf(state, returned));
  if (shipment.status() == v1::Shipment::STATUS_UNSPECIFIED) {
    findings.push_back(
        MappingFinding{"status", "unknown_status", absl::StrCat("shipment state '", internal::ToAbsl(state), "'")});
  }
  if (const Warehouse* warehouse = context.catalog.WarehouseById(ReadId(row["warehouse"]))) {
    shipment.set_from_location(warehouse->location);
  }
  shipment.set_carrier(std::string(row["carrier."]["rec_name"].text()));
  if (const std::optional<Date> date = ReadDate(row["effective_date"]); date.has_value() && state == "done") {
    // Tryton keeps the day alone.
    shipment.mutable_shipped_at()->set_seconds(UnixSeconds(*date));
    v1::FieldState* coerced = shipment.mutable_header()->add_field_states();
    coerced->set_path("shipped_at");
    coerced->set_kind(v1::FieldState::KIND_COERCED);
    coerced->set_detail(PrintDate(*date));
  }
  return true;
}

absl::StatusOr<Batch> ReadShipments(const ReadContext& context, const std::vector<std::int64_t>& ids) {
  return ReadShipmentsOf(context, ids, false);
}

absl::StatusOr<Batch> ReadReturns(const ReadContext& context, const std::vector<std::int64_t>& ids) {
  return ReadShipmentsOf(context, ids, true);
}

}  // namespace tryton
FAIRLEAD_NAMESPACE_END
