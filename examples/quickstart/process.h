// A child process that is started, killed and stopped by its id alone.
#ifndef FAIRLEAD_EXAMPLES_QUICKSTART_PROCESS_H_
#define FAIRLEAD_EXAMPLES_QUICKSTART_PROCESS_H_

#include <sys/types.h>

#include <string>
#include <vector>

namespace quickstart {

class Process {
 public:
  // Starts at once; standard output and error are appended to `log`.
  Process(std::vector<std::string> command, std::string log);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void Start();
  bool Running();
  void Kill();  // SIGKILL: no chance to tidy up.
  void Stop();  // SIGTERM, SIGKILL after 20 s.

 private:
  void Signal(int signal, int patience_ms);

  std::vector<std::string> command_;
  std::string log_;
  pid_t pid_ = -1;
};

// Runs to the end (60 s at most) and returns standard output; standard error goes to `log`.
std::string RunForOutput(const std::vector<std::string>& command, const std::string& log);
// A loopback port that is free at the moment.
int FreePort();

}  // namespace quickstart

#endif  // FAIRLEAD_EXAMPLES_QUICKSTART_PROCESS_H_
