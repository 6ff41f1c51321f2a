#include "fairlead/models/redact.h"

#include <string>

#include "fairlead/v1/party.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/models/samples.h"

namespace fairlead::models {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

v1::Order Personal() {
  v1::Order order = testing::SampleOrder();
  order.mutable_shipping_address()->set_full_name("Ada Lovelace");
  order.mutable_shipping_address()->add_raw_lines("12 St James's Square");
  order.mutable_shipping_address()->set_country_code("GB");
  order.set_buyer_note("ring at Ada's");
  (*order.mutable_header()->mutable_custom()->mutable_fields())["web"].mutable_struct_value()->mutable_fields()->insert(
      {"_billing_vat", google::protobuf::Value()});
  (*(*order.mutable_header()->mutable_custom()->mutable_fields())["web"]
        .mutable_struct_value()
        ->mutable_fields())["_billing_vat"]
      .set_string_value("Ada's VAT");
  auto& state = *order.mutable_header()->add_field_states();
  state.set_path("buyer.phone");
  state.set_kind(v1::FieldState::KIND_COERCED);
  state.set_detail("Ada's 0049");
  auto& unknown = *order.mutable_header()->add_field_states();
  unknown.set_path("payment_status");
  unknown.set_kind(v1::FieldState::KIND_UNKNOWN_VALUE);
  unknown.set_detail("on-layaway");
  order.mutable_header()->add_extensions()->set_value("Ada");
  return order;
}

TEST(Redact, NothingPersonalIsLeft) {
  const v1::Order order = Personal();
  const auto json = RedactedJson(order);
  ASSERT_TRUE(json.ok()) << json.status();
  EXPECT_THAT(*json, Not(HasSubstr("Ada")));
  EXPECT_THAT(*json, Not(HasSubstr("ada@")));
  EXPECT_THAT(*json, Not(HasSubstr("St James")));
  // What explains the record stays.
  for (const char* kept :
       {"1001", "item:1", "SKU-1", "GB", "on-layaway", "_billing_vat", "[redacted]", "\"id\":\"53\""}) {
    EXPECT_THAT(*json, HasSubstr(kept));
  }
  // The original is as it was.
  EXPECT_EQ(order.buyer().name(), "Ada Lovelace");
}

TEST(Redact, DirectOnlyLeavesTheStreet) {
  RedactOptions options;
  options.from = v1::PII_DIRECT;
  const auto json = RedactedJson(Personal(), options);
  ASSERT_TRUE(json.ok());
  EXPECT_THAT(*json, HasSubstr("St James"));
  EXPECT_THAT(*json, Not(HasSubstr("Ada Lovelace")));
}

TEST(Redact, ReachesRecordsInsideOfRecords) {
  v1::OrderRevision revision;
  *revision.mutable_snapshot() = Personal();
  revision.mutable_shipping_address()->set_city("London");
  EXPECT_THAT(*RedactedJson(revision), Not(HasSubstr("Ada")));
  EXPECT_THAT(*RedactedJson(revision), Not(HasSubstr("London")));
}

TEST(Redact, AbsentStaysAbsent) {
  v1::Party party;
  party.set_first_name("Ada");
  Redact(party);
  EXPECT_EQ(party.first_name(), "[redacted]");
  EXPECT_TRUE(party.last_name().empty());
}

// Names by which a field is personal wherever it stands: a new one must not be forgotten.
TEST(Redact, EveryFieldThatSoundsPersonalIsMarked) {
  for (const auto* type : {v1::Address::descriptor(), v1::OrderBuyer::descriptor(), v1::Party::descriptor(),
                           v1::IdentityKey::descriptor()}) {
    for (int i = 0; i < type->field_count(); ++i) {
      const auto& field = *type->field(i);
      const std::string name(field.name());
      const bool personal = name.find("name") != std::string::npos || name.find("mail") != std::string::npos ||
                            name.find("phone") != std::string::npos || name.find("lines") != std::string::npos ||
                            name == "city" || name == "postal_code" || name == "normalized" || name == "source_text" ||
                            name == "company";
      EXPECT_EQ(PiiOf(field) != v1::PII_UNSPECIFIED, personal) << field.full_name();
    }
  }
}

}  // namespace
}  // namespace fairlead::models
