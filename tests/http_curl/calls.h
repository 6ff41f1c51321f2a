// Short ways to say what a transport test says over and over.
#ifndef FAIRLEAD_TESTS_HTTP_CURL_CALLS_H_
#define FAIRLEAD_TESTS_HTTP_CURL_CALLS_H_

#include <mutex>
#include <string>
#include <utility>

#include "fairlead/core/error.h"
#include "fairlead/http_curl/curl_transport.h"

namespace fairlead {

inline http::Request Get(std::string url) {
  http::Request request;
  request.url = std::move(url);
  return request;
}

inline http::Request Post(std::string url, std::string body = "{\"quantity\":1}") {
  http::Request request;
  request.method = "POST";
  request.url = std::move(url);
  request.headers.push_back({"Content-Type", "application/json"});
  request.body = std::move(body);
  return request;
}

inline http::CallOptions Call(Effect effect) {
  http::CallOptions options;
  options.effect = effect;
  return options;
}

inline http::CallOptions CallWithin(Effect effect, std::chrono::nanoseconds time) {
  http::CallOptions options = Call(effect);
  options.deadline = Deadline::After(*Runtime::System().clock, time);
  return options;
}

class KeptLog final : public LogSink {
 public:
  void Log(LogLevel, std::string_view component, std::string_view message) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    text_.append(component).append(": ").append(message).append("\n");
  }
  std::string text() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return text_;
  }

 private:
  mutable std::mutex mutex_;
  std::string text_;
};

class CountingGuard final : public http::SendGuard {
 public:
  explicit CountingGuard(int allowed) : allowed_(allowed) {}
  bool AllowSend() override { return ++asked < allowed_ + 1; }
  int asked = 0;

 private:
  const int allowed_;
};

}  // namespace fairlead

#endif  // FAIRLEAD_TESTS_HTTP_CURL_CALLS_H_
