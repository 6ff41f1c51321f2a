// From a changed record to writes: who owns what, which gate holds, what waits for a person.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "fairlead/models/money.h"
#include "src/core/internal/absl_compat.h"
#include "src/sync/internal/engine_impl.h"
#include "src/sync/internal/rules.h"
#include "src/sync/internal/text.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace sync {

using ::fairlead::internal::ToAbsl;
using internal::Fields;
using internal::KindName;
using internal::Payload;

namespace {

std::string ShortHash(const std::string& text) { return Sha256(text).ToHex().substr(0, 16); }

constexpr std::string_view kGateRule = "posting-gate/";

}  // namespace

absl::Status Engine::Impl::RecordDecision(Transaction& tx, std::string_view kind, std::string_view canonical_id,
                                          std::string_view rule, std::string_view verdict, Fields data,
                                          std::int64_t intent_id) {
  DecisionRow row;
  row.tenant = options.tenant;
  row.kind = std::string(kind);
  row.canonical_id = std::string(canonical_id);
  row.rule = std::string(rule);
  row.verdict = std::string(verdict);
  row.bundle_hash = Hash();
  row.data = internal::ToJsonObject(data);
  row.intent_id = intent_id;
  row.at = Wall();
  return tx.AppendDecision(row).status();
}

absl::Status Engine::Impl::RecordFinding(Transaction& tx, std::string_view rule, std::string_view entity,
                                         std::string_view finding_class, Fields data) {
  FindingRow row;
  row.tenant = options.tenant;
  row.rule = std::string(rule);
  row.entity = std::string(entity);
  row.finding_class = std::string(finding_class);
  row.data = internal::ToJsonObject(data);
  row.first_seen = Wall();
  row.last_seen = row.first_seen;
  return tx.RecordFinding(row);
}

IntentRequest Engine::Impl::RequestFor(const System& target, const Payload& payload,
                                       const v1::WriteOperation& write) const {
  IntentRequest request(FromProto(write.effect()));
  request.tenant = options.tenant;
  request.connector = target.id;
  request.operation = payload.write.operation;
  request.aggregate = payload.write.aggregate;
  request.purpose = payload.write.purpose;
  request.body = internal::EncodePayload(payload);
  // What the intent means is its name; its content is the record's newest at the time of the first send.
  request.semantic =
      absl::StrCat(request.operation, "\n", request.aggregate, "\n", request.purpose, "\n", payload.write.target_id);
  request.coalesce = write.state_like() ? Coalesce::kState : Coalesce::kEvent;
  request.coalesce_field = write.state_like() ? payload.write.operation : "";
  request.timeout = options.request_timeout;
  request.settle = std::chrono::milliseconds(write.d_max().seconds() * 1000 + write.d_max().nanos() / 1'000'000);
  request.retention = std::chrono::milliseconds(write.key_retention().seconds() * 1000);
  request.owner = options.default_owner;
  request.runbook = options.default_runbook;
  return request;
}

