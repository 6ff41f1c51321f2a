#include "fairlead/testing/fault_plan.h"

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "src/testing/internal/fault_injector.h"
#include "src/testing/internal/json_value.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {
namespace {

using internal::Json;

struct Probability {
  const char* name;
  double FaultPlan::*field;
};
constexpr Probability kProbabilities[] = {
    {"latency", &FaultPlan::latency},
    {"server_error", &FaultPlan::server_error},
    {"rate_limited", &FaultPlan::rate_limited},
    {"drop_before", &FaultPlan::drop_before},
    {"drop_after", &FaultPlan::drop_after},
    {"late_apply", &FaultPlan::late_apply},
    {"duplicate", &FaultPlan::duplicate},
    {"truncate", &FaultPlan::truncate},
    {"webhook_drop", &FaultPlan::webhook_drop},
    {"webhook_duplicate", &FaultPlan::webhook_duplicate},
    {"webhook_reorder", &FaultPlan::webhook_reorder},
};

struct Count {
  const char* name;
  std::int64_t FaultCounters::*field;
};
constexpr Count kCounts[] = {
    {"latency", &FaultCounters::latency},
    {"server_error", &FaultCounters::server_error},
    {"rate_limited", &FaultCounters::rate_limited},
    {"drop_before", &FaultCounters::drop_before},
    {"drop_after", &FaultCounters::drop_after},
    {"late_apply", &FaultCounters::late_apply},
    {"duplicate", &FaultCounters::duplicate},
    {"truncate", &FaultCounters::truncate},
    {"webhook_drop", &FaultCounters::webhook_drop},
    {"webhook_duplicate", &FaultCounters::webhook_duplicate},
    {"webhook_reorder", &FaultCounters::webhook_reorder},
};

absl::Status Wrong(std::string_view member, std::string_view why) {
  return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent,
                   "fault plan: " + std::string(member) + ": " + std::string(why));
}

}  // namespace

FaultPlan FaultPlan::Mixed(double rate, std::uint64_t seed) {
  FaultPlan plan;
  plan.seed = seed;
  plan.latency = rate;
  // What is hardest to survive comes most often: answers lost after the effect.
  plan.server_error = rate * 0.15;
  plan.rate_limited = rate * 0.10;
  plan.drop_before = rate * 0.15;
  plan.drop_after = rate * 0.30;
  plan.late_apply = rate * 0.10;
  plan.duplicate = rate * 0.10;
  plan.truncate = rate * 0.10;
  plan.webhook_drop = rate / 3;
  plan.webhook_duplicate = rate / 3;
  plan.webhook_reorder = rate / 3;
  return plan;
}

absl::Status FaultPlan::Validate() const {
  for (const Probability& probability : kProbabilities) {
    const double value = this->*probability.field;
    if (!(value >= 0 && value <= 1)) return Wrong(probability.name, "must lie between 0 and 1");
  }
  if (server_error + rate_limited + drop_before + drop_after + late_apply + duplicate + truncate > 1 + 1e-9) {
    return Wrong("server_error … truncate", "together above 1");
  }
  if (webhook_drop + webhook_duplicate + webhook_reorder > 1 + 1e-9) return Wrong("webhook_*", "together above 1");
  if (max_latency.count() < 0 || d_max.count() < 0 || retry_after.count() < 0) return Wrong("durations", "below zero");
  return absl::OkStatus();
}

absl::StatusOr<FaultPlan> FaultPlan::FromJson(std::string_view text) {
  absl::StatusOr<Json> json = Json::Parse(text);
  if (!json.ok()) return Wrong("body", std::string(json.status().message()));
  if (!json->IsObject()) return Wrong("body", "not a JSON object");
  FaultPlan plan;
  for (const Json::Member& member : json->members()) {
    const std::string& name = member.first;
    const Json& value = member.second;
    bool known = false;
    for (const Probability& probability : kProbabilities) {
      if (name == probability.name && value.IsNumber()) {
        plan.*probability.field = value.AsDouble();
        known = true;
      }
    }
    if (known) continue;
    if (name == "duplicate_creations" && value.IsBool()) {
      plan.duplicate_creations = value.AsBool();
    } else if (!value.IsNumber()) {
      return Wrong(name, "is not a number");
    } else if (name == "seed") {
      plan.seed = static_cast<std::uint64_t>(value.AsInt());
    } else if (name == "max_latency_ms") {
      plan.max_latency = std::chrono::milliseconds(value.AsInt());
    } else if (name == "d_max_ms") {
      plan.d_max = std::chrono::milliseconds(value.AsInt());
    } else if (name == "retry_after_ms") {
      plan.retry_after = std::chrono::milliseconds(value.AsInt());
    } else if (name == "limit") {
      plan.limit = value.AsInt();
    } else if (name == "max_consecutive") {
      plan.max_consecutive = static_cast<int>(value.AsInt());
    } else {
      return Wrong(name, "unknown member");
    }
  }
  FAIRLEAD_RETURN_IF_ERROR(plan.Validate());
  return plan;
}

