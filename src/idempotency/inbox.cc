#include "fairlead/idempotency/inbox.h"

#include "fairlead/core/error.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace {

bool IsUnparseable(const absl::Status& status) {
  const auto detail = GetErrorDetail(status);
  if (detail.has_value() && detail->kind != ErrorKind::kUnspecified) return detail->kind == ErrorKind::kUnparseable;
  return status.code() == absl::StatusCode::kInvalidArgument || status.code() == absl::StatusCode::kDataLoss;
}

}  // namespace

Inbox::Inbox(LedgerStore& store, InboxOptions options) : store_(store), options_(options) {}
Inbox::~Inbox() = default;

ReceiveResult Inbox::Receive(const WebhookSource& source, const WebhookDelivery& delivery) {
  ReceiveResult result;
  const Runtime& runtime = store_.runtime();
  auto message = source.Verify(delivery, runtime.clock->WallNow());
  if (!message.ok()) {
    result.http_status = KindOf(message.status()) == ErrorKind::kTooLarge ? 413 : 401;
    runtime.log->Log(LogLevel::kWarning, "inbox", source.name() + ": " + std::string(message.status().message()));
    return result;
  }
  bool stored = false;
  const absl::Status status = store_.GroupCommit([&](LedgerTransaction& tx) -> absl::Status {
    FAIRLEAD_ASSIGN_OR_RETURN(stored, Put(tx, *message));
    return absl::OkStatus();
  });
  if (!status.ok()) {
    // Not acknowledged: the sender comes again.
    runtime.log->Log(LogLevel::kError, "inbox", source.name() + ": not stored: " + std::string(status.message()));
    result.http_status = 503;
    return result;
  }
  result.http_status = 200;
  result.duplicate = !stored;
  result.message_id = message->id;
  return result;
}

absl::StatusOr<bool> Inbox::Put(LedgerTransaction& tx, InboxMessage& message) {
  if (message.source.empty() || message.dedup_key.empty()) {
    return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent, "an inbox message needs its source and dedup_key");
  }
  return tx.InsertInbox(message);
}

void Inbox::On(std::string_view topic, Handler handler) { by_topic_[std::string(topic)] = std::move(handler); }

void Inbox::OnDecoded(Accepts accepts, Handler handler) {
  decoded_.emplace_back(std::move(accepts), std::move(handler));
}

const Inbox::Handler* Inbox::HandlerFor(const InboxMessage& message) const {
  if (const auto found = by_topic_.find(message.topic); found != by_topic_.end()) return &found->second;
  for (const auto& [accepts, handler] : decoded_) {
    if (accepts(message)) return &handler;
  }
  if (const auto any = by_topic_.find("*"); any != by_topic_.end()) return &any->second;
  return nullptr;
}

absl::StatusOr<InboxReport> Inbox::Drain(std::size_t limit) {
  InboxReport report;
  std::int64_t after = 0;
  constexpr std::size_t kPage = 100;
  while (limit > 0) {
    std::vector<InboxMessage> page;
    {
      FAIRLEAD_ASSIGN_OR_RETURN(const auto tx, store_.ReadLedger());
      FAIRLEAD_ASSIGN_OR_RETURN(page, tx->ListInbox(InboxState::kNew, after, std::min(limit, kPage)));
    }
    if (page.empty()) break;
    limit -= page.size();
    for (const InboxMessage& message : page) {
      after = message.id;
      const Handler* const handler = HandlerFor(message);
      if (handler == nullptr) {
        ++report.unhandled;
        continue;
      }
      absl::Status failure;
      {
        FAIRLEAD_ASSIGN_OR_RETURN(const auto tx, store_.BeginLedger());
        failure = (*handler)(message, tx->full());
        if (failure.ok()) failure = tx->SetInboxState(message.id, InboxState::kProcessed, "");
        if (failure.ok()) {
          FAIRLEAD_RETURN_IF_ERROR(tx->Commit());
          ++report.processed;
          continue;
        }
      }
      // The handler's changes are undone; that it failed is kept, in a transaction of its own.
      const bool set_aside = IsUnparseable(failure) || message.attempts + 1 >= options_.max_attempts;
      FAIRLEAD_RETURN_IF_ERROR(store_.GroupCommit([&](LedgerTransaction& tx) {
        return tx.SetInboxState(message.id, set_aside ? InboxState::kUnparseable : InboxState::kNew,
                                std::string(failure.message()));
      }));
      ++(set_aside ? report.unparseable : report.failed);
    }
  }
  return report;
}

absl::StatusOr<std::vector<InboxMessage>> Inbox::List(InboxState state, std::size_t limit) {
  FAIRLEAD_ASSIGN_OR_RETURN(const auto tx, store_.ReadLedger());
  return tx->ListInbox(state, 0, limit);
}

absl::Status Inbox::Reopen(std::int64_t id, std::string_view actor, std::string_view reason) {
  if (actor.empty() || reason.empty()) {
    return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent, "an act of a person needs its actor and its reason");
  }
  return store_.GroupCommit([&](LedgerTransaction& tx) -> absl::Status {
    FAIRLEAD_ASSIGN_OR_RETURN(const auto message, tx.GetInbox(id));
    if (!message.has_value()) {
      return MakeError(ErrorKind::kNotFound, Outcome::kNotSent, "there is no inbox message " + std::to_string(id));
    }
    return tx.SetInboxState(id, InboxState::kNew, "reopened by " + std::string(actor) + ": " + std::string(reason));
  });
}

FAIRLEAD_NAMESPACE_END
