// What an operator asks at three in the morning: what is stuck, why, whose is it, and the way back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "fairlead/policy/builder.h"
#include "fairlead/store_sqlite/sqlite_store.h"
#include "fairlead/sync/engine.h"
#include "fairlead/testing/fake_runtime.h"
#include "tests/cli/command.h"
#include "tests/sync/fake_systems.h"

namespace fairlead_cli_test {
namespace {

using namespace fairlead;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing_sync::FakeErp;
using testing_sync::FakeStore;
using testing_sync::MakeOrder;

// A store file in which order 1001 was posted and the sale of 1002 was refused by the ERP.
class People : public ::testing::Test {
 protected:
  void SetUp() override {
    path_ = ::testing::TempDir() + "/fairlead_cli_" + ::testing::UnitTest::GetInstance()->current_test_info()->name() +
            ".db";
    for (const char* suffix : {"", "-wal", "-shm", "-writer"}) std::remove((path_ + suffix).c_str());
    Sync("acme", "1001", {"1002"});
  }

  void Sync(const std::string& tenant, const std::string& good, const std::vector<std::string>& refused) {
    FakeStore web;
    FakeErp erp;
    v1::PostingGate gate;
    gate.set_target("erp");
    gate.add_payment("PAID");
    gate.set_residual_limit("0.05");
    gate.set_responsible("finance");
    gate.set_runbook("order-parked");
    const auto policy = PolicyBuilder("acme", 1)
                            .System("web", "fakestore")
                            .System("erp", "fakeerp")
                            .Team("finance", "Finance", "mailto:finance@acme.example")
                            .Add(Rule::For<v1::Order>("orders", "*")
                                     .Owner("web")
                                     .Writers({"web"})
                                     .Responsible("finance", "orders", "Sold in the shop."))
                            .Add(Rule::For<v1::Party>("parties", "*")
                                     .Owner("web")
                                     .Writers({"web"})
                                     .Responsible("finance", "parties", "Made in the shop."))
                            .Add(Rule::For<v1::InventoryLevel>("stock", "*")
                                     .Owner("erp")
                                     .Writers({"erp"})
                                     .Responsible("finance", "stock", "The ERP counts."))
                            .Add(Rule::For<v1::Shipment>("tracking", "*")
                                     .Owner("erp")
                                     .Writers({"erp"})
                                     .Responsible("finance", "tracking", "Shipped there."))
                            .Posting(gate)
                            .Compile({{"web", &web}, {"erp", &erp}});
    ASSERT_TRUE(policy.ok()) << policy.status();
    auto store = OpenSqlite(path_);
    ASSERT_TRUE(store.ok()) << store.status();
    sync::EngineOptions options;
    options.tenant = tenant;
    options.mode = sync::Mode::kEnforce;
    options.adopt_before = WallTime(std::chrono::seconds(1));
    auto engine = sync::Engine::Create(**store, {{"web", &web}, {"erp", &erp}}, *policy, options);
    ASSERT_TRUE(engine.ok()) << engine.status();
    web.Put(v1::ORDER, good, MakeOrder(good, "TENT", 2));
    Drain(**engine);
    for (const std::string& bad : refused) {
      web.Put(v1::ORDER, bad, MakeOrder(bad, "TENT", 1));
      erp.wire = {testing_sync::Wire::kRefused};
      Drain(**engine);
    }
    ASSERT_EQ(erp.sales.size(), 1U);
  }
  static void Drain(sync::Engine& engine) {
    ASSERT_TRUE(engine.PollAll().ok());
    for (int i = 0; i < 200; ++i) {
      auto step = engine.Step();
      ASSERT_TRUE(step.ok()) << step.status();
      if (step->deliver.claimed == 0 && step->ingest.records == 0) break;
    }
  }

  // "12  rejected  1002 …" → "12"
  std::string HeldId() {
    const std::string list = Fairlead({"dlq", "list", "--store", path_}).out;
    return list.substr(0, list.find(' '));
  }

