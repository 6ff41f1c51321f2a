// How the engine keeps its own small records in the bytes of the ledger and the store.
#ifndef FAIRLEAD_SRC_SYNC_INTERNAL_CODEC_H_
#define FAIRLEAD_SRC_SYNC_INTERNAL_CODEC_H_

#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "fairlead/connector/connector.h"
#include "fairlead/core/export.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace sync {
namespace internal {

using Fields = std::map<std::string, std::string>;

// Length-prefixed, so that any bytes may be inside.
std::string EncodeFields(const Fields& fields);
// DATA_LOSS for anything that EncodeFields did not write.
absl::StatusOr<Fields> DecodeFields(std::string_view bytes);

// Where the canonical record of a write lies in the mirror.
struct Source {
  std::string system;
  std::string external_id;
};

// What a ledger intent of the engine means. The canonical record is not frozen here but named: its newest content is
// taken when the request is made, and the request's bytes are frozen then.
struct Payload {
  WriteIntent write;  // `message` is set only for records that are in no mirror.
  Source source;      // Empty for follow-ups without a record.
  bool adopt_only = false;
};

std::string EncodePayload(const Payload& payload);
absl::StatusOr<Payload> DecodePayload(std::string_view bytes);

std::string EncodePrepared(const PreparedWrite& write);
absl::StatusOr<PreparedWrite> DecodePrepared(std::string_view bytes);

// {"a": "b", …} for people: findings and decisions.
std::string ToJsonObject(const Fields& fields);
// The string members of a flat object that ToJsonObject wrote; others are left out.
Fields FromJsonObject(std::string_view json);

}  // namespace internal
}  // namespace sync
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_SYNC_INTERNAL_CODEC_H_
