// Deliveries: proven, parsed, and never believed further than they reach.
#include <algorithm>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "fairlead/models/digest.h"
#include "fairlead/v1/header.pb.h"
#include "src/testing/internal/conformance_kit.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing::internal {
namespace {

using Secret = WebhookWanted::Secret;

/// What orders two states of one record, as text that compares like the version; empty where there is nothing.
std::string VersionOf(const Record& record) {
  if (record.message == nullptr) return {};
  const google::protobuf::FieldDescriptor* field = record.message->GetDescriptor()->FindFieldByNumber(1);
  if (field == nullptr || field->message_type() != v1::EntityHeader::descriptor()) return {};
  const auto& header =
      static_cast<const v1::EntityHeader&>(record.message->GetReflection()->GetMessage(*record.message, field));
  if (header.source_versions().empty()) return {};
  const v1::SourceVersion& version = header.source_versions(0);
  const auto padded = [](std::uint64_t number) {
    std::string text = absl::StrCat(number);
    return text.insert(0, 20 - std::min<std::size_t>(20, text.size()), '0');
  };
  if (version.has_modified_at())
    return padded(static_cast<std::uint64_t>(version.modified_at().seconds())) +
           padded(static_cast<std::uint64_t>(version.modified_at().nanos()));
  if (version.version_case() == v1::SourceVersion::kNumber) return padded(version.number());
  if (version.version_case() == v1::SourceVersion::kSequence) return padded(version.sequence());
  return {};
}

}  // namespace

