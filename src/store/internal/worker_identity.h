// What the operating system knows about this process, and about others.
#ifndef FAIRLEAD_SRC_STORE_INTERNAL_WORKER_IDENTITY_H_
#define FAIRLEAD_SRC_STORE_INTERNAL_WORKER_IDENTITY_H_

#include <string>
#include <string_view>

#include "fairlead/core/export.h"
#include "fairlead/core/runtime.h"
#include "fairlead/idempotency/ledger_store.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal {

/// Host, boot id, process id and its start time, and a random instance number.
FAIRLEAD_EXPORT WorkerIdentity ThisProcess(Random& random);
/// "host#number of the namespace that process ids are counted in". Containers of one machine may share host name and
/// boot id and still not see each other's processes.
FAIRLEAD_EXPORT std::string HostWithPidNamespace(std::string_view host);
/// True only if `worker` (WorkerIdentity::ToString) ran on `self`'s host, boot and process namespace, and the operating
/// system says that this process is gone. Anything unclear is "not proven".
FAIRLEAD_EXPORT bool IsProvenDead(std::string_view worker, const WorkerIdentity& self);

}  // namespace internal
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_STORE_INTERNAL_WORKER_IDENTITY_H_
