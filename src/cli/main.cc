#include <unistd.h>

#include <iostream>

#include "src/cli/internal/command.h"

int main(int argc, char** argv) {
  fairlead::cli::Io io{std::cin, std::cout, std::cerr, isatty(STDERR_FILENO) != 0};
  return fairlead::cli::Main(std::vector<std::string>(argv + 1, argv + argc), io);
}
