// What is written: once, whatever becomes of request and answer.
#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "src/core/internal/absl_compat.h"
#include "src/testing/internal/conformance_kit.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing::internal {
namespace {

using fairlead::internal::ToAbsl;

std::string MustBeUnknown(const absl::Status& status) {
  return OutcomeOf(status) == Outcome::kUnknown
             ? std::string()
             : absl::StrCat("it may have been applied, and the outcome is said to be: ", Describe(status));
}

std::string MustBeTransient(const absl::Status& status) {
  if (KindOf(status) != ErrorKind::kTransient && KindOf(status) != ErrorKind::kUnknownOutcome) return Describe(status);
  const Outcome outcome = OutcomeOf(status);
  return outcome == Outcome::kUnknown || outcome == Outcome::kRejected ? std::string() : Describe(status);
}

std::string MustBeRateLimited(const absl::Status& status) {
  if (KindOf(status) != ErrorKind::kRateLimited || OutcomeOf(status) != Outcome::kRejected) return Describe(status);
  const std::optional<ErrorDetail> detail = GetErrorDetail(status);
  return detail.has_value() && detail->retry_after == std::chrono::milliseconds(7000) ? std::string()
                                                                                      : "the server's hint is lost";
}

WireFault Lose(WireFault::Kind kind) {
  WireFault fault;
  fault.kind = kind;
  return fault;
}

WireFault Answered(int status, std::string body, std::vector<http::Header> headers) {
  WireFault fault;
  fault.kind = WireFault::Kind::kAnswer;
  fault.answer.status = status;
  fault.answer.body = std::move(body);
  fault.answer.headers = std::move(headers);
  return fault;
}

WireFault Spoiled(std::function<std::string(std::string)> spoil) {
  WireFault fault;
  fault.kind = WireFault::Kind::kSpoilAnswer;
  fault.spoil = std::move(spoil);
  return fault;
}

}  // namespace

