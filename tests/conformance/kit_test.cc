// The kit sees what it is for: connectors that are wrong in one way each fail the check that looks for it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "fairlead/core/error.h"
#include "fairlead/testing/conformance.h"
#include "fairlead/testing/sandbox_woo.h"
#include "tests/conformance/woo_subject.h"

namespace fairlead::conformance {
namespace {

using testing::ConformanceCheck;
using ::testing::Contains;
using ::testing::IsEmpty;

// The real connector, spoilt in one place.
class Spoilt : public Connector {
 public:
  explicit Spoilt(std::unique_ptr<Connector> real) : real_(std::move(real)) {}
  Manifest Describe() const override { return real_->Describe(); }
  absl::StatusOr<HealthReport> Health(const CallContext& context) override { return real_->Health(context); }
  absl::StatusOr<Record> ReadOne(const ReadRequest& request, const CallContext& context) override {
    return real_->ReadOne(request, context);
  }
  absl::StatusOr<Page> ListSince(const ListRequest& request, const CallContext& context) override {
    return real_->ListSince(request, context);
  }
  absl::StatusOr<Page> ListAll(const ListRequest& request, const CallContext& context) override {
    return real_->ListAll(request, context);
  }
  absl::StatusOr<Preparation> Prepare(const WriteIntent& intent, const CallContext& context) override {
    return real_->Prepare(intent, context);
  }
  absl::StatusOr<WriteResult> Write(const PreparedWrite& write, const CallContext& context) override {
    return real_->Write(write, context);
  }
  absl::StatusOr<LookupResult> Lookup(const PreparedWrite& write, const CallContext& context) override {
    return real_->Lookup(write, context);
  }
  absl::Status VerifyWebhook(const Webhook& webhook) const override { return real_->VerifyWebhook(webhook); }
  absl::StatusOr<ParsedWebhook> ParseWebhook(const Webhook& webhook) const override {
    return real_->ParseWebhook(webhook);
  }

 protected:
  std::unique_ptr<Connector> real_;
};

using Spoil = std::function<std::unique_ptr<Connector>(std::unique_ptr<Connector>)>;

class SpoiltSubject final : public WooSubject {
 public:
  SpoiltSubject(testing::SandboxWoo& store, Spoil spoil)
      : WooSubject("spoilt", store.url(), store.consumer_key(), store.consumer_secret()), spoil_(std::move(spoil)) {}
  absl::StatusOr<std::unique_ptr<Connector>> Connect(http::Transport& transport) override {
    absl::StatusOr<std::unique_ptr<Connector>> real = WooSubject::Connect(transport);
    if (!real.ok()) return real;
    return spoil_(*std::move(real));
  }

