// Retrying inside an event loop that is not Fairlead's: libcurl's multi interface reads many addresses at once, on one
// thread, and a RetryMachine for each call says what comes next. Nothing here sleeps; waits are entries in the loop's
// own timer queue.
//
//   event_loop URL...      reads each; prints its status and how many tries it took; exit 1 if one of them failed
#include <curl/curl.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "fairlead/core/error.h"
#include "fairlead/retry/machine.h"

namespace {

using fairlead::Effect;
using fairlead::RetryMachine;
using fairlead::SteadyTime;

struct Call {
  std::string url;
  std::unique_ptr<RetryMachine> machine;
  CURL* handle = nullptr;
};

std::size_t Discard(char*, std::size_t size, std::size_t count, void*) { return size * count; }

class Loop {
 public:
  Loop() : multi_(curl_multi_init()) {
    policy_.budget = std::make_shared<fairlead::RetryBudget>();
    policy_.operation = "read";
  }
  ~Loop() { curl_multi_cleanup(multi_); }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void Add(const std::string& url) {
    calls_.push_back(std::make_unique<Call>());
    ++open_;
    Call& call = *calls_.back();
    call.url = url;
    const auto deadline = fairlead::Deadline::After(*policy_.runtime.clock, std::chrono::seconds(20));
    call.machine = std::make_unique<RetryMachine>(policy_, Effect::kRead, deadline, Now());
    Follow(call, call.machine->Next(Now()));
  }

  // The loop itself: whatever is due, whatever libcurl finished, then wait for the nearer of both.
  int Run() {
    while (open_ > 0) {
      while (!timers_.empty() && timers_.begin()->first <= Now()) {
        Call& call = *timers_.begin()->second;
        timers_.erase(timers_.begin());
        Follow(call, call.machine->Next(Now()));
      }
      int running = 0;
      curl_multi_perform(multi_, &running);
      Finished();
      if (open_ == 0) break;
      const auto nap = timers_.empty() ? std::chrono::milliseconds(1000)
                                       : std::chrono::ceil<std::chrono::milliseconds>(timers_.begin()->first - Now());
      curl_multi_poll(multi_, nullptr, 0, static_cast<int>(std::max<std::int64_t>(0, nap.count())), nullptr);
    }
    return failed_ == 0 ? 0 : 1;
  }

 private:
  SteadyTime Now() const { return policy_.runtime.clock->SteadyNow(); }

  void Follow(Call& call, const RetryMachine::Step& step) {
    switch (step.what) {
      case RetryMachine::What::kAttempt:
        Start(call, step.attempt);
        break;
      case RetryMachine::What::kWait:
        timers_.emplace(Now() + step.wait, &call);
        break;
      case RetryMachine::What::kReturn:
        --open_;
        failed_ += step.status.ok() ? 0 : 1;
        std::printf("%s  %s  after %u tries\n", call.url.c_str(),
                    step.status.ok() ? "read" : std::string(step.status.message()).c_str(), call.machine->attempts());
        break;
    }
  }

  void Start(Call& call, const fairlead::Try& attempt) {
    call.handle = curl_easy_init();
    curl_easy_setopt(call.handle, CURLOPT_URL, call.url.c_str());
    curl_easy_setopt(call.handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(call.handle, CURLOPT_WRITEFUNCTION, &Discard);
    curl_easy_setopt(call.handle, CURLOPT_PRIVATE, &call);
    // What a try may take is the machine's to say: it knows what is left of the whole.
    curl_easy_setopt(call.handle, CURLOPT_TIMEOUT_MS, static_cast<long>(attempt.timeout.count()));
    curl_multi_add_handle(multi_, call.handle);
  }

  void Finished() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      void* owner = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &owner);
      Call& call = *static_cast<Call*>(owner);
      const absl::Status result = Outcome(message->easy_handle, message->data.result);
      curl_multi_remove_handle(multi_, call.handle);
      curl_easy_cleanup(call.handle);
      Follow(call, call.machine->OnResult(result, Now(), policy_.runtime.random->NextUnit()));
    }
  }

  // What the machine has to know: what kind of failure, whether the remote may have acted, and what it asked for.
  static absl::Status Outcome(CURL* handle, CURLcode code) {
    if (code != CURLE_OK)
      return fairlead::MakeError(fairlead::ErrorKind::kTransient, fairlead::Outcome::kUnknown,
                                 curl_easy_strerror(code));
    long status = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    if (status < 400) return absl::OkStatus();
    fairlead::ErrorDetail detail;
    detail.kind = status == 429   ? fairlead::ErrorKind::kRateLimited
                  : status >= 500 ? fairlead::ErrorKind::kTransient
                                  : fairlead::ErrorKind::kValidation;
    detail.outcome = fairlead::Outcome::kRejected;
    detail.http_status = static_cast<std::uint32_t>(status);
    curl_off_t seconds = 0;
    if (curl_easy_getinfo(handle, CURLINFO_RETRY_AFTER, &seconds) == CURLE_OK && seconds > 0)
      detail.retry_after = std::chrono::seconds(seconds);
    return fairlead::MakeError(fairlead::CodeFor(detail.kind), "HTTP " + std::to_string(status), detail);
  }

  fairlead::RetryPolicy policy_;
  CURLM* multi_;
  std::vector<std::unique_ptr<Call>> calls_;
  std::multimap<SteadyTime, Call*> timers_;
  int open_ = 0;
  int failed_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: event_loop URL...\n");
    return 2;
  }
  curl_global_init(CURL_GLOBAL_DEFAULT);
  Loop loop;
  for (int i = 1; i < argc; ++i) loop.Add(argv[i]);
  return loop.Run();
}
