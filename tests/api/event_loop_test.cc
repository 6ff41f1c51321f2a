// The example of a foreign event loop, run as it is: against a store that fails on many requests, and one that is gone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <string>
#include <utility>

#include "fairlead/http_curl/curl_transport.h"
#include "fairlead/testing/fault_proxy.h"
#include "src/testing/internal/loopback_server.h"

namespace {

using ::testing::HasSubstr;

std::pair<int, std::string> ReadAll(const std::string& arguments) {
  FILE* pipe = popen((std::string(FAIRLEAD_EVENT_LOOP) + " " + arguments + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return {-1, ""};
  std::string output;
  std::array<char, 4096> chunk{};
  while (const std::size_t got = fread(chunk.data(), 1, chunk.size(), pipe)) output.append(chunk.data(), got);
  const int status = pclose(pipe);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, output};
}

TEST(EventLoop, ReadsEverythingFromAStoreThatFailsOften) {
  const auto server = fairlead::testing::internal::LoopbackServer::Start(
      0, [](const fairlead::testing::internal::HttpRequest&) { return fairlead::testing::internal::HttpReply{}; });
  ASSERT_TRUE(server.ok()) << server.status();
  fairlead::http::CurlTransport transport;
  fairlead::testing::FaultProxyOptions options;
  options.target = "http://127.0.0.1:" + std::to_string((*server)->port());
  options.faults.server_error = 0.2;
  options.faults.drop_before = 0.2;
  options.faults.max_consecutive = 2;
  const auto proxy = fairlead::testing::FaultProxy::Start(options, transport);
  ASSERT_TRUE(proxy.ok()) << proxy.status();
  std::string urls;
  for (int i = 0; i < 12; ++i) urls += " " + (*proxy)->url() + "/" + std::to_string(i);
  const auto [exit, output] = ReadAll(urls);
  EXPECT_EQ(exit, 0) << output;
  int read = 0;
  for (std::size_t at = 0; (at = output.find("  read  after ", at)) != std::string::npos; ++at) ++read;
  EXPECT_EQ(read, 12) << output;
  EXPECT_GT((*proxy)->Faults().Total(), 0);
  EXPECT_THAT(output, HasSubstr("after 2 tries"));
}

TEST(EventLoop, GivesUpOnWhatIsNotThereAndSaysWhy) {
  const auto [exit, output] = ReadAll("http://127.0.0.1:1/");
  EXPECT_EQ(exit, 1);
  EXPECT_THAT(output, HasSubstr("tries"));
  EXPECT_EQ(ReadAll("").first, 2);
}

}  // namespace
