/// The conformance kit: proves what a connector's manifest claims, against its system. Usable from any test framework
/// and from a program. How a team runs it over its own connector: src/testing/README.md.
#ifndef FAIRLEAD_TESTING_CONFORMANCE_H_
#define FAIRLEAD_TESTING_CONFORMANCE_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "fairlead/core/export.h"
#include "fairlead/core/runtime.h"
#include "fairlead/testing/conformance_subject.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {

/// One check as it went. `name` is stable; `target` is an entity, an operation, or empty.
struct FAIRLEAD_EXPORT ConformanceCheck {
  enum class Result : std::uint8_t { kPassed = 1, kFailed = 2, kNotApplicable = 3 };
  std::string name;      ///< "list_since.nothing_lost_under_writes".
  std::string target;    ///< "ORDER", "sale.create", "sale.create > sale.quote".
  std::string sentence;  ///< What it shows.
  Result result = Result::kPassed;
  std::string detail;  ///< What was wrong, or why it does not apply.
};

struct FAIRLEAD_EXPORT ConformanceReport {
  std::string subject;
  std::vector<ConformanceCheck> checks;

  std::int64_t Count(ConformanceCheck::Result result) const;
  /// Nothing failed, and something was shown.
  bool passed() const;
  /// One line a check, failed ones first, then the numbers.
  std::string ToText() const;
  /// The failed ones alone; empty where there are none.
  std::string Failures() const;
  /// One JSON object.
  std::string ToJson() const;
};

struct FAIRLEAD_EXPORT ConformanceOptions {
  /// Only checks whose name begins with one of these. Empty: all.
  std::vector<std::string> only;
  /// Records per page where a check pages on purpose. 2: pages shift under few records. A large live system wants 50.
  std::uint32_t page_size = 2;
  /// A listing that has not ended after this many pages is taken for one that never does.
  int max_pages = 2000;
  Runtime runtime = Runtime::System();
  /// Called after each check.
  std::function<void(const ConformanceCheck&)> progress;
};

/// Runs every check that the manifest gives reason for. Writes records to the system. Never throws; what a subject or
/// connector answers wrongly is a failed check, not an error.
FAIRLEAD_EXPORT ConformanceReport RunConformance(ConformanceSubject& subject, const ConformanceOptions& options = {});

}  // namespace testing
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_TESTING_CONFORMANCE_H_
