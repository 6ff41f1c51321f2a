// Golden scenarios 1, 2 and 10: an order's life, seen from the store and the ERP.
#include "absl/strings/str_cat.h"
#include "fairlead/models/decimal.h"
#include "fairlead/v1/refund.pb.h"
#include "fairlead/v1/shipment.pb.h"
#include "tests/scenarios/shop.h"

namespace fairlead::scenarios {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

std::string MetaText(const Json& order) {
  std::string text;
  for (const Json& meta : order["meta_data"].items()) text += meta["key"].text() + "=" + meta["value"].text() + "\n";
  return text;
}

TEST_F(Shop, PaidOrderIsPostedOnceShippedTrackedAndInvoiced) {
  Stock("TENT", 40);
  Stock("STOVE", 40);
  OrderSpec order;
  order.id = 4001;
  order.lines = {{"TENT", 2, "20.00"}, {"STOVE", 1, "14.50"}};
  order.shipping = {{"Flat rate", "7.50"}};
  order.total = "42.00";
  Place(order);
  Settle();

  const Sale sale = OneSale(4001);
  EXPECT_EQ(sale.state, "processing");
  EXPECT_TRUE(SameDecimal(sale.total, "42.00")) << sale.total;
  ASSERT_THAT(sale.lines, SizeIs(3));
  EXPECT_EQ(sale.lines[0].code, "TENT");
  EXPECT_EQ(sale.lines[1].code, "STOVE");
  EXPECT_EQ(Posted(4001), v1::POSTING_STATUS_POSTED);
  const sync::OrderView view = View(4001);
  EXPECT_EQ(view.order.postings(0).document().id(), absl::StrCat(sale.id));
  EXPECT_FALSE(view.order.postings(0).verified_hash().empty());
  EXPECT_THAT(view.waiting, IsEmpty());
  EXPECT_THAT(Held(), IsEmpty());

  const auto tracking = erp_->Ship("WEB-4001", "TRK");
  ASSERT_OK(tracking);
  ASSERT_THAT(*tracking, SizeIs(1));
  Settle();
  EXPECT_THAT(MetaText(StoreOrder(4001)), HasSubstr(tracking->front()));
  EXPECT_TRUE(SameDecimal(
      models::PrintDecimal(models::Dec::Of(static_cast<std::int64_t>(*erp_->Stock("TENT", "WH-EAST")))), "38"));
  EXPECT_EQ(StoreStock("TENT"), 38);

  ASSERT_OK(erp_->PostInvoices("WEB-4001"));
  Settle();
  // The order is the store's; the ERP's copy of it is a document about it, not another history.
  const sync::OrderView later = View(4001);
  EXPECT_EQ(later.order.order_number(), "4001");
  for (const v1::OrderRevision& revision : later.revisions) EXPECT_EQ(revision.actor(), "web");
  const Sale after = OneSale(4001);
  ASSERT_THAT(after.invoices, SizeIs(1));
  EXPECT_EQ(after.invoices[0].state, "posted");
  EXPECT_TRUE(SameDecimal(after.invoices[0].total, "42.00")) << after.invoices[0].total;
  EXPECT_THAT(Held(), IsEmpty());
}

TEST_F(Shop, OneLineLeavesTwoWarehousesAsThreeAndTwo) {
  Stock("TENT", 3, 5);
  ASSERT_OK(erp_->SetStock("TENT", "WH-WEST", 2));
  OrderSpec order;
  order.id = 4002;
  order.lines = {{"TENT", 5, "50.00"}};
  order.total = "50.00";
  Place(order);
  Settle();
  const Sale sale = OneSale(4002);
  EXPECT_EQ(sale.state, "processing");

  // What the staff do: three of the five stay in the east, a second shipment takes two from the west.
  auto moves = Erp(
      "model.stock.move.search_read",
      R"([["shipment","like","stock.shipment.out,%"]],0,null,null,["product","uom","origin","shipment","from_location","to_location","unit_price","currency"])");
  ASSERT_OK(moves);
  Json line = moves->items().front();
  for (const Json& move : moves->items()) {
    if (move["origin"].text().rfind("sale.line,", 0) == 0) line = move;
  }
  ASSERT_THAT(line["origin"].text(), HasSubstr("sale.line,"));
  const std::string first = line["shipment"].text().substr(line["shipment"].text().find(',') + 1);
  const auto places =
      Erp("model.stock.location.search_read", R"([["code","=","WH-WEST"]],0,null,null,["output_location"])");
  ASSERT_OK(places);
  const std::string west = places->items().front()["id"].text();
  const std::string output = places->items().front()["output_location"].text();
  ASSERT_OK(Erp("model.stock.shipment.out.draft", absl::StrCat("[", first, "]")));
  ASSERT_OK(Erp("model.stock.move.write", absl::StrCat("[", line["id"].text(), R"(],{"quantity":3.0})")));
  ASSERT_OK(Erp("model.stock.shipment.out.wait", absl::StrCat("[", first, "]")));
  const auto header = Erp("model.stock.shipment.out.search_read",
                          absl::StrCat(R"([["id","=",)", first, R"(]],0,null,null,["customer","delivery_address"])"));
  ASSERT_OK(header);
  const Json original = header->items().front();
  const auto second =
      Erp("model.stock.shipment.out.create",
          absl::StrCat(R"([{"customer":)", original["customer"].text(), R"(,"delivery_address":)",
                       original["delivery_address"].text(), R"(,"warehouse":)", west,
                       R"(,"outgoing_moves":[["create",[{"product":)", line["product"].text(), R"(,"uom":)",
                       line["uom"].text(), R"(,"quantity":2.0,"from_location":)", output, R"(,"to_location":)",
                       line["to_location"].text(), R"(,"origin":")", line["origin"].text(),
                       R"(","unit_price":{"__class__":"Decimal","decimal":"10"},"currency":1}]]]}])"));
  ASSERT_OK(second);
  ASSERT_OK(Erp("model.stock.shipment.out.wait", absl::StrCat("[", second->items().front().text(), "]")));
  const auto tracking = erp_->Ship("WEB-4002", "TRK");
  ASSERT_OK(tracking);
  ASSERT_THAT(*tracking, SizeIs(2));
  Settle();

  const Sale after = OneSale(4002);
  ASSERT_THAT(after.shipments, SizeIs(2));
  EXPECT_THAT((std::vector<std::string>{after.shipments[0].warehouse, after.shipments[1].warehouse}),
              UnorderedElementsAre("WH-EAST", "WH-WEST"));
  const std::string meta = MetaText(StoreOrder(4002));
  for (const std::string& number : *tracking) EXPECT_THAT(meta, HasSubstr(number));
  EXPECT_THAT(meta, HasSubstr(R"("quantity":"3")"));
  EXPECT_THAT(meta, HasSubstr(R"("quantity":"2")"));

  // The engine's own view: two shipments, five units in all, from the right places.
  const auto mirrored = Mirrored("erp", "shipment");
  ASSERT_OK(mirrored);
  std::map<std::string, std::string> quantities;
  for (const MirrorRow& row : *mirrored) {
    v1::Shipment shipment;
    ASSERT_TRUE(shipment.ParseFromString(row.content));
    ASSERT_EQ(shipment.lines_size(), 1);
    quantities[shipment.from_location()] =
        models::PrintDecimal(models::Normalize(models::FromProto(shipment.lines(0).quantity().value()).value()));
  }
  EXPECT_EQ(quantities, (std::map<std::string, std::string>{{"WH-EAST", "3"}, {"WH-WEST", "2"}}));
  EXPECT_THAT(Held(), IsEmpty());
  EXPECT_EQ(StoreStock("TENT"), 0);
}

