#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "fairlead/core/error.h"
#include "fairlead/models/money.h"
#include "src/connectors/tryton/internal/errors.h"
#include "src/connectors/tryton/internal/writes.h"
#include "src/core/internal/absl_compat.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace tryton {
namespace {

using internal::ToAbsl;

const v1::Order* OrderOf(const WriteIntent& intent) {
  const google::protobuf::Message* message = intent.message.get();
  return message != nullptr && message->GetDescriptor() == v1::Order::descriptor()
             ? static_cast<const v1::Order*>(message)
             : nullptr;
}

}  // namespace

absl::StatusOr<std::int64_t> Writes::WarehouseOf(const v1::Order& order, const CatalogData& catalog,
                                                 std::string& split) const {
  std::string location = order.requested_location();
  for (const v1::OrderLine& line : order.lines()) {
    if (line.requested_location().empty()) continue;
    if (location.empty()) location = line.requested_location();
    if (line.requested_location() != location) split = line.requested_location();
  }
  if (location.empty()) location = options_.default_warehouse;
  if (location.empty()) {
    const Warehouse* only = nullptr;
    for (const Warehouse& row : catalog.warehouses) {
      if (!row.configured) continue;
      if (only != nullptr) {
        return FailMapping("the order names no location and Tryton has several warehouses: set 'default_warehouse'");
      }
      only = &row;
    }
    if (only == nullptr) return FailMapping("Tryton has no warehouse");
    return only->id;
  }
  const Warehouse* found = catalog.WarehouseByLocation(location);
  if (found == nullptr || !found->configured) {
    return FailMapping(absl::StrCat("location '", location, "' is no warehouse in Tryton: add it to 'warehouses'"));
  }
  return found->id;
}

absl::StatusOr<Writes::Found> Writes::PartyOf(const v1::Order& order, const v1::ExternalRef& source, const Memo& memo,
                                              const CallContext& context) {
  Found found;
  const auto linked = [&](const v1::ExternalRef& ref) -> absl::StatusOr<std::int64_t> {
    if (context.resolver == nullptr) return 0;
    FAIRLEAD_ASSIGN_OR_RETURN(const std::optional<std::string> id, context.resolver->IdFor(v1::PARTY, ref));
    models::Dec number;
    if (!id.has_value() || !models::TryParseDecimal(*id, number) || number.scale != 0) return 0;
    return number.unscaled;
  };
  if (order.buyer().has_party() && !order.buyer().party().id().empty()) {
    FAIRLEAD_ASSIGN_OR_RETURN(found.id, linked(order.buyer().party()));
    if (found.id == 0) {
      found.first.emplace();
      found.first->waiting_for = absl::StrCat("party ", LinkKey(order.buyer().party()));
    }
    return found;
  }
  const v1::ExternalRef guest = GuestRef(order, source.system());
  FAIRLEAD_ASSIGN_OR_RETURN(found.id, linked(guest));
  if (found.id != 0) return found;
  FAIRLEAD_ASSIGN_OR_RETURN(const std::vector<std::int64_t> parties, FindParties(LinkKey(guest), rpc_, context));
  if (!parties.empty()) {
    // Two of them can only come from two orders of one new guest at the same moment; the older one is as good.
    found.id = parties.front();
    return found;
  }
  if (!options_.create_guest_parties) {
    return FailMapping("the order is a guest's, no party is linked, and 'create_guest_parties' is off");
  }
  Memo first = memo;
  first.SetMessage(order);
  first.Set("then", op::kSaleCreate);
  found.first.emplace();
  FAIRLEAD_ASSIGN_OR_RETURN(found.first->write, PartyCreate(GuestParty(order, guest), LinkKey(guest), first, context));
  return found;
}

