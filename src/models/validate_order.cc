#include <map>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "fairlead/models/field_path.h"
#include "fairlead/models/money.h"
#include "fairlead/v1/order.pb.h"
#include "src/models/internal/checker.h"
#include "src/models/internal/protobuf_compat.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace models {
namespace internal {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

void CheckQuantities(const v1::LineQuantities& quantities, Checker& out) {
  const auto* const type = v1::LineQuantities::descriptor();
  const auto& r = *quantities.GetReflection();
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    if (field->message_type() == nullptr || !r.HasField(quantities, field)) continue;
    const auto& value = static_cast<const v1::Decimal&>(r.GetMessage(quantities, field));
    if (Number(value).IsNegative()) {
      out.Finding("NEGATIVE_QUANTITY", NameOf(*field),
                  absl::StrCat(PrintDecimal(value), " is below zero: a line goes to 0 and stays"));
    }
  }
  const bool known = quantities.has_current() || quantities.has_ordered();
  const Dec current = Number(quantities.has_current() ? quantities.current() : quantities.ordered());
  const Dec shipped = Number(quantities.shipped());
  if (known && shipped > current) {
    out.Finding("OVER_SHIPMENT", "shipped",
                absl::StrCat(PrintDecimal(shipped), " were shipped of ", PrintDecimal(current)));
  }
  Sum held{Number(quantities.allocated())};
  held.Plus(Number(quantities.backordered()));
  held.Plus(shipped);
  // Over-shipment alone is reported once, above.
  if (known && held.ok && held.value > current && shipped <= current) {
    out.Finding("OVER_ALLOCATED", "allocated",
                absl::StrCat("allocated, backordered and shipped are ", PrintDecimal(held.value), " of ",
                             PrintDecimal(current)));
  }
  if (quantities.has_delivered() && quantities.has_shipped() && Number(quantities.delivered()) > shipped) {
    out.Finding(
        "DELIVERED_UNSHIPPED", "delivered",
        absl::StrCat(PrintDecimal(quantities.delivered()), " were delivered but ", PrintDecimal(shipped), " shipped"));
  }
  if (quantities.has_shipped() && Number(quantities.return_received()) > shipped) {
    out.Finding(
        "RETURNED_UNSHIPPED", "return_received",
        absl::StrCat(PrintDecimal(quantities.return_received()), " came back of ", PrintDecimal(shipped), " shipped"));
  }
  if (known && Number(quantities.invoiced()) > current) {
    out.Finding("CREDIT_DUE", "invoiced",
                absl::StrCat(PrintDecimal(quantities.invoiced()), " are invoiced net of credits, ",
                             PrintDecimal(current), " are ordered now: a credit note is due"));
  }
  // With neither edits nor a history at hand, more than was ordered cannot be cancelled.
  if (quantities.has_ordered() && quantities.has_cancelled() && quantities.has_current()) {
    Sum cancelled{Number(quantities.cancelled())};
    cancelled.Plus(current);
    if (cancelled.ok && cancelled.value < Number(quantities.ordered())) {
      out.Note("LINE_ARITHMETIC", "current",
               "less is left than ordered minus cancelled: an edit is missing from the history");
    }
  }
}

void CheckLine(const v1::OrderLine& line, Checker& out) {
  if (line.kind() == v1::LINE_KIND_UNSPECIFIED) {
    out.Invalid("LINE_KIND", "kind", "the line has no kind: items, shipping and fees are booked to different accounts");
  }
  const bool sells = line.kind() == v1::LINE_KIND_ITEM || line.kind() == v1::LINE_KIND_KIT_PARENT ||
                     line.kind() == v1::LINE_KIND_KIT_COMPONENT;
  if (sells && !line.quantities().has_ordered() && !line.quantities().has_current()) {
    out.Invalid("NO_QUANTITY", "quantities", "an item without a quantity: set ordered");
  }
  if (!line.taxes().empty() && line.has_tax() && line.tax().has_ledger()) {
    Sum sum;
    for (const v1::LineTax& tax : line.taxes()) sum.Plus(Number(tax.amount().ledger()));
    const v1::Money& stated = line.tax().ledger();
    // A unit of the last stated digit for each tax: sources round them one by one, or not at all.
    Sum off{sum.value};
    off.Minus(Number(stated));
    const Dec distance = off.value.IsNegative() ? Dec{-off.value.unscaled, off.value.scale} : off.value;
    if (sum.ok && off.ok && distance > Dec{line.taxes_size(), std::min(stated.exponent(), kMaxScale)}) {
      out.Finding("TAX_SUM", "tax",
                  absl::StrCat("the taxes of the line are ", PrintDecimal(sum.value), ", its tax is stated as ",
                               MoneyText(stated)));
    }
  }
}

