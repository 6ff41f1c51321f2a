// A client that sees every byte: what came, and that nothing came.
#ifndef FAIRLEAD_TESTS_TESTING_RAW_CLIENT_H_
#define FAIRLEAD_TESTS_TESTING_RAW_CLIENT_H_

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "src/testing/internal/base64.h"
#include "src/testing/internal/json_value.h"

namespace fairlead_tests {

using Headers = std::vector<std::pair<std::string, std::string>>;
using fairlead::testing::internal::Json;

struct RawAnswer {
  int status = 0;      // 0: not one byte came
  bool whole = false;  // as long as Content-Length promised
  Headers headers;     // names in lower case
  std::string body;

  std::string Header(const std::string& name) const {
    for (const auto& header : headers) {
      if (header.first == name) return header.second;
    }
    return "";
  }
  Json json() const {
    auto parsed = Json::Parse(body);
    return parsed.ok() ? *parsed : Json();
  }
};

inline RawAnswer Call(int port, const std::string& method, const std::string& target, const Headers& headers,
                      const std::string& body) {
  RawAnswer answer;
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    ::close(socket);
    return answer;
  }
  std::string request = absl::StrCat(method, " ", target, " HTTP/1.1\r\nConnection: close\r\n");
  bool host = false;
  for (const auto& header : headers) {
    host = host || header.first == "Host";
    absl::StrAppend(&request, header.first, ": ", header.second, "\r\n");
  }
  if (!host) absl::StrAppend(&request, "Host: 127.0.0.1:", port, "\r\n");
  absl::StrAppend(&request, "Content-Length: ", body.size(), "\r\n\r\n", body);
  std::string bytes;
  if (::send(socket, request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size())) {
    char chunk[65536];
    for (ssize_t n; (n = ::recv(socket, chunk, sizeof chunk, 0)) > 0;) bytes.append(chunk, static_cast<std::size_t>(n));
  }
  ::close(socket);
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string::npos) return answer;
  answer.status = std::atoi(bytes.c_str() + 9);
  std::size_t at = bytes.find("\r\n") + 2;
  while (at < end) {
    const std::size_t line_end = bytes.find("\r\n", at);
    const std::string line = bytes.substr(at, line_end - at);
    const std::size_t colon = line.find(": ");
    answer.headers.emplace_back(absl::AsciiStrToLower(line.substr(0, colon)), line.substr(colon + 2));
    at = line_end + 2;
  }
  answer.body = bytes.substr(end + 4);
  answer.whole = answer.body.size() == std::strtoull(answer.Header("content-length").c_str(), nullptr, 10);
  return answer;
}

/// Behind a TLS-ending proxy, with Basic.
inline Headers WooBasic(const std::string& key, const std::string& secret) {
  return {{"X-Forwarded-Proto", "https"},
          {"Authorization", "Basic " + fairlead::testing::internal::Base64Encode(key + ":" + secret)},
          {"Content-Type", "application/json"}};
}

inline std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
}

/// The lines of a captured index.
inline std::vector<Json> ReadIndex(const std::string& folder) {
  std::vector<Json> lines;
  std::ifstream in(folder + "/index.jsonl");
  for (std::string line; std::getline(in, line);) lines.push_back(*Json::Parse(line));
  return lines;
}

}  // namespace fairlead_tests

#endif  // FAIRLEAD_TESTS_TESTING_RAW_CLIENT_H_
