#include "src/connectors/tryton/internal/memo.h"

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "fairlead/connector/manifest.h"
#include "src/connectors/tryton/internal/errors.h"
#include "src/core/internal/absl_compat.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace tryton {

using internal::ToAbsl;

Memo Memo::From(const WriteIntent& intent) {
  Memo memo;
  memo.values_ = intent.args;
  memo.SetId("_entity", intent.entity);
  memo.Set("_aggregate", intent.aggregate);
  memo.Set("_purpose", intent.purpose);
  if (!intent.target_id.empty()) memo.Set("_target", intent.target_id);
  return memo;
}

absl::StatusOr<Memo> Memo::Parse(std::string_view text) {
  absl::StatusOr<json::Document> document = json::Document::Parse(std::string(text));
  if (!document.ok() || !document->root().is_object()) {
    return Fail(ErrorKind::kInternal, Outcome::kNotSent, "write", "the stored memo of this write cannot be read");
  }
  Memo memo;
  for (const json::Value::Member& member : document->root().Members()) memo.Set(member.key, member.value.text());
  return memo;
}

std::string Memo::Print() const {
  json::Writer out;
  out.BeginObject();
  for (const auto& [name, value] : values_) out.Member(name, std::string_view(value));
  out.EndObject();
  return out.Take();
}

std::string_view Memo::Get(std::string_view name) const {
  const auto found = values_.find(std::string(name));
  return found == values_.end() ? std::string_view() : std::string_view(found->second);
}

std::int64_t Memo::GetId(std::string_view name) const {
  std::int64_t id = 0;
  return absl::SimpleAtoi(ToAbsl(Get(name)), &id) ? id : 0;
}

void Memo::SetId(std::string_view name, std::int64_t id) { values_[std::string(name)] = absl::StrCat(id); }

void Memo::SetMessage(const google::protobuf::Message& message) {
  Set("_message", absl::Base64Escape(message.SerializeAsString()));
}

std::shared_ptr<const google::protobuf::Message> Memo::TakeMessage() {
  const std::string text(Get("_message"));
  Remove("_message");
  std::string bytes;
  if (text.empty() || !absl::Base64Unescape(text, &bytes)) return nullptr;
  std::unique_ptr<google::protobuf::Message> message = NewMessage(static_cast<v1::EntityKind>(GetId("_entity")));
  if (message == nullptr || !message->ParseFromString(bytes)) return nullptr;
  return message;
}

WriteIntent Memo::Next(std::string_view operation, std::string_view suffix) const {
  Memo rest = *this;
  WriteIntent intent;
  intent.operation = std::string(operation);
  intent.message = rest.TakeMessage();
  intent.entity = static_cast<v1::EntityKind>(GetId("_entity"));
  intent.aggregate = std::string(Get("_aggregate"));
  intent.purpose = absl::StrCat(ToAbsl(Get("_purpose")), ToAbsl(suffix));
  intent.target_id = std::string(Get("_target"));
  for (const auto& [name, value] : rest.values_) {
    if (!name.empty() && name.front() != '_') intent.args.emplace(name, value);
  }
  return intent;
}

}  // namespace tryton
FAIRLEAD_NAMESPACE_END
