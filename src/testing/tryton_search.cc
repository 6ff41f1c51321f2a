// Domains and order clauses.
#include <algorithm>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "src/testing/internal/sandbox_host.h"
#include "src/testing/internal/tryton_store.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {
namespace internal {
namespace {

using Type = TrytonField::Type;

bool IsClause(const Json& domain) {
  return domain.IsArray() && domain.size() >= 3 && domain.At(0).IsString() && domain.At(1).IsString() &&
         domain.At(0).text() != "OR" && domain.At(0).text() != "AND";
}

bool Mentions(const Json& domain, std::string_view field) {
  if (IsClause(domain)) return domain.At(0).text() == field;
  for (const Json& item : domain.items()) {
    if (item.IsArray() && Mentions(item, field)) return true;
  }
  return false;
}

bool IsNumeric(const Json& value) { return value.IsNumber() || value["__class__"].text() == "Decimal"; }

std::string DateKey(const Json& value) {
  std::string key;
  for (const char* part : {"year", "month", "day", "hour", "minute", "second", "microsecond"}) {
    std::string digits = std::to_string(value[part].AsInt());
    digits.insert(0, digits.size() < 7 ? 7 - digits.size() : 0, '0');
    key += digits;
  }
  return key;
}

/// -1, 0, 1. Values of the same kind; text otherwise.
int Compare(const Json& a, const Json& b) {
  if ((IsNumeric(a) || a.IsBool()) && (IsNumeric(b) || b.IsBool())) {
    const ExactDecimal x = a.IsBool() ? ExactDecimal{a.AsBool() ? 1 : 0, 0} : ToDecimal(a);
    const ExactDecimal y = b.IsBool() ? ExactDecimal{b.AsBool() ? 1 : 0, 0} : ToDecimal(b);
    return x < y ? -1 : (y < x ? 1 : 0);
  }
  if (a["__class__"].IsString() && b["__class__"].IsString()) return DateKey(a).compare(DateKey(b));
  return a.text().compare(b.text());
}

/// SQL's LIKE: % any run, _ one character, \ escapes.
bool Like(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t mark = 0;
  while (t < text.size()) {
    const bool escaped = p + 1 < pattern.size() && pattern[p] == '\\';
    if (p < pattern.size() && pattern[p] == '%') {
      star = p++;
      mark = t;
    } else if (escaped && pattern[p + 1] == text[t]) {
      p += 2;
      ++t;
    } else if (p < pattern.size() && !escaped && (pattern[p] == '_' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '%') ++p;
  return p == pattern.size();
}

bool IsKnownOperator(const std::string& op) {
  for (const char* known : {"=", "!=", "<", ">", "<=", ">=", "like", "not like", "ilike", "not ilike", "in", "not in",
                            "child_of", "not child_of", "parent_of", "not parent_of", "where", "not where"}) {
    if (op == known) return true;
  }
  return false;
}

bool Test(const Json& own, const std::string& op, const Json& value) {
  if (op == "=") return value.IsNull() || own.IsNull() ? own.IsNull() && value.IsNull() : Compare(own, value) == 0;
  if (op == "!=") return !Test(own, "=", value);
  if (op == "in" || op == "not in") {
    bool found = false;
    for (const Json& item : value.items()) found = found || Test(own, "=", item);
    return found == (op == "in");
  }
  if (own.IsNull()) return op.rfind("not ", 0) == 0;
  if (op == "<") return !value.IsNull() && Compare(own, value) < 0;
  if (op == ">") return !value.IsNull() && Compare(own, value) > 0;
  if (op == "<=") return !value.IsNull() && Compare(own, value) <= 0;
  if (op == ">=") return !value.IsNull() && Compare(own, value) >= 0;
  if (op == "like" || op == "not like") return Like(value.text(), own.text()) == (op == "like");
  if (op == "ilike" || op == "not ilike") {
    return Like(absl::AsciiStrToLower(value.text()), absl::AsciiStrToLower(own.text())) == (op == "ilike");
  }
  return false;
}

}  // namespace

absl::StatusOr<bool> TrytonStore::MatchesClause(const TrytonModel& model, std::int64_t id, const std::string& path,
                                                const std::string& op, const Json& value, const Json& context) const {
  const auto dot = path.find('.');
  const std::string head = path.substr(0, dot);
  const TrytonField* field = model.Find(head);
  if (field == nullptr) return TrytonKeyError(head);
  const Json own = Get(model.name, id, head, context);
  const bool negative = op.rfind("not ", 0) == 0 || op == "!=";

  if (dot != std::string::npos) {
    const std::string rest = path.substr(dot + 1);
    std::string relation = field->relation;
    std::vector<std::int64_t> targets;
    if (field->type == Type::kReference) {
      const auto comma = own.text().find(',');
      if (comma == std::string::npos) return false;
      relation = own.text().substr(0, comma);
      targets.push_back(std::atoll(own.text().c_str() + comma + 1));
    } else if (own.IsArray()) {
      for (const Json& item : own.items()) targets.push_back(item.AsInt());
    } else if (!own.IsNull()) {
      targets.push_back(own.AsInt());
    }
    const auto target = TrytonSchema().find(relation);
    if (target == TrytonSchema().end()) return TrytonKeyError(rest);
    for (const std::int64_t other : targets) {
      absl::StatusOr<bool> found = MatchesClause(target->second, other, rest, op, value, context);
      if (!found.ok() || *found) return found;
    }
    return false;
  }

  if (op == "child_of" || op == "not child_of" || op == "parent_of" || op == "not parent_of") {
    const bool down = op.find("child_of") != std::string::npos;
    const std::string relation = head == "id" ? model.name : field->relation;
    bool found = false;
    std::vector<Json> wanted = value.IsArray() ? value.items() : std::vector<Json>{value};
    for (const Json& item : wanted) {
      std::int64_t lower = down ? own.AsInt() : item.AsInt();
      const std::int64_t upper = down ? item.AsInt() : own.AsInt();
      while (lower != 0 && lower != upper) lower = GetId(relation, lower, "parent");
      found = found || (lower != 0 && lower == upper);
    }
    return found != negative;
  }
  if (op == "where" || op == "not where") {
    const auto target = TrytonSchema().find(field->relation);
    if (target == TrytonSchema().end()) return TrytonKeyError(head);
    std::vector<Json> targets = own.IsArray() ? own.items() : std::vector<Json>{own};
    for (const Json& item : targets) {
      if (item.IsNull()) continue;
      absl::StatusOr<bool> found = Matches(target->second, item.AsInt(), value, context);
      if (!found.ok()) return found;
      if (*found) return !negative;
    }
    return negative;
  }
  // A text against a relation means its name.
  if ((field->type == Type::kMany2One || own.IsArray()) && (value.IsString() || op.find("like") != std::string::npos) &&
      !ExactDecimal::Parse(value.text()).has_value()) {
    std::vector<Json> targets = own.IsArray() ? own.items() : std::vector<Json>{own};
    for (const Json& item : targets) {
      if (!item.IsNull() && Test(Get(field->relation, item.AsInt(), "rec_name"), op, value)) return true;
    }
    return false;
  }
  if (own.IsArray()) {
    const std::string positive = op == "!=" ? "=" : (op == "not in" ? "in" : op);
    bool found = value.IsNull() && own.size() == 0;
    for (const Json& item : own.items()) found = found || Test(item, positive, value);
    return found != negative;
  }
  return Test(own, op, value);
}

absl::StatusOr<bool> TrytonStore::Matches(const TrytonModel& model, std::int64_t id, const Json& domain,
                                          const Json& context) const {
  if (IsClause(domain)) {
    if (!IsKnownOperator(domain.At(1).text())) {
      // The real server answers a broken operator like this.
      return TrytonPlainError("maximum recursion depth exceeded in __instancecheck__");
    }
    return MatchesClause(model, id, domain.At(0).text(), domain.At(1).text(), domain.At(2), context);
  }
  const bool any = domain.size() > 0 && domain.At(0).text() == "OR";
  for (const Json& item : domain.items()) {
    if (item.IsString()) continue;
    absl::StatusOr<bool> holds = Matches(model, id, item, context);
    if (!holds.ok()) return holds;
    if (*holds == any) return any;
  }
  return !any;
}

std::optional<TrytonStore::Ids> TrytonStore::Candidates(const TrytonModel& model, const Json& domain) const {
  const auto from_clause = [&](const Json& clause) -> std::optional<Ids> {
    const std::string& name = clause.At(0).text();
    const std::string& op = clause.At(1).text();
    const bool equal = op == "=" && !clause.At(2).IsNull() && !clause.At(2).IsArray();
    if (!equal && op != "in") return std::nullopt;
    const TrytonField* field = model.Find(name);
    if (field == nullptr) return std::nullopt;
    const std::vector<Json> values = equal ? std::vector<Json>{clause.At(2)} : clause.At(2).items();
    Ids ids;
    for (const Json& value : values) {
      if (value.IsNull()) return std::nullopt;
      if (name == "id") {
        if (Exists(model.name, value.AsInt())) ids.push_back(value.AsInt());
        continue;
      }
      if (!field->indexed || field->function) return std::nullopt;
      if (field->type == Type::kMany2One && !value.IsNumber()) return std::nullopt;
      const Ids some = Where(model.name, name, value);
      ids.insert(ids.end(), some.begin(), some.end());
    }
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    return ids;
  };
  if (IsClause(domain)) return from_clause(domain);
  if (domain.size() > 0 && domain.At(0).text() == "OR") return std::nullopt;
  for (const Json& item : domain.items()) {
    if (!item.IsArray()) continue;
    if (std::optional<Ids> ids = Candidates(model, item)) return ids;
  }
  return std::nullopt;
}

absl::StatusOr<TrytonStore::Ids> TrytonStore::Search(const std::string& name, const Json& domain, std::int64_t offset,
                                                     std::optional<std::int64_t> limit, const Json& order,
                                                     const Json& context) const {
  const TrytonModel& model = TrytonSchema().at(name);
  if (limit.has_value() && *limit < 0) return TrytonPlainError("LIMIT must not be negative\n");
  const Json& test = context["active_test"];
  const bool active_only = model.has_active && !(test.IsBool() && !test.AsBool()) && !Mentions(domain, "active");
  Ids found;
  const std::optional<Ids> candidates = Candidates(model, domain);
  for (const std::int64_t id : candidates.has_value() ? *candidates : All(name)) {
    if (active_only && !Get(name, id, "active").AsBool()) continue;
    absl::StatusOr<bool> holds = Matches(model, id, domain, context);
    if (!holds.ok()) return holds.status();
    if (*holds) found.push_back(id);
  }

  struct Clause {
    std::string path;
    bool descending = false;
    bool nulls_first = false;
  };
  std::vector<Clause> clauses;
  if (order.IsArray()) {
    for (const Json& item : order.items()) {
      Clause clause;
      clause.path = item.At(0).text();
      const std::string direction = absl::AsciiStrToUpper(item.At(1).text());
      clause.descending = direction.rfind("DESC", 0) == 0;
      // PostgreSQL: nulls count as larger than everything.
      clause.nulls_first = direction.find("NULLS FIRST") != std::string::npos ||
                           (clause.descending && direction.find("NULLS LAST") == std::string::npos);
      if (model.Find(clause.path.substr(0, clause.path.find('.'))) == nullptr) return TrytonKeyError(clause.path);
      clauses.push_back(std::move(clause));
    }
  } else {
    for (const auto& item : model.order) clauses.push_back({item.first, item.second, item.second});
  }
  const bool has_id = std::any_of(clauses.begin(), clauses.end(), [](const Clause& c) { return c.path == "id"; });
  if (!has_id) clauses.push_back({"id", false, false});

  std::vector<std::pair<std::vector<Json>, std::int64_t>> keyed;
  for (const std::int64_t id : found) {
    std::vector<Json> key;
    for (const Clause& clause : clauses) {
      const std::string head = clause.path.substr(0, clause.path.find('.'));
      Json value = Get(name, id, head, context);
      const TrytonField* field = model.Find(head);
      if (field->type == Type::kMany2One && !value.IsNull()) {
        const std::string tail = clause.path.size() > head.size() ? clause.path.substr(head.size() + 1) : "rec_name";
        value = Get(field->relation, value.AsInt(), tail, context);
      }
      key.push_back(std::move(value));
    }
    keyed.emplace_back(std::move(key), id);
  }
  std::stable_sort(keyed.begin(), keyed.end(), [&](const auto& a, const auto& b) {
    for (std::size_t i = 0; i < clauses.size(); ++i) {
      const Json& x = a.first[i];
      const Json& y = b.first[i];
      if (x.IsNull() || y.IsNull()) {
        if (x.IsNull() && y.IsNull()) continue;
        return x.IsNull() == clauses[i].nulls_first;
      }
      const int way = Compare(x, y);
      if (way != 0) return clauses[i].descending ? way > 0 : way < 0;
    }
    return false;
  });
  Ids result;
  for (std::size_t i = static_cast<std::size_t>(std::max<std::int64_t>(offset, 0)); i < keyed.size(); ++i) {
    if (limit.has_value() && static_cast<std::int64_t>(result.size()) >= *limit) break;
    result.push_back(keyed[i].second);
  }
  return result;
}

}  // namespace internal
}  // namespace testing
FAIRLEAD_NAMESPACE_END
