#include "src/connector/internal/json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "src/core/internal/absl_compat.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

FAIRLEAD_NAMESPACE_BEGIN
namespace internal::json {
namespace {

constexpr std::size_t kMaxBytes = 0xFFFFFFF0;
constexpr std::uint32_t kMaxNodes = (1U << 27) - 1;
// A text nested deeper than this is refused whole, also where faults are kept.
constexpr std::size_t kHardDepth = 4096;
constexpr std::size_t kMaxFaults = 100;

/// Where line and column of a byte are, for people.
std::string Position(std::string_view source, std::size_t offset) {
  offset = std::min(offset, source.size());
  std::size_t line = 1;
  std::size_t column = 1;
  for (const char c : source.substr(0, offset)) {
    ++column;
    if (c == '\n') {
      ++line;
      column = 1;
    }
  }
  return absl::StrCat("line ", line, " column ", column, " (byte ", offset, " of ", source.size(), ")");
}

absl::Status Unparseable(std::string_view message) {
  return MakeError(ErrorKind::kUnparseable, Outcome::kNotSent, message);
}

/// A key as it may stand in a message: short and printable.
std::string Printable(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, 40)) {
    const auto byte = static_cast<unsigned char>(c);
    out.push_back(byte >= 0x20 && byte < 0x7F ? c : '?');
  }
  if (text.size() > 40) out += "...";
  return out;
}

/// Length of the UTF-8 sequence at `p` (its first byte is above 0x7F), or 0 where it is none.
std::size_t Utf8Length(const unsigned char* p, std::size_t left) {
  const auto tail = [&](std::size_t i) { return i < left && (p[i] & 0xC0) == 0x80; };
  if (p[0] >= 0xC2 && p[0] <= 0xDF) return tail(1) ? 2 : 0;
  if (p[0] >= 0xE0 && p[0] <= 0xEF) {
    if (!tail(1) || !tail(2)) return 0;
    if (p[0] == 0xE0 && p[1] < 0xA0) return 0;  // Overlong.
    if (p[0] == 0xED && p[1] > 0x9F) return 0;  // A surrogate.
    return 3;
  }
  if (p[0] >= 0xF0 && p[0] <= 0xF4) {
    if (!tail(1) || !tail(2) || !tail(3)) return 0;
    if (p[0] == 0xF0 && p[1] < 0x90) return 0;
    if (p[0] == 0xF4 && p[1] > 0x8F) return 0;
    return 4;
  }
  return 0;
}

