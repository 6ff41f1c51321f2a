// The other way into a store and an ERP: what its staff and its own programs do, past the connector under test.
#ifndef FAIRLEAD_TESTS_CONFORMANCE_API_H_
#define FAIRLEAD_TESTS_CONFORMANCE_API_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "examples/quickstart/json.h"
#include "fairlead/http_curl/curl_transport.h"

namespace fairlead::conformance {

using Json = quickstart::Json;

/// A text as a JSON string.
std::string Quoted(std::string_view text);
std::string Base64(std::string_view bytes);
/// 32 raw bytes.
std::string HmacSha256(std::string_view key, std::string_view message);
/// Unlike any of an earlier run against the same system: letters and digits.
std::string Unique();

/// WooCommerce REST v3: Basic over https, signed by OAuth 1.0a over loopback http.
class WooApi {
 public:
  WooApi(std::string url, std::string key, std::string secret)
      : url_(std::move(url)), key_(std::move(key)), secret_(std::move(secret)) {}

  /// `path` below /wp-json/wc/v3/. The text of a 2xx answer.
  absl::StatusOr<std::string> Call(std::string_view method, std::string_view path, std::string_view body = {});
  absl::StatusOr<Json> Get(std::string_view path);
  /// The id of what was made.
  absl::StatusOr<std::string> Create(std::string_view path, std::string_view body);

  const std::string& url() const { return url_; }
  const std::string& key() const { return key_; }
  const std::string& secret() const { return secret_; }

 private:
  std::string url_;
  std::string key_;
  std::string secret_;
  http::CurlTransport transport_;
};

/// Tryton's JSON-RPC with a session of its own.
class TrytonApi {
 public:
  TrytonApi(std::string url, std::string database, std::string user, std::string password)
      : url_(std::move(url)), database_(std::move(database)), user_(std::move(user)), password_(std::move(password)) {}

  /// `params`: JSON of the parameters before the context, without the brackets.
  absl::StatusOr<Json> Call(std::string_view method, const std::string& params);
  /// The id of what was made of one object of values.
  absl::StatusOr<std::string> Create(std::string_view model, const std::string& values);
  absl::Status Press(std::string_view model, std::string_view button, std::string_view id);
  absl::StatusOr<Json> Search(std::string_view model, const std::string& domain, const std::string& fields);
  /// The first id that a search answers.
  absl::StatusOr<std::string> First(std::string_view model, const std::string& domain);

  const std::string& url() const { return url_; }
  const std::string& database() const { return database_; }
  const std::string& user() const { return user_; }
  const std::string& password() const { return password_; }

 private:
  absl::StatusOr<Json> Post(std::string_view method, const std::string& params);

  std::string url_;
  std::string database_;
  std::string user_;
  std::string password_;
  std::string authorization_;
  std::string context_;
  http::CurlTransport transport_;
};

}  // namespace fairlead::conformance

#endif  // FAIRLEAD_TESTS_CONFORMANCE_API_H_
