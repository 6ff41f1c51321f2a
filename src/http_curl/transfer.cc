#include "src/http_curl/internal/transfer.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "fairlead/http/address.h"
#include "src/core/internal/absl_compat.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal {
namespace {

// How long a transfer without socket activity sleeps before it looks at its cancellation again.
constexpr int kPollMillis = 50;

bool IsWrite(const http::CallOptions& call) { return *call.effect != Effect::kRead; }

void Wipe(char* text, std::size_t size) {
  // volatile keeps the compiler from dropping stores to memory that is about to be freed.
  for (volatile char* byte = text; size > 0; --size) *byte++ = 0;
}

bool HasHeader(const http::Request& request, std::string_view name) {
  if (http::FindHeader(request.headers, name).has_value()) return true;
  return std::any_of(request.secret_headers.begin(), request.secret_headers.end(),
                     [&](const auto& header) { return absl::EqualsIgnoreCase(header.first, ToAbsl(name)); });
}

}  // namespace

Transfer::Transfer(const Context& context) : context_(context) {}

Transfer::~Transfer() {
  // The list holds copies of secrets: the same care as in Secret.
  for (curl_slist* item = headers_; item != nullptr; item = item->next) Wipe(item->data, std::strlen(item->data));
  curl_slist_free_all(headers_);
}

void Transfer::AddHeader(const std::string& name, const std::string& value) {
  // libcurl wants a semicolon for a header without a value: "name:" would remove the header.
  std::string line = value.empty() ? name + ";" : name + ": " + value;
  AddLine(line.c_str());
  Wipe(line.data(), line.size());
}

void Transfer::AddLine(const char* line) {
  curl_slist* const longer = curl_slist_append(headers_, line);
  if (longer == nullptr) {
    out_of_memory_ = true;
  } else {
    headers_ = longer;
  }
}

bool Transfer::Configure(CURL* easy) {
  const http::CurlOptions& options = context_.options;
  const http::Request& request = context_.request;
  bool fine = true;
  const auto set = [&](CURLoption option, auto value) {
    fine = fine && curl_easy_setopt(easy, option, value) == CURLE_OK;
  };
  const char* const scheme = context_.url.scheme.c_str();

  // Where the call may go, and how it is protected.
  set(CURLOPT_URL, request.url.c_str());
  set(CURLOPT_PATH_AS_IS, 1L);
  set(CURLOPT_PROTOCOLS_STR, scheme);
  set(CURLOPT_REDIR_PROTOCOLS_STR, scheme);
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_UNRESTRICTED_AUTH, 0L);
  set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(CURLOPT_HTTP09_ALLOWED, 0L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  // A team that names its trust store means that one alone, not that one and the system's.
  if (!options.ca_file.empty() || !options.ca_path.empty()) {
    set(CURLOPT_CAINFO, options.ca_file.empty() ? nullptr : options.ca_file.c_str());
    set(CURLOPT_CAPATH, options.ca_path.empty() ? nullptr : options.ca_path.c_str());
  }
  // An empty text, unlike none at all, keeps libcurl from reading proxies out of the environment.
  const bool direct = options.proxy.empty() || http::IsLoopbackHost(context_.url.host);
  set(CURLOPT_PROXY, direct ? "" : options.proxy.c_str());
  set(CURLOPT_NOPROXY, "");
  if (!direct && !options.proxy_credentials.empty()) {
    set(CURLOPT_PROXYUSERPWD, options.proxy_credentials.Reveal().c_str());
  }

  // Time, signals, connections.
  set(CURLOPT_NOSIGNAL, 1L);
  const long timeout = static_cast<long>(context_.timeout.count());
  set(CURLOPT_TIMEOUT_MS, timeout);
  set(CURLOPT_CONNECTTIMEOUT_MS, std::min(timeout, static_cast<long>(options.connect_timeout.count())));
#if LIBCURL_VERSION_NUM >= 0x075700
  // A name lookup that hangs must not hold a call past its deadline; its thread ends by itself.
  set(CURLOPT_QUICK_EXIT, 1L);
#endif
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  set(CURLOPT_MAXAGE_CONN, static_cast<long>(std::max<std::chrono::seconds::rep>(1, options.max_idle_age.count())));
  set(CURLOPT_FORBID_REUSE, options.max_idle == 0 ? 1L : 0L);
  const long version = options.allow_http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1;
  set(CURLOPT_HTTP_VERSION, version);

  // The request.
  if (request.method == "HEAD") {
    set(CURLOPT_NOBODY, 1L);
  } else if (request.method == "GET" && request.body.empty()) {
    set(CURLOPT_HTTPGET, 1L);
  } else if (request.body.empty() && request.method != "POST" && request.method != "PUT" && request.method != "PATCH") {
    set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
  } else {
    set(CURLOPT_POST, 1L);
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    set(CURLOPT_POSTFIELDS, request.body.data());
    if (request.method != "POST") set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
  for (const http::Header& header : request.headers) AddHeader(header.name, header.value);
  for (const auto& [name, value] : request.secret_headers) AddHeader(name, value.Reveal());
  // Headers that libcurl would make up. 100-continue would let a server provoke a second transmission.
  AddLine("Expect:");
  if (!HasHeader(request, "Content-Type")) AddLine("Content-Type:");
  if (!HasHeader(request, "User-Agent")) set(CURLOPT_USERAGENT, options.user_agent.c_str());
  set(CURLOPT_HTTPHEADER, headers_);
  set(CURLOPT_ACCEPT_ENCODING, "gzip, deflate");

  set(CURLOPT_ERRORBUFFER, error_.data());
  set(CURLOPT_WRITEFUNCTION, &Transfer::OnBody);
  set(CURLOPT_WRITEDATA, this);
  set(CURLOPT_HEADERFUNCTION, &Transfer::OnHeader);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_PREREQFUNCTION, &Transfer::OnPreRequest);
  set(CURLOPT_PREREQDATA, this);
  if (options.refuse_private_addresses || context_.url.scheme == "http") {
    set(CURLOPT_OPENSOCKETFUNCTION, &Transfer::OnOpenSocket);
    set(CURLOPT_OPENSOCKETDATA, this);
  }
  return fine && !out_of_memory_;
}

