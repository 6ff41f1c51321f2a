// The connector against a store on loopback, over real HTTP: listings under writes, writes twice, refusals.
#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "fairlead/connectors/woocommerce/connector.h"
#include "fairlead/core/error.h"
#include "fairlead/http_curl/curl_transport.h"
#include "fairlead/models/decimal.h"
#include "fairlead/testing/sandbox_woo.h"
#include "fairlead/v1/inventory.pb.h"
#include "fairlead/v1/party.pb.h"
#include "fairlead/v1/product.pb.h"
#include "fairlead/v1/refund.pb.h"
#include "fairlead/v1/shipment.pb.h"
#include "gtest/gtest.h"
#include "src/connector/internal/json.h"

namespace {

using fairlead::CallContext;
using fairlead::ErrorKind;
using fairlead::ListRequest;
using fairlead::LookupResult;
using fairlead::Outcome;
using fairlead::Page;
using fairlead::PreparedWrite;
using fairlead::Record;
using fairlead::WooCommerceConnector;
using fairlead::WooCredentials;
using fairlead::WooOptions;
using fairlead::WriteIntent;
using fairlead::internal::json::Document;
using fairlead::internal::json::Value;
using fairlead::testing::SandboxWoo;
using fairlead::testing::SandboxWooOptions;
using std::chrono::seconds;
namespace v1 = fairlead::v1;

class SandboxTest : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    SandboxWooOptions sandbox;
    sandbox.version = GetParam();
    auto started = SandboxWoo::Start(sandbox);
    ASSERT_TRUE(started.ok()) << started.status();
    store_ = std::move(*started);
    connector_ = Connect(100);
  }

  std::unique_ptr<WooCommerceConnector> Connect(std::uint32_t page_size) {
    WooOptions options;
    options.base_url = store_->url();
    options.credentials = [this] { return WooCredentials{store_->consumer_key(), fairlead::Secret(secret_)}; };
    options.currency = "USD";
    options.page_size = page_size;
    options.overlap = seconds(1);
    auto made = WooCommerceConnector::Create(std::move(options), transport_, fairlead::Runtime::System());
    EXPECT_TRUE(made.ok()) << made.status();
    return std::move(*made);
  }

  std::int64_t Product(const std::string& sku, int stock) {
    auto id = store_->AddProduct(absl::StrCat(R"({"name":"Rope","type":"simple","sku":")", sku,
                                              R"(","regular_price":"10.00","manage_stock":true,"stock_quantity":)",
                                              stock, "}"));
    EXPECT_TRUE(id.ok()) << id.status();
    return id.value_or(0);
  }

  std::int64_t Order(std::int64_t product) {
    auto id = store_->AddOrder(
        absl::StrCat(R"({"status":"processing","billing":{"email":"a@example.com"},"line_items":[{"product_id":)",
                     product, R"(,"quantity":1}]})"));
    EXPECT_TRUE(id.ok()) << id.status();
    return id.value_or(0);
  }

  /// Into the trash, as the shop's staff would.
  void Trash(std::int64_t order) {
    std::string json = store_->Get("orders", order).value_or("");
    const std::string status = R"("status":"processing")";
    const std::size_t at = json.find(status);
    ASSERT_NE(at, std::string::npos) << json;
    json.replace(at, status.size(), R"("status":"trash")");
    ASSERT_TRUE(store_->AddOrder(json).ok());
  }

  /// Lists to the end; `between` runs after each page.
  std::vector<Record> Drain(WooCommerceConnector& connector, v1::EntityKind entity, bool all, std::string& cursor,
                            bool* complete = nullptr, const std::function<void(int)>& between = {}) {
    std::vector<Record> records;
    for (int pages = 0; pages < 500; ++pages) {
      ListRequest request;
      request.entity = entity;
      request.cursor = cursor;
      auto page = all ? connector.ListAll(request, {}) : connector.ListSince(request, {});
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) return records;
      for (Record& record : page->records) records.push_back(std::move(record));
      EXPECT_TRUE(page->unreadable.empty()) << page->unreadable.front().why;
      cursor = page->next_cursor;
      if (complete != nullptr) *complete = page->complete;
      if (page->last) return records;
      if (between) between(pages);
    }
    ADD_FAILURE() << "the listing does not end";
    return records;
  }

  std::set<std::string> Ids(const std::vector<Record>& records) {
    std::set<std::string> ids;
    for (const Record& record : records) ids.insert(record.external_id);
    return ids;
  }

  std::string secret_ = "cs_bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
  fairlead::http::CurlTransport transport_;
  std::unique_ptr<SandboxWoo> store_;
  std::unique_ptr<WooCommerceConnector> connector_;
};

