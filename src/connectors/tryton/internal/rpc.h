// JSON-RPC to one Tryton database: log-in and its renewal, the context of every call, errors mapped to our taxonomy.
#ifndef FAIRLEAD_SRC_CONNECTORS_TRYTON_INTERNAL_RPC_H_
#define FAIRLEAD_SRC_CONNECTORS_TRYTON_INTERNAL_RPC_H_

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fairlead/connector/connector.h"
#include "fairlead/connectors/tryton/options.h"
#include "fairlead/core/effect.h"
#include "fairlead/core/export.h"
#include "fairlead/core/runtime.h"
#include "fairlead/core/secret.h"
#include "fairlead/http/transport.h"
#include "src/connectors/tryton/internal/value.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace tryton {

/// A log-in that works until the server forgets it. Immutable.
struct Session {
  std::uint64_t number = 0;  ///< Counts log-ins, to see whether another thread renewed it meanwhile.
  std::int64_t user_id = 0;
  Secret authorization;  ///< Value of the header.
  std::string context;   ///< The user's preferences, JSON object, with the company of the options.
  std::int64_t company = 0;
  std::string company_name;
};

/// An answer: the document and its `result`.
struct Answer {
  std::unique_ptr<json::Document> document;  ///< Heap, because values point into it.
  json::Value result;
  Stamp server_time = 0;  ///< Of the answer's Date header; 0 where it has none.
};

/// Thread-safe.
class Rpc {
 public:
  Rpc(const TrytonOptions& options, http::Transport& transport, Runtime runtime);

  /// The session in use, logging in where there is none.
  absl::StatusOr<std::shared_ptr<const Session>> Open(const CallContext& context);

  /// A call without effect. `params` are the JSON values before the context, with commas between them; `extra` are JSON
  /// members added to the context. Repeated once with a new session after a 401.
  absl::StatusOr<Answer> Read(std::string_view method, std::string_view params, const CallContext& context,
                              std::string_view extra = {});
  /// As Read(), for a page of records: check each row with Value::Check(), one damaged row does not hide the others.
  absl::StatusOr<Answer> ReadPage(std::string_view method, std::string_view params, const CallContext& context,
                                  std::string_view extra = {});
  /// The frozen bytes of a call with an effect.
  absl::StatusOr<std::string> Freeze(std::string_view method, std::string_view params, const CallContext& context,
                                     std::string_view extra = {});
  /// Sends frozen bytes once, with the guard. After a 401 it logs in anew and answers kTransient with outcome
  /// kRejected: the engine sends again, with a budget of its own.
  absl::StatusOr<Answer> Send(std::string_view method, const std::string& body, Effect effect,
                              const CallContext& context);
  /// Without session, at the server's root ("common.server.version").
  absl::StatusOr<Answer> Root(std::string_view method, std::string_view params, const CallContext& context);

 private:
  struct Exchanging {
    const Session* session = nullptr;
    Effect effect = Effect::kRead;
    bool guarded = false;
    bool page = false;
  };
  absl::StatusOr<Answer> Exchange(std::string_view method, const std::string& url, const std::string& body,
                                  const Exchanging& how, const CallContext& context);
  absl::StatusOr<Answer> ReadAs(bool page, std::string_view method, std::string_view params, const CallContext& context,
                                std::string_view extra);
  absl::StatusOr<std::shared_ptr<const Session>> LogIn(const CallContext& context);
  absl::StatusOr<std::shared_ptr<const Session>> Renew(std::uint64_t stale, const CallContext& context);

  const TrytonOptions& options_;
  http::Transport& transport_;
  Runtime runtime_;
  std::string database_url_;
  std::string root_url_;

  std::mutex mutex_;  // Held over a log-in: only one at a time, because wrong ones lock the account.
  std::shared_ptr<const Session> session_;
  std::uint64_t logins_ = 0;
  SteadyTime no_login_before_{};
  absl::Status refused_;
};

/// `{"id":1,"method":…,"params":[…,context]}`.
std::string Body(std::string_view method, std::string_view params, std::string_view context, std::string_view extra);

}  // namespace tryton
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_CONNECTORS_TRYTON_INTERNAL_RPC_H_
