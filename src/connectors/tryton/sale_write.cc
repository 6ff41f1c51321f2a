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
        absl::StrJoin(hits, ", ", [](std::string* out, const SaleRow& sale) { absl::StrAppend(out, NameOf(sale)); }));
    return result;
  }
  const SaleRow& sale = hits.front();
  const std::string difference = GoodsDifference(memo.Get("expected"), Canonical(sale.content));
  if (sale.description != memo.Get("link") && !difference.empty()) {
    result.verdict = LookupResult::Verdict::kAmbiguous;
    result.evidence =
        absl::StrCat(NameOf(sale), " carries the reference ", write.reference, " but is not ours: ", difference);
    return result;
  }
  result.verdict = LookupResult::Verdict::kFound;
  result.evidence = absl::StrCat(NameOf(sale), " carries the reference ", write.reference,
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
  if (sales.empty()) return Refuse(ErrorKind::kNotFound, op::kSaleCancel, "there is no such sale");
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
  return Refuse(ErrorKind::kConflict, op::kSaleCancel,
                absl::StrCat(NameOf(sale), " is ", sale.state_text,
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
    return Refuse(ErrorKind::kConflict, write.operation,
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
  result.evidence = absl::StrCat(NameOf(sale), " is ", sale.state_text);
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
    return Refuse(ErrorKind::kConflict, op::kSaleVerify,
                  absl::StrCat("sale ", memo.GetId("sale_id"), " does not exist any more"));
  }
  const SaleRow& sale = sales.front();
  const std::optional<TrytonSaleStage> stage = StageOf(sale.state);
  if (!stage.has_value()) {
    return Refuse(ErrorKind::kConflict, op::kSaleVerify, absl::StrCat(NameOf(sale), " is ", sale.state_text));
  }
  if (*stage < options_.final_stage) {
    return Refuse(ErrorKind::kTransient, op::kSaleVerify, absl::StrCat(NameOf(sale), " is still ", sale.state_text));
  }
  const std::string found = Canonical(sale.content);
  if (const std::string difference = Difference(memo.Get("expected"), found); !difference.empty()) {
    return Refuse(ErrorKind::kConflict, op::kSaleVerify,
                  absl::StrCat(NameOf(sale), " does not hold what was sent: ", difference));
  }
  const Currency* currency = catalog->CurrencyById(sale.content.currency);
  if (currency == nullptr) {
    return Refuse(ErrorKind::kConflict, op::kSaleVerify,
                  absl::StrCat(NameOf(sale), " has a currency that is not active"));
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