void Kit::CheckWrites(const v1::EntityCapability& entity, const v1::WriteOperation& operation) {
  const std::string& name = operation.name();
  if (operation.verb() == v1::WRITE_VERB_FOLLOW_UP) {
    // Shown as a link of the chains it belongs to; on its own only where the subject has an intent for it.
    const absl::StatusOr<WriteIntent> alone = subject_.Intent(operation);
    if (alone.status().code() == absl::StatusCode::kUnimplemented) return;
  }
  Chain clean;
  Check("write.round_trip", name, "What was written is read back equal, and stands there once.", [&]() -> Verdict {
    FAIRLEAD_KIT_SUBJECT(const WriteIntent intent, subject_.Intent(operation));
    clean = RunChain(*connector_, intent);
    if (!clean.status.ok()) return Fail(Describe(clean.status));
    if (clean.links.empty())
      return Fail("there was nothing to do: the subject's intent is not new, or Prepare does not see that");
    if (const absl::Status once = ExactlyOnce(clean); !once.ok() && once.code() != absl::StatusCode::kUnimplemented)
      return FromSubject(once, "Effects");
    if (clean.external_id.empty()) {
      if (operation.verb() == v1::WRITE_VERB_FOLLOW_UP)
        return NotApplicable("a step that answers no record of its own");
      return Fail("the write answers no id, so the engine cannot link what it made");
    }
    FAIRLEAD_KIT_SUBJECT(const Record record, subject_.ReadBack(*connector_, intent, clean.external_id));
    const absl::Status same = subject_.Compare(intent, operation, record);
    return same.ok() ? Pass() : FromSubject(same, "Compare");
  });
  if (clean.links.empty()) {
    // The filter may have left the check out; the others need a chain all the same.
    const absl::StatusOr<WriteIntent> intent = subject_.Intent(operation);
    if (!intent.ok()) return;
    clean = RunChain(*connector_, *intent);
    if (!clean.status.ok() || clean.links.empty()) return;
  }
  for (const Link& link : clean.links) reached_.insert(link.write.operation);
  Check("write.declared", name, "Effect class, D_max and reference of what is prepared are what the manifest says.",
        [&]() -> Verdict {
          for (const Link& link : clean.links) {
            const PreparedWrite& write = link.write;
            const v1::WriteOperation* declared = manifest_->FindWrite(write.operation);
            if (declared == nullptr) return Fail(absl::StrCat("'", write.operation, "' is not in the manifest"));
            if (write.effect != FromProto(declared->effect())) {
              return Fail(absl::StrCat(write.operation, " is declared ",
                                       ToAbsl(EffectName(FromProto(declared->effect()))), " and prepared as ",
                                       ToAbsl(EffectName(write.effect))));
            }
            const std::int64_t d_max = declared->d_max().seconds() * 1000 + declared->d_max().nanos() / 1'000'000;
            if (write.effect != Effect::kRead && write.d_max.count() < d_max) {
              return Fail(absl::StrCat(write.operation, ": D_max ", write.d_max.count(),
                                       " ms is less than the declared ", d_max));
            }
            if (write.effect == Effect::kLookup && write.reference.empty() && write.memo.empty()) {
              return Fail(write.operation + " is to be found again, and carries nothing to find it by");
            }
          }
          return Pass();
        });
  Check("write.no_secrets", name, "Frozen requests and stored answers hold no secret.", [&]() -> Verdict {
    const std::vector<std::string> secrets = subject_.Secrets();
    if (secrets.empty()) return NotApplicable("the subject names no secrets");
    for (const Link& link : clean.links) {
      const PreparedWrite& write = link.write;
      for (const std::string* text :
           {&write.method, &write.target, &write.body, &write.memo, &write.reference, &link.result.response}) {
        for (const std::string& secret : secrets) {
          if (!secret.empty() && text->find(secret) != std::string::npos)
            return Fail(write.operation + " carries a secret");
        }
      }
    }
    return Pass();
  });
  const bool makes_order = entity.entity() == v1::ORDER && operation.verb() == v1::WRITE_VERB_CREATE;
  if (makes_order) {
    Check("write.posted_by_read_back", name,
          "An order is called POSTED by a link that read it back, and names the document.", [&]() -> Verdict {
            if (!clean.posting.has_value()) return Fail("the chain ends without a posting record");
            if (clean.posting->status() != v1::POSTING_STATUS_POSTED) {
              return Fail(absl::StrCat("its status is ", v1::PostingStatus_Name(clean.posting->status())));
            }
            if (clean.posting->verified_hash().empty()) return Fail("it carries no hash of what was read back");
            return clean.posting->document().id().empty() ? Fail("it does not name the document") : Pass();
          });
  }
  Check("write.dry_run", name, "Preparing writes nothing, however often.", [&]() -> Verdict {
    FAIRLEAD_KIT_SUBJECT(const WriteIntent intent, subject_.Intent(operation));
    wire_.Reset();
    std::optional<PreparedWrite> write;
    for (int i = 0; i < 2; ++i) {
      FAIRLEAD_KIT_CONNECTOR(const Preparation preparation, connector_->Prepare(intent, Context()));
      if (preparation.nothing_to_do || !preparation.write.has_value())
        return Fail("the intent is new, and nothing was prepared");
      write = preparation.write;
    }
    if (wire_.counts().effectful > 0 || wire_.counts().guarded > 0) return Fail("a request with an effect was sent");
    const absl::StatusOr<std::int64_t> effects = subject_.Effects(intent, *write);
    if (!effects.ok()) return FromSubject(effects.status(), "Effects");
    return *effects == 0 ? Pass() : Fail(absl::StrCat("the effect stands ", *effects, " times in the system"));
  });
  Check("write.same_again_is_adopted", name, "What the target holds already is not written a second time.",
        [&]() -> Verdict {
          if (DeclaredEffect(name) == Effect::kBlind) return NotApplicable("a blind write cannot know");
          if (operation.verb() == v1::WRITE_VERB_FOLLOW_UP) return NotApplicable("a step that another write asks for");
          const Chain again = RunChain(*connector_, clean.root);
          if (!again.status.ok()) return Fail(Describe(again.status));
          const absl::Status once = ExactlyOnce(clean);
          return once.ok() ? Pass() : FromSubject(once, "Effects");
        });
  Check("write.poison_is_isolated", name,
        "Content that can never be applied is refused as such, and what comes after it goes on.", [&]() -> Verdict {
          FAIRLEAD_KIT_SUBJECT(const WriteIntent poison, subject_.PoisonIntent(operation));
          FAIRLEAD_KIT_SUBJECT(const WriteIntent healthy, subject_.Intent(operation));
          const Chain refused = RunChain(*connector_, poison);
          if (refused.status.ok()) return Fail("it was applied");
          const ErrorKind kind = KindOf(refused.status);
          if (OutcomeOf(refused.status) == Outcome::kUnknown || kind == ErrorKind::kTransient ||
              kind == ErrorKind::kInternal) {
            return Fail(absl::StrCat("it would be tried for ever: ", Describe(refused.status)));
          }
          const Chain chain = RunChain(*connector_, healthy);
          if (!chain.status.ok()) return Fail(absl::StrCat("the next one: ", Describe(chain.status)));
          const absl::Status once = ExactlyOnce(chain);
          return once.ok() || once.code() == absl::StatusCode::kUnimplemented ? Pass() : FromSubject(once, "Effects");
        });
  if (operation.batch_max() > 1) {
    Check("write.batch_poison", name, "One bad item does not take the others of its batch with it.", [&]() -> Verdict {
      return NotApplicable("a connector sends one write at a time; batches are not part of its interface yet");
    });
  }
  std::set<std::string> shown;
  for (const Link& link : clean.links) {
    if (link.write.effect != Effect::kRead && shown.insert(link.write.operation).second) CheckLink(operation, link);
  }
  CheckServerFaults(operation);
}

