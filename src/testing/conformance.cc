#include "fairlead/testing/conformance.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "fairlead/models/field_path.h"
#include "src/core/internal/absl_compat.h"
#include "src/testing/internal/conformance_kit.h"
#include "src/testing/internal/json_value.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {

using Result = ConformanceCheck::Result;

namespace {

std::string_view ResultName(Result result) {
  switch (result) {
    case Result::kPassed:
      return "passed";
    case Result::kFailed:
      return "FAILED";
    case Result::kNotApplicable:
      return "not applicable";
  }
  return "?";
}

std::string Line(const ConformanceCheck& check) {
  std::string line = absl::StrCat(fairlead::internal::ToAbsl(ResultName(check.result)), "  ", check.name);
  if (!check.target.empty()) absl::StrAppend(&line, " [", check.target, "]");
  absl::StrAppend(&line, ": ", check.sentence);
  if (!check.detail.empty()) absl::StrAppend(&line, "\n    ", check.detail);
  return line + "\n";
}

}  // namespace

std::int64_t ConformanceReport::Count(Result result) const {
  return std::count_if(checks.begin(), checks.end(),
                       [result](const ConformanceCheck& check) { return check.result == result; });
}

bool ConformanceReport::passed() const { return Count(Result::kFailed) == 0 && Count(Result::kPassed) > 0; }

std::string ConformanceReport::Failures() const {
  std::string text;
  for (const ConformanceCheck& check : checks) {
    if (check.result == Result::kFailed) text += Line(check);
  }
  return text;
}

std::string ConformanceReport::ToText() const {
  std::string text = Failures();
  for (const ConformanceCheck& check : checks) {
    if (check.result != Result::kFailed) text += Line(check);
  }
  absl::StrAppend(&text, subject, ": ", Count(Result::kPassed), " passed, ", Count(Result::kFailed), " failed, ",
                  Count(Result::kNotApplicable), " not applicable\n");
  return text;
}

std::string ConformanceReport::ToJson() const {
  using internal::Json;
  Json list = Json::Array();
  for (const ConformanceCheck& check : checks) {
    Json entry = Json::Object();
    entry.Set("name", check.name);
    entry.Set("target", check.target);
    entry.Set("result", std::string(ResultName(check.result)));
    entry.Set("sentence", check.sentence);
    entry.Set("detail", check.detail);
    list.Push(std::move(entry));
  }
  Json report = Json::Object();
  report.Set("subject", subject);
  report.Set("passed", Count(Result::kPassed));
  report.Set("failed", Count(Result::kFailed));
  report.Set("not_applicable", Count(Result::kNotApplicable));
  report.Set("checks", std::move(list));
  return report.Dump();
}

ConformanceReport RunConformance(ConformanceSubject& subject, const ConformanceOptions& options) {
  return internal::Kit(subject, options).Run();
}

