#include "tests/store_postgres/private_server.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>

namespace fairlead_test {
namespace {

const std::string kBin = FAIRLEAD_POSTGRES_BIN;

}  // namespace

PrivateServer& PrivateServer::Get(bool durable) {
  static PrivateServer server(durable);
  return server;
}

// The server refuses to run as root.
int PrivateServer::AsOwner(const std::string& command) const {
  const std::string as = getuid() == 0 ? "runuser -u postgres -- " : "";
  const std::string line = "cd '" + folder_ + "' && " + as + kBin + "/" + command + " >> '" + folder_ + "/log' 2>&1";
  return std::system(line.c_str());
}

PrivateServer::PrivateServer(bool durable) {
  std::string pattern = (std::filesystem::temp_directory_path() / "fairlead-pg-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) {
    ADD_FAILURE() << "no temporary folder";
    return;
  }
  folder_ = pattern;
  chmod(folder_.c_str(), 0777);
  if (AsOwner("initdb -N -D '" + folder_ + "/data' -U fairlead -A trust -E UTF8 --locale=C.UTF-8") != 0) {
    ADD_FAILURE() << "initdb failed, see " << folder_ << "/log";
    return;
  }
  start_ = "pg_ctl -D '" + folder_ + "/data' -l '" + folder_ + "/server.log' -w -t 60 -o \"-k '" + folder_ +
           "' -c listen_addresses='' -c max_connections=60 -c shared_buffers=32MB -c autovacuum_naptime=5s -c fsync=" +
           (durable ? "on" : "off") + "\" start";

  // The keeper holds the other end of a pipe: when this program is gone, however it went, the server goes too.
  std::array<int, 2> line{};
  if (pipe2(line.data(), O_CLOEXEC) != 0) return;
  keeper_ = fork();
  if (keeper_ == 0) {
    close(line[1]);
    setpgid(0, 0);
    char byte = 0;
    while (read(line[0], &byte, 1) > 0) {
    }
    AsOwner("pg_ctl -D '" + folder_ + "/data' -m immediate -w -t 30 stop");
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
    _exit(0);
  }
  close(line[0]);
  life_line_ = line[1];
  if (AsOwner(start_) != 0) ADD_FAILURE() << "PostgreSQL did not start, see " << folder_;
}

PrivateServer::~PrivateServer() {
  if (life_line_ >= 0) close(life_line_);
  if (keeper_ > 0) waitpid(keeper_, nullptr, 0);
}

std::string PrivateServer::Connection(const std::string& folder) const {
  return "host=" + (folder.empty() ? folder_ : folder) + " user=fairlead dbname=postgres";
}

fairlead::PostgresOptions PrivateServer::NewSchema() {
  fairlead::PostgresOptions options;
  options.connection = Connection();
  options.schema = "test_" + std::to_string(++schemas_);
  return options;
}

std::string PrivateServer::Sql(const std::string& statement) const {
  PGconn* const connection = PQconnectdb(Connection().c_str());
  PQsetNoticeProcessor(
      connection, [](void*, const char*) {}, nullptr);
  PGresult* const result = PQexec(connection, statement.c_str());
  const ExecStatusType status = PQresultStatus(result);
  EXPECT_TRUE(status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)
      << statement << ": " << PQerrorMessage(connection);
  std::string value;
  if (status == PGRES_TUPLES_OK && PQntuples(result) > 0) value = PQgetvalue(result, 0, 0);
  PQclear(result);
  PQfinish(connection);
  return value;
}

void PrivateServer::CrashAndRestart() const {
  EXPECT_EQ(AsOwner("pg_ctl -D '" + folder_ + "/data' -m immediate -w -t 30 stop"), 0);
  EXPECT_EQ(AsOwner(start_), 0);
}

}  // namespace fairlead_test
