#include "fairlead/models/fold.h"

#include <string>
#include <vector>

#include "fairlead/models/digest.h"
#include "fairlead/models/validate.h"
#include "gtest/gtest.h"
#include "tests/models/samples.h"

namespace fairlead::models {
namespace {

using testing::AddLine;
using testing::Eur;
using testing::Number;
using testing::SampleOrder;
using Revision = v1::OrderRevision;

Revision Make(std::uint64_t number, Revision::Kind kind) {
  Revision revision;
  revision.set_order_id("o1");
  revision.set_number(number);
  revision.set_kind(kind);
  return revision;
}

Revision Placed() {
  Revision revision = Make(1, Revision::KIND_PLACE);
  *revision.mutable_snapshot() = SampleOrder();
  return revision;
}

Revision::LineChange& Change(Revision& revision, const std::string& key) {
  Revision::LineChange& change = *revision.add_line_changes();
  change.set_line_key(key);
  return change;
}

v1::Order Fold(const std::vector<Revision>& revisions) {
  const auto order = FoldRevisions(revisions);
  EXPECT_TRUE(order.ok()) << order.status();
  return order.ok() ? *order : v1::Order();
}

std::string Current(const v1::Order& order, int line) { return PrintDecimal(order.lines(line).quantities().current()); }
std::string Ordered(const v1::Order& order, int line) { return PrintDecimal(order.lines(line).quantities().ordered()); }

TEST(Fold, AnOrderIsWhatItsRevisionsAmountTo) {
  Revision edit = Make(2, Revision::KIND_EDIT);
  *Change(edit, "item:1").mutable_edited() = Number("3");
  Revision cancel = Make(3, Revision::KIND_CANCEL);
  *Change(cancel, "item:1").mutable_cancelled() = Number("1");
  Revision refund = Make(4, Revision::KIND_REFUND);
  *Change(refund, "item:1").mutable_refunded() = Number("2");
  refund.set_payment_status(v1::PAYMENT_STATUS_PARTIALLY_REFUNDED);
  Revision address = Make(5, Revision::KIND_ADDRESS);
  address.mutable_shipping_address()->set_city("Turin");

  const v1::Order order = Fold({Placed(), edit, cancel, refund, address});
  EXPECT_EQ(Ordered(order, 0), "2");
  EXPECT_EQ(Current(order, 0), "4");  // 2 ordered + 3 edited - 1 cancelled; refunds never reduce it.
  EXPECT_EQ(PrintDecimal(order.lines(0).quantities().cancelled()), "1");
  EXPECT_EQ(PrintDecimal(order.lines(0).quantities().refunded()), "2");
  EXPECT_EQ(order.payment_status(), v1::PAYMENT_STATUS_PARTIALLY_REFUNDED);
  EXPECT_EQ(order.shipping_address().city(), "Turin");
  EXPECT_EQ(order.header().revision(), 5U);
  EXPECT_EQ(order.header().id(), "o1");
  EXPECT_EQ(order.header().refs(0).id(), "53");
}

TEST(Fold, ALineNeverVanishes) {
  Revision observed = Make(2, Revision::KIND_OBSERVED);
  *observed.mutable_snapshot() = SampleOrder();
  observed.mutable_snapshot()->mutable_lines()->DeleteSubrange(1, 1);
  *observed.mutable_snapshot()->mutable_totals()->mutable_stated()->mutable_grand_total() = Eur("29.69");
  const v1::Order order = Fold({Placed(), observed});
  ASSERT_EQ(order.lines_size(), 3);
  EXPECT_EQ(order.lines(2).line_key(), "item:2");
  EXPECT_EQ(Ordered(order, 2), "1");
  EXPECT_EQ(Current(order, 2), "0");
  // Nothing of it is left to pay, so the totals still agree.
  EXPECT_EQ(MoneyText(order.totals().residual()), "0.00");
  // Added again it is the same line, and what was ordered first is still known.
  Revision back = Make(3, Revision::KIND_OBSERVED);
  *back.mutable_snapshot() = SampleOrder();
  *back.mutable_snapshot()->mutable_lines(1)->mutable_quantities()->mutable_ordered() = Number("7");
  const v1::Order again = Fold({Placed(), observed, back});
  ASSERT_EQ(again.lines_size(), 3);
  EXPECT_EQ(Ordered(again, 1), "1");
  EXPECT_EQ(Current(again, 1), "7");
}

TEST(Fold, NotFetchedIsNotCleared) {
  Revision partial = Make(2, Revision::KIND_OBSERVED);
  *partial.mutable_snapshot() = SampleOrder();
  v1::Order& snapshot = *partial.mutable_snapshot();
  snapshot.clear_lines();
  snapshot.clear_buyer();
  snapshot.clear_taxes();
  for (const char* path : {"lines", "buyer.email"}) {
    auto& state = *snapshot.mutable_header()->add_field_states();
    state.set_path(path);
    state.set_kind(v1::FieldState::KIND_NOT_FETCHED);
  }
  const v1::Order order = Fold({Placed(), partial});
  EXPECT_EQ(order.lines_size(), 3);
  EXPECT_EQ(MoneyText(order.lines(0).net().ledger()), "20.00");
  EXPECT_EQ(order.buyer().email(), "ada@example.com");
  // What the snapshot shows without a word is what the source says.
  EXPECT_TRUE(order.buyer().name().empty());
  EXPECT_EQ(order.taxes_size(), 0);
}

TEST(Fold, WhatWeKnowAloneIsKept) {
  Revision first = Placed();
  v1::PostingRecord& posting = *first.mutable_snapshot()->add_postings();
  posting.set_target_system("erp");
  *first.mutable_snapshot()->mutable_lines(0)->mutable_quantities()->mutable_shipped() = Number("1");
  Revision observed = Make(2, Revision::KIND_OBSERVED);
  *observed.mutable_snapshot() = SampleOrder();
  const v1::Order order = Fold({first, observed});
  ASSERT_EQ(order.postings_size(), 1);
  EXPECT_EQ(PrintDecimal(order.lines(0).quantities().shipped()), "1");
  EXPECT_EQ(order.fulfillment_status(), v1::FULFILLMENT_STATUS_PARTIAL);
}

TEST(Fold, NewLinesComeWithTheEdit) {
  Revision edit = Make(2, Revision::KIND_EDIT);
  Revision::LineChange& change = Change(edit, "item:3");
  *change.mutable_edited() = Number("4");
  change.mutable_line()->set_kind(v1::LINE_KIND_ITEM);
  *change.mutable_line()->mutable_net() = Eur("8.00");
  *edit.mutable_delta() = Eur("8.00");
  const v1::Order order = Fold({Placed(), edit});
  ASSERT_EQ(order.lines_size(), 4);
  EXPECT_EQ(order.lines(3).line_key(), "item:3");
  EXPECT_EQ(Ordered(order, 3), "4");
  EXPECT_EQ(Current(order, 3), "4");
  EXPECT_EQ(MoneyText(order.totals().stated().grand_total().ledger()), "49.59");
  EXPECT_EQ(MoneyText(order.totals().residual()), "0.00");
}

TEST(Fold, ACancelledLineIsPaidForNoMore) {
  Revision cancel = Make(2, Revision::KIND_CANCEL);
  *Change(cancel, "item:2").mutable_cancelled() = Number("1");
  *cancel.mutable_delta() = Eur("-11.90");
  const v1::Order order = Fold({Placed(), cancel});
  EXPECT_EQ(Current(order, 1), "0");
  EXPECT_EQ(MoneyText(order.totals().residual()), "0.00");
  EXPECT_EQ(order.commercial_status(), v1::COMMERCIAL_STATUS_OPEN);
  EXPECT_EQ(Fold({Placed(), Make(2, Revision::KIND_CANCEL)}).commercial_status(), v1::COMMERCIAL_STATUS_CANCELLED);
}

TEST(Fold, AHistoryWithGapsIsNone) {
  EXPECT_FALSE(FoldRevisions({}).ok());
  EXPECT_FALSE(FoldRevisions({Placed(), Make(3, Revision::KIND_EDIT)}).ok());
  EXPECT_FALSE(FoldRevisions({Placed(), Make(1, Revision::KIND_EDIT)}).ok());
  EXPECT_FALSE(FoldRevisions({Make(1, Revision::KIND_EDIT)}).ok());
  Revision stranger = Make(2, Revision::KIND_HOLD);
  stranger.set_order_id("o2");
  EXPECT_FALSE(FoldRevisions({Placed(), stranger}).ok());
  Revision unknown = Make(2, Revision::KIND_EDIT);
  *Change(unknown, "item:9").mutable_edited() = Number("1");
  const auto order = FoldRevisions({Placed(), unknown});
  EXPECT_EQ(order.status().message(),
            "revision 2 of order 'o1': changes line 'item:9', which the order does not have, and brings no new line");
  // A refused revision leaves the order as it was.
  v1::Order kept = Fold({Placed()});
  const std::string before = kept.SerializeAsString();
  EXPECT_FALSE(ApplyRevision(unknown, kept).ok());
  EXPECT_EQ(kept.SerializeAsString(), before);
}

TEST(Fold, WhatASourceSaysIsAFindingAndNoRefusal) {
  Revision cancel = Make(2, Revision::KIND_CANCEL);
  *Change(cancel, "item:1").mutable_cancelled() = Number("5");
  const v1::Order order = Fold({Placed(), cancel});
  EXPECT_EQ(Current(order, 0), "-3");
  bool reported = false;
  for (const Violation& violation : Validate(order)) {
    reported =
        reported || (violation.path == "lines[item:1].quantities.current" && violation.code == "NEGATIVE_QUANTITY");
  }
  EXPECT_TRUE(reported);
  EXPECT_FALSE(ValidateToSend(order).ok());
}

TEST(Fold, OneByOneIsTheSameAsAtOnce) {
  Revision edit = Make(2, Revision::KIND_EDIT);
  *Change(edit, "item:1").mutable_edited() = Number("-2");
  Revision hold = Make(3, Revision::KIND_HOLD);
  hold.set_commercial_status(v1::COMMERCIAL_STATUS_ON_HOLD);
  v1::Order stepwise;
  for (const Revision& revision : {Placed(), edit, hold}) ASSERT_TRUE(ApplyRevision(revision, stepwise).ok());
  EXPECT_EQ(stepwise.SerializeAsString(), Fold({Placed(), edit, hold}).SerializeAsString());
  EXPECT_EQ(stepwise.commercial_status(), v1::COMMERCIAL_STATUS_ON_HOLD);
}

}  // namespace
}  // namespace fairlead::models
