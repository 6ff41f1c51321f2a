#include "src/connectors/tryton/internal/reads.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "fairlead/core/error.h"
#include "fairlead/models/money.h"
#include "src/connectors/tryton/internal/errors.h"
#include "src/core/internal/absl_compat.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace tryton {
namespace {

using internal::ToAbsl;

/// A table whose rows' stamps say that a record changed. A child that is written for itself leaves its parent's stamp
/// alone, so children are listed too.
struct Source {
  std::string_view model;
  std::string_view parent;        ///< Field that names the record; empty: the row is the record.
  std::string_view parent_model;  ///< With a reference field: the model that counts.
  std::string_view domain;        ///< Further conditions, each followed by a comma.
  Reader reader;
  bool in_full_listing = false;
};

constexpr std::string_view kOnlySales = R"(["type","=","out"],)";
constexpr std::string_view kOnlyReceivable = R"(["kind","=","receivable"],)";

constexpr std::array<Source, 4> kPartySources = {
    Source{"party.party", "", "", "", ReadParties, true},
    Source{"party.address", "party", "", "", ReadParties},
    Source{"party.contact_mechanism", "party", "", "", ReadParties},
    Source{"party.identifier", "party", "", "", ReadParties},
};
constexpr std::array<Source, 2> kProductSources = {
    Source{"product.template", "", "", "", ReadProducts, true},
    Source{"product.product", "template", "", "", ReadProducts},
};
constexpr std::array<Source, 2> kStockSources = {
    Source{"product.product", "", "", "", ReadStock, true},
    Source{"stock.move", "product", "", "", ReadStock},
};
constexpr std::array<Source, 2> kOrderSources = {
    Source{"sale.sale", "", "", "", ReadOrders, true},
    Source{"sale.line", "sale", "", "", ReadOrders},
};
constexpr std::array<Source, 5> kShipmentSources = {
    Source{"stock.shipment.out", "", "", "", ReadShipments, true},
    Source{"stock.shipment.out.return", "", "", "", ReadReturns, true},
    Source{"stock.package", "shipment", "stock.shipment.out", "", ReadShipments},
    Source{"stock.move", "shipment", "stock.shipment.out", "", ReadShipments},
    Source{"stock.move", "shipment", "stock.shipment.out.return", "", ReadReturns},
};
constexpr std::array<Source, 2> kInvoiceSources = {
    Source{"account.invoice", "", "", kOnlySales, ReadInvoices, true},
    Source{"account.invoice.line", "invoice", "", R"(["invoice.type","=","out"],)", ReadInvoices},
};
constexpr std::array<Source, 1> kPaymentSources = {
    Source{"account.payment", "", "", kOnlyReceivable, ReadPayments, true},
};

struct Sources {
  const Source* begin = nullptr;
  const Source* end = nullptr;
  std::size_t size() const { return static_cast<std::size_t>(end - begin); }
};

template <std::size_t N>
Sources Of(const std::array<Source, N>& sources) {
  return Sources{sources.data(), sources.data() + N};
}

absl::StatusOr<Sources> SourcesOf(v1::EntityKind entity) {
  switch (entity) {
    case v1::PARTY:
      return Of(kPartySources);
    case v1::PRODUCT:
      return Of(kProductSources);
    case v1::INVENTORY_LEVEL:
      return Of(kStockSources);
    case v1::ORDER:
      return Of(kOrderSources);
    case v1::SHIPMENT:
      return Of(kShipmentSources);
    case v1::INVOICE:
      return Of(kInvoiceSources);
    case v1::PAYMENT:
      return Of(kPaymentSources);
    default:
      return Fail(ErrorKind::kConfiguration, Outcome::kNotSent, "list",
                  absl::StrCat("this connector does not read ", v1::EntityKind_Name(entity)));
  }
}

/// Tables of modules that need not be there.
bool Exists(const Source& source, const CatalogData& catalog) {
  return source.model != "stock.package" || catalog.HasModule("stock_package");
}

/// Where a listing stands. `lower`: stamps from here on are read in this sweep; `next`: from where the next sweep reads
/// (0: this sweep has not begun); then the table and the last row's id.
struct Place {
  char kind = 's';
  Stamp lower = 0;
  Stamp next = 0;
  std::size_t table = 0;
  std::int64_t last = 0;