void AppendUtf8(std::uint32_t code, std::string& out) {
  if (code < 0x80) {
    out.push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    out.push_back(static_cast<char>(0xC0 | (code >> 6)));
    out.push_back(static_cast<char>(0x80 | (code & 0x3F)));
  } else if (code < 0x10000) {
    out.push_back(static_cast<char>(0xE0 | (code >> 12)));
    out.push_back(static_cast<char>(0x80 | ((code >> 6) & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (code & 0x3F)));
  } else {
    out.push_back(static_cast<char>(0xF0 | (code >> 18)));
    out.push_back(static_cast<char>(0x80 | ((code >> 12) & 0x3F)));
    out.push_back(static_cast<char>(0x80 | ((code >> 6) & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (code & 0x3F)));
  }
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Cheap and good enough to spread the keys of one object: length, first and last bytes.
std::uint64_t KeyHash(std::string_view key) {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  if (key.size() >= 8) {
    std::memcpy(&first, key.data(), 8);
    std::memcpy(&last, key.data() + key.size() - 8, 8);
  } else if (key.size() >= 4) {
    std::memcpy(&first, key.data(), 4);
    std::memcpy(&last, key.data() + key.size() - 4, 4);
  } else {
    for (const char c : key) first = (first << 8) | static_cast<unsigned char>(c);
  }
  std::uint64_t hash = (first ^ (last * 0x9E3779B97F4A7C15ULL) ^ key.size()) * 0xD6E8FEB86659FD93ULL;
  return hash ^ (hash >> 32);
}

}  // namespace

std::string_view KindName(Kind kind) {
  switch (kind) {
    case Kind::kMissing: return "nothing";
    case Kind::kNull: return "null";
    case Kind::kFalse:
    case Kind::kTrue: return "a boolean";
    case Kind::kNumber: return "a number";
    case Kind::kString: return "a string";
    case Kind::kArray: return "an array";
    case Kind::kObject: return "an object";
  }
  return "something unknown";
}

/// One use per text.
class Parser {
 public:
  Parser(Document& document, const Limits& limits)
      : document_(document),
        limits_(limits),
        start_(document.source_.data()),
        p_(start_),
        end_(start_ + document.source_.size()) {}

  absl::Status Run();

 private:
  struct Open {
    std::uint32_t node;
    std::uint32_t children;
    bool object;
  };
  struct Slot {
    std::uint32_t generation = 0;
    std::uint32_t node = 0;
  };

  std::uint32_t Offset(const char* p) const { return static_cast<std::uint32_t>(p - start_); }
  void SkipSpace() {
    while (p_ != end_ && (*p_ == ' ' || *p_ == '\n' || *p_ == '\r' || *p_ == '\t')) ++p_;
  }
  absl::Status Error(const char* at, std::string_view what) const;
  absl::Status Truncated() const { return Error(end_, "the text ends in the middle: it was cut off on its way; read it again"); }
  absl::Status AddFault(std::uint32_t node, const char* at, std::string what);
  std::uint32_t Push(Kind kind, const char* begin, const char* end, std::uint32_t flags = 0) {
    const auto index = static_cast<std::uint32_t>(document_.nodes_.size());
    document_.nodes_.push_back(
        Document::Node{Offset(begin), Offset(end), index + 1, static_cast<std::uint32_t>(kind) | flags});
    return index;
  }

  absl::Status Scalar();
  absl::Status String();
  absl::Status StringWithEscapes(const char* begin);
  absl::Status Number();
  absl::Status Literal(std::string_view word, Kind kind);
  const char* SkipPlain(const char* p) const;
  absl::Status Close();
  absl::Status CheckKeys(std::uint32_t object, std::uint32_t count);

  Document& document_;
  const Limits& limits_;
  const char* const start_;
  const char* p_;
  const char* const end_;
  std::vector<Open> open_;
  std::vector<Slot> slots_;
  std::uint32_t generation_ = 0;
};

absl::Status Parser::Error(const char* at, std::string_view what) const {
  return Unparseable(absl::StrCat("not valid JSON at ", Position(document_.source_, Offset(at)), ": ", ToAbsl(what)));
}

absl::Status Parser::AddFault(std::uint32_t node, const char* at, std::string what) {
  if (document_.faults_.size() >= kMaxFaults) return Error(at, absl::StrCat(what, ", and there are too many such faults to go on"));
  document_.faults_.push_back(Fault{node, Offset(at), std::move(what)});
  return absl::OkStatus();
}

/// The first byte that ends a string or needs a closer look: quote, backslash, control or not ASCII.
const char* Parser::SkipPlain(const char* p) const {
#if defined(__SSE2__)
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i backslash = _mm_set1_epi8('\\');
  const __m128i space = _mm_set1_epi8(0x20);
  while (end_ - p >= 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    // Signed: below 0x20 are the control characters and every byte above 0x7F.
    const __m128i stop =
        _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash)), _mm_cmplt_epi8(bytes, space));
    const int mask = _mm_movemask_epi8(stop);
    if (mask != 0) return p + __builtin_ctz(static_cast<unsigned>(mask));
    p += 16;
  }
#endif
  while (p != end_ && *p != '"' && *p != '\\' && static_cast<signed char>(*p) >= 0x20) ++p;
  return p;
}

absl::Status Parser::String() {
  const char* const begin = p_ + 1;
  const char* p = SkipPlain(begin);
  for (;;) {
    if (p == end_) return Truncated();
    if (*p == '"') {
      Push(Kind::kString, begin, p);
      p_ = p + 1;
      return absl::OkStatus();
    }
    if (*p == '\\') return StringWithEscapes(begin);
    if (static_cast<unsigned char>(*p) < 0x20) {
      return Error(p, "a control character stands unescaped in a string; the sender's JSON encoder is broken");
    }
    std::size_t length = Utf8Length(reinterpret_cast<const unsigned char*>(p), static_cast<std::size_t>(end_ - p));
    if (length == 0) {
      FAIRLEAD_RETURN_IF_ERROR(AddFault(static_cast<std::uint32_t>(document_.nodes_.size()), p,
                                        "text that is not UTF-8; the sender must encode it"));
      length = 1;
    }
    p = SkipPlain(p + length);
  }
}

