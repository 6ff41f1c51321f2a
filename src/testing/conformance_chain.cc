// Chains of writes, driven as the ledger's table of states says.
#include <algorithm>
#include <deque>
#include <set>

#include "absl/strings/str_cat.h"
#include "src/core/internal/absl_compat.h"
#include "src/testing/internal/conformance_kit.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing::internal {
namespace {

using fairlead::internal::ToAbsl;
using Verdict3 = LookupResult::Verdict;

constexpr std::size_t kMaxLinks = 40;
constexpr int kMaxAttempts = 8;

absl::Status Broken(const std::string& why) { return absl::FailedPreconditionError(why); }

/// Whether the ledger would send the same bytes again without a look.
bool ResendsBlindly(Effect effect) {
  return effect == Effect::kRead || effect == Effect::kAbsolute || effect == Effect::kNativeKey;
}

}  // namespace

Effect Kit::DeclaredEffect(std::string_view operation) const {
  const v1::WriteOperation* declared = manifest_->FindWrite(operation);
  return declared == nullptr ? Effect::kBlind : FromProto(declared->effect());
}

absl::StatusOr<std::optional<Link>> Kit::RunLink(Connector& connector, const WriteIntent& intent,
                                                 const ChainHooks& hooks) {
  const absl::StatusOr<Preparation> preparation = connector.Prepare(intent, Context());
  if (!preparation.ok()) return Annotate(preparation.status(), intent.operation + ": Prepare");
  if (!preparation->waiting_for.empty())
    return Broken(absl::StrCat(intent.operation, " waits for ", preparation->waiting_for));
  if (preparation->nothing_to_do) return std::optional<Link>();
  if (!preparation->write.has_value())
    return Broken(absl::StrCat(intent.operation, ": Prepare answers neither a write nor why there is none"));
  Link link;
  link.intent = intent;
  link.write = *preparation->write;
  if (hooks.instead) {
    if (std::optional<absl::Status> ended = hooks.instead(link.write); ended.has_value()) return *ended;
  }
  bool may_have_been_applied = false;
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    if (hooks.before) hooks.before(link.write);
    CountingGuard guard;
    CallContext context = Context();
    context.guard = &guard;
    absl::StatusOr<WriteResult> result = connector.Write(link.write, context);
    link.transmissions = guard.asked();
    if (result.ok()) {
      link.result = *std::move(result);
      return std::optional<Link>(std::move(link));
    }
    const absl::Status status = result.status();
    link.errors.push_back(status);
    const ErrorKind kind = KindOf(status);
    const Outcome outcome = OutcomeOf(status);
    bool look_up = false;
    if (outcome == Outcome::kUnknown) {
      may_have_been_applied = true;
      if (ResendsBlindly(link.write.effect)) continue;
      look_up = true;
    } else if (may_have_been_applied && (kind == ErrorKind::kConflict || kind == ErrorKind::kDuplicate)) {
      look_up = true;  // Refused because of our own earlier send, perhaps.
    } else if (kind != ErrorKind::kTransient && kind != ErrorKind::kRateLimited) {
      return Annotate(status, link.write.operation);
    }
    if (!look_up) continue;
    for (int look = 0;; ++look) {
      if (const absl::Status slept = options_.runtime.sleeper->Sleep(link.write.d_max, Cancellation()); !slept.ok())
        return slept;
      const absl::StatusOr<LookupResult> found = connector.Lookup(link.write, Context());
      if (!found.ok()) {
        if (KindOf(found.status()) == ErrorKind::kTransient && look < kMaxAttempts) continue;
        return Annotate(found.status(), link.write.operation + ": Lookup");
      }
      link.lookups.push_back(found->verdict);
      if (found->verdict == Verdict3::kFound) {
        if (!found->result.has_value()) return Broken(link.write.operation + ": Lookup found it and gives no result");
        link.result = *found->result;
        return std::optional<Link>(std::move(link));
      }
      if (found->verdict == Verdict3::kAbsent) break;
      if (found->verdict == Verdict3::kAmbiguous || look >= kMaxAttempts) {
        return Broken(absl::StrCat(link.write.operation, ": a person would have to decide: ", found->evidence));
      }
    }
  }
  return Annotate(link.errors.back(),
                  absl::StrCat(link.write.operation, ": still failing after ", kMaxAttempts, " attempts"));
}