  std::string Print() const {
    return absl::StrCat("1", std::string(1, kind), ";", lower, ";", next, ";", table, ";", last);
  }
  static absl::StatusOr<Place> Parse(std::string_view text, char kind) {
    Place place;
    place.kind = kind;
    if (text.empty()) return place;
    const std::vector<std::string> parts = absl::StrSplit(ToAbsl(text), ';');
    if (parts.size() == 5 && parts[0] == absl::StrCat("1", std::string(1, kind)) &&
        absl::SimpleAtoi(parts[1], &place.lower) && absl::SimpleAtoi(parts[2], &place.next) &&
        absl::SimpleAtoi(parts[3], &place.table) && absl::SimpleAtoi(parts[4], &place.last)) {
      return place;
    }
    return Fail(ErrorKind::kValidation, Outcome::kNotSent, "list",
                "the cursor is not one of this listing: start without one");
  }
};

std::string Method(std::string_view model) { return absl::StrCat("model.", ToAbsl(model), ".search_read"); }

constexpr std::string_view kInactiveToo = R"("active_test":false)";

/// The newest stamp of a table: of updates, and of creations, whose write_date is null.
absl::StatusOr<Stamp> NewestStamp(const Source& source, Rpc& rpc, const CallContext& context, Stamp& server_time) {
  Stamp newest = 0;
  for (const std::string_view field : {"write_date", "create_date"}) {
    const std::string domain = absl::StrCat("[", ToAbsl(source.domain), "[\"", ToAbsl(field), "\",\"!=\",null]]");
    const std::string order = absl::StrCat("[[\"", ToAbsl(field), "\",\"DESC\"]]");
    const std::string fields = absl::StrCat("[\"", ToAbsl(field), "\"]");
    FAIRLEAD_ASSIGN_OR_RETURN(const Answer answer, rpc.Read(Method(source.model), SearchRead(domain, fields, 1, order),
                                                            context, kInactiveToo));
    newest = std::max(newest, ReadStamp(answer.result.At(0)[field]));
    if (server_time == 0) server_time = answer.server_time;
  }
  return newest;
}

/// Ids of the records that the next rows of a table belong to; moves the place on.
absl::StatusOr<std::vector<std::int64_t>> NextIds(const Source& source, Place& place, std::uint32_t limit,
                                                  bool& table_done, Rpc& rpc, const CallContext& context) {
  json::Writer domain;
  domain.BeginArray();
  if (!source.domain.empty()) domain.Raw(source.domain.substr(0, source.domain.size() - 1));
  domain.BeginArray().String("id").String(">").Int(place.last).EndArray();
  if (place.lower > 0) {
    domain.BeginArray().String("OR");
    domain.BeginArray().String("write_date").String(">=");
    WriteStamp(domain, place.lower);
    domain.EndArray();
    domain.BeginArray();
    domain.BeginArray().String("write_date").String("=").Null().EndArray();
    domain.BeginArray().String("create_date").String(">=");
    WriteStamp(domain, place.lower);
    domain.EndArray().EndArray().EndArray();
  }
  domain.EndArray();
  const std::string fields = absl::StrCat("[\"", source.parent.empty() ? "id" : ToAbsl(source.parent), "\"]");
  FAIRLEAD_ASSIGN_OR_RETURN(
      const Answer answer,
      rpc.Read(Method(source.model), SearchRead(domain.text(), fields, limit), context, kInactiveToo));
  std::vector<std::int64_t> ids;
  for (const json::Value row : answer.result.Items()) {
    place.last = std::max(place.last, ReadId(row["id"]));
    std::int64_t id = 0;
    if (source.parent.empty()) {
      id = ReadId(row["id"]);
    } else if (source.parent_model.empty()) {
      id = ReadId(row[source.parent]);
    } else if (const Reference reference = ReadReference(row[source.parent]); reference.model == source.parent_model) {
      id = reference.id;
    }
    if (id > 0) ids.push_back(id);
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  table_done = answer.result.size() < limit;
  return ids;
}

/// Fills a page from the tables, from `place` on. Children of many parents may fill it with fewer records than rows.
absl::Status Fill(const Sources& sources, bool full, Place& place, std::uint32_t limit, const ReadContext& context,
                  Page& page) {
  while (place.table < sources.size()) {
    const Source& source = sources.begin[place.table];
    bool table_done = true;
    if ((!full || source.in_full_listing) && Exists(source, context.catalog)) {
      FAIRLEAD_ASSIGN_OR_RETURN(const std::vector<std::int64_t> ids,
                                NextIds(source, place, limit, table_done, context.rpc, context.call));
      if (!ids.empty()) {
        FAIRLEAD_ASSIGN_OR_RETURN(Batch batch, source.reader(context, ids));
        page.records = std::move(batch.records);
        page.unreadable = std::move(batch.unreadable);
      }
    }
    if (table_done) {
      ++place.table;
      place.last = 0;
    }
    if (!page.records.empty() || !page.unreadable.empty()) break;
  }
  page.last = place.table >= sources.size();
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Page> Reads::ListSince(const ListRequest& request, const CallContext& context) {
  FAIRLEAD_ASSIGN_OR_RETURN(const Sources sources, SourcesOf(request.entity));
  FAIRLEAD_ASSIGN_OR_RETURN(Place place, Place::Parse(request.cursor, 's'));
  FAIRLEAD_ASSIGN_OR_RETURN(const std::shared_ptr<const CatalogData> catalog, catalog_.Get(context));
  if (place.next == 0) {
    // Fixed before the first row is read: what changes during the sweep is newer and is the next sweep's.
    Stamp newest = 0;
    Stamp server_time = 0;
    for (const Source* source = sources.begin; source != sources.end; ++source) {
      if (!Exists(*source, *catalog)) continue;
      FAIRLEAD_ASSIGN_OR_RETURN(const Stamp stamp, NewestStamp(*source, rpc_, context, server_time));
      newest = std::max(newest, stamp);
    }
    const Stamp overlap = std::chrono::duration_cast<std::chrono::microseconds>(options_.overlap).count();
    // A row's stamp is the beginning of its transaction: younger rows than `newest` may still appear behind it, but not
    // when it is older than any transaction that could be open by the server's own clock.
    constexpr Stamp kClocksDiffer = 60'000'000;
    const bool settled = server_time != 0 && server_time - newest > overlap + kClocksDiffer;
    place.next = std::max({place.lower, settled ? newest + 1 : newest - overlap, Stamp{1}});
  }
  const ReadContext reading(options_, *catalog, rpc_, runtime_, context);
  const std::uint32_t limit =
      request.page_size == 0 ? options_.page_size : std::min<std::uint32_t>(request.page_size, 1000);
  Page page;
  FAIRLEAD_RETURN_IF_ERROR(Fill(sources, /*full=*/false, place, limit, reading, page));
  if (page.last) place = Place{'s', place.next, 0, 0, 0};
  page.next_cursor = place.Print();
  return page;
}

absl::StatusOr<Page> Reads::ListAll(const ListRequest& request, const CallContext& context) {
  FAIRLEAD_ASSIGN_OR_RETURN(const Sources sources, SourcesOf(request.entity));
  FAIRLEAD_ASSIGN_OR_RETURN(Place place, Place::Parse(request.cursor, 'a'));
  FAIRLEAD_ASSIGN_OR_RETURN(const std::shared_ptr<const CatalogData> catalog, catalog_.Get(context));
  const ReadContext reading(options_, *catalog, rpc_, runtime_, context);
  const std::uint32_t limit =
      request.page_size == 0 ? options_.page_size : std::min<std::uint32_t>(request.page_size, 1000);
  Page page;
  FAIRLEAD_RETURN_IF_ERROR(Fill(sources, /*full=*/true, place, limit, reading, page));
  page.next_cursor = place.Print();
  page.complete = page.last;
  return page;
}

absl::StatusOr<Record> Reads::ReadOne(const ReadRequest& request, const CallContext& context) {
  FAIRLEAD_ASSIGN_OR_RETURN(const Sources sources, SourcesOf(request.entity));
  FAIRLEAD_ASSIGN_OR_RETURN(const std::shared_ptr<const CatalogData> catalog, catalog_.Get(context));
  const ReadContext reading(options_, *catalog, rpc_, runtime_, context);
  Reader reader = sources.begin->reader;
  std::string_view text = request.id;
  constexpr std::string_view kReturn = "return:";
  if (request.entity == v1::SHIPMENT && text.rfind(kReturn, 0) == 0) {
    text.remove_prefix(kReturn.size());
    reader = ReadReturns;
  }
  if (request.entity == v1::INVENTORY_LEVEL) text = text.substr(0, text.find('@'));
  std::int64_t id = 0;
  if (absl::SimpleAtoi(ToAbsl(text), &id) && id > 0) {
    FAIRLEAD_ASSIGN_OR_RETURN(Batch batch, reader(reading, {id}));
    for (Record& record : batch.records) {
      if (record.external_id == request.id) return std::move(record);
    }
    if (!batch.unreadable.empty()) return batch.unreadable.front().why;
  }
  return Fail(ErrorKind::kNotFound, Outcome::kRejected, "read",
              absl::StrCat("Tryton has no ", v1::EntityKind_Name(request.entity), " '", request.id, "'"));
}

std::string In(std::string_view field, const std::vector<std::int64_t>& ids) {
  return absl::StrCat("[[\"", ToAbsl(field), "\",\"in\",[", absl::StrJoin(ids, ","), "]]]");
}

std::string InReferences(std::string_view field, std::string_view model, const std::vector<std::int64_t>& ids) {
  return absl::StrCat("[[\"", ToAbsl(field), "\",\"in\",[",
                      absl::StrJoin(ids, ",",
                                    [model](std::string* out, std::int64_t id) {
                                      absl::StrAppend(out, "\"", ToAbsl(model), ",", id, "\"");
                                    }),
                      "]]]");
}

v1::ExternalRef OwnRef(const MapContext& context, std::string_view model, std::int64_t id) {
  v1::ExternalRef ref;
  ref.set_system(context.options.system);
  ref.set_object_type(std::string(model));
  ref.set_id(absl::StrCat(id));
  ref.set_role(v1::ExternalRef::ROLE_PRIMARY);
  ref.set_state(v1::ExternalRef::STATE_ACTIVE);
  return ref;
}

void FillHeader(const MapContext& context, std::string_view model, const json::Value& row, v1::EntityHeader& header) {
  *header.add_refs() = OwnRef(context, model, ReadId(row["id"]));
  v1::SourceVersion* version = header.add_source_versions();
  version->set_system(context.options.system);
  version->set_api_version("6.0");
  const Stamp created = ReadStamp(row["create_date"]);
  const Stamp modified = ModifiedStamp(row);
  if (created != 0) ToTimestamp(created, *header.mutable_created_at());
  if (modified != 0) {
    ToTimestamp(modified, *header.mutable_updated_at());
    ToTimestamp(modified, *version->mutable_modified_at());
  }
  if (context.now != 0) ToTimestamp(context.now, *version->mutable_observed_at());
  if (row["active"].AsBool() == false) {
    header.mutable_tombstone()->set_kind(v1::Tombstone::KIND_ARCHIVED);
    header.mutable_tombstone()->set_detected_by(v1::Tombstone::DETECTED_BY_EVENT);
    if (modified != 0) ToTimestamp(modified, *header.mutable_tombstone()->mutable_at());
  }
}

const Currency* CurrencyOf(const MapContext& context, const json::Value& row) {
  return context.catalog.CurrencyById(ReadId(row["currency"]));
}

Record MakeRecord(v1::EntityKind entity, std::string id, const json::Value& row,
                  std::unique_ptr<google::protobuf::Message> message) {
  Record record;
  record.entity = entity;
  record.external_id = std::move(id);
  record.raw = std::string(row.raw());
  record.message = std::move(message);
  return record;
}

bool FillMoney(std::string_view currency, const json::Value& value, v1::DualMoney& out, bool negate) {
  std::optional<models::Dec> amount = ReadDecimal(value);
  if (!amount.has_value()) return false;
  if (negate) {
    const absl::StatusOr<models::Dec> negated = models::Negate(*amount);
    if (!negated.ok()) return false;
    amount = *negated;
  }
  return models::TryMakeMoney(currency, *amount, *out.mutable_ledger());
}

std::string UnitCode(std::string_view symbol) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 22> kCodes = {{
      {"u", ""},     {"kg", "KGM"}, {"g", "GRM"},   {"lb", "LBR"},  {"oz", "ONZ"},  {"c", "CTM"},
      {"l", "LTR"},  {"m³", "MTQ"}, {"cm³", "CMQ"}, {"in³", "INQ"}, {"ft³", "FTQ"}, {"m", "MTR"},
      {"cm", "CMT"}, {"mm", "MMT"}, {"km", "KMT"},  {"ft", "FOT"},  {"in", "INH"},  {"yd", "YRD"},
      {"m²", "MTK"}, {"h", "HUR"},  {"d", "DAY"},   {"min", "MIN"},
  }};
  for (const auto& [known, code] : kCodes) {
    if (known == symbol) return std::string(code);
  }
  return std::string(symbol);
}

void FillQuantity(const json::Value& value, std::string_view symbol, v1::Quantity& out) {
  models::ToProto(ReadFloat(value).value_or(models::Dec{}), *out.mutable_value());
  out.set_uom(UnitCode(symbol));
  if (out.uom() != symbol) out.set_source_uom(std::string(symbol));
}

UnreadableRecord Unreadable(const json::Value& row, std::string_view why) {
  UnreadableRecord record;
  record.raw = std::string(row.raw());
  const absl::Status fault = row.Check();
  record.why = fault.ok() ? Fail(ErrorKind::kUnparseable, Outcome::kNotSent, "read", why) : fault;
  return record;
}

absl::StatusOr<std::map<std::int64_t, SaleLineRef>> ReadSaleLineRefs(const ReadContext& context,
                                                                     const std::vector<std::int64_t>& lines) {
  std::map<std::int64_t, SaleLineRef> refs;
  if (lines.empty()) return refs;
  FAIRLEAD_ASSIGN_OR_RETURN(
      const Answer answer,
      context.rpc.Read("model.sale.line.search_read",
                       SearchRead(In("id", lines), R"(["sale","sale.reference","sale.number"])"), context.call));
  for (const json::Value row : answer.result.Items()) {
    SaleLineRef& ref = refs[ReadId(row["id"])];
    ref.sale = ReadId(row["sale"]);
    ref.reference = std::string(row["sale."]["reference"].text());
    ref.number = std::string(row["sale."]["number"].text());
  }
  return refs;
}

}  // namespace tryton
FAIRLEAD_NAMESPACE_END
