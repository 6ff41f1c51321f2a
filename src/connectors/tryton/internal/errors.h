// What Tryton says when it refuses, in our taxonomy.
#ifndef FAIRLEAD_SRC_CONNECTORS_TRYTON_INTERNAL_ERRORS_H_
#define FAIRLEAD_SRC_CONNECTORS_TRYTON_INTERNAL_ERRORS_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "fairlead/core/effect.h"
#include "fairlead/core/error.h"
#include "fairlead/core/export.h"
#include "fairlead/http/transport.h"
#include "src/connectors/tryton/internal/value.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace tryton {

/// A warning that a person, or an option, may acknowledge.
struct Warning {
  std::string name;
  std::string text;
};

/// An HTTP answer that is no 200.
absl::Status FromHttp(const http::Response& response, std::string_view method, Effect effect);
/// The `error` member of a 200.
absl::Status FromError(const json::Value& error, std::string_view method, Effect effect);
/// The warning inside a status of FromError(), if it is one.
std::optional<Warning> WarningOf(const absl::Status& status);

/// An error of this connector: "tryton", method, kind, outcome and words.
absl::Status Fail(ErrorKind kind, Outcome outcome, std::string_view method, std::string_view message);
/// Tryton said no, or holds something that forbids it: not applied.
absl::Status Refuse(ErrorKind kind, std::string_view operation, std::string_view message);
/// A mapping error: nothing was sent; a person has to map or create something.
absl::Status FailMapping(std::string_view message);

}  // namespace tryton
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_CONNECTORS_TRYTON_INTERNAL_ERRORS_H_