void Transfer::Run(CURL* easy, CURLM* multi) {
  if (!Configure(easy)) {
    code_ = out_of_memory_ ? CURLE_OUT_OF_MEMORY : CURLE_FAILED_INIT;
    return;
  }
  if (curl_multi_add_handle(multi, easy) != CURLM_OK) {
    code_ = CURLE_FAILED_INIT;
    return;
  }
  // Until libcurl says how it ended.
  code_ = CURLE_ABORTED_BY_CALLBACK;
  while (true) {
    int running = 0;
    if (curl_multi_perform(multi, &running) != CURLM_OK) {
      code_ = CURLE_RECV_ERROR;
      break;
    }
    if (running == 0) {
      int left = 0;
      for (const CURLMsg* message = curl_multi_info_read(multi, &left); message != nullptr;
           message = curl_multi_info_read(multi, &left)) {
        if (message->msg == CURLMSG_DONE && message->easy_handle == easy) code_ = message->data.result;
      }
      break;
    }
    if (context_.call.cancellation.cancelled()) {
      stop_ = Stop::kCancelled;
      break;
    }
    // libcurl's own timer holds the time-out; this catches a deadline on a clock that runs faster than its.
    if (context_.call.deadline.Passed(context_.clock)) {
      stop_ = Stop::kDeadline;
      break;
    }
    curl_multi_poll(multi, nullptr, 0, kPollMillis, nullptr);
  }
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &new_connections_);
#if LIBCURL_VERSION_NUM >= 0x075400
  char* text = nullptr;
  if (curl_easy_getinfo(easy, CURLINFO_CAINFO, &text) == CURLE_OK && text != nullptr) default_ca_file_ = text;
  text = nullptr;
  if (curl_easy_getinfo(easy, CURLINFO_CAPATH, &text) == CURLE_OK && text != nullptr) default_ca_path_ = text;
#endif
  response_.status = static_cast<int>(status);
  curl_multi_remove_handle(multi, easy);
  if (code_ == CURLE_OPERATION_TIMEDOUT && stop_ == Stop::kNone && context_.call.deadline.Passed(context_.clock)) {
    stop_ = Stop::kDeadline;
  }
  // A name may have good and bad addresses: a refusal counts only if no good one led anywhere.
  if (address_refused_ && code_ == CURLE_COULDNT_CONNECT) stop_ = Stop::kAddressRefused;
  // A reset handle keeps its connection and forgets every pointer into this object.
  curl_easy_reset(easy);
}

std::string Transfer::Explanation() const {
  std::string text(error_.data(), ::strnlen(error_.data(), error_.size()));
  if (text.empty() && code_ != CURLE_OK) text = curl_easy_strerror(code_);
  if (code_ == CURLE_OK && !head_complete_) text = "the head of the answer breaks off";
  // The text may quote the server; a message stays one line.
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' ');
  return std::string(absl::StripAsciiWhitespace(text));
}