TEST_P(SandboxTest, HealthReadsAndRefusesCredentials) {
  auto health = connector_->Health({});
  ASSERT_TRUE(health.ok()) << health.status();
  EXPECT_TRUE(health->credentials_ok);
  // Rotated: the next call already uses the new one, here a wrong one.
  secret_ = "cs_wrong";
  auto refused = connector_->Health({});
  EXPECT_EQ(fairlead::KindOf(refused.status()), ErrorKind::kAuth);
  EXPECT_EQ(refused.status().ToString().find("cs_wrong"), std::string::npos);
}

// Orders move to the end of the list as they are changed, and new ones arrive, while the pages are read.
TEST_P(SandboxTest, AListingUnderWritesLosesNothing) {
  const std::int64_t product = Product("A", 1000);
  std::set<std::string> expected;
  std::vector<std::int64_t> ids;
  for (int i = 0; i < 30; ++i) {
    ids.push_back(Order(product));
    expected.insert(absl::StrCat(ids.back()));
    if (i % 3 == 0) store_->Advance(seconds(1));  // Several in one second, and not all in one.
  }
  store_->Advance(seconds(60));
  auto connector = Connect(4);
  std::string cursor;
  std::size_t touched = 0;
  const auto records = Drain(*connector, v1::ORDER, false, cursor, nullptr, [&](int page) {
    if (page > 12) return;
    // The very order that this page would have been anchored to moves away, and another arrives.
    ASSERT_TRUE(store_->EditOrder(ids[touched], R"({"customer_note":"changed"})").ok());
    touched += 2;
    const std::int64_t added = Order(product);
    expected.insert(absl::StrCat(added));
    if (page % 2 == 0) store_->Advance(seconds(1));
  });
  // What was added in the last moment may come with the next listing.
  auto rest = Ids(Drain(*connector, v1::ORDER, false, cursor));
  for (const std::string& id : Ids(records)) rest.insert(id);
  EXPECT_EQ(rest, expected);
  // The changed content was seen, not only the old one.
  std::map<std::string, std::string> notes;
  std::string again;
  for (const Record& record : Drain(*connector, v1::ORDER, false, again))
    notes[record.external_id] = record.As<v1::Order>()->buyer_note();
  EXPECT_EQ(notes[absl::StrCat(ids[0])], "changed");
}

TEST_P(SandboxTest, TheNextListingHasWhatChangedAndNotEverything) {
  const std::int64_t product = Product("A", 1000);
  for (int i = 0; i < 12; ++i) {
    Order(product);
    store_->Advance(seconds(30));
  }
  std::string cursor;
  EXPECT_EQ(Drain(*connector_, v1::ORDER, false, cursor).size(), 12U);
  store_->Advance(seconds(30));
  const std::int64_t added = Order(product);
  const auto next = Ids(Drain(*connector_, v1::ORDER, false, cursor));
  EXPECT_EQ(next.count(absl::StrCat(added)), 1U);
  // The store's clock runs ahead of ours here, so more comes again than the overlap alone; never less.
  EXPECT_LE(next.size(), 13U);
}

