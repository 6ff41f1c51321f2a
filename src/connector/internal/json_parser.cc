#include "src/connector/internal/json_parser.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "src/connector/internal/utf8.h"
#include "src/core/internal/absl_compat.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

FAIRLEAD_NAMESPACE_BEGIN
namespace internal::json {
namespace {

// A text nested deeper than this is refused whole, also where faults are kept.
constexpr std::size_t kHardDepth = 4096;
constexpr std::size_t kMaxFaults = 100;
// Objects of up to so many keys are checked for duplicates pair by pair.
constexpr std::uint32_t kFewKeys = 8;

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

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

bool Parser::Fail(const char* at, std::string_view what) {
  status_ =
      Unparseable(absl::StrCat("not valid JSON at ", Position(document_.source_, Offset(at)), ": ", ToAbsl(what)));
  return false;
}

bool Parser::AddFault(std::uint32_t node, const char* at, std::string what) {
  if (document_.faults_.size() >= kMaxFaults) {
    return Fail(at, absl::StrCat(what, ", and there are too many such faults to go on"));
  }
  document_.faults_.push_back(Fault{node, Offset(at), std::move(what)});
  return true;
}

bool Parser::Reserve(std::size_t nodes) {
  if (nodes <= document_.node_capacity_) return true;
  auto* const grown = static_cast<Node*>(std::realloc(document_.nodes_.release(), nodes * sizeof(Node)));
  if (grown == nullptr) {
    status_ = MakeError(ErrorKind::kTooLarge, Outcome::kNotSent, "no memory left for a text of this size");
    document_.node_capacity_ = 0;
    return false;
  }
  document_.nodes_.reset(grown);
  document_.node_capacity_ = nodes;
  nodes_ = grown;
  return true;
}

/// The first byte that ends a string or needs a closer look: quote, backslash, control or not ASCII.
inline const char* Parser::SkipPlain(const char* p) const {
#if defined(__SSE2__)
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i backslash = _mm_set1_epi8('\\');
  const __m128i space = _mm_set1_epi8(0x20);
  while (end_ - p >= 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    // Signed: below 0x20 are the control characters and every byte above 0x7F.
    const __m128i stop = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash)),
                                      _mm_cmplt_epi8(bytes, space));
    const int mask = _mm_movemask_epi8(stop);
    if (mask != 0) return p + __builtin_ctz(static_cast<unsigned>(mask));
    p += 16;
  }
#endif
  while (p != end_ && *p != '"' && *p != '\\' && static_cast<signed char>(*p) >= 0x20) ++p;
  return p;
}

inline bool Parser::String(const char*& p) {
  const char* const begin = p + 1;
  const char* const stop = SkipPlain(begin);
  if (*stop != '"') return SlowString(begin, stop, p);
  Push(Kind::kString, begin, stop);
  p = stop + 1;
  return true;
}

bool Parser::SlowString(const char* begin, const char* stop, const char*& p) {
  // Text beyond ASCII stays where it is; only escapes need a copy.
  while (*stop != '"' && *stop != '\\') {
    if (stop == end_) return Truncated();
    if (static_cast<unsigned char>(*stop) < 0x20) {
      return Fail(stop, "a control character stands unescaped in a string; the sender's JSON encoder is broken");
    }
    std::size_t length =
        Utf8Length(reinterpret_cast<const unsigned char*>(stop), static_cast<std::size_t>(end_ - stop));
    if (length == 0) {
      if (!AddFault(count_, stop, "text that is not UTF-8; the sender must encode it")) return false;
      length = 1;
    }
    stop = SkipPlain(stop + length);
  }
  if (*stop == '"') {
    Push(Kind::kString, begin, stop);
    p = stop + 1;
    return true;
  }
  std::string& out = document_.unescaped_;
  const std::size_t at = out.size();
  out.append(sizeof(std::uint32_t), '\0');
  out.append(begin, static_cast<std::size_t>(stop - begin));
  for (;;) {
    if (*stop == '"') break;
    if (*stop == '\\') {
      if (!Escape(stop, count_, out)) return false;
    } else if (stop == end_) {
      return Truncated();
    } else if (static_cast<unsigned char>(*stop) < 0x20) {
      return Fail(stop, "a control character stands unescaped in a string; the sender's JSON encoder is broken");
    } else {
      const std::size_t length =
          Utf8Length(reinterpret_cast<const unsigned char*>(stop), static_cast<std::size_t>(end_ - stop));
      if (length == 0 && !AddFault(count_, stop, "text that is not UTF-8; the sender must encode it")) return false;
      out.append(stop, length);
      stop += length == 0 ? 1 : length;
    }
    const char* const next = SkipPlain(stop);
    out.append(stop, static_cast<std::size_t>(next - stop));
    stop = next;
  }
  const auto size = static_cast<std::uint32_t>(out.size() - at - sizeof(std::uint32_t));
  std::memcpy(out.data() + at, &size, sizeof size);
  Push(Kind::kString, begin, stop);
  nodes_[count_ - 1].next = static_cast<std::uint32_t>(at);
  nodes_[count_ - 1].bits |= Document::kEscaped;
  p = stop + 1;
  return true;
}

