// Names that rows refer to by number.
#include <utility>

#include "fairlead/core/error.h"
#include "src/store_postgres/internal/postgres_store.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal::postgres {

absl::StatusOr<std::int64_t> PostgresStore::NameId(std::string key, const std::string& insert,
                                                   const std::string& select, const Params& params) {
  const std::lock_guard<std::mutex> lock(names_mutex_);
  if (const auto found = names_.find(key); found != names_.end()) return found->second;
  // Twice: a connection that lay idle may have been closed by the server meanwhile.
  absl::Status status;
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (names_connection_ == nullptr || !names_connection_->alive()) {
      FAIRLEAD_ASSIGN_OR_RETURN(names_connection_, Connect());
    }
    Connection& connection = *names_connection_;
    const auto ask = [&]() -> absl::StatusOr<std::int64_t> {
      FAIRLEAD_RETURN_IF_ERROR(SendBegin(connection, TransactionMode::kShared));
      FAIRLEAD_RETURN_IF_ERROR(connection.Ask(insert, params).status());
      FAIRLEAD_ASSIGN_OR_RETURN(const Result found, connection.Ask(select, params));
      FAIRLEAD_RETURN_IF_ERROR(connection.Ask("COMMIT").status());
      if (found.empty()) return MakeError(ErrorKind::kInternal, Outcome::kNotSent, "store: a name was not stored");
      return found.GetInt(0, 0);
    };
    const absl::StatusOr<std::int64_t> id = ask();
    if (id.ok()) {
      names_.emplace(std::move(key), *id);
      return *id;
    }
    status = id.status();
    if (connection.alive()) {
      connection.Ask("ROLLBACK").status().IgnoreError();
      return status;
    }
  }
  return status;
}

absl::StatusOr<std::int64_t> PostgresStore::RouteId(const KeyParts& parts) {
  std::string key = "r";
  for (const std::string* part : {&parts.tenant, &parts.connector, &parts.account, &parts.operation}) {
    key += std::to_string(part->size());
    key += ':';
    key += *part;
  }
  return NameId(std::move(key),
                "INSERT INTO route (tenant, connector, account, operation) VALUES ($1, $2, $3, $4) ON CONFLICT DO "
                "NOTHING",
                "SELECT id FROM route WHERE tenant = $1 AND connector = $2 AND account = $3 AND operation = $4",
                Params().Text(parts.tenant).Text(parts.connector).Text(parts.account).Text(parts.operation));
}

absl::StatusOr<std::int64_t> PostgresStore::WorkerId(std::string_view name) {
  if (name.empty()) return 0;
  return NameId("w" + std::string(name), "INSERT INTO worker (name) VALUES ($1) ON CONFLICT DO NOTHING",
                "SELECT id FROM worker WHERE name = $1", Params().Text(name));
}

}  // namespace internal::postgres
FAIRLEAD_NAMESPACE_END
