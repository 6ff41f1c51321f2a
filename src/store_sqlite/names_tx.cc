// Names that rows refer to by number, and one-row questions.
#include "src/store_sqlite/internal/sqlite_transaction.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal {
namespace {

std::string RouteKey(const KeyParts& parts) {
  std::string key;
  for (const std::string* part : {&parts.tenant, &parts.connector, &parts.account, &parts.operation}) {
    key += std::to_string(part->size());
    key += ':';
    key += *part;
  }
  return key;
}

}  // namespace

absl::StatusOr<std::int64_t> SqliteTransaction::RouteId(const KeyParts& parts) {
  std::string key = RouteKey(parts);
  NameCache& names = session_->names;
  if (const auto found = names.route_ids.find(key); found != names.route_ids.end()) return found->second;
  std::int64_t id = 0;
  {
    Query query(connection(),
                "SELECT id FROM route WHERE tenant = ? AND connector = ? AND account = ? AND operation = ?");
    query.Text(parts.tenant).Text(parts.connector).Text(parts.account).Text(parts.operation);
    FAIRLEAD_ASSIGN_OR_RETURN(const bool known, query.Next());
    if (known) id = query.GetInt(0);
  }
  if (id == 0) {
    if (mode_ != Mode::kWrite) return 0;
    FAIRLEAD_RETURN_IF_ERROR(
        Query(connection(), "INSERT INTO route (tenant, connector, account, operation) VALUES (?, ?, ?, ?)")
            .Text(parts.tenant)
            .Text(parts.connector)
            .Text(parts.account)
            .Text(parts.operation)
            .Run());
    id = connection().last_id();
    names.dirty = true;
  }
  names.route_ids.emplace(std::move(key), id);
  names.routes.emplace(id, NameCache::Route{parts.tenant, parts.connector, parts.account, parts.operation});
  return id;
}

absl::StatusOr<const NameCache::Route*> SqliteTransaction::RouteOf(std::int64_t id) {
  NameCache& names = session_->names;
  if (const auto found = names.routes.find(id); found != names.routes.end()) return &found->second;
  Query query(connection(), "SELECT tenant, connector, account, operation FROM route WHERE id = ?");
  query.Int(id);
  FAIRLEAD_ASSIGN_OR_RETURN(const bool known, query.Next());
  if (!known) return SqliteError(nullptr, SQLITE_CORRUPT, "an intent names no route");
  NameCache::Route route{query.GetText(0), query.GetText(1), query.GetText(2), query.GetText(3)};
  return &names.routes.emplace(id, std::move(route)).first->second;
}

absl::Status SqliteTransaction::LoadRoutes() {
  Query query(connection(), "SELECT id, tenant, connector, account, operation FROM route");
  while (true) {
    FAIRLEAD_ASSIGN_OR_RETURN(const bool more, query.Next());
    if (!more) return absl::OkStatus();
    session_->names.routes.try_emplace(
        query.GetInt(0), NameCache::Route{query.GetText(1), query.GetText(2), query.GetText(3), query.GetText(4)});
  }
}

absl::StatusOr<std::int64_t> SqliteTransaction::WorkerId(std::string_view name) {
  if (name.empty()) return 0;
  NameCache& names = session_->names;
  if (name == names.last_worker) return names.last_worker_id;
  if (const auto found = names.worker_ids.find(std::string(name)); found != names.worker_ids.end()) {
    names.last_worker = found->first;
    names.last_worker_id = found->second;
    return found->second;
  }
  std::int64_t id = 0;
  {
    Query query(connection(), "SELECT id FROM worker WHERE name = ?");
    query.Text(name);
    FAIRLEAD_ASSIGN_OR_RETURN(const bool known, query.Next());
    if (known) id = query.GetInt(0);
  }
  if (id == 0) {
    FAIRLEAD_RETURN_IF_ERROR(Query(connection(), "INSERT INTO worker (name) VALUES (?)").Text(name).Run());
    id = connection().last_id();
    names.dirty = true;
  }
  names.worker_ids.emplace(name, id);
  return id;
}

absl::StatusOr<std::string> SqliteTransaction::WorkerName(std::int64_t id) {
  if (id == 0) return std::string();
  NameCache& names = session_->names;
  if (const auto found = names.workers.find(id); found != names.workers.end()) return found->second;
  Query query(connection(), "SELECT name FROM worker WHERE id = ?");
  query.Int(id);
  FAIRLEAD_ASSIGN_OR_RETURN(const bool known, query.Next());
  std::string name = known ? query.GetText(0) : std::string();
  names.workers.emplace(id, name);
  return name;
}

absl::StatusOr<bool> SqliteTransaction::Any(const char* literal) {
  Query query(connection(), literal);
  return query.Next();
}

}  // namespace internal
FAIRLEAD_NAMESPACE_END