/// The escape at `p`, unescaped, to the end of `out`; `p` goes behind it.
bool Parser::Escape(const char*& p, std::uint32_t node, std::string& out) {
  switch (p[1]) {
    case '"':
      out.push_back('"');
      break;
    case '\\':
      out.push_back('\\');
      break;
    case '/':
      out.push_back('/');
      break;
    case 'b':
      out.push_back('\b');
      break;
    case 'f':
      out.push_back('\f');
      break;
    case 'n':
      out.push_back('\n');
      break;
    case 'r':
      out.push_back('\r');
      break;
    case 't':
      out.push_back('\t');
      break;
    case 'u': {
      const auto code_at = [](const char* q) {
        std::int32_t code = 0;
        for (int i = 0; i < 4; ++i) {
          const int digit = HexDigit(q[i]);  // The zero byte at the end is no digit.
          if (digit < 0) return -1;
          code = code * 16 + digit;
        }
        return code;
      };
      const std::int32_t high = code_at(p + 2);
      if (high < 0) return end_ - p < 6 ? Truncated() : Fail(p, "\\u needs four hexadecimal digits");
      auto code = static_cast<std::uint32_t>(high);
      if (high >= 0xD800 && high <= 0xDFFF) {
        std::int32_t low = -1;
        if (high <= 0xDBFF && p[6] == '\\' && p[7] == 'u') low = code_at(p + 8);
        if (low >= 0xDC00 && low <= 0xDFFF) {
          code = 0x10000 + ((static_cast<std::uint32_t>(high) - 0xD800) << 10) +
                 (static_cast<std::uint32_t>(low) - 0xDC00);
          p += 6;
        } else {
          if (!AddFault(node, p, "half of a surrogate pair stands alone; the sender cut a text inside a character"))
            return false;
          code = 0xFFFD;
        }
      }
      AppendUtf8(code, out);
      p += 4;
      break;
    }
    default:
      return p + 1 == end_ ? Truncated() : Fail(p, "an unknown escape in a string");
  }
  p += 2;
  return true;
}

inline bool Parser::Number(const char*& p) {
  const char* const begin = p;
  const auto digits = [&p] {
    const char* const first = p;
    while (static_cast<unsigned char>(*p - '0') <= 9) ++p;
    return p != first;
  };
  if (*p == '-') ++p;
  if (*p == '0') {
    ++p;
    if (static_cast<unsigned char>(*p - '0') <= 9) return Fail(begin, "a number starts with 0");
  } else if (!digits()) {
    return Unexpected(p, "a value is expected here (NaN and Infinity are not JSON)");
  }
  if (*p == '.') {
    ++p;
    if (!digits()) return Unexpected(p, "a number ends at its decimal point");
  }
  if (*p == 'e' || *p == 'E') {
    ++p;
    if (*p == '+' || *p == '-') ++p;
    if (!digits()) return Unexpected(p, "a number ends at its exponent");
  }
  Push(Kind::kNumber, begin, p);
  return true;
}