absl::StatusOr<Writes::Found> Writes::AddressOf(const v1::Address& wanted, bool delivery, std::int64_t party,
                                                bool has_other, const std::vector<AddressValues>& known,
                                                const Memo& memo, const v1::Order& order, const CallContext& context) {
  Found found;
  FAIRLEAD_ASSIGN_OR_RETURN(AddressValues values, ToAddress(wanted, catalog_, context));
  if (values.Blank()) {
    if (has_other) return found;  // The other address of the order serves both.
    for (const AddressValues& address : known) {
      if (found.id == 0 || (delivery ? address.delivery : address.invoice)) found.id = address.id;
      if (delivery ? address.delivery : address.invoice) return found;
    }
    if (found.id != 0) return found;
  } else {
    const auto same = std::find_if(known.begin(), known.end(),
                                   [&values](const AddressValues& address) { return SameAddress(values, address); });
    if (same != known.end()) {
      found.id = same->id;
      return found;
    }
  }
  values.delivery = delivery;
  values.invoice = !delivery;
  Memo first = memo;
  first.SetMessage(order);
  first.Set("then", op::kSaleCreate);
  first.SetId("party_id", party);
  json::Writer record;
  WriteAddress(record, values);
  first.Set("address", record.text());
  std::string params = record.Take();
  params.insert(1, absl::StrCat("\"party\":", party, ","));
  found.first.emplace();
  FAIRLEAD_ASSIGN_OR_RETURN(found.first->write,
                            Frozen(op::kAddressCreate, Effect::kLookup, "model.party.address.create",
                                   absl::StrCat("[", params, "]"), absl::StrCat("party,", party), first, context));
  return found;
}

absl::StatusOr<std::optional<Preparation>> Writes::AdoptSale(const v1::Order& order, std::string_view link_key,
                                                             std::string_view reference, Memo memo,
                                                             const CallContext& context) {
  FAIRLEAD_ASSIGN_OR_RETURN(std::vector<SaleRow> hits, FindSales(reference, rpc_, context));
  // What somebody else made and cancelled is out of the way; what we made and somebody cancelled is not.
  hits.erase(std::remove_if(hits.begin(), hits.end(),
                            [link_key](const SaleRow& sale) {
                              return sale.state == SaleState::kCancelled && sale.description != link_key;
                            }),
             hits.end());
  if (hits.empty()) return std::optional<Preparation>();
  if (hits.size() > 1) {
    return Refuse(ErrorKind::kConflict, op::kSaleCreate,
                  absl::StrCat(hits.size(), " sales carry the reference ", ToAbsl(reference), ": ",
                               absl::StrJoin(hits, ", ", [](std::string* out, const SaleRow& sale) {
                                 absl::StrAppend(out, NameOf(sale));
                               })));
  }
  SaleRow& sale = hits.front();
  if (sale.state == SaleState::kCancelled) {
    return Refuse(ErrorKind::kConflict, op::kSaleCreate,
                  absl::StrCat(NameOf(sale),
                               " for this order was cancelled in Tryton: give the arg 'generation' to post it again"));
  }
  const bool ours = sale.description == link_key;

  FAIRLEAD_ASSIGN_OR_RETURN(const std::shared_ptr<const CatalogData> catalog, catalog_.Get(context));
  const Currency* currency = catalog->CurrencyByCode(order.currency_code());
  SaleContent expected = sale.content;
  models::Dec residual;
  const auto plan = [&]() -> absl::Status {
    if (currency == nullptr)
      return FailMapping(absl::StrCat("currency ", order.currency_code(), " is not active in Tryton"));
    FAIRLEAD_ASSIGN_OR_RETURN(const SaleProducts products, ResolveProducts(order, options_, rpc_, context));
    FAIRLEAD_ASSIGN_OR_RETURN(SalePlan lines, PlanLines(order, options_, *catalog, *currency, products));
    expected.lines = std::move(lines.lines);
    expected.total = lines.total;
    expected.currency = currency->id;
    residual = lines.residual;
    return absl::OkStatus();
  };
  const absl::Status planned = plan();
  std::string difference;
  if (planned.ok()) {
    difference = GoodsDifference(Canonical(expected), Canonical(sale.content));
  } else if (KindOf(planned) == ErrorKind::kMapping && !ours && currency != nullptr &&
             order.totals().stated().has_grand_total()) {
    // An old sale whose products are gone by now: the reference and the total have to be enough.
    FAIRLEAD_ASSIGN_OR_RETURN(const models::Dec total,
                              models::MoneyToDecimal(order.totals().stated().grand_total().ledger()));
    if (total != sale.content.total || currency->id != sale.content.currency) {
      difference = absl::StrCat("sent total ", models::PrintDecimal(total), "; found total ",
                                models::PrintDecimal(sale.content.total));
    }
  } else {
    return planned;
  }
  if (!difference.empty()) {
    return Refuse(
        ErrorKind::kConflict, op::kSaleCreate,
        absl::StrCat(NameOf(sale), " carries the reference ", ToAbsl(reference), " with other content: ", difference));
  }

  const std::optional<TrytonSaleStage> stage = StageOf(sale.state);
  Preparation preparation;
  if (ours && stage.has_value() && *stage < options_.final_stage) {
    // Ours, and the chain broke off: go on from where it stands.
    memo.SetId("sale_id", sale.id);
    memo.Set("expected", Canonical(expected));
    memo.Set("residual", models::PrintDecimal(residual));
    FAIRLEAD_ASSIGN_OR_RETURN(preparation, PrepareButton(NextLink(*stage, memo), context));
    return std::optional<Preparation>(std::move(preparation));
  }
  preparation.nothing_to_do = true;
  preparation.adopted_id = absl::StrCat(sale.id);
  return std::optional<Preparation>(std::move(preparation));
}

