// One entity in several systems: what each of them is to be given.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "fairlead/v1/header.pb.h"
#include "src/policy/internal/kinds.h"
#include "src/policy/internal/plan.h"
#include "src/policy/internal/suggest.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace policy {
namespace internal {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using models::FieldMatch;
using models::FieldPath;
using State = v1::FieldState;

bool IsUnknown(State::Kind kind) {
  return kind == State::KIND_NOT_FETCHED || kind == State::KIND_NOT_SUPPORTED || kind == State::KIND_REDACTED ||
         kind == State::KIND_TRUNCATED || kind == State::KIND_UNKNOWN_VALUE;
}

// A record with what its header says about its fields.
struct Reader {
  const SystemRecord* record = nullptr;
  std::vector<std::pair<Pattern, State::Kind>> states;

  // Of the path as a whole: the nearest statement at or above it.
  State::Kind StateOf(const Pattern& path) const {
    State::Kind best = State::KIND_UNSPECIFIED;
    int parts = -1;
    for (const auto& [pattern, kind] : states) {
      if (pattern.parts > parts && Covers(pattern, path)) {
        best = kind;
        parts = pattern.parts;
      }
    }
    return best;
  }
};

const v1::EntityHeader* HeaderOf(const Message& message) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByNumber(1);
  if (field == nullptr || field->message_type() != v1::EntityHeader::descriptor()) return nullptr;
  if (!message.GetReflection()->HasField(message, field)) return nullptr;
  return static_cast<const v1::EntityHeader*>(&message.GetReflection()->GetMessage(message, field));
}

std::unique_ptr<Message> CopyOf(const Message& message) {
  std::unique_ptr<Message> copy(message.New());
  copy->CopyFrom(message);
  return copy;
}

// Text for decision records: short, and for whole lists what tells them apart.
std::string ShortText(const FieldMatch& match, const models::Digest& digest) {
  constexpr std::size_t kLongest = 512;
  if (match.field->is_repeated() && match.index < 0) {
    const int size = match.parent->GetReflection()->FieldSize(*match.parent, match.field);
    return absl::StrCat(size, size == 1 ? " element" : " elements", ", digest ", digest.Hex().substr(0, 12));
  }
  std::string text = match.Text();
  if (text.size() > kLongest) text = absl::StrCat(text.size(), " bytes, digest ", digest.Hex().substr(0, 12));
  return text;
}

// What one system says at one path.
struct Seen {
  FieldMatch match;
  models::Digest digest;
  bool doubled = false;  // Several elements with this key.
};
using SeenByPath = std::map<std::string, Seen>;

class Evaluator {
 public:
  Evaluator(const EntityCase& entity, const Plan& plan) : case_(entity), plan_(plan) {}

  absl::StatusOr<EntityEvaluation> Run() {
    const Descriptor* type = DescriptorOf(case_.entity);
    if (type == nullptr) return Refuse("the case names no entity");
    FAIRLEAD_RETURN_IF_ERROR(ReadRecords(*type));
    const auto targets = plan_.targets.find(case_.entity);
    if (targets == plan_.targets.end()) return std::move(out_);
    for (const Reader& reader : readers_) {
      const auto target = targets->second.find(reader.record->system);
      if (target == targets->second.end()) continue;
      const bool create = reader.record->message == nullptr;
      if (create ? !target->second.creates : !target->second.updates) continue;
      FAIRLEAD_RETURN_IF_ERROR(EvaluateTarget(reader, target->second, *type));
    }
    return std::move(out_);
  }

