#include "tests/connectors/tryton/corpus.h"

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "gtest/gtest.h"
#include "src/connector/internal/json.h"

namespace fairlead_tryton_test {
namespace {

using fairlead::internal::json::Document;

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << path;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

std::vector<Recorded> Load() {
  const std::string folder = std::string(FAIRLEAD_TESTDATA) + "/tryton-6.0.29/";
  std::ifstream index(folder + "index.jsonl");
  EXPECT_TRUE(index) << folder;
  std::vector<Recorded> calls;
  std::string line;
  while (std::getline(index, line)) {
    const Document entry = Document::Parse(line).value();
    Recorded call;
    call.file = std::string(entry.root()["file"].text());
    call.request = std::string(entry.root()["request_body"].text());
    call.status = static_cast<int>(entry.root()["status"].AsInt64().value_or(0));
    call.answer = ReadFile(folder + call.file);
    const absl::StatusOr<Document> request = Document::Parse(call.request);
    if (request.ok()) call.method = std::string(request->root()["method"].text());
    calls.push_back(std::move(call));
  }
  return calls;
}

}  // namespace

const std::vector<Recorded>& Corpus() {
  static const auto* calls = new std::vector<Recorded>(Load());
  return *calls;
}

const Recorded& Call(std::string_view file) {
  for (const Recorded& call : Corpus()) {
    if (call.file == file) return call;
  }
  ADD_FAILURE() << "no recorded call " << file;
  std::abort();
}

std::string Compact(std::string_view json) {
  std::string compact;
  bool in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string) {
      compact += c;
      if (c == '\\') compact += json[++i];
      if (c == '"') in_string = false;
      continue;
    }
    if (c == ' ' || c == '\n') continue;
    in_string = c == '"';
    compact += c;
  }
  constexpr std::string_view kId = "{\"id\":";
  if (compact.rfind(kId, 0) == 0) {
    std::size_t end = kId.size();
    while (end < compact.size() && compact[end] >= '0' && compact[end] <= '9') ++end;
    compact.replace(kId.size(), end - kId.size(), "1");
  }
  return compact;
}

}  // namespace fairlead_tryton_test
