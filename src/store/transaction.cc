#include "fairlead/store/transaction.h"

#include "fairlead/core/error.h"

FAIRLEAD_NAMESPACE_BEGIN

absl::Status Transaction::Savepoint(const std::function<absl::Status()>& work) {
  FAIRLEAD_RETURN_IF_ERROR(OpenSavepoint());
  const absl::Status status = work();
  if (status.ok()) return ReleaseSavepoint();
  // If even the undoing fails, the transaction is lost: that is what the caller must hear.
  FAIRLEAD_RETURN_IF_ERROR(RollbackSavepoint());
  return status;
}

FAIRLEAD_NAMESPACE_END
