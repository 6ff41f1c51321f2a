// Refunds. The amount beats the lines: WooCommerce takes any amount, with lines that add up to something else or to
// nothing.
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "src/connectors/woocommerce/internal/mapping.h"
#include "src/core/internal/absl_compat.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace woocommerce::internal {
namespace {

using ::fairlead::internal::ToAbsl;

Amount Positive(const Amount& amount) { return amount.unscaled < 0 ? Negated(amount) : amount; }

void PutLines(Context& context, const Value& lines, std::string_view kind, std::string_view ref_type, Sum& sum,
              v1::Refund& refund) {
  for (const Value source : lines.Items()) {
    const std::string_view id = IdText(context, source["id"], "lines[].ref.id");
    context.line_kind = kind;
    context.line_id = id.empty() ? std::string_view("?") : id;
    v1::RefundLine& line = *refund.add_lines();
    PutRef(context, ref_type, id, *line.mutable_ref());
    // The line's own id is the refund's; the order line it gives back stands in its meta.
    const std::string_view refunded = FindMeta(source["meta_data"], "_refunded_item_id").text();
    if (!refunded.empty()) {
      *line.mutable_line_key() = absl::StrCat(ToAbsl(kind), ":", ToAbsl(refunded));
    } else {
      context.Find("line_key", "refund_line_unlinked",
                   "the refunded line does not say which line of the order it gives back");
    }
    Amount amount;
    const Value quantity = source["quantity"];
    if (quantity.present() && ReadDecimal(quantity.text(), amount))
      PutDecimal(Positive(amount), *line.mutable_quantity()->mutable_value());
    // Signs are kept relative to the refund: what goes the other way (a refunded discount fee) stays negative.
    if (ReadMoney(context, source["total"], "net", amount)) {
      PutMoney(context, Negated(amount), *line.mutable_net());
      sum.Subtract(amount);
    }
    if (ReadMoney(context, source["total_tax"], "tax", amount)) {
      PutMoney(context, Negated(amount), *line.mutable_tax());
      sum.Subtract(amount);
    }
    context.line_id = {};
  }
}

}  // namespace

absl::Status MapRefund(Context& context, const Value& source, v1::Refund& refund) {
  FAIRLEAD_RETURN_IF_ERROR(CheckRecord(source, "a refund"));
  // A refund names no currency: it is its order's, which the caller knows, or the store's.
  if (!context.options.currency.empty())
    FAIRLEAD_RETURN_IF_ERROR(context.SetCurrency(context.options.currency, "currency"));
  v1::EntityHeader& header = *refund.mutable_header();
  PutHeader(context, kRefund, source["id"].text(), source["date_created_gmt"], source["date_modified_gmt"], header);
  if (context.currency.empty()) {
    context.Find("amount.ledger.currency_code", "no_currency", "a refund names no currency; read it with its order's");
  }
  std::string_view order = IdText(context, source["parent_id"], "order.id");
  if (order.empty()) order = context.options.order_id;
  if (!order.empty()) {
    PutRef(context, kOrder, order, *refund.mutable_order());
    header.mutable_refs(0)->set_parent_id(std::string(order));
  } else {
    context.Find("order", "no_order", "the refund does not name its order; read it through /orders/<id>/refunds");
  }
  refund.set_reason(std::string(Text(context, source["reason"], "reason")));
  Sum lines;
  PutLines(context, source["line_items"], "item", "line_item", lines, refund);
  PutLines(context, source["shipping_lines"], "shipping", "shipping_line", lines, refund);
  PutLines(context, source["fee_lines"], "fee", "fee_line", lines, refund);

  Amount amount;
  if (!ReadMoney(context, source["amount"], "amount", amount)) {
    context.Find("amount", "no_amount", "the refund states no amount; the sum of its lines is taken");
    amount = lines.amount();
  }
  amount = Positive(amount);
  PutMoney(context, amount, *refund.mutable_amount());
  Sum residual;
  residual.Add(amount);
  if (lines.ok()) residual.Subtract(lines.amount());
  if (!lines.ok() || !residual.ok()) {
    context.Find("residual", "amount_overflow", "the amounts of the lines are too large to be added up");
  } else {
    PutMoney(context, residual.amount(), *refund.mutable_residual());
    if (residual.amount().unscaled != 0) {
      context.Find("residual", "refund_residual",
                   absl::StrCat("the refund gave back ", AmountText(amount), ", its lines account for ",
                                AmountText(lines.amount()), ": the amount counts, the rest belongs to no line"));
    }
  }
  const Value paid_back = source["refunded_payment"];
  if (paid_back.is_bool()) refund.set_paid_back(paid_back.kind() == json::Kind::kTrue);
  const std::string_view user = IdText(context, source["refunded_by"], "refunded_by.id");
  if (!user.empty()) PutRef(context, kUser, user, *refund.mutable_refunded_by());
  if (header.has_created_at()) refund.mutable_refunded_at()->set_seconds(header.created_at().seconds());
  PutMeta(context, source["meta_data"], header);
  return absl::OkStatus();
}

}  // namespace woocommerce::internal
FAIRLEAD_NAMESPACE_END
