/// The rows that a Transaction reads and writes beside ledger and inbox. Bytes and text only: what a canonical message
/// is, the rooms below know.
#ifndef FAIRLEAD_STORE_RECORDS_H_
#define FAIRLEAD_STORE_RECORDS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "fairlead/core/export.h"
#include "fairlead/core/runtime.h"
#include "fairlead/idempotency/intent.h"

FAIRLEAD_NAMESPACE_BEGIN

/// Names a record in a remote system.
struct FAIRLEAD_EXPORT ExternalRef {
  std::string tenant;
  std::string system;  ///< Connector instance: "web", "erp".
  std::string kind;    ///< Entity kind: "order", "inventory_level".
  std::string external_id;
};

/// What a system was last seen to hold.
struct FAIRLEAD_EXPORT MirrorRow {
  ExternalRef ref;
  std::string canonical_id;
  std::string content;         ///< Canonical bytes.
  std::string content_hash;    ///< 16 bytes.
  std::string source_version;  ///< The remote's version or modification time, as text.
  std::string raw_hash;        ///< Of the bytes received; empty if unknown.
  WallTime observed_at{};
  bool deleted = false;
};

/// Which canonical id a remote record has. (tenant, system, kind, external_id) is unique.
struct FAIRLEAD_EXPORT IdentityLink {
  ExternalRef ref;
  std::string canonical_id;
};

/// Raw bytes that came in, for replay and proof. Appended.
struct FAIRLEAD_EXPORT JournalEntry {
  std::int64_t id = 0;
  std::string tenant;
  std::string system;
  std::string kind;
  std::string origin;  ///< "poll", "webhook:42", "file".
  std::string bytes;
  WallTime at{};
};

/// Why something was or was not done. Appended.
struct FAIRLEAD_EXPORT DecisionRow {
  std::int64_t id = 0;
  std::string tenant;
  std::string kind;
  std::string canonical_id;
  std::string rule;            ///< Rule id, or the gate's name.
  std::string verdict;         ///< One word: "write", "echo", "park", "ignore", …
  std::string bundle_hash;     ///< Policy that decided.
  std::string data;            ///< Bytes of the rooms below.
  std::int64_t intent_id = 0;  ///< The intent it led to, 0 for none.
  WallTime at{};
};

/// One identity = (tenant, rule, entity): seen again, it recurs.
struct FAIRLEAD_EXPORT FindingRow {
  std::string tenant;
  std::string rule;
  std::string entity;
  std::string finding_class;
  std::string data;
  WallTime first_seen{};
  WallTime last_seen{};
  std::int64_t recurrences = 1;
  bool open = true;
};

/// Proof that an order is booked in a target system.
struct FAIRLEAD_EXPORT PostingRow {
  std::string tenant;
  std::string canonical_id;  ///< The order.
  std::string system;
  std::string document_kind;  ///< "sale", "invoice", "credit_note".
  std::string document_ref;   ///< The remote's id, once known.
  std::string key;            ///< Reference we gave the remote.
  WallTime sent_at{};         ///< Zero: not yet.
  WallTime accepted_at{};
  WallTime verified_at{};  ///< Read back and equal.
  std::string verified_hash;
  std::string data;  ///< E.g. which currency side was posted.
};

struct FAIRLEAD_EXPORT BundleRow {
  std::string tenant;
  std::string hash;
  std::string bytes;
  bool active = false;
  WallTime at{};
};

/// The hash of our last write to a field group, so that its echo is known.
struct FAIRLEAD_EXPORT EchoRow {
  ExternalRef ref;
  std::string field_group;
  std::string hash;
  std::int64_t intent_id = 0;
  WallTime at{};
};

FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_STORE_RECORDS_H_