 private:
  Spoil spoil_;
};

template <typename Mutant>
std::set<std::string> Failed(const std::vector<std::string>& only) {
  auto store = testing::SandboxWoo::Start();
  EXPECT_TRUE(store.ok()) << store.status();
  SpoiltSubject subject(**store,
                        [](std::unique_ptr<Connector> real) { return std::make_unique<Mutant>(std::move(real)); });
  testing::ConformanceOptions options;
  options.only = only;
  std::set<std::string> failed;
  for (const ConformanceCheck& check : testing::RunConformance(subject, options).checks) {
    if (check.result == ConformanceCheck::Result::kFailed) failed.insert(check.name);
  }
  return failed;
}

struct Faithful : Spoilt {
  using Spoilt::Spoilt;
};
TEST(ConformanceKit, PassesAFaithfulConnector) {
  EXPECT_THAT(Failed<Faithful>({"manifest.", "health.", "rate_limit.", "webhook."}), IsEmpty());
}

struct ForgetsTheGuard : Spoilt {
  using Spoilt::Spoilt;
  absl::StatusOr<WriteResult> Write(const PreparedWrite& write, const CallContext& context) override {
    CallContext without = context;
    without.guard = nullptr;
    return real_->Write(write, without);
  }
};
TEST(ConformanceKit, SeesAConnectorThatForgetsTheGuard) {
  const auto failed = Failed<ForgetsTheGuard>({"write.sends_once", "write.guard_is_obeyed"});
  EXPECT_THAT(failed, Contains("write.sends_once"));
  EXPECT_THAT(failed, Contains("write.guard_is_obeyed"));
}

struct LooksBadly : Spoilt {
  using Spoilt::Spoilt;
  absl::StatusOr<LookupResult> Lookup(const PreparedWrite&, const CallContext&) override {
    LookupResult result;
    result.verdict = LookupResult::Verdict::kAbsent;
    return result;
  }
};
TEST(ConformanceKit, SeesALookupThatFindsNothing) {
  EXPECT_THAT(Failed<LooksBadly>({"write.lost_answer"}), Contains("write.lost_answer"));
}

struct GuessesTheOutcome : Spoilt {
  using Spoilt::Spoilt;
  absl::StatusOr<WriteResult> Write(const PreparedWrite& write, const CallContext& context) override {
    auto result = real_->Write(write, context);
    if (result.ok() || OutcomeOf(result.status()) != Outcome::kUnknown) return result;
    return MakeError(ErrorKind::kTransient, Outcome::kNotSent, "lost");
  }
};
TEST(ConformanceKit, SeesAnOutcomeThatIsGuessed) {
  const auto failed = Failed<GuessesTheOutcome>({"write.lost_answer", "write.lost_request", "write.gateway_timeout"});
  EXPECT_THAT(failed, Contains("write.lost_answer"));
  EXPECT_THAT(failed, Contains("write.gateway_timeout"));
}

struct WritesWhilePreparing : Spoilt {
  using Spoilt::Spoilt;
  absl::StatusOr<Preparation> Prepare(const WriteIntent& intent, const CallContext& context) override {
    auto preparation = real_->Prepare(intent, context);
    if (preparation.ok() && preparation->write.has_value()) (void)real_->Write(*preparation->write, context);
    return preparation;
  }
};
TEST(ConformanceKit, SeesADryRunThatWrites) {
  EXPECT_THAT(Failed<WritesWhilePreparing>({"write.dry_run"}), Contains("write.dry_run"));
}

struct DropsARecord : Spoilt {
  using Spoilt::Spoilt;
  static absl::StatusOr<Page> Drop(absl::StatusOr<Page> page) {
    if (page.ok() && page->records.size() > 1) page->records.pop_back();
    return page;
  }
  absl::StatusOr<Page> ListSince(const ListRequest& request, const CallContext& context) override {
    return Drop(real_->ListSince(request, context));
  }
  absl::StatusOr<Page> ListAll(const ListRequest& request, const CallContext& context) override {
    return Drop(real_->ListAll(request, context));
  }
};
TEST(ConformanceKit, SeesAListingThatDropsRecords) {
  const auto failed = Failed<DropsARecord>({"list_since.nothing_lost", "list_all.complete"});
  EXPECT_THAT(failed, Contains("list_since.nothing_lost_under_writes"));
  EXPECT_THAT(failed, Contains("list_all.complete"));
}

struct NeverComplete : Spoilt {
  using Spoilt::Spoilt;
  absl::StatusOr<Page> ListAll(const ListRequest& request, const CallContext& context) override {
    auto page = real_->ListAll(request, context);
    if (page.ok()) page->complete = true;
    return page;
  }
};
TEST(ConformanceKit, SeesACompletenessThatIsClaimedOnEveryPage) {
  EXPECT_THAT(Failed<NeverComplete>({"list_all.complete"}), Contains("list_all.complete"));
}

struct RepeatsByItself : Spoilt {
  using Spoilt::Spoilt;
  absl::StatusOr<Page> ListSince(const ListRequest& request, const CallContext& context) override {
    auto page = real_->ListSince(request, context);
    return page.ok() ? std::move(page) : real_->ListSince(request, context);
  }
};
TEST(ConformanceKit, SeesAConnectorThatRetries) {
  const auto failed = Failed<RepeatsByItself>({"server_error.", "errors.connection_lost", "rate_limit."});
  EXPECT_THAT(failed, Contains("server_error.503"));
  EXPECT_THAT(failed, Contains("errors.connection_lost"));
  EXPECT_THAT(failed, Contains("rate_limit.seconds"));
}

struct LockedOut : Spoilt {
  using Spoilt::Spoilt;
  absl::StatusOr<HealthReport> Health(const CallContext&) override {
    return MakeError(ErrorKind::kAuth, Outcome::kRejected, "the key was revoked");
  }
};
TEST(ConformanceKit, StopsWithOneSentenceWhereTheSystemDoesNotLetItIn) {
  EXPECT_THAT(Failed<LockedOut>({}), ::testing::ElementsAre("system.reachable"));
}

struct BelievesEverybody : Spoilt {
  using Spoilt::Spoilt;
  absl::Status VerifyWebhook(const Webhook&) const override { return absl::OkStatus(); }
};
TEST(ConformanceKit, SeesAWebhookThatIsBelieved) {
  const auto failed = Failed<BelievesEverybody>({"webhook."});
  for (const char* name : {"webhook.wrong_secret", "webhook.tampered", "webhook.unsigned"})
    EXPECT_THAT(failed, Contains(name));
}

struct SaysEmptyForMissing : Spoilt {
  using Spoilt::Spoilt;
  absl::StatusOr<Record> ReadOne(const ReadRequest& request, const CallContext& context) override {
    auto record = real_->ReadOne(request, context);
    if (record.ok()) return record;
    Record none;
    none.entity = request.entity;
    none.external_id = request.id;
    none.message = NewMessage(request.entity);
    return none;
  }
};
TEST(ConformanceKit, SeesAnEmptyRecordInThePlaceOfNotFound) {
  EXPECT_THAT(Failed<SaysEmptyForMissing>({"read_one."}), Contains("read_one.missing_is_not_found"));
}

struct Undeclared : Spoilt {
  using Spoilt::Spoilt;
  Manifest Describe() const override {
    Manifest manifest = real_->Describe();
    for (v1::EntityCapability& entity : *manifest.proto().mutable_entities()) {
      entity.clear_overlap();
      for (v1::WriteOperation& write : *entity.mutable_writes()) write.set_effect(v1::EFFECT_CLASS_ABSOLUTE);
    }
    return manifest;
  }
};
TEST(ConformanceKit, SeesAManifestThatPromisesTooMuch) {
  const auto failed = Failed<Undeclared>({"manifest.", "write.declared"});
  EXPECT_THAT(failed, Contains("manifest.complete"));
  EXPECT_THAT(failed, Contains("write.declared"));
}

TEST(ConformanceReport, SaysWhatFailedFirstAndIsJson) {
  testing::ConformanceReport report;
  report.subject = "shop";
  report.checks = {{"a.passes", "", "It passes.", ConformanceCheck::Result::kPassed, ""},
                   {"b.fails", "ORDER", "It fails.", ConformanceCheck::Result::kFailed, "because \"so\""},
                   {"c.absent", "", "It is not there.", ConformanceCheck::Result::kNotApplicable, "no webhooks"}};
  EXPECT_FALSE(report.passed());
  EXPECT_EQ(report.ToText().find("FAILED  b.fails [ORDER]"), 0u);
  const Json json = Json::Parse(report.ToJson());
  EXPECT_EQ(json["failed"].integer(), 1);
  EXPECT_EQ(json["checks"].items()[1]["detail"].text(), "because \"so\"");
  report.checks.erase(report.checks.begin() + 1);
  EXPECT_TRUE(report.passed());
  report.checks.clear();
  EXPECT_FALSE(report.passed()) << "nothing was shown";
}

}  // namespace
}  // namespace fairlead::conformance
