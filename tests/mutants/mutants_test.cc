// A count that cannot find a loss or a double proves nothing: with the send budget or the fence switched off the
// quickstart must report what it otherwise proves absent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <future>
#include <map>
#include <regex>
#include <sstream>
#include <string>

namespace {

struct Summary {
  std::int64_t eligible = -1;
  std::int64_t lost = -1;
  std::int64_t duplicated = -1;
  std::string text;
};

std::int64_t Number(const std::string& text, const std::string& name) {
  std::smatch match;
  return std::regex_search(text, match, std::regex("\"" + name + "\": (\\d+)")) ? std::stoll(match[1]) : -1;
}

Summary Quickstart(const std::string& broken, int seed) {
  const std::string work = std::string(FAIRLEAD_WORK) + "/" + broken;
  const std::string command = "rm -rf '" + work + "' && mkdir -p '" + work + "' && FAIRLEAD_TEST_BREAK=" + broken +
                              " '" + FAIRLEAD_QUICKSTART + "' --service '" + FAIRLEAD_BROKEN_SERVICE + "' --data '" +
                              FAIRLEAD_SOURCE + "/tests/testdata' --policy '" + FAIRLEAD_SOURCE +
                              "/examples/policies/storefront-erp.txtpb' --work '" + work + "' --orders 20 --seed " +
                              std::to_string(seed) +
                              " --faults 0.1 --kills 0 --timeout-ms 1000 --lease-ms 1500 --threads 12"
                              " --settle-s 120 --orders-only yes > '" +
                              work + ".log' 2>&1";
  (void)std::system(command.c_str());
  std::ifstream in(work + "/summary.json");
  std::ostringstream text;
  text << in.rdbuf();
  Summary summary;
  summary.text = text.str();
  summary.eligible = Number(summary.text, "orders_eligible");
  summary.lost = Number(summary.text, "lost");
  summary.duplicated = Number(summary.text, "duplicated");
  return summary;
}

// A stale worker must meet its successor within milliseconds: not every run of real threads has such a pair.
Summary UntilItShows(const std::string& broken) {
  Summary summary;
  for (int seed = 3; seed < 11 && summary.duplicated <= 0; ++seed) summary = Quickstart(broken, seed);
  return summary;
}

// All at once: they wait more than they work.
class Mutants : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    runs_ = new std::map<std::string, std::future<Summary>>;
    (*runs_)["nothing"] = std::async(std::launch::async, Quickstart, std::string("nothing"), 3);
    for (const char* broken : {"send_budget", "fence"})
      (*runs_)[broken] = std::async(std::launch::async, UntilItShows, std::string(broken));
  }
  static void TearDownTestSuite() { delete runs_; }
  static Summary Of(const std::string& broken) { return runs_->at(broken).get(); }

  static std::map<std::string, std::future<Summary>>* runs_;
};
std::map<std::string, std::future<Summary>>* Mutants::runs_ = nullptr;

TEST_F(Mutants, WithEveryPromiseKeptHeldUpWorkersLoseAndDoubleNothing) {
  const Summary summary = Of("nothing");
  EXPECT_GT(summary.eligible, 100) << summary.text;
  EXPECT_EQ(summary.lost, 0) << summary.text;
  EXPECT_EQ(summary.duplicated, 0) << summary.text;
}

// The second sale stays a draft that nobody processes: its order counts as lost too.
TEST_F(Mutants, WithoutTheSendBudgetTheTransportsRepeatsAreCounted) {
  const Summary summary = Of("send_budget");
  EXPECT_GT(summary.duplicated, 0) << summary.text;
  EXPECT_GT(summary.lost, 0) << summary.text;
}

TEST_F(Mutants, WithoutTheFenceAStaleWorkerReopensWhatIsDone) {
  const Summary summary = Of("fence");
  EXPECT_GT(summary.duplicated, 0) << summary.text;
  EXPECT_GT(summary.lost, 0) << summary.text;
}

}  // namespace
