// Which value is right for one field, and whether the target is to be given it.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "src/policy/internal/plan.h"
#include "src/policy/internal/suggest.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace policy {
namespace internal {

using State = v1::FieldState;

namespace {

enum class Known : std::uint8_t { kValue, kBlank, kAbsent, kUnknown };

Known KnowledgeOf(const FieldInput& input) {
  switch (input.state) {
    case State::KIND_NOT_FETCHED:
    case State::KIND_NOT_SUPPORTED:
    case State::KIND_REDACTED:
    case State::KIND_TRUNCATED:
    case State::KIND_UNKNOWN_VALUE:
      return Known::kUnknown;
    default:
      break;
  }
  if (input.value.has_value()) return Known::kValue;
  return IsBlank(input) ? Known::kBlank : Known::kAbsent;
}

std::string WhyUnknown(const FieldInput& input) {
  switch (input.state) {
    case State::KIND_NOT_FETCHED:
      return absl::StrCat(input.system, " was not asked for it");
    case State::KIND_NOT_SUPPORTED:
      return absl::StrCat(input.system, " does not have it");
    case State::KIND_REDACTED:
      return absl::StrCat(input.system, " shows it redacted");
    case State::KIND_TRUNCATED:
      return absl::StrCat(input.system, " shows it cut short");
    default:
      return absl::StrCat(input.system, " states a value that is not understood");
  }
}

class Chooser {
 public:
  Chooser(const CompiledRule& rule, const std::string& target, bool target_has_record, const std::vector<Voice>& voices)
      : rule_(rule), target_(target), has_record_(target_has_record), voices_(voices) {}

  Choice Run() {
    switch (rule_.resolve) {
      case v1::OWNER_WINS:
        return OwnerWins();
      case v1::PRIORITY:
        return ByOrder(rule_.priority);
      case v1::APPEND_ONLY:
        return AppendOnly();
      case v1::MANUAL_REVIEW:
        return Review();
      case v1::IGNORE:
        return NoChange("the rule says IGNORE");
      default:
        return Held("the rule cannot be evaluated by this version");
    }
  }

 private:
  static Choice NoChange(std::string reason) {
    return Choice{DecisionOutcome::kNoChange, nullptr, false, std::move(reason)};
  }
  static Choice Held(std::string reason) { return Choice{DecisionOutcome::kHeld, nullptr, false, std::move(reason)}; }

  const Voice* Of(const std::string& system) const {
    for (const Voice& voice : voices_) {
      if (voice.input->system == system) return &voice;
    }
    return nullptr;
  }
  bool Writes(const std::string& system) const {
    return std::find(rule_.writers.begin(), rule_.writers.end(), system) != rule_.writers.end();
  }

  Choice OwnerWins() {
    std::vector<std::string> order{rule_.owner};
    if (rule_.on_missing_owner == v1::USE_NEXT) {
      for (const std::string& system : rule_.priority) {
        if (system != rule_.owner) order.push_back(system);
      }
    }
    return ByOrder(order);
  }

  Choice ByOrder(const std::vector<std::string>& order) {
    const bool use_next = rule_.on_missing_owner == v1::USE_NEXT;
    const bool owner_wins = rule_.resolve == v1::OWNER_WINS;
    bool first = true;
    for (const std::string& system : order) {
      const bool strict = owner_wins && first;  // What the owner says is final; the others are a fallback.
      first = false;
      const Voice* voice = Of(system);
      if (voice == nullptr) {
        if (strict && !use_next)
          return Held(absl::StrCat("the owner ", system, " has no such record, or it was not read"));
        continue;
      }
      switch (KnowledgeOf(*voice->input)) {
        case Known::kUnknown:
          // A lower system's value would be taken back as soon as this one is read.
          if (!use_next) return Held(absl::StrCat(WhyUnknown(*voice->input), ": its value is needed first"));
          continue;
        case Known::kBlank:
          if (rule_.on_blank == v1::CLEAR) return Clear(*voice);
          if (strict)
            return NoChange(absl::StrCat(system, " states it empty, and a blank never clears here (on_blank: KEEP)"));
          continue;
        case Known::kAbsent:
          if (strict) return NoChange(absl::StrCat(system, " states no value, which never clears"));
          continue;
        case Known::kValue:
          return Give(*voice);
      }
    }
    return NoChange("no system states a value");
  }

