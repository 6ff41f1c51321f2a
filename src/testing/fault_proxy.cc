#include "fairlead/testing/fault_proxy.h"

#include <array>
#include <atomic>
#include <utility>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "src/testing/internal/sandbox_host.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {

using internal::Admitted;
using internal::HttpReply;
using internal::HttpRequest;
using internal::SandboxHost;

namespace {

// Of one connection, and made anew for the next one.
constexpr std::array<std::string_view, 7> kOneHop = {"connection", "content-length", "transfer-encoding", "keep-alive",
                                                     "host",       "expect",         "accept-encoding"};

bool IsOneHop(std::string_view name) {
  for (const std::string_view known : kOneHop) {
    if (name.size() != known.size()) continue;
    bool same = true;
    for (std::size_t i = 0; i < name.size(); ++i) {
      const char lower = name[i] >= 'A' && name[i] <= 'Z' ? static_cast<char>(name[i] + ('a' - 'A')) : name[i];
      same = same && lower == known[i];
    }
    if (same) return true;
  }
  return false;
}

class OnceGuard final : public http::SendGuard {
 public:
  bool AllowSend() override { return !sent_.exchange(true); }

 private:
  std::atomic<bool> sent_{false};
};

RequestNature NatureOf(std::string_view method) {
  if (method == "GET" || method == "HEAD" || method == "OPTIONS") return RequestNature::kRead;
  if (method == "PUT" || method == "DELETE") return RequestNature::kSetsState;
  return RequestNature::kCreates;
}

}  // namespace

class FaultProxy::Impl {
 public:
  Impl(FaultProxyOptions options, http::Transport& transport)
      : options_(std::move(options)), transport_(transport), host_(options_.runtime, options_.faults, Hooks()) {}

  SandboxHost& host() { return host_; }
  absl::Status Start() { return host_.Start(options_.port); }

 private:
  SandboxHost::Hooks Hooks() {
    SandboxHost::Hooks hooks;
    hooks.admit = [this](const HttpRequest& request) {
      Admitted admitted;
      admitted.nature =
          options_.nature ? options_.nature(request.method, request.path, request.body) : NatureOf(request.method);
      admitted.apply = [this, request] { return HandOn(request); };
      return admitted;
    };
    hooks.state_json = [] { return std::string("{}"); };
    hooks.summary_json = hooks.state_json;
    return hooks;
  }

  HttpReply HandOn(const HttpRequest& request) {
    http::Request onward;
    onward.method = request.method;
    onward.url = absl::StrCat(options_.target, request.target);
    for (const auto& [name, value] : request.headers) {
      if (!IsOneHop(name)) onward.secret_headers.emplace_back(name, Secret(value));
    }
    onward.body = request.body;
    // A proxy that repeats a request by itself would be a fault that nobody counted.
    OnceGuard once;
    http::CallOptions options;
    options.effect = Effect::kBlind;
    options.guard = &once;
    absl::StatusOr<http::Response> response = transport_.Send(onward, options);
    HttpReply reply;
    if (!response.ok()) {
      reply.fate = HttpReply::Fate::kDrop;
      return reply;
    }
    reply.status = response->status;
    for (const http::Header& header : response->headers) {
      // The body comes decompressed, and the host adds its own Date.
      if (!IsOneHop(header.name) && header.name != "Content-Encoding" && header.name != "content-encoding" &&
          header.name != "Date" && header.name != "date")
        reply.headers.emplace_back(header.name, header.value);
    }
    reply.body = std::move(response->body);
    return reply;
  }

  FaultProxyOptions options_;
  http::Transport& transport_;
  SandboxHost host_;  // Last: stops before what it calls goes away.
};

FaultProxy::FaultProxy(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
FaultProxy::~FaultProxy() { Stop(); }

absl::StatusOr<std::unique_ptr<FaultProxy>> FaultProxy::Start(FaultProxyOptions options, http::Transport& transport) {
  while (!options.target.empty() && options.target.back() == '/') options.target.pop_back();
  if (options.target.rfind("http://", 0) != 0 && options.target.rfind("https://", 0) != 0) {
    return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent,
                     absl::StrCat("fault proxy: '", options.target, "' is no http or https address"));
  }
  FAIRLEAD_RETURN_IF_ERROR(options.faults.Validate());
  auto impl = std::make_unique<Impl>(std::move(options), transport);
  FAIRLEAD_RETURN_IF_ERROR(impl->Start());
  return std::unique_ptr<FaultProxy>(new FaultProxy(std::move(impl)));
}

void FaultProxy::Stop() { impl_->host().Stop(); }
std::string FaultProxy::url() const { return absl::StrCat("http://127.0.0.1:", impl_->host().port()); }
void FaultProxy::SetFaults(const FaultPlan& plan) { impl_->host().faults().SetPlan(plan); }
FaultCounters FaultProxy::Faults() const { return impl_->host().faults().counters(); }

}  // namespace testing
FAIRLEAD_NAMESPACE_END
