#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "fairlead/models/money.h"
#include "fairlead/v1/invoice.pb.h"
#include "fairlead/v1/payment.pb.h"
#include "src/connectors/tryton/internal/reads.h"
#include "src/core/internal/absl_compat.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace tryton {
namespace {

v1::Invoice::Status InvoiceStatus(std::string_view state) {
  if (state == "draft") return v1::Invoice::STATUS_DRAFT;
  if (state == "validated") return v1::Invoice::STATUS_VALIDATED;
  if (state == "posted") return v1::Invoice::STATUS_POSTED;
  if (state == "paid") return v1::Invoice::STATUS_PAID;
  if (state == "cancelled") return v1::Invoice::STATUS_CANCELLED;
  return v1::Invoice::STATUS_UNSPECIFIED;
}

v1::Payment::Status PaymentStatus(std::string_view state) {
  if (state == "succeeded") return v1::Payment::STATUS_SUCCEEDED;
  if (state == "failed") return v1::Payment::STATUS_FAILED;
  if (state == "draft" || state == "approved" || state == "submitted" || state == "processing")
    return v1::Payment::STATUS_PENDING;
  return v1::Payment::STATUS_UNSPECIFIED;
}

/// "web/payment/7": the payment that we made here stands for that one.
bool SplitLinkKey(std::string_view text, v1::ExternalRef& ref) {
  const std::size_t first = text.find('/');
  const std::size_t second = first == std::string_view::npos ? first : text.find('/', first + 1);
  if (second == std::string_view::npos) return false;
  ref.set_system(std::string(text.substr(0, first)));
  ref.set_object_type(std::string(text.substr(first + 1, second - first - 1)));
  ref.set_id(std::string(text.substr(second + 1)));
  return !ref.system().empty() && !ref.object_type().empty() && !ref.id().empty();
}

}  // namespace

bool MapInvoice(const MapContext& context, const json::Value& row, v1::Invoice& invoice,
                std::vector<MappingFinding>& findings) {
  const Currency* currency = CurrencyOf(context, row);
  const std::optional<models::Dec> total = ReadDecimal(row["total_amount"]);
  if (ReadId(row["id"]) == 0 || currency == nullptr || !total.has_value()) return false;
  FillHeader(context, "account.invoice", row, *invoice.mutable_header());
  invoice.mutable_header()->mutable_refs(0)->set_human_number(std::string(row["number"].text()));
  invoice.set_number(std::string(row["number"].text()));
  // Tryton has no credit notes: they are invoices of negative amounts.
  const bool credit = total->IsNegative();
  invoice.set_kind(credit ? v1::Invoice::KIND_CREDIT_NOTE : v1::Invoice::KIND_INVOICE);
  invoice.set_source_status(std::string(row["state"].text()));
  invoice.set_status(InvoiceStatus(row["state"].text()));
  if (invoice.status() == v1::Invoice::STATUS_UNSPECIFIED) {
    findings.push_back(
        MappingFinding{"status", "unknown_status", absl::StrCat("invoice state '", invoice.source_status(), "'")});
  }
  *invoice.mutable_party() = OwnRef(context, "party.party", ReadId(row["party"]));
  invoice.set_currency_code(currency->code);
  if (const auto date = ReadDate(row["invoice_date"])) ToBusinessDate(*date, *invoice.mutable_invoice_date());
  if (const auto date = ReadDate(row["accounting_date"])) ToBusinessDate(*date, *invoice.mutable_accounting_date());
  FillMoney(currency->code, row["untaxed_amount"], *invoice.mutable_net(), credit);
  FillMoney(currency->code, row["tax_amount"], *invoice.mutable_tax(), credit);
  FillMoney(currency->code, row["total_amount"], *invoice.mutable_total(), credit);
  if (!row["amount_to_pay"].empty()) FillMoney(currency->code, row["amount_to_pay"], *invoice.mutable_due(), credit);
  return true;
}

