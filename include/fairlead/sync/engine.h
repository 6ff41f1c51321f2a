/// The engine: reads systems, decides by policy, writes through the ledger. It has no threads and never sleeps; a team
/// steps it, or lets a Runner do so.
#ifndef FAIRLEAD_SYNC_ENGINE_H_
#define FAIRLEAD_SYNC_ENGINE_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fairlead/connector/connector.h"
#include "fairlead/core/export.h"
#include "fairlead/core/runtime.h"
#include "fairlead/idempotency/inbox.h"
#include "fairlead/idempotency/ledger.h"
#include "fairlead/policy/compiled_policy.h"
#include "fairlead/store/store.h"
#include "fairlead/sync/options.h"
#include "fairlead/sync/views.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace sync {

/// A connector under the name that the policy gives its system. Borrowed; must outlive the engine.
struct FAIRLEAD_EXPORT SystemBinding {
  std::string id;  ///< "web".
  Connector* connector = nullptr;
};

struct FAIRLEAD_EXPORT IngestReport {
  std::int64_t records = 0;
  std::int64_t changed = 0;     ///< New, or of other content than the mirror held.
  std::int64_t echoes = 0;      ///< Changes that are our own writes coming back.
  std::int64_t stale = 0;       ///< Older than what the mirror holds: recorded, not applied.
  std::int64_t unreadable = 0;  ///< Kept with their bytes and a finding.
  std::int64_t intents = 0;     ///< Writes decided.
  std::int64_t held = 0;        ///< Decisions that wait for a person.
  bool last = true;             ///< Nothing more to read now.

  IngestReport& operator+=(const IngestReport& other);
};

struct FAIRLEAD_EXPORT DeliverReport {
  std::int64_t claimed = 0;
  std::int64_t done = 0;
  std::int64_t retried = 0;
  std::int64_t waiting = 0;  ///< Another record must exist first.
  std::int64_t unknown = 0;  ///< The answer was lost: to be looked up.
  std::int64_t held = 0;     ///< Parked, rejected or dead.

  DeliverReport& operator+=(const DeliverReport& other);
};

struct FAIRLEAD_EXPORT StepReport {
  IngestReport ingest;
  DeliverReport deliver;
  /// When something is due next; nullopt: nothing waits but polling.
  std::optional<std::chrono::nanoseconds> next_due;
};

/// Thread-safe: several threads may deliver while one ingests.
class FAIRLEAD_EXPORT Engine {
 public:
  /// Refuses a policy that names a system without binding, and options that are not safe (see EngineOptions).
  static absl::StatusOr<std::unique_ptr<Engine>> Create(Store& store, std::vector<SystemBinding> systems,
                                                        std::shared_ptr<const policy::CompiledPolicy> policy,
                                                        EngineOptions options, Runtime runtime = Runtime::System());
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Call once after Create: releases the leases of a dead predecessor at once.
  absl::StatusOr<RecoverReport> Recover();

  // --- In.

  /// Reads the next page of one entity of one system; mirror, decisions, intents and cursor commit together.
  absl::StatusOr<IngestReport> Poll(std::string_view system, v1::EntityKind entity);
  /// Polls every entity that any system can list until each says that nothing more is there. One system's error does
  /// not stop the others: the first error is returned after all were tried.
  absl::StatusOr<IngestReport> PollAll();
  /// Verifies and stores a webhook; answer the sender with `http_status`.
  ReceiveResult Receive(std::string_view system, const Webhook& webhook);
  /// Handles stored webhooks.
  absl::StatusOr<IngestReport> DrainInbox(std::size_t limit = 200);

  // --- Out.

  /// Claims due writes and sends each once.
  absl::StatusOr<DeliverReport> Deliver(std::size_t limit = 32);
  /// Looks for the effects of writes whose answer was lost, where their waiting time is over; takes over what a stuck
  /// worker held for longer than its lease.
  absl::StatusOr<DeliverReport> Verify(std::size_t limit = 32);

  /// DrainInbox, Verify and Deliver once.
  absl::StatusOr<StepReport> Step();

  // --- People.

  /// Stops "engine", "connector:erp" or "operation:sale.create" until Resume.
  absl::Status Pause(std::string_view scope, const HumanAct& act);
  absl::Status Resume(std::string_view scope, const HumanAct& act);
  /// Everything that waits for a person: parked orders of the gate, parked, dead and rejected writes.
  absl::StatusOr<std::vector<HeldItem>> Held();
  /// An order by canonical id, id at a system, or number: its revisions, postings and what waits for what.
  absl::StatusOr<OrderView> ShowOrder(std::string_view id);
  Progress progress() const;

  Ledger& ledger();
  Store& store();
  const policy::CompiledPolicy& policy() const;
  const EngineOptions& options() const;

  /// The connector bound to a system; nullptr if there is none.
  Connector* FindConnector(std::string_view system) const;
  const Runtime& runtime() const;
  /// What is sold of `sku` and not known to `owner` when its stock is read at `as_of`: one entry an order.
  std::vector<policy::InFlight> InFlight(std::string_view owner, std::string_view sku, WallTime as_of) const;
  /// Units in orders that the storefront has sold and `target` does not know yet, by SKU. Decimal text.
  absl::StatusOr<std::vector<InFlightUnits>> UnpostedUnits(std::string_view target);

 private:
  struct Impl;
  explicit Engine(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sync
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SYNC_ENGINE_H_
