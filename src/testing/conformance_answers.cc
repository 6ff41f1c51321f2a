// Answers that are none: limits, failures, garbage; and calls that must not be made.
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "src/core/internal/absl_compat.h"
#include "src/testing/internal/conformance_kit.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing::internal {
namespace {

using fairlead::internal::ToAbsl;

constexpr char kHtml[] = "<!DOCTYPE html><html><head><title>502</title></head><body>Bad gateway</body></html>";

std::string HttpDate(WallTime when) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(when.time_since_epoch()).count();
  return absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT", absl::FromUnixSeconds(seconds), absl::UTCTimeZone());
}

WireFault Answer(int status, std::string body, std::vector<http::Header> headers, int times) {
  WireFault fault;
  fault.kind = WireFault::Kind::kAnswer;
  fault.effectful_only = false;
  fault.times = times;
  fault.answer.status = status;
  fault.answer.body = std::move(body);
  fault.answer.headers = std::move(headers);
  return fault;
}

/// The same member twice, at the first place where an object begins.
std::string DoubleMember(std::string body) {
  const std::string twice = R"("conformance":1,"conformance":2)";
  const std::size_t brace = body.find('{');
  if (brace == std::string::npos) return "[{" + twice + "}]";
  const std::size_t next = body.find_first_not_of(" \t\r\n", brace + 1);
  const bool empty = next != std::string::npos && body[next] == '}';
  body.insert(brace + 1, empty ? twice : twice + ",");
  return body;
}

struct Garbage {
  const char* name;
  const char* sentence;
  std::string (*spoil)(std::string);
};

constexpr Garbage kGarbage[] = {
    {"bad_input.truncated", "An answer that breaks off half-way is UNPARSEABLE.",
     [](std::string body) { return body.substr(0, body.size() / 2); }},
    {"bad_input.empty", "An empty answer with status 200 is UNPARSEABLE.", [](std::string) { return std::string(); }},
    {"bad_input.html", "A page of HTML with status 200 is UNPARSEABLE.",
     [](std::string) { return std::string(kHtml); }},
    {"bad_input.duplicate_keys", "An object that holds a member twice is UNPARSEABLE.", DoubleMember},
    {"bad_input.deep", "Two hundred nested arrays are UNPARSEABLE.",
     [](std::string) { return std::string(200, '[') + std::string(200, ']'); }},
};

}  // namespace

absl::Status Kit::Probe(Connector& connector, std::size_t* unreadable) {
  for (const v1::EntityCapability& entity : manifest_->proto().entities()) {
    ListRequest request;
    request.entity = entity.entity();
    request.page_size = options_.page_size;
    if (!entity.list_since() && !entity.list_all()) continue;
    const absl::StatusOr<Page> page =
        entity.list_since() ? connector.ListSince(request, Context()) : connector.ListAll(request, Context());
    if (page.ok() && unreadable != nullptr) *unreadable = page->unreadable.size();
    return page.status();
  }
  return connector.Health(Context()).status();
}

absl::StatusOr<std::unique_ptr<Connector>> Kit::Warm() {
  absl::StatusOr<std::unique_ptr<Connector>> connector = subject_.Connect(wire_);
  if (!connector.ok()) return connector.status();
  if (absl::Status status = Probe(**connector); !status.ok()) return status;
  wire_.Reset();
  return connector;
}

