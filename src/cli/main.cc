#include <unistd.h>

#include <csignal>
#include <iostream>

#include "src/cli/internal/command.h"

namespace {

// The process is ours here, unlike in the SDK: a peer that hangs up must not end it, and SIGTERM asks it to finish.
volatile std::sig_atomic_t stop_requested = 0;

void RequestStop(int) { stop_requested = 1; }

}  // namespace

int main(int argc, char** argv) {
  fairlead::cli::Io io{std::cin, std::cout, std::cerr, isatty(STDERR_FILENO) != 0, [] { return stop_requested != 0; }};
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGTERM, RequestStop);
  std::signal(SIGINT, RequestStop);
  return fairlead::cli::Main(std::vector<std::string>(argv + 1, argv + argc), io);
}
