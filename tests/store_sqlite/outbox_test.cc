// A write that is noted with the caller's own work is sent if and only if that work commits, and is one intent however
// often it is moved.
#include "fairlead/store_sqlite/outbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <memory>
#include <string>

#include "fairlead/store_sqlite/sqlite_store.h"
#include "src/store_sqlite/internal/request_codec.h"
#include "tests/store_sqlite/scratch.h"

namespace fairlead_test {
namespace {

using namespace std::chrono_literals;
using fairlead::Effect;
using fairlead::Intent;
using fairlead::IntentFilter;
using fairlead::IntentRequest;
using fairlead::RelayReport;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

IntentRequest Request(const std::string& order, const std::string& body = "{}") {
  IntentRequest request(Effect::kLookup);
  request.tenant = "acme";
  request.connector = "erp";
  request.operation = "order.create";
  request.aggregate = "order/" + order;
  request.purpose = "create";
  request.body = body;
  return request;
}

class Outbox : public Scratch {
 protected:
  void SetUp() override {
    store_ = *fairlead::OpenSqlite(path_);
    ledger_ = std::make_unique<fairlead::Ledger>(*store_);
    ASSERT_EQ(sqlite3_open((folder_ + "/shop.db").c_str(), &db_), SQLITE_OK);
    Exec("CREATE TABLE sale (id INTEGER)");
    ASSERT_TRUE(fairlead::CreateOutbox(db_).ok());
    ASSERT_TRUE(fairlead::CreateOutbox(db_).ok()) << "again does nothing";
  }
  void TearDown() override { sqlite3_close(db_); }

  void Exec(const std::string& sql) {
    char* error = nullptr;
    EXPECT_EQ(sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, &error), SQLITE_OK) << error;
  }
  void Note(const IntentRequest& request) {
    const absl::Status status = fairlead::EnqueueOutbox(db_, request);
    EXPECT_TRUE(status.ok()) << status;
  }
  RelayReport Relay(std::size_t limit = 500) {
    auto report = fairlead::RelayOutbox(db_, *store_, *ledger_, limit);
    EXPECT_TRUE(report.ok()) << report.status();
    return report.ok() ? *report : RelayReport{};
  }
  std::vector<std::string> InLedger() {
    auto tx = store_->ReadLedger();
    std::vector<std::string> aggregates;
    const auto intents = (*tx)->ListIntents(IntentFilter{});
    for (const Intent& intent : *intents) aggregates.push_back(intent.parts.aggregate);
    return aggregates;
  }

