#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "fairlead/models/currency.h"
#include "fairlead/models/field_path.h"
#include "fairlead/models/money.h"
#include "fairlead/v1/invoice.pb.h"
#include "fairlead/v1/payment.pb.h"
#include "fairlead/v1/refund.pb.h"
#include "fairlead/v1/return.pb.h"
#include "fairlead/v1/shipment.pb.h"
#include "fairlead/v1/tax.pb.h"
#include "src/models/internal/checker.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace models::internal {
namespace {

using google::protobuf::Message;

void CheckPositive(const v1::DualMoney& amount, std::string_view below, Checker& out) {
  if (Number(amount.ledger()).IsNegative()) {
    out.Finding("NEGATIVE_AMOUNT", below,
                "the amount is below zero: the kind of the document says which way the money goes");
  }
}

// Settled money has no digits that its currency has not.
void CheckSettled(const v1::DualMoney& amount, std::string_view below, Checker& out) {
  if (!amount.has_ledger() || CheckExponent(amount.ledger()) != ExponentCheck::kMoreDigits) return;
  const auto digits = CurrencyExponent(amount.ledger().currency_code());
  if (digits.has_value() && Normalize(Number(amount.ledger())).scale > *digits) {
    out.Note("EXPONENT", below,
             absl::StrCat(MoneyText(amount.ledger()), " ", amount.ledger().currency_code(),
                          " cannot have been paid: the currency has ", *digits, " digits after the point"));
  }
}

std::string LineName(const v1::LineQuantity& line) {
  if (!line.line_key().empty()) return line.line_key();
  return line.sku().empty() ? line.variant().id() : line.sku();
}

void CheckShipment(const v1::Shipment& shipment, Checker& out) {
  std::map<std::string, Sum> lines, packed;
  bool packages_have_lines = false;
  for (const v1::LineQuantity& line : shipment.lines()) lines[LineName(line)].Plus(Number(line.quantity()));
  bool tracked = false;
  for (const v1::Package& package : shipment.packages()) {
    tracked = tracked || !package.tracking_number().empty();
    for (const v1::LineQuantity& line : package.lines()) {
      packages_have_lines = true;
      packed[LineName(line)].Plus(Number(line.quantity()));
    }
  }
  if (packages_have_lines) {
    for (const auto& [name, sum] : lines) packed.try_emplace(name);
    for (const auto& [name, sum] : packed) {
      const Sum& line = lines[name];
      if (sum.ok && line.ok && sum.value != line.value) {
        out.Finding("PACKAGE_SUM", "packages",
                    absl::StrCat("of '", name, "' the packages hold ", PrintDecimal(sum.value), ", the shipment ",
                                 PrintDecimal(line.value)));
      }
    }
  }
  const bool left =
      shipment.status() == v1::Shipment::STATUS_SHIPPED || shipment.status() == v1::Shipment::STATUS_DELIVERED;
  if (left && shipment.direction() != v1::Shipment::DIRECTION_RETURN && !tracked) {
    out.Note("NO_TRACKING", "packages", "shipped, but no package has a tracking number yet");
  }
}

void CheckInvoice(const v1::Invoice& invoice, Checker& out) {
  if (invoice.kind() == v1::Invoice::KIND_UNSPECIFIED) {
    out.Invalid("INVOICE_KIND", "kind", "an invoice or a credit note? They move money in opposite directions");
  }
  OneCurrency currency(invoice.currency_code(), out);
  Sum net, tax;
  for (int i = 0; i < invoice.lines_size(); ++i) {
    const v1::InvoiceLine& line = invoice.lines(i);
    currency.See(line.net(), absl::StrCat("lines[#", i, "].net"));
    net.Plus(Number(line.net().ledger()));
  }
  for (const v1::InvoiceTax& one : invoice.taxes()) tax.Plus(Number(one.amount().ledger()));
  for (const auto& [amount, name] : {std::pair(&invoice.net(), "net"), std::pair(&invoice.tax(), "tax"),
                                     std::pair(&invoice.total(), "total"), std::pair(&invoice.due(), "due")}) {
    currency.See(*amount, name);
    CheckPositive(*amount, name, out);
  }
  CheckSettled(invoice.total(), "total", out);
  const auto differs = [](const Sum& sum, const v1::DualMoney& stated) {
    return sum.ok && stated.has_ledger() && sum.value != Number(stated.ledger());
  };
  if (!invoice.lines().empty() && differs(net, invoice.net())) {
    out.Finding(
        "INVOICE_NET", "net",
        absl::StrCat("the lines sum to ", PrintDecimal(net.value), ", not to ", MoneyText(invoice.net().ledger())));
  }
  if (!invoice.taxes().empty() && differs(tax, invoice.tax())) {
    out.Finding(
        "INVOICE_TAX", "tax",
        absl::StrCat("the taxes sum to ", PrintDecimal(tax.value), ", not to ", MoneyText(invoice.tax().ledger())));
  }
  if (invoice.net().has_ledger() && invoice.tax().has_ledger()) {
    Sum total{Number(invoice.net().ledger())};
    total.Plus(Number(invoice.tax().ledger()));
    if (differs(total, invoice.total())) {
      out.Finding(
          "INVOICE_TOTAL", "total",
          absl::StrCat("net and tax are ", PrintDecimal(total.value), ", not ", MoneyText(invoice.total().ledger())));
    }
  }
  if (invoice.due().has_ledger() && invoice.total().has_ledger() &&
      Number(invoice.due().ledger()) > Number(invoice.total().ledger())) {
    out.Finding("INVOICE_DUE", "due", "more is due than the invoice is for");
  }
}

void CheckPayment(const v1::Payment& payment, Checker& out) {
  if (payment.kind() == v1::Payment::KIND_UNSPECIFIED) {
    out.Invalid("PAYMENT_KIND", "kind", "the payment does not say whether money was taken, reserved or given up");
  }
  CheckPositive(payment.amount(), "amount", out);
  CheckSettled(payment.amount(), "amount", out);
}

void CheckRefund(const v1::Refund& refund, Checker& out) {
  CheckPositive(refund.amount(), "amount", out);
  CheckSettled(refund.amount(), "amount", out);
  OneCurrency currency(refund.amount().ledger().currency_code(), out);
  Sum lines;
  for (int i = 0; i < refund.lines_size(); ++i) {
    const v1::RefundLine& line = refund.lines(i);
    currency.See(line.net(), absl::StrCat("lines[#", i, "].net"));
    CheckPositive(line.net(), absl::StrCat("lines[#", i, "].net"), out);
    lines.Plus(Number(line.net().ledger()));
    lines.Plus(Number(line.tax().ledger()));
  }
  if (!refund.amount().has_ledger()) {
    out.Finding("NO_AMOUNT", "amount", "the refund does not say how much was given back");
    return;
  }
  Sum residual{Number(refund.amount().ledger())};
  residual.Minus(lines.value);
  if (refund.has_residual() && lines.ok && residual.ok && residual.value != Number(refund.residual())) {
    out.Finding("REFUND_RESIDUAL", "residual",
                absl::StrCat("the lines leave ", PrintDecimal(residual.value), " of the amount, not ",
                             MoneyText(refund.residual())));
  }
}

void CheckReturn(const v1::Return& goods, Checker& out) {
  for (int i = 0; i < goods.lines_size(); ++i) {
    const v1::ReturnLine& line = goods.lines(i);
    if (line.has_received() && Number(line.received()) > Number(line.line().quantity())) {
      out.Finding("RETURN_SUM", absl::StrCat("lines[#", i, "].received"), "more came back than was announced");
    }
  }
}

void CheckTax(const v1::TaxCalculation& tax, Checker& out) {
  if (tax.state() == v1::TaxCalculation::STATE_UNSPECIFIED) {
    out.Invalid("TAX_STATE", "state", "an estimate is not a commitment: say which one it is");
  }
  if (tax.state() > v1::TaxCalculation::STATE_ESTIMATED && tax.document_code().empty()) {
    out.Finding("TAX_DOCUMENT", "document_code", "a recorded calculation has a document code: it is found again by it");
  }
}

void CheckLineQuantity(const v1::LineQuantity& line, Checker& out) {
  if (Number(line.quantity()).IsNegative()) out.Finding("NEGATIVE_QUANTITY", "quantity", "the quantity is below zero");
  if (LineName(line).empty()) {
    out.Finding("NO_VARIANT", "", "the line names neither an order line nor a variant nor a SKU");
  }
}

void CheckEvent(const v1::TrackingEvent& event, Checker& out) {
  if (event.code() == v1::TrackingEvent::CODE_UNSPECIFIED && event.carrier_code().empty()) {
    out.Invalid("TRACKING_CODE", "code", "the event says nothing: keep at least the carrier's own code");
  }
}

}  // namespace

void AddDocumentChecks(CheckTable& table) {
  AddCheck<v1::Shipment, CheckShipment>(table);
  AddCheck<v1::Invoice, CheckInvoice>(table);
  AddCheck<v1::Payment, CheckPayment>(table);
  AddCheck<v1::Refund, CheckRefund>(table);
  AddCheck<v1::Return, CheckReturn>(table);
  AddCheck<v1::TaxCalculation, CheckTax>(table);
  AddCheck<v1::LineQuantity, CheckLineQuantity>(table);
  AddCheck<v1::TrackingEvent, CheckEvent>(table);
}

}  // namespace models::internal
FAIRLEAD_NAMESPACE_END
