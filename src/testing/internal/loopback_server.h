// A small HTTP/1.1 server on 127.0.0.1 that can do what general servers cannot be asked for: close without a byte after
// a request was applied, or stop in the middle of an answer.
#ifndef FAIRLEAD_SRC_TESTING_INTERNAL_LOOPBACK_SERVER_H_
#define FAIRLEAD_SRC_TESTING_INTERNAL_LOOPBACK_SERVER_H_

#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "fairlead/core/export.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {
namespace internal {

struct HttpRequest {
  std::string method;
  std::string target;                                        // as sent
  std::string path;                                          // before the question mark, still percent-encoded
  std::string query;                                         // after it
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;

  /// The first value; empty where missing. `name` in lower case.
  std::string_view Header(std::string_view name) const;
};

struct HttpReply {
  enum class Fate { kSend, kDrop, kTruncate };
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  Fate fate = Fate::kSend;
};

/// One thread accepts, one serves each connection. Thread-safe.
class LoopbackServer {
 public:
  using Handler = std::function<HttpReply(const HttpRequest&)>;
  /// `handler` is called from many threads at once.
  static absl::StatusOr<std::unique_ptr<LoopbackServer>> Start(int port, Handler handler);
  ~LoopbackServer();
  int port() const { return port_; }
  void Stop();

 private:
  struct Connection {
    int socket = -1;
    bool finished = false;
    std::thread thread;
  };
  LoopbackServer(int socket, int port, Handler handler);
  void Accept();
  void Serve(Connection* connection);
  void Reap();

  int listener_;
  int port_;
  Handler handler_;
  std::mutex mutex_;
  bool stopping_ = false;
  std::list<std::unique_ptr<Connection>> connections_;
  std::thread acceptor_;
};

struct PostResult {
  int status = 0;  // 0: no answer
};
/// POSTs to an http URL on a loopback address. Used for webhooks only.
PostResult PostToLoopback(const std::string& url, const std::vector<std::pair<std::string, std::string>>& headers,
                          const std::string& body);

/// "%41+b" to "A b" (plus only where `form`).
std::string PercentDecode(std::string_view text, bool form);
/// RFC 3986: everything but letters, digits and -._~ as %XX.
std::string PercentEncode(std::string_view text);
/// Pairs of a query string, decoded, in their order.
std::vector<std::pair<std::string, std::string>> ParseQuery(std::string_view query);
/// A short reason phrase.
const char* ReasonPhrase(int status);

}  // namespace internal
}  // namespace testing
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_TESTING_INTERNAL_LOOPBACK_SERVER_H_
