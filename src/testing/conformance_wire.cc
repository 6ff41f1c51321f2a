#include "src/testing/internal/conformance_wire.h"

#include <utility>

#include "fairlead/core/error.h"
#include "fairlead/http/server_hint.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing::internal {
namespace {

absl::Status Lost() {
  return MakeError(ErrorKind::kUnknownOutcome, Outcome::kUnknown, "the connection closed without an answer");
}

/// As transports have it: a read whose answer is lost is merely to be repeated.
absl::Status LostTo(const http::CallOptions& options) {
  if (options.effect == Effect::kRead) {
    return MakeError(ErrorKind::kTransient, Outcome::kUnknown, "the connection closed without an answer");
  }
  return Lost();
}

}  // namespace

absl::StatusOr<http::Response> ConformanceWire::Send(const http::Request& request, const http::CallOptions& options) {
  std::optional<WireFault> fault;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++counts_.requests;
    if (!options.effect.has_value()) ++counts_.undeclared;
    if (options.effect.has_value() && *options.effect != Effect::kRead) {
      ++counts_.effectful;
      if (options.guard == nullptr) ++counts_.unguarded_effects;
    }
    const bool guarded = options.guard != nullptr && (options.effect.value_or(Effect::kBlind) != Effect::kRead ||
                                                      dynamic_cast<CountingGuard*>(options.guard) != nullptr);
    if (guarded) {
      ++counts_.guarded;
      counts_.effects.push_back(options.effect.value_or(Effect::kBlind));
    }
    if (fault_.has_value() && fault_->times > 0 && (!fault_->effectful_only || guarded)) {
      fault = fault_;
      --fault_->times;
      ++struck_;
    }
  }
  if (!fault.has_value()) return inner_.Send(request, options);
  if (options.cancellation.cancelled()) {
    return MakeError(ErrorKind::kCancelled, Outcome::kNotSent, "cancelled before the request was sent");
  }
  switch (fault->kind) {
    case WireFault::Kind::kLoseRequest:
    case WireFault::Kind::kAnswer: {
      if (options.guard != nullptr && !options.guard->AllowSend()) {
        return MakeError(ErrorKind::kCancelled, Outcome::kNotSent, "the guard refused the transmission");
      }
      if (fault->kind == WireFault::Kind::kLoseRequest) return LostTo(options);
      http::Response answer = fault->answer;
      answer.retry_after = http::ServerHint(answer.headers, runtime_.clock->WallNow());
      return answer;
    }
    case WireFault::Kind::kLoseAnswer: {
      absl::StatusOr<http::Response> response = inner_.Send(request, options);
      if (!response.ok()) return response.status();
      return LostTo(options);
    }
    case WireFault::Kind::kSpoilAnswer: {
      absl::StatusOr<http::Response> response = inner_.Send(request, options);
      if (response.ok() && response->status < 300) response->body = fault->spoil(std::move(response->body));
      return response;
    }
  }
  return Lost();
}

void ConformanceWire::SetFault(WireFault fault) {
  const std::lock_guard<std::mutex> lock(mutex_);
  fault_ = std::move(fault);
  struck_ = 0;
}

void ConformanceWire::Clear() {
  const std::lock_guard<std::mutex> lock(mutex_);
  fault_.reset();
}

int ConformanceWire::struck() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return struck_;
}

ConformanceWire::Counts ConformanceWire::counts() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return counts_;
}

void ConformanceWire::Reset() {
  const std::lock_guard<std::mutex> lock(mutex_);
  counts_ = Counts{};
}

}  // namespace testing::internal
FAIRLEAD_NAMESPACE_END
