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

/// A set of up to 250 keys, hashed at compile time over length, first and last bytes.
///   constexpr KeyTable<2> kKeys({"id", "name"});   switch (kKeys.Find(key)) { case 0: ... case -1: unknown }
template <std::size_t N>
class KeyTable {
 public:
  constexpr explicit KeyTable(const std::string_view (&keys)[N]) {
    static_assert(N <= 250);
    for (std::size_t i = 0; i < N; ++i) {
      keys_[i] = keys[i];
      std::size_t slot = Hash(keys[i], /*compile_time=*/true) % kSlots;
      while (slots_[slot] != 0) slot = (slot + 1) % kSlots;
      slots_[slot] = static_cast<std::uint8_t>(i + 1);
    }
  }

  /// Index of `key` in the list, or -1.
  int Find(std::string_view key) const {
    std::size_t slot = Hash(key, /*compile_time=*/false) % kSlots;
    while (slots_[slot] != 0) {
      const std::string_view known = keys_[slots_[slot] - 1U];
      if (known == key) return slots_[slot] - 1;
      slot = (slot + 1) % kSlots;
    }
    return -1;
  }

 private:
  static constexpr std::size_t SlotCount() {
    std::size_t slots = 8;
    while (slots < N * 4) slots *= 2;
    return slots;
  }
  static constexpr std::size_t kSlots = SlotCount();

  static constexpr std::uint64_t Load(const char* p, std::size_t bytes, bool compile_time) {
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (!compile_time) {
      std::uint64_t word = 0;
      if (bytes == 8) {
        std::memcpy(&word, p, 8);
      } else {
        std::memcpy(&word, p, 4);
      }
      return word;
    }
#endif
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < bytes; ++i) word |= static_cast<std::uint64_t>(static_cast<unsigned char>(p[i])) << (8 * i);
    return word;
  }

  static constexpr std::uint64_t Hash(std::string_view key, bool compile_time) {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    const std::size_t size = key.size();
    if (size >= 8) {
      first = Load(key.data(), 8, compile_time);
      last = Load(key.data() + size - 8, 8, compile_time);
    } else if (size >= 4) {
      first = Load(key.data(), 4, compile_time);
      last = Load(key.data() + size - 4, 4, compile_time);
    } else if (size > 0) {
      first = static_cast<unsigned char>(key[0]) | static_cast<std::uint64_t>(static_cast<unsigned char>(key[size / 2])) << 8 |
              static_cast<std::uint64_t>(static_cast<unsigned char>(key[size - 1])) << 16;
    }
    const std::uint64_t mixed = (first ^ (last * 0x9E3779B97F4A7C15ULL) ^ size) * 0xD6E8FEB86659FD93ULL;
    return mixed >> 40;
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
      const int index = keys.Find(member.key);
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
