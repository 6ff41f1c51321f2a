#include "tests/connectors/tryton/environment.h"

#include "fairlead/core/error.h"

namespace fairlead_tryton_test {

absl::StatusOr<fairlead::http::Response> MeddlingTransport::Send(const fairlead::http::Request& request,
                                                                 const fairlead::http::CallOptions& options) {
  ++requests;
  if (request.body.find("common.db.login") != std::string::npos) ++logins;
  fairlead::http::Request sent = request;
  if (forge_times_ > 0 && request.body.find(forge_) != std::string::npos) {
    --forge_times_;
    // "admin:1:" and 64 zeros.
    sent.secret_headers = {
        {"Authorization", fairlead::Secret("Session YWRtaW46MTowMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAw"
                                           "MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA=")}};
  }
  absl::StatusOr<fairlead::http::Response> response = inner_.Send(sent, options);
  if (after) after(request);
  if (lose_times_ > 0 && response.ok() && request.body.find(lose_) != std::string::npos) {
    --lose_times_;
    return fairlead::MakeError(fairlead::ErrorKind::kUnknownOutcome, fairlead::Outcome::kUnknown,
                               "the answer was lost");
  }
  return response;
}

}  // namespace fairlead_tryton_test