void Kit::CheckAnswers() {
  for (const Garbage& garbage : kGarbage) {
    Check(garbage.name, "", garbage.sentence, [&]() -> Verdict {
      FAIRLEAD_KIT_CONNECTOR(const std::unique_ptr<Connector> connector, Warm());
      WireFault fault;
      fault.kind = WireFault::Kind::kSpoilAnswer;
      fault.effectful_only = false;
      fault.times = 1'000'000;
      fault.spoil = garbage.spoil;
      wire_.SetFault(std::move(fault));
      std::size_t unreadable = 0;
      const absl::Status status = Probe(*connector, &unreadable);
      if (wire_.struck() == 0) return NotApplicable("the connector reads nothing through the transport it was given");
      if (status.ok()) return unreadable > 0 ? Pass() : Fail("it was read as if it were fine");
      if (KindOf(status) != ErrorKind::kUnparseable && KindOf(status) != ErrorKind::kTooLarge)
        return FromConnector(status, "reading");
      return Pass();
    });
  }
  struct Limit {
    const char* name;
    const char* sentence;
    bool date;
  };
  for (const Limit& limit :
       {Limit{"rate_limit.seconds", "Status 429 is RATE_LIMITED, with the seconds of Retry-After.", false},
        Limit{"rate_limit.http_date", "Status 429 is RATE_LIMITED, with the date of Retry-After.", true}}) {
    Check(limit.name, "", limit.sentence, [&]() -> Verdict {
      FAIRLEAD_KIT_CONNECTOR(const std::unique_ptr<Connector> connector, Warm());
      const WallTime now = options_.runtime.clock->WallNow();
      std::vector<http::Header> headers = {{"Content-Type", "application/json"}, {"Date", HttpDate(now)}};
      headers.push_back({"Retry-After", limit.date ? HttpDate(now + std::chrono::seconds(7)) : "7"});
      wire_.SetFault(Answer(429, R"({"code":"rate_limited","message":"later"})", std::move(headers), 1'000'000));
      const absl::Status status = Probe(*connector);
      if (wire_.struck() == 0) return NotApplicable("the connector reads nothing through the transport it was given");
      if (status.ok() || KindOf(status) != ErrorKind::kRateLimited) return FromConnector(status, "reading");
      const std::optional<ErrorDetail> detail = GetErrorDetail(status);
      if (!detail.has_value() || !detail->retry_after.has_value()) return Fail("the server's hint is lost");
      if (*detail->retry_after < std::chrono::seconds(6) || *detail->retry_after > std::chrono::seconds(9)) {
        return Fail(absl::StrCat("the server said 7 s, the error says ", detail->retry_after->count(), " ms"));
      }
      if (wire_.struck() > 1) return Fail(absl::StrCat("asked again at once: ", wire_.struck(), " requests"));
      return Pass();
    });
  }
  for (const int code : {500, 502, 503}) {
    Check(absl::StrCat("server_error.", code), "",
          "A failing server is TRANSIENT, and the connector leaves the repetition to the engine.", [&]() -> Verdict {
            FAIRLEAD_KIT_CONNECTOR(const std::unique_ptr<Connector> connector, Warm());
            wire_.SetFault(Answer(code, kHtml, {{"Content-Type", "text/html"}}, 1'000'000));
            const absl::Status status = Probe(*connector);
            if (wire_.struck() == 0)
              return NotApplicable("the connector reads nothing through the transport it was given");
            if (status.ok() || KindOf(status) != ErrorKind::kTransient) return FromConnector(status, "reading");
            if (wire_.struck() > 1) return Fail(absl::StrCat("it repeats by itself: ", wire_.struck(), " requests"));
            return Pass();
          });
  }
  Check("errors.unauthorized", "", "Refused credentials are AUTH, after at most one new log-in.", [&]() -> Verdict {
    FAIRLEAD_KIT_CONNECTOR(const std::unique_ptr<Connector> connector, Warm());
    wire_.SetFault(
        Answer(401, R"({"code":"rest_forbidden","message":"no"})", {{"Content-Type", "application/json"}}, 1'000'000));
    const absl::Status status = Probe(*connector);
    if (wire_.struck() == 0) return NotApplicable("the connector reads nothing through the transport it was given");
    if (status.ok() || KindOf(status) != ErrorKind::kAuth) return FromConnector(status, "reading");
    if (wire_.struck() > 3) return Fail(absl::StrCat("it tries again and again: ", wire_.struck(), " requests"));
    for (const std::string& secret : subject_.Secrets()) {
      if (!secret.empty() && status.message().find(secret) != absl::string_view::npos)
        return Fail("the error holds a secret");
    }
    return Pass();
  });
  Check("errors.connection_lost", "", "A lost connection while reading is TRANSIENT and not repeated by the connector.",
        [&]() -> Verdict {
          FAIRLEAD_KIT_CONNECTOR(const std::unique_ptr<Connector> connector, Warm());
          WireFault fault;
          fault.kind = WireFault::Kind::kLoseRequest;
          fault.effectful_only = false;
          fault.times = 1'000'000;
          wire_.SetFault(std::move(fault));
          const absl::Status status = Probe(*connector);
          if (wire_.struck() == 0)
            return NotApplicable("the connector reads nothing through the transport it was given");
          if (status.ok() || KindOf(status) != ErrorKind::kTransient) return FromConnector(status, "reading");
          return wire_.struck() == 1 ? Pass()
                                     : Fail(absl::StrCat("it repeats by itself: ", wire_.struck(), " requests"));
        });
}

void Kit::CheckCalls() {
  Check("calls.effect_declared", "",
        "Every request says whether a second transmission is harmless; reading says that it is.", [&]() -> Verdict {
          FAIRLEAD_KIT_CONNECTOR(const std::unique_ptr<Connector> connector, subject_.Connect(wire_));
          if (const absl::Status status = Probe(*connector); !status.ok()) return FromConnector(status, "reading");
          const ConformanceWire::Counts counts = wire_.counts();
          if (counts.requests == 0)
            return NotApplicable("the connector reads nothing through the transport it was given");
          if (counts.undeclared > 0) return Fail(absl::StrCat(counts.undeclared, " requests without an effect class"));
          return counts.effectful == 0 ? Pass()
                                       : Fail(absl::StrCat(counts.effectful, " requests with an effect while reading"));
        });
  Check("calls.cancelled", "", "A cancelled call ends as CANCELLED.", [&]() -> Verdict {
    FAIRLEAD_KIT_CONNECTOR(const std::unique_ptr<Connector> connector, Warm());
    CancellationSource source;
    source.Cancel();
    CallContext context = Context();
    context.cancellation = source.token();
    const absl::StatusOr<HealthReport> health = connector->Health(context);
    if (health.ok()) return Fail("it went on as if nothing had been said");
    return KindOf(health.status()) == ErrorKind::kCancelled ? Pass() : FromConnector(health.status(), "Health");
  });
  Check("calls.deadline", "", "A call whose deadline has passed ends as DEADLINE.", [&]() -> Verdict {
    FAIRLEAD_KIT_CONNECTOR(const std::unique_ptr<Connector> connector, Warm());
    CallContext context = Context();
    context.deadline = Deadline::At(options_.runtime.clock->SteadyNow() - std::chrono::seconds(1));
    const absl::StatusOr<HealthReport> health = connector->Health(context);
    if (health.ok()) return Fail("it went on as if there were time");
    return KindOf(health.status()) == ErrorKind::kDeadline ? Pass() : FromConnector(health.status(), "Health");
  });
}

}  // namespace testing::internal
FAIRLEAD_NAMESPACE_END