absl::Status Engine::Impl::Emit(Transaction& tx, Proposal proposal, const std::string& canonical_id,
                                IngestReport& report) {
  const std::string kind = KindName(proposal.payload.write.entity);
  const v1::WriteOperation* write = proposal.target.manifest.FindWrite(proposal.payload.write.operation);
  if (write == nullptr) {
    return MakeError(ErrorKind::kInternal, Outcome::kNotSent,
                     absl::StrCat(proposal.target.id, " has no write ", proposal.payload.write.operation));
  }
  const Fields data = {{"operation", proposal.payload.write.operation},
                       {"target", proposal.target.id},
                       {"aggregate", proposal.payload.write.aggregate},
                       {"purpose", proposal.payload.write.purpose}};
  if (options.mode == Mode::kObserve) {
    return RecordDecision(tx, kind, canonical_id, proposal.rule, "would_write", data, 0);
  }
  IntentRequest request = RequestFor(proposal.target, proposal.payload, *write);
  if (!proposal.owner.empty()) request.owner = proposal.owner;
  if (!proposal.runbook.empty()) request.runbook = proposal.runbook;
  request.money_at_risk = proposal.money_at_risk;
  request.reference = proposal.reference;
  request.priority = proposal.priority;
  if (options.mode == Mode::kPropose) {
    request.park_reason = "proposed";
    request.park_detail = "the engine proposes this write; redrive it to send, cancel it to refuse";
  }
  auto enqueued = ledger.Enqueue(tx, request);
  if (!enqueued.ok()) return enqueued.status();
  if (enqueued->existed) return absl::OkStatus();
  ++report.intents;
  if (options.mode == Mode::kPropose) ++report.held;
  return RecordDecision(tx, kind, canonical_id, proposal.rule, options.mode == Mode::kPropose ? "proposed" : "write",
                        data, enqueued->id);
}

absl::Status Engine::Impl::Decide(Transaction& tx, const System& source, v1::EntityKind entity,
                                  const std::string& external_id, const std::string& canonical_id,
                                  const google::protobuf::Message& content, IngestReport& report) {
  switch (entity) {
    case v1::ORDER:
      return DecideOrder(tx, source, external_id, canonical_id, static_cast<const v1::Order&>(content), report);
    case v1::PARTY:
      return DecideParty(tx, source, external_id, canonical_id, static_cast<const v1::Party&>(content), report);
    case v1::SHIPMENT:
      return DecideShipment(tx, source, external_id, canonical_id, static_cast<const v1::Shipment&>(content), report);
    // Stock is decided per SKU once the whole page is in (DecideStock); the others are mirrored for those who read
    // them.
    default:
      return absl::OkStatus();
  }
}

absl::Status Engine::Impl::EnsureParty(Transaction& tx, const System& target, const std::string& source_system,
                                       const std::string& external_id, const std::string& canonical_id,
                                       IngestReport& report) {
  const v1::WriteOperation* create = target.manifest.FindWrite(v1::PARTY, v1::WRITE_VERB_CREATE);
  if (create == nullptr) create = target.manifest.FindWrite(v1::PARTY, v1::WRITE_VERB_UPSERT);
  if (create == nullptr) return absl::OkStatus();
  auto linked = internal::IdsAt(tx, options.tenant, "party", canonical_id, target.id);
  if (!linked.ok()) return linked.status();
  if (!linked->empty()) return absl::OkStatus();
  Proposal proposal(target);
  proposal.payload.write.operation = create->name();
  proposal.payload.write.entity = v1::PARTY;
  proposal.payload.write.aggregate = absl::StrCat("party/", canonical_id);
  proposal.payload.write.purpose = "create";
  proposal.payload.source = {source_system, external_id};
  proposal.rule = "party";
  proposal.priority = 50;  // Before the orders that wait for it.
  if (const auto rule = internal::AskRule(*policy, v1::PARTY, "display_name", ""); rule.has_value()) {
    proposal.rule = rule->id;
    proposal.owner = rule->team;
    proposal.runbook = rule->runbook;
  }
  return Emit(tx, std::move(proposal), canonical_id, report);
}

