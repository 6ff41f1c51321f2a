#include "fairlead/idempotency/ledger_store.h"

FAIRLEAD_NAMESPACE_BEGIN

LedgerTransaction::~LedgerTransaction() = default;
LedgerStore::~LedgerStore() = default;

std::string WorkerIdentity::ToString() const {
  return host + "/" + boot_id + "/" + std::to_string(pid) + "/" + std::to_string(started) + "/" +
         std::to_string(instance);
}

FAIRLEAD_NAMESPACE_END