  Choice Give(const Voice& voice) const {
    Choice choice;
    choice.chosen = voice.input;
    if (voice.input->system == target_) {
      choice.outcome = DecisionOutcome::kNoChange;
      choice.reason = absl::StrCat(target_, " holds the right value itself");
      return choice;
    }
    const Voice* own = Of(target_);
    if (!has_record_ || own == nullptr) {
      choice.outcome = DecisionOutcome::kWrite;
      choice.reason = absl::StrCat(target_, has_record_ ? " states no value" : " has no such record yet");
      return choice;
    }
    const Known known = KnowledgeOf(*own->input);
    if (own->digest.has_value() && own->digest == voice.digest) {
      choice.outcome = DecisionOutcome::kNoChange;
      choice.reason = absl::StrCat(target_, " holds the value of ", voice.input->system);
      return choice;
    }
    if (known == Known::kUnknown && own->input->state != State::KIND_NOT_SUPPORTED) {
      choice.outcome = DecisionOutcome::kHeld;
      choice.reason = absl::StrCat(WhyUnknown(*own->input), ": it may hold the right value already");
      return choice;
    }
    choice.outcome = DecisionOutcome::kWrite;
    choice.reason = absl::StrCat(voice.input->system, rule_.resolve == v1::PRIORITY ? " comes first" : " owns it",
                                 " and ", target_, known == Known::kValue ? " holds another value" : " holds none");
    return choice;
  }

  Choice Clear(const Voice& voice) const {
    Choice choice;
    choice.chosen = voice.input;
    const Voice* own = Of(target_);
    if (voice.input->system == target_ || !has_record_ || own == nullptr || KnowledgeOf(*own->input) == Known::kBlank ||
        KnowledgeOf(*own->input) == Known::kAbsent) {
      choice.outcome = DecisionOutcome::kNoChange;
      choice.reason = absl::StrCat(voice.input->system, " states it empty, and so does ", target_);
      return choice;
    }
    if (KnowledgeOf(*own->input) == Known::kUnknown) {
      choice.outcome = DecisionOutcome::kHeld;
      choice.reason = absl::StrCat(WhyUnknown(*own->input), ": nothing is cleared unseen");
      return choice;
    }
    choice.outcome = DecisionOutcome::kWrite;
    choice.clears = true;
    choice.reason = absl::StrCat(voice.input->system, " states it empty (on_blank: CLEAR)");
    return choice;
  }

  // The owner's entry, else the first writer's by name. What stands at the target is never rewritten.
  Choice AppendOnly() {
    std::vector<std::string> order;
    if (!rule_.owner.empty()) order.push_back(rule_.owner);
    for (const std::string& system : rule_.writers) {
      if (system != rule_.owner) order.push_back(system);
    }
    for (const std::string& system : order) {
      const Voice* voice = Of(system);
      if (voice == nullptr || KnowledgeOf(*voice->input) != Known::kValue) continue;
      Choice choice = Give(*voice);
      const Voice* own = Of(target_);
      if (choice.outcome == DecisionOutcome::kWrite && own != nullptr && has_record_ &&
          KnowledgeOf(*own->input) == Known::kValue) {
        choice.outcome = DecisionOutcome::kReview;
        choice.reason = absl::StrCat(target_, " holds another entry than ", system,
                                     ", and entries are never rewritten here (APPEND_ONLY)");
      }
      return choice;
    }
    return NoChange("no system states an entry");
  }

  Choice Review() {
    const Voice* own = has_record_ ? Of(target_) : nullptr;
    const bool own_value = own != nullptr && KnowledgeOf(*own->input) == Known::kValue;
    if (own != nullptr && KnowledgeOf(*own->input) == Known::kUnknown) {
      return Held(absl::StrCat(WhyUnknown(*own->input), ": it cannot be compared"));
    }
    std::string unknown;
    for (const Voice& voice : voices_) {
      if (voice.input->system == target_ || !Writes(voice.input->system)) continue;
      const Known known = KnowledgeOf(*voice.input);
      if (known == Known::kUnknown && unknown.empty()) unknown = WhyUnknown(*voice.input);
      if (known != Known::kValue) continue;
      if (!own_value || own->digest != voice.digest) {
        Choice choice;
        choice.outcome = DecisionOutcome::kReview;
        choice.reason =
            absl::StrCat(voice.input->system, " and ", target_, " differ, and a person decides (MANUAL_REVIEW)");
        return choice;
      }
    }
    if (!unknown.empty()) return Held(absl::StrCat(unknown, ": it cannot be compared"));
    return NoChange("the systems agree");
  }

  const CompiledRule& rule_;
  const std::string& target_;
  bool has_record_;
  const std::vector<Voice>& voices_;
};

}  // namespace

bool IsBlank(const FieldInput& input) {
  return !input.value.has_value() &&
         (input.state == State::KIND_NULL_AT_SOURCE || input.state == State::KIND_EMPTY_AT_SOURCE);
}

Choice Choose(const CompiledRule& rule, const std::string& target, bool target_has_record,
              const std::vector<Voice>& voices) {
  return Chooser(rule, target, target_has_record, voices).Run();
}

}  // namespace internal
}  // namespace policy
FAIRLEAD_NAMESPACE_END
