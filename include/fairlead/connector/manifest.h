/// What a connector can do, declared in a few lines. Everything has a safe default but the effect class of a write.
#ifndef FAIRLEAD_CONNECTOR_MANIFEST_H_
#define FAIRLEAD_CONNECTOR_MANIFEST_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "fairlead/core/effect.h"
#include "fairlead/core/export.h"
#include "fairlead/v1/entity.pb.h"
#include "fairlead/v1/manifest.pb.h"

FAIRLEAD_NAMESPACE_BEGIN

enum class Cursor : std::uint8_t { kTimestamp = 1, kSequence = 2, kToken = 3, kHashScan = 4 };

/// How a write is declared beside its effect class.
struct FAIRLEAD_EXPORT WriteTraits {
  v1::WriteVerb verb = v1::WRITE_VERB_UPSERT;
  bool state_like = false;                  ///< A newer one replaces an older one that was never sent.
  std::chrono::milliseconds d_max{60'000};  ///< How long a copy of a request may live in the network.
  std::chrono::seconds key_retention{0};    ///< kNativeKey: how long the remote keeps the key.
  std::uint32_t batch_max = 1;
  bool batch_atomic = false;
  bool batch_per_item_errors = false;
  std::vector<std::string_view> writes_fields = {};  ///< Literals: the views must outlive the declaration.
};

/// The entity kind of a message type; ENTITY_KIND_UNSPECIFIED for messages that are no aggregate.
FAIRLEAD_EXPORT v1::EntityKind EntityKindOf(const google::protobuf::Descriptor& descriptor);
/// An empty message of that kind, or nullptr.
FAIRLEAD_EXPORT std::unique_ptr<google::protobuf::Message> NewMessage(v1::EntityKind entity);

/// Builds a v1::ConnectorManifest.
class FAIRLEAD_EXPORT Manifest {
 public:
  Manifest(std::string_view system, std::string_view api_version);

  /// ListSince with a cursor of this kind; `overlap` is re-read behind the cursor each time.
  template <typename T>
  Manifest&& Lists(Cursor cursor, std::chrono::seconds overlap) && {
    ListsKind(EntityKindOf(*T::descriptor()), cursor, overlap);
    return std::move(*this);
  }
  /// ListAll with a completeness marker, and ReadOne.
  template <typename T>
  Manifest&& Reads() && {
    ReadsKind(EntityKindOf(*T::descriptor()));
    return std::move(*this);
  }
  /// The write `upsert` of T: enough for a connector that has one write for an entity.
  template <typename T>
  Manifest&& Writes(Effect effect) && {
    WritesKind(EntityKindOf(*T::descriptor()), "upsert", effect, WriteTraits{});
    return std::move(*this);
  }
  template <typename T>
  Manifest&& Writes(std::string_view operation, Effect effect, const WriteTraits& traits) && {
    WritesKind(EntityKindOf(*T::descriptor()), operation, effect, traits);
    return std::move(*this);
  }

  /// Direct access for everything else.
  v1::EntityCapability& Entity(v1::EntityKind entity);
  v1::ConnectorManifest& proto() { return proto_; }
  const v1::ConnectorManifest& proto() const { return proto_; }

  /// The capability of an entity, or nullptr.
  const v1::EntityCapability* Find(v1::EntityKind entity) const;
  /// The write of that name on any entity, or nullptr.
  const v1::WriteOperation* FindWrite(std::string_view operation) const;
  /// The write of `entity` with that verb, or nullptr.
  const v1::WriteOperation* FindWrite(v1::EntityKind entity, v1::WriteVerb verb) const;

  /// Missing system name, a write without effect class, kNativeKey without retention, names used twice.
  absl::Status Validate() const;

 private:
  void ListsKind(v1::EntityKind entity, Cursor cursor, std::chrono::seconds overlap);
  void ReadsKind(v1::EntityKind entity);
  void WritesKind(v1::EntityKind entity, std::string_view operation, Effect effect, const WriteTraits& traits);

  v1::ConnectorManifest proto_;
};

FAIRLEAD_EXPORT v1::EffectClass ToProto(Effect effect);
/// EFFECT_CLASS_UNSPECIFIED becomes kBlind: the strictest.
FAIRLEAD_EXPORT Effect FromProto(v1::EffectClass effect);

FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_CONNECTOR_MANIFEST_H_