std::string Transfer::TrustPlace() const {
  const bool own = !context_.options.ca_file.empty() || !context_.options.ca_path.empty();
  const std::string& file = own ? context_.options.ca_file : default_ca_file_;
  const std::string& path = own ? context_.options.ca_path : default_ca_path_;
  std::string out = file.empty() ? std::string() : absl::StrCat("file ", file);
  if (!path.empty()) absl::StrAppend(&out, out.empty() ? "" : ", ", "folder ", path);
  return out.empty() ? std::string("the TLS library's default place") : out;
}

std::size_t Transfer::OnBody(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  const std::size_t bytes = size * count;
  std::string& body = transfer.response_.body;
  // Counted here, after decompression: the length on the wire says nothing about what comes out.
  if (bytes > transfer.context_.options.max_body_bytes - body.size()) {
    transfer.stop_ = Stop::kBodyTooLarge;
    return bytes + 1;
  }
  body.append(data, bytes);
  return bytes;
}

std::size_t Transfer::OnHeader(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  const std::size_t bytes = size * count;
  if (bytes > transfer.context_.options.max_header_bytes - transfer.head_bytes_) {
    transfer.stop_ = Stop::kHeadTooLarge;
    return bytes + 1;
  }
  transfer.head_bytes_ += bytes;
  const std::string_view line(data, bytes);
  std::vector<http::Header>& headers = transfer.response_.headers;
  if (absl::StartsWith(ToAbsl(line), "HTTP/")) {
    // An interim answer (1xx) came before: only the final head counts.
    headers.clear();
    transfer.head_complete_ = false;
    return bytes;
  }
  const std::string_view text = ToStd(absl::StripAsciiWhitespace(ToAbsl(line)));
  if (text.empty()) {
    transfer.head_complete_ = true;
    return bytes;
  }
  // Fields after the body (trailers) are not part of the head.
  if (transfer.head_complete_) return bytes;
  if ((line.front() == ' ' || line.front() == '\t') && !headers.empty()) {
    headers.back().value.append(" ").append(text);
    return bytes;
  }
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0) return bytes;
  headers.push_back({std::string(ToStd(absl::StripAsciiWhitespace(ToAbsl(text.substr(0, colon))))),
                     std::string(ToStd(absl::StripAsciiWhitespace(ToAbsl(text.substr(colon + 1)))))});
  return bytes;
}

int Transfer::OnPreRequest(void* self, char*, char*, int, int) {
  auto& transfer = *static_cast<Transfer*>(self);
  const Context& context = transfer.context_;
  const auto stop = [&transfer](Stop why) {
    transfer.stop_ = why;
    return CURL_PREREQFUNC_ABORT;
  };
  const bool again = transfer.transmissions_ > 0;
  if (again && context.send_budget && IsWrite(context.call)) return stop(Stop::kResendRefused);
  // The last look before the first byte: from here on a failure leaves the effect unknown.
  if (context.call.cancellation.cancelled()) return stop(Stop::kCancelled);
  if (context.call.deadline.Passed(context.clock)) return stop(Stop::kDeadline);
  const bool ask = context.call.guard != nullptr && (!again || context.send_budget);
  if (ask && !context.call.guard->AllowSend()) return stop(Stop::kGuardRefused);
  ++transfer.transmissions_;
  return CURL_PREREQFUNC_OK;
}

bool Transfer::AddressAllowed(const curl_sockaddr& address) const {
  const bool plain = context_.url.scheme == "http";
  const auto allowed = [&](const auto& bytes) {
    if (context_.options.refuse_private_addresses) return http::IsPublic(bytes);
    return !plain || http::IsLoopback(bytes);
  };
  if (address.family == AF_INET && address.addrlen >= sizeof(sockaddr_in)) {
    sockaddr_in in{};
    std::memcpy(&in, &address.addr, sizeof(in));
    http::IPv4 bytes{};
    std::memcpy(bytes.data(), &in.sin_addr, bytes.size());
    return allowed(bytes);
  }
  if (address.family == AF_INET6 && address.addrlen >= sizeof(sockaddr_in6)) {
    sockaddr_in6 in{};
    std::memcpy(&in, &address.addr, sizeof(in));
    http::IPv6 bytes{};
    std::memcpy(bytes.data(), &in.sin6_addr, bytes.size());
    return allowed(bytes);
  }
  return false;
}

curl_socket_t Transfer::OnOpenSocket(void* self, curlsocktype, curl_sockaddr* address) {
  auto& transfer = *static_cast<Transfer*>(self);
  if (!transfer.AddressAllowed(*address)) {
    transfer.address_refused_ = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

}  // namespace internal
FAIRLEAD_NAMESPACE_END