namespace internal {

using fairlead::internal::ToAbsl;

Verdict Pass() { return {}; }
Verdict Fail(std::string detail) { return {Result::kFailed, std::move(detail)}; }
Verdict NotApplicable(std::string reason) { return {Result::kNotApplicable, std::move(reason)}; }

std::string Describe(const absl::Status& status) {
  if (status.ok()) return "success";
  return absl::StrCat(ToAbsl(ErrorKindName(KindOf(status))), ", ", ToAbsl(OutcomeName(OutcomeOf(status))), ": ",
                      status.message());
}

Verdict FromSubject(const absl::Status& status, std::string_view what) {
  if (status.code() == absl::StatusCode::kUnimplemented) return NotApplicable(std::string(status.message()));
  return Fail(absl::StrCat("the subject could not do its part (", ToAbsl(what), "): ", status.ToString()));
}

Verdict FromConnector(const absl::Status& status, std::string_view what) {
  return Fail(absl::StrCat(ToAbsl(what), " answered ", Describe(status)));
}

int Listing::LastPageOf(std::string_view id) const {
  int page = -1;
  for (const Seen& one : seen) {
    if (one.id == id && !one.deleted) page = std::max(page, one.page);
  }
  return page;
}

Kit::Kit(ConformanceSubject& subject, const ConformanceOptions& options)
    : subject_(subject), options_(options), wire_(subject.transport(), options.runtime) {
  report_.subject = subject.name();
}

void Kit::Check(std::string_view name, std::string_view target, std::string_view sentence,
                const std::function<Verdict()>& body) {
  if (!options_.only.empty() &&
      std::none_of(options_.only.begin(), options_.only.end(),
                   [name](const std::string& prefix) { return name.substr(0, prefix.size()) == prefix; })) {
    return;
  }
  wire_.Clear();
  wire_.Reset();
  Verdict verdict = body();
  wire_.Clear();
  ConformanceCheck check{std::string(name), std::string(target), std::string(sentence), verdict.result,
                         std::move(verdict.detail)};
  if (options_.progress) options_.progress(check);
  report_.checks.push_back(std::move(check));
}

ConformanceReport Kit::Run() {
  Check("connector.made", "", "A connector can be made for the system.", [&]() -> Verdict {
    FAIRLEAD_KIT_CONNECTOR(connector_, subject_.Connect(wire_));
    if (connector_ == nullptr) return Fail("no connector was made");
    return Pass();
  });
  if (connector_ == nullptr) {
    // Left out by the filter, or failed: the report says so.
    absl::StatusOr<std::unique_ptr<Connector>> made = subject_.Connect(wire_);
    if (!made.ok() || *made == nullptr) return std::move(report_);
    connector_ = *std::move(made);
  }
  manifest_ = connector_->Describe();
  CheckManifest();
  // A system that is not there, or that does not let us in, would fail every check in the same way.
  const absl::StatusOr<HealthReport> health = connector_->Health(Context());
  if (!health.ok() || !health->credentials_ok) {
    report_.checks.push_back({"system.reachable", "", "The system answers and lets the connector in.", Result::kFailed,
                              absl::StrCat("nothing else was tried: ",
                                           health.ok() ? "the credentials do not work" : Describe(health.status()))});
    return std::move(report_);
  }
  CheckHealth();
  const v1::ConnectorManifest manifest = manifest_->proto();
  for (const v1::EntityCapability& entity : manifest.entities()) {
    CheckReads(entity);
    CheckCursor(entity);
    CheckFullListing(entity);
  }
  CheckAnswers();
  CheckCalls();
  for (const v1::EntityCapability& entity : manifest.entities()) {
    for (const v1::WriteOperation& operation : entity.writes()) CheckWrites(entity, operation);
  }
  for (const v1::EntityCapability& entity : manifest.entities()) {
    for (const v1::WriteOperation& operation : entity.writes()) {
      if (reached_.count(operation.name()) != 0) continue;
      Check("write.reached", operation.name(), "Every declared write is shown to work.",
            [] { return NotApplicable("the subject has no intent for it, and no chain of another one came to it"); });
    }
  }
  CheckWebhooks();
  return std::move(report_);
}

void Kit::CheckManifest() {
  Check("manifest.valid", "", "The manifest is free of contradictions.", [&]() -> Verdict {
    const absl::Status status = manifest_->Validate();
    return status.ok() ? Pass() : Fail(std::string(status.message()));
  });
  Check("manifest.complete", "", "The manifest says what engine and policy have to know.", [&]() -> Verdict {
    std::string missing;
    const auto say = [&missing](const std::string& text) {
      absl::StrAppend(&missing, missing.empty() ? "" : "; ", text);
    };
    const v1::ConnectorManifest& proto = manifest_->proto();
    if (proto.api_version().empty()) say("no API version");
    if (proto.entities().empty()) say("no entity");
    for (const v1::EntityCapability& entity : proto.entities()) {
      const std::string name = v1::EntityKind_Name(entity.entity());
      if (!entity.read_one() && !entity.list_since() && !entity.list_all() && entity.writes().empty() &&
          !entity.subscribe()) {
        say(name + ": can do nothing");
      }
      if (entity.list_since() && entity.cursor() == v1::CURSOR_KIND_TIMESTAMP && entity.overlap().seconds() <= 0 &&
          entity.overlap().nanos() <= 0) {
        say(name + ": a timestamp cursor without overlap loses what was committed late");
      }
      if (entity.subscribe() && proto.webhooks().signature().empty())
        say(name + ": subscribes, and no signature is declared");
      const std::unique_ptr<google::protobuf::Message> message = NewMessage(entity.entity());
      const auto check_path = [&](const std::string& path) {
        if (message == nullptr || path == "*") return;
        const auto parsed = models::FieldPath::Parse(path, *message->GetDescriptor());
        if (!parsed.ok()) say(absl::StrCat(name, ": ", path, ": ", parsed.status().message()));
      };
      for (const std::string& path : entity.reads_fields()) check_path(path);
      for (const std::string& path : entity.lossy_fields()) check_path(path);
      for (const v1::WriteOperation& write : entity.writes()) {
        for (const std::string& path : write.writes_fields()) check_path(path);
        if (write.verb() == v1::WRITE_VERB_UNSPECIFIED) say(write.name() + ": no verb");
        if (write.effect() != v1::EFFECT_CLASS_READ && write.d_max().seconds() <= 0 && write.d_max().nanos() <= 0) {
          say(write.name() + ": no D_max, so nobody knows how long to wait before a look-up");
        }
      }
    }
    return missing.empty() ? Pass() : Fail(missing);
  });
}

void Kit::CheckHealth() {
  Check("health.answers", "", "Health says whose account it is and that the credentials open it.", [&]() -> Verdict {
    FAIRLEAD_KIT_CONNECTOR(const HealthReport health, connector_->Health(Context()));
    if (!health.credentials_ok) return Fail("the credentials are said not to work");
    if (health.account.empty() && health.server_version.empty())
      return Fail("it names neither the account nor the server's version");
    if (wire_.counts().effectful > 0) return Fail("a request with an effect was sent");
    return Pass();
  });
}

}  // namespace internal
}  // namespace testing
FAIRLEAD_NAMESPACE_END
