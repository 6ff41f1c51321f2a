/// URLs: the strict reading a transport needs, percent-encoding and queries.
#ifndef FAIRLEAD_HTTP_URL_H_
#define FAIRLEAD_HTTP_URL_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "fairlead/core/export.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace http {

/// An absolute http or https URL taken apart. The views point into the text that was parsed.
struct FAIRLEAD_EXPORT Url {
  std::string scheme;      ///< "http" or "https", lower case.
  std::string host;        ///< Lower case; an IPv6 address without its brackets.
  std::uint16_t port = 0;  ///< The scheme's own port where none was written.
  bool port_written = false;
  std::string_view path;   ///< As written; may be empty.
  std::string_view query;  ///< Without '?'; empty where there is none.
};

/// Parses `text` strictly: no user information, no fragment, no blanks, control or non-ASCII characters, no
/// backslash, a port within 1..65535. Stricter than libcurl on purpose, so that what was checked is what is called.
/// Error: INVALID_ARGUMENT (kConfiguration); the message holds no part of the query.
FAIRLEAD_EXPORT absl::StatusOr<Url> ParseUrl(std::string_view text);

/// True for "localhost", an IPv4 address in 127.0.0.0/8 written as four decimal numbers, and "::1" (with or
/// without brackets). Other spellings of a loopback address are not accepted.
FAIRLEAD_EXPORT bool IsLoopbackHost(std::string_view host);

/// Percent-encodes every byte but the unreserved ones of RFC 3986 (letters, digits, - . _ ~), with upper-case
/// hexadecimal digits: the form that OAuth 1.0a signatures are computed over.
FAIRLEAD_EXPORT std::string PercentEncode(std::string_view text);
/// The inverse; '+' stays '+'. nullopt for a broken escape.
FAIRLEAD_EXPORT std::optional<std::string> PercentDecode(std::string_view text);

using QueryParams = std::vector<std::pair<std::string, std::string>>;
/// "a=1&b=two%20words", in the order given.
FAIRLEAD_EXPORT std::string BuildQuery(const QueryParams& params);
/// `url` with `params` added after '?' or '&'. No params: `url` unchanged.
FAIRLEAD_EXPORT std::string AppendQuery(std::string_view url, const QueryParams& params);
/// Splits and decodes a query ("a=1&b"); '+' counts as a blank. A broken escape is kept as written.
FAIRLEAD_EXPORT QueryParams ParseQuery(std::string_view query);

}  // namespace http
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_HTTP_URL_H_
