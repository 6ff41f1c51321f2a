#include <algorithm>
#include <utility>

#include "fairlead/core/error.h"
#include "src/store/internal/group_commit.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal {

GroupCommitter::GroupCommitter(GroupCommitOptions options, BeginFunction begin)
    : options_(options), begin_(std::move(begin)) {}

absl::Status GroupCommitter::Run(const Work& work) {
  Slot slot;
  slot.work = &work;
  std::unique_lock<std::mutex> lock(mutex_);
  waiting_.push_back(&slot);
  if (busy_) {
    arrived_.notify_one();
    slot.wake.wait(lock, [&] { return slot.done || slot.leads; });
    if (slot.done) return slot.status;
  }
  busy_ = true;
  Lead(lock);
  return slot.status;
}

void GroupCommitter::Lead(std::unique_lock<std::mutex>& lock) {
  if (crowded_ && waiting_.size() < options_.max_works && options_.max_delay.count() > 0) {
    arrived_.wait_for(lock, options_.max_delay, [&] { return waiting_.size() >= options_.max_works; });
  }
  // The leader's own slot is the oldest one, so it is always in its group.
  std::deque<Slot*> group;
  while (!waiting_.empty() && group.size() < options_.max_works) {
    group.push_back(waiting_.front());
    waiting_.pop_front();
  }
  lock.unlock();
  CommitTogether(group);
  lock.lock();
  crowded_ = group.size() > 1 || !waiting_.empty();
  if (waiting_.empty()) {
    busy_ = false;
  } else {
    waiting_.front()->leads = true;
    waiting_.front()->wake.notify_one();
  }
  // Last, and under the lock: a woken producer's slot is gone as soon as the lock is.
  for (Slot* member : group) {
    member->done = true;
    member->wake.notify_one();
  }
}

void GroupCommitter::CommitTogether(const std::deque<Slot*>& group) {
  absl::StatusOr<std::unique_ptr<Transaction>> tx = begin_();
  if (!tx.ok()) {
    for (Slot* member : group) member->status = tx.status();
    return;
  }
  bool any = false;
  for (Slot* member : group) {
    if (group.size() == 1) {
      member->status = (*member->work)(**tx);
    } else {
      member->status = (*tx)->Savepoint([&] { return (*member->work)(**tx); });
    }
    any = any || member->status.ok();
  }
  if (!any) {
    (*tx)->Rollback();
    return;
  }
  const absl::Status committed = (*tx)->Commit();
  if (committed.ok()) return;
  for (Slot* member : group) {
    if (member->status.ok()) member->status = committed;
  }
}

}  // namespace internal
FAIRLEAD_NAMESPACE_END
