#include "fairlead/idempotency/key.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>
#include <cstring>

FAIRLEAD_NAMESPACE_BEGIN
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";

// OpenSSL looks an algorithm up by name at every one-shot call, which costs twice the hashing of a short text.
const EVP_MD* Sha256Algorithm() {
#if OPENSSL_VERSION_NUMBER >= 0x30000000L
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return algorithm;
#else
  return EVP_sha256();
#endif
}

class DigestContext {
 public:
  DigestContext() : context_(EVP_MD_CTX_new()) {}
  ~DigestContext() { EVP_MD_CTX_free(context_); }
  DigestContext(const DigestContext&) = delete;
  DigestContext& operator=(const DigestContext&) = delete;
  bool Hash(std::string_view bytes, std::uint8_t* out) {
    const EVP_MD* const algorithm = Sha256Algorithm();
    return context_ != nullptr && algorithm != nullptr && EVP_DigestInit_ex(context_, algorithm, nullptr) == 1 &&
           EVP_DigestUpdate(context_, bytes.data(), bytes.size()) == 1 &&
           EVP_DigestFinal_ex(context_, out, nullptr) == 1;
  }

 private:
  EVP_MD_CTX* const context_;
};

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

void PutNumber(std::uint64_t value, std::string& out) {
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>((value >> shift) & 0xFF));
}

// The length before each part: ("ab", "c") and ("a", "bc") are different keys.
void PutPart(std::string_view part, std::string& out) {
  PutNumber(part.size(), out);
  out.append(part);
}

constexpr std::string_view kKeyVersion = "fairlead/key/1";

// Namespace of the wire form: UUIDv5 of the DNS namespace and "fairlead.v1". Frozen with the golden vectors.
constexpr std::array<std::uint8_t, 16> kUuidNamespace = {0xbd, 0xd8, 0xc8, 0x6e, 0xed, 0x07, 0x55, 0xa0,
                                                         0xb3, 0x25, 0xe6, 0x2a, 0x32, 0x08, 0x70, 0x19};

}  // namespace

bool Digest256::empty() const {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

std::string Digest256::ToHex() const {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    out.push_back(kHexDigits[byte >> 4]);
    out.push_back(kHexDigits[byte & 0xF]);
  }
  return out;
}

std::optional<Digest256> Digest256::FromBytes(std::string_view raw) {
  Digest256 digest;
  if (raw.size() != digest.bytes.size()) return std::nullopt;
  std::memcpy(digest.bytes.data(), raw.data(), raw.size());
  return digest;
}

std::optional<Digest256> Digest256::FromHex(std::string_view hex) {
  Digest256 digest;
  if (hex.size() != digest.bytes.size() * 2) return std::nullopt;
  for (std::size_t i = 0; i < digest.bytes.size(); ++i) {
    const int high = HexValue(hex[2 * i]);
    const int low = HexValue(hex[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    digest.bytes[i] = static_cast<std::uint8_t>((high << 4) | low);
  }
  return digest;
}

Digest256 Sha256(std::string_view bytes) {
  Digest256 digest;
  thread_local DigestContext context;
  if (!context.Hash(bytes, digest.bytes.data())) {
    SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.bytes.data());
  }
  return digest;
}

IntentKey MakeIntentKey(const KeyParts& parts) {
  std::string text;
  text.reserve(160);
  PutPart(kKeyVersion, text);
  PutPart(parts.tenant, text);
  PutPart(parts.connector, text);
  PutPart(parts.account, text);
  PutPart(parts.operation, text);
  PutPart(parts.aggregate, text);
  PutPart(parts.purpose, text);
  PutNumber(static_cast<std::uint64_t>(parts.intent_seq), text);
  return IntentKey(Sha256(text));
}

std::string IntentKey::ToUuid() const {
  std::string name(reinterpret_cast<const char*>(kUuidNamespace.data()), kUuidNamespace.size());
  name.append(view());
  std::array<std::uint8_t, SHA_DIGEST_LENGTH> hash{};
  SHA1(reinterpret_cast<const unsigned char*>(name.data()), name.size(), hash.data());
  hash[6] = static_cast<std::uint8_t>((hash[6] & 0x0F) | 0x50);  // Version 5.
  hash[8] = static_cast<std::uint8_t>((hash[8] & 0x3F) | 0x80);  // The variant of RFC 9562.
  std::string out;
  out.reserve(36);
  for (std::size_t i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out.push_back('-');
    out.push_back(kHexDigits[hash[i] >> 4]);
    out.push_back(kHexDigits[hash[i] & 0xF]);
  }
  return out;
}

Fingerprint MakeFingerprint(std::string_view semantic_bytes) { return Sha256(semantic_bytes); }

FAIRLEAD_NAMESPACE_END
