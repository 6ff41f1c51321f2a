#include "src/sync/internal/codec.h"

#include <cstdint>
#include <cstdio>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "fairlead/connector/manifest.h"
#include "fairlead/core/error.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace sync {
namespace internal {
namespace {

void PutLength(std::size_t length, std::string& out) {
  while (length >= 0x80) {
    out.push_back(static_cast<char>((length & 0x7F) | 0x80));
    length >>= 7;
  }
  out.push_back(static_cast<char>(length));
}

bool TakeText(std::string_view& in, std::string& text) {
  std::uint64_t length = 0;
  for (int shift = 0;; shift += 7) {
    if (in.empty() || shift > 56) return false;
    const auto byte = static_cast<unsigned char>(in.front());
    in.remove_prefix(1);
    length |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if ((byte & 0x80) == 0) break;
  }
  if (length > in.size()) return false;
  text.assign(in.substr(0, length));
  in.remove_prefix(length);
  return true;
}

absl::Status Damaged() {
  return MakeError(absl::StatusCode::kDataLoss, "a stored write of the engine is damaged: its fields cannot be read",
                   {});
}

std::string Take(Fields& fields, const char* name) {
  const auto found = fields.find(name);
  if (found == fields.end()) return {};
  std::string value = std::move(found->second);
  fields.erase(found);
  return value;
}

void PutIf(Fields& fields, const char* name, const std::string& value) {
  if (!value.empty()) fields.emplace(name, value);
}

int ToInt(const std::string& text) {
  int value = 0;
  return absl::SimpleAtoi(text, &value) ? value : 0;
}

}  // namespace

std::string EncodeFields(const Fields& fields) {
  std::string out;
  for (const auto& [name, value] : fields) {
    PutLength(name.size(), out);
    out.append(name);
    PutLength(value.size(), out);
    out.append(value);
  }
  return out;
}

absl::StatusOr<Fields> DecodeFields(std::string_view bytes) {
  Fields fields;
  while (!bytes.empty()) {
    std::string name;
    std::string value;
    if (!TakeText(bytes, name) || !TakeText(bytes, value)) return Damaged();
    fields.insert_or_assign(std::move(name), std::move(value));
  }
  return fields;
}

// Names that start with '@' are ours; the rest are the connector's arguments.
std::string EncodePayload(const Payload& payload) {
  Fields fields;
  for (const auto& [name, value] : payload.write.args) fields.emplace(absl::StrCat("arg:", name), value);
  PutIf(fields, "@operation", payload.write.operation);
  if (payload.write.entity != v1::ENTITY_KIND_UNSPECIFIED)
    fields["@entity"] = absl::StrCat(static_cast<int>(payload.write.entity));
  PutIf(fields, "@aggregate", payload.write.aggregate);
  PutIf(fields, "@purpose", payload.write.purpose);
  PutIf(fields, "@target_id", payload.write.target_id);
  PutIf(fields, "@source_system", payload.source.system);
  PutIf(fields, "@source_id", payload.source.external_id);
  if (payload.adopt_only) fields["@adopt"] = "1";
  if (payload.write.message != nullptr) fields["@message"] = payload.write.message->SerializeAsString();
  return EncodeFields(fields);
}

absl::StatusOr<Payload> DecodePayload(std::string_view bytes) {
  auto fields = DecodeFields(bytes);
  if (!fields.ok()) return fields.status();
  Payload payload;
  payload.write.operation = Take(*fields, "@operation");
  payload.write.entity = static_cast<v1::EntityKind>(ToInt(Take(*fields, "@entity")));
  payload.write.aggregate = Take(*fields, "@aggregate");
  payload.write.purpose = Take(*fields, "@purpose");
  payload.write.target_id = Take(*fields, "@target_id");
  payload.source.system = Take(*fields, "@source_system");
  payload.source.external_id = Take(*fields, "@source_id");
  payload.adopt_only = !Take(*fields, "@adopt").empty();
  if (const auto message = fields->find("@message"); message != fields->end()) {
    auto parsed = NewMessage(payload.write.entity);
    if (parsed == nullptr || !parsed->ParseFromString(message->second)) return Damaged();
    payload.write.message = std::move(parsed);
    fields->erase(message);
  }
  for (auto& [name, value] : *fields) {
    if (name.rfind("arg:", 0) == 0) payload.write.args.emplace(name.substr(4), std::move(value));
  }
  return payload;
}

std::string EncodePrepared(const PreparedWrite& write) {
  Fields fields;
  PutIf(fields, "operation", write.operation);
  fields["effect"] = absl::StrCat(static_cast<int>(write.effect));
  PutIf(fields, "reference", write.reference);
  PutIf(fields, "method", write.method);
  PutIf(fields, "target", write.target);
  PutIf(fields, "body", write.body);
  PutIf(fields, "memo", write.memo);
  fields["d_max_ms"] = absl::StrCat(write.d_max.count());
  return EncodeFields(fields);
}

absl::StatusOr<PreparedWrite> DecodePrepared(std::string_view bytes) {
  auto fields = DecodeFields(bytes);
  if (!fields.ok()) return fields.status();
  PreparedWrite write;
  write.operation = Take(*fields, "operation");
  write.effect = FromProto(static_cast<v1::EffectClass>(ToInt(Take(*fields, "effect"))));
  write.reference = Take(*fields, "reference");
  write.method = Take(*fields, "method");
  write.target = Take(*fields, "target");
  write.body = Take(*fields, "body");
  write.memo = Take(*fields, "memo");
  write.d_max = std::chrono::milliseconds(ToInt(Take(*fields, "d_max_ms")));
  return write;
}

namespace {

void PutJsonText(std::string_view text, std::string& out) {
  out.push_back('"');
  for (const char raw : text) {
    const auto c = static_cast<unsigned char>(raw);
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(raw);
    } else if (c < 0x20) {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\u%04x", c);
      out.append(escaped);
    } else {
      out.push_back(raw);
    }
  }
  out.push_back('"');
}

// Reads a string that PutJsonText wrote; only its escapes are known.
bool TakeJsonText(std::string_view& in, std::string& text) {
  if (in.empty() || in.front() != '"') return false;
  in.remove_prefix(1);
  while (!in.empty()) {
    const char c = in.front();
    in.remove_prefix(1);
    if (c == '"') return true;
    if (c != '\\') {
      text.push_back(c);
      continue;
    }
    if (in.empty()) return false;
    if (in.front() == 'u' && in.size() >= 5) {
      unsigned value = 0;
      if (std::sscanf(std::string(in.substr(1, 4)).c_str(), "%x", &value) != 1) return false;
      text.push_back(static_cast<char>(value));
      in.remove_prefix(5);
    } else {
      text.push_back(in.front());
      in.remove_prefix(1);
    }
  }
  return false;
}

}  // namespace

std::string ToJsonObject(const Fields& fields) {
  std::string out = "{";
  for (const auto& [name, value] : fields) {
    if (out.size() > 1) out.append(", ");
    PutJsonText(name, out);
    out.append(": ");
    PutJsonText(value, out);
  }
  out.push_back('}');
  return out;
}

Fields FromJsonObject(std::string_view json) {
  Fields fields;
  while (!json.empty()) {
    while (!json.empty() && json.front() != '"') json.remove_prefix(1);
    std::string name;
    std::string value;
    if (!TakeJsonText(json, name)) break;
    while (!json.empty() && json.front() != '"') json.remove_prefix(1);
    if (!TakeJsonText(json, value)) break;
    fields.emplace(std::move(name), std::move(value));
  }
  return fields;
}

}  // namespace internal
}  // namespace sync
FAIRLEAD_NAMESPACE_END
