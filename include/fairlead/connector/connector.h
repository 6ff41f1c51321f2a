/// The one interface between Fairlead and another system.
#ifndef FAIRLEAD_CONNECTOR_CONNECTOR_H_
#define FAIRLEAD_CONNECTOR_CONNECTOR_H_

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fairlead/connector/manifest.h"
#include "fairlead/connector/record.h"
#include "fairlead/core/cancellation.h"
#include "fairlead/core/deadline.h"
#include "fairlead/core/effect.h"
#include "fairlead/core/export.h"
#include "fairlead/http/transport.h"
#include "fairlead/v1/header.pb.h"
#include "fairlead/v1/order.pb.h"

FAIRLEAD_NAMESPACE_BEGIN

/// Answers "what is this record called in your system?" from the identity map. Thread-compatible.
class FAIRLEAD_EXPORT RefResolver {
 public:
  virtual ~RefResolver();
  /// The id in the connector's own system of the record that `source` names in another one; nullopt if not linked.
  virtual absl::StatusOr<std::optional<std::string>> IdFor(v1::EntityKind entity, const v1::ExternalRef& source) = 0;
};

/// Bounds of one connector call.
struct FAIRLEAD_EXPORT CallContext {
  Deadline deadline = Deadline::Infinite();
  Cancellation cancellation;
  http::SendGuard* guard =
      nullptr;  ///< Set for Write: to be passed to the transport with the effectful request, and only with it.
  RefResolver* resolver = nullptr;  ///< Set for Prepare; may be null in tests.
};

/// What the engine wants written: a canonical message and an operation from the manifest.
struct FAIRLEAD_EXPORT WriteIntent {
  std::string operation;  ///< "sale.create".
  v1::EntityKind entity = v1::ENTITY_KIND_UNSPECIFIED;
  std::shared_ptr<const google::protobuf::Message> message;  ///< The canonical record; null for some follow-ups.
  std::string aggregate;                                     ///< Ordering key ("order/<canonical id>").
  std::string purpose;    ///< Names why: the same purpose again is the same intent ("create", "stock:12").
  std::string target_id;  ///< Id of the record at the target, where known.
  std::map<std::string, std::string> args;  ///< What a follow-up carries along ("sale_id", "sent_digest").
};

