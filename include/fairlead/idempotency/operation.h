/// One kind of guarded call of a team's own code, with the effect class that says what a lost answer means.
#ifndef FAIRLEAD_IDEMPOTENCY_OPERATION_H_
#define FAIRLEAD_IDEMPOTENCY_OPERATION_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "fairlead/core/effect.h"
#include "fairlead/core/export.h"
#include "fairlead/idempotency/intent.h"

FAIRLEAD_NAMESPACE_BEGIN

class SendPermit;

/// What a send or a lookup is given. Valid during the call only.
struct FAIRLEAD_EXPORT Attempt {
  std::string key;        ///< UUID text: the idempotency key on the wire.
  std::string reference;  ///< What the remote keeps as our reference.
  std::string aggregate;
  std::string purpose;
  std::string_view body;                 ///< Frozen: send these bytes.
  std::chrono::milliseconds timeout{0};  ///< Bound the request by this, first byte to last.
  std::uint32_t number = 1;              ///< 1 for the first send.
  SendPermit* permit = nullptr;          ///< Null in a lookup.

  /// Ask at the transport's last moment before each transmission; false: do not send, return an error.
  bool AllowSend() const;
};

/// What a look at the remote found: nothing (certainly absent), one content, or several.
class FAIRLEAD_EXPORT Findings {
 public:
  Findings() = default;
  // Implicit: what a look-up function returns reads as the answer it is.
  // NOLINTBEGIN(google-explicit-constructor)
  Findings(std::nullopt_t) {}
  Findings(std::string one) { found_.push_back(std::move(one)); }
  Findings(std::optional<std::string> one) {
    if (one) found_.push_back(*std::move(one));
  }
  Findings(std::vector<std::string> all) : found_(std::move(all)) {}
  // NOLINTEND(google-explicit-constructor)
  const std::vector<std::string>& found() const { return found_; }

 private:
  std::vector<std::string> found_;
};

/// Sends once. The answer's text is stored and replayed. An error's ErrorDetail says whether it was applied; an error
/// without one is taken as ambiguous. Must not retry by itself.
using SendFunction = std::function<absl::StatusOr<std::string>(const Attempt&)>;
/// Looks without changing anything. An error means that it cannot tell.
using FindFunction = std::function<absl::StatusOr<Findings>(const Attempt&)>;

/// A value type. The functions may be called from the thread that calls Run, Recover or Drain.
class FAIRLEAD_EXPORT Operation {
 public:
  /// The remote keeps the key (Attempt::key) for `retention`: the same key again is harmless inside it.
  /// With `find`, an answer lost past the retention is verified; without it a person decides.
  static Operation NativeKey(std::string_view name, SendFunction send, std::chrono::milliseconds retention,
                             FindFunction find = nullptr);
  /// If-Match, compare-and-set, upsert by a unique id: `find` tells whether our content is there.
  static Operation Conditional(std::string_view name, SendFunction send, FindFunction find);
  /// The same bytes set the same state. `settle` is how long a copy may live in the network.
  static Operation Absolute(std::string_view name, SendFunction send,
                            std::chrono::milliseconds settle = std::chrono::seconds(60));
  /// Create, and find by Attempt::reference after waiting `settle`.
  static Operation Lookup(std::string_view name, SendFunction send, FindFunction find,
                          std::chrono::milliseconds settle);
  /// Nothing helps: at most once, a person decides about a lost answer.
  static Operation Blind(std::string_view name, SendFunction send);
  /// No effect.
  static Operation Read(std::string_view name, SendFunction send);

  Operation& Timeout(std::chrono::milliseconds timeout) {
    timeout_ = timeout;
    return *this;
  }
  /// The ledger's coordinates of the remote; default: the name's part before the first dot, no account, no tenant.
  Operation& At(std::string_view tenant, std::string_view connector, std::string_view account);
  Operation& Owner(std::string_view owner, std::string_view runbook);

  const std::string& name() const { return name_; }
  Effect effect() const { return effect_; }

 private:
  friend class Ledger;
  Operation(std::string_view name, Effect effect, SendFunction send, FindFunction find);

  std::string name_;
  Effect effect_;
  SendFunction send_;
  FindFunction find_;
  std::chrono::milliseconds timeout_{30'000};
  std::chrono::milliseconds settle_{60'000};
  std::chrono::milliseconds retention_{0};
  std::string tenant_;
  std::string connector_;
  std::string account_;
  std::string owner_;
  std::string runbook_;
};

FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_IDEMPOTENCY_OPERATION_H_