inline bool Parser::Literal(const char*& p, std::string_view word, Kind kind) {
  const auto left = static_cast<std::size_t>(end_ - p);
  if (left >= word.size() && std::memcmp(p, word.data(), word.size()) == 0) {
    Push(kind, p, p + word.size());
    p += word.size();
    return true;
  }
  if (left < word.size() && word.substr(0, left) == std::string_view(p, left)) return Truncated();
  return Fail(p, "a value is expected here (only true, false and null are words of JSON)");
}

bool Parser::CheckKeys(std::uint32_t object, std::uint32_t count) {
  const auto text = [this](std::uint32_t index) { return document_.TextOf(nodes_[index]); };
  const auto duplicate = [&](std::uint32_t index) {
    return AddFault(
        object, start_ + nodes_[index].begin,
        absl::StrCat("the key '", Printable(text(index)),
                     "' stands twice in one object, so that its value is ambiguous; the sender must be corrected"));
  };
  if (count <= kFewKeys) {
    std::array<std::uint32_t, kFewKeys> hashes{};
    std::array<std::uint32_t, kFewKeys> keys{};
    std::uint32_t index = object + 1;
    for (std::uint32_t i = 0; i < count; ++i) {
      keys[i] = index;
      hashes[i] = document_.HashOfKey(nodes_[index]);
      for (std::uint32_t j = 0; j < i; ++j) {
        if (hashes[j] == hashes[i] && text(keys[j]) == text(index) && !duplicate(index)) return false;
      }
      index = document_.Next(index + 1);
    }
    return true;
  }
  std::size_t capacity = slots_.empty() ? 256 : slots_.size();
  while (capacity < std::size_t{count} * 2) capacity *= 2;
  if (capacity != slots_.size()) slots_.assign(capacity, Slot{});
  ++generation_;
  const std::size_t mask = capacity - 1;
  std::uint32_t index = object + 1;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t hash = document_.HashOfKey(nodes_[index]);
    std::size_t at = hash & mask;
    const auto same = [&](std::uint32_t other) {
      return document_.HashOfKey(nodes_[other]) == hash && text(other) == text(index);
    };
    while (slots_[at].generation == generation_ && !same(slots_[at].node)) at = (at + 1) & mask;
    if (slots_[at].generation == generation_) {
      if (!duplicate(index)) return false;
    } else {
      slots_[at] = Slot{generation_, index};
    }
    index = document_.Next(index + 1);
  }
  return true;
}

/// Up to the first byte of the root value.
bool Parser::Begin(const char*& p) {
  max_nodes_ = std::min<std::size_t>(limits_.max_nodes, kMaxNodes);
  if (document_.source_.compare(0, 3, "\xEF\xBB\xBF") == 0) p += 3;
  p = SkipSpace(p);
  if (p == end_) {
    status_ = Unparseable(
        "the answer is empty where JSON was expected; the server may have failed while it wrote it: read again");
    return false;
  }
  if (*p == '<') {
    status_ = Unparseable(
        "the server answered HTML instead of JSON: a login page, a proxy's or firewall's error page, or PHP warnings "
        "before the "
        "JSON. Check the address, and what stands between");
    return false;
  }
  open_.reserve(64);
  // One node for about ten bytes is what real payloads have; more is grown into.
  return Reserve(std::min({max_nodes_ + 2, document_.source_.size() / 10 + 16, first_nodes_}));
}

bool Parser::End(const char* p) {
  p = SkipSpace(p);
  if (p == end_) return true;
  return Fail(p, *p == '<' ? "the JSON is followed by HTML: the server failed after it had begun to answer"
                           : "something follows after the JSON text");
}

bool Parser::NextElement(const char*& p, bool first, bool& end) {
  p = SkipSpace(p);
  end = *p == ']';
  if (end) {
    ++p;
    return true;
  }
  if (first) return true;
  if (*p != ',') return Unexpected(p, "a comma or ']' is missing here");
  p = SkipSpace(p + 1);
  return true;
}