/// The bytes of one effectful request, frozen before the first of them leaves. Authentication is not part of it.
struct FAIRLEAD_EXPORT PreparedWrite {
  std::string operation;
  Effect effect = Effect::kBlind;
  std::string reference;  ///< Our reference inside the request, by which Lookup finds the effect. Empty: none.
  std::string method;     ///< HTTP method, or the protocol's own verb.
  std::string target;     ///< Path or method name. No secrets.
  std::string body;
  std::string memo;  ///< Opaque to the engine; stored with the intent and handed back to Write and Lookup.
  std::chrono::milliseconds d_max{60'000};  ///< As the manifest declares for this operation.
};

/// Prepare's answer: either a request, or why it has to wait, or that nothing is to do.
struct FAIRLEAD_EXPORT Preparation {
  std::optional<PreparedWrite> write;
  std::string
      waiting_for;  ///< Not empty: another record must exist there first ("party web/customer/14"). Tried again later.
  bool nothing_to_do =
      false;  ///< The target holds exactly this already (adopted, or an earlier write). `adopted_id` names it.
  std::string adopted_id;
};

/// A write that the remote answered.
struct FAIRLEAD_EXPORT WriteResult {
  std::string external_id;   ///< Record created or changed at the target.
  std::string object_type;   ///< "sale.sale".
  std::string human_number;  ///< What people there call it.
  std::string response;      ///< For the ledger: replayed to a caller that asks again. No secrets.
  std::vector<WriteIntent>
      follow_ups;  ///< Next links of the chain; enqueued in the transaction that marks this one done.
  /// Set by the operation that reads the document back: the engine records POSTED only from this.
  std::optional<v1::PostingRecord> posting;
  std::vector<MappingFinding> findings;
};

struct FAIRLEAD_EXPORT LookupResult {
  enum class Verdict : std::uint8_t {
    kFound,         ///< Applied: `result` is what Write would have returned.
    kAbsent,        ///< Certainly not applied, provided that no copy is still in the network.
    kInconclusive,  ///< Cannot tell now.
    kAmbiguous,     ///< More than one hit, or a hit with other content: a person decides.
  };
  Verdict verdict = Verdict::kInconclusive;
  std::string evidence;  ///< In words, for the audit trail.
  std::optional<WriteResult> result;
};

struct FAIRLEAD_EXPORT ReadRequest {
  v1::EntityKind entity = v1::ENTITY_KIND_UNSPECIFIED;
  std::string id;
};

struct FAIRLEAD_EXPORT ListRequest {
  v1::EntityKind entity = v1::ENTITY_KIND_UNSPECIFIED;
  std::string cursor;           ///< Empty: from the beginning. Else a next_cursor of an earlier page.
  std::uint32_t page_size = 0;  ///< 0: the connector's own choice.
};

struct FAIRLEAD_EXPORT HealthReport {
  bool credentials_ok = false;
  std::string account;  ///< Shop or company that the credentials open.
  std::string server_version;
  std::vector<MappingFinding> findings;  ///< Missing scopes, disabled subscriptions, API versions near their end.
};

/// A webhook as it arrived. The route, not an unsigned header, says which shop and topic it is for.
struct FAIRLEAD_EXPORT Webhook {
  std::string topic;  ///< From the route ("order.updated").
  std::string body;   ///< Raw bytes.
  std::vector<http::Header> headers;
};

/// What a webhook says.
struct FAIRLEAD_EXPORT ParsedWebhook {
  std::vector<Record> records;            ///< Complete records.
  std::vector<ReadRequest> read_instead;  ///< Only a hint: read these.
  std::vector<UnreadableRecord> unreadable;
  bool ping = false;  ///< Nothing but a test of the address.
};

/// One system. Thread-safe unless a connector says otherwise: the engine calls it from its worker threads.
/// A connector never retries, never sleeps, stores no cursor and deduplicates nothing: those are the engine's.
/// Errors carry ErrorDetail; a connector maps vendor errors to ErrorKind and never guesses an outcome.
class FAIRLEAD_EXPORT Connector {
 public:
  virtual ~Connector();

  virtual Manifest Describe() const = 0;
  /// Cheap; no effect.
  virtual absl::StatusOr<HealthReport> Health(const CallContext& context);
  /// NOT_FOUND if the system says so.
  virtual absl::StatusOr<Record> ReadOne(const ReadRequest& request, const CallContext& context);
  /// Records changed at or after the cursor (with overlap: repeats are expected).
  virtual absl::StatusOr<Page> ListSince(const ListRequest& request, const CallContext& context);
  /// All records, page by page.
  virtual absl::StatusOr<Page> ListAll(const ListRequest& request, const CallContext& context);
  /// Makes the bytes. May read, never writes: this is also the dry run. kMapping if a value has no counterpart there.
  virtual absl::StatusOr<Preparation> Prepare(const WriteIntent& intent, const CallContext& context);
  /// Sends one effectful request. `context.guard` goes to the transport with it.
  virtual absl::StatusOr<WriteResult> Write(const PreparedWrite& write, const CallContext& context);
  /// Looks for the effect of `write` after an unknown outcome. Never writes.
  virtual absl::StatusOr<LookupResult> Lookup(const PreparedWrite& write, const CallContext& context);
  /// Signature over the raw bytes; kAuth if it does not fit.
  virtual absl::Status VerifyWebhook(const Webhook& webhook) const;
  virtual absl::StatusOr<ParsedWebhook> ParseWebhook(const Webhook& webhook) const;
};

FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_CONNECTOR_CONNECTOR_H_
