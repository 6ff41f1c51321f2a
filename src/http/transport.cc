#include "fairlead/http/transport.h"

#include "absl/strings/match.h"
#include "src/core/internal/absl_compat.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace http {

SendGuard::~SendGuard() = default;
Transport::~Transport() = default;

std::optional<std::string_view> FindHeader(const std::vector<Header>& headers, std::string_view name) {
  for (const Header& header : headers) {
    if (absl::EqualsIgnoreCase(header.name, internal::ToAbsl(name))) return std::string_view(header.value);
  }
  return std::nullopt;
}

}  // namespace http
FAIRLEAD_NAMESPACE_END
