#include <utility>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "fairlead/models/money.h"
#include "fairlead/v1/payment.pb.h"
#include "src/connectors/tryton/internal/errors.h"
#include "src/connectors/tryton/internal/writes.h"
#include "src/core/internal/absl_compat.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace tryton {
namespace {

using internal::ToAbsl;

struct PaymentRow {
  std::int64_t id = 0;
  std::int64_t party = 0;
  models::Dec amount;
};

absl::StatusOr<std::vector<PaymentRow>> FindPayments(std::string_view reference, Rpc& rpc, const CallContext& context) {
  json::Writer domain;
  domain.BeginArray().BeginArray().String("description").String("=").String(reference).EndArray().EndArray();
  FAIRLEAD_ASSIGN_OR_RETURN(const Answer answer, rpc.Read("model.account.payment.search_read",
                                                          SearchRead(domain.text(), R"(["party","amount"])"), context));
  std::vector<PaymentRow> rows;
  for (const json::Value row : answer.result.Items()) {
    PaymentRow payment;
    payment.id = ReadId(row["id"]);
    payment.party = ReadId(row["party"]);
    payment.amount = ReadDecimal(row["amount"]).value_or(models::Dec{});
    rows.push_back(payment);
  }
  return rows;
}

}  // namespace

absl::StatusOr<Preparation> Writes::PreparePayment(const WriteIntent& intent, const CallContext& context) {
  const google::protobuf::Message* message = intent.message.get();
  if (message == nullptr || message->GetDescriptor() != v1::Payment::descriptor()) {
    return Fail(ErrorKind::kInternal, Outcome::kNotSent, op::kPaymentCreate, "the write carries no payment");
  }
  const auto& payment = static_cast<const v1::Payment&>(*message);
  if (payment.status() != v1::Payment::STATUS_SUCCEEDED ||
      (payment.kind() != v1::Payment::KIND_CAPTURE && payment.kind() != v1::Payment::KIND_SALE)) {
    return Fail(ErrorKind::kValidation, Outcome::kNotSent, op::kPaymentCreate,
                "only money that was received is a payment in Tryton");
  }
  const v1::ExternalRef* source = SourceRef(payment.header(), options_.system);
  if (source == nullptr) return FailMapping("the payment has no ref of the system that it comes from");
  const std::string link_key = LinkKey(*source);
  FAIRLEAD_ASSIGN_OR_RETURN(const models::Dec amount, models::MoneyToDecimal(payment.amount().ledger()));

  Preparation preparation;
  FAIRLEAD_ASSIGN_OR_RETURN(const std::vector<PaymentRow> known, FindPayments(link_key, rpc_, context));
  if (known.size() == 1 && known.front().amount == amount) {
    preparation.nothing_to_do = true;
    preparation.adopted_id = absl::StrCat(known.front().id);
    return preparation;
  }
  if (!known.empty()) {
    return Fail(ErrorKind::kConflict, Outcome::kRejected, op::kPaymentCreate,
                absl::StrCat(known.size(), " payments carry the description ", link_key, ", the first of ",
                             models::PrintDecimal(known.front().amount)));
  }

  // The party: linked, or that of the sale that the payment is for.
  if (context.resolver == nullptr) {
    preparation.waiting_for = absl::StrCat("party of payment ", link_key);
    return preparation;
  }
  models::Dec party;
  if (!payment.party().id().empty()) {
    FAIRLEAD_ASSIGN_OR_RETURN(const std::optional<std::string> id, context.resolver->IdFor(v1::PARTY, payment.party()));
    if (!id.has_value() || !models::TryParseDecimal(*id, party)) {
      preparation.waiting_for = absl::StrCat("party ", LinkKey(payment.party()));
      return preparation;
    }
  } else if (!payment.order().id().empty()) {
    FAIRLEAD_ASSIGN_OR_RETURN(const std::optional<std::string> id, context.resolver->IdFor(v1::ORDER, payment.order()));
    models::Dec sale_id;
    if (!id.has_value() || !models::TryParseDecimal(*id, sale_id)) {
      preparation.waiting_for = absl::StrCat("order ", LinkKey(payment.order()));
      return preparation;
    }
    FAIRLEAD_ASSIGN_OR_RETURN(
        const std::vector<SaleRow> sales,
        ReadSales(absl::StrCat(R"([["id","=",)", sale_id.unscaled, "]]"), WithLines::kNo, rpc_, context));
    if (sales.empty()) return FailMapping(absl::StrCat("sale ", *id, " of the payment does not exist"));
    party.unscaled = sales.front().content.party;
  } else {
    return FailMapping("the payment names neither party nor order");
  }

  json::Writer domain;
  domain.BeginArray();
  if (!options_.payment_journal.empty()) {
    domain.BeginArray().String("name").String("=").String(options_.payment_journal).EndArray();
  }
  domain.EndArray();
  FAIRLEAD_ASSIGN_OR_RETURN(const Answer journals,
                            rpc_.Read("model.account.payment.journal.search_read",
                                      SearchRead(domain.text(), R"(["name","currency"])"), context));
  if (journals.result.size() != 1) {
    return FailMapping(
        absl::StrCat(journals.result.size(), " payment journals in Tryton fit the option 'payment_journal'"));
  }
  FAIRLEAD_ASSIGN_OR_RETURN(const std::shared_ptr<const CatalogData> catalog, catalog_.Get(context));
  const json::Value journal = journals.result.At(0);
  const Currency* currency = catalog->CurrencyById(ReadId(journal["currency"]));
  if (currency == nullptr || currency->code != payment.amount().ledger().currency_code()) {
    return FailMapping(absl::StrCat("the payment is in ", payment.amount().ledger().currency_code(),
                                    ", the payment journal in ",
                                    currency == nullptr ? "another currency" : currency->code));
  }

  json::Writer params;
  params.BeginArray().BeginObject();
  params.Member("journal", ReadId(journal["id"])).Member("kind", "receivable").Member("party", party.unscaled);
  Date date;
  if (payment.has_date()) {
    date = Date{payment.date().year(), payment.date().month(), payment.date().day()};
  } else {
    date = DateOf(payment.has_settled_at() ? WallTime(std::chrono::seconds(payment.settled_at().seconds()))
                                           : runtime_.clock->WallNow());
  }
  params.Key("date");
  WriteDate(params, date);
  params.Key("amount");
  WriteDecimal(params, amount);
  params.Member("description", std::string_view(link_key));
  params.EndObject().EndArray();
  Memo memo = Memo::From(intent);
  memo.Set("amount", models::PrintDecimal(amount));
  FAIRLEAD_ASSIGN_OR_RETURN(preparation.write,
                            Frozen(op::kPaymentCreate, Effect::kLookup, "model.account.payment.create", params.text(),
                                   link_key, memo, context));
  return preparation;
}

