// A system that fell over stays down if its clients' repeats hold it there. Simulated: ten thousand clients, a server
// with a queue, an outage, and the retry toolkit between them. Nothing waits; one seed is one run.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <deque>
#include <iostream>
#include <memory>
#include <queue>
#include <vector>

#include "fairlead/core/error.h"
#include "fairlead/retry/budget.h"
#include "fairlead/retry/machine.h"
#include "fairlead/retry/rate_limiter.h"

namespace fairlead_test {
namespace {

using namespace std::chrono_literals;
using fairlead::Deadline;
using fairlead::Effect;
using fairlead::ErrorKind;
using fairlead::MakeError;
using fairlead::Outcome;
using fairlead::RateLimiter;
using fairlead::RetryBudget;
using fairlead::RetryMachine;
using fairlead::RetryPolicy;
using fairlead::SteadyTime;

constexpr double kCapacity = 1000;    // Requests a second that the server can serve.
constexpr double kLoad = 0.8;         // Of it, asked for without any repeat.
constexpr int kClients = 10'000;      // Callers …
constexpr int kProcesses = 20;        // … in so many processes: a budget is one process's.
constexpr double kPatience = 1.0;     // Seconds until a try times out.
constexpr std::size_t kQueue = 2000;  // Two seconds of work: whoever is at its end is served too late.
constexpr double kOutageBegins = 30;
constexpr double kOutageEnds = 60;
constexpr double kEnd = 150;

struct Story {
  std::int64_t calls = 0;     // Begun by callers over the whole run.
  std::int64_t requests = 0;  // That reached the wire.
  std::int64_t during = 0;    // Of these: while the server was down.
  std::int64_t calls_during = 0;
  double goodput_after = 0;  // Share of the calls of the last 60 s that succeeded.
};

class Simulation {
 public:
  explicit Simulation(bool with_budget, std::uint64_t seed) : state_(seed) {
    policy_.options.try_timeout = std::chrono::milliseconds(1000);
    for (int i = 0; with_budget && i < kProcesses; ++i) budgets_.push_back(std::make_shared<RetryBudget>());
  }

  Story Go() {
    for (int client = 0; client < kClients; ++client) At(Unit() * kClients / (kCapacity * kLoad), Kind::kCall, client);
    At(0, Kind::kServe, 0);
    while (!events_.empty() && events_.top().at < kEnd) {
      const Event event = events_.top();
      events_.pop();
      now_ = event.at;
      switch (event.kind) {
        case Kind::kCall:
          Begin(event.id);
          break;
        case Kind::kTry:
          Again(event.id);
          break;
        case Kind::kTimeout:
          // An answer that came in time has moved the call on.
          if (calls_[static_cast<std::size_t>(event.id)].tries == event.tries)
            Done(event.id, MakeError(ErrorKind::kTransient, Outcome::kUnknown, "no answer"));
          break;
        case Kind::kServe:
          Serve();
          break;
      }
    }
    run_.goodput_after = static_cast<double>(succeeded_late_) / static_cast<double>(begun_late_);
    return run_;
  }

 private:
  enum class Kind { kCall, kTry, kTimeout, kServe };
  struct Event {
    double at;
    std::int64_t order;
    Kind kind;
    int id;
    std::uint32_t tries;
    bool operator<(const Event& other) const { return at != other.at ? at > other.at : order > other.order; }
  };
  struct Call {
    std::unique_ptr<RetryMachine> machine;
    std::uint32_t tries = 0;
    bool late = false;
  };
  struct Queued {
    int call;
    std::uint32_t tries;
  };

  double Unit() {  // splitmix64
    state_ += 0x9E3779B97F4A7C15ULL;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return static_cast<double>((z ^ (z >> 31)) >> 11) * (1.0 / 9007199254740992.0);
  }
  SteadyTime Now() const {
    return SteadyTime(std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(1000 + now_)));
  }
  void At(double at, Kind kind, int id, std::uint32_t tries = 0) { events_.push({at, ++order_, kind, id, tries}); }
  bool Down() const { return now_ >= kOutageBegins && now_ < kOutageEnds; }