// Keys that lines use must exist on the order.
void CheckReferences(const v1::Order& order, Checker& out) {
  std::set<std::string> lines, taxes, discounts;
  for (const auto& line : order.lines()) lines.insert(line.line_key());
  for (const auto& tax : order.taxes()) taxes.insert(tax.key());
  for (const auto& discount : order.discounts()) discounts.insert(discount.key());
  for (const v1::OrderLine& line : order.lines()) {
    const std::string at = PathWithKey("lines", line.line_key());
    for (const auto& [name, key] :
         {std::pair("parent_line", &line.parent_line()), std::pair("replaces_line", &line.replaces_line())}) {
      if (!key->empty() && lines.count(*key) == 0) {
        out.Finding("LINE_REFERENCE", absl::StrCat(at, ".", name), absl::StrCat("there is no line '", *key, "'"));
      }
    }
    for (const v1::LineTax& tax : line.taxes()) {
      if (!tax.tax_key().empty() && !taxes.empty() && taxes.count(tax.tax_key()) == 0) {
        out.Finding("TAX_REFERENCE", absl::StrCat(at, ".", PathWithKey("taxes", tax.tax_key())),
                    "the order has no tax of this key: totals by tax will miss it");
      }
    }
    for (const v1::LineDiscount& discount : line.discounts()) {
      if (!discount.application_key().empty() && discounts.count(discount.application_key()) == 0) {
        out.Finding("DISCOUNT_REFERENCE", absl::StrCat(at, ".", PathWithKey("discounts", discount.application_key())),
                    "the order has no discount of this key");
      }
    }
  }
}

void CheckOrder(const v1::Order& order, Checker& out) {
  OneCurrency currency(order.currency_code(), out);
  if (order.currency_code().empty())
    out.Finding("NO_CURRENCY", "currency_code", "the order does not say in which currency it is");
  for (const v1::OrderLine& line : order.lines()) {
    const std::string at = PathWithKey("lines", line.line_key());
    currency.See(line.subtotal(), absl::StrCat(at, ".subtotal"));
    currency.See(line.net(), absl::StrCat(at, ".net"));
    currency.See(line.tax(), absl::StrCat(at, ".tax"));
  }
  const v1::OrderTotals& stated = order.totals().stated();
  currency.See(stated.grand_total(), "totals.stated.grand_total");
  currency.See(stated.refunded(), "totals.stated.refunded");
  CheckReferences(order, out);
  if (order.totals().has_residual() && !IsZero(order.totals().residual())) {
    out.Finding("RESIDUAL", "totals.residual",
                absl::StrCat("the source states ", MoneyText(stated.grand_total().ledger()), ", its lines sum to ",
                             MoneyText(order.totals().computed().grand_total().ledger()), ": ",
                             MoneyText(order.totals().residual()), " ", order.totals().residual().currency_code(),
                             " have no line"));
  }
  Sum refunded;
  for (const auto& refund : order.refunds()) refunded.Plus(Number(refund.amount().ledger()));
  if (stated.has_refunded() && Number(stated.refunded().ledger()) > refunded.value)
    refunded.value = Number(stated.refunded().ledger());
  if (stated.grand_total().has_ledger() && refunded.ok && refunded.value > Number(stated.grand_total().ledger())) {
    out.Finding(
        "REFUND_ABOVE_TOTAL", "totals.stated.refunded",
        absl::StrCat(PrintDecimal(refunded.value), " were refunded of ", MoneyText(stated.grand_total().ledger())));
  }
}

