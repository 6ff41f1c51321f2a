/// A transport that answers from a script and keeps what it was asked.
#ifndef FAIRLEAD_TESTING_SCRIPTED_TRANSPORT_H_
#define FAIRLEAD_TESTING_SCRIPTED_TRANSPORT_H_

#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fairlead/core/effect.h"
#include "fairlead/core/export.h"
#include "fairlead/http/transport.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {

/// Thread-safe. Like a real transport it refuses a call without an effect class, asks the guard before the "bytes"
/// leave, and honours cancellation. Calls beyond the script are an error that says so.
class FAIRLEAD_EXPORT ScriptedTransport : public http::Transport {
 public:
  struct Call {
    http::Request request;
    std::optional<Effect> effect;
    bool guarded = false;  ///< A guard came with it.
  };

  absl::StatusOr<http::Response> Send(const http::Request& request, const http::CallOptions& options) override;

  /// The next unanswered call gets this response …
  void Push(http::Response response);
  /// … or this JSON body with a status …
  void PushJson(int status, std::string body, std::vector<http::Header> headers = {});
  /// … or this error (not OK; give it ErrorDetail as a real transport would, e.g. by LostAnswer()) …
  void PushError(absl::Status error);
  /// … or whatever this says.
  void Push(std::function<absl::StatusOr<http::Response>(const http::Request&)> answer);
  /// Answers every call beyond the script.
  void Otherwise(std::function<absl::StatusOr<http::Response>(const http::Request&)> answer);

  std::vector<Call> calls() const;
  /// Scripted answers that nobody has fetched.
  std::size_t unused() const;

  /// The error of an answer that never came: UNAVAILABLE, kUnknown.
  static absl::Status LostAnswer();
  /// The error of a connection that was refused: UNAVAILABLE, kNotSent.
  static absl::Status NotSent();

 private:
  mutable std::mutex mutex_;
  std::deque<std::function<absl::StatusOr<http::Response>(const http::Request&)>> script_;
  std::function<absl::StatusOr<http::Response>(const http::Request&)> otherwise_;
  std::vector<Call> calls_;
};

}  // namespace testing
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_TESTING_SCRIPTED_TRANSPORT_H_
