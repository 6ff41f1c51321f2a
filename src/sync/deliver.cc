// What goes out: prepared, frozen, sent once, recorded; looked up when the answer was lost.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "fairlead/models/money.h"
#include "fairlead/retry/decide.h"
#include "src/core/internal/absl_compat.h"
#include "src/sync/internal/engine_impl.h"
#include "src/sync/internal/rules.h"
#include "src/sync/internal/text.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace sync {

using ::fairlead::internal::ToAbsl;
using ::fairlead::internal::ToStd;
using internal::Payload;

namespace {

std::string PreparedName(std::int64_t intent_id) { return absl::StrCat("sync/prepared/", intent_id); }

class PermitGuard final : public http::SendGuard {
 public:
  explicit PermitGuard(SendPermit& permit) : permit_(permit) {}
  bool AllowSend() override { return permit_.AllowSend(); }

 private:
  SendPermit& permit_;
};

std::string ShortHash(const std::string& text) { return Sha256(text).ToHex().substr(0, 16); }

// "order/<id>" -> "<id>"; empty for other aggregates.
std::string IdInAggregate(const std::string& aggregate, std::string_view kind) {
  const std::string prefix = absl::StrCat(ToAbsl(kind), "/");
  return aggregate.rfind(prefix, 0) == 0 ? aggregate.substr(prefix.size()) : std::string();
}

}  // namespace

absl::StatusOr<Payload> Engine::Impl::LoadPayload(const Intent& intent) {
  auto payload = internal::DecodePayload(intent.body);
  if (!payload.ok()) return payload.status();
  if (payload->write.message != nullptr || payload->source.system.empty()) return payload;
  auto tx = store.Read();
  if (!tx.ok()) return tx.status();
  auto row = (*tx)->GetMirror(
      {options.tenant, payload->source.system, internal::KindName(payload->write.entity), payload->source.external_id});
  if (!row.ok()) return row.status();
  auto message = NewMessage(payload->write.entity);
  if (!row->has_value() || message == nullptr || !message->ParseFromString((*row)->content)) {
    return MakeError(absl::StatusCode::kDataLoss,
                     absl::StrCat("the record ", payload->source.system, "/", payload->source.external_id,
                                  " of this write is not in the mirror"),
                     {});
  }
  if (payload->write.entity == v1::ORDER) {
    // The connector asks for the buyer by this ref; a guest has one of ours.
    auto& order = static_cast<v1::Order&>(*message);
    if (order.buyer().party().id().empty()) {
      v1::ExternalRef* party = order.mutable_buyer()->mutable_party();
      party->set_system(payload->source.system);
      party->set_object_type("guest");
      party->set_id(internal::GuestId(order, payload->source.external_id));
    }
  }
  payload->write.message = std::move(message);
  return payload;
}

