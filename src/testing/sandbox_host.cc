#include "src/testing/internal/sandbox_host.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/testing/internal/json_value.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {
namespace internal {
namespace {

// Days since 1970-01-01 of a civil date, proleptic Gregorian (Howard Hinnant's well-known algorithm).
std::int64_t DaysFromCivil(int year, int month, int day) {
  year -= month <= 2;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const auto yoe = static_cast<unsigned>(year - era * 400);
  const auto doy = static_cast<unsigned>((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1);
  const unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
  return era * 146097 + static_cast<std::int64_t>(doe) - 719468;
}

HttpReply Html(int status, const char* title) {
  HttpReply reply;
  reply.status = status;
  reply.headers = {{"Content-Type", "text/html; charset=utf-8"}};
  reply.body = absl::StrCat("<html>\n<head><title>", status, " ", title, "</title></head>\n<body><center><h1>", status,
                            " ", title, "</h1></center></body>\n</html>\n");
  return reply;
}

}  // namespace

DelayedTasks::DelayedTasks(Clock* clock) : clock_(clock), thread_([this] { Loop(); }) {}

DelayedTasks::~DelayedTasks() { Stop(); }

void DelayedTasks::After(std::chrono::milliseconds delay, std::function<void()> task) {
  std::lock_guard<std::mutex> lock(mutex_);
  tasks_.push_back({clock_->SteadyNow() + delay, std::move(task)});
  wake_.notify_all();
}

void DelayedTasks::Stop() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (stopping_) return;
    stopping_ = true;
    wake_.notify_all();
  }
  thread_.join();
}

void DelayedTasks::Loop() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stopping_) {
    if (tasks_.empty()) {
      wake_.wait(lock);
      continue;
    }
    auto first =
        std::min_element(tasks_.begin(), tasks_.end(), [](const Task& a, const Task& b) { return a.due < b.due; });
    const std::chrono::nanoseconds left = first->due - clock_->SteadyNow();
    if (left > std::chrono::nanoseconds(0)) {
      // Short waits: the clock may be one that a test moves by hand.
      wake_.wait_for(lock, std::min<std::chrono::nanoseconds>(left, std::chrono::milliseconds(5)));
      continue;
    }
    std::function<void()> run = std::move(first->run);
    tasks_.erase(first);
    lock.unlock();
    run();
    lock.lock();
  }
}

SandboxHost::SandboxHost(const Runtime& runtime, const FaultPlan& faults, Hooks hooks)
    : runtime_(runtime), injector_(faults), hooks_(std::move(hooks)) {}

SandboxHost::~SandboxHost() { Stop(); }

absl::Status SandboxHost::Start(int port) {
  copies_ = std::make_unique<DelayedTasks>(runtime_.clock);
  auto server = LoopbackServer::Start(port, [this](const HttpRequest& request) { return Handle(request); });
  if (!server.ok()) return server.status();
  server_ = std::move(*server);
  return absl::OkStatus();
}

void SandboxHost::Stop() {
  stop_.Cancel();
  if (copies_ != nullptr) copies_->Stop();
  if (server_ != nullptr) server_->Stop();
}

WallTime SandboxHost::Now() const { return runtime_.clock->WallNow() + std::chrono::milliseconds(offset_ms_.load()); }

void SandboxHost::AddDate(HttpReply* reply) const { reply->headers.emplace_back("Date", HttpDate(Now())); }

HttpReply SandboxHost::Handle(const HttpRequest& request) {
  if (request.path.rfind("/__sandbox/", 0) == 0) return Control(request);
  const Admitted admitted = hooks_.admit(request);
  const FaultVerdict verdict = injector_.NextRequest(admitted.nature);
  if (verdict.latency.count() > 0 && !runtime_.sleeper->Sleep(verdict.latency, stop_.token()).ok()) {
    HttpReply gone;
    gone.fate = HttpReply::Fate::kDrop;
    return gone;
  }
  HttpReply reply;
  using Kind = FaultVerdict::Kind;
  switch (verdict.kind) {
    case Kind::kNone:
      reply = admitted.apply();
      break;
    case Kind::kServerError: {
      constexpr std::pair<int, const char*> kErrors[] = {
          {500, "Internal Server Error"}, {502, "Bad Gateway"}, {503, "Service Unavailable"}};
      const auto& error = kErrors[verdict.chance % 3];
      reply = Html(error.first, error.second);
      break;
    }
    case Kind::kRateLimited: {
      reply = Html(429, "Too Many Requests");
      const auto wait = injector_.plan().retry_after;
      const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(wait);
      reply.headers.emplace_back("Retry-After",
                                 verdict.chance % 2 == 0 ? absl::StrCat(seconds.count()) : HttpDate(Now() + seconds));
      break;
    }
    case Kind::kDropBefore:
      reply.fate = HttpReply::Fate::kDrop;
      break;
    case Kind::kDropAfter:
      admitted.apply();
      reply.fate = HttpReply::Fate::kDrop;
      break;
    case Kind::kDuplicate:
      admitted.apply();
      [[fallthrough]];
    case Kind::kLateApply:
      copies_->After(verdict.copy_after, [apply = admitted.apply] { apply(); });
      reply.fate = HttpReply::Fate::kDrop;
      break;
    case Kind::kTruncate:
      reply = admitted.apply();
      reply.fate = HttpReply::Fate::kTruncate;
      break;
  }
  AddDate(&reply);
  return reply;
}

