/// A received message as it is kept.
#ifndef FAIRLEAD_IDEMPOTENCY_INBOX_MESSAGE_H_
#define FAIRLEAD_IDEMPOTENCY_INBOX_MESSAGE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fairlead/core/export.h"
#include "fairlead/core/runtime.h"

FAIRLEAD_NAMESPACE_BEGIN

/// The numbers are stored: never renumber.
enum class InboxState : std::uint8_t {
  kNew = 1,          ///< Committed and acknowledged, not yet handled.
  kProcessed = 2,    ///< Handled, in the transaction that decided about it.
  kUnparseable = 3,  ///< Kept and shown: a person decides.
};

FAIRLEAD_EXPORT std::string_view InboxStateName(InboxState state);

using HeaderList = std::vector<std::pair<std::string, std::string>>;

struct FAIRLEAD_EXPORT InboxMessage {
  std::int64_t id = 0;
  std::string tenant;
  std::string source;  ///< "shopify:acme.myshopify.com".
  std::string topic;   ///< "orders/updated", as the source spells it.
  std::string dedup_key;
  HeaderList headers;  ///< Names in lower case, without signatures and credentials.
  std::string body;    ///< The raw bytes.
  WallTime received_at{};
  InboxState state = InboxState::kNew;
  std::uint32_t attempts = 0;  ///< Times that handling failed.
  std::string detail;          ///< Why it is unparseable, or the last failure.
};

FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_IDEMPOTENCY_INBOX_MESSAGE_H_
