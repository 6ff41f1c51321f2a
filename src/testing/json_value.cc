#include "src/testing/internal/json_value.h"

#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>

#include <cstdio>
#include <cstdlib>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {
namespace internal {
namespace {

constexpr std::size_t kMaxDepth = 100;

const Json& NullJson() {
  static const Json* const null = new Json();
  return *null;
}

// Builds the value bottom-up; the stack holds the containers that are still open.
struct Builder : rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Builder> {
  std::vector<Json> open;
  std::vector<std::string> keys;
  Json root;

  bool Add(Json value) {
    if (open.empty()) {
      root = std::move(value);
      return true;
    }
    Json& top = open.back();
    if (top.IsArray()) {
      top.Push(std::move(value));
    } else {
      top.members().emplace_back(std::move(keys.back()), std::move(value));
      keys.pop_back();
    }
    return true;
  }
  bool Null() { return Add(Json()); }
  bool Bool(bool value) { return Add(Json(value)); }
  bool RawNumber(const char* text, rapidjson::SizeType length, bool) {
    return Add(Json::Number(std::string(text, length)));
  }
  bool String(const char* text, rapidjson::SizeType length, bool) { return Add(Json(std::string(text, length))); }
  bool Key(const char* text, rapidjson::SizeType length, bool) {
    keys.emplace_back(text, length);
    return true;
  }
  bool Open(Json container) {
    if (open.size() >= kMaxDepth) return false;
    open.push_back(std::move(container));
    return true;
  }
  bool StartObject() { return Open(Json::Object()); }
  bool StartArray() { return Open(Json::Array()); }
  bool Close() {
    Json done = std::move(open.back());
    open.pop_back();
    return Add(std::move(done));
  }
  bool EndObject(rapidjson::SizeType) { return Close(); }
  bool EndArray(rapidjson::SizeType) { return Close(); }
};

void AppendUnit(std::string* out, unsigned unit) {
  char buffer[8];
  std::snprintf(buffer, sizeof buffer, "\\u%04x", unit);
  out->append(buffer);
}

// One code point from valid UTF-8 (what the parser let through).
unsigned NextCodePoint(const std::string& text, std::size_t* i) {
  const auto byte = [&](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0u; };
  const unsigned first = byte(*i);
  if (first < 0xE0) {
    const unsigned point = (first & 0x1Fu) << 6 | (byte(*i + 1) & 0x3Fu);
    *i += 2;
    return point;
  }
  if (first < 0xF0) {
    const unsigned point = (first & 0x0Fu) << 12 | (byte(*i + 1) & 0x3Fu) << 6 | (byte(*i + 2) & 0x3Fu);
    *i += 3;
    return point;
  }
  const unsigned point =
      (first & 0x07u) << 18 | (byte(*i + 1) & 0x3Fu) << 12 | (byte(*i + 2) & 0x3Fu) << 6 | (byte(*i + 3) & 0x3Fu);
  *i += 4;
  return point;
}

void AppendQuoted(const std::string& text, Json::Style style, std::string* out) {
  out->push_back('"');
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x80 && style != Json::Style::kPlain) {
      const unsigned point = NextCodePoint(text, &i);
      if (point >= 0x10000) {
        AppendUnit(out, 0xD800 + ((point - 0x10000) >> 10));
        AppendUnit(out, 0xDC00 + ((point - 0x10000) & 0x3FF));
      } else {
        AppendUnit(out, point);
      }
      continue;
    }
    ++i;
    switch (c) {
      case '"':
        out->append("\\\"");
        break;
      case '\\':
        out->append("\\\\");
        break;
      case '\n':
        out->append("\\n");
        break;
      case '\r':
        out->append("\\r");
        break;
      case '\t':
        out->append("\\t");
        break;
      case '\b':
        out->append("\\b");
        break;
      case '\f':
        out->append("\\f");
        break;
      case '/':
        out->append(style == Json::Style::kPhp ? "\\/" : "/");
        break;
      default:
        if (c < 0x20) {
          AppendUnit(out, c);
        } else {
          out->push_back(static_cast<char>(c));
        }
    }
  }
  out->push_back('"');
}

}  // namespace