  void Begin(int client) {
    At(now_ - std::log(1 - Unit()) * kClients / (kCapacity * kLoad), Kind::kCall, client);
    RetryPolicy policy = policy_;
    if (!budgets_.empty()) policy.budget = budgets_[static_cast<std::size_t>(client % kProcesses)];
    Call call;
    call.machine = std::make_unique<RetryMachine>(policy, Effect::kRead, Deadline::Infinite(), Now());
    (void)call.machine->Next(Now());
    // The last moments' calls have no time to end.
    call.late = now_ >= kEnd - 70 && now_ < kEnd - 10;
    begun_late_ += call.late ? 1 : 0;
    ++run_.calls;
    run_.calls_during += Down() ? 1 : 0;
    calls_.push_back(std::move(call));
    Send(static_cast<int>(calls_.size()) - 1);
  }
  void Again(int id) {
    Call& call = calls_[static_cast<std::size_t>(id)];
    const RetryMachine::Step step = call.machine->Next(Now());
    if (step.what == RetryMachine::What::kAttempt)
      Send(id);
    else
      call.machine.reset();
  }
  void Send(int id) {
    Call& call = calls_[static_cast<std::size_t>(id)];
    ++call.tries;
    ++run_.requests;
    run_.during += Down() ? 1 : 0;
    At(now_ + kPatience, Kind::kTimeout, id, call.tries);
    if (queue_.size() < kQueue) queue_.push_back({id, call.tries});
  }
  void Serve() {
    At(now_ + 1 / kCapacity, Kind::kServe, 0);
    if (Down() || queue_.empty()) return;
    const Queued next = queue_.front();
    queue_.pop_front();
    // The server does not know that nobody waits any more: the work is done either way.
    Call& call = calls_[static_cast<std::size_t>(next.call)];
    if (call.tries == next.tries && call.machine != nullptr) Done(next.call, absl::OkStatus());
  }
  void Done(int id, const absl::Status& status) {
    Call& call = calls_[static_cast<std::size_t>(id)];
    if (call.machine == nullptr) return;
    const RetryMachine::Step step = call.machine->OnResult(status, Now(), Unit());
    if (step.what == RetryMachine::What::kWait) {
      // Until then no timeout and no late answer belongs to it.
      ++call.tries;
      At(now_ + std::chrono::duration<double>(step.wait).count(), Kind::kTry, id);
      return;
    }
    if (step.status.ok()) succeeded_late_ += call.late ? 1 : 0;
    call.machine.reset();
  }

  std::uint64_t state_;
  RetryPolicy policy_;
  std::vector<std::shared_ptr<RetryBudget>> budgets_;
  std::priority_queue<Event> events_;
  std::int64_t order_ = 0;
  double now_ = 0;
  std::vector<Call> calls_;
  std::deque<Queued> queue_;
  std::int64_t begun_late_ = 0;
  std::int64_t succeeded_late_ = 0;
  Story run_;
};

double Extra(const Story& run) { return static_cast<double>(run.requests) / static_cast<double>(run.calls); }

TEST(Overload, BudgetsKeepRepeatsFromHoldingASystemDown) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const Story run = Simulation(true, seed).Go();
    std::cout << "with budgets: " << run.calls << " calls, " << Extra(run) << " requests a call ("
              << static_cast<double>(run.during) / static_cast<double>(run.calls_during)
              << " during the outage), goodput after " << run.goodput_after << "\n";
    EXPECT_LE(Extra(run), 1.1) << seed;
    EXPECT_GE(run.goodput_after, 0.95) << seed;
  }
}

TEST(Overload, WithoutThemTheSameRunNeverComesBack) {
  const Story run = Simulation(false, 1).Go();
  std::cout << "without: " << Extra(run) << " requests a call, goodput after " << run.goodput_after << "\n";
  EXPECT_GT(Extra(run), 2);
  EXPECT_LT(run.goodput_after, 0.2) << "the outage alone does no lasting harm: this run would show nothing";
}

// After four hours without the remote, what has waited goes out as fast as the remote allows, and no faster.
TEST(Overload, CatchUpRunsAtTheRateThatTheRemoteAllows) {
  constexpr double kAllowed = 10;
  fairlead::RateLimiterOptions ours;
  ours.per_second = kAllowed;
  RateLimiter limiter(ours);
  fairlead::RateLimiterOptions theirs = ours;
  RateLimiter remote(theirs);
  SteadyTime now(1000s);
  std::int64_t waiting = 4 * 3600 * 2;  // Two a second came in meanwhile, and go on coming.
  double arrived = 0;
  std::int64_t sent = 0;
  std::int64_t throttled = 0;
  const SteadyTime begin = now;
  while (waiting > 0 && now - begin < 3h) {
    const std::chrono::nanoseconds wait = limiter.Acquire(now);
    if (wait.count() > 0) {
      now += wait;
      arrived += 2 * std::chrono::duration<double>(wait).count();
      for (; arrived >= 1; arrived -= 1) ++waiting;
      continue;
    }
    if (remote.Acquire(now).count() > 0) {
      ++throttled;
      limiter.Block(now + 1s);
      continue;
    }
    ++sent;
    --waiting;
  }
  EXPECT_EQ(waiting, 0);
  const double rate = static_cast<double>(sent) / std::chrono::duration<double>(now - begin).count();
  std::cout << "catch-up: " << rate << " a second of " << kAllowed << " allowed, throttled " << throttled << "\n";
  EXPECT_GE(rate, 0.95 * kAllowed);
  EXPECT_LE(throttled, sent / 1000);
}

}  // namespace
}  // namespace fairlead_test