void Kit::CheckWebhooks() {
  v1::EntityKind subscribed = v1::ENTITY_KIND_UNSPECIFIED;
  for (const v1::EntityCapability& entity : manifest_->proto().entities()) {
    if (entity.subscribe() && (subscribed == v1::ENTITY_KIND_UNSPECIFIED || entity.entity() == v1::ORDER))
      subscribed = entity.entity();
  }
  if (subscribed == v1::ENTITY_KIND_UNSPECIFIED) return;
  const auto wanted = [](Secret secret) {
    WebhookWanted want;
    want.secret = secret;
    return want;
  };
  Check("webhook.good_signature", "", "A delivery signed with the current secret is accepted and says what changed.",
        [&]() -> Verdict {
          FAIRLEAD_KIT_SUBJECT(const Webhook webhook, subject_.MakeWebhook(wanted(Secret::kCurrent)));
          if (const absl::Status status = connector_->VerifyWebhook(webhook); !status.ok())
            return FromConnector(status, "VerifyWebhook");
          FAIRLEAD_KIT_CONNECTOR(const ParsedWebhook parsed, connector_->ParseWebhook(webhook));
          if (parsed.ping) return Fail("it is taken for a ping");
          return parsed.records.empty() && parsed.read_instead.empty() ? Fail("it names no record") : Pass();
        });
  Check("webhook.previous_secret", "", "During a change of secrets the previous one is still accepted.",
        [&]() -> Verdict {
          FAIRLEAD_KIT_SUBJECT(const Webhook webhook, subject_.MakeWebhook(wanted(Secret::kPrevious)));
          const absl::Status status = connector_->VerifyWebhook(webhook);
          return status.ok() ? Pass() : FromConnector(status, "VerifyWebhook");
        });
  const auto refused = [&](const Webhook& webhook) -> Verdict {
    const absl::Status status = connector_->VerifyWebhook(webhook);
    if (status.ok()) return Fail("it was accepted");
    return KindOf(status) == ErrorKind::kAuth ? Pass() : FromConnector(status, "VerifyWebhook");
  };
  Check("webhook.wrong_secret", "", "A delivery signed by somebody else is refused.", [&]() -> Verdict {
    FAIRLEAD_KIT_SUBJECT(const Webhook webhook, subject_.MakeWebhook(wanted(Secret::kWrong)));
    return refused(webhook);
  });
  Check("webhook.tampered", "", "One changed byte of the body is noticed.", [&]() -> Verdict {
    FAIRLEAD_KIT_SUBJECT(Webhook webhook, subject_.MakeWebhook(wanted(Secret::kCurrent)));
    if (webhook.body.empty()) return Fail("the subject's delivery is empty");
    webhook.body[webhook.body.size() / 2] = static_cast<char>(webhook.body[webhook.body.size() / 2] ^ 1);
    return refused(webhook);
  });
  Check("webhook.unsigned", "", "A delivery without any header is refused.", [&]() -> Verdict {
    FAIRLEAD_KIT_SUBJECT(Webhook webhook, subject_.MakeWebhook(wanted(Secret::kCurrent)));
    webhook.headers.clear();
    return refused(webhook);
  });
  Check("webhook.ping", "", "The test of the address is known as such and names no record.", [&]() -> Verdict {
    WebhookWanted want;
    want.ping = true;
    FAIRLEAD_KIT_SUBJECT(const Webhook webhook, subject_.MakeWebhook(want));
    FAIRLEAD_KIT_CONNECTOR(const ParsedWebhook parsed, connector_->ParseWebhook(webhook));
    return parsed.ping && parsed.records.empty() && parsed.unreadable.empty() ? Pass()
                                                                              : Fail("it is not taken for a ping");
  });
  Check("webhook.duplicate", "", "The same delivery twice says the same twice.", [&]() -> Verdict {
    FAIRLEAD_KIT_SUBJECT(const Webhook webhook, subject_.MakeWebhook(wanted(Secret::kCurrent)));
    FAIRLEAD_KIT_CONNECTOR(const ParsedWebhook first, connector_->ParseWebhook(webhook));
    FAIRLEAD_KIT_CONNECTOR(const ParsedWebhook second, connector_->ParseWebhook(webhook));
    if (first.records.size() != second.records.size()) return Fail("another number of records");
    for (std::size_t i = 0; i < first.records.size(); ++i) {
      const Record& a = first.records[i];
      const Record& b = second.records[i];
      if (a.external_id != b.external_id || a.deleted != b.deleted) return Fail("another record");
      if (a.message != nullptr && b.message != nullptr && models::DigestOf(*a.message) != models::DigestOf(*b.message))
        return Fail("another content");
    }
    return Pass();
  });
  Check("webhook.order_can_be_restored", "",
        "Of two deliveries about one record it can be told which one is newer, or that it has to be read.",
        [&]() -> Verdict {
          FAIRLEAD_KIT_SUBJECT(const std::string id, subject_.Make(subscribed));
          WebhookWanted want;
          want.id = id;
          FAIRLEAD_KIT_SUBJECT(const Webhook older, subject_.MakeWebhook(want));
          if (const absl::Status status = subject_.Change(subscribed, id); !status.ok())
            return FromSubject(status, "Change");
          FAIRLEAD_KIT_SUBJECT(const Webhook newer, subject_.MakeWebhook(want));
          FAIRLEAD_KIT_CONNECTOR(const ParsedWebhook later, connector_->ParseWebhook(newer));
          FAIRLEAD_KIT_CONNECTOR(const ParsedWebhook earlier, connector_->ParseWebhook(older));
          if (later.records.empty()) return later.read_instead.empty() ? Fail("it names no record") : Pass();
          if (earlier.records.empty()) return Fail("only one of the two carries a record");
          if (earlier.records.front().external_id != id || later.records.front().external_id != id)
            return Fail("it is about another record");
          const std::string before = VersionOf(earlier.records.front());
          const std::string after = VersionOf(later.records.front());
          if (before.empty() || after.empty()) return Fail("the record carries no version that orders it");
          // A tie is allowed: the engine then reads the record.
          return before <= after
                     ? Pass()
                     : Fail(absl::StrCat("the newer one carries the older version: ", after, " < ", before));
        });
  Check("webhook.bad_body", "", "A signed body that cannot be read is UNPARSEABLE and kept, not a crash.",
        [&]() -> Verdict {
          for (const std::string& body :
               {std::string("{\"id\": 12"), std::string("<html></html>"), std::string("{\"id\":1,\"id\":2}"),
                std::string(200, '[') + std::string(200, ']'), std::string("null"), std::string("\xff\xfe")}) {
            WebhookWanted want;
            want.use_body = true;
            want.body = body;
            FAIRLEAD_KIT_SUBJECT(const Webhook webhook, subject_.MakeWebhook(want));
            if (const absl::Status status = connector_->VerifyWebhook(webhook); !status.ok())
              return FromConnector(status, "VerifyWebhook");
            const absl::StatusOr<ParsedWebhook> parsed = connector_->ParseWebhook(webhook);
            if (parsed.ok()) {
              if (parsed->unreadable.empty())
                return Fail(absl::StrCat("read as if it were fine: ", body.substr(0, 20)));
            } else if (KindOf(parsed.status()) != ErrorKind::kUnparseable &&
                       KindOf(parsed.status()) != ErrorKind::kTooLarge) {
              return FromConnector(parsed.status(), "ParseWebhook");
            }
          }
          return Pass();
        });
}

}  // namespace testing::internal
FAIRLEAD_NAMESPACE_END
