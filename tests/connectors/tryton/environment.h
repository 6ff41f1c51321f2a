// Where the scenarios run: the sandbox, or a real server. Each program defines its own.
#ifndef FAIRLEAD_TESTS_CONNECTORS_TRYTON_ENVIRONMENT_H_
#define FAIRLEAD_TESTS_CONNECTORS_TRYTON_ENVIRONMENT_H_

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "fairlead/connectors/tryton/options.h"
#include "fairlead/http/transport.h"

namespace fairlead_tryton_test {

namespace v1 = ::fairlead::v1;

class Environment {
 public:
  virtual ~Environment() = default;
  virtual fairlead::TrytonOptions Options() = 0;
  virtual fairlead::http::Transport& transport() = 0;
  /// A call as staff would make it: JSON of the parameters before the context, and the JSON of the result.
  virtual absl::StatusOr<std::string> Call(std::string_view method, std::string_view params) = 0;
  /// A product with this code and 1000 pieces in each warehouse exists.
  virtual void EnsureProduct(std::string_view code) = 0;
  /// The tax of 20 %.
  virtual std::string tax_name() const = 0;
  /// False for the sandbox: what only a real server does.
  virtual bool real() const = 0;
};

/// Defined by each program.
Environment& TheEnvironment();

/// Passes requests on, and does to them what a test asks for.
class MeddlingTransport : public fairlead::http::Transport {
 public:
  explicit MeddlingTransport(fairlead::http::Transport& inner) : inner_(inner) {}
  absl::StatusOr<fairlead::http::Response> Send(const fairlead::http::Request& request,
                                                const fairlead::http::CallOptions& options) override;

  /// The answers to the next `times` requests whose body holds `text` are lost, after the server has applied them.
  void LoseAnswers(std::string text, int times) { lose_ = std::move(text), lose_times_ = times; }
  /// The next `times` requests whose body holds `text` carry a session that the server does not know.
  void ForgeSession(std::string text, int times) { forge_ = std::move(text), forge_times_ = times; }
  /// Called after each answer.
  std::function<void(const fairlead::http::Request&)> after;
  int logins = 0;
  int requests = 0;

 private:
  fairlead::http::Transport& inner_;
  std::string lose_;
  int lose_times_ = 0;
  std::string forge_;
  int forge_times_ = 0;
};

}  // namespace fairlead_tryton_test

#endif  // FAIRLEAD_TESTS_CONNECTORS_TRYTON_ENVIRONMENT_H_
