// The store that the tests of ledger, inbox and records run over: SQLite in memory, or, where the program is built with
// FAIRLEAD_TEST_MEMORY_STORE, the store of the testing room, or with FAIRLEAD_TEST_POSTGRES_STORE a schema of its own
// in the program's own PostgreSQL. All must keep the same promises.
#ifndef FAIRLEAD_TESTS_STORE_OPEN_TEST_STORE_H_
#define FAIRLEAD_TESTS_STORE_OPEN_TEST_STORE_H_

#include <memory>

#include "absl/status/statusor.h"
#include "fairlead/core/runtime.h"
#include "fairlead/store/store.h"
#ifdef FAIRLEAD_TEST_MEMORY_STORE
#include "fairlead/testing/memory_store.h"
#elif defined(FAIRLEAD_TEST_POSTGRES_STORE)
#include "tests/store_postgres/private_server.h"
#else
#include "fairlead/store_sqlite/sqlite_store.h"
#endif

namespace fairlead_test {

inline absl::StatusOr<std::unique_ptr<fairlead::Store>> OpenTestStore(
    const fairlead::Runtime& runtime = fairlead::Runtime::System()) {
#ifdef FAIRLEAD_TEST_MEMORY_STORE
  return std::unique_ptr<fairlead::Store>(fairlead::testing::MemoryStore::Open(runtime));
#elif defined(FAIRLEAD_TEST_POSTGRES_STORE)
  fairlead::PostgresOptions options = PrivateServer::Get().NewSchema();
  options.runtime = runtime;
  // A test that moves the clock moves the store's, too.
  options.runtime_clock = runtime.clock != fairlead::Runtime::System().clock;
  return fairlead::OpenPostgres(options);
#else
  fairlead::SqliteOptions options;
  options.runtime = runtime;
  return fairlead::OpenSqlite(":memory:", options);
#endif
}

}  // namespace fairlead_test

#endif  // FAIRLEAD_TESTS_STORE_OPEN_TEST_STORE_H_
