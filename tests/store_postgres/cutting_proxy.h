// Stands between a store and its server and cuts the connection around a COMMIT, so that the answer is lost.
#ifndef FAIRLEAD_TESTS_STORE_POSTGRES_CUTTING_PROXY_H_
#define FAIRLEAD_TESTS_STORE_POSTGRES_CUTTING_PROXY_H_

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace fairlead_test {

class CuttingProxy {
 public:
  enum class Cut { kNever, kBeforeTheServerHearsIt, kAfterTheServerAnswered };

  /// Listens on a socket in a new folder; `server_folder` holds the server's.
  explicit CuttingProxy(const std::string& server_folder);
  ~CuttingProxy();
  CuttingProxy(const CuttingProxy&) = delete;
  CuttingProxy& operator=(const CuttingProxy&) = delete;

  const std::string& folder() const { return folder_; }
  /// The next COMMIT is cut so; those after it are not.
  void CutNextCommit(Cut cut) { cut_ = cut; }
  int cuts() const { return cuts_; }

 private:
  void Accept();
  void Relay(int client);

  std::string folder_;
  std::string server_;
  int listener_ = -1;
  std::atomic<Cut> cut_{Cut::kNever};
  std::atomic<int> cuts_{0};
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::vector<std::thread> relays_;
  std::thread acceptor_;
};

}  // namespace fairlead_test

#endif  // FAIRLEAD_TESTS_STORE_POSTGRES_CUTTING_PROXY_H_
