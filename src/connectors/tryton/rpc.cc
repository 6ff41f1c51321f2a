#include "src/connectors/tryton/internal/rpc.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "src/connectors/tryton/internal/errors.h"
#include "src/core/internal/absl_compat.h"
#include "src/core/internal/retry_after.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace tryton {
namespace {

using internal::ToAbsl;

// Every call has the same id: frozen bytes do not depend on what was sent before, and HTTP pairs the answers.
constexpr std::int64_t kCallId = 1;

// After a 429 on log-in that names no time.
constexpr std::chrono::seconds kLimitedPause{2};

std::string WithoutSlash(std::string url) {
  while (!url.empty() && url.back() == '/') url.pop_back();
  return url;
}

absl::Status WithOutcome(const absl::Status& status, Outcome outcome) {
  ErrorDetail detail = GetErrorDetail(status).value_or(ErrorDetail{});
  if (detail.kind == ErrorKind::kUnspecified) detail.kind = KindOf(status);
  detail.outcome = outcome;
  return WithErrorDetail(status, detail);
}

/// A read has no effect, whatever became of it: the caller's own request has not left.
absl::Status NothingSent(const absl::Status& status) {
  return status.ok() || OutcomeOf(status) == Outcome::kRejected ? status : WithOutcome(status, Outcome::kNotSent);
}

/// The preferences as the context of later calls. A company of the options replaces the user's.
std::string MakeContext(const json::Value& preferences, std::optional<std::int64_t> company) {
  json::Writer out;
  out.BeginObject();
  for (const json::Value::Member& member : preferences.Members()) {
    if (member.key == "company" && company.has_value()) continue;
    out.Key(member.key).Raw(member.value.raw());
  }
  if (company.has_value()) out.Member("company", *company);
  out.EndObject();
  return out.Take();
}

}  // namespace

std::string Body(std::string_view method, std::string_view params, std::string_view context, std::string_view extra) {
  std::string body =
      absl::StrCat("{\"id\":", kCallId, ",\"method\":\"", ToAbsl(method), "\",\"params\":[", ToAbsl(params));
  if (!params.empty() && !context.empty()) body += ',';
  if (!context.empty() && !extra.empty()) {
    // Insert into the object: "{…" + "," + extra + "}".
    body.append(context.substr(0, context.size() - 1));
    if (context.size() > 2) body += ',';
    absl::StrAppend(&body, ToAbsl(extra), "}");
  } else {
    body.append(context);
  }
  body += "]}";
  return body;
}

Rpc::Rpc(const TrytonOptions& options, http::Transport& transport, Runtime runtime)
    : options_(options), transport_(transport), runtime_(runtime) {
  root_url_ = WithoutSlash(options.base_url) + "/";
  database_url_ = absl::StrCat(root_url_, options.database, "/");
}

absl::StatusOr<Answer> Rpc::Exchange(std::string_view method, const std::string& url, const std::string& body,
                                     const Exchanging& how, const CallContext& context) {
  const Effect effect = how.effect;
  http::Request request;
  request.method = "POST";
  request.url = url;
  request.headers = {{"Content-Type", "application/json"}, {"Accept", "application/json"}};
  if (how.session != nullptr) request.secret_headers.emplace_back("Authorization", how.session->authorization);
  request.body = body;
  http::CallOptions options;
  options.deadline = Min(context.deadline, Deadline::After(*runtime_.clock, options_.request_timeout));
  options.cancellation = context.cancellation;
  options.effect = effect;
  if (how.guarded) options.guard = context.guard;
  FAIRLEAD_ASSIGN_OR_RETURN(http::Response response, transport_.Send(request, options));
  if (response.status != 200) return FromHttp(response, method, effect);

  // Whatever cannot be read was answered to a request that the server has seen: its effect is not known.
  const Outcome unreadable = effect == Effect::kRead ? Outcome::kRejected : Outcome::kUnknown;
  json::Limits limits;
  limits.max_bytes = options_.max_answer_bytes;
  absl::StatusOr<json::Document> document = how.page ? json::Document::ParsePage(std::move(response.body), limits)
                                                     : json::Document::Parse(std::move(response.body), limits);
  if (!document.ok()) {
    return Fail(KindOf(document.status()), unreadable, method,
                absl::StrCat("the answer cannot be read: ", document.status().message()));
  }
  Answer answer;
  if (const auto date = http::FindHeader(response.headers, "Date"); date.has_value()) {
    const std::optional<WallTime> when = internal::ParseHttpDate(*date);
    if (when.has_value()) answer.server_time = when->time_since_epoch().count() / 1000;
  }
  answer.document = std::make_unique<json::Document>(*std::move(document));
  const json::Value root = answer.document->root();
  if (root["id"].AsInt64() != kCallId) {
    return Fail(ErrorKind::kUnparseable, unreadable, method, "the answer belongs to another call");
  }
  if (root["error"].present()) return FromError(root["error"], method, effect);
  answer.result = root["result"];
  if (!answer.result.present()) return Fail(ErrorKind::kUnparseable, unreadable, method, "the answer has no result");
  return answer;
}

