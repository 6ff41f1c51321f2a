// Golden scenarios 14 and 15: totals that do not simply follow from quantity times price.
#include "absl/strings/str_cat.h"
#include "tests/scenarios/shop.h"

namespace fairlead::scenarios {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const Sale::Item* Find(const Sale& sale, const std::string& text) {
  for (const Sale::Item& line : sale.lines) {
    if (line.code == text || line.description.find(text) != std::string::npos) return &line;
  }
  return nullptr;
}

TEST_F(Shop, GiftCardTipAndCashRoundingReachTheErpAsLinesThatSumToTheStoresTotal) {
  Stock("TENT", 40);
  OrderSpec order;
  order.id = 4014;
  order.lines = {{"TENT", 2, "39.98"}};
  order.shipping = {{"Courier", "4.99"}};
  // 39.98 + 4.99 + 3.00 - 20.00 = 27.97, paid in cash as 27.95.
  order.fees = {{"Tip", "3.00"}, {"Gift card 7KQ", "-20.00"}, {"Cash rounding", "-0.02"}};
  order.total = "27.95";
  Place(order);
  Settle();

  const Sale sale = OneSale(4014);
  EXPECT_TRUE(SameDecimal(sale.total, "27.95")) << sale.total;
  EXPECT_EQ(sale.state, "processing");
  for (const char* title : {"Tip", "Gift card 7KQ", "Cash rounding", "Courier"}) {
    EXPECT_NE(Find(sale, title), nullptr) << title << " is not a line of its own";
  }
  const Sale::Item* card = Find(sale, "Gift card 7KQ");
  ASSERT_NE(card, nullptr);
  EXPECT_TRUE(SameDecimal(card->unit_price, "-20")) << card->unit_price;
  EXPECT_EQ(Posted(4014), v1::POSTING_STATUS_POSTED);
  EXPECT_EQ(View(4014).order.postings_size(), 1);
  EXPECT_THAT(Held(), IsEmpty());
}

// Prices include tax; 19, 7 and 0 percent; 10 percent off the order; tax rounded per document. The lines carry more
// digits than the currency, and what is left over after them is one cent.
OrderSpec TaxInclusive(std::int64_t id) {
  OrderSpec order;
  order.id = id;
  order.prices_include_tax = true;
  // Gross 49.99, 12.99 and 8.00, each less ten percent: 44.991, 11.691, 7.20.
  order.lines = {{"LAMP", 1, "37.807563", "7.183437", "42.008403", "7.981597"},
                 {"BOOK", 1, "10.926168", "0.764832", "12.140187", "0.849813"},
                 {"STAMP", 4, "7.20", "0.00", "8.00", "0.00"}};
  order.taxes = {{1, "VAT 19", "19", "7.18"}, {2, "VAT 7", "7", "0.77"}};
  order.coupon = "tenoff";
  order.discount = "6.21";
  order.discount_tax = "0.88";
  order.total_tax = "7.95";
  order.total = "63.88";
  return order;
}

TEST_F(Shop, TaxInclusiveOrderWithThreeRatesAndACouponReconcilesToTheStoresTotal) {
  for (const char* sku : {"LAMP", "BOOK", "STAMP"}) Stock(sku, 50);
  Place(TaxInclusive(4015));
  Settle();
  const Sale sale = OneSale(4015);
  EXPECT_TRUE(SameDecimal(sale.total, "63.88")) << sale.total;
  EXPECT_EQ(sale.state, "processing");
  const Sale::Item* tax = Find(sale, "STORE-TAX");
  ASSERT_NE(tax, nullptr) << "the stated tax is a line of its own";
  EXPECT_EQ(Posted(4015), v1::POSTING_STATUS_POSTED);
  EXPECT_THAT(Held(), IsEmpty());
}

TEST_F(Shop, TotalThatDoesNotFollowFromTheLinesIsParkedWithReasonOwnerAndRunbook) {
  for (const char* sku : {"LAMP", "BOOK", "STAMP"}) Stock(sku, 50);
  OrderSpec wrong = TaxInclusive(4016);
  wrong.total = "64.88";
  Place(wrong);
  Place(TaxInclusive(4017));
  Settle();
  EXPECT_THAT(Sales("WEB-4016"), IsEmpty());
  OneSale(4017);
  const auto held = Held();
  ASSERT_THAT(held, SizeIs(1));
  EXPECT_EQ(held[0].label, "4016");
  EXPECT_EQ(held[0].reason, "residual");
  EXPECT_EQ(held[0].owner, "sales-ops");
  EXPECT_EQ(held[0].runbook, "order-parked");
  EXPECT_EQ(held[0].money_at_risk, "64.88 USD");
}

}  // namespace
}  // namespace fairlead::scenarios
