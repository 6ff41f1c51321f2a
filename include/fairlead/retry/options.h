/// The numbers of the retry toolkit, in one place, with their reasons.
#ifndef FAIRLEAD_RETRY_OPTIONS_H_
#define FAIRLEAD_RETRY_OPTIONS_H_

#include <chrono>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "fairlead/core/export.h"

FAIRLEAD_NAMESPACE_BEGIN

/// 5 s, 5 m, 30 m, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h: together about three days, the time a weekend outage takes.
FAIRLEAD_EXPORT std::vector<std::chrono::seconds> DefaultDurableLadder();

/// When and how often to try again. Defaults suit one business call; all are finite.
struct FAIRLEAD_EXPORT RetryOptions {
  /// Tries in one process, the first included. 4: three repeats catch a restart or a flap; more only adds load.
  std::uint32_t max_attempts = 4;
  /// Upper end of the first wait. Full jitter draws from [0, base]. 50 ms: most transient faults are shorter.
  std::chrono::nanoseconds base = std::chrono::milliseconds(50);
  /// The same after a throttled try. 1 s: buckets of common platforms refill once a second.
  std::chrono::nanoseconds throttled_base = std::chrono::seconds(1);
  /// Growth of the upper end per try.
  double multiplier = 2.0;
  /// The upper end stops growing here. 20 s: longer waits belong into the durable ladder.
  std::chrono::nanoseconds cap = std::chrono::seconds(20);
  /// A blocking call ends after this time even if its deadline is later. 60 s: callers wait seconds, not minutes.
  std::chrono::nanoseconds max_elapsed = std::chrono::seconds(60);
  /// Longest time one try is given (`Try::timeout`); the deadline may make it shorter. 15 s.
  std::chrono::nanoseconds try_timeout = std::chrono::seconds(15);
  /// A server's hint is cut to this, so that a wrong header cannot stop a queue for a year. 6 h.
  std::chrono::nanoseconds max_server_hint = std::chrono::hours(6);
  /// Added to a server's hint and to a rung of the ladder: a random part of it between 0 and this share, so that a
  /// fleet does not wake together. Never shortens a wait. 0.1.
  double spread = 0.1;
  /// Waits of a durable operation once `max_attempts` quick tries are used up. After the last one it is exhausted.
  std::vector<std::chrono::seconds> durable_ladder = DefaultDurableLadder();

  /// INVALID_ARGUMENT (kConfiguration) that names every field that is wrong.
  absl::Status Validate() const;
};

FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_RETRY_OPTIONS_H_
