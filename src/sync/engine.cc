#include "fairlead/sync/engine.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "src/core/internal/absl_compat.h"
#include "src/sync/internal/engine_impl.h"
#include "src/sync/internal/rules.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace sync {

using ::fairlead::internal::ToAbsl;

namespace {

LedgerOptions LedgerOptionsFor(const EngineOptions& options) {
  LedgerOptions ledger;
  ledger.lease = options.lease;
  ledger.max_writes_per_hour = options.max_writes_per_hour;
  return ledger;
}

}  // namespace

std::string_view ModeName(Mode mode) {
  switch (mode) {
    case Mode::kObserve:
      return "observe";
    case Mode::kPropose:
      return "propose";
    case Mode::kEnforce:
      return "enforce";
  }
  return "invalid";
}

absl::Status EngineOptions::Validate() const {
  std::string faults;
  const auto fault = [&](const char* text) { absl::StrAppend(&faults, faults.empty() ? "" : "; ", text); };
  if (tenant.empty()) fault("tenant is empty");
  if (mode != Mode::kObserve && !adopt_before.has_value()) {
    fault(
        "adopt_before is not set: say from which moment on orders are this engine's to post, or start in observe mode");
  }
  if (max_writes_per_hour < 0) fault("max_writes_per_hour is negative");
  if (page_size == 0 || page_size > 1000) fault("page_size is not in 1..1000");
  if (request_timeout.count() <= 0) fault("request_timeout is not positive");
  if (lease <= request_timeout)
    fault("lease is not longer than request_timeout: a write could be taken over while it is on its way");
  if (dependency_delay.count() <= 0) fault("dependency_delay is not positive");
  if (const absl::Status status = retry.Validate(); !status.ok()) fault(std::string(status.message()).c_str());
  if (faults.empty()) return absl::OkStatus();
  return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent, absl::StrCat("engine options: ", faults));
}

Engine::Impl::Impl(Store& store_in, std::vector<SystemBinding> bindings,
                   std::shared_ptr<const policy::CompiledPolicy> policy_in, EngineOptions options_in,
                   Runtime runtime_in)
    : store(store_in),
      options(std::move(options_in)),
      runtime(runtime_in),
      policy(std::move(policy_in)),
      ledger(store_in, LedgerOptionsFor(options)) {
  for (const SystemBinding& binding : bindings)
    systems.push_back({binding.id, binding.connector, binding.connector->Describe()});
}

Engine::Engine(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Engine::~Engine() = default;

const Engine::Impl::System* Engine::Impl::Find(std::string_view id) const {
  const auto found =
      std::find_if(systems.begin(), systems.end(), [&](const System& system) { return system.id == id; });
  return found == systems.end() ? nullptr : &*found;
}

std::string Engine::Impl::Hash() const { return std::string(policy->hash()); }

void Engine::Impl::Report() {
  if (options.progress) options.progress({read.load(), changed.load(), written.load(), waiting.load(), held.load()});
}

absl::StatusOr<std::unique_ptr<Engine>> Engine::Create(Store& store, std::vector<SystemBinding> systems,
                                                       std::shared_ptr<const policy::CompiledPolicy> policy,
                                                       EngineOptions options, Runtime runtime) {
  FAIRLEAD_RETURN_IF_ERROR(options.Validate());
  if (policy == nullptr)
    return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent, "the engine needs a compiled policy");
  for (const SystemBinding& binding : systems) {
    if (binding.connector == nullptr) {
      return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent,
                       absl::StrCat("system '", binding.id, "' has no connector"));
    }
    FAIRLEAD_RETURN_IF_ERROR(
        Annotate(binding.connector->Describe().Validate(), absl::StrCat("manifest of ", binding.id)));
  }
  for (const v1::PolicySystem& system : policy->bundle().systems()) {
    if (std::none_of(systems.begin(), systems.end(), [&](const SystemBinding& b) { return b.id == system.id(); })) {
      return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent,
                       absl::StrCat("the policy names system '", system.id(), "', but no connector is bound to it"));
    }
  }
  auto impl = std::make_unique<Impl>(store, std::move(systems), std::move(policy), std::move(options), runtime);
  FAIRLEAD_RETURN_IF_ERROR(impl->DecideAgain());
  return std::unique_ptr<Engine>(new Engine(std::move(impl)));
}

