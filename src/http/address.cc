#include "fairlead/http/address.h"

#include <algorithm>

FAIRLEAD_NAMESPACE_BEGIN
namespace http {
namespace {

struct Range4 {
  IPv4 prefix;
  int bits;
};
struct Range6 {
  IPv6 prefix;
  int bits;
};

template <std::size_t N>
bool Within(const std::array<std::uint8_t, N>& address, const std::array<std::uint8_t, N>& prefix, int bits) {
  for (std::size_t i = 0; i < N && bits > 0; ++i, bits -= 8) {
    const auto mask = static_cast<std::uint8_t>(bits >= 8 ? 0xFF : 0xFF << (8 - bits));
    if ((address[i] & mask) != (prefix[i] & mask)) return false;
  }
  return true;
}

// The special-purpose registries of IANA, wherever "globally reachable" is not true.
constexpr std::array<Range4, 16> kNotPublic4 = {{
    {{0, 0, 0, 0}, 8},        // this network
    {{10, 0, 0, 0}, 8},       // private
    {{100, 64, 0, 0}, 10},    // carrier-grade NAT
    {{127, 0, 0, 0}, 8},      // loopback
    {{169, 254, 0, 0}, 16},   // link-local, metadata services
    {{172, 16, 0, 0}, 12},    // private
    {{192, 0, 0, 0}, 24},     // protocol assignments
    {{192, 0, 2, 0}, 24},     // documentation
    {{192, 31, 196, 0}, 24},  // AS112
    {{192, 88, 99, 0}, 24},   // former 6to4 relays
    {{192, 168, 0, 0}, 16},   // private
    {{198, 18, 0, 0}, 15},    // benchmarking
    {{198, 51, 100, 0}, 24},  // documentation
    {{203, 0, 113, 0}, 24},   // documentation
    {{224, 0, 0, 0}, 4},      // multicast
    {{240, 0, 0, 0}, 4},      // reserved, broadcast
}};

// Only 2000::/3 is handed out for the public internet; these are the exceptions inside it.
constexpr std::array<Range6, 4> kNotPublic6 = {{
    {{0x20, 0x01, 0x00, 0x00}, 23},              // protocol assignments: Teredo, ORCHID and others
    {{0x20, 0x01, 0x0d, 0xb8}, 32},              // documentation
    {{0x26, 0x20, 0x00, 0x4f, 0x80, 0x00}, 48},  // AS112
    {{0x3f, 0xff}, 20},                          // documentation
}};

constexpr IPv6 kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr IPv6 kNat64 = {0x00, 0x64, 0xff, 0x9b};
constexpr IPv6 kSixToFour = {0x20, 0x02};
constexpr IPv6 kGlobal = {0x20};

IPv4 Embedded(const IPv6& address, std::size_t at) {
  return {address[at], address[at + 1], address[at + 2], address[at + 3]};
}

}  // namespace

bool IsLoopback(const IPv4& address) { return address[0] == 127; }

bool IsLoopback(const IPv6& address) {
  if (Within(address, kMapped, 96)) return IsLoopback(Embedded(address, 12));
  constexpr IPv6 kOne = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  return address == kOne;
}

bool IsPublic(const IPv4& address) {
  return std::none_of(kNotPublic4.begin(), kNotPublic4.end(),
                      [&](const Range4& range) { return Within(address, range.prefix, range.bits); });
}

bool IsPublic(const IPv6& address) {
  if (Within(address, kMapped, 96)) return IsPublic(Embedded(address, 12));
  if (Within(address, kNat64, 96)) return IsPublic(Embedded(address, 12));
  if (Within(address, kSixToFour, 16)) return IsPublic(Embedded(address, 2));
  return Within(address, kGlobal, 3) && std::none_of(kNotPublic6.begin(), kNotPublic6.end(), [&](const Range6& range) {
           return Within(address, range.prefix, range.bits);
         });
}

}  // namespace http
FAIRLEAD_NAMESPACE_END
