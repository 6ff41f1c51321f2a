#include "fairlead/models/digest.h"

#include <random>
#include <set>
#include <string>
#include <vector>

#include "fairlead/models/json.h"
#include "fairlead/v1/inventory.pb.h"
#include "fairlead/v1/price.pb.h"
#include "fairlead/v1/product.pb.h"
#include "gtest/gtest.h"
#include "tests/models/fill.h"
#include "tests/models/samples.h"

namespace fairlead::models {
namespace {

using testing::Eur;
using testing::Number;
using testing::SampleOrder;

// Stored digests outlive the program: mirrors and posting proofs hold them. If one of these changes, the encoding has
// changed, and its version has to change with it.
TEST(Digest, GoldenValuesNeverChange) {
  EXPECT_EQ(DigestOf(v1::Order()).Hex(), "485c48ffb70708ff47774d6d79806b0a");
  EXPECT_EQ(DigestOf(SampleOrder()).Hex(), "fb386761fcfa5cf502d196a3e265bf3c");
  EXPECT_EQ(DigestOf(SampleOrder(), std::vector<std::string>{"lines[*].net", "totals.stated.grand_total"})->Hex(),
            "666f4066845162a17fbb0593787a4599");
}

TEST(Digest, BytesAndHexAreTheSameNumber) {
  const Digest digest{0x0102030405060708ULL, 0xF1F2F3F4F5F6F7F8ULL};
  EXPECT_EQ(digest.Hex(), "0102030405060708f1f2f3f4f5f6f7f8");
  EXPECT_EQ(Digest::FromBytes(digest.Bytes()), digest);
  EXPECT_EQ(Digest::FromBytes("short"), Digest());
}

TEST(Digest, EqualValuesAreEqual) {
  const v1::Order order = SampleOrder();
  const Digest digest = DigestOf(order);
  v1::Order same = order;
  *same.mutable_lines(0)->mutable_quantities()->mutable_ordered() = Number("2.000");
  same.mutable_lines(0)->mutable_net()->mutable_ledger()->set_minor_units(200000);
  same.mutable_lines(0)->mutable_net()->mutable_ledger()->set_exponent(4);
  *same.mutable_lines(0)->mutable_net()->mutable_presentment() = same.lines(0).net().ledger();
  same.mutable_lines(0)->mutable_quantities()->set_uom("C62");
  same.mutable_lines()->SwapElements(0, 2);
  same.mutable_header()->set_revision(7);
  same.mutable_header()->mutable_updated_at()->set_seconds(99);
  same.mutable_header()->add_refs()->set_system("erp");
  EXPECT_EQ(DigestOf(same), digest);

  v1::UnitPrice price = *MakeUnitPrice("EUR", "1.5");
  v1::UnitPrice basis = *MakeUnitPrice("EUR", "1.50");
  *basis.mutable_per_quantity() = Number("1.0");
  basis.set_uom("C62");
  EXPECT_EQ(DigestOf(price), DigestOf(basis));
}

TEST(Digest, TextIsComparedInNormalForm) {
  v1::Order composed, decomposed, latin;
  composed.set_buyer_note("Caf\xC3\xA9");
  decomposed.set_buyer_note("Cafe\xCC\x81");
  latin.set_buyer_note("Cafe");
  EXPECT_EQ(DigestOf(composed), DigestOf(decomposed));
  EXPECT_NE(DigestOf(composed), DigestOf(latin));
  v1::Order broken;
  broken.set_buyer_note("\xFF\xFE");
  EXPECT_NE(DigestOf(broken), DigestOf(v1::Order()));
}

TEST(Digest, AnyChangeOfContentShows) {
  // Every field in turn: cleared, it must show, unless it is the header.
  v1::Order full;
  testing::FillPlainly(full);
  std::set<std::string> seen = {DigestOf(full).Hex()};
  const auto* type = v1::Order::descriptor();
  for (int i = 0; i < type->field_count(); ++i) {
    v1::Order less = full;
    less.GetReflection()->ClearField(&less, type->field(i));
    const bool fresh = seen.insert(DigestOf(less).Hex()).second;
    EXPECT_EQ(fresh, type->field(i)->name() != "header") << type->field(i)->full_name();
  }
}

TEST(Digest, PresenceIsContent) {
  v1::Order absent, present;
  present.mutable_rounding();
  EXPECT_NE(DigestOf(absent), DigestOf(present));
  v1::Rounding unset, no;
  no.set_price_includes_tax(false);
  EXPECT_NE(DigestOf(unset), DigestOf(no));
  v1::LineQuantities none, zero;
  *zero.mutable_shipped() = Number("0");
  EXPECT_NE(DigestOf(none), DigestOf(zero));
}

TEST(Digest, FieldsCannotTradePlaces) {
  v1::Order a, b;
  a.set_order_number("x");
  b.set_po_number("x");
  EXPECT_NE(DigestOf(a), DigestOf(b));
  v1::Product one, two;
  one.add_categories("ab");
  two.add_categories("a");
  two.add_categories("b");
  EXPECT_NE(DigestOf(one), DigestOf(two));
  // Lists without keys keep their order.
  v1::Product swapped = two;
  swapped.mutable_categories()->SwapElements(0, 1);
  EXPECT_NE(DigestOf(two), DigestOf(swapped));
}

TEST(Digest, ARecordInsideAnotherCountsByWhoItIs) {
  v1::Product product;
  v1::Variant& variant = *product.add_variants();
  variant.set_sku("A");
  variant.mutable_header()->add_refs()->set_id("1");
  const Digest digest = DigestOf(product);
  v1::Product seen_later = product;
  seen_later.mutable_variants(0)->mutable_header()->add_source_versions()->mutable_observed_at()->set_seconds(5);
  seen_later.mutable_variants(0)->mutable_header()->set_revision(3);
  EXPECT_EQ(DigestOf(seen_later), digest);
  v1::Product replaced = product;
  replaced.mutable_variants(0)->mutable_header()->mutable_refs(0)->set_id("2");
  EXPECT_NE(DigestOf(replaced), digest);
  v1::Product gone = product;
  gone.mutable_variants(0)->mutable_header()->mutable_tombstone()->set_kind(v1::Tombstone::KIND_DELETED);
  EXPECT_NE(DigestOf(gone), digest);
}

TEST(Digest, SurvivesWireAndJson) {
  std::mt19937_64 random(7);
  for (const auto* type : testing::AllTypes()) {
    for (int i = 0; i < 5; ++i) {
      const auto message = testing::New(*type);
      testing::Fill(*message, random, testing::FillOptions(), 4);
      const auto wire = testing::New(*type);
      ASSERT_TRUE(wire->ParseFromString(message->SerializeAsString()));
      ASSERT_EQ(DigestOf(*wire), DigestOf(*message)) << type->full_name();
      const auto json = testing::New(*type);
      ASSERT_TRUE(FromJson(*ToJson(*message), *json).ok());
      ASSERT_EQ(DigestOf(*json), DigestOf(*message)) << type->full_name();
    }
  }
}

TEST(DigestOfPaths, SeesTheDeclaredFieldsAndNothingElse) {
  const std::vector<std::string> declared = {"lines[*].net", "lines[*].quantities.ordered", "totals.stated.grand_total",
                                             "po_number"};
  const v1::Order sent = SampleOrder();
  v1::Order read = sent;
  read.set_source_status("confirmed");
  read.mutable_lines()->SwapElements(0, 1);
  *read.mutable_lines(0)->mutable_quantities()->mutable_ordered() = Number("1.0");
  EXPECT_EQ(*DigestOf(sent, declared), *DigestOf(read, declared));
  EXPECT_EQ(*DigestOf(sent, std::vector<std::string>(declared.rbegin(), declared.rend())), *DigestOf(sent, declared));
  v1::Order lost = read;
  lost.mutable_lines()->RemoveLast();
  EXPECT_NE(*DigestOf(sent, declared), *DigestOf(lost, declared));
  v1::Order other = read;
  other.set_po_number("1");
  EXPECT_NE(*DigestOf(sent, declared), *DigestOf(other, declared));
  v1::Order shifted = read;
  shifted.mutable_lines(0)->set_line_key("item:9");
  EXPECT_NE(*DigestOf(sent, declared), *DigestOf(shifted, declared));
  EXPECT_FALSE(DigestOf(sent, std::vector<std::string>{"lines[*].nett"}).ok());
}

}  // namespace
}  // namespace fairlead::models
