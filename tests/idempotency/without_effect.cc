// Each case but 0 leaves out the effect class, the one thing that only the caller knows. None of them may compile.
#include <string>

#include "fairlead/connector/manifest.h"
#include "fairlead/idempotency/intent.h"
#include "fairlead/idempotency/operation.h"
#include "fairlead/retry/retry.h"
#include "fairlead/v1/order.pb.h"

void Use(const fairlead::RetryPolicy& policy, const fairlead::Deadline& deadline) {
  const auto call = [](const fairlead::Try&) { return absl::OkStatus(); };
  const auto send = [](const fairlead::Attempt&) { return absl::StatusOr<std::string>("id"); };
#if CASE == 0
  (void)fairlead::Retry(policy, fairlead::Effect::kRead, deadline, call);
  fairlead::IntentRequest request(fairlead::Effect::kLookup);
  (void)request;
  (void)send;
#elif CASE == 1
  (void)fairlead::Retry(policy, deadline, call);
#elif CASE == 2
  fairlead::IntentRequest request;
#elif CASE == 3
  fairlead::Operation operation("erp.order.create", send);
#elif CASE == 4
  (void)fairlead::Manifest("acme3pl", "v2").Writes<fairlead::v1::Order>();
#endif
}