absl::StatusOr<std::shared_ptr<const Session>> Rpc::LogIn(const CallContext& context) {
  if (const auto left = no_login_before_ - runtime_.clock->SteadyNow(); !refused_.ok() && left.count() > 0) {
    ErrorDetail detail = GetErrorDetail(refused_).value_or(ErrorDetail{});
    detail.retry_after = std::chrono::ceil<std::chrono::milliseconds>(left);
    return WithErrorDetail(refused_, detail);
  }
  FAIRLEAD_ASSIGN_OR_RETURN(const Secret password, options_.password());
  json::Writer params;
  params.String(options_.user);
  std::string text = params.Take();
  json::Writer factors;
  factors.BeginObject().Member("password", password.Reveal()).EndObject();
  absl::StrAppend(&text, ",", factors.text());

  absl::StatusOr<Answer> answer =
      Exchange("common.db.login", database_url_, Body("common.db.login", text, {}, {}), {}, context);
  if (!answer.ok()) {
    const ErrorKind kind = KindOf(answer.status());
    if (kind == ErrorKind::kAuth || kind == ErrorKind::kRateLimited) {
      // Another try with a wrong password brings the account nearer to its lock. One that was not looked at, because
      // the server or a proxy counts too many requests, does not: a short wait is enough.
      std::chrono::nanoseconds pause = options_.login_pause;
      if (kind == ErrorKind::kRateLimited) pause = std::min<std::chrono::nanoseconds>(pause, kLimitedPause);
      const std::optional<ErrorDetail> detail = GetErrorDetail(answer.status());
      if (detail.has_value() && detail->retry_after.has_value())
        pause = std::max<std::chrono::nanoseconds>(pause, *detail->retry_after);
      no_login_before_ = runtime_.clock->SteadyNow() + pause;
      refused_ = Annotate(answer.status(), absl::StrCat("log-in of '", options_.user, "'"));
      return refused_;
    }
    return answer.status();
  }
  refused_ = absl::OkStatus();
  auto session = std::make_shared<Session>();
  const std::optional<std::int64_t> user_id = answer->result.At(0).AsInt64();
  const std::string_view token = answer->result.At(1).text();
  if (!user_id.has_value() || token.empty()) {
    return Fail(ErrorKind::kUnparseable, Outcome::kRejected, "common.db.login", "the log-in answers no session");
  }
  session->user_id = *user_id;
  session->authorization = Secret(
      absl::StrCat("Session ", absl::Base64Escape(absl::StrCat(options_.user, ":", *user_id, ":", ToAbsl(token)))));

  constexpr std::string_view kPreferences = "model.res.user.get_preferences";
  FAIRLEAD_ASSIGN_OR_RETURN(
      const Answer preferences,
      Exchange(kPreferences, database_url_, Body(kPreferences, "true", "{}", {}), Exchanging{session.get()}, context));
  if (!preferences.result.is_object()) {
    return Fail(ErrorKind::kUnparseable, Outcome::kRejected, kPreferences, "the user's preferences are not an object");
  }
  session->context = MakeContext(preferences.result, options_.company);
  session->company = options_.company.value_or(ReadId(preferences.result["company"]));
  session->company_name = std::string(preferences.result["company.rec_name"].text());
  session->number = ++logins_;
  return std::shared_ptr<const Session>(std::move(session));
}