Json Json::Number(std::string text) {
  Json json;
  json.type_ = Type::kNumber;
  json.text_ = std::move(text);
  return json;
}

Json Json::Array(std::vector<Json> items) {
  Json json;
  json.type_ = Type::kArray;
  json.items_ = std::move(items);
  return json;
}

Json Json::Object(std::vector<Member> members) {
  Json json;
  json.type_ = Type::kObject;
  json.members_ = std::move(members);
  return json;
}

absl::StatusOr<Json> Json::Parse(std::string_view text) {
  Builder builder;
  rapidjson::Reader reader;
  rapidjson::MemoryStream raw(text.data(), text.size());
  rapidjson::EncodedInputStream<rapidjson::UTF8<>, rapidjson::MemoryStream> stream(raw);
  // Iterative: the depth of the input is not the depth of our stack.
  constexpr unsigned kFlags =
      rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseValidateEncodingFlag | rapidjson::kParseIterativeFlag;
  const rapidjson::ParseResult result = reader.Parse<kFlags>(stream, builder);
  if (result.IsError()) {
    return absl::InvalidArgumentError(
        absl::StrCat("not JSON at byte ", result.Offset(), ": ", rapidjson::GetParseError_En(result.Code())));
  }
  return std::move(builder.root);
}

bool Json::IsInteger() const { return IsNumber() && text_.find_first_of(".eE") == std::string::npos; }

std::int64_t Json::AsInt() const {
  if (type_ == Type::kBool) return bool_ ? 1 : 0;
  if (text_.find_first_of(".eE") != std::string::npos)
    return static_cast<std::int64_t>(std::strtod(text_.c_str(), nullptr));
  return std::strtoll(text_.c_str(), nullptr, 10);
}

double Json::AsDouble() const { return std::strtod(text_.c_str(), nullptr); }

const Json* Json::Find(std::string_view name) const {
  for (const Member& member : members_) {
    if (member.first == name) return &member.second;
  }
  return nullptr;
}

Json* Json::Find(std::string_view name) { return const_cast<Json*>(static_cast<const Json*>(this)->Find(name)); }

const Json& Json::operator[](std::string_view name) const {
  const Json* found = Find(name);
  return found != nullptr ? *found : NullJson();
}

Json& Json::operator[](std::string_view name) {
  if (Json* found = Find(name)) return *found;
  if (IsNull()) type_ = Type::kObject;
  members_.emplace_back(std::string(name), Json());
  return members_.back().second;
}

const Json& Json::At(std::size_t index) const { return index < items_.size() ? items_[index] : NullJson(); }

bool Json::Remove(std::string_view name) {
  for (auto it = members_.begin(); it != members_.end(); ++it) {
    if (it->first == name) {
      members_.erase(it);
      return true;
    }
  }
  return false;
}

bool Json::operator==(const Json& other) const {
  return type_ == other.type_ && bool_ == other.bool_ && text_ == other.text_ && items_ == other.items_ &&
         members_ == other.members_;
}

std::string Json::Dump(Style style) const {
  std::string out;
  DumpTo(&out, style);
  return out;
}

void Json::DumpTo(std::string* out, Style style) const {
  switch (type_) {
    case Type::kNull:
      out->append("null");
      return;
    case Type::kBool:
      out->append(bool_ ? "true" : "false");
      return;
    case Type::kNumber:
      out->append(text_);
      return;
    case Type::kString:
      AppendQuoted(text_, style, out);
      return;
    case Type::kArray: {
      out->push_back('[');
      bool first = true;
      for (const Json& item : items_) {
        if (!first) out->push_back(',');
        first = false;
        item.DumpTo(out, style);
      }
      out->push_back(']');
      return;
    }
    case Type::kObject: {
      out->push_back('{');
      bool first = true;
      for (const Member& member : members_) {
        if (!first) out->push_back(',');
        first = false;
        AppendQuoted(member.first, style, out);
        out->push_back(':');
        member.second.DumpTo(out, style);
      }
      out->push_back('}');
      return;
    }
  }
}

}  // namespace internal
}  // namespace testing
FAIRLEAD_NAMESPACE_END
