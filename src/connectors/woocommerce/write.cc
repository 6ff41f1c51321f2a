// Sending a prepared write once, and looking for its effect afterwards.
#include <utility>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "fairlead/models/decimal.h"
#include "src/connectors/woocommerce/internal/impl.h"
#include "src/connectors/woocommerce/internal/mapping.h"
#include "src/core/internal/absl_compat.h"

FAIRLEAD_NAMESPACE_BEGIN

using ::fairlead::internal::ToAbsl;
namespace json = ::fairlead::internal::json;
using json::Value;

namespace {

/// The memo that Prepare left, parsed.
absl::StatusOr<json::Document> Memo(const PreparedWrite& write) {
  absl::StatusOr<json::Document> memo = json::Document::Parse(write.memo);
  if (!memo.ok() || !memo->root().is_object()) {
    return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent,
                     "the prepared write was not made by this version of the WooCommerce connector; prepare it again");
  }
  return memo;
}

/// Whether `record` (a product, variation or order) holds what the write set.
bool Holds(const Value& memo, const Value& record) {
  const std::string_view wanted = memo["value"].text();
  if (memo["meta"].present()) {
    const Value held = woocommerce::internal::FindMeta(record["meta_data"], memo["meta"].text());
    return held.is_string() && held.text() == wanted;
  }
  const std::string_view held = record[memo["field"].text()].text();
  if (held == wanted) return true;
  models::Dec left;
  models::Dec right;
  return models::TryParseDecimal(held, left) && models::TryParseDecimal(wanted, right) && left == right;
}

std::string TypeOf(const PreparedWrite& write) {
  if (write.operation == "order.set_tracking") return "order_meta";
  if (write.operation == "order.add_note") return "order_note";
  return write.target.compare(0, 7, "orders/") == 0 ? "order" : "product";
}

/// What a write that is there looks like to the engine.
WriteResult ResultOf(const PreparedWrite& write, const Value& memo, WooShipmentNote note) {
  WriteResult result;
  result.object_type = TypeOf(write);
  result.external_id = std::string(memo["id"].text());
  if (write.operation == "order.set_tracking") {
    absl::StrAppend(&result.external_id, "/", ToAbsl(memo["name"].text()));
    result.human_number = std::string(memo["number"].text());
    if (memo["note"].present() && note != WooShipmentNote::kNone) {
      WriteIntent follow_up;
      follow_up.operation = "order.add_note";
      follow_up.entity = v1::SHIPMENT;
      follow_up.target_id = std::string(memo["id"].text());
      follow_up.args = {{"order_id", std::string(memo["id"].text())},
                        {"note", std::string(memo["note"].text())},
                        {"token", std::string(memo["token"].text())},
                        {"customer", note == WooShipmentNote::kCustomer ? "1" : "0"}};
      // One note for one content: the same shipment written again asks for the same note.
      follow_up.purpose = absl::StrCat("note:", ToAbsl(memo["token"].text()));
      result.follow_ups.push_back(std::move(follow_up));
    }
  }
  result.response = result.external_id;
  return result;
}

}  // namespace

absl::StatusOr<json::Document> WooCommerceConnector::Impl::ReadAnswer(http::Response response,
                                                                      std::string_view operation) const {
  json::Limits limits;
  limits.max_bytes = options.max_response_bytes;
  absl::StatusOr<json::Document> document = json::Document::ParsePage(std::move(response.body), limits);
  if (document.ok() && document->root().is_object()) return document;
  ErrorDetail detail;
  detail.kind = ErrorKind::kUnparseable;
  detail.outcome = Outcome::kUnknown;
  detail.system = options.system;
  detail.operation = std::string(operation);
  detail.http_status = static_cast<std::uint32_t>(response.status);
  return MakeError(CodeFor(detail.kind),
                   absl::StrCat(ToAbsl(operation), ": the store answered a write with ",
                                document.ok() ? "something that is no record" : document.status().message(),
                                "; it may have been applied"),
                   detail);
}

