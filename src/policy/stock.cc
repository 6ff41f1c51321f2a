#include "fairlead/policy/stock.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "src/core/internal/absl_compat.h"
#include "src/policy/internal/plan.h"
#include "src/policy/internal/suggest.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace policy {
namespace {

using ::fairlead::internal::ToAbsl;
using models::Dec;
using State = v1::FieldState;

std::string Text(const Dec& value) { return models::PrintDecimal(models::Normalize(value)); }

std::string StateWord(v1::StockState state) {
  const std::string name = v1::StockState_Name(state);
  constexpr std::string_view kPrefix = "STOCK_STATE_";
  return name.size() > kPrefix.size() ? name.substr(kPrefix.size()) : name;
}

absl::StatusOr<Dec> Required(const v1::InventoryLevel& level, v1::StockState state, Derivation derivation) {
  const auto value = StockOf(level, state);
  if (value.has_value()) return *value;
  return MakeError(
      ErrorKind::kMapping, Outcome::kNotSent,
      absl::StrCat("the level of ", level.sku(), level.location().empty() ? "" : absl::StrCat(" at ", level.location()),
                   " states no ", StateWord(state), ", which ", internal::Quote(DerivationName(derivation)),
                   " needs: use another derivation, or let the connector read it"));
}

absl::StatusOr<Dec> Absolute(const Dec& value) {
  return value.IsNegative() ? models::Negate(value) : absl::StatusOr<Dec>(value);
}

// "3 units in 3 orders not yet posted"; several kinds are joined by "and".
std::string InFlightWords(const std::vector<InFlight>& effects) {
  std::string words;
  for (const v1::Explanation kind : {v1::ORDERS_NOT_POSTED, v1::SHIPMENTS_NOT_PUSHED, v1::MOVES_IN_TRANSIT}) {
    Dec sum;
    std::set<std::string> references;
    bool any = false;
    for (const InFlight& effect : effects) {
      if (effect.kind != kind) continue;
      Dec quantity;
      if (!models::TryParseDecimal(effect.quantity, quantity)) continue;
      if (const auto added = models::Add(sum, quantity); added.ok()) sum = *added;
      references.insert(effect.reference);
      any = true;
    }
    if (!any) continue;
    const bool one = references.size() == 1;
    absl::StrAppend(&words, words.empty() ? "" : " and ", Text(sum), sum == Dec::Of(1) ? " unit in " : " units in ",
                    references.size(),
                    kind == v1::ORDERS_NOT_POSTED ? (one ? " order not yet posted" : " orders not yet posted")
                    : kind == v1::SHIPMENTS_NOT_PUSHED
                        ? (one ? " shipment not yet pushed" : " shipments not yet pushed")
                        : (one ? " move in transit" : " moves in transit"));
  }
  return words;
}

}  // namespace

std::optional<Dec> StockOf(const v1::InventoryLevel& level, v1::StockState state) {
  for (const v1::StateQuantity& entry : level.quantities()) {
    if (entry.state() != state || !entry.quantity().has_value()) continue;
    const auto value = models::FromProto(entry.quantity().value());
    if (value.ok()) return *value;
  }
  return std::nullopt;
}

absl::StatusOr<Dec> DeriveStock(Derivation derivation, const v1::InventoryLevel& level) {
  switch (derivation) {
    case Derivation::kAvailable:
      return Required(level, v1::STOCK_STATE_AVAILABLE, derivation);
    case Derivation::kOnHand:
      return Required(level, v1::STOCK_STATE_ON_HAND, derivation);
    case Derivation::kOnHandLessCommittedSafety: {
      auto value = Required(level, v1::STOCK_STATE_ON_HAND, derivation);
      for (const v1::StockState less : {v1::STOCK_STATE_COMMITTED, v1::STOCK_STATE_SAFETY_STOCK}) {
        if (!value.ok()) return value;
        value = models::Sub(*value, StockOf(level, less).value_or(Dec{}));
      }
      return value;
    }
  }
  return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent, "this derivation is unknown");
}