bool Parser::Read(const char*& place) {
  const char* p = place;
  // The innermost container.
  std::uint64_t open = 0;
  std::uint64_t children = 0;
  bool in_object = false;
  std::size_t depth = 0;
  for (;;) {
    // A value starts at p. Room for it and for a key after it.
    if (count_ + std::size_t{2} > document_.node_capacity_) {
      if (count_ >= max_nodes_) {
        status_ = MakeError(
            ErrorKind::kTooLarge, Outcome::kNotSent,
            absl::StrCat("the text holds more than ", max_nodes_, " values; ask for smaller pages or raise the limit"));
        return false;
      }
      if (!Reserve(std::min(max_nodes_ + 2, document_.node_capacity_ * 2))) return false;
    }
    bool fresh_object = false;
    switch (*p) {
      case '"':
        if (!String(p)) return false;
        break;
      case '{':
      case '[': {
        const bool object = *p == '{';
        if (depth == limits_.max_depth &&
            !AddFault(count_, p, absl::StrCat("nested deeper than ", limits_.max_depth, " levels"))) {
          return false;
        }
        if (depth >= kHardDepth) return Fail(p, absl::StrCat("nested deeper than ", kHardDepth, " levels"));
        // Packed by hand: two halves written and read back as one stall the processor.
        if (depth > 0) open_.push_back((open << 32) | (children << 1) | (in_object ? 1U : 0U));
        open = count_;
        children = 0;
        in_object = object;
        ++depth;
        Push(object ? Kind::kObject : Kind::kArray, p, p + 1);
        p = SkipSpace(p + 1);
        if (*p == (object ? '}' : ']')) goto close;
        if (!object) continue;  // The first element starts here.
        fresh_object = true;
        break;
      }
      case 't':
        if (!Literal(p, "true", Kind::kTrue)) return false;
        break;
      case 'f':
        if (!Literal(p, "false", Kind::kFalse)) return false;
        break;
      case 'n':
        if (!Literal(p, "null", Kind::kNull)) return false;
        break;
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
      case '9':
        if (!Number(p)) return false;
        break;
      default:
        return Unexpected(p, *p == ',' || *p == ':' || *p == ']' || *p == '}'
                                 ? "a value is missing here"
                                 : "a value is expected here (NaN, Infinity, single quotes and comments are not JSON)");
    }
    if (!fresh_object) {
    after_value:
      if (depth == 0) {
        place = p;
        return true;
      }
      ++children;
      p = SkipSpace(p);
      if (*p == ',') {
        p = SkipSpace(p + 1);
      } else if (*p == (in_object ? '}' : ']')) {
      close:
        ++p;
        Node& node = nodes_[open];
        node.end = Offset(p);
        node.next = count_;
        node.bits |= static_cast<std::uint32_t>(children << Document::kCountShift);
        if (in_object && children > 1 &&
            !CheckKeys(static_cast<std::uint32_t>(open), static_cast<std::uint32_t>(children))) {
          return false;
        }
        if (--depth > 0) {
          const std::uint64_t outer = open_.back();
          open_.pop_back();
          open = outer >> 32;
          children = (outer & 0xFFFFFFFF) >> 1;
          in_object = (outer & 1U) != 0;
        }
        goto after_value;
      } else {
        return Unexpected(p, in_object ? "a comma or '}' is missing here" : "a comma or ']' is missing here");
      }
    }
    if (in_object) {
      if (*p != '"') return Unexpected(p, "a key in double quotes is expected here");
      if (!String(p)) return false;
      Node& key = nodes_[count_ - 1];
      if ((key.bits & Document::kEscaped) == 0) key.next = KeyHash(start_ + key.begin, key.end - key.begin);
      p = SkipSpace(p);
      if (*p != ':') return Unexpected(p, "a colon is missing after the key");
      p = SkipSpace(p + 1);
    }
  }
}

}  // namespace internal::json
FAIRLEAD_NAMESPACE_END
