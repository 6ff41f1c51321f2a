// Recorded rows to canonical messages, and what is no row.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "fairlead/connectors/tryton/parse.h"
#include "fairlead/core/error.h"
#include "fairlead/models/money.h"
#include "fairlead/testing/status_matchers.h"
#include "fairlead/v1/inventory.pb.h"
#include "fairlead/v1/invoice.pb.h"
#include "fairlead/v1/order.pb.h"
#include "fairlead/v1/party.pb.h"
#include "fairlead/v1/product.pb.h"
#include "fairlead/v1/shipment.pb.h"
#include "src/connector/internal/json.h"
#include "tests/connectors/tryton/corpus.h"

namespace fairlead_tryton_test {
namespace {

namespace v1 = ::fairlead::v1;
using fairlead::ErrorKind;
using fairlead::Page;
using fairlead::internal::json::Document;
using fairlead::models::MoneyText;
using fairlead::testing::ErrorKindIs;
using fairlead::testing::IsOk;
using fairlead::tryton::Parse;
using fairlead::tryton::ParseOptions;
using ::testing::IsEmpty;
using ::testing::SizeIs;

ParseOptions Options() {
  ParseOptions options;
  options.currency = "USD";
  return options;
}

TEST(TrytonParse, EveryRecordedRowBecomesARecord) {
  const std::map<std::string, v1::EntityKind> kinds = {{"model.party.party", v1::PARTY},
                                                       {"model.product.product", v1::PRODUCT},
                                                       {"model.sale.sale", v1::ORDER},
                                                       {"model.stock.shipment.out", v1::SHIPMENT},
                                                       {"model.stock.shipment.out.return", v1::SHIPMENT},
                                                       {"model.account.invoice", v1::INVOICE}};
  int rows = 0;
  int answers = 0;
  for (const Recorded& call : Corpus()) {
    const std::size_t dot = call.method.rfind('.');
    const std::string verb = dot == std::string::npos ? "" : call.method.substr(dot + 1);
    const auto kind = kinds.find(call.method.substr(0, dot));
    if (call.status != 200 || kind == kinds.end() || (verb != "read" && verb != "search_read")) continue;
    const Document document = Document::Parse(call.answer).value();
    if (document.root()["error"].present()) {
      EXPECT_FALSE(Parse(kind->second, call.answer, Options()).ok()) << call.file;
      continue;
    }
    const fairlead::internal::json::Value result = document.root()["result"];
    // An invoice without its total cannot be told from a credit note.
    if (kind->second == v1::INVOICE && !result.At(0)["total_amount"].present()) continue;
    absl::StatusOr<Page> page = Parse(kind->second, call.answer, Options());
    ASSERT_THAT(page, IsOk()) << call.file;
    EXPECT_THAT(page->unreadable, IsEmpty()) << call.file;
    EXPECT_EQ(page->records.size(), result.size()) << call.file;
    rows += static_cast<int>(page->records.size());
    ++answers;
    for (const fairlead::Record& record : page->records) {
      EXPECT_FALSE(record.external_id.empty() || record.external_id == "0") << call.file;
      for (const fairlead::MappingFinding& finding : record.findings) {
        EXPECT_EQ(finding.code.rfind("unknown", 0), std::string::npos) << call.file << " " << finding.message;
      }
    }
  }
  EXPECT_GT(answers, 60);
  EXPECT_GT(rows, 280);
}

TEST(TrytonParse, ASaleAsRecorded) {
  absl::StatusOr<Page> page = Parse(v1::ORDER, Call("sales/one-shipped.json").answer, Options());
  ASSERT_THAT(page, IsOk());
  ASSERT_THAT(page->records, SizeIs(1));
  const v1::Order& order = *page->records[0].As<v1::Order>();
  EXPECT_EQ(order.header().refs(0).id(), "1");
  EXPECT_EQ(order.header().refs(0).object_type(), "sale.sale");
  EXPECT_EQ(order.header().refs(1).id(), "SHOP-1001");
  EXPECT_EQ(order.order_number(), "1");
  EXPECT_EQ(order.commercial_status(), v1::COMMERCIAL_STATUS_OPEN);
  EXPECT_EQ(order.fulfillment_status(), v1::FULFILLMENT_STATUS_FULFILLED);
  EXPECT_EQ(MoneyText(order.totals().stated().grand_total().ledger()), "382.66");
  EXPECT_EQ(MoneyText(order.totals().stated().tax().ledger()), "53.78");
  EXPECT_EQ(order.placed_at_source_text(), "2026-11-23");
  ASSERT_EQ(order.header().field_states_size(), 1);
  EXPECT_EQ(order.header().field_states(0).path(), "lines");
  EXPECT_EQ(order.header().field_states(0).kind(), v1::FieldState::KIND_NOT_FETCHED);
}

TEST(TrytonParse, AWriteDateOfNullMeansTheCreation) {
  absl::StatusOr<Page> page = Parse(v1::PARTY, Call("incremental/4-or-create-date.json").answer, Options());
  ASSERT_THAT(page, IsOk());
  bool seen = false;
  for (const fairlead::Record& record : page->records) {
    const v1::EntityHeader& header = record.As<v1::Party>()->header();
    EXPECT_TRUE(header.has_updated_at()) << record.external_id;
    if (record.external_id != "38") continue;
    seen = true;
    EXPECT_EQ(header.updated_at().seconds(), 1'795'420'369);
    EXPECT_EQ(header.updated_at().nanos(), 873'320'000);
  }
  EXPECT_TRUE(seen);
}

TEST(TrytonParse, ACreditNoteIsAnInvoiceOfNegativeAmounts) {
  absl::StatusOr<Page> page = Parse(v1::INVOICE, Call("invoices/credit-note-posted.json").answer, Options());
  ASSERT_THAT(page, IsOk());
  ASSERT_THAT(page->records, SizeIs(1));
  const v1::Invoice& invoice = *page->records[0].As<v1::Invoice>();
  EXPECT_EQ(invoice.kind(), v1::Invoice::KIND_CREDIT_NOTE);
  EXPECT_EQ(MoneyText(invoice.total().ledger()), "382.66");
  EXPECT_EQ(MoneyText(invoice.tax().ledger()), "53.78");
}

TEST(TrytonParse, StockOfOneWarehouse) {
  ParseOptions options = Options();
  options.location = "WH-EAST";
  absl::StatusOr<Page> page = Parse(v1::INVENTORY_LEVEL, Call("stock/quantity-partly-assigned.json").answer, options);
  ASSERT_THAT(page, IsOk());
  ASSERT_THAT(page->records, ::testing::Not(IsEmpty()));
  const v1::InventoryLevel& level = *page->records[0].As<v1::InventoryLevel>();
  EXPECT_EQ(level.location(), "WH-EAST");
  ASSERT_EQ(level.quantities_size(), 2);
  EXPECT_EQ(level.quantities(0).state(), v1::STOCK_STATE_ON_HAND);
  EXPECT_NE(level.quantities(0).quantity().value().unscaled(), level.quantities(1).quantity().value().unscaled());
}

TEST(TrytonParse, OneDamagedRowDoesNotHideTheOthers) {
  const std::string row = R"({"id":1,"name":"A"})";
  absl::StatusOr<Page> page = Parse(
      v1::PARTY, absl::StrCat("[", row, R"(,{"id":2,"id":3,"name":"twice"},{"name":"no id"},{"id":"4"},7,)", row, "]"),
      Options());
  ASSERT_THAT(page, IsOk());
  EXPECT_THAT(page->records, SizeIs(2));
  ASSERT_THAT(page->unreadable, SizeIs(4));
  EXPECT_EQ(page->unreadable[0].raw, R"({"id":2,"id":3,"name":"twice"})");
  for (const fairlead::UnreadableRecord& record : page->unreadable)
    EXPECT_THAT(record.why, ErrorKindIs(ErrorKind::kUnparseable));
}

TEST(TrytonParse, WhatIsNoAnswerIsAClearError) {
  const std::string deep = std::string(200, '[') + std::string(200, ']');
  for (const std::string& text :
       {std::string(), std::string("<!doctype html><title>500</title>"), std::string(R"({"id":1,"result":[{"id":1)"),
        std::string("7"), std::string("null"), std::string("NaN"), std::string("[1e400")}) {
    EXPECT_FALSE(Parse(v1::ORDER, text, Options()).ok()) << text;
  }
  // Too deep: readable as a whole, so one unreadable row.
  absl::StatusOr<Page> page = Parse(v1::ORDER, deep, Options());
  EXPECT_TRUE(!page.ok() || page->unreadable.size() == 1);
  page = Parse(v1::ORDER, R"([{"id":1,"state":"paused","total_amount":{"__class__":"Decimal","decimal":"1e400"}}])",
               Options());
  ASSERT_THAT(page, IsOk());
  ASSERT_THAT(page->records, SizeIs(1));
  EXPECT_EQ(page->records[0].As<v1::Order>()->source_status(), "paused");
  EXPECT_EQ(page->records[0].findings[0].code, "unreadable_total");
  EXPECT_THAT(Parse(v1::REFUND, "[]", Options()), ErrorKindIs(ErrorKind::kConfiguration));
  EXPECT_THAT(Parse(v1::ORDER, Call("errors/read-missing.json").answer, Options()), ErrorKindIs(ErrorKind::kNotFound));
}

}  // namespace
}  // namespace fairlead_tryton_test