absl::StatusOr<StockAnswer> ExplainStock(const StockQuestion& question) {
  StockAnswer answer;
  for (const InFlight& effect : question.in_flight) {
    FAIRLEAD_ASSIGN_OR_RETURN(const Dec quantity, models::ParseDecimal(effect.quantity));
    FAIRLEAD_ASSIGN_OR_RETURN(answer.explained, models::Add(answer.explained, quantity));
  }
  FAIRLEAD_ASSIGN_OR_RETURN(answer.expected, models::Sub(question.owner_value, answer.explained));
  FAIRLEAD_ASSIGN_OR_RETURN(answer.residual, models::Sub(question.target_value, answer.expected));
  answer.words = absl::StrCat(Text(question.owner_value), " in ", question.owner, ", ", Text(question.target_value),
                              " in ", question.target);
  const bool differ = question.owner_value != question.target_value;
  if (!question.in_flight_known) {
    // Agreement proves nothing either: what is in flight may make it wrong.
    answer.finding_class = FindingClass::kUnknown;
    absl::StrAppend(&answer.words, ": what is in flight could not be read, so ",
                    differ ? "the difference" : "the agreement", " proves nothing");
    return answer;
  }
  const std::string in_flight = InFlightWords(question.in_flight);
  if (answer.residual.IsZero()) {
    if (!differ) return answer;
    answer.finding_class = FindingClass::kExplained;
    absl::StrAppend(&answer.words, ": ", in_flight);
    return answer;
  }
  FAIRLEAD_ASSIGN_OR_RETURN(const Dec size, Absolute(answer.residual));
  bool tolerated = question.tolerance_abs.has_value() && size <= *question.tolerance_abs;
  if (!tolerated && question.tolerance_rel.has_value()) {
    FAIRLEAD_ASSIGN_OR_RETURN(const Dec base, Absolute(answer.expected));
    FAIRLEAD_ASSIGN_OR_RETURN(
        const Dec allowed, models::Mul(base, *question.tolerance_rel, models::kMaxScale / 2, v1::ROUNDING_MODE_DOWN));
    tolerated = size <= allowed;
  }
  answer.finding_class = tolerated ? FindingClass::kWithinTolerance : FindingClass::kDrift;
  absl::StrAppend(&answer.words, ": ", question.target, " has ", Text(size),
                  answer.residual.IsNegative() ? " fewer" : " more", " than the ", Text(answer.expected), " expected",
                  in_flight.empty() ? "" : absl::StrCat(" after ", in_flight), ", ",
                  tolerated ? "within tolerance" : "unexplained");
  return answer;
}

namespace {

// Of the header's statements about the stock, the one that makes it unusable.
bool IsFetched(const v1::InventoryLevel& level) {
  for (const v1::FieldState& state : level.header().field_states()) {
    const bool about = state.path().empty() || state.path().compare(0, 10, "quantities") == 0;
    if (!about) continue;
    // Other states than the ones that are read here may be missing.
    if (state.path().find('[') != std::string::npos && state.path().find("AVAILABLE") == std::string::npos &&
        state.path().find("ON_HAND") == std::string::npos && state.path().find("[*]") == std::string::npos) {
      continue;
    }
    switch (state.kind()) {
      case State::KIND_NOT_FETCHED:
      case State::KIND_REDACTED:
      case State::KIND_TRUNCATED:
      case State::KIND_UNKNOWN_VALUE:
        return false;
      default:
        break;
    }
  }
  return true;
}

}  // namespace