absl::StatusOr<Preparation> Writes::PrepareSale(const WriteIntent& intent, const CallContext& context) {
  const v1::Order* order = OrderOf(intent);
  if (order == nullptr)
    return Fail(ErrorKind::kInternal, Outcome::kNotSent, op::kSaleCreate, "the write carries no order");
  const v1::ExternalRef* source = SourceRef(order->header(), options_.system);
  if (source == nullptr) return FailMapping("the order has no ref of the system that it comes from");
  Memo memo = Memo::From(intent);
  FAIRLEAD_ASSIGN_OR_RETURN(const std::string reference,
                            SaleReference(*order, *source, options_, memo.GetId("generation")));
  const std::string link_key = LinkKey(*source);
  memo.Set("reference", reference);
  memo.Set("link", link_key);

  FAIRLEAD_ASSIGN_OR_RETURN(const std::optional<Preparation> adopted,
                            AdoptSale(*order, link_key, reference, memo, context));
  if (adopted.has_value()) return *adopted;

  FAIRLEAD_ASSIGN_OR_RETURN(const std::shared_ptr<const CatalogData> catalog, catalog_.Get(context));
  SaleContent content;
  content.reference = reference;
  std::string split;
  FAIRLEAD_ASSIGN_OR_RETURN(content.warehouse, WarehouseOf(*order, *catalog, split));
  const Currency* currency = catalog->CurrencyByCode(order->currency_code());
  if (currency == nullptr)
    return FailMapping(absl::StrCat("currency ", order->currency_code(), " is not active in Tryton"));
  content.currency = currency->id;
  FAIRLEAD_ASSIGN_OR_RETURN(const SaleProducts products, ResolveProducts(*order, options_, rpc_, context));
  FAIRLEAD_ASSIGN_OR_RETURN(SalePlan plan, PlanLines(*order, options_, *catalog, *currency, products));
  content.lines = std::move(plan.lines);
  content.total = plan.total;

  // Party and addresses last: what is made for them is made for an order that can be posted.
  FAIRLEAD_ASSIGN_OR_RETURN(Found party, PartyOf(*order, *source, memo, context));
  if (party.first.has_value()) return *std::move(party.first);
  content.party = party.id;
  FAIRLEAD_ASSIGN_OR_RETURN(const std::vector<AddressValues> known, ReadAddresses(party.id, rpc_, context));
  const bool has_shipping = order->has_shipping_address();
  FAIRLEAD_ASSIGN_OR_RETURN(
      Found invoice, AddressOf(order->billing_address(), false, party.id, has_shipping, known, memo, *order, context));
  if (invoice.first.has_value()) return *std::move(invoice.first);
  FAIRLEAD_ASSIGN_OR_RETURN(Found shipment, AddressOf(order->shipping_address(), true, party.id, invoice.id != 0, known,
                                                      memo, *order, context));
  if (shipment.first.has_value()) return *std::move(shipment.first);
  content.invoice_address = invoice.id != 0 ? invoice.id : shipment.id;
  content.shipment_address = shipment.id != 0 ? shipment.id : invoice.id;

  memo.Set("expected", Canonical(content));
  memo.Set("residual", models::PrintDecimal(plan.residual));
  if (!split.empty()) memo.Set("split", split);
  Preparation preparation;
  FAIRLEAD_ASSIGN_OR_RETURN(preparation.write,
                            Frozen(op::kSaleCreate, Effect::kLookup, "model.sale.sale.create",
                                   SaleCreateParams(content, *order, link_key, *catalog), reference, memo, context));
  return preparation;
}

}  // namespace tryton
FAIRLEAD_NAMESPACE_END