// Rebuilds what is kept in memory and, where policy or mode are not those of the last run, decides every mirrored
// record again: a record that was only observed would otherwise never be written.
absl::Status Engine::Impl::DecideAgain() {
  const std::string name = absl::StrCat("sync/decided/", options.tenant);
  const std::string current = absl::StrCat(Hash(), "/", ToAbsl(ModeName(options.mode)));
  bool again = false;
  {
    auto tx = store.Read();
    if (!tx.ok()) return tx.status();
    auto last = (*tx)->GetMeta(name);
    if (!last.ok()) return last.status();
    again = last->has_value() && **last != current;
  }
  const std::vector<std::string> targets = policy->PostingTargets();
  for (const System& system : systems) {
    for (const v1::EntityKind entity : {v1::PARTY, v1::ORDER, v1::SHIPMENT, v1::INVENTORY_LEVEL}) {
      std::string after;
      while (true) {
        // Writing transactions only where there is something to decide; bounded by the size of the mirror.
        auto tx = again ? store.Begin() : store.Read();
        if (!tx.ok()) return tx.status();
        auto rows = (*tx)->ScanMirror(options.tenant, system.id, internal::KindName(entity), after, 200);
        if (!rows.ok()) return rows.status();
        if (rows->empty()) break;
        after = rows->back().ref.external_id;
        IngestReport report;
        std::set<std::string> skus;
        for (const MirrorRow& row : *rows) {
          if (row.deleted) continue;
          auto message = NewMessage(entity);
          if (message == nullptr || !message->ParseFromString(row.content)) continue;
          if (entity == v1::ORDER) {
            const auto& order = static_cast<const v1::Order&>(*message);
            auto postings = (*tx)->ListPostings(options.tenant, row.canonical_id);
            if (!postings.ok()) return postings.status();
            for (const std::string& target : targets) {
              const auto posting = std::find_if(postings->begin(), postings->end(),
                                                [&](const PostingRow& p) { return p.system == target; });
              const bool verified = posting != postings->end() && posting->verified_at != WallTime{};
              const bool adopted =
                  posting != postings->end() && internal::FromJsonObject(posting->data)["adopted"] == "1";
              const bool old = options.adopt_before.has_value() && order.has_placed_at() &&
                               order.placed_at().seconds() < std::chrono::duration_cast<std::chrono::seconds>(
                                                                 options.adopt_before->time_since_epoch())
                                                                 .count();
              if (target == system.id || adopted || old) continue;
              if (internal::AskGate(*policy, target, order).kind == internal::GateAnswer::Kind::kNotEligible &&
                  posting == postings->end())
                continue;
              unposted.Add(target, row.canonical_id, order);
              if (verified) unposted.Settle(target, row.canonical_id, posting->verified_at);
            }
          }
          if (entity == v1::INVENTORY_LEVEL) {
            const auto& level = static_cast<const v1::InventoryLevel&>(*message);
            skus.insert(level.sku());
            if (!level.sku().empty()) unposted.LevelRead(system.id, level.sku(), row.observed_at);
          }
          if (again) {
            FAIRLEAD_RETURN_IF_ERROR(
                Decide(**tx, system, entity, row.ref.external_id, row.canonical_id, *message, report));
          }
        }
        if (again) {
          skus.erase("");
          FAIRLEAD_RETURN_IF_ERROR(DecideStock(**tx, skus, report));
          FAIRLEAD_RETURN_IF_ERROR((*tx)->Commit());
        }
      }
    }
  }
  std::string names;
  for (const System& system : systems) absl::StrAppend(&names, system.id, "\n");
  return store.Write([&](Transaction& tx) -> absl::Status {
    FAIRLEAD_RETURN_IF_ERROR(tx.PutMeta("sync/systems", names));
    auto tenants = tx.GetMeta("sync/tenants");
    if (!tenants.ok()) return tenants.status();
    const std::string line = options.tenant + "\n";
    if (const std::string all = "\n" + tenants->value_or(""); all.find("\n" + line) == std::string::npos)
      FAIRLEAD_RETURN_IF_ERROR(tx.PutMeta("sync/tenants", tenants->value_or("") + line));
    return tx.PutMeta(name, current);
  });
}

absl::StatusOr<RecoverReport> Engine::Recover() { return impl_->ledger.ReleaseAbandoned(); }

absl::StatusOr<StepReport> Engine::Step() {
  StepReport report;
  auto ingest = DrainInbox();
  if (!ingest.ok()) return ingest.status();
  report.ingest = *ingest;
  auto verify = Verify();
  if (!verify.ok()) return verify.status();
  report.deliver = *verify;
  auto deliver = Deliver();
  if (!deliver.ok()) return deliver.status();
  report.deliver += *deliver;
  auto due = impl_->ledger.NextDue();
  if (!due.ok()) return due.status();
  report.next_due = *due;
  return report;
}

absl::Status Engine::Pause(std::string_view scope, const HumanAct& act) { return impl_->ledger.PauseScope(scope, act); }
absl::Status Engine::Resume(std::string_view scope, const HumanAct& act) { return impl_->ledger.Resume(scope, act); }
absl::StatusOr<std::vector<HeldItem>> Engine::Held() { return ListHeld(impl_->store, impl_->options.tenant); }
absl::StatusOr<OrderView> Engine::ShowOrder(std::string_view id) {
  return sync::ShowOrder(impl_->store, impl_->options.tenant, id);
}

Progress Engine::progress() const {
  return {impl_->read.load(), impl_->changed.load(), impl_->written.load(), impl_->waiting.load(), impl_->held.load()};
}

Ledger& Engine::ledger() { return impl_->ledger; }
Store& Engine::store() { return impl_->store; }
const policy::CompiledPolicy& Engine::policy() const { return *impl_->policy; }
const EngineOptions& Engine::options() const { return impl_->options; }

Connector* Engine::FindConnector(std::string_view system) const {
  const Impl::System* found = impl_->Find(system);
  return found == nullptr ? nullptr : found->connector;
}
const Runtime& Engine::runtime() const { return impl_->runtime; }
std::vector<policy::InFlight> Engine::InFlight(std::string_view owner, std::string_view sku, WallTime as_of) const {
  return impl_->unposted.InFlight(std::string(owner), std::string(sku), as_of);
}

absl::StatusOr<std::vector<InFlightUnits>> Engine::UnpostedUnits(std::string_view target) {
  if (impl_->Find(target) == nullptr) {
    return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent,
                     absl::StrCat("no system '", ToAbsl(target), "' is bound to this engine"));
  }
  return impl_->unposted.All(std::string(target));
}

}  // namespace sync
FAIRLEAD_NAMESPACE_END
