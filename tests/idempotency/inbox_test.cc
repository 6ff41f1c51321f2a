#include "fairlead/idempotency/inbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/idempotency/ledger_fixture.h"

namespace fairlead_test {
struct Parcel {
  std::string text;
};
}  // namespace fairlead_test

template <>
struct fairlead::InboxCodec<fairlead_test::Parcel> {
  static bool Accepts(const InboxMessage& message) { return message.topic == "parcel"; }
  static absl::StatusOr<std::vector<fairlead_test::Parcel>> Decode(const InboxMessage& message) {
    if (message.body == "garbage") return absl::InvalidArgumentError("not a parcel");
    return std::vector<fairlead_test::Parcel>{{message.body + "/1"}, {message.body + "/2"}};
  }
};

namespace fairlead_test {
namespace {

using fairlead::InboxMessage;
using fairlead::InboxState;
using fairlead::Secret;
using fairlead::Transaction;
using fairlead::WebhookSource;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::string kBody = R"({"id":1001})";
const std::string kSignature = "taShe63KzuXNAJuFfbDjaN0yzAnrhoAXTk+wH8cECPQ=";  // By "current".

class InboxTest : public LedgerTest {
 protected:
  InboxTest() : inbox_(*store_) {}

  bool Put(std::string topic, std::string body, std::string key) {
    InboxMessage message;
    message.source = "test";
    message.topic = std::move(topic);
    message.body = std::move(body);
    message.dedup_key = std::move(key);
    bool stored = false;
    EXPECT_TRUE(store_
                    ->GroupCommit([&](fairlead::LedgerTransaction& tx) -> absl::Status {
                      auto put = inbox_.Put(tx, message);
                      if (put.ok()) stored = *put;
                      return put.status();
                    })
                    .ok());
    return stored;
  }

