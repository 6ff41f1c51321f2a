/// How an engine starts beside an old integration, and how far it may go.
#ifndef FAIRLEAD_SYNC_OPTIONS_H_
#define FAIRLEAD_SYNC_OPTIONS_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "fairlead/core/export.h"
#include "fairlead/core/runtime.h"
#include "fairlead/retry/options.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace sync {

/// What becomes of a decision to write.
enum class Mode : std::uint8_t {
  kObserve = 1,  ///< Reads, decides, records the decision; writes nothing. The first week.
  kPropose = 2,  ///< Each write waits PARKED ("proposed") until a person redrives it.
  kEnforce = 3,  ///< Writes.
};

/// "observe", "propose", "enforce".
FAIRLEAD_EXPORT std::string_view ModeName(Mode mode);

/// What an engine has done since it was made; handed to EngineOptions::progress.
struct FAIRLEAD_EXPORT Progress {
  std::int64_t read = 0;     ///< Records read from systems, repeats included.
  std::int64_t changed = 0;  ///< Of these: new or changed.
  std::int64_t written = 0;  ///< Writes known to be applied.
  std::int64_t waiting = 0;  ///< Writes put off: another try, a look-up, or another record first.
  std::int64_t held = 0;     ///< Records and writes that wait for a person.
};

/// Starts safe: observes, and never posts what was placed before it came.
struct FAIRLEAD_EXPORT EngineOptions {
  /// Separates customers of one installation; part of every key.
  std::string tenant = "default";
  Mode mode = Mode::kObserve;
  /// Orders placed before this moment are looked up in the target and adopted, never posted. Required unless kObserve:
  /// the moment at which the old integration was (or will be) switched off.
  std::optional<WallTime> adopt_before;
  /// Effectful requests per system and hour, of all kinds. 0: no cap. 600: enough for a mid-market day, too few to
  /// rewrite a catalogue by mistake before somebody looks.
  std::int64_t max_writes_per_hour = 600;
  /// Records per listing call.
  std::uint32_t page_size = 100;
  /// Of one request, first byte to last.
  std::chrono::milliseconds request_timeout{30'000};
  /// How long a claimed write is held. Longer than the request timeout.
  std::chrono::milliseconds lease{60'000};
  /// Base of all waiting between tries; the durable ladder is part of it.
  RetryOptions retry;
  /// How long a write waits for a record that must exist first before it asks again, and in all before a person is
  /// asked.
  std::chrono::milliseconds dependency_delay{500};
  std::chrono::milliseconds dependency_patience{std::chrono::hours(1)};
  /// Team and runbook of what no rule owns.
  std::string default_owner = "unassigned";
  std::string default_runbook = "engine-parked";
  /// Called after each step, from the stepping thread. Must not call the engine.
  std::function<void(const Progress&)> progress;

  /// INVALID_ARGUMENT naming every field that is wrong.
  absl::Status Validate() const;
};

}  // namespace sync
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SYNC_OPTIONS_H_