void Kit::CheckLink(const v1::WriteOperation& root, const Link& link) {
  const std::string& operation = link.write.operation;
  const std::string target = operation == root.name() ? operation : absl::StrCat(root.name(), " > ", operation);
  Check("write.sends_once", target, "One attempt is one request, and it asks the guard before its first byte.",
        [&]() -> Verdict {
          FAIRLEAD_KIT_SUBJECT(const WriteIntent intent, subject_.Intent(root));
          std::string fault;
          ChainHooks hooks;
          hooks.before = [&](const PreparedWrite& write) {
            if (write.operation == operation) wire_.Reset();
          };
          hooks.after = [&](Link& done) -> absl::Status {
            if (done.write.operation != operation || !fault.empty()) return absl::OkStatus();
            const ConformanceWire::Counts counts = wire_.counts();
            if (counts.unguarded_effects > 0)
              fault = "a request with an effect went out without the guard";
            else if (counts.guarded != 1)
              fault = absl::StrCat(counts.guarded, " guarded requests in one attempt");
            else if (done.transmissions != 1)
              fault = absl::StrCat("the guard was asked ", done.transmissions, " times");
            else if (counts.effects.front() != done.write.effect)
              fault = "the request goes out under another effect class than was declared";
            return absl::OkStatus();
          };
          const Chain chain = RunChain(*connector_, intent, hooks);
          if (!chain.status.ok()) return Fail(Describe(chain.status));
          return fault.empty() ? Pass() : Fail(fault);
        });
  Check("write.guard_is_obeyed", target, "When the guard says no, nothing is sent and the outcome is NOT_SENT.",
        [&]() -> Verdict {
          FAIRLEAD_KIT_SUBJECT(const WriteIntent intent, subject_.Intent(root));
          std::optional<Verdict> verdict;
          ChainHooks hooks;
          hooks.instead = [&](const PreparedWrite& write) -> std::optional<absl::Status> {
            if (write.operation != operation) return std::nullopt;
            CountingGuard guard(/*allow=*/false);
            CallContext context = Context();
            context.guard = &guard;
            const absl::StatusOr<WriteResult> result = connector_->Write(write, context);
            const absl::StatusOr<std::int64_t> effects = subject_.Effects(intent, write);
            if (result.ok())
              verdict = Fail("it was answered as if it had been sent");
            else if (guard.asked() == 0)
              verdict = Fail("the guard was not asked");
            else if (OutcomeOf(result.status()) != Outcome::kNotSent)
              verdict = FromConnector(result.status(), "Write");
            else if (effects.ok() && *effects != 0)
              verdict = Fail("it was sent all the same");
            else
              verdict = Pass();
            return absl::CancelledError("shown");
          };
          const Chain chain = RunChain(*connector_, intent, hooks);
          if (!verdict.has_value()) return Fail(absl::StrCat("the chain did not come to it: ", Describe(chain.status)));
          return *verdict;
        });
  using Kind = WireFault::Kind;
  Check("write.lost_request", target,
        "A request that was lost on its way ends applied once, after a look that finds nothing.", [&]() -> Verdict {
          return Survive(root, link, Lose(Kind::kLoseRequest), MustBeUnknown, LookupResult::Verdict::kAbsent);
        });
  Check("write.lost_answer", target, "A write whose answer was lost is found again, and stands there once.",
        [&]() -> Verdict {
          return Survive(root, link, Lose(Kind::kLoseAnswer), MustBeUnknown, LookupResult::Verdict::kFound);
        });
  Check("write.truncated_answer", target, "An answer that breaks off does not say whether the write was applied.",
        [&]() -> Verdict {
          return Survive(root, link, Spoiled([](std::string body) { return body.substr(0, body.size() / 2); }),
                         MustBeUnknown);
        });
  Check("write.html_answer", target,
        "A proxy's page in the place of an answer does not say whether the write was applied.", [&]() -> Verdict {
          return Survive(root, link,
                         Spoiled([](std::string) { return std::string("<html><body>hello</body></html>"); }),
                         MustBeUnknown);
        });
  Check("write.server_error", target, "Status 503 is tried again, and the write stands there once.", [&]() -> Verdict {
    return Survive(root, link, Answered(503, "<html><body>busy</body></html>", {{"Content-Type", "text/html"}}),
                   MustBeTransient);
  });
  Check("write.gateway_timeout", target, "Status 504 leaves open whether the write was applied.", [&]() -> Verdict {
    return Survive(root, link, Answered(504, "<html><body>timeout</body></html>", {{"Content-Type", "text/html"}}),
                   MustBeUnknown);
  });
  Check("write.rate_limited", target,
        "Status 429 is RATE_LIMITED with the server's hint, not applied, and sent again later.", [&]() -> Verdict {
          return Survive(
              root, link,
              Answered(429, R"({"code":"limited"})", {{"Retry-After", "7"}, {"Content-Type", "application/json"}}),
              MustBeRateLimited);
        });
  if (link.write.effect == Effect::kAbsolute) {
    Check("write.absolute_twice", target, "The same bytes sent twice set the same state once.", [&]() -> Verdict {
      FAIRLEAD_KIT_SUBJECT(const WriteIntent intent, subject_.Intent(root));
      ChainHooks hooks;
      hooks.after = [&](Link& done) -> absl::Status {
        if (done.write.operation != operation) return absl::OkStatus();
        CountingGuard guard;
        CallContext context = Context();
        context.guard = &guard;
        return Annotate(connector_->Write(done.write, context).status(), "the second time");
      };
      const Chain chain = RunChain(*connector_, intent, hooks);
      if (!chain.status.ok()) return Fail(Describe(chain.status));
      const absl::Status once = ExactlyOnce(chain);
      return once.ok() ? Pass() : FromSubject(once, "Effects");
    });
  }
}

