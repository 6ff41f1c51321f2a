// A PostgreSQL server of this test program alone, from Debian's packages: no port (it listens on a socket in its own
// folder), no service of the machine. It is stopped and its folder removed when the program ends, also where it
// crashes.
#ifndef FAIRLEAD_TESTS_STORE_POSTGRES_PRIVATE_SERVER_H_
#define FAIRLEAD_TESTS_STORE_POSTGRES_PRIVATE_SERVER_H_

#include <string>

#include "fairlead/store_postgres/postgres_store.h"

namespace fairlead_test {

class PrivateServer {
 public:
  /// The program's server; the first call starts it, without fsync unless `durable`.
  static PrivateServer& Get(bool durable = false);
  PrivateServer(const PrivateServer&) = delete;
  PrivateServer& operator=(const PrivateServer&) = delete;

  /// What libpq takes; `folder` other than the server's own leads through a proxy's socket there.
  std::string Connection(const std::string& folder = "") const;
  const std::string& folder() const { return folder_; }
  /// Options for an empty schema that no other test uses.
  fairlead::PostgresOptions NewSchema();
  /// Runs one statement as the database's owner; its first value, empty for none. Fails the test where it fails.
  std::string Sql(const std::string& statement) const;
  /// Kills the server's processes as a power loss would, and starts it again.
  void CrashAndRestart() const;

 private:
  explicit PrivateServer(bool durable);
  ~PrivateServer();
  int AsOwner(const std::string& command) const;

  std::string folder_;
  std::string start_;
  int keeper_ = -1;
  int life_line_ = -1;
  int schemas_ = 0;
};

}  // namespace fairlead_test

#endif  // FAIRLEAD_TESTS_STORE_POSTGRES_PRIVATE_SERVER_H_
