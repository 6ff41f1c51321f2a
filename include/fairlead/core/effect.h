/// What a remote system offers to make a repeated write safe. Declared per operation, never defaulted.
#ifndef FAIRLEAD_CORE_EFFECT_H_
#define FAIRLEAD_CORE_EFFECT_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "fairlead/core/export.h"

FAIRLEAD_NAMESPACE_BEGIN

/// Effect class of one operation variant. It decides what happens after an ambiguous answer
/// (the request may or may not have been applied).
enum class Effect : std::uint8_t {
  kRead = 1,         ///< No effect: send again.
  kNativeKey = 2,    ///< The remote keeps an idempotency key for a time R: same key and bytes inside R.
  kConditional = 3,  ///< If-Match, compare-and-set, upsert by a unique external id: verify.
  kAbsolute = 4,     ///< The same bytes set the same state: send again until superseded.
  kLookup = 5,       ///< Create plus find-by-reference: wait, look up, then send.
  kBlind = 6,        ///< Nothing: at most once; a person decides.
};

/// "read", "native_key", "conditional", "absolute", "lookup", "blind".
FAIRLEAD_EXPORT std::string_view EffectName(Effect effect);
/// The inverse of EffectName; nullopt for any other text.
FAIRLEAD_EXPORT std::optional<Effect> ParseEffect(std::string_view name);

FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_CORE_EFFECT_H_
