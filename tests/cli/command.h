// Runs `fairlead` in the test's own process.
#ifndef FAIRLEAD_TESTS_CLI_COMMAND_H_
#define FAIRLEAD_TESTS_CLI_COMMAND_H_

#include <sstream>
#include <string>
#include <vector>

#include "src/cli/internal/command.h"

namespace fairlead_cli_test {

struct Ran {
  int exit = -1;
  std::string out;
  std::string err;

  int lines() const {
    int count = 0;
    for (const char c : out) count += c == '\n' ? 1 : 0;
    return count;
  }
};

inline Ran Fairlead(const std::vector<std::string>& arguments, const std::string& input = "") {
  std::istringstream in(input);
  std::ostringstream out;
  std::ostringstream err;
  fairlead::cli::Io io{in, out, err, false, nullptr};
  Ran ran;
  ran.exit = fairlead::cli::Main(arguments, io);
  ran.out = out.str();
  ran.err = err.str();
  return ran;
}

}  // namespace fairlead_cli_test

#endif  // FAIRLEAD_TESTS_CLI_COMMAND_H_