absl::StatusOr<StockDecision> CompiledPolicy::Evaluate(const StockCase& stock) const {
  constexpr std::string_view kField = "quantities[AVAILABLE]";
  StockDecision out;
  Decision& decision = out.decision;
  decision.entity = v1::INVENTORY_LEVEL;
  decision.entity_id = stock.entity_id;
  decision.field = std::string(kField);
  decision.scope = stock.scope;
  decision.target = stock.target;
  decision.policy_hash = impl_->hash;
  const auto finding = [&](FindingClass finding_class, std::string_view rule, std::string detail) {
    out.findings.push_back(Finding{finding_class, std::string(rule), stock.entity_id, std::string(kField),
                                   std::move(detail), decision.responsible, decision.runbook});
  };
  const auto hold = [&](std::string reason) {
    decision.outcome = DecisionOutcome::kHeld;
    decision.reason = std::move(reason);
  };

  // The owner's levels, each by the rule of its own location, in a fixed order.
  std::vector<const v1::InventoryLevel*> levels = stock.levels;
  std::stable_sort(levels.begin(), levels.end(),
                   [](const auto* a, const auto* b) { return a->location() < b->location(); });
  const std::string target_location = stock.target_level == nullptr ? std::string() : stock.target_level->location();
  std::set<std::string> locations;
  std::vector<const CompiledRule*> rules;
  Dec sum;
  bool review = false;
  bool held = false;
  for (const v1::InventoryLevel* level : levels) {
    if (!target_location.empty() && level->location() != target_location) continue;
    Scope scope = stock.scope;
    scope.Set("location", level->location());
    const CompiledRule* rule = Select(v1::INVENTORY_LEVEL, kField, scope);
    if (rule == nullptr) {
      // Half of the locations would be a wrong number.
      const std::string detail = impl_->UnscopedDetail(v1::INVENTORY_LEVEL, kField, scope);
      finding(FindingClass::kUnscoped, "unscoped", detail);
      hold(detail);
      held = true;
      continue;
    }
    if (rule->resolve == v1::IGNORE) continue;
    const bool owned = rule->Writes()
                           ? (rule->owner.empty() ? rule->priority.front() : rule->owner) == stock.levels_system
                           : rule->resolve == v1::MANUAL_REVIEW;
    if (!owned) continue;
    if (rules.empty()) {
      decision.rule_id = rule->id;
      decision.responsible = rule->responsible;
      decision.runbook = rule->runbook;
    }
    if (!locations.insert(level->location()).second) {
      const std::string detail = absl::StrCat(stock.levels_system, " states the stock of ", stock.entity_id, " twice",
                                              level->location().empty() ? "" : absl::StrCat(" at ", level->location()),
                                              ": give each item its own SKU; its stock is not written until then");
      finding(FindingClass::kDuplicate, rule->id, detail);
      hold(detail);
      held = true;
      continue;
    }
    rules.push_back(rule);
    review = review || rule->resolve == v1::MANUAL_REVIEW;
    if (!IsFetched(*level)) {
      hold(absl::StrCat("the stock of ", stock.entity_id,
                        level->location().empty() ? "" : absl::StrCat(" at ", level->location()), " was not read from ",
                        stock.levels_system, ": nothing is written until it is"));
      held = true;
      continue;
    }
    const auto value = DeriveStock(rule->derivation, *level);
    if (!value.ok()) {
      const std::string detail(value.status().message());
      finding(FindingClass::kUnreadable, rule->id, detail);
      hold(detail);
      held = true;
      continue;
    }
    FAIRLEAD_ASSIGN_OR_RETURN(sum, models::Add(sum, *value));
  }

  FieldInput owner;
  owner.system = stock.levels_system;
  owner.version = stock.owner_version;
  owner.observed_at = stock.owner_observed_at;
  if (!rules.empty() && !held) owner.value = Text(sum);
  FieldInput target;
  target.system = stock.target;
  target.version = stock.target_version;
  target.observed_at = stock.target_observed_at;
  std::optional<Dec> there;
  if (stock.target_level != nullptr) there = StockOf(*stock.target_level, v1::STOCK_STATE_AVAILABLE);
  if (there.has_value()) target.value = Text(*there);
  if (stock.target_level != nullptr && !IsFetched(*stock.target_level)) target.state = State::KIND_NOT_FETCHED;

  // Only what the rules name as an explanation counts.
  std::vector<InFlight> counted;
  bool explains = false;
  for (const CompiledRule* rule : rules) explains = explains || !rule->explain.empty();
  for (const InFlight& effect : stock.in_flight) {
    const bool named = std::any_of(rules.begin(), rules.end(), [&](const CompiledRule* rule) {
      return std::find(rule->explain.begin(), rule->explain.end(), effect.kind) != rule->explain.end();
    });
    if (named) counted.push_back(effect);
  }
  std::sort(counted.begin(), counted.end(), [](const InFlight& a, const InFlight& b) {
    return std::tie(a.kind, a.reference, a.quantity) < std::tie(b.kind, b.reference, b.quantity);
  });
  decision.in_flight = counted;
  decision.inputs.push_back(owner);
  decision.inputs.push_back(target);
  std::sort(decision.inputs.begin(), decision.inputs.end(),
            [](const FieldInput& a, const FieldInput& b) { return a.system < b.system; });
  if (held) return out;
  if (rules.empty()) {
    decision.outcome = DecisionOutcome::kNoChange;
    decision.reason = absl::StrCat("no rule makes ", stock.levels_system, " the owner of this stock");
    return out;
  }
  if (stock.target_level == nullptr) {
    decision.outcome = DecisionOutcome::kNoChange;
    decision.reason = absl::StrCat(stock.target, " has no such item");
    return out;
  }
  if (target.state == State::KIND_NOT_FETCHED) {
    hold(absl::StrCat(stock.target, " was not asked for its stock: it may hold the right number already"));
    return out;
  }

  StockQuestion question;
  question.owner = stock.levels_system;
  question.target = stock.target;
  question.owner_value = sum;
  question.target_value = there.value_or(Dec{});
  question.in_flight = counted;
  question.in_flight_known = stock.in_flight_known || !explains;
  for (const CompiledRule* rule : rules) {
    // Of several locations' tolerances the strictest.
    const auto strictest = [](std::optional<Dec>& kept, const std::optional<Dec>& other) {
      if (other.has_value() && (!kept.has_value() || *other < *kept)) kept = other;
    };
    strictest(question.tolerance_abs, rule->tolerance_abs);
    strictest(question.tolerance_rel, rule->tolerance_rel);
  }
  FAIRLEAD_ASSIGN_OR_RETURN(StockAnswer answer, ExplainStock(question));
  out.desired = answer.expected;
  decision.reason = answer.words;
  if (answer.finding_class == FindingClass::kUnknown) {
    finding(FindingClass::kUnknown, decision.rule_id, answer.words);
    hold(absl::StrCat(answer.words, ": nothing is written until it is known"));
    return out;
  }
  if (answer.finding_class == FindingClass::kDrift) finding(FindingClass::kDrift, decision.rule_id, answer.words);
  decision.chosen_system = stock.levels_system;
  decision.chosen = Text(answer.expected);
  if (there.has_value() && answer.residual.IsZero()) {
    decision.outcome = DecisionOutcome::kNoChange;
  } else {
    decision.outcome = review ? DecisionOutcome::kReview : DecisionOutcome::kWrite;
  }
  out.answer = std::move(answer);
  return out;
}

}  // namespace policy
FAIRLEAD_NAMESPACE_END
