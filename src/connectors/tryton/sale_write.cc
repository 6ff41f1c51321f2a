#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "fairlead/core/error.h"
#include "fairlead/models/money.h"
#include "src/connectors/tryton/internal/digest.h"
#include "src/connectors/tryton/internal/errors.h"
#include "src/connectors/tryton/internal/writes.h"
#include "src/core/internal/absl_compat.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace tryton {
namespace {

using internal::ToAbsl;

struct Button {
  std::string_view operation;
  std::string_view method;
  TrytonSaleStage stage;  // Reached when it worked.
};

constexpr Button kButtons[] = {
    {op::kSaleQuote, "model.sale.sale.quote", TrytonSaleStage::kQuotation},
    {op::kSaleConfirm, "model.sale.sale.confirm", TrytonSaleStage::kConfirmed},
    {op::kSaleProcess, "model.sale.sale.process", TrytonSaleStage::kProcessing},
};

const Button* FindButton(std::string_view operation) {
  const auto found = std::find_if(std::begin(kButtons), std::end(kButtons),
                                  [operation](const Button& button) { return button.operation == operation; });
  return found == std::end(kButtons) ? nullptr : found;
}

std::string ById(std::int64_t id) { return absl::StrCat(R"([["id","=",)", id, "]]"); }
std::string IdParams(std::int64_t id) { return absl::StrCat("[", id, "]"); }

std::string Call(const SaleRow& sale) {
  return absl::StrCat("sale ", sale.id, sale.number.empty() ? "" : absl::StrCat(" (number ", sale.number, ")"));
}

absl::Status Refused(ErrorKind kind, std::string_view operation, std::string_view message) {
  return Fail(kind, Outcome::kRejected, operation, message);
}

const v1::Order* OrderOf(const WriteIntent& intent) {
  const google::protobuf::Message* message = intent.message.get();
  return message != nullptr && message->GetDescriptor() == v1::Order::descriptor()
             ? static_cast<const v1::Order*>(message)
             : nullptr;
}

}  // namespace