bool MapPayment(const MapContext& context, const json::Value& row, v1::Payment& payment,
                std::vector<MappingFinding>& findings) {
  const Currency* currency = CurrencyOf(context, row);
  if (ReadId(row["id"]) == 0 || currency == nullptr ||
      !FillMoney(currency->code, row["amount"], *payment.mutable_amount()))
    return false;
  FillHeader(context, "account.payment", row, *payment.mutable_header());
  v1::ExternalRef source;
  if (SplitLinkKey(row["description"].text(), source)) {
    source.set_role(v1::ExternalRef::ROLE_ALIAS);
    source.set_state(v1::ExternalRef::STATE_ACTIVE);
    *payment.mutable_header()->add_refs() = source;
  }
  payment.set_kind(v1::Payment::KIND_SALE);
  payment.set_source_status(std::string(row["state"].text()));
  payment.set_status(PaymentStatus(row["state"].text()));
  if (payment.status() == v1::Payment::STATUS_UNSPECIFIED) {
    findings.push_back(
        MappingFinding{"status", "unknown_status", absl::StrCat("payment state '", payment.source_status(), "'")});
  }
  *payment.mutable_party() = OwnRef(context, "party.party", ReadId(row["party"]));
  payment.set_gateway(std::string(row["journal."]["rec_name"].text()));
  payment.set_gateway_reference(std::string(row["description"].text()));
  if (const auto date = ReadDate(row["date"])) ToBusinessDate(*date, *payment.mutable_date());
  return true;
}

