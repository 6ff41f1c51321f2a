/// Which network addresses a URL from outside may lead to.
#ifndef FAIRLEAD_HTTP_ADDRESS_H_
#define FAIRLEAD_HTTP_ADDRESS_H_

#include <array>
#include <cstdint>
#include <string_view>

#include "fairlead/core/export.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace http {

using IPv4 = std::array<std::uint8_t, 4>;   ///< Network order.
using IPv6 = std::array<std::uint8_t, 16>;  ///< Network order.

/// True for 127.0.0.0/8, ::1 and the IPv4-mapped form of the former.
FAIRLEAD_EXPORT bool IsLoopback(const IPv4& address);
FAIRLEAD_EXPORT bool IsLoopback(const IPv6& address);

/// True for addresses of the public internet: not loopback, private (RFC 1918, RFC 6598, unique local), link-local
/// (the metadata services of clouds among them), documentation, benchmarking, multicast or reserved ranges; IPv6
/// addresses that carry an IPv4 one (mapped, NAT64, 6to4) are judged by it; Teredo is not public.
FAIRLEAD_EXPORT bool IsPublic(const IPv4& address);
FAIRLEAD_EXPORT bool IsPublic(const IPv6& address);

}  // namespace http
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_HTTP_ADDRESS_H_