TEST_P(SandboxTest, MoreOrdersInOneSecondThanAUrlCanExclude) {
  const std::int64_t product = Product("A", 100000);
  std::set<std::string> expected;
  for (int i = 0; i < 700; ++i) expected.insert(absl::StrCat(Order(product)));
  store_->Advance(seconds(5));
  expected.insert(absl::StrCat(Order(product)));
  std::string cursor;
  std::size_t longest = 0;
  const auto ids = Ids(
      Drain(*connector_, v1::ORDER, false, cursor, nullptr, [&](int) { longest = std::max(longest, cursor.size()); }));
  EXPECT_EQ(ids, expected);
  EXPECT_LT(longest, 8000U);
}

TEST_P(SandboxTest, TrashedOrdersAreListedAsArchived) {
  const std::int64_t product = Product("A", 10);
  const std::int64_t kept = Order(product);
  const std::int64_t trashed = Order(product);
  std::string cursor;
  Drain(*connector_, v1::ORDER, false, cursor);
  Trash(trashed);
  const auto records = Drain(*connector_, v1::ORDER, false, cursor);
  bool seen = false;
  for (const Record& record : records) {
    if (record.external_id != absl::StrCat(trashed)) continue;
    seen = true;
    EXPECT_EQ(record.As<v1::Order>()->header().tombstone().kind(), v1::Tombstone::KIND_ARCHIVED);
    EXPECT_EQ(record.As<v1::Order>()->commercial_status(), v1::COMMERCIAL_STATUS_CANCELLED);
  }
  EXPECT_TRUE(seen);
  (void)kept;
}

TEST_P(SandboxTest, CompleteListingsSayThatTheyAre) {
  const std::int64_t product = Product("A", 10);
  for (int i = 0; i < 9; ++i) Order(product);
  for (int i = 0; i < 7; ++i) {
    ASSERT_TRUE(store_->AddCustomer(absl::StrCat(R"({"email":"c)", i, R"(@example.com","first_name":"C"})")).ok());
  }
  auto connector = Connect(4);
  for (const v1::EntityKind kind : {v1::ORDER, v1::PARTY, v1::PRODUCT}) {
    std::string cursor;
    bool complete = false;
    const auto records = Drain(*connector, kind, true, cursor, &complete);
    EXPECT_TRUE(complete) << v1::EntityKind_Name(kind);
    EXPECT_EQ(Ids(records).size(), records.size()) << v1::EntityKind_Name(kind);
    EXPECT_EQ(records.size(), kind == v1::ORDER ? 9U : kind == v1::PARTY ? 7U : 1U) << v1::EntityKind_Name(kind);
  }
  // An arrival while it is read: both ends disagree about the total, so absence proves nothing.
  std::string cursor;
  bool complete = true;
  const auto records = Drain(*connector, v1::ORDER, true, cursor, &complete, [&](int page) {
    if (page == 0) Order(product);
  });
  EXPECT_FALSE(complete);
  EXPECT_EQ(Ids(records).size(), 10U);
}

TEST_P(SandboxTest, ARecordThatGoesAwayShiftsNobodyOut) {
  const std::int64_t product = Product("A", 100);
  std::vector<std::int64_t> ids;
  for (int i = 0; i < 16; ++i) ids.push_back(Order(product));
  auto connector = Connect(4);
  std::string cursor;
  bool complete = true;
  // The first orders leave the list (to the trash), so that all later ones move forward.
  const auto seen = Ids(Drain(*connector, v1::ORDER, true, cursor, &complete, [&](int page) {
    if (page == 0) {
      Trash(ids[0]);
      Trash(ids[1]);
    }
  }));
  EXPECT_FALSE(complete);
  EXPECT_EQ(seen.size(), 16U);
}

