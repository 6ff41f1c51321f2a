#include "fairlead/models/fold.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "fairlead/models/decimal.h"
#include "fairlead/models/field_path.h"
#include "fairlead/models/money.h"
#include "fairlead/models/totals.h"
#include "google/protobuf/message.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace models {
namespace {

absl::Status Refuse(const v1::OrderRevision& revision, std::string_view why) {
  return MakeError(ErrorKind::kValidation, Outcome::kNotSent,
                   absl::StrCat("revision ", revision.number(), " of order '", revision.order_id(),
                                "': ", absl::string_view(why.data(), why.size())));
}

v1::OrderLine* FindLine(v1::Order& order, const std::string& key) {
  for (v1::OrderLine& line : *order.mutable_lines()) {
    if (line.line_key() == key) return &line;
  }
  return nullptr;
}

void Zero(v1::DualMoney& amount) {
  if (amount.has_ledger()) amount.mutable_ledger()->set_minor_units(0);
  if (amount.has_presentment()) amount.mutable_presentment()->set_minor_units(0);
}

// A line that is gone: it stays, with nothing in it.
void Empty(v1::OrderLine& line) {
  ToProto(Dec{}, *line.mutable_quantities()->mutable_current());
  if (line.has_subtotal()) Zero(*line.mutable_subtotal());
  if (line.has_net()) Zero(*line.mutable_net());
  if (line.has_tax()) Zero(*line.mutable_tax());
  if (line.has_subtotal_tax()) Zero(*line.mutable_subtotal_tax());
  for (v1::LineTax& tax : *line.mutable_taxes()) {
    if (tax.has_amount()) Zero(*tax.mutable_amount());
    if (tax.has_amount_before_discount()) Zero(*tax.mutable_amount_before_discount());
  }
  for (v1::LineDiscount& discount : *line.mutable_discounts()) {
    if (discount.has_amount()) Zero(*discount.mutable_amount());
  }
}

// Quantities of a line that was seen before: what the source does not state stays (absent is not zero), and the ordered
// quantity is that of the first time.
void KeepQuantities(const v1::LineQuantities& before, v1::LineQuantities& now) {
  if (!now.has_current() && now.has_ordered()) *now.mutable_current() = now.ordered();
  v1::LineQuantities merged = before;
  merged.MergeFrom(now);
  // Merging sub-messages field by field would mix a new number with an old scale.
  const auto* const type = v1::LineQuantities::descriptor();
  const auto& r = *now.GetReflection();
  for (int i = 0; i < type->field_count(); ++i) {
    const auto* field = type->field(i);
    if (field->message_type() == nullptr || !r.HasField(now, field)) continue;
    r.MutableMessage(&merged, field)->CopyFrom(r.GetMessage(now, field));
  }
  if (before.has_ordered()) *merged.mutable_ordered() = before.ordered();
  now = merged;
}

bool IsUnknown(v1::FieldState::Kind kind) {
  return kind == v1::FieldState::KIND_NOT_FETCHED || kind == v1::FieldState::KIND_NOT_SUPPORTED ||
         kind == v1::FieldState::KIND_REDACTED || kind == v1::FieldState::KIND_TRUNCATED;
}

// Whether the snapshot says that it does not show all lines: then one that is missing says nothing.
bool LinesAreIncomplete(const v1::Order& snapshot) {
  for (const v1::FieldState& state : snapshot.header().field_states()) {
    if (IsUnknown(state.kind()) && (state.path() == "lines" || state.path() == "lines[*]")) return true;
  }
  return false;
}

void ApplySnapshot(const v1::OrderRevision& revision, v1::Order& order) {
  const v1::Order before = order;
  order = revision.snapshot();
  const bool first = before.header().revision() == 0;
  for (v1::OrderLine& line : *order.mutable_lines()) {
    v1::LineQuantities& quantities = *line.mutable_quantities();
    const v1::OrderLine* old = nullptr;
    for (const v1::OrderLine& candidate : before.lines()) {
      if (candidate.line_key() == line.line_key()) old = &candidate;
    }
    if (old != nullptr) {
      KeepQuantities(old->quantities(), quantities);
    } else if (quantities.has_ordered() && !quantities.has_current()) {
      *quantities.mutable_current() = quantities.ordered();
    }
    if (quantities.ByteSizeLong() == 0) line.clear_quantities();
  }
  if (first) return;
  const bool incomplete = LinesAreIncomplete(order);
  for (const v1::OrderLine& line : before.lines()) {
    if (FindLine(order, line.line_key()) != nullptr) continue;
    v1::OrderLine& kept = *order.add_lines();
    kept = line;
    if (!incomplete) Empty(kept);
  }
  // Not fetched is not cleared.
  const google::protobuf::RepeatedPtrField<v1::FieldState> states = order.header().field_states();
  for (const v1::FieldState& state : states) {
    if (!IsUnknown(state.kind()) || state.path() == "lines" || state.path() == "lines[*]") continue;
    const auto path = FieldPath::Parse(state.path(), *v1::Order::descriptor());
    // A path of the source's own that the model does not have names nothing that could be lost.
    if (path.ok()) static_cast<void>(CopyFields(before, *path, order));
  }
  // Documents in other systems are ours to know, not the source's.
  if (order.postings().empty()) *order.mutable_postings() = before.postings();
}

absl::Status AddQuantity(const v1::Decimal& by, bool negated, v1::Decimal& to) {
  FAIRLEAD_ASSIGN_OR_RETURN(const Dec change, FromProto(by));
  FAIRLEAD_ASSIGN_OR_RETURN(const Dec before, FromProto(to));
  FAIRLEAD_ASSIGN_OR_RETURN(const Dec after, negated ? Sub(before, change) : Add(before, change));
  ToProto(after, to);
  return absl::OkStatus();
}

absl::Status ApplyLineChange(const v1::OrderRevision& revision, const v1::OrderRevision::LineChange& change,
                             v1::Order& order) {
  const std::string& key = change.line_key().empty() ? change.line().line_key() : change.line_key();
  if (key.empty()) return Refuse(revision, "a line change names no line: set its line_key");
  v1::OrderLine* line = FindLine(order, key);
  bool edit = change.has_edited();
  if (line == nullptr) {
    if (!change.has_line()) {
      return Refuse(revision,
                    absl::StrCat("changes line '", key, "', which the order does not have, and brings no new line"));
    }
    line = order.add_lines();
    *line = change.line();
    line->set_line_key(key);
    v1::LineQuantities& quantities = *line->mutable_quantities();
    if (!quantities.has_ordered()) {
      *quantities.mutable_ordered() = quantities.has_current() ? quantities.current() : change.edited();
    }
    if (!quantities.has_current()) *quantities.mutable_current() = quantities.ordered();
    edit = false;  // What the edit added is the line itself.
  } else if (change.has_line()) {
    const v1::LineQuantities before = line->quantities();
    *line = change.line();
    line->set_line_key(key);
    if (edit) {
      // The edit says what changed; the quantities beside it would count it twice.
      *line->mutable_quantities() = before;
    } else {
      KeepQuantities(before, *line->mutable_quantities());
    }
  }
  v1::LineQuantities& quantities = *line->mutable_quantities();
  if (edit) FAIRLEAD_RETURN_IF_ERROR(AddQuantity(change.edited(), false, *quantities.mutable_current()));
  if (change.has_cancelled()) {
    FAIRLEAD_RETURN_IF_ERROR(AddQuantity(change.cancelled(), false, *quantities.mutable_cancelled()));
    FAIRLEAD_RETURN_IF_ERROR(AddQuantity(change.cancelled(), true, *quantities.mutable_current()));
  }
  if (change.has_refunded()) {
    FAIRLEAD_RETURN_IF_ERROR(AddQuantity(change.refunded(), false, *quantities.mutable_refunded()));
  }
  // Taken off without a new content: nothing is left to pay for.
  if ((edit || change.has_cancelled()) && !change.has_line() && quantities.current().unscaled() == 0) Empty(*line);
  return absl::OkStatus();
}

// Whether any line says what was shipped. Without one, a status that the source states is better than one derived from
// nothing.
bool StatesShipping(const v1::Order& order) {
  for (const v1::OrderLine& line : order.lines()) {
    if (line.quantities().has_shipped() || line.quantities().has_delivered()) return true;
  }
  return false;
}

absl::Status MoveTotal(const v1::DualMoney& delta, v1::Order& order) {
  if (!order.totals().stated().has_grand_total()) return absl::OkStatus();
  v1::DualMoney& total = *order.mutable_totals()->mutable_stated()->mutable_grand_total();
  if (delta.has_ledger() && total.has_ledger()) {
    FAIRLEAD_ASSIGN_OR_RETURN(*total.mutable_ledger(), Add(total.ledger(), delta.ledger()));
  }
  if (delta.has_presentment() && total.has_presentment()) {
    FAIRLEAD_ASSIGN_OR_RETURN(*total.mutable_presentment(), Add(total.presentment(), delta.presentment()));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ApplyRevision(const v1::OrderRevision& revision, v1::Order& order) {
  const std::uint64_t have = order.header().revision();
  if (revision.number() != have + 1) {
    return Refuse(revision,
                  absl::StrCat("revision ", have + 1, " is expected next: a history has no gaps and no repeats"));
  }
  if (!order.header().id().empty() && !revision.order_id().empty() && order.header().id() != revision.order_id()) {
    return Refuse(revision, absl::StrCat("belongs to another order than '", order.header().id(), "'"));
  }
  if (have == 0 && !revision.has_snapshot()) {
    return Refuse(revision, "the first revision has to bring the order as a whole, as its snapshot");
  }
  v1::Order next = order;
  if (revision.has_snapshot()) ApplySnapshot(revision, next);
  for (const auto& change : revision.line_changes()) FAIRLEAD_RETURN_IF_ERROR(ApplyLineChange(revision, change, next));
  if (revision.has_billing_address()) *next.mutable_billing_address() = revision.billing_address();
  if (revision.has_shipping_address()) *next.mutable_shipping_address() = revision.shipping_address();
  if (revision.commercial_status() != v1::COMMERCIAL_STATUS_UNSPECIFIED) {
    next.set_commercial_status(revision.commercial_status());
  } else if (revision.kind() == v1::OrderRevision::KIND_CANCEL && revision.line_changes().empty()) {
    // A cancellation that names no lines is one of the order.
    next.set_commercial_status(v1::COMMERCIAL_STATUS_CANCELLED);
  }
  if (revision.payment_status() != v1::PAYMENT_STATUS_UNSPECIFIED) next.set_payment_status(revision.payment_status());
  if (!revision.source_status().empty()) next.set_source_status(revision.source_status());
  if (revision.has_delta() && !revision.has_snapshot()) FAIRLEAD_RETURN_IF_ERROR(MoveTotal(revision.delta(), next));

  v1::EntityHeader& header = *next.mutable_header();
  if (!revision.order_id().empty()) {
    header.set_id(revision.order_id());
  } else if (header.id().empty()) {
    header.set_id(order.header().id());
  }
  header.set_revision(revision.number());
  if (revision.has_happened_at() && !revision.has_snapshot()) *header.mutable_updated_at() = revision.happened_at();
  if (StatesShipping(next) || next.fulfillment_status() == v1::FULFILLMENT_STATUS_UNSPECIFIED) {
    next.set_fulfillment_status(DeriveFulfillment(next));
  }
  if (!ComputeTotals(next).ok()) {
    // Two currencies in one order: reported by Validate(), and no reason to lose the order.
    next.mutable_totals()->clear_computed();
    next.mutable_totals()->clear_residual();
  }
  order.Swap(&next);
  return absl::OkStatus();
}

absl::StatusOr<v1::Order> FoldRevisions(const std::vector<v1::OrderRevision>& revisions) {
  if (revisions.empty()) {
    return MakeError(ErrorKind::kValidation, Outcome::kNotSent,
                     "an order without revisions has no history to be made from");
  }
  v1::Order order;
  for (const v1::OrderRevision& revision : revisions) FAIRLEAD_RETURN_IF_ERROR(ApplyRevision(revision, order));
  return order;
}

}  // namespace models
FAIRLEAD_NAMESPACE_END
