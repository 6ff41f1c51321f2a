#include "src/testing/internal/loopback_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "src/core/internal/absl_compat.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {
namespace internal {
namespace {

using ::fairlead::internal::ToAbsl;

constexpr std::size_t kMaxHead = 64 * 1024;
constexpr std::size_t kMaxBody = 64 * 1024 * 1024;

bool WriteAll(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

// Appends what has arrived; false at the end of the stream.
bool ReadSome(int socket, std::string* buffer) {
  char chunk[16 * 1024];
  ssize_t n;
  do {
    n = ::recv(socket, chunk, sizeof chunk, 0);
  } while (n < 0 && errno == EINTR);
  if (n <= 0) return false;
  buffer->append(chunk, static_cast<std::size_t>(n));
  return true;
}

std::string Lower(std::string_view text) { return absl::AsciiStrToLower(ToAbsl(text)); }

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

bool ParseHead(std::string_view head, HttpRequest* request) {
  std::size_t end = head.find("\r\n");
  std::string_view line = head.substr(0, end);
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || last <= first) return false;
  request->method = std::string(line.substr(0, first));
  request->target = std::string(line.substr(first + 1, last - first - 1));
  const std::size_t question = request->target.find('?');
  request->path = request->target.substr(0, question);
  request->query = question == std::string::npos ? "" : request->target.substr(question + 1);
  while (end != std::string_view::npos) {
    head.remove_prefix(end + 2);
    end = head.find("\r\n");
    line = head.substr(0, end);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    request->headers.emplace_back(Lower(line.substr(0, colon)), std::string(Trim(line.substr(colon + 1))));
  }
  return true;
}

// The body as framed by its headers; `buffer` keeps what belongs to the next request. False: broken or gone.
bool ReadBody(int socket, std::string* buffer, HttpRequest* request) {
  if (Lower(request->Header("expect")) == "100-continue" && !WriteAll(socket, "HTTP/1.1 100 Continue\r\n\r\n")) {
    return false;
  }
  if (Lower(request->Header("transfer-encoding")) == "chunked") {
    while (true) {
      std::size_t line;
      while ((line = buffer->find("\r\n")) == std::string::npos) {
        if (!ReadSome(socket, buffer)) return false;
      }
      const std::size_t size = std::strtoull(buffer->c_str(), nullptr, 16);
      if (size > kMaxBody || request->body.size() + size > kMaxBody) return false;
      while (buffer->size() < line + 2 + size + 2) {
        if (!ReadSome(socket, buffer)) return false;
      }
      request->body.append(*buffer, line + 2, size);
      buffer->erase(0, line + 2 + size + 2);
      if (size == 0) return true;
    }
  }
  const std::size_t length = std::strtoull(std::string(request->Header("content-length")).c_str(), nullptr, 10);
  if (length > kMaxBody) return false;
  while (buffer->size() < length) {
    if (!ReadSome(socket, buffer)) return false;
  }
  request->body = buffer->substr(0, length);
  buffer->erase(0, length);
  return true;
}

void SetNoDelay(int socket) {
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace

std::string_view HttpRequest::Header(std::string_view name) const {
  for (const auto& header : headers) {
    if (header.first == name) return header.second;
  }
  return {};
}

absl::StatusOr<std::unique_ptr<LoopbackServer>> LoopbackServer::Start(int port, Handler handler) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return absl::UnavailableError(absl::StrCat("no socket: ", std::strerror(errno)));
  const int on = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  socklen_t size = sizeof address;
  if (::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || ::listen(socket, 128) != 0 ||
      ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    const std::string why = std::strerror(errno);
    ::close(socket);
    return absl::UnavailableError(absl::StrCat("cannot listen on 127.0.0.1:", port, ": ", why));
  }
  return std::unique_ptr<LoopbackServer>(new LoopbackServer(socket, ntohs(address.sin_port), std::move(handler)));
}

LoopbackServer::LoopbackServer(int socket, int port, Handler handler)
    : listener_(socket), port_(port), handler_(std::move(handler)) {
  acceptor_ = std::thread([this] { Accept(); });
}

LoopbackServer::~LoopbackServer() { Stop(); }

void LoopbackServer::Stop() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (stopping_) return;
    stopping_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    for (auto& connection : connections_) {
      if (!connection->finished) ::shutdown(connection->socket, SHUT_RDWR);
    }
  }
  acceptor_.join();
  ::close(listener_);
  for (auto& connection : connections_) connection->thread.join();
  connections_.clear();
}

void LoopbackServer::Reap() {
  for (auto it = connections_.begin(); it != connections_.end();) {
    if ((*it)->finished) {
      (*it)->thread.join();
      it = connections_.erase(it);
    } else {
      ++it;
    }
  }
}

