// Every kind of row goes in and comes out as it was, also with bytes that are no text.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/store/open_test_store.h"

namespace {

using fairlead::ExternalRef;
using fairlead::Transaction;
using fairlead::WallTime;
using ::testing::SizeIs;

const std::string kBytes("\0\x01\xFF 'quoted' \n", 14);
constexpr WallTime At(int seconds) { return WallTime(std::chrono::seconds(1'700'000'000 + seconds)); }

class RecordsTest : public ::testing::Test {
 protected:
  RecordsTest() : store_(*fairlead_test::OpenTestStore()), tx_(*store_->Begin()) {}
  std::unique_ptr<fairlead::Store> store_;
  std::unique_ptr<Transaction> tx_;
};

TEST_F(RecordsTest, Mirror) {
  fairlead::MirrorRow row;
  row.ref = {"acme", "web", "order", "1001"};
  row.canonical_id = "c-1";
  row.content = kBytes;
  row.content_hash = std::string(16, '\xAB');
  row.source_version = "2026-11-23T12:00:00";
  row.raw_hash = kBytes;
  row.observed_at = At(1);
  ASSERT_TRUE(tx_->PutMirror(row).ok());
  auto got = tx_->GetMirror(row.ref);
  ASSERT_TRUE(got.ok() && got->has_value());
  EXPECT_EQ((*got)->content, kBytes);
  EXPECT_EQ((*got)->content_hash, row.content_hash);
  EXPECT_EQ((*got)->source_version, row.source_version);
  EXPECT_EQ((*got)->raw_hash, kBytes);
  EXPECT_EQ((*got)->observed_at, At(1));
  EXPECT_FALSE((*got)->deleted);
  auto head = tx_->GetMirrorHead(row.ref);
  EXPECT_EQ((*head)->content_hash, row.content_hash);
  EXPECT_TRUE((*head)->content.empty());
  row.deleted = true;
  row.content = "new";
  ASSERT_TRUE(tx_->PutMirror(row).ok());
  EXPECT_TRUE((*tx_->GetMirror(row.ref))->deleted);
  EXPECT_EQ((*tx_->GetMirror(row.ref))->content, "new");
  row.ref.tenant = "other";
  EXPECT_FALSE(tx_->GetMirror(row.ref)->has_value()) << "tenants do not see each other";
}

TEST_F(RecordsTest, MirrorIsScannedInPagesAndFoundByCanonicalId) {
  for (int i = 0; i < 25; ++i) {
    fairlead::MirrorRow row;
    row.ref = {"acme", "web", "order", "id-" + std::to_string(100 + i)};
    row.canonical_id = "c-" + std::to_string(i % 5);
    ASSERT_TRUE(tx_->PutMirror(row).ok());
  }
  fairlead::MirrorRow elsewhere;
  elsewhere.ref = {"acme", "erp", "order", "S1"};
  elsewhere.canonical_id = "c-0";
  ASSERT_TRUE(tx_->PutMirror(elsewhere).ok());
  std::string after;
  int seen = 0;
  while (true) {
    auto page = tx_->ScanMirror("acme", "web", "order", after, 10);
    ASSERT_TRUE(page.ok());
    if (page->empty()) break;
    for (const auto& row : *page) EXPECT_GT(row.ref.external_id, after);
    after = page->back().ref.external_id;
    seen += static_cast<int>(page->size());
  }
  EXPECT_EQ(seen, 25);
  EXPECT_THAT(*tx_->MirrorsOf("acme", "order", "c-0"), SizeIs(6));
}

TEST_F(RecordsTest, ARemoteRecordHasOneCanonicalId) {
  const ExternalRef web{"acme", "web", "order", "1001"};
  ASSERT_TRUE(tx_->PutLink({web, "c-1"}).ok());
  EXPECT_TRUE(tx_->PutLink({web, "c-1"}).ok());
  EXPECT_EQ(tx_->PutLink({web, "c-2"}).code(), absl::StatusCode::kAlreadyExists);
  ASSERT_TRUE(tx_->PutLink({{"acme", "erp", "order", "S7"}, "c-1"}).ok());
  EXPECT_EQ(**tx_->FindCanonicalId(web), "c-1");
  EXPECT_THAT(*tx_->FindLinks("acme", "order", "c-1"), SizeIs(2));
  EXPECT_TRUE(*tx_->RemoveLink(web));
  EXPECT_FALSE(*tx_->RemoveLink(web));
  EXPECT_FALSE(tx_->FindCanonicalId(web)->has_value());
  EXPECT_TRUE(tx_->PutLink({web, "c-2"}).ok());
}

TEST_F(RecordsTest, CursorsAndMetadata) {
  EXPECT_FALSE(tx_->GetCursor("web/orders")->has_value());
  ASSERT_TRUE(tx_->PutCursor("web/orders", "").ok());
  EXPECT_EQ(**tx_->GetCursor("web/orders"), "") << "an empty value is a value";
  ASSERT_TRUE(tx_->PutCursor("web/orders", kBytes).ok());
  EXPECT_EQ(**tx_->GetCursor("web/orders"), kBytes);
  ASSERT_TRUE(tx_->PutMeta("engine/mode", "observe").ok());
  EXPECT_EQ(**tx_->GetMeta("engine/mode"), "observe");
  EXPECT_FALSE(tx_->PutMeta("store/clock_boot", "x").ok()) << "the store's own";
}

TEST_F(RecordsTest, JournalAndDecisionsAreAppended) {
  for (int i = 0; i < 3; ++i) {
    auto id = tx_->AppendJournal({0, "acme", "web", "order", "poll", kBytes, At(i)});
    ASSERT_TRUE(id.ok());
    EXPECT_EQ(*id, i + 1);
  }
  auto journal = tx_->ListJournal(1, 10);
  ASSERT_THAT(*journal, SizeIs(2));
  EXPECT_EQ(journal->front().bytes, kBytes);
  EXPECT_EQ(journal->front().at, At(1));
  ASSERT_TRUE(tx_->AppendDecision({0, "acme", "order", "c-1", "post", "write", kBytes, kBytes, 7, At(0)}).ok());
  ASSERT_TRUE(tx_->AppendDecision({0, "acme", "order", "c-2", "post", "ignore", "", "", 0, At(1)}).ok());
  auto one = tx_->ListDecisions("acme", "c-1", 0, 10);
  ASSERT_THAT(*one, SizeIs(1));
  EXPECT_EQ(one->front().verdict, "write");
  EXPECT_EQ(one->front().bundle_hash, kBytes);
  EXPECT_EQ(one->front().intent_id, 7);
  EXPECT_THAT(*tx_->ListDecisions("acme", "", 0, 10), SizeIs(2));
  EXPECT_THAT(*tx_->ListDecisions("other", "", 0, 10), SizeIs(0));
}

TEST_F(RecordsTest, AFindingRecursAndIsClosed) {
  fairlead::FindingRow row;
  row.tenant = "acme";
  row.rule = "stock";
  row.entity = "sku/7";
  row.finding_class = "VALUE";
  row.data = kBytes;
  row.first_seen = row.last_seen = At(0);
  ASSERT_TRUE(tx_->RecordFinding(row).ok());
  row.first_seen = row.last_seen = At(60);
  ASSERT_TRUE(tx_->RecordFinding(row).ok());
  auto open = tx_->ListFindings("acme", true);
  ASSERT_THAT(*open, SizeIs(1));
  EXPECT_EQ(open->front().recurrences, 2);
  EXPECT_EQ(open->front().first_seen, At(0)) << "since when it is so";
  EXPECT_EQ(open->front().last_seen, At(60));
  EXPECT_EQ(open->front().data, kBytes);
  EXPECT_TRUE(*tx_->CloseFinding("acme", "stock", "sku/7"));
  EXPECT_FALSE(*tx_->CloseFinding("acme", "stock", "sku/7"));
  EXPECT_THAT(*tx_->ListFindings("acme", true), SizeIs(0));
  EXPECT_THAT(*tx_->ListFindings("acme", false), SizeIs(1));
}

TEST_F(RecordsTest, APostingIsSentAcceptedVerified) {
  fairlead::PostingRow row;
  row.tenant = "acme";
  row.canonical_id = "c-1";
  row.system = "erp";
  row.document_kind = "sale";
  row.key = "k-1";
  row.sent_at = At(0);
  ASSERT_TRUE(tx_->PutPosting(row).ok());
  row.document_ref = "SO-7";
  row.verified_at = At(5);
  row.verified_hash = kBytes;
  row.data = "{}";
  ASSERT_TRUE(tx_->PutPosting(row).ok());
  auto of_order = tx_->ListPostings("acme", "c-1");
  ASSERT_THAT(*of_order, SizeIs(1));
  EXPECT_EQ(of_order->front().document_ref, "SO-7");
  EXPECT_EQ(of_order->front().accepted_at, WallTime{});
  EXPECT_EQ(of_order->front().verified_hash, kBytes);
  auto by_document = tx_->FindPostings("acme", "erp", "SO-7");
  ASSERT_THAT(*by_document, SizeIs(1));
  EXPECT_EQ(by_document->front().key, "k-1");
  EXPECT_THAT(*tx_->FindPostings("acme", "crm", "SO-7"), SizeIs(0));
}

TEST_F(RecordsTest, OneBundleOfATenantIsActive) {
  ASSERT_TRUE(tx_->PutBundle({"acme", "h1", kBytes, true, At(0)}).ok());
  ASSERT_TRUE(tx_->PutBundle({"acme", "h2", "two", true, At(1)}).ok());
  ASSERT_TRUE(tx_->PutBundle({"other", "h3", "three", true, At(1)}).ok());
  EXPECT_EQ((*tx_->ActiveBundle("acme"))->hash, "h2");
  EXPECT_EQ((*tx_->GetBundle("acme", "h1"))->bytes, kBytes);
  EXPECT_FALSE((*tx_->GetBundle("acme", "h1"))->active);
  ASSERT_TRUE(tx_->PutBundle({"acme", "h1", kBytes, true, At(2)}).ok());
  EXPECT_EQ((*tx_->ActiveBundle("acme"))->hash, "h1");
  EXPECT_FALSE(tx_->ActiveBundle("nobody")->has_value());
}

TEST_F(RecordsTest, EchoesAreByFieldGroup) {
  const ExternalRef ref{"acme", "web", "inventory_level", "7"};
  ASSERT_TRUE(tx_->PutEcho({ref, "stock", "h1", 5, At(0)}).ok());
  ASSERT_TRUE(tx_->PutEcho({ref, "price", "h2", 6, At(0)}).ok());
  ASSERT_TRUE(tx_->PutEcho({ref, "stock", kBytes, 8, At(1)}).ok());
  EXPECT_EQ((*tx_->GetEcho(ref, "stock"))->hash, kBytes);
  EXPECT_EQ((*tx_->GetEcho(ref, "stock"))->intent_id, 8);
  EXPECT_EQ((*tx_->GetEcho(ref, "price"))->hash, "h2");
  EXPECT_FALSE(tx_->GetEcho(ref, "title")->has_value());
}

TEST_F(RecordsTest, SharedLimitsAreComparedAndSet) {
  auto none = tx_->GetLimit("web");
  EXPECT_EQ(none->version, 0);
  EXPECT_TRUE(*tx_->PutLimit("web", "a", 0));
  EXPECT_FALSE(*tx_->PutLimit("web", "b", 0)) << "somebody was first";
  EXPECT_TRUE(*tx_->PutLimit("web", "b", 1));
  EXPECT_FALSE(*tx_->PutLimit("web", "c", 1));
  EXPECT_EQ(tx_->GetLimit("web")->state, "b");
  EXPECT_EQ(tx_->GetLimit("web")->version, 2);
}

}  // namespace
