// Finds a key of a known set fast: payloads are mostly keys, and dispatching on them is what costs.
#ifndef FAIRLEAD_SRC_CONNECTOR_INTERNAL_KEY_TABLE_H_
#define FAIRLEAD_SRC_CONNECTOR_INTERNAL_KEY_TABLE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "fairlead/core/export.h"
#include "src/connector/internal/json.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal::json {

/// A set of up to 250 keys, hashed at compile time.
///   constexpr KeyTable<2> kKeys({"id", "name"});   switch (kKeys.Find(key)) { case 0: ... case -1: unknown }
template <std::size_t N>
class KeyTable {
 public:
  constexpr explicit KeyTable(const std::string_view (&keys)[N]) {
    static_assert(N <= 250);
    for (std::size_t i = 0; i < N; ++i) {
      keys_[i] = keys[i];
      std::size_t slot = KeyHash(keys[i]) % kSlots;
      while (slots_[slot] != 0) slot = (slot + 1) % kSlots;
      slots_[slot] = static_cast<std::uint8_t>(i + 1);
    }
  }

  /// Index of `key` in the list, or -1.
  int Find(std::string_view key) const { return Find(key, KeyHash(key)); }
  int Find(const Value::Member& member) const { return Find(member.key, member.hash); }

 private:
  static constexpr std::size_t SlotCount() {
    std::size_t slots = 8;
    while (slots < N * 4) slots *= 2;
    return slots;
  }
  static constexpr std::size_t kSlots = SlotCount();

  int Find(std::string_view key, std::uint32_t hash) const {
    std::size_t slot = hash % kSlots;
    while (slots_[slot] != 0) {
      if (Same(keys_[slots_[slot] - 1U], key)) return slots_[slot] - 1;
      slot = (slot + 1) % kSlots;
    }
    return -1;
  }

  template <typename Word>
  static Word Load(const char* p) {
    Word word = 0;
    std::memcpy(&word, p, sizeof word);
    return word;
  }
  /// Inline for what keys are: up to 16 bytes are two words, overlapping where they must.
  static bool Same(std::string_view a, std::string_view b) {
    const std::size_t size = a.size();
    if (size != b.size()) return false;
    if (size >= 8 && size <= 16) {
      return Load<std::uint64_t>(a.data()) == Load<std::uint64_t>(b.data()) &&
             Load<std::uint64_t>(a.data() + size - 8) == Load<std::uint64_t>(b.data() + size - 8);
    }
    if (size >= 4 && size < 8) {
      return Load<std::uint32_t>(a.data()) == Load<std::uint32_t>(b.data()) &&
             Load<std::uint32_t>(a.data() + size - 4) == Load<std::uint32_t>(b.data() + size - 4);
    }
    return a == b;
  }

  std::array<std::string_view, N> keys_{};
  std::array<std::uint8_t, kSlots> slots_{};
};

template <std::size_t N>
KeyTable(const std::string_view (&)[N]) -> KeyTable<N>;

/// The members of one object that a KeyTable knows, by their index there. Missing ones are missing values.
template <std::size_t N>
class Fields {
 public:
  Fields(const KeyTable<N>& keys, const Value& object) {
    for (const Value::Member& member : object.Members()) {
      const int index = keys.Find(member);
      if (index >= 0) values_[static_cast<std::size_t>(index)] = member.value;
    }
  }
  const Value& operator[](std::size_t index) const { return values_[index]; }

 private:
  std::array<Value, N> values_{};
};

}  // namespace internal::json
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_CONNECTOR_INTERNAL_KEY_TABLE_H_
