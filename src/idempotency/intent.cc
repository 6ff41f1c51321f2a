#include "fairlead/idempotency/intent.h"

#include <array>

#include "fairlead/idempotency/inbox_message.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace {

constexpr std::array<std::string_view, 12> kStateNames = {"",         "ready",     "leased",     "sending",
                                                          "unknown",  "verifying", "parked",     "done",
                                                          "rejected", "dead",      "superseded", "cancelled"};

}  // namespace

std::string_view IntentStateName(IntentState state) {
  const auto index = static_cast<std::size_t>(state);
  return index >= 1 && index < kStateNames.size() ? kStateNames[index] : "invalid";
}

std::optional<IntentState> ParseIntentState(std::string_view name) {
  for (std::size_t i = 1; i < kStateNames.size(); ++i) {
    if (kStateNames[i] == name) return static_cast<IntentState>(i);
  }
  return std::nullopt;
}

bool IsTerminal(IntentState state) { return state >= IntentState::kDone; }

bool IsInFlight(IntentState state) { return state >= IntentState::kLeased && state <= IntentState::kVerifying; }

std::string_view InboxStateName(InboxState state) {
  switch (state) {
    case InboxState::kNew:
      return "new";
    case InboxState::kProcessed:
      return "processed";
    case InboxState::kUnparseable:
      return "unparseable";
  }
  return "invalid";
}

FAIRLEAD_NAMESPACE_END