TEST_P(SandboxTest, VariationsAndStockOfEverythingThatCountsIt) {
  const std::int64_t simple = Product("S-1", 7);
  auto uncounted = store_->AddProduct(R"({"name":"Gift","type":"simple","sku":"S-2","manage_stock":false})");
  auto variable = store_->AddProduct(R"({"name":"Shirt","type":"variable","sku":"V"})");
  ASSERT_TRUE(uncounted.ok() && variable.ok());
  std::set<std::string> variations;
  for (int i = 0; i < 5; ++i) {
    auto id = store_->AddVariation(*variable,
                                   absl::StrCat(R"({"regular_price":"12.00","manage_stock":true,"stock_quantity":)", i,
                                                i == 4 ? "" : absl::StrCat(R"(,"sku":"V-)", i, "\""), "}"));
    ASSERT_TRUE(id.ok()) << id.status();
    variations.insert(absl::StrCat(*variable, "/", *id));
  }
  std::string cursor;
  bool complete = false;
  const auto variants = Drain(*connector_, v1::VARIANT, true, cursor, &complete);
  EXPECT_EQ(Ids(variants), variations);
  EXPECT_TRUE(complete);
  std::size_t without_sku = 0;
  for (const Record& record : variants) without_sku += record.As<v1::Variant>()->sku().empty() ? 1 : 0;
  EXPECT_EQ(without_sku, 1U);  // The one that answered its product's.
  cursor.clear();
  const auto levels = Drain(*connector_, v1::INVENTORY_LEVEL, false, cursor);
  auto expected = variations;
  expected.insert(absl::StrCat(simple));
  EXPECT_EQ(Ids(levels), expected);
  auto one = connector_->ReadOne({v1::INVENTORY_LEVEL, *variations.begin()}, {});
  ASSERT_TRUE(one.ok()) << one.status();
  EXPECT_EQ(one->external_id, *variations.begin());
  EXPECT_EQ(one->As<v1::InventoryLevel>()->quantities_size(), 1);
}

WriteIntent StockIntent(const std::string& target, const std::string& text) {
  auto level = std::make_shared<v1::InventoryLevel>();
  v1::StateQuantity* quantity = level->add_quantities();
  quantity->set_state(v1::STOCK_STATE_AVAILABLE);
  fairlead::models::ToProto(*fairlead::models::ParseDecimal(text), *quantity->mutable_quantity()->mutable_value());
  WriteIntent intent;
  intent.operation = "product.set_stock";
  intent.entity = v1::INVENTORY_LEVEL;
  intent.message = level;
  intent.target_id = target;
  intent.aggregate = "stock/web/" + target;
  intent.purpose = "stock:" + text;
  return intent;
}

TEST_P(SandboxTest, StockIsWrittenReadBackAndNotWrittenTwice) {
  const std::string id = absl::StrCat(Product("A", 5));
  auto preparation = connector_->Prepare(StockIntent(id, "42.0"), {});
  ASSERT_TRUE(preparation.ok()) << preparation.status();
  ASSERT_TRUE(preparation->write.has_value());
  EXPECT_EQ(preparation->write->body, R"({"stock_quantity":42})");
  // The dry run wrote nothing.
  EXPECT_EQ(connector_->ReadOne({v1::INVENTORY_LEVEL, id}, {})
                ->As<v1::InventoryLevel>()
                ->quantities(0)
                .quantity()
                .value()
                .unscaled(),
            5);
  EXPECT_EQ(connector_->Lookup(*preparation->write, {})->verdict, LookupResult::Verdict::kAbsent);
  auto written = connector_->Write(*preparation->write, {});
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_EQ(written->external_id, id);
  EXPECT_EQ(connector_->ReadOne({v1::INVENTORY_LEVEL, id}, {})
                ->As<v1::InventoryLevel>()
                ->quantities(0)
                .quantity()
                .value()
                .unscaled(),
            42);
  EXPECT_EQ(connector_->Lookup(*preparation->write, {})->verdict, LookupResult::Verdict::kFound);
  auto again = connector_->Prepare(StockIntent(id, "42"), {});
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again->nothing_to_do);
  EXPECT_EQ(again->adopted_id, id);
}

