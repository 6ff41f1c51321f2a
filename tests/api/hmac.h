// What a sender of webhooks computes.
#ifndef FAIRLEAD_TESTS_API_HMAC_H_
#define FAIRLEAD_TESTS_API_HMAC_H_

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <string>

namespace tests {

inline std::string HmacBase64(const std::string& key, const std::string& body) {
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(body.data()),
       body.size(), mac, &length);
  unsigned char text[64];
  const int size = EVP_EncodeBlock(text, mac, static_cast<int>(length));
  return std::string(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
}

}  // namespace tests

#endif  // FAIRLEAD_TESTS_API_HMAC_H_
