// Golden scenario 19: one buyer, however they come.
#include "absl/strings/str_cat.h"
#include "tests/scenarios/shop.h"

namespace fairlead::scenarios {
namespace {

using ::testing::IsEmpty;

OrderSpec Simple(std::int64_t id, const std::string& email) {
  OrderSpec order;
  order.id = id;
  order.email = email;
  order.lines = {{"TENT", 1, "10.00"}};
  order.total = "10.00";
  return order;
}

TEST_F(Shop, GuestWithFiveOrdersWhoOpensAnAccountIsOneBuyerInTheErp) {
  Stock("TENT", 40);
  for (int i = 0; i < 5; ++i)
    Place(Simple(4190 + i, i % 2 == 0 ? "ada.quill@mail.example.com" : "Ada.Quill@Mail.example.com"));
  Settle();
  std::set<std::string> parties;
  for (int i = 0; i < 5; ++i) parties.insert(OneSale(4190 + i).party);
  EXPECT_EQ(parties.size(), 1u) << "five orders of one guest";
  EXPECT_EQ(Parties(), 1u);

  // The guest opens an account, and orders once more with it.
  const auto account =
      staff_->Create("customers", R"({"email":"ada.quill@mail.example.com","first_name":"Ada","last_name":"Quill"})");
  ASSERT_OK(account);
  OrderSpec sixth = Simple(4196, "ada.quill@mail.example.com");
  sixth.customer = std::stoll(*account);
  Place(sixth);
  Settle();
  parties.insert(OneSale(4196).party);
  EXPECT_EQ(parties.size(), 1u) << "the account is the guest";
  EXPECT_EQ(Parties(), 1u);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Posted(4190 + i), v1::POSTING_STATUS_POSTED);
  EXPECT_EQ(Posted(4196), v1::POSTING_STATUS_POSTED);
  EXPECT_THAT(Held(), IsEmpty());
}

TEST_F(Shop, AccountIsMergedIntoAnotherAndItsOrdersStayWhereTheyArePosted) {
  Stock("TENT", 40);
  const auto first =
      staff_->Create("customers", R"({"email":"one@mail.example.com","first_name":"Ada","last_name":"Quill"})");
  const auto second =
      staff_->Create("customers", R"({"email":"two@mail.example.com","first_name":"Ada","last_name":"Quill"})");
  ASSERT_OK(first);
  ASSERT_OK(second);
  OrderSpec order = Simple(4291, "one@mail.example.com");
  order.customer = std::stoll(*first);
  Place(order);
  Settle();
  const Sale before = OneSale(4291);

  // The shop merges by moving the orders and deleting the account.
  ASSERT_OK(staff_->Call("PUT", "orders/4291", absl::StrCat(R"({"customer_id":)", *second, "}")));
  ASSERT_OK(staff_->Call("DELETE", absl::StrCat("customers/", *first, "?force=true&reassign=0")));
  OrderSpec later = Simple(4292, "two@mail.example.com");
  later.customer = std::stoll(*second);
  Place(later);
  Settle();
  EXPECT_EQ(OneSale(4291).party, before.party) << "a posted sale is not moved behind the accountants' back";
  OneSale(4292);
  EXPECT_EQ(Posted(4292), v1::POSTING_STATUS_POSTED);
  EXPECT_EQ(AllSales(), 2u);
}

}  // namespace
}  // namespace fairlead::scenarios
