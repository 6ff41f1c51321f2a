// What the parts of the engine share.
#ifndef FAIRLEAD_SRC_SYNC_INTERNAL_ENGINE_IMPL_H_
#define FAIRLEAD_SRC_SYNC_INTERNAL_ENGINE_IMPL_H_

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "fairlead/retry/budget.h"
#include "fairlead/retry/retry.h"
#include "fairlead/sync/engine.h"
#include "fairlead/v1/inventory.pb.h"
#include "fairlead/v1/order.pb.h"
#include "fairlead/v1/party.pb.h"
#include "fairlead/v1/shipment.pb.h"
#include "src/sync/internal/codec.h"
#include "src/sync/internal/identity.h"
#include "src/sync/internal/unposted.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace sync {

struct Engine::Impl {
  struct System {
    std::string id;
    Connector* connector = nullptr;
    Manifest manifest{"", ""};
  };

  Impl(Store& store_in, std::vector<SystemBinding> bindings, std::shared_ptr<const policy::CompiledPolicy> policy_in,
       EngineOptions options_in, Runtime runtime_in);

  // --- ingest.cc
  // One change as it came in. `authoritative` is a read of ours; a webhook's content is only a claim about the record.
  struct Incoming {
    const System& system;
    std::string origin;
    WallTime as_of;  // Nothing later than this can be in it.
    bool authoritative = true;
    IngestReport& report;
    std::vector<ReadRequest>* read_instead = nullptr;
  };
  absl::Status IngestRecord(Transaction& tx, Incoming& incoming, Record& record);
  absl::Status IngestUnreadable(Transaction& tx, Incoming& incoming, v1::EntityKind entity,
                                const UnreadableRecord& record);
  absl::StatusOr<IngestReport> IngestPage(const System& system, v1::EntityKind entity, Page& page, WallTime as_of);
  absl::StatusOr<IngestReport> ReadAndIngest(const System& system, const std::vector<ReadRequest>& requests,
                                             std::string_view origin);
  absl::Status HandleInboxMessage(const System& system, const InboxMessage& message, IngestReport& report);

  // Calls a read of a connector as often as the retry options allow: repeats of a read are harmless, and a listing of
  // many pages would otherwise seldom come to its end on a bad day.
  template <typename Call>
  auto Reading(std::string_view what, const System& system, const Call& call) {
    RetryPolicy policy_of_reads;
    policy_of_reads.options = options.retry;
    policy_of_reads.runtime = runtime;
    policy_of_reads.budget = read_budgets.For(system.id, options.tenant);
    policy_of_reads.operation = std::string(what);
    policy_of_reads.system = system.id;
    return Retry(policy_of_reads, Effect::kRead, Deadline::After(*runtime.clock, options.request_timeout * 2),
                 [&](const Try&) {
                   CallContext context;
                   context.deadline = Deadline::After(*runtime.clock, options.request_timeout);
                   return call(context);
                 });
  }

  // --- decide.cc
  // `content` carries id and revision already.
  absl::Status Decide(Transaction& tx, const System& source, v1::EntityKind entity, const std::string& external_id,
                      const std::string& canonical_id, const google::protobuf::Message& content, IngestReport& report);
  absl::Status DecideOrder(Transaction& tx, const System& source, const std::string& external_id,
                           const std::string& canonical_id, const v1::Order& order, IngestReport& report);
  absl::Status DecideParty(Transaction& tx, const System& source, const std::string& external_id,
                           const std::string& canonical_id, const v1::Party& party, IngestReport& report);
  absl::Status DecideShipment(Transaction& tx, const System& source, const std::string& external_id,
                              const std::string& canonical_id, const v1::Shipment& shipment, IngestReport& report);
  absl::Status EnsureParty(Transaction& tx, const System& target, const std::string& source_system,
                           const std::string& external_id, const std::string& canonical_id, IngestReport& report);
  // Once per SKU after the records of a transaction are in, so that a page of levels makes one decision per SKU.
  absl::Status DecideStock(Transaction& tx, const std::set<std::string>& skus, IngestReport& report);
  // All mirrored records again: after a change of policy or mode.
  absl::Status DecideAgain();

  struct Proposal {
    explicit Proposal(const System& system) : target(system) {}
    const System& target;
    internal::Payload payload;
    v1::WriteVerb verb = v1::WRITE_VERB_UNSPECIFIED;
    std::string rule;
    std::string owner;
    std::string runbook;
    std::string money_at_risk;
    std::string reference;
    std::string coalesce_field;
    std::int32_t priority = 100;
  };
  // Turns a decision into an intent as the mode allows, and records it.
  absl::Status Emit(Transaction& tx, Proposal proposal, const std::string& canonical_id, IngestReport& report);
  absl::Status RecordDecision(Transaction& tx, std::string_view kind, std::string_view canonical_id,
                              std::string_view rule, std::string_view verdict, internal::Fields data,
                              std::int64_t intent_id);
  absl::Status RecordFinding(Transaction& tx, std::string_view rule, std::string_view entity,
                             std::string_view finding_class, internal::Fields data);
  IntentRequest RequestFor(const System& target, const internal::Payload& payload,
                           const v1::WriteOperation& write) const;

  // --- deliver.cc
  absl::Status DeliverOne(const System& target, Intent& intent, DeliverReport& report);
  absl::Status VerifyOne(const System& target, Intent& intent, DeliverReport& report);
  // Puts back what a stuck worker still holds after its lease.
  absl::Status TakeOver();
  absl::StatusOr<internal::Payload> LoadPayload(const Intent& intent);
  absl::Status FinishWithoutSending(Intent& intent, const System& target, const internal::Payload& payload,
                                    const Preparation& preparation, DeliverReport& report);
  // `sent` is the operation that was really sent: a connector may put a prerequisite first.
  absl::Status ApplyResult(Transaction& tx, const System& target, const Intent& intent,
                           const internal::Payload& payload, const std::string& sent, const WriteResult& result);
  Completion MakeCompletion(const System& target, const Intent& intent, const internal::Payload& payload,
                            const WriteResult& result);
  FailureDecision Judge(const Intent& intent, const absl::Status& error, bool sent);

  const System* Find(std::string_view id) const;
  const System* FindOwner(v1::EntityKind entity) const;
  std::string Hash() const;
  WallTime Wall() const { return runtime.clock->WallNow(); }
  void Report();

  Store& store;
  EngineOptions options;
  Runtime runtime;
  std::shared_ptr<const policy::CompiledPolicy> policy;
  std::vector<System> systems;
  Ledger ledger;
  internal::UnpostedIndex unposted;
  RetryBudgets read_budgets;
  std::atomic<std::int64_t> looked_for_stuck{0};
  std::atomic<std::int64_t> read{0};
  std::atomic<std::int64_t> changed{0};
  std::atomic<std::int64_t> written{0};
  std::atomic<std::int64_t> waiting{0};
  std::atomic<std::int64_t> held{0};
};

}  // namespace sync
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_SYNC_INTERNAL_ENGINE_IMPL_H_