absl::StatusOr<WriteResult> WooCommerceConnector::Impl::Write(const PreparedWrite& write,
                                                              const CallContext& context) const {
  FAIRLEAD_RETURN_IF_ERROR(valid);
  FAIRLEAD_ASSIGN_OR_RETURN(const Document memo, Memo(write));
  woocommerce::internal::Client::Call call;
  call.method = write.method;
  call.path = write.target;
  call.body = write.body;
  call.operation = write.operation;
  call.effect = write.effect;
  FAIRLEAD_ASSIGN_OR_RETURN(http::Response response, client.Send(call, context));
  FAIRLEAD_ASSIGN_OR_RETURN(const Document answer, ReadAnswer(std::move(response), write.operation));
  WriteResult result = ResultOf(write, memo.root(), options.shipment_note);
  if (write.operation == "order.add_note") {
    result.external_id = absl::StrCat(result.external_id, "/", ToAbsl(answer.root()["id"].text()));
    result.response = result.external_id;
    return result;
  }
  // The answer shows the record as it is now. The store takes some values without keeping them.
  if (!Holds(memo.root(), answer.root())) {
    const std::string field(memo.root()["field"].text());
    if ((field == "stock_quantity" || field == "status") && !answer.root()[field].empty()) {
      // These move by themselves: an order took a piece, a payment came in. The next reading compares anew.
      result.findings.push_back(MappingFinding{
          field, "changed_at_once",
          absl::StrCat("the store holds ", ToAbsl(answer.root()[field].text().substr(0, 40)), " instead of ",
                       ToAbsl(memo.root()["value"].text()), " right after the write: something there changed it")});
      return result;
    }
    ErrorDetail detail;
    detail.kind = ErrorKind::kValidation;
    detail.outcome = Outcome::kApplied;
    detail.system = options.system;
    detail.operation = write.operation;
    return MakeError(
        CodeFor(detail.kind),
        absl::StrCat(write.operation, ": the store said yes but holds another value than '",
                     ToAbsl(memo.root()["value"].text().substr(0, 60)), "'; a plugin of the store changes it"),
        detail);
  }
  return result;
}

absl::StatusOr<LookupResult> WooCommerceConnector::Impl::Lookup(const PreparedWrite& write,
                                                                const CallContext& context) const {
  FAIRLEAD_RETURN_IF_ERROR(valid);
  FAIRLEAD_ASSIGN_OR_RETURN(const Document memo, Memo(write));
  LookupResult lookup;
  absl::StatusOr<Document> there = Get(write.target, {}, absl::StrCat("look up ", write.operation), context);
  if (!there.ok()) {
    if (KindOf(there.status()) != ErrorKind::kNotFound) return there.status();
    // The record itself is gone, and whatever was written to it.
    lookup.verdict = LookupResult::Verdict::kAbsent;
    lookup.evidence = "the store has no such record (any more)";
    return lookup;
  }
  if (write.operation != "order.add_note") {
    const bool holds = Holds(memo.root(), there->root());
    lookup.verdict = holds ? LookupResult::Verdict::kFound : LookupResult::Verdict::kAbsent;
    lookup.evidence =
        holds ? absl::StrCat(write.target, " holds what was sent") : absl::StrCat(write.target, " holds another value");
    if (holds) lookup.result = ResultOf(write, memo.root(), options.shipment_note);
    return lookup;
  }
  if (!there->root().is_array() || write.reference.empty()) {
    lookup.evidence = "the store answered no list of notes";
    return lookup;
  }
  std::string found;
  std::size_t count = 0;
  for (const Value note : there->root().Items()) {
    if (note["note"].text().find(write.reference) == std::string_view::npos) continue;
    ++count;
    found = std::string(note["id"].text());
  }
  lookup.evidence = absl::StrCat(count, " of ", there->root().size(), " notes carry ", write.reference);
  if (count == 0) {
    lookup.verdict = LookupResult::Verdict::kAbsent;
  } else if (count > 1) {
    lookup.verdict = LookupResult::Verdict::kAmbiguous;
  } else {
    lookup.verdict = LookupResult::Verdict::kFound;
    lookup.result = ResultOf(write, memo.root(), options.shipment_note);
    absl::StrAppend(&lookup.result->external_id, "/", found);
    lookup.result->response = lookup.result->external_id;
  }
  return lookup;
}

FAIRLEAD_NAMESPACE_END
