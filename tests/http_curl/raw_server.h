// An HTTP server on a bare loopback socket: a test says byte by byte, and close by close, how it misbehaves.
#ifndef FAIRLEAD_TESTS_HTTP_CURL_RAW_SERVER_H_
#define FAIRLEAD_TESTS_HTTP_CURL_RAW_SERVER_H_

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace fairlead {

struct RawRequest {
  std::string method;
  std::string target;
  std::string head;  // With the request line.
  std::string body;
  int connection = 0;  // 1 for the first one accepted.
  int nth = 0;         // 1 for the first request on its connection.

  bool Has(std::string_view text) const { return head.find(text) != std::string::npos; }
};

class RawServer;

// One accepted connection, inside a handler.
class RawConnection {
 public:
  explicit RawConnection(int fd) : fd_(fd) {}
  // False once the client is gone.
  bool Write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  bool Answer(int status, std::string_view body, std::string_view headers = "") {
    return Write("HTTP/1.1 " + std::to_string(status) + " Text\r\nContent-Length: " + std::to_string(body.size()) +
                 "\r\n" + std::string(headers) + "\r\n" + std::string(body));
  }
  // Says nothing until the client hangs up or the server ends.
  void Hang() {
    char byte = 0;
    while (::recv(fd_, &byte, 1, 0) > 0) {
    }
  }

 private:
  friend class RawServer;
  bool ReadRequest(RawRequest& request) {
    std::string& data = pending_;
    std::size_t end = std::string::npos;
    while ((end = data.find("\r\n\r\n")) == std::string::npos) {
      if (!Fill(data)) return false;
    }
    request.head = data.substr(0, end + 2);
    std::size_t length = 0;
    if (const std::size_t at = request.head.find("Content-Length: "); at != std::string::npos) {
      length = static_cast<std::size_t>(std::strtoull(request.head.c_str() + at + 16, nullptr, 10));
    }
    while (data.size() < end + 4 + length) {
      if (!Fill(data)) return false;
    }
    request.body = data.substr(end + 4, length);
    data.erase(0, end + 4 + length);
    const std::size_t first = request.head.find(' ');
    const std::size_t second = request.head.find(' ', first + 1);
    request.method = request.head.substr(0, first);
    request.target = request.head.substr(first + 1, second - first - 1);
    return true;
  }
  bool Fill(std::string& data) {
    char buffer[16384];
    const ssize_t got = ::recv(fd_, buffer, sizeof(buffer), 0);
    if (got <= 0) return false;
    data.append(buffer, static_cast<std::size_t>(got));
    return true;
  }

  const int fd_;
  std::string pending_;
};

// The handler runs once per whole request, on the connection's own thread; true keeps the connection.
class RawServer {
 public:
  using Handler = std::function<bool(const RawRequest&, RawConnection&)>;

  explicit RawServer(Handler handler) : handler_(std::move(handler)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0 ||
        ::listen(listener_, 64) != 0) {
      std::abort();
    }
    socklen_t size = sizeof(address);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { Accept(); });
  }
  ~RawServer() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    ::close(listener_);
    std::vector<std::thread> threads;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
      threads.swap(threads_);
    }
    for (std::thread& thread : threads) thread.join();
  }
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;

  int port() const { return port_; }
  std::string Url(std::string_view path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + std::string(path);
  }
  int connections() const { return connections_.load(); }
  int requests() const { return requests_.load(); }
  // Blocks until `count` requests have been read.
  void WaitForRequests(int count) {
    std::unique_lock<std::mutex> lock(mutex_);
    arrived_.wait(lock, [&] { return requests_.load() >= count; });
  }

 private:
  void Accept() {
    while (true) {
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) return;
      const int number = ++connections_;
      const std::lock_guard<std::mutex> lock(mutex_);
      open_.push_back(fd);
      threads_.emplace_back([this, fd, number] { Serve(fd, number); });
    }
  }
  void Serve(int fd, int number) {
    RawConnection connection(fd);
    for (int nth = 1;; ++nth) {
      RawRequest request;
      request.connection = number;
      request.nth = nth;
      if (!connection.ReadRequest(request)) break;
      {
        const std::lock_guard<std::mutex> lock(mutex_);
        ++requests_;
      }
      arrived_.notify_all();
      if (!handler_(request, connection)) break;
    }
    const std::lock_guard<std::mutex> lock(mutex_);
    for (std::size_t i = 0; i < open_.size(); ++i) {
      if (open_[i] == fd) open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(i--));
    }
    ::close(fd);
  }

  const Handler handler_;
  int listener_ = -1;
  int port_ = 0;
  std::thread acceptor_;
  std::atomic<int> connections_{0};
  std::atomic<int> requests_{0};
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<int> open_;
  std::vector<std::thread> threads_;
};

// A loopback port that nobody listens on.
inline int ClosedPort() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address));
  socklen_t size = sizeof(address);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(fd);
  return ntohs(address.sin_port);
}

}  // namespace fairlead

#endif  // FAIRLEAD_TESTS_HTTP_CURL_RAW_SERVER_H_
