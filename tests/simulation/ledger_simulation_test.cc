// Every seed keeps every promise, every broken promise is noticed, and a seed replays exactly.
#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "tests/simulation/simulation.h"

namespace fairlead_simulation {
namespace {

#ifndef FAIRLEAD_SIMULATION_SEEDS
#define FAIRLEAD_SIMULATION_SEEDS 20000
#endif
constexpr std::uint64_t kSeeds = FAIRLEAD_SIMULATION_SEEDS;

TEST(LedgerSimulation, EverySeedKeepsEveryPromise) {
  long long operations = 0, done = 0, sends = 0, crashes = 0, blind_parked = 0, blind_unknown = 0;
  int reported = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const Outcome outcome = RunSeed({seed, Mutant::kNone, nullptr});
    for (const std::string& violation : outcome.violations) {
      ADD_FAILURE() << "seed " << seed << ": " << violation << "\nSee it with: ledger_sim --seed " << seed
                    << " --trace";
      if (++reported == 10) return;
    }
    operations += outcome.operations;
    done += outcome.done;
    sends += outcome.sends;
    crashes += outcome.crashes;
    blind_parked += outcome.blind_parked;
    blind_unknown += outcome.blind_unknown;
  }
  EXPECT_EQ(blind_parked, blind_unknown);
  // A ledger that gives everything up would keep every promise, and so would a world in which nothing goes wrong.
  EXPECT_GT(done * 10, operations * 8);
  EXPECT_GT(sends * 10, operations * 11);
  EXPECT_GT(crashes, static_cast<long long>(kSeeds));
  EXPECT_GT(blind_parked * 10, static_cast<long long>(kSeeds));
}

std::string Trace(std::uint64_t seed) {
  std::ostringstream out;
  (void)RunSeed({seed, Mutant::kNone, &out});
  return out.str();
}

TEST(LedgerSimulation, ASeedReplaysExactlyAndCanBeRead) {
  for (const std::uint64_t seed : {1, 7, 42, 12345}) {
    const std::string trace = Trace(seed);
    EXPECT_EQ(trace, Trace(seed));
    EXPECT_NE(trace.find("takes effect"), std::string::npos);
    EXPECT_NE(trace.find("leased -> sending"), std::string::npos);
  }
  EXPECT_NE(Trace(1), Trace(2));
}

class EachMutant : public ::testing::TestWithParam<int> {};

TEST_P(EachMutant, IsNoticed) {
  const auto mutant = static_cast<Mutant>(GetParam());
  for (std::uint64_t seed = 1; seed <= 20'000; ++seed) {
    const Outcome outcome = RunSeed({seed, mutant, nullptr});
    if (outcome.violations.empty()) continue;
    std::ostringstream trace;
    EXPECT_EQ(RunSeed({seed, mutant, &trace}).violations, outcome.violations);
    EXPECT_NE(trace.str().find("VIOLATION"), std::string::npos);
    return;
  }
  FAIL() << "the promise may be broken and no seed notices";
}

INSTANTIATE_TEST_SUITE_P(All, EachMutant, ::testing::Range(1, kMutants + 1), [](const auto& instance) {
  return std::string(MutantName(static_cast<Mutant>(instance.param)));
});

}  // namespace
}  // namespace fairlead_simulation