  fairlead::Inbox inbox_;
};

TEST_F(InboxTest, AMessageIsCommittedThenAcknowledgedOnce) {
  const auto source = WebhookSource::Shopify("acme.myshopify.com", {Secret("current")});
  const fairlead::WebhookDelivery delivery{
      "orders/updated", kBody, {{"X-Shopify-Hmac-Sha256", kSignature}, {"X-Shopify-Event-Id", "e-1"}}};
  auto first = inbox_.Receive(source, delivery);
  EXPECT_EQ(first.http_status, 200);
  EXPECT_FALSE(first.duplicate);
  auto stored = inbox_.List(InboxState::kNew);
  ASSERT_THAT(*stored, SizeIs(1));
  EXPECT_EQ(stored->front().body, kBody);
  EXPECT_THAT(stored->front().headers, ElementsAre(::testing::Pair("x-shopify-event-id", "e-1")));
  auto again = inbox_.Receive(source, delivery);
  EXPECT_EQ(again.http_status, 200) << "the sender must stop";
  EXPECT_TRUE(again.duplicate);
  EXPECT_EQ(again.message_id, first.message_id);
  EXPECT_THAT(*inbox_.List(InboxState::kNew), SizeIs(1));
}

TEST_F(InboxTest, WhatIsNotProvenIsNotStored) {
  auto source = WebhookSource::Shopify("acme.myshopify.com", {Secret("current")});
  EXPECT_EQ(inbox_.Receive(source, {"t", kBody + " ", {{"X-Shopify-Hmac-Sha256", kSignature}}}).http_status, 401);
  source.MaxBytes(3);
  EXPECT_EQ(inbox_.Receive(source, {"t", kBody, {{"X-Shopify-Hmac-Sha256", kSignature}}}).http_status, 413);
  EXPECT_THAT(*inbox_.List(InboxState::kNew), IsEmpty());
}

TEST_F(InboxTest, WhatCannotBeStoredIsNotAcknowledged) {
  const auto source = WebhookSource::Shopify("acme.myshopify.com", {Secret("current")});
  ASSERT_TRUE(store_->Close().ok());
  EXPECT_EQ(inbox_.Receive(source, {"t", kBody, {{"X-Shopify-Hmac-Sha256", kSignature}}}).http_status, 503);
}

TEST_F(InboxTest, AWooDeliveryIdSharedByTwoOrdersLosesNeither) {
  // WooCommerce makes the delivery id of webhook and second: two orders saved in one second carry the same.
  const auto source = WebhookSource::WooCommerce("shop/orders", {Secret("current")});
  const auto deliver = [&](std::string body, std::string signature) {
    return inbox_.Receive(source, {"order.updated",
                                   std::move(body),
                                   {{"X-WC-Webhook-Signature", std::move(signature)},
                                    {"X-WC-Webhook-ID", "3"},
                                    {"X-WC-Webhook-Delivery-ID", "same"}}});
  };
  EXPECT_FALSE(deliver(kBody, kSignature).duplicate);
  const auto second = deliver(R"({"id":1002})", "s05OBJflRp1tTk2P4qoI/w4vdzOuDiUxBIi1dIxyHKY=");
  EXPECT_EQ(second.http_status, 200);
  EXPECT_FALSE(second.duplicate);
  EXPECT_TRUE(deliver(kBody, kSignature).duplicate);
  EXPECT_THAT(*inbox_.List(InboxState::kNew), SizeIs(2));
}

TEST_F(InboxTest, HandledOnceInTheTransactionThatDecides) {
  EXPECT_TRUE(Put("order", "a", "1"));
  EXPECT_FALSE(Put("order", "a", "1"));
  EXPECT_TRUE(Put("order", "b", "2"));
  std::vector<std::string> seen;
  inbox_.On("order", [&](const InboxMessage& message, Transaction& tx) {
    seen.push_back(message.body);
    return tx.PutCursor("last", message.body);
  });
  auto report = inbox_.Drain();
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->processed, 2);
  EXPECT_THAT(seen, ElementsAre("a", "b"));
  EXPECT_EQ(inbox_.Drain()->processed, 0);
  EXPECT_THAT(*inbox_.List(InboxState::kProcessed), SizeIs(2));
  EXPECT_FALSE(Put("order", "a", "1")) << "known after it was handled, too";
}

TEST_F(InboxTest, PoisonIsKeptShownAndTheRestGoesOn) {
  Put("order", "good", "1");
  Put("order", "poison", "2");
  Put("order", "after", "3");
  std::vector<std::string> seen;
  inbox_.On("order", [&](const InboxMessage& message, Transaction& tx) -> absl::Status {
    const absl::Status wrote = tx.PutCursor("last", message.body);
    if (!wrote.ok()) return wrote;
    if (message.body == "poison") return absl::InvalidArgumentError("line 1: not an order");
    seen.push_back(message.body);
    return absl::OkStatus();
  });
  auto report = inbox_.Drain();
  EXPECT_EQ(report->processed, 2);
  EXPECT_EQ(report->unparseable, 1);
  EXPECT_THAT(seen, ElementsAre("good", "after"));
  auto kept = inbox_.List(InboxState::kUnparseable);
  ASSERT_THAT(*kept, SizeIs(1));
  EXPECT_EQ(kept->front().body, "poison");
  EXPECT_THAT(kept->front().detail, ::testing::HasSubstr("not an order"));
  EXPECT_FALSE(inbox_.Reopen(kept->front().id, "", "why").ok());
  ASSERT_TRUE(inbox_.Reopen(kept->front().id, "ann", "parser mended").ok());
  inbox_.On("order", [&](const InboxMessage& message, Transaction&) {
    seen.push_back(message.body);
    return absl::OkStatus();
  });
  EXPECT_EQ(inbox_.Drain()->processed, 1);
  EXPECT_EQ(seen.back(), "poison");
}

TEST_F(InboxTest, AFailingHandlerChangesNothingAndIsTriedAgain) {
  Put("order", "a", "1");
  int calls = 0;
  inbox_.On("order", [&](const InboxMessage&, Transaction& tx) -> absl::Status {
    const absl::Status wrote = tx.PutCursor("cursor", "moved");
    if (!wrote.ok()) return wrote;
    return ++calls < 3 ? absl::UnavailableError("not now") : absl::OkStatus();
  });
  EXPECT_EQ(inbox_.Drain()->failed, 1);
  auto view = store_->Read();
  EXPECT_FALSE((*(*view)->GetCursor("cursor")).has_value());
  (*view)->Rollback();
  EXPECT_EQ(inbox_.Drain()->failed, 1);
  EXPECT_EQ(inbox_.Drain()->processed, 1);
}

TEST_F(InboxTest, WhatFailsForEverIsSetAsideAndNotLost) {
  Put("order", "a", "1");
  inbox_.On("order", [](const InboxMessage&, Transaction&) { return absl::UnavailableError("never"); });
  for (int i = 0; i < 4; ++i) EXPECT_EQ(inbox_.Drain()->failed, 1) << i;
  EXPECT_EQ(inbox_.Drain()->unparseable, 1);
  EXPECT_THAT(*inbox_.List(InboxState::kUnparseable), SizeIs(1));
}

TEST_F(InboxTest, MessagesWithoutAHandlerStay) {
  Put("order", "a", "1");
  Put("customer", "b", "2");
  inbox_.On("order", [](const InboxMessage&, Transaction&) { return absl::OkStatus(); });
  auto report = inbox_.Drain();
  EXPECT_EQ(report->processed, 1);
  EXPECT_EQ(report->unhandled, 1);
  std::string any;
  inbox_.On("*", [&](const InboxMessage& message, Transaction&) {
    any = message.topic;
    return absl::OkStatus();
  });
  EXPECT_EQ(inbox_.Drain()->processed, 1);
  EXPECT_EQ(any, "customer");
}

TEST_F(InboxTest, TypedHandlersSeeEachRecordOfAMessage) {
  Put("parcel", "p", "1");
  Put("parcel", "garbage", "2");
  std::vector<std::string> seen;
  inbox_.On<Parcel>([&](const auto& parcel, Transaction&) {
    seen.push_back(parcel.text);
    return absl::OkStatus();
  });
  auto report = inbox_.Drain();
  EXPECT_EQ(report->processed, 1);
  EXPECT_EQ(report->unparseable, 1);
  EXPECT_THAT(seen, ElementsAre("p/1", "p/2"));
}

}  // namespace
}  // namespace fairlead_test
