/// A policy written in C++: the same bundle that a file holds.
#ifndef FAIRLEAD_POLICY_BUILDER_H_
#define FAIRLEAD_POLICY_BUILDER_H_

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "fairlead/core/export.h"
#include "fairlead/policy/compiled_policy.h"
#include "fairlead/policy/source.h"
#include "fairlead/v1/policy.pb.h"

FAIRLEAD_NAMESPACE_BEGIN

/// One rule. Every setter may be left out but Responsible; what is wrong is said by Compile.
class FAIRLEAD_EXPORT Rule {
 public:
  /// `id` names the rule in decisions and findings; `field` is a path with [key] and [*], "*" the whole record.
  template <typename T>
  static Rule For(std::string_view id, std::string_view field) {
    return Rule(id, *T::descriptor(), field);
  }

  Rule Scope(std::string_view key, std::string_view value) && { return std::move(*this).Scope(key, {value}); }
  Rule Scope(std::string_view key, std::initializer_list<std::string_view> values) &&;
  /// The system that is right. Without Resolve the rule is OWNER_WINS.
  Rule Owner(std::string_view system) &&;
  Rule Writers(std::initializer_list<std::string_view> systems) &&;
  Rule Resolve(v1::Resolve resolve) &&;
  Rule Priority(std::initializer_list<std::string_view> systems) &&;
  Rule Derive(std::string_view name) &&;
  Rule Explain(v1::Explanation explanation) &&;
  /// Decimal text. Decides what is reported, never what is written.
  Rule Tolerance(std::string_view abs, std::string_view rel = {}) &&;
  Rule Freshness(std::chrono::seconds warn, std::chrono::seconds page) &&;
  Rule AuditEvery(std::chrono::seconds every, std::string_view sample = "all") &&;
  /// A confirmed difference becomes a proposed write.
  Rule Propose() &&;
  /// A confirmed difference is repaired under these caps.
  Rule AutoRepair(std::string_view max_delta, std::uint32_t max_per_run) &&;
  Rule OnBlank(v1::OnBlank on_blank) &&;
  Rule OnMissingOwner(v1::OnMissingOwner on_missing_owner) &&;
  Rule Responsible(std::string_view team, std::string_view runbook, std::string_view rationale) &&;

  const v1::PolicyRule& proto() const { return proto_; }

 private:
  Rule(std::string_view id, const google::protobuf::Descriptor& entity, std::string_view field);
  v1::PolicyRule proto_;
};

/// Builds a bundle. Thread-compatible.
class FAIRLEAD_EXPORT PolicyBuilder {
 public:
  PolicyBuilder(std::string_view name, std::uint32_t version);

  /// Without any, the systems are those of the connectors given to Compile.
  PolicyBuilder&& System(std::string_view id, std::string_view connector) &&;
  PolicyBuilder&& Team(std::string_view id, std::string_view lead, std::string_view notify) &&;
  PolicyBuilder&& Add(Rule rule) &&;
  PolicyBuilder&& Posting(v1::PostingGate gate) &&;

  /// The bundle as written so far.
  const v1::PolicyBundle& bundle() const { return bundle_; }
  /// `.Compile({&erp, &web})` with connectors, or {{"erp", manifest}, …}.
  absl::StatusOr<std::shared_ptr<const policy::CompiledPolicy>> Compile(
      const std::vector<policy::ManifestSource>& manifests) const;

 private:
  v1::PolicyBundle bundle_;
};

FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_POLICY_BUILDER_H_
