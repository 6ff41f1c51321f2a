/// What a team says about its system so that the conformance kit can prove its connector.
#ifndef FAIRLEAD_TESTING_CONFORMANCE_SUBJECT_H_
#define FAIRLEAD_TESTING_CONFORMANCE_SUBJECT_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fairlead/connector/connector.h"
#include "fairlead/core/export.h"
#include "fairlead/http/transport.h"
#include "fairlead/testing/fault_plan.h"
#include "fairlead/v1/entity.pb.h"
#include "fairlead/v1/manifest.pb.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {

/// Which delivery the kit wants.
struct FAIRLEAD_EXPORT WebhookWanted {
  enum class Secret : std::uint8_t { kCurrent, kPrevious, kWrong };
  Secret secret = Secret::kCurrent;
  bool ping = false;      ///< The test of the address that the system sends on registration.
  std::string id;         ///< Deliver this record as it is now; empty: any record.
  bool use_body = false;  ///< Sign `body` instead of a record.
  std::string body;
};

/// One system and the connector to it. The system's own side (what staff and its other programs do) is reached past the
/// connector, by whatever way is at hand. What a system cannot do is declared absent by not overriding a member, or by
/// answering UNIMPLEMENTED with the reason: the checks that need it then say "not applicable" with that reason, never
/// "passed". Called from one thread.
class FAIRLEAD_EXPORT ConformanceSubject {
 public:
  virtual ~ConformanceSubject();

  /// For the report: "woocommerce 10.6.2 sandbox".
  virtual std::string name() const = 0;
  /// A connector that sends everything through `transport`: the kit stands in between and loses, delays and spoils
  /// answers. Its timeouts, overlap and D_max should be short. May be called several times.
  virtual absl::StatusOr<std::unique_ptr<Connector>> Connect(http::Transport& transport) = 0;
  /// The way to the system.
  virtual http::Transport& transport() = 0;
  /// Answers which ids linked records have at the system; null: none is linked.
  virtual RefResolver* resolver();

  /// Makes a record that no one has touched; answers its id as the connector's Record::external_id.
  virtual absl::StatusOr<std::string> Make(v1::EntityKind entity);
  /// Changes it so that a listing of changes must show it again.
  virtual absl::Status Change(v1::EntityKind entity, std::string_view id);
  virtual absl::Status Delete(v1::EntityKind entity, std::string_view id);
  /// An id in the form of that entity's ids that no record has.
  virtual std::string MissingId(v1::EntityKind entity);

  /// Something new to write with this operation, together with all that must exist for it. Each call must give an
  /// intent whose effect is not there yet (another order, another stock number).
  virtual absl::StatusOr<WriteIntent> Intent(const v1::WriteOperation& operation);
  /// One that can never be applied: an item that does not exist there, content that is refused.
  virtual absl::StatusOr<WriteIntent> PoisonIntent(const v1::WriteOperation& operation);
  /// How often the effect of `write` stands in the system: records made under its reference, or 1 where the state that
  /// it sets is as wanted and 0 where not. `intent` is the one of Intent() that the chain began with.
  virtual absl::StatusOr<std::int64_t> Effects(const WriteIntent& intent, const PreparedWrite& write);
  /// The record that `intent` made or changed, read back as the connector shows it. Without an override: ReadOne of the
  /// external id that the write answered.
  virtual absl::StatusOr<Record> ReadBack(Connector& connector, const WriteIntent& intent,
                                          std::string_view external_id);
  /// Whether what was read back is what was written. Without an override: the manifest's writes_fields are compared.
  virtual absl::Status Compare(const WriteIntent& intent, const v1::WriteOperation& operation, const Record& read);

  /// What the server itself does wrong from now on: faults that a transport in between cannot play, such as a copy of a
  /// request that is applied late.
  virtual absl::Status SetFaults(const FaultPlan& plan);
  /// A delivery as the system would send it.
  virtual absl::StatusOr<Webhook> MakeWebhook(const WebhookWanted& wanted);
  /// Texts that must never stand in a frozen request, an error or a result: passwords, keys, tokens.
  virtual std::vector<std::string> Secrets();
};

}  // namespace testing
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_TESTING_CONFORMANCE_SUBJECT_H_
