#include "fairlead/core/effect.h"

#include <array>
#include <utility>

FAIRLEAD_NAMESPACE_BEGIN
namespace {

constexpr std::array<std::pair<Effect, std::string_view>, 6> kNames = {{
    {Effect::kRead, "read"},
    {Effect::kNativeKey, "native_key"},
    {Effect::kConditional, "conditional"},
    {Effect::kAbsolute, "absolute"},
    {Effect::kLookup, "lookup"},
    {Effect::kBlind, "blind"},
}};

}  // namespace

std::string_view EffectName(Effect effect) {
  for (const auto& [value, name] : kNames) {
    if (value == effect) return name;
  }
  return "invalid";
}

std::optional<Effect> ParseEffect(std::string_view name) {
  for (const auto& [value, text] : kNames) {
    if (text == name) return value;
  }
  return std::nullopt;
}

FAIRLEAD_NAMESPACE_END
