// Arguments of a subcommand: words, --name value, and switches.
#ifndef FAIRLEAD_SRC_CLI_INTERNAL_ARGS_H_
#define FAIRLEAD_SRC_CLI_INTERNAL_ARGS_H_

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "fairlead/core/export.h"
#include "fairlead/store/store.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace cli {

class Args {
 public:
  // `valued` options take a value, `switches` do not; any other --name is an error that names it.
  static absl::StatusOr<Args> Read(const std::vector<std::string>& arguments, const std::set<std::string>& valued,
                                   const std::set<std::string>& switches);

  const std::vector<std::string>& words() const { return words_; }
  std::string Get(const std::string& name, std::string_view fallback = {}) const;
  bool Has(const std::string& name) const { return values_.count(name) != 0; }

 private:
  std::vector<std::string> words_;
  std::map<std::string, std::string> values_;
};

// The tenant that is meant: --tenant, else the only one of the store. An error names those to choose from.
absl::StatusOr<std::string> TenantOf(const Args& args, Store& store);

// A JSON string literal, quotes included.
std::string Quote(std::string_view text);
// "2026-11-23T07:52:46Z"; "-" for the zero time.
std::string TimeText(std::int64_t unix_seconds);

}  // namespace cli
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_CLI_INTERNAL_ARGS_H_
