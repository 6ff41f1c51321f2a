// The loop that puts a text onto a Document's tape.
#ifndef FAIRLEAD_SRC_CONNECTOR_INTERNAL_JSON_PARSER_H_
#define FAIRLEAD_SRC_CONNECTOR_INTERNAL_JSON_PARSER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "fairlead/core/export.h"
#include "src/connector/internal/json.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal::json {

inline constexpr std::size_t kMaxBytes = 0xFFFFFFF0;
inline constexpr std::uint32_t kMaxNodes = (1U << 27) - 1;

/// "line 3 column 7 (byte 41 of 96)", for people.
std::string Position(std::string_view source, std::size_t offset);
/// kUnparseable with `message`.
absl::Status Unparseable(std::string_view message);

/// One use per text. The loop keeps its place in locals and reports through one Status: most of the time is spent in
/// it.
class Parser {
 public:
  Parser(Document& document, const Limits& limits, std::size_t first_nodes = kMaxNodes)
      : document_(document),
        limits_(limits),
        first_nodes_(first_nodes),
        start_(document.source_.data()),
        end_(start_ + document.source_.size()) {}

  /// One text, whole.
  absl::Status Run() {
    const char* p = start_;
    if (Begin(p) && Read(p) && End(p)) {
      document_.node_count_ = count_;
      return absl::OkStatus();
    }
    return std::move(status_);
  }

  /// The text's first byte that counts.
  bool Begin(const char*& p);
  /// One value at `p` onto the tape; `p` goes behind it.
  bool Read(const char*& p);
  /// Nothing may follow.
  bool End(const char* p);
  /// Forgets the tape, keeps its memory.
  void Rewind() {
    count_ = 0;
    open_.clear();
    document_.faults_.clear();
    document_.unescaped_.clear();
    document_.node_count_ = 0;
  }
  void Finish() { document_.node_count_ = count_; }
  /// Behind the comma of the array whose elements are read one by one, or at its end.
  bool NextElement(const char*& p, bool first, bool& end);
  absl::Status TakeStatus() { return std::move(status_); }

 private:
  using Node = Document::Node;

  struct Slot {
    std::uint32_t generation = 0;
    std::uint32_t node = 0;
  };

  /// The string whose first quote is at `p` into the node `count_`; `p` goes behind its last quote.
  bool String(const char*& p);
  bool SlowString(const char* begin, const char* p_stop, const char*& p);
  bool Escape(const char*& p, std::uint32_t node, std::string& out);
  bool Number(const char*& p);
  bool Literal(const char*& p, std::string_view word, Kind kind);
  const char* SkipPlain(const char* p) const;
  bool CheckKeys(std::uint32_t object, std::uint32_t count);
  bool Reserve(std::size_t nodes);

  std::uint32_t Offset(const char* p) const { return static_cast<std::uint32_t>(p - start_); }
  /// The source ends with a zero byte (std::string's), which no rule accepts: reading it at `end_` needs no check.
  static const char* SkipSpace(const char* p) {
    while (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t') ++p;
    return p;
  }
  void Push(Kind kind, const char* begin, const char* end) {
    Node& node = nodes_[count_];
    node.begin = Offset(begin);
    node.end = Offset(end);
    node.next = ++count_;
    node.bits = static_cast<std::uint32_t>(kind);
  }

  // Each returns false, so that `return Fail(...)` reads well.
  bool Fail(const char* at, std::string_view what);
  bool Truncated() { return Fail(end_, "the text ends in the middle: it was cut off on its way; read it again"); }
  /// What is wrong at `at`, or that the text ended there.
  bool Unexpected(const char* at, std::string_view what) { return at == end_ ? Truncated() : Fail(at, what); }
  /// True if the fault could be kept.
  bool AddFault(std::uint32_t node, const char* at, std::string what);

  Document& document_;
  const Limits limits_;
  const std::size_t first_nodes_;  // Room to begin with, at most.
  const char* const start_;
  const char* const end_;
  absl::Status status_;
  Node* nodes_ = nullptr;
  std::uint32_t count_ = 0;
  std::size_t max_nodes_ = 0;
  std::vector<std::uint64_t> open_;  // The enclosing containers: node, number of children, whether it is an object.
  std::vector<Slot> slots_;
  std::uint32_t generation_ = 0;
};

}  // namespace internal::json
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_CONNECTOR_INTERNAL_JSON_PARSER_H_
