#include "fairlead/models/field_path.h"

#include <string>
#include <vector>

#include "fairlead/models/json.h"
#include "fairlead/v1/inventory.pb.h"
#include "fairlead/v1/party.pb.h"
#include "fairlead/v1/product.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/models/fill.h"
#include "tests/models/samples.h"

namespace fairlead::models {
namespace {

using testing::AddLine;
using ::testing::ElementsAre;
using testing::Eur;
using ::testing::HasSubstr;
using testing::Number;
using testing::SampleOrder;

FieldPath Path(std::string_view text) {
  auto path = FieldPath::Parse(text);
  EXPECT_TRUE(path.ok()) << path.status();
  return path.ok() ? *path : FieldPath();
}

std::vector<std::string> Paths(const google::protobuf::Message& message, std::string_view path) {
  std::vector<std::string> out;
  const auto matches = FindFields(message, path);
  EXPECT_TRUE(matches.ok()) << matches.status();
  if (matches.ok()) {
    for (const FieldMatch& match : *matches)
      out.push_back(match.path + (match.present ? "=" + match.Text() : " absent"));
  }
  return out;
}

TEST(FieldPath, ReadsAndWritesItsSyntax) {
  for (const std::string text :
       {"buyer.email", "lines[item:910].quantities.current", "entries[*].price", "lines[#2].net", "taxes[\"a]b\"].rate",
        "taxes[\"\"].rate", "taxes[\"#1\"].rate", "taxes[a b/c.d].rate"}) {
    EXPECT_EQ(Path(text).ToString(), text);
  }
  EXPECT_EQ(Path("taxes[\"plain\"]").ToString(), "taxes[plain]");
  EXPECT_EQ(Path("taxes[\"say \\\"so\\\"\"]").segments()[0].key, "say \"so\"");
  EXPECT_TRUE(Path("lines[*].net").HasWildcard());
  EXPECT_FALSE(Path("lines[\"*\"].net").HasWildcard());
}

TEST(FieldPath, RefusesWhatItCannotRead) {
  for (const std::string text :
       {"",      ".",      "a.",  ".a",      "a..b",    "a[",     "a[]",    "a[b",   "a[\"b]",          "a[b]c",
        "a[#x]", "a[#-1]", "a b", "a[b\"c]", "a[\"b\"", "a[\"\\", "a[[b]]", "a[*]]", "a[#99999999999]", "a-b"}) {
    EXPECT_FALSE(FieldPath::Parse(text).ok()) << text;
  }
  EXPECT_EQ(FieldPath::Parse("lines[").status().message(),
            "field path 'lines[', position 5: the closing ']' is missing");
}

TEST(FieldPath, IsCheckedAgainstTheModel) {
  const auto& order = *v1::Order::descriptor();
  for (const std::string text :
       {"buyer.email", "lines", "lines[*].net.ledger", "lines[a].quantities.current", "lines[*].taxes[x].rate",
        "header.refs[web].id", "postings[erp].status", "header.custom.fields[web]"}) {
    EXPECT_TRUE(FieldPath::Parse(text, order).ok()) << text << FieldPath::Parse(text, order).status();
  }
  const std::pair<const char*, const char*> bad[] = {
      {"buyer.mail", "'mail' is not a field of fairlead.v1.OrderBuyer"},
      {"lines.net", "'lines' is repeated: say which element"},
      {"buyer[x].email", "'buyer' is not repeated"},
      {"order_number.x", "nothing lies below a scalar"},
      {"header.extensions[x]", "no natural key"},
  };
  for (const auto& [text, why] : bad) {
    EXPECT_THAT(std::string(FieldPath::Parse(text, order).status().message()), HasSubstr(why)) << text;
  }
  // A misspelt state would match nothing for ever.
  EXPECT_THAT(
      std::string(FieldPath::Parse("quantities[AVAILBLE]", *v1::InventoryLevel::descriptor()).status().message()),
      HasSubstr("'AVAILBLE' is not a value of fairlead.v1.StockState"));
}

TEST(FieldPath, CoversWhatIsInside) {
  EXPECT_TRUE(Path("buyer").Covers(Path("buyer.email")));
  EXPECT_TRUE(Path("lines").Covers(Path("lines[a].net")));
  EXPECT_TRUE(Path("lines[*]").Covers(Path("lines[a].net")));
  EXPECT_TRUE(Path("lines[a]").Covers(Path("lines[a].net")));
  EXPECT_FALSE(Path("lines[a]").Covers(Path("lines[b].net")));
  EXPECT_FALSE(Path("lines[*]").Covers(Path("lines")));
  EXPECT_FALSE(Path("lines[a]").Covers(Path("lines[*]")));
  EXPECT_FALSE(Path("buyer.email").Covers(Path("buyer")));
  EXPECT_FALSE(Path("buyer_note").Covers(Path("buyer")));
}

TEST(FindFields, GivesValuesAsPeopleReadThem) {
  v1::Order order = SampleOrder();
  EXPECT_THAT(Paths(order, "order_number"), ElementsAre("order_number=1001"));
  EXPECT_THAT(Paths(order, "payment_status"), ElementsAre("payment_status=PAID"));
  EXPECT_THAT(Paths(order, "lines[*].net"), ElementsAre("lines[item:1].net=20.00 EUR", "lines[item:2].net=10.00 EUR",
                                                        "lines[shipping:1].net=4.95 EUR"));
  EXPECT_THAT(Paths(order, "lines[item:1].quantities.ordered"), ElementsAre("lines[item:1].quantities.ordered=2"));
  EXPECT_THAT(Paths(order, "shipping_address.city"), ElementsAre("shipping_address.city absent"));
  EXPECT_THAT(Paths(order, "lines[nowhere].net"), ElementsAre());
  EXPECT_THAT(Paths(order, "header.refs[*]"), ElementsAre("header.refs[web]=web/order/53"));
  order.mutable_placed_at()->set_seconds(0);
  EXPECT_THAT(Paths(order, "placed_at"), ElementsAre("placed_at=1970-01-01T00:00:00Z"));
  EXPECT_THAT(Paths(order, "taxes[de19].rate"), ElementsAre("taxes[de19].rate=0.19"));
}

TEST(FindFields, ElementsWithOneKeyOrNoneGoByPlace) {
  v1::Order order;
  order.add_lines()->set_line_key("a");
  order.add_lines()->set_line_key("a");
  order.add_lines();
  EXPECT_THAT(Paths(order, "lines[*].sku"),
              ElementsAre("lines[#0].sku absent", "lines[#1].sku absent", "lines[#2].sku absent"));
  EXPECT_EQ(Paths(order, "lines[a].sku").size(), 2U);
  EXPECT_THAT(Paths(order, "lines[#1].line_key"), ElementsAre("lines[#1].line_key=a"));
  EXPECT_THAT(Paths(order, "lines[#9].line_key"), ElementsAre());
}

TEST(FindFields, EnumKeysAndScalarsAreTheirOwnKeys) {
  v1::InventoryLevel level;
  level.add_quantities()->set_state(v1::STOCK_STATE_AVAILABLE);
  *level.mutable_quantities(0)->mutable_quantity() = *MakeQuantity("3.0", "KGM");
  EXPECT_THAT(Paths(level, "quantities[AVAILABLE].quantity"), ElementsAre("quantities[AVAILABLE].quantity=3 KGM"));
  EXPECT_THAT(Paths(level, "quantities[STOCK_STATE_AVAILABLE].quantity.value"),
              ElementsAre("quantities[AVAILABLE].quantity.value=3"));
  v1::Variant variant;
  variant.add_gtins("4006381333931");
  EXPECT_THAT(Paths(variant, "gtins[*]"), ElementsAre("gtins[4006381333931]=4006381333931"));
  EXPECT_THAT(Paths(variant, "gtins"), ElementsAre("gtins=4006381333931"));
}

TEST(SameValue, ComparesAcrossPlaces) {
  v1::Order a = SampleOrder();
  v1::Order b = SampleOrder();
  b.mutable_lines(0)->mutable_net()->mutable_ledger()->set_exponent(3);
  b.mutable_lines(0)->mutable_net()->mutable_ledger()->set_minor_units(20000);
  EXPECT_TRUE(SameValue(FindFields(a, "lines[item:1].net")->front(), FindFields(b, "lines[item:1].net")->front()));
  EXPECT_FALSE(SameValue(FindFields(a, "lines[item:1].net")->front(), FindFields(b, "lines[item:2].net")->front()));
  EXPECT_TRUE(SameValue(FindFields(a, "po_number")->front(), FindFields(b, "channel")->front()));
  EXPECT_FALSE(SameValue(FindFields(a, "po_number")->front(), FindFields(b, "order_number")->front()));
}

TEST(CopyFields, CopiesKeyedElementsAndClearsWhatIsAbsent) {
  const v1::Order from = SampleOrder();
  v1::Order to;
  to.set_po_number("4500001");
  ASSERT_TRUE(CopyFields(from, Path("lines[*].net"), to).ok());
  EXPECT_THAT(Paths(to, "lines[*].net"), ElementsAre("lines[item:1].net=20.00 EUR", "lines[item:2].net=10.00 EUR",
                                                     "lines[shipping:1].net=4.95 EUR"));
  EXPECT_TRUE(to.lines(0).sku().empty());
  ASSERT_TRUE(CopyFields(from, Path("po_number"), to).ok());
  EXPECT_TRUE(to.po_number().empty());
  ASSERT_TRUE(CopyFields(from, Path("buyer"), to).ok());
  EXPECT_EQ(to.buyer().name(), "Ada Lovelace");
  // What only the target has stays: a line never vanishes.
  AddLine(to, "extra", v1::LINE_KIND_FEE, "", "1", "0");
  ASSERT_TRUE(CopyFields(from, Path("lines[*]"), to).ok());
  EXPECT_EQ(to.lines_size(), 4);
  ASSERT_TRUE(CopyFields(from, Path("lines"), to).ok());
  EXPECT_EQ(to.SerializeAsString().find("extra"), std::string::npos);
  EXPECT_FALSE(CopyFields(from, Path("lines"), *std::make_unique<v1::Party>()).ok());
  // Absent stays absent: no empty message appears on the way.
  v1::Order empty;
  ASSERT_TRUE(CopyFields(v1::Order(), Path("buyer.email"), empty).ok());
  EXPECT_FALSE(empty.has_buyer());
}

TEST(SetFields, ReadsTheTextThatItWrites) {
  const v1::Order source = SampleOrder();
  v1::Order order;
  for (const std::string path :
       {"order_number", "payment_status", "lines[item:1].net", "lines[item:1].quantities.ordered", "taxes[de19].rate",
        "buyer.email", "lines[item:1].kind"}) {
    const FieldMatch match = FindFields(source, path)->front();
    ASSERT_TRUE(SetFields(order, Path(path), match.Text()).ok()) << path;
    EXPECT_TRUE(SameValue(match, FindFields(order, path)->front())) << path;
  }
  EXPECT_EQ(order.lines_size(), 1);
  EXPECT_EQ(order.lines(0).line_key(), "item:1");
  ASSERT_TRUE(SetFields(order, Path("lines[*].net"), "7.5").ok());
  EXPECT_EQ(Paths(order, "lines[*].net").front(), "lines[item:1].net=7.50 EUR");
  ASSERT_TRUE(SetFields(order, Path("placed_at"), "2024-02-29T12:00:00Z").ok());
  EXPECT_EQ(order.placed_at().seconds(), 1709208000);
  ASSERT_TRUE(SetFields(order, Path("rounding.price_includes_tax"), "true").ok());
  EXPECT_TRUE(order.rounding().has_price_includes_tax());
  v1::InventoryLevel level;
  ASSERT_TRUE(SetFields(level, Path("quantities[AVAILABLE].quantity"), "117").ok());
  EXPECT_EQ(Paths(level, "quantities[*].quantity").front(), "quantities[AVAILABLE].quantity=117");
}

TEST(SetFields, RefusesAndLeavesTheMessageAlone) {
  v1::Order order = SampleOrder();
  const std::string before = order.SerializeAsString();
  EXPECT_FALSE(SetFields(order, Path("lines[item:1].net"), "ten").ok());
  EXPECT_FALSE(SetFields(order, Path("payment_status"), "payed").ok());
  EXPECT_FALSE(SetFields(order, Path("placed_at"), "yesterday").ok());
  EXPECT_FALSE(SetFields(order, Path("lines"), "x").ok());
  EXPECT_FALSE(SetFields(order, Path("nonsense"), "x").ok());
  order.clear_placed_at();
  EXPECT_EQ(order.SerializeAsString(), before);
  v1::InventoryLevel level;
  EXPECT_FALSE(SetFields(level, Path("quantities[AVAILABEL].quantity"), "1").ok());
  EXPECT_EQ(level.quantities_size(), 0);
}

TEST(ClearFields, RemovesElementsInOrder) {
  v1::Order order = SampleOrder();
  ASSERT_TRUE(ClearFields(order, Path("lines[item:1]")).ok());
  EXPECT_THAT(Paths(order, "lines[*].line_key"),
              ElementsAre("lines[item:2].line_key=item:2", "lines[shipping:1].line_key=shipping:1"));
  ASSERT_TRUE(ClearFields(order, Path("lines[*].tax")).ok());
  EXPECT_FALSE(order.lines(0).has_tax());
  ASSERT_TRUE(ClearFields(order, Path("shipping_address.city")).ok());
  EXPECT_FALSE(order.has_shipping_address());
  ASSERT_TRUE(ClearFields(order, Path("lines[*]")).ok());
  EXPECT_EQ(order.lines_size(), 0);
}

TEST(NaturalKey, EveryOptionOfTheModelLeadsToAField) {
  int keyed = 0;
  for (const auto* type : testing::AllTypes()) {
    if (!HasNaturalKey(*type)) continue;
    ++keyed;
    EXPECT_TRUE(NaturalKeyOf(*testing::New(*type)).has_value()) << type->full_name();
  }
  EXPECT_GT(keyed, 25);
}

TEST(NaturalKey, IsWhatTheModelSays) {
  EXPECT_EQ(*NaturalKeyOf(SampleOrder().lines(0)), "item:1");
  v1::IdentityKey key;
  key.set_type(v1::IdentityKey::TYPE_EMAIL);
  EXPECT_EQ(*NaturalKeyOf(key), "EMAIL");
  EXPECT_FALSE(NaturalKeyOf(v1::Order()).has_value());
  EXPECT_EQ(PathWithKey("lines", "a]b"), "lines[\"a]b\"]");
}

}  // namespace
}  // namespace fairlead::models