FailureDecision Engine::Impl::Judge(const Intent& intent, const absl::Status& error, bool sent) {
  FailureDecision decision(FailureDecision::Kind::kRetry);
  decision.error_kind = KindOf(error);
  decision.error = std::string(ToStd(error.message()));
  const Outcome outcome = sent ? OutcomeOf(error) : Outcome::kNotSent;
  const auto detail = GetErrorDetail(error);
  if (detail.has_value()) {
    decision.answer.status = static_cast<std::int32_t>(detail->http_status);
    decision.answer.body = decision.error;
  }

  // What a person must change before the same request can go through. Nothing was applied.
  if (outcome == Outcome::kNotSent || outcome == Outcome::kRejected) {
    switch (decision.error_kind) {
      case ErrorKind::kMapping:
      case ErrorKind::kPeriodClosed:
      case ErrorKind::kTooLarge:
        decision.kind = FailureDecision::Kind::kPark;
        decision.reason = std::string(ErrorKindName(decision.error_kind));
        return decision;
      case ErrorKind::kAuth:
      case ErrorKind::kConfiguration:
        // One wrong credential must not turn every waiting write into a dead letter: they wait while somebody mends it.
        decision.kind = FailureDecision::Kind::kRetry;
        decision.held_back = true;
        decision.delay = detail.has_value() && detail->retry_after.has_value()
                             ? std::min<std::chrono::nanoseconds>(*detail->retry_after, options.retry.max_server_hint)
                             : std::chrono::minutes(1);
        return decision;
      case ErrorKind::kRateLimited:
        if (outcome != Outcome::kNotSent) break;
        // A connector that was asked to wait holds back everything: none of it was tried.
        decision.held_back = true;
        break;
      default:
        break;
    }
  }

  retry::Input input(intent.effect);
  input.phase = retry::Phase::kDurable;
  input.outcome = outcome;
  input.kind = decision.error_kind;
  input.ambiguous_before = intent.ambiguous_at != StoreTime{};
  input.attempt = decision.held_back ? 1 : std::max<std::uint32_t>(1, intent.attempts);
  const StoreTime now = store.Now();
  if (intent.first_send_at != StoreTime{}) input.elapsed = now - intent.first_send_at;
  input.left = intent.expires_at - now;
  input.settle = intent.timeout + intent.settle;
  if (detail.has_value() && detail->retry_after.has_value()) input.server_hint = *detail->retry_after;
  input.unit = runtime.random->NextUnit();
  const retry::Decision verdict = retry::Decide(options.retry, input);

  decision.delay = verdict.delay;
  switch (verdict.action) {
    case retry::Action::kRetryAt:
      decision.kind = outcome == Outcome::kUnknown ? FailureDecision::Kind::kAmbiguous : FailureDecision::Kind::kRetry;
      return decision;
    case retry::Action::kVerify:
    case retry::Action::kPark:
      decision.kind = FailureDecision::Kind::kAmbiguous;
      return decision;
    case retry::Action::kGiveUp:
      break;
  }
  if (outcome == Outcome::kUnknown) {
    decision.kind = FailureDecision::Kind::kAmbiguous;
  } else if (outcome == Outcome::kRejected) {
    decision.kind = FailureDecision::Kind::kReject;
  } else if (verdict.reason == retry::Reason::kPermanent || verdict.reason == retry::Reason::kUnclassified) {
    decision.kind = FailureDecision::Kind::kPark;
    decision.reason = std::string(ErrorKindName(decision.error_kind));
  } else {
    decision.kind = FailureDecision::Kind::kDead;
    decision.reason = std::string(retry::ReasonName(verdict.reason));
  }
  return decision;
}

Completion Engine::Impl::MakeCompletion(const System& target, const Intent& intent, const Payload& payload,
                                        const WriteResult& result) {
  Completion completion;
  completion.answer.status = 200;
  completion.answer.body = result.response.empty() ? result.external_id : result.response;
  completion.audit = absl::StrCat(result.object_type, result.object_type.empty() ? "" : " ", result.external_id);
  for (const WriteIntent& follow_up : result.follow_ups) {
    const v1::WriteOperation* write = target.manifest.FindWrite(follow_up.operation);
    if (write == nullptr) continue;
    Payload next;
    next.write = follow_up;
    next.write.message.reset();
    if (next.write.entity == v1::ENTITY_KIND_UNSPECIFIED) next.write.entity = payload.write.entity;
    // A link of the chain is about the record that the chain is about, read again when it is needed.
    next.source = payload.source;
    if (follow_up.message != nullptr && payload.source.system.empty()) next.write.message = follow_up.message;
    next.write.aggregate = intent.parts.aggregate;
    if (next.write.purpose.empty()) next.write.purpose = absl::StrCat(intent.parts.purpose, "/", follow_up.operation);
    IntentRequest request = RequestFor(target, next, *write);
    request.owner = intent.owner;
    request.runbook = intent.runbook;
    request.money_at_risk = intent.money_at_risk;
    completion.follow_ups.push_back(std::move(request));
  }
  return completion;
}

