#include <initializer_list>
#include <string_view>

#include "src/store/internal/intent_hash.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal {
namespace {

// FNV-1a with the length before each part, and a last stir: FNV's high bits are weak.
std::uint64_t HashOf(std::initializer_list<std::string_view> parts) {
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  const auto put = [&hash](unsigned char byte) { hash = (hash ^ byte) * 0x100000001B3ULL; };
  for (const std::string_view part : parts) {
    for (std::uint64_t size = part.size();; size >>= 7) {
      put(static_cast<unsigned char>(size < 0x80 ? size : (size & 0x7F) | 0x80));
      if (size < 0x80) break;
    }
    for (const char c : part) put(static_cast<unsigned char>(c));
  }
  hash = (hash ^ (hash >> 33)) * 0xFF51AFD7ED558CCDULL;
  hash = (hash ^ (hash >> 33)) * 0xC4CEB9FE1A85EC53ULL;
  return hash ^ (hash >> 33);
}

std::int64_t Signed(std::uint64_t hash) { return static_cast<std::int64_t>(hash); }

}  // namespace

PurposeHash HashPurpose(const KeyParts& parts) {
  return {Signed(HashOf({parts.tenant, parts.connector, parts.account, parts.operation, parts.aggregate})),
          Signed(HashOf({parts.purpose}))};
}

std::int64_t HashLane(const KeyParts& parts) {
  return Signed(HashOf({parts.tenant, parts.connector, parts.account, parts.aggregate}));
}

}  // namespace internal
FAIRLEAD_NAMESPACE_END
