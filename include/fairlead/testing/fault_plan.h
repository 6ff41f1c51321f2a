/// What a sandbox does wrong on purpose, and how often it did.
#ifndef FAIRLEAD_TESTING_FAULT_PLAN_H_
#define FAIRLEAD_TESTING_FAULT_PLAN_H_

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fairlead/core/export.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {

/// What a request does to the system that it reaches, as far as a network that repeats it matters.
enum class RequestNature { kRead, kSetsState, kCreates };

/// Probabilities in [0, 1] per request. Whether request number n meets a fault, and which, follows from `seed` and n
/// alone, so a single-threaded run repeats exactly. At most one of the faults below meets a request, latency aside.
struct FAIRLEAD_EXPORT FaultPlan {
  std::uint64_t seed = 1;

  double latency = 0;       ///< The answer waits for up to `max_latency`.
  double server_error = 0;  ///< 500, 502 or 503 with an HTML body; the request is not applied.
  double rate_limited = 0;  ///< 429 with Retry-After, in seconds or as an HTTP date by turns; not applied.
  double drop_before = 0;   ///< The connection closes without a byte; never applied.
  double drop_after = 0;    ///< Applied, then the connection closes without a byte.
  double late_apply = 0;    ///< The connection closes without a byte; a copy in the network is applied within `d_max`.
  double duplicate = 0;     ///< Applied, closed without a byte, and applied once more within `d_max`. See below.
  double truncate = 0;      ///< Applied; the answer promises more bytes than it sends, then closes.

  double webhook_drop = 0;       ///< A delivery never leaves.
  double webhook_duplicate = 0;  ///< A delivery is made twice.
  double webhook_reorder = 0;    ///< A delivery waits until a later one has been made.

  std::chrono::milliseconds max_latency{20};
  /// How long a copy of a request lives in the network. Connectors' manifests must say at least this.
  std::chrono::milliseconds d_max{200};
  /// Retry-After that goes with a 429. Seconds are whole there: below one second the server says 0.
  std::chrono::milliseconds retry_after{0};
  /// No more faults after this many (webhooks count apart); negative: no bound.
  std::int64_t limit = -1;
  /// After this many faults in a row, the next request passes: a client that tries long enough gets through.
  int max_consecutive = 3;
  /// By default `duplicate` meets only requests that set a state (stock, meta, fields, buttons) and `late_apply` serves
  /// for the others: a creation that the network repeats after the client has looked cannot be told from two orders by
  /// any client. True lets it happen, to see a duplicate counted.
  bool duplicate_creations = false;

  /// Every kind, sharing `rate` of all requests.
  static FaultPlan Mixed(double rate, std::uint64_t seed);
  /// From a JSON object with the names above (durations as integers, `max_latency_ms`, `d_max_ms`, `retry_after_ms`).
  /// INVALID_ARGUMENT names the member that is wrong.
  static absl::StatusOr<FaultPlan> FromJson(std::string_view json);
  absl::Status Validate() const;
};

/// How often each fault was injected since the sandbox started.
struct FAIRLEAD_EXPORT FaultCounters {
  std::int64_t requests = 0;  ///< All requests that could have met a fault.
  std::int64_t latency = 0;
  std::int64_t server_error = 0;
  std::int64_t rate_limited = 0;
  std::int64_t drop_before = 0;
  std::int64_t drop_after = 0;
  std::int64_t late_apply = 0;
  std::int64_t duplicate = 0;
  std::int64_t truncate = 0;
  std::int64_t webhook_drop = 0;
  std::int64_t webhook_duplicate = 0;
  std::int64_t webhook_reorder = 0;

  /// All of them but latency.
  std::int64_t Total() const;
  /// A JSON object with the names above and "total".
  std::string ToJson() const;
};

}  // namespace testing
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_TESTING_FAULT_PLAN_H_
