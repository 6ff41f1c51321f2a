/// Messages from outside: committed, then acknowledged, then handled once.
#ifndef FAIRLEAD_IDEMPOTENCY_INBOX_H_
#define FAIRLEAD_IDEMPOTENCY_INBOX_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fairlead/core/export.h"
#include "fairlead/idempotency/inbox_message.h"
#include "fairlead/idempotency/ledger_store.h"
#include "fairlead/idempotency/webhook_source.h"

FAIRLEAD_NAMESPACE_BEGIN

/// How a message becomes a canonical `Message`. Specialised by rooms that know the models:
///   template <> struct InboxCodec<v1::Order> {
///     static bool Accepts(const InboxMessage&);
///     static absl::StatusOr<std::vector<v1::Order>> Decode(const InboxMessage&);
///   };
template <typename Message>
struct InboxCodec;

struct FAIRLEAD_EXPORT ReceiveResult {
  int http_status = 500;  ///< 200 stored (or stored before), 401 not proven, 413 too long, 503 not stored: come again.
  bool duplicate = false;
  std::int64_t message_id = 0;
};

struct FAIRLEAD_EXPORT InboxReport {
  std::int64_t processed = 0;
  std::int64_t unparseable = 0;  ///< Kept; a person decides.
  std::int64_t failed = 0;       ///< Stay NEW, tried again by the next Drain.
  std::int64_t unhandled = 0;    ///< No handler for their topic; stay NEW.
};

struct FAIRLEAD_EXPORT InboxOptions {
  /// Failures of one message before it is set aside as unparseable (shown, never lost). 5: a transient store error
  /// passes.
  std::uint32_t max_attempts = 5;
};

/// Receive is thread-safe; On must come before Drain; one Drain at a time.
class FAIRLEAD_EXPORT Inbox {
 public:
  /// Handles one message inside the transaction that marks it processed. INVALID_ARGUMENT or DATA_LOSS: unparseable.
  using Handler = std::function<absl::Status(const InboxMessage&, Transaction&)>;

  explicit Inbox(LedgerStore& store, InboxOptions options = {});
  ~Inbox();
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;

  /// Verified, committed, then acknowledged: answer the sender with `http_status`.
  ReceiveResult Receive(const WebhookSource& source, const WebhookDelivery& delivery);
  /// Stores a message that was proven otherwise (a poll, a queue). False: it was there already.
  absl::StatusOr<bool> Put(LedgerTransaction& tx, InboxMessage& message);

  /// `topic` as the source spells it, or "*" for all that have no handler of their own.
  void On(std::string_view topic, Handler handler);
  /// For canonical messages: every message that InboxCodec<Message> accepts.
  template <typename Message>
  void On(std::function<absl::Status(const Message&, Transaction&)> handler) {
    OnDecoded(&InboxCodec<Message>::Accepts, [handler = std::move(handler)](const InboxMessage& raw, Transaction& tx) {
      auto decoded = InboxCodec<Message>::Decode(raw);
      if (!decoded.ok()) return absl::Status(absl::StatusCode::kInvalidArgument, decoded.status().message());
      for (const Message& message : *decoded) {
        if (absl::Status status = handler(message, tx); !status.ok()) return status;
      }
      return absl::OkStatus();
    });
  }

  /// Handles what is NEW, one transaction a message, in the order of arrival.
  absl::StatusOr<InboxReport> Drain(std::size_t limit = 1000);

  /// For people.
  absl::StatusOr<std::vector<InboxMessage>> List(InboxState state, std::size_t limit = 100);
  /// UNPARSEABLE (or PROCESSED) to NEW: handled again, for example after a fix.
  absl::Status Reopen(std::int64_t id, std::string_view actor, std::string_view reason);

 private:
  using Accepts = std::function<bool(const InboxMessage&)>;
  void OnDecoded(Accepts accepts, Handler handler);
  const Handler* HandlerFor(const InboxMessage& message) const;

  LedgerStore& store_;
  InboxOptions options_;
  std::map<std::string, Handler, std::less<>> by_topic_;
  std::vector<std::pair<Accepts, Handler>> decoded_;
};

FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_IDEMPOTENCY_INBOX_H_