void LoopbackServer::Accept() {
  while (true) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    std::lock_guard<std::mutex> lock(mutex_);
    if (stopping_) {
      if (socket >= 0) ::close(socket);
      return;
    }
    if (socket < 0) continue;  // the client went away, or descriptors ran out for a moment
    SetNoDelay(socket);
    Reap();
    connections_.push_back(std::make_unique<Connection>());
    Connection* connection = connections_.back().get();
    connection->socket = socket;
    connection->thread = std::thread([this, connection] { Serve(connection); });
  }
}

void LoopbackServer::Serve(Connection* connection) {
  const int socket = connection->socket;
  std::string buffer;
  while (true) {
    std::size_t end;
    bool alive = true;
    while ((end = buffer.find("\r\n\r\n")) == std::string::npos && alive) {
      alive = buffer.size() <= kMaxHead && ReadSome(socket, &buffer);
    }
    if (!alive) break;
    HttpRequest request;
    if (!ParseHead(std::string_view(buffer).substr(0, end), &request)) break;
    buffer.erase(0, end + 4);
    if (!ReadBody(socket, &buffer, &request)) break;

    const HttpReply reply = handler_(request);
    if (reply.fate == HttpReply::Fate::kDrop) break;
    std::string head = absl::StrCat("HTTP/1.1 ", reply.status, " ", ReasonPhrase(reply.status), "\r\n");
    for (const auto& header : reply.headers) absl::StrAppend(&head, header.first, ": ", header.second, "\r\n");
    absl::StrAppend(&head, "Content-Length: ", reply.body.size(), "\r\n\r\n");
    std::string_view body = reply.body;
    if (request.method == "HEAD") body = {};
    if (reply.fate == HttpReply::Fate::kTruncate) {
      WriteAll(socket, head + std::string(body.substr(0, body.size() / 2)));
      break;
    }
    head.append(body);
    if (!WriteAll(socket, head)) break;
    if (Lower(request.Header("connection")) == "close") break;
  }
  std::lock_guard<std::mutex> lock(mutex_);
  ::shutdown(socket, SHUT_RDWR);
  ::close(socket);
  connection->finished = true;
}

PostResult PostToLoopback(const std::string& url, const std::vector<std::pair<std::string, std::string>>& headers,
                          const std::string& body) {
  PostResult result;
  constexpr std::string_view kScheme = "http://";
  if (url.compare(0, kScheme.size(), kScheme) != 0) return result;
  const std::size_t slash = url.find('/', kScheme.size());
  const std::string authority = url.substr(kScheme.size(), slash == std::string::npos ? slash : slash - kScheme.size());
  const std::string target = slash == std::string::npos ? "/" : url.substr(slash);
  const std::size_t colon = authority.rfind(':');
  std::string host = authority.substr(0, colon);
  if (host == "localhost") host = "127.0.0.1";
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(
      colon == std::string::npos ? 80 : std::strtoul(authority.c_str() + colon + 1, nullptr, 10)));
  // Loopback only: a sandbox never sends anything to another machine.
  if (::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1 || (ntohl(address.sin_addr.s_addr) >> 24) != 127) {
    return result;
  }
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return result;
  SetNoDelay(socket);
  timeval patience{5, 0};
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  std::string request = absl::StrCat("POST ", target, " HTTP/1.1\r\nHost: ", authority, "\r\nConnection: close\r\n");
  for (const auto& header : headers) absl::StrAppend(&request, header.first, ": ", header.second, "\r\n");
  absl::StrAppend(&request, "Content-Length: ", body.size(), "\r\n\r\n", body);
  std::string answer;
  if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 && WriteAll(socket, request)) {
    while (answer.find("\r\n") == std::string::npos && answer.size() < kMaxHead) {
      if (!ReadSome(socket, &answer)) break;
    }
    if (answer.compare(0, 9, "HTTP/1.1 ") == 0 || answer.compare(0, 9, "HTTP/1.0 ") == 0) {
      result.status = std::atoi(answer.c_str() + 9);
    }
  }
  ::close(socket);
  return result;
}

std::string PercentDecode(std::string_view text, bool form) {
  std::string out;
  const auto digit = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0) {
      out.push_back(static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2])));
      i += 2;
    } else if (form && text[i] == '+') {
      out.push_back(' ');
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

std::string PercentEncode(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.' || c == '_' || c == '~') {
      out.push_back(c);
    } else {
      out.push_back('%');
      out.push_back(kHex[static_cast<unsigned char>(c) >> 4]);
      out.push_back(kHex[static_cast<unsigned char>(c) & 15]);
    }
  }
  return out;
}

std::vector<std::pair<std::string, std::string>> ParseQuery(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> pairs;
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    pairs.emplace_back(PercentDecode(pair.substr(0, equals), true),
                       equals == std::string_view::npos ? "" : PercentDecode(pair.substr(equals + 1), true));
  }
  return pairs;
}

const char* ReasonPhrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 413:
      return "Request Entity Too Large";
    case 429:
      return "Too Many Requests";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    default:
      return "Status";
  }
}

}  // namespace internal
}  // namespace testing
FAIRLEAD_NAMESPACE_END
