#include "src/connectors/tryton/internal/writes.h"

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "src/connectors/tryton/internal/errors.h"
#include "src/core/internal/absl_compat.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace tryton {

using internal::ToAbsl;

namespace {

bool IsButton(std::string_view operation) {
  return operation == op::kSaleQuote || operation == op::kSaleConfirm || operation == op::kSaleProcess ||
         operation == op::kSaleDraft || operation == op::kSaleCancel;
}

}  // namespace

absl::StatusOr<PreparedWrite> Writes::Frozen(std::string_view operation, Effect effect, std::string_view method,
                                             std::string_view params, std::string_view reference, const Memo& memo,
                                             const CallContext& context, std::string_view extra) {
  PreparedWrite write;
  write.operation = std::string(operation);
  write.effect = effect;
  write.reference = std::string(reference);
  write.method = "POST";
  write.target = std::string(method);
  FAIRLEAD_ASSIGN_OR_RETURN(write.body, rpc_.Freeze(method, params, context, extra));
  write.memo = memo.Print();
  write.d_max = options_.d_max;
  return write;
}

absl::StatusOr<Preparation> Writes::Prepare(const WriteIntent& intent, const CallContext& context) {
  const std::string_view operation = intent.operation;
  if (operation == op::kSaleCreate) return PrepareSale(intent, context);
  if (operation == op::kSaleVerify) return PrepareVerify(intent);
  if (operation == op::kSaleCancel) return PrepareCancel(intent, context);
  if (IsButton(operation)) return PrepareButton(intent, context);
  if (operation == op::kPartyCreate) return PrepareParty(intent, context);
  if (operation == op::kPartyUpdate) return PreparePartyUpdate(intent, context);
  if (operation == op::kPaymentCreate) return PreparePayment(intent, context);
  if (operation == op::kWarningAcknowledge) return PrepareWarning(intent, context);
  return Fail(ErrorKind::kConfiguration, Outcome::kNotSent, operation, "this connector has no such write");
}

absl::StatusOr<WriteResult> Writes::Write(const PreparedWrite& write, const CallContext& context) {
  FAIRLEAD_ASSIGN_OR_RETURN(Memo memo, Memo::Parse(write.memo));
  const std::string_view operation = write.operation;
  if (operation == op::kSaleVerify) return VerifySale(memo, context);
  if (IsButton(operation)) return PressButton(write, std::move(memo), context);
  if (operation == op::kSaleCreate) return WriteSale(write, std::move(memo), context);

  const absl::StatusOr<Answer> answer = rpc_.Send(write.target, write.body, write.effect, context);
  if (!answer.ok()) return AfterWarning(answer.status(), write, memo);
  if (operation == op::kPartyUpdate) return PartyResult(operation, memo.GetId("party_id"), memo);
  const std::int64_t id = ReadId(answer->result.At(0));
  if (id == 0)
    return Fail(ErrorKind::kUnparseable, Outcome::kUnknown, write.target, "the answer to a creation names no id");
  if (operation == op::kPartyCreate || operation == op::kAddressCreate) return PartyResult(operation, id, memo);
  if (operation == op::kPaymentCreate) return PaymentResult(id, memo);
  if (operation == op::kWarningAcknowledge) {
    WriteResult result;
    result.object_type = "res.user.warning";
    result.external_id =
        std::string(memo.Get("sale_id"));  // What it is about: the acknowledgement is used up by the next press.
    result.follow_ups.push_back(memo.Next(memo.Get("again"), "+acknowledged"));
    result.follow_ups.back().args.erase("again");
    return result;
  }
  return Fail(ErrorKind::kInternal, Outcome::kUnknown, operation, "this connector has no such write");
}