absl::Status Parser::StringWithEscapes(const char* begin) {
  const auto node = static_cast<std::uint32_t>(document_.nodes_.size());
  std::string& out = document_.unescaped_;
  const std::size_t at = out.size();
  out.append(sizeof(std::uint32_t), '\0');
  const char* p = begin;
  for (;;) {
    const char* stop = SkipPlain(p);
    out.append(p, static_cast<std::size_t>(stop - p));
    p = stop;
    if (p == end_) return Truncated();
    if (*p == '"') break;
    if (*p == '\\') {
      if (end_ - p < 2) return Truncated();
      switch (p[1]) {
        case '"': out.push_back('"'); break;
        case '\\': out.push_back('\\'); break;
        case '/': out.push_back('/'); break;
        case 'b': out.push_back('\b'); break;
        case 'f': out.push_back('\f'); break;
        case 'n': out.push_back('\n'); break;
        case 'r': out.push_back('\r'); break;
        case 't': out.push_back('\t'); break;
        case 'u': {
          const auto code_at = [&](const char* q) {
            std::int32_t code = 0;
            for (int i = 0; i < 4; ++i) {
              const int digit = HexDigit(q[i]);
              if (digit < 0) return -1;
              code = code * 16 + digit;
            }
            return code;
          };
          if (end_ - p < 6) return Truncated();
          const std::int32_t high = code_at(p + 2);
          if (high < 0) return Error(p, "\\u needs four hexadecimal digits");
          auto code = static_cast<std::uint32_t>(high);
          if (high >= 0xD800 && high <= 0xDFFF) {
            std::int32_t low = -1;
            if (high <= 0xDBFF && end_ - p >= 12 && p[6] == '\\' && p[7] == 'u') low = code_at(p + 8);
            if (low >= 0xDC00 && low <= 0xDFFF) {
              code = 0x10000 + ((static_cast<std::uint32_t>(high) - 0xD800) << 10) + (static_cast<std::uint32_t>(low) - 0xDC00);
              p += 6;
            } else {
              FAIRLEAD_RETURN_IF_ERROR(
                  AddFault(node, p, "half of a surrogate pair stands alone; the sender cut a text inside a character"));
              code = 0xFFFD;
            }
          }
          AppendUtf8(code, out);
          p += 4;
          break;
        }
        default: return Error(p, "an unknown escape in a string");
      }
      p += 2;
      continue;
    }
    if (static_cast<unsigned char>(*p) < 0x20) {
      return Error(p, "a control character stands unescaped in a string; the sender's JSON encoder is broken");
    }
    const std::size_t length = Utf8Length(reinterpret_cast<const unsigned char*>(p), static_cast<std::size_t>(end_ - p));
    if (length == 0) {
      FAIRLEAD_RETURN_IF_ERROR(AddFault(node, p, "text that is not UTF-8; the sender must encode it"));
      ++p;
    } else {
      out.append(p, length);
      p += length;
    }
  }
  const auto size = static_cast<std::uint32_t>(out.size() - at - sizeof(std::uint32_t));
  std::memcpy(out.data() + at, &size, sizeof size);
  Push(Kind::kString, begin, p, Document::kEscaped);
  document_.nodes_.back().next = static_cast<std::uint32_t>(at);
  p_ = p + 1;
  return absl::OkStatus();
}

absl::Status Parser::Number() {
  const char* const begin = p_;
  const char* p = p_;
  const auto digits = [&] {
    const char* first = p;
    while (p != end_ && *p >= '0' && *p <= '9') ++p;
    return p - first;
  };
  if (*p == '-') ++p;
  if (p == end_) return Truncated();
  if (*p == '0') {
    ++p;
    if (p != end_ && *p >= '0' && *p <= '9') return Error(begin, "a number starts with 0");
  } else if (digits() == 0) {
    return Error(begin, "a value is expected here (NaN and Infinity are not JSON)");
  }
  if (p != end_ && *p == '.') {
    ++p;
    if (digits() == 0) return p == end_ ? Truncated() : Error(begin, "a number ends at its decimal point");
  }
  if (p != end_ && (*p == 'e' || *p == 'E')) {
    ++p;
    if (p != end_ && (*p == '+' || *p == '-')) ++p;
    if (digits() == 0) return p == end_ ? Truncated() : Error(begin, "a number ends at its exponent");
  }
  Push(Kind::kNumber, begin, p);
  p_ = p;
  return absl::OkStatus();
}

