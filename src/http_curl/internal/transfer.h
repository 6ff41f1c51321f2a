// One call on one handle: options, callbacks, and what they saw.
#ifndef FAIRLEAD_SRC_HTTP_CURL_INTERNAL_TRANSFER_H_
#define FAIRLEAD_SRC_HTTP_CURL_INTERNAL_TRANSFER_H_

#include <curl/curl.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "fairlead/core/export.h"
#include "fairlead/core/runtime.h"
#include "fairlead/http/transport.h"
#include "fairlead/http/url.h"
#include "fairlead/http_curl/curl_transport.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal {

// What stopped a transfer on our side; libcurl's own code only says "a callback stopped it".
enum class Stop {
  kNone,
  kResendRefused,
  kGuardRefused,
  kAddressRefused,
  kBodyTooLarge,
  kHeadTooLarge,
  kCancelled,
  kDeadline,
};

class Transfer {
 public:
  struct Context {
    const http::CurlOptions& options;
    const http::Request& request;
    const http::CallOptions& call;
    const http::Url& url;
    Clock& clock;
    std::chrono::milliseconds timeout;  // From name resolution to the last byte, at least 1 ms.
    bool send_budget = true;
  };

  explicit Transfer(const Context& context);
  ~Transfer();
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  // Sets every option and drives the transfer to its end. Blocks.
  void Run(CURL* easy, CURLM* multi);

  // libcurl calls an answer whose head breaks off a success; a head is whole only with its empty line.
  bool ok() const { return code_ == CURLE_OK && stop_ == Stop::kNone && head_complete_; }
  CURLcode code() const { return code_; }
  Stop stop() const { return stop_; }
  // True once a transmission was let go: from then on an error means that the effect is unknown.
  bool sent() const { return transmissions_ > 0; }
  long new_connections() const { return new_connections_; }
  // What libcurl says about the error; empty if it says nothing.
  std::string Explanation() const;
  // Where trusted certificates were looked for.
  std::string TrustPlace() const;
  http::Response& response() { return response_; }

 private:
  static std::size_t OnBody(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t OnHeader(char* data, std::size_t size, std::size_t count, void* self);
  static int OnPreRequest(void* self, char*, char*, int, int);
  static curl_socket_t OnOpenSocket(void* self, curlsocktype purpose, curl_sockaddr* address);

  bool Configure(CURL* easy);
  void AddHeader(const std::string& name, const std::string& value);
  void AddLine(const char* line);
  bool AddressAllowed(const curl_sockaddr& address) const;

  const Context context_;
  curl_slist* headers_ = nullptr;
  bool out_of_memory_ = false;
  bool address_refused_ = false;
  std::array<char, CURL_ERROR_SIZE> error_{};
  CURLcode code_ = CURLE_OK;
  Stop stop_ = Stop::kNone;
  int transmissions_ = 0;
  long new_connections_ = 0;
  std::size_t head_bytes_ = 0;
  bool head_complete_ = false;
  std::string default_ca_file_;
  std::string default_ca_path_;
  http::Response response_;
};

}  // namespace internal
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_HTTP_CURL_INTERNAL_TRANSFER_H_