absl::Status Engine::Impl::DecideOrder(Transaction& tx, const System& source, const std::string& external_id,
                                       const std::string& canonical_id, const v1::Order& order, IngestReport& report) {
  // A document that this order was posted as is about it: it is mirrored for those who compare, and has no history of
  // its own.
  auto documents = tx.ListPostings(options.tenant, canonical_id);
  if (!documents.ok()) return documents.status();
  const bool is_document = std::any_of(documents->begin(), documents->end(), [&](const PostingRow& row) {
    return row.system == source.id && row.document_ref == external_id;
  });
  if (is_document) return absl::OkStatus();

  // The history that a source does not keep: each content is a revision.
  {
    v1::OrderRevision revision;
    revision.set_order_id(canonical_id);
    revision.set_number(order.header().revision());
    revision.set_kind(order.header().revision() <= 1 ? v1::OrderRevision::KIND_PLACE
                                                     : v1::OrderRevision::KIND_OBSERVED);
    revision.set_actor(source.id);
    revision.set_base_number(order.header().revision() - 1);
    *revision.mutable_snapshot() = order;
    MirrorRow row;
    row.ref = {options.tenant, source.id, "order_revision", absl::StrCat(external_id, "#", order.header().revision())};
    row.canonical_id = canonical_id;
    row.content = revision.SerializeAsString();
    row.content_hash = order.header().content_hash();
    row.observed_at = Wall();
    FAIRLEAD_RETURN_IF_ERROR(tx.PutMirror(row));
  }

  for (const std::string& target_id : policy->PostingTargets()) {
    if (target_id == source.id) continue;
    const System* target = Find(target_id);
    const v1::WriteOperation* create =
        target == nullptr ? nullptr : target->manifest.FindWrite(v1::ORDER, v1::WRITE_VERB_CREATE);
    if (create == nullptr) continue;
    const std::string gate_rule = absl::StrCat(ToAbsl(kGateRule), target_id);
    const std::string entity = absl::StrCat("order/", canonical_id);

    const auto posted = std::find_if(documents->begin(), documents->end(),
                                     [&](const PostingRow& row) { return row.system == target_id; });
    if (posted != documents->end()) {
      // What the target knows is what was sent. A later change of content is visible until somebody has dealt with it.
      const Fields data = internal::FromJsonObject(posted->data);
      const auto sent = data.find("order_hash");
      if (sent != data.end() && sent->second != ShortHash(order.header().content_hash())) {
        const internal::GateAnswer gate = internal::AskGate(*policy, target_id, order);
        FAIRLEAD_RETURN_IF_ERROR(RecordFinding(
            tx, absl::StrCat("amend/", target_id), entity, "DRIFT",
            {{"label", order.order_number()},
             {"reason", "changed_after_posting"},
             {"operation", create->name()},
             {"target", target_id},
             {"detail", absl::StrCat("order ", order.order_number(), " changed at its source after it was posted as ",
                                     posted->document_ref, ": compare both and amend ", target_id,
                                     " by hand, or credit and post again")},
             {"owner", gate.owner},
             {"runbook", "order-changed-after-posting"},
             {"money", internal::GrandTotalText(order)}}));
        ++report.held;
      }
      continue;
    }

    const internal::GateAnswer gate = internal::AskGate(*policy, target_id, order);
    if (gate.kind == internal::GateAnswer::Kind::kNotEligible) {
      unposted.Remove(target_id, canonical_id);
      FAIRLEAD_RETURN_IF_ERROR(tx.CloseFinding(options.tenant, gate_rule, entity).status());
      FAIRLEAD_RETURN_IF_ERROR(RecordDecision(tx, "order", canonical_id, gate_rule, "not_eligible",
                                              {{"reason", gate.reason}, {"detail", gate.detail}}, 0));
      continue;
    }
    const bool adopt =
        options.adopt_before.has_value() && order.has_placed_at() &&
        order.placed_at().seconds() <
            std::chrono::duration_cast<std::chrono::seconds>(options.adopt_before->time_since_epoch()).count();
    if (!adopt) unposted.Add(target_id, canonical_id, order);
    if (gate.kind == internal::GateAnswer::Kind::kPark && !adopt) {
      ++report.held;
      FAIRLEAD_RETURN_IF_ERROR(RecordFinding(tx, gate_rule, entity, "PARKED",
                                             {{"label", order.order_number()},
                                              {"reason", gate.reason},
                                              {"detail", gate.detail},
                                              {"operation", create->name()},
                                              {"target", target_id},
                                              {"owner", gate.owner},
                                              {"runbook", gate.runbook},
                                              {"money", internal::GrandTotalText(order)}}));
      FAIRLEAD_RETURN_IF_ERROR(RecordDecision(tx, "order", canonical_id, gate_rule, "park",
                                              {{"reason", gate.reason}, {"detail", gate.detail}}, 0));
      continue;
    }
    FAIRLEAD_RETURN_IF_ERROR(tx.CloseFinding(options.tenant, gate_rule, entity).status());

    // A guest becomes a party of the storefront under an id that its next order finds again. An account is a record of
    // its own, read like any other: the order waits for it.
    if (order.buyer().party().id().empty() && !adopt) {
      const std::string guest_id = internal::GuestId(order, external_id);
      auto party = internal::CanonicalId(tx, options.tenant, source.id, "party", guest_id);
      if (!party.ok()) return party.status();
      const ::fairlead::ExternalRef ref{options.tenant, source.id, "party", guest_id};
      auto known = tx.GetMirrorHead(ref);
      if (!known.ok()) return known.status();
      if (!known->has_value()) {
        MirrorRow row;
        row.ref = ref;
        row.canonical_id = *party;
        v1::Party message = internal::GuestParty(order, source.id, guest_id);
        message.mutable_header()->set_id(*party);
        message.mutable_header()->set_revision(1);
        row.content = message.SerializeAsString();
        row.observed_at = Wall();
        FAIRLEAD_RETURN_IF_ERROR(tx.PutMirror(row));
      }
      FAIRLEAD_RETURN_IF_ERROR(EnsureParty(tx, *target, source.id, guest_id, *party, report));
    }

    Proposal proposal(*target);
    proposal.payload.write.operation = create->name();
    proposal.payload.write.entity = v1::ORDER;
    proposal.payload.write.aggregate = entity;
    proposal.payload.write.purpose = adopt ? "adopt" : "create";
    proposal.payload.write.args["residual_limit"] = gate.residual_limit;
    proposal.payload.source = {source.id, external_id};
    proposal.payload.adopt_only = adopt;
    proposal.rule = gate_rule;
    proposal.owner = gate.owner;
    proposal.runbook = gate.runbook;
    proposal.money_at_risk = internal::GrandTotalText(order);
    FAIRLEAD_RETURN_IF_ERROR(Emit(tx, std::move(proposal), canonical_id, report));
  }
  return absl::OkStatus();
}

