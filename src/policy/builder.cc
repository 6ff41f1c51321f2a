#include "fairlead/policy/builder.h"

#include <utility>

#include "src/policy/internal/duration.h"
#include "src/policy/internal/kinds.h"

FAIRLEAD_NAMESPACE_BEGIN

Rule::Rule(std::string_view id, const google::protobuf::Descriptor& entity, std::string_view field) {
  proto_.set_id(std::string(id));
  proto_.set_entity(policy::internal::KindOf(entity));
  proto_.set_field(std::string(field));
}

Rule Rule::Scope(std::string_view key, std::initializer_list<std::string_view> values) && {
  v1::PolicyScope* scope = proto_.add_scope();
  scope->set_key(std::string(key));
  for (const std::string_view value : values) scope->add_value(std::string(value));
  return std::move(*this);
}

Rule Rule::Owner(std::string_view system) && {
  proto_.set_owner(std::string(system));
  return std::move(*this);
}

Rule Rule::Writers(std::initializer_list<std::string_view> systems) && {
  for (const std::string_view system : systems) proto_.add_writers(std::string(system));
  return std::move(*this);
}

Rule Rule::Resolve(v1::Resolve resolve) && {
  proto_.set_resolve(resolve);
  return std::move(*this);
}

Rule Rule::Priority(std::initializer_list<std::string_view> systems) && {
  for (const std::string_view system : systems) proto_.add_priority(std::string(system));
  return std::move(*this);
}

Rule Rule::Derive(std::string_view name) && {
  proto_.set_derive(std::string(name));
  return std::move(*this);
}

Rule Rule::Explain(v1::Explanation explanation) && {
  proto_.add_explain(explanation);
  return std::move(*this);
}

Rule Rule::Tolerance(std::string_view abs, std::string_view rel) && {
  proto_.mutable_tolerance()->set_abs(std::string(abs));
  proto_.mutable_tolerance()->set_rel(std::string(rel));
  return std::move(*this);
}

Rule Rule::Freshness(std::chrono::seconds warn, std::chrono::seconds page) && {
  proto_.mutable_freshness()->set_warn(policy::internal::PrintDuration(warn));
  proto_.mutable_freshness()->set_page(policy::internal::PrintDuration(page));
  return std::move(*this);
}

Rule Rule::AuditEvery(std::chrono::seconds every, std::string_view sample) && {
  proto_.mutable_audit()->set_every(policy::internal::PrintDuration(every));
  proto_.mutable_audit()->set_sample(std::string(sample));
  return std::move(*this);
}

Rule Rule::Propose() && {
  proto_.mutable_repair()->set_mode(v1::PROPOSE);
  return std::move(*this);
}

Rule Rule::AutoRepair(std::string_view max_delta, std::uint32_t max_per_run) && {
  proto_.mutable_repair()->set_mode(v1::AUTO);
  proto_.mutable_repair()->set_max_delta(std::string(max_delta));
  proto_.mutable_repair()->set_max_per_run(max_per_run);
  return std::move(*this);
}

Rule Rule::OnBlank(v1::OnBlank on_blank) && {
  proto_.set_on_blank(on_blank);
  return std::move(*this);
}

Rule Rule::OnMissingOwner(v1::OnMissingOwner on_missing_owner) && {
  proto_.set_on_missing_owner(on_missing_owner);
  return std::move(*this);
}

Rule Rule::Responsible(std::string_view team, std::string_view runbook, std::string_view rationale) && {
  proto_.set_responsible(std::string(team));
  proto_.set_runbook(std::string(runbook));
  proto_.set_rationale(std::string(rationale));
  return std::move(*this);
}

PolicyBuilder::PolicyBuilder(std::string_view name, std::uint32_t version) {
  bundle_.set_name(std::string(name));
  bundle_.set_version(version);
}

PolicyBuilder&& PolicyBuilder::System(std::string_view id, std::string_view connector) && {
  v1::PolicySystem* system = bundle_.add_systems();
  system->set_id(std::string(id));
  system->set_connector(std::string(connector));
  return std::move(*this);
}

PolicyBuilder&& PolicyBuilder::Team(std::string_view id, std::string_view lead, std::string_view notify) && {
  v1::PolicyTeam* team = bundle_.add_teams();
  team->set_id(std::string(id));
  team->set_lead(std::string(lead));
  team->set_notify(std::string(notify));
  return std::move(*this);
}

PolicyBuilder&& PolicyBuilder::Add(Rule rule) && {
  *bundle_.add_rules() = rule.proto();
  return std::move(*this);
}

PolicyBuilder&& PolicyBuilder::Posting(v1::PostingGate gate) && {
  *bundle_.add_posting() = std::move(gate);
  return std::move(*this);
}

absl::StatusOr<std::shared_ptr<const policy::CompiledPolicy>> PolicyBuilder::Compile(
    const std::vector<policy::ManifestSource>& manifests) const {
  return policy::CompiledPolicy::Compile(policy::PolicySource(bundle_), manifests);
}

FAIRLEAD_NAMESPACE_END
