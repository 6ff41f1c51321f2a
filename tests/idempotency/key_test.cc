#include "fairlead/idempotency/key.h"

#include <gtest/gtest.h>

#include <set>

namespace {

using fairlead::Digest256;
using fairlead::IntentKey;
using fairlead::KeyParts;
using fairlead::MakeIntentKey;

struct Golden {
  KeyParts parts;
  const char* hex;
  const char* uuid;
};

// Computed by another implementation (Python's hashlib) from the description. A change here repeats effects in the
// field.
const Golden kGolden[] = {
    {{"", "", "", "", "", "", 0},
     "6eca461e51511a68e2f97a8aa4453b5d94eab778a7493709ec5dfdf49714dafe",
     "75109d4b-8a82-5111-abd4-0a4da45d142d"},
    {{"acme", "tryton", "main", "erp.order.create", "order/1001", "create", 1},
     "b76ba6a1799a300fc61c0a2a944b87669ffff99412c5e25a91221fda8ca7c8c0",
     "f94211aa-f33d-5e68-8320-f00d518a6d16"},
    {{"acme", "tryton", "main", "erp.order.create", "order/1001", "create", 2},
     "68291eaebe56f8c38c969841b27c259c6b987c6e9dea465243cbaf22cd5ed6c4",
     "7dbf5ba3-0adc-5cbb-97bd-d2af999d4917"},
    {{"acme", "woocommerce", "shop-1", "stock.set", "sku/\xC3\x84-7", "recount:2026-11-23", 42},
     "c8002b67e759ca1e23c48185bc05f31661bb63c1e486af66dcb9f159f07f210e",
     "4bb5faaa-2765-5fcf-869e-294e449d682c"},
};

TEST(IntentKey, GoldenVectorsNeverChange) {
  for (const Golden& golden : kGolden) {
    const IntentKey key = MakeIntentKey(golden.parts);
    EXPECT_EQ(key.ToHex(), golden.hex) << golden.parts.aggregate;
    EXPECT_EQ(key.ToUuid(), golden.uuid) << golden.parts.aggregate;
  }
}

TEST(IntentKey, EveryPartCountsAndNoTwoSplitsMeet) {
  const KeyParts base{"t", "c", "a", "o", "g", "p", 1};
  std::set<std::string> keys = {MakeIntentKey(base).ToHex()};
  for (std::string KeyParts::*part : {&KeyParts::tenant, &KeyParts::connector, &KeyParts::account, &KeyParts::operation,
                                      &KeyParts::aggregate, &KeyParts::purpose}) {
    KeyParts other = base;
    other.*part += "x";
    EXPECT_TRUE(keys.insert(MakeIntentKey(other).ToHex()).second);
  }
  KeyParts next = base;
  next.intent_seq = 2;
  EXPECT_TRUE(keys.insert(MakeIntentKey(next).ToHex()).second);
  // The same bytes cut elsewhere are another key.
  EXPECT_NE(MakeIntentKey({"ab", "c", "", "", "", "", 1}), MakeIntentKey({"a", "bc", "", "", "", "", 1}));
}

TEST(IntentKey, WireFormIsAVersion5Uuid) {
  for (std::int64_t seq = 1; seq <= 200; ++seq) {
    const std::string uuid = MakeIntentKey({"t", "c", "a", "o", "g", "p", seq}).ToUuid();
    ASSERT_EQ(uuid.size(), 36u);
    EXPECT_EQ(uuid[14], '5');
    EXPECT_NE(std::string("89ab").find(uuid[19]), std::string::npos);
    for (const std::size_t dash : {8, 13, 18, 23}) EXPECT_EQ(uuid[dash], '-');
  }
}

TEST(Digest, HexGoesBothWaysAndRefusesOthers) {
  const Digest256 digest = fairlead::Sha256("abc");
  EXPECT_EQ(digest.ToHex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Digest256::FromHex(digest.ToHex()), digest);
  EXPECT_EQ(Digest256::FromHex("BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"), digest);
  EXPECT_EQ(Digest256::FromBytes(digest.view()), digest);
  EXPECT_FALSE(Digest256::FromHex("ba78").has_value());
  EXPECT_FALSE(Digest256::FromHex(std::string(64, 'g')).has_value());
  EXPECT_FALSE(Digest256::FromBytes("short").has_value());
  EXPECT_TRUE(Digest256{}.empty());
  EXPECT_FALSE(digest.empty());
}

}  // namespace
