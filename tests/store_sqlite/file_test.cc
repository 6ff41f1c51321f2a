// The file: made whole or not at all, refused untouched, one writer, versions that live side by side.
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>

#include "fairlead/core/error.h"
#include "fairlead/idempotency/ledger.h"
#include "fairlead/store_sqlite/sqlite_store.h"
#include "src/store_sqlite/internal/connection.h"
#include "src/store_sqlite/internal/schema.h"
#include "tests/store_sqlite/scratch.h"

namespace fairlead_test {
namespace {

using fairlead::OpenSqlite;
using fairlead::Transaction;
using ::testing::HasSubstr;

class FileTest : public Scratch {
 protected:
  /// A file with something in it, closed.
  void MakeFile() {
    auto store = OpenSqlite(path_);
    ASSERT_TRUE(store.ok()) << store.status();
    ASSERT_TRUE((*store)
                    ->Write([](Transaction& tx) -> absl::Status {
                      for (int i = 0; i < 200; ++i) {
                        auto id = tx.AppendJournal({0, "acme", "web", "order", "poll", std::string(500, 'x'), {}});
                        if (!id.ok()) return id.status();
                      }
                      return tx.PutCursor("c", "kept");
                    })
                    .ok());
    ASSERT_TRUE((*store)->Close().ok());
  }
  void ExpectRefusedUntouched(absl::StatusCode code, const std::string& words) {
    const std::string before = Bytes(path_);
    for (const bool read_only : {false, true}) {
      fairlead::SqliteOptions options;
      options.read_only = read_only;
      auto store = OpenSqlite(path_, options);
      ASSERT_FALSE(store.ok());
      EXPECT_EQ(store.status().code(), code) << store.status();
      EXPECT_THAT(std::string(store.status().message()), HasSubstr(words));
      EXPECT_TRUE(Bytes(path_) == before) << "the file was changed";
    }
  }
};

TEST_F(FileTest, IsMadeAndOpenedAgain) {
  MakeFile();
  EXPECT_FALSE(std::filesystem::exists(path_ + "-new"));
  auto store = OpenSqlite(path_);
  ASSERT_TRUE(store.ok());
  auto view = (*store)->Read();
  EXPECT_EQ(**(*view)->GetCursor("c"), "kept");
}

TEST_F(FileTest, SettingsAreTheDurableOnes) {
  MakeFile();
  EXPECT_EQ(Sql(path_, "PRAGMA journal_mode"), "wal");
  EXPECT_EQ(Sql(path_, "PRAGMA application_id"), std::to_string(fairlead::internal::kApplicationId));
  EXPECT_EQ(Sql(path_, "PRAGMA quick_check"), "ok");
}

TEST_F(FileTest, AnEmptyFileIsANewOne) {
  Write(path_, "");
  EXPECT_TRUE(OpenSqlite(path_).ok());
}

TEST_F(FileTest, AHalfMadeFileOfACrashIsInNobodysWay) {
  Write(path_ + "-new", "half");
  EXPECT_TRUE(OpenSqlite(path_).ok());
}

TEST_F(FileTest, GarbageIsRefusedUntouched) {
  std::mt19937_64 random(7);
  std::string garbage(40'000, '\0');
  for (char& byte : garbage) byte = static_cast<char>(random());
  Write(path_, garbage);
  ExpectRefusedUntouched(absl::StatusCode::kDataLoss, "damaged");
  Write(path_, "short");
  ExpectRefusedUntouched(absl::StatusCode::kDataLoss, "damaged");
}

TEST_F(FileTest, ADamagedPageIsRefusedUntouched) {
  MakeFile();
  std::string bytes = Bytes(path_);
  ASSERT_GT(bytes.size(), 100'000u);
  for (std::size_t at = 50'000; at < 70'000; ++at) bytes[at] = static_cast<char>(at * 31);
  Write(path_, bytes);
  ExpectRefusedUntouched(absl::StatusCode::kDataLoss, "damaged");
}

TEST_F(FileTest, ATruncatedFileIsRefusedUntouched) {
  MakeFile();
  const std::string bytes = Bytes(path_);
  Write(path_, bytes.substr(0, bytes.size() / 2));
  ExpectRefusedUntouched(absl::StatusCode::kDataLoss, "damaged");
}

TEST_F(FileTest, AnotherApplicationsFileIsRefusedUntouched) {
  Sql(path_, "CREATE TABLE precious (x); INSERT INTO precious VALUES (1)");
  ExpectRefusedUntouched(absl::StatusCode::kFailedPrecondition, "another application");
}

TEST_F(FileTest, AnIncompatibleVersionIsRefusedUntouched) {
  MakeFile();
  Sql(path_, "PRAGMA user_version = " +
                 std::to_string(fairlead::internal::UserVersion(fairlead::internal::kSchemaMajor + 1, 0)));
  Sql(path_, "PRAGMA wal_checkpoint(TRUNCATE)");
  ExpectRefusedUntouched(absl::StatusCode::kFailedPrecondition, "schema version");
}

TEST_F(FileTest, AFolderIsRefused) {
  std::filesystem::create_directory(path_);
  EXPECT_FALSE(OpenSqlite(path_).ok());
  EXPECT_FALSE(OpenSqlite(folder_ + "/no/such/folder/ledger.db").ok());
  EXPECT_FALSE(OpenSqlite("").ok());
}

// --- Versions.

TEST_F(FileTest, AnOlderFileIsMigratedAndKeepsItsRows) {
  {
    auto connection = fairlead::internal::Connection::Open(path_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    ASSERT_TRUE(connection.ok());
    ASSERT_TRUE(fairlead::internal::ApplySchema(**connection, 0, 1).ok());
    ASSERT_TRUE((*connection)->Execute("INSERT INTO cursor VALUES ('c', 'old')").ok());
  }
  auto store = OpenSqlite(path_);
  ASSERT_TRUE(store.ok()) << store.status();
  {
    auto view = (*store)->Read();
    EXPECT_EQ(**(*view)->GetCursor("c"), "old");
  }
  EXPECT_TRUE((*store)->Write([](Transaction& tx) { return tx.PutLimit("web", "a", 0).status(); }).ok());
  ASSERT_TRUE((*store)->Close().ok());
  EXPECT_EQ(Sql(path_, "PRAGMA user_version"),
            std::to_string(
                fairlead::internal::UserVersion(fairlead::internal::kSchemaMajor, fairlead::internal::kSchemaMinor)));
}

TEST_F(FileTest, TheNextVersionsAdditionsDoNotDisturbThisOne) {
  MakeFile();
  const std::string next = std::to_string(
      fairlead::internal::UserVersion(fairlead::internal::kSchemaMajor, fairlead::internal::kSchemaMinor + 1));
  Sql(path_,
      "ALTER TABLE intent ADD COLUMN subject TEXT NOT NULL DEFAULT ''; ALTER TABLE queue ADD COLUMN shard INTEGER NOT "
      "NULL "
      "DEFAULT 0; ALTER TABLE outcome ADD COLUMN cost INTEGER; ALTER TABLE mirror ADD COLUMN extra BLOB; CREATE TABLE "
      "later (x); "
      "PRAGMA user_version = " +
          next);
  auto store = OpenSqlite(path_);
  ASSERT_TRUE(store.ok()) << store.status();
  {
    fairlead::Ledger ledger(**store);
    ledger.Register(fairlead::Operation::Blind("erp.note", [](const fairlead::Attempt&) { return std::string("ok"); }));
    EXPECT_TRUE(ledger.Run("erp.note", {"order/1", "create", "body"}).ok());
    EXPECT_TRUE(ledger.Run("erp.note", {"order/1", "create", "body"})->replayed);
  }
  ASSERT_TRUE((*store)->Close().ok());
  EXPECT_EQ(Sql(path_, "PRAGMA user_version"), next) << "going back and forth must not lose the newer one's steps";
}

// --- One writer.

TEST_F(FileTest, ASecondWriterIsToldToUsePostgreSql) {
  auto store = OpenSqlite(path_);
  ASSERT_TRUE(store.ok());
  auto second = OpenSqlite(path_);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(second.status().message()), HasSubstr("PostgreSQL"));
  EXPECT_THAT(std::string(second.status().message()), HasSubstr("pid " + std::to_string(getpid())));
  ASSERT_TRUE((*store)->Close().ok());
  EXPECT_TRUE(OpenSqlite(path_).ok());
}

TEST_F(FileTest, AnotherProcessIsRefusedAndALockDiesWithItsHolder) {
  int pipes[2];
  ASSERT_EQ(pipe(pipes), 0);
  const pid_t child = fork();
  if (child == 0) {
    auto store = OpenSqlite(path_);
    const bool wrote = store.ok() && (*store)->Write([](Transaction& tx) { return tx.PutCursor("c", "durable"); }).ok();
    const char word = wrote ? 'y' : 'n';
    [[maybe_unused]] const ssize_t told = write(pipes[1], &word, 1);
    pause();
    _exit(0);
  }
  char word = 0;
  ASSERT_EQ(read(pipes[0], &word, 1), 1);
  EXPECT_EQ(word, 'y');
  auto second = OpenSqlite(path_);
  EXPECT_FALSE(second.ok());
  EXPECT_THAT(std::string(second.status().message()), HasSubstr("pid " + std::to_string(child)));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  close(pipes[0]);
  close(pipes[1]);
  auto heir = OpenSqlite(path_);
  ASSERT_TRUE(heir.ok()) << heir.status();
  auto view = (*heir)->Read();
  EXPECT_EQ(**(*view)->GetCursor("c"), "durable") << "what Write said was durable";
}

TEST_F(FileTest, TheLeasesOfADeadPredecessorAreReleasedAtOnce) {
  fairlead::IntentRequest request(fairlead::Effect::kLookup);
  request.connector = "erp";
  request.operation = "erp.order.create";
  request.aggregate = "order/1";
  request.purpose = "create";
  {
    auto store = OpenSqlite(path_);
    fairlead::Ledger ledger(**store);
    ASSERT_TRUE(ledger.Enqueue(request).ok());
    ASSERT_EQ(ledger.Claim({})->size(), 1u);
  }
  auto store = OpenSqlite(path_);
  fairlead::Ledger ledger(**store);
  EXPECT_TRUE(ledger.Claim({})->empty());
  EXPECT_EQ(ledger.ReleaseAbandoned()->released, 1);
  EXPECT_EQ(ledger.Claim({})->size(), 1u);
  EXPECT_EQ(ledger.ReleaseAbandoned()->released, 0) << "one's own leases stay";
}

TEST_F(FileTest, WhatIsOverLeavesTheHotTable) {
  {
    auto store = OpenSqlite(path_);
    fairlead::Ledger ledger(**store);
    ledger.Register(fairlead::Operation::Blind("erp.note", [](const fairlead::Attempt&) { return std::string("ok"); }));
    for (int i = 0; i < 20; ++i) {
      ASSERT_TRUE(ledger.Run("erp.note", {"order/" + std::to_string(i), "create", "body"}).ok());
    }
  }
  EXPECT_EQ(Sql(path_, "SELECT COUNT(*) FROM queue"), "0");
  EXPECT_EQ(Sql(path_, "SELECT COUNT(*) FROM outcome"), "20");
  EXPECT_EQ(Sql(path_, "SELECT COUNT(*) FROM audit"), "0") << "a plain success is its own record";
}

}  // namespace
}  // namespace fairlead_test