absl::Status Engine::Impl::DecideParty(Transaction& tx, const System& source, const std::string& external_id,
                                       const std::string& canonical_id, const v1::Party&, IngestReport& report) {
  const auto rule = internal::AskRule(*policy, v1::PARTY, "display_name", "");
  if (!rule.has_value() || !rule->writes || rule->owner != source.id) return absl::OkStatus();
  for (const System& target : systems) {
    if (target.id == source.id) continue;
    FAIRLEAD_RETURN_IF_ERROR(EnsureParty(tx, target, source.id, external_id, canonical_id, report));
  }
  return absl::OkStatus();
}

absl::Status Engine::Impl::DecideShipment(Transaction& tx, const System& source, const std::string& external_id,
                                          const std::string& canonical_id, const v1::Shipment& shipment,
                                          IngestReport& report) {
  if (shipment.direction() == v1::Shipment::DIRECTION_RETURN) return absl::OkStatus();
  if (shipment.status() != v1::Shipment::STATUS_SHIPPED && shipment.status() != v1::Shipment::STATUS_DELIVERED)
    return absl::OkStatus();
  const auto rule = internal::AskRule(*policy, v1::SHIPMENT, "packages[*].tracking_number", shipment.from_location());
  if (!rule.has_value() || !rule->writes || rule->owner != source.id) return absl::OkStatus();

  std::string order_id;
  for (const v1::ExternalRef& ref : shipment.orders()) {
    auto known = tx.FindCanonicalId({options.tenant, source.id, "order", ref.id()});
    if (!known.ok()) return known.status();
    if (known->has_value()) order_id = **known;
  }
  if (order_id.empty() && !shipment.order_reference().empty()) {
    auto known = tx.FindCanonicalId({options.tenant, source.id, "order_reference", shipment.order_reference()});
    if (!known.ok()) return known.status();
    if (known->has_value()) order_id = **known;
  }
  const std::string finding = absl::StrCat("shipment/", canonical_id);
  if (order_id.empty()) {
    if (shipment.order_reference().empty()) {
      return RecordDecision(tx, "shipment", canonical_id, rule->id, "ignore",
                            {{"detail", "no storefront order is named"}}, 0);
    }
    return RecordFinding(tx, "shipment-without-order", finding, "MISSING_LEFT",
                         {{"label", shipment.number()},
                          {"reason", "unknown_order"},
                          {"detail", absl::StrCat("shipment ", shipment.number(), " of ", source.id, " names order ",
                                                  shipment.order_reference(), ", which no storefront showed us")},
                          {"owner", rule->team},
                          {"runbook", rule->runbook}});
  }
  FAIRLEAD_RETURN_IF_ERROR(tx.CloseFinding(options.tenant, "shipment-without-order", finding).status());

  for (const System& target : systems) {
    if (target.id == source.id) continue;
    const v1::WriteOperation* write = target.manifest.FindWrite(v1::SHIPMENT, v1::WRITE_VERB_UPSERT);
    if (write == nullptr) continue;
    auto order_ids = internal::IdsAt(tx, options.tenant, "order", order_id, target.id);
    if (!order_ids.ok()) return order_ids.status();
    for (const std::string& target_order : *order_ids) {
      Proposal proposal(target);
      proposal.payload.write.operation = write->name();
      proposal.payload.write.entity = v1::SHIPMENT;
      proposal.payload.write.aggregate = absl::StrCat("shipment/", canonical_id);
      proposal.payload.write.purpose = absl::StrCat("tracking:", ShortHash(shipment.header().content_hash()));
      proposal.payload.write.target_id = target_order;
      proposal.payload.source = {source.id, external_id};
      proposal.rule = rule->id;
      proposal.owner = rule->team;
      proposal.runbook = rule->runbook;
      FAIRLEAD_RETURN_IF_ERROR(Emit(tx, std::move(proposal), order_id, report));
    }
  }
  return absl::OkStatus();
}

