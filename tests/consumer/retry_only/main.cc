// Compiles, links and runs on the retry component alone.
#include <cstdio>

#include "absl/status/status.h"
#include "fairlead/retry/retry.h"

int main() {
  const fairlead::RetryPolicy policy;
  int calls = 0;
  const absl::Status status =
      fairlead::Retry(policy, fairlead::Effect::kRead, fairlead::Deadline::Infinite(), [&](const fairlead::Try&) {
        ++calls;
        return absl::InvalidArgumentError("no repeat mends this");
      });
  std::printf("%d call, %s\n", calls, status.ok() ? "OK" : "stopped");
  return calls == 1 && !status.ok() ? 0 : 1;
}
