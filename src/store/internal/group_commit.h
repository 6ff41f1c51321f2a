// Joins the small transactions of many threads into one durable commit, without a thread of its own: the first producer
// that finds nobody at work leads, the others wait, each on its own condition.
#ifndef FAIRLEAD_SRC_STORE_INTERNAL_GROUP_COMMIT_H_
#define FAIRLEAD_SRC_STORE_INTERNAL_GROUP_COMMIT_H_

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fairlead/core/export.h"
#include "fairlead/store/store.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal {

/// Thread-safe.
class FAIRLEAD_EXPORT GroupCommitter {
 public:
  using BeginFunction = std::function<absl::StatusOr<std::unique_ptr<Transaction>>()>;
  using Work = std::function<absl::Status(LedgerTransaction&)>;

  GroupCommitter(GroupCommitOptions options, BeginFunction begin);
  absl::Status Run(const Work& work);

 private:
  struct Slot {
    const Work* work;
    absl::Status status;
    bool done = false;
    bool leads = false;
    std::condition_variable wake;
  };

  void Lead(std::unique_lock<std::mutex>& lock);
  void CommitTogether(const std::deque<Slot*>& group);

  const GroupCommitOptions options_;
  const BeginFunction begin_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Slot*> waiting_;
  bool busy_ = false;
  bool crowded_ = false;  // The last group had company: waiting for more is worth it.
};

}  // namespace internal
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_STORE_INTERNAL_GROUP_COMMIT_H_