std::int64_t FaultCounters::Total() const {
  std::int64_t total = -latency;
  for (const Count& count : kCounts) total += this->*count.field;
  return total;
}

std::string FaultCounters::ToJson() const {
  Json json = Json::Object();
  json.Set("requests", requests);
  for (const Count& count : kCounts) json.Set(count.name, this->*count.field);
  json.Set("total", Total());
  return json.Dump();
}

namespace internal {

std::uint64_t Mix(std::uint64_t seed, std::uint64_t n) {
  std::uint64_t z = seed * 0xD1342543DE82EF95u + (n + 1) * 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

double MixUnit(std::uint64_t seed, std::uint64_t n) {
  return static_cast<double>(Mix(seed, n) >> 11) * (1.0 / 9007199254740992.0);
}

FaultVerdict FaultInjector::NextRequest(RequestNature nature) {
  using Kind = FaultVerdict::Kind;
  std::lock_guard<std::mutex> lock(mutex_);
  FaultVerdict verdict;
  const std::uint64_t n = number_++;
  ++counters_.requests;
  verdict.chance = Mix(plan_.seed ^ 0x5bd1e995u, n);
  if (MixUnit(plan_.seed ^ 0x1a7e9c3u, n) < plan_.latency) {
    ++counters_.latency;
    verdict.latency = std::chrono::milliseconds(1 + static_cast<std::int64_t>(verdict.chance >> 32) %
                                                        (plan_.max_latency.count() + 1));
  }
  if ((plan_.limit >= 0 && injected_ >= plan_.limit) || consecutive_ >= plan_.max_consecutive) {
    consecutive_ = 0;
    return verdict;
  }
  double at = MixUnit(plan_.seed, n);
  const auto falls = [&at](double share) {
    at -= share;
    return at < 0;
  };
  if (falls(plan_.server_error)) {
    verdict.kind = Kind::kServerError;
  } else if (falls(plan_.rate_limited)) {
    verdict.kind = Kind::kRateLimited;
  } else if (falls(plan_.drop_before)) {
    verdict.kind = Kind::kDropBefore;
  } else if (falls(plan_.drop_after)) {
    verdict.kind = Kind::kDropAfter;
  } else if (falls(plan_.late_apply)) {
    verdict.kind = nature == RequestNature::kRead ? Kind::kDropBefore : Kind::kLateApply;
  } else if (falls(plan_.duplicate)) {
    verdict.kind = Kind::kDuplicate;
    if (nature == RequestNature::kRead) verdict.kind = Kind::kDropAfter;
    if (nature == RequestNature::kCreates && !plan_.duplicate_creations) verdict.kind = Kind::kLateApply;
  } else if (falls(plan_.truncate)) {
    verdict.kind = Kind::kTruncate;
  }
  if (verdict.kind == Kind::kNone) {
    consecutive_ = 0;
    return verdict;
  }
  ++injected_;
  ++consecutive_;
  // Between half of d_max and nearly all of it: late enough to meet whoever does not wait.
  verdict.copy_after = std::chrono::milliseconds(
      plan_.d_max.count() / 2 + static_cast<std::int64_t>(verdict.chance >> 40) % (plan_.d_max.count() * 2 / 5 + 1));
  switch (verdict.kind) {
    case Kind::kNone:
      break;
    case Kind::kServerError:
      ++counters_.server_error;
      break;
    case Kind::kRateLimited:
      ++counters_.rate_limited;
      break;
    case Kind::kDropBefore:
      ++counters_.drop_before;
      break;
    case Kind::kDropAfter:
      ++counters_.drop_after;
      break;
    case Kind::kLateApply:
      ++counters_.late_apply;
      break;
    case Kind::kDuplicate:
      ++counters_.duplicate;
      break;
    case Kind::kTruncate:
      ++counters_.truncate;
      break;
  }
  return verdict;
}

WebhookVerdict FaultInjector::NextWebhook() {
  std::lock_guard<std::mutex> lock(mutex_);
  WebhookVerdict verdict;
  double at = MixUnit(plan_.seed ^ 0x77eb400cu, webhook_number_++);
  if ((at -= plan_.webhook_drop) < 0) {
    verdict.kind = WebhookVerdict::Kind::kDrop;
    ++counters_.webhook_drop;
  } else if ((at -= plan_.webhook_duplicate) < 0) {
    verdict.kind = WebhookVerdict::Kind::kDuplicate;
    ++counters_.webhook_duplicate;
  } else if ((at -= plan_.webhook_reorder) < 0) {
    verdict.kind = WebhookVerdict::Kind::kHold;
    ++counters_.webhook_reorder;
  }
  return verdict;
}

void FaultInjector::SetPlan(const FaultPlan& plan) {
  std::lock_guard<std::mutex> lock(mutex_);
  plan_ = plan;
  number_ = 0;
  webhook_number_ = 0;
  injected_ = 0;
  consecutive_ = 0;
}

FaultPlan FaultInjector::plan() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return plan_;
}

FaultCounters FaultInjector::counters() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return counters_;
}

}  // namespace internal
}  // namespace testing
FAIRLEAD_NAMESPACE_END