  std::unique_ptr<fairlead::Store> store_;
  std::unique_ptr<fairlead::Ledger> ledger_;
  sqlite3* db_ = nullptr;
};

TEST_F(Outbox, CommitsAndRollsBackWithTheCallersWork) {
  Exec("BEGIN");
  Exec("INSERT INTO sale VALUES (1)");
  Note(Request("1"));
  Exec("COMMIT");
  Exec("BEGIN");
  Exec("INSERT INTO sale VALUES (2)");
  Note(Request("2"));
  Exec("ROLLBACK");
  EXPECT_EQ(Relay().moved, 1);
  EXPECT_THAT(InLedger(), ElementsAre("order/1"));
  EXPECT_EQ(Relay().moved, 0);
}

TEST_F(Outbox, MovedTwiceAfterACrashIsOneIntent) {
  Note(Request("1"));
  EXPECT_EQ(Relay().moved, 1);
  // The process died after the ledger's commit and before its own: the row is still there.
  Note(Request("1"));
  const RelayReport again = Relay();
  EXPECT_EQ(again.moved, 1);
  EXPECT_EQ(again.existed, 1);
  EXPECT_THAT(InLedger(), SizeIs(1));
}

TEST_F(Outbox, LedgerThatCannotCommitLeavesEveryRowWhereItIs) {
  Note(Request("1"));
  Note(Request("2"));
  ASSERT_TRUE(store_->Close().ok());
  EXPECT_FALSE(fairlead::RelayOutbox(db_, *store_, *ledger_).ok());
  store_ = *fairlead::OpenSqlite(path_);
  ledger_ = std::make_unique<fairlead::Ledger>(*store_);
  EXPECT_EQ(Relay().moved, 2);
}

TEST_F(Outbox, RefusedRowIsKeptWithItsReasonAndHoldsNothingUp) {
  Note(Request("1", "{\"total\": 10}"));
  Note(Request("1", "{\"total\": 99}"));
  Exec("INSERT INTO fairlead_outbox (operation, aggregate, purpose, request) VALUES ('o', 'a', 'p', x'ff00')");
  Note(Request("2"));
  const RelayReport report = Relay();
  EXPECT_EQ(report.moved, 2);
  ASSERT_THAT(report.refused, SizeIs(2));
  EXPECT_THAT(report.refused[0].why, HasSubstr("KeyReuse"));
  EXPECT_THAT(report.refused[1].why, HasSubstr("no request of a known version"));
  EXPECT_THAT(InLedger(), ElementsAre("order/1", "order/2"));
  EXPECT_THAT(Relay().refused, IsEmpty()) << "said once";
  const auto kept = fairlead::ListRefusedOutbox(db_);
  ASSERT_TRUE(kept.ok());
  ASSERT_THAT(*kept, SizeIs(2));
  EXPECT_EQ((*kept)[0].aggregate, "order/1");
  EXPECT_THAT((*kept)[0].why, HasSubstr("KeyReuse"));
}

TEST_F(Outbox, MovesInOrderUpToItsLimit) {
  for (int i = 1; i <= 5; ++i) Note(Request(std::to_string(i)));
  const RelayReport first = Relay(3);
  EXPECT_EQ(first.moved, 3);
  EXPECT_TRUE(first.more);
  EXPECT_THAT(InLedger(), ElementsAre("order/1", "order/2", "order/3"));
  EXPECT_FALSE(Relay(3).more);
  EXPECT_THAT(InLedger(), SizeIs(5));
}

TEST_F(Outbox, WrongUseSaysWhatToDo) {
  Exec("BEGIN");
  const auto open = fairlead::RelayOutbox(db_, *store_, *ledger_);
  EXPECT_THAT(std::string(open.status().message()), HasSubstr("has a transaction open"));
  Exec("COMMIT");
  IntentRequest nameless = Request("1");
  nameless.purpose.clear();
  EXPECT_FALSE(fairlead::EnqueueOutbox(db_, nameless).ok());
  Exec("DROP TABLE fairlead_outbox");
  EXPECT_THAT(std::string(fairlead::EnqueueOutbox(db_, Request("1")).message()), HasSubstr("call CreateOutbox"));
  EXPECT_THAT(std::string(fairlead::RelayOutbox(db_, *store_, *ledger_).status().message()),
              HasSubstr("call CreateOutbox"));
}

TEST(RequestCodec, KeepsEveryFieldAndRefusesEveryCut) {
  IntentRequest request(Effect::kNativeKey);
  int n = 0;
  for (std::string* text :
       {&request.tenant, &request.connector, &request.account, &request.operation, &request.aggregate, &request.purpose,
        &request.method, &request.target, &request.body, &request.semantic, &request.reference, &request.coalesce_field,
        &request.owner, &request.runbook, &request.money_at_risk, &request.park_reason, &request.park_detail})
    *text = std::string("field\0", 6) + std::to_string(++n);
  request.coalesce = fairlead::Coalesce::kState;
  request.priority = -7;
  request.delay = 3s;
  request.timeout = 4s;
  request.settle = 5s;
  request.retention = 6h;
  request.horizon = 7h;
  request.max_attempts = 9;
  const std::string bytes = fairlead::internal::EncodeRequest(request);
  const auto read = fairlead::internal::DecodeRequest(bytes);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(fairlead::internal::EncodeRequest(*read), bytes);
  EXPECT_EQ(read->park_detail, std::string("field\0", 6) + "17");
  EXPECT_EQ(read->effect, Effect::kNativeKey);
  EXPECT_EQ(read->priority, -7);
  EXPECT_EQ(read->horizon, 7h);
  EXPECT_EQ(read->max_attempts, 9U);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(fairlead::internal::DecodeRequest(std::string_view(bytes).substr(0, size)).ok()) << size;
}

}  // namespace
}  // namespace fairlead_test
