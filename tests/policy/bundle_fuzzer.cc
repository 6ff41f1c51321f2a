// Bytes of any kind as a bundle: read or refused with a place; what is read compiles or is refused; what compiles has
// the same hash again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "fairlead/policy/compiled_policy.h"

namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace policy = fairlead::policy;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto source = policy::ReadBundle(text, "b.txtpb");
  if (!source.ok()) {
    Require(source.status().message().substr(0, 8) == "b.txtpb:");
    return 0;
  }
  const auto compiled = policy::CompiledPolicy::Compile(*source, {});
  if (!compiled.ok()) return 0;
  const auto again = policy::CompiledPolicy::Compile((*compiled)->bundle(), {});
  Require(again.ok() && (*again)->hash() == (*compiled)->hash());
  for (const policy::CompiledRule& rule : (*compiled)->rules()) {
    static_cast<void>((*compiled)->Select(rule.entity, rule.field, {{"location", "WH-EAST"}}));
  }
  return 0;
}
