#include "fairlead/models/validate.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "fairlead/core/error.h"
#include "fairlead/models/totals.h"
#include "fairlead/v1/inventory.pb.h"
#include "fairlead/v1/marketing.pb.h"
#include "fairlead/v1/party.pb.h"
#include "fairlead/v1/price.pb.h"
#include "fairlead/v1/product.pb.h"
#include "fairlead/v1/return.pb.h"
#include "fairlead/v1/tax.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/models/fill.h"
#include "tests/models/samples.h"

namespace fairlead::models {
namespace {

using testing::AddLine;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::Eur;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Number;
using testing::SampleOrder;

std::vector<std::string> List(const std::vector<Violation>& violations) {
  std::vector<std::string> out;
  for (const Violation& violation : violations) {
    EXPECT_FALSE(violation.message.empty());
    out.push_back(std::string(SeverityName(violation.severity)) + " " + violation.code + " " + violation.path);
  }
  return out;
}

std::vector<std::string> Of(const google::protobuf::Message& message) { return List(Validate(message)); }

v1::EntityHeader Header() {
  v1::EntityHeader header;
  header.add_refs()->set_system("web");
  header.mutable_refs(0)->set_id("1");
  return header;
}

TEST(Validate, ACleanOrderHasNothingToSay) {
  v1::Order order = SampleOrder();
  ASSERT_TRUE(ComputeTotals(order).ok());
  EXPECT_THAT(Of(order), IsEmpty());
  EXPECT_TRUE(ValidateToSend(order).ok());
}

TEST(Validate, EverythingIsReportedAtOnceWithItsPlace) {
  v1::Order order = SampleOrder();
  order.mutable_lines(0)->clear_kind();
  order.mutable_lines(1)->mutable_net()->mutable_ledger()->set_currency_code("eur");
  order.mutable_lines(2)->set_title("\xC3(");
  order.mutable_shipping_address()->set_country_code("Germany");
  order.mutable_placed_at()->set_nanos(-1);
  order.mutable_header()->mutable_refs(0)->clear_id();
  order.set_payment_status(static_cast<v1::PaymentStatus>(99));
  *order.add_lines() = order.lines(0);
  EXPECT_THAT(Of(order), ElementsAre("finding TWO_CURRENCIES lines[item:2].net", "invalid REF header.refs[web].id",
                                     "invalid TIME placed_at", "finding COUNTRY shipping_address.country_code",
                                     "invalid DOUBLE_KEY lines[#3]", "invalid LINE_KIND lines[#0].kind",
                                     "invalid CURRENCY lines[item:2].net.ledger.currency_code",
                                     "invalid NOT_UTF8 lines[shipping:1].title", "invalid LINE_KIND lines[#3].kind",
                                     "note UNKNOWN_ENUM payment_status"));
}

TEST(Validate, TheInvariantsOfAnOrderAreFindings) {
  v1::Order order = SampleOrder();
  auto& one = *order.mutable_lines(0)->mutable_quantities();
  *one.mutable_shipped() = Number("3");
  *one.mutable_delivered() = Number("4");
  *one.mutable_return_received() = Number("3.5");
  *one.mutable_invoiced() = Number("2.5");
  auto& two = *order.mutable_lines(1)->mutable_quantities();
  *two.mutable_allocated() = Number("0.5");
  *two.mutable_backordered() = Number("0.5");
  *two.mutable_shipped() = Number("0.5");
  *two.mutable_written_off() = Number("-1");
  order.mutable_lines(1)->set_parent_line("nowhere");
  order.mutable_lines(1)->add_taxes()->set_tax_key("fr20");
  order.mutable_lines(1)->add_discounts()->set_application_key("SUMMER");
  *order.add_refunds()->mutable_amount() = Eur("100.00");
  AddLine(order, "item:3", v1::LINE_KIND_ITEM, "", "0", "0");
  ASSERT_TRUE(ComputeTotals(order).ok());
  const std::vector<std::string> found = Of(order);
  for (const char* expected :
       {"finding OVER_SHIPMENT lines[item:1].quantities.shipped",
        "finding DELIVERED_UNSHIPPED lines[item:1].quantities.delivered",
        "finding RETURNED_UNSHIPPED lines[item:1].quantities.return_received",
        "finding CREDIT_DUE lines[item:1].quantities.invoiced",
        "finding OVER_ALLOCATED lines[item:2].quantities.allocated",
        "finding NEGATIVE_QUANTITY lines[item:2].quantities.written_off",
        "finding LINE_REFERENCE lines[item:2].parent_line", "finding TAX_REFERENCE lines[item:2].taxes[fr20]",
        "finding DISCOUNT_REFERENCE lines[item:2].discounts[SUMMER]",
        "finding REFUND_ABOVE_TOTAL totals.stated.refunded", "finding TAX_SUM lines[item:2].tax",
        "invalid NO_QUANTITY lines[item:3].quantities"}) {
    EXPECT_THAT(found, Contains(expected));
  }
}

TEST(Validate, AResidualIsExplainedInMoney) {
  v1::Order order = SampleOrder();
  *order.mutable_totals()->mutable_stated()->mutable_grand_total() = Eur("41.60");
  ASSERT_TRUE(ComputeTotals(order).ok());
  const auto violations = Validate(order);
  ASSERT_EQ(violations.size(), 1U);
  EXPECT_EQ(
      violations[0].ToString(),
      "finding RESIDUAL at totals.residual: the source states 41.60, its lines sum to 41.59: 0.01 EUR have no line");
  // A difference is the gate's to judge: it does not stop a document by itself.
  EXPECT_TRUE(ValidateToSend(order).ok());
}

TEST(Validate, PostedNeedsItsProof) {
  v1::Order order = SampleOrder();
  v1::PostingRecord& posting = *order.add_postings();
  posting.set_target_system("erp");
  posting.set_document_kind("sale");
  posting.set_status(v1::POSTING_STATUS_SENT);
  EXPECT_THAT(Of(order), IsEmpty());
  posting.set_status(v1::POSTING_STATUS_POSTED);
  EXPECT_THAT(Of(order), ElementsAre("invalid POSTED_WITHOUT_PROOF postings[erp].document",
                                     "invalid POSTED_WITHOUT_PROOF postings[erp].verified_at",
                                     "invalid POSTED_WITHOUT_PROOF postings[erp].verified_hash"));
}

TEST(Validate, ValuesOutOfTheModel) {
  v1::Variant variant;
  *variant.mutable_header() = Header();
  variant.mutable_list_price()->set_currency_code("EUR");
  variant.mutable_list_price()->mutable_amount()->set_scale(19);
  *variant.mutable_list_price()->mutable_per_quantity() = Number("0");
  variant.mutable_pack()->set_base_variant("A");
  EXPECT_THAT(Of(variant), ElementsAre("invalid PACK_FACTOR pack.factor", "invalid PRICE_BASIS list_price.per_quantity",
                                       "invalid SCALE list_price.amount.scale"));
  v1::Invoice invoice;
  *invoice.mutable_header() = Header();
  invoice.set_kind(v1::Invoice::KIND_INVOICE);
  invoice.mutable_invoice_date()->set_year(2023);
  invoice.mutable_invoice_date()->set_month(2);
  invoice.mutable_invoice_date()->set_day(29);
  EXPECT_THAT(Of(invoice), ElementsAre("invalid DATE invoice_date"));
}

TEST(Validate, HeadersAreCheckedAgainstTheirRecord) {
  v1::Order order = SampleOrder();
  v1::EntityHeader& header = *order.mutable_header();
  *header.add_refs() = header.refs(0);
  header.set_content_hash("short");
  header.add_field_states()->set_path("lines[*].nett");
  header.mutable_field_states(0)->set_kind(v1::FieldState::KIND_NOT_FETCHED);
  header.add_field_states()->set_path("buyer.email");
  header.add_provenance()->set_path("lines[*].net");
  (*header.mutable_custom()->mutable_fields())["big"].set_number_value(1e17);
  (*header.mutable_custom()->mutable_fields())["small"].set_number_value(3);
  header.mutable_tombstone();
  const std::vector<std::string> found = Of(order);
  EXPECT_THAT(found, Contains("invalid DOUBLE_REF header.refs[#1]"));
  EXPECT_THAT(found, Contains("invalid HASH header.content_hash"));
  EXPECT_THAT(found, Contains("note PATH header.field_states[\"lines[*].nett\"].path"));
  EXPECT_THAT(found, Contains("invalid FIELD_STATE header.field_states[buyer.email].kind"));
  EXPECT_THAT(found, Contains("invalid TOMBSTONE header.tombstone.kind"));
  EXPECT_EQ(std::count_if(found.begin(), found.end(),
                          [](const std::string& line) { return line.find("CUSTOM_NUMBER") != line.npos; }),
            1);
  EXPECT_EQ(std::count_if(found.begin(), found.end(),
                          [](const std::string& line) { return line.find("provenance") != line.npos; }),
            0);
}

TEST(Validate, ARecordThatNoSystemKnowsIsReported) {
  EXPECT_THAT(Of(v1::Party()), Contains("finding NO_IDENTITY header.refs"));
  v1::Party party;
  *party.mutable_header() = Header();
  party.set_kind(v1::Party::KIND_PERSON);
  auto& mail = *party.add_identity_keys();
  mail.set_type(v1::IdentityKey::TYPE_EMAIL);
  mail.set_normalized("Ada@Example.com");
  auto& phone = *party.add_identity_keys();
  phone.set_type(v1::IdentityKey::TYPE_PHONE);
  phone.set_normalized("0044 20");
  EXPECT_THAT(Of(party), ElementsAre("finding KEY_FORM identity_keys[EMAIL].normalized",
                                     "finding KEY_FORM identity_keys[PHONE].normalized"));
}

TEST(Validate, StockIsOfSomethingAndOfOneNumberPerState) {
  v1::InventoryLevel level;
  *level.mutable_header() = Header();
  for (const auto state : {v1::STOCK_STATE_ON_HAND, v1::STOCK_STATE_AVAILABLE, v1::STOCK_STATE_ON_HAND}) {
    auto& quantity = *level.add_quantities();
    quantity.set_state(state);
    *quantity.mutable_quantity() = *MakeQuantity("-1");
  }
  EXPECT_THAT(
      Of(level),
      ElementsAre("finding NO_VARIANT variant", "note NO_TIME as_of", "finding NEGATIVE_STOCK quantities[ON_HAND]",
                  "finding NEGATIVE_STOCK quantities[ON_HAND]", "invalid DOUBLE_KEY quantities[#2]"));
}

TEST(Validate, DocumentsAddUp) {
  v1::Invoice invoice;
  *invoice.mutable_header() = Header();
  invoice.set_currency_code("EUR");
  *invoice.add_lines()->mutable_net() = Eur("10.00");
  *invoice.add_lines()->mutable_net() = Eur("-1.00");
  *invoice.mutable_net() = Eur("10.00");
  *invoice.mutable_tax() = Eur("1.90");
  *invoice.mutable_total() = Eur("11.905");
  *invoice.mutable_due() = Eur("12.00");
  EXPECT_THAT(Of(invoice), ElementsAre("invalid INVOICE_KIND kind", "note EXPONENT total", "finding INVOICE_NET net",
                                       "finding INVOICE_TOTAL total", "finding INVOICE_DUE due"));
  v1::Refund refund;
  *refund.mutable_header() = Header();
  *refund.mutable_amount() = Eur("-5.00");
  *refund.mutable_residual() = *MakeMoney("EUR", "1");
  EXPECT_THAT(Of(refund), ElementsAre("finding NEGATIVE_AMOUNT amount", "finding REFUND_RESIDUAL residual"));
  v1::Shipment shipment;
  *shipment.mutable_header() = Header();
  shipment.set_status(v1::Shipment::STATUS_SHIPPED);
  auto& line = *shipment.add_lines();
  line.set_line_key("item:1");
  *line.mutable_quantity() = *MakeQuantity("3");
  auto& package = *shipment.add_packages();
  *package.add_lines() = line;
  *package.mutable_lines(0)->mutable_quantity() = *MakeQuantity("2");
  EXPECT_THAT(Of(shipment), ElementsAre("finding PACKAGE_SUM packages", "note NO_TRACKING packages"));
}

TEST(Validate, TheOtherAggregates) {
  v1::Product product;
  *product.mutable_header() = Header();
  EXPECT_THAT(Of(product), ElementsAre("finding NO_VARIANT variants"));
  v1::PriceRule rule;
  *rule.mutable_header() = Header();
  rule.mutable_valid_from()->set_seconds(10);
  rule.mutable_valid_until()->set_seconds(5);
  EXPECT_THAT(Of(rule), ElementsAre("finding PERIOD valid_until", "invalid NO_PRICE "));
  v1::PriceList list;
  *list.mutable_header() = Header();
  list.set_currency_code("EUR");
  list.add_entries()->set_variant("A");
  *list.mutable_entries(0)->mutable_price() = *MakeUnitPrice("USD", "1");
  EXPECT_THAT(Of(list), ElementsAre("finding TWO_CURRENCIES entries[A].price"));
  v1::TaxCalculation tax;
  *tax.mutable_header() = Header();
  EXPECT_THAT(Of(tax), ElementsAre("invalid TAX_STATE state"));
  v1::Consent consent;
  *consent.mutable_header() = Header();
  EXPECT_THAT(Of(consent), ElementsAre("invalid CONSENT state", "invalid CONSENT channel"));
  v1::OrderRevision revision;
  *revision.mutable_header() = Header();
  EXPECT_THAT(Of(revision), ElementsAre("invalid REVISION_NUMBER number", "invalid REVISION_KIND kind"));
  v1::MatchDecision match;
  *match.mutable_header() = Header();
  EXPECT_EQ(Of(match).size(), 3U);
}

TEST(ValidateToSend, NamesEveryReason) {
  v1::Order order = SampleOrder();
  order.mutable_lines(0)->clear_kind();
  *order.mutable_lines(1)->mutable_quantities()->mutable_current() = Number("-1");
  const absl::Status status = ValidateToSend(order);
  EXPECT_EQ(KindOf(status), ErrorKind::kValidation);
  EXPECT_EQ(OutcomeOf(status), Outcome::kNotSent);
  EXPECT_THAT(std::string(status.message()), HasSubstr("LINE_KIND at lines[item:1].kind"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("NEGATIVE_QUANTITY at lines[item:2].quantities.current"));
}

TEST(ValidateDocuments, SeesWhatNoDocumentShowsAlone) {
  v1::Order order = SampleOrder();
  *order.mutable_lines(0)->mutable_quantities()->mutable_shipped() = Number("2");
  v1::Shipment shipment;
  shipment.set_status(v1::Shipment::STATUS_SHIPPED);
  shipment.add_lines()->set_sku("SKU-1");
  *shipment.mutable_lines(0)->mutable_quantity() = *MakeQuantity("1");
  v1::Shipment planned = shipment;
  planned.set_status(v1::Shipment::STATUS_PLANNED);
  v1::Invoice invoice;
  invoice.set_status(v1::Invoice::STATUS_POSTED);
  invoice.set_kind(v1::Invoice::KIND_INVOICE);
  invoice.add_lines()->set_line_key("item:1");
  *invoice.mutable_lines(0)->mutable_quantity() = *MakeQuantity("3");
  v1::Refund refund;
  *refund.mutable_amount() = Eur("20.00");
  v1::Payment payment;
  payment.set_kind(v1::Payment::KIND_CAPTURE);
  payment.set_status(v1::Payment::STATUS_SUCCEEDED);
  *payment.mutable_amount() = Eur("19.99");
  v1::Payment failed = payment;
  failed.set_status(v1::Payment::STATUS_FAILED);

  OrderDocuments documents;
  documents.shipments = {&shipment, &planned};
  documents.invoices = {&invoice};
  documents.refunds = {&refund};
  documents.payments = {&payment, &failed};
  EXPECT_THAT(List(ValidateDocuments(order, documents)),
              ElementsAre("finding SHIPPED_SUM lines[item:1].quantities.shipped", "finding CREDIT_DUE lines[item:1]",
                          "finding REFUND_ABOVE_CAPTURED refunds"));
  // With the second shipment and a credit note all is well.
  planned.set_status(v1::Shipment::STATUS_DELIVERED);
  v1::Invoice credit = invoice;
  credit.set_kind(v1::Invoice::KIND_CREDIT_NOTE);
  *credit.mutable_lines(0)->mutable_quantity() = *MakeQuantity("1");
  documents.invoices.push_back(&credit);
  *payment.mutable_amount() = Eur("20.00");
  EXPECT_THAT(List(ValidateDocuments(order, documents)), IsEmpty());
  EXPECT_THAT(List(ValidateDocuments(order, OrderDocuments())), IsEmpty());
}

TEST(Validate, NoMessageBreaksIt) {
  std::mt19937_64 random(11);
  for (const auto* type : testing::AllTypes()) {
    for (int i = 0; i < 10; ++i) {
      const auto message = testing::New(*type);
      testing::Fill(*message, random, testing::FillOptions(), 4);
      for (const Violation& violation : Validate(*message))
        ASSERT_FALSE(violation.code.empty() || violation.message.empty());
    }
  }
}

}  // namespace
}  // namespace fairlead::models
