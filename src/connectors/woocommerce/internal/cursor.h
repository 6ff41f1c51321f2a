// Where a listing stands, as the engine stores it: JSON, opaque to it.
#ifndef FAIRLEAD_SRC_CONNECTORS_WOOCOMMERCE_INTERNAL_CURSOR_H_
#define FAIRLEAD_SRC_CONNECTORS_WOOCOMMERCE_INTERNAL_CURSOR_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "fairlead/core/export.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace woocommerce::internal {

/// Two ways to walk a list.
///
/// By modification time ("keyset"): never by page numbers, because a record that is changed while we read moves to the
/// end and shifts all others one place forward, over the page's edge. Each request asks for what was modified after the
/// last time seen (from its very second on, since the filter leaves out its own second) and excludes the ids already
/// seen in that second. A second with more of them than fit into a URL is read by place.
///
/// By place ("scan"): each request starts at the last record of the one before it. If that record is not there, the
/// list has shifted: the scan steps back and is marked as not complete.
struct ListCursor {
  // Keyset.
  bool idle = true;                   // Nothing under way: the next listing starts `overlap` before `high`.
  bool trash = false;                 // The second half of a listing: what lies in the trash.
  std::optional<std::int64_t> from;   // Where this listing began; nullopt: at the beginning of time.
  std::optional<std::int64_t> since;  // Everything before this second was read.
  std::vector<std::string> seen;      // Ids already read in the second `since`.
  bool bulk = false;                  // Too many in that one second (an import): it is read by place.
  std::optional<std::int64_t> high;   // The latest modification time seen, never later than our clock.

  // Scan.
  std::int64_t offset = 0;  // Records before the next one to read.
  std::string last_id;      // Id of the record at offset - 1. Empty: not known, the next page is not compared.
  std::optional<std::int64_t> total;  // As the first page stated it.
  bool whole = true;                  // No shift was seen.

  // Records whose own lists are still to be read: id and what the child's mapping needs of it.
  std::vector<std::pair<std::string, std::string>> pending;
  bool parents_done = false;  // No further page of parents.

  std::string Encode() const;
  /// An empty text is a fresh cursor; kConfiguration for one that is not ours.
  static absl::StatusOr<ListCursor> Decode(std::string_view text);
};

}  // namespace woocommerce::internal
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_CONNECTORS_WOOCOMMERCE_INTERNAL_CURSOR_H_
