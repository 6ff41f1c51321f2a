/// A bundle as it was written, with the places where it says what, and what a compiler needs beside it.
#ifndef FAIRLEAD_POLICY_SOURCE_H_
#define FAIRLEAD_POLICY_SOURCE_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fairlead/core/export.h"
#include "fairlead/v1/manifest.pb.h"
#include "fairlead/v1/policy.pb.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace policy {

/// Something in a bundle that may not run.
struct FAIRLEAD_EXPORT Refusal {
  std::string file;  ///< Empty for bundles made in code.
  int line = 0;      ///< From 1; 0: no place.
  int column = 0;
  std::string rule;     ///< Rule id; empty where it is about no rule.
  std::string message;  ///< What is wrong and what to do.

  /// `acme.txtpb:12:3: rule "inv-east": …`.
  std::string ToString() const;
};

/// One status for all refusals, one line each; OK for none. After 100 lines it counts the others.
FAIRLEAD_EXPORT absl::Status ToStatus(const std::vector<Refusal>& refusals);

class SourcePlaces;

/// A bundle and, for one that was read from text, where each of its parts stands. Copyable.
struct FAIRLEAD_EXPORT PolicySource {
  PolicySource() = default;
  /// A bundle without places (made in code, or read from storage).
  PolicySource(v1::PolicyBundle bundle_in) : bundle(std::move(bundle_in)) {}  // NOLINT(google-explicit-constructor)

  v1::PolicyBundle bundle;
  std::string file;
  std::shared_ptr<const SourcePlaces> places;
};

/// Limits of a bundle's text.
inline constexpr std::size_t kMaxBundleBytes = std::size_t{8} << 20;
inline constexpr std::size_t kMaxBundleLine = std::size_t{16} << 10;
inline constexpr int kMaxBundleDepth = 16;

/// Reads textproto. `file` stands in messages; nothing is opened. INVALID_ARGUMENT with file:line:column, the rule and
/// what to do for every fault found; unknown names suggest the nearest known one.
FAIRLEAD_EXPORT absl::StatusOr<PolicySource> ReadBundle(std::string_view text, std::string_view file);

/// What a system can do, under its id. Made from {id, manifest}, or from anything with Describe() (a Connector): its id
/// is then its SystemId(), where it has one, else it is found by the manifest's kind of system.
class FAIRLEAD_EXPORT ManifestSource {
 public:
  ManifestSource(std::string_view id, v1::ConnectorManifest manifest) : id_(id), manifest_(std::move(manifest)) {}
  template <typename Described, typename = decltype(std::declval<const Described&>().Describe())>
  ManifestSource(const Described* described)  // NOLINT(google-explicit-constructor)
      : id_(IdOf(*described, 0)), manifest_(ProtoOf(described->Describe(), 0)) {}
  template <typename Described, typename = decltype(std::declval<const Described&>().Describe())>
  ManifestSource(std::string_view id, const Described* described)
      : id_(id), manifest_(ProtoOf(described->Describe(), 0)) {}

  /// Empty: to be found by the manifest's kind of system.
  const std::string& id() const { return id_; }
  const v1::ConnectorManifest& manifest() const { return manifest_; }

 private:
  // The int argument prefers the overload that exists.
  template <typename T>
  static auto IdOf(const T& described, int) -> decltype(std::string(described.SystemId())) {
    return std::string(described.SystemId());
  }
  template <typename T>
  static std::string IdOf(const T&, long) {  // NOLINT(google-runtime-int)
    return std::string();
  }
  template <typename T>
  static auto ProtoOf(const T& manifest, int) -> decltype(v1::ConnectorManifest(manifest.proto())) {
    return manifest.proto();
  }
  static v1::ConnectorManifest ProtoOf(const v1::ConnectorManifest& manifest, long) { return manifest; }  // NOLINT

  std::string id_;
  v1::ConnectorManifest manifest_;
};

}  // namespace policy
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_POLICY_SOURCE_H_
