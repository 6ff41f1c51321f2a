// The ledger simulator from the shell:
//   ledger_sim --sim N [--first S]     N seeds: every promise must hold; seeds per second
//   ledger_sim --seed S --trace        what happens in one seed, line by line
//   ledger_sim --mutants [N]           each broken promise: first seed that notices, and how many of N do
//   ledger_sim --mutant NAME …         any of these with a promise broken
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string>

#include "tests/simulation/simulation.h"

namespace {

using namespace fairlead_simulation;

struct Totals {
  long long bad = 0;
  std::uint64_t first_bad = 0;
  std::string first_violation;
  long long operations = 0, done = 0, letters = 0, blind_parked = 0, blind_unknown = 0, sends = 0, crashes = 0;
  double seconds = 0;
};

Totals RunSeeds(std::uint64_t first, std::uint64_t count, Mutant mutant) {
  Totals totals;
  const auto started = std::chrono::steady_clock::now();
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const Outcome outcome = RunSeed({seed, mutant, nullptr});
    if (!outcome.violations.empty()) {
      if (totals.bad++ == 0) {
        totals.first_bad = seed;
        totals.first_violation = outcome.violations.front();
      }
    }
    totals.operations += outcome.operations;
    totals.done += outcome.done;
    totals.letters += outcome.letters;
    totals.blind_parked += outcome.blind_parked;
    totals.blind_unknown += outcome.blind_unknown;
    totals.sends += outcome.sends;
    totals.crashes += outcome.crashes;
  }
  totals.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  return totals;
}

int Usage() {
  std::fputs("ledger_sim --sim N [--first S] | --seed S [--trace] | --mutants [N]   [--mutant NAME]\n", stderr);
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t first = 1, count = 0, seed = 0, mutants = 0;
  bool trace = false, one = false;
  Mutant mutant = Mutant::kNone;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const bool more = i + 1 < argc && argv[i + 1][0] != '-';
    if (argument == "--sim" && more) {
      count = std::strtoull(argv[++i], nullptr, 10);
    } else if (argument == "--first" && more) {
      first = std::strtoull(argv[++i], nullptr, 10);
    } else if (argument == "--seed" && more) {
      seed = std::strtoull(argv[++i], nullptr, 10);
      one = true;
    } else if (argument == "--trace") {
      trace = true;
    } else if (argument == "--mutants") {
      mutants = more ? std::strtoull(argv[++i], nullptr, 10) : 20'000;
    } else if (argument == "--mutant" && more) {
      const std::string name = argv[++i];
      for (int m = 0; m <= kMutants; ++m) {
        if (MutantName(static_cast<Mutant>(m)) == name) mutant = static_cast<Mutant>(m);
      }
      if (MutantName(mutant) != name) return Usage();
    } else {
      return Usage();
    }
  }
  if (one) {
    const Outcome outcome = RunSeed({seed, mutant, trace ? &std::cout : nullptr});
    for (const std::string& violation : outcome.violations)
      std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed), violation.c_str());
    if (outcome.violations.empty()) {
      std::printf("seed %llu: every promise held; %d operations, %d done, %d sends, %d crashes, %d events\n",
                  static_cast<unsigned long long>(seed), outcome.operations, outcome.done, outcome.sends,
                  outcome.crashes, outcome.events);
    }
    return outcome.violations.empty() ? 0 : 1;
  }
  if (mutants > 0) {
    int unseen = 0;
    std::printf("%-24s %14s %10s of %llu\n", "mutant", "first bad seed", "bad seeds",
                static_cast<unsigned long long>(mutants));
    for (int m = 1; m <= kMutants; ++m) {
      const Totals totals = RunSeeds(1, mutants, static_cast<Mutant>(m));
      unseen += totals.bad == 0 ? 1 : 0;
      std::printf("%-24s %14s %10lld   %s\n", std::string(MutantName(static_cast<Mutant>(m))).c_str(),
                  totals.bad == 0 ? "NONE" : std::to_string(totals.first_bad).c_str(), totals.bad,
                  totals.first_violation.c_str());
      std::fflush(stdout);
    }
    return unseen == 0 ? 0 : 1;
  }
  if (count == 0) return Usage();
  const Totals totals = RunSeeds(first, count, mutant);
  std::printf(
      "%llu seeds in %.1f s: %.0f a second. %lld operations, %lld done, %lld dead letters, %lld sends, %lld crashes;\n"
      "%lld blind ambiguities with a person, %lld by the oracle. Seeds with a broken promise: %lld\n",
      static_cast<unsigned long long>(count), totals.seconds, static_cast<double>(count) / totals.seconds,
      totals.operations, totals.done, totals.letters, totals.sends, totals.crashes, totals.blind_parked,
      totals.blind_unknown, totals.bad);
  if (totals.bad > 0) {
    std::printf("The first: seed %llu: %s\nSee it with: ledger_sim --seed %llu --trace\n",
                static_cast<unsigned long long>(totals.first_bad), totals.first_violation.c_str(),
                static_cast<unsigned long long>(totals.first_bad));
  }
  return totals.bad == 0 ? 0 : 1;
}
