#include "fairlead/testing/scripted_transport.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {

absl::StatusOr<http::Response> ScriptedTransport::Send(const http::Request& request, const http::CallOptions& options) {
  if (!options.effect.has_value()) {
    return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent,
                     "say whether the call is safe to repeat: CallOptions::effect");
  }
  if (options.cancellation.cancelled()) {
    return MakeError(ErrorKind::kCancelled, Outcome::kNotSent, "cancelled before the request left");
  }
  if (options.guard != nullptr && !options.guard->AllowSend()) {
    return MakeError(ErrorKind::kCancelled, Outcome::kNotSent, "the send guard said no");
  }
  std::function<absl::StatusOr<http::Response>(const http::Request&)> answer;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    calls_.push_back(Call{request, options.effect, options.guard != nullptr});
    if (!script_.empty()) {
      answer = std::move(script_.front());
      script_.pop_front();
    } else {
      answer = otherwise_;
    }
  }
  if (!answer) {
    return MakeError(ErrorKind::kInternal, Outcome::kNotSent,
                     absl::StrCat("no answer is scripted for ", request.method, " ", request.url));
  }
  return answer(request);
}

void ScriptedTransport::Push(http::Response response) {
  Push([response = std::move(response)](const http::Request&) -> absl::StatusOr<http::Response> { return response; });
}

void ScriptedTransport::PushJson(int status, std::string body, std::vector<http::Header> headers) {
  http::Response response;
  response.status = status;
  response.body = std::move(body);
  response.headers = std::move(headers);
  response.headers.push_back({"Content-Type", "application/json"});
  Push(std::move(response));
}

void ScriptedTransport::PushError(absl::Status error) {
  Push([error = std::move(error)](const http::Request&) -> absl::StatusOr<http::Response> { return error; });
}

void ScriptedTransport::Push(std::function<absl::StatusOr<http::Response>(const http::Request&)> answer) {
  std::lock_guard<std::mutex> lock(mutex_);
  script_.push_back(std::move(answer));
}

void ScriptedTransport::Otherwise(std::function<absl::StatusOr<http::Response>(const http::Request&)> answer) {
  std::lock_guard<std::mutex> lock(mutex_);
  otherwise_ = std::move(answer);
}

std::vector<ScriptedTransport::Call> ScriptedTransport::calls() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return calls_;
}

std::size_t ScriptedTransport::unused() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return script_.size();
}

absl::Status ScriptedTransport::LostAnswer() {
  return MakeError(ErrorKind::kUnknownOutcome, Outcome::kUnknown, "the connection closed before an answer came");
}

absl::Status ScriptedTransport::NotSent() {
  return MakeError(ErrorKind::kTransient, Outcome::kNotSent, "connection refused");
}

}  // namespace testing
FAIRLEAD_NAMESPACE_END
