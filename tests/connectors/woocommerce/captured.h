// Access to the captured payloads for the tests of this folder.
#ifndef FAIRLEAD_TESTS_CONNECTORS_WOOCOMMERCE_CAPTURED_H_
#define FAIRLEAD_TESTS_CONNECTORS_WOOCOMMERCE_CAPTURED_H_

#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"
#include "src/connector/internal/json.h"

namespace fairlead_test {

inline constexpr const char* kVersions[] = {"woocommerce-7.9.0", "woocommerce-10.6.2"};

/// One recorded call.
struct Call {
  std::string file;  // Below the version's folder.
  std::string method;
  std::string path;    // Below /wp-json/wc/v3, without query.
  std::string target;  // As sent.
  int status = 0;
};

inline std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in.good()) << path;
  return std::string(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
}

inline std::string Captured(const std::string& version, const std::string& file) {
  return ReadFile(std::string(FAIRLEAD_TESTDATA) + "/" + version + "/" + file);
}

/// The lines of an index, parsed.
inline std::vector<fairlead::internal::json::Document> Index(const std::string& version,
                                                             const std::string& folder = "") {
  std::ifstream in(std::string(FAIRLEAD_TESTDATA) + "/" + version + "/" + folder + "index.jsonl");
  std::vector<fairlead::internal::json::Document> lines;
  std::string line;
  while (std::getline(in, line)) {
    auto document = fairlead::internal::json::Document::Parse(line);
    EXPECT_TRUE(document.ok()) << document.status();
    if (document.ok()) lines.push_back(std::move(*document));
  }
  return lines;
}

inline std::vector<Call> Calls(const std::string& version) {
  std::vector<Call> calls;
  const auto index = Index(version);
  for (const auto& line : index) {
    const auto root = line.root();
    Call call;
    call.file = std::string(root["file"].text());
    call.method = std::string(root["method"].text());
    call.target = std::string(root["target"].text());
    call.status = static_cast<int>(root["status"].AsInt64().value_or(0));
    call.path = call.target.substr(0, call.target.find('?'));
    constexpr std::string_view kPrefix = "/wp-json/wc/v3";
    if (call.path.compare(0, kPrefix.size(), kPrefix) == 0) call.path.erase(0, kPrefix.size());
    calls.push_back(std::move(call));
  }
  return calls;
}

}  // namespace fairlead_test

#endif  // FAIRLEAD_TESTS_CONNECTORS_WOOCOMMERCE_CAPTURED_H_
