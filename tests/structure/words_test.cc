// The repository speaks of the project alone: no paths of somebody's machine, no notes to self, no stray folders.
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <set>
#include <sstream>

#include "tests/structure/repository.h"

namespace fairlead::structure {
namespace {

// Written in two parts, so that this file does not find itself.
const std::vector<std::string>& ForbiddenWords() {
  static const auto* const words = new std::vector<std::string>{
      std::string("TO") + "DO",   std::string("FIX") + "ME",  std::string("XX") + "X:",  std::string("/wo") + "rk/",
      std::string("/ro") + "ot/", std::string("/ho") + "me/", std::string("/tm") + "p/", std::string("/Us") + "ers/"};
  return *words;
}

bool IsText(const std::string& text) { return text.find('\0') == std::string::npos; }

bool IsWordCharacter(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// The forbidden words of a text, with their lines.
std::vector<std::pair<int, std::string>> Find(const std::string& text) {
  std::vector<std::pair<int, std::string>> found;
  std::istringstream in(text);
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    for (const std::string& word : ForbiddenWords()) {
      for (auto at = line.find(word); at != std::string::npos; at = line.find(word, at + 1)) {
        const char before = at > 0 ? line[at - 1] : ' ';
        const char after = at + word.size() < line.size() ? line[at + word.size()] : ' ';
        // A path begins where it begins ("build/work/x" is none of a machine's); a word stands alone.
        const bool path = word[0] == '/';
        if (path ? (IsWordCharacter(before) || before == '.' || before == '}' || before == ')' || before == '-')
                 : (IsWordCharacter(before) || IsWordCharacter(after))) {
          continue;
        }
        found.emplace_back(number, word);
        break;
      }
    }
  }
  return found;
}

TEST(Words, NoMachinePathsAndNoNotesToSelf) {
  std::vector<std::string> files;
  for (const char* folder : {".ci", "benchmarks", "cmake", "examples", "include", "proto", "src", "tests"}) {
    for (std::string& file : FilesUnder(folder)) {
      // Captured payloads are what servers sent.
      if (file.rfind("tests/testdata/", 0) == 0) continue;
      files.push_back(std::move(file));
    }
  }
  for (const auto& entry : std::filesystem::directory_iterator(Root())) {
    if (entry.is_regular_file()) files.push_back(entry.path().filename().string());
  }
  EXPECT_GT(files.size(), 50U);
  for (const std::string& file : files) {
    if (file == "tests/structure/exceptions.txt") continue;
    const std::string text = ReadSource(file);
    if (!IsText(text)) continue;
    for (const auto& [line, word] : Find(text)) {
      if (!Excepted(file, word)) ADD_FAILURE() << file << ":" << line << ": contains " << word;
    }
  }
}

TEST(Words, WouldSeeThem) {
  EXPECT_EQ(Find("a\n// TO"
                 "DO: later\n")
                .size(),
            1U);
  EXPECT_EQ(Find("cp x /tm"
                 "p/y")
                .size(),
            1U);
  EXPECT_EQ(Find("\"/ho"
                 "me/me/src\"")
                .size(),
            1U);
  EXPECT_EQ(Find("example.com/ho"
                 "me/ and kAUTODO"
                 "NE and ${dir}/tm"
                 "p/x")
                .size(),
            0U);
}

TEST(Words, NoOtherTopLevelFolder) {
  const std::set<std::string> allowed = {"benchmarks", "build", "cmake", "examples", "include", "proto",
                                         "src",        "tests", ".ci",   ".git",     ".cache"};
  for (const auto& entry : std::filesystem::directory_iterator(Root())) {
    if (!entry.is_directory()) continue;
    const std::string name = entry.path().filename().string();
    EXPECT_TRUE(allowed.count(name) != 0 || name.rfind("build", 0) == 0) << name << "/ is not a folder of this project";
  }
}

}  // namespace
}  // namespace fairlead::structure
