#include "src/models/internal/json_scanner.h"

#include "absl/strings/str_cat.h"
#include "src/core/internal/absl_compat.h"
#include "src/models/internal/text.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace models::internal {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

void JsonScanner::SkipSpace() {
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c != ' ' && c != '\n' && c != '\t' && c != '\r') return;
    ++at_;
  }
}

char JsonScanner::Peek() {
  SkipSpace();
  return at_ < text_.size() ? text_[at_] : '\0';
}

std::size_t JsonScanner::TokenStart() {
  SkipSpace();
  return at_;
}

bool JsonScanner::FailAt(std::size_t at, absl::string_view message) {
  // The first error is the cause; what follows while unwinding is not.
  if (error_.empty()) {
    error_at_ = at;
    error_.assign(message.data(), message.size());
  }
  return false;
}

bool JsonScanner::Unexpected(absl::string_view expected) {
  SkipSpace();
  if (at_ >= text_.size()) return Fail(absl::StrCat("the text ends where ", expected, " is expected"));
  const char c = text_[at_];
  if (c < ' ' || c > '~') return Fail(absl::StrCat("an unexpected byte where ", expected, " is expected"));
  return Fail(absl::StrCat("'", std::string(1, c), "' where ", expected, " is expected"));
}

bool JsonScanner::Open(char bracket) {
  if (Peek() != bracket) return Unexpected(bracket == '{' ? "an object" : "an array");
  if (depth_ >= max_depth_) return Fail(absl::StrCat("nested more than ", max_depth_, " deep"));
  ++depth_;
  ++at_;
  return true;
}

bool JsonScanner::Empty(char closing) {
  if (Peek() != closing) return false;
  --depth_;
  ++at_;
  return true;
}

bool JsonScanner::Next(char closing, bool& done) {
  const char c = Peek();
  if (c == ',') {
    ++at_;
    done = false;
    return true;
  }
  if (c != closing) return Unexpected(closing == '}' ? "',' or '}'" : "',' or ']'");
  --depth_;
  ++at_;
  done = true;
  return true;
}

bool JsonScanner::Name(std::string& out) {
  if (Peek() != '"') return Unexpected("a member name in quotes");
  if (!String(out)) return false;
  if (Peek() != ':') return Unexpected("':'");
  ++at_;
  return true;
}

bool JsonScanner::PeekName(std::string_view name) {
  SkipSpace();
  const std::string_view rest = text_.substr(at_);
  return rest.size() > name.size() + 1 && rest.front() == '"' && rest.substr(1, name.size()) == name &&
         rest[name.size() + 1] == '"';
}

bool JsonScanner::Hex4(std::uint32_t& out) {
  out = 0;
  for (int i = 0; i < 4; ++i, ++at_) {
    const char c = at_ < text_.size() ? text_[at_] : '\0';
    std::uint32_t digit = 0;
    if (IsDigit(c)) {
      digit = static_cast<std::uint32_t>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<std::uint32_t>(c - 'a') + 10;
    } else if (c >= 'A' && c <= 'F') {
      digit = static_cast<std::uint32_t>(c - 'A') + 10;
    } else {
      return Fail("four hexadecimal digits are expected after \\u");
    }
    out = out * 16 + digit;
  }
  return true;
}

// Behind the backslash.
bool JsonScanner::Escape(std::string& out) {
  const std::size_t start = at_ - 1;
  const char c = at_ < text_.size() ? text_[at_++] : '\0';
  switch (c) {
    case '"':
    case '\\':
    case '/':
      out.push_back(c);
      return true;
    case 'b':
      out.push_back('\b');
      return true;
    case 'f':
      out.push_back('\f');
      return true;
    case 'n':
      out.push_back('\n');
      return true;
    case 'r':
      out.push_back('\r');
      return true;
    case 't':
      out.push_back('\t');
      return true;
    case 'u':
      break;
    default:
      return FailAt(start, "an unknown escape");
  }
  std::uint32_t code = 0;
  if (!Hex4(code)) return false;
  if (code >= 0xDC00 && code <= 0xDFFF) return FailAt(start, "a low surrogate without a high one before it");
  if (code >= 0xD800 && code <= 0xDBFF) {
    std::uint32_t low = 0;
    if (text_.substr(at_, 2) != "\\u") return FailAt(start, "a high surrogate without a low one behind it");
    at_ += 2;
    if (!Hex4(low)) return false;
    if (low < 0xDC00 || low > 0xDFFF) return FailAt(start, "a high surrogate without a low one behind it");
    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
  }
  AppendUtf8(code, out);
  return true;
}