absl::Status Parser::Literal(std::string_view word, Kind kind) {
  const auto left = static_cast<std::size_t>(end_ - p_);
  if (left < word.size() && word.substr(0, left) == std::string_view(p_, left)) return Truncated();
  if (left < word.size() || std::memcmp(p_, word.data(), word.size()) != 0) {
    return Error(p_, "a value is expected here (only true, false and null are words of JSON)");
  }
  Push(kind, p_, p_ + word.size());
  p_ += word.size();
  return absl::OkStatus();
}

absl::Status Parser::Scalar() {
  switch (*p_) {
    case '"': return String();
    case 't': return Literal("true", Kind::kTrue);
    case 'f': return Literal("false", Kind::kFalse);
    case 'n': return Literal("null", Kind::kNull);
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9': return Number();
    case ',':
    case ':':
    case ']':
    case '}': return Error(p_, "a value is missing here");
    default: return Error(p_, "a value is expected here (NaN, Infinity, single quotes and comments are not JSON)");
  }
}

absl::Status Parser::CheckKeys(std::uint32_t object, std::uint32_t count) {
  const std::vector<Document::Node>& nodes = document_.nodes_;
  const auto duplicate = [&](std::uint32_t index) {
    const Document::Node& key = nodes[index];
    return AddFault(object, start_ + key.begin,
                    absl::StrCat("the key '", Printable(document_.TextOf(key)),
                                 "' stands twice in one object, so that its value is ambiguous; the sender must be corrected"));
  };
  if (count <= 6) {
    std::array<std::uint32_t, 6> keys{};
    std::uint32_t index = object + 1;
    for (std::uint32_t i = 0; i < count; ++i) {
      keys[i] = index;
      const std::string_view key = document_.TextOf(nodes[index]);
      for (std::uint32_t j = 0; j < i; ++j) {
        if (document_.TextOf(nodes[keys[j]]) == key) FAIRLEAD_RETURN_IF_ERROR(duplicate(index));
      }
      index = document_.Next(index + 1);
    }
    return absl::OkStatus();
  }
  std::size_t capacity = slots_.empty() ? 256 : slots_.size();
  while (capacity < std::size_t{count} * 2) capacity *= 2;
  if (capacity != slots_.size()) slots_.assign(capacity, Slot{});
  ++generation_;
  const std::size_t mask = capacity - 1;
  std::uint32_t index = object + 1;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::string_view key = document_.TextOf(nodes[index]);
    std::size_t at = static_cast<std::size_t>(KeyHash(key)) & mask;
    while (slots_[at].generation == generation_) {
      if (document_.TextOf(nodes[slots_[at].node]) == key) {
        FAIRLEAD_RETURN_IF_ERROR(duplicate(index));
        break;
      }
      at = (at + 1) & mask;
    }
    if (slots_[at].generation != generation_) slots_[at] = Slot{generation_, index};
    index = document_.Next(index + 1);
  }
  return absl::OkStatus();
}

absl::Status Parser::Close() {
  const Open open = open_.back();
  open_.pop_back();
  ++p_;
  Document::Node& node = document_.nodes_[open.node];
  node.end = Offset(p_);
  node.next = static_cast<std::uint32_t>(document_.nodes_.size());
  node.bits |= open.children << Document::kCountShift;
  return open.object && open.children > 1 ? CheckKeys(open.node, open.children) : absl::OkStatus();
}