TEST_P(SandboxTest, StockThatTheStoreCannotHoldIsAMappingError) {
  const std::string id = absl::StrCat(Product("A", 5));
  auto uncounted = store_->AddProduct(R"({"name":"Gift","type":"simple","sku":"S-2","manage_stock":false})");
  auto half = connector_->Prepare(StockIntent(id, "2.5"), {});
  EXPECT_EQ(fairlead::KindOf(half.status()), ErrorKind::kMapping);
  EXPECT_NE(half.status().message().find("2.5"), std::string::npos);
  EXPECT_EQ(fairlead::KindOf(connector_->Prepare(StockIntent(absl::StrCat(*uncounted), "2"), {}).status()),
            ErrorKind::kMapping);
  EXPECT_EQ(fairlead::KindOf(connector_->Prepare(StockIntent("999999", "2"), {}).status()), ErrorKind::kNotFound);
  EXPECT_EQ(fairlead::KindOf(connector_->Prepare(StockIntent("../orders/1", "2"), {}).status()), ErrorKind::kMapping);
}

TEST_P(SandboxTest, ProductsAreFoundBySkuOnlyWhereItIsUnique) {
  Product("ONE", 5);
  WriteIntent intent = StockIntent("", "9");
  auto level = std::make_shared<v1::InventoryLevel>(static_cast<const v1::InventoryLevel&>(*intent.message));
  level->set_sku("ONE");
  intent.message = level;
  auto found = connector_->Prepare(intent, {});
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_TRUE(found->write.has_value());
  level = std::make_shared<v1::InventoryLevel>(*level);
  level->set_sku("NONE");
  intent.message = level;
  auto waiting = connector_->Prepare(intent, {});
  ASSERT_TRUE(waiting.ok());
  EXPECT_EQ(waiting->waiting_for, "variant web sku NONE");
}

WriteIntent TrackingIntent(std::int64_t order, const std::string& number) {
  auto shipment = std::make_shared<v1::Shipment>();
  v1::ExternalRef* ref = shipment->mutable_header()->add_refs();
  ref->set_system("erp");
  ref->set_object_type("stock.shipment.out");
  ref->set_id("77");
  shipment->set_number("OUT-77");
  shipment->set_status(v1::Shipment::STATUS_SHIPPED);
  v1::Package* package = shipment->add_packages();
  package->set_carrier("DHL");
  package->set_tracking_number(number);
  WriteIntent intent;
  intent.operation = "order.set_tracking";
  intent.entity = v1::SHIPMENT;
  intent.message = shipment;
  intent.target_id = absl::StrCat(order);
  intent.aggregate = "shipment/x";
  intent.purpose = "tracking:" + number;
  return intent;
}

std::size_t MetaCount(const std::string& order, const std::string& key) {
  auto document = Document::Parse(order);
  EXPECT_TRUE(document.ok());
  std::size_t count = 0;
  for (const Value entry : document->root()["meta_data"].Items()) count += entry["key"].text() == key ? 1 : 0;
  return count;
}