absl::Status Engine::Impl::DecideStock(Transaction& tx, const std::set<std::string>& skus, IngestReport& report) {
  for (const std::string& sku : skus) {
    auto rows = tx.MirrorsOf(options.tenant, "inventory_level", internal::StockId(options.tenant, sku));
    if (!rows.ok()) return rows.status();

    struct Side {
      std::vector<v1::InventoryLevel> levels;
      std::string versions;
      std::string external_id;
      WallTime observed_at{};
    };
    std::map<std::string, Side> sides;
    std::optional<internal::RuleAnswer> rule;
    for (const MirrorRow& row : *rows) {
      v1::InventoryLevel level;
      if (row.deleted || !level.ParseFromString(row.content)) continue;
      const auto scoped = internal::AskRule(*policy, v1::INVENTORY_LEVEL, "quantities[AVAILABLE]", level.location());
      if (scoped.has_value() && scoped->writes && scoped->owner == row.ref.system) rule = scoped;
      Side& side = sides[row.ref.system];
      absl::StrAppend(&side.versions, row.ref.external_id, "=", row.source_version, "/", ShortHash(row.content_hash),
                      ";");
      side.external_id = row.ref.external_id;
      side.observed_at = std::max(side.observed_at, row.observed_at);
      side.levels.push_back(std::move(level));
    }
    if (!rule.has_value()) continue;
    const Side& owner = sides[rule->owner];

    for (const System& target : systems) {
      const auto there = sides.find(target.id);
      if (target.id == rule->owner || there == sides.end()) continue;
      const v1::WriteOperation* write = target.manifest.FindWrite(v1::INVENTORY_LEVEL, v1::WRITE_VERB_UPSERT);
      if (write == nullptr) continue;
      if (there->second.levels.size() > 1) {
        FAIRLEAD_RETURN_IF_ERROR(RecordFinding(
            tx, "duplicate-sku", absl::StrCat(target.id, "/", sku), "DUPLICATE",
            {{"reason", "duplicate_sku"},
             {"target", target.id},
             {"label", sku},
             {"detail", absl::StrCat(there->second.levels.size(), " items of ", target.id, " carry the SKU ", sku,
                                     ": give each its own; their stock is not written until then")},
             {"owner", rule->team},
             {"runbook", "duplicate-sku"}}));
        continue;
      }
      policy::StockCase stock;
      stock.entity_id = sku;
      for (const v1::InventoryLevel& level : owner.levels) stock.levels.push_back(&level);
      stock.levels_system = rule->owner;
      stock.target = target.id;
      stock.target_level = &there->second.levels.front();
      stock.in_flight = unposted.InFlight(rule->owner, sku);
      stock.owner_version = owner.versions;
      stock.target_version = there->second.versions;
      stock.owner_observed_at = owner.observed_at;
      stock.target_observed_at = there->second.observed_at;
      auto decided = policy->Evaluate(stock);
      if (!decided.ok()) return decided.status();
      for (const policy::Finding& finding : decided->findings) {
        // Differences are what the engine is about to write away; what stops it from writing is for a person.
        if (finding.finding_class != policy::FindingClass::kUnscoped &&
            finding.finding_class != policy::FindingClass::kDuplicate)
          continue;
        FAIRLEAD_RETURN_IF_ERROR(RecordFinding(
            tx, finding.finding_class == policy::FindingClass::kUnscoped ? "unscoped" : "duplicate-sku",
            absl::StrCat(rule->owner, "/", sku), std::string(policy::FindingClassName(finding.finding_class)),
            {{"reason", "stock_not_writable"},
             {"target", target.id},
             {"label", sku},
             {"detail", finding.detail},
             {"owner", finding.responsible.empty() ? options.default_owner : finding.responsible},
             {"runbook", finding.runbook}}));
      }
      if (decided->decision.outcome != policy::DecisionOutcome::kWrite) continue;
      const std::string value = models::PrintDecimal(models::Normalize(decided->desired));

      Proposal proposal(target);
      proposal.payload.write.operation = write->name();
      proposal.payload.write.entity = v1::INVENTORY_LEVEL;
      proposal.payload.write.aggregate = absl::StrCat("stock/", target.id, "/", there->second.external_id);
      // The same numbers seen again are the same wish; a value that comes back later is a new one.
      proposal.payload.write.purpose =
          absl::StrCat("stock:", value, ":", ShortHash(absl::StrCat(owner.versions, "|", there->second.versions)));
      proposal.payload.write.target_id = there->second.external_id;
      auto message = std::make_shared<v1::InventoryLevel>(there->second.levels.front());
      message->clear_quantities();
      v1::StateQuantity* quantity = message->add_quantities();
      quantity->set_state(v1::STOCK_STATE_AVAILABLE);
      models::ToProto(decided->desired, *quantity->mutable_quantity()->mutable_value());
      proposal.payload.write.message = std::move(message);
      proposal.rule = decided->decision.rule_id;
      proposal.owner = decided->decision.responsible;
      proposal.runbook = decided->decision.runbook;
      FAIRLEAD_RETURN_IF_ERROR(Emit(tx, std::move(proposal), internal::StockId(options.tenant, sku), report));
    }
  }
  return absl::OkStatus();
}

}  // namespace sync
FAIRLEAD_NAMESPACE_END