WriteIntent Writes::NextLink(TrytonSaleStage stage, const Memo& memo) const {
  if (stage >= options_.final_stage) return memo.Next(op::kSaleVerify);
  switch (stage) {
    case TrytonSaleStage::kDraft:
      return memo.Next(op::kSaleQuote);
    case TrytonSaleStage::kQuotation:
      return memo.Next(op::kSaleConfirm);
    case TrytonSaleStage::kConfirmed:
    case TrytonSaleStage::kProcessing:
      break;
  }
  return memo.Next(op::kSaleProcess);
}

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
    return Refused(ErrorKind::kConflict, op::kSaleCreate,
                   absl::StrCat(hits.size(), " sales carry the reference ", ToAbsl(reference), ": ",
                                absl::StrJoin(hits, ", ", [](std::string* out, const SaleRow& sale) {
                                  absl::StrAppend(out, Call(sale));
                                })));
  }
  SaleRow& sale = hits.front();
  if (sale.state == SaleState::kCancelled) {
    return Refused(ErrorKind::kConflict, op::kSaleCreate,
                   absl::StrCat(Call(sale),
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
    return Refused(
        ErrorKind::kConflict, op::kSaleCreate,
        absl::StrCat(Call(sale), " carries the reference ", ToAbsl(reference), " with other content: ", difference));
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

WriteResult Writes::SaleResult(const SaleRow& sale, const Memo& memo) const {
  WriteResult result;
  result.external_id = absl::StrCat(sale.id);
  result.object_type = "sale.sale";
  // The reference, not the number: it is what shipments and invoices of the sale name, from the first moment on.
  result.human_number = memo.Get("reference").empty() ? sale.number : std::string(memo.Get("reference"));
  result.response = absl::StrCat(R"({"sale":)", sale.id, R"(,"state":")", sale.state_text, "\"}");
  return result;
}

absl::StatusOr<WriteResult> Writes::WriteSale(const PreparedWrite& write, Memo memo, const CallContext& context) {
  FAIRLEAD_ASSIGN_OR_RETURN(const Answer answer, rpc_.Send(write.target, write.body, write.effect, context));
  SaleRow sale;
  sale.id = ReadId(answer.result.At(0));
  sale.state_text = "draft";
  if (sale.id == 0)
    return Fail(ErrorKind::kUnparseable, Outcome::kUnknown, write.target, "the answer to a creation names no id");
  memo.SetId("sale_id", sale.id);
  WriteResult result = SaleResult(sale, memo);
  if (!memo.Get("split").empty()) {
    result.findings.push_back(
        MappingFinding{"requested_location", "split_location",
                       absl::StrCat("a line asks for location '", ToAbsl(memo.Get("split")),
                                    "', and a sale has one warehouse: split its shipment in Tryton")});
  }
  result.follow_ups.push_back(NextLink(TrytonSaleStage::kDraft, memo));
  return result;
}

absl::StatusOr<LookupResult> Writes::LookupSale(const PreparedWrite& write, Memo memo, const CallContext& context) {
  FAIRLEAD_ASSIGN_OR_RETURN(const std::vector<SaleRow> hits, FindSales(write.reference, rpc_, context));
  LookupResult result;
  if (hits.empty()) {
    result.verdict = LookupResult::Verdict::kAbsent;
    result.evidence = absl::StrCat("no sale carries the reference ", write.reference);
    return result;
  }
  if (hits.size() > 1) {
    result.verdict = LookupResult::Verdict::kAmbiguous;
    result.evidence = absl::StrCat(
        hits.size(), " sales carry the reference ", write.reference, ": ",
        absl::StrJoin(hits, ", ", [](std::string* out, const SaleRow& sale) { absl::StrAppend(out, Call(sale)); }));
    return result;
  }
  const SaleRow& sale = hits.front();
  const std::string difference = GoodsDifference(memo.Get("expected"), Canonical(sale.content));
  if (sale.description != memo.Get("link") && !difference.empty()) {
    result.verdict = LookupResult::Verdict::kAmbiguous;
    result.evidence =
        absl::StrCat(Call(sale), " carries the reference ", write.reference, " but is not ours: ", difference);
    return result;
  }
  result.verdict = LookupResult::Verdict::kFound;
  result.evidence = absl::StrCat(Call(sale), " carries the reference ", write.reference,
                                 difference.empty() ? " and equal content" : " and our key");
  memo.SetId("sale_id", sale.id);
  result.result = SaleResult(sale, memo);
  const std::optional<TrytonSaleStage> stage = StageOf(sale.state);
  // A cancelled one goes to the read-back, which says so.
  result.result->follow_ups.push_back(stage.has_value() ? NextLink(*stage, memo) : memo.Next(op::kSaleVerify));
  return result;
}

absl::StatusOr<Preparation> Writes::PrepareButton(const WriteIntent& intent, const CallContext& context) {
  Memo memo = Memo::From(intent);
  if (memo.GetId("sale_id") == 0) memo.SetId("sale_id", memo.GetId("_target"));
  const std::int64_t id = memo.GetId("sale_id");
  if (id == 0) {
    return Fail(ErrorKind::kValidation, Outcome::kNotSent, intent.operation,
                "the write names no sale (arg 'sale_id' or target id)");
  }
  if (intent.operation == op::kSaleVerify) return PrepareVerify(intent);
  const Button* button = FindButton(intent.operation);
  const std::string_view method = button != nullptr                    ? button->method
                                  : intent.operation == op::kSaleDraft ? std::string_view("model.sale.sale.draft")
                                                                       : std::string_view("model.sale.sale.cancel");
  Preparation preparation;
  FAIRLEAD_ASSIGN_OR_RETURN(preparation.write, Frozen(intent.operation, Effect::kAbsolute, method, IdParams(id),
                                                      memo.Get("reference"), memo, context));
  return preparation;
}

absl::StatusOr<Preparation> Writes::PrepareCancel(const WriteIntent& intent, const CallContext& context) {
  Memo memo = Memo::From(intent);
  if (memo.GetId("sale_id") == 0) memo.SetId("sale_id", memo.GetId("_target"));
  FAIRLEAD_ASSIGN_OR_RETURN(const std::vector<SaleRow> sales,
                            ReadSales(ById(memo.GetId("sale_id")), WithLines::kNo, rpc_, context));
  if (sales.empty()) return Refused(ErrorKind::kNotFound, op::kSaleCancel, "there is no such sale");
  const SaleRow& sale = sales.front();
  Preparation preparation;
  switch (sale.state) {
    case SaleState::kCancelled:
      preparation.nothing_to_do = true;
      preparation.adopted_id = absl::StrCat(sale.id);
      return preparation;
    case SaleState::kConfirmed: {
      // Only a draft or a quotation can be cancelled.
      WriteIntent back = intent;
      back.operation = std::string(op::kSaleDraft);
      back.args["then"] = std::string(op::kSaleCancel);
      return PrepareButton(back, context);
    }
    case SaleState::kDraft:
    case SaleState::kQuotation:
      return PrepareButton(intent, context);
    case SaleState::kProcessing:
    case SaleState::kDone:
    case SaleState::kOther:
      break;
  }
  return Refused(ErrorKind::kConflict, op::kSaleCancel,
                 absl::StrCat(Call(sale), " is ", sale.state_text,
                              ": Tryton does not cancel it any more; cancel its shipment and credit its invoice"));
}

absl::StatusOr<WriteResult> Writes::PressButton(const PreparedWrite& write, Memo memo, const CallContext& context) {
  const absl::StatusOr<Answer> answer = rpc_.Send(write.target, write.body, write.effect, context);
  if (!answer.ok()) return AfterWarning(answer.status(), write, memo);
  // Tryton answers null whether the button did something or not.
  absl::StatusOr<LookupResult> seen = LookupButton(write, std::move(memo), context);
  if (!seen.ok()) {
    // Pressed, not seen: press again, which changes nothing the second time.
    ErrorDetail detail = GetErrorDetail(seen.status()).value_or(ErrorDetail{});
    detail.kind = ErrorKind::kTransient;
    detail.outcome = Outcome::kUnknown;
    return MakeError(CodeFor(ErrorKind::kTransient),
                     absl::StrCat("could not read the state back: ", seen.status().message()), detail);
  }
  if (seen->verdict != LookupResult::Verdict::kFound) {
    return Refused(ErrorKind::kConflict, write.operation,
                   absl::StrCat("Tryton answered and did nothing: ", seen->evidence));
  }
  return *std::move(seen->result);
}

absl::StatusOr<LookupResult> Writes::LookupButton(const PreparedWrite& write, Memo memo, const CallContext& context) {
  FAIRLEAD_ASSIGN_OR_RETURN(const std::vector<SaleRow> sales,
                            ReadSales(ById(memo.GetId("sale_id")), WithLines::kNo, rpc_, context));
  LookupResult result;
  if (sales.empty()) {
    result.verdict = LookupResult::Verdict::kAmbiguous;
    result.evidence = absl::StrCat("sale ", memo.GetId("sale_id"), " does not exist any more");
    return result;
  }
  const SaleRow& sale = sales.front();
  const std::optional<TrytonSaleStage> stage = StageOf(sale.state);
  const Button* button = FindButton(write.operation);
  bool done = false;
  if (button != nullptr) {
    done = stage.has_value() && *stage >= button->stage;
  } else if (write.operation == op::kSaleDraft) {
    done = sale.state == SaleState::kDraft;
  } else {
    done = sale.state == SaleState::kCancelled;
  }
  result.evidence = absl::StrCat(Call(sale), " is ", sale.state_text);
  result.verdict = done ? LookupResult::Verdict::kFound : LookupResult::Verdict::kAbsent;
  if (!done) return result;
  memo.Remove("warning");
  result.result = SaleResult(sale, memo);
  if (button != nullptr) {
    result.result->follow_ups.push_back(NextLink(*stage, memo));
  } else if (const std::string_view then = memo.Get("then"); !then.empty()) {
    WriteIntent next = memo.Next(then, "+draft");
    next.args.erase("then");
    result.result->follow_ups.push_back(std::move(next));
  }
  return result;
}

absl::StatusOr<Preparation> Writes::PrepareVerify(const WriteIntent& intent) {
  const Memo memo = Memo::From(intent);
  if (memo.GetId("sale_id") == 0 || memo.Get("expected").empty()) {
    return Fail(ErrorKind::kValidation, Outcome::kNotSent, op::kSaleVerify,
                "a read-back needs the args 'sale_id' and 'expected' of the write that it proves");
  }
  PreparedWrite write;
  write.operation = std::string(op::kSaleVerify);
  write.effect = Effect::kRead;
  write.reference = std::string(memo.Get("reference"));
  write.method = "POST";
  write.target = "model.sale.sale.search_read";
  write.body = ById(memo.GetId("sale_id"));
  write.memo = memo.Print();
  write.d_max = std::chrono::milliseconds{0};
  Preparation preparation;
  preparation.write = std::move(write);
  return preparation;
}

absl::StatusOr<WriteResult> Writes::VerifySale(const Memo& memo, const CallContext& context) {
  FAIRLEAD_ASSIGN_OR_RETURN(const std::vector<SaleRow> sales,
                            ReadSales(ById(memo.GetId("sale_id")), WithLines::kYes, rpc_, context));
  FAIRLEAD_ASSIGN_OR_RETURN(const std::shared_ptr<const CatalogData> catalog, catalog_.Get(context));
  if (sales.empty()) {
    return Refused(ErrorKind::kConflict, op::kSaleVerify,
                   absl::StrCat("sale ", memo.GetId("sale_id"), " does not exist any more"));
  }
  const SaleRow& sale = sales.front();
  const std::optional<TrytonSaleStage> stage = StageOf(sale.state);
  if (!stage.has_value()) {
    return Refused(ErrorKind::kConflict, op::kSaleVerify, absl::StrCat(Call(sale), " is ", sale.state_text));
  }
  if (*stage < options_.final_stage) {
    return Refused(ErrorKind::kTransient, op::kSaleVerify, absl::StrCat(Call(sale), " is still ", sale.state_text));
  }
  const std::string found = Canonical(sale.content);
  if (const std::string difference = Difference(memo.Get("expected"), found); !difference.empty()) {
    return Refused(ErrorKind::kConflict, op::kSaleVerify,
                   absl::StrCat(Call(sale), " does not hold what was sent: ", difference));
  }
  const Currency* currency = catalog->CurrencyById(sale.content.currency);
  if (currency == nullptr) {
    return Refused(ErrorKind::kConflict, op::kSaleVerify,
                   absl::StrCat(Call(sale), " has a currency that is not active"));
  }

  WriteResult result = SaleResult(sale, memo);
  v1::PostingRecord& posting = result.posting.emplace();
  posting.set_target_system(options_.system);
  posting.set_document_kind("sale");
  v1::ExternalRef* document = posting.mutable_document();
  document->set_system(options_.system);
  document->set_object_type("sale.sale");
  document->set_id(result.external_id);
  document->set_human_number(sale.number);
  document->set_role(v1::ExternalRef::ROLE_PRIMARY);
  document->set_state(v1::ExternalRef::STATE_ACTIVE);
  const std::int64_t now = runtime_.clock->WallNow().time_since_epoch().count();
  posting.mutable_verified_at()->set_seconds(now / 1'000'000'000);
  posting.mutable_verified_at()->set_nanos(static_cast<std::int32_t>(now % 1'000'000'000));
  posting.set_verified_hash(Sha256(found));
  posting.set_status(v1::POSTING_STATUS_POSTED);
  FAIRLEAD_ASSIGN_OR_RETURN(*posting.mutable_target_total(), models::MakeMoney(currency->code, sale.content.total));
  models::Dec residual;
  if (!models::TryParseDecimal(memo.Get("residual"), residual)) residual = models::Dec{};
  FAIRLEAD_ASSIGN_OR_RETURN(*posting.mutable_residual(), models::MakeMoney(currency->code, residual));
  return result;
}

}  // namespace tryton
FAIRLEAD_NAMESPACE_END