WriteResult Writes::PaymentResult(std::int64_t id, const Memo&) const {
  WriteResult result;
  result.external_id = absl::StrCat(id);
  result.object_type = "account.payment";
  result.response = absl::StrCat("{\"payment\":", id, "}");
  return result;
}

absl::StatusOr<LookupResult> Writes::LookupPayment(const PreparedWrite& write, const Memo& memo,
                                                   const CallContext& context) {
  FAIRLEAD_ASSIGN_OR_RETURN(const std::vector<PaymentRow> hits, FindPayments(write.reference, rpc_, context));
  LookupResult result;
  models::Dec amount;
  const bool readable = models::TryParseDecimal(memo.Get("amount"), amount);
  if (hits.empty()) {
    result.verdict = LookupResult::Verdict::kAbsent;
    result.evidence = absl::StrCat("no payment carries the description ", write.reference);
  } else if (hits.size() > 1 || !readable || hits.front().amount != amount) {
    result.verdict = LookupResult::Verdict::kAmbiguous;
    result.evidence = absl::StrCat(hits.size(), " payments carry the description ", write.reference, ", the first of ",
                                   models::PrintDecimal(hits.front().amount));
  } else {
    result.verdict = LookupResult::Verdict::kFound;
    result.evidence = absl::StrCat("payment ", hits.front().id, " carries the description ", write.reference);
    result.result = PaymentResult(hits.front().id, memo);
  }
  return result;
}

}  // namespace tryton
FAIRLEAD_NAMESPACE_END
