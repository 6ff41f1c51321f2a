// The strict JSON reader of all connectors. One pass over an owned buffer makes a flat tape of nodes; values are views.
//
// Why not a general library: money and quantities must keep the text of their number, duplicate keys must be refused,
// the journal wants the source bytes of each record of a page, and one damaged record must not stop the page it is on.
// All of these need the tape to point into untouched source bytes.
#ifndef FAIRLEAD_SRC_CONNECTOR_INTERNAL_JSON_H_
#define FAIRLEAD_SRC_CONNECTOR_INTERNAL_JSON_H_

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fairlead/core/export.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal::json {

enum class Kind : std::uint8_t { kMissing, kNull, kFalse, kTrue, kNumber, kString, kArray, kObject };

/// "nothing", "null", "a boolean", "a number", "a string", "an array", "an object".
FAIRLEAD_EXPORT std::string_view KindName(Kind kind);

struct Limits {
  std::size_t max_bytes = std::size_t{64} << 20;  ///< Of the whole text. At most 4 GiB - 1.
  std::uint32_t max_depth = 64;                   ///< Arrays and objects inside each other.
  std::uint32_t max_nodes = 16'000'000;           ///< Values and keys. At most 2^27 - 1.
};

/// A fault inside one value that does not hide where the value ends: the rest of the text is still readable.
struct Fault {
  std::uint32_t node = 0;    ///< The node on the tape that has it.
  std::uint32_t offset = 0;  ///< Byte in the source.
  std::string what;          ///< "the key 'id' stands twice in one object".
};

class Document;
class Parser;

/// Spreads keys of payloads well: length, first and last bytes. The same at compile time and at run time.
constexpr std::uint32_t KeyHash(const char* key, std::size_t size) {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  const auto load = [key](std::size_t at, std::size_t bytes) {
    std::uint64_t word = 0;
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (!__builtin_is_constant_evaluated() && bytes >= 4) {
      if (bytes == 8) {
        std::memcpy(&word, key + at, 8);
      } else {
        std::memcpy(&word, key + at, 4);
      }
      return word;
    }
#endif
    for (std::size_t i = 0; i < bytes; ++i)
      word |= static_cast<std::uint64_t>(static_cast<unsigned char>(key[at + i])) << (8 * i);
    return word;
  };
  if (size >= 8) {
    first = load(0, 8);
    last = load(size - 8, 8);
  } else if (size >= 4) {
    first = load(0, 4);
    last = load(size - 4, 4);
  } else {
    first = load(0, size);
  }
  const std::uint64_t mixed = (first ^ (last * 0x9E3779B97F4A7C15ULL) ^ size) * 0xD6E8FEB86659FD93ULL;
  return static_cast<std::uint32_t>(mixed >> 32);
}
constexpr std::uint32_t KeyHash(std::string_view key) { return KeyHash(key.data(), key.size()); }

/// A view of one value. Cheap to copy; valid while its Document stays where it is. A missing one answers everything.
class Value {
 public:
  Value() = default;

  inline Kind kind() const;
  bool present() const { return document_ != nullptr; }
  bool is_null() const { return kind() == Kind::kNull; }
  /// Missing or null.
  bool empty() const { return kind() <= Kind::kNull; }
  bool is_string() const { return kind() == Kind::kString; }
  bool is_number() const { return kind() == Kind::kNumber; }
  bool is_bool() const { return kind() == Kind::kTrue || kind() == Kind::kFalse; }
  bool is_object() const { return kind() == Kind::kObject; }
  bool is_array() const { return kind() == Kind::kArray; }

  /// A string's text without escapes, or a number's source text; empty for everything else.
  inline std::string_view text() const;
  /// The source bytes of the value, exactly as received.
  inline std::string_view raw() const;
  /// Elements of an array, members of an object, else 0.
  inline std::size_t size() const;

  /// The text of a string; nullopt for everything else.
  std::optional<std::string_view> AsString() const {
    return is_string() ? std::optional<std::string_view>(text()) : std::nullopt;
  }
  std::optional<bool> AsBool() const { return is_bool() ? std::optional<bool>(kind() == Kind::kTrue) : std::nullopt; }
  /// A number written without fraction and exponent that fits; nullopt for everything else (also for "7" in quotes).
  FAIRLEAD_EXPORT std::optional<std::int64_t> AsInt64() const;

  /// The member of that name; missing where there is none or this is no object.
  FAIRLEAD_EXPORT Value operator[](std::string_view key) const;
  /// The element at `index` (linear time: prefer iterating).
  FAIRLEAD_EXPORT Value At(std::size_t index) const;

  /// OK, or the first fault inside this value (a duplicate key, text that is not UTF-8, too deep).
  FAIRLEAD_EXPORT absl::Status Check() const;

  struct Member;
  class ItemRange;
  class MemberRange;
  /// for (Value item : value.Items()); nothing for what is no array.
  inline ItemRange Items() const;
  /// for (const Value::Member& member : value.Members()); nothing for what is no object.
  inline MemberRange Members() const;

 private:
  friend class Document;
  Value(const Document* document, std::uint32_t index) : document_(document), index_(index) {}
  const Document* document_ = nullptr;
  std::uint32_t index_ = 0;
};

/// A parsed text. Thread-compatible; const use from several threads is safe. Values do not survive a move of it.
class FAIRLEAD_EXPORT Document {
 public:
  /// One position of the tape.
  struct Node {
    std::uint32_t begin;  // First byte in the source (of a string: after its quote).
    std::uint32_t end;    // One past the last byte (of a string: its closing quote).
    // Index after this array or object. Of an escaped string: where it lies in `unescaped_`. Of any other key: its
    // KeyHash().
    std::uint32_t next;
    std::uint32_t bits;  // Kind, escape flag, number of children.
  };

  Document() = default;
  Document(Document&&) = default;
  Document& operator=(Document&&) = default;

  /// Reads one JSON text. Every fault is an error (kUnparseable, kTooLarge) that says where and what to do. HTML is
  /// recognised.
  static absl::StatusOr<Document> Parse(std::string text, const Limits& limits = {});
  /// As Parse, but faults that leave the structure readable (duplicate keys, bad UTF-8, lone surrogates, too deep) are
  /// kept: call Check() on each record of the page and put the faulty ones aside.
  static absl::StatusOr<Document> ParsePage(std::string text, const Limits& limits = {});

  Value root() const { return node_count_ == 0 ? Value() : Value(this, 0); }
  const std::string& source() const { return source_; }
  const std::vector<Fault>& faults() const { return faults_; }
  std::size_t node_count() const { return node_count_; }

 private:
  friend class Value;
  friend class Parser;
  friend class Records;

  static constexpr std::uint32_t kKindMask = 0xF;
  static constexpr std::uint32_t kEscaped = 0x10;
  static constexpr std::uint32_t kCountShift = 5;

  std::string_view TextOf(const Node& node) const {
    if ((node.bits & kEscaped) == 0) return std::string_view(source_.data() + node.begin, node.end - node.begin);
    std::uint32_t size = 0;
    std::memcpy(&size, unescaped_.data() + node.next, sizeof size);
    return std::string_view(unescaped_.data() + node.next + sizeof size, size);
  }
  std::uint32_t HashOfKey(const Node& node) const {
    return (node.bits & kEscaped) == 0 ? node.next : KeyHash(TextOf(node));
  }
  std::uint32_t Next(std::uint32_t index) const {
    const Node& node = nodes_[index];
    return (node.bits & kKindMask) >= static_cast<std::uint32_t>(Kind::kArray) ? node.next : index + 1;
  }
  absl::Status FaultStatus(const Fault& fault) const;

  std::string source_;
  std::string unescaped_;  // Strings that had escapes: size (4 bytes), bytes.
  struct Free {
    void operator()(Node* nodes) const { std::free(nodes); }
  };
  std::unique_ptr<Node[], Free> nodes_;  // Not a vector: growing must neither clear nor copy one by one.
  std::size_t node_capacity_ = 0;
  std::size_t node_count_ = 0;
  std::vector<Fault> faults_;
};

/// The records of a page (an array's elements, or one object) one after the other, on one tape that is used again: a
/// page larger than the processor's cache is read at the speed of a small one. Faults are kept as ParsePage keeps them.
class FAIRLEAD_EXPORT Records {
 public:
  Records();
  ~Records();
  Records(Records&&) noexcept;
  Records& operator=(Records&&) noexcept;

  /// Errors as Parse(); also for a text that is neither an object nor an array.
  static absl::StatusOr<Records> Open(std::string text, const Limits& limits = {});
  /// True: record() is the next one. False: that was the last. An error: the text is damaged from here on, so that
  /// nobody can say what else it held.
  absl::StatusOr<bool> Next();
  /// Valid until the next Next(); its raw() as long as this object lives.
  Value record() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

struct Value::Member {
  std::string_view key;
  Value value;
  std::uint32_t hash = 0;  ///< KeyHash(key).
};

class Value::ItemRange {
 public:
  class Iterator {
   public:
    Iterator(const Document* document, std::uint32_t index) : document_(document), index_(index) {}
    Value operator*() const { return Value(document_, index_); }
    Iterator& operator++() {
      index_ = document_->Next(index_);
      return *this;
    }
    bool operator!=(const Iterator& other) const { return index_ != other.index_; }

   private:
    const Document* document_;
    std::uint32_t index_;
  };
  Iterator begin() const { return Iterator(document_, begin_); }
  Iterator end() const { return Iterator(document_, end_); }

 private:
  friend class Value;
  const Document* document_ = nullptr;
  std::uint32_t begin_ = 0;
  std::uint32_t end_ = 0;
};

class Value::MemberRange {
 public:
  class Iterator {
   public:
    Iterator(const Document* document, std::uint32_t index) : document_(document), index_(index) {}
    Member operator*() const {
      const Document::Node& key = document_->nodes_[index_];
      return Member{document_->TextOf(key), Value(document_, index_ + 1), document_->HashOfKey(key)};
    }
    Iterator& operator++() {
      index_ = document_->Next(index_ + 1);
      return *this;
    }
    bool operator!=(const Iterator& other) const { return index_ != other.index_; }

   private:
    const Document* document_;
    std::uint32_t index_;
  };
  Iterator begin() const { return Iterator(document_, begin_); }
  Iterator end() const { return Iterator(document_, end_); }

 private:
  friend class Value;
  const Document* document_ = nullptr;
  std::uint32_t begin_ = 0;
  std::uint32_t end_ = 0;
};

inline Kind Value::kind() const {
  return document_ == nullptr ? Kind::kMissing
                              : static_cast<Kind>(document_->nodes_[index_].bits & Document::kKindMask);
}

inline std::string_view Value::text() const {
  const Kind what = kind();
  if (what != Kind::kString && what != Kind::kNumber) return {};
  return document_->TextOf(document_->nodes_[index_]);
}

inline std::string_view Value::raw() const {
  if (document_ == nullptr) return {};
  const Document::Node& node = document_->nodes_[index_];
  const std::uint32_t quote = kind() == Kind::kString ? 1 : 0;
  return std::string_view(document_->source_.data() + node.begin - quote, node.end - node.begin + 2 * quote);
}

inline std::size_t Value::size() const {
  return is_array() || is_object() ? document_->nodes_[index_].bits >> Document::kCountShift : 0;
}

inline Value::ItemRange Value::Items() const {
  ItemRange range;
  if (!is_array()) return range;
  range.document_ = document_;
  range.begin_ = index_ + 1;
  range.end_ = document_->nodes_[index_].next;
  return range;
}

inline Value::MemberRange Value::Members() const {
  MemberRange range;
  if (!is_object()) return range;
  range.document_ = document_;
  range.begin_ = index_ + 1;
  range.end_ = document_->nodes_[index_].next;
  return range;
}

}  // namespace internal::json
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_CONNECTOR_INTERNAL_JSON_H_