absl::Status Engine::Impl::ApplyResult(Transaction& tx, const System& target, const Intent& intent,
                                       const Payload& payload, const std::string& sent, const WriteResult& result) {
  const v1::WriteOperation* write = target.manifest.FindWrite(payload.write.operation);
  const bool creates =
      write != nullptr && (write->verb() == v1::WRITE_VERB_CREATE || write->verb() == v1::WRITE_VERB_UPSERT);
  for (const MappingFinding& finding : result.findings) {
    FAIRLEAD_RETURN_IF_ERROR(RecordFinding(tx, absl::StrCat("write/", finding.code), intent.parts.aggregate, "LOSSY",
                                           {{"path", finding.path}, {"detail", finding.message}}));
  }
  // A prerequisite of another kind (the buyer, made first) is no document of this record.
  if (sent != payload.write.operation) {
    const v1::EntityCapability* capability = target.manifest.Find(payload.write.entity);
    const bool own =
        capability != nullptr && std::any_of(capability->writes().begin(), capability->writes().end(),
                                             [&](const v1::WriteOperation& w) { return w.name() == sent; });
    if (!own) return absl::OkStatus();
  }
  // What is linked to something else for good is for a person; the write itself is done and says so.
  const auto link = [&](const char* kind, const std::string& external_id, v1::EntityKind entity,
                        const std::string& id) {
    const absl::Status linked = internal::LinkTo(tx, {options.tenant, target.id, kind, external_id}, entity, id);
    if (linked.code() != absl::StatusCode::kAlreadyExists) return linked;
    return RecordFinding(
        tx, "identity-conflict", intent.parts.aggregate, "DUPLICATE",
        {{"reason", "linked_to_another"},
         {"target", target.id},
         {"operation", payload.write.operation},
         {"detail", absl::StrCat(kind, " ", external_id, " of ", target.id,
                                 " stands for another record already: merge the two, or unlink the wrong one")},
         {"owner", intent.owner},
         {"runbook", intent.runbook}});
  };
  if (const std::string party = IdInAggregate(intent.parts.aggregate, "party");
      !party.empty() && creates && !result.external_id.empty()) {
    FAIRLEAD_RETURN_IF_ERROR(link("party", result.external_id, v1::PARTY, party));
  }
  if (payload.write.entity == v1::INVENTORY_LEVEL && payload.write.message != nullptr) {
    EchoRow echo;
    echo.ref = {options.tenant, target.id, "inventory_level", payload.write.target_id};
    echo.field_group = "stock";
    echo.hash = internal::AvailableText(static_cast<const v1::InventoryLevel&>(*payload.write.message));
    echo.intent_id = intent.id;
    echo.at = Wall();
    FAIRLEAD_RETURN_IF_ERROR(tx.PutEcho(echo));
  }
  const std::string order = IdInAggregate(intent.parts.aggregate, "order");
  if (order.empty() || payload.write.entity != v1::ORDER) return absl::OkStatus();

  if (creates && !result.external_id.empty()) {
    FAIRLEAD_RETURN_IF_ERROR(link("order", result.external_id, v1::ORDER, order));
    const std::string reference = result.human_number.empty() ? intent.reference : result.human_number;
    if (!reference.empty()) {
      FAIRLEAD_RETURN_IF_ERROR(link("order_reference", reference, v1::ENTITY_KIND_UNSPECIFIED, order));
    }
    PostingRow row;
    row.tenant = options.tenant;
    row.canonical_id = order;
    row.system = target.id;
    row.document_kind = result.object_type;
    row.document_ref = result.external_id;
    row.key = reference;
    row.sent_at = Wall();
    row.accepted_at = row.sent_at;
    std::string hash;
    if (payload.write.message != nullptr)
      hash = static_cast<const v1::Order&>(*payload.write.message).header().content_hash();
    row.data = internal::ToJsonObject({{"order_hash", ShortHash(hash)}, {"adopted", payload.adopt_only ? "1" : ""}});
    FAIRLEAD_RETURN_IF_ERROR(tx.PutPosting(row));
  }
  if (result.posting.has_value()) {
    auto rows = tx.ListPostings(options.tenant, order);
    if (!rows.ok()) return rows.status();
    for (PostingRow& row : *rows) {
      if (row.system != target.id) continue;
      row.verified_at = Wall();
      row.verified_hash = result.posting->verified_hash();
      internal::Fields data = internal::FromJsonObject(row.data);
      data["target_total"] =
          result.posting->has_target_total() ? models::MoneyText(result.posting->target_total()) : "";
      data["residual"] = result.posting->has_residual() ? models::MoneyText(result.posting->residual()) : "";
      row.data = internal::ToJsonObject(data);
      FAIRLEAD_RETURN_IF_ERROR(tx.PutPosting(row));
    }
    unposted.Settle(target.id, order, Wall());
  }
  return absl::OkStatus();
}

