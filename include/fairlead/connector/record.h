/// What connectors hand to the engine: canonical messages with their origin, and what could not be read.
#ifndef FAIRLEAD_CONNECTOR_RECORD_H_
#define FAIRLEAD_CONNECTOR_RECORD_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "fairlead/core/export.h"
#include "fairlead/v1/entity.pb.h"
#include "google/protobuf/message.h"

FAIRLEAD_NAMESPACE_BEGIN

/// Something odd in a payload that did not stop its parsing: an unknown enum text, a residual, a dropped digit.
struct FAIRLEAD_EXPORT MappingFinding {
  std::string path;     ///< Canonical field path ("lines[item:910].tax").
  std::string code;     ///< Stable name ("unknown_status", "residual", "over_refund").
  std::string message;  ///< What it is and what to do.
};

/// One canonical message as read from a system.
struct FAIRLEAD_EXPORT Record {
  v1::EntityKind entity = v1::ENTITY_KIND_UNSPECIFIED;
  std::string external_id;                             ///< Id at the source, unique within entity and system.
  std::unique_ptr<google::protobuf::Message> message;  ///< Null for a deletion.
  std::string raw;                                     ///< The vendor's bytes, for the journal. May be empty.
  bool deleted = false;                                ///< The source says that it is gone.
  std::vector<MappingFinding> findings;

  /// The message as `T`, or nullptr if it is of another type.
  template <typename T>
  const T* As() const {
    return message != nullptr && message->GetDescriptor() == T::descriptor() ? static_cast<const T*>(message.get())
                                                                             : nullptr;
  }
};

/// A payload that could not become a message. It is stored and shown, never dropped.
struct FAIRLEAD_EXPORT UnreadableRecord {
  std::string raw;
  absl::Status why;
};

/// One page of a listing.
struct FAIRLEAD_EXPORT Page {
  std::vector<Record> records;
  std::vector<UnreadableRecord> unreadable;
  /// Opaque. ListSince: where the next listing starts; to be stored in the transaction that stores the records.
  /// ListAll: where the next page starts.
  std::string next_cursor;
  /// Nothing more is to be had now.
  bool last = false;
  /// Set on the last page of a ListAll that saw every record: only then does absence prove a deletion.
  bool complete = false;
};

FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_CONNECTOR_RECORD_H_
