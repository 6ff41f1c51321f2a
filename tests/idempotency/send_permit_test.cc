#include "fairlead/idempotency/send_permit.h"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using fairlead::Effect;
using fairlead::Intent;
using fairlead::SendPermit;
using fairlead::StoreTime;

constexpr StoreTime kStart{std::chrono::hours(1000)};

Intent Sending(Effect effect) {
  Intent intent;
  intent.effect = effect;
  intent.timeout = 30s;
  intent.settle = 60s;
  intent.retention = 1h;
  intent.lease_until = kStart + 60s;
  intent.first_send_at = kStart;
  return intent;
}

TEST(SendPermit, AllowsOneTransmission) {
  SendPermit permit(Sending(Effect::kLookup), [] { return kStart; });
  EXPECT_TRUE(permit.AllowSend());
  EXPECT_FALSE(permit.AllowSend());
  EXPECT_FALSE(permit.AllowSend());
  EXPECT_EQ(permit.sends(), 1u);
  EXPECT_EQ(permit.refusal(), SendPermit::Refusal::kBudget);
}

TEST(SendPermit, AReadMayGoAgain) {
  SendPermit permit(Sending(Effect::kRead), [] { return kStart; });
  EXPECT_TRUE(permit.AllowSend());
  EXPECT_TRUE(permit.AllowSend());
}

TEST(SendPermit, RefusesWhenTheLeaseWouldEndBeforeTheRequest) {
  StoreTime now = kStart + 30s;
  SendPermit permit(Sending(Effect::kLookup), [&] { return now; });
  SendPermit late(Sending(Effect::kLookup), [&] { return now; });
  EXPECT_TRUE(permit.AllowSend()) << "30 s of lease for a request of 30 s is enough";
  now += 1ns;
  EXPECT_FALSE(late.AllowSend());
  EXPECT_EQ(late.sends(), 0u) << "refused at first: certainly nothing left";
  EXPECT_EQ(late.refusal(), SendPermit::Refusal::kLease);
}

TEST(SendPermit, RefusesWhenTheRemoteMayHaveForgottenTheKey) {
  Intent intent = Sending(Effect::kNativeKey);
  intent.lease_until = kStart + 100h;
  StoreTime now = kStart + 1h - 60s - 1ns;
  SendPermit permit(intent, [&] { return now; });
  SendPermit late(intent, [&] { return now; });
  EXPECT_TRUE(permit.AllowSend());
  now += 1ns;
  EXPECT_FALSE(late.AllowSend()) << "a copy may travel for D_max: the key must be known until then";
  EXPECT_EQ(late.refusal(), SendPermit::Refusal::kRetention);
}

}  // namespace
