// Each rule by itself: names, paths, numbers, and what its kind of rule needs.
#include <algorithm>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "fairlead/models/decimal.h"
#include "fairlead/v1/order.pb.h"
#include "src/core/internal/absl_compat.h"
#include "src/policy/internal/check.h"
#include "src/policy/internal/duration.h"
#include "src/policy/internal/glob.h"
#include "src/policy/internal/kinds.h"
#include "src/policy/internal/suggest.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace policy {

namespace {
constexpr std::pair<Derivation, std::string_view> kDerivations[] = {
    {Derivation::kAvailable, "available"},
    {Derivation::kOnHand, "on_hand"},
    {Derivation::kOnHandLessCommittedSafety, "on_hand - committed - safety_stock"},
};
}  // namespace

std::string_view DerivationName(Derivation derivation) {
  for (const auto& [value, name] : kDerivations) {
    if (value == derivation) return name;
  }
  return "unknown";
}

namespace internal {

using ::fairlead::internal::ToStd;

std::optional<Derivation> DerivationByName(std::string_view name) {
  if (name.empty()) return Derivation::kAvailable;
  for (const auto& [value, known] : kDerivations) {
    if (known == name) return value;
  }
  return std::nullopt;
}

namespace {

bool HasControl(const std::string& text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::string ResolveName(v1::Resolve resolve) { return v1::Resolve_Name(resolve); }

bool IsSupported(v1::Resolve resolve) {
  return resolve == v1::OWNER_WINS || resolve == v1::PRIORITY || resolve == v1::APPEND_ONLY ||
         resolve == v1::MANUAL_REVIEW || resolve == v1::IGNORE;
}

class RuleChecker {
 public:
  RuleChecker(Checked& checked, Refusals& refusals)
      : checked_(checked), refusals_(refusals), systems_(SystemIds(checked.bundle)), teams_(TeamIds(checked.bundle)) {}

  void Check(int index) {
    index_ = index;
    const v1::PolicyRule& rule = checked_.bundle.rules(index);
    id_ = rule.id();
    CheckId(rule);
    Selectable item;
    const bool sound_field = CheckField(rule, item.pattern);
    const bool sound_scope = CheckScope(rule);
    CheckParties(rule);
    CheckResolve(rule);
    CheckStock(rule);
    CheckNumbers(rule);
    CheckAnswers(rule);
    if (sound_field && sound_scope) {
      item.rule = index;
      item.terms = TermsOf(rule);
      checked_.items.emplace_back(rule.entity(), std::move(item));
    }
  }

 private:
  void Add(const char* field, std::string message) {
    refusals_.Add(PlaceOf("rules", index_, field), id_, std::move(message));
  }
  void Add(const char* field, int element, std::string message) {
    refusals_.Add(PlaceOf("rules", index_, field, element), id_, std::move(message));
  }

  void CheckId(const v1::PolicyRule& rule) {
    if (rule.id().empty()) {
      Add(nullptr,
          absl::StrCat("rule number ", index_ + 1, " has no id: add id: \"…\"; decisions and findings carry it"));
    } else if (rule.id().size() > 128 || HasControl(rule.id())) {
      Add("id", "the id is longer than 128 bytes or holds control characters: choose a short name");
    } else if (!ids_.insert(rule.id()).second) {
      Add("id", "another rule has this id: give each its own");
    }
  }

  bool CheckField(const v1::PolicyRule& rule, Pattern& pattern) {
    const google::protobuf::Descriptor* type = DescriptorOf(rule.entity());
    if (type == nullptr) {
      Add(rule.entity() == v1::ENTITY_KIND_UNSPECIFIED ? nullptr : "entity",
          "names no entity: add entity: ORDER, PARTY, INVENTORY_LEVEL, …");
      return false;
    }
    if (rule.field().empty()) {
      Add(nullptr, "names no field: add field: \"…\", or \"*\" for the whole record");
      return false;
    }
    auto parsed = ParsePattern(rule.field(), *type);
    if (!parsed.ok()) {
      Add("field", std::string(ToStd(parsed.status().message())));
      return false;
    }
    pattern = *std::move(parsed);
    return true;
  }

  bool CheckScope(const v1::PolicyRule& rule) {
    std::vector<std::string> known;
    for (const std::string_view key : ScopeKeys()) known.emplace_back(key);
    std::set<std::string> keys;
    bool sound = true;
    const auto refuse = [&](int i, std::string message) {
      Add("scope", i, std::move(message));
      sound = false;
    };
    for (int i = 0; i < rule.scope_size(); ++i) {
      const v1::PolicyScope& scope = rule.scope(i);
      if (std::find(known.begin(), known.end(), scope.key()) == known.end()) {
        refuse(i, absl::StrCat(Quote(scope.key()), " is no scope key", DidYouMean(scope.key(), known), "; use one of ",
                               Quoted(known, 32)));
        continue;
      }
      if (!keys.insert(scope.key()).second) {
        refuse(i, absl::StrCat("scope key ", Quote(scope.key()), " stands twice: list all its values in one scope"));
        continue;
      }
      if (scope.value_size() == 0) {
        refuse(i, absl::StrCat("scope key ", Quote(scope.key()),
                               " has no value: add value: \"…\", or remove the scope to mean everywhere"));
      }
      std::set<std::string> values;
      for (const std::string& value : scope.value()) {
        if (value.empty() || value.size() > 256 || HasControl(value)) {
          refuse(i, absl::StrCat("a value of scope key ", Quote(scope.key()),
                                 " is empty, longer than 256 bytes or holds control characters: correct it"));
        } else if (!values.insert(value).second) {
          refuse(i, absl::StrCat("scope value ", Quote(value), " stands twice: keep one"));
        } else if (scope.value_size() > 1 && IsGlob(value)) {
          refuse(i, absl::StrCat("scope value ", Quote(value), " is a glob in a list: write a rule of its own for it"));
        }
      }
    }
    return sound;
  }

  bool IsSystem(const std::string& id) const {
    return std::find(systems_.begin(), systems_.end(), id) != systems_.end();
  }
  std::string UnknownSystem(const char* what, const std::string& id) const {
    return absl::StrCat(what, " ", Quote(id), " is no declared system", DidYouMean(id, systems_),
                        ": correct it, or add systems { id: ", Quote(id), " connector: \"…\" }");
  }

  template <typename List>
  void CheckList(const char* field, const List& list) {
    std::set<std::string> seen;
    for (int i = 0; i < list.size(); ++i) {
      if (!IsSystem(list.Get(i))) {
        Add(field, i, UnknownSystem(field, list.Get(i)));
      } else if (!seen.insert(list.Get(i)).second) {
        Add(field, i, absl::StrCat(field, " names ", Quote(list.Get(i)), " twice: keep one"));
      }
    }
  }

  void CheckParties(const v1::PolicyRule& rule) {
    if (!rule.owner().empty() && !IsSystem(rule.owner())) Add("owner", UnknownSystem("owner", rule.owner()));
    CheckList("writers", rule.writers());
    CheckList("priority", rule.priority());
    const auto writes = [&rule](const std::string& id) {
      return std::find(rule.writers().begin(), rule.writers().end(), id) != rule.writers().end();
    };
    if (rule.resolve() == v1::IGNORE || rule.writers_size() == 0) return;
    if (!rule.owner().empty() && !writes(rule.owner())) {
      Add("writers", absl::StrCat("the owner ", Quote(rule.owner()),
                                  " is not among the writers: add it, or its values would not count"));
    }
    for (int i = 0; i < rule.priority_size(); ++i) {
      if (!writes(rule.priority(i)) && IsSystem(rule.priority(i))) {
        Add("priority", i,
            absl::StrCat(Quote(rule.priority(i)), " is not among the writers: add it there, or remove it here"));
      }
    }
  }

  void CheckResolve(const v1::PolicyRule& rule) {
    const v1::Resolve resolve = rule.resolve();
    if (resolve == v1::RESOLVE_UNSPECIFIED) {
      Add(nullptr, "says neither owner nor resolve: add owner: \"…\", or resolve: MANUAL_REVIEW or IGNORE");
      return;
    }
    if (!IsSupported(resolve)) {
      Add("resolve",
          absl::StrCat(
              v1::Resolve_IsValid(resolve) ? ResolveName(resolve) : std::to_string(resolve),
              " is not supported yet by this version: use OWNER_WINS, PRIORITY, APPEND_ONLY, MANUAL_REVIEW or IGNORE"));
      return;
    }
    if (resolve == v1::OWNER_WINS && rule.owner().empty()) {
      Add("resolve", "OWNER_WINS needs an owner: add owner: \"…\"");
    }
    if (resolve == v1::PRIORITY && rule.priority_size() == 0) {
      Add("resolve", "PRIORITY needs the order of preference: add priority: \"…\" once for each system, best first");
    }
    if (resolve == v1::PRIORITY && !rule.owner().empty() && rule.priority_size() > 0 &&
        rule.priority(0) != rule.owner()) {
      Add("owner", absl::StrCat("the owner ", Quote(rule.owner()), " is not the first of priority, which is ",
                                Quote(rule.priority(0)), ": remove owner, or put it first"));
    }
    if (resolve == v1::APPEND_ONLY && rule.owner().empty() && rule.writers_size() == 0) {
      Add("resolve", "APPEND_ONLY needs to know whose entries count: add owner or writers");
    }
    if (resolve == v1::APPEND_ONLY && rule.on_blank() == v1::CLEAR) {
      Add("on_blank", "APPEND_ONLY never clears: remove on_blank: CLEAR");
    }
    if (resolve == v1::MANUAL_REVIEW && rule.writers_size() == 0) {
      Add("resolve", "MANUAL_REVIEW needs to know whose values are compared: add writers (or owner)");
    }
    const bool next = rule.on_missing_owner() == v1::USE_NEXT;
    if (resolve == v1::OWNER_WINS && next && rule.priority_size() == 0) {
      Add("on_missing_owner", "USE_NEXT needs to know who is next: add priority: \"…\"");
    }
    if (rule.priority_size() > 0 && resolve != v1::PRIORITY && !(resolve == v1::OWNER_WINS && next)) {
      Add("priority",
          absl::StrCat("priority has no effect with ", ResolveName(resolve),
                       resolve == v1::OWNER_WINS ? ": add on_missing_owner: USE_NEXT, or remove it" : ": remove it"));
    }
  }

  void CheckStock(const v1::PolicyRule& rule) {
    if (!rule.derive().empty()) {
      std::vector<std::string> known;
      for (const auto& [value, name] : kDerivations) known.emplace_back(name);
      if (!DerivationByName(rule.derive()).has_value()) {
        Add("derive", absl::StrCat(Quote(rule.derive()), " is no derivation of this version",
                                   DidYouMean(rule.derive(), known), "; use one of ", Quoted(known)));
      } else if (rule.entity() != v1::INVENTORY_LEVEL) {
        Add("derive", "derivations are for INVENTORY_LEVEL alone: remove derive");
      }
    }
    for (int i = 0; i < rule.explain_size(); ++i) {
      if (!v1::Explanation_IsValid(rule.explain(i)) || rule.explain(i) == v1::EXPLANATION_UNSPECIFIED) {
        Add("explain", i,
            "this explanation is unknown: use ORDERS_NOT_POSTED, SHIPMENTS_NOT_PUSHED or MOVES_IN_TRANSIT");
      } else if (rule.entity() != v1::INVENTORY_LEVEL) {
        Add("explain", i, absl::StrCat(v1::Explanation_Name(rule.explain(i)), " explains stock alone: remove explain"));
      }
    }
  }

  void Decimal(const char* field, const std::string& text, const char* example, bool zero_is_fine) {
    if (text.empty()) return;
    const auto value = models::ParseDecimal(text);
    if (!value.ok()) {
      Add(field, absl::StrCat(Quote(text), " is no decimal number: write it like ", Quote(example)));
    } else if (value->IsNegative() || (!zero_is_fine && value->IsZero())) {
      Add(field, absl::StrCat(Quote(text), zero_is_fine ? " is negative" : " is not above zero", ": write it like ",
                              Quote(example)));
    }
  }

  std::optional<std::chrono::seconds> Duration(const char* field, const std::string& text) {
    if (text.empty()) return std::nullopt;
    const auto duration = ParseDuration(text);
    if (!duration.has_value()) {
      Add(field, absl::StrCat(Quote(text), " is no duration: write it like \"15m\", \"36h\", \"2d\" or \"1h30m\""));
    }
    return duration;
  }

  void CheckNumbers(const v1::PolicyRule& rule) {
    Decimal("tolerance.abs", rule.tolerance().abs(), "3", true);
    Decimal("tolerance.rel", rule.tolerance().rel(), "0.02", true);
    const auto warn = Duration("freshness.warn", rule.freshness().warn());
    const auto page = Duration("freshness.page", rule.freshness().page());
    if (warn.has_value() && page.has_value() && *warn > *page) {
      Add("freshness.warn", absl::StrCat("warns after ", rule.freshness().warn(), " but pages already after ",
                                         rule.freshness().page(), ": warn has to be the shorter one"));
    }
    Duration("audit.every", rule.audit().every());
    if (rule.has_audit()) {
      if (rule.audit().every().empty()) Add("audit", "says not how often: add every: \"24h\"");
      const std::string& sample = rule.audit().sample();
      const std::size_t colon = sample.find(':');
      const std::string kind = sample.substr(0, colon);
      const std::string count = colon == std::string::npos ? "" : sample.substr(colon + 1);
      const bool counted = (kind == "top" || kind == "random") && !count.empty() && count.size() <= 9 &&
                           count[0] != '0' && count.find_first_not_of("0123456789") == std::string::npos;
      if (!sample.empty() && sample != "all" && !counted) {
        Add("audit.sample", absl::StrCat(Quote(sample), " is no sample: write \"all\", \"top:500\" or \"random:500\""));
      }
    }
    Decimal("repair.max_delta", rule.repair().max_delta(), "50", false);
    if (rule.repair().mode() == v1::AUTO) {
      if (!(rule.resolve() == v1::OWNER_WINS || rule.resolve() == v1::PRIORITY || rule.resolve() == v1::APPEND_ONLY)) {
        Add("repair.mode",
            absl::StrCat("AUTO has nothing to write with ", ResolveName(rule.resolve()), ": use OFF or PROPOSE"));
      }
      if (rule.repair().max_per_run() == 0 || rule.repair().max_delta().empty()) {
        Add("repair.mode", "AUTO needs its caps: add max_delta: \"…\" and max_per_run: …, or use PROPOSE");
      }
    }
  }

  void CheckAnswers(const v1::PolicyRule& rule) {
    if (rule.responsible().empty()) {
      Add(nullptr, "nobody is responsible: add responsible: \"…\" with the id of a team");
    } else if (std::find(teams_.begin(), teams_.end(), rule.responsible()) == teams_.end()) {
      Add("responsible",
          absl::StrCat("team ", Quote(rule.responsible()), " is not declared", DidYouMean(rule.responsible(), teams_),
                       ": correct it, or add teams { id: ", Quote(rule.responsible()), " … }"));
    }
    if (rule.runbook().empty()) {
      Add(nullptr, "names no runbook: add runbook: \"…\", so that whoever is called knows what to do");
    }
    if (rule.rationale().empty()) {
      Add(nullptr, "gives no reason: add rationale: \"…\" in a sentence that the business understands");
    }
  }

  Checked& checked_;
  Refusals& refusals_;
  std::vector<std::string> systems_;
  std::vector<std::string> teams_;
  std::set<std::string> ids_;
  int index_ = 0;
  std::string id_;
};

// The words of an enum without its prefix, but for the first (…_UNSPECIFIED).
std::vector<std::string> WordsOf(const google::protobuf::EnumDescriptor& type) {
  std::vector<std::string> words;
  const std::string zero(type.value(0)->name());
  const std::size_t prefix = zero.rfind("UNSPECIFIED");
  for (int i = 1; i < type.value_count(); ++i) words.push_back(std::string(type.value(i)->name()).substr(prefix));
  return words;
}

}  // namespace

void CheckRules(Checked& checked, Refusals& refusals) {
  RuleChecker checker(checked, refusals);
  for (int i = 0; i < checked.bundle.rules_size(); ++i) checker.Check(i);
}

void CheckGates(Checked& checked, Refusals& refusals) {
  const v1::PolicyBundle& bundle = checked.bundle;
  const std::vector<std::string> systems = SystemIds(bundle);
  const std::vector<std::string> teams = TeamIds(bundle);
  const auto has = [](const std::vector<std::string>& list, const std::string& word) {
    return std::find(list.begin(), list.end(), word) != list.end();
  };
  std::set<std::string> targets;
  for (int i = 0; i < bundle.posting_size(); ++i) {
    const v1::PostingGate& gate = bundle.posting(i);
    const auto add = [&](const char* field, std::string message) {
      refusals.Add(PlaceOf("posting", i, field), "",
                   absl::StrCat("posting gate of ", Quote(gate.target()), ": ", message));
    };
    if (gate.target().empty()) {
      add(nullptr, "names no target: add target: \"…\" with the id of the system that orders are posted to");
    } else if (!has(systems, gate.target())) {
      add("target",
          absl::StrCat("the target is no declared system", DidYouMean(gate.target(), systems), ": correct it"));
    } else if (!targets.insert(gate.target()).second) {
      add("target", "the target has another gate: keep one");
    } else if (const auto manifest = checked.manifests.find(gate.target()); manifest != checked.manifests.end()) {
      const v1::EntityCapability* orders = FindCapability(*manifest->second, v1::ORDER);
      const bool creates =
          orders != nullptr && std::any_of(orders->writes().begin(), orders->writes().end(), [](const auto& write) {
            return write.verb() == v1::WRITE_VERB_CREATE || write.verb() == v1::WRITE_VERB_UPSERT;
          });
      if (!creates) {
        add("target", absl::StrCat("the ", manifest->second->system(),
                                   " connector cannot create orders: post to a system that can, or remove the gate"));
      }
    }
    const auto words = [&](const char* field, const auto& list, const std::vector<std::string>& known) {
      for (int w = 0; w < list.size(); ++w) {
        if (has(known, list.Get(w))) continue;
        refusals.Add(PlaceOf("posting", i, field, w), "",
                     absl::StrCat("posting gate of ", Quote(gate.target()), ": ", Quote(list.Get(w)), " is no ", field,
                                  " state", DidYouMean(list.Get(w), known), "; use one of ", Quoted(known, 32)));
      }
    };
    words("payment", gate.payment(), WordsOf(*v1::PaymentStatus_descriptor()));
    words("commercial", gate.commercial(), WordsOf(*v1::CommercialStatus_descriptor()));
    if (!gate.residual_limit().empty()) {
      const auto limit = models::ParseDecimal(gate.residual_limit());
      if (!limit.ok() || limit->IsNegative()) {
        add("residual_limit", absl::StrCat(Quote(gate.residual_limit()), " is no amount: write it like \"0.05\""));
      }
    }
    if (gate.responsible().empty()) {
      add(nullptr, "nobody is responsible for parked orders: add responsible: \"…\" with the id of a team");
    } else if (!has(teams, gate.responsible())) {
      add("responsible",
          absl::StrCat("team ", Quote(gate.responsible()), " is not declared", DidYouMean(gate.responsible(), teams),
                       ": correct it, or add teams { id: ", Quote(gate.responsible()), " … }"));
    }
    if (gate.runbook().empty()) add(nullptr, "names no runbook for parked orders: add runbook: \"…\"");
  }
}

CompiledRule MakeRule(const v1::PolicyRule& rule) {
  CompiledRule out;
  out.id = rule.id();
  out.entity = rule.entity();
  out.field = rule.field();
  out.owner = rule.owner();
  out.writers.assign(rule.writers().begin(), rule.writers().end());
  out.priority.assign(rule.priority().begin(), rule.priority().end());
  out.resolve = rule.resolve();
  out.on_blank = rule.on_blank();
  out.on_missing_owner = rule.on_missing_owner();
  out.derivation = DerivationByName(rule.derive()).value_or(Derivation::kAvailable);
  for (const int explanation : rule.explain()) {
    out.explain.push_back(static_cast<v1::Explanation>(explanation));
    out.explains_orders = out.explains_orders || explanation == v1::ORDERS_NOT_POSTED;
  }
  const auto decimal = [](const std::string& text) -> std::optional<models::Dec> {
    models::Dec value;
    if (text.empty() || !models::TryParseDecimal(text, value)) return std::nullopt;
    return value;
  };
  out.tolerance_abs = decimal(rule.tolerance().abs());
  out.tolerance_rel = decimal(rule.tolerance().rel());
  out.freshness_warn = ParseDuration(rule.freshness().warn());
  out.freshness_page = ParseDuration(rule.freshness().page());
  out.audit_every = ParseDuration(rule.audit().every());
  out.audit_sample = rule.audit().sample();
  out.repair = rule.repair().mode() == v1::REPAIR_MODE_UNSPECIFIED ? v1::OFF : rule.repair().mode();
  out.repair_max_delta = decimal(rule.repair().max_delta());
  out.repair_max_per_run = rule.repair().max_per_run();
  out.responsible = rule.responsible();
  out.runbook = rule.runbook();
  out.rationale = rule.rationale();
  return out;
}

}  // namespace internal
}  // namespace policy
FAIRLEAD_NAMESPACE_END