absl::StatusOr<std::shared_ptr<const Session>> Rpc::Open(const CallContext& context) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (session_ == nullptr) {
    absl::StatusOr<std::shared_ptr<const Session>> session = LogIn(context);
    if (!session.ok()) return WithOutcome(session.status(), Outcome::kNotSent);
    session_ = *std::move(session);
  }
  return session_;
}

absl::StatusOr<std::shared_ptr<const Session>> Rpc::Renew(std::uint64_t stale, const CallContext& context) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (session_ == nullptr || session_->number <= stale) {
    session_ = nullptr;
    absl::StatusOr<std::shared_ptr<const Session>> session = LogIn(context);
    if (!session.ok()) return WithOutcome(session.status(), Outcome::kRejected);
    session_ = *std::move(session);
  }
  return session_;
}

absl::StatusOr<Answer> Rpc::ReadAs(bool page, std::string_view method, std::string_view params,
                                   const CallContext& context, std::string_view extra) {
  FAIRLEAD_ASSIGN_OR_RETURN(std::shared_ptr<const Session> session, Open(context));
  Exchanging how;
  how.page = page;
  how.session = session.get();
  absl::StatusOr<Answer> answer =
      Exchange(method, database_url_, Body(method, params, session->context, extra), how, context);
  const std::optional<ErrorDetail> detail = GetErrorDetail(answer.status());
  if (detail.has_value() && detail->http_status == 401) {
    FAIRLEAD_ASSIGN_OR_RETURN(session, Renew(session->number, context));
    how.session = session.get();
    answer = Exchange(method, database_url_, Body(method, params, session->context, extra), how, context);
  }
  if (!answer.ok()) return NothingSent(answer.status());
  return answer;
}

absl::StatusOr<Answer> Rpc::Read(std::string_view method, std::string_view params, const CallContext& context,
                                 std::string_view extra) {
  return ReadAs(false, method, params, context, extra);
}

absl::StatusOr<Answer> Rpc::ReadPage(std::string_view method, std::string_view params, const CallContext& context,
                                     std::string_view extra) {
  return ReadAs(true, method, params, context, extra);
}

absl::StatusOr<std::string> Rpc::Freeze(std::string_view method, std::string_view params, const CallContext& context,
                                        std::string_view extra) {
  FAIRLEAD_ASSIGN_OR_RETURN(const std::shared_ptr<const Session> session, Open(context));
  return Body(method, params, session->context, extra);
}

absl::StatusOr<Answer> Rpc::Send(std::string_view method, const std::string& body, Effect effect,
                                 const CallContext& context) {
  FAIRLEAD_ASSIGN_OR_RETURN(const std::shared_ptr<const Session> session, Open(context));
  absl::StatusOr<Answer> answer =
      Exchange(method, database_url_, body, Exchanging{session.get(), effect, true}, context);
  const std::optional<ErrorDetail> detail = GetErrorDetail(answer.status());
  if (!detail.has_value() || detail->http_status != 401) return answer;
  // Refused before it was looked at. The attempt's one transmission is spent, so the repetition is the engine's.
  FAIRLEAD_RETURN_IF_ERROR(Renew(session->number, context).status());
  ErrorDetail expired = *detail;
  expired.kind = ErrorKind::kTransient;
  expired.outcome = Outcome::kRejected;
  return MakeError(CodeFor(ErrorKind::kTransient), "the session had ended; logged in anew, send again", expired);
}

absl::StatusOr<Answer> Rpc::Root(std::string_view method, std::string_view params, const CallContext& context) {
  absl::StatusOr<Answer> answer = Exchange(method, root_url_, Body(method, params, {}, {}), {}, context);
  if (!answer.ok()) return NothingSent(answer.status());
  return answer;
}

}  // namespace tryton
FAIRLEAD_NAMESPACE_END
