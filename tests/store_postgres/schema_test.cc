// What is found in a schema: nothing, an older version, a newer one, somebody else's tables.
#include "src/store_postgres/internal/schema.h"

#include <gtest/gtest.h>

#include "fairlead/core/error.h"
#include "fairlead/store_postgres/postgres_store.h"
#include "tests/store_postgres/private_server.h"

namespace fairlead_test {
namespace {

using fairlead::internal::postgres::Connection;
using fairlead::internal::postgres::kSchemaMinor;
using fairlead::internal::postgres::PrepareSchema;
using std::chrono::milliseconds;

class SchemaTest : public ::testing::Test {
 protected:
  SchemaTest() : options_(PrivateServer::Get().NewSchema()) {}
  std::string Sql(const std::string& statement) { return PrivateServer::Get().Sql(statement); }
  std::string Meta(const std::string& name) {
    return Sql("SELECT convert_from(value, 'UTF8') FROM " + options_.schema + ".meta WHERE name = '" + name + "'");
  }
  void SetVersion(const std::string& version) {
    Sql("UPDATE " + options_.schema + ".meta SET value = '" + version + "'::bytea WHERE name = 'store/schema'");
  }
  std::string Tables() {
    return Sql(
        "SELECT string_agg(c.relname || ':' || c.relnatts, ',' ORDER BY c.relname) FROM pg_class c JOIN "
        "pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = '" +
        options_.schema + "'");
  }

  fairlead::PostgresOptions options_;
};

TEST_F(SchemaTest, AnOlderVersionIsExtendedAndKeepsItsRows) {
  {
    auto connection = Connection::Open(options_.connection, milliseconds(5'000), milliseconds(5'000));
    ASSERT_TRUE(connection.ok());
    ASSERT_TRUE(PrepareSchema(**connection, options_.schema, false, 1).ok());
  }
  EXPECT_EQ(Meta("store/schema"), "1.1");
  Sql("INSERT INTO " + options_.schema + ".cursor VALUES ('web', 'here')");
  auto store = fairlead::OpenPostgres(options_);
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ(Meta("store/schema"), "1." + std::to_string(kSchemaMinor));
  auto tx = (*store)->Begin();
  ASSERT_TRUE(tx.ok());
  EXPECT_EQ(**(*tx)->GetCursor("web"), "here");
  EXPECT_TRUE(*(*tx)->PutLimit("web", "x", 0)) << "a table of the newer version";
}

TEST_F(SchemaTest, TheVersionBeforeWorksOnWhatANewerOneMade) {
  ASSERT_TRUE(fairlead::OpenPostgres(options_).ok());
  SetVersion("1.99");
  auto store = fairlead::OpenPostgres(options_);
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ(Meta("store/schema"), "1.99") << "the newer number stays";
}

TEST_F(SchemaTest, AnIncompatibleVersionIsRefusedAndLeftAsItIs) {
  ASSERT_TRUE(fairlead::OpenPostgres(options_).ok());
  SetVersion("2.1");
  const std::string before = Tables();
  const absl::Status status = fairlead::OpenPostgres(options_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  EXPECT_NE(status.message().find("2.1"), std::string::npos) << status;
  EXPECT_EQ(Tables(), before);
}

TEST_F(SchemaTest, SomebodyElsesTablesAreRefusedAndLeftAsTheyAre) {
  Sql("CREATE SCHEMA " + options_.schema);
  for (const char* const table : {".orders (id int)", ".meta (name text, value bytea)"}) {
    Sql("CREATE TABLE " + options_.schema + table);
    const std::string before = Tables();
    const absl::Status status = fairlead::OpenPostgres(options_).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
    EXPECT_NE(status.message().find("another schema"), std::string::npos) << status;
    EXPECT_EQ(Tables(), before);
  }
}

TEST_F(SchemaTest, ReadOnlyMakesNothingAndWritesNothing) {
  options_.read_only = true;
  EXPECT_EQ(fairlead::OpenPostgres(options_).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Sql("SELECT count(*) FROM pg_namespace WHERE nspname = '" + options_.schema + "'"), "0");
  options_.read_only = false;
  ASSERT_TRUE(fairlead::OpenPostgres(options_).ok());
  options_.read_only = true;
  auto store = fairlead::OpenPostgres(options_);
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_TRUE((*store)->Read().ok());
  EXPECT_EQ((*store)->Begin().status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ((*store)->GroupCommit([](fairlead::LedgerTransaction&) { return absl::OkStatus(); }).code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(SchemaTest, WhatCannotBeReachedSaysSo) {
  fairlead::PostgresOptions nowhere = options_;
  nowhere.reconnect_for = milliseconds(0);
  nowhere.connection =
      "host=" + PrivateServer::Get().folder() + "/nowhere user=fairlead dbname=postgres password=tulip";
  const absl::Status status = fairlead::OpenPostgres(nowhere).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
  EXPECT_EQ(status.message().find("tulip"), std::string::npos) << "no password in a message";
  nowhere.connection = "host=" + PrivateServer::Get().folder() + " user=fairlead dbname=nowhere";
  EXPECT_EQ(fairlead::OpenPostgres(nowhere).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(SchemaTest, OptionsAreChecked) {
  for (const char* const schema : {"", "two words", "a\"b", "1st", "x;drop"}) {
    fairlead::PostgresOptions wrong = options_;
    wrong.schema = schema;
    EXPECT_EQ(fairlead::OpenPostgres(wrong).status().code(), absl::StatusCode::kFailedPrecondition) << schema;
  }
  fairlead::PostgresOptions wrong = options_;
  wrong.pool_size = 1;
  EXPECT_FALSE(wrong.Validate().ok());
  wrong = options_;
  wrong.lock_timeout = wrong.statement_timeout * 2;
  EXPECT_FALSE(wrong.Validate().ok());
}

}  // namespace
}  // namespace fairlead_test