Chain Kit::RunChain(Connector& connector, const WriteIntent& root, const ChainHooks& hooks) {
  Chain chain;
  chain.root = root;
  std::deque<WriteIntent> queue = {root};
  while (!queue.empty()) {
    const WriteIntent intent = std::move(queue.front());
    queue.pop_front();
    if (chain.links.size() >= kMaxLinks) {
      chain.status = Broken(absl::StrCat("the chain does not end: ", kMaxLinks, " links"));
      return chain;
    }
    absl::StatusOr<std::optional<Link>> link = RunLink(connector, intent, hooks);
    if (!link.ok()) {
      chain.status = link.status();
      return chain;
    }
    if (!link->has_value()) continue;
    chain.links.push_back(**std::move(link));
    Link& done = chain.links.back();
    if (done.result.posting.has_value()) chain.posting = done.result.posting;
    if (done.write.operation == root.operation && chain.external_id.empty())
      chain.external_id = done.result.external_id;
    for (const WriteIntent& next : done.result.follow_ups) queue.push_back(next);
    if (hooks.after) {
      chain.status = hooks.after(done);
      if (!chain.status.ok()) return chain;
    }
  }
  return chain;
}

absl::Status Kit::ExactlyOnce(const Chain& chain) {
  std::set<std::string> counted;
  bool any = false;
  for (const Link& link : chain.links) {
    if (link.write.effect == Effect::kRead ||
        !counted.insert(link.write.operation + "\n" + link.write.reference).second)
      continue;
    const absl::StatusOr<std::int64_t> effects = subject_.Effects(chain.root, link.write);
    if (effects.status().code() == absl::StatusCode::kUnimplemented) continue;
    if (!effects.ok()) return effects.status();
    any = true;
    if (*effects != 1)
      return absl::DataLossError(
          absl::StrCat("the effect of ", link.write.operation, " stands ", *effects, " times in the system"));
  }
  return any ? absl::OkStatus() : absl::UnimplementedError("the subject counts no effect of this chain");
}

Verdict Kit::Survive(const v1::WriteOperation& root, const Link& link, const WireFault& fault,
                     const std::function<std::string(const absl::Status&)>& judge,
                     std::optional<LookupResult::Verdict> lookup) {
  FAIRLEAD_KIT_SUBJECT(const WriteIntent intent, subject_.Intent(root));
  bool set = false;
  ChainHooks hooks;
  hooks.before = [&](const PreparedWrite& write) {
    if (set || write.operation != link.write.operation) return;
    set = true;
    wire_.SetFault(fault);
  };
  const Chain chain = RunChain(*connector_, intent, hooks);
  if (!set)
    return Fail(absl::StrCat("the chain did not come to ", link.write.operation, " again: ", chain.status.ToString()));
  if (wire_.struck() == 0)
    return Fail("the effectful request did not bring its guard to the transport, so nothing can be shown");
  if (!chain.status.ok()) return Fail(absl::StrCat("the chain broke off: ", Describe(chain.status)));
  for (const Link& done : chain.links) {
    if (done.write.operation != link.write.operation || done.errors.empty()) continue;
    if (const std::string fault_found = judge(done.errors.front()); !fault_found.empty()) return Fail(fault_found);
    if (lookup.has_value() && !ResendsBlindly(done.write.effect)) {
      if (done.lookups.empty()) return Fail("nobody looked");
      if (done.lookups.front() != *lookup) {
        return Fail(*lookup == Verdict3::kFound ? "the look-up did not find what had been applied"
                                                : "the look-up claims to have found what never arrived");
      }
    }
    const absl::Status once = ExactlyOnce(chain);
    return once.ok() ? Pass() : FromSubject(once, "Effects");
  }
  return Fail("the fault was answered as if the write had gone well");
}

}  // namespace testing::internal
FAIRLEAD_NAMESPACE_END