HttpReply SandboxHost::Control(const HttpRequest& request) {
  const std::string name = request.path.substr(std::string("/__sandbox/").size());
  if (request.method == "GET" && name == "state") return JsonReply(200, hooks_.state_json());
  if (request.method == "GET" && name == "summary") return JsonReply(200, hooks_.summary_json());
  if (request.method == "GET" && name == "faults") return JsonReply(200, injector_.counters().ToJson());
  if (request.method == "POST" && name == "faults") {
    const absl::StatusOr<FaultPlan> plan = FaultPlan::FromJson(request.body);
    if (!plan.ok()) {
      return JsonReply(400, Json::Object({{"error", std::string(plan.status().message())}}).Dump());
    }
    injector_.SetPlan(*plan);
    return JsonReply(200, injector_.counters().ToJson());
  }
  if (request.method == "POST" && name == "advance") {
    const absl::StatusOr<Json> body = Json::Parse(request.body);
    if (!body.ok() || !(*body)["ms"].IsNumber()) return JsonReply(400, R"({"error":"say {\"ms\": N}"})");
    Advance(std::chrono::milliseconds((*body)["ms"].AsInt()));
    return JsonReply(200, "{}");
  }
  if (hooks_.control) {
    HttpReply reply = hooks_.control(request);
    if (reply.status != 0) return reply;
  }
  return JsonReply(404, R"({"error":"no such control end point"})");
}

HttpReply JsonReply(int status, std::string body) {
  HttpReply reply;
  reply.status = status;
  reply.headers = {{"Content-Type", "application/json"}};
  reply.body = std::move(body);
  return reply;
}

CivilTime ToCivil(WallTime time) {
  const std::int64_t micros = std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
  constexpr std::int64_t kDay = 86'400'000'000;
  std::int64_t days = micros / kDay;
  std::int64_t rest = micros % kDay;
  if (rest < 0) {
    rest += kDay;
    --days;
  }
  CivilTime civil;
  const std::int64_t z = days + 719468;
  const std::int64_t era = (z >= 0 ? z : z - 146096) / 146097;
  const auto doe = static_cast<unsigned>(z - era * 146097);
  const unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  const unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const unsigned mp = (5 * doy + 2) / 153;
  civil.day = static_cast<int>(doy - (153 * mp + 2) / 5 + 1);
  civil.month = static_cast<int>(mp < 10 ? mp + 3 : mp - 9);
  civil.year = static_cast<int>(static_cast<std::int64_t>(yoe) + era * 400 + (civil.month <= 2));
  civil.microsecond = static_cast<int>(rest % 1'000'000);
  const auto seconds = static_cast<int>(rest / 1'000'000);
  civil.hour = seconds / 3600;
  civil.minute = seconds / 60 % 60;
  civil.second = seconds % 60;
  return civil;
}

WallTime FromCivil(const CivilTime& civil) {
  const std::int64_t seconds =
      DaysFromCivil(civil.year, civil.month, civil.day) * 86400 + civil.hour * 3600 + civil.minute * 60 + civil.second;
  return WallTime(std::chrono::seconds(seconds) + std::chrono::microseconds(civil.microsecond));
}

std::string HttpDate(WallTime time) {
  static constexpr const char* kDays[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const CivilTime c = ToCivil(time);
  const std::int64_t day = DaysFromCivil(c.year, c.month, c.day);
  char text[64];
  std::snprintf(text, sizeof text, "%s, %02d %s %04d %02d:%02d:%02d GMT", kDays[((day % 7) + 7) % 7], c.day,
                kMonths[c.month - 1], c.year, c.hour, c.minute, c.second);
  return text;
}

std::string IsoSeconds(WallTime time) {
  const CivilTime c = ToCivil(time);
  char text[48];
  std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d", c.year, c.month, c.day, c.hour, c.minute, c.second);
  return text;
}

}  // namespace internal
}  // namespace testing
FAIRLEAD_NAMESPACE_END