bool JsonScanner::String(std::string& out) {
  if (Peek() != '"') return Unexpected("a text in quotes");
  const std::size_t opening = at_++;
  out.clear();
  bool ascii = true;
  std::size_t start = at_;
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c == '"') {
      out.append(text_.data() + start, at_ - start);
      ++at_;
      if (!ascii) {
        // Escapes made well-formed sequences, so whatever is wrong came in raw.
        const std::size_t bad = FindInvalidUtf8(text_.substr(opening, at_ - opening));
        if (bad != kValidUtf8) return FailAt(opening + bad, "a byte that is not UTF-8");
      }
      return true;
    }
    if (c == '\\') {
      out.append(text_.data() + start, at_ - start);
      ++at_;
      if (!Escape(out)) return false;
      start = at_;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20) return Fail("a control character inside of a text: it has to be escaped");
    ascii = ascii && byte < 0x80;
    ++at_;
  }
  return FailAt(opening, "a text without a closing quote");
}

bool JsonScanner::NumberText(std::string& out) {
  if (Peek() == '"') return String(out);
  const std::size_t start = at_;
  const auto digits = [&] {
    const std::size_t first = at_;
    while (at_ < text_.size() && IsDigit(text_[at_])) ++at_;
    return at_ > first;
  };
  const auto take = [&](char c) { return at_ < text_.size() && text_[at_] == c && ++at_ != 0; };
  take('-');
  const bool zero = at_ < text_.size() && text_[at_] == '0';
  if (!digits()) {
    at_ = start;
    return Unexpected("a number");
  }
  if (zero && at_ - start > (text_[start] == '-' ? 2U : 1U)) return FailAt(start, "a number must not begin with 0");
  if (take('.') && !digits()) return Unexpected("a digit after the point");
  if (take('e') || take('E')) {
    if (!take('+')) take('-');
    if (!digits()) return Unexpected("a digit of the exponent");
  }
  out.assign(text_.data() + start, at_ - start);
  return true;
}

bool JsonScanner::Literal(std::string_view word) {
  if (text_.substr(at_, word.size()) != word) return Unexpected("a value");
  at_ += word.size();
  return true;
}

bool JsonScanner::Bool(bool& out) {
  const char c = Peek();
  if (c != 't' && c != 'f') return Unexpected("true or false");
  out = c == 't';
  return Literal(out ? "true" : "false");
}

bool JsonScanner::Null() { return Peek() == 'n' ? Literal("null") : Unexpected("null"); }

bool JsonScanner::Skip() {
  std::string scratch;
  bool flag = false;
  switch (Peek()) {
    case '{': {
      if (!Open('{')) return false;
      bool done = Empty('}');
      while (!done) {
        if (!Name(scratch) || !Skip() || !Next('}', done)) return false;
      }
      return true;
    }
    case '[': {
      if (!Open('[')) return false;
      bool done = Empty(']');
      while (!done) {
        if (!Skip() || !Next(']', done)) return false;
      }
      return true;
    }
    case '"':
      return String(scratch);
    case 't':
    case 'f':
      return Bool(flag);
    case 'n':
      return Null();
    default:
      return NumberText(scratch);
  }
}

bool JsonScanner::End() {
  SkipSpace();
  return at_ == text_.size() || Fail("something follows the end of the object");
}

}  // namespace models::internal
FAIRLEAD_NAMESPACE_END
