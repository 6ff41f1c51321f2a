/// One intended effect at a remote system: the row of the ledger, of the outbox and of the dead letters.
#ifndef FAIRLEAD_IDEMPOTENCY_INTENT_H_
#define FAIRLEAD_IDEMPOTENCY_INTENT_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "fairlead/core/effect.h"
#include "fairlead/core/error.h"
#include "fairlead/core/export.h"
#include "fairlead/core/runtime.h"
#include "fairlead/idempotency/key.h"

FAIRLEAD_NAMESPACE_BEGIN

/// The store's own clock: it never steps and goes on across restarts and reboots. Leases, backoff and settle times are
/// measured on it; it is near the wall clock, but only differences mean anything.
struct StoreClock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<StoreClock, duration>;
  static constexpr bool is_steady = true;
};
using StoreTime = StoreClock::time_point;

/// The numbers are stored: never renumber.
enum class IntentState : std::uint8_t {
  kReady = 1,        ///< Waits for run_at and a free lane.
  kLeased = 2,       ///< A worker holds it; no byte has left in this attempt.
  kSending = 3,      ///< Committed before the first byte: from here on it may have been applied.
  kUnknown = 4,      ///< The answer was lost. Blocks its lane until verified.
  kVerifying = 5,    ///< A worker looks at the remote.
  kParked = 6,       ///< Waits for a person. Blocks its lane.
  kDone = 7,         ///< Applied, answer stored.
  kRejected = 8,     ///< The remote refused for good. A dead letter.
  kDead = 9,         ///< Given up without an effect known. A dead letter.
  kSuperseded = 10,  ///< Never sent; a newer state-like intent replaced it.
  kCancelled = 11,   ///< A person cancelled it.
};

FAIRLEAD_EXPORT std::string_view IntentStateName(IntentState state);
FAIRLEAD_EXPORT std::optional<IntentState> ParseIntentState(std::string_view name);
/// DONE, REJECTED, DEAD, SUPERSEDED, CANCELLED: nothing automatic reopens them.
FAIRLEAD_EXPORT bool IsTerminal(IntentState state);
/// LEASED, SENDING, UNKNOWN, VERIFYING: at most one per lane.
FAIRLEAD_EXPORT bool IsInFlight(IntentState state);

/// Reasons of dead letters and parked intents that the ledger itself gives. Gates add their own words.
namespace reason {
inline constexpr std::string_view kExhausted = "exhausted";
inline constexpr std::string_view kPermanent = "permanent";
inline constexpr std::string_view kUnknownEffect = "unknown_effect";
inline constexpr std::string_view kKeyReuse = "key_reuse";
inline constexpr std::string_view kUnparseable = "unparseable";
inline constexpr std::string_view kCrashLoop = "crash_loop";
inline constexpr std::string_view kExpired = "expired";
inline constexpr std::string_view kAmbiguousMatch = "ambiguous_match";  ///< A lookup found more than one.
}  // namespace reason

/// Whether a newer intent of the lane may replace an unsent older one.
enum class Coalesce : std::uint8_t {
  kEvent = 1,  ///< Each one counts (a refund, a shipment): never replaced.
  kState = 2,  ///< Only the newest value of `coalesce_field` matters (a stock level, a price).
};

/// What the caller asks for. `effect` is required: there is no safe default.
struct FAIRLEAD_EXPORT IntentRequest {
  explicit IntentRequest(Effect effect_class) : effect(effect_class) {}

  // Identity: the key is made of these and the durable sequence number. `aggregate` is also the lane: intents of one
  // (tenant, connector, account, aggregate) are sent one at a time and in order.
  std::string tenant;
  std::string connector;
  std::string account;
  std::string operation;
  std::string aggregate;
  std::string purpose;

  Effect effect;

  // The frozen request: opaque here, sent again byte by byte. Authentication, nonce and date are made per attempt.
  std::string method;
  std::string target;
  std::string body;
  /// Semantic bytes for the fingerprint; empty means method, target and body themselves.
  std::string semantic;
  /// What the remote is asked to keep as our reference; empty means the key's UUID.
  std::string reference;

