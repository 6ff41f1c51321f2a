#include "src/cli/internal/args.h"

#include <cstdio>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "fairlead/core/error.h"

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