absl::Status Engine::Impl::FinishWithoutSending(Intent& intent, const System& target, const Payload& payload,
                                                const Preparation& preparation, DeliverReport& report) {
  WriteResult result;
  result.external_id = preparation.adopted_id;
  result.object_type = payload.write.entity == v1::ORDER ? "adopted" : "";
  result.response = preparation.adopted_id.empty() ? "nothing to do" : absl::StrCat("adopted ", preparation.adopted_id);
  const absl::Status status = store.Write([&](Transaction& tx) -> absl::Status {
    auto marked = ledger.MarkSending(tx, intent);
    if (!marked.ok()) return marked.status();
    if (!*marked) return absl::OkStatus();
    Completion completion;
    completion.answer.body = result.response;
    completion.audit = "nothing was sent";
    auto completed = ledger.Complete(tx, intent, completion);
    if (!completed.ok()) return completed.status();
    if (*completed && !preparation.adopted_id.empty())
      return ApplyResult(tx, target, intent, payload, payload.write.operation, result);
    return absl::OkStatus();
  });
  if (status.ok()) ++report.done;
  return status;
}

absl::Status Engine::Impl::DeliverOne(const System& target, Intent& intent, DeliverReport& report) {
  ++report.claimed;
  const auto fail = [&](const FailureDecision& decision) {
    switch (decision.kind) {
      case FailureDecision::Kind::kRetry:
        ++report.retried;
        ++waiting;
        break;
      case FailureDecision::Kind::kAmbiguous:
        ++report.unknown;
        ++waiting;
        break;
      default:
        ++report.held;
        ++held;
        break;
    }
    return ledger.Fail(intent, decision).status();
  };

  auto payload = LoadPayload(intent);
  if (!payload.ok()) {
    FailureDecision decision(FailureDecision::Kind::kPark);
    decision.reason = std::string(reason::kUnparseable);
    decision.error = std::string(ToStd(payload.status().message()));
    return fail(decision);
  }

  // Frozen at the first send: a later attempt sends the same bytes, whatever the record says by then.
  std::optional<PreparedWrite> prepared;
  if (intent.sent()) {
    auto tx = store.Read();
    if (!tx.ok()) return tx.status();
    auto bytes = (*tx)->GetMeta(PreparedName(intent.id));
    if (!bytes.ok()) return bytes.status();
    if (bytes->has_value() && !(*bytes)->empty()) {
      auto decoded = internal::DecodePrepared(**bytes);
      if (!decoded.ok()) return decoded.status();
      prepared = std::move(*decoded);
    }
  }
  CallContext context;
  context.deadline = Deadline::After(*runtime.clock, options.request_timeout);
  internal::StoreResolver resolver(store, options.tenant, target.id);
  context.resolver = &resolver;
  if (!prepared.has_value()) {
    // The gate is asked again at the last moment: an order that was cancelled while it waited is not posted.
    if (payload->write.entity == v1::ORDER && payload->write.message != nullptr && !payload->adopt_only &&
        target.manifest.FindWrite(v1::ORDER, v1::WRITE_VERB_CREATE) ==
            target.manifest.FindWrite(payload->write.operation)) {
      const internal::GateAnswer gate =
          internal::AskGate(*policy, target.id, static_cast<const v1::Order&>(*payload->write.message));
      if (gate.kind != internal::GateAnswer::Kind::kEligible) {
        FailureDecision decision(FailureDecision::Kind::kPark);
        decision.reason = absl::StrCat("gate_", gate.reason);
        decision.error = gate.detail;
        unposted.Remove(target.id, IdInAggregate(intent.parts.aggregate, "order"));
        return fail(decision);
      }
    }
    auto preparation = target.connector->Prepare(payload->write, context);
    if (!preparation.ok()) return fail(Judge(intent, preparation.status(), /*sent=*/false));
    if (preparation->nothing_to_do) return FinishWithoutSending(intent, target, *payload, *preparation, report);
    if (payload->adopt_only) {
      // Older than our start and not there: somebody else's order to explain, never ours to post.
      const absl::Status noted = store.Write([&](Transaction& tx) {
        return RecordFinding(
            tx, "adoption", intent.parts.aggregate, "MISSING_RIGHT",
            {{"reason", "not_in_target"},
             {"target", target.id},
             {"operation", payload->write.operation},
             {"detail",
              "the order was placed before adopt_before and is not in the target: post it by hand if it should be"},
             {"owner", intent.owner},
             {"runbook", "adoption"},
             {"money", intent.money_at_risk}});
      });
      if (!noted.ok()) return noted;
      return FinishWithoutSending(intent, target, *payload, {}, report);
    }
    if (!preparation->waiting_for.empty()) {
      FailureDecision decision(FailureDecision::Kind::kRetry);
      decision.delay = options.dependency_delay;
      decision.error = absl::StrCat("waits for ", preparation->waiting_for);
      if (Wall() - intent.created_at > options.dependency_patience) {
        decision.kind = FailureDecision::Kind::kPark;
        decision.reason = "dependency";
      } else {
        ++report.waiting;
      }
      return fail(decision);
    }
    if (!preparation->write.has_value()) {
      return fail(
          Judge(intent, MakeError(ErrorKind::kInternal, Outcome::kNotSent, "the connector prepared nothing"), false));
    }
    prepared = std::move(*preparation->write);
  }

  // SENDING and the frozen bytes are durable before the first byte leaves.
  bool marked = false;
  const absl::Status marking = store.GroupCommit([&](LedgerTransaction& tx) -> absl::Status {
    auto ok = ledger.MarkSending(tx, intent);
    if (!ok.ok()) return ok.status();
    marked = *ok;
    return marked ? tx.full().PutMeta(PreparedName(intent.id), internal::EncodePrepared(*prepared)) : absl::OkStatus();
  });
  if (!marking.ok()) return marking;
  if (!marked) return absl::OkStatus();

  const std::unique_ptr<SendPermit> permit = ledger.Permit(intent);
  PermitGuard guard(*permit);
  context.guard = &guard;
  context.deadline = Deadline::After(*runtime.clock, options.request_timeout);
  auto result = target.connector->Write(*prepared, context);
  if (!result.ok()) {
    return fail(Judge(intent, result.status(), permit->sends() > 0 || OutcomeOf(result.status()) != Outcome::kNotSent));
  }
  bool completed = false;
  const absl::Status completing = store.GroupCommit([&](LedgerTransaction& tx) -> absl::Status {
    auto ok = ledger.Complete(tx, intent, MakeCompletion(target, intent, *payload, *result));
    if (!ok.ok()) return ok.status();
    completed = *ok;
    if (!completed) return absl::OkStatus();
    FAIRLEAD_RETURN_IF_ERROR(tx.full().PutMeta(PreparedName(intent.id), ""));
    return ApplyResult(tx.full(), target, intent, *payload, prepared->operation, *result);
  });
  if (!completing.ok()) return completing;
  if (completed) {
    ++report.done;
    ++written;
  }
  return absl::OkStatus();
}

