// What the files of the conformance kit share: a check's verdict, listings, and chains of writes driven as the engine
// does.
#ifndef FAIRLEAD_SRC_TESTING_INTERNAL_CONFORMANCE_KIT_H_
#define FAIRLEAD_SRC_TESTING_INTERNAL_CONFORMANCE_KIT_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fairlead/connector/connector.h"
#include "fairlead/core/error.h"
#include "fairlead/testing/conformance.h"
#include "src/testing/internal/conformance_wire.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing::internal {

/// How a check ended.
struct Verdict {
  ConformanceCheck::Result result = ConformanceCheck::Result::kPassed;
  std::string detail;
};

Verdict Pass();
Verdict Fail(std::string detail);
Verdict NotApplicable(std::string reason);
/// A subject that answers UNIMPLEMENTED has declared the part absent; any other error is a failure of the set-up.
Verdict FromSubject(const absl::Status& status, std::string_view what);
/// "not_found, rejected: no such record".
std::string Describe(const absl::Status& status);

/// Returns from the check with the verdict that `expr`, an answer of the subject, gives reason for.
#define FAIRLEAD_KIT_SUBJECT(lhs, expr) \
  FAIRLEAD_KIT_INTERNAL(FAIRLEAD_INTERNAL_CONCAT(kit_answer_, __LINE__), lhs, expr, FromSubject)
/// Fails the check where a call of the connector failed.
#define FAIRLEAD_KIT_CONNECTOR(lhs, expr) \
  FAIRLEAD_KIT_INTERNAL(FAIRLEAD_INTERNAL_CONCAT(kit_answer_, __LINE__), lhs, expr, FromConnector)
#define FAIRLEAD_KIT_INTERNAL(answer, lhs, expr, blame)   \
  auto answer = (expr);                                   \
  if (!answer.ok()) return blame(answer.status(), #expr); \
  lhs = std::move(answer).value()
Verdict FromConnector(const absl::Status& status, std::string_view what);

/// One write of a chain.
struct Link {
  WriteIntent intent;
  PreparedWrite write;
  WriteResult result;
  int transmissions = 0;  ///< Of the attempt that ended it.
  std::vector<LookupResult::Verdict> lookups;
  std::vector<absl::Status> errors;  ///< Of attempts before.
};

/// What happens around the links.
struct ChainHooks {
  std::function<void(const PreparedWrite&)> before;  ///< Each attempt.
  std::function<absl::Status(Link&)> after;          ///< Each link that is done; an error ends the chain.
  /// In the place of Write for the link: a set result ends the chain with it.
  std::function<std::optional<absl::Status>(const PreparedWrite&)> instead;
};

struct Chain {
  WriteIntent root;
  std::vector<Link> links;
  absl::Status status;  ///< Why it broke off.
  std::optional<v1::PostingRecord> posting;
  std::string external_id;  ///< What the root's own operation answered.
};

/// A listing read to its end.
struct Listing {
  struct Seen {
    std::string id;
    int page = 0;
    bool deleted = false;
  };
  std::vector<Seen> seen;
  std::string cursor;
  int pages = 0;
  bool complete = false;
  bool complete_too_early = false;  ///< `complete` on a page that was not the last.

  /// The last page on which `id` was seen (not as deleted); -1 where it was not.
  int LastPageOf(std::string_view id) const;
};

class Kit {
 public:
  Kit(ConformanceSubject& subject, const ConformanceOptions& options);
  ConformanceReport Run();

 private:
  using Between = std::function<absl::Status(int page, const Page& content)>;

  void Check(std::string_view name, std::string_view target, std::string_view sentence,
             const std::function<Verdict()>& body);
  void CheckManifest();
  void CheckHealth();
  void CheckReads(const v1::EntityCapability& entity);
  void CheckCursor(const v1::EntityCapability& entity);
  void CheckFullListing(const v1::EntityCapability& entity);
  void CheckAnswers();
  void CheckCalls();
  void CheckWrites(const v1::EntityCapability& entity, const v1::WriteOperation& operation);
  void CheckLink(const v1::WriteOperation& root, const Link& link);
  void CheckServerFaults(const v1::WriteOperation& root);
  void CheckWebhooks();

  // Reading.
  CallContext Context() const;
  /// A cheap call that reads.
  absl::Status Probe(Connector& connector, std::size_t* unreadable = nullptr);
  /// A connector whose session is open.
  absl::StatusOr<std::unique_ptr<Connector>> Warm();
  absl::StatusOr<Listing> List(Connector& connector, bool all, v1::EntityKind entity, std::string cursor,
                               std::uint32_t page_size, const Between& between = {});

  // Writing.
  Chain RunChain(Connector& connector, const WriteIntent& root, const ChainHooks& hooks = {});
  /// One link: prepared, sent, and resolved as the ledger's table says. nullopt: nothing was to be done.
  absl::StatusOr<std::optional<Link>> RunLink(Connector& connector, const WriteIntent& intent, const ChainHooks& hooks);
  /// Fails where the effect of a link is not there exactly once.
  absl::Status ExactlyOnce(const Chain& chain);
  Effect DeclaredEffect(std::string_view operation) const;
  /// The fault meets the link of that operation; the chain must still end with each effect there once.
  Verdict Survive(const v1::WriteOperation& root, const Link& link, const WireFault& fault,
                  const std::function<std::string(const absl::Status&)>& judge,
                  std::optional<LookupResult::Verdict> lookup = std::nullopt);

  ConformanceSubject& subject_;
  const ConformanceOptions& options_;
  ConformanceWire wire_;
  std::unique_ptr<Connector> connector_;
  std::optional<Manifest> manifest_;
  std::set<std::string> reached_;  // Operations that a chain came to.
  ConformanceReport report_;
};

}  // namespace testing::internal
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_TESTING_INTERNAL_CONFORMANCE_KIT_H_
