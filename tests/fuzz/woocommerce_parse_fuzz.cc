// Any bytes as an answer of a store: an error or records, never a crash; the bulk reader agrees with the other one.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "fairlead/connectors/woocommerce/parse.h"

namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace v1 = ::fairlead::v1;
  namespace woocommerce = ::fairlead::woocommerce;
  static constexpr v1::EntityKind kKinds[] = {v1::ORDER, v1::PRODUCT, v1::VARIANT,
                                              v1::PARTY, v1::REFUND,  v1::INVENTORY_LEVEL};
  const std::string text(reinterpret_cast<const char*>(data), size);
  woocommerce::ParseOptions options;
  options.currency = "EUR";
  options.max_bytes = std::size_t{1} << 20;
  // The length chooses the kind: captured payloads stay whole as seeds, and orders get half of the inputs.
  const v1::EntityKind kind = size % 2 == 0 ? v1::ORDER : kKinds[(size / 2) % std::size(kKinds)];
  const auto page = woocommerce::Parse(kind, text, options);
  if (page.ok()) {
    for (const fairlead::Record& record : page->records) {
      Require(record.message != nullptr);
      Require(!record.external_id.empty());
      Require(!record.message->SerializeAsString().empty());
    }
  }
  if (kind == v1::ORDER) {
    google::protobuf::Arena arena;
    const auto bulk = woocommerce::ParseOrdersOnArena(text, options, arena);
    Require(bulk.ok() == page.ok());
    if (bulk.ok()) {
      Require(bulk->orders().size() == page->records.size());
      Require(bulk->unreadable().size() == page->unreadable.size());
    }
  }
  return 0;
}