void CheckRevision(const v1::OrderRevision& revision, Checker& out) {
  if (revision.number() == 0) out.Invalid("REVISION_NUMBER", "number", "revisions are numbered from 1");
  if (revision.kind() == v1::OrderRevision::KIND_UNSPECIFIED)
    out.Invalid("REVISION_KIND", "kind", "the revision does not say what happened");
  const bool whole =
      revision.kind() == v1::OrderRevision::KIND_PLACE || revision.kind() == v1::OrderRevision::KIND_OBSERVED;
  if (whole && !revision.has_snapshot())
    out.Invalid("NO_SNAPSHOT", "snapshot", "PLACE and OBSERVED bring the order as a whole");
  if (revision.number() == 1 && !revision.has_snapshot()) {
    out.Invalid("NO_SNAPSHOT", "snapshot", "the first revision has to bring the order as a whole");
  }
  if (revision.kind() == v1::OrderRevision::KIND_ADDRESS && !revision.has_billing_address() &&
      !revision.has_shipping_address()) {
    out.Invalid("NO_ADDRESS", "shipping_address", "a change of address without one");
  }
  if (revision.base_number() >= revision.number() && revision.base_number() != 0) {
    out.Finding("REVISION_BASE", "base_number", "a revision is made against an earlier one");
  }
  for (int i = 0; i < revision.line_changes_size(); ++i) {
    const auto& change = revision.line_changes(i);
    if (change.line_key().empty() && change.line().line_key().empty()) {
      out.Invalid("NO_KEY", absl::StrCat("line_changes[#", i, "].line_key"), "the change names no line");
    }
    if (Number(change.cancelled()).IsNegative()) {
      out.Finding("NEGATIVE_QUANTITY", absl::StrCat("line_changes[#", i, "].cancelled"),
                  "cancelled quantities are positive");
    }
  }
}

void CheckBackorder(const v1::Backorder& backorder, Checker& out) {
  if (Number(backorder.quantity()) <= Dec{}) {
    out.Finding("NEGATIVE_QUANTITY", "quantity", "a backorder is for more than nothing");
  }
}

void CheckPosting(const v1::PostingRecord& posting, Checker& out) {
  if (posting.target_system().empty())
    out.Invalid("POSTING_TARGET", "target_system", "posted always says where: set the target system");
  if (posting.document_kind().empty())
    out.Invalid("POSTING_KIND", "document_kind", "posted always says as what: set the document kind");
  if (posting.status() == v1::POSTING_STATUS_POSTED) {
    if (!posting.has_document())
      out.Invalid("POSTED_WITHOUT_PROOF", "document", "POSTED names the document that was read back");
    if (!posting.has_verified_at())
      out.Invalid("POSTED_WITHOUT_PROOF", "verified_at", "POSTED is a read-back: say when");
    if (posting.verified_hash().size() != 16) {
      out.Invalid("POSTED_WITHOUT_PROOF", "verified_hash", "POSTED holds the digest of the fields that were read back");
    }
  }
  if (posting.status() == v1::POSTING_STATUS_REVERSED && !posting.has_reversed_by()) {
    out.Finding("REVERSED_BY", "reversed_by", "a reversed document names the one that reversed it");
  }
}

}  // namespace

void AddOrderChecks(CheckTable& table) {
  AddCheck<v1::LineQuantities, CheckQuantities>(table);
  AddCheck<v1::OrderLine, CheckLine>(table);
  AddCheck<v1::Order, CheckOrder>(table);
  AddCheck<v1::OrderRevision, CheckRevision>(table);
  AddCheck<v1::PostingRecord, CheckPosting>(table);
  AddCheck<v1::Backorder, CheckBackorder>(table);
}

}  // namespace internal

