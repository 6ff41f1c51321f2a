// A guide that points nowhere leaves its reader alone: every relative link of a Markdown file leads to a file or
// folder.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/structure/repository.h"

namespace fairlead::structure {
namespace {

/// Targets of [text](target) outside of code blocks, without anchors.
std::vector<std::string> LinksOf(const std::string& text) {
  std::vector<std::string> links;
  bool in_code = false;
  std::size_t at = 0;
  while (at < text.size()) {
    const bool line_begins = at == 0 || text[at - 1] == '\n';
    if (line_begins && text.compare(at, 3, "```") == 0) in_code = !in_code;
    if (!in_code && text.compare(at, 2, "](") == 0) {
      const auto end = text.find_first_of(")\n", at);
      if (end == std::string::npos) break;
      std::string target = text.substr(at + 2, end - at - 2);
      target = target.substr(0, target.find_first_of("# "));
      if (!target.empty() && target.find("://") == std::string::npos && target.rfind("mailto:", 0) != 0) {
        links.push_back(target);
      }
      at = end;
    }
    ++at;
  }
  return links;
}

TEST(Links, LeadSomewhere) {
  namespace fs = std::filesystem;
  std::vector<std::string> files;
  for (const char* folder : {"benchmarks", "examples", "proto", "src", "tests"}) {
    for (const std::string& file : FilesUnder(folder, {".md"})) files.push_back(file);
  }
  for (const auto& entry : fs::directory_iterator(Root())) {
    if (entry.path().extension() == ".md") files.push_back(entry.path().filename().string());
  }
  EXPECT_GT(files.size(), 4U);
  for (const std::string& file : files) {
    for (const std::string& link : LinksOf(ReadSource(file))) {
      EXPECT_TRUE(fs::exists(fs::path(Root()) / fs::path(file).parent_path() / link)) << file << " links to " << link;
    }
  }
}

TEST(Links, AreFound) {
  EXPECT_EQ(LinksOf("see [a](src/a.md#part), [b](https://example.com) and [c](../c)"),
            (std::vector<std::string>{"src/a.md", "../c"}));
  EXPECT_EQ(LinksOf("```cpp\nauto f = a[0](x);\n```\n[d](d.md)"), (std::vector<std::string>{"d.md"}));
}

}  // namespace
}  // namespace fairlead::structure