absl::StatusOr<Batch> ReadInvoices(const ReadContext& context, const std::vector<std::int64_t>& ids) {
  FAIRLEAD_ASSIGN_OR_RETURN(
      const Answer rows,
      context.rpc.ReadPage(
          "model.account.invoice.search_read",
          SearchRead(
              In("id", ids),
              R"(["number","state","type","party","invoice_date","accounting_date","currency","untaxed_amount","tax_amount",)"
              R"("total_amount","amount_to_pay","create_date","write_date"])"),
          context.call));
  FAIRLEAD_ASSIGN_OR_RETURN(
      const Answer lines,
      context.rpc.Read(
          "model.account.invoice.line.search_read",
          SearchRead(
              In("invoice", ids),
              R"(["invoice","type","product","product.code","unit.symbol","description","quantity","unit_price","amount","origin"])"),
          context.call));
  FAIRLEAD_ASSIGN_OR_RETURN(
      const Answer taxes,
      context.rpc.Read("model.account.invoice.tax.search_read",
                       SearchRead(In("invoice", ids), R"(["invoice","base","amount","tax","description"])"),
                       context.call));
  std::vector<std::int64_t> sale_lines;
  for (const json::Value row : lines.result.Items()) {
    if (const Reference origin = ReadReference(row["origin"]); origin.model == "sale.line")
      sale_lines.push_back(origin.id);
  }
  std::sort(sale_lines.begin(), sale_lines.end());
  sale_lines.erase(std::unique(sale_lines.begin(), sale_lines.end()), sale_lines.end());
  FAIRLEAD_ASSIGN_OR_RETURN(const auto line_refs, ReadSaleLineRefs(context, sale_lines));

  Batch batch;
  for (const json::Value row : rows.result.Items()) {
    if (row["type"].text() != "out") continue;  // A supplier's invoice is not an invoice of ours.
    auto invoice = std::make_unique<v1::Invoice>();
    std::vector<MappingFinding> findings;
    if (!row.Check().ok() || !MapInvoice(context, row, *invoice, findings)) {
      batch.unreadable.push_back(
          Unreadable(row, "an invoice without id or total, or in a currency that is not active"));
      continue;
    }
    const std::int64_t id = ReadId(row["id"]);
    const bool credit = invoice->kind() == v1::Invoice::KIND_CREDIT_NOTE;
    const std::string& currency = invoice->currency_code();

    std::map<std::int64_t, const SaleLineRef*> sales;
    for (const json::Value line_row : lines.result.Items()) {
      if (ReadId(line_row["invoice"]) != id || line_row["type"].text() != "line") continue;
      v1::InvoiceLine* line = invoice->add_lines();
      *line->mutable_ref() = OwnRef(context, "account.invoice.line", ReadId(line_row["id"]));
      line->set_sku(std::string(line_row["product."]["code"].text()));
      if (const std::int64_t product = ReadId(line_row["product"]); product != 0) {
        *line->mutable_variant() = OwnRef(context, "product.product", product);
      }
      line->set_description(std::string(line_row["description"].text()));
      FillQuantity(line_row["quantity"], line_row["unit."]["symbol"].text(), *line->mutable_quantity());
      if (credit) {
        const absl::StatusOr<models::Dec> negated =
            models::Negate(ReadFloat(line_row["quantity"]).value_or(models::Dec{}));
        if (negated.ok()) models::ToProto(*negated, *line->mutable_quantity()->mutable_value());
      }
      if (const std::optional<models::Dec> price = ReadDecimal(line_row["unit_price"]); price.has_value()) {
        line->mutable_unit_price()->set_currency_code(currency);
        models::ToProto(*price, *line->mutable_unit_price()->mutable_amount());
      }
      FillMoney(currency, line_row["amount"], *line->mutable_net(), credit);
      if (const Reference origin = ReadReference(line_row["origin"]); origin.model == "sale.line") {
        line->set_line_key(absl::StrCat("line:", origin.id));
        if (const auto found = line_refs.find(origin.id); found != line_refs.end() && found->second.sale != 0) {
          sales.emplace(found->second.sale, &found->second);
        }
      }
    }
    for (const auto& [sale, line] : sales) {
      v1::ExternalRef* order = invoice->add_orders();
      *order = OwnRef(context, "sale.sale", sale);
      order->set_human_number(line->number);
      if (invoice->order_reference().empty()) invoice->set_order_reference(line->reference);
    }
    for (const json::Value tax_row : taxes.result.Items()) {
      if (ReadId(tax_row["invoice"]) != id) continue;
      v1::InvoiceTax* tax = invoice->add_taxes();
      tax->set_code(absl::StrCat(ReadId(tax_row["tax"])));
      tax->set_label(std::string(tax_row["description"].text()));
      FillMoney(currency, tax_row["base"], *tax->mutable_base(), credit);
      FillMoney(currency, tax_row["amount"], *tax->mutable_amount(), credit);
    }
    Record record = MakeRecord(v1::INVOICE, absl::StrCat(id), row, std::move(invoice));
    record.findings = std::move(findings);
    batch.records.push_back(std::move(record));
  }
  return batch;
}

absl::StatusOr<Batch> ReadPayments(const ReadContext& context, const std::vector<std::int64_t>& ids) {
  FAIRLEAD_ASSIGN_OR_RETURN(
      const Answer rows,
      context.rpc.ReadPage(
          "model.account.payment.search_read",
          SearchRead(
              In("id", ids),
              R"(["kind","state","party","date","amount","currency","description","journal.rec_name","create_date","write_date"])"),
          context.call));
  Batch batch;
  for (const json::Value row : rows.result.Items()) {
    if (row["kind"].text() != "receivable") continue;
    auto payment = std::make_unique<v1::Payment>();
    std::vector<MappingFinding> findings;
    if (!row.Check().ok() || !MapPayment(context, row, *payment, findings)) {
      batch.unreadable.push_back(
          Unreadable(row, "a payment without id or amount, or in a currency that is not active"));
      continue;
    }
    Record record = MakeRecord(v1::PAYMENT, absl::StrCat(ReadId(row["id"])), row, std::move(payment));
    record.findings = std::move(findings);
    batch.records.push_back(std::move(record));
  }
  return batch;
}

}  // namespace tryton
FAIRLEAD_NAMESPACE_END
