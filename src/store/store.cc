#include "fairlead/store/store.h"

#include "fairlead/core/error.h"

FAIRLEAD_NAMESPACE_BEGIN

absl::Status GroupCommitOptions::Validate() const {
  if (max_works >= 1 && max_works <= 100'000 && max_delay.count() >= 0 && max_delay <= std::chrono::seconds(1)) {
    return absl::OkStatus();
  }
  return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent,
                   "GroupCommitOptions: max_works must be within 1..100000, max_delay within 0..1 s");
}

absl::Status Store::Write(const std::function<absl::Status(Transaction&)>& work) {
  FAIRLEAD_ASSIGN_OR_RETURN(const auto tx, Begin());
  FAIRLEAD_RETURN_IF_ERROR(work(*tx));
  return tx->Commit();
}

absl::StatusOr<std::unique_ptr<LedgerTransaction>> Store::BeginLedger() {
  FAIRLEAD_ASSIGN_OR_RETURN(std::unique_ptr<Transaction> tx, Begin());
  return std::unique_ptr<LedgerTransaction>(std::move(tx));
}

absl::StatusOr<std::unique_ptr<LedgerTransaction>> Store::ReadLedger() {
  FAIRLEAD_ASSIGN_OR_RETURN(std::unique_ptr<Transaction> tx, Read());
  return std::unique_ptr<LedgerTransaction>(std::move(tx));
}

FAIRLEAD_NAMESPACE_END