TEST_P(SandboxTest, TrackingIsOneMetaEntryHoweverOftenItIsSent) {
  const std::int64_t order = Order(Product("A", 5));
  auto first = connector_->Prepare(TrackingIntent(order, "TRK-ONE"), {});
  ASSERT_TRUE(first.ok()) << first.status();
  auto result = connector_->Write(*first->write, {});
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_TRUE(connector_->Write(*first->write, {}).ok());
  auto second = connector_->Prepare(TrackingIntent(order, "TRK-TWO"), {});
  ASSERT_TRUE(connector_->Write(*second->write, {}).ok());
  const std::string stored = *store_->Get("orders", order);
  EXPECT_EQ(MetaCount(stored, "_fairlead_shipment_erp-77"), 1U);
  EXPECT_NE(stored.find("TRK-TWO"), std::string::npos);
  EXPECT_EQ(stored.find("TRK-ONE"), std::string::npos);
  EXPECT_EQ(result->external_id, absl::StrCat(order, "/erp-77"));

  // The note: asked for by the write, found again by its token, not written twice.
  ASSERT_EQ(result->follow_ups.size(), 1U);
  EXPECT_EQ(result->follow_ups[0].operation, "order.add_note");
  auto note = connector_->Prepare(result->follow_ups[0], {});
  ASSERT_TRUE(note.ok()) << note.status();
  EXPECT_EQ(note->write->effect, fairlead::Effect::kLookup);
  EXPECT_FALSE(note->write->reference.empty());
  EXPECT_EQ(connector_->Lookup(*note->write, {})->verdict, LookupResult::Verdict::kAbsent);
  ASSERT_TRUE(connector_->Write(*note->write, {}).ok());
  auto found = connector_->Lookup(*note->write, {});
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->verdict, LookupResult::Verdict::kFound);
  ASSERT_TRUE(connector_->Write(*note->write, {}).ok());
  EXPECT_EQ(connector_->Lookup(*note->write, {})->verdict, LookupResult::Verdict::kAmbiguous);
  // Read back as the engine sees it.
  auto read = connector_->ReadOne({v1::ORDER, absl::StrCat(order)}, {});
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->As<v1::Order>()->header().custom().fields().at("web").struct_value().fields().count(
                "_fairlead_shipment_erp-77"),
            1U);
}

TEST_P(SandboxTest, PricesReferencesAndStatus) {
  const std::int64_t product = Product("A", 5);
  const std::int64_t order = Order(product);
  auto variant = std::make_shared<v1::Variant>();
  variant->mutable_list_price()->set_currency_code("USD");
  fairlead::models::ToProto(*fairlead::models::ParseDecimal("12.3450"),
                            *variant->mutable_list_price()->mutable_amount());
  WriteIntent price;
  price.operation = "product.set_price";
  price.entity = v1::VARIANT;
  price.message = variant;
  price.target_id = absl::StrCat(product);
  auto prepared = connector_->Prepare(price, {});
  ASSERT_TRUE(prepared.ok()) << prepared.status();
  EXPECT_TRUE(connector_->Write(*prepared->write, {}).ok());
  EXPECT_TRUE(connector_->Prepare(price, {})->nothing_to_do);
  variant = std::make_shared<v1::Variant>(*variant);
  variant->mutable_list_price()->set_currency_code("EUR");
  price.message = variant;
  EXPECT_EQ(fairlead::KindOf(connector_->Prepare(price, {}).status()), ErrorKind::kMapping);

  WriteIntent intent;
  intent.operation = "order.set_reference";
  intent.entity = v1::ORDER;
  intent.args = {{"order_id", absl::StrCat(order)}, {"reference", "SO-1001"}};
  auto reference = connector_->Prepare(intent, {});
  ASSERT_TRUE(reference.ok());
  ASSERT_TRUE(connector_->Write(*reference->write, {}).ok());
  ASSERT_TRUE(connector_->Write(*reference->write, {}).ok());
  EXPECT_EQ(MetaCount(*store_->Get("orders", order), "_fairlead_reference"), 1U);

  intent.operation = "order.set_status";
  intent.args = {{"order_id", absl::StrCat(order)}, {"status", "completed"}};
  auto status = connector_->Prepare(intent, {});
  ASSERT_TRUE(status.ok());
  EXPECT_TRUE(connector_->Write(*status->write, {}).ok());
  // The word that makes WooCommerce give the money back.
  intent.args["status"] = "refunded";
  EXPECT_EQ(fairlead::KindOf(connector_->Prepare(intent, {}).status()), ErrorKind::kMapping);
  intent.operation = "refund.create";
  EXPECT_EQ(fairlead::KindOf(connector_->Prepare(intent, {}).status()), ErrorKind::kConfiguration);
}

INSTANTIATE_TEST_SUITE_P(Versions, SandboxTest, ::testing::Values("7.9.0", "10.6.2"),
                         [](const auto& param) { return std::string(param.param) == "7.9.0" ? "Woo7" : "Woo10"; });

}  // namespace
