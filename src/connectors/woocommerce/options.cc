#include "fairlead/connectors/woocommerce/options.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "fairlead/http/url.h"

FAIRLEAD_NAMESPACE_BEGIN

absl::Status WooOptions::Validate() const {
  const auto wrong = [](std::string_view message) {
    return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent, message);
  };
  const absl::StatusOr<http::Url> url = http::ParseUrl(base_url);
  if (!url.ok()) return Annotate(url.status(), "WooOptions.base_url");
  if (!url->query.empty()) return wrong("WooOptions.base_url must be the site's address without a query");
  if (url->scheme != "https" && !http::IsLoopbackHost(url->host)) {
    return wrong(
        "WooOptions.base_url must be https: over plain http everybody on the way reads the orders (loopback excepted)");
  }
  if (!home_url.empty()) {
    const absl::StatusOr<http::Url> home = http::ParseUrl(home_url);
    if (!home.ok()) return Annotate(home.status(), "WooOptions.home_url");
  }
  if (credentials == nullptr)
    return wrong("WooOptions.credentials is required: a function that returns the API key pair");
  if (system.empty()) return wrong("WooOptions.system must name the store");
  if (page_size < 1 || page_size > 100) return wrong("WooOptions.page_size must lie in 1..100: the API refuses more");
  if (overlap.count() < 1)
    return wrong("WooOptions.overlap must be at least one second: the API's cursor leaves out its own second");
  if (d_max.count() < 0) return wrong("WooOptions.d_max must not be negative");
  for (const Secret& secret : webhook_secrets) {
    if (secret.empty()) return wrong("WooOptions.webhook_secrets holds an empty secret: anybody could sign with it");
  }
  return absl::OkStatus();
}

FAIRLEAD_NAMESPACE_END
