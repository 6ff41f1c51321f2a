#include "src/cli/internal/args.h"

#include <cstdio>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "fairlead/core/error.h"
#include "fairlead/sync/views.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace cli {

absl::StatusOr<Args> Args::Read(const std::vector<std::string>& arguments, const std::set<std::string>& valued,
                                const std::set<std::string>& switches) {
  Args args;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    if (word.rfind("--", 0) != 0) {
      args.words_.push_back(word);
      continue;
    }
    std::string name = word.substr(2);
    std::string value;
    const auto equals = name.find('=');
    const bool inline_value = equals != std::string::npos;
    if (inline_value) {
      value = name.substr(equals + 1);
      name.resize(equals);
    }
    if (switches.count(name) != 0 && !inline_value) {
      args.values_[name] = "";
    } else if (valued.count(name) != 0) {
      if (!inline_value) {
        if (i + 1 >= arguments.size())
          return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent, absl::StrCat("--", name, " needs a value"));
        value = arguments[++i];
      }
      args.values_[name] = value;
    } else {
      return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent,
                       absl::StrCat("unknown option --", name, "; --help lists the options"));
    }
  }
  return args;
}

std::string Args::Get(const std::string& name, std::string_view fallback) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::string(fallback) : found->second;
}

absl::StatusOr<std::string> TenantOf(const Args& args, Store& store) {
  FAIRLEAD_ASSIGN_OR_RETURN(const std::vector<std::string> tenants, sync::ListTenants(store));
  const std::string asked = args.Get("tenant");
  std::string all;
  for (const std::string& tenant : tenants) {
    if (tenant == asked) return asked;
    absl::StrAppend(&all, all.empty() ? "" : ", ", tenant);
  }
  if (tenants.empty()) {
    return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent,
                     "no engine has worked on this store yet: is it the file that the configuration names?");
  }
  if (!args.Has("tenant") && tenants.size() == 1) return tenants.front();
  return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent,
                   args.Has("tenant")
                       ? absl::StrCat("this store knows no tenant '", asked, "', but: ", all)
                       : absl::StrCat("this store holds several tenants; say --tenant with one of: ", all));
}

std::string Quote(std::string_view text) {
  std::string out = "\"";
  for (const char raw : text) {
    const auto c = static_cast<unsigned char>(raw);
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(raw);
    } else if (c == '\n') {
      out.append("\\n");
    } else if (c < 0x20) {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\u%04x", c);
      out.append(escaped);
    } else {
      out.push_back(raw);
    }
  }
  out.push_back('"');
  return out;
}

std::string TimeText(std::int64_t unix_seconds) {
  if (unix_seconds == 0) return "-";
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::FromUnixSeconds(unix_seconds), absl::UTCTimeZone());
}

}  // namespace cli
FAIRLEAD_NAMESPACE_END
