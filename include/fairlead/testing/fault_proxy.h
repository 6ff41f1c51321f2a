/// A server on a loopback port that hands every request on to a real one and does wrong to some of them on purpose:
/// what a bad network does to a system that cannot be asked to misbehave.
#ifndef FAIRLEAD_TESTING_FAULT_PROXY_H_
#define FAIRLEAD_TESTING_FAULT_PROXY_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "fairlead/core/export.h"
#include "fairlead/core/runtime.h"
#include "fairlead/http/transport.h"
#include "fairlead/testing/fault_plan.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {

struct FAIRLEAD_EXPORT FaultProxyOptions {
  std::string target;  ///< "http://127.0.0.1:8000": scheme, host and port; paths are the client's.
  int port = 0;        ///< Loopback port; 0 takes a free one.
  FaultPlan faults;    ///< Webhooks do not pass here: their part is not used.
  /// What a request does, so that the network does not repeat what nobody could survive (FaultPlan::duplicate). Unset:
  /// by method; GET and HEAD read, PUT and DELETE set a state, the others create.
  std::function<RequestNature(std::string_view method, std::string_view path, std::string_view body)> nature;
  Runtime runtime = Runtime::System();
};

/// Runs until destroyed or stopped. Thread-safe. A request that the target does not answer is closed without a byte.
class FAIRLEAD_EXPORT FaultProxy {
 public:
  /// INVALID_ARGUMENT for a target that is no http or https address, UNAVAILABLE if the port is taken. `transport`
  /// makes the onward requests; borrowed.
  static absl::StatusOr<std::unique_ptr<FaultProxy>> Start(FaultProxyOptions options, http::Transport& transport);
  ~FaultProxy();
  FaultProxy(const FaultProxy&) = delete;
  FaultProxy& operator=(const FaultProxy&) = delete;
  void Stop();

  /// "http://127.0.0.1:<port>".
  std::string url() const;
  void SetFaults(const FaultPlan& plan);
  FaultCounters Faults() const;

 private:
  class Impl;
  explicit FaultProxy(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace testing
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_TESTING_FAULT_PROXY_H_
