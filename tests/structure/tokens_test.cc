// Time, randomness and the environment come in through Runtime: nothing outside core reads them by itself.
#include <gtest/gtest.h>

#include <set>

#include "tests/structure/repository.h"

namespace fairlead::structure {
namespace {

struct Finding {
  int line = 0;
  std::string word;
};

std::vector<Finding> Find(std::string_view text) {
  // Named anywhere: there is no innocent use of these.
  static const std::set<std::string> kWords = {"sleep_for",
                                               "sleep_until",
                                               "usleep",
                                               "nanosleep",
                                               "clock_nanosleep",
                                               "SleepFor",
                                               "random_device",
                                               "mt19937",
                                               "mt19937_64",
                                               "minstd_rand",
                                               "default_random_engine",
                                               "srand",
                                               "drand48",
                                               "getenv",
                                               "secure_getenv",
                                               "setenv",
                                               "putenv",
                                               "unsetenv",
                                               "gettimeofday",
                                               "clock_gettime",
                                               "timespec_get"};
  // Called as functions; fields and members of these names are somebody's data.
  static const std::set<std::string> kCalls = {"rand",      "random",      "time",   "clock",    "sleep",
                                               "localtime", "localtime_r", "signal", "sigaction"};
  static const std::set<std::string> kClocks = {"system_clock", "steady_clock", "high_resolution_clock"};
  // What may stand before a call without making it a declaration ("std::int64_t time(…)" is one).
  static const std::set<std::string> kBeforeCall = {"return", "co_return", "else", "do", "case", "throw"};

  const std::vector<Token> tokens = Tokens(text);
  const auto at = [&](std::size_t i) -> const std::string& {
    static const std::string kNone;
    return i < tokens.size() ? tokens[i].text : kNone;
  };
  std::vector<Finding> findings;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const std::string& word = at(i);
    const std::string& before = i > 0 ? at(i - 1) : at(tokens.size());
    if (before == "." || before == "->") continue;
    if (kWords.count(word) != 0) findings.push_back({tokens[i].line, word});
    if (kClocks.count(word) != 0 && at(i + 1) == "::" && at(i + 2) == "now")
      findings.push_back({tokens[i].line, word + "::now"});
    if (word == "absl" && at(i + 1) == "::" && at(i + 2) == "Now") findings.push_back({tokens[i].line, "absl::Now"});
    if (kCalls.count(word) != 0 && at(i + 1) == "(") {
      const bool qualified = before == "::";
      const std::string& scope = qualified && i > 1 ? at(i - 2) : before;
      const bool identifier_before =
          !scope.empty() && (std::isalnum(static_cast<unsigned char>(scope[0])) != 0 || scope[0] == '_' ||
                             scope[0] == '>' || scope[0] == '&' || scope[0] == '*');
      const bool innocent = qualified ? identifier_before && scope != "std" && kBeforeCall.count(scope) == 0
                                      : identifier_before && kBeforeCall.count(scope) == 0;
      if (!innocent) findings.push_back({tokens[i].line, word});
    }
  }
  return findings;
}

TEST(Tokens, OnlyCoreReadsClocksSleepsRandomAndEnvironment) {
  int seen = 0;
  for (const std::string folder : {"include/fairlead", "src"}) {
    for (const std::string& file : FilesUnder(folder, {".h", ".cc"})) {
      if (file.rfind("src/core/", 0) == 0 || file.rfind("include/fairlead/core/", 0) == 0) continue;
      ++seen;
      for (const Finding& finding : Find(ReadSource(file))) {
        if (Excepted(file, finding.word)) continue;
        ADD_FAILURE()
            << file << ":" << finding.line << ": " << finding.word
            << " is used directly; take it from the Runtime (or say why not in tests/structure/exceptions.txt)";
      }
    }
  }
  EXPECT_GT(seen, 20) << "the test looked at next to nothing";
}

std::string Words(std::string_view text) {
  std::string words;
  for (const Finding& finding : Find(text)) words += (words.empty() ? "" : " ") + finding.word;
  return words;
}

TEST(Tokens, WouldSeeEachOfThem) {
  EXPECT_EQ(Words("auto t = std::chrono::steady_clock::now();"), "steady_clock::now");
  EXPECT_EQ(Words("auto t = std::chrono::system_clock :: now ();"), "system_clock::now");
  EXPECT_EQ(Words("std::this_thread::sleep_for(1s);"), "sleep_for");
  EXPECT_EQ(Words("int r = rand() % 6; return std::rand();"), "rand rand");
  EXPECT_EQ(Words("std::random_device d; std::mt19937 g(d());"), "random_device mt19937");
  EXPECT_EQ(Words("const char* v = getenv(\"HOME\"); std::getenv(\"X\");"), "getenv getenv");
  EXPECT_EQ(Words("t = time(nullptr); t = ::time(0); return time(0);"), "time time time");
  EXPECT_EQ(Words("absl::Now()"), "absl::Now");
  EXPECT_EQ(Words("#define NOW() std::chrono::steady_clock::now()"), "steady_clock::now");
  EXPECT_EQ(Words("int x = 1'000'000; auto y = rand();"), "rand");
}

TEST(Tokens, LeavesWordsAndDataAlone) {
  EXPECT_EQ(Words("// rand() and time(0) in a comment\n/* getenv(\"X\") */"), "");
  EXPECT_EQ(Words("const char* s = \"time(0) \\\" getenv\"; auto r = R\"x(sleep_for()\" )x\";"), "");
  EXPECT_EQ(Words("std::chrono::steady_clock::time_point at; order.time(); clock->sleep(5);"), "");
  EXPECT_EQ(Words("struct S { std::int64_t time() const; Clock& clock(); }; Foo::time();"), "");
  EXPECT_EQ(Words("#include <sys/time.h>\nint random = 3;"), "");
}

}  // namespace
}  // namespace fairlead::structure
