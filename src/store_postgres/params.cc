#include "src/store_postgres/internal/params.h"

#include <utility>

FAIRLEAD_NAMESPACE_BEGIN
namespace internal::postgres {
namespace {

// Fixed for all time in PostgreSQL's catalogue.
constexpr unsigned int kBytea = 17;
constexpr unsigned int kInt8 = 20;
constexpr unsigned int kText = 25;
constexpr unsigned int kTextArray = 1009;
constexpr unsigned int kInt8Array = 1016;

constexpr char kEscape = '\x1A';
constexpr char kHex[] = "0123456789ABCDEF";

unsigned char ByteAt(std::string_view text, std::size_t i) { return static_cast<unsigned char>(text[i]); }

// Bytes of the well-formed character at `at`, 0 if there is none.
std::size_t CharacterAt(std::string_view text, std::size_t at) {
  const unsigned char first = ByteAt(text, at);
  if (first < 0x80) return first == 0 || text[at] == kEscape ? 0 : 1;
  std::size_t size = 0;
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  if (first >= 0xC2 && first <= 0xDF) {
    size = 2;
  } else if (first >= 0xE0 && first <= 0xEF) {
    size = 3;
    if (first == 0xE0) low = 0xA0;
    if (first == 0xED) high = 0x9F;
  } else if (first >= 0xF0 && first <= 0xF4) {
    size = 4;
    if (first == 0xF0) low = 0x90;
    if (first == 0xF4) high = 0x8F;
  }
  if (size == 0 || at + size > text.size()) return 0;
  if (ByteAt(text, at + 1) < low || ByteAt(text, at + 1) > high) return 0;
  for (std::size_t i = 2; i < size; ++i) {
    if ((ByteAt(text, at + i) & 0xC0) != 0x80) return 0;
  }
  return size;
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 0;
}

}  // namespace

std::string EncodeText(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = CharacterAt(text, at);
    if (size != 0) {
      out.append(text.substr(at, size));
      at += size;
      continue;
    }
    out += kEscape;
    out += kHex[ByteAt(text, at) >> 4];
    out += kHex[ByteAt(text, at) & 0xF];
    ++at;
  }
  return out;
}

std::string DecodeText(std::string_view stored) {
  if (stored.find(kEscape) == std::string_view::npos) return std::string(stored);
  std::string out;
  out.reserve(stored.size());
  for (std::size_t at = 0; at < stored.size(); ++at) {
    if (stored[at] == kEscape && at + 2 < stored.size()) {
      out += static_cast<char>(HexValue(stored[at + 1]) * 16 + HexValue(stored[at + 2]));
      at += 2;
    } else {
      out += stored[at];
    }
  }
  return out;
}

Params& Params::Add(unsigned int type, int format, std::string value) {
  types_.push_back(type);
  formats_.push_back(format);
  values_.push_back(std::move(value));
  return *this;
}

Params& Params::Int(std::int64_t value) {
  std::string bytes(8, '\0');
  auto bits = static_cast<std::uint64_t>(value);
  for (std::size_t i = 8; i-- > 0; bits >>= 8) bytes[i] = static_cast<char>(bits & 0xFF);
  return Add(kInt8, 1, std::move(bytes));
}

Params& Params::Text(std::string_view value) { return Add(kText, 1, EncodeText(value)); }

Params& Params::Blob(std::string_view value) { return Add(kBytea, 1, std::string(value)); }

Params& Params::Ints(const std::vector<std::int64_t>& values) {
  std::string list = "{";
  for (const std::int64_t value : values) {
    if (list.size() > 1) list += ',';
    list += std::to_string(value);
  }
  return Add(kInt8Array, 0, list + "}");
}

Params& Params::Texts(const std::vector<std::string>& values) {
  std::string list = "{";
  for (const std::string& value : values) {
    if (list.size() > 1) list += ',';
    list += '"';
    for (const char c : EncodeText(value)) {
      if (c == '"' || c == '\\') list += '\\';
      list += c;
    }
    list += '"';
  }
  return Add(kTextArray, 0, list + "}");
}

}  // namespace internal::postgres
FAIRLEAD_NAMESPACE_END
