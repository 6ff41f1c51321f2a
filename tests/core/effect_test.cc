#include "fairlead/core/effect.h"

#include <gtest/gtest.h>

namespace fairlead {
namespace {

TEST(Effect, NamesGoBothWays) {
  for (int value = 1; value <= 6; ++value) {
    const auto effect = static_cast<Effect>(value);
    EXPECT_EQ(ParseEffect(EffectName(effect)), effect);
  }
  EXPECT_EQ(EffectName(static_cast<Effect>(0)), "invalid");
  for (const char* text : {"", "Read", "invalid", "reads"}) EXPECT_EQ(ParseEffect(text), std::nullopt) << text;
}

}  // namespace
}  // namespace fairlead