absl::Status Engine::Impl::VerifyOne(const System& target, Intent& intent, DeliverReport& report) {
  ++report.claimed;
  auto payload = LoadPayload(intent);
  std::optional<PreparedWrite> prepared;
  {
    auto tx = store.Read();
    if (!tx.ok()) return tx.status();
    auto bytes = (*tx)->GetMeta(PreparedName(intent.id));
    if (!bytes.ok()) return bytes.status();
    if (bytes->has_value() && !(*bytes)->empty()) {
      auto decoded = internal::DecodePrepared(**bytes);
      if (!decoded.ok()) return decoded.status();
      prepared = std::move(*decoded);
    }
  }
  Verification verification(Verification::Kind::kInconclusive);
  absl::StatusOr<LookupResult> found = LookupResult{};
  if (!payload.ok() || !prepared.has_value()) {
    verification.detail = "the frozen request is missing";
  } else {
    CallContext context;
    context.deadline = Deadline::After(*runtime.clock, options.request_timeout);
    internal::StoreResolver resolver(store, options.tenant, target.id);
    context.resolver = &resolver;
    found = target.connector->Lookup(*prepared, context);
    if (!found.ok()) {
      verification.detail = std::string(ToStd(found.status().message()));
    } else {
      verification.detail = found->evidence;
      switch (found->verdict) {
        case LookupResult::Verdict::kFound:
          verification.kind = Verification::Kind::kFound;
          break;
        case LookupResult::Verdict::kAbsent:
          verification.kind = Verification::Kind::kAbsent;
          break;
        case LookupResult::Verdict::kAmbiguous:
          verification.kind = Verification::Kind::kSeveral;
          break;
        case LookupResult::Verdict::kInconclusive:
          break;
      }
      if (verification.kind == Verification::Kind::kFound) {
        verification.completion = MakeCompletion(target, intent, *payload, found->result.value_or(WriteResult{}));
      }
    }
  }
  const absl::Status verifying = store.GroupCommit([&](LedgerTransaction& tx) -> absl::Status {
    auto ok = ledger.Verified(tx, intent, verification);
    if (!ok.ok()) return ok.status();
    if (!*ok || verification.kind != Verification::Kind::kFound) return absl::OkStatus();
    return ApplyResult(tx.full(), target, intent, *payload, prepared->operation, found->result.value_or(WriteResult{}));
  });
  if (!verifying.ok()) return verifying;
  switch (verification.kind) {
    case Verification::Kind::kFound:
      ++report.done;
      ++written;
      break;
    case Verification::Kind::kAbsent:
      ++report.retried;
      break;
    case Verification::Kind::kInconclusive:
      ++report.unknown;
      break;
    case Verification::Kind::kSeveral:
      ++report.held;
      ++held;
      break;
  }
  return absl::OkStatus();
}