absl::StatusOr<LookupResult> Writes::Lookup(const PreparedWrite& write, const CallContext& context) {
  FAIRLEAD_ASSIGN_OR_RETURN(Memo memo, Memo::Parse(write.memo));
  const std::string_view operation = write.operation;
  if (operation == op::kSaleCreate) return LookupSale(write, std::move(memo), context);
  if (IsButton(operation)) return LookupButton(write, std::move(memo), context);
  if (operation == op::kPartyCreate) return LookupParty(write, memo, context);
  if (operation == op::kPartyUpdate) return LookupPartyUpdate(write, memo, context);
  if (operation == op::kAddressCreate) return LookupAddress(write, memo, context);
  if (operation == op::kPaymentCreate) return LookupPayment(write, memo, context);
  if (operation == op::kWarningAcknowledge) return LookupWarning(write, memo, context);
  LookupResult result;
  result.verdict = LookupResult::Verdict::kAbsent;
  result.evidence = "a read has no effect";
  return result;
}

absl::StatusOr<Preparation> Writes::PrepareWarning(const WriteIntent& intent, const CallContext& context) {
  const Memo memo = Memo::From(intent);
  const std::string_view name = memo.Get("warning");
  if (name.empty() || memo.Get("again").empty()) {
    return Fail(ErrorKind::kValidation, Outcome::kNotSent, op::kWarningAcknowledge,
                "an acknowledgement needs the args 'warning' (its name) and 'again' (what to do after it)");
  }
  FAIRLEAD_ASSIGN_OR_RETURN(const std::shared_ptr<const Session> session, rpc_.Open(context));
  json::Writer params;
  params.BeginArray().BeginObject().Member("user", session->user_id).Member("name", name).Member("always", false);
  params.EndObject().EndArray();
  Preparation preparation;
  FAIRLEAD_ASSIGN_OR_RETURN(preparation.write,
                            Frozen(op::kWarningAcknowledge, Effect::kLookup, "model.res.user.warning.create",
                                   params.text(), name, memo, context));
  return preparation;
}

absl::StatusOr<LookupResult> Writes::LookupWarning(const PreparedWrite& write, const Memo& memo,
                                                   const CallContext& context) {
  FAIRLEAD_ASSIGN_OR_RETURN(const std::shared_ptr<const Session> session, rpc_.Open(context));
  json::Writer domain;
  domain.BeginArray();
  domain.BeginArray().String("user").String("=").Int(session->user_id).EndArray();
  domain.BeginArray().String("name").String("=").String(write.reference).EndArray();
  domain.EndArray();
  FAIRLEAD_ASSIGN_OR_RETURN(const Answer answer, rpc_.Read("model.res.user.warning.search_read",
                                                           SearchRead(domain.text(), R"(["name"])"), context));
  LookupResult result;
  if (answer.result.size() == 0) {
    result.verdict = LookupResult::Verdict::kAbsent;
    result.evidence = "the warning is not acknowledged";
    return result;
  }
  result.verdict = LookupResult::Verdict::kFound;
  result.evidence = "the warning is acknowledged";
  result.result.emplace();
  result.result->object_type = "res.user.warning";
  result.result->external_id = std::string(memo.Get("sale_id"));
  result.result->follow_ups.push_back(memo.Next(memo.Get("again"), "+acknowledged"));
  result.result->follow_ups.back().args.erase("again");
  return result;
}

absl::StatusOr<WriteResult> Writes::AfterWarning(const absl::Status& status, const PreparedWrite& write,
                                                 const Memo& memo) const {
  const std::optional<Warning> warning = WarningOf(status);
  if (!warning.has_value()) return status;
  bool allowed = false;
  for (const std::string& beginning : options_.acknowledge_warnings) {
    allowed = allowed || (!beginning.empty() && warning->name.rfind(beginning, 0) == 0);
  }
  // The same warning again after its acknowledgement: a person has to look.
  if (!allowed || memo.Get("warning") == warning->name) return status;
  if (!IsButton(write.operation)) return status;
  Memo next = memo;
  next.Set("warning", warning->name);
  next.Set("again", write.operation);
  WriteResult result;
  result.findings.push_back(MappingFinding{"", "warning_acknowledged", warning->text});
  result.follow_ups.push_back(next.Next(op::kWarningAcknowledge));
  result.response = R"({"waits_for":"acknowledgement of a warning"})";
  return result;
}

}  // namespace tryton
FAIRLEAD_NAMESPACE_END