TEST_F(Shop, PartialRefundWithoutReturnIsSeenAndPostsNothingTwice) {
  Stock("TENT", 40);
  OrderSpec order;
  order.id = 4010;
  order.lines = {{"TENT", 2, "20.00"}};
  order.total = "20.00";
  Place(order);
  Settle();
  ASSERT_EQ(Posted(4010), v1::POSTING_STATUS_POSTED);
  const int stock = StoreStock("TENT");
  const int effects = to_erp_.effects();

  // Five of twenty are paid back; nothing comes back.
  const auto refunded = staff_->Create(
      "orders/4010/refunds", R"({"amount":"5.00","reason":"scratched","api_refund":false,"api_restock":false})");
  ASSERT_OK(refunded);
  Settle();

  const Sale sale = OneSale(4010);
  EXPECT_EQ(sale.state, "processing");
  EXPECT_TRUE(SameDecimal(sale.total, "20.00")) << "a refund is a document of its own: the sale stays as it was sold";
  EXPECT_EQ(to_erp_.effects(), effects);
  EXPECT_EQ(StoreStock("TENT"), stock);
  const auto refunds = Mirrored("web", "refund");
  ASSERT_OK(refunds);
  ASSERT_THAT(*refunds, SizeIs(1));
  v1::Refund refund;
  ASSERT_TRUE(refund.ParseFromString((*refunds)[0].content));
  EXPECT_EQ(refund.amount().ledger().minor_units(), 500);
  EXPECT_EQ(Posted(4010), v1::POSTING_STATUS_POSTED);
  // Somebody has to credit it in the ERP: it is on a list, with a name.
  const auto held = Held();
  ASSERT_THAT(held, SizeIs(1));
  EXPECT_EQ(held[0].reason, "changed_after_posting");
  EXPECT_EQ(held[0].owner, "sales-ops");
}

}  // namespace
}  // namespace fairlead::scenarios