absl::StatusOr<DeliverReport> Engine::Deliver(std::size_t limit) {
  ClaimOptions claim;
  claim.limit = limit;
  claim.lease = impl_->options.lease;
  auto intents = impl_->ledger.Claim(claim);
  if (!intents.ok()) return intents.status();
  DeliverReport report;
  absl::Status first;
  for (Intent& intent : *intents) {
    const Impl::System* target = impl_->Find(intent.parts.connector);
    // A write of a system that this engine does not serve belongs to somebody else.
    const absl::Status status = target == nullptr ? impl_->ledger.Release(intent, "no such system here").status()
                                                  : impl_->DeliverOne(*target, intent, report);
    if (!status.ok() && first.ok()) first = status;
  }
  impl_->Report();
  if (!first.ok()) return first;
  return report;
}

absl::Status Engine::Impl::TakeOver() {
  // A thread of ours may be stuck in its request for longer than its lease; nobody restarts for that. Looked for now
  // and then, by one thread.
  const std::int64_t now = store.Now().time_since_epoch().count();
  const std::int64_t pause =
      std::chrono::nanoseconds(std::min<std::chrono::milliseconds>(options.lease / 8, std::chrono::seconds(5))).count();
  std::int64_t last = looked_for_stuck.load();
  if (now - last < pause || !looked_for_stuck.compare_exchange_strong(last, now)) return absl::OkStatus();
  return ledger.ReleaseAbandoned().status();
}

absl::StatusOr<DeliverReport> Engine::Verify(std::size_t limit) {
  FAIRLEAD_RETURN_IF_ERROR(impl_->TakeOver());
  ClaimOptions claim;
  claim.limit = limit;
  claim.lease = impl_->options.lease;
  auto intents = impl_->ledger.ClaimVerify(claim);
  if (!intents.ok()) return intents.status();
  DeliverReport report;
  absl::Status first;
  for (Intent& intent : *intents) {
    const Impl::System* target = impl_->Find(intent.parts.connector);
    const absl::Status status = target == nullptr ? impl_->ledger.Release(intent, "no such system here").status()
                                                  : impl_->VerifyOne(*target, intent, report);
    if (!status.ok() && first.ok()) first = status;
  }
  impl_->Report();
  if (!first.ok()) return first;
  return report;
}

DeliverReport& DeliverReport::operator+=(const DeliverReport& other) {
  claimed += other.claimed;
  done += other.done;
  retried += other.retried;
  waiting += other.waiting;
  unknown += other.unknown;
  held += other.held;
  return *this;
}

}  // namespace sync
FAIRLEAD_NAMESPACE_END
