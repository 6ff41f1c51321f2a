#include "fairlead/testing/memory_store.h"

#include <algorithm>

#include "fairlead/core/error.h"
#include "src/testing/internal/memory_transaction.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {

namespace {

// Never near zero, which means "not set" in rows.
constexpr std::int64_t kEarliest = 3'600'000'000'000;  // ns

absl::Status Refused(std::string_view what) {
  return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent, "memory store: " + std::string(what));
}

absl::Status Unavailable(std::string_view what) {
  ErrorDetail detail;
  detail.kind = ErrorKind::kTransient;
  return MakeError(absl::StatusCode::kUnavailable, "memory store: " + std::string(what), detail);
}

}  // namespace

std::unique_ptr<MemoryStore> MemoryStore::Open(Runtime runtime) {
  auto data = std::make_shared<internal::MemoryData>();
  data->clock_base_boot = runtime.clock->BootNow().time_since_epoch().count();
  data->clock_base_store = std::max(kEarliest, runtime.clock->WallNow().time_since_epoch().count());
  return std::make_unique<internal::MemoryStoreImpl>(std::move(data), runtime);
}

namespace internal {

void MemoryStoreTestAccess::SetFaults(MemoryStore& store, const MemoryStoreFaults& faults) {
  static_cast<MemoryStoreImpl&>(store).data().faults = faults;
}

MemoryStoreImpl::MemoryStoreImpl(std::shared_ptr<MemoryData> data, Runtime runtime)
    : data_(std::move(data)), runtime_(runtime) {
  worker_.host = "memory";
  worker_.boot_id = "boot";
  worker_.instance = data_->next_instance++;
  worker_.pid = static_cast<std::int64_t>(worker_.instance);
}

std::unique_ptr<MemoryStore> MemoryStoreImpl::Attach(Runtime runtime) {
  return std::make_unique<MemoryStoreImpl>(data_, runtime);
}

void MemoryStoreImpl::SyncEachCommit(bool sync) {
  data_->sync_each = sync;
  if (sync) Sync();
}

absl::Status MemoryStoreImpl::LosePower() {
  FAIRLEAD_RETURN_IF_ERROR(Take());
  while (!data_->unsynced.empty()) {
    data_->unsynced.back()();
    data_->unsynced.pop_back();
  }
  const std::lock_guard<std::mutex> lock(data_->mutex);
  data_->busy = false;
  data_->owner = std::thread::id();
  data_->free.notify_one();
  return absl::OkStatus();
}

StoreTime MemoryStoreImpl::Now() {
  const std::int64_t boot = runtime_.clock->BootNow().time_since_epoch().count();
  return StoreTime(std::chrono::nanoseconds(data_->clock_base_store + (boot - data_->clock_base_boot)));
}

absl::Status MemoryStoreImpl::Take() {
  std::unique_lock<std::mutex> lock(data_->mutex);
  if (closed_) return Refused("it is closed");
  if (data_->busy && data_->owner == std::this_thread::get_id()) {
    return Refused("this thread has a transaction open; finish it first");
  }
  data_->free.wait(lock, [&] { return !data_->busy; });
  data_->busy = true;
  data_->owner = std::this_thread::get_id();
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Transaction>> MemoryStoreImpl::Start(bool writable) {
  FAIRLEAD_RETURN_IF_ERROR(Take());
  return std::unique_ptr<Transaction>(std::make_unique<MemoryTransaction>(*this, writable));
}

absl::Status MemoryStoreImpl::GroupCommit(const std::function<absl::Status(LedgerTransaction&)>& work) {
  FAIRLEAD_RETURN_IF_ERROR(Take());
  MemoryTransaction tx(*this, true);
  FAIRLEAD_RETURN_IF_ERROR(work(tx));
  return tx.Commit();
}

absl::Status MemoryStoreImpl::Close() {
  if (closed_) return absl::OkStatus();
  FAIRLEAD_RETURN_IF_ERROR(Take());
  const std::lock_guard<std::mutex> lock(data_->mutex);
  closed_ = true;
  data_->busy = false;
  data_->owner = std::thread::id();
  data_->free.notify_all();
  return absl::OkStatus();
}

absl::Status MemoryTransaction::Readable() const {
  return open_ ? absl::OkStatus() : Refused("the transaction is over");
}

absl::Status MemoryTransaction::Writable() const {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  return writable_ ? absl::OkStatus() : Refused("a snapshot cannot be written to; use Begin");
}

absl::Status MemoryTransaction::Commit() {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  if (undo_.empty()) {
    Finish();
    return absl::OkStatus();
  }
  const CommitFault fault = store_.NextFault();
  if (fault == CommitFault::kRefused) {
    Rollback();
    return Unavailable("the disk refused the commit; nothing was stored");
  }
  if (!data_->sync_each) {
    data_->unsynced.insert(data_->unsynced.end(), std::make_move_iterator(undo_.begin()),
                           std::make_move_iterator(undo_.end()));
  }
  undo_.clear();
  if (data_->observer) {
    for (const Touched& touched : touched_) {
      const auto row = data_->intents.find(touched.id);
      if (row != data_->intents.end()) data_->observer({touched.id, touched.from, &row->second.intent});
    }
  }
  Finish();
  return fault == CommitFault::kNone ? absl::OkStatus() : Unavailable("the answer of the commit was lost");
}

void MemoryTransaction::UndoTo(std::size_t mark) {
  while (undo_.size() > mark) {
    undo_.back()();
    undo_.pop_back();
  }
}

void MemoryTransaction::Rollback() {
  if (!open_) return;
  UndoTo(0);
  Finish();
}

void MemoryTransaction::Finish() {
  open_ = false;
  const std::lock_guard<std::mutex> lock(data_->mutex);
  data_->busy = false;
  data_->owner = std::thread::id();
  data_->free.notify_one();
}

absl::Status MemoryTransaction::OpenSavepoint() {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  marks_.emplace_back(undo_.size(), touched_.size());
  return absl::OkStatus();
}

absl::Status MemoryTransaction::ReleaseSavepoint() {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  marks_.pop_back();
  return absl::OkStatus();
}

absl::Status MemoryTransaction::RollbackSavepoint() {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  UndoTo(marks_.back().first);
  touched_.resize(marks_.back().second);
  marks_.pop_back();
  return absl::OkStatus();
}

}  // namespace internal
}  // namespace testing
FAIRLEAD_NAMESPACE_END
