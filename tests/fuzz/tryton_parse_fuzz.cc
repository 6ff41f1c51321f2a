// Any bytes as an answer of Tryton: an error or records, never a crash; every record can be printed.
#include <cstddef>
#include <cstdint>
#include <string>

#include "fairlead/connectors/tryton/parse.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  namespace v1 = ::fairlead::v1;
  static constexpr v1::EntityKind kKinds[] = {v1::PARTY,    v1::PRODUCT, v1::VARIANT, v1::INVENTORY_LEVEL, v1::ORDER,
                                              v1::SHIPMENT, v1::INVOICE, v1::PAYMENT, v1::REFUND};
  // The first byte chooses the kind, so that all of them are reached from one set of seeds.
  const v1::EntityKind kind = kKinds[data[0] % (sizeof kKinds / sizeof kKinds[0])];
  fairlead::tryton::ParseOptions options;
  options.currency = (data[0] & 0x80) != 0 ? "" : "USD";
  const absl::StatusOr<fairlead::Page> page =
      fairlead::tryton::Parse(kind, std::string(reinterpret_cast<const char*>(data) + 1, size - 1), options);
  if (!page.ok()) return 0;
  for (const fairlead::Record& record : page->records) {
    if (record.message == nullptr || record.external_id.empty()) __builtin_trap();
    if (record.message->SerializeAsString().empty()) __builtin_trap();
  }
  return 0;
}
