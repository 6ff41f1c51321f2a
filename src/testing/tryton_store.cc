#include "src/testing/internal/tryton_store.h"

#include <algorithm>
#include <chrono>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "fairlead/core/error.h"
#include "src/core/internal/absl_compat.h"
#include "src/testing/internal/sandbox_host.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {
namespace internal {
namespace {

using Type = TrytonField::Type;
using ::fairlead::internal::ToAbsl;

std::string IndexKey(const Json& value) { return value.text(); }

WallTime Never() { return WallTime(); }

}  // namespace

TrytonStore::~TrytonStore() = default;

void TrytonStore::Begin(WallTime now) {
  now = std::chrono::time_point_cast<std::chrono::microseconds>(now);
  time_ = std::max(now, time_ + std::chrono::microseconds(1));
  undo_.clear();
  remembered_.clear();
}

void TrytonStore::Commit() {
  undo_.clear();
  remembered_.clear();
}

void TrytonStore::Rollback() {
  for (auto it = undo_.rbegin(); it != undo_.rend(); ++it) {
    const TrytonModel& model = TrytonSchema().at(it->model);
    Table* table = MutableTable(it->model);
    const auto row = table->rows.find(it->id);
    for (std::size_t i = 0; i < model.fields.size(); ++i) {
      if (!model.fields[i].indexed) continue;
      if (row != table->rows.end()) SetIndexed(table, model.fields[i], row->second.values[i], it->id, false);
      if (it->before.has_value()) SetIndexed(table, model.fields[i], it->before->values[i], it->id, true);
    }
    if (it->before.has_value()) {
      table->rows[it->id] = std::move(*it->before);
    } else {
      table->rows.erase(it->id);
    }
  }
  Commit();
}

void TrytonStore::Remember(const std::string& model, std::int64_t id) {
  if (!remembered_.emplace(model, id).second) return;  // the state before the transaction is already kept
  const Row* row = FindRow(model, id);
  undo_.push_back({model, id, row != nullptr ? std::optional<Row>(*row) : std::nullopt});
}

void TrytonStore::SetIndexed(Table* table, const TrytonField& field, const Json& value, std::int64_t id, bool add) {
  if (!field.indexed || value.IsNull()) return;
  std::set<std::int64_t>& ids = table->indexes[field.name][IndexKey(value)];
  if (add) {
    ids.insert(id);
  } else {
    ids.erase(id);
  }
}

const TrytonStore::Row* TrytonStore::FindRow(const std::string& model, std::int64_t id) const {
  const auto table = tables_.find(model);
  if (table == tables_.end()) return nullptr;
  const auto row = table->second.rows.find(id);
  return row == table->second.rows.end() ? nullptr : &row->second;
}

bool TrytonStore::Exists(const std::string& model, std::int64_t id) const { return FindRow(model, id) != nullptr; }

TrytonStore::Ids TrytonStore::All(const std::string& model) const {
  Ids ids;
  const auto table = tables_.find(model);
  if (table == tables_.end()) return ids;
  for (const auto& row : table->second.rows) ids.push_back(row.first);
  return ids;
}

TrytonStore::Ids TrytonStore::Where(const std::string& model, const std::string& field, const Json& value) const {
  const auto table = tables_.find(model);
  if (table == tables_.end()) return {};
  const auto index = table->second.indexes.find(field);
  if (index == table->second.indexes.end()) return {};
  const auto ids = index->second.find(IndexKey(value));
  if (ids == index->second.end()) return {};
  return Ids(ids->second.begin(), ids->second.end());
}

void TrytonStore::Store(const TrytonModel& model, std::int64_t id, std::size_t index, Json value, bool stamp) {
  Remember(model.name, id);
  Table* table = MutableTable(model.name);
  Row& row = table->rows[id];
  SetIndexed(table, model.fields[index], row.values[index], id, false);
  row.values[index] = std::move(value);
  SetIndexed(table, model.fields[index], row.values[index], id, true);
  if (stamp) {
    row.written = time_;
    row.place = ++place_;
  }
}

void TrytonStore::Put(const std::string& name, std::int64_t id, const std::string& field, Json value) {
  const TrytonModel& model = TrytonSchema().at(name);
  const int index = model.IndexOf(field);
  if (index < 0 || !Exists(name, id)) return;
  Store(model, id, static_cast<std::size_t>(index), std::move(value), true);
}

std::int64_t TrytonStore::Insert(const std::string& name, const Json& given) {
  Json values = given;
  AddDefaults(TrytonSchema().at(name), &values);
  return InsertRow(name, values);
}

std::int64_t TrytonStore::InsertRow(const std::string& name, const Json& values) {
  const TrytonModel& model = TrytonSchema().at(name);
  Table* table = MutableTable(name);
  const std::int64_t id = table->next_id++;
  Remember(name, id);
  Row row;
  row.created = time_;
  row.written = model.stamped_at_create ? time_ : Never();
  row.place = ++place_;
  row.values.resize(model.fields.size());
  for (const Json::Member& member : values.members()) {
    const int index = model.IndexOf(member.first);
    if (index >= 0) row.values[static_cast<std::size_t>(index)] = member.second;
  }
  for (std::size_t i = 0; i < model.fields.size(); ++i) {
    if (row.values[i].IsNull() && model.fields[i].type == Type::kBoolean) row.values[i] = Json(false);
    SetIndexed(table, model.fields[i], row.values[i], id, true);
  }
  table->rows[id] = std::move(row);
  return id;
}

std::string TrytonStore::Timestamp(const std::string& model, std::int64_t id) const {
  const Row* row = FindRow(model, id);
  if (row == nullptr) return "";
  const WallTime stamp = row->written == Never() ? row->created : row->written;
  const std::int64_t micros = std::chrono::duration_cast<std::chrono::microseconds>(stamp.time_since_epoch()).count();
  std::string fraction = std::to_string(micros % 1'000'000);
  fraction.insert(0, 6 - fraction.size(), '0');
  return absl::StrCat(micros / 1'000'000, ".", fraction);
}

absl::StatusOr<Json> TrytonStore::ToStored(const TrytonModel& model, const TrytonField& field,
                                           const Json& value) const {
  if (value.IsNull()) return value;
  const auto digits_error = [&](std::string_view shown, int limit) {
    std::string label = model.label;
    if (model.name == "product.template" && field.name == "list_price") label = "Product List Price";
    if (model.name == "product.product" && field.name == "cost_price") label = "Product Cost Price";
    return TrytonUserError(absl::StrCat("The number of digits in the value \"", ToAbsl(shown), "\" for field \"",
                                        field.label, "\" in \"", label, "\" exceeds the limit of \"", limit, "\"."));
  };
  switch (field.type) {
    case Type::kChar:
    case Type::kText:
      if (value.text().find('\0') != std::string::npos) {
        return TrytonPlainError("A string literal cannot contain NUL (0x00) characters.");
      }
      return value.IsString() ? value : Json(value.IsNumber() ? value.text() : value.Dump());
    case Type::kFloat: {
      if (value["__class__"].text() == "Decimal") return FloatJson(ToDecimal(value).ToDouble());
      const std::optional<ExactDecimal> number = ExactDecimal::Parse(value.text());
      if (!number.has_value())
        return TrytonPlainError(absl::StrCat("could not convert string to float: '", value.text(), "'"));
      return FloatJson(number->ToDouble());
    }
    case Type::kInteger: {
      const std::optional<ExactDecimal> number = ExactDecimal::Parse(value.text());
      if (!number.has_value()) {
        return TrytonPlainError(absl::StrCat("invalid literal for int() with base 10: '", value.text(), "'"));
      }
      return Json(value.AsInt());
    }
    case Type::kNumeric: {
      std::string text = value["decimal"].text();
      if (value.IsNumber()) text = value.IsInteger() ? value.text() : FullExpansion(value.AsDouble());
      const std::optional<ExactDecimal> number = ExactDecimal::Parse(text);
      if (!number.has_value()) {
        // Too long for our own arithmetic is too long for the digits check as well.
        if (field.digits >= 0 && !text.empty())
          return digits_error(absl::StrCat("Decimal('", text, "')"), field.digits);
        return TrytonPlainError("[<class 'decimal.ConversionSyntax'>]");
      }
      if (field.digits >= 0 && number->Trimmed().scale > field.digits) {
        return digits_error(absl::StrCat("Decimal('", text, "')"), field.digits);
      }
      return DecimalJson(*number);
    }
    case Type::kBoolean:
      return Json(value.IsBool() ? value.AsBool() : value.AsInt() != 0);
    case Type::kDate:
    case Type::kTimestamp:
      if (!value["__class__"].IsString()) return TrytonPlainError("Invalid date value");
      return value;
    case Type::kDict:
      return value;
    case Type::kSelection:
      if (std::find(field.selection.begin(), field.selection.end(), value.text()) == field.selection.end()) {
        return TrytonUserError(absl::StrCat("The value \"", value.text(), "\" for field \"", field.label, "\" in \"",
                                            model.label, "\" is not one of the allowed options."));
      }
      return value;
    case Type::kMany2One: {
      const std::int64_t id = value.AsInt();
      if (!Exists(field.relation, id)) {
        return TrytonUserError(absl::StrCat("The value \"", value.text(), "\" for field \"", field.label, "\" in \"",
                                            model.label, "\" does not exist."));
      }
      return Json(id);
    }
    case Type::kReference:
      return value;
    case Type::kOne2Many:
    case Type::kMany2Many:
      return value;
  }
  return value;
}

absl::Status TrytonStore::SetRelated(const TrytonModel& model, std::int64_t id, const TrytonField& field,
                                     const Json& commands, const Json& context) {
  const auto target = TrytonSchema().find(field.relation);
  if (target == TrytonSchema().end()) return TrytonKeyError(field.relation);
  const TrytonField* inverse = target->second.Find(field.inverse);
  const auto parent = [&]() -> Json {
    if (inverse != nullptr && inverse->type == Type::kReference) return Json(absl::StrCat(model.name, ",", id));
    return Json(id);
  };
  const auto ids_of = [](const Json& list) {
    Ids ids;
    for (const Json& item : list.items()) ids.push_back(item.AsInt());
    return ids;
  };
  const auto own_index = static_cast<std::size_t>(model.IndexOf(field.name));
  const auto edit_list = [&](const Ids& ids, bool add) {
    Json list = FindRow(model.name, id)->values[own_index];
    if (!list.IsArray()) list = Json::Array();
    for (const std::int64_t other : ids) {
      auto& items = list.items();
      items.erase(std::remove(items.begin(), items.end(), Json(other)), items.end());
      if (add) items.push_back(Json(other));
    }
    Store(model, id, own_index, std::move(list), false);
  };
  for (const Json& command : commands.items()) {
    const std::string& verb = command.At(0).text();
    if (verb == "create") {
      for (Json values : command.At(1).items()) {
        if (field.type == Type::kOne2Many) values.Set(field.inverse, parent());
        absl::StatusOr<std::int64_t> made = CreateOne(target->second, std::move(values), context);
        if (!made.ok()) return made.status();
        if (field.type == Type::kMany2Many) edit_list({*made}, true);
      }
    } else if (verb == "write") {
      for (std::size_t i = 1; i + 1 < command.size(); i += 2) {
        FAIRLEAD_RETURN_IF_ERROR(Write(field.relation, ids_of(command.At(i)), command.At(i + 1), Json()));
      }
    } else if (verb == "delete") {
      FAIRLEAD_RETURN_IF_ERROR(Delete(field.relation, ids_of(command.At(1)), Json()));
    } else if (verb == "add" || verb == "remove") {
      const bool add = verb == "add";
      const Ids ids = ids_of(command.At(1));
      FAIRLEAD_RETURN_IF_ERROR(CheckMissing(target->second, ids, "read"));
      if (field.type == Type::kMany2Many) {
        edit_list(ids, add);
      } else {
        for (const std::int64_t other : ids) Put(field.relation, other, field.inverse, add ? parent() : Json());
      }
    } else {
      return TrytonPlainError(absl::StrCat("Bad arguments for field ", field.name));
    }
  }
  return absl::OkStatus();
}

absl::Status TrytonStore::SetValues(const TrytonModel& model, std::int64_t id, const Json& values,
                                    const Json& context) {
  // Plain fields first: records made by commands look at their parent.
  for (const Json::Member& member : values.members()) {
    const TrytonField* field = model.Find(member.first);
    if (field == nullptr) return TrytonKeyError(member.first);
    if (field->name == "id" || (field->function && field->type != Type::kOne2Many)) continue;
    if (field->type == Type::kOne2Many || field->type == Type::kMany2Many) continue;
    absl::StatusOr<Json> stored = ToStored(model, *field, member.second);
    if (!stored.ok()) return stored.status();
    Store(model, id, static_cast<std::size_t>(model.IndexOf(member.first)), *std::move(stored), false);
  }
  for (const Json::Member& member : values.members()) {
    const TrytonField* field = model.Find(member.first);
    if (field->type != Type::kOne2Many && !(field->type == Type::kMany2Many && !field->function)) continue;
    FAIRLEAD_RETURN_IF_ERROR(SetRelated(model, id, *field, member.second, context));
  }
  return absl::OkStatus();
}

absl::Status TrytonStore::CheckRequired(const TrytonModel& model, std::int64_t id) const {
  const Row* row = FindRow(model.name, id);
  for (std::size_t i = 0; i < model.fields.size(); ++i) {
    const TrytonField& field = model.fields[i];
    if (!field.required || field.function || !row->values[i].IsNull()) continue;
    return TrytonUserError(
        absl::StrCat("A value is required for field \"", field.label, "\" in \"", model.label, "\"."));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::int64_t> TrytonStore::CreateOne(const TrytonModel& model, Json values, const Json& context) {
  for (const Json::Member& member : values.members()) {
    if (model.Find(member.first) == nullptr) return TrytonKeyError(member.first);
  }
  // Defaults only where nothing was said; an explicit null stays.
  Json defaults = values;
  AddDefaults(model, &defaults);
  for (const Json::Member& member : defaults.members()) {
    if (!values.Has(member.first) || (member.first == "code" && values["code"].IsNull())) {
      values.Set(member.first, member.second);
    }
  }
  const std::int64_t id = InsertRow(model.name, Json::Object());
  FAIRLEAD_RETURN_IF_ERROR(SetValues(model, id, values, context));
  FAIRLEAD_RETURN_IF_ERROR(CheckRequired(model, id));
  FAIRLEAD_RETURN_IF_ERROR(CheckRecord(model, id));
  return id;
}

absl::StatusOr<TrytonStore::Ids> TrytonStore::Create(const std::string& name, const Json& list, const Json& context) {
  const TrytonModel& model = TrytonSchema().at(name);
  Ids ids;
  for (const Json& values : list.items()) {
    absl::StatusOr<std::int64_t> id = CreateOne(model, values, context);
    if (!id.ok()) return id.status();
    ids.push_back(*id);
  }
  return ids;
}

absl::Status TrytonStore::CheckMissing(const TrytonModel& model, const Ids& ids, const char* doing) const {
  std::vector<std::string> missing;
  for (const std::int64_t id : ids) {
    if (!Exists(model.name, id)) missing.push_back(std::to_string(id));
  }
  if (missing.empty()) return absl::OkStatus();
  const std::string which = absl::StrJoin(missing, ", ");
  if (model.company_rule) {
    return TrytonUserError(absl::StrCat("You are not allowed to ", doing, " records \"", which, "\" of \"", model.label,
                                        "\" because of at least one of these rules:\nUser in companies"));
  }
  return TrytonUserError(absl::StrCat("You are trying to ", doing, " records \"", which, "\" of \"", model.label,
                                      "\" that don't exist anymore."));
}

absl::Status TrytonStore::CheckStamps(const std::string& model, const Ids& ids, const Json& context) const {
  const Json& stamps = context["_timestamp"];
  for (const std::int64_t id : ids) {
    const Json* held = stamps.Find(absl::StrCat(model, ",", id));
    if (held == nullptr || held->IsNull() || !Exists(model, id)) continue;
    const ExactDecimal mine = ExactDecimal::Parse(held->text()).value_or(ExactDecimal());
    if (mine < *ExactDecimal::Parse(Timestamp(model, id))) return TrytonConcurrencyError();
  }
  return absl::OkStatus();
}

absl::Status TrytonStore::Write(const std::string& name, const Ids& ids, const Json& values, const Json& context) {
  const TrytonModel& model = TrytonSchema().at(name);
  FAIRLEAD_RETURN_IF_ERROR(CheckMissing(model, ids, "write to"));
  FAIRLEAD_RETURN_IF_ERROR(CheckStamps(name, ids, context));
  for (const std::int64_t id : ids) {
    FAIRLEAD_RETURN_IF_ERROR(CheckWrite(model, id));
    FAIRLEAD_RETURN_IF_ERROR(SetValues(model, id, values, context));
    Remember(name, id);
    Row& row = MutableTable(name)->rows[id];
    row.written = time_;
    row.place = ++place_;
    FAIRLEAD_RETURN_IF_ERROR(CheckRequired(model, id));
    FAIRLEAD_RETURN_IF_ERROR(CheckRecord(model, id));
  }
  return absl::OkStatus();
}

absl::Status TrytonStore::Delete(const std::string& name, const Ids& ids, const Json& context) {
  const TrytonModel& model = TrytonSchema().at(name);
  FAIRLEAD_RETURN_IF_ERROR(CheckStamps(name, ids, context));
  for (const std::int64_t id : ids) {
    if (!Exists(name, id)) continue;  // as the real one: not an error
    FAIRLEAD_RETURN_IF_ERROR(CheckDelete(model, id));
    // Three passes, as the real one: what may become empty, what goes along, what forbids it.
    enum class Pass { kEmpty, kCascade, kForbid };
    for (const Pass pass : {Pass::kEmpty, Pass::kCascade, Pass::kForbid}) {
      for (const auto& other : TrytonSchema()) {
        for (const TrytonField& field : other.second.fields) {
          if (field.type != Type::kMany2One || field.relation != name || field.function) continue;
          if (pass != (field.cascade ? Pass::kCascade : (field.required ? Pass::kForbid : Pass::kEmpty))) continue;
          for (const std::int64_t user : Where(other.first, field.name, Json(id))) {
            if (!Exists(other.first, user)) continue;
            if (pass == Pass::kCascade) {
              FAIRLEAD_RETURN_IF_ERROR(Delete(other.first, {user}, Json()));
            } else if (pass == Pass::kForbid) {
              return TrytonUserError(absl::StrCat("The records could not be deleted because they are used on field \"",
                                                  field.label, "\" of \"", other.second.label, "\"."));
            } else {
              Put(other.first, user, field.name, Json());
              FAIRLEAD_RETURN_IF_ERROR(CheckRecord(other.second, user));
            }
          }
        }
      }
    }
    Remember(name, id);
    Table* table = MutableTable(name);
    const Row& row = table->rows[id];
    for (std::size_t i = 0; i < model.fields.size(); ++i) SetIndexed(table, model.fields[i], row.values[i], id, false);
    table->rows.erase(id);
  }
  return absl::OkStatus();
}

TrytonStore::Ids TrytonStore::Related(const TrytonModel& model, std::int64_t id, const TrytonField& field,
                                      const Json& context) const {
  Ids ids;
  if (field.function || field.type == Type::kMany2Many) {
    Json list =
        field.function ? Json() : FindRow(model.name, id)->values[static_cast<std::size_t>(model.IndexOf(field.name))];
    if (field.function) list = Compute(model, id, field, context);
    for (const Json& item : list.items()) ids.push_back(item.AsInt());
  } else {
    const TrytonModel& target = TrytonSchema().at(field.relation);
    const TrytonField* inverse = target.Find(field.inverse);
    const Json key = inverse->type == Type::kReference ? Json(absl::StrCat(model.name, ",", id)) : Json(id);
    ids = Where(field.relation, field.inverse, key);
    if (target.has_active && !(context["active_test"].IsBool() && !context["active_test"].AsBool())) {
      ids.erase(std::remove_if(ids.begin(), ids.end(),
                               [&](std::int64_t other) { return !Get(field.relation, other, "active").AsBool(); }),
                ids.end());
    }
    if (target.Find("sequence") != nullptr) {
      std::stable_sort(ids.begin(), ids.end(), [&](std::int64_t a, std::int64_t b) {
        const Json x = Get(field.relation, a, "sequence");
        const Json y = Get(field.relation, b, "sequence");
        if (x.IsNull() || y.IsNull()) return x.IsNull() && !y.IsNull();
        return x.AsInt() < y.AsInt();
      });
    }
  }
  if (field.newest_first) std::sort(ids.rbegin(), ids.rend());
  return ids;
}

Json TrytonStore::Get(const std::string& name, std::int64_t id, const std::string& field_name,
                      const Json& context) const {
  const TrytonModel& model = TrytonSchema().at(name);
  const int index = model.IndexOf(field_name);
  const Row* row = FindRow(name, id);
  if (index < 0 || row == nullptr) return Json();
  const TrytonField& field = model.fields[static_cast<std::size_t>(index)];
  if (field.name == "id") return Json(id);
  if (field.name == "create_date") return DateTimeJson(row->created);
  if (field.name == "write_date") return row->written == Never() ? Json() : DateTimeJson(row->written);
  if (field.name == "create_uid") return Json(1);
  if (field.name == "write_uid") return row->written == Never() ? Json() : Json(1);
  if (!field.via.empty()) {
    const std::int64_t through = GetId(name, id, field.via);
    return Get(model.Find(field.via)->relation, through, field.name, context);
  }
  if (field.type == Type::kOne2Many || field.type == Type::kMany2Many) {
    Json list = Json::Array();
    for (const std::int64_t other : Related(model, id, field, context)) list.Push(Json(other));
    return list;
  }
  if (field.function) return Compute(model, id, field, context);
  return row->values[static_cast<std::size_t>(index)];
}

absl::StatusOr<Json> TrytonStore::ReadField(const TrytonModel& model, std::int64_t id, const std::string& name,
                                            const Json& context) const {
  if (name == "_timestamp") return Json(Timestamp(model.name, id));
  if (model.Find(name) == nullptr) return TrytonKeyError(name);
  return Get(model.name, id, name, context);
}

absl::StatusOr<Json> TrytonStore::Read(const std::string& name, const Ids& ids, const Json& fields,
                                       const Json& context) const {
  const TrytonModel& model = TrytonSchema().at(name);
  FAIRLEAD_RETURN_IF_ERROR(CheckMissing(model, ids, "read"));
  std::vector<std::string> plain;
  std::vector<std::pair<std::string, Json>> nested;  // "lines" → ["product.", …]
  if (fields.items().empty()) {
    for (const TrytonField& field : model.fields) plain.push_back(field.name);
  }
  for (const Json& item : fields.items()) {
    const std::string& path = item.text();
    const auto dot = path.find('.');
    if (dot == std::string::npos) {
      plain.push_back(path);
      continue;
    }
    const std::string head = path.substr(0, dot);
    const auto known =
        std::find_if(nested.begin(), nested.end(), [&](const auto& entry) { return entry.first == head; });
    if (known == nested.end()) {
      nested.emplace_back(head, Json::Array({path.substr(dot + 1)}));
    } else {
      known->second.Push(path.substr(dot + 1));
    }
  }
  Ids order = ids;
  std::sort(order.begin(), order.end(),
            [&](std::int64_t a, std::int64_t b) { return FindRow(name, a)->place < FindRow(name, b)->place; });
  order.erase(std::unique(order.begin(), order.end()), order.end());
  Json result = Json::Array();
  for (const std::int64_t id : order) {
    Json record = Json::Object();
    for (const std::string& field : plain) {
      absl::StatusOr<Json> value = ReadField(model, id, field, context);
      if (!value.ok()) return value.status();
      record.Set(field, *std::move(value));
    }
    for (const auto& entry : nested) {
      const TrytonField* field = model.Find(entry.first);
      if (field == nullptr) return TrytonKeyError(entry.first);
      const Json value = Get(name, id, entry.first, context);
      Json inner;
      if (field->type == Type::kReference) {
        const std::string text = value.text();
        const auto comma = text.find(',');
        if (comma != std::string::npos && TrytonSchema().count(text.substr(0, comma)) != 0) {
          absl::StatusOr<Json> read =
              Read(text.substr(0, comma), {std::atoll(text.c_str() + comma + 1)}, entry.second, context);
          if (!read.ok()) return read.status();
          inner = read->At(0);
        }
      } else if (field->relation.empty()) {
        return TrytonPlainError(absl::StrCat("'", entry.first, "' is not a relation field"));
      } else if (value.IsArray()) {
        inner = Json::Array();
        Json context_all = context;
        for (const Json& other : value.items()) {
          absl::StatusOr<Json> read = Read(field->relation, {other.AsInt()}, entry.second, context_all);
          if (!read.ok()) return read.status();
          inner.Push(read->At(0));
        }
      } else if (!value.IsNull()) {
        absl::StatusOr<Json> read = Read(field->relation, {value.AsInt()}, entry.second, context);
        if (!read.ok()) return read.status();
        inner = read->At(0);
      }
      record.Set(entry.first + ".", std::move(inner));
    }
    if (!record.Has("id")) record.Set("id", Json(id));
    result.Push(std::move(record));
  }
  return result;
}

absl::StatusOr<Json> TrytonStore::Defaults(const std::string& name, const Json& fields) const {
  const TrytonModel& model = TrytonSchema().at(name);
  Json values = Json::Object();
  AddDefaults(model, &values);
  Json result = Json::Object();
  for (const Json& item : fields.items()) {
    const TrytonField* field = model.Find(item.text());
    if (field == nullptr) return TrytonKeyError(item.text());
    const Json value = values[item.text()];
    result.Set(item.text(), value);
    if (field->type == Type::kMany2One && !value.IsNull()) {
      result.Set(item.text() + ".", Json::Object({{"rec_name", Get(field->relation, value.AsInt(), "rec_name")}}));
    }
  }
  return result;
}

}  // namespace internal
}  // namespace testing
FAIRLEAD_NAMESPACE_END