absl::Status Parser::Run() {
  const std::size_t max_nodes = std::min<std::size_t>(limits_.max_nodes, kMaxNodes);
  // One node for about ten bytes is what real payloads have; more is grown into.
  document_.nodes_.reserve(std::min(max_nodes, document_.source_.size() / 10 + 16));
  if (document_.source_.compare(0, 3, "\xEF\xBB\xBF") == 0) p_ += 3;
  SkipSpace();
  if (p_ == end_) {
    return Unparseable("the answer is empty where JSON was expected; the server may have failed while it wrote it: read again");
  }
  if (*p_ == '<') {
    return Unparseable(
        "the server answered HTML instead of JSON: a login page, a proxy's or firewall's error page, or PHP warnings before the "
        "JSON. Check the address, and what stands between");
  }
  for (;;) {
    // A value starts at p_.
    if (document_.nodes_.size() >= max_nodes) {
      return MakeError(ErrorKind::kTooLarge, Outcome::kNotSent,
                       absl::StrCat("the text holds more than ", max_nodes, " values; ask for smaller pages or raise the limit"));
    }
    if (*p_ == '{' || *p_ == '[') {
      const bool object = *p_ == '{';
      const std::uint32_t node = Push(object ? Kind::kObject : Kind::kArray, p_, p_ + 1);
      if (open_.size() == limits_.max_depth) {
        FAIRLEAD_RETURN_IF_ERROR(AddFault(node, p_, absl::StrCat("nested deeper than ", limits_.max_depth, " levels")));
      }
      if (open_.size() >= kHardDepth) return Error(p_, absl::StrCat("nested deeper than ", kHardDepth, " levels"));
      open_.push_back(Open{node, 0, object});
      ++p_;
      SkipSpace();
      if (p_ == end_) return Truncated();
      if (*p_ != (object ? '}' : ']')) {
        if (!object) continue;  // The first element starts here.
      } else {
        FAIRLEAD_RETURN_IF_ERROR(Close());
      }
    } else {
      FAIRLEAD_RETURN_IF_ERROR(Scalar());
    }
    // After a value, or after the opening of an object that is not empty.
    for (;;) {
      if (open_.empty()) {
        SkipSpace();
        if (p_ != end_) {
          return Error(p_, *p_ == '<' ? "the JSON is followed by HTML: the server failed after it had begun to answer"
                                      : "something follows after the JSON text");
        }
        return absl::OkStatus();
      }
      Open& open = open_.back();
      const bool fresh = document_.nodes_.size() == std::size_t{open.node} + 1;  // A '{' was just read.
      if (!fresh) {
        ++open.children;
        SkipSpace();
        if (p_ == end_) return Truncated();
        if (*p_ == (open.object ? '}' : ']')) {
          FAIRLEAD_RETURN_IF_ERROR(Close());
          continue;
        }
        if (*p_ != ',') {
          return Error(p_, open.object ? "a comma or '}' is missing here" : "a comma or ']' is missing here");
        }
        ++p_;
        SkipSpace();
        if (p_ == end_) return Truncated();
      }
      if (open.object) {
        if (*p_ != '"') return Error(p_, "a key in double quotes is expected here");
        FAIRLEAD_RETURN_IF_ERROR(String());
        SkipSpace();
        if (p_ == end_) return Truncated();
        if (*p_ != ':') return Error(p_, "a colon is missing after the key");
        ++p_;
        SkipSpace();
        if (p_ == end_) return Truncated();
      }
      break;
    }
  }
}

absl::StatusOr<Document> Document::Parse(std::string text, const Limits& limits) {
  absl::StatusOr<Document> document = ParsePage(std::move(text), limits);
  if (document.ok() && !document->faults_.empty()) return document->FaultStatus(document->faults_.front());
  return document;
}

absl::StatusOr<Document> Document::ParsePage(std::string text, const Limits& limits) {
  const std::size_t max_bytes = std::min(limits.max_bytes, kMaxBytes);
  if (text.size() > max_bytes) {
    return MakeError(ErrorKind::kTooLarge, Outcome::kNotSent,
                     absl::StrCat("the text has ", text.size(), " bytes, more than the limit of ", max_bytes,
                                  "; ask for smaller pages or raise the limit"));
  }
  Document document;
  document.source_ = std::move(text);
  FAIRLEAD_RETURN_IF_ERROR(Parser(document, limits).Run());
  return document;
}

absl::Status Document::FaultStatus(const Fault& fault) const {
  return Unparseable(absl::StrCat("not valid JSON at ", Position(source_, fault.offset), ": ", fault.what));
}

std::optional<std::int64_t> Value::AsInt64() const {
  if (!is_number()) return std::nullopt;
  const std::string_view digits = text();
  std::int64_t number = 0;
  const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || stop != digits.data() + digits.size()) return std::nullopt;
  return number;
}

Value Value::operator[](std::string_view key) const {
  for (const Member& member : Members()) {
    if (member.key == key) return member.value;
  }
  return Value();
}

Value Value::At(std::size_t index) const {
  for (const Value item : Items()) {
    if (index-- == 0) return item;
  }
  return Value();
}

absl::Status Value::Check() const {
  if (document_ == nullptr || document_->faults_.empty()) return absl::OkStatus();
  const std::uint32_t end = document_->Next(index_);
  for (const Fault& fault : document_->faults_) {
    if (fault.node >= index_ && fault.node < end) return document_->FaultStatus(fault);
  }
  return absl::OkStatus();
}

}  // namespace internal::json
FAIRLEAD_NAMESPACE_END