  std::string path_;
};

TEST_F(People, ListSaysWhatWaitsWhyWhoseAndWhatToDoWithExitOne) {
  const Ran ran = Fairlead({"dlq", "list", "--store", path_});
  EXPECT_EQ(ran.exit, 1);
  for (const char* word : {"rejected", "1002", "sale.create", "erp", "finance", "order-parked"})
    EXPECT_THAT(ran.out, HasSubstr(word));
  EXPECT_THAT(ran.out, Not(HasSubstr("1001")));
  EXPECT_THAT(Fairlead({"dlq", "list", "--store", path_, "--json"}).out, HasSubstr("\"label\": \"1002\""));
}

TEST_F(People, AnotherTenantIsNeverTakenForNothingToDo) {
  const Ran wrong = Fairlead({"dlq", "list", "--store", path_, "--tenant", "acne"});
  EXPECT_EQ(wrong.exit, 2);
  EXPECT_THAT(wrong.err, HasSubstr("no tenant 'acne', but: acme"));
  Sync("globex", "2001", {"2002"});
  const Ran several = Fairlead({"dlq", "list", "--store", path_});
  EXPECT_EQ(several.exit, 2);
  EXPECT_THAT(several.err, HasSubstr("acme, globex"));
  EXPECT_THAT(Fairlead({"dlq", "list", "--store", path_, "--tenant", "globex"}).out, HasSubstr("2002"));
}

TEST_F(People, ShowTellsTheWholeStoryOfOneWrite) {
  for (const char* command : {"dlq", "ledger"}) {
    const Ran ran = Fairlead({command, "show", HeldId(), "--store", path_});
    EXPECT_EQ(ran.exit, 0);
    for (const char* word : {"sale.create -> erp", "rejected", "enqueued", "order/"})
      EXPECT_THAT(ran.out, HasSubstr(word));
  }
  EXPECT_THAT(Fairlead({"ledger", "show", HeldId(), "--store", path_, "--json"}).out,
              HasSubstr("\"state\": \"rejected\""));
  EXPECT_EQ(Fairlead({"ledger", "show", "999999", "--store", path_}).exit, 2);
}

TEST_F(People, RedriveWantsAPersonAndAReasonAndKeepsBoth) {
  const std::string id = HeldId();
  const Ran nobody = Fairlead({"dlq", "redrive", id, "--store", path_});
  EXPECT_EQ(nobody.exit, 2);
  EXPECT_THAT(nobody.err, HasSubstr("--actor"));
  const Ran dry =
      Fairlead({"dlq", "redrive", id, "--store", path_, "--actor", "mara", "--reason", "item made", "--dry-run"});
  EXPECT_THAT(dry.out, HasSubstr("would redrive " + id));
  EXPECT_THAT(Fairlead({"ledger", "show", id, "--store", path_}).out, HasSubstr("rejected"));
  EXPECT_EQ(Fairlead({"dlq", "redrive", id, "--store", path_, "--actor", "mara", "--reason", "item made"}).exit, 0);
  const std::string after = Fairlead({"ledger", "show", id, "--store", path_}).out;
  EXPECT_THAT(after, HasSubstr("state     ready"));
  EXPECT_THAT(after, HasSubstr("mara"));
  EXPECT_THAT(after, HasSubstr("item made"));
  const Ran clean = Fairlead({"dlq", "list", "--store", path_});
  EXPECT_EQ(clean.exit, 0);
  EXPECT_EQ(clean.out, "nothing waits for a person\n");
  EXPECT_EQ(Fairlead({"dlq", "redrive", "999999", "--store", path_, "--actor", "m", "--reason", "r"}).exit, 2);
}

TEST_F(People, RedriveByFilterGoesStepByStep) {
  Sync("globex", "3001", {"3002", "3003"});
  const auto redrive = [&](std::vector<std::string> more) {
    std::vector<std::string> command = {"dlq", "redrive", "--store", path_, "--actor", "mara", "--reason", "item made"};
    command.insert(command.end(), more.begin(), more.end());
    return Fairlead(command);
  };
  EXPECT_EQ(redrive({}).exit, 2) << "no filter is no wish";
  EXPECT_THAT(redrive({"--operation", "sale.create", "--limit", "none"}).err, HasSubstr("--limit"));
  EXPECT_EQ(redrive({"--because", "no_such_reason"}).out, "");
  const Ran one = redrive({"--operation", "sale.create", "--limit", "1"});
  EXPECT_EQ(one.exit, 0) << one.err;
  EXPECT_THAT(one.out, HasSubstr("2 more match"));
  EXPECT_EQ(redrive({"--system", "erp"}).lines(), 2);
  EXPECT_EQ(Fairlead({"dlq", "list", "--store", path_, "--tenant", "globex"}).exit, 0);
}

TEST_F(People, ConfirmKeepsTheEvidence) {
  const std::string id = HeldId();
  EXPECT_EQ(Fairlead({"dlq", "confirm", id, "--store", path_, "--actor", "mara"}).exit, 2);
  EXPECT_EQ(
      Fairlead({"dlq", "confirm", "--store", path_, "--actor", "mara", "--evidence", "seen", "--system", "erp"}).exit,
      2);
  EXPECT_EQ(
      Fairlead({"dlq", "confirm", id, "--store", path_, "--actor", "mara", "--evidence", "SO-77 in the ERP"}).exit, 0);
  const std::string story = Fairlead({"ledger", "show", id, "--store", path_}).out;
  EXPECT_THAT(story, HasSubstr("state     done"));
  EXPECT_THAT(story, HasSubstr("SO-77 in the ERP"));
}

TEST_F(People, CancelEndsAWrite) {
  const std::string other = HeldId();
  EXPECT_EQ(Fairlead({"dlq", "cancel", other, "--store", path_, "--actor", "mara", "--reason", "test order"}).exit, 0);
  EXPECT_THAT(Fairlead({"ledger", "show", other, "--store", path_}).out, HasSubstr("cancelled"));
}

TEST_F(People, OutboxShowsWhatWaitsAndThePausesWithTheirReasons) {
  const Ran held = Fairlead({"outbox", "status", "--store", path_});
  EXPECT_EQ(held.exit, 1);
  EXPECT_THAT(held.out, HasSubstr("erp  sale.create  rejected  1  oldest " + HeldId()));
  EXPECT_EQ(Fairlead({"outbox", "pause", "connector:erp", "--store", path_}).exit, 2);
  EXPECT_EQ(Fairlead({"outbox", "pause", "erp", "--store", path_, "--actor", "mara", "--reason", "close"}).exit, 2);
  EXPECT_EQ(
      Fairlead({"outbox", "pause", "connector:erp", "--store", path_, "--actor", "mara", "--reason", "period close"})
          .exit,
      0);
  EXPECT_THAT(Fairlead({"outbox", "status", "--store", path_}).out, HasSubstr("PAUSED connector:erp by mara"));
  EXPECT_THAT(Fairlead({"outbox", "status", "--store", path_, "--json"}).out,
              HasSubstr("\"reason\": \"period close\""));
  EXPECT_EQ(
      Fairlead({"outbox", "resume", "connector:erp", "--store", path_, "--actor", "mara", "--reason", "closed"}).exit,
      0);
  EXPECT_THAT(Fairlead({"outbox", "status", "--store", path_}).out, Not(HasSubstr("PAUSED")));
}

TEST_F(People, OrderIsFoundByItsNumberAndSaysWhereItStands) {
  const Ran posted = Fairlead({"order", "show", "1001", "--store", path_});
  EXPECT_EQ(posted.exit, 0);
  EXPECT_THAT(posted.out, HasSubstr("revision 1"));
  EXPECT_THAT(posted.out, HasSubstr("POSTING_STATUS_POSTED in erp"));
  const Ran held = Fairlead({"order", "show", "1002", "--store", path_});
  EXPECT_EQ(held.exit, 1);
  EXPECT_THAT(held.out, HasSubstr("owner finance"));
  EXPECT_THAT(Fairlead({"order", "show", "1002", "--store", path_, "--json"}).out, HasSubstr("\"owner\": \"finance\""));
  EXPECT_EQ(Fairlead({"order", "show", "4711", "--store", path_}).exit, 2);
}

TEST_F(People, MissingStoreIsNotMade) {
  const std::string none = ::testing::TempDir() + "/fairlead_cli_none.db";
  std::remove(none.c_str());
  for (const char* command : {"dlq", "order", "ledger"}) {
    const Ran ran = Fairlead({command, std::string(command) == "dlq" ? "list" : "show", "1", "--store", none});
    EXPECT_EQ(ran.exit, 2) << command;
    EXPECT_THAT(ran.err, Not(IsEmpty()));
  }
  EXPECT_NE(std::fopen(none.c_str(), "r") == nullptr, false);
}

}  // namespace
}  // namespace fairlead_cli_test