 private:
  static absl::Status Refuse(const std::string& message) {
    return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent, message);
  }

  absl::Status ReadRecords(const Descriptor& type) {
    std::set<std::string> systems;
    for (const SystemRecord& record : case_.records) {
      if (!systems.insert(record.system).second) {
        return Refuse(absl::StrCat("two records of system ", Quote(record.system),
                                   " in one case: pass one, and report the duplicate"));
      }
      if (record.message != nullptr && record.message->GetDescriptor() != &type) {
        return Refuse(absl::StrCat("the record of ", Quote(record.system), " is a ",
                                   record.message->GetDescriptor()->name(), ", but the case is about ",
                                   KindName(case_.entity)));
      }
      Reader reader;
      reader.record = &record;
      const v1::EntityHeader* header = record.message == nullptr ? nullptr : HeaderOf(*record.message);
      if (header != nullptr) {
        for (const v1::FieldState& state : header->field_states()) {
          auto pattern = ParseConcrete(state.path());
          // A path that cannot be read may mean any field: nothing is known for sure then.
          reader.states.emplace_back(pattern.ok() ? *std::move(pattern) : Pattern{}, state.kind());
        }
      }
      readers_.push_back(std::move(reader));
    }
    std::sort(readers_.begin(), readers_.end(),
              [](const Reader& a, const Reader& b) { return a.record->system < b.record->system; });
    scope_ = case_.scope;
    for (const Reader& reader : readers_) {
      if (reader.record->message == nullptr) continue;
      const Scope stated = ScopeOf(*reader.record->message);
      for (const auto& [key, value] : stated.entries()) {
        if (scope_.Find(key) == nullptr) scope_.Set(key, value);
      }
    }
    return absl::OkStatus();
  }

  // What lies strictly below `path` and is not known in some record: never compared, never copied.
  absl::StatusOr<std::vector<FieldPath>> UnknownBelow(const Pattern& path) const {
    std::vector<FieldPath> unknown;
    for (const Reader& reader : readers_) {
      for (const auto& [pattern, kind] : reader.states) {
        if (!IsUnknown(kind) || pattern.segments.size() <= path.segments.size() || !Overlap(path, pattern)) continue;
        auto below = FieldPath::Parse(pattern.text);
        if (!below.ok()) return below.status();
        unknown.push_back(*std::move(below));
      }
    }
    return unknown;
  }

  // Whether the path goes through an element that should have a key of its own, but has none or shares it.
  static bool IsKeyedByPlace(const std::string& place, const Descriptor& type) {
    if (place.find("[#") == std::string::npos) return false;
    const auto path = FieldPath::Parse(place);
    if (!path.ok()) return false;
    const Descriptor* at = &type;
    for (const models::PathSegment& segment : path->segments()) {
      const FieldDescriptor* field = at == nullptr ? nullptr : at->FindFieldByName(segment.field);
      if (field == nullptr) return false;
      at = field->message_type();
      if (segment.select == models::PathSegment::Select::kIndex && at != nullptr && models::HasNaturalKey(*at))
        return true;
    }
    return false;
  }

  absl::Status Look(const Message& message, const WritePath& path, SeenByPath& seen) const {
    auto matches = models::FindFields(message, path.path);
    if (!matches.ok()) return matches.status();
    for (FieldMatch& match : *matches) {
      // Several elements with one key are told apart by place, and places mean nothing in another system.
      const bool one_of_many = !path.wildcard && matches->size() > 1;
      const bool doubled = one_of_many || IsKeyedByPlace(match.path, *message.GetDescriptor());
      const auto [place, added] = seen.try_emplace(one_of_many ? path.text : match.path);
      place->second.doubled = place->second.doubled || doubled || !added;
      if (!added) continue;
      if (match.present) place->second.digest = models::DigestOf(match);
      place->second.match = std::move(match);
    }
    return absl::OkStatus();
  }

  absl::Status EvaluateTarget(const Reader& target, const Target& can, const Descriptor& type) {
    TargetPlan plan;
    plan.target = target.record->system;
    plan.create = target.record->message == nullptr;
    for (const WritePath& path : can.paths) {
      auto unknown = UnknownBelow(path.pattern);
      if (!unknown.ok()) return unknown.status();
      // Copies without the unknown parts live as long as the matches that point into them.
      std::vector<std::unique_ptr<Message>> masked;
      std::vector<SeenByPath> seen(readers_.size());
      std::set<std::string> places;
      for (std::size_t i = 0; i < readers_.size(); ++i) {
        const Message* message = readers_[i].record->message;
        if (message == nullptr) continue;
        if (!unknown->empty()) {
          masked.push_back(CopyOf(*message));
          for (const FieldPath& below : *unknown) {
            if (below.Check(type).ok()) FAIRLEAD_RETURN_IF_ERROR(models::ClearFields(*masked.back(), below));
          }
          message = masked.back().get();
        }
        FAIRLEAD_RETURN_IF_ERROR(Look(*message, path, seen[i]));
        for (const auto& [place, at] : seen[i]) places.insert(place);
      }
      for (const std::string& place : places) {
        Pattern pattern = path.pattern;
        const Candidates* candidates = &path.candidates;
        Candidates own;
        if (place != path.text) {
          auto parsed = ParseConcrete(place);
          if (!parsed.ok()) return parsed.status();
          pattern = *std::move(parsed);
          if (!path.fixed) {
            own = plan_.selector.Walk(case_.entity, pattern);
            candidates = &own;
          }
        }
        FAIRLEAD_RETURN_IF_ERROR(EvaluatePlace(target, pattern, *candidates, seen, *unknown, plan));
      }
    }
    std::sort(plan.writes.begin(), plan.writes.end(),
              [](const FieldWrite& a, const FieldWrite& b) { return a.path < b.path; });
    out_.targets.push_back(std::move(plan));
    return absl::OkStatus();
  }

  absl::Status EvaluatePlace(const Reader& target, const Pattern& place, const Candidates& candidates,
                             const std::vector<SeenByPath>& seen, const std::vector<FieldPath>& unknown,
                             TargetPlan& plan) {
    Decision decision;
    decision.entity = case_.entity;
    decision.entity_id = case_.entity_id;
    decision.field = place.text;
    decision.scope = scope_;
    decision.target = plan.target;
    decision.in_flight = case_.in_flight;
    decision.policy_hash = plan_.hash;
    decision.inputs.reserve(readers_.size());  // Voices point into it.
    std::vector<Voice> voices;
    std::string doubled;
    bool is_list = false;
    for (std::size_t i = 0; i < readers_.size(); ++i) {
      if (readers_[i].record->message == nullptr) continue;
      FieldInput input;
      input.system = readers_[i].record->system;
      input.version = readers_[i].record->version;
      input.observed_at = readers_[i].record->observed_at;
      input.state = readers_[i].StateOf(place);
      Voice voice;
      if (const auto found = seen[i].find(place.text); found != seen[i].end()) {
        const Seen& at = found->second;
        if (at.doubled) doubled = input.system;
        is_list = is_list || (at.match.field->is_repeated() && at.match.index < 0);
        if (at.match.present) {
          voice.digest = at.digest;
          input.value = ShortText(at.match, at.digest);
        }
      }
      decision.inputs.push_back(std::move(input));
      voice.input = &decision.inputs.back();
      voices.push_back(voice);
    }

    const CompiledRule* rule = plan_.Pick(candidates, scope_);
    if (rule == nullptr) {
      decision.reason = plan_.UnscopedDetail(case_.entity, place.text, scope_);
      AddFinding(FindingClass::kUnscoped, "unscoped", decision);
      out_.decisions.push_back(std::move(decision));
      return absl::OkStatus();
    }
    decision.rule_id = rule->id;
    decision.responsible = rule->responsible;
    decision.runbook = rule->runbook;
    if (!doubled.empty() && rule->resolve != v1::IGNORE) {
      decision.reason = absl::StrCat(
          doubled, " has elements here without a key of their own: give each its own, nothing is written until then");
      AddFinding(FindingClass::kDuplicate, rule->id, decision);
      out_.decisions.push_back(std::move(decision));
      return absl::OkStatus();
    }
    Choice choice = Choose(*rule, plan.target, target.record->message != nullptr, voices);
    const Reader* from = choice.chosen == nullptr ? nullptr : ReaderOf(choice.chosen->system);
    if (choice.outcome == DecisionOutcome::kReview && rule->resolve == v1::APPEND_ONLY && is_list && from != nullptr) {
      FAIRLEAD_RETURN_IF_ERROR(Append(target, *from, place, seen, choice, plan, rule->id));
    } else if (choice.outcome == DecisionOutcome::kWrite) {
      FAIRLEAD_RETURN_IF_ERROR(Apply(target, *from, place, choice.clears, unknown, plan));
      plan.writes.push_back(FieldWrite{place.text, rule->id, choice.chosen->system, choice.clears});
    }
    decision.outcome = choice.outcome;
    decision.reason = std::move(choice.reason);
    if (choice.chosen != nullptr) {
      decision.chosen_system = choice.chosen->system;
      decision.chosen = choice.chosen->value;
    }
    out_.decisions.push_back(std::move(decision));
    return absl::OkStatus();
  }

  const Reader* ReaderOf(const std::string& system) const {
    for (const Reader& reader : readers_) {
      if (reader.record->system == system) return &reader;
    }
    return nullptr;
  }

  void AddFinding(FindingClass finding_class, const std::string& rule, const Decision& decision) {
    Finding finding;
    finding.finding_class = finding_class;
    finding.rule = rule;
    finding.entity = case_.entity_id;
    finding.field = decision.field;
    finding.detail = decision.reason;
    finding.responsible = decision.responsible;
    finding.runbook = decision.runbook;
    // The same place is looked at once for each target.
    for (const Finding& other : out_.findings) {
      if (other.rule == finding.rule && other.field == finding.field && other.finding_class == finding_class) return;
    }
    out_.findings.push_back(std::move(finding));
  }

  static void Start(const Reader& target, const Message& like, TargetPlan& plan) {
    if (plan.desired != nullptr) return;
    plan.desired =
        target.record->message != nullptr ? CopyOf(*target.record->message) : std::unique_ptr<Message>(like.New());
  }

  absl::Status Apply(const Reader& target, const Reader& from, const Pattern& place, bool clears,
                     const std::vector<FieldPath>& unknown, TargetPlan& plan) const {
    Start(target, *from.record->message, plan);
    auto path = FieldPath::Parse(place.text);
    if (!path.ok()) return path.status();
    if (clears) return models::ClearFields(*plan.desired, *path);
    FAIRLEAD_RETURN_IF_ERROR(models::CopyFields(*from.record->message, *path, *plan.desired));
    // What the chosen system does not know stays as the target has it.
    for (const FieldPath& below : unknown) {
      if (!below.Check(*plan.desired->GetDescriptor()).ok()) continue;
      if (target.record->message != nullptr) {
        FAIRLEAD_RETURN_IF_ERROR(models::CopyFields(*target.record->message, below, *plan.desired));
      } else {
        FAIRLEAD_RETURN_IF_ERROR(models::ClearFields(*plan.desired, below));
      }
    }
    return absl::OkStatus();
  }

  // A list that only grows: what the chosen system has and the target lacks is added behind.
  absl::Status Append(const Reader& target, const Reader& from, const Pattern& place,
                      const std::vector<SeenByPath>& seen, Choice& choice, TargetPlan& plan, const std::string& rule) {
    const FieldMatch* theirs = nullptr;
    const FieldMatch* ours = nullptr;
    for (std::size_t i = 0; i < readers_.size(); ++i) {
      const auto found = seen[i].find(place.text);
      if (found == seen[i].end()) continue;
      if (&readers_[i] == &from) theirs = &found->second.match;
      if (&readers_[i] == &target) ours = &found->second.match;
    }
    if (theirs == nullptr || ours == nullptr) return absl::OkStatus();
    const auto element = [](const FieldMatch& list, int index) {
      FieldMatch one = list;
      one.index = index;
      one.present = true;
      return one;
    };
    const auto size = [](const FieldMatch& list) {
      return list.parent->GetReflection()->FieldSize(*list.parent, list.field);
    };
    std::multiset<models::Digest> held;
    std::set<std::string> held_keys;
    for (int i = 0; i < size(*ours); ++i) {
      const FieldMatch one = element(*ours, i);
      held.insert(models::DigestOf(one));
      if (one.message() != nullptr) {
        if (const auto key = models::NaturalKeyOf(*one.message()); key.has_value()) held_keys.insert(*key);
      }
    }
    std::vector<int> missing;
    for (int i = 0; i < size(*theirs); ++i) {
      const FieldMatch one = element(*theirs, i);
      if (const auto same = held.find(models::DigestOf(one)); same != held.end()) {
        held.erase(same);
        continue;
      }
      if (one.message() != nullptr) {
        const auto key = models::NaturalKeyOf(*one.message());
        if (key.has_value() && held_keys.count(*key) != 0) {
          choice.reason = absl::StrCat(plan.target, " holds another ", models::PathWithKey(place.text, *key), " than ",
                                       from.record->system, ", and entries are never rewritten here (APPEND_ONLY)");
          return absl::OkStatus();
        }
      }
      missing.push_back(i);
    }
    if (missing.empty()) {
      choice.outcome = DecisionOutcome::kNoChange;
      choice.reason = absl::StrCat(plan.target, " holds every entry of ", from.record->system);
      return absl::OkStatus();
    }
    Start(target, *from.record->message, plan);
    auto path = FieldPath::Parse(place.text);
    if (!path.ok()) return path.status();
    auto list = models::FindFields(*plan.desired, *path);
    if (!list.ok()) return list.status();
    if (list->size() != 1) return absl::OkStatus();
    // `desired` is ours: the match points into it, const only because reading is the usual case.
    Message* parent = const_cast<Message*>(list->front().parent);  // NOLINT(cppcoreguidelines-pro-type-const-cast)
    for (const int i : missing) AppendElement(*theirs, i, *parent);
    choice.outcome = DecisionOutcome::kWrite;
    choice.reason = absl::StrCat(plan.target, " lacks ", missing.size(),
                                 missing.size() == 1 ? " entry of " : " entries of ", from.record->system);
    plan.writes.push_back(FieldWrite{place.text, rule, from.record->system, false});
    return absl::OkStatus();
  }

  static void AppendElement(const FieldMatch& list, int index, Message& parent) {
    const auto* from = list.parent->GetReflection();
    const auto* to = parent.GetReflection();
    const FieldDescriptor* field = list.field;
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      to->AddMessage(&parent, field)->CopyFrom(from->GetRepeatedMessage(*list.parent, field, index));
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      to->AddString(&parent, field, from->GetRepeatedString(*list.parent, field, index));
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
      to->AddEnumValue(&parent, field, from->GetRepeatedEnumValue(*list.parent, field, index));
    }
    // The model has no other repeated scalars.
  }

  const EntityCase& case_;
  const Plan& plan_;
  std::vector<Reader> readers_;
  Scope scope_;
  EntityEvaluation out_;
};

}  // namespace
}  // namespace internal

absl::StatusOr<EntityEvaluation> CompiledPolicy::Evaluate(const EntityCase& entity) const {
  return internal::Evaluator(entity, *impl_).Run();
}

}  // namespace policy
FAIRLEAD_NAMESPACE_END