  Coalesce coalesce = Coalesce::kEvent;
  std::string coalesce_field;                 ///< With kState: which field of the aggregate, e.g. "stock@main".
  std::int32_t priority = 100;                ///< Smaller goes first, between lanes.
  std::chrono::nanoseconds delay{0};          ///< Not before now + delay.
  std::chrono::milliseconds timeout{30'000};  ///< Of one request, first byte to last.
  std::chrono::milliseconds settle{60'000};   ///< D_max: how long copies of a request may live in the network.
  std::chrono::milliseconds retention{0};     ///< R of kNativeKey: how long the remote keeps the key. Required there.
  std::chrono::milliseconds horizon{std::chrono::hours(72)};  ///< Given up this long after enqueueing.
  std::uint32_t max_attempts = 12;                            ///< Given up after so many sends.

  std::string owner;          ///< Who answers for it when it is parked or dead.
  std::string runbook;        ///< Id or URL of what to do then.
  std::string money_at_risk;  ///< "118.40 EUR"; for people.
  /// Not empty: enters as PARKED with this reason instead of READY.
  std::string park_reason;
  std::string park_detail;
};

/// The answer of the remote as stored and replayed.
struct FAIRLEAD_EXPORT StoredAnswer {
  std::int32_t status = 0;  ///< HTTP status, 0 where none.
  std::string body;
};

/// The part of an intent that changes. Plain data.
struct FAIRLEAD_EXPORT IntentProgress {
  IntentState state = IntentState::kReady;
  std::int64_t epoch = 0;              ///< Grows by one with each claim and never else.
  std::uint32_t attempts = 0;          ///< Times that SENDING was committed.
  std::uint32_t attempts_allowed = 0;  ///< Given up when `attempts` reaches it; a redrive raises it.
  std::uint32_t verifications = 0;     ///< Times that a look at the remote was inconclusive.
  std::uint32_t crashes = 0;           ///< Times that its lease ran out or its worker died with it in hand.
  StoreTime run_at{};                  ///< READY: not before. UNKNOWN: verify not before.
  StoreTime expires_at{};              ///< Not sent any more after it.
  StoreTime lease_until{};
  std::string worker;         ///< Who holds the lease, or held it last.
  StoreTime first_send_at{};  ///< Zero: not sent since the remote certainly did not have it.
  StoreTime last_send_at{};
  StoreTime ambiguous_at{};  ///< Until when the last send whose answer was lost may have left; zero for none.
  std::string reason;        ///< PARKED, DEAD, REJECTED: why.
  std::string error;         ///< Last error, redacted, for people.
  ErrorKind error_kind = ErrorKind::kUnspecified;
  StoredAnswer answer;  ///< DONE and REJECTED.
  WallTime updated_at{};

  /// A byte of it may have left in some attempt.
  bool sent() const { return attempts > 0; }
};

/// A row of the ledger. Plain data; a copy is a snapshot of the moment it was read.
struct FAIRLEAD_EXPORT Intent : IntentProgress {
  std::int64_t id = 0;  ///< Assigned by the store, grows.
  IntentKey key;
  Fingerprint fingerprint;
  KeyParts parts;  ///< tenant, connector, account, operation, aggregate, purpose, intent_seq.
  Effect effect = Effect::kBlind;
  std::string method;
  std::string target;
  std::string body;
  std::string reference;  ///< What the remote keeps as ours. Empty: the key's UUID; ask Reference().
  Coalesce coalesce = Coalesce::kEvent;
  std::string coalesce_field;
  std::int32_t priority = 100;
  std::chrono::milliseconds timeout{0};
  std::chrono::milliseconds settle{0};
  std::chrono::milliseconds retention{0};
  std::chrono::milliseconds horizon{0};
  std::uint32_t max_attempts = 0;
  std::string owner;
  std::string runbook;
  std::string money_at_risk;
  std::int64_t parent_id = 0;  ///< The intent whose completion enqueued this one; 0 for none.
  std::int64_t position = 0;   ///< Order within the lane: the id of the chain's first intent.
  WallTime created_at{};

  std::string Reference() const { return reference.empty() ? key.ToUuid() : reference; }
};

FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_IDEMPOTENCY_INTENT_H_
