// What one seed is about: which faults, how often, how many processes, and what the business wants written.
#include <cmath>

#include "tests/simulation/simulation.h"

namespace fairlead_simulation {

std::string_view MutantName(Mutant mutant) {
  static constexpr std::array<std::string_view, kMutants + 1> kNames = {"none",
                                                                        "no_intent",
                                                                        "random_key",
                                                                        "unfenced_ack",
                                                                        "transport_resend",
                                                                        "no_last_check",
                                                                        "local_clock",
                                                                        "intent_not_durable",
                                                                        "lookup_without_waiting",
                                                                        "past_retention",
                                                                        "ack_before_commit",
                                                                        "conflict_is_refusal",
                                                                        "lane_broken",
                                                                        "no_lane_hold",
                                                                        "blind_resent",
                                                                        "follow_ups_apart"};
  return kNames[static_cast<std::size_t>(mutant)];
}

std::uint64_t Rng::Next() {
  std::uint64_t z = state_ += 0x9E3779B97F4A7C15ULL;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

Nanos Rng::Between(Nanos low, Nanos high) {
  return low + Nanos(static_cast<std::int64_t>(NextUnit() * static_cast<double>((high - low).count())));
}

void Simulation::Plan() {
  // Swarm: a fault that is always on hides those that need its absence.
  for (double& rate : rates_) {
    const bool on = random_.Chance(0.4);
    const double drawn = std::pow(10.0, -2.0 + 1.6 * random_.NextUnit());  // 1 % to 40 %.
    rate = on ? drawn : 0;
  }
  const int lanes = 1 + random_.Below(3);
  lane_reordered_.assign(static_cast<std::size_t>(lanes), false);
  const int roots = 2 + random_.Below(8);
  for (int i = 0; i < roots; ++i) MakeOperation(random_.Below(lanes), true, 0);
  if (random_.Chance(0.05)) ledger_options_.max_writes_per_hour = 2 + random_.Below(6);
  if (random_.Chance(0.3)) ledger_options_.max_crashes = 10;
}

void Simulation::MakeOperation(int lane, bool root, int depth) {
  using fairlead::Effect;
  static constexpr std::array<std::chrono::milliseconds, 3> kTimeouts = {2s, 10s, 30s};
  static constexpr std::array<std::chrono::milliseconds, 3> kSettles = {5s, 30s, 60s};
  static constexpr std::array<std::chrono::milliseconds, 3> kHorizons = {1h, 6h, 72h};
  const int id = static_cast<int>(operations_.size());
  Operation& made = operations_.emplace_back();
  made.id = id;
  made.lane = lane;
  made.root = root;
  made.effect = static_cast<Effect>(1 + random_.Below(6));
  if (made.effect == Effect::kRead && random_.Chance(0.7)) made.effect = Effect::kLookup;
  made.edit = random_.Chance(0.5);
  made.poison = random_.Chance(0.03);
  fairlead::IntentRequest request(made.effect);
  request.connector = lane % 2 == 0 ? "erp" : "shop";
  request.operation = std::string("sim.") + std::string(EffectName(made.effect));
  request.aggregate = "order/" + std::to_string(lane);
  request.purpose = "op:" + std::to_string(id);
  request.body = std::to_string(id);
  request.timeout = kTimeouts[static_cast<std::size_t>(random_.Below(3))];
  request.settle = kSettles[static_cast<std::size_t>(random_.Below(3))];
  request.horizon = kHorizons[static_cast<std::size_t>(random_.Below(3))];
  request.max_attempts = 3 + static_cast<std::uint32_t>(random_.Below(10));
  if (made.effect == Effect::kNativeKey) {
    request.retention = random_.Chance(0.5) ? std::chrono::milliseconds(2min) : std::chrono::milliseconds(24h);
    // The remote of the mutant keeps keys for as long as before.
    if (options_.mutant == Mutant::kPastRetention) request.retention *= 1000;
  }
  if (made.effect == Effect::kAbsolute && random_.Chance(0.5)) {
    request.coalesce = fairlead::Coalesce::kState;
    request.coalesce_field = "stock";
  }
  if (random_.Chance(0.1)) request.delay = random_.Between(1s, 5min);
  made.request = std::move(request);
  if (depth < 2 && random_.Chance(0.25)) {
    const int next = static_cast<int>(operations_.size());
    MakeOperation(lane, false, depth + 1);
    operations_[static_cast<std::size_t>(id)].next = next;
  }
}

}  // namespace fairlead_simulation
