/// What a message says, in 128 bits: equal for equal values, on every machine and with every protobuf version.
#ifndef FAIRLEAD_MODELS_DIGEST_H_
#define FAIRLEAD_MODELS_DIGEST_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "fairlead/core/export.h"
#include "fairlead/models/field_path.h"
#include "google/protobuf/message.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace models {

/// XXH3-128 over an encoding of our own. Not a secret and no protection against an attacker: a content hash.
struct FAIRLEAD_EXPORT Digest {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  /// Sixteen bytes, most significant first: the form of EntityHeader.content_hash and PostingRecord.verified_hash.
  std::string Bytes() const;
  /// 32 hexadecimal digits.
  std::string Hex() const;
  /// From Bytes(); a zero digest for anything but sixteen bytes.
  static Digest FromBytes(std::string_view bytes);

  friend bool operator==(const Digest& a, const Digest& b) { return a.high == b.high && a.low == b.low; }
  friend bool operator!=(const Digest& a, const Digest& b) { return !(a == b); }
  friend bool operator<(const Digest& a, const Digest& b) { return a.high != b.high ? a.high < b.high : a.low < b.low; }
};

/// Digest of a message's content. By value means:
/// - a decimal of 1.50 is one of 1.5, and 10.00 EUR is 10.0 EUR; an amount shown to the buyer that equals the ledger's
/// is as
///   absent; an empty unit of measure is C62, and a price basis of one is none;
/// - text is compared in Unicode normal form C;
/// - a scalar at its default is as absent, unless the field is `optional`; a message that is there but empty is not;
/// - repeated messages with a natural key (lines, taxes, quantities by state: NaturalKeyOf()) are compared as sets, all
///   others in their order;
/// - the EntityHeader is left out: its times, versions and provenance change with every reading. Of a record inside
/// another
///   one (a variant of a product) the header's refs and tombstone count;
/// - fields that this build does not know are left out.
/// Thread-safe.
FAIRLEAD_EXPORT Digest DigestOf(const google::protobuf::Message& message);

/// Digest of the declared fields only, for proofs that two systems hold the same: every match counts with its path, so
/// the order of `paths` and of keyed elements does not matter, and a field that is absent differs from one that is
/// there. An error for a path that the message type has no field for.
FAIRLEAD_EXPORT absl::StatusOr<Digest> DigestOf(const google::protobuf::Message& message,
                                                const std::vector<std::string>& paths);
FAIRLEAD_EXPORT absl::StatusOr<Digest> DigestOf(const google::protobuf::Message& message,
                                                const std::vector<FieldPath>& paths);
/// Digest of one match of a path; equal for equal values, wherever they stand.
FAIRLEAD_EXPORT Digest DigestOf(const FieldMatch& match);
/// Digest of bytes as they are, for raw payloads.
FAIRLEAD_EXPORT Digest DigestOfBytes(std::string_view bytes);

}  // namespace models
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_MODELS_DIGEST_H_
