// A transport between a connector and its system that does to requests what networks and servers do, and keeps count.
#ifndef FAIRLEAD_SRC_TESTING_INTERNAL_CONFORMANCE_WIRE_H_
#define FAIRLEAD_SRC_TESTING_INTERNAL_CONFORMANCE_WIRE_H_

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "fairlead/core/effect.h"
#include "fairlead/core/runtime.h"
#include "fairlead/http/transport.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing::internal {

/// The kit's own guard. Yes to the first transmission of an attempt, or never.
class CountingGuard final : public http::SendGuard {
 public:
  explicit CountingGuard(bool allow = true) : allow_(allow) {}
  bool AllowSend() override { return ++asked_ == 1 && allow_; }
  int asked() const { return asked_; }

 private:
  const bool allow_;
  int asked_ = 0;
};

/// What becomes of a request.
struct WireFault {
  enum class Kind {
    kLoseRequest,  ///< Never arrives; the client cannot know.
    kLoseAnswer,   ///< Arrives, is answered; the answer is lost.
    kAnswer,       ///< Never arrives; `answer` comes instead (a proxy, a limiter).
    kSpoilAnswer,  ///< Arrives; the body of the answer is `spoil`ed.
  };
  Kind kind = Kind::kLoseAnswer;
  http::Response answer;
  std::function<std::string(std::string)> spoil;
  /// Of requests with an effect alone (those that come with a guard), else of every request.
  bool effectful_only = true;
  int times = 1;
};

/// Thread-safe.
class ConformanceWire final : public http::Transport {
 public:
  explicit ConformanceWire(http::Transport& inner, Runtime runtime) : inner_(inner), runtime_(runtime) {}
  absl::StatusOr<http::Response> Send(const http::Request& request, const http::CallOptions& options) override;

  void SetFault(WireFault fault);
  void Clear();
  /// Times that the fault has struck since it was set.
  int struck() const;

  struct Counts {
    int requests = 0;
    int effectful = 0;  ///< With an effect class other than kRead.
    int guarded = 0;    ///< With a write's guard. A read that a connector guards by itself is none.
    int unguarded_effects = 0;
    int undeclared = 0;           ///< Without any effect class.
    std::vector<Effect> effects;  ///< Of those with a guard.
  };
  /// Since the last call of Reset.
  Counts counts() const;
  void Reset();

 private:
  http::Transport& inner_;
  const Runtime runtime_;
  mutable std::mutex mutex_;
  std::optional<WireFault> fault_;
  int struck_ = 0;
  Counts counts_;
};

}  // namespace testing::internal
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_TESTING_INTERNAL_CONFORMANCE_WIRE_H_