namespace {

using internal::Checker;
using internal::Number;
using internal::Sum;

// The key under which a document's line belongs to the order: its own, else by SKU where only one line has it.
std::string LineKeyOf(const v1::Order& order, const std::string& line_key, const std::string& sku) {
  if (!line_key.empty() || sku.empty()) return line_key;
  std::string found;
  for (const v1::OrderLine& line : order.lines()) {
    if (line.sku() != sku) continue;
    if (!found.empty()) return {};
    found = line.line_key();
  }
  return found;
}

void CheckShipped(const v1::Order& order, const std::vector<const v1::Shipment*>& shipments, Checker& out) {
  std::map<std::string, Sum> shipped;
  bool attributed = true;
  for (const v1::Shipment* shipment : shipments) {
    const bool left =
        shipment->status() == v1::Shipment::STATUS_SHIPPED || shipment->status() == v1::Shipment::STATUS_DELIVERED;
    if (!left || shipment->direction() == v1::Shipment::DIRECTION_RETURN) continue;
    for (const v1::LineQuantity& line : shipment->lines()) {
      const std::string key = LineKeyOf(order, line.line_key(), line.sku());
      if (key.empty()) {
        attributed = false;
        out.Finding("SHIPMENT_LINE", "",
                    absl::StrCat("shipment '", shipment->number(), "' ships '", line.sku(),
                                 "', which belongs to no line of the order, or to several"));
        continue;
      }
      shipped[key].Plus(Number(line.quantity()));
    }
  }
  for (const v1::OrderLine& line : order.lines()) {
    if (!line.quantities().has_shipped() || !attributed) continue;
    const Sum& sum = shipped[line.line_key()];
    if (sum.ok && sum.value != Number(line.quantities().shipped())) {
      out.Finding("SHIPPED_SUM", absl::StrCat(PathWithKey("lines", line.line_key()), ".quantities.shipped"),
                  absl::StrCat("the order says ", PrintDecimal(line.quantities().shipped()), ", its shipments carry ",
                               PrintDecimal(sum.value)));
    }
  }
}

void CheckInvoiced(const v1::Order& order, const std::vector<const v1::Invoice*>& invoices, Checker& out) {
  std::map<std::string, Sum> invoiced;
  for (const v1::Invoice* invoice : invoices) {
    if (invoice->status() == v1::Invoice::STATUS_CANCELLED || invoice->status() == v1::Invoice::STATUS_DRAFT) continue;
    for (const v1::InvoiceLine& line : invoice->lines()) {
      const std::string key = LineKeyOf(order, line.line_key(), line.sku());
      if (key.empty()) continue;
      if (invoice->kind() == v1::Invoice::KIND_CREDIT_NOTE) {
        invoiced[key].Minus(Number(line.quantity()));
      } else {
        invoiced[key].Plus(Number(line.quantity()));
      }
    }
  }
  for (const v1::OrderLine& line : order.lines()) {
    const v1::LineQuantities& quantities = line.quantities();
    if (!quantities.has_current() && !quantities.has_ordered()) continue;
    const Dec current = Number(quantities.has_current() ? quantities.current() : quantities.ordered());
    const Sum& sum = invoiced[line.line_key()];
    if (sum.ok && sum.value > current) {
      out.Finding("CREDIT_DUE", PathWithKey("lines", line.line_key()),
                  absl::StrCat(PrintDecimal(sum.value), " are invoiced net of credits, ", PrintDecimal(current),
                               " are ordered now: a credit note is due"));
    }
  }
}

void CheckMoneyBack(const v1::Order& order, const OrderDocuments& documents, Checker& out) {
  std::map<std::string, Sum> captured, refunded;
  for (const v1::Payment* payment : documents.payments) {
    const bool took = payment->kind() == v1::Payment::KIND_CAPTURE || payment->kind() == v1::Payment::KIND_SALE;
    if (!took || payment->status() != v1::Payment::STATUS_SUCCEEDED) continue;
    captured[payment->amount().ledger().currency_code()].Plus(Number(payment->amount().ledger()));
  }
  for (const v1::Refund* refund : documents.refunds) {
    refunded[refund->amount().ledger().currency_code()].Plus(Number(refund->amount().ledger()));
  }
  for (const auto& [currency, sum] : refunded) {
    const Sum& taken = captured[currency];
    if (sum.ok && taken.ok && sum.value > taken.value) {
      out.Finding("REFUND_ABOVE_CAPTURED", "refunds",
                  absl::StrCat(PrintDecimal(sum.value), " ", currency, " were given back for order '",
                               order.order_number(), "', ", PrintDecimal(taken.value), " were received"));
    }
  }
}

}  // namespace

std::vector<Violation> ValidateDocuments(const v1::Order& order, const OrderDocuments& documents) {
  Checker out;
  if (!documents.shipments.empty()) CheckShipped(order, documents.shipments, out);
  if (!documents.invoices.empty()) CheckInvoiced(order, documents.invoices, out);
  if (!documents.refunds.empty() && !documents.payments.empty()) CheckMoneyBack(order, documents, out);
  return std::move(out.violations);
}

}  // namespace models
FAIRLEAD_NAMESPACE_END
