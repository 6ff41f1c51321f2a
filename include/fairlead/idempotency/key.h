/// The stable name of an intent, and the digest of what it means.
#ifndef FAIRLEAD_IDEMPOTENCY_KEY_H_
#define FAIRLEAD_IDEMPOTENCY_KEY_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "fairlead/core/export.h"

FAIRLEAD_NAMESPACE_BEGIN

/// 32 bytes of SHA-256. A value type; all zero means "none".
struct FAIRLEAD_EXPORT Digest256 {
  std::array<std::uint8_t, 32> bytes{};

  bool empty() const;
  /// 64 lower-case hexadecimal digits.
  std::string ToHex() const;
  std::string_view view() const { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
  /// From 32 raw bytes; nullopt for any other length.
  static std::optional<Digest256> FromBytes(std::string_view raw);
  /// From 64 hexadecimal digits of either case.
  static std::optional<Digest256> FromHex(std::string_view hex);

  friend bool operator==(const Digest256& a, const Digest256& b) { return a.bytes == b.bytes; }
  friend bool operator!=(const Digest256& a, const Digest256& b) { return a.bytes != b.bytes; }
  friend bool operator<(const Digest256& a, const Digest256& b) { return a.bytes < b.bytes; }
};

/// SHA-256 of `bytes`.
FAIRLEAD_EXPORT Digest256 Sha256(std::string_view bytes);

/// What makes an intent itself and no other. Never personal data: the parts appear in logs and audits.
struct FAIRLEAD_EXPORT KeyParts {
  std::string tenant;
  std::string connector;        ///< "tryton", "woocommerce", "erp".
  std::string account;          ///< The remote account, shop or database; empty where there is one.
  std::string operation;        ///< "erp.order.create".
  std::string aggregate;        ///< "order/1001": also the ordering key of the lane.
  std::string purpose;          ///< "create", "edit:3", "recount:2026-11-23".
  std::int64_t intent_seq = 0;  ///< Durable number of the purpose within the other parts, from 1.
};

/// The idempotency key: SHA-256 over the length-prefixed parts behind a version. Stable for ever: frozen by golden
/// vectors, because a changed key would repeat effects.
struct FAIRLEAD_EXPORT IntentKey : Digest256 {
  IntentKey() = default;
  explicit IntentKey(const Digest256& digest) : Digest256(digest) {}
  /// The form on the wire: a version 5 UUID in lower case, 36 characters (fits the limits of every vendor known).
  std::string ToUuid() const;
};

FAIRLEAD_EXPORT IntentKey MakeIntentKey(const KeyParts& parts);

/// SHA-256 of the semantic request: the caller's own canonical bytes without volatile fields (times, trace ids, the
/// key).
using Fingerprint = Digest256;
FAIRLEAD_EXPORT Fingerprint MakeFingerprint(std::string_view semantic_bytes);

FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_IDEMPOTENCY_KEY_H_