void Kit::CheckServerFaults(const v1::WriteOperation& root) {
  struct ServerFault {
    const char* name;
    const char* sentence;
    double FaultPlan::*probability;
  };
  static constexpr ServerFault kFaults[] = {
      {"server.drops_before", "The server closes the connection before it applies: applied once in the end.",
       &FaultPlan::drop_before},
      {"server.drops_after", "The server applies and closes the connection: applied once in the end.",
       &FaultPlan::drop_after},
      {"server.applies_late", "A copy in the network is applied after the connection closed: applied once in the end.",
       &FaultPlan::late_apply},
      {"server.truncates", "The server applies and sends half an answer: applied once in the end.",
       &FaultPlan::truncate},
  };
  for (const ServerFault& fault : kFaults) {
    Check(fault.name, root.name(), fault.sentence, [&]() -> Verdict {
      FAIRLEAD_KIT_SUBJECT(const WriteIntent intent, subject_.Intent(root));
      bool set = false;
      absl::Status planned;
      ChainHooks hooks;
      hooks.before = [&](const PreparedWrite& write) {
        // At the link that the operation itself is; what goes before it (a buyer, an address) has its own checks.
        if (set || write.operation != root.name()) return;
        set = true;
        FaultPlan plan;
        plan.*fault.probability = 1;
        plan.limit = 1;
        planned = subject_.SetFaults(plan);
      };
      const Chain chain = RunChain(*connector_, intent, hooks);
      const absl::Status reset = planned.ok() ? subject_.SetFaults(FaultPlan()) : absl::OkStatus();
      if (!planned.ok()) return FromSubject(planned, "SetFaults");
      if (!reset.ok()) return FromSubject(reset, "SetFaults");
      if (!chain.status.ok()) return Fail(Describe(chain.status));
      const absl::Status once = ExactlyOnce(chain);
      return once.ok() ? Pass() : FromSubject(once, "Effects");
    });
  }
}

}  // namespace testing::internal
FAIRLEAD_NAMESPACE_END
